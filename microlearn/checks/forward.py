"""Facts about the forward pass."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import TOLERANCE, agree, distance
from ..laws.extremes import problems_of_every_kind, right_at_every_size
from ..laws.inputs import as_type
from ..laws.problems import draw_network, draw_problem, draw_sizes, problem_of
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are
from ..network import Network, presynaptic

HINTS = (
    "What does one unit see? Everything in the layer below, and one more input that is always 1. "
    "Which product of two arrays gives all units of all samples at once?",
    "Two steps in each turn of the loop: from the last entry of `activities` to the pre-activations "
    "of this layer, a = p W, then through the activation. `presynaptic` gives p.",
    "`a = presynaptic(activities[-1]) @ ...`, then append f of it to `activities`.",
)


def forward_with(layer):
    """The forward pass in which ``layer(w, f, h)`` is a layer's activity, given that below it, h."""

    def answer(weights, activations, x):
        activities = [x]
        for w, f in zip(weights, activations, strict=True):
            activities.append(layer(w, f, activities[-1]))
        return activities

    return answer


SLIPS = {
    "the biases, the last row of W, are left out": forward_with(lambda w, f, h: f(h @ w[:-1])),
    "the biases are subtracted": forward_with(lambda w, f, h: f(h @ w[:-1] - w[-1])),
    "the biases are added twice: `presynaptic` has brought the 1 for them already": forward_with(
        lambda w, f, h: f(h @ w[:-1] + 2 * w[-1])
    ),
    "only the first sample is looked at": forward_with(
        lambda w, f, h: np.repeat(f(presynaptic(h[:1]) @ w), len(h), axis=0)
    ),
    "the first row of W is used for the biases; they are in the last one": forward_with(
        lambda w, f, h: f(h @ w[1:] + w[0])
    ),
    "the activation is not applied": forward_with(lambda w, f, h: presynaptic(h) @ w),
    "the activation is applied before the weights; it belongs behind them": forward_with(
        lambda w, f, h: presynaptic(f(h)) @ w
    ),
    "the activation is applied twice": forward_with(lambda w, f, h: f(f(presynaptic(h) @ w))),
}


def draw(rng):
    hidden = ("tanh", "sigmoid", "relu", "identity")
    problem = draw_problem(rng, int(rng.integers(1, 5)), hidden=hidden, output=(*hidden, "softmax"))
    return list(problem.network.weights), list(problem.network.activations), problem.x


def draws(rng):
    """Networks of three layers, no two of which have the same activation.

    Between them every layer has every activation: rectified units that are all on, or all off, would
    hide a slip.
    """
    names = rng.permutation(["tanh", "sigmoid", "relu"])
    for turn in range(3):
        *sizes, batch = draw_sizes(rng, 3)
        network = Network(draw_network(rng, sizes).weights, tuple(np.roll(names, turn)))
        x = rng.normal(0, 1, (batch, sizes[0]))
        yield list(network.weights), list(network.activations), x


def near(seen, right):
    """Whether activities agree. The bound is absolute, since rectified units may all be off."""
    return agree(seen, right, relative=0, absolute=TOLERANCE)


def _unit_by_unit(w, h):
    """The pre-activations of one layer, summed input by input: no matrix product, no helper."""
    a = np.zeros((h.shape[0], w.shape[1]))
    for sample in range(h.shape[0]):
        for unit in range(w.shape[1]):
            a[sample, unit] = w[-1, unit]
            for below in range(h.shape[1]):
                a[sample, unit] += h[sample, below] * w[below, unit]
    return a


