"""perturbations_for_cosine beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        require_agreement(
            answer, reference, int(rng.integers(1, 10**6)), float(rng.uniform(0.05, 0.99))
        )
