"""Facts about a mirror that listens to activity in place of noise."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, what_differs
from ..laws.extremes import EQUAL, MANY, OTHER_NUMBERS, right_at_every_size
from ..laws.inputs import typical
from ..laws.problems import draw_sizes
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, require_shapes

HINTS = (
    "In the argument for noise there is a step at which ξ_i ξ_k is averaged. What is that average when "
    "two units tend to fire together?",
    "Take the mean of each unit's activity off, over the samples. The covariance is the average of the "
    "products of any two units, (fan_in, fan_in). W°ᵀ comes before it: no unit above hears another "
    "unit above.",
    "With `centred = activity - ...`, the covariance is `centred.T @ centred` over the number of "
    "samples. `weights[:-1].T @ ...` of it has the shape of B.",
)


def covariance(h, over=len):
    c = h - h.mean(axis=0)
    return c.T @ c / over(h)


def average(a, h):
    return a.T @ h / len(h)


def slip(wrong):
    """A slip that is a function of W° and of the activity."""
    return lambda w, h: wrong(w[:-1], h)


SLIPS = {
    "the means are not taken off: that is the average product, not the covariance": slip(
        lambda w, h: w.T @ (h.T @ h) / len(h)
    ),
    "the biases are not taken off with the mean response": (
        lambda w, h: (h @ w[:-1] + w[-1]).T @ h / len(h)
    ),
    "the sum over the samples where their average belongs": slip(
        lambda w, h: w.T @ covariance(h, lambda h: 1)
    ),
    "divided by the samples less one: the average is over exactly these samples": slip(
        lambda w, h: w.T @ covariance(h, lambda h: len(h) - 1)
    ),
    "divided by the number of units, not of samples": slip(
        lambda w, h: w.T @ covariance(h, lambda h: h.shape[1])
    ),
    "the sign: units that fire together add up": slip(lambda w, h: -w.T @ covariance(h)),
    "a factor 2 too many": slip(lambda w, h: 2 * w.T @ covariance(h)),
    "the variances alone: what two units have in common counts too": slip(
        lambda w, h: w.T * h.var(axis=0)
    ),
    "the standard deviations, where variances and covariances belong": slip(
        lambda w, h: w.T * h.std(axis=0)
    ),
    "correlations, where covariances belong: loud units count for more": slip(
        lambda w, h: w.T @ np.corrcoef(h.T)
    ),
    "W°ᵀ itself: that is what white noise gives": slip(lambda w, h: w.T.copy()),
    "the covariance is divided out; the mirror multiplies by it": slip(
        lambda w, h: w.T @ np.linalg.pinv(covariance(h))
    ),
    "divided by the mean variance: the average itself is asked for": slip(
        lambda w, h: w.T @ covariance(h) / h.var(axis=0).mean()
    ),
    "the mean is that over the units; each unit has a mean of its own, over the samples": slip(
        lambda w, h: w.T @ average(*2 * [h - h.mean(axis=1, keepdims=True)])
    ),
    "one mean is taken off all units; each has a mean of its own, `axis=0`": slip(
        lambda w, h: w.T @ (h - h.mean()).T @ (h - h.mean()) / len(h)
    ),
    "the response is what the units receive, not what their nonlinearity makes of it": (
        lambda w, h: average(np.tanh(h @ w[:-1] + w[-1]), h - h.mean(axis=0))
    ),
    "W°ᵀ is taken away: the average is where the mirror rests, not its step": slip(
        lambda w, h: w.T @ covariance(h) - w.T
    ),
    "the covariance enters twice": slip(lambda w, h: w.T @ covariance(h) @ covariance(h)),
    "the root of the covariance": slip(lambda w, h: w.T @ root(covariance(h))),
    "only the first half of the samples": slip(lambda w, h: w.T @ covariance(h[: len(h) // 2])),
}


def root(matrix):
    values, axes = np.linalg.eigh(matrix)
    return axes * np.sqrt(np.maximum(values, 0)) @ axes.T


def draw(rng):
    units, outputs, samples = draw_sizes(rng, 1)
    return rng.normal(0, 1, (units + 1, outputs)), draw_activity(rng, 5 * samples, units)


def draw_activity(rng, samples, units):
    """Activity of units that go together, each with a mean of its own."""
    return rng.normal(0, 1, (samples, units)) @ rng.normal(0, 1, (units, units)) + rng.normal(
        0, 2, units
    )


def whitened(h):
    """The activity with a covariance of 1, exactly, and mean 0."""
    c = h - h.mean(axis=0)
    return c @ np.linalg.inv(np.linalg.cholesky(covariance(h))).T


def require(answer, given, right, what):
    seen = answer(*given)
    if not agree(seen, right):
        raise Broken(what, cause_of(SLIPS, given, seen, right) or what_differs([seen], [right]))


@fact(gate=True)
def shapes(answer, rng):
    """It has the shape of feedback weights, (fan_out, fan_in)."""
    w, h = typical(answer.exercise, rng)
    seen, right = answer(w, h), w[:-1].T
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    require_shapes([seen], [right], "feedback matrix")


@fact(1)
def white_activity_gives_the_transpose(answer, rng):
    """Activity without correlations, all units with the variance v, gives v W°ᵀ, whatever the means and
    the biases."""
    for _ in range(3):
        w, h = typical(answer.exercise, rng)
        v = rng.uniform(0.2, 0.6) * rng.choice([1, 10])
        given = w, np.sqrt(v) * whitened(h) + h.mean(axis=0)
        require(answer, given, v * w[:-1].T, f"for a variance of {v:.3g} it is not v W°ᵀ")


@fact(2)
def what_goes_together(answer, rng):
    """Where all units rise and fall together, h = s v, the average knows that one direction alone: it is
    Var(s) (W°ᵀ v) vᵀ."""
    for _ in range(3):
        w, h = typical(answer.exercise, rng)
        s, v, mean = (rng.normal(0, 1, k) for k in (len(h), h.shape[1], h.shape[1]))
        right = np.var(s) * np.outer(w[:-1].T @ v, v)
        given = w, np.outer(s, v) + mean
        require(answer, given, right, "with a single direction of activity it is another")


@fact(2)
def it_is_where_the_mirror_rests(answer, rng):
    """It is the average, over the samples, of response times activity, the mean response taken off."""
    for _ in range(3):
        w, h = typical(answer.exercise, rng)
        a = h @ w[:-1]
        right = sum(np.outer(r, x) for r, x in zip(a - a.mean(axis=0), h, strict=True)) / len(h)
        require(answer, (w, h), right, "it is not the average of response times activity")


def cases(rng):
    def given(units, outputs, samples, scale=1.0):
        w = rng.normal(0, 1, (units + 1, outputs))
        return w, scale * draw_activity(rng, samples, units)

    yield EQUAL, (one := given(4, 4, 4))
    yield OTHER_NUMBERS, (one[0], given(4, 4, 4)[1])
    yield OTHER_NUMBERS, (given(4, 4, 4)[0], one[1])
    yield "for a single unit above", given(4, 1, 9)
    yield "for two samples", given(4, 3, 2)
    yield "for a thousand samples and more", given(4, 3, int(rng.choice(MANY)))
    for scale in (1e-9, 1e-5, 1e4):
        yield "for activity that is strong or weak", given(4, 3, 9, scale)
    yield "for a hundred units and more", given(int(rng.integers(100, 150)), 3, 20)
    w, h = given(5, 4, 7)
    yield "in single precision", (np.float32(w), np.float32(h))
    yield "where samples are equal", (w, h[[0, 0, 1, 2, 1, 0]])
    silent = rng.permutation([0, 0, 1, 1, 1, 1, 1])[:, None]
    yield "where all units are silent in some samples", (w, silent * h)
    yield "where no unit is active above zero", (w, -np.abs(h))
    yield "where units are on or off", (w, (h > h.mean(axis=0)) * 1.0)
    still = h * np.array([0, 1, 1, 1, 0]) + np.array([0, 0, 0, 0, 2])
    yield "where units are always silent, or always as active", (w * [1, 0, 1, 1], still)
    yield "where units go together", (w, h[:, [0, 0, 1, 2, 2]])


every_size = right_at_every_size(
    "All this is so at every size and scale: for square weights, a single unit above, two samples and "
    "thousands, and activity strong and weak.",
    lambda w, h: ((h - h.mean(axis=0)) @ w[:-1]).T @ h / len(h),
    cases,
    slips=SLIPS,
    relative=1e-4,  # means are taken off, which costs float32 some digits
)
untouched = inputs_stay_as_they_are("Weights and activity stay as they were.", cases)
