"""A fact: one law that any right answer to an exercise obeys.

``microlearn/checks/name.py`` has the facts of an exercise. Each is a function: its docstring is the
sentence that teaches, and it raises :class:`Broken` to say what was seen and what the likely cause is.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from types import FunctionType, ModuleType

import numpy as np

from ..exercises import stub
from ..numbers import whole
from .answer import Answer


class FaultyFact(Exception):
    """A fact is not written as one, so that it says nothing about an answer."""


class Broken(Exception):
    """A fact does not hold. ``seen`` says what the answer did, ``cause`` the likeliest reason."""

    def __init__(self, seen: str = "", cause: str = "") -> None:
        if not (isinstance(seen, str) and seen and isinstance(cause, str)):
            raise FaultyFact(
                f"Broken({seen!r}, {cause!r}) does not say in words what was seen, and its likely cause"
            )
        super().__init__(seen)
        self.seen, self.cause = seen, cause


Test = Callable[[Answer, np.random.Generator], object]


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

    Raises
    ------
    TypeError, ValueError
        If ``points`` is no whole number of 1 or more, or the test has no docstring or other arguments.
    """
    if callable(points):
        raise TypeError(f"@fact above {_named(points)} needs brackets: @fact(), or @fact(2).")
    points = whole("points", points, least=1)

    def wrap(test: Test) -> Fact:
        sentence = " ".join((test.__doc__ or "").split())
        if not sentence:
            raise TypeError(f"{_named(test)} has no docstring, and that is what a fact says.")
        if not _is_law(test):  # else the student is blamed for what the wrong one of them does
            raise TypeError(
                f"{_named(test)} is no fact: its arguments are (answer, rng), in this order."
            )

        @wraps(test)
        def tried(answer: Answer, rng: np.random.Generator) -> None:
            # Else a fact that returns what it should raise would hold for every answer.
            if (returned := test(answer, rng)) is not None:
                raise FaultyFact(
                    f"{_named(test)} returns {returned!r}, and a fact returns nothing: where it does "
                    "not hold, it raises Broken(what_was_seen, likely_cause)"
                )

        return Fact(sentence, tried, points, gate, supporting or gate, nan)

    return wrap


def _is_law(test: Callable) -> bool:
    return [*inspect.signature(test).parameters] == ["answer", "rng"]


def _named(test: Callable) -> str:
    return getattr(test, "__name__", repr(test))


def check_of(name: str) -> ModuleType:
    """The module ``microlearn.checks.name``: the facts of an exercise, and what belongs to them.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    LookupError
        If the exercise has no such module, or that has no hints or no facts, or a law that is none.
    """
    stub(name)
    module, file = f"microlearn.checks.{name}", f"microlearn/checks/{name}.py"
    try:
        check = importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        raise LookupError(
            f"{name} is an exercise without a check: write {file} (see CONTRIBUTING.md)."
        ) from None
    hints = getattr(check, "HINTS", None)
    if (
        not isinstance(hints, tuple | list)
        or not hints
        or not all(isinstance(hint, str) for hint in hints)
    ):
        raise LookupError(f"{file} needs HINTS, a tuple of three texts with a comma behind each.")
    if not any(isinstance(value, Fact) for value in vars(check).values()):
        raise LookupError(f"{file} has no facts: write @fact() above each of its functions.")
    for name, law in vars(check).items():
        # What a check shares out has no docstring, or is in microlearn.laws.
        own = isinstance(law, FunctionType) and law.__module__ == check.__name__ and law.__doc__
        if own and _is_law(law):
            raise LookupError(
                f"{file}: {name} has no @fact() above it, so no answer is tried by it."
            )
    return check


def facts_of(name: str) -> list[Fact]:
    """The facts of an exercise, in the order in which its module defines them."""
    return [value for value in vars(check_of(name)).values() if isinstance(value, Fact)]
