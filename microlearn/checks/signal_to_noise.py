"""Facts about the signal-to-noise ratio."""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.numbers import as_number, require_value
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
    t, parameters = (int(n) for n in rng.choice(np.arange(5, 30), 2, replace=False))
    mean, std = rng.normal(0, 1, parameters), rng.uniform(0.5, 2, parameters)
    mean[-1] = 20 * rng.choice([-1, 1])  # one at least that hardly varies
    return (rng.normal(mean, std, (t, parameters)),)


def _by_hand(samples):
    """One parameter after another, one sample after another."""
    ratios = []
    for column in samples.T:
        mean = sum(column) / len(column)
        variance = sum((value - mean) ** 2 for value in column) / len(column)
        if variance > 1e-20:
            ratios.append(abs(mean) / variance**0.5)
    return sum(ratios) / len(ratios)


def _slips(samples):
    mean, std = samples.mean(0), samples.std(0)
    ratio = np.divide(np.abs(mean), std, out=np.zeros_like(mean), where=std > 0)
    live = ratio[std > 0]
    return {
        "the absolute value is missing": np.mean((mean / np.where(std > 0, std, 1))[std > 0]),
        "the mean and the spread are taken over the parameters, not over the samples": np.mean(
            np.abs(samples.mean(1)) / np.maximum(samples.std(1), 1e-300)
        ),
        "upside down: noise over signal": np.mean(1 / np.maximum(live, 1e-300)),
        "the variance in the place of the standard deviation": np.mean(
            np.abs(mean)[std > 0] / std[std > 0] ** 2
        ),
        "added up over the parameters, not averaged": np.sum(live),
        "the mean of the absolute values, where the absolute value of the mean belongs": np.mean(
            np.abs(samples).mean(0)[std > 0] / std[std > 0]
        ),
        "the ratio of two averages, where the average of the ratios belongs": np.mean(np.abs(mean))
        / np.mean(std),
        "parameters that never vary count as 0; leave them out": np.mean(ratio),
        "squared": np.mean(live**2),
        "the standard deviation of a sample of T − 1: divide by T here": np.mean(
            live * np.sqrt(1 - 1 / len(samples))
        ),
        "all numbers taken together, where each parameter has its own ratio": np.abs(samples.mean())
        / samples.std(),
        "the root mean square, where the spread about the mean belongs": np.mean(
            1 / np.sqrt(1 + live**-2.0)
        ),
        "the standard error, which shrinks with T, where the standard deviation belongs": np.mean(
            live * np.sqrt(len(samples))
        ),
        "only the first parameter": live[0],
        "only the first sample, where the mean over the samples belongs": np.mean(
            np.abs(samples[0])[std > 0] / std[std > 0]
        ),
        "the median over the parameters, where their mean belongs": np.median(live),
        "that is in decibels": 20 * np.log10(np.mean(live)),
    }


@fact(2)
def mean_over_spread(answer, rng):
    """It is the mean over the parameters of |mean| / standard deviation over the samples."""
    for _ in range(DRAWS):
        (samples,) = draw(rng)
        require_value(
            answer(samples), _by_hand(samples), f"for {samples.shape} numbers", _slips(samples)
        )


@fact(1, supporting=True)  # any constant obeys it
def the_scale_does_not_matter(answer, rng):
    """It does not depend on how large the updates are: a millionth of them has the same ratio."""
    (samples,) = draw(rng)
    one, other = as_number(answer(samples)), as_number(answer(1e-6 * samples))
    if not abs(one - other) < 1e-5 * abs(one):
        raise Broken(f"{one:.4g} became {other:.4g}", "a small number added to the denominator")


@fact(1)
def what_never_varies_is_left_out(answer, rng):
    """Parameters that never vary, such as the weights of a pixel that is always white, are left
    out."""
    for _ in range(DRAWS):
        (still,) = draw(rng)
        still[:, :2] = 0
        still = np.hstack([still, np.tile([0.5, -0.25], (len(still), 1))])
        number = as_number(answer(still))
        if not np.isfinite(number):
            raise Broken(f"{number} with four parameters that never vary", "a division by zero")
        require_value(
            number, _by_hand(still), "with four parameters that never vary", _slips(still)
        )


untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
