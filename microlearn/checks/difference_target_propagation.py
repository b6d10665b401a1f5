"""Facts about difference target propagation.

The lower targets are those of ``difference_targets``, whichever answer stands for that exercise now: a
slip made there does not cost points here again.
"""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..gradients import finite_differences
from ..laws.agreement import agree
from ..laws.extremes import right_at_every_size
from ..laws.inputs import arguments_for
from ..laws.problems import draw_problem
from ..laws.recursion import output_layer_has_its_gradient, require_update
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..laws.targets import (
    linear_problem,
    require_hidden,
    slips_of_targets,
    targets_of,
    to_meet,
    towards_targets,
)

HINTS = (
    "Only the topmost hidden layer is next to somebody who knows the error. What should it have done "
    "instead, to make the output a little better? And who tells the layers below?",
    "One step of backprop at the top makes a target of an activity: h plus s times the error, brought "
    "down by W°ᵀ. `difference_targets` gives the others. Each layer then learns from its target minus "
    "its activity.",
    "`top` is `h[-2]` plus the step. The exercise that you wrote gives a list, the lowest layer first, "
    "which goes side by side with `h[1:-1]` and `network.activations`. Divide each difference by the "
    "step's size, and multiply by f′.",
)


def at_the_top(step=lambda s: s, downhill=lambda network, h, error, y: error, slope=False):
    """A function of s that makes the topmost target, with replaceable parts."""

    def make(s):
        def top(network, h, y, error):
            sent = downhill(network, h, error, y) @ network.weights[-1][:-1].T
            if slope:
                sent = sent * network.activations[-2].derivative(h[-2])
            return h[-2] + step(s) * sent

        return top

    return make


def rule(network, x, y, loss, inverse, target_step, *, top=None, length=lambda s: 1 / s, **parts):
    made = (top or at_the_top())(target_step)
    parts = {"scale": length(target_step)} | parts
    return towards_targets(network, x, y, loss, inverse, made, **parts)


def slip(**parts):
    return lambda *given: rule(*given, **parts)


SLIPS = slips_of_targets(rule) | {
    "the step is not divided out: a smaller s would mean a smaller update": slip(
        length=lambda s: 1.0
    ),
    "multiplied by s, where the step is divided out": slip(length=lambda s: s),
    "divided by s twice": slip(length=lambda s: 1 / s**2),
    "the topmost target goes a whole step: it goes s of it": slip(
        top=at_the_top(step=lambda s: 1.0)
    ),
    "s² where s belongs": slip(top=at_the_top(step=lambda s: s * s)),
    "the topmost target lies uphill": slip(top=at_the_top(step=lambda s: -s)),
    "f′ of the topmost hidden layer is in its target: the step is one of the activity": slip(
        top=at_the_top(slope=True)
    ),
    "the topmost target is the step alone: it is added to the activity": slip(
        top=lambda s: lambda network, h, y, error: s * error @ network.weights[-1][:-1].T
    ),
    "the topmost target comes from the label: it comes from the error": slip(
        top=at_the_top(downhill=lambda network, h, error, y: y)
    ),
    "the topmost target comes from y − ŷ: the error is that of the loss": slip(
        top=at_the_top(downhill=lambda network, h, error, y: y - h[-1])
    ),
    "the step is averaged over the batch: each sample has a target of its own": slip(
        top=at_the_top(downhill=lambda network, h, error, y: error / len(y))
    ),
    "only the signs of the output weights bring the error down": slip(
        top=lambda s: (
            lambda network, h, y, error: h[-2] + s * error @ np.sign(network.weights[-1][:-1]).T
        )
    ),
}

shapes = returns_updates_of("network")
output = output_layer_has_its_gradient(
    "The output layer has no target: its update is minus its gradient, whatever the inverses.",
    SLIPS,
)


def with_step(rng, problem, step=None):
    *given, s = arguments_for(problem, "difference_target_propagation", rng)
    return (*given, step or s)


@fact(1, supporting=True)
def one_hidden_layer_needs_no_inverse(answer, rng):
    """With one hidden layer it is backprop: its update is minus the measured gradient, however large
    the step."""
    for step in (0.1, 2.0):
        problem = draw_problem(rng, 2, output=("sigmoid", "tanh"))
        given = with_step(rng, problem, step)
        require_update(answer, given, finite_differences(*problem.given), SLIPS)


@fact(2)
def with_linear_units_the_inverse_carries_the_error(answer, rng):
    """Where the hidden units are linear, the error comes one layer down through W°ᵀ and then goes on
    through V, layer after layer: it is feedback alignment with B = V°."""
    for layers in (3, 4):
        problem = linear_problem(rng, layers)
        given = network, x, y, loss, inverse, _ = with_step(rng, problem)
        h = network.forward(x)
        delta = loss.output_delta(y, h[-1], network.activations[-1]) @ network.weights[-1][:-1].T
        right = []
        for l in reversed(range(len(network.weights) - 1)):
            right.insert(0, np.vstack([h[l].T @ delta, delta.sum(axis=0)]) / len(x))
            if l:
                delta = delta @ inverse[l][:-1]
        require_hidden(answer, given, right, SLIPS, "with linear units")


@fact(3)
def each_layer_learns_to_meet_its_own_target(answer, rng):
    """Each hidden layer goes down ½ mean ‖t − h‖², measured at each of its weights, for its own target,
    as if that stood still."""
    for layers in (3, 4):
        problem = draw_problem(rng, layers, output=("sigmoid", "tanh"))
        given = with_step(rng, problem)
        targets = targets_of(problem, given[4], at_the_top()(given[5]))
        require_hidden(answer, given, to_meet(problem.network, problem.x, targets), SLIPS, "in all")


@fact(1, supporting=True)
def the_step_is_divided_out(answer, rng):
    """Where the units are linear, the update is the same whatever the size of the step."""
    *given, _ = with_step(rng, linear_problem(rng, 4))
    small, large = (list(answer(*given, s)) for s in (0.2, 1.0))
    if not agree(large, small):
        slips = {c: lambda *g, s=s: s(*g) for c, s in SLIPS.items()}
        raise Broken(
            "a step five times as large gave another update",
            cause_of(slips, (*given, 1.0), large, rule(*given, 1.0)),
        )


RELATIVE, ABSOLUTE, GIVE = 3e-4, 1e-5, 1e-6
"""What is learned from is the difference of two activities, of which float32 leaves so much."""


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, and for numbers large and small.",
    rule,
    slips=SLIPS,
    relative=RELATIVE,
    absolute=ABSOLUTE,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, inverses and data stay as they were."
)
