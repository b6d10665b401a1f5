"""matched_learning_rate beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        draws, parameters = (int(k) for k in rng.integers(5, 30, 2))
        downhill = rng.normal(0, 1, parameters)
        updates = downhill + rng.normal(0, 0.3, (draws, parameters))
        require_agreement(answer, reference, updates, downhill, float(rng.uniform(0.001, 1)))
