"""Courses in folders of their own, as an instructor has them: hand in, grade, read the marks."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import nbformat
import pandas as pd
from conftest import ROOT
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from grader.command import main as grader_main
from grader.course import Course
from grader.sandbox import OPT_OUT, sandbox_works

FOLDERS = ("solutions", "notebooks", "grader", "autograde_tests")
"""All that an instructor needs of the repository, beside nbgrader_config.py."""


def new_course(folder: Path, *lessons: str) -> Path:
    """Copy a course into a folder, so that no gradebook is left behind in the repository.

    Its gradebook knows the ``lessons``; without any there is none yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    if lessons:
        (folder / "gradebook.db").write_bytes(_new_gradebook(lessons))
    return folder


@functools.cache
def _new_gradebook(lessons: tuple[str, ...]) -> bytes:
    """A gradebook without students. It is made once, since nbgrader takes seconds to make one."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = new_course(Path(temporary))
        with _instructor(folder):
            for lesson in lessons:
                Course(folder).release(lesson)
        return (folder / "gradebook.db").read_bytes()


@contextlib.contextmanager
def _instructor(course: Path) -> Iterator[io.StringIO]:
    """Be where the instructor of this course is; what is printed goes into the text."""
    printed = io.StringIO()
    with (
        mock.patch.dict(os.environ, environment()),
        mock.patch.object(sys, "path", [*sys.path]),  # nbgrader_config.py adds the course
        contextlib.chdir(course),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        yield printed


# --- hand in --------------------------------------------------------------------------------------


def solved(lesson: str) -> NotebookNode:
    return nbformat.read(ROOT / "solutions" / lesson / f"{lesson}.ipynb", as_version=4)


def released(lesson: str) -> NotebookNode:
    return nbformat.read(ROOT / "notebooks" / lesson / f"{lesson}.ipynb", as_version=4)


def graded_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that nbgrader knows, by their grade_id."""
    return {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}


def place_of(course: Path, student: str, lesson: str) -> Path:
    """The folder into which a student hands in, made if it is not there."""
    folder = course / "grading" / "submitted" / student / lesson
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def submit(
    course: Path,
    student: str,
    notebook: NotebookNode,
    lesson: str,
    change: Callable[[dict[str, NotebookNode]], None] = lambda cells: None,
) -> None:
    """Hand in a notebook; ``change`` gets its graded cells by their grade_id."""
    change(graded_cells(notebook))
    nbformat.write(notebook, place_of(course, student, lesson) / f"{lesson}.ipynb")


def fill_gap(cell: NotebookNode, lines: str) -> None:
    """Write lines into the gap of a released answer cell."""
    before, _, _ = cell.source.partition("# YOUR CODE HERE")
    indent = before[before.rindex("\n") + 1 :]
    gap = f"# YOUR CODE HERE\n{indent}raise NotImplementedError()"
    assert gap in cell.source
    cell.source = cell.source.replace(gap, f"\n{indent}".join(lines.splitlines()))


# --- grade ----------------------------------------------------------------------------------------


def environment() -> dict[str, str]:
    """The environment of an instructor who has activated .venv."""
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    opt_out = {} if sandbox_works() else {OPT_OUT: "yes"}
    return os.environ | opt_out | {"PATH": path}


def run_python(
    course: Path, *words: str, fails: bool = False, given: str = "", **variables: str
) -> str:
    """Run Python in the course's folder, and return what it prints."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=course,
        env=environment() | variables,
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=600,
        check=False,
    )
    assert fails or done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def nbgrader(course: Path, *commands: str) -> str:
    """Run nbgrader's commands, all in one process, since its start takes longer than most of them."""
    return run_python(course, "-c", NBGRADER, given="\n".join(commands))


NBGRADER = """
import sys
from nbgrader.apps.nbgraderapp import NbGraderApp
from jupyter_core.application import NoStart
for command in sys.stdin.read().splitlines():
    app = NbGraderApp.instance()
    app.initialize(command.split())
    try:
        app.start()
    except NoStart:
        type(app.subapp).clear_instance()
"""


def grade(course: Path, lesson: str, *words: str) -> str:
    """``python -m grader`` in this process, which saves the seconds that a new one takes to start."""
    with _instructor(course) as printed:
        status = grader_main([lesson, *words])
    assert status == 0, printed.getvalue()
    return printed.getvalue()


# --- read the marks -------------------------------------------------------------------------------


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "microlearn")


def scores(course: Path, lesson: str) -> dict[str, dict[str, float]]:
    """The automatic score of every exercise, by student, from the gradebook."""
    with gradebook(course) as book:
        return {
            submission.student.id: {
                grade.name.removeprefix("check_"): grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.name.startswith("check_")
            }
            for submission in book.assignment_submissions(lesson)
        }


def full_marks(lesson: str) -> dict[str, float]:
    """The points of every exercise."""
    return {
        name.removeprefix("check_"): float(cell.metadata.nbgrader.points)
        for name, cell in graded_cells(released(lesson)).items()
        if name.startswith("check_")
    }


def marks(course: Path, lesson: str) -> pd.DataFrame:
    """The runner's table of marks, by student."""
    path = course / "grading" / "reports" / lesson / "marks.csv"
    return pd.read_csv(path, dtype={"lms_id": str}).set_index("student")
