"""Hostile and broken submissions earn what their code has earned, and disturb nobody else."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import os
import random
import re
import sqlite3
import tempfile
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import courses
import pandas as pd
import psutil
import pytest
from bs4 import BeautifulSoup
from courses import FOLDERS, gradebook, place_of, released, run_python
from hostile import files, forgeries, neighbours, notebooks, python, reading, resources
from hostile.answers import (
    EXERCISE,
    LESSON,
    RIGHT,
    ROOT,
    Answer,
    Submission,
    cases,
    cell,
    save,
)
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from grader import sandbox
from grader.collect import download, in_course
from grader.downloads import UnknownLayout, read
from grader.judge import judge
from grader.notebooks import Unreadable, read_bytes

pytestmark = pytest.mark.skipif(
    not sandbox.sandbox_works(), reason="bubblewrap is missing or forbidden here"
)
ANSWERS = [
    case for module in (forgeries, python, reading, resources) for case in cases(module, Answer)
]
HONEST = Answer("honest", RIGHT, earns=1.0)
SHUT = "0.5 for e"
"""What a report says of an answer that looks for a way out and finds none."""


def boxes_left(seconds: float = 10) -> list[str]:
    """The command lines of all boxes that these tests have left: our children, and orphans.

    An orphan may be another test's, which kills a grader on purpose: its box dies a moment later. One
    that is still there after some seconds is left.
    """
    end = time.monotonic() + seconds
    while (found := _boxes()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def _boxes() -> list[str]:
    ours = {process.pid for process in psutil.Process().children(recursive=True)}
    stem = getattr(sandbox._own, "stem", None)
    if stem and not stem.has_ended():  # it makes boxes until this process ends
        own = psutil.Process(stem._process.pid)
        ours -= {own.pid, *(process.pid for process in own.children(recursive=True))}
    found = []
    for process in psutil.process_iter(["cmdline", "ppid"]):
        line = " ".join(process.info["cmdline"] or [])
        left = process.pid in ours or process.info["ppid"] == 1
        if left and "grader.inside" in line and f"--ro-bind {ROOT}" in line:
            found.append(line)
    return found


def snapshot(*folders: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of every file in some folders; git's and Python's own bookkeeping left out."""
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and not {".git", "__pycache__", ".pytest_cache", ".ruff_cache"} & {*path.parts}
    }


@dataclass(frozen=True)
class Outcome:
    """What became of an answer: a report, without the facts, which are functions."""

    attempted: bool
    score: float
    text: str
    html: str


def outcome(case: Answer) -> Outcome:
    sandbox.SECONDS = case.seconds
    report = judge(case.exercise, case.code)
    return Outcome(report.attempted, report.score, str(report), report._repr_html_())


@dataclass(frozen=True)
class Batch:
    """All answers, judged side by side, with an honest one after each ten."""

    outcomes: dict[str, Outcome]
    honest: list[Outcome]
    changed: set


answers_group = pytest.mark.xdist_group("hostile answers")
runner_group = pytest.mark.xdist_group("hostile class, runner")
nbgrader_group = pytest.mark.xdist_group("hostile class, nbgrader")


@pytest.fixture(scope="module")
def batch() -> Batch:
    order = [case for k in range(0, len(ANSWERS), 10) for case in (*ANSWERS[k : k + 10], HONEST)]
    ours = [ROOT / name for name in ("grader", "microlearn", "solutions", "autograde_tests")]
    before = snapshot(*ours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROLEARN_CANARY", "CANARY")
        with ProcessPoolExecutor(2) as pool:
            found = list(pool.map(outcome, order))
    return Batch(
        {case.name: seen for case, seen in zip(order, found, strict=True)},
        [seen for case, seen in zip(order, found, strict=True) if case is HONEST],
        set(before.items()) ^ set(snapshot(*ours).items()),
    )


@answers_group
@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case.name)
def test_an_answer_earns_what_its_code_has_earned(case, batch):
    seen = batch.outcomes[case.name]
    assert seen.attempted
    assert seen.score == pytest.approx(case.earns), seen.text
    assert len(seen.text.encode()) < 10_000
    assert "<script>" not in seen.html
    if case.shut:
        assert SHUT in seen.text


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case.name)
def test_an_attack_names_only_what_is_there(case):
    """Else it would miss what it aims at, and fail for the wrong reason."""
    for module, name in names_in(case.code):
        assert hasattr(importlib.import_module(module), name)


