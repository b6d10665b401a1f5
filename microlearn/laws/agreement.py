"""Whether two answers are the same, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

Array = np.ndarray
Update = Sequence[Array | None]

TOLERANCE = 1e-3
"""Relative, for arrays: far above the rounding of an answer computed in float32 (about 1e-5), and far
below any wrong factor that a student can write."""

CLOSE = 1e-5
"""Relative, for numbers that are known exactly: float32 arithmetic passes, a wrong term does not."""

DEGREES = 0.006
"""For angles: one that is rounded to two decimals passes, one rounded to a single decimal does not."""


def agree(seen: Any, right: Any, relative: float = TOLERANCE, absolute: float = 0.0) -> bool:
    """Whether two answers are the same: numbers, arrays, or lists of these with ``None`` in them.

    Shapes and lengths come first. Then no entry of an array may be off by more than ``relative`` times
    the largest entry of the right array, plus ``absolute``. NaN agrees with NaN. An array of one entry
    stands for a number.
    """
    if right is None or seen is None:
        return seen is right
    if isinstance(right, list | tuple):
        return (
            isinstance(seen, list | tuple)
            and len(seen) == len(right)
            and all(agree(a, b, relative, absolute) for a, b in zip(seen, right, strict=True))
        )
    try:
        a, b = np.asarray(seen, dtype=float), np.asarray(right, dtype=float)
    except (TypeError, ValueError):
        return False
    if a.shape != b.shape and not (b.ndim == 0 and a.size == 1):
        return False
    with np.errstate(invalid="ignore"):
        worst, scale = np.abs(a - b).max(initial=0.0), np.abs(b).max(initial=0.0)
    if worst < np.inf and scale < np.inf:  # nearly always; infinities and NaN are slower to compare
        return bool(worst <= relative * scale + absolute)
    scale = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
    return np.allclose(a, b, rtol=0, atol=relative * scale + absolute, equal_nan=True)


def distance(seen: Any, right: Any) -> float:
    """The largest difference in any array, as a share of that array's largest right entry.

    Infinite where the two can't be compared.
    """
    mine, theirs = list(_parts(seen)), list(_parts(right))
    if len(mine) != len(theirs) or any(a.size != b.size for a, b in zip(mine, theirs, strict=True)):
        return np.inf
    return max(map(_share_of_the_largest, mine, theirs), default=np.inf)


def off_by(seen: Any, right: Any) -> str:
    """How far an answer is from the right one, in words."""
    if isinstance(right, float | int | np.number) and seen is not None and np.ndim(seen) == 0:
        return "it is {} and not {}".format(*apart(float(seen), float(right)))
    if not np.isfinite(gap := distance(seen, right)):
        lost = any(np.isnan(part).any() for part in _parts(seen))
        return "it is nan in places" if lost else "it is not the right one"
    return f"it is off by {gap:.2g} of its largest entry"


def apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers in as many digits, four at least, as tell them apart."""
    texts = "", ""
    for digits in range(4, 18):
        texts = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def percent(share: float) -> str:
    """A share as a percentage, with a digit that is not 0 however small it is."""
    return f"{share:.0%}" if share >= 0.095 else f"{100 * share:.1g}%"


def _share_of_the_largest(a: Array, b: Array) -> float:
    gap, scale = np.max(np.abs(a - b), initial=0.0), np.max(np.abs(b), initial=0.0)
    share = gap / scale if scale else (np.inf if gap else 0.0)
    return float(np.nan_to_num(share, nan=np.inf, posinf=np.inf))


def _parts(value: Any) -> Iterator[Array]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)
    elif value is not None:
        yield np.ravel(np.asarray(value, dtype=float))


def flat(arrays: Update) -> Array:
    """All entries of a list of arrays (``None`` left out) as one float64 vector."""
    parts = [np.ravel(a) for a in arrays if a is not None]
    return np.concatenate(parts, dtype=np.float64, casting="unsafe")


def same_direction(seen: Update, right: Update) -> bool:
    """Whether two updates agree up to a positive factor, one for all layers."""
    one, other = ([() if u is None else np.shape(u) for u in update] for update in (seen, right))
    if not agree(one, other):
        return False
    a, b = flat(seen), flat(right)
    factor = float(a @ b / (b @ b)) if np.any(b) else 1.0
    return factor > 0 and agree([None if u is None else u / factor for u in seen], right)


def relative_difference(seen: Update, right: Update) -> float:
    """The distance between two updates, as a share of the right one's length."""
    return float(np.linalg.norm(flat(seen) - flat(right)) / np.linalg.norm(flat(right)))


def what_differs(seen: Update, right: Update) -> str:
    """In which part an update is wrong: its length, some layers, or the biases. Nothing if in all."""
    a, b = flat(seen), flat(right)
    ratio = float(a @ b / (b @ b))
    alike = np.linalg.norm(a - ratio * b) < TOLERANCE * np.linalg.norm(a)
    if alike and ratio > 0 and abs(ratio - 1) > 0.01:
        return f"it points the right way but is {ratio:.3g} times as long as it should be"
    pairs = [
        (layer, s, r)
        for layer, (s, r) in enumerate(zip(seen, right, strict=True))
        if s is not None and r is not None
    ]
    wrong = [str(layer) for layer, s, r in pairs if not agree(s, r)]
    if 0 < len(wrong) < len(pairs):
        *others, last = wrong
        layers = f"layers {', '.join(others)} and {last}" if others else f"layer {last}"
        return f"it is wrong in {layers}, counted from 0"
    if all(agree(s[:-1], r[:-1]) for _, s, r in pairs):
        return "the weights are right and the biases, the last row, are not"
    return ""
