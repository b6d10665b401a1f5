"""Facts about the cosine of the angle between two updates."""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.numbers import CLOSE, as_number, require_value
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "An update has several matrices. What single vector stands for all of them?",
    "Flatten each matrix and put them end to end, for both updates. Then the dot product over the "
    "product of the two lengths. A zero update has no direction: answer nan.",
    "`np.concatenate` puts flattened layers end to end, `@` is the dot product of two vectors, and "
    "`np.linalg.norm` a length. Look at the lengths before you divide by them.",
)


def draw(rng, layers=3):
    shapes = [(3, 4), (5, 2), (6,), (2, 7)][:layers]
    return [rng.normal(0, 1, s) * rng.uniform(0.2, 3) for s in shapes], [
        rng.normal(0, 1, s) * rng.uniform(0.2, 3) for s in shapes
    ]


def _slips(a, b):
    dots = [np.sum(p * q) for p, q in zip(a, b, strict=True)]
    lengths = [np.linalg.norm(p) * np.linalg.norm(q) for p, q in zip(a, b, strict=True)]
    flat = [np.concatenate([p.ravel() for p in u]) for u in (a, b)]
    norms = np.linalg.norm(flat[0]) * np.linalg.norm(flat[1])
    return {
        "layer by layer, and then averaged: all entries together are one vector": np.mean(
            np.divide(dots, lengths)
        ),
        "only the first layer": dots[0] / lengths[0],
        "only the last layer": dots[-1] / lengths[-1],
        "the lengths are missing: that is the dot product": sum(dots),
        "only one of the lengths is divided out": sum(dots) / np.linalg.norm(flat[0]),
        "only one of the lengths is divided out, that of b": sum(dots) / np.linalg.norm(flat[1]),
        "that is an angle; the cosine is asked for": np.arccos(sum(dots) / norms),
        "that is an angle in degrees; the cosine is asked for": np.degrees(
            np.arccos(sum(dots) / norms)
        ),
        "the lengths are squared": sum(dots) / norms**2,
        "the absolute value hides the direction": abs(sum(dots)) / norms,
        "the correlation: the means are subtracted, which changes the angle": np.corrcoef(*flat)[
            0, 1
        ],
        "the sum of the lengths of the layers, where the length of the whole belongs": sum(dots)
        / sum(lengths),
        "added up layer by layer: all entries together are one vector": np.sum(
            np.divide(dots, lengths)
        ),
        "that is the sine; the cosine is asked for": np.sqrt(
            max(0.0, 1 - (sum(dots) / norms) ** 2)
        ),
        "that is a distance, one minus the cosine": 1 - sum(dots) / norms,
        "squared: that hides the direction": (sum(dots) / norms) ** 2,
        "the sign": -sum(dots) / norms,
        "absolute values where squares belong: the length is the root of the sum of squares": sum(
            dots
        )
        / np.prod([np.sum(np.abs(u)) for u in flat]),
        "averaged over the entries, where the dot product adds them up": sum(dots)
        / norms
        / flat[0].size,
        "1, as for a = b: one of the updates is not used": 1.0,
        "only the signs of the entries": np.mean(np.sign(flat[0]) * np.sign(flat[1])),
    }


@fact(1)
def one_and_minus_one(answer, rng):
    """It is 1 between an update and any positive multiple of it, −1 for a negative one, whatever
    their lengths."""
    a, _ = draw(rng)
    # Short, as updates are late in training: only a length of zero is too short.
    length = 3e-4 / np.linalg.norm(np.concatenate([u.ravel() for u in a]))
    a = [length * u for u in a]
    for factor in (1.0, 0.01, 100.0, -3.0):
        right = np.sign(factor)
        number = as_number(answer(a, [factor * u for u in a]))
        if np.isnan(number):
            raise Broken(
                f"nan for an update and {factor} of it", "only a length of zero is too short"
            )
        require_value(
            number, right, f"for an update and {factor} of it",
            _slips(a, [factor * u for u in a]), tolerance=1e-4,
        )  # fmt: skip


@fact(2)
def a_known_angle(answer, rng):
    """For two updates at a known angle, all layers together, it is the cosine of that angle."""
    for layers in (3, 1, 2, 4):
        for low, high in ((0.3, 1.2), (1.9, 2.8)):
            _require_the_cosine(answer, rng, layers, rng.uniform(low, high))


def _require_the_cosine(answer, rng, layers, angle):
    a, b = draw(rng, layers)
    u, v = (np.concatenate([p.ravel() for p in update]) for update in (a, b))
    v -= u * (u @ v) / (u @ u)
    turned = np.cos(angle) * u / np.linalg.norm(u) + np.sin(angle) * v / np.linalg.norm(v)
    pieces = np.split(turned * rng.uniform(0.5, 4), np.cumsum([p.size for p in a])[:-1])
    other = [piece.reshape(p.shape) for piece, p in zip(pieces, a, strict=True)]
    require_value(
        answer(a, other),
        np.cos(angle),
        f"at an angle of {np.degrees(angle):.3g}°",
        _slips(a, other),
    )


@fact(1, supporting=True)  # zeros obey it
def nothing_in_common(answer, rng):
    """It is 0, and not nan, between two updates that change different layers."""
    for first in (1, 2):
        a, b = draw(rng)
        a[first:] = [0 * u for u in a[first:]]
        b[:first] = [0 * u for u in b[:first]]
        number = as_number(answer(a, b))
        if not abs(number) < CLOSE:
            cause = "only an update that is zero in all layers has no direction"
            raise Broken(
                f"{number:.4g} between two updates that change different layers",
                cause if np.isnan(number) else "",
            )


@fact(1, supporting=True, nan=True)
def a_zero_update_has_no_direction(answer, rng):
    """It is nan where one of the updates is zero."""
    a, _ = draw(rng)
    nothing = [0 * u for u in a]
    for pair in ((a, nothing), (nothing, a)):
        number = as_number(answer(*pair))
        if not np.isnan(number):
            raise Broken(f"{number:g} for an update of zeros", "zero would mean “at a right angle”")


untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
