"""Facts about the angle between the signals that backprop and feedback alignment send down."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import DEGREES
from ..laws.angles import (
    EVERY_ANGLE,
    ROUNDING,
    between,
    biases_change_no_angle,
    cosines,
    degrees,
    draw_matrices,
    require_zero_or_a_half_turn,
    turned,
)
from ..laws.extremes import EQUAL, MANY, OTHER_NUMBERS, right_at_every_size
from ..laws.one_number import as_number, numbers, require_in_proportion
from ..laws.problems import draw_sizes
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "For one sample, what are the two vectors, and how many entries does each have?",
    "Compute both signals for the whole batch, a row for each sample. Then work row by row: dot "
    "product over the product of the lengths, arc cosine, degrees. The mean comes last.",
    "`weights[:-1]` has no biases, and `delta @ feedback` is one of the two signals. `np.sum(s * t, "
    "axis=1)` is a dot product for each sample.",
)


def slip(wrong):
    """A slip that is a function of the signals s and t, (batch, units), and of their cosines c."""

    def answer(w, b, delta):
        s, t = delta @ w[:-1].T, delta @ b
        return wrong(s, t, cosines(s, t))

    return answer


SLIPS = {
    "that is in radians": slip(lambda s, t, c: np.mean(np.radians(degrees(c)))),
    "the mean is taken of the cosines: first the angles, then their mean": slip(
        lambda s, t, c: degrees(np.mean(c))
    ),
    "that is a cosine, not an angle": slip(lambda s, t, c: np.mean(c)),
    "the angles are added up, not averaged": slip(lambda s, t, c: np.sum(degrees(c))),
    "the whole batch is taken as one vector: each sample has a length and an angle of its own": slip(
        lambda s, t, c: between(s, t)
    ),
    "the mean is taken of the signals: first the angles, then their mean": slip(
        lambda s, t, c: between(s.mean(0), t.mean(0))
    ),
    "that is the angle of W° and B themselves, not of what they send": (
        lambda w, b, delta: between(w[:-1].T, b)
    ),
    "those are the angles of the rows of W°ᵀ and B: the errors δ mix the rows": (
        lambda w, b, delta: np.mean(degrees(cosines(w[:-1].T, b)))
    ),
    "the lengths are those of the whole batch: `axis=1` is missing in the norm": slip(
        lambda s, t, c: np.mean(degrees(np.sum(s * t, 1) / np.linalg.norm(s) / np.linalg.norm(t)))
    ),
    "the lengths are missing: divide each dot product by both": slip(
        lambda s, t, c: np.mean(degrees(np.sum(s * t, 1)))
    ),
    "the sign of the cosine is lost: an angle may be above 90°": slip(
        lambda s, t, c: np.mean(degrees(np.abs(c)))
    ),
    "one of the two signals has the wrong sign": slip(lambda s, t, c: np.mean(degrees(-c))),
    "the arc sine where the arc cosine belongs": slip(lambda s, t, c: 90 - np.mean(degrees(c))),
    "radians are made of what is in radians already": slip(
        lambda s, t, c: np.mean(np.radians(np.radians(degrees(c))))
    ),
    "a half turn is 180°, not 360°": slip(lambda s, t, c: 2 * np.mean(degrees(c))),
    "only the first sample is looked at": slip(lambda s, t, c: degrees(c[0])),
    "the median is not the mean": slip(lambda s, t, c: np.median(degrees(c))),
}
GIVE = ROUNDING


def draw(rng):
    w, b = draw_matrices(rng)
    return w, b, rng.normal(0, 1, (int(rng.integers(1, 9)), len(b)))


def draw_weak(rng):
    """Weights, and errors whose signals are weak, as late in training: there a small number in the
    denominator does harm."""
    units, outputs, batch = draw_sizes(rng, 1)
    w, delta = rng.normal(0, 1, (units + 1, outputs)), rng.normal(0, 1, (batch, outputs))
    lengths = np.linalg.norm(delta @ w[:-1].T, axis=1, keepdims=True)
    return w, delta * rng.uniform(0.01, 0.03, (batch, 1)) / lengths


def draw_at(rng, angles):
    """Weights, feedback weights and errors whose signals are that many degrees apart."""
    # More outputs than samples: then a B exists for any signals that are asked of it.
    units, outputs = (int(n) for n in rng.choice(np.arange(5, 10), 2, replace=False))
    w, delta = rng.normal(0, 1, (units + 1, outputs)), rng.normal(0, 1, (len(angles), outputs))
    sent = turned(rng, delta @ w[:-1].T, angles) * rng.uniform(0.5, 2, (len(angles), 1))
    b = np.linalg.lstsq(delta, sent, rcond=None)[0]
    return w, b, delta * rng.uniform(0.2, 5, (len(angles), 1))


@fact(1, supporting=True)  # the angle of W° and B obeys it
def zero_and_a_half_turn(answer, rng):
    """It is 0° where B is a positive multiple of W°ᵀ, and 180° where it is a negative one; such samples
    count in the mean."""
    # Thirty times: rounding pushes only some of the cosines past 1.
    cases = []
    for factor, right in ((0.3, 0), (3.0, 0), (-0.7, 180)) * 30:
        w, delta = draw_weak(rng)
        # In a batch of one there is no other angle that could stand in for one that is lost.
        for errors in (delta[:1], delta):
            cases.append(((w, factor * w[:-1].T, errors), right, f"for B = {factor} W°ᵀ"))
    require_zero_or_a_half_turn(answer, cases, SLIPS)
    _require_that_all_count(answer, rng, [draw_split(rng) for _ in range(30)])


@fact(2)
def each_sample_has_its_angle(answer, rng):
    """The mean is taken over the angles of the samples, however strong these are: for signals that are
    known to be 20°, 60° and 130° apart it is in proportion to 70°, in whatever unit."""
    # Five times: a wrong angle can come close to a single mean by chance.
    cases = []
    for _ in range(5):
        # The one in the middle is never the first: it is the median already.
        angles = np.insert(rng.permutation([20.0, 130.0]), rng.integers(1, 3), 60.0)
        angles += rng.uniform(-5, 5, 3)
        cases.append((draw_at(rng, angles), np.mean(angles)))
    asked = "where the mean of the angles is {}°"
    require_in_proportion(answer, cases, asked, SLIPS, DEGREES)


def draw_split(rng):
    w, delta = draw_weak(rng)
    # B is a positive multiple of W°ᵀ for errors of the first output, a negative one for all others.
    delta[0, 1:], delta[1:, 0] = 0, 0
    delta *= 0.02 / np.linalg.norm(delta @ w[:-1].T, axis=1, keepdims=True)
    b = w[:-1].T * np.where(np.arange(w.shape[1]) == 0, 0.7, -0.7)[:, None]
    return w, b, delta


def _require_that_all_count(answer, rng, cases):
    for given, number in zip(cases, numbers(answer, cases), strict=True):
        samples = len(given[-1])
        right = 180 * (1 - 1 / samples)
        if abs(number - right) < ROUNDING:
            continue
        cause = cause_of(SLIPS, given, number, right)
        angles = np.array([20.0, 60.0, 130.0])
        elsewhere = as_number(answer(*draw_at(rng, angles)))
        if not cause and abs(elsewhere - np.mean(angles)) < DEGREES:
            cause = "no sample may drop out of the mean: clip the cosine to [−1, 1]"
        raise Broken(
            f"{number:.4g}° where one of {samples} samples is at 0° and the others at 180°", cause
        )


biases = biases_change_no_angle("Biases carry no error: changing them changes no angle.")


def cases(rng):
    def given(units, outputs, batch, scale=1.0, of_w=1.0, of_b=1.0):
        w, b = rng.normal(0, 1, (units + 1, outputs)), rng.normal(0, 1, (outputs, units))
        b += w[:-1].T * rng.uniform(-1, 1)
        return of_w * w, of_b * b, scale * rng.normal(0, 1, (batch, outputs))

    yield EQUAL, (one := given(4, 4, 4))
    yield OTHER_NUMBERS, (one[0], one[1], given(4, 4, 4)[2])
    yield OTHER_NUMBERS, (one[0], given(4, 4, 4)[1], one[2])
    yield OTHER_NUMBERS, (given(4, 4, 4)[0], one[1], one[2])
    yield "for a single sample", given(5, 4, 1)
    yield "for a single output", given(4, 1, 5)
    yield "for a thousand samples and more", given(4, 3, int(rng.choice(MANY)))
    for scale in (1e-9, 1e-7, 1e5):
        yield "for errors large and small", given(4, 3, 5, scale)
    for of_w, of_b in ((1e-6, 1e-5), (1e4, 1e-3), (1e-2, 1e5)):
        yield "for weights large and small", given(4, 3, 5, 1.0, of_w, of_b)
    yield "for hundreds of units", given(150, 90, 3)
    yield "in single precision", tuple(np.float32(m) for m in one)
    w, b, delta = given(5, 4, 6)
    yield "for angles of every size", draw_at(rng, np.array(EVERY_ANGLE[::2]))
    yield "for angles of every size", draw_at(rng, np.array(EVERY_ANGLE[1::2]))
    yield "for samples strong and weak", (w, b, delta * 10 ** rng.uniform(-6, 3, (6, 1)))
    yield "where samples are equal", (w, b, delta[[0, 0, 1, 2, 1, 0]])
    # One output alone is wrong in one sample, as with a one-hot target and a sure prediction.
    delta[0, 1:], w[1] = 0, 0
    yield "where errors and weights are zero", (w, b, delta)


every_size = right_at_every_size(
    "All this is so at every size and scale: for square weights, a single sample or output and "
    "thousands, and for errors large and small.",
    lambda w, b, delta: float(np.mean(degrees(cosines(delta @ w[:-1].T, delta @ b)))),
    cases,
    slips=SLIPS,
    relative=0,
    absolute=DEGREES,
)
untouched = inputs_stay_as_they_are("Measuring does not change what is measured.", cases)
