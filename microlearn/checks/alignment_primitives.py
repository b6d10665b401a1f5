"""Facts about the five primitives, each of which is minus the derivative of a penalty on B."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, distance
from ..laws.alignment import slope
from ..laws.extremes import EQUAL, OTHER_NUMBERS, right_at_every_size
from ..laws.problems import draw_sizes
from ..laws.slips import cause_of_several
from ..laws.standard import inputs_stay_as_they_are, require_shapes

HINTS = (
    "Take a single entry of B and pull it up a little. By how much does each penalty grow? Two of them "
    "are straight lines in B, and three are parabolas.",
    "A straight line has a slope without B: that of `amp` is the average product of what the two ends "
    "do, that of `self` is a weight. A parabola has B in its slope, and the ½ goes: for `null` write "
    "down the derivative of ½ ‖z B‖² for one row z, for `sparse` that of ½ ‖h Bᵀ‖².",
    "With z for a row of `response` and h for the same row of `activity`, the slopes are B, −zᵀh, "
    "zᵀ(z B), (B hᵀ) h and −W°ᵀ. Turn the signs round. Where a row stands twice, a product of whole "
    "matrices adds it up over the samples; divide by their number.",
)

NAMES = ("decay", "amp", "null", "sparse", "self")

PENALTIES = {
    "decay": lambda w, b, h: 0.5 * np.sum(b**2),
    "amp": lambda w, b, h: -np.mean(np.sum((h @ w @ b) * h, axis=1)),
    "null": lambda w, b, h: 0.5 * np.mean(np.sum((h @ w @ b) ** 2, axis=1)),
    "sparse": lambda w, b, h: 0.5 * np.mean(np.sum((h @ b.T) ** 2, axis=1)),
    "self": lambda w, b, h: -np.trace(w @ b),
}


def covariance(h):
    c = h - h.mean(axis=0)
    return c.T @ c / len(h)


def summed(h):
    return h.T @ h


# What each is, from W°, B and h: sums over samples of products, one after the other.
RIGHT = {
    "decay": lambda w, b, h: -b,
    "amp": lambda w, b, h: w.T @ summed(h) / len(h),
    "null": lambda w, b, h: -(w.T @ summed(h) @ w / len(h)) @ b,
    "sparse": lambda w, b, h: -b @ summed(h) / len(h),
    "self": lambda w, b, h: w.T,
}

# One slip in one of them.
OF_ONE = {
    "decay": {
        "the sign: that makes B grow without end": lambda w, b, h: b,
        "a factor 2: the ½ in front cancels it": lambda w, b, h: -2 * b,
        "a factor ½: the square brings a 2 with it": lambda w, b, h: -b / 2,
        "W° decays there, and B should": lambda w, b, h: -w.T,
        "no mean belongs there: its penalty is over no samples": lambda w, b, h: -b / len(h),
        "of the slope only the sign is left": lambda w, b, h: -np.sign(b),
    },
    "amp": {
        "the sign: where both ends go together, B grows": lambda w, b, h: -RIGHT["amp"](w, b, h),
        "the sum over the samples where their mean belongs": lambda w, b, h: w.T @ summed(h),
        "a factor ½ too many: its penalty has none": lambda w, b, h: RIGHT["amp"](w, b, h) / 2,
        "means are taken off: it is the average product, not the covariance": (
            lambda w, b, h: w.T @ covariance(h)
        ),
        "what B makes of the activity, where what W° makes of it belongs": (
            lambda w, b, h: b @ summed(h) / len(h)
        ),
        "the samples are averaged before the product: it is the mean of products": (
            lambda w, b, h: np.outer((h @ w).mean(axis=0), h.mean(axis=0))
        ),
        "the variances alone: what two units have in common counts too": (
            lambda w, b, h: w.T * np.mean(h**2, axis=0)
        ),
        "B stands in it: its penalty is a straight line in B, so its slope has none": (
            lambda w, b, h: RIGHT["amp"](w, b, h) * b
        ),
    },
    "null": {
        "the sign: that makes what comes back grow": lambda w, b, h: -RIGHT["null"](w, b, h),
        "the sum over the samples where their mean belongs": (
            lambda w, b, h: len(h) * RIGHT["null"](w, b, h)
        ),
        "a factor 2: the ½ in front cancels it": lambda w, b, h: 2 * RIGHT["null"](w, b, h),
        "a factor ½: the square brings a 2 with it": lambda w, b, h: RIGHT["null"](w, b, h) / 2,
        "that is `sparse`: here the response goes through B, there the activity": (
            lambda w, b, h: RIGHT["sparse"](w, b, h)
        ),
        "that is minus `amp`: what comes back through B is missing": (
            lambda w, b, h: -RIGHT["amp"](w, b, h)
        ),
        "means are taken off: it is the average product, not the covariance": (
            lambda w, b, h: -covariance(h @ w) @ b
        ),
        "the units above one by one: what two of them have in common counts too": (
            lambda w, b, h: -np.mean((h @ w) ** 2, axis=0)[:, None] * b
        ),
    },
    "sparse": {
        "the sign: that makes what B makes of the activity grow": (
            lambda w, b, h: -RIGHT["sparse"](w, b, h)
        ),
        "the sum over the samples where their mean belongs": lambda w, b, h: -b @ summed(h),
        "a factor 2: the ½ in front cancels it": lambda w, b, h: 2 * RIGHT["sparse"](w, b, h),
        "a factor ½: the square brings a 2 with it": lambda w, b, h: RIGHT["sparse"](w, b, h) / 2,
        "that is `null`: here the activity goes through Bᵀ, there the response through B": (
            lambda w, b, h: RIGHT["null"](w, b, h)
        ),
        "means are taken off: it is the average product, not the covariance": (
            lambda w, b, h: -b @ covariance(h)
        ),
        "the units below one by one: what two of them have in common counts too": (
            lambda w, b, h: -b * np.mean(h**2, axis=0)
        ),
        "W°ᵀ stands there where B belongs": lambda w, b, h: -RIGHT["amp"](w, b, h),
    },
    "self": {
        "the sign: B should come to W°ᵀ, and flees from it": lambda w, b, h: -w.T,
        "that is B itself: the trace goes with B, so its slope is made of W°": lambda w, b, h: b,
        "a factor ½ too many: its penalty has none": lambda w, b, h: w.T / 2,
        "no mean belongs there: its penalty is over no samples": lambda w, b, h: w.T / len(h),
        "decay is in it already: that is the sum of both": lambda w, b, h: w.T - b,
        "of the weights only the signs are left": lambda w, b, h: np.sign(w.T),
    },
}


def primitives(w, b, h):
    return [RIGHT[name](w, b, h) for name in NAMES]


def with_a_slip(name, part):
    """All five, one of which is another."""
    return lambda *given: [part(*given) if n == name else RIGHT[n](*given) for n in NAMES]


SLIPS = {
    f"`{name}`: {cause}": with_a_slip(name, part)
    for name, parts in OF_ONE.items()
    for cause, part in parts.items()
}


def draw(rng):
    """Some sizes are equal, and some arguments zero, now and then."""
    if rng.random() < 0.3:
        inputs, outputs, samples = rng.choice(rng.integers(1, 7, 2), 3)
    else:
        inputs, outputs, samples = draw_sizes(rng, 1)
    given = given_of(rng, int(inputs), int(outputs), int(samples))
    return tuple(part * (rng.random() > 0.1) for part in given)


def given_of(rng, inputs, outputs, samples):
    activity = rng.normal(0, 1, (samples, inputs)) + rng.normal(0, 1, inputs)
    return (rng.normal(0, 1, (inputs, outputs)), rng.normal(0, 1, (outputs, inputs)), activity)


def given_for_a_fact(rng):
    inputs, outputs, samples = draw_sizes(rng, 1)
    return given_of(rng, inputs, outputs, samples)


@fact(gate=True)
def shapes(answer, rng):
    """You return five arrays, each with the shape of B."""
    given = given_for_a_fact(rng)
    require_shapes(answer(*given), 5 * [given[1]], "primitive")


def is_minus_the_slope(name, sentence):
    """A fact about one of the five."""
    at = NAMES.index(name)

    def test(answer, rng):
        cases = [given_for_a_fact(rng) for _ in range(3)]
        right = [-slope(lambda b, w=w, h=h: PENALTIES[name](w, b, h), b0) for w, b0, h in cases]
        seen = [primitives[at] for primitives in answer.each(cases)]
        if not agree(seen, right):
            cause = cause_of_several(OF_ONE[name], cases, seen, right)
            raise Broken(
                f"it is off by {max(map(distance, seen, right)):.2g} of its largest entry",
                f"in `{name}`: {cause}" if cause else "",
            )

    test.__doc__ = sentence
    return fact(1)(test)


decay = is_minus_the_slope(
    "decay", "`decay` is minus the slope of ½ ‖B‖², measured at each entry of B: B shrinks."
)
amp = is_minus_the_slope(
    "amp",
    "`amp` is minus the measured slope of − mean (h W° B hᵀ): what both ends do together is learned.",
)
null = is_minus_the_slope(
    "null",
    "`null` is minus the measured slope of ½ mean ‖h W° B‖²: what comes back through B is unlearned.",
)
sparse = is_minus_the_slope(
    "sparse",
    "`sparse` is minus the measured slope of ½ mean ‖h Bᵀ‖²: what B makes of the activity is "
    "unlearned.",
)
own = is_minus_the_slope("self", "`self` is minus the measured slope of − tr(W° B).")


def cases(rng):
    yield EQUAL, (one := given_of(rng, 4, 4, 4))
    other = given_of(rng, 4, 4, 4)
    for changed in range(3):
        yield OTHER_NUMBERS, tuple(other[i] if i == changed else one[i] for i in range(3))
    yield "for one unit below and above, and one sample", given_of(rng, 1, 1, 1)
    yield "for a single sample", given_of(rng, 4, 3, 1)
    yield "for a single unit above", given_of(rng, 4, 1, 5)
    yield "for a single unit below", given_of(rng, 1, 4, 5)
    yield (
        "for hundreds of units and of samples",
        given_of(rng, *map(int, rng.integers(120, 150, 3))),
    )
    w, b, h = given_of(rng, 4, 3, 5)
    yield "where all is zero", (0 * w, 0 * b, 0 * h)
    yield "where B is zero", (w, 0 * b, h)
    yield "where the activity is zero", (w, b, 0 * h)
    for scale in (1e-4, 1e4):
        yield "where the activity is strong or weak", (w, b, scale * h)
        yield "where the weights are large or small", (scale * w, scale * b, h)


every_size = right_at_every_size(
    "All this is so at every size and scale: for square weights, single units and samples, zeros, and "
    "numbers large and small.",
    primitives,
    cases,
    points=1,
    supporting=True,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Weights, feedback weights and activity stay as they were.", cases
)
