"""An answer as the facts see it: a function that may run in this process or in another one.

:class:`Answer` says what a fact may ask of an answer. :class:`InProcess` is the function that a student
has filled in; the grader has another kind, which runs in a sandbox. The facts can't tell them apart.
"""

from __future__ import annotations

import contextvars
import os
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Protocol

import numpy as np

from ..network import Network
from .errors import explained
from .yardsticks import closed

Array = np.ndarray


class Answer(Protocol):
    """What a fact may ask of an answer.

    An answer that writes into its arguments writes into copies. So it breaks only the fact that asks for
    changes, with :meth:`changed`, and no other fact works with arrays that an answer has written into.
    """

    @property
    def exercise(self) -> str:
        """The name of the exercise."""

    def __call__(self, *arguments: Any) -> Any:
        """Return what the answer returns for these arguments."""

    def many(self, times: int, *arguments: Any) -> list:
        """Call the answer so many times in a row with the same arguments; return all results."""

    def each(self, cases: Sequence[tuple]) -> Iterator:
        """What the answer returns for each of these arguments, one after the other.

        An answer in another process gets them all in one trip, which takes longer than most calls.
        """

    def changed(self, *arguments: Any) -> list[Array | list]:
        """Call the answer once; return the arrays and lists among its arguments that it changed, as
        they were before."""

    def in_words(self, error: BaseException) -> str:
        """One sentence for the student about an error that a call has raised."""


@dataclass(frozen=True)
class InProcess:
    """An answer that is a function of this process."""

    exercise: str
    function: Callable
    desk: Desk = field(default_factory=lambda: Desk())

    def __call__(self, *arguments: Any) -> Any:
        return self.many(1, *arguments)[0]

    def many(self, times: int, *arguments: Any) -> list:
        given = self.desk.lay(arguments)
        with closed(self.exercise):
            return on_a_stack_of_its_own(_calls, self.function, times, given)

    def each(self, cases: Sequence[tuple]) -> Iterator:
        for arguments in cases:
            yield self(*arguments)

    def changed(self, *arguments: Any) -> list[Array | list]:
        given = copied(arguments)
        parts: list[Array | list] = [*arrays_in(given), *lists_in(given)]
        before = [part.copy() for part in parts]
        with closed(self.exercise):
            on_a_stack_of_its_own(_calls, self.function, 1, given)
        return [
            kept for part, kept in zip(parts, before, strict=True) if not same_items(part, kept)
        ]

    def in_words(self, error: BaseException) -> str:
        """The error, with the line of the answer that raised it."""
        line, message = explained(error)
        where = f" in the line `{line}`" if line else ""
        colon = ": " if message else ""
        return f"your function raised {type(error).__name__}{where}{colon}{message}"


def error_in_one_line(error: BaseException) -> str:
    """The error's type and its message, shortened."""
    message = textwrap.shorten(str(error), 300)
    return f"{type(error).__name__}{': ' if message else ''}{message}"


def _calls(function: Callable, times: int, given: Any) -> list:
    return [kept(function(*given)) for _ in range(times)]


def kept(result: Any) -> Any:
    """A copy of what an answer has returned, since it may return the same array each time, or one that
    it was given."""
    if type(result) in (list, tuple):
        return type(result)(map(kept, result))
    return result.copy() if type(result) is np.ndarray else result


def _nothing() -> None:
    """What a thread is asked for between two calls."""


