"""Facts about the decay that makes W and B meet."""

from __future__ import annotations

import numpy as np

from ..checking import Broken, fact
from .numbers import as_number, likely, require_number

HINTS = (
    "After one step (1 − ηλ) of the difference is left. And after two?",
    "Set (1 − ηλ)^k equal to the fraction and solve for λ: first the k-th root, then the rest.",
    "What a single step leaves, 1 − ηλ, is `fraction ** (1 / steps)`.",
)


def _draws(rng, times=40):
    """Odd and even numbers of steps in turn, since an even power hides a sign; learning rates up to 1,
    where the decay is so small that one with five decimals is too coarse."""
    for number in range(times):
        # With fewer steps and less that is left, exp(−ηλk) is 10⁻³ away from (1 − ηλ)^k at least.
        fraction, steps = rng.uniform(0.05, 0.7), int(2 * rng.integers(2, 31) + number % 2)
        yield fraction, steps, 10 ** (-2 * (number + rng.uniform()) / times)


@fact(1)
def one_step(answer, rng):
    """In a single step, the decay times the learning rate is the share that has to go."""
    for fraction, _, rate in _draws(rng):
        require_number(
            answer(fraction, 1, rate),
            (1 - fraction) / rate,
            f"for a fraction of {fraction:.3g} in one step with η = {rate:.3g}",
            _slips(fraction, 1, rate),
        )


@fact(2)
def so_much_is_left(answer, rng):
    """A difference that is multiplied by (1 − ηλ) in each step has shrunk to just that fraction."""
    for fraction, steps, rate in _draws(rng):
        decay = as_number(answer(fraction, steps, rate))
        left = 1.0
        for _ in range(steps):
            left *= 1 - rate * decay
        right = (1 - fraction ** (1 / steps)) / rate
        # float32 leaves at most 10⁻⁵ of it too much or too little, with 61 steps.
        if not abs(left - fraction) < 3e-5 * fraction:
            raise Broken(
                f"{left:.4g} was left after {steps} steps, not {fraction:.4g}",
                likely(decay, right, _slips(fraction, steps, rate), tolerance=1e-7),
            )


def _slips(fraction, steps, rate):
    """With a single step several of them are right, and are then no cause."""
    root = fraction ** (1 / steps)
    return {
        "the share is spread evenly over the steps; it compounds": (1 - fraction) / steps / rate,
        "exp(−ηλk) is close to (1 − ηλ)^k, but not the same": -np.log(fraction) / steps / rate,
        "the learning rate is not divided out": 1 - root,
        "the root of what goes, where the root of what is left belongs": (1 - fraction)
        ** (1 / steps)
        / rate,
        "the power where the root belongs": (1 - fraction**steps) / rate,
        "multiplied by the learning rate, not divided": (1 - root) * rate,
        "the fraction is what is left, not what goes": root / rate,
        "the sign: the decay is what goes, not what comes": (root - 1) / rate,
        "one step too few": (1 - fraction ** (1 / max(steps - 1, 1))) / rate,
        "one step too many": (1 - fraction ** (1 / (steps + 1))) / rate,
        "all of the steps together, where one belongs": (1 - fraction) / rate,
        "a square root: it is the k-th": (1 - fraction**0.5) / rate,
        "the fraction divided by the steps, where its root belongs": (1 - fraction / steps) / rate,
        "the learning rate is divided out in every step already": (1 - root) / (rate * steps),
        "a logarithm to base 10; and exp(−ηλk) is not the same as (1 − ηλ)^k": -np.log10(fraction)
        / steps
        / rate,
        "the sign: ηλ is 1 minus what is left, not 1 plus it": (1 + root) / rate,
        "brackets: the learning rate divides the 1 as well": 1 - root / rate,
    }
