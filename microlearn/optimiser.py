"""From an update to a step: momentum, weight decay, and a learning rate that changes as it goes."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .numbers import array, number, said

Array = np.ndarray
Schedule = Callable[[float], float]
"""From the fraction of the run that is done, 0 to 1, to a factor on the learning rate."""


def require_schedule(name: str, schedule: Any) -> None:
    """Raise TypeError unless it can be called with the fraction of a run that is done."""
    try:
        signature = inspect.signature(schedule)
        signature.bind(0.0)
    except ValueError:  # Python does not know what a function of another language takes
        return
    except TypeError as error:
        raise TypeError(
            f"{name} is {said(schedule)} ({error}); it must be a function of the fraction of the run "
            "that is done, such as microlearn.optimiser.cosine."
        ) from None
    first = next(iter(signature.parameters))
    if first in ("step", "steps", "epoch", "epochs", "iteration", "update", "batch"):
        warnings.warn(
            f"{name} takes {first}, and is given the fraction of the run that is done, from 0 to 1: "
            "write it as a function of that, and call it done.",
            stacklevel=4,
        )


def _fraction(done: float) -> float:
    """The fraction of a run that is done, if it is one and not a number of updates."""
    return number("done", done, 0, 1)


def constant(done: float) -> float:
    """The same learning rate throughout."""
    return 1.0


def cosine(done: float) -> float:
    """From the full learning rate down to zero along half a cosine."""
    return float(0.5 * (1 + np.cos(np.pi * _fraction(done))))


def steps_down(at: Sequence[float], factor: float = 0.1) -> Schedule:
    """Multiply the learning rate by ``factor`` at each of the given fractions of the run."""
    at = [
        number("a fraction", fraction, least=0, most=1) for fraction in np.atleast_1d(at).tolist()
    ]
    factor = number("factor", factor, least=0)
    return _named(
        f"steps_down({at}, {factor:g})",
        lambda done: factor ** sum(_fraction(done) >= fraction for fraction in at),
    )


def warm_up(until: float) -> Schedule:
    """From almost nothing to the full learning rate over the first part of the run, then constant.

    A network whose first prediction is far off starts with large errors. At full speed they can push
    every output into saturation, where the slope is zero and nothing is learned any more.
    """
    until = number("until", until, least=0, most=1)
    return _named(
        f"warm_up({until:g})", lambda done: min(1.0, _fraction(done) / until) if until else 1.0
    )


def wait(until: float) -> Schedule:
    """No learning over the first part of the run, then the full learning rate.

    A rule's phases go on meanwhile: feedback weights can align before anything is learned from them.
    """
    until = number("until", until, least=0, most=1)
    return _named(f"wait({until:g})", lambda done: float(_fraction(done) >= until))


def _named(name: str, schedule: Schedule) -> Schedule:
    """The schedule, with a name by which the table of a sweep tells it from others."""
    schedule.__name__ = name
    return schedule


class SGD:
    """Stochastic gradient descent on a list of arrays, which it changes in place.

    ``V ← μ V + (ΔW − λ W)``, then ``W ← W + η V``, with momentum μ and weight decay λ.

    Raises
    ------
    TypeError, ValueError
        If an array is none of floats or can't be written to, momentum is not from 0 to 1, or weight
        decay not from 0 on; by :meth:`step`, before anything has changed, if updates are not as many as
        the arrays, or one has another shape than its array.
    """

    def __init__(
        self, arrays: Sequence[Array | None], momentum: float = 0.0, weight_decay: float = 0.0
    ) -> None:
        if not isinstance(arrays, Sequence | np.ndarray):
            raise TypeError(
                f"What learns is a {type(arrays).__name__}; it must be a list of arrays of floats."
            )
        for a in arrays:
            if a is not None and (type(a) is not np.ndarray or a.dtype.kind != "f"):
                kind = a.dtype if type(a) is np.ndarray else f"a {type(a).__name__}"
                raise TypeError(
                    f"What learns is {kind}; it must be an array of floats, or None: give "
                    "np.array(…, float)."
                )
            if a is not None and not a.flags.writeable:
                raise ValueError(
                    f"What learns has an array of {a.shape} that is read-only; give a copy() of it."
                )
        self.arrays, self.momentum = arrays, number("momentum", momentum, 0, 1)
        self.weight_decay = number("weight_decay", weight_decay, 0)
        self.velocity = [np.zeros_like(a) if momentum and a is not None else None for a in arrays]

    def __setattr__(self, name: str, value: Any) -> None:
        if "velocity" in vars(self):  # all was read and drawn for what was given
            raise AttributeError(f"SGD keeps its {name}: make another one, SGD(arrays, …).")
        super().__setattr__(name, value)

    def step(self, update: Sequence[Array | None], learning_rate: float) -> None:
        """Apply one update; an array that is None is left alone."""
        if type(learning_rate) is not float or not math.isfinite(learning_rate):
            learning_rate = number("learning_rate", learning_rate)
        if not isinstance(update, Sequence | np.ndarray) or len(update) != len(self.arrays):
            given = len(update) if hasattr(update, "__len__") else f"a {type(update).__name__}"
            raise ValueError(
                f"{len(self.arrays)} arrays learn, and the update has {given}; it must be a list with "
                "an array, or None, for each."
            )
        updates = [
            None if a is None or u is None else _fitting(a, u)
            for a, u in zip(self.arrays, update, strict=True)
        ]
        for a, u, v in zip(self.arrays, updates, self.velocity, strict=True):
            if a is None or u is None:
                continue
            if self.weight_decay:
                u = u - self.weight_decay * a
            if v is not None:
                v *= self.momentum
                v += u
                u = v
            a += np.asarray(learning_rate, dtype=a.dtype) * u


def _fitting(a: Array, u: Any) -> Array:
    """The update of an array, if it has its shape."""
    u = array("An update", u)
    if u.shape != a.shape:
        raise ValueError(
            f"The update of an array of {a.shape} has the shape {u.shape}; both must be alike."
        )
    return u
