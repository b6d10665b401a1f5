"""Which of a notebook's code an answer needs: itself, and the helpers that it names.

Running all cells would train networks for minutes; running the answer cell alone would fail for a
student who wrote a helper function in another cell.
"""

from __future__ import annotations

import ast
import symtable

import nbformat


def code_for(notebook: nbformat.NotebookNode, name: str, released: str) -> str | None:
    """The source that defines an answer, or None where there is none: no cell for it, or one with
    the code that was ``released``.

    The answer cell is the one with the exercise's grade_id. From all other code cells come the imports,
    functions, classes and assignments that it refers to, directly or through one another.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    own = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    if not own or _same_code(own[0].source, released):
        return None
    answer = own[0].source
    defined: dict[str, ast.stmt] = {}
    for cell in cells:
        if cell is not own[0]:
            for statement in _statements(cell.source):
                for target in _targets(statement):
                    defined[target] = statement
    needed: list[ast.stmt] = []
    wanted = _names(*_statements(answer))
    while wanted:
        statement = defined.pop(wanted.pop(), None)
        if statement is not None and statement not in needed:
            needed.append(statement)
            wanted |= _names(statement)
    needed.sort(key=lambda s: isinstance(s, ast.Assign | ast.AnnAssign))
    helpers = "\n".join(ast.unparse(statement) for statement in needed)
    return f"{helpers}\n{_without_magics(answer)}" if helpers else _without_magics(answer)


def _same_code(one: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError, RecursionError):
        return one.strip() == other.strip()


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(_without_magics(source)).body
    except (SyntaxError, ValueError, RecursionError):
        return []


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


def _names(*statements: ast.stmt) -> set[str]:
    """The global names that statements refer to; a function's own variables are not among them."""
    source = "\n".join(ast.unparse(statement) for statement in statements)
    top = symtable.symtable(source, "cell", "exec")
    names = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    tables = list(top.get_children())
    while tables:
        table = tables.pop()
        names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        tables += table.get_children()
    return names
