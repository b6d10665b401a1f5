"""cosine_similarity beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for layers in (1, 2, 4):
        shapes = [tuple(int(k) for k in rng.integers(1, 8, 2)) for _ in range(layers)]
        a, b = ([rng.normal(0, 1, shape) for shape in shapes] for _ in range(2))
        require_agreement(answer, reference, a, b)
        require_agreement(answer, reference, a, [0 * layer for layer in b])
