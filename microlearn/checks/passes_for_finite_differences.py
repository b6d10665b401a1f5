"""Facts about the price of finite differences."""

from __future__ import annotations

import math
from dataclasses import replace

from ..checking.facts import Broken, fact
from ..gradients import finite_differences
from ..laws.counts import (
    cases,
    draw_layer_sizes,
    layers,
    weights,
    with_a_bias_for_each_layer,
    with_a_bias_for_each_unit_below,
    without_biases,
)
from ..laws.extremes import right_at_every_size
from ..laws.one_number import as_number, cause_of_number
from ..laws.problems import draw_network, draw_problem, draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "How many numbers does one weight matrix hold, if its last row is the biases?",
    "A layer with n units below and m units has (n + 1) m weights and biases. Add up over the "
    "layers. Each of them is nudged twice.",
    "`zip(sizes, sizes[1:])` gives the units below and above for each layer; every unit above has one "
    "number for each unit below, and a bias.",
)


draw = draw_layer_sizes
NEAR = 1e-9


def first_place_of_each_size(sizes):
    return 2 * sum((n + 1) * sizes[sizes.index(n) + 1] for n in sizes[:-1])


def in_a_dictionary(sizes):
    return 2 * sum({n: (n + 1) * m for n, m in layers(sizes)}.values())


SLIPS = {
    "`sizes.index` finds the first of two layers with as many units, and the first of them twice": (
        first_place_of_each_size
    ),
    "a dictionary forgets all but one of the layers with as many units": in_a_dictionary,
    "each weight is nudged twice, up and down": weights,
    "the biases are nudged too": lambda sizes: 2 * without_biases(sizes),
    "every layer has a bias for each of its units, not one for each unit below": (
        lambda sizes: 2 * with_a_bias_for_each_unit_below(sizes)
    ),
    "one bias for each layer is too few: each unit has its own": (
        lambda sizes: 2 * with_a_bias_for_each_layer(sizes)
    ),
    "the units of the layer above are no inputs: only below is there a 1 for the biases": (
        lambda sizes: 2 * sum((n + 1) * (m + 1) for n, m in layers(sizes))
    ),
    "the weights are nudged twice and the biases once: they are nudged twice too": (
        lambda sizes: sum((2 * n + 1) * m for n, m in layers(sizes))
    ),
    "those are the units; it is the weights that are nudged": lambda sizes: 2 * sum(sizes),
    "only neighbouring layers are connected": lambda sizes: 2 * sum(sizes) ** 2,
    "the weights are added up over the layers, not multiplied": lambda sizes: 2 * math.prod(sizes),
    "only the first layer is counted": lambda sizes: 2 * weights(sizes[:2]),
    "only the last layer is counted": lambda sizes: 2 * weights(sizes[-2:]),
    "the clean network needs no pass of its own: each slope comes from two nudges": (
        lambda sizes: 2 * weights(sizes) + 1
    ),
    "squared: each weight is nudged alone": lambda sizes: (2 * weights(sizes)) ** 2,
}


def require_passes(answer, sizes, right):
    number = as_number(answer(sizes))
    if number != right:
        cause = cause_of_number(SLIPS, (sizes,), number, right, tolerance=0)
        if not cause and number == as_number(answer([n + 1 for n in sizes])):
            cause = "the same number whatever the network: use `sizes`"
        raise Broken(f"{number:.15g} passes for the sizes {sizes}", cause)


@fact(1)
def as_many_as_were_made(answer, rng):
    """For a small network, your number is the number of forward passes that finite differences
    really make."""
    network, x, y, loss = draw_problem(rng, 2).given
    passes = []

    def counted(y, prediction):
        passes.append(len(prediction) // len(x))  # some go up side by side
        return loss.per_sample(y, prediction)

    finite_differences(network, x, y, replace(loss, per_sample=counted))
    require_passes(answer, list(network.sizes), sum(passes))


@fact(1)
def two_for_each_entry(answer, rng):
    """For networks of any depth, it is two for each entry of each weight matrix."""
    for depth in (1, 3, 5):
        *sizes, _ = draw_sizes(rng, depth, high=30)
        # Equally wide, as hidden layers often are: a place in the list is not its size.
        sizes[1:-1] = sizes[1:2] * (depth - 1)
        matrices = draw_network(rng, sizes).weights
        require_passes(answer, sizes, 2 * sum(w.size for w in matrices))


every_size = right_at_every_size(
    "All this is so at every size: for layers of one unit and of thousands, and for any number of them.",
    lambda sizes: 2 * weights(sizes),
    cases,
    points=1,
    slips=SLIPS,
    relative=0,
)
untouched = inputs_stay_as_they_are("Counting changes nothing: the list of sizes stays as it was.")
