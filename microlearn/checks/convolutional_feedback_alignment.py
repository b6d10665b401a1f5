"""Facts about feedback alignment in a convolutional network."""

from __future__ import annotations

from ..checking.facts import fact
from ..gradients import finite_differences
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
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Which single array in convolutional backprop is it that a brain is not known to have?",
    "Take convolutional backprop, and put B where the output's weights led down. It reaches the pooled "
    "units; the slope and the pooling stay.",
    "`feedback[1]` has a row for each output and a column for each pooled unit already, so nothing is "
    "transposed.",
)


def of_feedback(rng, problem):
    return ([None, rng.normal(size=(problem.y.shape[1], problem.network.sizes[1]))],)


def through(network, y, said, delta, feedback):
    return delta @ feedback[1]


draw = any_convolution(of_feedback)
SLIPS = {
    "the errors go down through W°ᵀ; they have weights of their own, B": convolutional_rule(
        transposed
    ),
    "the target is sent down, where the error belongs": convolutional_rule(
        lambda network, y, said, delta, feedback: y @ feedback[1]
    ),
    "the difference y − ŷ is sent down; the error is that of the loss": convolutional_rule(
        lambda network, y, said, delta, feedback: (y - said) @ feedback[1]
    ),
} | slips_of_a_convolution(through, "B")
shapes = returns_updates_of("network")
output_layer = output_layer_learns_as_ever(SLIPS)


@fact(1, supporting=True)  # backprop obeys it
def with_the_transpose_it_is_backprop(answer, rng):
    """With B set to W°ᵀ the kernels' update points along minus the gradient that finite differences
    measure."""
    problem = convolution_of(rng)
    given = (*problem.given, [None, problem.network.weights[1][:-1].T.copy()])
    require_kernels(answer, given, finite_differences(*problem.given)[0], SLIPS, "with B = W°ᵀ")


@fact(3)
def b_is_what_carries_the_error(answer, rng):
    """With any B, the kernels' update points along the slope that makes the pooled activity, seen
    through B, agree more with the output's error, measured with smooth units and with ReLU."""
    for activation, output in (("tanh", "sigmoid"), ("relu", "softmax")):
        problem = convolution_of(rng, activation=activation, output=output)
        network, x, y, loss = problem.given
        (feedback,) = of_feedback(rng, problem)
        error = loss.output_delta(y, network.predict(x), network.activations[1])
        right = ears(problem, error, feedback[1])
        require_kernels(answer, (*problem.given, feedback), right, SLIPS, "with random B")


@fact(1, supporting=True)
def without_b_kernels_stay(answer, rng):
    """With B = 0 the kernels stay as they are."""
    without_the_state(answer, rng)


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for one channel, pool and sample as "
    "for many, and for numbers large and small.",
    convolutional_rule(through),
    cases_of_convolutions(of_feedback),
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, B and data stay as they were."
)
