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

from microlearn.facts import check_of


@dataclass(frozen=True)
class Answer:
    function: Callable
    right: bool
    words: str = ""


def right(function: Callable) -> Answer:
    return Answer(function, right=True)


def wrong(words: str = "") -> Callable[[Callable], Answer]:
    return lambda function: Answer(function, right=False, words=words)


def answers_to(name: str) -> dict[str, Answer]:
    """The answers to an exercise, by the name that says what is special about them."""
    slips = getattr(check_of(name), "SLIPS", {})
    by_slip = {cause: Answer(slip, right=False, words=cause) for cause, slip in slips.items()}
    if importlib.util.find_spec(f"answers.{name}") is None:
        return by_slip
    module = importlib.import_module(f"answers.{name}")
    return by_slip | {
        key: value for key, value in vars(module).items() if isinstance(value, Answer)
    }


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
