"""Angles in degrees: between vectors, between matrices, and what their checks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checking.answer import Answer
from ..checking.facts import Broken, Fact, fact
from .agreement import Array
from .inputs import typical
from .one_number import as_number, numbers
from .slips import Slips, cause_of

ROUNDING = 0.1
"""For angles at 0° and 180°, in degrees: arccos turns a rounding of ε into an angle of √(2ε), up to
0.03° in float32."""

PAST_ONE = "rounding takes the cosine a little past 1: clip it to [−1, 1]"


def cosine(a: Array, b: Array) -> float:
    """The cosine of the angle between two arrays of one shape, each taken as one long vector."""
    return float(np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b))


def cosines(a: Array, b: Array) -> Array:
    """The cosine for each row of two matrices, shape (rows,)."""
    return np.sum(a * b, axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def degrees(cosine: ArrayLike) -> Any:
    """The angle that has this cosine. A cosine that rounding pushed past 1 counts as 1."""
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def between(a: Array, b: Array) -> float:
    """The angle between two arrays of one shape, each taken as one long vector."""
    return float(degrees(cosine(a, b)))


def turned(rng: np.random.Generator, vectors: Array, angles: float | Array) -> Array:
    """Unit vectors that are so many degrees away from ``vectors``, in a direction that is drawn.

    The last axis of ``vectors`` holds the entries of each; ``angles`` has the shape of the other axes.
    """
    along = _unit(vectors)
    across = rng.normal(0, 1, vectors.shape)
    across = _unit(across - along * np.sum(along * across, axis=-1, keepdims=True))
    turn = np.radians(np.asarray(angles))[..., None]
    return np.cos(turn) * along + np.sin(turn) * across


EVERY_ANGLE = (1, 4, 15, 40, 89.8, 90.2, 140, 165, 176, 179)
"""Degrees, among them small ones, for which sines and chords are angles, and right ones."""


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def draw_matrices(rng: np.random.Generator) -> tuple[Array, Array]:
    """Weights W with their bias row and feedback weights B, of any sizes.

    Now and then B is a multiple of W°ᵀ: there rounding can push a cosine past 1.
    """
    units, outputs = rng.integers(2, 9, 2)
    w, b = rng.normal(0, 1, (units + 1, outputs)), rng.normal(0, 1, (outputs, units))
    return w, (w[:-1].T * rng.choice([-0.3, 1, 7]) if rng.random() < 0.3 else b)


def require_zero_or_a_half_turn(
    answer: Answer, cases: Sequence[tuple[tuple, float, str]], slips: Slips
) -> None:
    """Raise Broken unless the answer is right, 0° or 180°, as far as rounding allows. A case is what is
    given, the right angle, and for what it is asked."""
    found = numbers(answer, [given for given, _, _ in cases])
    for (given, right, asked), number in zip(cases, found, strict=True):
        if not abs(number - right) < ROUNDING:
            raise Broken(
                f"{number:.4g}° {asked}", _cause_of_a_turn(answer, given, number, right, slips)
            )


def _cause_of_a_turn(
    answer: Answer, given: tuple, number: float, right: float, slips: Slips
) -> str:
    if np.isnan(number):
        first, b, *rest = given
        tilted = b + np.abs(b).max() * np.cos(np.arange(b.size)).reshape(b.shape)
        return past_one(answer, first, tilted, *rest)
    if cause := cause_of(slips, given, number, right):
        return cause
    if abs(number - right) < 8 and _longer_is_nearer(answer, given, number, right):
        return "a small number added to the denominator, which may be small itself"
    return ""


def past_one(answer: Answer, *tilted: Any) -> str:
    """The cause of nan between parallel vectors, if there is a number between two that are as long and
    are not parallel."""
    return "" if np.isnan(as_number(answer(*tilted))) else PAST_ONE


def _longer_is_nearer(answer: Answer, given: tuple, number: float, right: float) -> bool:
    """Whether the answer is wrong for short vectors only, as with a small number in the denominator."""
    gaps = [abs(as_number(answer(*[s * part for part in given])) - right) for s in (3, 30, 3000)]
    return gaps[0] < abs(number - right) and gaps[1] < 0.7 * gaps[0] and gaps[2] < ROUNDING


def biases_change_no_angle(sentence: str) -> Fact:
    """A supporting fact: the answer makes no use of the last row of the weights, its first argument."""

    def test(answer: Answer, rng: np.random.Generator) -> None:
        w, *rest = typical(answer.exercise, rng)
        other = w.copy()
        other[-1] += rng.normal(0, 3, w.shape[1])
        if abs(as_number(answer(w, *rest)) - as_number(answer(other, *rest))) > 1e-3:
            raise Broken(
                "other biases gave another angle", "leave the last row of W out, the biases"
            )

    test.__doc__ = sentence
    return fact(1, supporting=True)(test)
