"""Facts about the number of perturbations.

The simulation averages K draws of the update on a straight landscape, −(g·Ψ)Ψ/σ², many times over.
The cosine of one average of K varies by at most 0.34 / √K, at a cosine of 0.6; taken as 0.4 / √K, six
and a half standard errors of the mean are nearly eight. The cosine's expectation differs from the
formula by terms of order 1/P, to which 2/P is allowed; that covers the rounding to a whole K too.
"""

from __future__ import annotations

from itertools import islice

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import CLOSE, apart
from ..laws.chance import STANDARD_ERRORS
from ..laws.extremes import right_at_every_size
from ..laws.one_number import WHOLE, cause_of_number, numbers

HINTS = (
    "If you average twice as many, how much longer is the noise that is left?",
    "Square the formula and solve for K. You will meet cosine² and 1 − cosine².",
    "1 / cosine² = 1 + (P + 1) / K. Bring the 1 to the other side; then turn both sides upside down.",
)

WEIGHTS = 1, 1000
"""Numbers of weights, from which some cosines take less than one perturbation."""


HALF = np.sqrt(0.5)
"""The cosine at 45°."""


def draw(rng):
    return int(10 ** rng.uniform(0, 6)), float(rng.uniform(0.05, 0.99))


def draw_several(rng):
    return [(int(rng.integers(*WEIGHTS)), cosine) for cosine in rng.uniform(0.1, 0.95, 20)]


def perturbations(parameters, cosine):
    return (parameters + 1) * signal_over_noise(cosine)


def signal_over_noise(cosine):
    return cosine**2 / (1 - cosine**2)


SLIPS = {
    "P where P + 1 belongs: a weight's own slope adds to its variance": (
        lambda p, c: p * signal_over_noise(c)
    ),
    "one is added to P, not taken away": lambda p, c: (p - 1) * signal_over_noise(c),
    "the square of the cosine is missing": lambda p, c: (p + 1) * c / (1 - c),
    "the fraction is upside down": lambda p, c: 1 / perturbations(p, c),
    "cosine² and 1 − cosine² are swapped: to come closer takes more": (
        lambda p, c: (p + 1) / signal_over_noise(c)
    ),
    "the 1 under the root is lost on the way": lambda p, c: (p + 1) * c**2,
    "the 1 under the root is lost on the way, and the fraction is upside down": (
        lambda p, c: (p + 1) / c**2
    ),
    "a square root too many: the number itself is asked for": (
        lambda p, c: perturbations(p, c) ** 0.5
    ),
    "the same whatever the cosine": lambda p, c: p + 1,
    "a factor 2: draws are counted, not passes": lambda p, c: 2 * perturbations(p, c),
    "the number of weights is squared": lambda p, c: (p + 1) * perturbations(p, c),
    "the number of weights is left out": lambda p, c: signal_over_noise(c),
    "the sign: 1 − cosine² is what is left for the noise": lambda p, c: -perturbations(p, c),
}


def ask(answer, *cases):
    for (parameters, cosine), number in zip(cases, numbers(answer, cases), strict=True):
        if not np.isfinite(number):
            raise Broken(f"{number} for P = {parameters} and a cosine of {cosine:.3g}")
        yield number


def cause(number, parameters, cosine):
    right = perturbations(parameters, cosine)
    # So close, since P is close to P + 1.
    slip = cause_of_number(SLIPS, (parameters, cosine), number, right, tolerance=1e-7)
    return slip or (WHOLE if abs(number - right) < 1 and number == round(number) else "")


@fact(1)
def half_the_squared_length(answer, rng):
    """At 45° signal and noise are equally long, which takes P + 1 perturbations."""
    parameters = int(rng.integers(10, 10_000))
    (seen,), right = ask(answer, (parameters, HALF)), parameters + 1
    if abs(seen / right - 1) > CLOSE:
        raise Broken(f"{seen:.6g} for P = {parameters}", cause(seen, parameters, HALF))


@fact(2)
def averaging_so_many_gives_that_cosine(answer, rng):
    """Averages of as many perturbations as you say have that cosine with the gradient."""
    parameters = int(rng.integers(150, 250))
    cases = [(parameters, cosine) for cosine in (0.3, 0.6, 0.9)]
    for (_, cosine), number in zip(cases, ask(answer, *cases), strict=True):
        draws = round(number)
        if not 1 <= draws <= 50 * parameters:
            raise Broken(
                f"{number:.3g} for P = {parameters} and a cosine of {cosine}",
                cause(number, parameters, cosine),
            )
        # The average is Σ a² along the gradient, a ~ N(0, 1) being the part of a perturbation along it,
        # and has normal entries of variance Σ a² in all other directions. Only lengths matter.
        repeats = min(max(4, 20_000 // draws), 200)
        along, across = rng.chisquare(draws, repeats), rng.chisquare(parameters - 1, repeats)
        seen = np.sqrt(along / (along + across))
        error = 0.4 / np.sqrt(draws * repeats)
        if abs(np.mean(seen) - cosine) > STANDARD_ERRORS * error + 2 / parameters:
            raise Broken(
                f"for P = {parameters} you say {draws}; they give a cosine of {np.mean(seen):.3f}, "
                f"not {cosine}",
                cause(number, parameters, cosine),
            )


@fact(1)
def put_in_it_gives_the_cosine_back(answer, rng):
    """Put into the formula, your number gives back the cosine that was asked for."""
    cases = draw_several(rng)
    for (parameters, cosine), number in zip(cases, ask(answer, *cases), strict=True):
        back = 1 / np.sqrt(1 + (parameters + 1) / number) if number > 0 else np.nan
        if not abs(back - cosine) < CLOSE:
            raise Broken(
                "{:.6g} for P = {} gives {}, not {}".format(
                    number, parameters, *apart(back, cosine)
                ),
                cause(number, parameters, cosine),
            )


@fact(5)
def in_proportion_to_the_number_of_weights(answer, rng):
    """Whatever the cosine, twice as many directions to search take twice as many perturbations: the
    number grows in proportion to P + 1, and with the cosine as its square over what is left of 1."""
    cases = draw_several(rng)  # a number that is rounded can double by chance
    found = ask(
        answer,
        *(asked for p, c in cases for asked in ((p, HALF), (p, c), (2 * p + 1, c))),
    )
    for parameters, cosine in cases:
        (half, one, two), ratio = islice(found, 3), signal_over_noise(cosine)
        if not abs(one - half * ratio) < 2 * CLOSE * abs(half) * max(1, ratio) or half <= 0:
            raise Broken(
                f"for a cosine of {cosine:.3g} it is not {ratio:.4g} times as many as at 45°",
                cause(one, parameters, cosine),
            )
        if abs(two - 2 * one) > CLOSE * abs(one):
            raise Broken(
                f"{one:.6g} for P + 1 = {parameters + 1}, and {two:.6g} for twice that",
                cause(one, parameters, cosine),
            )


def cases(rng):
    few, many = int(rng.integers(3000, 4000)), int(rng.integers(10**6, 10**7))
    for parameters in (1, few, many):
        near_1 = 1 - 10 ** rng.uniform(-5, -4.5)
        for cosine in (10 ** rng.uniform(-4, -3), 0.02, 0.3, 0.5, 0.99, 0.999, near_1):
            yield f"for P = {parameters} and a cosine of {cosine:.8g}", (parameters, cosine)


every_size = right_at_every_size(
    "All this is so for a single weight and for millions, and for cosines near 0 and near 1.",
    perturbations,
    cases,
    points=1,
    slips=SLIPS,
    relative=CLOSE,
)
