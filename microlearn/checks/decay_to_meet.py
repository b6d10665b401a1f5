"""Facts about the decay that makes W and B meet."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import apart
from ..laws.extremes import right_at_every_size
from ..laws.one_number import cause_of_number, common_factor, numbers, require_numbers

HINTS = (
    "After one step (1 − ηλ) of the difference is left. And after two?",
    "Set (1 − ηλ)^k equal to the fraction and solve for λ: first the k-th root, then the rest.",
    "What a single step leaves, 1 − ηλ, is `fraction ** (1 / steps)`.",
)


SLIPS = {
    "the share is spread evenly over the steps; it compounds": lambda f, k, η: (1 - f) / k / η,
    "exp(−ηλk) is close to (1 − ηλ)^k, but not the same": lambda f, k, η: -np.log(f) / k / η,
    "the learning rate is not divided out": lambda f, k, η: 1 - f ** (1 / k),
    "the root of what goes, where the root of what is left belongs": (
        lambda f, k, η: (1 - f) ** (1 / k) / η
    ),
    "the power where the root belongs": lambda f, k, η: (1 - f**k) / η,
    "multiplied by the learning rate, not divided": lambda f, k, η: (1 - f ** (1 / k)) * η,
    "the fraction is what is left, not what goes": lambda f, k, η: f ** (1 / k) / η,
    "the sign: the decay is what goes, not what comes": lambda f, k, η: (f ** (1 / k) - 1) / η,
    "one step too few": lambda f, k, η: (1 - f ** (1 / max(k - 1, 1))) / η,
    "one step too many": lambda f, k, η: (1 - f ** (1 / (k + 1))) / η,
    "all of the steps together, where one belongs": lambda f, k, η: (1 - f) / η,
    "a square root: it is the k-th": lambda f, k, η: (1 - f**0.5) / η,
    "the fraction divided by the steps, where its root belongs": lambda f, k, η: (1 - f / k) / η,
    "the learning rate is divided out in every step already": (
        lambda f, k, η: (1 - f ** (1 / k)) / (η * k)
    ),
    "a logarithm to base 10; and exp(−ηλk) is not the same as (1 − ηλ)^k": (
        lambda f, k, η: -np.log10(f) / k / η
    ),
    "the sign: ηλ is 1 minus what is left, not 1 plus it": lambda f, k, η: (1 + f ** (1 / k)) / η,
    "half of it: W and B lose all of λ each, and so does their difference": (
        lambda f, k, η: (1 - f ** (1 / k)) / η / 2
    ),
    "brackets: the learning rate divides the 1 as well": lambda f, k, η: 1 - f ** (1 / k) / η,
}


def draw(rng):
    # Up to 199 steps: with more, float32 holds too little of 1 − 0.9^(1/k).
    return rng.uniform(0.01, 0.9), int(10 ** rng.uniform(0, 2.3)), 10 ** rng.uniform(-4, 0)


def exact(fraction, steps, rate):
    return -np.expm1(np.log(fraction) / steps) / rate


def draws(rng, times=40):
    """Odd and even numbers of steps in turn, since an even power hides a sign; learning rates up to 1,
    where the decay is so small that one with five decimals is too coarse."""
    for number in range(times):
        # With fewer steps and less that is left, exp(−ηλk) is 10⁻³ away from (1 − ηλ)^k at least.
        fraction, steps = rng.uniform(0.05, 0.7), int(2 * rng.integers(2, 31) + number % 2)
        yield fraction, steps, 10 ** (-2 * (number + rng.uniform()) / times)


@fact(1)
def one_step(answer, rng):
    """In a single step, the decay times the learning rate is the share that has to go."""
    cases = [
        (
            (fraction, 1, rate),
            (1 - fraction) / rate,
            f"for a fraction of {fraction:.3g} in one step with η = {rate:.3g}",
        )
        for fraction, _, rate in draws(rng)
    ]
    require_numbers(answer, cases, SLIPS)


@fact(2)
def so_much_is_left(answer, rng):
    """A difference that is multiplied by (1 − ηλ) in each step shrinks to just that fraction, with
    your λ or a fixed multiple of it."""
    cases = list(draws(rng))
    decays = [*numbers(answer, cases)]
    factor = common_factor(decays, [exact(*given) for given in cases])
    if all(is_left(*given, decay / factor) for given, decay in zip(cases, decays, strict=True)):
        return
    for given, decay in zip(cases, decays, strict=True):
        if not is_left(*given, decay):
            fraction, steps, rate = given
            seen, asked = apart(left_after(steps, rate, decay), fraction)
            raise Broken(
                f"{seen} was left after {steps} steps, not {asked}",
                cause_of_number(SLIPS, given, decay, exact(*given), tolerance=1e-7),
            )


def left_after(steps, rate, decay):
    left = 1.0
    for _ in range(steps):
        left *= 1 - rate * decay
    return left


def is_left(fraction, steps, rate, decay):
    # float32 leaves at most 10⁻⁵ of it too much or too little, with 61 steps.
    return abs(left_after(steps, rate, decay) - fraction) < 3e-5 * fraction


def cases(rng):
    # So little is left that float32 holds enough of what goes in one step.
    yield "for a great many steps", (rng.uniform(0.05, 0.2), int(rng.integers(500, 700)), 0.1)
    yield "for a rate above 1", (rng.uniform(0.1, 0.9), 7, rng.uniform(2, 9))
    yield "for a small rate", (rng.uniform(0.1, 0.9), 7, 10 ** rng.uniform(-6, -5))
    yield "for a large rate", (rng.uniform(0.1, 0.9), 7, 10 ** rng.uniform(4, 7))
    for steps in (2, *(int(k) for k in rng.integers(60, 400, 4)), 101, 256):
        yield f"for {steps} steps", (rng.uniform(0.05, 0.2), steps, 10 ** rng.uniform(-2, 0))
    yield "in one step", (rng.uniform(0.1, 0.9), 1, 10 ** rng.uniform(-3, 3))
    yield "where little is left", (10 ** rng.uniform(-9, -7), 5, 0.2)
    yield "where next to nothing is left", (10 ** rng.uniform(-30, -20), 40, 0.2)
    yield "where nearly all is left", (rng.uniform(0.97, 0.99), 3, 0.2)
    for fraction in rng.uniform(0.1, 0.9, 2):
        yield "for the same steps and rate and another fraction", (fraction, 11, 0.3)


every_size = right_at_every_size(
    "All this is so for many steps and few, for rates large and small, whatever is to be left.",
    exact,
    cases,
    points=1,
    slips=SLIPS,
    relative=1e-4,  # float32 holds as little of 1 − 0.2^(1/700)
)
