"""Facts about symmetric alignment."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, distance
from ..laws.alignment import cases, layer_by_layer, points_down, slips_of
from ..laws.extremes import right_at_every_size
from ..laws.inputs import typical
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Multiply out the square of the penalty. Which part of it does not change with B, and which two of "
    "the five penalties are left?",
    "At W°ᵀ the update must be zero, whatever the activity. So the one of the two brings W°ᵀ in, and "
    "the other takes B away.",
    "It is `self` and `decay`, without a coefficient. `w` is W°: its transpose has the shape of `b`.",
)


def to(target):
    """A slip that moves B to another place."""
    return lambda at: target(at) - at.b


SLIPS = slips_of(
    {
        "the sign: B flees from W°ᵀ": lambda at: at.b - at.w.T,
        "W°ᵀ alone: an update is a change, and B has to give itself up for it": lambda at: at.w.T,
        "decay alone: nothing brings B to W°ᵀ": lambda at: -at.b,
        "the sign of decay: B is given up": lambda at: at.w.T + at.b,
        "the sign of self: it brings W°ᵀ in": lambda at: -at.w.T - at.b,
        "half as far: the ½ in front cancels the 2 of the square": lambda at: (at.w.T - at.b) / 2,
        "twice as far: the ½ in front cancels the 2 of the square": lambda at: 2 * (at.w.T - at.b),
        "divided by the batch size: no sample plays a part": lambda at: (
            (at.w.T - at.b) / at.samples
        ),
        "half of W°ᵀ: both primitives have the coefficient 1": to(lambda at: at.w.T / 2),
        "twice W°ᵀ: both primitives have the coefficient 1": to(lambda at: 2 * at.w.T),
        "decay forgets half of what it should": lambda at: at.w.T - at.b / 2,
        "only the signs of W°: this rule copies the weights": to(lambda at: np.sign(at.w.T)),
        "only the signs of the difference": lambda at: np.sign(at.w.T - at.b),
        "the length of W° is lost": to(lambda at: at.w.T / max(np.linalg.norm(at.w), 1e-300)),
        "the pseudo-inverse of W°, where its transpose belongs": to(
            lambda at: np.linalg.pinv(at.w)
        ),
        "amp in the place of self: that is the mirror, and it needs white noise": to(
            lambda at: at.response.T @ at.h / at.samples
        ),
        "sparse and amp: that is activation alignment": (
            lambda at: (at.w.T - at.b) @ (at.h.T @ at.h) / at.samples
        ),
        "sparse in the place of decay": lambda at: at.w.T - at.b @ (at.h.T @ at.h) / at.samples,
    }
)

shapes = returns_updates_of(
    "feedback",
    sentence="You return one array for each layer, of the same shape as its feedback weights, and "
    "None for the first layer, however many layers there are.",
)


downhill = points_down(
    "It points straight down ½ ‖W°ᵀ − B‖², whatever its length.",
    lambda at, b: 0.5 * np.sum((at.w.T - b) ** 2),
    SLIPS,
)


@fact(1)
def one_step_arrives(answer, rng):
    """With a rate of 1 a single step brings every B to W°ᵀ, with two layers and with four."""
    for layers in (2, 4):
        given = typical(answer.exercise, rng, layers)
        feedback = given[-1]
        seen = answer(*given)
        right = layer_by_layer(to(lambda at: at.w.T))(*given)
        for l, (u, b, r) in enumerate(zip(seen, feedback, right, strict=True)):
            if not agree(u, r):
                missed = distance(u + b, r + b)
                raise Broken(
                    f"in layer {l} it misses W°ᵀ by {missed:.2g} of its largest entry",
                    cause_of(SLIPS, given, list(seen), right),
                )


@fact(1, supporting=True)
def nothing_but_the_two_ends(answer, rng):
    """It is the same for another batch, other biases, and other weights in other layers."""
    network, x, feedback = typical(answer.exercise, rng, 4)
    seen = answer(network, x, feedback)
    others = answer(network, rng.normal(0, 2, (len(x) + 3, x.shape[1])), feedback)
    for l in range(1, len(feedback)):
        weights = [rng.normal(0, 1, w.shape) for w in network.weights]
        weights[l][:-1] = network.weights[l][:-1]
        elsewhere = answer(network.with_weights(weights), x, feedback)
        for what, after in (("the batch", others), ("biases and other layers", elsewhere)):
            if not agree(after[l], seen[l]):
                raise Broken(
                    f"the update of layer {l} changed with {what}",
                    cause_of(SLIPS, (network, x, feedback), list(seen), None),
                )


every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers and wide ones, one layer and many, "
    "single units, zeros, and numbers large and small.",
    layer_by_layer(to(lambda at: at.w.T)),
    cases("symmetric_alignment"),
    points=1,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, feedback weights and data stay as they were."
)
