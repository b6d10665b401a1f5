"""Facts about the forward pass."""

from __future__ import annotations

import numpy as np

from ..facts import Broken, fact
from ..laws.agreement import TOLERANCE, agree
from ..laws.problems import draw_network, draw_sizes
from ..laws.standard import inputs_stay_as_they_are
from ..network import Network

HINTS = (
    "What does one unit see? Everything in the layer below, and one more input that is always 1. "
    "Which product of two arrays gives all units of all samples at once?",
    "Two steps in each turn of the loop: from the last entry of `activities` to the pre-activations "
    "of this layer, a = p W, then through the activation. `presynaptic` gives p.",
    "`a = presynaptic(activities[-1]) @ ...`, then append f of it to `activities`.",
)


def _draws(rng):
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


def draw(rng):
    return next(_draws(rng))


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
    weights, activations, x = draw(rng)
    h = answer(weights, activations, x)
    if h is None:
        raise Broken("your function returned nothing", "a missing `return`")
    if not isinstance(h, list | tuple):
        raise Broken(
            f"your function returned a {type(h).__name__}, not a list of activities",
            "every layer's activity belongs in the list, not that of the last one alone",
        )
    starts_with_x = len(h) > 0 and np.shape(h[0]) == x.shape and agree(h[:1], [x])
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
    for layer, (below, w) in enumerate(zip(h[1:], weights, strict=True)):
        if np.shape(below) != (len(x), w.shape[1]):
            raise Broken(
                f"layer {layer} answers with the shape {np.shape(below)}, not {(len(x), w.shape[1])}"
            )


@fact(2)
def a_linear_unit_is_a_weighted_sum(answer, rng):
    """A unit without a nonlinearity answers with the sum of its inputs times their weights, plus
    its bias."""
    *sizes, batch = draw_sizes(rng, 1)
    network = draw_network(rng, sizes, output=("identity",))
    x = rng.normal(0, 1, (batch, sizes[0]))
    w = network.weights[0]
    seen, right = answer([w], list(network.activations), x)[1], _unit_by_unit(w, x)
    if np.max(np.abs(seen - right)) > TOLERANCE:
        cause = ""
        if np.allclose(seen, x @ w[:-1]):
            cause = "the biases, the last row of W, are left out"
        elif np.allclose(seen, x @ w[:-1] - w[-1]):
            cause = "the biases are subtracted"
        elif np.allclose(seen, right + w[-1]):
            cause = "the biases are added twice: `presynaptic` has brought the 1 for them already"
        elif np.allclose(seen, right[:1]):
            cause = "only the first sample is looked at"
        elif np.allclose(seen, x @ w[1:] + w[0]):
            cause = "the first row of W is used for the biases; they are in the last one"
        gap = np.max(np.abs(seen - right))
        raise Broken(f"one answer is off by {gap:.3g}", cause)


@fact(2)
def each_layer_answers_to_the_one_below(answer, rng):
    """In a deep network every layer's activity is its activation applied to the weighted sum of the
    activity right below it."""
    for drawn in _draws(rng):
        _require_each_layer_to_follow(answer, *drawn)


def _require_each_layer_to_follow(answer, weights, activations, x):
    h = answer(weights, activations, x)
    for layer, (w, f) in enumerate(zip(weights, activations, strict=True)):
        a = _unit_by_unit(w, h[layer])
        if np.max(np.abs(h[layer + 1] - f(a))) > TOLERANCE:
            cause = ""
            if np.allclose(h[layer + 1], a):
                cause = "the activation is not applied"
            elif np.allclose(h[layer + 1], _unit_by_unit(w, f(h[layer]))):
                cause = "the activation is applied before the weights; it belongs behind them"
            elif np.allclose(h[layer + 1], f(f(a))):
                cause = "the activation is applied twice"
            elif any(np.allclose(h[layer + 1], g(a)) for g in activations):
                cause = "this layer uses the activation of another layer"
            raise Broken(f"layer {layer} does not follow from the activity below it", cause)


@fact(1, supporting=True)
def samples_do_not_meet(answer, rng):
    """What the network answers to one sample does not depend on the others in the batch."""
    for weights, activations, x in _draws(rng):
        together = answer(weights, activations, x)[-1]
        alone = answer(weights, activations, x[:1])[-1]
        if np.max(np.abs(alone - together[:1])) > TOLERANCE:
            raise Broken(
                "the first sample alone gets another answer than in the batch",
                "a sum or a mean over the rows",
            )


untouched = inputs_stay_as_they_are(
    "Looking does not change what you look at: weights and inputs stay as they were."
)
