"""Facts about the variance of node perturbation."""

from __future__ import annotations

import numpy as np

from ..checking.facts import fact
from ..laws.agreement import agree
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
    "How many numbers are shaken here, and what does the input do to the noise?",
    "The estimate of unit j's slope has the variance s_j² + Σ s_k². A weight's update is that "
    "estimate times x_i, so its variance is that times x_i².",
    "`np.outer(a, b)` has the entries a_i b_j. The factor of the rows is x_i²; that of the columns has "
    "two terms, and one of them is the same for all units.",
)


draw = draw_any_linear


def of_the_units(w, x):
    """The variance of the estimate of each unit's slope."""
    return (x @ w) ** 2 + np.sum((x @ w) ** 2)


def variance(w, x):
    return np.outer(x**2, of_the_units(w, x))


def of_units(estimates_of):
    """The slip of another variance for the units, which is a function of their slopes."""
    return lambda w, x: np.outer(x**2, estimates_of(x @ w) * np.ones(w.shape[1]))


def of_inputs(factors_of):
    """The slip of another factor for the inputs."""
    return lambda w, x: np.outer(factors_of(x), of_the_units(w, x))


def own_and(sum_of):
    """The squared slope of each weight, plus ``sum_of`` all slopes of the weights and of the units."""
    return lambda w, x: np.outer(x, x @ w) ** 2 + sum_of(np.outer(x, x @ w), x @ w)


SLIPS = {
    "the unit's own slope counts once more: s_j² is added to the sum": (
        of_units(lambda s: np.sum(s**2))
    ),
    "only the unit's own slope; the other units speak through the same rise": of_units(np.square),
    "the input counts squared in a variance": of_inputs(lambda x: x),
    "the input counts squared in a variance, not by its size": of_inputs(np.abs),
    "the mean of the squares where their sum belongs": of_units(lambda s: s**2 + np.mean(s**2)),
    "the input multiplies the noise of the other units too": own_and(lambda g, s: np.sum(s**2)),
    "that is weight perturbation's: here only the units are shaken": (
        own_and(lambda g, s: np.sum(g**2))
    ),
    "the square of the sum where the sum of the squares belongs": (
        of_units(lambda s: s**2 + np.sum(s) ** 2)
    ),
    "the standard deviation, not its square": lambda w, x: np.sqrt(variance(w, x)),
    "the input is left out": of_inputs(np.ones_like),
    "the second moment, not the variance: the squared mean is still in it": (
        of_units(lambda s: 2 * s**2 + np.sum(s**2))
    ),
    "summed over the inputs, where the sum over the units belongs": (
        own_and(lambda g, s: np.sum(g**2, axis=0))
    ),
    "the slopes are not squared": of_units(lambda s: np.abs(s) + np.sum(np.abs(s))),
    "the slopes are not squared, and keep their sign": of_units(lambda s: s + np.sum(s)),
    "a factor 2: everything counts twice": lambda w, x: 2 * variance(w, x),
    "a factor 4: the loss has a ½ in front, which its derivative uses up": (
        lambda w, x: 4 * variance(w, x)
    ),
    "the unit's own slope is taken away from the sum; it is added once more": (
        of_units(lambda s: np.sum(s**2) - s**2)
    ),
    "the number of units times the own slope, as if all slopes were alike": (
        of_units(lambda s: (s.size + 1) * s**2)
    ),
    "summed over the inputs too": of_inputs(lambda x: np.full_like(x, np.sum(x**2))),
}


shapes = returns_a_variance_for_each_weight()


@fact(2)
def the_units_speak_and_the_input_multiplies(answer, rng):
    """Each variance is in proportion to the squared input, and over a whole column they add up to
    |x|² times that unit's squared slope plus those of all units."""

    def law(seen, w, x):
        # For an input of 1, so that the rows of small inputs count as much as the others.
        scaled = seen / x[:, None] ** 2
        proportional = agree(scaled, np.broadcast_to(scaled[0], w.shape))
        return proportional and agree(seen.sum(axis=0), np.sum(x**2) * of_the_units(w, x))

    require_law(answer, rng, law, variance, SLIPS)


@fact(2)
def as_simulated(answer, rng):
    """It is the variance of 20,000 updates of a network whose units are shaken."""

    def updates(w, x):
        xi = rng.normal(0, 1, (DRAWS, w.shape[1]))
        up, down = (0.5 * np.sum(shaken**2, axis=1) for shaken in (x @ w + xi, x @ w - xi))
        return -np.einsum("i,t,tj->tij", x, (up - down) / 2, xi)

    require_simulated(answer, updates, rng)


every_size = at_every_size(variance, SLIPS)
untouched = inputs_stay_as_they_are("Predicting changes nothing.")
