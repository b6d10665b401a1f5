"""Facts about the noise that stays in B."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.extremes import right_at_every_size
from ..laws.one_number import (
    as_number,
    cause_of_number,
    close,
    common_factor,
    numbers,
    require_number,
)

HINTS = (
    "Write the step as b ← (1 − η) b + η (w + ε). Which share of the old b is still there, and how does "
    "a variance change when a number is multiplied by that share?",
    "The old noise and the new one are independent, so that their variances add up: v is (1 − η)² v "
    "plus η². Solve this for v.",
    "1 − (1 − η)² is η times 2 − η. What remains is a fraction without any power, and its square root.",
)

SLIPS = {
    "that is the variance: the standard deviation is its root": lambda r: r / (2 - r),
    "that is what a single step adds: the noise of all steps before is still there": lambda r: r,
    "for small rates alone: 2 − η has become 2": lambda r: np.sqrt(r / 2),
    "the fraction is upside down: slow is quiet": lambda r: np.sqrt((2 - r) / r),
    "the sign: it is 2 − η": lambda r: np.sqrt(r / (2 + r)),
    "1 − η where 2 − η belongs": (lambda r: np.sqrt(r / max(abs(1 - r), 1e-300))),
    "the noise of a step enters as η², not as η": lambda r: np.sqrt(1 / (2 - r)),
    "what is left of the old variance is (1 − η)², not 1 − η": lambda r: np.sqrt(r),
    "squared once more": lambda r: (r / (2 - r)) ** 2,
    "the standard deviations add up there; it is the variances that do": (
        lambda r: r / (1 - np.abs(1 - r))
    ),
    "a factor √2 too many": lambda r: np.sqrt(2 * r / (2 - r)),
    "a factor 2 too many": lambda r: 2 * np.sqrt(r / (2 - r)),
    "half of it": lambda r: np.sqrt(r / (2 - r)) / 2,
    "the share that is left, where the share that goes belongs": (
        lambda r: np.sqrt(np.abs(1 - r) / (1 + r))
    ),
    "the root of η alone: it is that of the whole fraction": lambda r: np.sqrt(r) / (2 - r),
    "the root of 2 − η alone: it is that of the whole fraction": lambda r: r / np.sqrt(2 - r),
}


def draw(rng):
    return (float(rng.uniform(0.01, 1.9)),)


@fact(1, supporting=True)
def a_step_of_all_the_way(answer, rng):
    """With a rate of 1 each step forgets all, and all of its own noise is in B: the gain is 1."""
    require_number(answer, (1.0,), 1.0, "for a rate of 1, where it is 1", SLIPS)


@fact(3)
def the_variance_stays(answer, rng):
    """What a step leaves of the variance, (1 − η)² of it, and what its noise adds, in proportion to η²,
    make the variance again, for rates small and large."""
    rates = (0.03, *rng.uniform(0.02, 0.9, 9), *rng.uniform(1.1, 1.9, 5))
    gains = [*numbers(answer, [(rate,) for rate in rates])]
    lost = [(1 - (1 - rate) ** 2) * gain**2 for rate, gain in zip(rates, gains, strict=True)]
    added = [rate**2 for rate in rates]
    factor = common_factor(lost, added)
    if (
        all(close(gone / factor, come) for gone, come in zip(lost, added, strict=True))
        and min(gains) > 0
    ):
        return
    for rate, gain, gone, come in zip(rates, gains, lost, added, strict=True):
        if not (gain > 0 and close(gone, come)):
            right = float(np.sqrt(rate / (2 - rate)))
            raise Broken(
                f"for η = {rate:.3g} a step takes {gone:.4g} of a variance of {gain**2:.4g}, and adds "
                f"{come:.4g}",
                cause_of_number(SLIPS, (rate,), gain, right),
            )


@fact(1)
def as_in_a_simulation(answer, rng):
    """It is the spread of 20,000 entries of B after many noisy steps."""
    for rate in (0.1, 0.5, 1.5):
        b = np.zeros(20_000)
        for _ in range(80):
            b += rate * (rng.standard_normal(b.shape) - b)
        number, spread = as_number(answer(rate)), np.std(b)
        # The standard error is 0.5%; docs/checks.md has the rate.
        if not abs(number - spread) < 0.035 * spread:
            raise Broken(
                f"{number:.4g} for a rate of {rate:g}, where the entries of B scatter by {spread:.4g}",
                cause_of_number(SLIPS, (rate,), number, float(np.sqrt(rate / (2 - rate)))),
            )


def cases(rng):
    yield "for a tiny rate", (10 ** rng.uniform(-9, -6),)
    yield "for a small rate", (10 ** rng.uniform(-4, -3),)
    yield "for a rate near 2", (2 - 10 ** rng.uniform(-3, -2),)
    for rate in rng.uniform(0.1, 1.9, 2):
        yield "for another rate", (float(rate),)


every_size = right_at_every_size(
    "All this is so for rates near 0 and near 2.",
    lambda rate: float(rate / np.sqrt(1 - (1 - rate) ** 2)),
    cases,
    points=1,
    slips=SLIPS,
    relative=3e-4,
)
