"""Holds any answer that draws no noise beside the reference, on inputs drawn at grading time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from microlearn.checking.answer import Answer, copied
from microlearn.checking.facts import Broken, check_of
from microlearn.laws.agreement import agree
from microlearn.laws.inputs import any_allowed

DRAWS = 25


def test(answer: Answer, reference: Callable, rng: np.random.Generator) -> None:
    """Raise Broken unless both agree, to what an answer in float32 can hold, or to what the check grants
    as ``GIVE``, in the answer's own unit."""
    give = getattr(check_of(answer.exercise), "GIVE", 1e-12)
    cases = [any_allowed(answer.exercise, rng) for _ in range(DRAWS)]
    for given, seen in zip(cases, answer.each(cases), strict=True):
        if not agree(seen, reference(*copied(given)), absolute=give):
            raise Broken("it differs from the reference on an input that was drawn at grading time")
