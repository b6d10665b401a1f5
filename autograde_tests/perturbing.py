"""What the tests of rules that draw noise share: the same spread, beside the reference.

An answer may draw its noise in any order, so single updates can't be compared. For one sample the
ratio ``|u|² / (u·g)`` of an update u, with g minus the gradient, varies little in a large network; the
means of its logarithm over many draws agree to their sampling error, which is measured. The bound is
at 6.5 of these errors.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from microlearn.checking import Broken
from microlearn.checks.compare import flat
from microlearn.checks.perturbation import draw_updates
from microlearn.checks.problems import Problem, problem_of
from microlearn.gradients import descent_direction

DRAWS = 60


def require_the_same_spread(
    answer: Callable, reference: Callable, rng: np.random.Generator
) -> None:
    """Raise Broken where the updates of both differ in length, or in progress."""
    for sizes in ((30, 40, 20), (20, 30, 25, 15)):
        _compare(answer, reference, rng, problem_of(rng, sizes, 1))


def _compare(
    answer: Callable, reference: Callable, rng: np.random.Generator, problem: Problem
) -> None:
    downhill = flat(descent_direction(*problem.given))
    noise = float(10 ** rng.uniform(-4, -3))

    def logarithms(rule: Callable) -> np.ndarray:
        updates = draw_updates(rule, problem, noise, rng, DRAWS)
        return np.log([u @ u / abs(u @ downhill) for u in updates])

    theirs, ours = logarithms(answer), logarithms(reference)
    error = np.sqrt((np.var(theirs) + np.var(ours)) / DRAWS)
    if not abs(np.mean(theirs) - np.mean(ours)) < 6.5 * error:
        raise Broken("its updates are spread otherwise than those of the reference")
