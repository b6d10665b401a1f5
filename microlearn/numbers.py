"""Numbers as students, sliders and grids give them."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any


def number(name: str, value: Any) -> float:
    """The value as a number of Python's: one of numpy's would make float64 of a float32 array.

    Raises
    ------
    TypeError
        If it is not a real number.
    """
    if not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}; it must be a number.")
    return int(value) if isinstance(value, Integral) else float(value)


def whole(name: str, value: Any) -> int:
    """The value as an int; ``np.geomspace(4, 64, 3)`` has 15.999999999999993 for 16.

    Raises
    ------
    TypeError, ValueError
        If it is not a real number, or not a whole one up to rounding.
    """
    if isinstance(value, Integral):
        return int(value)
    exact = float(number(name, value))
    if not abs(exact) < 2**53 or abs(exact - round(exact)) > 1e-12 * abs(exact):
        raise ValueError(f"{name} is {value!r}; it must be a whole number.")
    return round(exact)
