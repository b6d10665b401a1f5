"""``check("name")``: is the answer right, and if not, which fact does it break?

The facts of an exercise (:mod:`microlearn.checking.facts`) are tried one after the other, each with its
own random numbers. The outcome is a report (:mod:`microlearn.checking.reports`).
"""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FunctionType

import numpy as np

from ..exercises import (
    Copied,
    as_it_stands,
    copy_of,
    filled,
    given_for,
    is_attempted,
    misplaced,
    name_of,
    note_check,
    note_copy,
    overtaken,
    provenance,
    stub,
    unproved,
)
from ..kept import may_keep
from ..numbers import whole
from ..threads import ONE_BLAS_THREAD
from .answer import Answer, InProcess, error_in_one_line
from .facts import Broken, Fact, FaultyFact, check_of, facts_of
from .reports import BROKEN, HOLDS, NOT_REACHED, Report, Verdict, cell_now
from .trial import OnTrial, kind_of
from .watch import TooSlow, Watch

AT_FAULT = "the check itself is at fault"


def check(
    name: str | Callable = "", answer: Callable | None = None, seed: int | None = None
) -> Report:
    """Hold the answer filled in under ``name`` against the facts of that exercise.

    Where this session has none, the one kept in ``my_rules/`` is checked, and the report says so;
    inside ``with answers(...)``, what that gives.
    What its first call prints is printed, once. An answer that computes for over 10 seconds is stopped.
    A notebook shows each report that its cell drops without a look at it, as in a loop over checks; one
    that is kept in a variable is shown when it is asked for.

    Parameters
    ----------
    name : str or function
        The name of the exercise; or a function of that name, which is checked.
    answer : callable, optional
        Check this function instead of the one filled in.
    seed : int, optional
        Draw the same networks and noise again; by default they are fresh each time.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    TypeError
        If ``answer`` is not a function, but for example what a call of it returned; or if ``name`` is
        neither a name nor a function, or ``seed`` no number.
    ValueError
        If ``seed`` is no whole number of 0 or more.
    """
    return replace(_report(name, answer, seed), unseen_in=cell_now())


def _report(name: str | Callable, answer: Callable | None, seed: int | None) -> Report:
    exercise = name_of(name)
    check_of(exercise)  # raises, if it has none
    answer = name if answer is None and callable(name) else answer
    own = filled(exercise)
    answer = given_for(exercise) if answer is None else answer
    answer = own if answer is None else answer
    if answer is not None and not callable(answer):
        raise TypeError(
            f"check takes the function itself, and was given a {type(answer).__name__}. Leave out the "
            f'brackets behind its name: check("{exercise}", {exercise})'
        )
    seed = seed if seed is None else whole("seed", seed, least=0)
    copied = Copied()
    # (nbgrader grades the notebook alone.)
    if _is_gap(exercise, answer) and answer is own and may_keep():
        copied = copy_of(exercise)
        answer = copied.function or answer
    if answer is None or _is_gap(exercise, answer):
        other = overtaken(exercise)
        why = [copied.damaged.strip(), other and f"But {other}"]
        return Report(exercise, attempted=False, checked=" ".join(filter(None, why)))
    began = as_it_stands(exercise) if answer is own else None
    with Watch(answer) as watch, no_new_figures():
        found = list(verdicts(InProcess(exercise, watch), seed))
    broken = next((i for i, verdict in enumerate(found) if verdict.outcome == BROKEN), None)
    expected = [*inspect.signature(stub(exercise)).parameters]
    if broken is not None and (words := misplaced(exercise, answer, expected)):
        found[broken] = replace(found[broken], cause=words)
    if watch.printed:
        print(f"The first call of {exercise} printed:\n{watch.printed}")
    if copied.function:
        about = provenance(exercise, copied)
        report = Report(exercise, True, found, about, handed_in=own is None)
        note_copy(copied, report.passed)
        return report
    if answer is not own:
        return Report(
            exercise, True, found, "Checked: the function that was given. It is not filled in."
        )
    report = Report(exercise, True, found, provenance(exercise))
    if not report.passed and (earlier := unproved(exercise)):
        has, them = ("has", "that") if len(earlier) == 1 else ("have", "these")
        names = " and ".join(earlier)
        doubt = f" It uses your {names}, which {has} not passed the check: mend {them} first."
        report = replace(report, checked=report.checked + doubt)
    note_check(exercise, report.passed, began)
    return report


