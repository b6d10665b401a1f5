"""node_advantage beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for layers in (1, 2, 3, 5):
        require_agreement(answer, reference, [int(n) for n in rng.integers(1, 200, layers + 1)])
