"""Facts about simplified target propagation, with auxiliary outputs and without.

The lower targets are those of ``difference_targets``, whichever answer stands for that exercise now: a
slip made there does not cost points here again.
"""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.extremes import right_at_every_size
from ..laws.inputs import arguments_for
from ..laws.problems import Problem, draw_problem, problem_of
from ..laws.recursion import output_layer_has_its_gradient
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..laws.targets import (
    difference,
    linear_problem,
    require_hidden,
    slips_of_targets,
    targets_of,
    through,
    to_meet,
    towards_targets,
)
from ..network import presynaptic

HINTS = (
    "The output layer knows what it should have said, y, and what it said. If you could ask its inverse "
    "for the hidden activity that belongs to each of the two, what would you learn?",
    "g is asked twice: for y with the auxiliary units beside it, and for the prediction with the same "
    "units beside it. Their difference is what the topmost hidden layer should change.",
    "`np.hstack([y, z])` goes into g for what is wanted, and the same with `h[-1]` for what is found. "
    "Below that all is as in `difference_target_propagation`, without a step to divide by.",
)


def at_the_top(
    auxiliary,
    v,
    *,
    back=through,
    wanted=lambda network, h, y, error: y,
    beside=lambda z: (z, z),
    joined=lambda o, z: np.hstack([o, z]),
    put_together=difference,
):
    """The topmost target, with replaceable parts: the inverse, what should come out, what stands beside
    it and beside the prediction, how these are joined, and what becomes of wanted and found."""

    def top(network, h, y, error):
        z = np.tanh(presynaptic(h[-2]) @ auxiliary[0])
        f, (of_wanted, of_found) = network.activations[-2], beside(z)
        should = wanted(network, h, y, error)
        return put_together(
            h[-2], back(v, joined(should, of_wanted), f), back(v, joined(h[-1], of_found), f)
        )

    return top


TOP = ("back", "wanted", "beside", "joined", "put_together")


def rule(network, x, y, loss, inverse, auxiliary, **parts):
    of_top = {name: parts.pop(name) for name in TOP if name in parts}
    top = at_the_top(auxiliary, inverse[-1], **of_top)
    return towards_targets(network, x, y, loss, inverse, top, **parts)


def slip(**parts):
    return lambda *given: rule(*given, **parts)


SLIPS = slips_of_targets(rule) | {
    "the difference is missing at the top: all samples of a class would have one target": slip(
        put_together=lambda h, wanted, found: wanted
    ),
    "the sign at the top: what is found is taken off": slip(
        put_together=lambda h, wanted, found: h - wanted + found
    ),
    "what is found is added at the top: it is taken off": slip(
        put_together=lambda h, wanted, found: h + wanted + found
    ),
    "h is missing at the top: wanted minus found is only the change": slip(
        put_together=lambda h, wanted, found: wanted - found
    ),
    "what the inverse finds is missing at the top": slip(
        put_together=lambda h, wanted, found: h + wanted
    ),
    "the error goes through the inverse: y does, and the prediction does": slip(
        wanted=lambda network, h, y, error: h[-1] + error
    ),
    "the error alone goes through the inverse, where y belongs": slip(
        wanted=lambda network, h, y, error: error
    ),
    "the auxiliary units are silent: they say what they say": slip(beside=lambda z: (0 * z, 0 * z)),
    "beside y the auxiliary units are silent: they are the same in both": slip(
        beside=lambda z: (0 * z, z)
    ),
    "beside the prediction the auxiliary units are silent: they are the same in both": slip(
        beside=lambda z: (z, 0 * z)
    ),
    "the auxiliary units come first: they stand behind the output": slip(
        joined=lambda o, z: np.hstack([z, o])
    ),
    "at the top g has no activation: it ends in that of the hidden layer": slip(
        back=lambda v, z, f: presynaptic(z) @ v
    ),
    "at the top the biases of the inverse are left out": slip(back=lambda v, z, f: f(z @ v[:-1])),
    "the topmost target is a step of backprop: it comes through the inverse": (
        lambda network, x, y, loss, inverse, auxiliary: towards_targets(
            network,
            x,
            y,
            loss,
            inverse,
            lambda network, h, y, error: h[-2] + error @ network.weights[-1][:-1].T,
        )
    ),
}

