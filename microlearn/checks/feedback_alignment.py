"""Facts about feedback alignment: a flipped sign or a W.T in the way back would be invisible in the
accuracy, so these look at the update itself."""

from __future__ import annotations

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.extremes import right_at_every_size
from ..laws.feedback import (
    SLIPS_OF_FEEDBACK,
    require_backprop_through,
    require_the_network_of_b,
    with_other_weights,
)
from ..laws.inputs import typical
from ..laws.problems import draw_feedback, draw_problem
from ..laws.recursion import output_layer_has_its_gradient, recursion
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Which single array in backprop is it that a brain is not known to have?",
    "Take backprop, line by line. Where the errors go down a layer they are multiplied by the "
    "transposed forward weights without their bias row. Put the feedback weights of that layer "
    "there. The slope f′ stays.",
    "Only the matrix behind `delta @` changes. `feedback[l]` has the shape of "
    "`network.weights[l][:-1].T` already, so nothing is transposed.",
)


SLIPS = SLIPS_OF_FEEDBACK


def through(network, x, y, loss, feedback):
    return recursion(network, x, y, loss, lambda l, delta: delta @ feedback[l])


shapes = returns_updates_of("network")
output_layer = output_layer_has_its_gradient(
    "The output layer's update is minus its gradient, whatever the feedback weights.", SLIPS
)


@fact(1, supporting=True)  # backprop obeys it
def with_the_transpose_it_is_backprop(answer, rng):
    """With B set to W°ᵀ in every layer, your update points along minus the gradient that finite
    differences measure, with one hidden layer and with three."""
    for layers in (2, 4):
        require_backprop_through(answer, rng, layers, SLIPS)


@fact(3)
def b_is_what_carries_the_error(answer, rng):
    """With any B, your update for one sample points as backprop's in a network whose forward weights are
    Bᵀ and whose units are all as active, with one hidden layer and with three."""
    given = typical(answer.exercise, rng)
    first, second = answer(*given), answer(*given)
    if not agree(second, first):
        raise Broken(
            "two calls with the same arguments gave different updates",
            "nothing is drawn here: B is given, and stays as it is",
        )
    for layers in (2, 4):
        require_the_network_of_b(answer, rng, layers, SLIPS)


@fact(1, supporting=True)
def the_forward_weights_do_not_matter(answer, rng):
    """Your update for one sample does not change when the forward weights above the first layer
    change and every unit stays as active as it was."""
    problem = draw_problem(rng, 3)
    network, x, y, loss = problem.given
    feedback = draw_feedback(rng, problem)
    other = with_other_weights(problem, [rng.normal(0, 1, b.T.shape) for b in feedback[1:]])
    before, after = (answer(net, x[:1], y[:1], loss, feedback) for net in (network, other))
    if not agree(after, before):
        raise Broken(
            "the update changed with forward weights that changed no activity",
            "W° takes part in sending the errors down; they have weights of their own, B",
        )


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for numbers large and small.",
    through,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, feedback weights and data stay as they were."
)
