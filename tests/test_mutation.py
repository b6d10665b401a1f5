"""A sample of the mutation suite, drawn afresh each time; `make mutants` runs the whole of it."""

from __future__ import annotations

import os

import numpy as np
import pytest
from mutants import DIFFERENT
from mutation import MUTANT, RIGHT, WRONG, cases_of, try_out

from grader.sandbox import sandbox_works
from microlearn.exercises import exercise_names

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("MICROLEARN_SEED") or int.from_bytes(os.urandom(4)))
EXERCISES = 8
"""So many are drawn: each costs seconds, and every run draws others."""


@pytest.mark.skipif(not sandbox_works(), reason="bubblewrap is missing or forbidden here")
@pytest.mark.parametrize("number", range(EXERCISES))
def test_a_fresh_sample_of_answers_is_told_apart(number):
    name = np.random.default_rng(SEED).permutation(exercise_names())[number]
    rng = np.random.default_rng([SEED, number])
    cases = cases_of(name)
    for kind, wanted in ((RIGHT, 1), (WRONG, 1), (MUTANT, 2)):
        of_this_kind = [case for case in cases if case.kind == kind]
        for index in rng.permutation(len(of_this_kind)):
            outcome = try_out(of_this_kind[index], SEED, draws=1, repeats=1)
            assert not outcome.failed, (
                f"{name}, {kind}: {outcome.case.label}, by check {outcome.check} of 1, by the judge "
                f"{outcome.judge} of 1.\nAgain with MICROLEARN_SEED={SEED}\n{outcome.told}"
            )
            wanted -= outcome.fate == DIFFERENT
            if not wanted:
                break


@pytest.mark.xdist_group("a group")
def test_a_group_of_tests_shares_a_worker(request):
    """Else each worker would grade the same class and judge the same attacks once more."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("without `--dist loadgroup` workers share no groups")
    assert request.node.nodeid.endswith("@a group")
