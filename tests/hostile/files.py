"""Submission folders, and downloads from an LMS, with more or less in them than a notebook."""

from __future__ import annotations

import io
import os
import socket
import stat
import warnings
import zipfile

import nbformat

from .answers import LESSON, save, submission

NOTEBOOK = f"{LESSON}.ipynb"


def course_of(folder):
    """grading/submitted/STUDENT/LESSON lies four levels down."""
    return folder.parents[3]


@submission(earns=None, nbgrader=True)
def a_link_to_the_solved_notebook(folder, released, solved):
    (folder / NOTEBOOK).symlink_to(course_of(folder) / "solutions" / LESSON / NOTEBOOK)


@submission(earns=None)
def a_link_to_a_neighbour_s_work(folder, released, solved):
    (folder / NOTEBOOK).symlink_to(f"../../honest_0/{LESSON}/{NOTEBOOK}")


@submission(earns=None)
def a_link_to_itself(folder, released, solved):
    (folder / NOTEBOOK).symlink_to(NOTEBOOK)


@submission(earns=None)
def a_link_to_the_gradebook(folder, released, solved):
    (folder / NOTEBOOK).symlink_to(course_of(folder) / "gradebook.db")


@submission(earns=None, nbgrader=True)
def the_lesson_s_folder_is_a_link(folder, released, solved):
    folder.rmdir()
    folder.symlink_to(course_of(folder) / "solutions" / LESSON)


@submission(earns=1.0, nbgrader=True)
def links_beside_the_notebook(folder, released, solved):
    save(solved, folder)
    (folder / "gradebook.db").symlink_to(course_of(folder) / "gradebook.db")
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "everything").symlink_to("/")
    (folder / "above").symlink_to("..")
    (folder / "nowhere").symlink_to("nowhere_at_all")


@submission(earns=1.0, nbgrader=True)
def pipes_and_sockets_beside_the_notebook(folder, released, solved):
    save(solved, folder)
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "timestamp.txt")
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")
    finally:
        os.fchdir(here)
        os.close(here)