def _is_gap(exercise: str, answer: Callable | None) -> bool:
    """Whether there is no answer, or the stub alone."""
    return answer is None or (
        isinstance(answer, FunctionType) and not is_attempted(exercise, answer)
    )


def verdicts(answer: Answer, seed: int | None = None, causes: bool = True) -> Iterator[Verdict]:
    """The verdict on each fact of the answer's exercise, as :func:`check` reports them; if nobody asks
    for ``causes``, the likely ones are neither tried nor said."""
    facts, shut = facts_of(answer.exercise), False
    tried: dict[str, str] | None = {} if causes else None
    sources = np.random.SeedSequence(seed).spawn(len(facts))
    for fact, source in zip(facts, sources, strict=True):
        if shut:
            yield Verdict(fact, NOT_REACHED)
            continue
        with quiet():
            verdict = _verdict(fact, answer, np.random.default_rng(source), tried)
        shut = (fact.gate and verdict.outcome == BROKEN) or verdict.ends
        yield verdict


def _verdict(
    fact: Fact, answer: Answer, rng: np.random.Generator, tried: dict[str, str] | None
) -> Verdict:
    """The verdict on one fact. A cause that another fact has named is not ``tried`` again."""
    trial = OnTrial(answer)
    try:
        fact.test(trial, rng)
    except Broken as broken:
        from ..laws.diagnosis import confirmed  # the laws are written in terms of this package

        if tried is None:
            return Verdict(fact, BROKEN, broken.seen)
        if broken.cause not in tried:
            tried[broken.cause] = confirmed(answer, broken.cause, rng)
        return Verdict(fact, BROKEN, broken.seen, tried[broken.cause])
    except TooSlow as slow:
        return Verdict(fact, BROKEN, slow.seen, slow.cause, ends=True)
    except (Exception, SystemExit) as error:
        return Verdict(fact, BROKEN, *_what_stopped_it(error, trial))
    if trial.not_finite and not fact.nan:
        return Verdict(fact, BROKEN, "your function returned something that is not a finite number")
    return Verdict(fact, HOLDS)


def _what_stopped_it(error: BaseException, trial: OnTrial) -> tuple[str, str]:
    """What was seen where a fact ended in an error, and the likely cause."""
    own_fault = isinstance(
        error, FaultyFact | NameError | ImportError | SyntaxError | AssertionError
    )
    if own_fault and error is not trial.raised:  # whatever the answer returned, it is not to blame
        return (
            f"{AT_FAULT}, and your function is not: {error_in_one_line(error)}",
            "please tell your teacher, or whoever wrote the check",
        )
    if type(error) is NotImplementedError:  # not a subclass: input() raises one in a notebook
        return (
            "the function stopped at `raise NotImplementedError()`",
            "take that line out once your own lines stand in its place",
        )
    if error is trial.raised:
        return trial.in_words(error), ""
    return (
        f"your function returned {kind_of(trial.returned)}, which this fact can't be tried with: "
        f"{error_in_one_line(error)}",
        "look at what the docstring says under Returns",
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow what an answer prints, warns or displays while it is called thousands of times.

    In nbgrader one line on stderr would turn full marks into none.
    """
    sink = io.StringIO()
    with (
        _no_pictures(),
        ONE_BLAS_THREAD,  # the products are small, and a second thread would only wait
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(sink),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _no_pictures() -> contextlib.AbstractContextManager:
    """In a notebook, hide what is displayed; elsewhere do nothing."""
    if "IPython" not in sys.modules:
        return contextlib.nullcontext()
    from IPython.utils.capture import capture_output

    return capture_output(stdout=False, stderr=False)


@contextlib.contextmanager
def no_new_figures() -> Iterator[None]:
    """Close the figures that are opened inside: a notebook would show each of them below the report."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    before = set(pyplot.get_fignums()) if pyplot else set()
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        for number in set(pyplot.get_fignums()) - before:
            pyplot.close(number)


_hints_asked: dict[str, int] = {}


def hint(name: str | Callable = "") -> None:
    """Print the next hint for an exercise: a question to think about, the idea, nearly the line.

    Raises
    ------
    NotAnExercise, TypeError
        As :func:`check`.
    """
    name = name_of(name)
    hints = check_of(name).HINTS
    step = min(_hints_asked.get(name, 0) + 1, len(hints))
    _hints_asked[name] = step
    print(f"Hint {step} of {len(hints)} for {name}: {hints[step - 1]}")
