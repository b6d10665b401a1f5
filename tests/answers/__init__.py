"""Answers that must pass and answers that must not: one module for each exercise.

``@right`` marks an answer in another style than the reference's; ``@wrong("words")`` one that a
student could well write, with words that the diagnosis must contain (none where no hint names it). A
wrong answer that is a single slip stands in the exercise's check, under ``SLIPS``, and counts here as
well: its words are the whole sentence.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from microlearn.checking import verdicts
from microlearn.checking.answer import Answer, InProcess
from microlearn.checking.facts import check_of
from microlearn.checking.reports import BROKEN, Report


@dataclass(frozen=True)
class Example:
    function: Callable
    right: bool
    words: str = ""


def right(function: Callable) -> Example:
    return Example(function, right=True)


def wrong(words: str = "") -> Callable[[Callable], Example]:
    return lambda function: Example(function, right=False, words=words)


def answers_to(name: str) -> dict[str, Example]:
    """The answers to an exercise, by the name that says what is special about them."""
    slips = getattr(check_of(name), "SLIPS", {})
    by_slip = {cause: Example(slip, right=False, words=cause) for cause, slip in slips.items()}
    if importlib.util.find_spec(f"answers.{name}") is None:
        return by_slip
    module = importlib.import_module(f"answers.{name}")
    return by_slip | {
        key: value for key, value in vars(module).items() if isinstance(value, Example)
    }


def until_refused(answer: Answer, seed: int | None = None, words: str = "") -> Report:
    """What ``check`` finds, until the answer is known to be wrong and these words have been said.

    Where there are none, no cause is looked for.
    """
    report = Report(answer.exercise, attempted=True)
    for verdict in verdicts(answer, seed, causes=bool(words)):
        report.verdicts.append(verdict)
        if verdict.outcome == BROKEN and words in said(report):
            break
    return report


def facts_held(name: str, function: Callable, seed: int) -> Report:
    """What ``check`` finds, except for the causes."""
    return Report(name, True, list(verdicts(InProcess(name, function), seed, causes=False)))


def said(report: Report) -> str:
    """All that a report says about what was seen, and why."""
    return " ".join(f"{v.seen} {v.cause}" for v in report.verdicts)


# In the sandbox there is no folder of answers, and of `right` and `wrong` only the function counts.
PLAIN = """
class right:
    def __init__(self, function):
        self.function = function

def wrong(words=""):
    return right

"""


def code_of(name: str, key: str) -> str:
    """The source that defines an answer under the exercise's own name, as a notebook's cell would."""
    if key in getattr(check_of(name), "SLIPS", {}):
        return f"from microlearn.checks.{name} import SLIPS\n{name} = SLIPS[{key!r}]\n"
    text = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    return (
        f"{PLAIN}{text.replace('from answers import right, wrong', '')}\n{name} = {key}.function\n"
    )
