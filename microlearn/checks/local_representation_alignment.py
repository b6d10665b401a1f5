"""Facts about local representation alignment through feedback weights."""

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
from ..laws.problems import draw_feedback, draw_problem
from ..laws.recursion import output_layer_has_its_gradient
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..laws.targets import require_hidden

HINTS = (
    "The layer above knows in which direction it would like to move. What does it say to the units "
    "below, if it has feedback weights of its own to say it through?",
    "Four steps: δ through B; where that is longer than `clip` in a sample, make it as long as `clip`; "
    "add β of it to what the units received; and let them send what they would send then.",
    "`np.linalg.norm(s, axis=1, keepdims=True)` has the length of each sample's s. `np.maximum` of that "
    "and `clip` is what s times `clip` is divided by: so a short s stays as it is. `f[l - 1]` makes an "
    "activity of `a`.",
)


def through_b(change=lambda b: b, factor=lambda f, t, a: 1.0, message=lambda delta: delta):
    """Ask through B, with a factor of the units below; as a function of B."""

    def with_b(feedback):
        return lambda network, l, delta, t, a: (
            message(delta) @ change(feedback[l]) * factor(network.activations[l - 1], t, a)
        )

    return with_b


def rule(network, x, y, loss, feedback, beta, corrections, clip, *, ask=None, **parts):
    asks = (ask or through_b())(feedback)
    return aligned(network, x, y, loss, beta, corrections, clip, asks, **parts)


def slip(**parts):
    return lambda *given: rule(*given, **parts)


SLIPS = slips_of_asking(rule) | {
    "f′ of the units below is multiplied in: that is the other form, by the slope": slip(
        ask=through_b(factor=lambda f, t, a: f.derivative(t))
    ),
    "δ goes down through W°ᵀ: it has feedback weights of its own, B": slip(
        ask=lambda feedback: lambda network, l, delta, t, a: delta @ network.weights[l][:-1].T
    ),
    "only the signs of B are used": slip(ask=through_b(np.sign)),
    "nothing is asked of the hidden layers": slip(ask=through_b(lambda b: 0 * b)),
    "the sizes of B's entries are used without their signs": slip(ask=through_b(np.abs)),
    "all samples are asked for the mean: each has an error of its own": slip(
        ask=through_b(message=lambda delta: np.broadcast_to(delta.mean(axis=0), delta.shape))
    ),
}

shapes = returns_updates_of("network")
output = output_layer_has_its_gradient(
    "The output layer has a target that nobody had to ask for: its update is minus its gradient.",
    SLIPS,
)


@fact(4)
def each_layer_asks_and_learns_as_the_definition_says(answer, rng):
    """With every δ measured as the slope of the layer's own loss, the updates point where yours do: for
    one correction and three, with s clipped and not, in networks of two and of three hidden layers."""
    for layers, beta, corrections, clip in ((2, 1.0, 1, LONG), (3, 0.7, 3, 0.4), (4, 1.0, 2, LONG)):
        problem = draw_problem(rng, layers, hidden=("tanh", "sigmoid"), output=("sigmoid", "tanh"))
        feedback = draw_feedback(rng, problem)

        def ask(l, of, a, network=problem.network, feedback=feedback):
            sent = network.activations[l - 1](a)
            return measured(of, network.receive(l, sent)) @ feedback[l]

        right = as_measured(problem, beta, corrections, clip, ask)[:-1]
        given = (*problem.given, feedback, beta, corrections, clip)
        require_hidden(answer, given, right, SLIPS, f"for K = {corrections} and β = {beta}")


@fact(2)
def a_soft_word_is_feedback_alignment_with_the_slope_squared(answer, rng):
    """The smaller β, the nearer the hidden update comes to that of feedback alignment with f′² in the
    place of f′, times 2 β K."""
    require_a_soft_word(
        answer,
        rng,
        SLIPS,
        lambda network, state: state[0],
        2,
        "for a small β it is, from feedback alignment with f′²,",
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
    "Computing an update does not apply it: weights, feedback weights and data stay as they were."
)
