"""decay_to_meet beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(10):
        require_agreement(
            answer,
            reference,
            float(rng.uniform(0.01, 0.9)),
            int(
                10 ** rng.uniform(0, 2.3)
            ),  # up to 199; with more, float32 holds too little of 1 − 0.9^(1/k)
            float(10 ** rng.uniform(-4, 0)),
        )
