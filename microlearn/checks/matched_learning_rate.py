"""Facts about the learning rate at which two rules walk downhill equally fast."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import CLOSE, apart
from ..laws.extremes import MANY, OTHER_NUMBERS, right_at_every_size
from ..laws.one_number import as_number, cause_of_number, require_in_proportion, require_number
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "A drunkard takes long steps. What decides how fast he gets home?",
    "Average the updates over the draws first. The progress of the average along g is its dot "
    "product with g. Backprop's is g · g. The learning rates make up for the difference.",
    "`learning_rate * (downhill @ downhill) / (...)`.",
)

DRAWS = 5
"""A number that is rounded may be close to a rate once, but not so many times."""


def draw(rng):
    draws, parameters = (int(n) for n in rng.choice(np.arange(5, 20), 2, replace=False))
    downhill = rng.normal(0, 1, parameters)
    updates = downhill * rng.uniform(0.3, 3) + rng.normal(0, 1, (draws, parameters))
    updates[0] = -2 * downhill  # as some draws of any such rule lead uphill
    # Headway that is well away from zero, so that a wrong formula is far off.
    updates += downhill * (0.5 - min(0.5, np.mean(updates, 0) @ downhill / (downhill @ downhill)))
    # Short, as gradients are late in training: a small number in the denominator does harm.
    scale = rng.uniform(0.001, 0.002) / np.linalg.norm(downhill)
    return scale * updates, scale * downhill, float(10 ** rng.uniform(-3, 0))


def ahead(updates, g):
    """The progress of the mean update along g."""
    return updates.mean(axis=0) @ g


def matched(updates, g, rate):
    return rate * (g @ g) / ahead(updates, g)


def length(v):
    return np.linalg.norm(v, axis=-1)


SLIPS = {
    "upside down: a rule with less headway needs the larger rate": (
        lambda u, g, rate: rate * ahead(u, g) / (g @ g)
    ),
    "an absolute value: a rule that walks uphill on average needs a negative rate": (
        lambda u, g, rate: rate * (g @ g) / abs(ahead(u, g))
    ),
    "the length of the mean update, where its progress along g belongs": (
        lambda u, g, rate: rate * length(g) / length(u.mean(axis=0))
    ),
    "the mean length of the updates: most of that is noise, which leads nowhere": (
        lambda u, g, rate: rate * length(g) / np.mean(length(u))
    ),
    "the learning rate of backprop is left out": lambda u, g, rate: matched(u, g, 1),
    "only the first draw": lambda u, g, rate: matched(u[:1], g, rate),
    "summed over the draws, not averaged": lambda u, g, rate: matched(u, g, rate) / len(u),
    "g is not squared: its own progress is g · g": (
        lambda u, g, rate: rate * length(g) / ahead(u, g)
    ),
    "the squared lengths, where the progress along g belongs": (
        lambda u, g, rate: rate * (g @ g) / length(u.mean(axis=0)) ** 2
    ),
    "divided by backprop's rate, not multiplied": lambda u, g, rate: matched(u, g, 1 / rate),
    "backprop's rate is handed back unchanged": lambda u, g, rate: rate,
    "the sign: both point downhill already": lambda u, g, rate: -matched(u, g, rate),
    "an absolute value for each draw: steps uphill count against those downhill": (
        lambda u, g, rate: rate * (g @ g) / np.mean(np.abs(u @ g))
    ),
    "the mean of the ratios, where the ratio of the means belongs": (
        lambda u, g, rate: rate * np.mean((g @ g) / (u @ g))
    ),
    "the cosine: the lengths count too": (
        lambda u, g, rate: rate * length(g) * length(u.mean(axis=0)) / ahead(u, g)
    ),
    "upside down, and the cosine: the lengths count too": (
        lambda u, g, rate: rate * ahead(u, g) / length(g) / length(u.mean(axis=0))
    ),
    "entry by entry and then averaged: the dot products come first": (
        lambda u, g, rate: rate * np.mean(g / u.mean(axis=0))
    ),
    "the entries are added up: multiply them by those of g first": (
        lambda u, g, rate: rate * np.sum(g) / np.sum(u.mean(axis=0))
    ),
    "a small number added to the denominator": (
        lambda u, g, rate: rate * (g @ g) / (ahead(u, g) + 1e-8)
    ),
    "the median, where the mean over the draws belongs": (
        lambda u, g, rate: rate * (g @ g) / np.median(u @ g)
    ),
}


@fact(5)
def a_rule_that_is_half_as_long(answer, rng):
    """A rule whose updates go half as far along the gradient as backprop's, whatever they do across it,
    needs twice the rate; one that walks uphill needs a negative rate."""
    # For as many draws a factor, if there is one, is the same.
    draws, cases = int(rng.integers(5, 20)), []
    for _ in range(DRAWS):
        _, g, rate = draw(rng)
        noise = rng.normal(0, np.std(g), (draws, g.size))
        across = noise - np.outer(noise @ g, g) / (g @ g)
        factor = rng.uniform(0.2, 0.8)
        for signed in (factor, -factor):
            cases.append(((signed * g + across, g, rate), rate / signed))
    require_in_proportion(answer, cases, "where {} is right", SLIPS)


@fact(2)
def equal_progress(answer, rng):
    """At your rate the mean of the updates makes the same progress along the gradient as backprop
    does at its own."""
    for _ in range(DRAWS):
        given = updates, g, rate = draw(rng)
        number = as_number(answer(*given))
        share = number * np.mean([u @ g for u in updates]) / (rate * (g @ g))
        if not abs(share - 1) < CLOSE:
            cause = cause_of_number(SLIPS, given, number, matched(*given))
            raise Broken(f"it makes {apart(share, 1)[0]} times backprop's", cause)


@fact(1)
def noise_that_averages_out_changes_nothing(answer, rng):
    """Noise that is opposite in pairs of draws changes nothing, however strong it is."""
    updates, g, rate = draw(rng)
    noise = rng.normal(0, 10 * np.std(g), (len(updates), g.size))
    given = np.concatenate([0.7 * g + noise, 0.7 * g - noise]), g, rate
    asked = "for 0.7 g with noise that cancels"
    require_number(answer, given, rate / 0.7, asked, SLIPS, tolerance=1e-4)


def cases(rng):
    def given(draws, parameters, scale=1.0, rates=(-3, 0)):
        g = rng.normal(0, 1, parameters)
        updates = g * rng.uniform(0.5, 2) + 0.3 * rng.normal(0, 1, (draws, parameters))
        return scale * updates, scale * g, float(10 ** rng.uniform(*rates))

    yield "for as many draws as parameters", (one := given(6, 6))
    yield OTHER_NUMBERS, (one[0], 2 * one[1], one[2])
    yield OTHER_NUMBERS, (given(6, 6)[0] + one[1], *one[1:])
    yield "for a single draw", given(1, 7)
    yield "for a single parameter", given(7, 1)
    yield "for a thousand draws and more", given(int(rng.choice(MANY)), 3)
    yield "for a thousand parameters and more", given(5, int(rng.choice(MANY)))
    for scale in (1e-9, 1e-8, 1e4):
        yield "for updates large and small", given(6, 5, scale)
    for rates in ((-8, -6), (2, 4)):
        yield "for a rate large or small", given(6, 5, 1.0, rates)
    updates, g, rate = given(6, 5)
    yield "in single precision", (np.float32(updates), np.float32(g), rate)
    yield "where draws are equal", (updates[[0, 0, 1, 2, 1, 0]], g, rate)
    still = np.array([1, 0, 1, 0, 1])
    yield "where parameters stand still", (still * updates, still * g, rate)
    for factor, words in ((1e5, "long"), (1e-5, "short")):
        yield f"for updates many times as {words} as backprop's", (factor * updates, g, rate)
    yield "for a rule that leads uphill", (-1e-3 * updates, g, rate)
    drift = np.array([1, -1, 0.5, -0.5, 0.2, -0.2])[:, None] * rng.normal(0, 1, 5)
    yield "where most of the updates is noise", (0.1 * updates + drift, g, rate)


every_size = right_at_every_size(
    "All this is so at every size and scale: for a single draw or parameter as for a thousand, and for "
    "updates large and small.",
    matched,
    cases,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
