"""decay_to_meet beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        require_agreement(
            answer,
            reference,
            float(rng.uniform(0.01, 0.99)),
            int(rng.integers(1, 1000)),
            float(10 ** rng.uniform(-4, 0)),
        )
