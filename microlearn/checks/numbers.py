"""What the checks of exercises that answer with a number share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..checking import Broken

CLOSE = 1e-5
"""Relative, for numbers that are known exactly: float32 arithmetic passes, a wrong term does not."""

DEGREES = 0.006
"""For angles: one that is rounded to two decimals passes, one rounded to a single decimal does not."""


def as_number(seen: object) -> float:
    """The answer as a float; raise Broken if it is not one number."""
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if np.size(seen) != 1:
        raise Broken(
            f"your function returned something of shape {np.shape(seen)}, not one number",
            "a mean or a sum that is missing",
        )
    return float(np.ravel(seen)[0])


def close(seen: float, right: float, tolerance: float = CLOSE) -> bool:
    """Whether two numbers agree, relative to the right one."""
    return bool(abs(seen - right) <= tolerance * max(abs(right), 1e-300) or seen == right)


def require_number(
    seen: object,
    right: float,
    asked: str,
    slips: Mapping[str, float] | None = None,
    tolerance: float = CLOSE,
) -> None:
    """Raise Broken unless the answer is that number; ``slips`` give wrong values and their reasons.

    ``asked`` says for what the answer was asked.
    """
    number = as_number(seen)
    if not close(number, right, tolerance):
        raise Broken(f"{number:.6g} {asked}", likely(number, right, slips or {}, tolerance))


def likely(
    number: float, right: float, slips: Mapping[str, float], tolerance: float = CLOSE
) -> str:
    """The slip that gives this number, and not the right one as well; or nothing."""
    # The nearest first: among many, two can lie close together by chance.
    gaps = {cause: np.nan_to_num(abs(wrong - number), nan=np.inf) for cause, wrong in slips.items()}
    for cause in sorted(slips, key=gaps.get):
        wrong = slips[cause]
        if close(number, wrong, 10 * tolerance) and abs(number - wrong) < 0.1 * abs(number - right):
            return cause
    near = abs(number - right) < 0.05 * abs(right)
    if near and any(number == round(right, decimals) for decimals in range(1, 10)):
        return "rounded: hand the number back as it is"
    return ""
