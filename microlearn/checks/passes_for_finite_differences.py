"""Facts about the price of finite differences."""

from __future__ import annotations

import math

import numpy as np

from ..facts import Broken, fact
from ..gradients import finite_differences
from ..laws.numbers import as_number
from ..laws.problems import draw_network, draw_problem, draw_sizes
from ..laws.standard import inputs_stay_as_they_are
from ..network import Network

HINTS = (
    "How many numbers does one weight matrix hold, if its last row is the biases?",
    "A layer with n units below and m units has (n + 1) m weights and biases. Add up over the "
    "layers. Each of them is nudged twice.",
    "`zip(sizes, sizes[1:])` gives the units below and above for each layer; every unit above has one "
    "number for each unit below, and a bias.",
)


def draw(rng):
    return ([int(n) for n in rng.integers(1, 200, rng.integers(2, 7))],)


def _hold(answer, sizes, right):
    seen = _passes(answer, sizes)
    if seen != right:
        pairs = list(zip(sizes, sizes[1:], strict=False))
        reasons = {
            "`sizes.index` finds the first of two layers with as many units, and the first of them "
            "twice": 2 * sum((n + 1) * sizes[sizes.index(n) + 1] for n in sizes[:-1]),
            "a dictionary forgets all but one of the layers with as many units": 2
            * sum({n: (n + 1) * m for n, m in pairs}.values()),
            "each weight is nudged twice, up and down": right // 2,
            "the biases are nudged too": 2 * sum(n * m for n, m in pairs),
            "every layer has a bias for each of its units, not one for each unit below": 2
            * sum(n * (m + 1) for n, m in pairs),
            "one bias for each layer is too few: each unit has its own": 2
            * sum(n * m + 1 for n, m in pairs),
            "the units of the layer above are no inputs: only below is there a 1 for the biases": 2
            * sum((n + 1) * (m + 1) for n, m in pairs),
            "the weights are nudged twice and the biases once: they are nudged twice too": sum(
                (2 * n + 1) * m for n, m in pairs
            ),
            "those are the units; it is the weights that are nudged": 2 * sum(sizes),
            "only neighbouring layers are connected": 2 * sum(sizes) ** 2,
            "the weights are added up over the layers, not multiplied": 2 * math.prod(sizes),
            "only the first layer is counted": 2 * (sizes[0] + 1) * sizes[1],
            "only the last layer is counted": 2 * (sizes[-2] + 1) * sizes[-1],
            "the clean network needs no pass of its own: each slope comes from two nudges": right
            + 1,
            "squared: each weight is nudged alone": right**2,
        }
        cause = [text for text, wrong in reasons.items() if seen == wrong]
        if not cause and seen == _passes(answer, [size + 1 for size in sizes]):
            cause = ["the same number whatever the network: use `sizes`"]
        raise Broken(f"{seen} passes for the sizes {sizes}", *cause[:1])


def _passes(answer, sizes):
    seen = as_number(answer(sizes))
    return int(seen) if seen.is_integer() else seen


@fact(1)
def as_many_as_were_made(answer, rng):
    """For a small network, your number is the number of forward passes that finite differences
    really make."""
    problem = draw_problem(rng, 2)
    passes = []

    class Counted(Network):
        def forward(self, x):
            passes.append(1)
            return super().forward(x)

        def with_weights(self, weights):
            return Counted(tuple(weights), self.activations)

    finite_differences(
        Counted(problem.network.weights, problem.network.activations), *problem.given[1:]
    )
    _hold(answer, list(problem.network.sizes), len(passes))


@fact(1)
def two_for_each_entry(answer, rng):
    """For networks of any depth, it is two for each entry of each weight matrix."""
    for layers in (1, 3, 5):
        *sizes, _ = draw_sizes(rng, layers, high=30)
        # Equally wide, as hidden layers often are: a place in the list is not its size.
        sizes[1:-1] = sizes[1:2] * (layers - 1)
        weights = draw_network(rng, sizes).weights
        _hold(answer, sizes, 2 * int(np.sum([w.size for w in weights])))


untouched = inputs_stay_as_they_are("Counting changes nothing: the list of sizes stays as it was.")
