"""Problems of every size and scale, and the fact that an answer is right in all of them.

Elsewhere no two sizes are the same and no number is large. Here layers are square, so that a transpose
that is taken where the shapes ask for it goes wrong; the same shapes come again with other numbers; a
layer, an output or a batch has a single entry; and numbers are large or small. So many digits are asked
for that rounding to half precision shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..checking.answer import Answer, copied
from ..checking.facts import Broken, Fact, fact
from ..losses import get_loss
from .agreement import agree, distance
from .inputs import arguments_for
from .problems import DrawnLoss, Problem, drawn_loss, problem_of
from .slips import Slips, cause_of

FINE = 3e-5
"""Relative, for arrays: float32 leaves some 10⁻⁶ at these sizes, float16 some 10⁻⁴."""

Cases = Callable[[np.random.Generator], Iterable[tuple[str, tuple]]]
"""The arguments of an exercise at every size and scale, each with words for what is special there."""

ONE_LAYER = "in a network of one layer"
EQUAL = "where all sizes are equal"
OTHER_NUMBERS = "where the shapes are those of the call before, and the numbers are not"


def problems_of_every_kind(rng: np.random.Generator) -> Iterator[tuple[str, Problem]]:
    """Problems for rules, with words for what is special about each."""
    n = int(rng.integers(3, 6))
    square = problem_of(rng, [n] * 4, n, hidden=("tanh", "sigmoid"), output=("identity",))
    yield EQUAL, square
    other = problem_of(rng, [n] * 4, n, hidden=("tanh", "sigmoid"), output=("identity",))
    # One after the other, since an answer may remember what depends on only one of them.
    yield OTHER_NUMBERS, replace(square, x=other.x)
    yield OTHER_NUMBERS, replace(square, x=other.x, y=other.y)
    yield OTHER_NUMBERS, replace(square, network=other.network)
    yield OTHER_NUMBERS, replace(square, loss=other.loss)
    yield (
        "with softmax, where all sizes are equal",
        problem_of(rng, [n] * 3, n, output=("softmax",)),
    )
    yield "with a single unit in each layer and a single sample", problem_of(rng, [1, 1, 1], 1)
    yield ONE_LAYER + ", with one input, output and sample", problem_of(rng, [1, 1], 1)
    yield "with a single output", problem_of(rng, [n + 1, n, 1], n + 2)
    yield "with a single hidden unit", problem_of(rng, [n, 1, n + 1], n + 2)
    yield "with a single sample", problem_of(rng, [n, n + 1, n + 2], 1)
    yield (
        "with a thousand samples and more",
        problem_of(rng, [3, 4, 2], int(rng.integers(1200, 1500))),
    )
    yield "where all numbers are large", scaled(rng, 10 ** rng.uniform(3, 4))
    yield "where the errors are small", with_small_errors(rng, 10 ** rng.uniform(-6, -5))
    yield "where softmax is sure, and often wrong", sure(rng)


def scaled(rng: np.random.Generator, factor: float) -> Problem:
    """Inputs, biases, targets and errors that many times as large, in a network without a scale."""
    problem = problem_of(rng, [4, 5, 3, 2], 6, hidden=("relu", "identity"), output=("identity",))
    weights = [np.vstack([w[:-1], factor * w[-1:]]) for w in problem.network.weights]
    weights[0][-1] += factor  # so that enough of the rectified units are on
    network = problem.network.with_weights(weights)
    assert isinstance(problem.loss, DrawnLoss)
    loss = drawn_loss(problem.loss.weights, factor * problem.loss.tilts)
    return Problem(network, factor * problem.x, factor * problem.y, loss)


def with_small_errors(rng: np.random.Generator, factor: float) -> Problem:
    """Outputs, targets and errors that many times as large as the inputs. (Where these are as small, the
    biases learn so much more than the weights that only they would count.)"""
    problem = problem_of(rng, [4, 5, 3, 2], 6, output=("identity",))
    *below, last = problem.network.weights
    assert isinstance(problem.loss, DrawnLoss)
    loss = drawn_loss(problem.loss.weights, factor * problem.loss.tilts)
    network = problem.network.with_weights([*below, factor * last])
    return Problem(network, problem.x, factor * problem.y, loss)


def sure(rng: np.random.Generator) -> Problem:
    """Softmax with outputs that underflow to 0, cross-entropy, and labels that were drawn."""
    problem = problem_of(rng, [4, 5, 5], 8, output=("softmax",))
    below, last = problem.network.weights
    labels = np.eye(5)[rng.integers(5, size=8)]
    network = problem.network.with_weights([below, 3000 * last])
    return Problem(network, problem.x, labels, get_loss("cross_entropy"))


def right_at_every_size(
    sentence: str,
    right: Callable[..., Any],
    cases: Cases | None = None,
    *,
    points: int = 2,
    supporting: bool = False,
    slips: Slips | None = None,
    relative: float = FINE,
    absolute: float = 0.0,
) -> Fact:
    """A fact: the answer is ``right(*given)`` at every size and scale.

    Parameters
    ----------
    right : computes the same in another way
    cases : see the type; by default those of a rule, whose arguments are drawn by name
    slips : for the diagnosis
    relative, absolute : as in :func:`~microlearn.laws.agreement.agree`
    """

    def test(answer: Answer, rng: np.random.Generator) -> None:
        for words, given in cases(rng) if cases else _of_a_rule(answer.exercise, rng):
            seen = answer(*given)
            expected = right(*copied(given))
            if not agree(seen, expected, relative, absolute):
                raise Broken(
                    f"{words}, it is off by {distance(seen, expected):.2g} of its largest entry",
                    cause_of(slips or {}, given, seen, expected),
                )

    test.__doc__ = sentence
    return fact(points, supporting=supporting)(test)


def _of_a_rule(exercise: str, rng: np.random.Generator) -> Iterator[tuple[str, tuple]]:
    for words, problem in problems_of_every_kind(rng):
        yield words, arguments_for(problem, exercise, rng)
