"""Mends a submitted notebook: every graded cell is there once, and holds what the student has written.

Students copy, delete, move and rename cells; tools drop ids and metadata; answers are typed in the wrong
place. The released notebook says which graded cells there are and what they are worth. Only the text of
the answers comes from the submission.
"""

from __future__ import annotations

import copy
import re

from nbformat import NotebookNode

from .disarming import disarm, ordinary, pictures
from .notebooks import METADATA, Unreadable, grade_id, parse, printable, released, writable
from .releases import lesson_of, squeezed, texts

LARGEST_COMPARED = 10 * 2**20
"""Of a larger notebook the answers are not counted to compare it with others."""
LONGEST = 100_000
"""The letters of the longest cell that can be one of the lesson's."""
SHOWN = 20_000
"""So many letters of what was typed beside a question are put into its answer."""


def normalise(submitted: NotebookNode, lesson: str) -> tuple[NotebookNode, list[str]]:
    """The submission with every graded cell exactly once, as it was released, except for the student's
    answers; and notes on what was mended.

    A cell is recognised by its ``grade_id``, else by its cell id, else by the function that it defines
    or by its text, and the answer to a question by its place. If there are several for one graded cell,
    the last one counts that was changed and defines the exercise. The others stay as ordinary cells, and
    so do all cells that the student added.

    Raises
    ------
    Unreadable
        If it has no cell of the lesson.
    """
    original = released(lesson)
    found = _Found(submitted, original, lesson)
    notebook = copy.deepcopy(original)
    notebook.cells = []
    for cell in submitted.cells:
        pristine = found.chosen.get(id(cell))
        mended = ordinary(cell) if pristine is None else found.mended(cell, pristine)
        notebook.cells.append(mended)
    _put_back(notebook, original)
    for cell in notebook.cells:
        if text := found.beside.get(grade_id(cell)):
            cell.source = writable(text)
        disarm(cell, original, found.notes)
    _name_cells(notebook)
    return notebook, [printable(note) for note in found.notes]


def answers_in(raw: bytes, lesson: str) -> int:
    """How many answers a notebook has, right or wrong; -1 if it has no cell of the lesson."""
    if len(raw) > LARGEST_COMPARED:
        return 0
    try:
        submitted, _ = parse(raw)
        found = _Found(submitted, released(lesson), lesson)
    except Unreadable:
        return -1
    cells = [c for c in submitted.cells if id(c) in found.chosen]
    answered = {name for c in cells if found.is_answered(c, name := grade_id(found.chosen[id(c)]))}
    return len(answered | found.beside.keys())


