"""Exercises that answer with one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checking.answer import Answer
from ..checking.facts import Broken
from .agreement import CLOSE
from .slips import Slips, cause_of

ROUNDED = "rounded: hand the number back as it is"
WHOLE = "rounded: it need not be a whole number"


def as_number(seen: Any) -> float:
    """The answer as a float.

    Raises
    ------
    Broken
        If it is not one number.
    """
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
    answer: Answer,
    given: tuple,
    right: float,
    asked: str,
    slips: Slips | None = None,
    tolerance: float = CLOSE,
) -> None:
    """Raise Broken unless the answer to ``given`` is the number ``right``.

    ``asked`` says in words for which arguments the answer was asked.
    """
    number = as_number(answer(*given))
    if not close(number, right, tolerance):
        cause = cause_of_number(slips or {}, given, number, right, tolerance)
        raise Broken(f"{number:.6g} {asked}", cause)


def cause_of_number(
    slips: Slips, given: tuple, number: float, right: float, tolerance: float = CLOSE
) -> str:
    """The slip that gives this number, or that the right one was rounded; or nothing."""
    cause = cause_of(slips, given, number, right, 10 * tolerance)
    near = abs(number - right) < 0.05 * abs(right)
    if not cause and near and any(number == round(right, k) for k in range(1, 10)):
        return ROUNDED
    return cause
