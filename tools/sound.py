"""Whether the check of an exercise is sound: the reference obeys it, and what is wrong does not.

    python tools/sound.py COURSE STUBS NAME...

What ``make notebooks`` runs for exercises of one's own, before it replaces anything; those of the course
are held by the tests, which ask the same function. The stubs are those that the build has just made.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from itertools import chain, repeat
from textwrap import shorten
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from microlearn.checking.reports import Verdict

SEEDS = (0, *range(9))
"""Of what is drawn: the first one twice."""
NOTED = 20
"""Calls of each fact, since some make thousands."""
LEAST, MOST, SECONDS = 30, 200, 3.0
"""Draws of a check for each answer that it must always tell: at least, at most, and for how long."""


def fault_of(name: str) -> str:
    """What is wrong with an exercise, and what to do, in one sentence; nothing, if it is sound.

    The reference must obey each fact, and be like itself where the grader draws. What is drawn must
    depend on ``rng`` and on nothing else, and no constant must obey each fact that earns points. Each
    slip must break a fact, and each fact that earns points by itself must be broken by a slip, or by an
    answer that is always 0, 1 or −1. The draws are fixed: a fault that is seen once is seen again.
    """
    from autograde_tests import hidden_test
    from microlearn.checking import AT_FAULT, quiet
    from microlearn.checking.answer import InProcess, error_in_one_line
    from microlearn.checking.facts import check_of, facts_of
    from microlearn.checking.reports import BROKEN, HOLDS
    from microlearn.exercises import reference
    from microlearn.fingerprints import fingerprint
    from microlearn.laws.inputs import any_allowed, parameters

    file = f"microlearn/checks/{name}.py"
    try:
        slips, right = getattr(check_of(name), "SLIPS", {}), reference(name)
    except (Exception, SystemExit) as error:  # whatever a file does when it is imported
        return f"{name}: its check or its reference can't be used, {error_in_one_line(error)}"
    for verdict in _tried(name, right):
        if verdict.outcome == BROKEN:
            return (
                f"{name}: its reference breaks the fact {verdict.fact.sentence!r} ({verdict.seen}): "
                f"mend solutions/{name}.py, or that fact in {file}"
            )
    try:
        with quiet():
            hidden_test(name)(InProcess(name, right), right, np.random.default_rng(0))
            drawn = [fingerprint(any_allowed(name, np.random.default_rng(seed))) for seed in SEEDS]
    except Exception as error:
        return (
            f"{name}: beside itself, as the grader holds answers, its reference fails "
            f"({error_in_one_line(error)}): does draw(rng) in {file} return the tuple of its arguments?"
        )
    unbroken = [fact for fact in facts_of(name) if not fact.supporting]
    if not unbroken:
        return f"{name}: all its facts are supporting, so right answers earn nothing: see {file}"
    calls = [_calls(name, right, seed) for seed in (0, 0, 1)]
    met = [[call for call, _ in called] for called in calls]
    for what, first, again in (
        ("draw(rng)", *drawn[:2]),
        ("what a fact gives an answer", *met[:2]),
    ):
        if first != again:
            return f"{name}: {what} differs for the same rng: let {file} draw from that alone"
    if parameters(name) and len({*drawn}) == 1:
        return f"{name}: draw(rng) is the same for each rng: let it draw from rng, in {file}"
    for cause, wrong in chain(zip(repeat(""), _always_the_same(right)), slips.items()):
        broken = []
        for verdict in _tried(name, wrong):
            if verdict.outcome != BROKEN:
                continue
            if verdict.seen.startswith(AT_FAULT):
                return f"{name}: {verdict.fact.sentence!r}: {verdict.seen}: mend it in {file}"
            broken.append(verdict)
            raised = "your function raised" in verdict.seen
            unbroken = [fact for fact in unbroken if fact is not verdict.fact]
            if cause and not (raised or unbroken):  # no other fact need be tried
                break
        if cause and broken and all("your function raised" in verdict.seen for verdict in broken):
            error = broken[0].seen.removeprefix("your function ")
            return f"{name}: its slip {cause!r} {error}; it must return a wrong answer: see {file}"
        if cause and not broken:
            return (
                f"{name}: its slip {cause!r} breaks no fact, so check would call it right: write a fact "
                f"that it breaks (does each one `raise Broken(…)`?), or take the slip out of {file}"
            )
    if unbroken:
        return (
            f"{name}: neither a slip nor an answer that is always 0 or 1 breaks the fact "
            f"{unbroken[0].sentence!r}: let it `raise Broken(…)`, or mark it supporting=True, in {file}"
        )
    if parameters(name) and calls[2]:
        _, once = calls[2][0]
        tried = [v for v in _tried(name, lambda *given: once) if not v.fact.supporting]
        if all(verdict.outcome == HOLDS for verdict in tried):
            return (
                f"{name}: an answer that is always {shorten(str(once), 40)} obeys each fact that earns "
                f"points: let these draw what they ask about from rng, in {file}"
            )
    return ""


def fault_of_some_draws(name: str) -> str:
    """The same of a sound exercise, if its facts refuse the reference in some draws, or let a slip pass.

    What happens in one draw of ten is missed once in 24 exercises, and in one of five once in 800.
    """
    from microlearn.checking.facts import check_of
    from microlearn.checking.reports import BROKEN
    from microlearn.exercises import reference

    file = f"microlearn/checks/{name}.py"
    for cause, answer in {"": reference(name), **getattr(check_of(name), "SLIPS", {})}.items():
        broken: list[Verdict | None] = []
        began = perf_counter()
        while len(broken) < LEAST or (len(broken) < MOST and perf_counter() - began < SECONDS):
            tried = _tried(name, answer, seed=len(broken))
            broken.append(next((v for v in tried if v.outcome == BROKEN), None))
        refused = [verdict for verdict in broken if verdict]
        if cause and len(refused) < len(broken):
            return (
                f"{name}: its slip {cause!r} breaks no fact in {len(broken) - len(refused)} of "
                f"{len(broken)} draws, so check would call it right there: let a fact try it on more, "
                f"or take the slip out of {file}"
            )
        if refused and not cause:
            return (
                f"{name}: its reference breaks the fact {refused[0].fact.sentence!r} in "
                f"{len(refused)} of {len(broken)} draws ({refused[0].seen}): mend that fact in {file}"
            )
    return ""


def _tried(name: str, answer: Callable, seed: int = 0) -> Iterator[Verdict]:
    """The verdict on each fact; no cause is looked for."""
    from microlearn.checking import verdicts
    from microlearn.checking.answer import InProcess
    from microlearn.checking.watch import Watch

    with Watch(answer) as watch:
        yield from verdicts(InProcess(name, watch), seed=seed, causes=False)


def _calls(name: str, right: Callable, seed: int) -> list[tuple[str, Any]]:
    """What the facts that earn points by themselves ask for, and what they get, call by call."""
    from microlearn.checking.answer import kept
    from microlearn.fingerprints import fingerprint

    calls: list[tuple[str, Any]] = []
    of_one: list[tuple[str, Any]] = []

    def noted(*given: Any) -> Any:
        if len(of_one) >= NOTED:
            return right(*given)
        asked = fingerprint(given)
        of_one.append((asked, kept(right(*given))))
        return kept(of_one[-1][1])

    for verdict in _tried(name, noted, seed):
        calls += [] if verdict.fact.supporting else of_one
        of_one.clear()
    return calls


def _always_the_same(right: Callable) -> Iterator[Callable]:
    """Answers whose numbers are all 0, all 1 or all −1, in the form of the right one."""

    def filled(value: Any, number: float) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(filled(item, number) for item in value)
        return None if value is None else np.full(np.shape(value), number)[()]

    for number in (0.0, 1.0, -1.0):
        yield lambda *given, number=number: filled(right(*given), number)


def main() -> int:
    course, stubs, *names = sys.argv[1:]
    sys.path.insert(0, course)
    from microlearn import stubs as package

    package.__path__.insert(0, stubs)
    with redirect_stdout(io.StringIO()):  # a check may print when it is imported
        faults = (fault_of(name) or fault_of_some_draws(name) for name in names)
        fault = next(filter(None, faults), "")
    print(fault, end="")
    return bool(fault)


if __name__ == "__main__":
    sys.exit(main())
