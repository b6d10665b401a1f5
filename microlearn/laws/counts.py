"""How many weights and units a network has, from the sizes of its layers, and miscounts of these.

``sizes`` are the units of each layer, the input first; a weight matrix has a last row for the biases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .extremes import ANOTHER_ORDER


def draw_layer_sizes(rng: np.random.Generator) -> tuple[list[int]]:
    """The sizes of a network with one to five layers; some of them are equal, now and then."""
    sizes = rng.integers(1, 200, rng.integers(2, 7))
    return ([int(n) for n in (rng.choice(sizes[:2], sizes.size) if rng.random() < 0.5 else sizes)],)


def cases(rng: np.random.Generator) -> Iterator[tuple[str, tuple[list[int]]]]:
    """Sizes of every kind, with words for what is special about them."""
    n = int(rng.integers(5, 20))
    yield "where all layers are equal", ([n] * 4,)
    yield "where layers of one size do not follow one another", ([n, n + 3, n, n + 3, n + 1],)
    yield "with two hidden layers", ([n, n + 4, n + 2, n + 1],)
    yield ANOTHER_ORDER, ([n, n + 2, n + 4, n + 1],)
    yield "with single units", ([1, n, 1, n, 1],)
    yield "with one unit below and one above", ([1, 1],)
    yield "with one layer", ([n, n + 1],)
    yield "with thousands of units", ([int(size) for size in rng.integers(1000, 1500, 4)],)
    yield "with a dozen layers", ([int(size) for size in rng.integers(2, 9, 13)],)
    yield "with forty layers", ([int(size) for size in rng.integers(1, 90, 41)],)
    yield "with a narrow layer in the middle", ([n, n + 40, 1, n + 40, n],)


def layers(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """The units below and above each weight matrix."""
    return list(zip(sizes, sizes[1:], strict=False))


def weights(sizes: Sequence[int]) -> int:
    """All weights and biases."""
    return sum((n + 1) * m for n, m in layers(sizes))


def without_biases(sizes: Sequence[int]) -> int:
    return sum(n * m for n, m in layers(sizes))


def with_a_bias_for_each_unit_below(sizes: Sequence[int]) -> int:
    return sum(n * (m + 1) for n, m in layers(sizes))


def with_a_bias_for_each_layer(sizes: Sequence[int]) -> int:
    return sum(n * m + 1 for n, m in layers(sizes))