@submission(earns=1.0, nbgrader=True)
def devices_beside_the_notebook(folder, released, solved):
    save(solved, folder)
    if os.geteuid() == 0:
        os.mknod(folder / "zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        os.mknod(folder / "memory", 0o666 | stat.S_IFCHR, os.makedev(1, 1))


@submission(earns=None)
def a_device_for_a_notebook(folder, released, solved):
    if os.geteuid() == 0:
        os.mknod(folder / NOTEBOOK, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    else:
        (folder / NOTEBOOK).symlink_to("/dev/zero")


@submission(earns=None, nbgrader=True)
def a_pipe_for_a_notebook(folder, released, solved):
    os.mkfifo(folder / NOTEBOOK)


@submission(earns=None)
def a_folder_for_a_notebook(folder, released, solved):
    (folder / NOTEBOOK / "deep").mkdir(parents=True)


@submission(earns=None, nbgrader=True)
def an_empty_folder(folder, released, solved):
    pass


@submission(earns=None)
def only_a_text(folder, released, solved):
    (folder / "answer.txt").write_text("see my e-mail")


@submission(earns=1.0)
def a_notebook_in_capitals(folder, released, solved):
    save(solved, folder, NOTEBOOK.upper().replace("IPYNB", "ipynb"))


@submission(earns=1.0)
def a_notebook_with_a_copy_s_name(folder, released, solved):
    save(solved, folder, f"{LESSON}(1) final.ipynb")


@submission(earns=1.0)
def a_notebook_in_a_folder_of_its_own(folder, released, solved):
    (folder / "my work").mkdir()
    save(solved, folder / "my work")


@submission(earns=1.0)
def files_that_would_like_to_be_imported(folder, released, solved):
    save(solved, folder)
    touch = "import pathlib\npathlib.Path(__file__ + '.was_run').touch()\n"
    for name in (
        "sitecustomize.py",
        "numpy.py",
        "nbgrader_config.py",
        "conftest.py",
        "nbformat.py",
    ):
        (folder / name).write_text(touch)
    for name in ("microlearn", "grader", "autograde_tests", "solutions", "my_rules"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(touch)
        (folder / name / "mean_squared_error.py").write_text(touch)


@submission(earns=1.0, nbgrader=True)
def names_that_are_hard_to_write(folder, released, solved):
    save(solved, folder)
    for name in (b"\xff\xfe", b"new\nline", b"-rf", b"$(touch x)", b"a" * 255, "🧠 ψ".encode()):
        with open(os.path.join(os.fsencode(folder), name), "wb"):
            pass
    deep = folder.joinpath(*["d"] * 200)
    deep.mkdir(parents=True)


@submission(earns=1.0, nbgrader=True)
def a_link_with_the_longest_name(folder, released, solved):
    save(solved, folder)
    (folder / ("l" * 255)).symlink_to("nowhere")


@submission(earns=None)
def only_a_text_with_a_name_in_latin_1(folder, released, solved):
    (folder / os.fsdecode(b"L\xf6sung \x1b[8m.txt")).write_text("see my e-mail")


@submission(earns=1.0)
def a_file_that_may_not_be_written(folder, released, solved):
    save(solved, folder)
    (folder / NOTEBOOK).chmod(0o444)


# --- downloads from an LMS ----------------------------------------------------------------------------


def _zips_in_it(good: bytes) -> dict[str, list[tuple[str, bytes]]]:
    """What students may have packed themselves: the entries of each zip file."""
    return {
        "slips_30_300_work.zip": [(f"../../../honest_0/{LESSON}/{NOTEBOOK}", good)],
        "twice_31_310_work.zip": [(NOTEBOOK, b"{}"), (NOTEBOOK, good), (NOTEBOOK.upper(), b"")],
        "swollen_32_320_work.zip": [(NOTEBOOK, bytes(2**26))],
        "deep_33_330_work.zip": [("work.zip", _zipped([(NOTEBOOK, good)]))],
        "full_34_340_work.zip": [(f"{n}.ipynb", b"{}") for n in range(5000)],
        "backwards_35_350_work.zip": [("\u202ebnypi.krowten_00.exe", good)],
    }


def _zipped(entries: list[tuple[str, bytes]]) -> bytes:
    raw = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # that two have one name is the point
        for name, content in entries:
            archive.writestr(name, content)
    return raw.getvalue()


def hostile_zip(path, solved) -> None:
    """A download in the layout of Canvas, which is out for more than the folder that it
    goes to.

    It holds the honest work of ``honest in the zip``, number 7, that of ``nested``, ``slips`` and
    ``twice``, and nobody else's.
    """
    good = nbformat.writes(solved).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"honest in the zip_7_70_{NOTEBOOK}", good)
        for number, climb in enumerate(("../" * 8, "/", "..\\..\\", "C:\\", "a/../../../"), 20):
            archive.writestr(f"{climb}climber_{number}_1_{NOTEBOOK}", b"{}")
        archive.writestr(f"..._9_90_{NOTEBOOK}", b"{}")
        archive.writestr("=1+1 @Sum_8_80_notes.txt", b"sorry")
        link = zipfile.ZipInfo(f"linked_11_110_{NOTEBOOK}")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, f"../../../../solutions/{LESSON}/{NOTEBOOK}")
        with archive.open(f"bomb_12_120_{NOTEBOOK}", "w") as bomb:
            for _ in range(40):
                bomb.write(bytes(2**24))
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as nested:
            nested.writestr(NOTEBOOK, good)
        archive.writestr("nested_13_130_work.zip", inner.getvalue())
        for name, entries in _zips_in_it(good).items():
            archive.writestr(name, _zipped(entries))
        archive.writestr("spoilt_14_140_work.ipynb", good)
    raw = path.read_bytes()
    at = raw.index(b"spoilt_14_140_work.ipynb") + 200
    path.write_bytes(raw[:at] + bytes(50) + raw[at + 50 :])


@submission(earns=1.0)
def a_time_of_a_million_digits(folder, released, solved):
    save(solved, folder)
    (folder / "timestamp.txt").write_text("1" * 1_000_000)


@submission(earns=1.0)
def a_time_zone_that_is_the_memory(folder, released, solved):
    save(solved, folder)
    (folder / "timestamp.txt").write_text("2026-01-01 00:00:00 /proc/self/mem")
