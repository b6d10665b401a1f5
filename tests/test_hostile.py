"""Hostile and broken submissions earn what their code has earned, and disturb nobody else."""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from hostile import files, forgeries, notebooks, python, reading, resources
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
from nbformat import NotebookNode
from nbgrader.api import Gradebook

sys.path.insert(0, str(ROOT))
from grader import sandbox
from grader.judge import judge

pytestmark = pytest.mark.skipif(
    not sandbox.sandbox_works(), reason="bubblewrap is missing or forbidden here"
)
ANSWERS = [
    case for module in (forgeries, python, reading, resources) for case in cases(module, Answer)
]
HONEST = Answer("honest", RIGHT, earns=1.0)
SHUT = "0.5 for e"
"""What a report says of an answer that looks for a way out and finds none."""


def drivers() -> list[str]:
    """The command lines of all boxes that are left on this machine."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if "grader.driver" in line and f"--ro-bind {ROOT}" in line:
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


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case.name)
def test_an_answer_earns_what_its_code_has_earned(case, batch):
    seen = batch.outcomes[case.name]
    assert seen.attempted
    assert seen.score == pytest.approx(case.earns), seen.text
    assert len(seen.text.encode()) < 10_000
    assert "<script>" not in seen.html
    if case.shut:
        assert SHUT in seen.text


def test_honest_neighbours_get_all_their_points(batch):
    assert all(seen.score == 1 for seen in batch.honest)


def test_nothing_is_left_behind(batch):
    assert not batch.changed
    assert not drivers()


def test_the_report_shows_no_reference(batch):
    text = batch.outcomes["the_text_of_the_reference_that_it_may_call"].text
    assert "ValueError" in text
    assert "found it" not in text


# --- whole submissions ----------------------------------------------------------------------------------

SUBMISSIONS = [case for module in (notebooks, files) for case in cases(module, Submission)]
HONEST_STUDENTS = 4


def new_course(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in ("solutions", "notebooks", "grader", "autograde_tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def one_answer(released: NotebookNode) -> NotebookNode:
    """The released notebook with the right answer to one exercise."""
    solved = copy.deepcopy(released)
    cell(solved, EXERCISE).source = f"from microlearn import fill\n\n{RIGHT}".replace("def ", "@fill\ndef ")
    return solved


def hand_in(course: Path, name: str, write, released: NotebookNode) -> None:
    folder = course / "grading" / "submitted" / name / LESSON
    folder.mkdir(parents=True)
    write(folder, copy.deepcopy(released), one_answer(released))


def run(course: Path, *words: str, check: bool = True) -> str:
    """Run one of the commands that an instructor types."""
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=course,
        env=os.environ | {"PATH": path, "MICROLEARN_CANARY": "CANARY"},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=600,
        check=False,
    )
    said = done.stdout + done.stderr
    assert not check or done.returncode == 0, said[-5000:]
    return said


def shares(course: Path) -> dict[str, float | None]:
    """The share of the points of EXERCISE that each student has in the gradebook."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "microlearn") as book:
        found = {}
        for submission in book.assignment_submissions(LESSON):
            grades = {g.name: g for notebook in submission.notebooks for g in notebook.grades}
            grade = grades.get(f"check_{EXERCISE}")
            found[submission.student.id] = grade and (grade.score or 0.0) / grade.max_score
            assert sum(g.auto_score or 0.0 for g in grades.values()) == (grade.score if grade else 0)
        return found


@dataclass(frozen=True)
class Graded:
    """What became of a batch of submissions."""

    shares: dict[str, float | None]
    course: Path
    said: str
    before: dict
    after: dict


def graded(folder: Path, *words: str, extra=None) -> Graded:
    """Hand in all submissions, honest ones among them, and grade them with a command."""
    course = new_course(folder / "course")
    released = nbformat.read(course / "notebooks" / LESSON / f"{LESSON}.ipynb", as_version=4)
    run(course, "nbgrader", "generate_assignment", LESSON)
    for number in range(HONEST_STUDENTS):
        hand_in(course, f"honest_{number}", lambda f, _, solved: save(solved, f), released)
    for case in SUBMISSIONS:
        hand_in(course, case.name, case.write, released)
    before = snapshot(*guarded(course))
    said = run(course, *words, check=False)
    return Graded(shares(course), course, said, before, snapshot(*guarded(course)))


def guarded(course: Path) -> list[Path]:
    """The folders of a course that grading has no business to change."""
    names = ("solutions", "notebooks", "grader", "autograde_tests")
    return [course / name for name in names] + [course.parent / "home"]


@pytest.fixture(scope="module")
def by_nbgrader(tmp_path_factory) -> Graded:
    return graded(tmp_path_factory.mktemp("nbgrader"), "nbgrader", "autograde", LESSON)


@pytest.fixture(scope="module")
def by_the_runner(tmp_path_factory) -> Graded:
    return graded(tmp_path_factory.mktemp("runner"), "grader", LESSON)


@pytest.fixture(params=["by_nbgrader", "by_the_runner"])
def whole(request) -> Graded:
    return request.getfixturevalue(request.param)