def names_in(code: str) -> set[tuple[str, str]]:
    """The names of modules of ours that some code uses, with their modules."""
    try:
        nodes = [*ast.walk(ast.parse(code))] if len(code) < 100_000 else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        nodes = []
    ours = ("microlearn", "grader")
    found, modules = set(), {}
    for node in nodes:
        if isinstance(node, ast.Import):
            modules |= {a.asname or a.name: a.name for a in node.names if a.name.startswith(ours)}
        if isinstance(node, ast.ImportFrom) and node.module.startswith(ours):
            found |= {(node.module, alias.name) for alias in node.names}
            modules |= {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id, "")
            if module and importlib.util.find_spec(module):
                found.add((module, node.attr))
    return found


@answers_group
def test_honest_neighbours_get_all_their_points(batch):
    assert all(seen.score == 1 for seen in batch.honest)


@answers_group
def test_nothing_is_left_behind(batch):
    assert not batch.changed
    assert not boxes_left()


@answers_group
def test_the_report_shows_no_reference(batch):
    text = batch.outcomes["the_text_of_the_reference_that_it_may_call"].text
    assert "ValueError" in text
    assert "found it" not in text


@answers_group
def test_no_answer_reaches_the_first_process_or_the_next_answer_or_submission():
    """Nor the stem, which makes all boxes of the batch."""
    wrong, stem = {}, None
    for what in neighbours.ATTACKS:
        case = neighbours.later(what)
        with sandbox.Box() as box, sandbox.Box() as another:
            judge(neighbours.EARLIER, neighbours.attack(what), seconds=5, box=box)
            for each in (box, another):
                score = judge(case.exercise, case.code, seconds=60, box=each).score
                if score != case.earns:
                    wrong[what, each is box] = score
        stem = stem or sandbox._own.stem
        assert sandbox._own.stem is stem and not stem.has_ended()
    assert not wrong


@pytest.mark.parametrize("path", neighbours.CLAIMS)
def test_a_file_s_name_can_not_claim_another_student(path, tmp_path):
    owner = neighbours.CLAIMS[path]
    honest = path.partition("/")[0] if "/" in path else path
    for old, new in (("Eve", "Zoe"), ("eve", "zoe"), ("7", "8"), ("1-2", "3-4")):
        honest = honest.replace(old, new)
    if path.startswith("L/"):
        honest = "L/Doe_Zoe_zoe_8"
    if "/" in path:
        honest += "/x.ipynb"
    else:  # what the platform writes, and a name of the student's that claims nothing
        head = re.split("(?i)l_anna|anna", honest)[0]
        honest = f"{head}x.ipynb"
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
        for name in (path, honest):
            archive.writestr(name, "{}")
    found, refused = download(tmp_path / "download.zip", LESSON)
    theirs = [each.student for each in found if "oe" not in each.student.replace("Doe", "")]
    assert theirs == [owner] or (not theirs and refused), (theirs, refused)


# --- whole submissions ------------------------------------------------------------------------------

SUBMISSIONS = [case for module in (notebooks, files) for case in cases(module, Submission)]
HONEST_STUDENTS = [f"honest_{number}" for number in range(3)]


def one_answer() -> NotebookNode:
    """The released notebook with the right answer to one exercise."""
    solved = released(LESSON)
    lines = RIGHT.replace("def ", "@fill\ndef ")
    cell(solved, EXERCISE).source = f"from microlearn import fill\n{lines}"
    return solved


def new_course(folder: Path, handed_in: list[Submission]) -> Path:
    """A course in which these were handed in, and honest work beside them."""
    courses.new_course(folder, LESSON)
    honest = [
        Submission(name, lambda where, _, solved: save(solved, where), 1.0)
        for name in HONEST_STUDENTS
    ]
    for case in [*honest, *handed_in]:
        case.write(place_of(folder, case.name, LESSON), released(LESSON), one_answer())
    return folder


