"""A fact: one law that any right answer to an exercise obeys.

``microlearn/checks/name.py`` has the facts of an exercise. Each is a function: its docstring is the
sentence that teaches, and it raises :class:`Broken` to say what was seen and what the likely cause is.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from ..exercises import stub
from .answer import Answer


class Broken(Exception):
    """A fact does not hold. ``seen`` says what the answer did, ``cause`` the likeliest reason."""

    def __init__(self, seen: str, cause: str = "") -> None:
        super().__init__(seen)
        self.seen, self.cause = seen, cause


Test = Callable[[Answer, np.random.Generator], None]


@dataclass(frozen=True)
class Fact:
    """One law that a right answer obeys.

    Attributes
    ----------
    sentence : str
        The law, in one sentence.
    test : callable
        ``test(answer, rng)`` raises :class:`Broken` where ``answer`` breaks the law.
    points : int
        Its share of the exercise's points.
    gate : bool
        If it is broken, the facts after it make no sense and are not tried.
    supporting : bool
        It earns its points only if another fact holds that is not supporting. Supporting facts say how
        the answer behaves (shapes, inputs left alone), or are laws that an answer of zeros obeys too.
    nan : bool
        It asks for "not a number". An answer that returns NaN breaks every other fact.
    """

    sentence: str
    test: Test
    points: int = 1
    gate: bool = False
    supporting: bool = False
    nan: bool = False


def fact(
    points: int = 1, *, gate: bool = False, supporting: bool = False, nan: bool = False
) -> Callable[[Test], Fact]:
    """Turn ``test(answer, rng)`` into a :class:`Fact` whose sentence is the test's docstring.

    A gate is always supporting.
    """

    def wrap(test: Test) -> Fact:
        sentence = " ".join((test.__doc__ or "").split())
        return Fact(sentence, test, points, gate, supporting or gate, nan)

    return wrap


def check_of(name: str) -> ModuleType:
    """The module ``microlearn.checks.name``: the facts of an exercise, and what belongs to them.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    """
    stub(name)
    return importlib.import_module(f"microlearn.checks.{name}")


def facts_of(name: str) -> list[Fact]:
    """The facts of an exercise, in the order in which its module defines them."""
    return [value for value in vars(check_of(name)).values() if isinstance(value, Fact)]
