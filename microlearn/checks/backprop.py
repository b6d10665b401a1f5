"""Facts about backprop: finite differences know nothing of the chain rule."""

from __future__ import annotations

import numpy as np

from ..checking import Broken, fact
from ..gradients import finite_differences
from ..network import presynaptic
from .compare import (
    batch_factors,
    explain,
    other_problems,
    relative_difference,
    require_shapes,
    require_untouched,
    same,
)
from .problems import SMOOTH, draw_problem

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


def _wrong_forms(problem):
    """What the usual slips give: the reason, and the update that it leads to."""
    network, x, y, loss = problem.given
    h = network.forward(x)
    last = len(network.weights) - 1

    at_the_output = loss.output_delta(y, h[-1], network.activations[-1])

    def walk(carry, shape=presynaptic, delta=at_the_output):
        update = []
        for l in range(last, -1, -1):
            update.insert(0, shape(h[l]).T @ delta / len(x))
            if l:
                delta = carry(l, delta)
        return update

    def back(l, delta):
        return delta @ network.weights[l][:-1].T

    def slope(l, activity):
        return network.activations[l - 1].derivative(activity)

    pre = [None] + [presynaptic(h[l]) @ w for l, w in enumerate(network.weights)]

    def without_biases(activity):
        p = presynaptic(activity)
        p[:, -1] = 0
        return p

    def first_row_out(l, delta):
        return delta @ network.weights[l][1:].T

    def of_another_layer(l, delta):
        return back(l, delta) * network.activations[l if l < last else l - 1].derivative(h[l])

    right = lambda l, delta: back(l, delta) * slope(l, h[l])  # noqa: E731
    return {
        "the derivative f′ of the hidden layer is missing": walk(back),
        "f′ is taken of the pre-activation; `derivative` expects the activity h": walk(
            lambda l, delta: back(l, delta) * slope(l, pre[l])
        ),
        "f′ is applied twice": walk(lambda l, delta: back(l, delta) * slope(l, h[l]) ** 2),
        "the sign flips on the way down": walk(lambda l, delta: -right(l, delta)),
        "the biases, the last row, get no update": walk(right, without_biases),
        "delta is not carried on below the layer under the output": walk(
            lambda l, delta: np.zeros_like(h[l])
        ),
        "the first row of W is left out where the last is the biases": walk(
            lambda l, delta: first_row_out(l, delta) * slope(l, h[l])
        ),
        "the activity h stands where its derivative f′ belongs": walk(
            lambda l, delta: back(l, delta) * h[l]
        ),
        "divided by the batch size again in every layer": walk(
            lambda l, delta: right(l, delta) / len(x)
        ),
        "only the signs of the weights are used": walk(
            lambda l, delta: (delta @ np.sign(network.weights[l][:-1]).T) * slope(l, h[l])
        ),
        "f′ is that of the activation of another layer": walk(of_another_layer),
        "f′ is that of a sigmoid, whatever the activation": walk(
            lambda l, delta: back(l, delta) * h[l] * (1 - h[l])
        ),
        "f′ is that of tanh, whatever the activation": walk(
            lambda l, delta: back(l, delta) * (1 - h[l] ** 2)
        ),
        "the derivative f′ of the output layer is missing": walk(right, delta=loss.error(y, h[-1])),
        **other_problems(problem),
    }


def _hold_against_the_gradient(answer, problem):
    seen = answer(*problem.given)
    right = finite_differences(*problem.given)
    if not same(seen, right):
        gap = relative_difference(seen, right)
        raise Broken(
            f"your update is {gap:.0%} of its length away from the gradient that was measured",
            explain(seen, right, batch_factors(len(problem.x)), _wrong_forms(problem)),
        )


@fact(gate=True)
def one_update_for_each_weight_matrix(answer, rng):
    """You return one array for each weight matrix, of the same shape, biases in the last row."""
    problem = draw_problem(rng, 3)
    require_shapes(answer(*problem.given), problem.network.weights)


@fact(1)
def one_layer(answer, rng):
    """In a network of a single layer, whatever its activation, your update is minus the gradient
    that finite differences measure."""
    for output in ("identity", "sigmoid", "tanh"):
        _hold_against_the_gradient(answer, draw_problem(rng, 1, output=(output,)))


@fact(2)
def two_layers(answer, rng):
    """With one hidden layer, whatever its activation, your update is minus the gradient that finite
    differences measure."""
    for hidden, output in (("tanh", "sigmoid"), ("sigmoid", "tanh")):
        _hold_against_the_gradient(answer, draw_problem(rng, 2, hidden=(hidden,), output=(output,)))


@fact(2)
def many_layers(answer, rng):
    """With three hidden layers, each with an activation of its own, and with softmax at the output,
    it still is."""
    _hold_against_the_gradient(answer, draw_problem(rng, 4, hidden=SMOOTH))
    _hold_against_the_gradient(answer, draw_problem(rng, 4, hidden=SMOOTH, output=("softmax",)))


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
    _hold_against_the_gradient(answer, problem)


@fact(manners=True)
def inputs_stay_as_they_are(answer, rng):
    """Computing an update does not apply it: weights and data stay as they were."""
    problem = draw_problem(rng, 3)
    require_untouched(
        lambda: answer(*problem.given), [*problem.network.weights, problem.x, problem.y]
    )
