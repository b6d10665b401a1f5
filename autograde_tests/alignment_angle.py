"""alignment_angle beside the reference."""

from __future__ import annotations

import numpy as np

from microlearn.checks.numbers import DEGREES

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        n, m = (int(k) for k in rng.choice(np.arange(2, 12), 2, replace=False))
        w = rng.normal(0, 1, (n + 1, m))
        for b in (rng.normal(0, 1, (m, n)), w[:-1].T + rng.normal(0, 0.1, (m, n))):
            require_agreement(answer, reference, w, b, give=DEGREES)
