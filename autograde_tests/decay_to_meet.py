"""decay_to_meet beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(10):
        # Up to 199 steps: with more, float32 holds too little of 1 − 0.9^(1/k).
        steps = int(10 ** rng.uniform(0, 2.3))
        fraction, rate = float(rng.uniform(0.01, 0.9)), float(10 ** rng.uniform(-4, 0))
        require_agreement(answer, reference, fraction, steps, rate)
