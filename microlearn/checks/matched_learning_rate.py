"""Facts about the learning rate at which two rules walk downhill equally fast."""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.numbers import CLOSE, as_number, likely, require_value
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


def _slips(updates, g, rate):
    mean = updates.mean(0)
    length = np.linalg.norm
    return {
        "upside down: a rule with less headway needs the larger rate": rate * (mean @ g) / (g @ g),
        "an absolute value: a rule that walks uphill on average needs a negative rate": rate
        * (g @ g)
        / abs(mean @ g),
        "the length of the mean update, where its progress along g belongs": rate
        * length(g)
        / length(mean),
        "the mean length of the updates: most of that is noise, which leads nowhere": rate
        * length(g)
        / np.mean(length(updates, axis=1)),
        "the learning rate of backprop is left out": (g @ g) / (mean @ g),
        "only the first draw": rate * (g @ g) / (updates[0] @ g),
        "summed over the draws, not averaged": rate * (g @ g) / (updates.sum(0) @ g),
        "g is not squared: its own progress is g · g": rate * length(g) / (mean @ g),
        "the squared lengths, where the progress along g belongs": rate * (g @ g) / (mean @ mean),
        "divided by backprop's rate, not multiplied": (g @ g) / (mean @ g) / rate,
        "backprop's rate is handed back unchanged": rate,
        "the sign: both point downhill already": -rate * (g @ g) / (mean @ g),
        "an absolute value for each draw: steps uphill count against those downhill": rate
        * (g @ g)
        / np.mean(np.abs(updates @ g)),
        "the mean of the ratios, where the ratio of the means belongs": rate
        * np.mean((g @ g) / (updates @ g)),
        "the cosine: the lengths count too": rate * length(g) * length(mean) / (mean @ g),
        "upside down, and the cosine: the lengths count too": rate
        * (mean @ g)
        / length(g)
        / length(mean),
        "entry by entry and then averaged: the dot products come first": rate * np.mean(g / mean),
        "the entries are added up: multiply them by those of g first": rate
        * np.sum(g)
        / np.sum(mean),
        "a small number added to the denominator": rate * (g @ g) / (mean @ g + 1e-8),
        "the median, where the mean over the draws belongs": rate
        * (g @ g)
        / np.median(updates @ g),
    }


@fact(1)
def a_rule_that_is_half_as_long(answer, rng):
    """A rule whose update is always the gradient's, but half as long, needs twice the rate; one that
    walks uphill needs a negative rate."""
    for _ in range(DRAWS):
        updates, g, rate = draw(rng)
        factor = rng.uniform(0.2, 0.8)
        for signed in (factor, -factor):
            updates = np.tile(signed * g, (len(updates), 1))
            require_value(
                answer(updates, g, rate), rate / signed, f"for updates {signed:.3g} times as long",
                _slips(updates, g, rate),
            )  # fmt: skip


@fact(2)
def equal_progress(answer, rng):
    """At your rate the mean of the updates makes the same progress along the gradient as backprop
    does at its own."""
    for _ in range(DRAWS):
        updates, g, rate = draw(rng)
        seen = as_number(answer(updates, g, rate))
        progress = seen * np.mean([u @ g for u in updates])
        share = progress / (rate * (g @ g))
        if not abs(share - 1) < CLOSE:
            cause = likely(seen, seen / share, _slips(updates, g, rate))
            raise Broken(f"it makes {share:.3g} times backprop's", cause)


@fact(1)
def noise_that_averages_out_changes_nothing(answer, rng):
    """Noise that is opposite in pairs of draws changes nothing, however strong it is."""
    updates, g, rate = draw(rng)
    noise = rng.normal(0, 10 * np.std(g), (len(updates), g.size))
    updates = np.concatenate([0.7 * g + noise, 0.7 * g - noise])
    require_value(
        answer(updates, g, rate), rate / 0.7, "for 0.7 g with noise that cancels",
        _slips(updates, g, rate), tolerance=1e-4,
    )  # fmt: skip


untouched = inputs_stay_as_they_are("Measuring does not change what is measured.")
