"""node_perturbation_variance beside the reference."""

from __future__ import annotations

import numpy as np

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        n, m = (int(k) for k in rng.choice(np.arange(1, 12), 2, replace=False))
        require_agreement(answer, reference, rng.normal(0, 1, (n, m)), rng.normal(0, 1, n))
