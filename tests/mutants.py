"""Generated wrong answers: the reference of an exercise with one thing changed.

What stands between the solution marks is walked node by node, and each node is exchanged for what a slip
would leave in its place: another sign or operator, an operand dropped, a transpose, a slice or an axis
changed, another name of those in sight, a sum for a mean, a statement left out. :func:`fate` tells
apart what such a change does: nothing, an error on every input, or another behaviour.
"""

from __future__ import annotations

import ast
import copy
import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from microlearn.checks.feedback import draw_feedback
from microlearn.checks.problems import draw_problem
from microlearn.exercises import SOLUTIONS, _load

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
    reference, answer = _load(SOLUTIONS / f"{name}.py", name), defined(name, mutant.source)
    errors = differences = 0
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(draws):
            dtype = np.float32 if number % 4 == 3 else np.float64
            given = inputs(name, np.random.default_rng([seed, number]), dtype)
            mine, theirs = copy.deepcopy(given), copy.deepcopy(given)
            right = reference(*theirs)
            try:
                seen = answer(*mine)
            except Exception:
                errors += 1
                continue
            alike = _close(seen, right, dtype) and _close(_arrays(mine), _arrays(given), dtype)
            differences += not alike
    if errors == draws:
        return STILLBORN
    return DIFFERENT if errors or differences else SAME


def defined(name: str, source: str) -> Callable:
    """The function that a source defines."""
    scope: dict = {"__name__": "mutant"}
    exec(compile(source, f"a mutant of {name}", "exec"), scope)
    return scope[name]


def _arrays(given: tuple) -> list:
    """What a function must leave alone."""
    found = []
    for value in given:
        if isinstance(value, np.ndarray | list):
            found.append(value)
        elif hasattr(value, "weights") and hasattr(value, "activations"):
            found.append(list(value.weights))
    return found


def _close(seen: object, right: object, dtype: type) -> bool:
    if right is None:
        return seen is None
    if isinstance(right, list | tuple):
        return (
            isinstance(seen, list | tuple)
            and len(seen) == len(right)
            and all(_close(a, b, dtype) for a, b in zip(seen, right, strict=True))
        )
    if callable(right):
        return True
    try:
        seen, right = np.asarray(seen, dtype=float), np.asarray(right, dtype=float)
    except (TypeError, ValueError):
        return False
    scale = np.max(np.abs(right), initial=0.0, where=np.isfinite(right))
    near = 1e-9 if dtype is np.float64 else 1e-3
    return seen.shape == right.shape and np.allclose(seen, right, 0, near * scale, equal_nan=True)


def inputs(name: str, rng: np.random.Generator, dtype: type = np.float64) -> tuple:
    """Arguments for an exercise, drawn from all that its docstring allows."""
    parameters = list(inspect.signature(_load(SOLUTIONS / f"{name}.py", name)).parameters)
    if parameters[0] == "network":
        hidden = ("tanh", "sigmoid", "relu", "identity")
        output = ("identity", "sigmoid", "tanh", "softmax")
        problem = draw_problem(rng, int(rng.integers(2, 5)), hidden=hidden, output=output)
        network = problem.network.astype(dtype)
        extra = {
            "feedback": draw_feedback(rng, problem),
            "decay": float(rng.uniform(0.01, 1)),
            "noise": float(10 ** rng.uniform(-2, 0)),
            "rng": rng,
        }
        given = network, problem.x.astype(dtype), problem.y.astype(dtype), problem.loss
        return (*given, *(extra[parameter] for parameter in parameters[4:]))
    return DRAWN[name](rng, lambda *shape: rng.normal(0, 1, shape).astype(dtype))


def _forward(rng, normal):
    network = draw_problem(rng, int(rng.integers(1, 5))).network
    return list(network.weights), list(network.activations), normal(3, network.sizes[0])


def _two_updates(rng, normal):
    shapes = [tuple(rng.integers(1, 6, 2)) for _ in range(rng.integers(1, 4))]
    a, b = [normal(*s) for s in shapes], [normal(*s) for s in shapes]
    return (a, [0 * layer for layer in b]) if rng.random() < 0.2 else (a, b)


def _samples(rng, normal):
    """Updates of any size; some parameters never vary, at a value whose mean is exact. (Where rounding
    alone makes the others vary, `std > 0` and the reference differ, and both are right.)"""
    t, parameters = rng.integers(2, 20, 2)
    samples = (normal(t, parameters) + 2 * normal(parameters)) * 10 ** rng.uniform(-6, 2)
    for still, value in enumerate((0, 0.5, -2)[: parameters - 1]):
        samples[:, still] = value
    return (samples,)


def _sizes(rng, normal):
    return ([int(n) for n in rng.integers(1, 50, rng.integers(2, 6))],)


def _linear(rng, normal):
    n, m = rng.integers(1, 9, 2)
    return normal(n, m), normal(n)


def _matrices(rng, normal, *batch):
    n, m = rng.integers(2, 9, 2)
    w, b = normal(n + 1, m), normal(m, n)
    return w, (w[:-1].T * rng.choice([-0.3, 1, 7]) if rng.random() < 0.3 else b)


def _signals(rng, normal):
    w, b = _matrices(rng, normal)
    return w, b, normal(int(rng.integers(1, 9)), len(b))


def _updates(rng, normal):
    draws, parameters = rng.integers(2, 20, 2)
    g = normal(parameters)
    return normal(draws, parameters) + g, g, float(rng.uniform(0.001, 1))


DRAWN: dict[str, Callable[..., tuple]] = {
    "alignment_angle": _matrices,
    "cosine_similarity": _two_updates,
    "decay_to_meet": lambda rng, normal: (rng.uniform(0.01, 0.99), int(rng.integers(1, 99)), 0.1),
    "draws_for_unit_snr": lambda rng, normal: (
        *(int(n) for n in rng.integers(1, 99, 2)),
        str(rng.choice(["weight_perturbation", "node_perturbation"])),
    ),
    "forward": _forward,
    "matched_learning_rate": _updates,
    "mean_squared_error": lambda rng, normal: (lambda shape: (normal(*shape), normal(*shape)))(
        rng.integers(1, 9, 2)
    ),
    "node_advantage": _sizes,
    "node_perturbation_variance": _linear,
    "passes_for_finite_differences": _sizes,
    "perturbations_for_cosine": lambda rng, normal: (
        int(rng.integers(1, 999)),
        rng.uniform(0.05, 0.99),
    ),
    "signal_angle": _signals,
    "signal_to_noise": _samples,
    "weight_perturbation_variance": _linear,
}
