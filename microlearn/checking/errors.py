"""An error of a student's function in one sentence: the line, and where shapes do not fit, which."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import os
import re
import textwrap
import traceback
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from ..exercises import SOLUTIONS
from ..fingerprints import is_installed

MISFIT = re.compile(
    r"could not be broadcast|gufunc signature|not aligned|mismatch in its core|"
    r"dimensions? (except|for the concatenation|must match)|must have the same shape|"
    r"could not broadcast|cannot be broadcast|output (array|operand)|"
    r"inhomogeneous|dimensions must (match|be)|does not match"
)
"""How numpy begins to speak where shapes do not fit."""
SHAPED = (np.ndarray, np.generic, list, tuple, int, float)
LONG = 40
"""Letters of an expression above which it is not repeated in a sentence."""


def own_frames(frames: Iterable[tuple[FrameType, int]]) -> list[tuple[FrameType, int]]:
    """Those of some frames, each with a number, that run code of a student.

    Not that of a library, and not that of a reference which stands in for an earlier answer: what stops
    there is its caller's fault, and its lines are an answer.
    """
    return [
        (frame, number)
        for frame, number in frames
        if not (file := frame.f_code.co_filename).startswith(("<frozen", f"{SOLUTIONS}{os.sep}"))
        and not is_installed(file)
    ]


def line_of(frame: FrameType, number: int) -> str:
    """The text of a line of the frame's code, without its indentation."""
    return linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()


def explained(error: BaseException) -> tuple[str, str]:
    """The line of the student's code in which an error was raised, and what the error says.

    Where the shapes of two arrays do not fit, it says these shapes in numpy's place, and what might be
    meant. Both texts may be empty.
    """
    message = textwrap.shorten(str(error), 300)
    found = own_frames(traceback.walk_tb(error.__traceback__))
    if not found:
        return "", message
    frame, number = found[-1]
    line = line_of(frame, number)
    if not isinstance(error, ValueError | TypeError | IndexError) or "read-only" in message:
        return line, message
    operands, product = [], False
    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        expression = _failed(frame, error.__traceback__)
        operands = [(_text(part), _value(part, frame)) for part in _operands(expression)]
        product = _is_product(expression)
    operands = [(text, value) for text, value in operands if isinstance(value, SHAPED)]
    if not any(isinstance(value, np.ndarray | list) for _, value in operands):
        return line, message
    shapes = ", ".join(f"{text} is {_kind(value)}" for text, value in operands)
    if MISFIT.search(message) and len(operands) > 1:
        message = f"the shapes don't fit: {shapes}"
    else:
        message = f"{message.rstrip('.')}: {shapes}"
    meant = _meant(operands, product)
    return line, f"{message}. {meant}" if meant else message


# --- which part of the line failed ----------------------------------------------------------------


def _failed(frame: FrameType, trace: TracebackType | None) -> ast.AST:
    """The expression, or the assignment, in which the frame has stopped."""
    while trace and trace.tb_frame is not frame:
        trace = trace.tb_next
    assert trace
    code = frame.f_code
    first, last, left, right = [*code.co_positions()][trace.tb_lasti // 2]
    assert first and last and left is not None and right is not None
    lines = [
        linecache.getline(code.co_filename, number, frame.f_globals).encode()
        for number in range(first, last + 1)
    ]
    lines[-1] = lines[-1][:right]
    lines[0] = lines[0][left:]
    source = b"".join(lines).decode()
    try:
        return ast.parse(f"({source}\n)", mode="eval").body
    except SyntaxError:
        return ast.parse(source).body[0]


def _operands(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.AugAssign):
        return [node.target, node.value]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return [node.targets[0], node.value]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Call):
        given = [
            part
            for argument in node.args
            for part in (
                argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
            )
        ]
        method = isinstance(node.func, ast.Attribute)
        return [node.func.value, *given] if method else given  # type: ignore[attr-defined]
    return []


def _value(node: ast.expr, frame: FrameType) -> Any:
    return eval(ast.unparse(node), frame.f_globals, frame.f_locals)


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return f"`{text}`" if len(text) <= LONG else f"`{text[: LONG - 1]}…`"


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    return "a number"


def _is_product(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return isinstance(node.op, ast.MatMult)
    return getattr(getattr(node, "func", None), "attr", "") in ("dot", "matmul")


# --- what might be meant --------------------------------------------------------------------------


def _meant(operands: list[tuple[str, Any]], product: bool) -> str:
    lists = [text for text, value in operands if isinstance(value, list)]
    if lists and len(operands) == 2:
        return f"A list holds an array for each layer: go through {lists[0]} layer by layer"
    arrays = [
        (text.strip("`"), value.shape)
        for text, value in operands
        if isinstance(value, np.ndarray) and value.ndim
    ]
    if len(arrays) != 2:
        return ""
    (a, one), (b, other) = arrays
    ideas = _for_a_product(a, one, b, other) if product else _for_the_same_shape(a, one, b, other)
    return f"Is {' or '.join(ideas[:2])} meant?" if ideas else ""


def _for_a_product(a: str, one: tuple, b: str, other: tuple) -> list[str]:
    """What fits, where ``a @ b`` does not."""
    if len(one) != 2 or len(other) != 2:
        return []
    ideas = []
    (m, k), (p, q) = one, other
    if k == q:
        ideas.append(f"`{a} @ {_turned(b)}`")
    if m == p:
        ideas.append(f"`{_turned(a)} @ {b}`")
    if k + 1 == p:
        ideas.append(f"`presynaptic({a})`, which adds a 1 for the row of the biases,")
        ideas.append(f"`{_bracketed(b)}[:-1]`, without the row of the biases,")
    if k == p + 1 and k != q:
        ideas.append(f"`{_bracketed(a)}[:, :-1]`, without its last column,")
    if k == q + 1:
        ideas.append(f"`{_bracketed(a)}[:-1]`, without the row of the biases,")
    return ideas


def _for_the_same_shape(a: str, one: tuple, b: str, other: tuple) -> list[str]:
    """What fits, where two arrays must have the same shape."""
    ideas = []
    for (name, short), long in (((a, one), other), ((b, other), one)):
        if len(short) == 1 and len(long) == 2 and short[0] == long[0]:
            ideas.append(f"`{_bracketed(name)}[:, None]`, a number for each row,")
    if len(one) == len(other) == 2:
        if one == other[::-1]:
            ideas += [f"`{_turned(a)}`", f"`{_turned(b)}`"]
        for name, large, small in ((a, one, other), (b, other, one)):
            if (large[0] - 1, large[1]) == small:
                ideas.append(f"`{_bracketed(name)}[:-1]`, without the row of the biases,")
            if (large[0], large[1] - 1) == small:
                ideas.append(f"`{_bracketed(name)}[:, :-1]`, without the column of the biases,")
    return ideas


def _turned(name: str) -> str:
    return name.removesuffix(".T") if name.endswith(".T") else f"{_bracketed(name)}.T"


def _bracketed(name: str) -> str:
    """The expression as something that an attribute or an index may follow."""
    return name if re.fullmatch(r"[\w.]+(\[[^\[\]]*\]|\([^()]*\)|\.\w+)*", name) else f"({name})"
