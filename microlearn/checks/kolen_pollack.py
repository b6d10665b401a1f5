"""Facts about Kolen-Pollack.

The increment that W and B share is that of the feedback alignment that is in use, the student's own or
the reference: a slip made there does not cost points here again.
"""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, flat
from ..laws.extremes import of_a_rule, right_at_every_size, with_small_errors
from ..laws.feedback import SLIPS_OF_FEEDBACK
from ..laws.inputs import arguments_for
from ..laws.problems import draw_feedback, draw_of_depth
from ..laws.slips import cause_of
from ..laws.standard import earlier_answer, inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Two people write down the same numbers day after day, and each forgets one percent of their "
    "list every day. What becomes of the difference between the lists?",
    "`update` already has the increment. B gets the same one, without the bias row and transposed. "
    "Then each loses its own share λ: W that of W (not of its bias row), and B that of B.",
    "`update[l][:-1]` is the increment without the biases, and transposed it has the shape of "
    "`feedback[l]`. B's update is made of it before W's share is taken away.",
)


feedback_alignment = earlier_answer("feedback_alignment")


def alignment(network, x, y, loss, feedback, decay):
    return feedback_alignment(network, x, y, loss, feedback)


def share(λ, w, b, g, n):
    return g - λ * w, g - λ * b


# What a layer's W° and Bᵀ get, from λ, W°, Bᵀ, the increment without biases, and the batch size.
SLIPS_OF_A_LAYER = {
    "the sign of B's increment": lambda λ, w, b, g, n: (g - λ * w, -g - λ * b),
    "B does not learn": lambda λ, w, b, g, n: (g - λ * w, -λ * b),
    "the decay stands in the place of the increment; both belong there": (
        lambda λ, w, b, g, n: (-λ * w, -λ * b)
    ),
    "`reshape` does not transpose: `.T` does": (
        lambda λ, w, b, g, n: (g - λ * w, g.reshape(g.T.shape).T - λ * b)
    ),
    "W decays, and B does not": lambda λ, w, b, g, n: (g - λ * w, g),
    "B decays, and W does not": lambda λ, w, b, g, n: (g, g - λ * b),
    "neither of them decays": lambda λ, w, b, g, n: (g, g),
    "the decay has the wrong sign": lambda λ, w, b, g, n: (g + λ * w, g + λ * b),
    "the decay of B has the wrong sign": lambda λ, w, b, g, n: (g - λ * w, g + λ * b),
    "the decay of W has the wrong sign": lambda λ, w, b, g, n: (g + λ * w, g - λ * b),
    "the increment of B is taken after W has lost its share: it gets λW too": (
        lambda λ, w, b, g, n: (g - λ * w, g - λ * w - λ * b)
    ),
    "each loses a share of the other, not of its own": lambda λ, w, b, g, n: (g - λ * b, g - λ * w),
    "both lose the share of W°": lambda λ, w, b, g, n: (g - λ * w, g - λ * w),
    "both lose the share of B": lambda λ, w, b, g, n: (g - λ * b, g - λ * b),
    "one goes after the other; each loses a share of its own, whatever the other is": (
        lambda λ, w, b, g, n: (g, g + λ * (w - b))
    ),
    "they meet half-way; each loses a share of its own, whatever the other is": (
        lambda λ, w, b, g, n: (g + λ * (b - w) / 2, g + λ * (w - b) / 2)
    ),
    "a share of the increments is lost; it is one of the weights": (
        lambda λ, w, b, g, n: (g - λ * g, g - λ * g)
    ),
    "λ² where λ belongs": lambda λ, w, b, g, n: share(λ**2, w, b, g, n),
    "a factor 2: the decay is λ, not 2λ": lambda λ, w, b, g, n: share(2 * λ, w, b, g, n),
    "half the decay: it is λ, not ½ λ": lambda λ, w, b, g, n: share(λ / 2, w, b, g, n),
    "divided by the batch size: only the increment is a mean": (
        lambda λ, w, b, g, n: share(λ / n, w, b, g, n)
    ),
}


def layer_by_layer(layer, increments=alignment):
    """The rule in which a function as above says what a layer gets, with those increments."""

    def answer(network, x, y, loss, feedback, decay):
        g = increments(network, x, y, loss, feedback, decay)
        weights, backward = [g[0]], [None]
        for l in range(1, len(g)):
            w, b = network.weights[l][:-1], feedback[l].T
            of_w, of_b = layer(decay, w, b, g[l][:-1], len(x))
            weights.append(np.vstack([of_w, g[l][-1:]]))
            backward.append(of_b.T)
        return weights, backward

    return answer


SLIPS = {cause: layer_by_layer(wrong) for cause, wrong in SLIPS_OF_A_LAYER.items()} | {
    cause: layer_by_layer(share, wrong) for cause, wrong in SLIPS_OF_FEEDBACK.items()
}


