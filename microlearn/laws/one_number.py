"""Exercises that answer with one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..checking.answer import Answer
from ..checking.facts import Broken
from .agreement import CLOSE, TOLERANCE, apart
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


def numbers(answer: Answer, cases: Sequence[tuple]) -> Iterator[float]:
    """The answer in each case, by :func:`as_number`."""
    return map(as_number, answer.each(cases))


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
    require_numbers(answer, [(given, right, asked)], slips, tolerance)


def require_numbers(
    answer: Answer,
    cases: Sequence[tuple[tuple, float, str]],
    slips: Slips | None = None,
    tolerance: float = CLOSE,
) -> None:
    """The same for many ``(given, right, asked)``."""
    found = numbers(answer, [given for given, _, _ in cases])
    for (given, right, asked), number in zip(cases, found, strict=True):
        if not close(number, right, tolerance):
            cause = cause_of_number(slips or {}, given, number, right, tolerance)
            raise Broken(f"{number:.6g} {asked}", cause)


def require_in_proportion(
    answer: Answer,
    cases: Sequence[tuple[tuple, float]],
    asked: str,
    slips: Slips | None = None,
    absolute: float = 0.0,
) -> None:
    """Raise Broken unless the answers are right up to one positive factor, the same in all cases.

    That factor is the business of another fact. A case is what is given, and the right number, whose
    place in ``asked`` is {}; ``absolute`` is how far off it may be, if that is more than usual.
    """

    def right_enough(number: float, right: float) -> bool:
        return close(number, right) or abs(number - right) <= absolute

    found = [*numbers(answer, [given for given, _ in cases])]
    factor = common_factor(found, [right for _, right in cases])
    if all(right_enough(n / factor, right) for n, (_, right) in zip(found, cases, strict=True)):
        return
    for number, (given, right) in zip(found, cases, strict=True):
        if not right_enough(number, right):
            seen, should = apart(number, right)
            cause = cause_of_number(slips or {}, given, number, right, max(CLOSE, absolute / right))
            raise Broken(f"{seen} {asked.format(should)}", cause)


def common_factor(seen: Sequence[float], right: Sequence[float]) -> float:
    """How many times as large as the right numbers most of those seen are; 1 if that is not clear."""
    factor = float(np.median([s / r for s, r in zip(seen, right, strict=True)]))
    return factor if factor > 0 and abs(factor - 1) > TOLERANCE else 1.0


def cause_of_number(
    slips: Slips, given: tuple, number: float, right: float, tolerance: float = CLOSE
) -> str:
    """The slip that gives this number, or that the right one was rounded; or nothing."""
    cause = cause_of(slips, given, number, right, 10 * tolerance)
    near = abs(number - right) < 0.05 * abs(right)
    if not cause and near and any(number == round(right, k) for k in range(1, 10)):
        return ROUNDED
    return cause