def command(course: Path, *words: str) -> str:
    """Run one of the commands that an instructor types, and return what it prints."""
    home = course.parent / "home"
    home.mkdir(exist_ok=True)
    # An honest answer takes a second, where other tests do not want the processor, too, and hostile ones
    # use up all the time that there is.
    variables = {"HOME": str(home), "MICROLEARN_SECONDS": "30"}
    return run_python(course, "-m", *words, fails=True, **variables)


def shares(course: Path) -> dict[str, float | None]:
    """The share of the points of EXERCISE that each student has in the gradebook, None where they
    have not been graded; nobody has points for anything else."""
    with gradebook(course) as book:
        found: dict[str, float | None] = {}
        for handed_in in book.assignment_submissions(LESSON):
            grades = {g.name: g for notebook in handed_in.notebooks for g in notebook.grades}
            found[handed_in.student.id] = None
            for name, grade in grades.items():
                if name == f"check_{EXERCISE}":
                    assert grade.max_score == 4
                    if grade.auto_score is not None:
                        found[handed_in.student.id] = grade.auto_score / grade.max_score
                else:
                    assert not grade.score, (handed_in.student.id, name)
        return found


@dataclass(frozen=True)
class Graded:
    """A course whose submissions have been graded, by whatever command."""

    course: Path
    said: str
    shares: dict[str, float | None]
    changed: set


def graded(course: Path, *words: str) -> Graded:
    before = snapshot(*(course / name for name in FOLDERS))
    said = command(course, *words)
    after = snapshot(*(course / name for name in FOLDERS))
    return Graded(course, said, shares(course), set(before.items()) ^ set(after.items()))


@pytest.fixture(scope="module")
def by_the_runner(tmp_path_factory) -> Graded:
    folder = tmp_path_factory.mktemp("runner")
    course = new_course(folder / "course", SUBMISSIONS)
    files.hostile_zip(folder / "download.zip", one_answer())
    return graded(course, "grader", LESSON, str(folder / "download.zip"))


@pytest.fixture(scope="module")
def by_nbgrader(tmp_path_factory) -> Graded:
    folder = tmp_path_factory.mktemp("nbgrader")
    course = new_course(folder / "course", [case for case in SUBMISSIONS if case.nbgrader])
    return graded(course, "nbgrader", "autograde", LESSON)


@pytest.fixture(
    params=[
        pytest.param("by_the_runner", marks=runner_group),
        pytest.param("by_nbgrader", marks=nbgrader_group),
    ]
)
def course(request) -> Graded:
    return request.getfixturevalue(request.param)


@runner_group
@pytest.mark.parametrize("case", SUBMISSIONS, ids=lambda case: case.name)
def test_the_runner_gives_a_submission_what_it_has_earned(case, by_the_runner):
    assert by_the_runner.shares.get(case.name) == case.earns
    # Who could not be graded is told apart from who has earned nothing, and the report says why.
    assert (f"not gradable: {case.name}: " in by_the_runner.said) == (case.earns is None)


@nbgrader_group
@pytest.mark.parametrize("case", [c for c in SUBMISSIONS if c.nbgrader], ids=lambda case: case.name)
def test_plain_nbgrader_gives_a_submission_what_it_has_earned(case, by_nbgrader):
    assert (by_nbgrader.shares.get(case.name) or 0) == (case.earns or 0)


@runner_group
def test_links_lead_to_pages_and_pictures_and_run_nothing(by_the_runner):
    folder = by_the_runner.course / "grading" / "autograded" / "links_that_run_scripts" / LESSON
    page, _ = HTMLExporter().from_filename(str(folder / f"{LESSON}.ipynb"))
    tags = BeautifulSoup(page, "html.parser").select("main [href], main [src]")
    found = [tag.get("href") or tag.get("src") for tag in tags]
    assert not [link for link in found if "alert" in link]
    honest = ["https://example.org/a_(b)", "https://example.org/b.png", "mailto:c@example.org"]
    honest += ["http://example.org/d", "https://example.org/g", "data:image/png;base64,AAAA"]
    assert [found.count(link) for link in honest] == [2, 4, 2, 2, 2, 4]  # in each of two cells


def test_nobody_else_in_the_batch_suffers(course):
    assert [course.shares[name] for name in HONEST_STUDENTS] == [1.0] * len(HONEST_STUDENTS)


