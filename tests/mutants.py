"""Generated wrong answers: the reference of an exercise with one thing changed.

What stands between the solution marks is walked node by node, and each node is exchanged for what a slip
would leave in its place: another sign or operator, an operand dropped, a transpose, a slice or an axis
changed, another name of those in sight, a sum for a mean, a statement left out. :func:`fate` tells
apart what such a change does: nothing, an error on every input, or another behaviour.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from microlearn.checking.answer import arrays_in, copied, lists_in
from microlearn.checking.facts import check_of
from microlearn.exercises import SOLUTIONS, reference
from microlearn.laws.agreement import agree
from microlearn.laws.inputs import any_allowed

OPERATORS: dict[type, list[type]] = {
    ast.Add: [ast.Sub, ast.Mult],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.Pow: [ast.Mult, ast.Div],
    ast.MatMult: [ast.Mult],
}
COMPARISONS = [ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq]
CALLS = {
    "mean": ["sum", "median", "max"],
    "sum": ["mean", "max", "prod"],
    "std": ["var", "mean"],
    "abs": ["sign", "square"],
    "arccos": ["arcsin", "cos"],
    "degrees": ["radians"],
    "outer": ["inner", "multiply"],
    "reversed": ["list"],
    "per_sample": ["mean", "error"],
    "derivative": ["function"],
}


@dataclass(frozen=True)
class Mutant:
    """A changed reference: its source, and the line as it was and as it is."""

    source: str
    change: str


@cache
def mutants_of(name: str) -> list[Mutant]:
    """All mutants of the reference of an exercise; no two are the same text."""
    text = (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines, 1) if "### BEGIN SOLUTION" in line)
    last = next(n for n, line in enumerate(lines, 1) if "### END SOLUTION" in line)
    tree = ast.parse(text)
    function = next(f for f in tree.body if isinstance(f, ast.FunctionDef))
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} - {"np", "zip"}
    names |= {argument.arg for argument in function.args.args}
    before = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for parent, key, index, node in _places(tree):
        if not (first < getattr(node, "lineno", 0) < last):
            continue
        for other in _alternatives(node, sorted(names)):
            _put(parent, key, index, other)
            after = ast.unparse(ast.fix_missing_locations(tree))
            _put(parent, key, index, node)
            if after != before and after not in found:
                found[after] = Mutant(after, _difference(before, after))
    return list(found.values())


def _places(tree: ast.AST) -> list[tuple[ast.AST, str, int | None, ast.AST]]:
    places = []
    for parent in ast.walk(tree):
        for key, value in ast.iter_fields(parent):
            if isinstance(value, ast.AST):
                places.append((parent, key, None, value))
            elif isinstance(value, list):
                places += [
                    (parent, key, i, v) for i, v in enumerate(value) if isinstance(v, ast.AST)
                ]
    return places


def _put(parent: ast.AST, key: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, key, node)
    else:
        getattr(parent, key)[index] = node


def _difference(before: str, after: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    if len(old) != len(new):
        return "a statement is left out"
    a, b = next((a, b) for a, b in zip(old, new, strict=True) if a != b)
    return f"{a.strip()}  ⟶  {b.strip()}"


def _alternatives(node: ast.AST, names: list[str]) -> Iterator[ast.AST]:
    """What a slip would leave in the place of a node."""
    if isinstance(node, ast.stmt):
        yield ast.Pass()
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for op in OPERATORS.get(type(node.op), []):
            yield _with(node, op=op())
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
        yield _with(node, left=node.right, right=node.left)
        for side in ("left", "right"):
            yield _with(node, **{side: ast.UnaryOp(ast.USub(), getattr(node, side))})
            yield _with(node, **{side: ast.BinOp(getattr(node, side), ast.Pow(), ast.Constant(2))})
            yield _with(node, **{side: _attribute(getattr(node, side), "T")})
        yield ast.UnaryOp(ast.USub(), node)
        yield ast.BinOp(ast.Constant(2), ast.Mult(), node)
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield from (ast.Constant(node.value + 1), ast.Constant(node.value - 1))
        yield from (ast.Constant(2 * node.value), ast.UnaryOp(ast.USub(), node))
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from (ast.Name(other, ast.Load()) for other in names)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    if isinstance(node, ast.Attribute):
        yield from (_attribute(node.value, other) for other in CALLS.get(node.attr, []))
    if isinstance(node, ast.Compare):
        yield from (_with(node, ops=[op()]) for op in COMPARISONS)
    if isinstance(node, ast.If | ast.IfExp):
        yield from (_with(node, test=ast.Constant(value)) for value in (True, False))
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
        if isinstance(node.slice, ast.Slice):
            for piece in (":-1", "1:", "-1:", ":1", "::-1"):
                yield _with(node, slice=ast.parse(f"x[{piece}]", mode="eval").body.slice)
        elif not isinstance(node.slice, ast.Tuple):
            for op in (ast.Add(), ast.Sub()):
                yield _with(node, slice=ast.BinOp(node.slice, op, ast.Constant(1)))
    if isinstance(node, ast.Call):
        yield from node.args
        yield ast.UnaryOp(ast.USub(), node)
        if isinstance(node.func, ast.Name):
            for other in CALLS.get(node.func.id, []):
                yield _with(node, func=ast.Name(other, ast.Load()))
        for i in range(len(node.args)):
            swapped = list(node.args)
            swapped[i - 1], swapped[i] = swapped[i], swapped[i - 1]
            yield _with(node, args=swapped)
        for keyword in node.keywords:
            yield _with(node, keywords=[k for k in node.keywords if k is not keyword])


def _with(node: ast.AST, **changes: object) -> ast.AST:
    other = copy.copy(node)
    for key, value in changes.items():
        setattr(other, key, value)
    return other


def _attribute(node: ast.AST, name: str) -> ast.AST:
    return ast.Attribute(node, name, ast.Load())


# --- what a change does ---------------------------------------------------------------------------

SAME, STILLBORN, DIFFERENT = "same", "stillborn", "different"


def fate(name: str, mutant: Mutant, draws: int = 60, seed: int = 0) -> str:
    """Whether a mutant does the same as the reference on all inputs that are drawn, fails on all of
    them with an error, or differs.

    Both get the same generator state, and the inputs of both must be left alone. The draws vary
    sizes, depths, activations and the dtype.
    """
    answer = defined(name, mutant.source)
    errors = 0
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(draws):
            trial = _trial(name, seed, number)
            mine = copy.deepcopy(trial.given)
            try:
                # A list within itself can be neither copied nor compared.
                seen = copied(answer(*mine))
            except Exception:
                errors += 1
                continue
            alike = agree(seen, trial.right, trial.near, trial.give) and agree(
                _changeable(mine), _changeable(trial.given), 0
            )
            if errors or not alike:
                return DIFFERENT
    return STILLBORN if errors == draws else DIFFERENT if errors else SAME


@dataclass(frozen=True)
class _Trial:
    """Inputs that were drawn, what the reference returns for them, and how near an answer must come:
    relative to the largest entry, and in its own unit."""

    given: tuple
    right: object
    near: float
    give: float


@cache
def _trial(name: str, seed: int, number: int) -> _Trial:
    check = check_of(name)
    # A search measures slopes, for which single precision leaves no digits.
    single = number % 4 == 3 and not hasattr(check, "EXACT")
    given = any_allowed(
        name, np.random.default_rng([seed, number]), np.float32 if single else np.float64
    )
    right = reference(name)(*copy.deepcopy(given))
    # Where a check grants rounding in single precision, as at 0°, that in double is far smaller.
    give, near = getattr(check, "GIVE", 0.0), getattr(check, "EXACT", 1e-9)
    return _Trial(given, right, *((1e-3, give) if single else (near, 1e-4 * give)))


def defined(name: str, source: str) -> Callable:
    """The function that a source defines."""
    scope: dict = {"__name__": "mutant"}
    exec(compile(source, f"a mutant of {name}", "exec"), scope)
    return scope[name]


def _changeable(given: tuple) -> list:
    """What a function must leave alone: arrays, and how many items its lists have."""
    return [*arrays_in(given), *(len(values) for values in lists_in(given))]
