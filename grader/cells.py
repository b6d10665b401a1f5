"""Which of a notebook's code an answer needs: itself, and the helpers that it names.

Running all cells would train networks for minutes; running the answer cell alone would fail for a
student who wrote a helper function in another cell.
"""

from __future__ import annotations

import ast
import functools
import symtable
import warnings

import nbformat

CHARACTERS = 100_000
"""A cell longer than this is no student's work; nobody looks for helpers in it."""
IN_ALL = 1_000_000
"""Nor behind this many characters of other cells."""


def code_for(notebook: nbformat.NotebookNode, name: str, released: str) -> str | None:
    """The source that defines an answer, or None where there is none: no cell for it, or one with
    the code that was ``released``.

    The answer cell is the one with the exercise's grade_id. From all other code cells come the imports,
    functions, classes and assignments that it refers to, directly or through one another.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    own = [cell for cell in cells if _grade_id(cell) == name]
    if not own or _same_code(own[0].source, released):
        return None
    answer = _without_magics(own[0].source)
    defined: dict[str, _Statement] = {}
    left = IN_ALL
    for cell in cells:
        left -= len(cell.source)
        if cell is not own[0] and left >= 0:
            for statement in _statements(cell.source):
                for target in _targets(statement.node):
                    defined[target] = statement
    needed: dict[int, _Statement] = {}
    wanted = {name for statement in _statements(answer) for name in statement.names}
    while wanted:
        statement = defined.pop(wanted.pop(), None)
        if statement is not None and id(statement) not in needed:
            needed[id(statement)] = statement
            wanted |= statement.names
    helpers = sorted(needed.values(), key=lambda s: isinstance(s.node, ast.Assign | ast.AnnAssign))
    return "\n".join([*(statement.text for statement in helpers), answer])


def _grade_id(cell: nbformat.NotebookNode) -> object:
    meta = cell.metadata.get("nbgrader")
    return meta.get("grade_id") if isinstance(meta, dict) else None


class _Statement:
    """A top-level statement of a cell. Python's own tools give up on code that is nested too deep:
    such a statement has no text and refers to nothing."""

    def __init__(self, node: ast.stmt) -> None:
        self.node = node

    @functools.cached_property
    def text(self) -> str:
        try:
            return ast.unparse(self.node)
        except (ValueError, RecursionError):
            return ""

    @functools.cached_property
    def names(self) -> set[str]:
        """The global names that it refers to; a function's own variables are not among them."""
        try:
            top = symtable.symtable(self.text, "cell", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return set()
        names = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
        tables = list(top.get_children())
        while tables:
            table = tables.pop()
            names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
            tables += table.get_children()
        return names


def _same_code(one: str, other: str) -> bool:
    if len(one) > CHARACTERS:
        return False
    try:
        return ast.dump(_parse(one)) == ast.dump(_parse(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return one.strip() == other.strip()


def _statements(source: str) -> list[_Statement]:
    if len(source) > CHARACTERS:
        return []
    try:
        return [_Statement(node) for node in _parse(_without_magics(source)).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _parse(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _without_magics(source: str) -> str:
    lines = source.splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


def _targets(statement: ast.stmt) -> set[str]:
    """The names that a top-level statement defines, if it is of a kind that helpers are."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
        return _exported() if "*" in names else names
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return {node.id for t in targets for node in ast.walk(t) if isinstance(node, ast.Name)}
    return set()


def _exported() -> set[str]:
    """What ``from microlearn import *``, in the first cell of each lesson, brings."""
    import microlearn

    return set(microlearn.__all__)
