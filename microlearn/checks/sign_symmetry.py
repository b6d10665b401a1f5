"""Facts about sign symmetry: the signs of the way back are those of W, its strengths are not."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.extremes import right_at_every_size
from ..laws.feedback import require_backprop_through, require_the_network_of_b, with_other_weights
from ..laws.problems import draw_magnitudes, draw_problem, transposes
from ..laws.recursion import (
    backprop,
    output_layer_has_its_gradient,
    recursion,
    slips_on_the_way_down,
)
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "A synapse on the way up excites or inhibits. How much of that must the synapse on the way down "
    "know?",
    "Each entry of the feedback matrix has the sign of the forward weight between the same two units, "
    "and the size that you are given. With that matrix, δ goes down as in feedback alignment.",
    "`np.sign` gives the signs of `network.weights[l][:-1].T`, which has the shape of `magnitudes[l]`. "
    "Their product entry by entry is B; `delta[l] @ B` arrives below, where the slope of "
    "`network.activations[l - 1]` at `h[l]` is still to come.",
)


def pairwise(matrix):
    """What carries the errors down, if ``matrix(w, m)`` makes it of W°ᵀ and M of a layer."""

    def carrier(network, magnitudes):
        both = zip(transposes(network), magnitudes, strict=True)
        return [None if m is None else matrix(w, m) for w, m in both]

    return carrier


def down_through(matrix):
    """The rule with such a matrix in the place of B."""

    def answer(network, x, y, loss, magnitudes):
        b = pairwise(matrix)(network, magnitudes)
        return recursion(network, x, y, loss, lambda l, delta: delta @ b[l])

    return answer


def signed(w, m):
    return np.sign(w) * m


SLIPS = {
    "the errors go down through W°ᵀ: of the weights, only the signs go down": backprop,
    "the signs of the weights are missing": down_through(lambda w, m: m),
    "the weights stand where their signs belong": down_through(lambda w, m: w * m),
    "signs and magnitudes are added; they are multiplied": down_through(
        lambda w, m: np.sign(w) + m
    ),
    "the signs are those of the errors that arrive, not of the weights": (
        lambda network, x, y, loss, magnitudes: recursion(
            network, x, y, loss, lambda l, delta: np.sign(delta @ magnitudes[l])
        )
    ),
    "the sizes of the weights go down, without their signs": down_through(
        lambda w, m: np.abs(w) * m
    ),
    "inhibition is forgotten: where a weight is negative, nothing comes down": down_through(
        lambda w, m: (w > 0) * m
    ),
    **slips_on_the_way_down(pairwise(signed)),
}

shapes = returns_updates_of("network")
output_layer = output_layer_has_its_gradient(
    "The output layer's update is minus its gradient, whatever the magnitudes.", SLIPS
)


def own_magnitudes(network):
    return [None if w is None else np.abs(w) for w in transposes(network)]


@fact(1, supporting=True)  # backprop obeys it
def with_the_weights_own_magnitudes_it_is_backprop(answer, rng):
    """With M set to |W°ᵀ| in every layer, your update points along minus the gradient that finite
    differences measure, with one hidden layer and with three."""
    for layers in (2, 4):
        words = "with M = |W°ᵀ|"
        require_backprop_through(answer, rng, layers, SLIPS, own_magnitudes, words)


@fact(3)
def signs_of_w_and_magnitudes_of_m_carry_the_error(answer, rng):
    """With any M, your update for one sample points as backprop's in a network whose forward weights
    have the signs of W° and the magnitudes Mᵀ, and whose units are all as active."""
    for layers in (2, 4):
        require_the_network_of_b(
            answer, rng, layers, SLIPS, draw_magnitudes, pairwise(signed), "for random M"
        )


@fact(1, supporting=True)  # Batch Manhattan obeys it
def a_flipped_sign_flips_what_it_carries(answer, rng):
    """If only one weight of the output layer carries anything down (all other magnitudes there are 0)
    and its sign flips, with every unit as active as before, all updates below flip."""
    problem = draw_problem(rng, 3)
    network, x, y, loss = problem.given
    magnitudes = draw_magnitudes(rng, problem)
    i, j = (int(rng.integers(n)) for n in network.weights[-1][:-1].shape)
    above = [w[:-1].copy() for w in network.weights[1:]]
    above[-1][i, j] *= -1
    magnitudes[-1] = np.zeros_like(magnitudes[-1])
    magnitudes[-1][j, i] = 1
    nets = (network, with_other_weights(problem, above))
    plain, flipped = (answer(net, x[:1], y[:1], loss, magnitudes)[:-1] for net in nets)
    if not any(np.any(u) for u in plain):
        raise Broken("nothing came down", "nothing is sent down to the hidden layers")
    if agree(flipped, plain):
        raise Broken(
            "the updates stayed the same when the sign flipped",
            "the signs of the weights are missing",
        )
    if not agree(flipped, [-np.asarray(u) for u in plain]):
        raise Broken("what the weight carried down did not flip with its sign")


@fact(1, supporting=True)
def the_size_of_the_forward_weights_does_not_matter(answer, rng):
    """Your update for one sample does not change when the forward weights above the first layer are
    scaled by positive factors, each by its own, and every unit stays as active as it was."""
    problem = draw_problem(rng, 3)
    network, x, y, loss = problem.given
    magnitudes = draw_magnitudes(rng, problem)
    scaled = [w[:-1] * rng.uniform(0.2, 5, w[:-1].shape) for w in network.weights[1:]]
    nets = (network, with_other_weights(problem, scaled))
    before, after = (answer(net, x[:1], y[:1], loss, magnitudes) for net in nets)
    if not agree(after, before):
        raise Broken(
            "the update changed with the size of forward weights that kept their signs",
            "of the weights, only the signs go down",
        )


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for numbers large and small.",
    down_through(signed),
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, magnitudes and data stay as they were."
)
