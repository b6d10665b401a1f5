"""Facts about information alignment."""

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
from ..laws.inputs import typical
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of

HINTS = (
    "Multiply out the first square of the penalty. Which part of it does not change with B, and which "
    "two of the five penalties are left? The second square is a third one.",
    "It is `amp` and `null`, with u and v in the place of h and h W°, and γ times `decay`. In words: by "
    "how much what comes back misses u, times what went up, averaged over the batch; and B loses the "
    "share γ of itself.",
    "What comes back is `v @ b`, (batch, units below). Take it off `u`. The product with `v` should "
    "have the shape of `b`: the transpose of `v` comes first. The ridge is divided by nothing.",
)


def own(at):
    return at.scaled_by(at.response)


def amp(at):
    return at.response.T @ at.h / at.samples


def null(at):
    return -at.response.T @ (at.response @ at.b) / at.samples


def sparse(at):
    return -at.b @ (at.h.T @ at.h) / at.samples


def both(at):
    at = own(at)
    return amp(at) + null(at)


def right(at):
    return both(at) - at.ridge * at.b


def scaled(part):
    """A slip that is a function of the layer with its activity scaled."""
    return lambda at: part(own(at))


SLIPS = slips_of(
    {
        "the sign: what comes back should come near to u": lambda at: -right(at),
        "amp and null are summed over the batch, where means belong": (
            lambda at: at.samples * both(at) - at.ridge * at.b
        ),
        "summed over the batch where the mean belongs, and the ridge with it": lambda at: (
            at.samples * right(at)
        ),
        "amp and null are divided by the batch size twice": (
            lambda at: both(at) / at.samples - at.ridge * at.b
        ),
        "the ridge is divided by the batch size: it is over no samples": (
            lambda at: both(at) - at.ridge * at.b / at.samples
        ),
        "twice as far: the ½ in front cancels the 2 of the square": lambda at: 2 * right(at),
        "half as far: the ½ in front cancels the 2 of the square": lambda at: right(at) / 2,
        "a factor 2 at the ridge: its ½ cancels that": lambda at: both(at) - 2 * at.ridge * at.b,
        "a factor ½ at the ridge: the square brings a 2 with it": (
            lambda at: both(at) - at.ridge * at.b / 2
        ),
        "γ² where γ belongs": lambda at: both(at) - at.ridge**2 * at.b,
        "the ridge is missing: decay is the third of the three": both,
        "decay has the coefficient 1: it is γ": lambda at: both(at) - at.b,
        "the sign of the ridge: B shrinks by it": lambda at: both(at) + at.ridge * at.b,
        "the ridge takes a share of W°ᵀ, not of B": lambda at: both(at) - at.ridge * at.w.T,
        "the activity is not scaled: u and v belong there": (
            lambda at: amp(at) + null(at) - at.ridge * at.b
        ),
        "u is scaled, and v is not that of u": (
            lambda at: (
                at.response.T @ (own(at).h - at.response @ at.b) / at.samples - at.ridge * at.b
            )
        ),
        "scaled by the length of the activity: here it is that of the response": (
            lambda at: (amp(s := at.scaled_by(at.h)) + null(s)) - at.ridge * at.b
        ),
        "amp alone: nothing comes back that could be held against u": scaled(
            lambda at: amp(at) - at.ridge * at.b
        ),
        "null alone: nothing brings u in": scaled(lambda at: null(at) - at.ridge * at.b),
        "the sign of null: what comes back is taken off": scaled(
            lambda at: amp(at) - null(at) - at.ridge * at.b
        ),
        "the sign of amp: u is what should come back": scaled(
            lambda at: null(at) - amp(at) - at.ridge * at.b
        ),
        "sparse in the place of null: that is activation alignment": scaled(
            lambda at: amp(at) + sparse(at) - at.ridge * at.b
        ),
        "self and decay: that is symmetric alignment": lambda at: at.w.T - at.b,
        "W°ᵀ takes what comes back, where B belongs": scaled(
            lambda at: at.response.T @ (at.h - at.response @ at.w.T) / at.samples - at.ridge * at.b
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
    missed = np.sum((at.h - at.response @ b) ** 2) / at.samples
    return 0.5 * missed + 0.5 * at.ridge * np.sum(b**2)


direction = points_down(
    "Without a ridge it points straight down ½ mean ‖u − v B‖², whatever its length.",
    penalty,
    SLIPS,
    ridge=0.0,
)
downhill = goes_down(
    "It is the slope of ½ mean ‖u − v B‖² + ½ γ ‖B‖² downhill, which was measured at each entry of B.",
    penalty,
    SLIPS,
)


@fact(1)
def all_comes_back_along_one_direction(answer, rng):
    """Where all activity lies along a single direction and there is no ridge, a step with a rate of 1
    arrives: what went up as v comes back as u, v B = u, in every sample."""
    *given, _ = along_one_direction(answer.exercise, rng)
    given = (*given, 0.0)
    seen = answer(*given)
    should = [None, *map(right, layers_of(*given))]
    for l, at in enumerate(layers_of(*given), start=1):
        at, after = own(at), at.b + seen[l]
        if not agree(at.response @ after, at.h):
            raise Broken(
                f"after it v B misses u in layer {l} by {distance(at.response @ after, at.h):.2g}",
                cause_of(SLIPS, given, list(seen), should),
            )


@fact(1, supporting=True)
def the_ridge_takes_its_share(answer, rng):
    """With a ridge of γ the update is −γ B more than without one."""
    for layers in (2, 4):
        *given, ridge = typical(answer.exercise, rng, layers)
        feedback, with_it = given[-1], answer(*given, ridge)
        for l, (a, b) in enumerate(zip(with_it, answer(*given, 0.0), strict=True)):
            if l and not agree(a - b, -ridge * feedback[l]):
                should = [None, *map(right, layers_of(*given, ridge))]
                raise Broken(
                    f"what γ = {ridge:.2g} adds in layer {l} is not −γ B",
                    cause_of(SLIPS, (*given, ridge), list(with_it), should),
                )


alone = its_layer_alone(
    "It is the same for other biases, and for other weights in the layers above.", SLIPS
)

every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers and wide ones, one layer and many, "
    "single units, zeros and silent layers, and activity strong and weak.",
    layer_by_layer(right),
    cases("information_alignment"),
    points=1,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, feedback weights and data stay as they were."
)
