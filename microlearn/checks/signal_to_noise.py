"""Facts about the signal-to-noise ratio."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.extremes import MANY, OTHER_NUMBERS, right_at_every_size
from ..laws.one_number import as_number, close, numbers, require_number
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "Over which of the two axes do the samples lie, and what is left when you average over it?",
    "For each parameter: the mean over the samples, its absolute value, divided by the standard "
    "deviation over the samples. Then the mean over those parameters whose standard deviation is "
    "not zero.",
    "`mean` and `std` of an array take an `axis`; a mask such as `live = std > 0`, in square brackets "
    "behind both of them, keeps the parameters that vary.",
)

DRAWS = 12
"""A few parameters may all have positive means, and a rounded answer may be close: not so many times."""


def draw(rng):
    """Updates of any size, with up to three parameters that never vary."""
    samples = draw_varying(rng) * 10 ** rng.uniform(-6, 2)
    # Values whose mean is exact: where rounding alone makes others vary, `std > 0` is right as well.
    for parameter, value in enumerate((0, 0.5, -2)[: rng.integers(4)]):
        samples[:, parameter] = value
    return (samples,)


def draw_varying(rng, t=0):
    drawn, parameters = (int(n) for n in rng.choice(np.arange(5, 30), 2, replace=False))
    t = t or drawn
    mean, std = rng.normal(0, 1, parameters), rng.uniform(0.5, 2, parameters)
    mean[-1] = 20 * rng.choice([-1, 1])  # one at least that hardly varies
    return rng.normal(mean, std, (t, parameters))


def by_hand(samples, added=0.0):
    """One parameter after another, one sample after another; with a number added to each spread."""
    ratios = []
    for column in samples.T:
        mean = sum(column) / len(column)
        variance = sum((value - mean) ** 2 for value in column) / len(column)
        if variance > 1e-20:
            ratios.append(abs(mean) / (variance**0.5 + added))
    return sum(ratios) / len(ratios)


def live(samples):
    """The samples of those parameters that vary."""
    return samples[:, samples.std(axis=0) > 0]


def ratios(samples):
    """|mean| / standard deviation of each parameter that varies."""
    return np.abs(live(samples).mean(axis=0)) / live(samples).std(axis=0)


def over_the_spread(signal_of):
    """The slip of another signal than |mean| over the standard deviation."""
    return lambda s: np.mean(signal_of(live(s)) / live(s).std(axis=0))


SLIPS = {
    "the absolute value is missing": over_the_spread(lambda s: s.mean(axis=0)),
    "the mean and the spread are taken over the parameters, not over the samples": (
        lambda s: np.mean(np.abs(s.mean(axis=1)) / s.std(axis=1))
    ),
    "upside down: noise over signal": lambda s: np.mean(1 / ratios(s)),
    "the variance in the place of the standard deviation": (
        lambda s: np.mean(ratios(s) / live(s).std(axis=0))
    ),
    "added up over the parameters, not averaged": lambda s: np.sum(ratios(s)),
    "the mean of the absolute values, where the absolute value of the mean belongs": (
        over_the_spread(lambda s: np.abs(s).mean(axis=0))
    ),
    "the ratio of two averages, where the average of the ratios belongs": (
        lambda s: np.mean(np.abs(s.mean(axis=0))) / np.mean(s.std(axis=0))
    ),
    "parameters that never vary count as 0; leave them out": (
        lambda s: np.sum(ratios(s)) / s.shape[1]
    ),
    "squared": lambda s: np.mean(ratios(s) ** 2),
    "the standard deviation of a sample of T − 1: divide by T here": (
        lambda s: np.mean(ratios(s)) * np.sqrt(1 - 1 / len(s))
    ),
    "all numbers taken together, where each parameter has its own ratio": (
        lambda s: np.abs(s.mean()) / s.std()
    ),
    "the root mean square, where the spread about the mean belongs": (
        lambda s: np.mean(1 / np.sqrt(1 + ratios(s) ** -2))
    ),
    "the standard error, which shrinks with T, where the standard deviation belongs": (
        lambda s: np.mean(ratios(s)) * np.sqrt(len(s))
    ),
    "only the first parameter": lambda s: ratios(s)[0],
    "only the first sample, where the mean over the samples belongs": (
        over_the_spread(lambda s: np.abs(s[0]))
    ),
    "the median over the parameters, where their mean belongs": lambda s: np.median(ratios(s)),
    "that is in decibels": lambda s: 20 * np.log10(np.mean(ratios(s))),
}


@fact(3)
def mean_over_spread(answer, rng):
    """It is the mean over the parameters of |mean| / standard deviation over the samples; as many
    samples make a factor, if there is one, the same."""
    t = int(rng.integers(6, 25))
    all_draws = [draw_varying(rng, t) for _ in range(DRAWS)]
    seen = [*numbers(answer, [(samples,) for samples in all_draws])]
    factor = np.median([n / by_hand(samples) for n, samples in zip(seen, all_draws, strict=True)])
    for number, samples in zip(seen, all_draws, strict=True):
        if not (factor > 0 and close(number / factor, by_hand(samples))):
            asked = f"for {samples.shape} numbers"
            require_number(answer, (samples,), by_hand(samples), asked, SLIPS)


@fact(1, supporting=True)  # any constant obeys it
def the_scale_does_not_matter(answer, rng):
    """It does not depend on how large the updates are: a millionth of them has the same ratio."""
    samples = draw_varying(rng)
    one, other = as_number(answer(samples)), as_number(answer(1e-6 * samples))
    if not close(other, one):
        added = (10.0**-digits for digits in range(1, 17))
        small = any(close(other, by_hand(1e-6 * samples, c)) for c in added)
        cause = "a small number added to the denominator" if small else ""
        raise Broken(f"{one:.4g} became {other:.4g}", cause)


@fact(1)
def what_never_varies_is_left_out(answer, rng):
    """Parameters that never vary, such as the weights of a pixel that is always white, are left
    out."""
    for _ in range(DRAWS):
        still = draw_varying(rng)
        still[:, :2] = 0
        still = np.hstack([still, np.tile([0.5, -0.25], (len(still), 1))])
        number = as_number(answer(still))
        if not np.isfinite(number):
            raise Broken(f"{number} with four parameters that never vary", "a division by zero")
        asked = "with four parameters that never vary"
        require_number(answer, (still,), by_hand(still), asked, SLIPS)


def cases(rng):
    def some(samples, parameters, scale=1.0):
        return scale * rng.normal(rng.normal(0, 1, parameters), 1, (samples, parameters))

    yield "for as many samples as parameters", (some(6, 6),)
    yield OTHER_NUMBERS, (some(6, 6),)
    # Not too close to each other for float32, which would lose their difference.
    apart = np.outer([1, -1], rng.uniform(0.3, 2, 30))
    yield "for two samples", (rng.normal(0, 1, 30) + apart,)
    yield "for a thousand samples and more", (some(int(rng.choice(MANY)), 4),)
    yield "for a thousand parameters and more", (some(5, int(rng.choice(MANY))),)
    for scale in (1e-13, 1e-9, 1e5):
        yield "for updates large and small", (some(7, 5, scale),)
    yield "for parameters of very different size", (some(7, 5) * 10 ** rng.uniform(-9, 6, 5),)
    yield "in single precision", (np.float32(some(7, 5)),)
    samples = some(6, 4)
    yield "where samples are equal", (samples[[0, 0, 1, 2, 3, 4, 5, 1, 0]],)
    far_off = some(40, 3)
    far_off[int(rng.integers(40))] *= 100
    yield "where one sample is far off", (far_off,)
    yield "where no update is above zero", (-np.abs(samples),)
    once = samples.copy()
    once[:, 1] = np.where(np.arange(6) == rng.integers(1, 5), 1.5, 0)
    yield "where a parameter moves in one sample alone", (once,)
    both_ways = samples * np.array([0, 1, 1, 1])
    both_ways[:, 0] = samples[0, 0] * np.array([1, -1] * 3)
    yield "where the mean of a parameter is zero", (both_ways,)
    # Numbers that single precision holds, with a sum that it holds too: no digit is lost on the way.
    far = 2**16 + rng.permuted(np.tile(np.arange(8) / 8, (3, 1)), axis=1).T
    yield "where the mean is a hundred thousand times the spread", (far * [1, -1, 2**-20],)
    # Rounded numbers of this size still hold their spread; their rounded squares do not.
    large = some(7, 3) + np.array([900, -500, 700])
    yield "in single precision, for large means", (np.float32(large),)


every_size = right_at_every_size(
    "All this is so at every size and scale: for two samples as for a thousand, "
    "and for updates large and small.",
    lambda samples: float(np.mean(ratios(samples))),
    cases,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
