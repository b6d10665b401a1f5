"""Facts about direct random target projection in a convolutional network."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.convolution import (
    any_convolution,
    cases_of_convolutions,
    convolution_of,
    convolutional_rule,
    ears,
    output_layer_learns_as_ever,
    require_kernels,
    slips_of_a_convolution,
    transposed,
    without_the_state,
)
from ..laws.extremes import right_at_every_size
from ..laws.inputs import typical
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Kernels that may not wait for the output know what they did themselves, and what the answer should "
    "be. Which of the function's arguments is that?",
    "Take convolutional feedback alignment, and put the target where the error was. The output "
    "layer still learns from its error.",
    "`y @ direct[0]` has a column for each pooled unit. The slope f′ and the pooling are as before.",
)


def of_direct(rng, problem):
    return ([rng.normal(size=(problem.y.shape[1], problem.network.sizes[1]))],)


def projected(network, y, said, delta, direct):
    return y @ direct[0]


draw = any_convolution(of_direct)
SLIPS = {
    "the error is sent down: that is feedback alignment": convolutional_rule(
        lambda network, y, said, delta, direct: delta @ direct[0]
    ),
    "the prediction is sent down, not the target": convolutional_rule(
        lambda network, y, said, delta, direct: said @ direct[0]
    ),
    "the difference y − ŷ is sent down; the kernels hear y alone": convolutional_rule(
        lambda network, y, said, delta, direct: (y - said) @ direct[0]
    ),
    "backprop: the error comes down through W°ᵀ": convolutional_rule(transposed),
    "only the largest entry of the target is sent; a target may be any vector": convolutional_rule(
        lambda network, y, said, delta, direct: np.eye(y.shape[1])[y.argmax(axis=1)] @ direct[0]
    ),
} | slips_of_a_convolution(projected, "D")
shapes = returns_updates_of("network")
output_layer = output_layer_learns_as_ever(SLIPS)


@fact(3)
def kernels_learn_the_target_through_d(answer, rng):
    """With any D, the kernels' update points along the slope that makes the pooled activity, seen
    through D, agree more with the target y, measured with smooth units and with ReLU."""
    for activation, output in (("tanh", "sigmoid"), ("relu", "softmax")):
        problem = convolution_of(rng, activation=activation, output=output)
        (direct,) = of_direct(rng, problem)
        right = ears(problem, problem.y, direct[0])
        require_kernels(answer, (*problem.given, direct), right, SLIPS, "with random D")


@fact(1, supporting=True)
def without_d_kernels_stay(answer, rng):
    """With D = 0 the kernels stay as they are."""
    without_the_state(answer, rng)


@fact(1, supporting=True)
def nobody_waits_for_the_output(answer, rng):
    """The kernels' update does not change when the output layer has other weights."""
    network, *given = typical(answer.exercise, rng)
    other = network.with_weights([network.weights[0], rng.normal(size=network.weights[1].shape)])
    before, after = (np.asarray(answer(net, *given)[0]) for net in (network, other))
    if not agree(after, before):
        raise Broken(
            "the kernels' update changed with the output layer's weights",
            "what comes down passes D and the slope f′, and nothing else",
        )


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for one channel, pool and sample as "
    "for many, and for numbers large and small.",
    convolutional_rule(projected),
    cases_of_convolutions(of_direct),
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, D and data stay as they were."
)
