"""Versions of answers: runs of two answers to one exercise are told apart, as those of two settings are.

A measure may note what it sees, and the next run begins with that: its user is told.

An answer is known by its content, which is its fingerprint: that of the cell is that of its copy. The
versions of an exercise are counted in the order in which the tables of a session tell of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from .fingerprints import fingerprint, functions, variables

Contents = Mapping[str, str]
"""From the name of each exercise to the content of its answer."""

_told: dict[str, list[str]] = {}
"""The contents of each exercise's answers, in the order of their versions."""
_began_as: dict[str, str] = {}
"""What an answer has become that changes its own variables when it runs, and what it was before."""
_change_themselves: WeakSet[Callable] = WeakSet()
"""The answers of which a run has seen it."""
_before: dict[tuple, dict[str, str | None]] = {}
"""Of measures whose variables a run has changed, by their code: what these held before the first one."""


def content(answer: Any) -> str:
    """What an answer computes, with all that it refers to now, as a text."""
    try:
        return fingerprint(answer)
    except Exception:  # it refers to what can't be written down, such as an open file
        code = getattr(answer, "__code__", None)
        return fingerprint(code) if code else f"{type(answer).__qualname__} {id(answer)}"


def contents(answers: Mapping[str, Any]) -> dict[str, str]:
    """The content of each answer, as it was before runs have changed it."""
    found = {name: content(answer) for name, answer in answers.items()}
    return {name: _began_as.get(now, now) for name, now in found.items()}


class Begun:
    """The answers with which a run began.

    Attributes
    ----------
    contents : from the name of each exercise to the content of its answer
        Some answers count calls or remember values: what a run itself changes makes no new version.
    """

    def __init__(self, answers: Mapping[str, Callable]) -> None:
        self._answers, self.contents = {**answers}, contents(answers)

    def first_update(self) -> None:
        """Look whether the answers change themselves; to be called after the first update."""
        if changed := self._changed():  # to look once more would cost time at each key
            for name in changed:
                with suppress(TypeError):  # an object may be one that can't be in a set
                    _change_themselves.add(self._answers[name])
            self.end()

    def end(self) -> list[str]:
        """The names of the answers that somebody else has changed while the run was under way."""
        others = []
        for name in self._changed():
            answer = self._answers[name]
            if changes_itself(answer):
                _began_as[content(answer)] = self.contents[name]
            else:
                others.append(name)
        return others

    def _changed(self) -> list[str]:
        return differing(self.contents, contents(self._answers))


def changes_itself(answer: Any) -> bool:
    """Whether a run has seen that an answer changes its own variables, or might do so unseen."""
    try:
        return answer in _change_themselves
    except TypeError:
        return True


def differing(some: Contents, others: Contents) -> list[str]:
    """The exercises to which both have an answer, and not the same."""
    return [name for name, was in some.items() if others.get(name, was) != was]


def is_told(name: str) -> bool:
    """Whether a table of this session has told of something under this name."""
    return name in _told


def told(answers: Contents) -> str:
    """In words, the answers that are not the first of which this session's tables tell; else nothing."""
    words = []
    for name, found in answers.items():
        known = _told.setdefault(name, [])
        if found not in known:
            known.append(found)
        if known.index(found):
            words.append(f"version {known.index(found) + 1} of {name}")
    return ", ".join(words)


def note(measures: Any, held: Mapping[str, str | None]) -> None:
    """Keep in mind what those variables of measures held that a run has changed."""
    if held:
        code = _codes(measures)
        _before[code] = {**held, **_before.get(code, {})}  # what was before the first run stays


def say_what_is_left(measures: Any) -> None:
    """Warn if measures begin a run with what measuring an earlier one has left in their variables."""
    if before := _before.get(_codes(measures)):
        now = variables(measures)
        if left := min(
            (name for name, first in before.items() if now.get(name) != first), default=""
        ):
            warnings.warn(
                f"A measure refers to {left}, which has changed in an earlier run, and begins with what "
                "that has left: if its values depend on it, set that back before each run.",
                stacklevel=4,
            )


def say_what_has_several_names(things: Iterable[Any]) -> None:
    """Warn if rules, losses or activations have everything but their names in common."""
    alike: dict[str, list[str]] = {}
    for thing in things:
        same = content((type(thing), {**vars(thing), "name": None, "title": None}))
        alike.setdefault(same, []).append(thing.name)
    if names := next((names for names in alike.values() if len(names) > 1), []):
        warnings.warn(
            f"{' and '.join(names)} are one thing under {len(names)} names, with the same numbers: a "
            "function that is made in a loop needs a default for what differs, as in `def f(y, k=k)`.",
            stacklevel=3,
        )


def _codes(measures: Any) -> tuple:
    return tuple(function.__code__ for function in functions(measures))
