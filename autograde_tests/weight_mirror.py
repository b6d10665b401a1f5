"""weight_mirror beside the reference: the same length, and the same share of W°ᵀ.

An answer may draw its noise in any order, so single updates can't be compared. But the means over many
draws agree to their sampling error, which is measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from microlearn.checking.answer import Answer, InProcess
from microlearn.checking.facts import Broken
from microlearn.laws.chance import STANDARD_ERRORS
from microlearn.laws.inputs import any_allowed
from microlearn.laws.perturbation import calls

DRAWS, NETWORKS = 100, 5


def test(answer: Answer, reference: Callable, rng: np.random.Generator) -> None:
    """Raise Broken where the updates of both differ in length or in direction."""
    for _ in range(NETWORKS):
        network, feedback, noise, _, _ = any_allowed(answer.exercise, rng)
        # So few samples that the mean of a draw counts, and so many that no update is a rare event.
        given = (network, feedback, noise, int(rng.integers(5, 9)), rng)
        theirs, ours = (
            np.array([_summary(u, network, feedback) for u in calls(one, DRAWS, *given)])
            for one in (answer, InProcess(answer.exercise, reference))
        )
        error = np.sqrt((np.var(theirs, axis=0) + np.var(ours, axis=0)) / DRAWS)
        gap = np.abs(np.mean(theirs, axis=0) - np.mean(ours, axis=0))
        if np.any(gap > STANDARD_ERRORS * error + 1e-4):
            raise Broken("its updates are spread otherwise than those of the reference")


def _summary(update: list, network, feedback: list) -> list[float]:
    """For each layer, with B added again: the share of W°ᵀ in the update, its length (a logarithm)."""
    numbers = []
    for u, w, b in zip(update[1:], network.weights[1:], feedback[1:], strict=True):
        w, seen = w[:-1].T, np.asarray(u, np.float64) + b
        numbers += [np.sum(seen * w) / np.sum(w * w), np.log(np.sum(seen**2) / np.sum(w * w))]
    return numbers
