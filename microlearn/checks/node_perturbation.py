"""Facts about node perturbation: what is shaken is what each unit receives, sample by sample."""

from __future__ import annotations

from functools import partial

from ..checking.facts import fact
from ..laws.estimates import (
    all_slopes,
    no_slopes,
    on_what_they_receive,
    on_what_they_send,
    shaking_units,
    slips_of_units,
)
from ..laws.nodes import (
    require_an_experiment_for_each_sample,
    require_noise_of_ones_own,
    require_the_gradient_of_each_sample,
    samples_are_experiments,
    three_factors,
)
from ..laws.standard import inputs_stay_as_they_are, noise_is_drawn_afresh, returns_updates_of
from ..laws.strength import Units, noise_is_as_strong_as_told

HINTS = (
    "A sample's loss has risen. Which units should hear of it, and what did each of them do "
    "differently?",
    "Each sample has a rise of its own, a number. Times a unit's own noise in that sample, with "
    "the sign turned and divided by σ², it is that unit's delta. From there on it is as in "
    "backprop: what came in, with its 1 for the bias, times delta, averaged over the batch.",
    "`loss.per_sample` gives one loss for each row. `rise[:, None]` is a column, so that it multiplies "
    "each row of `xi[l]` with its own number; `presynaptic(clean[l]).T @ ...` adds over the batch.",
)

BEHIND = "the noise is behind the nonlinearity; it belongs to what the units receive"
NO_SLOPE = "no f′ is needed: the noise is already in what the units receive"

rule = partial(shaking_units, shake=on_what_they_receive, slopes=no_slopes)

SLIPS = slips_of_units(rule) | {
    BEHIND: lambda *given: rule(*given, shake=on_what_they_send),
    NO_SLOPE: lambda *given: rule(*given, slopes=all_slopes),
}


UNITS = Units(on_what_they_receive, no_slopes)

shapes = returns_updates_of("network")


@fact(1, supporting=True)
def every_sample_is_an_experiment(answer, rng):
    """For a batch of 4,000 copies of one sample, a single update is as near to the gradient as the
    average of 4,000 draws: each copy has noise and a rise of its own."""
    require_an_experiment_for_each_sample(answer, rng, no_slopes)


@fact(1, supporting=True)
def as_long_as_the_noise_makes_it(answer, rng):
    """For a single sample and draw, the update of the biases is as long as |rise| |ξ| / σ², with
    each layer's own ξ."""
    require_noise_of_ones_own(answer, rng, no_slopes, BEHIND, NO_SLOPE)


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
    require_the_gradient_of_each_sample(answer, rng, no_slopes, SLIPS)
