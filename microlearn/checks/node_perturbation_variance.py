"""Facts about the variance of node perturbation."""

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
    "How many numbers are shaken here, and what does the input do to the noise?",
    "The estimate of unit j's slope has the variance s_j² + Σ s_k². A weight's update is that "
    "estimate times x_i, so its variance is that times x_i².",
    "`np.outer(a, b)` has the entries a_i b_j. The factor of the rows is x_i²; that of the columns has "
    "two terms, and one of them is the same for all units.",
)


draw = draw_linear


def _slips(w, x):
    s = x @ w
    total = np.sum(s**2)
    g = np.outer(x, s)
    return {
        "the unit's own slope counts once more: s_j² is added to the sum": np.outer(
            x**2, total + 0 * s
        ),
        "only the unit's own slope; the other units speak through the same rise": g**2,
        "the input counts squared in a variance": np.outer(x, s**2 + total),
        "the input counts squared in a variance, not by its size": np.outer(
            np.abs(x), s**2 + total
        ),
        "the mean of the squares where their sum belongs": np.outer(x**2, s**2 + np.mean(s**2)),
        "the input multiplies the noise of the other units too": g**2 + total,
        "that is weight perturbation's: here only the units are shaken": g**2 + np.sum(g**2),
        "the square of the sum where the sum of the squares belongs": np.outer(
            x**2, s**2 + np.sum(s) ** 2
        ),
        "the standard deviation, not its square": np.sqrt(np.outer(x**2, s**2 + total)),
        "the input is left out": np.outer(np.ones_like(x), s**2 + total),
        "the second moment, not the variance: the squared mean is still in it": np.outer(
            x**2, 2 * s**2 + total
        ),
        "summed over the inputs, where the sum over the units belongs": g**2 + np.sum(g**2, axis=0),
        "the slopes are not squared": np.outer(x**2, np.abs(s) + np.sum(np.abs(s))),
        "the slopes are not squared, and keep their sign": np.outer(x**2, s + np.sum(s)),
        "a factor 2: everything counts twice": 2 * np.outer(x**2, s**2 + total),
        "a factor 4: the loss has a ½ in front, which its derivative uses up": 4
        * np.outer(x**2, s**2 + total),
        "the unit's own slope is taken away from the sum; it is added once more": np.outer(
            x**2, total - s**2
        ),
        "the number of units times the own slope, as if all slopes were alike": (s.size + 1) * g**2,
        "summed over the inputs too": np.sum(x**2) * np.outer(np.ones_like(x), s**2 + total),
    }


@fact(gate=True)
def one_for_each_weight(answer, rng):
    """You return a variance for each weight."""
    w, x = draw_linear(rng)
    require_shape(answer(w, x), w)


@fact(2)
def the_units_speak_and_the_input_multiplies(answer, rng):
    """Each variance is in proportion to the squared input, and over a whole column they add up to
    |x|² times that unit's squared slope plus those of all units."""
    # Several, since a number found by averaging over draws comes close to a single one by chance.
    for _ in range(NETWORKS):
        w, x = draw_linear(rng)
        s = x @ w
        seen = np.asarray(answer(w, x))
        proportional = np.allclose(np.outer(x**2, seen[0] / x[0] ** 2), seen, rtol=TOLERANCE)
        column = np.allclose(seen.sum(0), np.sum(x**2) * (s**2 + np.sum(s**2)), rtol=TOLERANCE)
        if not (proportional and column):
            require_formula(seen, np.outer(x**2, s**2 + np.sum(s**2)), _slips(w, x))
            raise Broken("the law does not hold for every weight")


@fact(2)
def as_simulated(answer, rng):
    """It is the variance of 20,000 updates of a network whose units are shaken."""

    def updates(w, x):
        xi = rng.normal(0, 1, (DRAWS, w.shape[1]))
        up, down = (0.5 * np.sum(shaken**2, axis=1) for shaken in (x @ w + xi, x @ w - xi))
        return -np.einsum("i,t,tj->tij", x, (up - down) / 2, xi)

    require_simulated(answer, updates, rng)


untouched = inputs_stay_as_they_are("Predicting changes nothing.")
