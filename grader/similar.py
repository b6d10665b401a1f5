"""Pairs of submissions whose answers are more alike than they have to be: a hint, and no verdict."""

from __future__ import annotations

import io
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import nbformat
import pandas as pd

from .course import Course
from .notebooks import grade_id, released
from .sandbox import ROOT

LENGTH = 6
"""So many tokens in a row, names and comments among them, make a piece."""
RARE = 2
"""A piece that more students have is no sign of anything."""
FEWEST = 12
"""So many rare pieces in common are told."""
COLUMNS = ["one", "other", "pieces", "share", "exercises"]


def similar(course: Course, lesson: str, students: list[str]) -> pd.DataFrame:
    """The pairs of students whose graded notebooks share pieces of answers that nobody else has, and
    that are not in the lesson or in the reference; the most alike first.

    Columns: ``one, other``; the number of ``pieces``; their ``share`` of the shorter work; and the
    ``exercises`` in which they are.
    """
    solved = ROOT / "solutions" / lesson / f"{lesson}.ipynb"
    known = {piece for _, piece in _pieces(solved)}
    known |= {piece for cell in released(lesson).cells for piece in _in_text(cell.source)}
    of: dict[str, dict[str, str]] = {}
    for student in students:
        path = course.autograded / student / lesson / f"{lesson}.ipynb"
        if path.is_file():
            of[student] = {piece: name for name, piece in _pieces(path) if piece not in known}
    owners: dict[str, list[str]] = defaultdict(list)
    for student, pieces in of.items():
        for piece in pieces:
            owners[piece].append(student)
    shared: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for piece, who in owners.items():
        if len(who) <= RARE:
            for pair in combinations(sorted(who), 2):
                shared[pair][of[pair[0]][piece]] += 1
    rows = [
        (
            *pair,
            number,
            round(number / min(len(of[each]) for each in pair), 2),
            " ".join(sorted(found)),
        )
        for pair, found in shared.items()
        if (number := found.total()) >= FEWEST
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values(["share", "pieces"], ascending=False, ignore_index=True)


def _pieces(path: Path) -> Iterator[tuple[str, str]]:
    """Each piece of each answer in a notebook, behind the name of its exercise or question."""
    for cell in nbformat.read(path, as_version=4).cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution") and not meta.get("locked"):
            for piece in _in_text(cell.source):
                yield grade_id(cell), piece


def _in_text(text: str) -> Iterator[str]:
    """Each run of so many words and signs; spaces and ends of lines are none."""
    words = _tokens(text)
    for start in range(len(words) - LENGTH + 1):
        yield " ".join(words[start : start + LENGTH])


def _tokens(text: str) -> list[str]:
    try:
        read = tokenize.generate_tokens(io.StringIO(text).readline)
        return [word for token in read for word in token.string.split()]
    except (tokenize.TokenError, SyntaxError):
        return text.split()
