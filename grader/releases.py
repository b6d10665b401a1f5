"""What the course has handed out before: an earlier release of a lesson is no edit of the student's."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

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


def _earlier(lesson: str) -> Iterator[list[dict]]:
    """The cells of each release that the history of this clone has."""
    path = f"notebooks/{lesson}/{lesson}.ipynb"
    commits = _git("log", f"--max-count={VERSIONS}", "--format=%H", "--", path).decode().split()
    # One process for all of them: each takes longer to start than to read a notebook.
    found = io.BytesIO(_git("cat-file", "--batch", asked=[f"{c}:./{path}" for c in commits]))
    while line := found.readline().split():
        if not line[-1].isdigit():  # it was deleted there
            continue
        raw, _ = found.read(int(line[-1])), found.read(1)
        with contextlib.suppress(ValueError, KeyError):  # it is no notebook there
            yield json.loads(raw)["cells"]


def _git(*words: str, asked: Iterable[str] = ()) -> bytes:
    """What Git says about this clone; nothing where there is no Git, or no clone."""
    if not (ROOT / ".git").exists():
        return b""
    lines = "".join(f"{line}\n" for line in asked).encode()
    try:
        return subprocess.run(
            ["git", *words], cwd=ROOT, input=lines, capture_output=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return b""
