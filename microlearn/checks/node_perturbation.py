"""Facts about node perturbation: what is shaken is what each unit receives, sample by sample."""

from __future__ import annotations

import numpy as np

from ..checking import fact
from .compare import require_shapes, require_untouched
from .nodes import (
    estimates_and_slope,
    require_the_gradient_of_each_sample,
    require_three_factors,
)
from .perturbation import (
    require_fresh_noise,
    require_the_length_of_a_draw,
    require_the_noise_asked_for,
)
from .problems import draw_problem

HINTS = (
    "A sample's loss has risen. Which units should hear of it, and what did each of them do "
    "differently?",
    "Each sample has a rise of its own, a number. Times a unit's own noise in that sample, with "
    "the sign turned and divided by σ², it is that unit's delta. From there on it is as in "
    "backprop: what came in, with its 1 for the bias, times delta, averaged over the batch.",
    "`rise = loss.per_sample(y, shaken[-1]) - ...`; `delta = -rise[:, None] * xi[l] / ...`; the "
    "update of layer l is `presynaptic(clean[l]).T @ delta / len(x)`.",
)


def _slips(problem, signals):
    network, x, step = problem.network, problem.x, 1e-6
    h = network.forward(x)
    # How the activities change where the noise lies along the signals.
    moved = [
        (after - before) / step
        for after, before in zip(network.forward(x, [step * s for s in signals]), h, strict=True)
    ][1:]
    slopes = [f.derivative(a) for f, a in zip(network.activations, h[1:], strict=True)]
    whole_change = (
        "the whole change of the unit where its own noise belongs: what the layers below "
    )
    return {
        whole_change + "brought it is not its own doing": moved,
        whole_change + "brought to its input is not its own doing": [
            m / f for m, f in zip(moved, slopes, strict=True)
        ],
        "the noise is behind the nonlinearity; it belongs to what the units receive": [
            s / f for s, f in zip(signals, slopes, strict=True)
        ],
        "no f′ is needed: the noise is already in what the units receive": [
            s * f for s, f in zip(signals, slopes, strict=True)
        ],
    }


@fact(gate=True)
def one_update_for_each_weight_matrix(answer, rng):
    """You return one array for each weight matrix, of the same shape, biases in the last row."""
    problem = draw_problem(rng)
    require_shapes(answer(*problem.given, 1e-3, rng), problem.network.weights)


@fact(2)
def on_average_it_is_the_gradient(answer, rng):
    """Averaged over 4,000 draws of the noise, your update points along minus the gradient, is as
    long, and varies no more than it must: each sample is credited with its own rise."""
    require_the_gradient_of_each_sample(
        answer,
        rng,
        lambda problem: [np.ones((len(problem.x), m)) for m in problem.network.sizes[1:]],
        _slips,
    )


@fact(1)
def as_long_as_the_noise_makes_it(answer, rng):
    """For a single sample and draw, the update of the biases is as long as |rise| |ξ| / σ²: its
    squared length over its component downhill is the number of units."""
    noise = 10 ** rng.uniform(-5, -4)
    estimates, slopes, _ = estimates_and_slope(answer, rng, 200, noise)
    require_the_length_of_a_draw(estimates, np.concatenate(slopes), noise, 1, "units")


@fact(2)
def three_factors(answer, rng):
    """For a single sample, the update of a weight is what came in through it times the update of
    its unit's bias."""
    require_three_factors(answer, rng)


@fact(1)
def the_noise_is_drawn_afresh(answer, rng):
    """Every call draws fresh noise from the `rng` it is given, and from nothing else."""
    require_fresh_noise(answer, draw_problem(rng), rng)


@fact(1)
def the_noise_is_as_strong_as_you_are_told(answer, rng):
    """The noise is as strong as `noise` says: where it is so strong that it saturates every unit,
    the loss can rise only so far, and your update is next to nothing."""
    require_the_noise_asked_for(answer, rng)


@fact(manners=True)
def inputs_stay_as_they_are(answer, rng):
    """The shaking ends when the measurement ends: weights and data stay as they were."""
    problem = draw_problem(rng)
    require_untouched(
        lambda: answer(*problem.given, 1e-3, rng),
        [*problem.network.weights, problem.x, problem.y],
    )
