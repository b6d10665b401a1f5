"""Facts about the angle that a mirror has reached.

The simulation averages K outer products of noise and response, in five layers of 40 inputs and 60 units.
The formula leaves out terms of order 1/n, and the mean of the five angles varies: docs/checks.md has by
how much. The other facts are exact.
"""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import DEGREES
from ..laws.angles import between
from ..laws.extremes import right_at_every_size
from ..laws.one_number import as_number, cause_of_number, require_number

HINTS = (
    "Draw a triangle with a right angle: along one side lies W°ᵀ, along the other what chance has "
    "added. Which side is opposite to θ?",
    "The square of the tangent is given. Take its root, and then ask for the angle that has this "
    "tangent. numpy answers in radians.",
    "`np.arctan(np.sqrt(...))` of (n + 1) / K, turned into degrees with `np.degrees`.",
)


def tangent(n, k):
    return np.sqrt((n + 1) / k)


def slip(wrong):
    """A slip that is a function of the tangent √((n + 1) / K)."""
    return lambda n, k: wrong(tangent(n, k))


def angle_of(tan):
    return np.degrees(np.arctan(tan))


SLIPS = {
    "that is in radians": slip(np.arctan),
    "that is the tangent, not the angle": slip(lambda t: t),
    "that is the square of the tangent, not the angle": slip(lambda t: t**2),
    "the square root is missing: the square of the tangent is given": slip(
        lambda t: angle_of(t**2)
    ),
    "the tangent where the arc tangent belongs": slip(lambda t: np.degrees(np.tan(t))),
    "the fraction is upside down: more samples make the angle smaller": slip(
        lambda t: angle_of(1 / t)
    ),
    "n where n + 1 belongs: a weight's own voice varies too": lambda n, k: angle_of(np.sqrt(n / k)),
    "n − 1 where n + 1 belongs": lambda n, k: angle_of(np.sqrt((n - 1) / k)),
    "one too many: n + 1 voices, not n + 2": lambda n, k: angle_of(np.sqrt((n + 2) / k)),
    "the 1 is added to the fraction, not to n": lambda n, k: angle_of(np.sqrt(n / k + 1)),
    "the root of n + 1 alone: it is that of the whole fraction": (
        lambda n, k: angle_of(np.sqrt(n + 1) / k)
    ),
    "the root of K alone: it is that of the whole fraction": (
        lambda n, k: angle_of((n + 1) / np.sqrt(k))
    ),
    "the arc sine where the arc tangent belongs: the sides of the triangle are W°ᵀ and chance": slip(
        lambda t: np.degrees(np.arcsin(np.minimum(t, 1)))
    ),
    "the arc cosine where the arc tangent belongs": slip(
        lambda t: np.degrees(np.arccos(np.minimum(t, 1)))
    ),
    "turned into degrees twice": slip(lambda t: np.degrees(angle_of(t))),
    "a factor 2: K samples are K": lambda n, k: angle_of(np.sqrt((n + 1) / (2 * k))),
    "twice the angle": slip(lambda t: 2 * angle_of(t)),
    "brackets are missing: (n + 1) / K, since `n + 1 / K` divides the 1 alone": (
        lambda n, k: angle_of(np.sqrt(n + 1 / k))
    ),
    "the tangent is turned into degrees: first take the arc tangent of it": slip(np.degrees),
    "K − 1 where K belongs": lambda n, k: angle_of(np.sqrt((n + 1) / max(k - 1, 1e-9))),
    "`radians` where `degrees` belongs: the arc tangent is in radians already": slip(
        lambda t: np.radians(np.arctan(t))
    ),
    "the square root is that of the angle: it is that of the fraction": slip(
        lambda t: np.sqrt(angle_of(t**2))
    ),
}


def draw(rng):
    return int(rng.integers(1, 1000)), int(10 ** rng.uniform(0, 5))


def require(answer, n, k, right):
    asked = f"for {n} input{'s' * (n > 1)} and {k} sample{'s' * (k > 1)}, where it is {right:.4g}°"
    require_number(answer, (n, k), right, asked, SLIPS, DEGREES / right)


@fact(2)
def as_many_samples_as_voices(answer, rng):
    """After n + 1 samples from n inputs, signal and chance are equally long, and the angle is 45°."""
    for n in (1, 2, *map(int, 10 ** rng.uniform(0.5, 3.5, 8))):
        require(answer, n, n + 1, 45.0)


@fact(2)
def the_tangent_falls_as_the_root(answer, rng):
    """Three times as many samples give 30°, and a third of them 60°: the tangent falls as one over the
    root of the samples."""
    for n in map(int, 3 * rng.integers(1, 300, 8) - 1):
        require(answer, n, 3 * (n + 1), 30.0)
        require(answer, n, (n + 1) // 3, 60.0)
        times = int(rng.integers(5, 5000))
        require(answer, n, times * (n + 1), float(np.degrees(np.arctan(times**-0.5))))


@fact(1)
def as_in_a_simulation(answer, rng):
    """It is the mean angle of mirrors that are simulated."""
    inputs, units, mirrors = 40, 60, 5
    for samples in (80, 400):
        w = rng.normal(0, 1, (mirrors, inputs, units))
        xi = rng.normal(0, 1, (mirrors, samples, inputs))
        learned = np.swapaxes(xi @ w, 1, 2) @ xi
        mean = np.mean([between(b, a.T) for a, b in zip(w, learned, strict=True)])
        number, right = as_number(answer(inputs, samples)), angle_of(tangent(inputs, samples))
        if not abs(number - mean) < 0.08 * mean:
            raise Broken(
                f"{number:.4g}° where {mirrors} mirrors of {inputs} inputs are at {mean:.4g}° after "
                f"{samples} samples",
                cause_of_number(SLIPS, (inputs, samples), number, float(right)),
            )


def cases(rng):
    few, many = int(rng.integers(1, 4)), int(10 ** rng.uniform(6, 7))
    for n, k in ((few, few), (few, many), (many, few), (many, many - few), (1, 1)):
        yield f"for n = {n} and K = {k}", (n, k)
    for times in (0.002, 0.02, 0.3, 5, 60, 300):  # some angles are near their sines and tangents
        n = int(rng.integers(1000, 2000))
        yield f"for n = {n} and K = {int(times * n)}", (n, int(times * n))


every_size = right_at_every_size(
    "All this is so for a single input and for millions, after a single sample and after millions.",
    lambda n, k: float(np.degrees(np.arctan2(np.sqrt(n + 1), np.sqrt(k)))),
    cases,
    points=1,
    slips=SLIPS,
    relative=1e-4,
)
