"""Facts about the cosine of the angle between two updates."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import CLOSE, flat
from ..laws.angles import EVERY_ANGLE, cosine, degrees, past_one, turned
from ..laws.extremes import OTHER_NUMBERS, right_at_every_size
from ..laws.one_number import as_number, cause_of_number, close, numbers, require_number
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "An update has several matrices. What single vector stands for all of them?",
    "Flatten each matrix and put them end to end, for both updates. Then the dot product over the "
    "product of the two lengths. A zero update has no direction: answer nan.",
    "`np.concatenate` puts flattened layers end to end, `@` is the dot product of two vectors, and "
    "`np.linalg.norm` a length. Look at the lengths before you divide by them.",
)

ACUTE, OBTUSE = (15, 70), (110, 160)
SHORT = 3e-4
"""A length as of updates late in training: only one of zero is too short."""
norm = np.linalg.norm


def slip(wrong):
    """A slip that is a function of both updates as long vectors, and of their cosine."""
    return lambda a, b: wrong(flat(a), flat(b), cosine(flat(a), flat(b)))


def by_layer(a, b):
    return [cosine(p, q) for p, q in zip(a, b, strict=True)]


SLIPS = {
    "layer by layer, and then averaged: all entries together are one vector": (
        lambda a, b: np.mean(by_layer(a, b))
    ),
    "averaged over the layers by their sizes: all entries together are one vector": (
        lambda a, b: np.average(by_layer(a, b), weights=[p.size for p in a])
    ),
    "only the first layer": lambda a, b: cosine(a[0], b[0]),
    "only the last layer": lambda a, b: cosine(a[-1], b[-1]),
    "the lengths are missing: that is the dot product": slip(lambda u, v, c: u @ v),
    "only one of the lengths is divided out": slip(lambda u, v, c: u @ v / norm(u)),
    "only one of the lengths is divided out, that of b": slip(lambda u, v, c: u @ v / norm(v)),
    "that is an angle; the cosine is asked for": slip(lambda u, v, c: np.radians(degrees(c))),
    "that is an angle in degrees; the cosine is asked for": slip(lambda u, v, c: degrees(c)),
    "the lengths are squared": slip(lambda u, v, c: c / norm(u) / norm(v)),
    "the absolute value hides the direction": slip(lambda u, v, c: abs(c)),
    "the correlation: the means are subtracted, which changes the angle": slip(
        lambda u, v, c: np.corrcoef(u, v)[0, 1]
    ),
    "the sum of the lengths of the layers, where the length of the whole belongs": (
        lambda a, b: flat(a) @ flat(b) / sum(norm(p) * norm(q) for p, q in zip(a, b, strict=True))
    ),
    "added up layer by layer: all entries together are one vector": (
        lambda a, b: np.sum(by_layer(a, b))
    ),
    "that is the sine; the cosine is asked for": slip(
        lambda u, v, c: np.sqrt(1 - np.clip(c, -1, 1) ** 2)
    ),
    "that is a distance, one minus the cosine": slip(lambda u, v, c: 1 - c),
    "squared: that hides the direction": slip(lambda u, v, c: c**2),
    "the sign": slip(lambda u, v, c: -c),
    "absolute values where squares belong: the length is the root of the sum of squares": slip(
        lambda u, v, c: u @ v / norm(u, 1) / norm(v, 1)
    ),
    "averaged over the entries, where the dot product adds them up": slip(
        lambda u, v, c: c / u.size
    ),
    "1, as for a = b: one of the updates is not used": slip(lambda u, v, c: cosine(u, u)),
    "only the signs of the entries": slip(lambda u, v, c: np.mean(np.sign(u) * np.sign(v))),
}
GIVE = CLOSE  # in float32 the rounding of a cosine does not shrink with the cosine


def draw(rng):
    shapes = [tuple(rng.integers(1, 8, 2)) for _ in range(rng.integers(1, 5))]
    a, b = ([rng.normal(0, 1, shape) for shape in shapes] for _ in range(2))
    return (a, [0 * layer for layer in b]) if rng.random() < 0.2 else (a, b)


def draw_update(rng, layers=3):
    """An update whose layers differ in shape, number of axes and length."""
    shapes = [(3, 4), (5, 2), (6,), (2, 7)][:layers]
    return [rng.normal(0, 1, shape) * rng.uniform(0.2, 3) for shape in shapes]


def draw_at(rng, bounds, layers=3):
    """Two updates at an angle between two bounds, in degrees, and the cosine of that angle."""
    a, angle = draw_update(rng, layers), rng.uniform(*bounds)
    pieces = np.split(
        turned(rng, flat(a), angle) * rng.uniform(0.5, 4), np.cumsum([p.size for p in a])[:-1]
    )
    b = [piece.reshape(layer.shape) for piece, layer in zip(pieces, a, strict=True)]
    return (a, b), np.cos(np.radians(angle))


def why_nan(answer, rng, factor):
    """The cause of nan between two short updates that are parallel, the second so many times as long."""
    tilted, _ = draw_at(rng, ACUTE)
    lengths = SHORT, factor * SHORT
    as_short = [
        [length / norm(flat(update)) * layer for layer in update]
        for update, length in zip(tilted, lengths, strict=True)
    ]
    if cause := past_one(answer, *as_short):
        return cause
    return "" if np.isnan(as_number(answer(*tilted))) else "only a length of zero is too short"


@fact(1)
def one_and_minus_one(answer, rng):
    """It is 1 between an update and any positive multiple of it, −1 for a negative one, whatever
    their lengths."""
    factors = (1.0, 0.01, 100.0, -3.0) * 20  # rounding pushes only some of the cosines past 1
    cases = []
    for factor in factors:
        a = draw_update(rng)
        length = norm(flat(a))
        a = [SHORT / length * layer for layer in a]
        cases.append((a, [factor * layer for layer in a]))
    for factor, number in zip(factors, numbers(answer, cases), strict=True):
        asked = f"for an update and {factor} of it"
        if np.isnan(number):
            raise Broken(f"nan {asked}", why_nan(answer, rng, abs(factor)))
        if not close(number, np.sign(factor), 1e-4):
            # At 0° and 180° many slips give the same number. Elsewhere each has one of its own.
            given, right = draw_at(rng, ACUTE if factor > 0 else OBTUSE)
            cause = cause_of_number(SLIPS, given, as_number(answer(*given)), right)
            raise Broken(f"{number:.6g} {asked}", cause)


@fact(2)
def a_known_angle(answer, rng):
    """For two updates at a known angle, all layers together, it is the cosine of that angle."""
    for layers in (3, 1, 2, 4):
        for bounds in (ACUTE, OBTUSE):
            given, right = draw_at(rng, bounds, layers)
            require_number(answer, given, right, f"where the cosine is {right:.6g}", SLIPS)


@fact(1, supporting=True)  # zeros obey it
def nothing_in_common(answer, rng):
    """It is 0, and not nan, between two updates that change different layers."""
    for first in (1, 2):
        a, b = draw_update(rng), draw_update(rng)
        a[first:] = [0 * layer for layer in a[first:]]
        b[:first] = [0 * layer for layer in b[:first]]
        number = as_number(answer(a, b))
        if not abs(number) < CLOSE:
            given, right = draw_at(rng, ACUTE)
            else_right = close(as_number(answer(*given)), right)
            cause = "only an update that is zero in all layers has no direction"
            raise Broken(
                f"{number:.4g} between two updates that change different layers",
                cause if np.isnan(number) and else_right else "",
            )


@fact(1, supporting=True, nan=True)
def a_zero_update_has_no_direction(answer, rng):
    """It is nan where one of the updates is zero."""
    a = draw_update(rng)
    nothing = [0 * layer for layer in a]
    for pair in ((a, nothing), (nothing, a)):
        number = as_number(answer(*pair))
        if not np.isnan(number):
            raise Broken(f"{number:g} for an update of zeros", "zero would mean “at a right angle”")


def cases(rng):
    def pair(*shapes, scale=1.0, other=1.0):
        a, b = ([rng.normal(0, 1, shape) for shape in shapes] for _ in range(2))
        b = [p + rng.choice([-1, 1]) * q for p, q in zip(a, b, strict=True)]
        return [scale * p for p in a], [other * q for q in b]

    yield "for square layers of equal size", (one := pair((4, 4), (4, 4)))
    yield OTHER_NUMBERS, (one[0], pair((4, 4), (4, 4))[1])
    yield OTHER_NUMBERS, (pair((4, 4), (4, 4))[0], one[1])
    yield "for layers of one row, one column and one number", pair((1, 5), (5, 1), (1, 1), (1,))
    yield "for one number alone", pair((1, 1))
    yield "for thousands of numbers", pair((40, 50), (51, 60))
    yield "for eight layers", pair(*[(2, 3)] * 8)
    for scale, other in ((1e-9, 1e-8), (1e-4, 1e-5), (1e6, 1e7), (1e-2, 1e3), (1e8, 1)):
        yield "for lengths large and small", pair((4, 3), (5, 2), scale=scale, other=other)
    for angle in EVERY_ANGLE:
        yield f"for an angle of {angle}°", draw_at(rng, (angle, angle))[0]
    a, b = pair((4, 3), (5, 2), (3, 3))
    yield "in single precision", tuple([np.float32(p) for p in each] for each in (a, b))
    sparse = rng.permutation([0, 0, 1, 1, 1])[:, None]
    yield "where entries are zero", ([a[0], sparse * a[1], 0 * a[2]], [b[0], b[1], b[2]])
    yield "where layers are equal", ([a[0], a[0], a[1]], [b[0], b[0], b[1]])
    yield "where one layer is far longer", ([1e4 * a[0], *a[1:]], [b[0], *(1e3 * q for q in b[1:])])
    yield "where all entries are above zero", tuple([np.abs(p) for p in each] for each in (a, b))


every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers, single numbers and thousands of them, "
    "and for updates long and short.",
    lambda a, b: cosine(flat(a), flat(b)),
    cases,
    slips=SLIPS,
    relative=0,
    absolute=CLOSE,
)
untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
