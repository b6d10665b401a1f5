"""Answers that must pass and answers that must not: one module for each exercise.

``@right`` marks an answer in another style than the reference's; ``@wrong("words")`` one that a
student could well write, with words that the diagnosis must contain (none where no hint names it).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


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
    try:
        module = importlib.import_module(f"answers.{name}")
    except ModuleNotFoundError:
        return {}
    return {key: value for key, value in vars(module).items() if isinstance(value, Answer)}


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
    text = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    return (
        f"{PLAIN}{text.replace('from answers import right, wrong', '')}\n{name} = {key}.function\n"
    )
