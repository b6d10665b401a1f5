"""Facts about node perturbation: what is shaken is what each unit receives, sample by sample."""

from __future__ import annotations

import numpy as np

from ..facts import fact
from ..laws.nodes import (
    WHOLE_CHANGE,
    require_an_experiment_for_each_sample,
    require_noise_of_ones_own,
    require_the_gradient_of_each_sample,
    require_three_factors,
)
from ..laws.perturbation import require_the_strength
from ..laws.standard import inputs_stay_as_they_are, noise_is_drawn_afresh, returns_updates_of

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


def _factors(problem):
    """1 everywhere: the noise is on the pre-activations themselves."""
    return [np.ones((len(problem.x), units)) for units in problem.network.sizes[1:]]


def _slips(problem, signals):
    network, x, step = problem.network, problem.x, 1e-6
    h = network.forward(x)
    # How the activities change where the noise lies along the signals.
    moved = [
        (after - before) / step
        for after, before in zip(network.forward(x, [step * s for s in signals]), h, strict=True)
    ][1:]
    slopes = [f.derivative(a) for f, a in zip(network.activations, h[1:], strict=True)]
    return {
        WHOLE_CHANGE: moved,
        BEHIND: [s / f for s, f in zip(signals, slopes, strict=True)],
        NO_SLOPE: [s * f for s, f in zip(signals, slopes, strict=True)],
    }


shapes = returns_updates_of("network")


@fact(2)
def on_average_it_is_the_gradient(answer, rng):
    """Averaged over 4,000 draws of the noise, your update points along minus the gradient, and is
    as long, for the weights and for the biases of every layer."""
    require_the_gradient_of_each_sample(answer, rng, _factors, _slips)


@fact(1)
def every_sample_is_an_experiment(answer, rng):
    """For a batch of 4,000 copies of one sample, a single update is as near to the gradient as the
    average of 4,000 draws: each copy has noise and a rise of its own."""
    require_an_experiment_for_each_sample(answer, rng, _factors)


@fact(1)
def as_long_as_the_noise_makes_it(answer, rng):
    """For a single sample and draw, the update of the biases is as long as |rise| |ξ| / σ², with
    each layer's own ξ."""
    require_noise_of_ones_own(answer, rng, _factors, BEHIND, NO_SLOPE)


@fact(2, supporting=True)
def three_factors(answer, rng):
    """For a single sample, the update of a weight is what came in through it times the update of
    its unit's bias."""
    require_three_factors(answer, rng)


fresh = noise_is_drawn_afresh()


@fact(1, supporting=True)
def the_noise_is_as_strong_as_you_are_told(answer, rng):
    """`noise` says how far the units are shaken: for a known draw z of the random numbers, your
    update follows from the loss at a + σz."""
    require_the_strength(answer, rng, rows=slice(-1, None))


untouched = inputs_stay_as_they_are(
    "The shaking ends when the measurement ends: weights and data stay as they were."
)
