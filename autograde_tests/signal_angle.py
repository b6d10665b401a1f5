"""signal_angle beside the reference."""

from __future__ import annotations

import numpy as np

from microlearn.checks.numbers import DEGREES

from . import require_agreement


def test(answer, reference, rng):
    for _ in range(5):
        n, m, batch = (int(k) for k in rng.choice(np.arange(2, 12), 3, replace=False))
        require_agreement(
            answer,
            reference,
            rng.normal(0, 1, (n + 1, m)),
            rng.normal(0, 1, (m, n)),
            rng.normal(0, 1, (batch, m)),
            give=DEGREES,
        )
