"""What the checks of the two variance formulas share: a linear network to simulate.

The loss ½|x W|² is quadratic, so a two-sided difference is exactly the slope along the noise, and
the simulated variance has no term in σ². The measured variance of T draws is off by √((κ − 1) / T),
where κ is the update's kurtosis: that of a product of two normal numbers, at most 15, and 15 where the
two are the same. The bound leaves room for 8.6 such errors upwards, where the squares have their long
tail, and for 5.9 downwards; beyond it are 4 · 10⁻¹¹ of all draws at worst (docs/checks.md). At most 56
weights are compared in each network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..checking.answer import Answer
from ..checking.facts import Broken, Fact, fact
from .agreement import agree
from .extremes import OTHER_NUMBERS, right_at_every_size
from .slips import Slips, cause_of_several

Array = np.ndarray
DRAWS = 20_000
NETWORKS = 3
"""So many are simulated, since a wrong formula comes within the bound of a single one by chance."""
BOUND = 7


def draw_linear(rng: np.random.Generator) -> tuple[Array, Array]:
    """Weights (inputs, outputs) and one sample (inputs,); their sizes differ.

    One input and one output stand out, so that one weight has 0.64 of |g|² at least: there the
    variance shows how often the weight's own slope counts, by more than a simulation can miss.
    """
    inputs, outputs = (int(n) for n in rng.choice(np.arange(2, 9), 2, replace=False))
    x, w = rng.normal(0, 1, inputs), rng.normal(0, 1, (inputs, outputs))
    x *= _to_stand_out(x)
    return w * _to_stand_out(x @ w), x


def draw_any_linear(rng: np.random.Generator) -> tuple[Array, Array]:
    """Weights and a sample as above, with as few as one input or output, and none that stands out."""
    inputs, outputs = (int(n) for n in rng.choice(np.arange(1, 12), 2, replace=False))
    return rng.normal(0, 1, (inputs, outputs)), rng.normal(0, 1, inputs)


def cases(rng: np.random.Generator) -> Iterator[tuple[str, tuple[Array, Array]]]:
    """Weights and a sample at every size and scale, with words for what is special."""

    def pair(inputs: int, outputs: int, scale: float = 1.0) -> tuple[Array, Array]:
        return rng.normal(0, 1, (inputs, outputs)), scale * rng.normal(0, 1, inputs)

    yield "for square weights", (one := pair(4, 4))
    yield OTHER_NUMBERS, (one[0], pair(4, 4)[1])
    yield OTHER_NUMBERS, (pair(4, 4)[0], one[1])
    yield "for one input and one output", pair(1, 1)
    yield "for a single output", pair(5, 1)
    yield "for a single input", pair(1, 5)
    yield "for hundreds of weights", pair(30, 25)
    for scale in (1e-9, 1e-4, 1e3):
        yield "for inputs large and small", pair(4, 3, scale)
    yield "for weights large", (1e4 * one[0], one[1])
    yield "in single precision", (one[0].astype(np.float32), one[1].astype(np.float32))
    w, x = pair(5, 4)
    yield "where no number is above zero", (-np.abs(w), -np.abs(x))
    equal = w[[0, 0, 1, 2, 1]][:, [0, 1, 1, 2]]
    yield "where weights and inputs are equal", (equal, x[[0, 0, 1, 2, 1]])
    silent = x * rng.permutation([0, 0, 1, 1, 1])
    yield "where inputs are silent", (w, silent)
    yield "where an output has no weights", (w * [1, 0, 1, 1], silent)
    yield "where all inputs are silent", (w, 0 * x)
    yield "where all weights are zero", (0 * w, x)


def at_every_size(formula: Callable[[Array, Array], Array], slips: Slips) -> Fact:
    """A fact: the variance is that of the formula for all of :func:`cases`."""
    return right_at_every_size(
        "All this is so at every size and scale: for square weights, a single input or output and "
        "hundreds of weights, and for inputs large and small.",
        formula,
        cases,
        slips=slips,
    )


def _to_stand_out(v: Array) -> Array:
    """Factors that give the largest entry four fifths of the squared length, if it has less."""
    factors, largest = np.ones_like(v), np.argmax(np.abs(v))
    factors[largest] = max(1, 2 * np.linalg.norm(np.delete(v, largest)) / abs(v[largest]))
    return factors


def returns_a_variance_for_each_weight() -> Fact:
    """A gate: the answer returns an array like the weights."""

    @fact(gate=True)
    def shapes(answer: Answer, rng: np.random.Generator) -> None:
        """You return a variance for each weight."""
        w, x = draw_linear(rng)
        _require_shape(answer(w, x), w)

    return shapes


def _require_shape(seen: Any, w: Array) -> None:
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if np.shape(seen) != w.shape:
        cause = ""
        if np.shape(seen) == w.shape[::-1]:
            cause = "it is transposed"
        elif np.shape(seen) == w.shape[1:]:
            cause = "that is one for each unit: the input of a weight counts too"
        elif np.shape(seen) == ():
            cause = "only the sum over all weights: the weight's own slope is missing"
        raise Broken(f"an array of shape {np.shape(seen)} for weights of shape {w.shape}", cause)


def require_simulated(
    answer: Answer, updates: Callable[[Array, Array], Array], rng: np.random.Generator
) -> None:
    """Raise Broken unless the answer is the variance of the simulated updates, ``(DRAWS, *w.shape)``,
    which ``updates(w, x)`` gives, in several networks."""
    bound = BOUND * np.sqrt(14 / DRAWS)
    for _ in range(NETWORKS):
        w, x = draw_linear(rng)
        ratio = np.asarray(answer(w, x)) / updates(w, x).var(axis=0)
        if not np.all(np.abs(ratio - 1) < bound):
            worst = ratio.ravel()[np.argmax(np.abs(ratio - 1))]
            raise Broken(
                f"for one weight you predict {worst:.2g} times the variance that was simulated"
            )


def require_law(
    answer: Answer,
    rng: np.random.Generator,
    law: Callable[[Array, Array, Array], bool],
    formula: Callable[[Array, Array], Array],
    slips: Slips,
) -> None:
    """Raise Broken unless ``law(seen, w, x)`` holds in several networks; name the slip that explains
    what was seen, where ``formula(w, x)`` is right."""
    # Several, since a number found by averaging over draws comes close to a single one by chance, and
    # since two slips are the same where all inputs, or all outputs, have the same sign.
    networks = [draw_linear(rng) for _ in range(NETWORKS)]
    seen = [np.asarray(answer(*network), dtype=float) for network in networks]
    right = [formula(*network) for network in networks]
    # A factor, the same in all networks, is the business of the simulation.
    factors = [np.vdot(s, r) / np.vdot(r, r) for s, r in zip(seen, right, strict=True)]
    factor = factors[0] if min(factors) > 0 and agree(factors, factors[:1] * len(factors)) else 1.0
    laws = [law(s / factor, *network) for s, network in zip(seen, networks, strict=True)]
    if not all(laws):
        raise Broken(
            "the law does not hold for every weight", cause_of_several(slips, networks, seen, right)
        )
