"""Facts about the angle between feedback weights and forward weights."""

from __future__ import annotations

import numpy as np

from ..checking.facts import fact
from ..laws.agreement import DEGREES
from ..laws.angles import (
    EVERY_ANGLE,
    ROUNDING,
    between,
    biases_change_no_angle,
    cosine,
    cosines,
    degrees,
    draw_matrices,
    require_zero_or_a_half_turn,
    turned,
)
from ..laws.extremes import OTHER_NUMBERS, right_at_every_size
from ..laws.one_number import require_in_proportion
from ..laws.problems import draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "Which of the two matrices has to be turned around, and which row has no partner?",
    "Take the weights without their last row, transposed: now both have the shape (fan_out, "
    "fan_in). Then it is the angle between two long vectors, in degrees.",
    "`weights[:-1].T` has the shape of B. `np.sum` of a product is the dot product of all entries, "
    "`np.linalg.norm` of a matrix its length; clip the cosine before `np.arccos`.",
)

norm = np.linalg.norm


def slip(wrong):
    """A slip that is a function of u = W°ᵀ, of B, and of the cosine of the angle between them."""
    return lambda w, b: wrong(w[:-1].T, b, cosine(w[:-1].T, b))


SLIPS = {
    "that is in radians": slip(lambda u, b, c: np.radians(degrees(c))),
    "that is the cosine, not the angle": slip(lambda u, b, c: c),
    "row by row and then averaged: all entries together are one vector": slip(
        lambda u, b, c: np.mean(degrees(cosines(u, b)))
    ),
    "the cosines are averaged row by row: all entries together are one vector": slip(
        lambda u, b, c: degrees(np.mean(cosines(u, b)))
    ),
    "column by column and then averaged: all entries together are one vector": slip(
        lambda u, b, c: np.mean(degrees(cosines(u.T, b.T)))
    ),
    "not transposed: reading both row by row pairs the wrong weights": (
        lambda w, b: between(w[:-1].ravel(), b.ravel())
    ),
    "the arc sine where the arc cosine belongs": slip(lambda u, b, c: 90 - degrees(c)),
    "an absolute value hides the direction": slip(lambda u, b, c: degrees(abs(c))),
    "the sign: that is counted from 180° down": slip(lambda u, b, c: degrees(-c)),
    "only one of the lengths is divided out": slip(
        lambda u, b, c: degrees(np.sum(u * b) / norm(u))
    ),
    "only one of the lengths is divided out, that of B": slip(
        lambda u, b, c: degrees(np.sum(u * b) / norm(b))
    ),
    "the lengths are missing: divide the dot product by both": slip(
        lambda u, b, c: degrees(np.sum(u * b))
    ),
    "the lengths are squared": slip(lambda u, b, c: degrees(c / norm(u) / norm(b))),
    "turned into degrees twice": slip(lambda u, b, c: np.degrees(degrees(c))),
    "the cosine of the cosine, where the arc cosine belongs": slip(
        lambda u, b, c: np.degrees(np.cos(c))
    ),
    "the spectral norm, where the length of one long vector belongs": slip(
        lambda u, b, c: degrees(np.sum(u * b) / norm(u, 2) / norm(b, 2))
    ),
}
GIVE = ROUNDING
draw = draw_matrices


def draw_weights(rng):
    """Weights that are not square, so that a forgotten transpose shows."""
    units, outputs, _ = draw_sizes(rng, 1)
    return rng.normal(0, 1, (units + 1, outputs))


@fact(1)
def zero_and_a_half_turn(answer, rng):
    """It is 0° where B is W°ᵀ or a positive multiple of it, and 180° for a negative one; never nan,
    although rounding can push a cosine a little past 1."""
    cases = [
        ((w, factor * w[:-1].T), right, f"for B = {factor} W°ᵀ")
        for w in (draw_weights(rng) for _ in range(20))
        for factor, right in ((1.0, 0), (1e-6, 0), (7.0, 0), (-0.3, 180))
    ]
    require_zero_or_a_half_turn(answer, cases, SLIPS)


@fact(2)
def a_known_angle(answer, rng):
    """For a B that is W°ᵀ turned by a known angle, it is in proportion to that angle, however long B
    is."""
    cases = []
    # More than one, since an average over rows can come close by chance. Short vectors near a right
    # angle first: there no wrong formula leaves [−1, 1], so that each can be told from the others.
    for short in (True, True, False):
        for side in (-1, 1):
            w = draw_weights(rng)
            if short:
                w *= 0.4 / norm(w[:-1])
            angle = 90 + side * (rng.uniform(5, 15) if short else rng.uniform(20, 70))
            b = turned(rng, w[:-1].T.ravel(), angle).reshape(w[:-1].T.shape)
            given = w, b * (0.7 if short else rng.uniform(0.3, 5))
            cases.append((given, angle))
    require_in_proportion(answer, cases, "for an angle of {}°", SLIPS, DEGREES)


biases = biases_change_no_angle("Changing the biases changes no angle.")


def cases(rng):
    def pair(units, outputs, scale=1.0, other=1.0):
        w, b = rng.normal(0, 1, (units + 1, outputs)), rng.normal(0, 1, (outputs, units))
        return scale * w, other * (b + w[:-1].T * rng.uniform(-1, 1))

    yield "for square weights", (one := pair(4, 4))
    yield OTHER_NUMBERS, (one[0], pair(4, 4)[1])
    yield OTHER_NUMBERS, (pair(4, 4)[0], one[1])
    yield "for a single output", pair(5, 1)
    yield "for a single unit below", pair(1, 5)
    yield "for hundreds of units", pair(150, 90)
    for scale, other in ((1e-9, 1e-8), (1e-4, 1e-5), (1e6, 1e7), (1e-2, 1e3), (1e8, 1)):
        yield "for weights large and small", pair(4, 3, scale, other)
    for angle in EVERY_ANGLE:
        w, _ = pair(4, 3)
        yield f"for an angle of {angle}°", (w, turned(rng, w[:-1].T.ravel(), angle).reshape(3, 4))
    yield "in single precision", tuple(np.float32(m) for m in one)
    w, b = pair(5, 4)
    b[1], w[2], w[:, 3] = 0, 0, 0
    yield "where weights are zero", (w, b)
    w[1], b[:, 1] = w[0], b[:, 0]
    yield "where units have the same weights", (w, b)
    yield "where all weights are above zero", (np.abs(w), np.abs(b))


every_size = right_at_every_size(
    "All this is so at every size and scale: for square weights, a single unit or output and hundreds, "
    "and for weights large and small.",
    lambda w, b: between(w[:-1].T, b),
    cases,
    slips=SLIPS,
    relative=0,
    absolute=DEGREES,
)
untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
