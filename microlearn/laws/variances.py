"""What the checks of the two variance formulas share: a linear network to simulate.

The loss ½|x W|² is quadratic, so a two-sided difference is exactly the slope along the noise, and
the simulated variance has no term in σ². The measured variance of T draws is off by √((κ − 1) / T),
where κ is the update's kurtosis: that of a product of two normal numbers, at most 15, and 15 where the
two are the same. The bound leaves room for 8.6 such errors upwards, where the squares have their long
tail, and for 5.9 downwards; beyond it are 4 · 10⁻¹¹ of all draws at worst (docs/checks.md). At most 56
weights are compared in each network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..facts import Broken
from .agreement import TOLERANCE

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


def _to_stand_out(v: Array) -> Array:
    """Factors that give the largest entry four fifths of the squared length, if it has less."""
    factors, largest = np.ones_like(v), np.argmax(np.abs(v))
    factors[largest] = max(1, 2 * np.linalg.norm(np.delete(v, largest)) / abs(v[largest]))
    return factors


def require_shape(seen: object, w: Array) -> None:
    """Raise Broken unless the answer is an array like ``w``."""
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
    answer: Callable, updates: Callable[[Array, Array], Array], rng: np.random.Generator
) -> None:
    """Raise Broken unless the answer is the variance of the simulated updates, (DRAWS, *w.shape), which
    ``updates(w, x)`` gives, in several networks."""
    bound = BOUND * np.sqrt(14 / DRAWS)
    for _ in range(NETWORKS):
        w, x = draw_linear(rng)
        ratio = np.asarray(answer(w, x)) / updates(w, x).var(axis=0)
        if not np.all(np.abs(ratio - 1) < bound):
            worst = ratio.ravel()[np.argmax(np.abs(ratio - 1))]
            raise Broken(
                f"for one weight you predict {worst:.2g} times the variance that was simulated"
            )


def require_formula(seen: Array, right: Array, slips: Mapping[str, Array]) -> None:
    """Raise Broken unless ``seen`` is ``right``; ``slips`` give wrong formulas and their reasons."""

    def same(a: Array, b: Array) -> bool:
        return bool(np.allclose(a, b, rtol=TOLERANCE, atol=0))

    if not same(seen, right):
        causes = [
            cause for cause, wrong in slips.items() if same(seen, wrong * np.ones_like(right))
        ]
        raise Broken("the law does not hold for every weight", *causes[:1])