@fact(gate=True)
def one_activity_for_each_layer(answer, rng):
    """You return the input and then one activity for each layer, a row for each sample."""
    weights, activations, x = next(draws(rng))
    h = answer(weights, activations, x)
    if h is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if not isinstance(h, list | tuple):
        raise Broken(
            f"your function returned a {type(h).__name__}, not a list of activities",
            "every layer's activity belongs in the list, not that of the last one alone",
        )
    starts_with_x = len(h) > 0 and agree(h[0], x)
    if len(h) != len(weights) + 1:
        if len(h) < 2:
            cause = "the activities are not appended to the list"
        elif len(h) > len(weights) + 1:
            cause = "more than one thing is appended for each layer: f(a) is its activity"
        elif starts_with_x:
            cause = "it stops after a fixed number of layers: go through all that there are"
        else:
            cause = "the input x is missing: it is the first of the activities"
        raise Broken(
            f"{len(h)} returned for {len(weights)} layers, where {len(weights) + 1} activities belong",
            cause,
        )
    if not starts_with_x:
        raise Broken("the first activity is not the input x")
    for layer, (activity, w) in enumerate(zip(h[1:], weights, strict=True)):
        shape = (len(x), w.shape[1])
        if np.shape(activity) != shape:
            raise Broken(f"layer {layer} answers with the shape {np.shape(activity)}, not {shape}")


@fact(2)
def a_linear_unit_is_a_weighted_sum(answer, rng):
    """A unit without a nonlinearity answers with the sum of its inputs times their weights, plus
    its bias."""
    (w,), _, x = given = linear(rng)
    seen, right = answer(*given)[1], _unit_by_unit(w, x)
    if not near(seen, right):
        raise Broken(
            f"the answer is off by {distance(seen, right):.3g} of its largest entry",
            cause_of(SLIPS, given, [x, seen], [x, right]),
        )


def linear(rng):
    *sizes, batch = draw_sizes(rng, 1)
    network = draw_network(rng, sizes, output=("identity",))
    return list(network.weights), list(network.activations), rng.normal(0, 1, (batch, sizes[0]))


@fact(2)
def each_layer_answers_to_the_one_below(answer, rng):
    """In a deep network every layer's activity is its activation applied to the weighted sum of the
    activity right below it."""
    for weights, activations, x in draws(rng):
        h = answer(weights, activations, x)
        for layer, (w, f) in enumerate(zip(weights, activations, strict=True)):
            below, seen, a = h[layer], h[layer + 1], _unit_by_unit(w, h[layer])
            if near(seen, f(a)):
                continue
            cause = cause_of(SLIPS, ([w], [f], below), [below, seen], [below, f(a)])
            if not cause and any(near(seen, g(a)) for g in activations):
                cause = "this layer uses the activation of another layer"
            cause = cause and f"in layer {layer}: {cause}"
            raise Broken(f"layer {layer} does not follow from the activity below it", cause)


@fact(1, supporting=True)
def samples_do_not_meet(answer, rng):
    """What the network answers to one sample does not depend on the others in the batch."""
    for weights, activations, x in draws(rng):
        together = answer(weights, activations, x)[-1]
        alone = answer(weights, activations, x[:1])[-1]
        if not near(alone, together[:1]):
            other = np.concatenate([x[:1], rng.normal(0, 1, x[1:].shape)])
            heard = not near(answer(weights, activations, other)[-1][:1], together[:1])
            raise Broken(
                "the first sample alone gets another answer than in the batch",
                "a sum or a mean over the rows" if heard else "the number of rows enters",
            )


def given_by(problem):
    return list(problem.network.weights), list(problem.network.activations), problem.x


def cases(rng):
    for words, problem in problems_of_every_kind(rng):
        yield words, given_by(problem)
    problem = problem_of(rng, [3, 5, 4, 2], 4)
    yield "in single precision", tuple(as_type(v, np.float32) for v in given_by(problem))
    # The units of a softmax layer share one denominator, in hidden layers too.
    for sizes in ([4, 4, 4], [3, 5, 2]):
        network = draw_network(rng, sizes, hidden=("softmax",), output=("softmax", "tanh"))
        x = rng.normal(0, 1, (4, sizes[0]))
        yield "with softmax", (list(network.weights), list(network.activations), x)


every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers, single units and a single sample as for "
    "a thousand, with softmax, and for numbers large and small.",
    forward_with(lambda w, f, h: f(presynaptic(h) @ w)),
    cases,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Looking does not change what you look at: weights and inputs stay as they were."
)
