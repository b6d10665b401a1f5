"""Facts about the angle between the signals that backprop and feedback alignment send down."""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.agreement import DEGREES
from ..laws.numbers import as_number, require_value
from ..laws.problems import draw_sizes
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "For one sample, what are the two vectors, and how many entries does each have?",
    "Compute both signals for the whole batch, a row for each sample. Then work row by row: dot "
    "product over the product of the lengths, arc cosine, degrees. The mean comes last.",
    "`weights[:-1]` has no biases, and `delta @ feedback` is one of the two signals. `np.sum(s * t, "
    "axis=1)` is a dot product for each sample.",
)

GIVE = DEGREES


def draw(rng):
    units, outputs, batch = draw_sizes(rng, 1)
    w, b = rng.normal(0, 1, (units + 1, outputs)), rng.normal(0, 1, (outputs, units))
    delta = rng.normal(0, 1, (batch, outputs))
    # Weak signals, as late in training: a small number in the denominator does harm.
    lengths = np.linalg.norm(delta @ w[:-1].T, axis=1, keepdims=True)
    return w, b, delta * rng.uniform(0.01, 0.03, (batch, 1)) / lengths


def _require_the_mean_of_the_angles(answer, rng):
    angles = rng.permutation([20.0, 60.0, 130.0]) + rng.uniform(-5, 5, 3)
    turn = np.radians(angles)[:, None]
    # More outputs than samples: then a B exists for any signals that are asked of it.
    units, outputs = (int(n) for n in rng.choice(np.arange(5, 10), 2, replace=False))
    w = rng.normal(0, 1, (units + 1, outputs))
    delta = rng.normal(0, 1, (3, outputs))
    up = delta @ w[:-1].T
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    across = rng.normal(0, 1, up.shape)
    across -= up * np.sum(up * across, axis=1, keepdims=True)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    sent = (np.cos(turn) * up + np.sin(turn) * across) * rng.uniform(0.5, 2, (3, 1))
    back = np.linalg.lstsq(delta, sent, rcond=None)[0]
    delta *= rng.uniform(0.2, 5, (3, 1))
    seen = answer(w, back, delta)
    s, t = delta @ w[:-1].T, delta @ back
    cosine = np.sum(s * t, 1) / np.linalg.norm(s, axis=1) / np.linalg.norm(t, axis=1)

    def between(a, b):
        return np.degrees(np.arccos(np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)))

    require_value(
        seen,
        np.mean(angles),
        f"where the mean of the angles is {np.mean(angles):.4g}°",
        {
            "that is in radians": np.mean(np.radians(angles)),
            "the mean is taken of the cosines: first the angles, then their mean": np.degrees(
                np.arccos(np.mean(cosine))
            ),
            "that is a cosine, not an angle": np.mean(cosine),
            "the angles are added up, not averaged": np.sum(angles),
            "the whole batch is taken as one vector: each sample has a length and an angle of its "
            "own": between(s, t),
            "the mean is taken of the signals: first the angles, then their mean": between(
                s.mean(0), t.mean(0)
            ),
            "that is the angle of W° and B themselves, not of what they send": between(
                w[:-1].T, back
            ),
            "those are the angles of the rows of W°ᵀ and B: the errors δ mix the rows": np.mean(
                [between(u, v) for u, v in zip(w[:-1].T, back, strict=True)]
            ),
            "the lengths are those of the whole batch: `axis=1` is missing in the norm": np.mean(
                np.degrees(
                    np.arccos(np.sum(s * t, 1) / np.linalg.norm(s) / np.linalg.norm(t)),
                )
            ),
            "one of the two signals has the wrong sign": 180 - np.mean(angles),
            "the sign of the cosine is lost: an angle may be above 90°": np.mean(
                np.degrees(np.arccos(np.abs(cosine)))
            ),
            "the arc sine where the arc cosine belongs": np.mean(np.degrees(np.arcsin(cosine))),
            "radians are made of what is in radians already": np.mean(
                np.radians(np.radians(angles))
            ),
            "a half turn is 180°, not 360°": 2 * np.mean(angles),
            "only the first sample is looked at": angles[0],
            "the median is not the mean": np.median(angles),
        },
        tolerance=DEGREES / np.mean(angles),
    )


@fact(1)
def zero_and_a_half_turn(answer, rng):
    """It is 0° where B is a positive multiple of W°ᵀ, and 180° where it is a negative one."""
    # Thirty times: rounding pushes only some of the cosines past 1.
    for factor, right in ((0.3, 0), (3.0, 0), (-0.7, 180)) * 30:
        w, _, delta = draw(rng)
        # In a batch of one there is no other angle that could stand in for one that is lost.
        one = as_number(answer(w, factor * w[:-1].T, delta[:1]))
        number = as_number(answer(w, factor * w[:-1].T, delta)) if abs(one - right) < 0.1 else one
        # arccos turns a rounding of ε into an angle of √(2ε), up to 0.03° in float32.
        if not abs(number - right) < 0.1:
            cause = ""
            if np.isnan(number):
                cause = "rounding takes the cosine a little past 1: clip it to [−1, 1]"
            elif abs(np.degrees(number) - right) < 0.1:
                cause = "that is in radians"
            elif abs(number - right) < 8:
                cause = "a small number added to the denominator: weak signals have angles too"
            raise Broken(f"{number:.4g}° for B = {factor} W°ᵀ", cause)


@fact(2)
def each_sample_has_its_angle(answer, rng):
    """The mean is taken over the angles of the samples: signals that are known to be 20°, 60° and
    130° apart give 70°, however strong they are, and those at 0° and at 180° count too."""
    # Five times: a wrong angle can come close to a single mean by chance.
    for _ in range(5):
        _require_the_mean_of_the_angles(answer, rng)
    # Thirty times: rounding pushes only some of the cosines past 1.
    for _ in range(30):
        _require_that_all_count(answer, rng)


def _require_that_all_count(answer, rng):
    w, _, delta = draw(rng)
    # B is a positive multiple of W°ᵀ for errors of the first output, a negative one for all others.
    delta[0, 1:], delta[1:, 0] = 0, 0
    delta *= 0.02 / np.linalg.norm(delta @ w[:-1].T, axis=1, keepdims=True)
    b = w[:-1].T * np.where(np.arange(w.shape[1]) == 0, 0.7, -0.7)[:, None]
    number, right = as_number(answer(w, b, delta)), 180 * (1 - 1 / len(delta))
    if not abs(number - right) < 0.1:
        raise Broken(
            f"{number:.4g}° where one of {len(delta)} samples is at 0° and the others at 180°",
            "no sample may drop out of the mean: clip the cosine to [−1, 1]",
        )


@fact(1, supporting=True)
def the_biases_send_nothing(answer, rng):
    """The biases are at nobody's end of the way down: changing them changes no angle."""
    w, b, delta = draw(rng)
    other = w.copy()
    other[-1] += rng.normal(0, 3, w.shape[1])
    if abs(as_number(answer(w, b, delta)) - as_number(answer(other, b, delta))) > 1e-3:
        raise Broken("other biases gave another angle", "leave the last row of W out")


untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
