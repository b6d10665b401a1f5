"""mean_squared_error beside the reference."""

from __future__ import annotations

import numpy as np

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        shape = tuple(int(n) for n in rng.choice(np.arange(1, 12), 2, replace=False))
        require_agreement(answer, reference, rng.normal(0, 1, shape), rng.normal(0, 1, shape))
