"""Facts about targets that are carried down through inverses."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, distance
from ..laws.extremes import ONE_LAYER, of_a_rule, right_at_every_size
from ..laws.inputs import arguments_for
from ..laws.problems import draw_problem, problem_of
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, require_shapes
from ..laws.targets import OTHER_WAYS_DOWN, carried, down_the_transposes, linear_problem, undone

HINTS = (
    "An inverse is asked twice: what should the layer below be doing, and what is it doing, if it had "
    "to guess from here? It makes the same mistake in both. What is left if you subtract?",
    "Start from the activity of the layer below. Add what g makes of the target above, and take off "
    "what g makes of the activity above.",
    "Put the new target at the front, with `targets.insert(0, ...)`. It has three terms: `h[l]`, g of "
    "`targets[0]` with a plus, and g of `h[l + 1]` with a minus.",
)


def slip(**parts):
    return lambda *given: carried(*given, **parts)


SLIPS = {cause: slip(**parts) for cause, parts in OTHER_WAYS_DOWN.items()} | {
    "errors go down through W°ᵀ, where targets go through inverses": down_the_transposes,
}


def draw(rng):
    """For networks with one to four hidden layers, of any kind of units."""
    kinds = {
        "hidden": ("tanh", "sigmoid", "relu", "identity"),
        "output": ("identity", "sigmoid", "softmax"),
    }
    layers = int(rng.integers(2, 6))
    if rng.random() < 0.3:
        problem = problem_of(rng, [int(rng.integers(2, 7))] * (layers + 1), 5, **kinds)
    else:
        problem = draw_problem(rng, layers, **kinds)
    return arguments_for(problem, "difference_targets", rng)


def of_problem(rng, problem):
    return arguments_for(problem, "difference_targets", rng)


@fact(gate=True)
def shapes(answer, rng):
    """You return a target for each hidden layer, the lowest first, each with the shape of the layer's
    activity."""
    for layers in (4, 2, 3):
        given = of_problem(rng, draw_problem(rng, layers))
        seen, like = answer(*given), given[1][1:-1]
        if isinstance(seen, list | tuple) and len(seen) == len(like) > 1:
            turned = [np.shape(a) for a in seen[::-1]]
            if turned == [b.shape for b in like]:
                raise Broken(
                    "the target of the topmost hidden layer comes first",
                    "a new target goes to the front, `targets.insert(0, ...)`",
                )
        require_shapes(seen, like, "activity of hidden layer")


def require_targets(answer, given, right, words):
    seen = [np.asarray(t) for t in answer(*given)]
    if not agree(seen, right):
        raise Broken(
            f"{words}: the targets are off by {distance(seen, right):.2g} of their largest entry",
            cause_of(SLIPS, given, seen, right),
        )


@fact(1, supporting=True)
def a_content_layer_is_left_alone(answer, rng):
    """Where the topmost target is what the layer does already, each layer below is asked for what it
    does already, however bad the inverses are."""
    for layers in (3, 4):
        network, h, _, inverse = of_problem(rng, draw_problem(rng, layers))
        require_targets(answer, (network, h, h[-2], inverse), h[1:-1], "nothing should change")


@fact(3)
def a_linear_inverse_carries_the_change(answer, rng):
    """Where the hidden units are linear, a change that is asked for above arrives below as that change
    times V without its biases, layer after layer."""
    for layers in (3, 5):
        given = network, h, top, inverse = of_problem(rng, linear_problem(rng, layers))
        change, right = top - h[-2], [top]
        for l in reversed(range(1, len(network.weights) - 1)):
            change = change @ inverse[l][:-1]
            right.insert(0, h[l] + change)
        require_targets(answer, given, right, "with linear units")


@fact(2)
def an_exact_inverse_makes_the_layer_above_content(answer, rng):
    """Where the inverses are exact, a layer that meets its target sends up just the target of the layer
    above it."""
    n = int(rng.integers(3, 6))
    problem = problem_of(rng, [n] * 5, n + 2, hidden=("identity",))
    network, h, top, _ = of_problem(rng, problem)
    given = network, h, top, undone(network)
    right = carried(*given)
    # The cause needs the right targets; what is held to be true needs none.
    seen = [np.asarray(t) for t in answer(*given)]
    for l, (below, above) in enumerate(zip(seen, seen[1:], strict=False), 1):
        if not agree(network.receive(l, below), above):
            raise Broken(
                f"layer {l}, counted from 0, would not meet its target if the layer below met its own",
                cause_of(SLIPS, given, seen, right),
            )
    if not agree(seen[-1], top):
        raise Broken(
            "the topmost target is another than the one that was given", "leave it as it is"
        )


@fact(2)
def a_small_change_follows_the_slope_of_the_inverse(answer, rng):
    """Where a small change is asked for, it arrives as the slope of the inverse says, measured at what
    the layer does: with tanh and sigmoid units, and rectified ones."""
    for hidden in (("tanh", "sigmoid"), ("sigmoid", "tanh"), ("relu", "tanh")):
        problem = draw_problem(rng, 3, hidden=hidden)
        network, h, top, inverse = of_problem(rng, problem)
        v, f = inverse[1], network.activations[0]
        step = 0.02 * (top - h[2])
        given = network, h, h[2] + step, inverse
        a = h[2] @ v[:-1] + v[-1]
        tiny = 1e-6
        slope = (f(a + tiny) - f(a - tiny)) / (2 * tiny)
        right = (step @ v[:-1]) * slope
        seen = np.asarray(answer(*given)[0]) - h[1]
        # What the slope leaves out is of the second order, a hundredth or two of the change.
        clear = np.abs(a) > 0.3 if f.name == "relu" else np.ones(a.shape, bool)
        size = np.max(np.abs(right)) or 1.0
        if np.max(np.abs(seen - right) * clear) > 0.1 * size:
            targets = [h[1] + seen, h[2] + step]
            raise Broken(
                f"a small change arrives {np.max(np.abs(seen - right) * clear) / size:.0%} off",
                cause_of(SLIPS, given, targets, carried(*given)),
            )


def cases(rng):
    """Those of every rule that has a hidden layer; of activities and inverses large or small together
    float32 leaves nothing, so the inverses are so alone."""
    yield from of_a_rule("difference_targets", rng, (ONE_LAYER, "what the rule carries"))
    *given, inverse = of_problem(rng, draw_problem(rng, 4))
    for words, factor in (("large", 10.0), ("small", 0.1), ("zero", 0.0)):
        scaled = [None if v is None else factor * v for v in inverse]
        yield f"where the inverses are {words}", (*given, scaled)


every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers, single units and a single sample, with "
    "few layers and many, and for numbers large and small.",
    carried,
    cases,
    slips=SLIPS,
    relative=3e-4,  # a target is the sum of three numbers, and float32 rounds the largest of them
)
untouched = inputs_stay_as_they_are(
    "Looking for targets changes nothing: activities, the topmost target and inverses stay as they were."
)
