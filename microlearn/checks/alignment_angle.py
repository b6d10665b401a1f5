"""Facts about the angle between feedback weights and forward weights."""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.agreement import DEGREES
from ..laws.numbers import as_number, require_value
from ..laws.problems import draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "Which of the two matrices has to be turned around, and which row has no partner?",
    "Take the weights without their last row, transposed: now both have the shape (fan_out, "
    "fan_in). Then it is the angle between two long vectors, in degrees.",
    "`weights[:-1].T` has the shape of B. `np.sum` of a product is the dot product of all entries, "
    "`np.linalg.norm` of a matrix its length; clip the cosine before `np.arccos`.",
)

GIVE = DEGREES


def draw(rng):
    n, m, _ = draw_sizes(rng, 1)
    return rng.normal(0, 1, (n + 1, m)), rng.normal(0, 1, (m, n))


@fact(1)
def zero_and_a_half_turn(answer, rng):
    """It is 0° where B is W°ᵀ or a positive multiple of it, and 180° for a negative one; never nan,
    although rounding can push a cosine a little past 1."""
    for _ in range(20):
        w, _ = draw(rng)
        for factor, right in ((1.0, 0), (1e-6, 0), (7.0, 0), (-0.3, 180)):
            number = as_number(answer(w, factor * w[:-1].T))
            # arccos turns a rounding of ε into an angle of √(2ε), up to 0.03° in float32.
            if not abs(number - right) < 0.1:
                cause = ""
                if np.isnan(number):
                    cause = "rounding takes the cosine a little past 1: clip it to [−1, 1]"
                elif abs(np.degrees(number) - right) < 0.1:
                    cause = "that is in radians"
                elif abs(number) <= 1 and abs(np.degrees(np.arccos(number)) - right) < 0.1:
                    cause = "that is the cosine, not the angle"
                elif abs(180 - number - right) < 0.1:
                    # At 0° an absolute value does no harm.
                    cause = (
                        "the sign: that is counted from 180° down"
                        if right == 0
                        else "an absolute value hides the direction"
                    )
                elif abs(number - right) < 8:
                    cause = "a small number added to the denominator: B may be short"
                raise Broken(f"{number:.4g}° for B = {factor} W°ᵀ", cause)


@fact(2)
def a_known_angle(answer, rng):
    """For a B that is W°ᵀ turned by a known angle, it is that angle in degrees, however long B is."""
    # More than one, since an average over rows can come close by chance. Short vectors near a right
    # angle first: there no wrong formula leaves [−1, 1], so that each can be told from the others.
    for short in (True, True, False):
        for side in rng.permutation([-1, 1]):
            _hold(answer, rng, short, side)


def _hold(answer, rng, short, side):
    w, b = draw(rng)
    if short:
        w *= 0.4 / np.linalg.norm(w[:-1])
    u = w[:-1].T
    v = b - u * np.sum(u * b) / np.sum(u * u)
    away = rng.uniform(5, 15) if short else rng.uniform(20, 70)
    angle = 90 + side * away
    turn = np.radians(angle)
    turned = np.cos(turn) * u / np.linalg.norm(u) + np.sin(turn) * v / np.linalg.norm(v)
    turned *= 0.7 if short else rng.uniform(0.3, 5)
    cosines = np.sum(u * turned, 1) / np.linalg.norm(u, axis=1) / np.linalg.norm(turned, axis=1)
    columns = np.sum(u * turned, 0) / np.linalg.norm(u, axis=0) / np.linalg.norm(turned, axis=0)
    cosine = np.cos(turn)
    lengths = np.linalg.norm(u), np.linalg.norm(turned)
    unturned = w[:-1].ravel() @ turned.ravel() / np.prod(lengths)
    spectral = np.linalg.norm(u, 2) * np.linalg.norm(turned, 2)

    def degrees(c):
        return np.degrees(np.arccos(np.clip(c, -1, 1)))

    require_value(
        answer(w, turned),
        angle,
        f"for an angle of {angle:.4g}°",
        {
            "that is in radians": turn,
            "that is the cosine, not the angle": cosine,
            "row by row and then averaged: all entries together are one vector": np.mean(
                degrees(cosines)
            ),
            "the cosines are averaged row by row: all entries together are one vector": degrees(
                np.mean(cosines)
            ),
            "column by column and then averaged: all entries together are one vector": np.mean(
                degrees(columns)
            ),
            "not transposed: reading both row by row pairs the wrong weights": degrees(unturned),
            "the arc sine where the arc cosine belongs": np.degrees(np.arcsin(cosine)),
            "an absolute value hides the direction": 180 - angle,
            "only one of the lengths is divided out": degrees(cosine * lengths[1]),
            "only one of the lengths is divided out, that of B": degrees(cosine * lengths[0]),
            "the lengths are missing: divide the dot product by both": degrees(
                cosine * np.prod(lengths)
            ),
            "the lengths are squared": degrees(cosine / np.prod(lengths)),
            "turned into degrees twice": np.degrees(angle),
            "the cosine of the cosine, where the arc cosine belongs": np.degrees(np.cos(cosine)),
            "the spectral norm, where the length of one long vector belongs": degrees(
                cosine * np.prod(lengths) / spectral
            ),
        },
        tolerance=DEGREES / angle,
    )


@fact(1, supporting=True)
def the_biases_have_no_partner(answer, rng):
    """Changing the biases changes no angle."""
    w, b = draw(rng)
    other = w.copy()
    other[-1] += rng.normal(0, 3, w.shape[1])
    if abs(as_number(answer(w, b)) - as_number(answer(other, b))) > 1e-3:
        raise Broken("other biases gave another angle", "leave the last row of the weights out")


untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
