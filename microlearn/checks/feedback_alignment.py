"""Facts about feedback alignment: a flipped sign or a W.T in the way back would be invisible in the
accuracy, so these look at the update itself."""

from __future__ import annotations

from ..checking import Broken, fact
from ..gradients import finite_differences
from ..network import presynaptic
from .compare import TOLERANCE, flat, other_problems, require_shapes, require_untouched, same
from .feedback import (
    draw_feedback,
    require_backprop_through,
    require_the_network_of_b,
    with_other_weights,
)
from .problems import draw_problem

HINTS = (
    "Which single array in backprop is it that a brain is not known to have?",
    "Take backprop, line by line. Where the errors go down a layer they are multiplied by the "
    "transposed forward weights without their bias row. Put the feedback weights of that layer "
    "there. The slope f′ stays.",
    "Only the matrix behind `delta @` changes. `feedback[l]` has the shape of "
    "`network.weights[l][:-1].T` already, so nothing is transposed.",
)


def _call(answer):
    return lambda problem, feedback: answer(*problem.given, feedback)


@fact(gate=True)
def one_update_for_each_weight_matrix(answer, rng):
    """You return one array for each weight matrix, of the same shape, biases in the last row."""
    problem = draw_problem(rng, 3)
    require_shapes(answer(*problem.given, draw_feedback(rng, problem)), problem.network.weights)


@fact(1)
def the_output_layer_knows_its_error(answer, rng):
    """The output layer's update is minus its gradient, whatever the feedback weights."""
    # With the identity the slope of the output could be left out, and softmax has no slope.
    for output in ("sigmoid", "softmax"):
        _require_the_outputs_gradient(answer, draw_problem(rng, 3, output=(output,)), rng)


def _require_the_outputs_gradient(answer, problem, rng):
    seen = answer(*problem.given, draw_feedback(rng, problem))[-1]
    right = finite_differences(*problem.given)[-1]
    if not same([seen], [right]):
        ratio = float(flat([seen]) @ flat([right]) / (flat([right]) @ flat([right])))
        causes = {
            -1.0: "the sign: an update is what is added, so it must point downhill",
            float(len(problem.x)): "the sum over the batch where the mean belongs: divide by the "
            "number of samples",
            1 / len(problem.x): "the batch size divided out twice",
        }
        below, prediction = problem.network.forward(problem.x)[-2:]
        error = problem.loss.error(problem.y, prediction) / len(problem.x)
        forms = other_problems(problem) | {
            "the derivative f′ of the output layer is missing": [presynaptic(below).T @ error]
        }
        cause = [c for c, form in forms.items() if same([seen], form[-1:])]
        cause += [c for factor, c in causes.items() if abs(ratio / factor - 1) < 10 * TOLERANCE]
        raise Broken("the output layer's update is not minus its gradient", *cause[:1])


@fact(2)
def with_the_transpose_it_is_backprop(answer, rng):
    """With B set to W°ᵀ in every layer, your update is minus the gradient that finite differences
    measure, with one hidden layer and with three."""
    for layers in (2, 4):
        require_backprop_through(_call(answer), rng, layers)


@fact(2)
def b_is_what_carries_the_error(answer, rng):
    """With any B, your update for one sample is backprop's in a network whose forward weights are
    Bᵀ and whose units are all as active, with one hidden layer and with three."""
    problem = draw_problem(rng, 3)
    feedback = draw_feedback(rng, problem)
    first, second = (answer(*problem.given, feedback) for _ in range(2))
    if not same(second, first):
        raise Broken(
            "two calls with the same arguments gave different updates",
            "nothing is drawn here: B is given, and stays as it is",
        )
    for layers in (2, 4):
        require_the_network_of_b(_call(answer), rng, layers)


@fact(1, manners=True)
def the_forward_weights_do_not_matter(answer, rng):
    """Your update for one sample does not change when the forward weights above the first layer
    change and every unit stays as active as it was."""
    problem = draw_problem(rng, 3)
    network, x, y, loss = problem.given
    feedback = draw_feedback(rng, problem)
    other = with_other_weights(problem, [rng.normal(0, 1, b.T.shape) for b in feedback[1:]])
    before, after = (answer(net, x[:1], y[:1], loss, feedback) for net in (network, other))
    if not same(after, before):
        raise Broken(
            "the update changed with forward weights that changed no activity",
            "the errors go down through W°ᵀ; they have weights of their own, B",
        )


@fact(manners=True)
def inputs_stay_as_they_are(answer, rng):
    """Computing an update does not apply it: weights, feedback weights and data stay as they were."""
    problem = draw_problem(rng, 3)
    feedback = draw_feedback(rng, problem)
    require_untouched(
        lambda: answer(*problem.given, feedback),
        [*problem.network.weights, feedback, *feedback[1:], problem.x, problem.y],
    )
