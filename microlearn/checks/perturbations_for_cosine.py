"""Facts about the number of perturbations.

The simulation averages K draws of the update on a straight landscape, −(g·Ψ)Ψ/σ², many times over.
The cosine of one average varies by about 1/√K around its expectation, which itself differs from the
formula by terms of order 1/P; bounds leave 6.5 standard errors beside 2/P.
"""

from __future__ import annotations

import numpy as np

from ..checking import Broken, fact

HINTS = (
    "If you average twice as many, how much longer is the noise that is left?",
    "Square the formula and solve for K. You will meet cosine² and 1 − cosine².",
    "1 / cosine² = 1 + (P + 1) / K, so K = (P + 1) × ... / (1 − cosine²).",
)


def _ask(answer, parameters, cosine):
    seen = answer(parameters, cosine)
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if not np.ndim(seen) == 0 or not np.isfinite(seen):
        raise Broken(f"{seen!r} for P = {parameters} and a cosine of {cosine:.3g}")
    return float(seen)


@fact(1)
def half_the_squared_length(answer, rng):
    """At 45° signal and noise are equally long, which takes P + 1 perturbations."""
    parameters = int(rng.integers(10, 10_000))
    seen, right = _ask(answer, parameters, np.sqrt(0.5)), parameters + 1
    if abs(seen / right - 1) > 0.01 / right + 1e-6:
        reasons = {"P where P + 1 belongs: a weight's own slope adds to its variance": parameters}
        reasons["the square of the cosine"] = right * np.sqrt(0.5) / (1 - np.sqrt(0.5))
        cause = [text for text, wrong in reasons.items() if abs(seen / wrong - 1) < 1e-6]
        raise Broken(f"{seen:.6g} for P = {parameters}", *cause[:1])


@fact(2)
def averaging_so_many_gives_that_cosine(answer, rng):
    """Averages of as many perturbations as you say have that cosine with the gradient."""
    parameters = int(rng.integers(150, 250))
    for cosine in (0.3, 0.6, 0.9):
        draws = round(_ask(answer, parameters, cosine))
        if not 1 <= draws <= 50 * parameters:
            raise Broken(
                f"{draws} for P = {parameters} and a cosine of {cosine}",
                "the fraction is upside down" if draws < 1 else "",
            )
        downhill = rng.normal(0, 1, parameters)
        repeats = max(4, 20_000 // draws)
        seen = []
        for _ in range(min(repeats, 200)):
            psi = rng.normal(0, 1, (draws, parameters))
            mean = (psi @ downhill) @ psi
            seen.append(mean @ downhill / np.linalg.norm(mean) / np.linalg.norm(downhill))
        error = 1.5 / np.sqrt(draws * len(seen))
        if abs(np.mean(seen) - cosine) > 6.5 * error + 2 / parameters:
            raise Broken(
                f"for P = {parameters} you say {draws}; they give a cosine of {np.mean(seen):.3f}, "
                f"not {cosine}",
                "the square of the cosine" if abs(np.mean(seen) - cosine) > 0.02 else "",
            )


@fact(1)
def in_proportion_to_the_number_of_weights(answer, rng):
    """Whatever the cosine, twice as many directions to search take twice as many perturbations:
    the number grows in proportion to P + 1."""
    cosine = rng.uniform(0.1, 0.95)
    parameters = int(rng.integers(10, 1000))
    one, two = _ask(answer, parameters, cosine), _ask(answer, 2 * parameters + 1, cosine)
    if abs(two / one - 2) > 1e-6:
        raise Broken(f"{one:.6g} for P + 1 = {parameters + 1}, and {two:.6g} for twice that")
