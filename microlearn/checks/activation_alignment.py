"""Facts about activation alignment."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, distance
from ..laws.alignment import (
    along_one_direction,
    cases,
    goes_down,
    its_layer_alone,
    layer_by_layer,
    layers_of,
    points_down,
    slips_of,
)
from ..laws.extremes import right_at_every_size
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Multiply out the square of the penalty. Which part of it does not change with B, and which two of "
    "the five penalties are left?",
    "It is `amp` and `sparse`, with u in the place of h. In words: by how much B misses the response v, "
    "times the activity u, averaged over the batch.",
    "What B makes of the activity is `u @ b.T`, (batch, units above). Take it off `v`. The product with "
    "`u` should have the shape of `b`, so transpose the first of the two, and divide by the batch size.",
)


def own(at):
    return at.scaled_by(at.h)


def amp(at):
    return at.response.T @ at.h / at.samples


def sparse(at):
    return -at.b @ (at.h.T @ at.h) / at.samples


def scaled(part):
    """A slip that is a function of the layer with its activity scaled."""
    return lambda at: part(own(at))


def right(at):
    at = own(at)
    return (at.w.T - at.b) @ (at.h.T @ at.h) / at.samples


def centred(at):
    c = at.h - at.h.mean(axis=0)
    return (at.w.T - at.b) @ (c.T @ c) / at.samples


def received(at):
    """What the biases of the units add to the product, where they are left in."""
    return np.outer(at.bias, at.h.mean(axis=0))


SLIPS = slips_of(
    {
        "the sign: B flees from the response": lambda at: -right(at),
        "summed over the batch where the mean belongs": lambda at: at.samples * right(at),
        "the batch size divided out twice": lambda at: right(at) / at.samples,
        "twice as far: the ½ in front cancels the 2 of the square": lambda at: 2 * right(at),
        "half as far: the ½ in front cancels the 2 of the square": lambda at: right(at) / 2,
        "the activity is not scaled: u belongs there, not h": lambda at: amp(at) + sparse(at),
        "amp alone: nothing holds B back": scaled(amp),
        "sparse alone: nothing brings the response in": scaled(sparse),
        "the sign of sparse: what B makes of the activity is taken off": scaled(
            lambda at: amp(at) - sparse(at)
        ),
        "the sign of amp: the response is what B should make": scaled(
            lambda at: -amp(at) + sparse(at)
        ),
        "decay in the place of sparse: that is the mirror, which needs white noise": scaled(
            lambda at: amp(at) - at.b
        ),
        "null in the place of sparse: that is information alignment": scaled(
            lambda at: amp(at) - at.response.T @ (at.response @ at.b) / at.samples
        ),
        "decay in it as well: two primitives are enough": scaled(
            lambda at: amp(at) + sparse(at) - at.b
        ),
        "self in the place of amp: the response has to come from the activity": scaled(
            lambda at: at.w.T + sparse(at)
        ),
        "self and decay: that is symmetric alignment": lambda at: at.w.T - at.b,
        "means are taken off: all of the activity counts": scaled(centred),
        "the biases are in it: v is u W°, without them": scaled(
            lambda at: amp(at) + sparse(at) + received(at)
        ),
        "the response has gone through the nonlinearity: v is what is received": scaled(
            lambda at: at.sent.T @ at.h / at.samples + sparse(at)
        ),
        "the activity one unit at a time: what two units have in common counts too": scaled(
            lambda at: (at.w.T - at.b) * np.mean(at.h**2, axis=0)
        ),
    }
)

shapes = returns_updates_of(
    "feedback",
    sentence="You return one array for each layer, of the same shape as its feedback weights, and "
    "None for the first layer, however many layers there are.",
)


def penalty(at, b):
    at = own(at)
    return 0.5 * np.sum((at.response - at.h @ b.T) ** 2) / at.samples


direction = points_down(
    "It points straight down ½ mean ‖v − u Bᵀ‖², whatever its length.", penalty, SLIPS
)
downhill = goes_down(
    "It is as long as the slope of the penalty, which was measured at each entry of B.",
    penalty,
    SLIPS,
)


@fact(1)
def a_step_arrives_along_one_direction(answer, rng):
    """Where all activity lies along a single direction, a step with a rate of 1 arrives: u Bᵀ = v in
    every sample. Across that direction B stays as it was."""
    given = along_one_direction(answer.exercise, rng)
    seen = answer(*given)
    should = [None, *map(right, layers_of(*given))]
    for l, at in enumerate(layers_of(*given), start=1):
        at, after = own(at), at.b + seen[l]
        cause = cause_of(SLIPS, given, list(seen), should)
        if not agree(at.h @ after.T, at.response):
            missed = distance(at.h @ after.T, at.response)
            raise Broken(f"after it u Bᵀ misses v in layer {l} by {missed:.2g}", cause)
        across = np.linalg.svd(at.h)[2][1:]
        if not agree(after @ across.T, at.b @ across.T):
            raise Broken(f"B of layer {l} changed where there was no activity", cause)


alone = its_layer_alone(
    "It is the same for other biases, and for other weights in the layers above.", SLIPS
)

every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers and wide ones, one layer and many, "
    "single units, zeros and silent layers, and activity strong and weak.",
    layer_by_layer(right),
    cases("activation_alignment"),
    points=1,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, feedback weights and data stay as they were."
)
