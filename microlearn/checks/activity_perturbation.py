"""Facts about perturbing activities: the estimate has to pass the unit's own slope."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import TOLERANCE
from ..laws.estimates import (
    all_slopes,
    hidden_slopes,
    no_slopes,
    on_what_hidden_units_send,
    on_what_they_receive,
    shaking_units,
    slips_of_units,
)
from ..laws.nodes import (
    ANOTHERS_SLOPE,
    IN_FRONT,
    require_an_experiment_for_each_sample,
    require_noise_of_ones_own,
    require_the_gradient_of_each_sample,
    samples_are_experiments,
    three_factors,
)
from ..laws.problems import draw_problem
from ..laws.standard import inputs_stay_as_they_are, noise_is_drawn_afresh, returns_updates_of
from ..laws.strength import Units, noise_is_as_strong_as_told

HINTS = (
    "The noise has shaken what a hidden unit sends. How much would its input have had to change "
    "for that?",
    "Form delta as in node perturbation. In the hidden layers it estimates minus the slope by "
    "the activity; times f′ it becomes that by the pre-activation. The output layer is shaken "
    "before its nonlinearity and needs no f′.",
    "`derivative` takes an activity: that of layer l itself, in the clean pass, is `clean[l + 1]`. "
    "Every layer but the last one needs it.",
)

MISSING = "f′ of the hidden layers is missing"
TWICE = "f′ of the hidden layers is applied twice"
SHAKEN_SLOPE = "f′ belongs to the activity of the clean pass, not to the shaken one"

slopes = hidden_slopes()  # the output is shaken before its nonlinearity
rule = partial(shaking_units, shake=on_what_hidden_units_send, slopes=slopes)


def with_slopes(other):
    return lambda *given: rule(*given, slopes=other)


SLIPS = slips_of_units(rule) | {
    MISSING: with_slopes(no_slopes),
    TWICE: with_slopes(hidden_slopes(lambda f, h, a: f.derivative(h) ** 2)),
    "f′ is taken of the pre-activation; `derivative` expects the activity h": with_slopes(
        hidden_slopes(lambda f, h, a: f.derivative(a))
    ),
    ANOTHERS_SLOPE: with_slopes(hidden_slopes(lambda f, h, a: 1 - h**2)),
    "the output units are shaken before their nonlinearity: they need no f′": with_slopes(
        all_slopes
    ),
    IN_FRONT: lambda *given: rule(*given, shake=on_what_they_receive, slopes=no_slopes),
    SHAKEN_SLOPE: lambda *given: rule(*given, slopes_at=lambda clean, shaken: shaken),
}


UNITS = Units(on_what_hidden_units_send, slopes)

shapes = returns_updates_of("network")


@fact(1, supporting=True)
def every_sample_is_an_experiment(answer, rng):
    """For a batch of 4,000 copies of one sample, a single update is as near to the gradient as the
    average of 4,000 draws: each copy has noise and a rise of its own."""
    require_an_experiment_for_each_sample(answer, rng, slopes)


@fact(1, supporting=True)
def the_slope_of_the_unit_belongs_to_it(answer, rng):
    """For a single sample and draw, the update of the biases is as long as |rise| |ξ| / σ², once
    that of a hidden unit is divided by the unit's slope f′."""
    require_noise_of_ones_own(answer, rng, slopes, MISSING, TWICE)


@fact(1, supporting=True)
def a_saturated_unit_learns_nothing(answer, rng):
    """A hidden unit that is saturated has a slope of zero and gets no update, however strongly it is
    shaken."""
    problem = draw_problem(rng, 4)
    hidden = problem.network.weights[:-1]
    for w in hidden:
        w[-1, 0] = 50  # tanh and sigmoid of that are 1 to the last digit
    seed = int(rng.integers(2**32))

    def shares(noise):
        update = answer(*problem.given, noise, np.random.default_rng(seed))
        return [np.max(np.abs(u[:, 0])) / np.max(np.abs(u)) for u in update[:-1]]

    strong = shares(0.3)
    if got := [l for l, share in enumerate(strong) if share > TOLERANCE]:
        cause = "every hidden layer has an f′ of its own"
        if len(got) == len(hidden):
            # A unit that is hardly shaken stays saturated.
            weak = zip(shares(3e-4), strong, strict=True)
            cause = SHAKEN_SLOPE if all(now < before / 30 for now, before in weak) else ""
        raise Broken(
            f"in layer {got[0]} a unit whose activity is 1, and whose slope is zero, got an update",
            cause,
        )


factors = three_factors(1)
experiment = samples_are_experiments(UNITS)
fresh = noise_is_drawn_afresh()


strength = noise_is_as_strong_as_told(
    "`noise` says how far the units are shaken: for a known draw z of the random numbers, your "
    "update follows from the loss at a + σz.",
    units=UNITS,
)
untouched = inputs_stay_as_they_are(
    "The shaking ends when the measurement ends: weights and data stay as they were."
)


# The last one, since it calls the answer 1,000 times or more: a slow one has been tried by then.
@fact(2, supporting=True)  # backprop with noise obeys it
def on_average_it_is_the_gradient(answer, rng):
    """Averaged over 1,000 draws of the noise, or 4,000 where these leave a doubt, your update points
    along minus the gradient, and is as long, for the weights and for the biases of every layer."""
    require_the_gradient_of_each_sample(answer, rng, slopes, SLIPS)