shapes = returns_updates_of("network")
output = output_layer_has_its_gradient(
    "The output layer has its own error: its update is minus its gradient, whatever the inverses.",
    SLIPS,
)


def of_problem(rng, problem):
    return arguments_for(problem, "simplified_target_propagation", rng)


@fact(2)
def with_linear_units_the_inverse_carries_what_is_missing(answer, rng):
    """Where the hidden units are linear, y − ŷ goes down through V, layer after layer, whatever the
    loss; the auxiliary units, which say the same of both, add nothing."""
    for layers in (2, 4):
        problem = linear_problem(rng, layers)
        given = network, x, y, _, inverse, _ = of_problem(rng, problem)
        h = network.forward(x)
        delta, right = y - h[-1], []
        for l in reversed(range(len(network.weights) - 1)):
            delta = delta @ inverse[l + 1][: delta.shape[1]]
            right.insert(0, np.vstack([h[l].T @ delta, delta.sum(axis=0)]) / len(x))
        require_hidden(answer, given, right, SLIPS, "with linear units")


@fact(3)
def each_layer_learns_to_meet_its_own_target(answer, rng):
    """Each hidden layer goes down ½ mean ‖t − h‖², measured at each of its weights, for its own target,
    as if that stood still: with auxiliary units and without."""
    for layers, samples in ((3, 5), (4, 6), (2, 4)):
        sizes = [int(n) for n in rng.choice(np.arange(3, 8), layers + 1, replace=False)]
        hidden = ("tanh", "sigmoid", "identity") if layers == 4 else ("tanh", "sigmoid")
        problem = problem_of(rng, sizes, samples, hidden=hidden, output=("sigmoid", "softmax"))
        given = *_, inverse, auxiliary = of_problem(rng, problem)
        targets = targets_of(problem, inverse, at_the_top(auxiliary, inverse[-1]))
        require_hidden(answer, given, to_meet(problem.network, problem.x, targets), SLIPS, "in all")


@fact(1, supporting=True)
def where_the_output_is_right_hidden_layers_rest(answer, rng):
    """Where the output is just y, both questions to the inverse are the same: hidden layers keep their
    weights, however bad the inverses and the reconstruction are."""
    network, x, _, loss, *state = of_problem(rng, draw_problem(rng, 4))
    hidden = answer(network, x, network.predict(x), loss, *state)[:-1]
    if max(np.abs(u).max() for u in hidden) > 1e-5:  # float32 rounds the prediction
        raise Broken(
            "hidden layers learned although the output was what it should be",
            "what the inverse makes of y minus what it makes of the prediction is all that counts",
        )


@fact(1, supporting=True)
def the_output_weights_do_not_matter(answer, rng):
    """No weight is carried down: with other output weights, and biases that make up for the difference,
    the hidden layers learn the same from one sample."""
    problem = draw_problem(rng, 3)
    problem = Problem(problem.network, problem.x[:1], problem.y[:1], problem.loss)
    network, *given = of_problem(rng, problem)
    *below, w = network.weights
    h = network.forward(problem.x)[-2]
    other = w[:-1] + rng.normal(0, 1, w[:-1].shape)
    changed = network.with_weights([*below, np.vstack([other, w[-1:] + h @ (w[:-1] - other)])])
    before, after = answer(network, *given)[:-1], answer(changed, *given)[:-1]
    if not agree(list(after), list(before), absolute=1e-6):
        raise Broken(
            "the hidden updates changed with the output weights",
            "targets come down through V alone",
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
