"""How the grader tests an answer against the reference: one module for each exercise.

``test(answer, reference, rng)`` calls both on inputs drawn at grading time and raises ``Broken`` where
they disagree. It says no more than that: feedback reaches students, and the reference must not.
``REQUIRES`` names exercises that the answer builds on, whose references it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microlearn.checking import Broken

RELATIVE = 1e-3


def require_agreement(
    answer: Callable, reference: Callable, *arguments: Any, give: float = 1e-12
) -> None:
    """Raise Broken unless both give the same numbers, to what an answer in float32 can hold, or to
    what ``give`` grants (in their own unit)."""
    if not _same(answer(*arguments), reference(*arguments), give):
        raise Broken("it differs from the reference on an input that was drawn at grading time")


def _same(a: Any, b: Any, give: float) -> bool:
    if b is None:
        return a is None
    if isinstance(b, list | tuple):
        return (
            isinstance(a, list | tuple)
            and len(a) == len(b)
            and all(_same(p, q, give) for p, q in zip(a, b, strict=True))
        )
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    scale = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
    one_number = b.ndim == 0 and a.size == 1  # the facts take [0.5] for 0.5 too
    return (one_number or a.shape == b.shape) and bool(
        np.allclose(a, b, rtol=0, atol=RELATIVE * scale + give, equal_nan=True)
    )
