"""The package's own answers to some exercises: closed while a student's answer to that exercise runs.

Lesson 00 asks for the forward pass, and the engine has one. Rules may use it, but an answer that calls
it where the exercise *is* the forward pass has computed nothing itself. What is closed is the function,
under every name that it has been imported by.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, FunctionType

from .. import gradients, losses, metrics
from ..losses import Loss
from ..network import Network

GRADIENTS = (
    gradients.descent_direction,
    gradients.finite_differences,
    gradients.finite_difference_signals,
)

YARDSTICKS: dict[str, tuple[Callable, ...]] = {
    "forward": (Network.forward,),
    "mean_squared_error": (Loss.mean, losses._half_squared_error),
    "backprop": GRADIENTS,
    "convolutional_backprop": GRADIENTS,
    "cosine_similarity": (metrics.cosine_similarity,),
    "signal_to_noise": (metrics.signal_to_noise, metrics.Moments.signal_to_noise),
}
"""For each exercise the functions of the package that compute what it asks for."""


class Closed(RuntimeError):
    """An answer has called the package's own answer to its exercise."""


_running: ContextVar[str] = ContextVar("the exercise whose answer runs", default="")
_own_code: dict[str, tuple[Callable, set[str]]] = {}
"""Each function that can be closed, as it was, and the exercises for which it is."""


@contextmanager
def closed(exercise: str) -> Iterator[None]:
    """Close an exercise's yardsticks to all that runs inside. Other threads, such as one that trains for
    a live panel, go on using them."""
    for function in YARDSTICKS.get(exercise, ()):
        if isinstance(function, FunctionType):
            _make_closable(function, exercise)
    token = _running.set(exercise)
    try:
        yield
    finally:
        _running.reset(token)


def call(key: str, arguments: tuple, named: dict) -> object:
    """Call a function that can be closed.

    Raises
    ------
    Closed
        If the answer runs to which the function is the package's own.
    """
    function, exercises = _own_code[key]
    if (exercise := _running.get()) in exercises:
        raise Closed(
            f"{function.__qualname__} is the package's own {exercise}, and is closed while yours is "
            "checked: write what it computes in your own lines"
        )
    return function(*arguments, **named)


def _make_closable(function: FunctionType, exercise: str) -> None:
    """Give a function new code, which asks first. So it is closed even where it
    was imported before."""
    key = f"{function.__module__}.{function.__qualname__}"
    if key in _own_code:
        _own_code[key][1].add(exercise)
        return
    signature = inspect.signature(function)
    was = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__
    )
    was.__kwdefaults__ = function.__kwdefaults__
    was.__qualname__ = function.__qualname__
    _own_code[key] = was, {exercise}
    function.__defaults__ = function.__kwdefaults__ = None
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__code__ = _asks_first(key).replace(
        co_filename=was.__code__.co_filename,
        co_name=was.__code__.co_name,
        co_firstlineno=was.__code__.co_firstlineno,
    )


def _asks_first(key: str) -> CodeType:
    scope: dict = {}
    exec(
        "def asks(*arguments, **named):\n"
        f"    from {__name__} import call\n"
        f"    return call({key!r}, arguments, named)\n",
        scope,
    )
    return scope["asks"].__code__