def draws(rng):
    """With one hidden layer and with three: a rule that counts on two fits neither."""
    for layers in (2, 4):
        problem = draw_of_depth(rng, layers)
        yield (*problem.given, draw_feedback(rng, problem), float(rng.uniform(0.05, 0.5)))


shapes = returns_updates_of(
    "network",
    "feedback",
    sentence="You return two lists, updates for the weights and for the feedback weights, each array "
    "with the shape of what it updates.",
)


@fact(1, supporting=True)  # feedback alignment obeys it
def without_decay_it_is_feedback_alignment(answer, rng):
    """Without decay, the weights' update is that of feedback alignment, with one hidden layer and with
    three."""
    for network, *rest, _ in draws(rng):
        given = (network, *rest, 0.0)
        seen, right = answer(*given)[0], alignment(*given)
        if not agree(seen, right):
            of_w = {
                cause: lambda *given, slip=slip: slip(*given)[0] for cause, slip in SLIPS.items()
            }
            cause = cause_of(of_w, given, seen, right)
            new = [(w + g)[:-1] for w, g in zip(network.weights, right, strict=True)]
            if agree([u[:-1] for u in seen[1:]], new[1:]):
                cause = "the new weights where their change belongs"
            raise Broken(
                "with λ = 0 the weights' update is another than feedback alignment's", cause
            )


@fact(2, supporting=True)  # and so do arrays of ones
def the_same_increment(answer, rng):
    """Without decay, W° and Bᵀ do change, and by the same amount."""
    for *rest, feedback, _ in draws(rng):
        weights, backward = answer(*rest, feedback, 0.0)
        w, b = [u[:-1] for u in weights[1:]], [u.T for u in backward[1:]]
        if not np.any(flat(w)):
            raise Broken("with λ = 0 neither of them changes, or B alone")
        if not agree(b, w):
            # With λ = 0 it does not matter what W and B are.
            factor = flat(b) @ flat(w) / max(flat(w) @ flat(w), 1e-300)
            cause = cause_of(SLIPS_OF_A_LAYER, (0, w[0], b[0], w[0], 1), (w[0], b[0]), (w[0], w[0]))
            if agree(b, [u[1:] for u in weights[1:]]):
                cause = "the bias row is the last one: leave that out, `[:-1]`"
            elif not cause and agree(b, [factor * u for u in w]):
                cause = f"B's increment is {factor:.3g} times that of W°"
            raise Broken("the increments of W° and of Bᵀ differ", cause)


@fact(3)
def the_difference_shrinks(answer, rng):
    """The difference W° − Bᵀ loses exactly the share λ of itself, for each unit of learning rate,
    since W° and B each lose that share of their own."""
    for network, x, *rest, feedback, decay in draws(rng):
        given = (network, x, *rest, feedback)
        weights, backward = answer(*given, decay)
        plain_weights, plain_backward = answer(*given, 0.0)
        for l in range(1, len(feedback)):
            w, b, g = network.weights[l][:-1], feedback[l].T, plain_weights[l][:-1]
            seen = (weights[l][:-1], backward[l].T)
            plain = (g, plain_backward[l].T)
            right = (plain[0] - decay * w, plain[1] - decay * b)
            # What the decay alone adds to W° and to Bᵀ.
            lost = [s - p for s, p in zip(seen, plain, strict=True)]
            if not agree(lost, [-decay * w, -decay * b]):
                gap = (
                    ""
                    if agree(lost[0] - lost[1], decay * (b - w))
                    else "W° − Bᵀ does not shrink by λ times itself: "
                )
                raise Broken(
                    f"in layer {l}, {gap}what the decay takes from W° and B is not λW° and λB",
                    cause_of(SLIPS_OF_A_LAYER, (decay, w, b, g, len(x)), seen, right),
                )


@fact(1, supporting=True)
def only_partners_decay(answer, rng):
    """The biases and the first layer's weights have no partner, and do not decay."""
    for *given, decay in draws(rng):
        with_decay, without = answer(*given, decay)[0], answer(*given, 0.0)[0]
        if not agree(with_decay[0], without[0]):
            raise Broken("the update of the first layer changes with the decay")
        for l, (a, b) in enumerate(zip(with_decay, without, strict=True)):
            if not agree(a[-1], b[-1]):
                raise Broken(f"the biases of layer {l} decay", "leave the last row out: `[:-1]`")


def cases(rng):
    yield from of_a_rule("kolen_pollack", rng)
    # So small an error that the decay, though small, is most of the update.
    *given, _ = arguments_for(with_small_errors(rng, 1e-8), "kolen_pollack", rng)
    yield "for a small decay of weights that have learned", (*given, 10 ** rng.uniform(-7, -6))


every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers, single units and a single sample as for "
    "a thousand, and for numbers large and small.",
    layer_by_layer(share),
    cases,
    points=1,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, feedback weights and data stay as they were."
)
