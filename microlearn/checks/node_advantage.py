"""Facts about how many fewer perturbations node perturbation needs."""

from __future__ import annotations

from ..checking import fact
from .numbers import require_number
from .problems import draw_sizes

HINTS = (
    "How many numbers are shaken by each of the two rules, for one sample?",
    "Weight perturbation shakes every weight and every bias: (units below + 1) × units in each "
    "layer. Node perturbation shakes every unit above the input. One is added to both.",
    "`(weights + 1) / (nodes + 1)`, with `nodes = sum(sizes[1:])`.",
)


def _counts(sizes):
    weights = sum((n + 1) * m for n, m in zip(sizes, sizes[1:], strict=False))
    return weights, sum(sizes[1:])


def _slips(sizes):
    weights, nodes = _counts(sizes)
    without = sum(n * m for n, m in zip(sizes, sizes[1:], strict=False))
    return {
        "the biases are shaken too": (without + 1) / (nodes + 1),
        "the input units are not shaken: they have no weights of their own": (weights + 1)
        / (nodes + sizes[0] + 1),
        "one is added to both numbers": weights / nodes,
        "the fraction is upside down": (nodes + 1) / (weights + 1),
    }


@fact(1)
def one_layer(answer, rng):
    """In a network with N inputs and a single output, the advantage is (N + 2) / 2."""
    n = int(rng.integers(10, 100))
    require_number(answer([n, 1]), (n + 2) / 2, f"for {n} inputs and one output", _slips([n, 1]))


@fact(2)
def any_depth(answer, rng):
    """In any network it is the number of weights and biases plus one, over that of units above the
    input plus one."""
    for layers in (2, 4):
        *sizes, _ = draw_sizes(rng, layers, high=40)
        weights, nodes = _counts(sizes)
        require_number(answer(sizes), (weights + 1) / (nodes + 1), f"for {sizes}", _slips(sizes))
