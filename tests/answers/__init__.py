"""Answers that must pass and answers that must not: one module for each exercise.

``@right`` marks an answer in another style than the reference's; ``@wrong("words")`` one that a
student could well write, with words that the diagnosis must contain (none where no hint names it).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass


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
