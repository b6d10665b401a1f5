"""Pairs of submissions whose answers are more alike than they have to be: a hint, and no verdict."""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import reads

from .bubblewrap import ROOT
from .course import Course
from .notebooks import grade_id, released

CODE, WORDS = 12, 6
"""So many tokens of code in a row make a piece, and so many words of a text or of comments."""
RARE = 2
"""A piece that more students have is no sign of anything."""
FEWEST = 20
"""So many rare pieces in common are told, if they are from two answers. There are only so many ways to
write one of a few lines."""
FEWEST_OF_WORDS = 12
"""So many rare pieces of text are told, even from one answer."""
LONGEST = 20_000
"""So many letters of an answer are compared."""
COLUMNS = ["one", "other", "pieces", "share", "exercises"]
OWN = "~"
"""Stands before a name that the student has given."""


def similar(course: Course, lesson: str, students: list[str]) -> pd.DataFrame:
    """The pairs of students whose graded notebooks share pieces of answers that nobody else has, and
    that are not in the lesson or in the reference; the most alike first.

    Columns: ``one, other``; the number of ``pieces``; their ``share`` of the shorter work; and the
    ``exercises`` in which they are.
    """
    blank = released(lesson)
    code = [cell.source for cell in blank.cells if cell.cell_type == "code"]
    names = {*keyword.kwlist, *dir(builtins), *re.findall(r"\w+", " ".join(code))}
    solved = ROOT / "solutions" / lesson / f"{lesson}.ipynb"
    known = {piece for _, piece in _pieces(solved, names)}
    known |= {piece for cell in blank.cells for piece in _in_cell(cell, names)}
    of: dict[str, dict[str, str]] = {}
    for student in students:
        path = course.autograded / student / lesson / f"{lesson}.ipynb"
        if path.is_file():
            of[student] = {
                piece: name for name, piece in _pieces(path, names) if piece not in known
            }
    owners: dict[str, list[str]] = defaultdict(list)
    for student, pieces in of.items():
        for piece in pieces:
            owners[piece].append(student)
    shared: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    words: Counter[tuple[str, str]] = Counter()
    for piece, who in owners.items():
        if len(who) <= RARE:
            for pair in combinations(sorted(who), 2):
                shared[pair][of[pair[0]][piece]] += 1
                words[pair] += len(piece.split()) == WORDS
    rows = [
        (
            *pair,
            number,
            round(number / min(len(of[each]) for each in pair), 2),
            " ".join(sorted(found)),
        )
        for pair, found in shared.items()
        if ((number := found.total()) >= FEWEST and len(found) > 1)
        or words[pair] >= FEWEST_OF_WORDS
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values(["share", "pieces"], ascending=False, ignore_index=True)


def _pieces(path: Path, names: set[str]) -> Iterator[tuple[str, str]]:
    """Each piece of each answer in a notebook, behind the name of its exercise or question."""
    for cell in reads(path.read_text(encoding="utf-8")).cells:  # our own, so nbformat needn't look
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution") and not meta.get("locked"):
            for piece in _in_cell(cell, names):
                yield grade_id(cell), piece


def _in_cell(cell: NotebookNode, names: set[str]) -> Iterator[str]:
    """Each run of so many words or tokens. A name that is none of the lesson's ``names`` is a number in
    it, so that another name makes no other piece."""
    code, words = _tokens(cell, names)
    for run in _runs(words, WORDS):
        yield " ".join(run)
    for run in _runs(code, CODE):
        own = [*dict.fromkeys(token for token in run if token.startswith(OWN))]
        yield " ".join(f"{OWN}{own.index(token)}" if token in own else token for token in run)


def _runs(row: list[str], length: int) -> Iterator[list[str]]:
    for start in range(len(row) - length + 1):
        yield row[start : start + length]


def _tokens(cell: NotebookNode, names: set[str]) -> tuple[list[str], list[str]]:
    """The tokens of a cell's code, and the words of its text, comments and docstrings."""
    text = cell.source[:LONGEST]
    code: list[str] = []
    words: list[str] = []
    if cell.cell_type != "code":
        return code, text.split()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            what = "".join(token.string.split())
            if token.type == tokenize.COMMENT or token.string.startswith(('"""', "'''")):
                words += token.string.split()
            elif token.type == tokenize.NAME and what not in names and code[-1:] != ["."]:
                code.append(OWN + what)
            elif what:
                code.append(what)
    except (tokenize.TokenError, SyntaxError):  # what was read so far counts
        pass
    return code, words
