"""Numbers as students, sliders and grids give them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np


def number(name: str, value: Any, least: float = -math.inf, most: float = math.inf) -> float:
    """The value as a number of Python's: one of numpy's would make float64 of a float32 array.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is not finite, or out of the range.
    """
    plain = _plain(name, value, least, most)
    if not (abs(plain) <= sys.float_info.max and least <= plain <= most):
        raise ValueError(f"{name} is {value!r}; it must be a finite number{_range(least, most)}.")
    return plain


def whole(name: str, value: Any, least: float = -math.inf, most: float = math.inf) -> int:
    """The value as an int; ``np.geomspace(4, 64, 3)`` has 15.999999999999993 for 16.

    Raises
    ------
    TypeError, ValueError
        If it is not a real number, or not a whole one up to rounding, or out of the range.
    """
    exact = _plain(name, value, least, most)
    if isinstance(exact, float) and abs(number(name, exact)) >= 2**53:
        raise ValueError(
            f"{name} is {value!r}, and numbers with a point are not exact beyond 2**53: write it "
            f"without one, as in {round(exact)}."
        )
    if isinstance(exact, float) and abs(exact - round(exact)) > 1e-12 * abs(exact):
        raise ValueError(f"{name} is {value!r}; it must be a whole number{_range(least, most)}.")
    if not least <= round(exact) <= most:
        raise ValueError(f"{name} is {value!r}; it must be a whole number{_range(least, most)}.")
    return round(exact)


def flag(name: str, value: Any) -> bool:
    """The value as True or False; a text such as "no" would count as True.

    Raises
    ------
    TypeError
        If it is neither of them.
    """
    if not isinstance(value, bool | np.bool_) and not (type(value) is int and value in (0, 1)):
        raise TypeError(f"{name} is {said(value)}; it must be True or False.")
    return bool(value)


def said(value: Any) -> str:
    """What was given, in a sentence: of what is long, how it begins, or the shape of an array. What has
    rows, as in pandas, is always told by its shape."""
    if hasattr(value, "iloc"):
        return f"a {type(value).__name__} of {value.shape if value.ndim > 1 else len(value)}"
    text = " ".join(repr(value).split())
    if len(text) <= 100:
        return text
    if isinstance(value, np.ndarray):
        return f"an array of {value.shape}"
    return f"{text[:60]} … (a {type(value).__name__})"


def ended(sentence: object) -> str:
    """A sentence with one full stop at its end, unless it ends otherwise."""
    text = str(sentence).rstrip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _plain(name: str, value: Any, least: float, most: float) -> float:
    """The value as an int or a float, finite or not."""
    if isinstance(value, np.ndarray) and value.ndim == 0 and not np.ma.is_masked(value):
        value = value.item()
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} is {said(value)}; it must be a number{_range(least, most)}.")
    return int(value) if isinstance(value, Integral) else float(value)


def array(name: str, value: Any) -> np.ndarray:
    """The value as an array of real numbers; a list or a table becomes one.

    Raises
    ------
    TypeError
        If it holds something else, or numbers behind a mask, or rows of different lengths.
    """
    if type(value) is np.ndarray and value.dtype.kind in "fiub":
        return value
    if np.ma.isMaskedArray(value):
        raise TypeError(f"{name} is a masked array; give plain numbers: call its filled() first.")
    with suppress(ValueError):  # rows of different lengths
        found = np.asarray(value)
        if found.dtype.kind in "fiub":
            return found
        value = found if found.ndim else value
    holds = (
        f"holds {value.dtype}" if isinstance(value, np.ndarray) else f"is a {type(value).__name__}"
    )
    raise TypeError(f"{name} {holds}; it must be an array of real numbers.")


def floats(name: str, value: Any) -> np.ndarray:
    """As :func:`array`; whole numbers become float64, since they would wrap around or be cut off."""
    if type(value) is np.ndarray and value.dtype.kind == "f":
        return value
    found = array(name, value)
    return found if found.dtype.kind == "f" else found.astype(np.float64)


def refuse_other_rows(**values: Any) -> None:
    """Raise ValueError if two of the values are tables of pandas whose rows have other labels, or the
    same ones in another order. Rows are paired by their places, where there would be other samples."""
    tables = [(name, value) for name, value in values.items() if hasattr(value, "iloc")]
    for (first, one), (name, other) in pairwise(tables):
        if not one.index.equals(other.index):
            begins = " and ".join(
                f"{n} with {', '.join(map(str, table.index[:3]))}" for n, table in tables
            )
            raise ValueError(
                f"The rows of {first} and {name} have other labels, or the same ones in another order "
                f"(in their index: {begins}), and rows are paired by their places. Bring one into the "
                f"order of the other, such as {name}.loc[{first}.index]; if they fit as they are, give "
                f"{name}.to_numpy()."
            )


def shown(values: np.ndarray) -> np.ndarray:
    """A view that can't be written to."""
    view = values.view()
    view.flags.writeable = False
    return view


def sides(image_shape: Any) -> tuple[int, ...]:
    """Height, width and perhaps the number of colours of images.

    Raises
    ------
    TypeError, ValueError
        If they are none.
    """
    given = image_shape if isinstance(image_shape, Sequence | np.ndarray) else [image_shape]
    shape = tuple(whole("a side of the images", side) for side in given)
    if len(shape) not in (2, 3) or min(shape) < 1:
        raise ValueError(
            f"Images are (height, width) or (height, width, colours), each 1 or more; {shape} was given."
        )
    return shape


def same_fields(one: Any, other: Any) -> Any:
    """``==`` for a dataclass with arrays: two of them are alike if they hold the same numbers."""
    if not isinstance(other, type(one)) or fields(one) != fields(other):
        return NotImplemented
    compared = [field.name for field in fields(one) if field.compare]
    return all(_same(getattr(one, name), getattr(other, name)) for name in compared)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return bool(one == other)


def refuse_two_of_one_name(thing: Any, kind: str, names: Sequence[str]) -> None:
    """Raise TypeError if somebody's own class defines an attribute while its object was given another
    one: that of the object would be used, whatever the class says.

    Parameters
    ----------
    thing : an object with a name
    kind : what the house calls its class
    names : the attributes
    """
    for own in type(thing).__mro__:
        for name in names:
            if name in vars(own) and vars(own)[name] is not vars(thing)[name]:
                raise TypeError(
                    f"{type(thing).__name__} defines {name}, and {thing.name} was given another one, "
                    f"which would be used in its place: give the function to {kind}(…) alone."
                )


def float_type(dtype: Any) -> np.dtype:
    """The type of float arrays that is meant: whole numbers would be 0 throughout.

    Raises
    ------
    ValueError
        If it is none.
    """
    with suppress(TypeError):  # numpy does not know it
        if dtype is not None and np.issubdtype(found := np.dtype(dtype), np.floating):
            return found
    raise ValueError(f"dtype is {dtype!r}; it must be a float type, such as np.float32.")


def _range(least: float, most: float) -> str:
    if math.isfinite(most):
        return f" from {least:,} to {most:,}"
    return f" from {least:,} on" if math.isfinite(least) else ""
