"""The first things that a newcomer meets: the copy that make lab opens, the README's links."""

from __future__ import annotations

import errno
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import LESSONS, ROOT
from open_course import open_course

from microlearn import check, exercises


@pytest.fixture
def released(tmp_path):
    path = tmp_path / "notebooks" / "00_network" / "00_network.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("first version")
    return path


def test_a_students_notebook_is_never_overwritten(released, tmp_path):
    own = tmp_path / "my_course"
    mine = own / "00_network" / "00_network.ipynb"
    assert open_course(released.parents[1], own) == []
    assert mine.read_text() == "first version"

    # As long as nothing has been changed, there is no second one beside it.
    released.write_text("version one and a half")
    assert open_course(released.parents[1], own) == []
    assert [p.read_text() for p in mine.parent.iterdir()] == ["version one and a half"]

    # As after an interruption before the record was written.
    (own / ".released.json").unlink()
    assert open_course(released.parents[1], own) == []

    mine.write_text("my answers")
    assert open_course(released.parents[1], own) == []
    assert mine.read_text() == "my answers"

    released.write_text("second version")
    (said,) = open_course(released.parents[1], own)
    assert "newer 00_network" in said
    assert mine.read_text() == "my answers"
    beside = [p for p in mine.parent.iterdir() if p != mine]
    assert [p.read_text() for p in beside] == ["second version"]
    # It says so once.
    assert open_course(released.parents[1], own) == []


def test_what_stands_in_the_way_of_a_copy_is_said_and_the_other_lessons_open(
    released, tmp_path, monkeypatch
):
    own = tmp_path / "my_course"
    own.write_text("")
    with pytest.raises(
        SystemExit, match=r"my_course, which can't be a folder .*move what is there"
    ):
        open_course(released.parents[1], own)
    own.unlink()
    own.mkdir()
    (own / "00_network").write_text("mine")
    (own / ".released.json").write_text("[]")
    other = released.parents[1] / "01_next" / "01_next.ipynb"
    other.parent.mkdir()
    other.write_text("next")
    (said,) = open_course(released.parents[1], own)
    assert "00_network could not be copied to my_course" in said
    assert (own / "01_next" / other.name).read_text() == "next"

    def full(target, text):
        target.write_text("ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    (own / "00_network").unlink()
    monkeypatch.setattr(Path, "write_bytes", full)
    (said,) = open_course(released.parents[1], own)
    assert "could not be copied to my_course (No space left on device: " in said
    assert list((own / "00_network").iterdir()) == []


def test_a_damaged_record_is_none_and_a_pipe_in_the_place_of_a_notebook_is_said(
    released, tmp_path, pipe_at
):
    own = tmp_path / "my_course"
    record = own / ".released.json"
    open_course(released.parents[1], own)
    for text in ("[" * 100_000, '{"00_network": [5]}', "7"):
        record.write_text(text)
        assert open_course(released.parents[1], own) == []
    pipe_at(record)
    assert open_course(released.parents[1], own) == []
    record.unlink()
    pipe_at(own / "00_network" / "00_network.ipynb")
    (said,) = open_course(released.parents[1], own)
    assert "00_network could not be copied to my_course (this is no file: " in said


def test_links_in_the_documents_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


@pytest.mark.parametrize(
    "lesson", sorted(ROOT.glob("lessons/[0-9]*.md")), ids=lambda path: path.stem
)
def test_every_paper_of_a_lesson_has_a_link(lesson):
    text = lesson.read_text(encoding="utf-8").partition("## Further reading\n")[2]
    papers = re.findall(r"^- .*?(?=^- |^$|\Z)", text, re.M | re.S)
    assert papers and all("](https://" in p or re.search(r"\*\]\[\w+\]", p) for p in papers), papers
    for name in re.findall(r"\*\]\[(\w+)\]", text):
        assert f"\n[{name}]: https://" in text, name


def prose(page: Path) -> list[str]:
    """The lines of a page, without its head, code and tables, and without a link, a picture or a formula
    that has a line to itself."""
    text = re.sub(r"\A---\n.*?\n---\n", "", page.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r"^( *)```(?!\{question).*?^\1```$", "", text, flags=re.M | re.S)
    return [line for line in text.splitlines() if not line.startswith(("|", "[", "![", "$$"))]


def test_prose_is_wrapped_at_110_columns():
    """A change of a word then shows as a change of a line or two."""
    pages = [
        path
        for folder in (".", "docs", "lessons", "solutions", ".github")
        for path in (ROOT / folder).glob("*.md")
    ]
    long = [(page.name, line) for page in pages for line in prose(page) if len(line) > 110]
    assert len(pages) > 30 and not long, long[:5]


def test_the_readme_lists_every_lesson():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"notebooks/{name}/{name}.ipynb" in text for name in LESSONS)


def test_importing_microlearn_waits_for_no_large_package():
    """Packages that draw, tabulate or download are imported where they are used."""
    large = "pandas matplotlib sklearn scipy IPython ipywidgets tqdm requests pooch threadpoolctl"
    lines = f"import sys, microlearn; print(*sys.modules.keys() & set({large.split()}))"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_the_supported_pythons_are_the_same_everywhere():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r":: (3\.\d+)", "\n".join(settings["classifiers"]))
    oldest, newest = named[0], named[-1]
    assert settings["requires-python"] == f">={oldest}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert " ".join(f"python{version}" for version in reversed(named)) in makefile
    assert f"was tested with Python {oldest} to {newest}." in makefile
    for page in ("README.md", "docs/instructors.md"):
        assert f"Python {oldest} to {newest}" in (ROOT / page).read_text(encoding="utf-8"), page


def test_the_guides_exercise_of_ones_own_knows_its_slips(monkeypatch, tmp_path):
    guide = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    own = guide[guide.index("**An exercise of your own**") :]
    texts = re.findall(r"^```python\n(.*?)^```$", own, re.M | re.S)
    for room, text in zip(("stubs", "checks"), texts, strict=True):
        path = tmp_path / f"{room}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"microlearn.{room}.silent_units", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(exercises, "exercise_names", lambda: ["silent_units"])
    right = exercises.stub("silent_units")
    exercises.stub.cache_clear()
    assert check("silent_units", lambda h: right(h)).passed
    slips = module.SLIPS
    assert len(slips) == 3
    for cause, slip in slips.items():
        report = check("silent_units", slip)
        assert report.score == 0 and cause in {verdict.cause for verdict in report.verdicts}
