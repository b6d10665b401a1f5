"""weight_perturbation beside the reference."""

from __future__ import annotations

from .perturbing import require_the_same_spread


def test(answer, reference, rng):
    require_the_same_spread(answer, reference, rng)
