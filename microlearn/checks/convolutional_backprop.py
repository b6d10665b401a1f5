"""Facts about backprop in a convolutional network."""

from __future__ import annotations

from ..checking.facts import fact
from ..gradients import finite_differences
from ..laws.convolution import (
    any_convolution,
    cases_of_convolutions,
    convolution_of,
    convolutional_rule,
    output_layer_learns_as_ever,
    require_kernels,
    slips_of_a_convolution,
    transposed,
)
from ..laws.extremes import right_at_every_size
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Below the output this is a network like any other, until the pooling. If you nudge what one place "
    "receives, when does the pooled unit feel it, and when not?",
    "First δ of the pooled units, as in lesson 00: the output's δ through the transposed weights "
    "without their bias row, times the slope f′ at the pooled activity. Then hand it to the winners.",
    "`network.weights[1][:-1].T` leads down; `network.activations[0]` has `derivative`, of the activity "
    "`look.h[1]`; and `network.unpool` takes your δ and `look.winners`.",
)


def of_nothing(rng, problem):
    return ()


draw = any_convolution(of_nothing)
SLIPS = {
    "the difference y − ŷ is sent down; the error is that of the loss": convolutional_rule(
        lambda network, y, said, delta: transposed(network, y, said, y - said)
    ),
} | slips_of_a_convolution(transposed, "W°ᵀ")
shapes = returns_updates_of("network")
output_layer = output_layer_learns_as_ever(SLIPS)


@fact(3)
def kernels_go_downhill(answer, rng):
    """The kernels' update points along minus the gradient that finite differences measure, with smooth
    units, with ReLU, and in colour."""
    for problem in (
        convolution_of(rng),
        convolution_of(rng, (8, 8), 5, 3, 4, 3, activation="relu", output="softmax"),
        convolution_of(rng, (5, 6, 3), 2, 2, 4, 3, activation="sigmoid", output="tanh"),
    ):
        right = finite_differences(*problem.given)[0]
        require_kernels(
            answer, problem.given, right, SLIPS, str(problem.network.activations[0]) + ":"
        )


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for one channel, pool and sample as "
    "for many, and for numbers large and small.",
    convolutional_rule(transposed),
    cases_of_convolutions(of_nothing),
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights and data stay as they were."
)
