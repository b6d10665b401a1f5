"""draws_for_unit_snr beside the reference."""

from __future__ import annotations

from . import require_agreement


def test(answer, reference, rng):
    for rule in ("weight_perturbation", "node_perturbation"):
        for _ in range(3):
            require_agreement(answer, reference, *(int(k) for k in rng.integers(1, 500, 2)), rule)
