"""Facts about perturbing activities: the estimate has to pass the unit's own slope."""

from __future__ import annotations

import numpy as np

from ..checking import Broken, fact
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
    "The noise has shaken what a hidden unit sends. How much would its input have had to change "
    "for that?",
    "Form delta as in node perturbation. In the hidden layers it is the estimate of the slope by "
    "the activity; times f′ it becomes that by the pre-activation. The output layer is shaken "
    "before its nonlinearity and needs no f′.",
    "For all l but the last, multiply the delta of layer l by "
    "`network.activations[l].derivative(...)`, with the activity of layer l itself.",
)


def _slopes(problem):
    """f′ of each hidden layer; 1 for the output, which is shaken before its nonlinearity."""
    h, network = problem.network.forward(problem.x), problem.network
    hidden = [f.derivative(a) for f, a in zip(network.activations[:-1], h[1:], strict=False)]
    return [*hidden, np.ones_like(h[-1])]


def _slips(problem, signals):
    h, network = problem.network.forward(problem.x), problem.network
    output = network.activations[-1].derivative(h[-1])
    slopes = _slopes(problem)
    return {
        "f′ of the hidden layers is missing": [s / f for s, f in zip(signals, slopes, strict=True)],
        "f′ is applied twice": [s * f for s, f in zip(signals, slopes, strict=True)],
        "the output units are shaken before their nonlinearity: they need no f′": [
            *signals[:-1],
            signals[-1] * output,
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
    long, and varies no more than it must."""
    require_the_gradient_of_each_sample(answer, rng, _slopes, _slips)


@fact(2)
def the_slope_of_the_unit_belongs_to_it(answer, rng):
    """For a single sample and draw, the update of the hidden biases, divided by the units' slopes,
    is as long as |rise| |ξ| / σ²."""
    noise = 10 ** rng.uniform(-5, -4)
    estimates, slopes, problem = estimates_and_slope(answer, rng, 200, noise)
    factors = np.concatenate([s[0] for s in _slopes(problem)])
    downhill = np.concatenate(slopes)
    try:
        require_the_length_of_a_draw(estimates / factors, downhill / factors, noise, 1, "units")
    except Broken as broken:
        try:
            require_the_length_of_a_draw(estimates, downhill / factors, noise, 1, "units")
        except Broken:
            raise broken from None
        raise Broken(broken.seen, "f′ of the hidden layers is missing") from None


@fact(1)
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
