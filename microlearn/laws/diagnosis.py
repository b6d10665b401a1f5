"""Whether an answer really made the slip that a fact has named.

A fact sees a call or two, in which a slip can give the same by chance. So the answer and the slip are
held side by side on fresh arguments: no cause is better than a wrong one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checking.answer import Answer, arrays_in, copied
from ..checking.facts import Broken, check_of
from ..network import Network
from .agreement import agree
from .inputs import any_allowed, parameters, typical
from .one_number import ROUNDED, WHOLE
from .standard import ANOTHER_GENERATOR, MADE_ANEW

DRAWS = 25
NEAR = 1e-4
"""Relative: an answer in float32 has made the slip as well. A check of counts, in which one more or less
may matter, has a ``NEAR`` of its own."""
NUDGE = 1e-6
ROUND_TO = {ROUNDED: ".9g", WHOLE: ".0f"}
ALL_ZERO = "your function answers with zeros, whatever it is given"
NOT_AGAIN = (
    "the same arguments give another result when they come again: something is kept from one call to "
    "the next, or drawn at random"
)


def confirmed(answer: Answer, cause: str, rng: np.random.Generator) -> str:
    """The cause, or a better one: the answer is always zero or not always the same, or it has made
    another slip and no more. Nothing, if the cause can be tried and the answer fits no slip, or several.

    Of a rule that draws noise, which it may do in any order, only what is said about its generator can
    be tried.
    """
    draws_noise = "rng" in parameters(answer.exercise)
    if not cause and draws_noise:
        return ""
    times = 3 if draws_noise else DRAWS
    try:
        given = [any_allowed(answer.exercise, rng) for _ in range(times)]
    except Broken:  # the draws are made with an earlier answer, which does not work
        return cause
    seen = [_result(answer, arguments) for arguments in given]
    if all(map(_is_zero, seen)):
        return ALL_ZERO
    if not draws_noise:
        for arguments, first in zip(given[:3], seen, strict=False):
            again = _result(answer, arguments)
            # What holds no numbers, such as text, is not even like itself.
            if _alike(first, first, NEAR) and not _alike(again, first, NEAR):
                return NOT_AGAIN
    if cause in ROUND_TO:
        return cause if all(_is_round(result, ROUND_TO[cause]) for result in seen) else ""
    if draws_noise and cause in (MADE_ANEW, ANOTHER_GENERATOR):
        return cause if _follows(answer, rng, cause) else ""
    check = check_of(answer.exercise)
    slips = getattr(check, "SLIPS", {})
    if cause not in slips or draws_noise:
        return cause
    give, near = getattr(check, "GIVE", 1e-12), getattr(check, "NEAR", NEAR)
    fitting = [*slips]
    for arguments, result in zip(given, seen, strict=True):
        fitting = [c for c in fitting if _alike(result, _result(slips[c], arguments), near, give)]
    return fitting[0] if len(fitting) == 1 else ""


def _result(function: Any, given: tuple) -> Any:
    try:
        found = function(*copied(given))
    except Exception as error:
        return type(error).__name__
    # An array of arrays has no numbers to compare.
    return "objects" if isinstance(found, np.ndarray) and found.dtype.hasobject else found


def _alike(seen: Any, other: Any, relative: float, absolute: float = 0.0) -> bool:
    """Whether two results are the same. What raises agrees with nothing but what raises the same."""
    if isinstance(seen, str) or isinstance(other, str):
        return isinstance(seen, str) and isinstance(other, str) and seen == other
    return agree(seen, other, relative, absolute)


def _is_zero(seen: Any) -> bool:
    if seen is None or isinstance(seen, str):
        return False
    parts = arrays_in(seen) if isinstance(seen, list | tuple) else [np.asarray(seen)]
    return bool(parts) and not any(part.dtype.hasobject or np.any(part) for part in parts)


def _is_round(seen: Any, form: str) -> bool:
    """Whether it is a number that is all there when it is written in that form."""
    if isinstance(seen, str) or seen is None or np.size(seen) != 1:
        return False
    number = float(np.ravel(seen)[0])
    return np.isnan(number) or float(format(number, form)) == number


def _follows(answer: Answer, rng: np.random.Generator, cause: str) -> bool:
    """Whether the noise is the same whatever the generator, or another whatever its state.

    An answer that remembers its update for these numbers does not draw the same noise for others that
    are close to them; one that remembers it for these shapes does not see that they are others.
    """
    given = dict(zip(parameters(answer.exercise), typical(answer.exercise, rng), strict=True))
    network: Network = given["network"]
    nudged = network.with_weights([(1 + NUDGE) * w for w in network.weights])
    seeds = (1, 1) if cause == ANOTHER_GENERATOR else (1, 2)
    one, other = (
        _result(answer, tuple((given | {"network": net, "rng": np.random.default_rng(s)}).values()))
        for net, s in zip((network, nudged), seeds, strict=True)
    )
    if cause == ANOTHER_GENERATOR:
        return not agree(other, one, 0.01)
    return agree(other, one, 0.01) and not agree(other, one, relative=0)
