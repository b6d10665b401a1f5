"""Facts about how many fewer perturbations node perturbation needs.

The simulation draws both rules' updates for one sample and one layer, where all is known: with z
standard normal, weight perturbation gives (g·z) z for the gradient g = p dᵀ, and node perturbation
p times (d·z) z. With one input and two outputs every slip is off by 20 % or more, except the formula
of a single output, (N + 2) / 2; with four outputs that is off by 17 %. The ratio of the two noises is
known to 1.5 % from 100,000 draws of each, and to 1.2 % with four outputs. The bound is 10 %, which the
distributions of the two sums exceed once in 10¹⁰ times with two outputs, and more rarely with four
(docs/checks.md).
"""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.counts import (
    cases,
    draw_layer_sizes,
    weights,
    with_a_bias_for_each_layer,
    with_a_bias_for_each_unit_below,
    without_biases,
)
from ..laws.extremes import right_at_every_size
from ..laws.one_number import as_number, require_number
from ..laws.problems import draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "How many numbers are shaken by each of the two rules, for one sample?",
    "Weight perturbation shakes every weight and every bias: (units below + 1) × units in each "
    "layer. Node perturbation shakes every unit above the input. One is added to both.",
    "`zip(sizes, sizes[1:])` walks through the layers, with the units below and above; `sizes[1:]` are "
    "the units that are shaken. Each count gets its one before the division.",
)


draw = draw_layer_sizes
NEAR = 1e-7


def units(sizes):
    """The units that are shaken, all except the input."""
    return sum(sizes[1:])


def advantage(sizes, weights_of=weights, units_of=units):
    return (weights_of(sizes) + 1) / (units_of(sizes) + 1)


def slip(**counts):
    return lambda sizes: advantage(sizes, **counts)


BY_WHOLE_NUMBERS = {
    "a whole-number division: `/` and not `//`": (
        lambda sizes: (weights(sizes) + 1) // (units(sizes) + 1)
    ),
}
IN_FRACTIONS = {
    "the biases are shaken too": slip(weights_of=without_biases),
    "the input units are not shaken: they have no weights of their own": slip(units_of=sum),
    "one is added to both numbers": lambda sizes: weights(sizes) / units(sizes),
    "the fraction is upside down": lambda sizes: 1 / advantage(sizes),
    "one is added to the number of weights too": lambda sizes: weights(sizes) / (units(sizes) + 1),
    "one is added to the number of units too": lambda sizes: (weights(sizes) + 1) / units(sizes),
    "a bias belongs to each unit above, not to each unit below": slip(
        weights_of=with_a_bias_for_each_unit_below
    ),
    "each unit has a bias, not each layer": slip(weights_of=with_a_bias_for_each_layer),
    "the number of weights alone: divide by that of the units": lambda sizes: weights(sizes) + 1,
    "the output units are shaken too": slip(units_of=lambda sizes: sum(sizes[1:-1])),
    "the number of units alone": lambda sizes: units(sizes) + 1,
    "the first layer alone: count every layer": lambda sizes: advantage(sizes[:2]),
    "the last layer alone: count every layer": lambda sizes: advantage(sizes[-2:]),
    "a square root too many: the numbers of perturbations themselves are compared": (
        lambda sizes: advantage(sizes) ** 0.5
    ),
    "a square too many: the numbers of perturbations themselves are compared": (
        lambda sizes: advantage(sizes) ** 2
    ),
    "the difference of the two, where their ratio belongs": (
        lambda sizes: weights(sizes) - units(sizes)
    ),
    "the formula of a single output: count every unit of every layer": (
        lambda sizes: (sizes[0] + 2) / 2
    ),
}
SLIPS = BY_WHOLE_NUMBERS | IN_FRACTIONS


def require_advantage(answer, sizes, right, asked):
    # Without its fraction the number can be that of another slip, but only `//` gives an int.
    whole = isinstance(answer(sizes), int | np.integer)
    require_number(answer, (sizes,), right, asked, SLIPS if whole else IN_FRACTIONS)


@fact(1)
def one_layer(answer, rng):
    """In a network with N inputs and a single output, the advantage is (N + 2) / 2."""
    n = 2 * int(rng.integers(5, 50)) + 1  # odd: the advantage is no whole number
    require_advantage(answer, [n, 1], (n + 2) / 2, f"for {n} inputs and one output")


@fact(2)
def any_depth(answer, rng):
    """In any network it is the number of weights and biases plus one, over that of units above the
    input plus one."""
    for layers in range(2, 9):
        *sizes, _ = draw_sizes(rng, layers, high=40)
        require_advantage(answer, sizes, advantage(sizes), f"for {sizes}")


@fact(1)
def a_simulation_agrees(answer, rng):
    """Simulated, the noise of weight perturbation is as many times that of node perturbation, each
    as a share of its signal."""
    for outputs in (2, 4):
        _require_the_simulated(answer, rng, 1, outputs)


def _require_the_simulated(answer, rng, inputs, outputs):
    draws = 100_000
    p, d = np.append(rng.normal(0, 1, inputs), 1), rng.normal(0, 1, outputs)
    g = np.outer(p, d).ravel()
    signal = g @ g
    noise = {}
    for rule, shaken, spread in (("weight", g, 1.0), ("node", d, p @ p)):
        z = rng.normal(0, 1, (draws, shaken.size))
        squares = (z @ shaken) ** 2 * np.sum(z**2, axis=1) * spread
        noise[rule] = np.mean(squares) / signal - 1
    measured, number = noise["weight"] / noise["node"], as_number(answer([inputs, outputs]))
    if not abs(number / measured - 1) < 0.1:
        raise Broken(
            f"{number:.4g} for [{inputs}, {outputs}], where the simulation gives {measured:.3g}"
        )


every_size = right_at_every_size(
    "All this is so at every size: for layers of one unit and of thousands, and for any number of them.",
    advantage,
    cases,
    points=1,
    slips=IN_FRACTIONS,
    relative=1e-6,
)
untouched = inputs_stay_as_they_are("Counting changes nothing: the list of sizes stays as it was.")
