"""Facts about the angle between PEPITA's F and the way through the network."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import DEGREES
from ..laws.angles import ROUNDING, between, cosine, cosines, degrees, past_one, turned
from ..laws.extremes import EQUAL, ONE_LAYER, OTHER_NUMBERS, right_at_every_size
from ..laws.inputs import typical
from ..laws.one_number import as_number, numbers, require_number
from ..laws.problems import draw_network, draw_sizes
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "If there were no units in between, by which single matrix would an input be multiplied on its way "
    "to the output?",
    "Multiply the weights in the order in which the input meets them, each without its last row. The "
    "product has a row for each input; F has a column for each. Which of the two has to be turned?",
    "Begin with `network.weights[0][:-1]`, and multiply it by `w[:-1]` for each other `w`. The cosine "
    "is that of two long vectors, `f` and the product's transpose; clip it before `np.arccos`.",
)

norm = np.linalg.norm


def product(network, step=lambda w: w):
    through = step(network.weights[0][:-1])
    for w in network.weights[1:]:
        through = through @ step(w[:-1])
    return through.T


def slip(wrong):
    """A slip that is a function of u = (W°₁ … W°_L)ᵀ, of F, and of the cosine of the angle."""

    def answer(network, projection):
        u, f = product(network), projection[0]
        return wrong(u, f, cosine(u, f))

    return answer


def of_other_weights(step):
    """A slip that takes something else of each W°."""
    return lambda network, projection: between(product(network, step), projection[0])


def of_the_last_layer(sign):
    """A slip: what the hidden layers make of F, beside the weights above them."""

    def answer(network, projection):
        path = sign * projection[0]
        for w in network.weights[:-1]:
            path = path @ w[:-1]
        return between(network.weights[-1][:-1].T, path)

    return answer


SLIPS = {
    "that is the angle between F times the weights below and the last weights: F itself stands beside "
    "the product of all": of_the_last_layer(1),
    "that is the angle between −F times the weights below and the last weights: F itself stands beside "
    "the product of all": of_the_last_layer(-1),
    "that is in radians": slip(lambda u, f, c: np.radians(degrees(c))),
    "that is the cosine, not the angle": slip(lambda u, f, c: c),
    "row by row and then averaged: all entries together are one vector": slip(
        lambda u, f, c: np.mean(degrees(cosines(u, f)))
    ),
    "the cosines are averaged row by row: all entries together are one vector": slip(
        lambda u, f, c: degrees(np.mean(cosines(u, f)))
    ),
    "column by column and then averaged: all entries together are one vector": slip(
        lambda u, f, c: np.mean(degrees(cosines(u.T, f.T)))
    ),
    "not transposed: reading both row by row pairs the wrong weights": slip(
        lambda u, f, c: between(u.T.ravel(), f.ravel())
    ),
    "the arc sine where the arc cosine belongs": slip(lambda u, f, c: 90 - degrees(c)),
    "an absolute value hides the direction": slip(lambda u, f, c: degrees(abs(c))),
    "that is the angle to −F: leave the sign of F as it is": slip(lambda u, f, c: degrees(-c)),
    "only one of the lengths is divided out": slip(
        lambda u, f, c: degrees(np.sum(u * f) / norm(u))
    ),
    "only one of the lengths is divided out, that of F": slip(
        lambda u, f, c: degrees(np.sum(u * f) / norm(f))
    ),
    "the lengths are missing: divide the dot product by both": slip(
        lambda u, f, c: degrees(np.sum(u * f))
    ),
    "the lengths are squared": slip(lambda u, f, c: degrees(c / norm(u) / norm(f))),
    "turned into degrees twice": slip(lambda u, f, c: np.degrees(degrees(c))),
    "the spectral norm, where the length of one long vector belongs": slip(
        lambda u, f, c: degrees(np.sum(u * f) / norm(u, 2) / norm(f, 2))
    ),
    "half of the angle": slip(lambda u, f, c: degrees(c) / 2),
    "of the weights only the signs are taken": of_other_weights(np.sign),
    "the signs of the weights are lost": of_other_weights(np.abs),
    "of F only the signs are taken": (
        lambda network, projection: between(product(network), np.sign(projection[0]))
    ),
}
GIVE = ROUNDING


def draw(rng):
    """A network of any depth and F. Now and then F is a multiple of the way through: there rounding can
    push a cosine past 1."""
    layers = int(rng.integers(1, 7))
    *sizes, _ = draw_sizes(rng, layers, high=12)
    network = draw_network(rng, sizes)
    f = rng.normal(0, 1, (sizes[-1], sizes[0]))
    if rng.random() < 0.3:
        f = product(network) * rng.choice([-0.3, 1, 7])
    return network, [f]


def known(rng, angle, layers, length=1.0):
    """A network of so many layers and an F at that angle to the way through it."""
    *sizes, _ = draw_sizes(rng, layers, high=10)
    network = draw_network(rng, sizes)
    u = product(network)
    return network, [length * norm(u) * turned(rng, u.ravel(), angle).reshape(u.shape)]


@fact(1)
def zero_and_a_half_turn(answer, rng):
    """It is 0° where F is (W°₁ … W°_L)ᵀ or a positive multiple of it, and 180° for a negative one; never
    nan, although rounding can push a cosine a little past 1."""
    turns = [
        (layers, factor, right)
        for layers in (1, 2, 3, 4, 6) * 3
        for factor, right in ((1.0, 0), (1e-6, 0), (7.0, 0), (-0.3, 180))
    ]
    cases = []
    for layers, factor, _ in turns:
        network, _ = known(rng, 90, layers)
        cases.append((network, [factor * product(network)]))
    for turn, given, number in zip(turns, cases, numbers(answer, cases), strict=True):
        layers, factor, right = turn
        if not abs(number - right) < ROUNDING:
            if np.isnan(number):
                cause = past_one(answer, *known(rng, 60, layers, abs(factor)))
            else:
                cause = cause_of(SLIPS, given, number, right)
            raise Broken(f"{number:.4g}° for F = {factor} times the way through", cause)


@fact(2)
def a_known_angle(answer, rng):
    """For an F that is the way through the network turned by a known angle, it is that angle in degrees,
    however long F is and however many layers there are."""
    for layers in (2, 3, 1, 5):
        for side in (-1, 1):
            # Near a right angle no wrong formula leaves [−1, 1]: each can be told from the others.
            angle = 90 + side * (rng.uniform(5, 15) if layers < 4 else rng.uniform(20, 70))
            given = known(rng, angle, layers, rng.uniform(0.3, 0.7))
            asked = f"for an angle of {angle:.4g}° in a network of {layers} layers"
            require_number(answer, given, angle, asked, SLIPS, DEGREES / angle)


@fact(1, supporting=True)
def biases_change_no_angle(answer, rng):
    """Changing the biases changes no angle."""
    network, projection = typical(answer.exercise, rng)
    weights = [w.copy() for w in network.weights]
    for w in weights:
        w[-1] += rng.normal(0, 3, w.shape[1])
    before = as_number(answer(network, projection))
    if abs(as_number(answer(network.with_weights(weights), projection)) - before) > 1e-3:
        raise Broken(
            "other biases gave another angle", "leave the last row of each W out, the biases"
        )


def cases(rng):
    def of(*sizes, scale=1.0, other=1.0):
        network = draw_network(rng, sizes)
        network = network.with_weights([scale * w for w in network.weights])
        u, f = product(network), rng.normal(0, 1, (sizes[-1], sizes[0]))
        return network, [other * (f * norm(u) / norm(f) + u * rng.uniform(-1, 1))]

    yield EQUAL, (one := of(4, 4, 4))
    yield OTHER_NUMBERS, (one[0], of(4, 4, 4)[1])
    yield OTHER_NUMBERS, (of(4, 4, 4)[0], one[1])
    yield ONE_LAYER, of(5, 3)
    yield "with a square layer in the middle", of(3, 4, 4, 5)
    yield "with a square layer at the bottom, and at the top", of(4, 4, 5, 5)
    yield "with a single output", of(5, 4, 1)
    yield "with a single input", of(1, 4, 5)
    yield "with a single hidden unit", of(4, 1, 5)
    yield "with six layers", of(3, 4, 5, 4, 3, 5, 4)
    yield "with a hundred units in a layer", of(90, 110, 95, 5)
    for scale, other in ((1e-2, 1e-3), (1e2, 1e4), (1e-2, 1e6)):
        yield "for weights large and small", of(4, 3, 5, scale=scale, other=other)


every_size = right_at_every_size(
    "All this is so at every size and scale: for square layers, a single unit and a hundred, for up to "
    "six layers, and for weights large and small.",
    lambda network, projection: between(product(network), projection[0]),
    cases,
    slips=SLIPS,
    relative=0,
    absolute=DEGREES,
)
untouched = inputs_stay_as_they_are("Measuring does not change what is measured.", cases)
