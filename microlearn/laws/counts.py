"""How many weights and units a network has, from the sizes of its layers, and miscounts of these.

``sizes`` are the units of each layer, the input first; a weight matrix has a last row for the biases.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def draw_layer_sizes(rng: np.random.Generator) -> tuple[list[int]]:
    """The sizes of a network with one to five layers."""
    return ([int(n) for n in rng.integers(1, 200, rng.integers(2, 7))],)


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
