"""Comparing an update with what the theory says, and naming the likeliest mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..checking import Broken, same_items, watching
from ..gradients import finite_differences
from ..losses import get_loss
from .problems import Problem

Array = np.ndarray
Update = Sequence[Array]

TOLERANCE = 1e-3
"""Relative, for laws that hold exactly: far above the rounding of an answer computed in float32
(about 1e-5), and far below any wrong factor that a student can write."""


def flat(arrays: Update) -> Array:
    """All entries of a list of arrays (``None`` left out) as one float64 vector."""
    return np.concatenate([np.ravel(a).astype(np.float64) for a in arrays if a is not None])


def same(seen: Update, right: Update) -> bool:
    """Whether two lists of arrays agree to the tolerance, array by array."""
    for a, b in zip(seen, right, strict=True):
        if b is not None and not np.allclose(a, b, rtol=0, atol=TOLERANCE * np.max(np.abs(b))):
            return False
    return True


def require_shapes(seen: object, like: Update, what: str = "weight matrix") -> None:
    """Raise Broken unless ``seen`` is a list of finite arrays with the shapes of ``like``."""
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if not isinstance(seen, list | tuple):
        raise Broken(f"your function returned a {type(seen).__name__}, not a list of arrays")
    if len(seen) != len(like):
        raise Broken(f"{len(seen)} arrays for {len(like)} of the kind “{what}”")
    for number, (a, b) in enumerate(zip(seen, like, strict=True)):
        if b is None:
            if a is not None:
                raise Broken(
                    f"there is no {what} {number}: None belongs there, not a {type(a).__name__}"
                )
            continue
        shape = np.shape(a)
        if shape == b.shape:
            if not np.all(np.isfinite(np.asarray(a, dtype=float))):
                raise Broken(f"array {number} has entries that are not finite numbers")
            continue
        cause = ""
        if shape == (b.shape[0] - 1, b.shape[1]):
            cause = "the biases are left out: the last row belongs to them"
        elif shape == b.shape[::-1]:
            cause = "it is transposed: rows belong to the layer below, columns to the layer above"
        raise Broken(f"array {number} has the shape {shape}; {what} {number} has {b.shape}", cause)


def require_untouched(call: Callable[[], object], given: Sequence[Array | list]) -> None:
    """Raise Broken if ``call()`` changes any of the arrays and lists that the answer was given."""
    before = [a.copy() for a in given]  # of a list: which items were in it
    token = watching.set(True)
    try:
        call()
    finally:
        watching.reset(token)
    for a, kept in zip(given, before, strict=True):
        if not (same_items(a, kept) if isinstance(a, list) else np.array_equal(a, kept)):
            what = f"a list of {len(kept)}" if isinstance(a, list) else f"an array of {kept.shape}"
            raise Broken(
                f"{what} that the function was given had changed afterwards",
                "an in-place operation such as `+=`, `pop` or `values[l] = ...` on something that is "
                "not yours; work on a copy",
            )


def explain(
    seen: Update, right: Update, factors: Mapping[str, float], forms: Mapping[str, Update] = {}
) -> str:
    """The likeliest reason why ``seen`` is not ``right``, or nothing.

    Parameters
    ----------
    factors : sentence -> number
        The reason why the whole update would be that many times too large.
    forms : sentence -> update
        The reason why the update would be this one instead.
    """
    for cause, wrong in forms.items():
        if same(seen, wrong):
            return cause
    a, b = flat(seen), flat(right)
    ratio = float(a @ b / (b @ b))
    if np.linalg.norm(a - ratio * b) < TOLERANCE * np.linalg.norm(a):
        for cause, factor in factors.items():
            if abs(ratio / factor - 1) < 10 * TOLERANCE:
                return cause
        return f"it points the right way but is {ratio:.3g} times as long as it should be"
    wrong_layers = [
        str(number)
        for number, (s, r) in enumerate(zip(seen, right, strict=True))
        if r is not None and not same([s], [r])
    ]
    if len(wrong_layers) < len(right):
        return f"only layer {' and '.join(wrong_layers)} (counted from 0) is wrong"
    if all(same([s[:-1]], [r[:-1]]) for s, r in zip(seen, right, strict=True) if r is not None):
        return "the weights are right and the biases, the last row, are not"
    return ""


def batch_factors(n: int) -> dict[str, float]:
    """The reasons why an update would be off by a factor that any rule can get wrong."""
    return {
        "the sign: an update is what is added, so it must point downhill": -1.0,
        "the sum over the batch where the mean belongs: divide by the number of samples": float(n),
        "the batch size divided out twice": 1 / n,
        "a factor 2: the loss has a ½ in front, which its derivative uses up": 2.0,
        "a factor ½ too many": 0.5,
    }


def other_problems(problem: Problem) -> dict[str, list[Array]]:
    """The gradients (downhill) of other problems that an answer may have looked at instead."""
    network, x, y, loss = problem.given
    return {
        "only the first sample is looked at": finite_differences(network, x[:1], y[:1], loss),
        "the loss is the one that you are given, and not the squared error": finite_differences(
            network, x, y, get_loss("squared_error")
        ),
    }


def relative_difference(seen: Update, right: Update) -> float:
    """The distance between two updates, as a share of the right one's length."""
    return float(np.linalg.norm(flat(seen) - flat(right)) / np.linalg.norm(flat(right)))
