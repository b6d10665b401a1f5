"""Whether a derivative that somebody has written belongs to its function: finite differences tell. And
whether a function of samples sees each of them alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import numpy as np

from .numbers import array

Array = np.ndarray
Found = TypeVar("Found")
STEP = 1e-3
"""Large enough for functions that compute in float32."""
LOOKS = 20
"""Noise that comes now and then is taken for a wrong slope in at most a quarter of the looks, and in so
many in a row once in 10¹² times."""
POINTS = np.array([[-2.3, -1.37, -0.71, -0.26], [0.19, 0.64, 1.28, 2.17]])
"""Where functions of a number have no corner."""
FAR = np.array([[-11.9, -7.3, -4.7, -3.3], [3.3, 4.7, 7.3, 11.9]])
"""Where functions that are level at their ends are level. What grows would hide what is nearer to 0."""


def first_difference(
    function: Callable[[Array], Array], slope: Callable[[Array], Array], at: Array
) -> tuple[tuple[int, ...], float, float] | None:
    """Where a slope is not that of its function by more than 1 %: the place, the slope, and what it
    should be.

    At a corner anything between the slopes on both sides is right. Where function or slope fail, or
    return no finite numbers, nothing is found: whoever uses them hears of it. Nor is it where they draw
    noise, however rare: what is found must be the same every time.

    Parameters
    ----------
    function : of an array of shape (rows, columns); it returns a number for each entry, or for each row
    slope : of the same array; it returns a number for each entry
    at : array of shape (rows, columns)
    """
    return _each_time(lambda: _difference(function, slope, at))


def first_beside_others(
    function: Callable[..., Array], *samples: Array
) -> tuple[float, float] | None:
    """What a function finds for a sample beside other samples, and alone, where these are not the same.

    Nothing is found where it fails or draws noise, as above.

    Parameters
    ----------
    function : of arrays whose rows are samples; it returns a number, or a row, for each of them
    samples : arrays with the same number of rows
    """
    return _each_time(lambda: _beside_others(function, *samples))


def _each_time(find: Callable[[], Found | None]) -> Found | None:
    """What is found if it is the same every time, as nothing is where there is noise."""
    found = find()
    same = found and all(repr(found) == repr(find()) for _ in range(LOOKS))  # NaN is not NaN
    return found if same else None


def _beside_others(function: Callable[..., Array], *samples: Array) -> tuple[float, float] | None:
    with suppress(Exception), np.errstate(all="ignore"):
        rows = zip(*(array[:, np.newaxis] for array in samples), strict=True)
        alone = np.concatenate([function(*row) for row in rows])
        beside = function(*samples)
        if beside.shape == alone.shape:
            # What is divided by a spread, say, is no number alone.
            apart = np.abs(np.nan_to_num(beside - alone, nan=np.inf))
            apart = np.where(np.isfinite(beside), apart, 0)
            worst = np.unravel_index(apart.argmax(), apart.shape)
            if apart[worst] > 1e-4 * np.abs(alone[np.isfinite(alone)]).max(initial=0):
                return beside[worst], alone[worst]
    return None


def _difference(
    function: Callable[[Array], Array], slope: Callable[[Array], Array], at: Array
) -> tuple[tuple[int, ...], float, float] | None:
    with suppress(Exception), np.errstate(all="ignore"):
        at = at.astype(np.float64)
        here, given = _floats(function, at), _floats(slope, at)
        if here.shape not in (at.shape, at.shape[:1]) or given.shape != at.shape:
            return None
        sides = []
        for step in (-STEP, STEP):
            if here.shape == at.shape:
                moved = _floats(function, at + step) - here
            else:
                moved = np.empty(at.shape)
                for column, one in enumerate(step * np.eye(at.shape[1])):
                    moved[:, column] = _floats(function, at + one) - here
            sides.append(moved / step)
        least, most = np.minimum(*sides), np.maximum(*sides)
        if not np.isfinite(given.sum() + sum(sides).sum()):
            return None
        spare = 0.01 * np.abs(sides).max() + 1e-9
        off = np.maximum(least - given, given - most)
        if off.max() > spare:
            place = np.unravel_index(off.argmax(), off.shape)
            return tuple(map(int, place)), float(given[place]), float((least + most)[place] / 2)
    return None


def _floats(function: Callable[[Array], Array], at: Array) -> Array:
    return array("what it returned", function(at.copy())).astype(np.float64)
