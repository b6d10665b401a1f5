"""The mutation suite: every wrong answer is refused and every right one accepted, by check and judge.

    python tests/mutation.py                        all exercises (`make mutants`)
    python tests/mutation.py backprop forward       these alone
    python tests/mutation.py --seed 7               the same draws again

Wrong answers are those written by hand in ``answers/`` and the mutants that :mod:`mutants` makes of the
reference. Each is held against fresh draws five times by ``check`` and five times by the judge, and may
be accepted by neither at any time; nine in ten of those written by hand must be told what is wrong with
them. Each right answer must be accepted fifty times in fifty by both.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from unittest import mock

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mutants import DIFFERENT, SAME, STILLBORN, Mutant, defined, fate, mutants_of

from answers import answers_to, code_of, said, until_refused
from grader import bubblewrap
from grader.judge import AnswerFailed, boxed, verdict
from grader.sandbox import Box
from microlearn.checking.answer import InProcess
from microlearn.checking.reports import Report
from microlearn.exercises import exercise_names

DRAWS, REPEATS = 5, 50
RIGHT, WRONG, MUTANT = "right", "wrong", "mutant"
HINTED = 0.9
JUDGED_BY_ONE_PROCESS = 10  # so many fit well into the seconds that an answer has in the sandbox


@dataclass(frozen=True)
class Case:
    """An answer to try: its kind, what it is called, and its source for the sandbox."""

    name: str
    kind: str
    label: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """What became of a case: how often each accepted it, and whether the hint always named it."""

    case: Case
    fate: str = DIFFERENT
    tried: int = 0
    check: int = 0
    judge: int = 0
    hinted: bool = False
    told: str = ""

    @property
    def failed(self) -> bool:
        expected = self.tried if self.case.kind == RIGHT else 0
        return self.fate == DIFFERENT and not self.check == self.judge == expected


def cases_of(name: str) -> list[Case]:
    """All answers to an exercise: right, wrong, and mutants."""
    written = [
        Case(name, RIGHT if answer.right else WRONG, key, code_of(name, key))
        for key, answer in answers_to(name).items()
    ]
    return written + [Case(name, MUTANT, m.change, m.source) for m in mutants_of(name)]


def try_out(
    case: Case, seed: int, draws: int = DRAWS, repeats: int = REPEATS, box: Box | None = None
) -> Outcome:
    """Hold an answer against so many fresh draws of both, ``repeats`` if it is a right one.

    The judge has it in that box, else in one of its own.
    """
    times = repeats if case.kind == RIGHT else draws
    seeds = [
        int(s) for s in np.random.SeedSequence([seed, len(case.source)]).generate_state(2 * times)
    ]
    if case.kind == MUTANT:
        kind = fate(case.name, Mutant(case.source, case.label))
        if kind != DIFFERENT:
            return Outcome(case, kind)
        function, words = defined(case.name, case.source), ""
    else:
        answer = answers_to(case.name)[case.label]
        function, words = answer.function, answer.words
    checked = [until_refused(InProcess(case.name, function), s, words) for s in seeds[:times]]
    judged = list(_judged(case, seeds[times:], box))
    surprise = [r for r in checked + judged if r.passed != (case.kind == RIGHT)]
    return Outcome(
        case,
        DIFFERENT,
        times,
        sum(r.passed for r in checked),
        sum(r.passed for r in judged),
        bool(words) and all(words in said(r) for r in checked),
        str(surprise[0]) if surprise else "",
    )


def _judged(case: Case, seeds: list[int], box: Box | None) -> Iterator[Report]:
    while seeds:
        now, seeds = seeds[:JUDGED_BY_ONE_PROCESS], seeds[JUDGED_BY_ONE_PROCESS:]
        try:
            # A slip stands in the check, which a box does not show to an answer.
            with (
                mock.patch.object(bubblewrap, "HIDDEN", ()),
                boxed(case.name, case.source, box=box) as answer,
            ):
                for seed in now:
                    wrong = None if case.kind == RIGHT else until_refused(answer, seed)
                    refused = wrong is not None and not wrong.passed
                    yield wrong if refused else verdict(answer, seed)
        except AnswerFailed:
            yield from (Report(case.name, True) for _ in now)


def try_out_in_one_box(cases: list[Case], *how: int) -> list[Outcome]:
    """As :func:`try_out`, for several answers one after the other."""
    with Box() as box:
        return [try_out(case, *how, box) for case in cases]


def table(outcomes: list[Outcome]) -> str:
    """A line for each exercise."""
    lines = [
        f"{'':32}{'right':>6}{'accepted by':>16}{'wrong':>7}{'hinted':>7}{'refused by':>14}"
        f"{'mutants':>9}{'refused by':>14}{'same':>6}{'stillborn':>10}",
        f"{'':32}{'':>6}{'check':>8}{'judge':>8}{'':>7}{'':>7}{'check':>7}{'judge':>7}"
        f"{'':>9}{'check':>7}{'judge':>7}",
    ]
    for name in sorted({o.case.name for o in outcomes}):
        mine = [o for o in outcomes if o.case.name == name]
        right, wrong, mutants = (
            [o for o in mine if o.case.kind == k] for k in (RIGHT, WRONG, MUTANT)
        )
        live = [o for o in mutants if o.fate == DIFFERENT]
        lines.append(
            f"{name:32}{len(right):6}{sum(o.check == o.tried for o in right):8}"
            f"{sum(o.judge == o.tried for o in right):8}{len(wrong):7}"
            f"{sum(o.hinted for o in wrong):7}{sum(not o.check for o in wrong):7}"
            f"{sum(not o.judge for o in wrong):7}{len(live):9}{sum(not o.check for o in live):7}"
            f"{sum(not o.judge for o in live):7}{sum(o.fate == SAME for o in mutants):6}"
            f"{sum(o.fate == STILLBORN for o in mutants):10}"
        )
    return "\n".join(lines)


def _in_boxes(cases: list[Case]) -> Iterator[list[Case]]:
    """A right answer, which is tried so often, alone; others of an exercise by the dozen."""
    for (_, right), group in groupby(cases, lambda case: (case.name, case.kind == RIGHT)):
        some = list(group)
        size = 1 if right else 12
        yield from (some[i : i + size] for i in range(0, len(some), size))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="exercises (all of them)", metavar="exercise")
    parser.add_argument(
        "--seed", type=int, default=int.from_bytes(os.urandom(4)), help="of all draws"
    )
    parser.add_argument("--draws", type=int, default=DRAWS, help="for each wrong answer")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="for each right answer")
    parser.add_argument("--kinds", nargs="+", default=[RIGHT, WRONG, MUTANT], metavar="kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    names = options.names or exercise_names()
    cases = [case for name in names for case in cases_of(name) if case.kind in options.kinds]
    print(f"{len(cases)} answers to hold against check and judge", flush=True)
    how = options.seed, options.draws, options.repeats
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(options.jobs) as pool, tqdm(total=len(cases), disable=None) as bar:
        waiting = [pool.submit(try_out_in_one_box, some, *how) for some in _in_boxes(cases)]
        for w in as_completed(waiting):
            outcomes += w.result()
            bar.update(len(w.result()))
            for o in filter(lambda o: o.failed, w.result()):  # nobody should wait an hour for it
                tqdm.write(
                    f"{o.case.name}: a {o.case.kind} answer, {o.case.label}\naccepted {o.check} times "
                    f"in {o.tried} by check, {o.judge} by the judge\n{o.told}\n"
                )
    print(table(outcomes), flush=True)
    silent = [o for o in outcomes if o.case.kind == WRONG and not o.hinted]
    for o in silent:
        print(f"not named: {o.case.name}, {o.case.label}")
    wrong = [o for o in outcomes if o.case.kind == WRONG]
    too_silent = len(silent) > (1 - HINTED) * len(wrong)
    return int(any(o.failed for o in outcomes) or too_silent)


if __name__ == "__main__":
    sys.exit(main())
