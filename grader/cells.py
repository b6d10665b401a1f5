"""Finds the code of a notebook that an answer needs: the answer cell, and what it uses of other cells.

Running all cells would train networks for minutes. Running the answer cell alone would fail if the
student has written a helper function in another cell.
"""

from __future__ import annotations

import ast
import builtins
import copy
import functools
import re
import textwrap
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import nbformat

from .effects import STAR, Effects, Uses, effects_of
from .notebooks import handed_out

CHARACTERS = 100_000
"""No student writes a longer cell: it is not searched for helpers."""
IN_ALL = 1_000_000
"""After this many characters of other cells, the search for helpers ends."""
TOO_MUCH = (SyntaxError, ValueError, RecursionError, MemoryError)
"""Python's own tools raise these where code is wrong, or nested too deep."""


CERTAIN = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
)
"""The statements that bind a name whatever happens before them."""
END = (1 << 60, 0)


def code_for(notebook: nbformat.NotebookNode, name: str, released: str) -> str | None:
    """The source that defines an answer; None if no cell has it, or only the ``released`` code.

    The answer cell is the one with the exercise's grade_id; if that is as it was released, it is the
    last cell that fills the exercise in, as when two answer cells are merged. In front of it come, in
    their order, the statements of other cells that bind or change what it uses, directly or through one
    another. A text that is the name of another exercise of this notebook refers to the student's own
    answer to that, right or wrong, as in the notebook.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    graded = {_grade_id(cell): place for place, cell in reversed([*enumerate(cells)])}
    place = graded.get(name)
    if place is None or _same_code(cells[place].source, released):
        place = _filled_elsewhere(cells, name, released)
    if place is None:
        return None
    answer = _in_python(cells[place].source)
    helpers = _Search(cells, place, name, graded).found()
    return "\n".join([*(statement.text for statement in helpers), answer])


def _grade_id(cell: nbformat.NotebookNode) -> str:
    meta = cell.metadata.get("nbgrader")
    return str(meta.get("grade_id", "")) if isinstance(meta, dict) else ""


def _filled_elsewhere(cells: list[nbformat.NotebookNode], name: str, released: str) -> int | None:
    """The place of the last cell that has ``@fill`` above a function of this name, with other code than
    the released one."""
    gaps = {_plain(node) for node in _fillings(released, name)}
    for place, cell in reversed([*enumerate(cells)]):
        if any(_plain(node) not in gaps for node in _fillings(_in_python(cell.source), name)):
            return place
    return None


def _fillings(source: str, name: str) -> Iterator[ast.FunctionDef]:
    """The functions of this name below ``@fill``."""
    tree = _parsed(source) if "fill" in source and name in source else None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.FunctionDef) and node.name == name:
            marks = (getattr(d, "id", getattr(d, "attr", "")) for d in node.decorator_list)
            if "fill" in marks:
                yield node


def _plain(node: ast.AST) -> str:
    """What a piece of code says, without its docstrings, which it loses: a newer release may word them
    differently."""
    try:
        return ast.dump(_Undocumented().visit(node))
    except TOO_MUCH:
        return ""


class _Undocumented(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        return self.generic_visit(node)


class _Statement:
    """A top-level statement, and its place: the number of its cell, and its own in there.

    Python's own tools give up on code that is nested too deep. Such a statement has an empty text and
    refers to nothing.
    """

    def __init__(self, node: ast.stmt, place: tuple[int, int]) -> None:
        self.node, self.place = node, place

    def at(self, place: tuple[int, int]) -> _Statement:
        """The same statement in another place, with what has been found out about it."""
        other = copy.copy(self)
        other.place = place
        return other

    @functools.cached_property
    def text(self) -> str:
        try:
            return ast.unparse(self.node)
        except TOO_MUCH:
            return ""

    @functools.cached_property
    def effects(self) -> Effects:
        try:
            effects = effects_of(self.node)
        except TOO_MUCH:
            return Effects()
        if STAR in effects.imports and effects.imports[STAR] == "microlearn":
            effects.binds |= _exported()
            effects.imports |= dict.fromkeys(_exported(), "microlearn")
            effects.defines |= _exported()
        return effects

    def mentions(self) -> set[str]:
        """The names that a call of what it binds may come to."""
        at_once = self.effects.now.reads if self.effects.binds - self.effects.defines else set()
        return self.effects.later.reads | at_once


class _Search:
    """Looks for the statements that bind or change what an answer uses.

    All those above the answer count, since each may build on the one before. Where none binds a name,
    one below does: the notebook may have been run in another order. What the answer cell binds itself is
    not looked for in other cells.
    """

    def __init__(
        self, cells: list[nbformat.NotebookNode], cell: int, name: str, exercises: Iterable[str]
    ) -> None:
        self.cell, self.name, self.exercises = cell, name, {*exercises} - {name}
        self.statements = _all_statements(cells, cell)
        self.binders = _by_name(self.statements, lambda s: s.effects.binds)
        defined = {name for s in self.statements for name in s.effects.defines}
        self.modules = {a: m for s in self.statements for a, m in s.effects.imports.items()}
        self.values = {n for s in self.statements for n in s.effects.binds - s.effects.defines}
        """Names of values that are not functions: code that is given one may change it."""
        self.written = self.values | (defined - self.modules.keys())
        """Names of what the notebook has itself, and does not import."""
        self.group = _grouped(tie & self.values for s in self.statements for tie in s.effects.ties)
        self.changers = _by_name(self.statements, self._changes)
        self.late_changers = _by_name(self.statements, self._changes_later)
        self.callers = _by_name(self.statements, lambda s: s.effects.now.calls)
        self.mentioners = _by_name(self.statements, _Statement.mentions)
        self.derivers = _by_name(self.statements, lambda s: s.effects.derives)

    def found(self) -> list[_Statement]:
        """The statements of other cells that the answer needs, in their order."""
        self.needed: dict[tuple[int, int], _Statement] = {}
        self.wanted, self.known = [(STAR, False), (self.name, False)], set[tuple[str, bool]]()
        self.setting, self.setters = list[str](), self._runs_in_the_answer()
        self._need(s for s in self.statements if s.place[0] <= self.cell and _of_the_future(s))
        self.end = (self.cell + 1, 0)
        while self.wanted or self.setting:
            if self.wanted:
                self._look_for(*self.wanted.pop(0))
            else:
                # Calling it changes what is wanted, as in `register(half)`.
                name = self.setting.pop(0)
                self._need(s for s in self.callers[name] if s.place < self.end)
                self._set_by(self.mentioners[name])
        if not self.binders[self.name]:
            self._need(s for s in self.statements if s.place[0] == self.cell)
        return [self.needed[place] for place in sorted(self.needed) if place[0] != self.cell]

    def _look_for(self, name: str, here: bool) -> None:
        """Find what binds or changes a name: in the answer cell alone, if it is bound ``here``."""
        group = self.group.get(name, name)
        if here:
            self._need(s for s in self.binders[name] if s.place[0] == self.cell)
            self._need(s for s in self.changers[group] if s.place[0] == self.cell)
        else:
            binding, end = self._binding(name)
            self.end = max(self.end, end)
            self._need(binding)
            if self.binders[name] or not hasattr(builtins, name):  # Python's own functions stay
                self._need(s for s in self.changers[group] if s.place < end)
        # A class may know those that are made from it.
        self._need(s for s in self.derivers[name] if s.place < (self.cell + 1, 0))
        self._set_by(self.late_changers.pop(group, ()))

    def _binding(self, name: str) -> tuple[list[_Statement], tuple[int, int]]:
        """The statements that bind a name, and the place in front of which others may change it."""
        above = [s for s in self.binders[name] if s.place[0] <= self.cell]
        if above or hasattr(builtins, name):
            return above, (self.cell + 1, 0)
        if not self.binders[name]:  # then what binds it does not say so
            openly = [s for s in self.statements if s.effects.binds_openly]
            return [s for s in openly if s.place[0] <= self.cell], (self.cell + 1, 0)
        first = self.binders[name][0].place[0]
        later = [s.place for s in self.binders[name] if s.place[0] > first]
        return [s for s in self.binders[name] if s.place[0] == first], (later or [END])[0]

    def _need(self, statements: Iterable[_Statement]) -> None:
        for statement in statements:
            if statement.place not in self.needed:  # one statement may bind thousands of names
                self.needed[statement.place] = statement
                for wanted in sorted(self._reads(statement)):
                    if wanted not in self.known:
                        self.known.add(wanted)
                        self.wanted.append(wanted)

    def _reads(self, statement: _Statement) -> set[tuple[str, bool]]:
        """The names that a statement reads, and whether the answer cell is where it has them from."""
        effects, own = statement.effects, self._own
        asked = self.exercises if effects.asks_openly else self.exercises & effects.texts
        now, later = effects.now.reads, effects.later.reads | asked
        if statement.place[0] != self.cell:
            return {(name, False) for name in now | later}
        return {(name, own.get(name, END) < statement.place) for name in now} | {
            (name, name in own) for name in later
        }

    @functools.cached_property
    def _own(self) -> dict[str, tuple[int, int]]:
        """Where the answer cell itself is certain to bind a name for the first time."""
        own: dict[str, tuple[int, int]] = {}
        for statement in self.statements:
            if statement.place[0] == self.cell and isinstance(statement.node, CERTAIN):
                for name in statement.effects.binds:
                    own.setdefault(name, statement.place)
        return own

    def _set_by(self, statements: Iterable[_Statement]) -> None:
        for statement in statements:
            for name in sorted(statement.effects.binds - self.setters):
                self.setters.add(name)
                self.setting.append(name)

    def _runs_in_the_answer(self) -> set[str]:
        """The functions that the answer calls itself. What they change, it changes at each call, so that
        no trial of them in the notebook is needed."""
        found, new = {self.name}, [self.name]
        while new:
            for statement in self.binders[new.pop()]:
                mentioned = statement.mentions() - found
                found |= mentioned
                new += mentioned
        return found

    def _changes(self, statement: _Statement) -> set[str]:
        changed = self._changed(statement.effects.now)
        if isinstance(statement.node, ast.Expr):
            # It gives a module nothing of the notebook's, so it is meant for the module:
            # `np.seterr(all="ignore")`.
            methods = statement.effects.now.methods.items()
            alone = {name for name, given in methods if not given and name in self.modules}
            changed |= {n for n in alone if not self.modules[n].startswith("microlearn")}
        return {self.group.get(name, name) for name in changed}

    def _changes_later(self, statement: _Statement) -> set[str]:
        changed = self._changed(statement.effects.later)
        return {self.group.get(name, name) for name in changed}

    def _changed(self, uses: Uses) -> set[str]:
        """The names whose values some code may change."""
        given = {other for called, other in uses.gives if called in self.written}
        # A value that is called is a function which another one has returned.
        reached = (uses.reaches | given | uses.calls) & self.values
        return uses.changes | (uses.methods.keys() & self.written) | reached


def _of_the_future(statement: _Statement) -> bool:
    """Whether it is a ``from __future__ import``, which IPython heeds in all later cells."""
    return "__future__" in statement.effects.imports.values()


def _by_name(
    statements: list[_Statement], names: Callable[[_Statement], Iterable[str]]
) -> dict[str, list[_Statement]]:
    found: dict[str, list[_Statement]] = defaultdict(list)
    for statement in statements:
        for name in names(statement):
            found[name].append(statement)
    return found


def _grouped(ties: Iterable[set[str]]) -> dict[str, str]:
    """For each name in a set, one that stands for all that are tied to it, directly or by others."""
    parent: dict[str, str] = {}

    def top(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    for tie in ties:
        first, *others = sorted(tie) or [""]
        for other in others:
            parent[top(other)] = top(first)
    return {name: top(name) for name in [*parent]}


def _all_statements(cells: list[nbformat.NotebookNode], answer: int) -> list[_Statement]:
    found, left = [], IN_ALL
    for place, cell in enumerate(_read(tuple(cell.source for cell in cells))):
        left -= len(cell.source) * (place != answer)
        if place == answer or left >= 0:
            found += cell.statements
    return found


@dataclass
class _Cell:
    place: int
    source: str

    @functools.cached_property
    def statements(self) -> list[_Statement]:
        known = self.source in handed_out()
        found = _of_the_course(self.source) if known else _statements(self.source)
        return [statement.at((self.place, number)) for number, statement in enumerate(found)]


@functools.cache
def _of_the_course(source: str) -> list[_Statement]:
    """The statements of a cell as it was handed out, with their effects: nearly all of a notebook's
    cells, the same for all students."""
    found = _statements(source)
    for statement in found:
        _ = statement.effects
    return found


def _statements(source: str) -> list[_Statement]:
    tree = _parsed(_in_python(source))
    return [_Statement(node, END) for node in (tree.body if tree else ())]


@functools.lru_cache(maxsize=1)
def _read(sources: tuple[str, ...]) -> list[_Cell]:
    """The cells of a notebook. Its exercises are looked for one after the other, and each cell is parsed
    once for all of them."""
    return [_Cell(place, source) for place, source in enumerate(sources)]


def _same_code(one: str, other: str) -> bool:
    first, second = _parsed(one), _parsed(other)
    if first is None or second is None:
        return False
    return bool(code := _plain(first)) and code == _plain(second)


def _parsed(source: str) -> ast.Module | None:
    if len(source) > CHARACTERS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except TOO_MUCH:
        return None


# IPython has a function for this, but a hostile cell can keep it busy for minutes.
_MAGIC = re.compile(
    r"""^ (?P<before> [ \t]* (?P<assigned> \w [\w.,*\ ]* = [ \t]* )? )
        (?: [%!?] (?: \\\n | . )*       # %time f(), !ls, files = !ls, ?f
        |   [\w.]+ \?{1,2} [ \t]* $ )   # f?, f??""",
    re.MULTILINE | re.VERBOSE,
)

_TIMED = re.compile(r"^([ \t]*)%time[ \t]+(?=\S)", re.MULTILINE)
"""What stands before a statement that IPython runs, and times."""


def _in_python(source: str) -> str:
    """The source without the lines that only IPython understands."""
    if len(source) > CHARACTERS or _parsed(source):
        return source
    source = _TIMED.sub(r"\1", textwrap.dedent(source))
    return _MAGIC.sub(lambda m: m["before"] + ("None" if m["assigned"] else "pass"), source)


@functools.cache
def _exported() -> frozenset[str]:
    """The names that ``from microlearn import *`` defines, which each lesson's first cell has."""
    import microlearn

    return frozenset(microlearn.__all__)
