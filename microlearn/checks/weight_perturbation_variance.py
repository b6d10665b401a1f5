"""Facts about the variance of weight perturbation."""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.agreement import TOLERANCE
from ..laws.standard import inputs_stay_as_they_are
from ..laws.variances import (
    DRAWS,
    NETWORKS,
    draw_linear,
    require_formula,
    require_shape,
    require_simulated,
)

HINTS = (
    "A weight's update is minus the rise times its own noise. Whose noise is in the rise?",
    "The gradient of this loss is the outer product of x and ŷ. The variance of entry ij is its own "
    "gradient squared, plus the sum of all gradients squared.",
    "`np.outer(a, b)` has the entries a_i b_j. `g**2` is the first term; the second is one number, the "
    "same for all weights.",
)


draw = draw_linear


def _slips(w, x):
    g = np.outer(x, x @ w)
    total = np.sum(g**2)
    return {
        "the weight's own slope counts once more: g² is added to the sum": total * np.ones_like(g),
        "only the weight's own slope; all the others speak through the same rise": g**2,
        "the mean of the squares where their sum belongs": g**2 + np.mean(g**2),
        "the square of the sum where the sum of the squares belongs": g**2 + np.sum(g) ** 2,
        "the standard deviation, not its square": np.sqrt(g**2 + total),
        "the second moment, not the variance: the squared mean is still in it": 2 * g**2
        + total
        + 0 * w,
        "summed over one axis only: all weights speak through the rise": g**2
        + np.sum(g**2, axis=0),
        "summed over one axis only, that of the outputs: that is node perturbation's, where units are "
        "shaken": g**2 + np.sum(g**2, axis=1, keepdims=True),
        "the gradient is not squared": np.abs(g) + np.sum(np.abs(g)),
        "the gradient is not squared, and keeps its sign": g + np.sum(g),
        "the sum is not squared: add up the squares": g**2 + np.sum(g),
        "a factor 2: the sum counts twice, or the rise is taken from both sides and not halved": 2
        * (g**2 + total),
        "a factor 4: the loss has a ½ in front, which its derivative uses up": 4 * (g**2 + total),
        "the input is left out: the slope of weight ij is x_i ŷ_j": (x @ w) ** 2
        + len(x) * np.sum((x @ w) ** 2)
        + 0 * g,
        "the weight's own slope is taken away from the sum; it is added once more": total - g**2,
        "the number of weights times the own slope, as if all slopes were alike": (g.size + 1)
        * g**2,
        "the weights in the place of the gradient": w**2 + np.sum(w**2),
    }


@fact(gate=True)
def one_for_each_weight(answer, rng):
    """You return a variance for each weight."""
    w, x = draw_linear(rng)
    require_shape(answer(w, x), w)


@fact(2)
def own_slope_and_all_slopes(answer, rng):
    """The variances of two weights differ by the difference of their squared slopes, and together
    they add up to (P + 1) |g|², with P weights."""
    # Several, since a number found by averaging over draws comes close to a single one by chance.
    for _ in range(NETWORKS):
        w, x = draw_linear(rng)
        g = np.outer(x, x @ w)
        seen = np.asarray(answer(w, x))
        differences = np.allclose(
            seen - seen[0, 0], g**2 - g[0, 0] ** 2, atol=TOLERANCE * seen.max()
        )
        total = np.isclose(seen.sum(), (g.size + 1) * np.sum(g**2), rtol=TOLERANCE)
        if not (differences and total):
            require_formula(seen, g**2 + np.sum(g**2), _slips(w, x))
            raise Broken("the law does not hold for every weight")


@fact(2)
def as_simulated(answer, rng):
    """It is the variance of 20,000 updates of a network that is shaken."""

    def updates(w, x):
        psi = rng.normal(0, 1, (DRAWS, *w.shape))
        up, down = (0.5 * np.sum((x @ shaken) ** 2, axis=1) for shaken in (w + psi, w - psi))
        return -((up - down) / 2)[:, None, None] * psi

    require_simulated(answer, updates, rng)


untouched = inputs_stay_as_they_are("Predicting changes nothing.")
