"""Facts about direct random target projection: hidden layers hear the target, never the error."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.direct import (
    direct_rule,
    require_silence_for_one,
    require_that_other_weights_do_not_matter,
    require_the_message,
    slips_of_a_message,
)
from ..laws.extremes import right_at_every_size
from ..laws.inputs import typical
from ..laws.recursion import output_layer_has_its_gradient
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "A layer that may not wait for the output knows only what it did itself, and what the answer "
    "should be. Which of the function's arguments is that?",
    "Take direct feedback alignment, and put the target where the error was, in the hidden layers "
    "alone. The output layer still learns from its error.",
    "`y @ direct[l]` has a column for each unit of hidden layer l. The slope is that of "
    "`network.activations[l]` at the activity `h[l + 1]`; `delta.append` takes their product.",
)


def the_target(y, delta):
    return y


def of_the_prediction(message):
    """The rule with another message, from y and ŷ."""

    def answer(network, x, y, loss, direct):
        said = network.predict(x)
        return direct_rule(lambda y, delta: message(y, said))(network, x, y, loss, direct)

    return answer


def one_hot(scores):
    return np.eye(scores.shape[1])[scores.argmax(axis=1)]


SLIPS = slips_of_a_message(the_target) | {
    "the error is sent down: that is direct feedback alignment": direct_rule(
        lambda y, delta: delta
    ),
    "the prediction is sent down, not the target": of_the_prediction(lambda y, said: said),
    "the difference y − ŷ is sent down; the hidden layers hear y alone": of_the_prediction(
        lambda y, said: y - said
    ),
    "minus the target is sent down: here it is y itself": direct_rule(lambda y, delta: -y),
    "only the largest entry of the target is sent; a target may be any vector": direct_rule(
        lambda y, delta: one_hot(y)
    ),
    "the mean of each target is taken off": direct_rule(
        lambda y, delta: y - y.mean(axis=1, keepdims=True)
    ),
    "the mean target of the batch is taken off": direct_rule(lambda y, delta: y - y.mean(axis=0)),
    "the output layer learns the target too: it is the only one that hears its error": direct_rule(
        the_target, output_delta=lambda loss, y, prediction, f: y
    ),
}
del SLIPS["the sign flips on the way down"]  # minus the target, in other words

shapes = returns_updates_of("network")
output_layer = output_layer_has_its_gradient(
    "The output layer's update is minus its gradient, whatever D.", SLIPS
)


@fact(3)
def each_layer_learns_the_target_through_its_own_d(answer, rng):
    """With any D, your update of a hidden layer points along the slope that makes the layer's activity,
    seen through its D, agree more with the target y, measured with one hidden layer and with three."""
    for layers in (2, 4):
        require_the_message(answer, rng, layers, SLIPS, lambda problem: problem.y)


@fact(1, supporting=True)  # each of the two rules obeys it
def a_layer_that_is_cut_off_is_alone_with_it(answer, rng):
    """If D of one hidden layer is 0, that layer does not change, and all others learn as before."""
    require_silence_for_one(answer, rng)


@fact(1, supporting=True)
def nobody_waits_for_the_output(answer, rng):
    """The hidden updates do not change when the output layer has other weights."""

    def change(problem):
        network = problem.network
        other = rng.normal(0, 1, network.weights[-1].shape)
        return network.with_weights([*network.weights[:-1], other])

    require_that_other_weights_do_not_matter(answer, rng, change, "the output layer's weights")


@fact(1, supporting=True)
def a_right_answer_is_no_reason_to_stop(answer, rng):
    """The hidden updates do not depend on the loss, and a target twice as large makes them twice as
    large, however right the output is."""
    network, x, y, loss, direct = typical(answer.exercise, rng, 4)
    before = answer(network, x, y, loss, direct)[:-1]
    twice = answer(network, x, 2 * y, loss, direct)[:-1]
    if not agree(list(twice), [2 * np.asarray(u) for u in before]):
        raise Broken(
            "twice the target did not make the hidden updates twice as large",
            "the hidden layers hear the target, and it alone",
        )


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for numbers large and small.",
    direct_rule(the_target),
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, D and data stay as they were."
)
