"""Facts about direct feedback alignment: each hidden layer hears the output through its own D."""

from __future__ import annotations

from ..checking.facts import fact
from ..gradients import finite_difference_signals
from ..laws.direct import (
    direct_rule,
    require_silence_for_one,
    require_that_other_weights_do_not_matter,
    require_the_message,
    slips_of_a_message,
)
from ..laws.extremes import right_at_every_size
from ..laws.feedback import require_backprop_through, with_other_weights
from ..laws.problems import draw_feedback
from ..laws.recursion import output_layer_has_its_gradient
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "In feedback alignment a layer hears the layer above. Whom does it hear if the error takes the "
    "lift?",
    "Each hidden layer takes `error`, which is the output's δ and the same for all layers, sends it "
    "through the layer's own D, and multiplies by the layer's own slope f′.",
    "`error @ direct[l]` has a column for each unit of hidden layer l. The slope is that of "
    "`network.activations[l]` at the activity `h[l + 1]`; `delta.append` takes their product.",
)


def the_error(y, delta):
    return delta


def in_hidden_layers(error):
    """The rule with another error, from ``(loss, y, prediction, f)``, in the hidden layers alone."""

    def answer(network, x, y, loss, direct):
        said = network.predict(x)
        wrong = error(loss, y, said, network.activations[-1])
        return direct_rule(lambda y, delta: wrong)(network, x, y, loss, direct)

    return answer


SLIPS = slips_of_a_message(the_error) | {
    "the target is sent down; here the hidden layers hear the error": direct_rule(
        lambda y, delta: y
    ),
    "the prediction is sent down, not the error": in_hidden_layers(lambda loss, y, said, f: said),
    "the hidden layers hear y − ŷ; they hear the same δ as the output layer": in_hidden_layers(
        lambda loss, y, said, f: y - said
    ),
    "the hidden layers hear ŷ − y, which points uphill; they hear the same δ as the output layer": (
        in_hidden_layers(lambda loss, y, said, f: said - y)
    ),
    "the hidden layers hear the loss's error without the slope of the output: they hear `error`": (
        in_hidden_layers(lambda loss, y, said, f: loss.error(y, said))
    ),
}

shapes = returns_updates_of("network")
output_layer = output_layer_has_its_gradient(
    "The output layer's update is minus its gradient, whatever D.", SLIPS
)


@fact(1, supporting=True)  # backprop obeys it
def with_one_hidden_layer_it_is_feedback_alignment(answer, rng):
    """With one hidden layer and D set to the transposed output weights W°ᵀ, your update points along
    minus the gradient that finite differences measure."""

    def transpose(network):
        return [network.weights[1][:-1].T.copy()]

    require_backprop_through(answer, rng, 2, SLIPS, transpose, "with D = W°ᵀ")


@fact(3)
def each_layer_learns_the_error_through_its_own_d(answer, rng):
    """With any D, in each of three hidden layers, your update points along the slope that makes the
    layer's activity, seen through its D, agree more with the output's δ; both are measured."""
    require_the_message(
        answer, rng, 4, SLIPS, lambda problem: finite_difference_signals(*problem.given)[-1]
    )


@fact(1, supporting=True)  # each of the two rules obeys it
def a_layer_that_is_cut_off_is_alone_with_it(answer, rng):
    """If D of one hidden layer is 0, that layer does not change, and all others learn as before."""
    require_silence_for_one(answer, rng)


@fact(1, supporting=True)
def the_weights_above_do_not_matter(answer, rng):
    """The hidden updates for one sample do not change when the weights above the first layer change
    and every unit stays as active as it was."""

    def change(problem):
        above = [b.T for b in draw_feedback(rng, problem)[1:]]
        return with_other_weights(problem, above)

    require_that_other_weights_do_not_matter(
        answer, rng, change, "forward weights that changed no activity"
    )


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for numbers large and small.",
    direct_rule(the_error),
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, D and data stay as they were."
)
