"""Facts about local representation alignment by the slope of the loss above."""

from __future__ import annotations

import numpy as np

from ..checking.facts import fact
from ..laws.agreement import TOLERANCE
from ..laws.asking import (
    ABSOLUTE,
    LONG,
    TOO_LARGE,
    aligned,
    as_measured,
    measured,
    require_a_soft_word,
    require_that_a_shout_is_shortened,
    slips_of_asking,
)
from ..laws.extremes import right_at_every_size
from ..laws.problems import draw_problem, transposes
from ..laws.recursion import output_layer_has_its_gradient
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..laws.targets import require_hidden

HINTS = (
    "If you may look into the layer above, which change of what comes in below makes its loss smaller "
    "the fastest?",
    "It is one step of backprop, over one layer: δ of the layer above through the transpose of its "
    "weights, without the bias row, times f′ of the units below. The other three lines are those of "
    "`local_representation_alignment`.",
    "`network.weights[l][:-1].T` brings δ down. `f[l - 1].derivative(...)` takes the activity as it "
    "stands, `wanted`, which is `h[l]` before the first correction.",
)


def by_the_slope(
    w=lambda network, l: network.weights[l][:-1].T,
    factor=lambda f, t, a: f.derivative(t),
    message=lambda delta: delta,
):
    """Ask by the slope, with replaceable parts."""
    return lambda network, l, delta, t, a: (
        message(delta) @ w(network, l) * factor(network.activations[l - 1], t, a)
    )


def rule(network, x, y, loss, beta, corrections, clip, *, ask=None, **parts):
    asks = ask or by_the_slope()
    return aligned(network, x, y, loss, beta, corrections, clip, asks, **parts)


def slip(**parts):
    return lambda *given: rule(*given, **parts)


def slope_of_the_start(network, x, y, loss, beta, corrections, clip):
    h = network.forward(x)

    def ask(network, l, delta, t, a):
        return delta @ network.weights[l][:-1].T * network.activations[l - 1].derivative(h[l])

    return rule(network, x, y, loss, beta, corrections, clip, ask=ask)


SLIPS = slips_of_asking(rule) | {
    "f′ of the units below is missing: that is the other form, with B = W°ᵀ": slip(
        ask=by_the_slope(factor=lambda f, t, a: 1.0)
    ),
    "f′ is applied twice": slip(ask=by_the_slope(factor=lambda f, t, a: f.derivative(t) ** 2)),
    "f′ is taken of the pre-activation; `derivative` expects the activity": slip(
        ask=by_the_slope(factor=lambda f, t, a: f.derivative(a))
    ),
    "f′ is that of the activity h in every correction: it is that of the target as it stands": (
        slope_of_the_start
    ),
    "f′ is that of tanh, whatever the activation": slip(
        ask=by_the_slope(factor=lambda f, t, a: 1 - t**2)
    ),
    "f′ is that of a sigmoid, whatever the activation": slip(
        ask=by_the_slope(factor=lambda f, t, a: t * (1 - t))
    ),
    "the activity stands where its derivative f′ belongs": slip(
        ask=by_the_slope(factor=lambda f, t, a: t)
    ),
    "only the signs of W are used": slip(
        ask=by_the_slope(w=lambda network, l: np.sign(network.weights[l][:-1].T))
    ),
    "nothing is asked of the hidden layers": slip(
        ask=by_the_slope(w=lambda network, l: 0 * network.weights[l][:-1].T)
    ),
    "all samples are asked for the mean: each has an error of its own": slip(
        ask=by_the_slope(message=lambda delta: np.broadcast_to(delta.mean(axis=0), delta.shape))
    ),
}

shapes = returns_updates_of("network")
output = output_layer_has_its_gradient(
    "The output layer has a target that nobody had to ask for: its update is minus its gradient.",
    SLIPS,
)


@fact(4)
def each_layer_asks_for_what_its_loss_falls_by_fastest(answer, rng):
    """With every slope measured, that of a layer's own loss and that by what the units below it receive,
    the updates point where yours do: for one correction and three, with s clipped and not."""
    for layers, beta, corrections, clip in ((2, 1.0, 1, LONG), (3, 0.7, 3, 0.2), (4, 1.0, 2, LONG)):
        problem = draw_problem(rng, layers, hidden=("tanh", "sigmoid"), output=("sigmoid", "tanh"))

        def ask(l, of, a, network=problem.network):
            f = network.activations[l - 1]
            return measured(lambda a: of(network.receive(l, f(a))), a)

        right = as_measured(problem, beta, corrections, clip, ask)[:-1]
        given = (*problem.given, beta, corrections, clip)
        require_hidden(answer, given, right, SLIPS, f"for K = {corrections} and β = {beta}")


@fact(2)
def a_soft_word_is_backprop_with_two_slopes_more(answer, rng):
    """The smaller β, the nearer the hidden update comes to that of backprop, times 2 β K f′²."""
    require_a_soft_word(
        answer,
        rng,
        SLIPS,
        lambda network, state: transposes(network),
        3,
        "for a small β it is, from backprop times f′²,",
    )


@fact(1, supporting=True)
def a_shout_is_shortened(answer, rng):
    """A sample that is ten times as wrong moves the hidden layers no further once s is clipped; where s
    is shorter than that, `clip` changes nothing."""
    require_that_a_shout_is_shortened(answer, rng)


GIVE = ABSOLUTE
every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for errors large and small.",
    rule,
    slips=SLIPS,
    relative=TOLERANCE,
    absolute=ABSOLUTE,
    leave_out=TOO_LARGE,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights and data stay as they were."
)
