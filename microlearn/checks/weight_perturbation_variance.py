"""Facts about the variance of weight perturbation."""

from __future__ import annotations

import numpy as np

from ..checking.facts import fact
from ..laws.agreement import CLOSE, TOLERANCE, agree
from ..laws.standard import inputs_stay_as_they_are
from ..laws.variances import (
    DRAWS,
    at_every_size,
    draw_any_linear,
    require_law,
    require_simulated,
    returns_a_variance_for_each_weight,
)

HINTS = (
    "A weight's update is minus the rise times its own noise. Whose noise is in the rise?",
    "The gradient of this loss is the outer product of x and ŷ. The variance of entry ij is its own "
    "gradient squared, plus the sum of all gradients squared.",
    "`np.outer(a, b)` has the entries a_i b_j. `g**2` is the first term; the second is one number, the "
    "same for all weights.",
)


draw = draw_any_linear


def gradient(w, x):
    return np.outer(x, x @ w)


def own_and(sum_of):
    """The squared slope of each weight, plus ``sum_of`` these."""
    return lambda w, x: gradient(w, x) ** 2 + sum_of(gradient(w, x) ** 2)


variance = own_and(np.sum)


def of_slopes(slopes_of):
    """The right formula for slopes that are wrong."""

    def wrong(w, x):
        squares = slopes_of(w, x) ** 2
        return squares + np.sum(squares)

    return wrong


SLIPS = {
    "the weight's own slope counts once more: g² is added to the sum": (
        lambda w, x: variance(w, x) - gradient(w, x) ** 2
    ),
    "only the weight's own slope; all the others speak through the same rise": (
        lambda w, x: gradient(w, x) ** 2
    ),
    "the mean of the squares where their sum belongs": own_and(np.mean),
    "the square of the sum where the sum of the squares belongs": (
        lambda w, x: gradient(w, x) ** 2 + np.sum(gradient(w, x)) ** 2
    ),
    "the standard deviation, not its square": lambda w, x: np.sqrt(variance(w, x)),
    "the second moment, not the variance: the squared mean is still in it": (
        lambda w, x: variance(w, x) + gradient(w, x) ** 2
    ),
    "summed over one axis only: all weights speak through the rise": (
        own_and(lambda squares: np.sum(squares, axis=0))
    ),
    "summed over one axis only, that of the outputs: that is node perturbation's, where units are "
    "shaken": own_and(lambda squares: np.sum(squares, axis=1, keepdims=True)),
    "the gradient is not squared": (
        lambda w, x: np.abs(gradient(w, x)) + np.sum(np.abs(gradient(w, x)))
    ),
    "the gradient is not squared, and keeps its sign": (
        lambda w, x: gradient(w, x) + np.sum(gradient(w, x))
    ),
    "the sum is not squared: add up the squares": (
        lambda w, x: gradient(w, x) ** 2 + np.sum(gradient(w, x))
    ),
    "a factor 2: the sum counts twice, or the rise is taken from both sides and not halved": (
        lambda w, x: 2 * variance(w, x)
    ),
    "a factor 4: the loss has a ½ in front, which its derivative uses up": (
        lambda w, x: 4 * variance(w, x)
    ),
    "the input is left out: the slope of weight ij is x_i ŷ_j": (
        of_slopes(lambda w, x: np.outer(np.ones_like(x), x @ w))
    ),
    "the weight's own slope is taken away from the sum; it is added once more": (
        lambda w, x: variance(w, x) - 2 * gradient(w, x) ** 2
    ),
    "the number of weights times the own slope, as if all slopes were alike": (
        lambda w, x: (w.size + 1) * gradient(w, x) ** 2
    ),
    "the weights in the place of the gradient": of_slopes(lambda w, x: w),
}


shapes = returns_a_variance_for_each_weight()


@fact(2)
def own_slope_and_all_slopes(answer, rng):
    """The variances of two weights differ by the difference of their squared slopes, and together
    they add up to (P + 1) |g|², with P weights."""

    def law(seen, w, x):
        squares = gradient(w, x) ** 2
        give = TOLERANCE * np.max(seen)
        differences = agree(seen - seen[0, 0], squares - squares[0, 0], CLOSE, absolute=give)
        return differences and agree(np.sum(seen), (w.size + 1) * np.sum(squares))

    require_law(answer, rng, law, variance, SLIPS)


@fact(2)
def as_simulated(answer, rng):
    """It is the variance of 20,000 updates of a network that is shaken."""

    def updates(w, x):
        psi = rng.normal(0, 1, (DRAWS, *w.shape))
        up, down = (0.5 * np.sum((x @ shaken) ** 2, axis=1) for shaken in (w + psi, w - psi))
        return -((up - down) / 2)[:, None, None] * psi

    require_simulated(answer, updates, rng)


every_size = at_every_size(variance, SLIPS)
untouched = inputs_stay_as_they_are("Predicting changes nothing.")
