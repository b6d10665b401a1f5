"""Facts about how many fewer perturbations node perturbation needs.

The simulation draws both rules' updates for one sample and one layer, where all is known: with z
standard normal, weight perturbation gives (g·z) z for the gradient g = p dᵀ, and node perturbation
p times (d·z) z. With one input and two outputs every slip is off by 20 % or more, but for the formula
of a single output, (N + 2) / 2; with four outputs that is off by 17 %. The ratio of the two noises is
known to 1.5 % from 100,000 draws of each, and to 1.2 % with four outputs. The bound is 10 %, which the
distributions of the two sums exceed once in 10¹⁰ times with two outputs, and more rarely with four
(docs/checks.md).
"""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.numbers import as_number, require_value
from ..laws.problems import draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "How many numbers are shaken by each of the two rules, for one sample?",
    "Weight perturbation shakes every weight and every bias: (units below + 1) × units in each "
    "layer. Node perturbation shakes every unit above the input. One is added to both.",
    "`zip(sizes, sizes[1:])` walks through the layers, with the units below and above; `sizes[1:]` are "
    "the units that are shaken. Each count gets its one before the division.",
)


def draw(rng):
    return ([int(n) for n in rng.integers(1, 200, rng.integers(2, 7))],)


def _counts(sizes):
    weights = sum((n + 1) * m for n, m in zip(sizes, sizes[1:], strict=False))
    return weights, sum(sizes[1:])


def _slips(sizes, seen):
    weights, nodes = _counts(sizes)
    without = sum(n * m for n, m in zip(sizes, sizes[1:], strict=False))
    wrong_side = sum(n * (m + 1) for n, m in zip(sizes, sizes[1:], strict=False))
    one_each = without + len(sizes) - 1
    right = (weights + 1) / (nodes + 1)
    # Without its fraction the number can be that of another slip, but only `//` gives an int.
    whole = {"a whole-number division: `/` and not `//`": right // 1}
    return (whole if isinstance(seen, int | np.integer) else {}) | {
        "the biases are shaken too": (without + 1) / (nodes + 1),
        "the input units are not shaken: they have no weights of their own": (weights + 1)
        / (nodes + sizes[0] + 1),
        "one is added to both numbers": weights / nodes,
        "the fraction is upside down": (nodes + 1) / (weights + 1),
        "one is added to the number of weights too": weights / (nodes + 1),
        "one is added to the number of units too": (weights + 1) / nodes,
        "a bias belongs to each unit above, not to each unit below": (wrong_side + 1) / (nodes + 1),
        "each unit has a bias, not each layer": (one_each + 1) / (nodes + 1),
        "the number of weights alone: divide by that of the units": weights + 1,
        "the output units are shaken too": (weights + 1) / (sum(sizes[1:-1]) + 1),
        "the number of units alone": nodes + 1,
        "the first layer alone: count every layer": ((sizes[0] + 1) * sizes[1] + 1)
        / (sizes[1] + 1),
        "the last layer alone: count every layer": ((sizes[-2] + 1) * sizes[-1] + 1)
        / (sizes[-1] + 1),
        "a square root too many: the numbers of perturbations themselves are compared": right**0.5,
        "a square too many: the numbers of perturbations themselves are compared": right**2,
        "the difference of the two, where their ratio belongs": weights - nodes,
        "the formula of a single output: count every unit of every layer": (sizes[0] + 2) / 2,
    }


@fact(1)
def one_layer(answer, rng):
    """In a network with N inputs and a single output, the advantage is (N + 2) / 2."""
    n = 2 * int(rng.integers(5, 50)) + 1  # odd: the advantage is no whole number
    seen = answer([n, 1])
    require_value(seen, (n + 2) / 2, f"for {n} inputs and one output", _slips([n, 1], seen))


@fact(2)
def any_depth(answer, rng):
    """In any network it is the number of weights and biases plus one, over that of units above the
    input plus one."""
    for layers in range(2, 9):
        *sizes, _ = draw_sizes(rng, layers, high=40)
        weights, nodes = _counts(sizes)
        seen, right = answer(sizes), (weights + 1) / (nodes + 1)
        require_value(seen, right, f"for {sizes}", _slips(sizes, seen))


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


untouched = inputs_stay_as_they_are("Counting changes nothing: the list of sizes stays as it was.")
