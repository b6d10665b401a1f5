"""signal_to_noise beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        t, parameters = (int(k) for k in rng.integers(3, 40, 2))
        samples = rng.normal(rng.normal(0, 2, parameters), 1, (t, parameters))
        samples[:, : parameters // 3] = rng.choice([0, 0.5, -2], parameters // 3)
        require_agreement(answer, reference, samples)
