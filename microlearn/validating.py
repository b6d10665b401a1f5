"""nbgrader's Validate button: only what the check cells need is run to its end.

Validate executes the whole notebook for the sake of its check cells, so a lesson's training and sweeps
would keep the student waiting for a minute. Here every other statement has half a second, and is then
dropped without a word.
"""

from __future__ import annotations

import ast
import os

from .limits import time_limit
from .places import shell

SECONDS = 0.5
"""Seconds that a statement has which defines nothing."""
WHOLE = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
NAME = "__microlearn_time_limit"


class Hurry(ast.NodeTransformer):
    """Puts a time limit around each statement of a cell, except definitions and the cells of checks."""

    def visit_Module(self, cell: ast.Module) -> ast.Module:
        if not _gives_points(cell):
            cell.body = [node if isinstance(node, WHOLE) else _limited(node) for node in cell.body]
        return cell


def _gives_points(cell: ast.Module) -> bool:
    last = cell.body[-1] if cell.body else None
    call = last.value if isinstance(last, ast.Expr) else None
    return isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "points"


def _limited(statement: ast.stmt) -> ast.stmt:
    limited = ast.parse(f"with {NAME}({SECONDS}):\n    pass").body[0]
    assert isinstance(limited, ast.With)
    limited.body = [statement]
    ast.copy_location(limited, statement)
    return ast.fix_missing_locations(limited)


def hurry_if_validating() -> None:
    """Begin, if this is the kernel in which nbgrader validates a notebook."""
    if (ipython := shell()) is not None and os.environ.get("NBGRADER_EXECUTION") == "validate":
        ipython.user_ns[NAME] = time_limit
        ipython.ast_transformers.append(Hurry())
