"""Finds the code of a notebook that an answer needs: the answer cell, and the helpers that it names.

Running all cells would train networks for minutes. Running the answer cell alone would fail if the
student has written a helper function in another cell.
"""

from __future__ import annotations

import ast
import builtins
import functools
import re
import symtable
import textwrap
import warnings
from collections import defaultdict
from collections.abc import Iterator

import nbformat

CHARACTERS = 100_000
"""No student writes a longer cell: it is not searched for helpers."""
IN_ALL = 1_000_000
"""After this many characters of other cells, the search for helpers ends."""
STAR = "*"
"""Stands for the names that ``from module import *`` defines: the grader doesn't import the module."""
TOO_MUCH = (SyntaxError, ValueError, RecursionError, MemoryError)
"""Python's own tools raise these where code is wrong, or nested too deep."""


def code_for(notebook: nbformat.NotebookNode, name: str, released: str) -> str | None:
    """The source that defines an answer; None if no cell has it, or only the ``released`` code.

    The answer cell is the one with the exercise's grade_id. In front of it come, in their order, the
    imports, functions, classes and assignments of other code cells to which it refers, directly or
    through one another. A call of ``get_exercise`` for another exercise of this notebook refers to the
    student's own answer to that, right or wrong, as in the notebook.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    graded = {_grade_id(cell): place for place, cell in reversed([*enumerate(cells)])}
    if name not in graded or _same_code(cells[graded[name]].source, released):
        return None
    answer = _in_python(cells[graded[name]].source)
    above, below = _definitions(cells, graded[name])
    wanted, own = {STAR}, set[str]()
    for statement in _statements(answer):
        if not isinstance(statement.node, ast.Expr):  # a trial may refer to half of the lesson
            wanted |= statement.refers_to(graded) - own
        own |= statement.targets()

    helpers: dict[tuple[int, int], _Statement] = {}
    known: set[str] = set()
    while wanted:
        target = wanted.pop()
        known.add(target)
        found = above[target]
        if not found and target not in own and not hasattr(builtins, target):
            found = below[target][:1]
        for statement in found:
            if statement.place not in helpers:  # one statement may define thousands of names
                helpers[statement.place] = statement
                wanted |= statement.refers_to(graded) - known
    return "\n".join([*(helpers[place].text for place in sorted(helpers)), answer])


def _grade_id(cell: nbformat.NotebookNode) -> str:
    meta = cell.metadata.get("nbgrader")
    return str(meta.get("grade_id", "")) if isinstance(meta, dict) else ""


class _Statement:
    """A top-level statement, and its place: the number of its cell, and its own in there.

    Python's own tools give up on code that is nested too deep. Such a statement has an empty text and
    refers to nothing.
    """

    def __init__(self, node: ast.stmt, place: tuple[int, int]) -> None:
        self.node, self.place = node, place

    @functools.cached_property
    def text(self) -> str:
        try:
            return ast.unparse(self.node)
        except TOO_MUCH:
            return ""

    def refers_to(self, exercises: dict[str, int]) -> set[str]:
        """The global names in it, without the local variables of functions; and the exercises that it
        may ask for."""
        try:
            top = symtable.symtable(self.text, "cell", "exec")
        except TOO_MUCH:
            return set()
        names = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
        names |= self.targets() if isinstance(self.node, ast.AugAssign) else set()
        tables = list(top.get_children())
        while tables:
            table = tables.pop()
            names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
            tables += table.get_children()
        if "get_exercise" in self.text:
            constants = [node for node in ast.walk(self.node) if isinstance(node, ast.Constant)]
            names |= {c.value for c in constants if isinstance(c.value, str)} & exercises.keys()
        return names

    def targets(self) -> set[str]:
        """The names that it defines, if it is an import, a definition or an assignment."""
        node = self.node
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return {node.name}
        if isinstance(node, ast.ImportFrom) and node.names[0].name == STAR:
            return {STAR, *_exported()} if node.module == "microlearn" else {STAR}
        if isinstance(node, ast.Import | ast.ImportFrom):
            return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return {name for target in targets for name in _assigned(target)}
        return set()


def _assigned(target: ast.expr) -> Iterator[str]:
    """The names that an assignment to this target changes: `a` and `b` for `a, b[c].d`."""
    while isinstance(target, ast.Attribute | ast.Subscript | ast.Starred):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id
    for part in getattr(target, "elts", ()):
        yield from _assigned(part)


def _definitions(
    cells: list[nbformat.NotebookNode], answer: int
) -> tuple[dict[str, list[_Statement]], dict[str, list[_Statement]]]:
    """The statements that define each name, in order: those above the answer, and those below it.

    All statements above the answer count, since each may build on the one before.
    """
    above: dict[str, list[_Statement]] = defaultdict(list)
    below: dict[str, list[_Statement]] = defaultdict(list)
    left = IN_ALL
    for place, cell in enumerate(cells):
        left -= len(cell.source)
        if place != answer and left >= 0:
            for statement in _statements(_in_python(cell.source), place):
                for target in statement.targets():
                    (above if place < answer else below)[target].append(statement)
    return above, below


def _statements(source: str, cell: int = 0) -> list[_Statement]:
    body = tree.body if (tree := _parsed(source)) else []
    return [_Statement(node, (cell, number)) for number, node in enumerate(body)]


def _same_code(one: str, other: str) -> bool:
    first, second = _parsed(one), _parsed(other)
    if first is None or second is None:
        return False
    try:
        return ast.dump(first) == ast.dump(second)
    except TOO_MUCH:
        return False


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


def _in_python(source: str) -> str:
    """The source without the lines that only IPython understands."""
    if len(source) > CHARACTERS or _parsed(source):
        return source
    source = textwrap.dedent(source)
    return _MAGIC.sub(lambda m: m["before"] + ("None" if m["assigned"] else "pass"), source)


@functools.cache
def _exported() -> frozenset[str]:
    """The names that ``from microlearn import *`` defines, which each lesson's first cell has."""
    import microlearn

    return frozenset(microlearn.__all__)
