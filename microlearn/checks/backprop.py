"""Facts about backprop: finite differences know nothing of the chain rule."""

from __future__ import annotations

import numpy as np

from ..checking.facts import fact
from ..gradients import finite_differences
from ..laws.extremes import right_at_every_size
from ..laws.problems import SMOOTH, draw_problem, transposes
from ..laws.recursion import backprop, recursion, require_update, slips_on_the_way_down
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..network import presynaptic

HINTS = (
    "Follow one hidden unit. Through which weights does it reach the layer above, and how strongly "
    "does each unit there want its input to change?",
    "Each turn of the loop does two things. It forms the update of layer l from what flows in from "
    "below (with its 1 for the bias) and delta. Then, unless this is the first layer, it carries "
    "delta down: back through the same weights without their bias row, times f′ of the layer "
    "it arrives at.",
    "`update[l] = presynaptic(h[l]).T @ ... / len(x)`, then "
    "`delta = (delta @ network.weights[l][...].T) * network.activations[l - 1].derivative(...)`.",
)


def first_row_out(network, x, y, loss):
    return recursion(network, x, y, loss, lambda l, delta: delta @ network.weights[l][1:].T)


SLIPS = slips_on_the_way_down(transposes, "the weights") | {
    "the first row of W is left out where the last is the biases": first_row_out,
}


def hold_against_the_gradient(answer, problem):
    require_update(answer, problem.given, finite_differences(*problem.given), SLIPS)


shapes = returns_updates_of("network")


@fact(1)
def one_layer(answer, rng):
    """In a network of a single layer, whatever its activation, your update points along minus the
    gradient that finite differences measure."""
    for output in ("identity", "sigmoid", "tanh"):
        hold_against_the_gradient(answer, draw_problem(rng, 1, output=(output,)))


@fact(2)
def two_layers(answer, rng):
    """With one hidden layer, whatever its activation, your update points along minus the gradient that
    finite differences measure."""
    for hidden, output in (("tanh", "sigmoid"), ("sigmoid", "tanh")):
        hold_against_the_gradient(answer, draw_problem(rng, 2, hidden=(hidden,), output=(output,)))


@fact(2)
def many_layers(answer, rng):
    """With three hidden layers, each with an activation of its own, and with softmax at the output,
    it still is."""
    hold_against_the_gradient(answer, draw_problem(rng, 4, hidden=SMOOTH))
    hold_against_the_gradient(answer, draw_problem(rng, 4, hidden=SMOOTH, output=("softmax",)))


@fact(1)
def units_that_are_off_learn_nothing(answer, rng):
    """With rectified units, a hidden unit that is silent for every sample gets no update, and the
    others get the gradient."""
    problem = draw_problem(rng, 2, hidden=("relu",), output=("sigmoid", "tanh"))
    w = problem.network.weights[0]
    # No sample may sit within reach of a kink, or finite differences would step over it.
    w[-1] = np.where(np.arange(w.shape[1]) == 0, -50, w[-1])
    while np.min(np.abs(presynaptic(problem.x) @ w)) < 1e-4:
        w[-1] += rng.normal(0, 0.1, w.shape[1])
    hold_against_the_gradient(answer, problem)


every_size = right_at_every_size(
    "It is as long as the gradient, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for numbers large and small.",
    backprop,
    points=3,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights and data stay as they were."
)
