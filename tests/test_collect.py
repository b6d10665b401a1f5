"""What comes back from a class goes to those whose it is, or to nobody and with a reason."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

import courses
import nbformat
import pytest

from grader.collect import download, folder_name, in_course
from grader.command import _tell
from grader.downloads import UnknownLayout
from grader.platforms import PLATFORMS, Label, Named, Unclear, platform_of
from grader.platforms.moodle import Moodle
from grader.roster import Roster, UnknownList

LESSON = "05_kolen_pollack"


@pytest.fixture(scope="module")
def solved() -> bytes:
    return nbformat.writes(courses.solved(LESSON)).encode()


@pytest.fixture(scope="module")
def blank() -> bytes:
    return nbformat.writes(courses.released(LESSON)).encode()


def in_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "wrap",
    [
        lambda number, file: f"berg_4711_{number}_{file}",
        lambda number, file: f"Zoë Berg_4711_assignsubmission_file_/{file}",
        lambda number, file: f"berg/{LESSON}/{file}",
    ],
    ids=["canvas", "moodle", "nbgrader"],
)
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (f"{LESSON}.ipynb", "scratch.ipynb"),
        (f"Copy_of_{LESSON.upper()} (1).ipynb", "scratch.ipynb"),
        ("homework.ipynb", "scratch.ipynb"),
        (f"{LESSON} (1).ipynb", f"{LESSON}_notes.ipynb"),
    ],
    ids=["by name", "by a longer name", "by what is in it", "notes beside it"],
)
def test_of_several_notebooks_the_lessons_own_is_graded(solved, tmp_path, wrap, right, wrong):
    for number, (name, text) in enumerate([(right, solved.decode()), (wrong, "{}")], start=100):
        path = tmp_path / wrap(number, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if (tmp_path / "berg").exists():
        assert in_course(tmp_path, LESSON)["berg"].path.name == right
    else:
        (handed,), _ = download(tmp_path, LESSON)
        assert handed.file == right


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.title)
def test_a_platform_knows_its_own_files_and_students_from_those_of_all_others(platform):
    path = PurePosixPath(platform.example)
    assert next(other for other in PLATFORMS if other.label(path)) is platform
    assert platform_of(platform.prefix + platform.label(path).number) is platform
    assert [other.table_name for other in PLATFORMS].count(platform.table_name) == 1


def test_a_folder_that_is_no_download_is_said_to_be_none(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(UnknownLayout, match="grading/submitted/STUDENT"):
        download(tmp_path, LESSON)


def students(files, tmp_path, **given) -> dict[str, str]:
    """Who has handed in which file, as a download of these files says."""
    found, _ = download(in_zip(tmp_path / "download.zip", files), LESSON, **given)
    return {upload.student: upload.file for upload in found}


def test_of_two_notebooks_the_one_with_answers_counts_and_it_is_said(solved, blank, tmp_path):
    moodle = "Zoe Bell_1_assignsubmission_file_/"
    work = io.BytesIO()
    with zipfile.ZipFile(work, "w") as archive:
        archive.writestr("mine.ipynb", solved)
        archive.writestr("Al So_2_assignsubmission_file_/x.ipynb", blank)  # and for nobody else
    for files in (
        {f"{LESSON}.ipynb": blank, "mine.ipynb": solved},
        {f"{LESSON}.ipynb": blank, "work.zip": work.getvalue()},
        {"mine.ipynb.txt": solved, f"{LESSON}.ipynb": blank},
    ):
        path = in_zip(tmp_path / "d.zip", {moodle + name: raw for name, raw in files.items()})
        (handed,), _ = download(path, LESSON)
        assert handed.file.startswith("mine.ipynb")
        notes = "; ".join(handed.notes)
        assert f"notebooks {handed.file} counts" in notes
        assert handed.file.endswith(".ipynb") or "called mine.ipynb.txt" in notes
        assert ("work.zip" in notes) == ("work.zip" in files)


def test_a_path_that_names_no_file_or_two_students_goes_to_nobody(solved, tmp_path):
    honest = "Honest Student_1_assignsubmission_file_"
    files = {".": b"", "..": b"", "/": b"", "a\\b\\": b"", f"a\\{honest}.ipynb": solved}
    imitation = f"{honest}zz_2_assignsubmission_file_.ipynb"
    found, refused = download(in_zip(tmp_path / "d.zip", files | {imitation: b"{}"}), LESSON)
    assert [upload.student for upload in found] == ["Honest_Student_1"]
    assert len(refused) == 1 and "two students" in refused[0]


def test_two_students_are_two_however_long_or_strange_their_names(solved, tmp_path):
    long = "年" * 100
    names = [f"{long}a_1", f"{long}b_2", "A B_3", "A+B_4", "<b>_5", "&_6", "..._7", "=1+1_8"]
    files = {f"{name}_assignsubmission_file_/x.ipynb": solved for name in names}
    found = students(files, tmp_path)
    assert len(found) == len(names)
    assert all(len(name.encode()) <= 200 and not {*name} & {*"<>&/"} for name in found)
    # Where no number tells two apart, the second one is refused.
    by_name = {"A B_x.ipynb": solved, "A+B_x.ipynb": solved}
    assert [*students(by_name, tmp_path, platforms=[Named("{name}_{file}")])] == ["A_B"]
    # In many scripts a vowel is a mark, and no letter.
    marked = {f"{name} - x.ipynb": solved for name in ("नेहा", "नेही", "ดี", "ดู", "Zoe\u0308", "Zoe")}
    found = students(marked, tmp_path, platforms=[Named("{name} - {file}")])
    assert {*found} == {"नेहा", "नेही", "ดี", "ดู", "Zoë", "Zoe"}


@pytest.mark.parametrize(
    ("path", "who", "lms_id", "at"),
    [
        ("LATE_anon_Ab3dE_99_x.ipynb", "anonymous_Ab3dE", "anon_Ab3dE", ""),
        (
            "L1_jdoe_attempt_2026-10-01-12-00-00_x.ipynb",
            "jdoe",
            "blackboard:jdoe",
            "2026-10-01 12:00:00",
        ),
        (
            "d/397-255 - Mary-Ann Smith - September 4, 2026 926 PM/x.ipynb",
            "Mary-Ann_Smith_397-255",
            "brightspace:397-255",
            "2026-09-04 21:26:00",
        ),
        ("L1/Abgaben/Berg_Zoe_zberg_47/x.ipynb", "Berg_Zoe_47", "ilias:47", ""),
    ],
)
def test_a_platform_says_who_and_when_as_far_as_it_knows(solved, tmp_path, path, who, lms_id, at):
    (handed,), _ = download(in_zip(tmp_path / "d.zip", {path: solved}), LESSON)
    assert (handed.student, handed.lms_id, handed.label.at) == (who, lms_id, at)
    assert handed.file == "x.ipynb"
    assert not platform_of(lms_id).imports_marks or not lms_id.startswith("anon_")


def test_files_may_be_named_by_a_pattern(solved, tmp_path):
    files = {"f/Zoe Bell - Copy of x.ipynb": solved, "Ada-Low - y.ipynb": solved}
    found = students(files, tmp_path, platforms=[Named("{name} - {file}")])
    assert found == {"Zoe_Bell": "Copy of x.ipynb", "Ada-Low": "y.ipynb"}
    for wrong in ("{file}", "{name}_{name}", "{name}_{what}"):
        with pytest.raises(ValueError, match="name"):
            Named(wrong)


WORKSHEET = (
    "Identifier,Full name,Email address,Group,Grade,Last modified (submission),"
    "Last modified (grade)\n"
)
CLASS = {"Zoë Berg": "Red_1", "Ada Low": "Red_1", "Bo Li": "", "Bo  Li": ""}


def worksheet(folder: Path, start: int, *, with_groups: bool) -> Path:
    rows = [
        f"Participant {number},{name},{number % 100}@x,{group if with_groups else ''},,"
        '"Sunday, 5 March 2023, 11:30 PM",-\n'
        for number, (name, group) in enumerate(CLASS.items(), start)
    ]
    path = folder / f"{start}.csv"
    path.write_text(WORKSHEET + "".join(rows), encoding="utf-8-sig")
    return path


def add(roster: Roster, sheet: Path, lesson: str = LESSON) -> dict[str, str]:
    return roster.add(sheet, lesson, lambda person, _: folder_name(person.name))


def test_a_roster_joins_a_person_over_lessons_and_gives_a_group_to_its_members(solved, tmp_path):
    roster = Roster(tmp_path / "roster.csv")
    times = add(roster, worksheet(tmp_path, 100, with_groups=True))
    assert {*times.values()} == {"2023-03-05 23:30:00"}
    group = {"Red 1_101_assignsubmission_file_/x.ipynb": solved}  # 101 is Ada's number too
    assert {*students(group, tmp_path, roster=roster)} == {"Zoë_Berg", "Ada_Low"}
    add(roster, worksheet(tmp_path, 500, with_groups=False), "06_bias")
    again = Roster(roster.path)
    assert [student for student, _ in again] == ["Zoë_Berg", "Ada_Low", "Bo_Li", "Bo_Li_2"]
    assert [again.number(s, "06_bias")[-3:] for s, _ in again] == ["500", "501", "502", "503"]
    # The second Bo Li is told from the first by the number, and by nothing in a lesson without a list.
    bo = {"Bo Li_103_assignsubmission_file_/x.ipynb": solved}
    assert [*students(bo, tmp_path, roster=again)] == ["Bo_Li_2"]
    third = in_zip(tmp_path / "d.zip", bo | {"Ada Low_900_assignsubmission_file_/x.ipynb": solved})
    found, refused = download(third, "07_weight_mirror", roster=again)
    assert [upload.student for upload in found] == ["Ada_Low"]
    assert len(refused) == 1 and "2 of the name Bo Li" in refused[0]
    assert again.number("Ada_Low", "07_weight_mirror") == "Participant 900"


def test_a_person_stays_one_where_the_class_moves_to_another_platform(solved, tmp_path):
    roster, lists = Roster(tmp_path / "roster.csv"), {
        "c.csv": ("00_network", "Student,ID,Section\n\"Berg, Zoë\",47,S\n\"Low, Ada\",48,S\n"),
        "b.csv": (
            "01_weight_perturbation",
            "Last Name,First Name,Username,Availability\nBerg,Zoë,47,Y\nLow,Ada,u2,Y\n",
        ),
    }  # fmt: skip
    for name, (lesson, text) in lists.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        add(roster, tmp_path / name, lesson)
    assert dict(roster) == {"Berg_Zoë": "Berg, Zoë", "Low_Ada": "Low, Ada"}
    paths = {"lowada_48_1_x.ipynb": "00_network",
             "L_u2_attempt_2026-10-01-12-00-00_x.ipynb": "01_weight_perturbation"}  # fmt: skip
    for path, lesson in paths.items():
        found, refused = download(in_zip(tmp_path / "d.zip", {path: solved}), lesson, roster=roster)
        assert [each.student for each in found] == ["Low_Ada"] and not refused
    numbers = [roster.number("Low_Ada", lesson) for lesson in paths.values()]
    assert numbers == ["48", "blackboard:u2"]
    ilias = in_zip(tmp_path / "d.zip", {"L/Low_Ada_al_9/x.ipynb": solved})
    (found,), _ = download(ilias, "02_node_perturbation", roster=roster)
    assert (found.student, roster.number("Low_Ada", "02_node_perturbation")) == (
        "Low_Ada",
        "ilias:9",
    )


def test_with_a_roster_a_stranger_is_nobody(solved, tmp_path):
    sheet = tmp_path / "canvas.csv"
    sheet.write_text(
        "Student,ID,SIS Login ID,Section,L\n    Points Possible,,,,9\n"
        '"Berg, Zoë",47,z,S,\n"Student, Test",9,t,S,\n'
    )
    roster = Roster(tmp_path / "roster.csv")
    add(roster, sheet)
    files = {"bergzoë_47_99_x.ipynb": solved, "who_5_1_x.ipynb": solved}
    found, refused = download(in_zip(tmp_path / "d.zip", files), LESSON, roster=roster)
    assert [upload.student for upload in found] == ["Berg_Zoë"]
    assert len(refused) == 1 and "nobody of the name who" in refused[0]


def test_a_locale_that_cannot_write_a_name_stops_nobody(tmp_path):
    folder = tmp_path / "年"
    folder.mkdir()
    ascii_only = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    said = courses.run_python(
        folder, "-m", "grader", LESSON, fails=True, PYTHONPATH=str(courses.ROOT), **ascii_only
    )
    assert f"{folder} has no nbgrader_config.py" in said


HEAD = "Identifier,Full name,Email address,Group,Grade,Last modified (grade)\n"


def listed(tmp_path, rows: str) -> Roster:
    """A roster from a Moodle worksheet with these rows."""
    (tmp_path / "list.csv").write_text(HEAD + rows, encoding="utf-8-sig")
    roster = Roster(tmp_path / "roster.csv")
    roster.add(tmp_path / "list.csv", LESSON, lambda person, _: person.name)
    return roster


def test_two_people_of_a_list_stay_two_or_the_list_is_refused(tmp_path):
    same = "Participant 1,Ada,a@x.org,Team,,-\nParticipant 2,Bob,a@x.org,Team,,-\n"
    roster = listed(tmp_path, f"{same}Participant 3,team,c@x.org,,,-\n")
    assert [student for student, _ in roster] == ["Ada", "Bob", "team"]
    with pytest.raises(Unclear, match="of a group and of a student"):
        roster.find(Label("team", "3", "x.ipynb"), Moodle(), LESSON)
    roster.people[0][LESSON] = "Participant 2"
    with pytest.raises(Unclear, match="has 2 of the number"):
        roster.find(Label("Bob", "2", "x.ipynb"), Moodle(), LESSON)
    vowels = listed(tmp_path, "Participant 4,नेहा,,,,-\nParticipant 5,नेही,,,,-\n")
    assert vowels.find(Label("नेही", "", "x.ipynb"), Moodle(), LESSON)[0] == ["नेही"]
    with pytest.raises(UnknownList, match="two people with the number 1"):
        listed(tmp_path, "Participant 1,Ada,,,,-\nParticipant 1,Bob,,,,-\n")
    with pytest.raises(UnknownList, match="no table"):
        listed(tmp_path, "Participant 1,Low, Ada,a@x.org,,,-\n")


def test_a_thousand_strange_files_leave_the_terminal_readable(tmp_path, capsys):
    file, odd = tmp_path / "refused.txt", f"'{'x' * 5000}' of \x1b[31m\u202e\n is not graded"
    _tell([f"{n}{odd}" for n in range(1000)], file, "down.zip")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21 and max(map(len, lines)) < 400 and "and 980 more" in lines[-1]
    written = file.read_text(encoding="utf-8")
    assert len(written.splitlines()) == 1000
    assert not {*"\x1b\u202e"} & {*written, *"".join(lines)}
