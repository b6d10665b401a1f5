"""Whether an answer really made the slip that a fact has named.

A fact sees a call or two, in which a slip can give the same by chance. So the answer and the slip are
held side by side on fresh arguments: no cause is better than a wrong one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checking.answer import Answer, copied
from ..checking.facts import check_of
from .agreement import agree
from .inputs import any_allowed, parameters

DRAWS = 6
NEAR = 1e-4
"""Relative: an answer in float32 has made the slip as well."""


def confirmed(answer: Answer, cause: str, rng: np.random.Generator) -> str:
    """The cause, unless it is a slip of the exercise that the answer has not made, or not it alone.

    Of a rule that draws noise nothing can be said here, since it may draw in any order.
    """
    check = check_of(answer.exercise)
    slips = getattr(check, "SLIPS", {})
    if cause not in slips or "rng" in parameters(answer.exercise):
        return cause
    give = getattr(check, "GIVE", 1e-12)
    fitting = set(slips)
    for _ in range(DRAWS):
        given = any_allowed(answer.exercise, rng)
        seen = _result(answer, given)
        fitting = {c for c in fitting if agree(seen, _result(slips[c], given), NEAR, give)}
        if cause not in fitting:
            return ""
    return cause if fitting == {cause} else ""


def _result(function: Any, given: tuple) -> Any:
    try:
        return function(*copied(given))
    except Exception as error:  # what raises agrees with nothing but what raises the same
        return type(error).__name__
