"""Slips: wrong answers with a name.

A slip is a function of the exercise's own arguments, under the sentence that says what is wrong with it.
So it is written once: a check names the slip that an answer has made, and the tests hold each slip
against the check like any other wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .agreement import TOLERANCE, distance

Slips = Mapping[str, Callable[..., Any]]
"""The likely cause, in the words that a student reads, and the function that makes this mistake."""


def cause_of(
    slips: Slips, given: tuple, seen: Any, right: Any, tolerance: float = TOLERANCE
) -> str:
    """The slip that gives what was seen, or nothing.

    Of several the nearest counts, since among many two can lie close together by chance. It must be ten
    times as near to what was seen as the right answer is: a slip that makes no difference for these
    arguments is no cause.
    """
    gaps: dict[str, float] = {}
    for cause, slip in slips.items():
        try:
            gaps[cause] = distance(seen, slip(*given))
        except Exception:  # a slip that fails on these arguments is not what the answer did
            continue
    nearest = min(gaps, key=gaps.__getitem__, default="")
    bound = min(tolerance, 0.1 * distance(seen, right))
    return nearest if nearest and gaps[nearest] <= bound else ""


def cause_of_several(
    slips: Slips,
    cases: Sequence[tuple],
    seen: Sequence[Any],
    right: Sequence[Any],
    tolerance: float = TOLERANCE,
) -> str:
    """The slip that gives what was seen in every case, or nothing.

    Two slips can agree for the arguments of one case.
    """
    in_every_case = {
        cause: lambda *cases, slip=slip: [slip(*given) for given in cases]
        for cause, slip in slips.items()
    }
    return cause_of(in_every_case, tuple(cases), list(seen), list(right), tolerance)
