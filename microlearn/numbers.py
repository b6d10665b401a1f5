"""Numbers that students and grids give."""

from __future__ import annotations

from numbers import Real
from typing import Any


def whole(name: str, value: Any) -> int:
    """The value as an int; ``np.geomspace(4, 64, 3)`` gives 15.999999999999993 for 16.

    Raises
    ------
    ValueError
        If it is not a whole number, up to rounding.
    """
    if not isinstance(value, Real) or not abs(value) < 2**53:
        raise ValueError(f"{name} is {value!r}; it must be a whole number.")
    nearest = round(value)
    if abs(value - nearest) > 1e-12 * abs(nearest):
        raise ValueError(f"{name} is {value!r}; it must be a whole number.")
    return int(nearest)
