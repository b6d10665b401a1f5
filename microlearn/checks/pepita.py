"""Facts about PEPITA: hidden layers learn from the difference that the error makes at the input."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..gradients import finite_differences
from ..laws.agreement import agree, relative_difference, same_direction, what_differs
from ..laws.extremes import of_a_rule, right_at_every_size
from ..laws.inputs import typical
from ..laws.looks_twice import linear_feedback, pre_activations, two_looks
from ..laws.problems import draw_problem, draw_projection
from ..laws.recursion import backprop, recursion
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..losses import get_loss
from ..network import local_update, presynaptic

HINTS = (
    "Nothing runs backwards here. What can a layer compare, if it has seen the same input twice, the "
    "second time with the mistake in it?",
    "The second look is `network.forward` of another input: x minus the error, carried to the input by "
    "F. Each hidden layer's δ is its activity at the second look minus that at the first.",
    "`network.forward(...)` of `x - e @ projection[0]` is the second look. Then `delta` is a list: go "
    "through `h[1:-1]` and `second[1:-1]` side by side, and take the later minus the earlier.",
)


def slip(scale=1.0, **parts):
    """A slip in some parts, with ``scale`` of the whole update."""
    return lambda *given: [scale * u for u in two_looks(*given, **parts)]


def per_sample(power):
    """The update times a power of the batch size."""
    return lambda network, x, *rest: [
        float(len(x)) ** power * u for u in two_looks(network, x, *rest)
    ]


def without_the_bias_column(h):
    p = presynaptic(h)
    p[:, -1] = 0
    return p


def only_one_learns(network, *given):
    update = two_looks(network, *given)
    return [u if l in (0, len(update) - 1) else 0 * u for l, u in enumerate(update)]


def the_second_error_at_the_output(network, x, y, loss, projection):
    *hidden, _ = two_looks(network, x, y, loss, projection)
    f = network.activations[-1]
    e = loss.output_delta(y, network.predict(x), f)
    *_, below, said = network.forward(x - e @ projection[0])
    return [*hidden, local_update(below, loss.output_delta(y, said, f))]


SLIPS = {
    "the sign: an update is what is added, so it must point downhill": slip(-1),
    "the sum over the batch where the mean belongs: divide by the number of samples": per_sample(1),
    "the batch size divided out twice": per_sample(-1),
    "a factor 2 too many": slip(2),
    "a factor ½ too many": slip(0.5),
    "the first look minus the second: a unit learns to do what the second look made it do": slip(
        difference=lambda before, after: before - after
    ),
    "x + e F: e says how the output should have moved, and the second look sees x − e F": slip(
        seen=lambda x, sent: x + sent
    ),
    "both signs are turned: the second look sees x − e F, and δ is the second look minus the first": (
        slip(seen=lambda x, sent: x + sent, difference=lambda before, after: before - after)
    ),
    "the second look sees the error alone: it is mixed into the input x": slip(
        seen=lambda x, sent: -sent
    ),
    "the difference of what units receive, where that of their activities belongs": slip(
        compared=pre_activations
    ),
    "the slope f′ is multiplied in: the difference of two activities has it already": slip(
        factor=lambda f, h: f.derivative(h)
    ),
    "the size of the difference without its sign": slip(
        difference=lambda before, after: np.abs(after - before)
    ),
    "of the difference only the sign is kept": slip(
        difference=lambda before, after: np.sign(after - before)
    ),
    "what a unit does at the second look stands where its change belongs": slip(
        difference=lambda before, after: after
    ),
    "what the layers below send is that of the first look, where the second belongs": slip(
        sends=lambda first, second: first
    ),
    "the first layer learns from x, where the second look saw x − e F": slip(
        sends=lambda first, second: [first[0], *second[1:]]
    ),
    "the output layer learns from what it received at the first look, where the second belongs": slip(
        sends=lambda first, second: [*second[:-2], first[-2], second[-1]]
    ),
    "the output layer learns the difference of two looks: it alone knows its error": slip(
        top=lambda e, before, after: after - before
    ),
    "the output layer learns from the error of the second look: e is that of the first": (
        the_second_error_at_the_output
    ),
    "nothing reaches the input: F is missing": slip(matrix=lambda f: 0 * f),
    "only the signs of F are used": slip(matrix=np.sign),
    "the sizes of F's entries are used without their signs": slip(matrix=np.abs),
    "only the signs of the error reach the input": slip(message=lambda e, y, said: np.sign(e)),
    "the target is sent to the input, where the error belongs": slip(message=lambda e, y, said: y),
    "the prediction is sent to the input, where the error belongs": slip(
        message=lambda e, y, said: said
    ),
    "the difference y − ŷ is sent: the error is that of the loss": slip(
        message=lambda e, y, said: y - said
    ),
    "each sample sees the mistake of another one": slip(
        message=lambda e, y, said: np.roll(e, 1, axis=0)
    ),
    "the error is divided by the batch size at the input: the second look of a sample is its own": slip(
        message=lambda e, y, said: e / len(e)
    ),
    "all samples see the mean error: each has one of its own": slip(
        message=lambda e, y, said: np.broadcast_to(e.mean(axis=0), e.shape)
    ),
    "the derivative f′ of the output layer is missing": slip(
        output_delta=lambda loss, y, prediction, f: loss.error(y, prediction)
    ),
    "the biases, the last row, get no update": slip(below=without_the_bias_column),
    "only the first hidden layer learns: every layer sees the second look": only_one_learns,
    "only the first sample is looked at": lambda network, x, y, *rest: two_looks(
        network, x[:1], y[:1], *rest
    ),
    "the loss is the one that you are given, and not the squared error": (
        lambda network, x, y, loss, projection: two_looks(
            network, x, y, get_loss("squared_error"), projection
        )
    ),
    "backprop: an error comes down, where nothing runs backwards": backprop,
}

shapes = returns_updates_of("network")


@fact(1, supporting=True)  # backprop obeys it too
def without_f_only_the_output_layer_learns(answer, rng):
    """With F = 0 both looks are the same: hidden layers stay as they are, and the output layer's update
    is minus its gradient."""
    # With the identity the slope of the output could be left out, and softmax has no slope.
    for output in ("sigmoid", "softmax"):
        problem = draw_problem(rng, 3, output=(output,))
        silent = [np.zeros((problem.y.shape[1], problem.x.shape[1]))]
        *hidden, seen = answer(*problem.given, silent)
        if max(np.abs(u).max() for u in hidden) > 1e-5:  # float32 may round each look otherwise
            raise Broken(
                "hidden layers learned although F is zero",
                "they learn from the difference of the two looks, and from nothing else",
            )
        right = finite_differences(*problem.given)[-1]
        if not agree(seen, right):
            slips = {c: lambda *given, s=s: s(*given)[-1] for c, s in SLIPS.items()}
            raise Broken(
                "with F = 0 the output layer's update is not minus its gradient",
                cause_of(slips, (*problem.given, silent), seen, right),
            )


def require_hidden(answer, problem, f, right, words):
    given = (*problem.given, [f])
    seen = [np.asarray(u) for u in answer(*given)[:-1]]
    if not same_direction(seen, right):  # how long they are is a fact of its own
        slips = {cause: lambda *given, s=s: s(*given)[:-1] for cause, s in SLIPS.items()}
        raise Broken(
            f"{words} your hidden updates are {relative_difference(seen, right):.0%} of their length "
            "away from what they should be",
            cause_of(slips, given, seen, right) or what_differs(seen, right),
        )


@fact(3)
def linear_units_move_by_the_error_through_f_and_the_weights(answer, rng):
    """Where the hidden units are linear, each moves by what e F brings to it through the weights, and
    learns that from what the layer below sends at the second look. One hidden layer and three are
    tried."""
    for layers in (2, 4):
        problem = draw_problem(rng, layers, hidden=("identity",), output=("sigmoid", "tanh"))
        network, x, y, loss = problem.given
        (f,) = draw_projection(rng, problem)
        e = loss.output_delta(y, network.predict(x), network.activations[-1])
        second = network.forward(x - e @ f)
        right = [
            presynaptic(below).T @ (e @ d) / len(x)
            for below, d in zip(second, linear_feedback(network, f), strict=False)
        ]
        require_hidden(answer, problem, f, right, "with linear units")


@fact(2)
def a_soft_word_is_feedback_alignment(answer, rng):
    """The smaller F is, the nearer the hidden update comes to that of feedback alignment with
    B = −F W°: the mean of the updates for F and for −F, turned round, shows it."""
    for hidden in ("tanh", "sigmoid"):
        problem = draw_problem(rng, 2, hidden=(hidden,), output=("softmax",))
        network = problem.network
        f = 0.01 * draw_projection(rng, problem)[0]
        to_f, from_f = (answer(*problem.given, [sign * f])[0] for sign in (1, -1))
        b = -f @ network.weights[0][:-1]
        right = recursion(*problem.given, lambda l, delta: delta @ b)[0]  # noqa: B023
        seen = (np.asarray(to_f) - np.asarray(from_f)) / 2
        if not same_direction([seen], [right]):
            alike = same_direction([seen], [-right])
            raise Broken(
                f"for a small F it is {relative_difference([seen], [right]):.0%} of its length away "
                "from feedback alignment through B = −F W°",
                "a sign: δ is the second look minus the first, and the second look sees x − e F"
                if alike
                else "",
            )


@fact(1, supporting=True)
def no_mistake_no_change(answer, rng):
    """Where the output is right both looks are the same, and no weight changes."""
    network, x, _, _, projection = typical(answer.exercise, rng, 3)
    update = answer(network, x, network.predict(x), get_loss("squared_error"), projection)
    if max(np.abs(u).max() for u in update) > 1e-5:  # float32 rounds the prediction
        raise Broken(
            "the weights changed although the output was what it should be",
            "all that is learned comes from the error e",
        )


RELATIVE, ABSOLUTE, GIVE = 3e-4, 1e-5, 1e-6
"""What is learned from is the difference of two activities, of which float32 leaves so much."""


def cases(rng):
    """Those of every rule, without a small F: float32 leaves nothing of so small a difference."""
    for words, given in of_a_rule("pepita", rng):
        if "small" not in words or "error" in words:
            yield words, given


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for numbers large and small.",
    two_looks,
    cases,
    slips=SLIPS,
    relative=RELATIVE,
    absolute=ABSOLUTE,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, F and data stay as they were."
)