class _Found:
    """Which graded cell each cell of a submission is.

    ``chosen`` has the released cell for each that counts, by its id in memory; ``beside`` the answers to
    questions that were typed beside the cell for them.
    """

    def __init__(self, submitted: NotebookNode, original: NotebookNode, lesson: str) -> None:
        self.cells, self.original, self.known = submitted.cells, original, texts(lesson)
        self.graded = {name: cell for cell in original.cells if (name := grade_id(cell))}
        self.notes: list[str] = []
        self.claims: dict[str, list[NotebookNode]] = {name: [] for name in self.graded}
        self.claimed: set[int] = set()
        self.text = {id(c): squeezed(c.source) for c in self.cells if len(c.source) <= LONGEST}
        for cell in self.cells:
            if mark := self._by_mark(cell):
                self._claim(mark, [cell])
            elif grade_id(cell) and grade_id(cell) not in self.known:
                self.notes.append(f"the lesson has no cell {grade_id(cell)[:60]!r}")
        self._claim_by_text()
        if not any(self.claims.values()):
            other = lesson_of(submitted)
            raise Unreadable(f"this is the notebook of {other}" if other
                             else "it has no cell of this lesson")  # fmt: skip
        self.beside: dict[str, str] = {}
        for name, cell in self.graded.items():
            if cell.cell_type == "markdown" and not cell.metadata.nbgrader["locked"]:
                self._look_beside(name)
        self.chosen: dict[int, NotebookNode] = {}
        for name, cells in self.claims.items():
            if cells:
                self.chosen[id(self._the_one(cells, name))] = self.graded[name]
            elif name not in self.beside:
                self.notes.append(f"{name} was missing and was put back")
            if len(cells) > 1:
                self.notes.append(
                    f"{name} stood there {len(cells)} times: the last changed one counts"
                )

    def _by_mark(self, cell: NotebookNode) -> str | None:
        """The name of the graded cell that this is, or that this is a copy of."""
        for name in (grade_id(cell), cell.get("id")):
            if name in self.graded:
                return name
        if cell.cell_type == "code" and "@fill" in cell.source:
            defined = re.search(r"^@fill\b[^\n]*\n+def (\w+)", cell.source, re.M)
            if defined and defined[1] in self.graded:
                return defined[1]
        return None

    def _claim(self, name: str, cells: list[NotebookNode]) -> None:
        self.claims[name] += cells
        self.claimed |= {id(cell) for cell in cells}

    def _claim_by_text(self) -> None:
        """Find cells that have lost every mark: what can't be edited by its text, and an answer as the
        last cell that defines it."""
        free = [c for c in self.cells if id(c) not in self.claimed and id(c) in self.text]
        for name, pristine in self.graded.items():
            if self.claims[name]:
                continue
            if pristine.metadata.nbgrader["locked"]:
                same = [c for c in free if self.text[id(c)] in self.known[name]]
            else:
                code = [c for c in free if c.cell_type == pristine.cell_type == "code"]
                same = [c for c in code if _defines(c, name)]
            self._claim(name, same[-1:])

    def _is_as_released(self, cell: NotebookNode, name: str) -> bool:
        return self.text.get(id(cell), cell.source) in self.known[name]

    def is_answered(self, cell: NotebookNode, name: str) -> bool:
        """Whether a cell that can be edited has a text of the student's."""
        if self.graded[name].metadata.nbgrader["locked"]:
            return False
        return bool(cell.source.strip()) and not self._is_as_released(cell, name)

    def _the_one(self, found: list[NotebookNode], name: str) -> NotebookNode:
        """The last cell that was changed and defines the exercise, else the last that was changed."""
        changed = [cell for cell in found if not self._is_as_released(cell, name)]
        defining = [cell for cell in changed if _defines(cell, name)]
        return (defining or changed or found)[-1]

    def _look_beside(self, name: str) -> None:
        """Find the answer to a question that is not in the cell for it: in cells of the student's own
        below the question, in the question's cell, or, if both are lost, in any cell."""
        if any(self.is_answered(cell, name) for cell in self.claims[name]):
            return
        question = self._cell_before(name)
        here = [*(self.claims[question] if question else []), *self.claims[name]]
        own = self._own_below(here, name) if here else [c for c in self.cells if self._is_own(c)]
        if not self.claims[name] and len(own) == 1 and own[0].cell_type == "markdown":
            self._claim(name, own)
            self.notes.append(f"{name} was recognised by its place")
        elif own:
            self.beside[name] = "\n\n".join(_as_text(cell) for cell in own)[:SHOWN]
            self.notes.append(f"{name} was answered in cells beside it, which were put into it")
        elif question and (edited := [c for c in self.claims[question] if self._is_new(c)]):
            self.beside[name] = edited[-1].source[:SHOWN]
            self.notes.append(f"{name} was answered in the question's cell, which was put into it")

    def _cell_before(self, name: str) -> str | None:
        """The question's own cell: the one before the answer, if it can't be edited."""
        at = next(n for n, cell in enumerate(self.original.cells) if grade_id(cell) == name)
        before = self.original.cells[at - 1]
        is_question = before.cell_type == "markdown" and grade_id(before)
        return grade_id(before) if is_question and before.metadata.nbgrader["locked"] else None

    def _own_below(self, anchors: list[NotebookNode], name: str) -> list[NotebookNode]:
        """The student's own cells below the first of these, up to the next cell of the lesson other than
        the gap for the answer."""
        those = {id(cell) for cell in anchors}
        first = next(place for place, cell in enumerate(self.cells) if id(cell) in those)
        own: list[NotebookNode] = []
        for cell in self.cells[first + 1 :]:
            if self._is_own(cell):
                own.append(cell)
                continue
            is_gap = id(cell) in those or self._is_as_released(cell, name)
            if cell.source.strip() and not is_gap:
                break
        return own

    def _is_own(self, cell: NotebookNode) -> bool:
        """Whether a cell has a text that is the student's, and is no cell of the lesson."""
        return id(cell) not in self.claimed and self._is_new(cell)

    def _is_new(self, cell: NotebookNode) -> bool:
        text = self.text.get(id(cell), cell.source)
        return bool(text) and not any(text in each for each in self.known.values())

    def mended(self, cell: NotebookNode, pristine: NotebookNode) -> NotebookNode:
        """The pristine cell, with the student's text if it is an answer."""
        name, whole = grade_id(pristine), copy.deepcopy(pristine)
        if not self._is_as_released(cell, name):
            if pristine.metadata.nbgrader["locked"]:
                self.notes.append(f"{name} had been edited, and is as it was released")
            else:
                whole.source = writable(cell.source)
        if not pristine.metadata.nbgrader["locked"]:
            whole.update(pictures(cell))
        seen, meant = cell.metadata.get("nbgrader"), pristine.metadata.nbgrader
        if cell.cell_type != pristine.cell_type:
            self.notes.append(f"{name} had become a {cell.cell_type[:20]} cell")
        elif not isinstance(seen, dict) or any(seen.get(key) != meant[key] for key in METADATA):
            self.notes.append(f"{name} had lost or changed its grading marks")
        return whole


def _defines(cell: NotebookNode, name: str) -> bool:
    safe = re.escape(name)
    return bool(re.search(rf"^[ \t]*(def[ \t]+{safe}\b|{safe}[ \t]*=(?!=))", cell.source, re.M))


def _as_text(cell: NotebookNode) -> str:
    return f"```\n{cell.source}\n```" if cell.cell_type == "code" else cell.source


def _put_back(notebook: NotebookNode, original: NotebookNode) -> None:
    """Insert the missing graded cells, each behind the graded cell that it followed when released."""
    at = {grade_id(cell): index for index, cell in enumerate(notebook.cells) if grade_id(cell)}
    previous = None
    for cell in original.cells:
        name = grade_id(cell)
        if name and name not in at:
            where = at[previous] + 1 if previous else 0
            notebook.cells.insert(where, copy.deepcopy(cell))
            at = {n: i + (i >= where) for n, i in at.items()} | {name: where}
        previous = name or previous


def _name_cells(notebook: NotebookNode) -> None:
    """Give every other cell an id of its own."""
    taken: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if grade_id(cell):
            taken.add(cell.id)
        else:
            cell.id = f"cell-{index}"
            while cell.id in taken:
                cell.id += "-"
            taken.add(cell.id)
