"""The arguments of an exercise, drawn in one place.

A rule takes its arguments by name, and :data:`DRAWN_BY_NAME` has a line for each of these. An exercise
with arguments of its own has a function ``draw(rng)`` in its check. The fact about untouched inputs, the
hidden test and the mutants all ask here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..checking.facts import check_of
from ..exercises import stub
from ..network import Network
from .problems import (
    Problem,
    draw_auxiliary,
    draw_direct,
    draw_feedback,
    draw_inverse,
    draw_magnitudes,
    draw_problem,
    draw_projection,
    draw_shake,
    draw_top,
    problem_of,
)

DRAWN_BY_NAME: dict[str, Callable[[Problem, np.random.Generator], Any]] = {
    "network": lambda problem, rng: problem.network,
    "x": lambda problem, rng: problem.x,
    "y": lambda problem, rng: problem.y,
    "loss": lambda problem, rng: problem.loss,
    "feedback": lambda problem, rng: draw_feedback(rng, problem),
    "magnitudes": lambda problem, rng: draw_magnitudes(rng, problem),
    "direct": lambda problem, rng: draw_direct(rng, problem),
    "projection": lambda problem, rng: draw_projection(rng, problem),
    "h": lambda problem, rng: problem.network.forward(problem.x),
    "top": lambda problem, rng: draw_top(rng, problem),
    "inverse": lambda problem, rng: draw_inverse(rng, problem),
    "auxiliary": lambda problem, rng: draw_auxiliary(rng, problem),
    "shake": lambda problem, rng: draw_shake(rng, problem),
    "target_step": lambda problem, rng: float(10 ** rng.uniform(-1, 0.5)),
    "beta": lambda problem, rng: float(10 ** rng.uniform(-1, 0.5)),
    "corrections": lambda problem, rng: int(rng.integers(1, 4)),
    "clip": lambda problem, rng: float(10 ** rng.uniform(-0.5, 0.5)),
    "decay": lambda problem, rng: float(rng.uniform(0.05, 1)),
    "ridge": lambda problem, rng: float(10 ** rng.uniform(-2, 0.5)),
    "noise": lambda problem, rng: float(10 ** rng.uniform(-3, 0)),
    "samples": lambda problem, rng: int(rng.integers(2, 9)),
    "rng": lambda problem, rng: rng,
}


def arguments_for(problem: Problem, exercise: str, rng: np.random.Generator) -> tuple:
    """The arguments of a rule for that problem: its state and knobs are drawn."""
    return tuple(DRAWN_BY_NAME[name](problem, rng) for name in parameters(exercise))


def typical(exercise: str, rng: np.random.Generator, layers: int = 3) -> tuple:
    """Arguments for a fact: networks of smooth units with so many layers.

    All that is not asked about is the same each time, so that no point is a matter of luck.
    """
    return _drawn(exercise, rng, lambda: draw_problem(rng, layers))


def any_allowed(
    exercise: str, rng: np.random.Generator, dtype: np.typing.DTypeLike = np.float64
) -> tuple:
    """Arguments drawn from all that the docstring allows: any depth, any activations, that ``dtype``."""
    hidden = ("tanh", "sigmoid", "relu", "identity")
    output = ("identity", "sigmoid", "tanh", "relu", "softmax")

    def problem() -> Problem:
        layers, batch = (int(n) for n in rng.integers(1, (6, 9)))
        if rng.random() < 0.3:  # as wide as deep networks often are
            sizes = [int(rng.integers(2, 7))] * (layers + 1)
            return problem_of(rng, sizes, batch, hidden=hidden, output=output)
        return draw_problem(rng, layers, hidden=hidden, output=output)

    return tuple(as_type(value, dtype) for value in _drawn(exercise, rng, problem))


@cache
def parameters(exercise: str) -> tuple[str, ...]:
    """The names of an exercise's parameters, in order."""
    return tuple(inspect.signature(stub(exercise)).parameters)


def _drawn(exercise: str, rng: np.random.Generator, problem: Callable[[], Problem]) -> tuple:
    own = getattr(check_of(exercise), "draw", None)
    if own:
        return own(rng)
    return arguments_for(problem(), exercise, rng)


def as_type(value: Any, dtype: np.typing.DTypeLike) -> Any:
    """An argument with all its floating-point numbers of that type."""
    if isinstance(value, list | tuple):
        return type(value)(as_type(item, dtype) for item in value)
    if isinstance(value, Network) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value.astype(dtype)
    return value
