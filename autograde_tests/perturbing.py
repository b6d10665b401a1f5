"""What the tests of rules that draw noise share: the same spread, beside the reference.

An answer may draw its noise in any order, so single updates can't be compared. For one sample the
ratio ``|u|² / (u·g)`` of an update u, with g minus the gradient, varies little in a large network; the
means of its logarithm over many draws agree to their sampling error, which is measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from microlearn.checking.answer import Answer, InProcess
from microlearn.checking.facts import Broken
from microlearn.gradients import descent_direction
from microlearn.laws.agreement import flat
from microlearn.laws.chance import STANDARD_ERRORS
from microlearn.laws.perturbation import draw_updates
from microlearn.laws.problems import Problem, problem_of

DRAWS = 60


def require_the_same_spread(answer: Answer, reference: Callable, rng: np.random.Generator) -> None:
    """Raise Broken where the updates of both differ in length, or in progress."""
    for sizes in ((30, 40, 20), (20, 30, 25, 15)):
        _compare(answer, InProcess(answer.exercise, reference), rng, problem_of(rng, sizes, 1))


def _compare(answer: Answer, reference: Answer, rng: np.random.Generator, problem: Problem) -> None:
    downhill = flat(descent_direction(*problem.given))
    noise = float(10 ** rng.uniform(-4, -3))

    def logarithms(rule: Answer) -> np.ndarray:
        updates = draw_updates(rule, problem, noise, rng, DRAWS)
        return np.log([u @ u / abs(u @ downhill) for u in updates])

    theirs, ours = logarithms(answer), logarithms(reference)
    error = np.sqrt((np.var(theirs) + np.var(ours)) / DRAWS)
    if not abs(np.mean(theirs) - np.mean(ours)) < STANDARD_ERRORS * error:
        raise Broken("its updates are spread otherwise than those of the reference")
