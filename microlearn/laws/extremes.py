"""Problems of every size and scale, and the fact that an answer is right in all of them.

Elsewhere no two sizes are the same and no number is large. Here layers are square, so that a transpose
that is taken where the shapes ask for it goes wrong; the same shapes come again with other numbers, and
the same numbers again; a layer, an output or a batch has a single entry, and networks are wide and deep;
numbers are large, small, zero, equal, negative, and of single precision. So many digits are asked for
that rounding to half precision shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..checking.answer import Answer, copied
from ..checking.facts import Broken, Fact, fact
from ..losses import get_loss
from .agreement import agree, off_by
from .inputs import arguments_for, as_type, parameters
from .problems import SMOOTH, DrawnLoss, Problem, drawn_loss, problem_of
from .slips import Slips, cause_of

FINE = 3e-5
"""Relative, for arrays: float32 leaves some 10⁻⁶ at these sizes, float16 some 10⁻⁴."""

Cases = Callable[[np.random.Generator], Iterable[tuple[str, tuple]]]
"""The arguments of an exercise at every size and scale, each with words for what is special there."""

ONE_LAYER = "in a network of one layer"
EQUAL = "where all sizes are equal"
OTHER_NUMBERS = "for other numbers of the same shapes"
ANOTHER_ORDER = "for the same numbers in another order"
AGAIN = "for the numbers of an earlier call"
MANY = (1217, 1321, 1409)
"""More samples than anyone takes at once: primes, which fall into no chunks of equal size."""
KEPT = "that is the answer to an earlier call: something is kept from one call to the next"


def problems_of_every_kind(rng: np.random.Generator) -> Iterator[tuple[str, Problem]]:
    """Problems for rules, with words for what is special about each."""
    n = int(rng.integers(3, 6))
    square = problem_of(rng, [n] * 4, n, hidden=("tanh", "sigmoid"), output=("identity",))
    yield EQUAL, square
    other = problem_of(rng, [n] * 4, n, hidden=("tanh", "sigmoid"), output=("identity",))
    # One after the other, since an answer may remember what depends on only one of them.
    yield OTHER_NUMBERS, replace(square, x=other.x)
    yield OTHER_NUMBERS, replace(square, x=other.x, y=other.y)
    yield (
        OTHER_NUMBERS,
        replace(square, network=square.network.with_weights(other.network.weights)),
    )
    yield OTHER_NUMBERS, replace(square, loss=other.loss)
    yield (
        "with softmax, where all sizes are equal",
        problem_of(rng, [n] * 3, n, output=("softmax",)),
    )
    yield "with a single unit in each layer and a single sample", of_single_units(rng, 2)
    yield ONE_LAYER + ", with one input, output and sample", of_single_units(rng, 1)
    yield "with a single output", problem_of(rng, [n + 1, n, 1], n + 2)
    yield "with a single hidden unit", problem_of(rng, [n, 1, n + 1], n + 2)
    yield "with a single sample", problem_of(rng, [n, n + 1, n + 2], 1)
    yield (
        "with a thousand samples and more",
        problem_of(rng, [3, 4, 2], int(rng.choice(MANY))),
    )
    deep = [int(size) for size in rng.integers(2, 6, rng.integers(8, 11))]
    yield f"with {len(deep) - 1} layers", problem_of(rng, deep, n + 2, hidden=SMOOTH)
    equal = [n] * len(deep)
    yield f"with {len(deep) - 1} layers of one size", problem_of(rng, equal, n, hidden=SMOOTH)
    wide = [int(size) for size in rng.integers(80, 300, 2)]
    yield f"with {wide[1]} units in a layer", problem_of(rng, [wide[0], 3, wide[1], 2], 3)
    yield "where inputs and weights are zero", with_zeros(rng)
    yield "where all inputs are zero", replace(square, x=0 * square.x)
    yield "where samples and units are equal", with_equals(rng)
    yield "where no input and no target is above zero", of_one_sign(rng)
    yield "where the inputs lie far from zero", far_from_zero(rng, 10 ** rng.uniform(1.5, 2.5))
    yield "where one sample is far more wrong than the others", with_one_far_off(rng)
    yield "where all numbers are large", scaled(rng, 10 ** rng.uniform(3, 4))
    for powers in ((-4, -3), (-6, -5), (-12, -10)):
        yield "where the errors are small", with_small_errors(rng, 10 ** rng.uniform(*powers))
    yield "where softmax is sure, and often wrong", sure(rng)
    for loss, output in (("squared_error", "tanh"), ("cross_entropy", "softmax")):
        problem = problem_of(rng, [n, n + 1, n + 2], n, output=(output,))
        # The targets of a softmax need not add up to 1.
        given = replace(problem, y=rng.uniform(0, 2, problem.y.shape), loss=get_loss(loss))
        yield f"with {output} and the loss {loss}", given


KNOBS: tuple[dict[str, float], ...] = (
    *({"decay": value} for value in (0.0, 1.0, 30.0)),
    *({"ridge": value} for value in (0.0, 100.0)),
    *({"target_step": value} for value in (0.01, 30.0)),
    *({"beta": value} for value in (0.0, 30.0)),
    *({"clip": value} for value in (0.01, 1e4)),
    {"corrections": 12, "beta": 0.1},
)
"""Knobs that are turned further than they are drawn elsewhere."""


def of_single_units(rng: np.random.Generator, layers: int) -> Problem:
    """One unit in each layer and one sample. No two terms of a sum have different signs, and no unit is
    saturated: a single number has no larger one beside it, that its rounding could be judged by."""
    problem = problem_of(rng, [1] * (layers + 1), 1)
    weights = [np.clip(np.abs(w), 0.1, 0.6) for w in problem.network.weights]
    network = problem.network.with_weights(weights)
    assert isinstance(problem.loss, DrawnLoss)
    loss = drawn_loss(problem.loss.weights, np.abs(problem.loss.tilts))
    return Problem(network, np.clip(np.abs(problem.x), 0.1, 1), -np.abs(problem.y), loss)


def with_zeros(rng: np.random.Generator) -> Problem:
    """An input that is always zero, a sample that is zero, zeros among the others, a unit that receives
    nothing, and no biases."""
    problem = problem_of(rng, [5, 4, 3, 2], 6, hidden=("tanh", "sigmoid"), output=("identity",))
    x, y = problem.x * rng.integers(2, size=problem.x.shape), problem.y.copy()
    x[0], x[:, 1], y[1] = 0, 0, 0
    first, *above = (np.vstack([w[:-1], 0 * w[-1:]]) for w in problem.network.weights)
    first[:, 2] = 0
    return Problem(problem.network.with_weights([first, *above]), x, y, problem.loss)


def with_equals(rng: np.random.Generator) -> Problem:
    """Samples that come more than once, with the same target and with another, and units with the same
    weights."""
    problem = problem_of(rng, [4, 3, 4, 2], 3)
    weights = [w.copy() for w in problem.network.weights]
    weights[0][:, 1] = weights[0][:, 0]
    weights[1][:, 3] = weights[1][:, 1]
    x, y = problem.x[[0, 0, 1, 1, 2, 0]], problem.y[[0, 0, 1, 2, 2, 1]]
    return Problem(problem.network.with_weights(weights), x, y, problem.loss)


def of_one_sign(rng: np.random.Generator) -> Problem:
    problem = problem_of(rng, [4, 5, 3], 6)
    return replace(problem, x=-np.abs(problem.x), y=-np.abs(problem.y))


def far_from_zero(rng: np.random.Generator, offset: float) -> Problem:
    """Inputs with a large mean, in a linear network, where no unit saturates."""
    problem = problem_of(rng, [4, 5, 2], 6, hidden=("identity",), output=("identity",))
    return replace(problem, x=problem.x + offset)


def with_one_far_off(rng: np.random.Generator) -> Problem:
    """The target of one sample is a hundred times as large as the others, or more."""
    problem = problem_of(rng, [4, 5, 3], 7, output=("identity",))
    y = problem.y.copy()
    y[int(rng.integers(7))] *= 10 ** rng.uniform(2, 2.5)
    return replace(problem, y=y)


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
    labels = np.eye(5)[rng.integers(5, size=8)]
    while True:
        problem = problem_of(rng, [4, 5, 5], 8, output=("softmax",))
        below, last = problem.network.weights
        network = problem.network.with_weights([below, 3000 * last])
        received = np.sort(network.receive(1, network.forward(problem.x)[1]), axis=1)
        # Where the two largest are close, float32 does not know which is larger by how much.
        if np.min(received[:, -1] - received[:, -2]) > 50:
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
    leave_out: Sequence[str] = (),
) -> Fact:
    """A fact: the answer is ``right(*given)`` at every size and scale.

    Parameters
    ----------
    right : computes the same in another way
    cases : see the type; by default those of a rule, whose arguments are drawn by name
    slips : for the diagnosis
    relative, absolute : as in :func:`~microlearn.laws.agreement.agree`
    leave_out : as in :func:`of_a_rule`, where no cases are given
    """

    def test(answer: Answer, rng: np.random.Generator) -> None:
        earlier: list = []
        usual = of_a_rule(answer.exercise, rng, leave_out)
        named = [*_and_again(cases(rng) if cases else usual)]
        seen_in_each = answer.each([given for _, given in named])
        for (words, given), seen in zip(named, seen_in_each, strict=True):
            expected = right(*copied(given))
            if not agree(seen, expected, relative, absolute):
                cause = cause_of(slips or {}, given, seen, expected)
                alike = words in (OTHER_NUMBERS, ANOTHER_ORDER)
                if alike and any(agree(seen, e, relative) for e in earlier):
                    cause = KEPT
                raise Broken(f"{words}, {off_by(seen, expected)}", cause)
            earlier.append(expected)

    test.__doc__ = sentence
    return fact(points, supporting=supporting)(test)


def _and_again(cases: Iterable[tuple[str, tuple]]) -> Iterator[tuple[str, tuple]]:
    """The cases, and the first of them once more."""
    first = None
    for words, given in cases:
        first = first or given
        yield words, given
    if first:
        yield AGAIN, first


def of_a_rule(
    exercise: str, rng: np.random.Generator, leave_out: Sequence[str] = ()
) -> Iterator[tuple[str, tuple]]:
    """The arguments of a rule for problems of every kind, and with state of every size.

    Parameters
    ----------
    leave_out : parts of the words of cases in which float32 leaves nothing of what is asked for
    """
    for words, given in _of_a_rule(exercise, rng):
        if not any(part in words for part in leave_out):
            yield words, given


def _of_a_rule(exercise: str, rng: np.random.Generator) -> Iterator[tuple[str, tuple]]:
    for words, problem in problems_of_every_kind(rng):
        yield words, arguments_for(problem, exercise, rng)
    for knobs in KNOBS:
        given = arguments_for(problem_of(rng, [3, 5, 4, 2], 4), exercise, rng)
        named = dict(zip(parameters(exercise), given, strict=True))
        if knobs.keys() <= named.keys():
            yield (
                "for " + " and ".join(f"{name} = {value:g}" for name, value in knobs.items()),
                tuple((named | knobs).values()),
            )
    given = arguments_for(problem_of(rng, [3, 5, 4, 2], 4), exercise, rng)
    yield "in single precision", tuple(as_type(value, np.float32) for value in given)
    # What a rule takes beside a batch: lists of matrices, such as the feedback weights.
    for words, factor in (("large", 10 ** rng.uniform(3, 4)), ("small", 1e-3), ("zero", 0)):
        given = arguments_for(problem_of(rng, [3, 5, 4, 2], 4), exercise, rng)
        state = [value for value in given if isinstance(value, list)]
        if state:
            yield (
                f"where what the rule carries is {words}",
                tuple(
                    [None if m is None else factor * m for m in value]
                    if isinstance(value, list)
                    else value
                    for value in given
                ),
            )
