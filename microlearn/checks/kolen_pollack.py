"""Facts about Kolen-Pollack.

The increment that W and B share is feedback alignment's, whichever answer stands for that exercise
now: a slip made there does not cost points here again.
"""

from __future__ import annotations

import numpy as np

from ..exercises import get_exercise
from ..facts import Broken, fact
from ..laws.agreement import agree, flat
from ..laws.feedback import draw_feedback, draw_of_depth, transposes
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Two people write down the same numbers day after day, and each forgets one percent of their "
    "list every day. What becomes of the difference between the lists?",
    "`update` already has the increment. B gets the same one, without the bias row and transposed. "
    "Then each loses its own share λ: W that of W (not of its bias row), and B that of B.",
    "`update[l][:-1]` is the increment without the biases, and transposed it has the shape of "
    "`feedback[l]`. B's update is made of it before W's share is taken away.",
)


def _drawn(rng, problem):
    return problem, draw_feedback(rng, problem), float(rng.uniform(0.05, 0.5))


def _draws(rng):
    """With one hidden layer and with three: a rule that counts on two fits neither."""
    return [_drawn(rng, draw_of_depth(rng, layers)) for layers in (2, 4)]


def _alignment(problem, feedback):
    return get_exercise("feedback_alignment")(*problem.given, feedback)


shapes = returns_updates_of(
    "network",
    "feedback",
    sentence="You return two lists, updates for the weights and for the feedback weights, each array "
    "with the shape of what it updates.",
)


@fact(1)
def without_decay_it_is_feedback_alignment(answer, rng):
    """Without decay, the weights' update is that of feedback alignment, with one hidden layer and with
    three."""
    for problem, feedback, _ in _draws(rng):
        seen, right = answer(*problem.given, feedback, 0.0)[0], _alignment(problem, feedback)
        if not agree(seen, right):
            new = [w + g for w, g in zip(problem.network.weights, right, strict=True)]
            cause = ""
            if agree([u[:-1] for u in seen], [w[:-1] for w in new]) or agree(seen[1:], new[1:]):
                cause = "the new weights where their change belongs"
            elif agree(seen, _alignment(problem, transposes(problem.network))):
                cause = "that is backprop's: the errors go down through B, not through W°ᵀ"
            raise Broken(
                "with λ = 0 the weights' update is another than feedback alignment's", cause
            )


@fact(2, supporting=True)
def the_same_increment(answer, rng):
    """Without decay, W° and Bᵀ do change, and by the same amount."""
    for problem, feedback, _ in _draws(rng):
        weights, backward = answer(*problem.given, feedback, 0.0)
        w, b = [u[:-1] for u in weights[1:]], [u.T for u in backward[1:]]
        if not np.any(flat(w)):
            raise Broken(
                "with λ = 0 neither of them changes, or B alone",
                "the decay stands in the place of the increment; both belong there",
            )
        if not agree(b, w):
            cause = ""
            factor = float(flat(b) @ flat(w) / max(flat(b) @ flat(b), 1e-300))
            if agree([-u for u in b], w):
                cause = "the sign of B's increment"
            elif not np.any(flat(b)):
                cause = "B does not learn"
            elif agree([u.T.reshape(v.shape) for u, v in zip(b, w, strict=True)], w):
                cause = "`reshape` does not transpose: `.T` does"
            elif agree(b, [u[1:] for u in weights[1:]]):
                cause = "the bias row is the last one: leave that out, `[:-1]`"
            elif agree([b_l * factor for b_l in b], w):
                cause = f"B's increment is {1 / factor:.3g} times that of W°"
            raise Broken("the increments of W° and of Bᵀ differ", cause)


@fact(3)
def the_difference_shrinks(answer, rng):
    """The difference W° − Bᵀ loses exactly the share λ of itself, for each unit of learning rate,
    since W° and B each lose that share of their own."""
    for draw in _draws(rng):
        _require_the_share(answer, *draw)


def _require_the_share(answer, problem, feedback, decay):
    weights, backward = answer(*problem.given, feedback, decay)
    plain = answer(*problem.given, feedback, 0.0)
    for l in range(1, len(feedback)):
        w, b = decay * problem.network.weights[l][:-1], decay * feedback[l].T
        g, n = decay * plain[0][l][:-1], len(problem.x)
        # What the decay alone adds to W° and to Bᵀ.
        lost = [weights[l][:-1] - plain[0][l][:-1], (backward[l] - plain[1][l]).T]
        slips = {
            "W decays, and B does not": (-w, 0 * b),
            "B decays, and W does not": (0 * w, -b),
            "neither of them decays": (0 * w, 0 * b),
            "the decay has the wrong sign": (w, b),
            "the decay of B has the wrong sign": (-w, b),
            "the decay of W has the wrong sign": (w, -b),
            "the increment of B is taken after W has lost its share: it gets λW too": (-w, -w - b),
            "each loses a share of the other, not of its own": (-b, -w),
            "both lose the share of W°": (-w, -w),
            "both lose the share of B": (-b, -b),
            "one goes after the other; each loses a share of its own, and knows of no other": (
                0 * w,
                w - b,
            ),
            "they meet half-way; each loses a share of its own, and knows of no other": (
                (b - w) / 2,
                (w - b) / 2,
            ),
            "a share of the increments is lost; it is one of the weights": (-g, -g),
            "λ² where λ belongs": (-decay * w, -decay * b),
            "a factor 2: the decay is λ, not 2λ": (-2 * w, -2 * b),
            "a factor ½ too many": (-w / 2, -b / 2),
            "divided by the batch size: only the increment is a mean": (-w / n, -b / n),
        }
        if not agree(lost, [-w, -b]):
            cause = [text for text, wrong in slips.items() if agree(lost, wrong)]
            gap = (
                ""
                if agree([lost[0] - lost[1]], [b - w])
                else "W° − Bᵀ does not shrink by λ times itself: "
            )
            raise Broken(
                f"in layer {l}, {gap}what the decay takes from W° and B is not λW° and λB",
                *cause[:1],
            )


@fact(1, supporting=True)
def only_partners_decay(answer, rng):
    """The biases and the first layer's weights have no partner, and do not decay."""
    for problem, feedback, decay in _draws(rng):
        with_decay = answer(*problem.given, feedback, decay)[0]
        without = answer(*problem.given, feedback, 0.0)[0]
        if not agree([with_decay[0]], [without[0]]):
            raise Broken("the update of the first layer changes with the decay")
        for l, (a, b) in enumerate(zip(with_decay, without, strict=True)):
            if not agree([a[-1]], [b[-1]]):
                raise Broken(f"the biases of layer {l} decay", "leave the last row out: `[:-1]`")


untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, feedback weights and data stay as they were."
)