def test_a_batch_changes_nothing_but_marks(course):
    assert not course.changed
    assert not list(course.course.parent.rglob("*hostile_was_here*"))
    assert not list(course.course.parent.rglob("*.was_run"))
    assert not list(Path("/tmp").glob("hostile_was_here*"))
    assert not boxes_left()


@runner_group
def test_a_hostile_download_brings_in_what_is_honest_in_it(by_the_runner):
    assert by_the_runner.shares["honest_in_the_zip_7"] == 1.0
    others = {name for name in by_the_runner.shares if by_the_runner.shares[name]} - {
        case.name for case in SUBMISSIONS
    }
    zipped = {"nested_13", "slips_30", "twice_31"}
    assert others == {*HONEST_STUDENTS, "honest_in_the_zip_7", *zipped}
    why = {"bomb_12": "00_network.ipynb is larger", "swollen_32": "00_network.ipynb is larger"}
    why |= dict.fromkeys(("deep_33", "full_34", "backwards_35"), "no notebook")
    for name, begin in why.items():
        assert re.search(rf"not gradable: {name}: .*{begin}", by_the_runner.said)
    course = by_the_runner.course
    for path in course.parent.rglob("*climber*"):
        assert path.is_relative_to(course / "grading" / "submitted"), path


@runner_group
def test_what_is_told_of_a_hostile_class_is_text_and_no_formula(by_the_runner):
    assert "Traceback" not in by_the_runner.said
    assert "\x1b[8m" not in by_the_runner.said
    tables = [*(by_the_runner.course / "grading" / "reports" / LESSON).glob("*.csv")]
    cells = [str(v) for path in tables for row in pd.read_csv(path).values for v in row]
    assert "'=1+1" in cells
    assert not [v for v in cells if v[0] in "=+@"]


def test_a_download_with_any_byte_spoilt_is_read_or_said_to_be_spoilt(tmp_path):
    path, dice = tmp_path / "download.zip", random.Random(0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"müller_{number}_1_{LESSON}.ipynb", "{}")
    whole = path.read_bytes()
    for _ in range(1000):
        raw = bytearray(whole)
        raw[dice.randrange(len(raw))] = dice.randrange(256)
        path.write_bytes(raw)
        with contextlib.suppress(UnknownLayout, Unreadable):
            for handed in download(path, LESSON)[0]:
                read(handed.source)


def test_a_name_in_an_encoding_of_old_is_one_that_the_gradebook_can_hold(tmp_path):
    folder = os.path.join(os.fsencode(tmp_path), b"Zo\xeb Bell_4715_assignsubmission_file_")
    os.mkdir(folder)
    Path(os.fsdecode(folder), "notes.txt").write_text("sorry")
    ((handed,), _) = download(tmp_path, LESSON)
    assert (handed.label.name, handed.student) == ("Zo? Bell", "Zo_Bell_4715")


def test_a_folder_that_may_not_be_opened_keeps_nobody_from_being_graded():
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        shut = [Path(top, "anna"), Path(top, "bert", LESSON)]
        for folder in (Path(top, "anna", LESSON), shut[1], Path(top, "zoe", LESSON)):
            folder.mkdir(parents=True)
            (folder / f"{LESSON}.ipynb").write_text("{}")
        for folder in shut:
            folder.chmod(0)
        me = os.geteuid()
        if me == 0:  # whom nothing is forbidden
            os.seteuid(sandbox.NOBODIES[0])
        try:
            found = {s: each.path for s, each in in_course(Path(top), LESSON).items()}
            assert [*found] == ["anna", "bert", "zoe"]
            assert read_bytes(found["zoe"]) == b"{}"
            for student in ("anna", "bert"):
                with pytest.raises(Unreadable, match="Permission denied"):
                    read_bytes(found[student])
        finally:
            os.seteuid(me)
            for folder in shut:
                folder.chmod(0o755)


def test_a_gradebook_in_use_is_told_in_one_sentence(tmp_path):
    course = tmp_path / "course"
    course.mkdir()
    for name in ("nbgrader_config.py", "grader"):
        (course / name).symlink_to(ROOT / name)
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as book:
        book.execute("BEGIN EXCLUSIVE")
        said = command(course, "grader", LESSON)
    assert "database is locked. All marks so far are safe" in said
    assert "Traceback" not in said