class _Caller:
    """A thread that makes calls, one after the other. New threads would take ten times as long."""

    def __init__(self) -> None:
        self._asked, self._done = threading.Lock(), threading.Lock()
        self._asked.acquire()
        self._done.acquire()
        self._call: Callable[[], Any] = _nothing
        self._returned: Any = None
        self._raised: BaseException | None = None
        self.left = False
        """Whether somebody has interrupted a call and gone: the thread ends with it."""
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while not self.left:
            self._asked.acquire()
            try:
                self._returned = self._call()
            except BaseException as error:
                self._raised = error
            self._done.release()

    def __call__(self, call: Callable[[], Any]) -> Any:
        """What the call returns; or raise what it raises."""
        self._call = call
        self._asked.release()
        try:
            self._done.acquire()
        except BaseException:
            self.left = True
            raise
        returned, raised = self._returned, self._raised
        # The next call finds nothing of this one.
        self._call, self._returned, self._raised = _nothing, None, None
        if raised:
            raise raised
        return returned


_idle: list[_Caller] = []
"""Threads that wait for a call."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # it has none of its parent's threads


def on_a_stack_of_its_own(function: Callable, *arguments: Any) -> Any:
    """Call a function in a thread, so that the frames of a fact, which hold what it draws and expects,
    are not among its callers. Without threads (in the browser's own Python) it is called here."""
    call = partial(contextvars.copy_context().run, function, *arguments)
    try:
        caller = _idle.pop()
    except IndexError:
        try:
            caller = _Caller()
        except RuntimeError:
            return call()
    try:
        return caller(call)
    finally:
        if not caller.left:
            _idle.append(caller)


def copied(given: Any) -> Any:
    """Copies of all arrays, networks and lists; anything else stays the same object."""
    if isinstance(given, list | tuple):
        return type(given)(copied(item) for item in given)
    return given.copy() if isinstance(given, np.ndarray | Network) else given


class Desk:
    """Where the arguments of a call are laid: copies, in the arrays and networks of the call before if
    these have the same form.

    So an array may be the same object as before and hold other numbers, as weights do in training. An
    answer that knows an array again by its identity meets that here.
    """

    def __init__(self) -> None:
        self._things: list[Array | Network] = []

    def lay(self, given: Any) -> Any:
        """Copies of all arrays, networks and lists; anything else stays the same object."""
        before, self._things = iter(self._things), []
        return self._laid(given, before)

    def _laid(self, value: Any, before: Iterator[Array | Network]) -> Any:
        if isinstance(value, list | tuple):
            return type(value)([self._laid(item, before) for item in value])
        if not isinstance(value, np.ndarray | Network):
            return value
        thing = next(before, None)
        if thing is None or not _fits(value, thing):
            thing = value.copy()
        else:
            for place, array in zip(arrays_in(thing), arrays_in(value), strict=True):
                place[...] = array
        self._things.append(thing)
        return thing


def _fits(value: Array | Network, thing: Array | Network) -> bool:
    """Whether the numbers of one array or network have their place in another."""
    if type(value) is not type(thing):
        return False
    if isinstance(value, Network) and isinstance(thing, Network):
        own = [f.name for f in fields(value) if f.name != "weights"]
        return (
            len(value.weights) == len(thing.weights)
            and all(getattr(value, name) == getattr(thing, name) for name in own)
            and all(map(_fits, value.weights, thing.weights))
        )
    one, other = ((a.shape, a.dtype, a.flags.writeable) for a in arrays_in([value, thing]))
    return one == other


def arrays_in(value: Any) -> list[Array]:
    """All arrays in the arguments of a call, in a fixed order."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, Network):
        return list(value.weights)
    if isinstance(value, list | tuple):
        return [array for item in value for array in arrays_in(item)]
    return []


def lists_in(arguments: tuple) -> list[list]:
    """The lists among the arguments of a call."""
    return [argument for argument in arguments if isinstance(argument, list)]


def same_items(now: Array | list, before: Array | list) -> bool:
    """Whether an array or a list is as it was.

    A list is, if it has the same arrays in it, whatever numbers are in them, and the same numbers.
    """
    if isinstance(now, np.ndarray) and isinstance(before, np.ndarray):
        return now.tobytes() == before.tobytes()
    return len(now) == len(before) and all(
        a is b or (type(a) is type(b) is int and a == b) for a, b in zip(now, before, strict=True)
    )
