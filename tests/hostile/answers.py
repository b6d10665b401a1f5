"""What the cases are made of: answers as text, and whole submissions as files."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent.parent
LESSON = "00_network"
EXERCISE = "mean_squared_error"
"""What a case answers unless it says otherwise: it is judged in a moment."""

RIGHT = """
import numpy as np
def mean_squared_error(y, prediction):
    return 0.5 * np.mean(np.sum((y - prediction) ** 2, axis=1))
"""
WRONG = """
def mean_squared_error(y, prediction):
    return 0.0
"""


@dataclass(frozen=True)
class Answer:
    """The text of an answer, the exercise that it is for and the share of the points it may earn.

    ``seconds`` is the time that it is given, where it would use up any. An answer that is ``shut`` in
    looks for a way out, and says 0.5 if there is none, which its report must show.
    """

    name: str
    code: str
    exercise: str = EXERCISE
    earns: float = 0.0
    seconds: float = 30.0
    shut: bool = False


def answer(
    exercise: str = EXERCISE, earns: float = 0.0, seconds: float = 30.0, shut: bool = False
) -> Callable[[Callable[[], str]], Answer]:
    """Turn a function that returns the text of an answer into a case of that name."""

    def wrap(function: Callable[[], str]) -> Answer:
        code = textwrap.dedent(function())
        return Answer(function.__name__, code, exercise, earns, seconds, shut)

    return wrap


@dataclass(frozen=True)
class Submission:
    """A whole submission.

    ``write(folder, released, solved)`` puts it into ``submitted/STUDENT/LESSON``; ``solved`` is the
    released notebook with a right answer to EXERCISE, and no other. ``earns`` is the share of the
    points of EXERCISE that its answer has earned, or None where there is no answer to be found, so
    that it may be left ungraded. The runner gets them all; ``nbgrader autograde``, which is slower,
    those that ask for it.
    """

    name: str
    write: Callable[[Path, NotebookNode, NotebookNode], None]
    earns: float | None
    nbgrader: bool = False


def submission(earns: float | None, nbgrader: bool = False) -> Callable[[Callable], Submission]:
    """Turn a function that writes a submission into a case of that name."""

    def wrap(write: Callable[[Path, NotebookNode, NotebookNode], None]) -> Submission:
        return Submission(write.__name__, write, earns, nbgrader)

    return wrap


def cases(module: ModuleType, kind: type) -> list[Any]:
    """The cases of a module, in its order."""
    return [case for case in vars(module).values() if isinstance(case, kind)]


def save(notebook: NotebookNode, folder: Path, name: str = f"{LESSON}.ipynb") -> None:
    """Write a notebook as a student's JupyterLab would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that cells have the same id is the point of some cases
        nbformat.write(notebook, folder / name)


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell of a notebook that has this grade_id."""
    found = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    return found[0]
