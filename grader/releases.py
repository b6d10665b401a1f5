"""What the course has handed out before: an earlier release of a lesson is no edit of the student's."""

from __future__ import annotations

import functools
import json
import subprocess
from collections import Counter, defaultdict

from nbformat import NotebookNode

from .bubblewrap import ROOT
from .notebooks import grade_id, released

VERSIONS = 100
"""So many of a lesson's last versions are known."""


@functools.cache
def texts(lesson: str) -> dict[str, frozenset[str]]:
    """The texts of the cells of all releases of a lesson, as :func:`squeezed` has them, by the grade_id;
    those of cells without one are under the empty name.

    The history of this clone knows them. Where there is none, it is the present release alone.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for cells in [released(lesson).cells, *_earlier(lesson)]:
        for cell in cells:
            found[grade_id(cell)].add(squeezed("".join(cell["source"])))
    return {name: frozenset(each) for name, each in found.items()}


def squeezed(text: str) -> str:
    """A text in which only the words and signs count, not the spaces and ends of lines."""
    return " ".join(text.split())


def lesson_of(notebook: NotebookNode) -> str:
    """The lesson of which the notebook has most cells; empty if it has none of any."""
    known = _lessons()
    cells = [grade_id(cell) or cell.get("id") for cell in notebook.cells]
    found = Counter(known[name] for name in cells if name in known)
    return found.most_common(1)[0][0] if found else ""


@functools.cache
def _lessons() -> dict[str, str]:
    """The lesson of each graded cell."""
    lessons = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*"))
    return {
        name: lesson
        for lesson in lessons
        for cell in released(lesson).cells
        if (name := grade_id(cell))
    }


def _earlier(lesson: str) -> list[list[dict]]:
    """The cells of each release that the history of this clone has."""
    path = f"notebooks/{lesson}/{lesson}.ipynb"
    commits = _git("log", f"--max-count={VERSIONS}", "--format=%H", "--", path).split()
    found = []
    for commit in commits:
        try:
            found.append(json.loads(_git("show", f"{commit}:./{path}"))["cells"])
        except (ValueError, KeyError):  # it was deleted there, or is no notebook
            continue
    return found


def _git(*words: str) -> str:
    """What Git says about this clone; nothing where there is no Git, or no clone."""
    if not (ROOT / ".git").exists():
        return ""
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, timeout=20, check=True, encoding="utf-8"
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout
