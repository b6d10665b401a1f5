"""Facts about the number of directions in which targets can pull."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.extremes import EQUAL, right_at_every_size
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are

HINTS = (
    "y and the prediction both add up to 1. What do the entries of their difference add up to, and how "
    "many of these numbers can you choose freely?",
    "A difference goes down as a row times one matrix after the other. What goes through a layer of n "
    "units has n numbers at most. Each sample adds a direction at most. And what do auxiliary units add "
    "that say the same of y and of the prediction?",
    "At the topmost hidden layer it is the smallest of three numbers: the samples, the outputs less "
    "one, and the units. Each layer below has the smaller of that of the layer above and its own units.",
)


def counted(
    sizes,
    samples,
    auxiliary,
    *,
    of_outputs=lambda outputs, auxiliary: outputs - 1,
    first=min,
    passes=min,
    samples_count=True,
):
    """The number for each hidden layer, with replaceable parts."""
    left = of_outputs(sizes[-1], auxiliary)
    if samples_count:
        left = first(samples, left)
    directions = []
    for units in reversed(sizes[1:-1]):
        left = passes(left, units)
        directions.insert(0, left)
    return directions


def slip(**parts):
    return lambda *given: counted(*given, **parts)


SLIPS = {
    "one less: y and the prediction both add up to 1": slip(of_outputs=lambda o, z: o),
    "two are taken off: y and the prediction are tied to 1 together": slip(
        of_outputs=lambda o, z: max(o - 2, 0)
    ),
    "auxiliary units say the same of y and of the prediction: they add no direction": slip(
        of_outputs=lambda o, z: o - 1 + z
    ),
    "auxiliary units add no direction, and y and the prediction both add up to 1": slip(
        of_outputs=lambda o, z: o + z
    ),
    "a batch of few samples has few directions": slip(samples_count=False),
    "the samples less one: nothing ties a sample to the others": (
        lambda sizes, samples, auxiliary: counted(sizes, samples - 1, auxiliary)
    ),
    "a layer has as many directions as units: it has no more than what comes down": (
        lambda sizes, samples, auxiliary: [*sizes[1:-1]]
    ),
    "nothing is lost on the way: a narrow layer lets few directions through": (
        lambda sizes, samples, auxiliary: [min(samples, sizes[-1] - 1)] * len(sizes[1:-1])
    ),
    "each layer looks at its own units alone: a narrow layer above it has lost directions already": (
        lambda sizes, samples, auxiliary: [min(samples, sizes[-1] - 1, n) for n in sizes[1:-1]]
    ),
    "the narrowest of all layers counts for every one: those above it have more": (
        lambda sizes, samples, auxiliary: (
            [min(samples, sizes[-1] - 1, *sizes[1:-1])] * len(sizes[1:-1])
        )
    ),
    "what comes up from the input does not matter: targets come down": (
        lambda sizes, samples, auxiliary: [
            min(n, sizes[0]) for n in counted(sizes, samples, auxiliary)
        ]
    ),
    "the list begins with the lowest hidden layer": (lambda *given: counted(*given)[::-1]),
    "the largest, where the smallest counts": slip(first=max, passes=max),
    "each layer has one direction less than units": (
        lambda sizes, samples, auxiliary: [
            min(a, n - 1)
            for a, n in zip(counted(sizes, samples, auxiliary), sizes[1:-1], strict=True)
        ]
    ),
}


def draw(rng):
    """One to five hidden layers, of one unit and of many, some of them equal."""
    sizes = [int(n) for n in rng.integers(1, 14, int(rng.integers(3, 8)))]
    sizes[-1] = int(rng.integers(2, 14))
    return sizes, int(rng.integers(1, 16)), int(rng.integers(0, 6))


@fact(gate=True)
def shapes(answer, rng):
    """You return a whole number for each hidden layer, in a list."""
    for layers in (1, 2, 4):
        seen = answer([7, *[5] * layers, 4], 9, 2)
        if seen is None:
            raise Broken("your function returned nothing", "a missing `return`")
        numbers = np.asarray(seen, dtype=float)
        if numbers.shape != (layers,):
            cause = "there is a number for each hidden layer, and none for input and output"
            raise Broken(f"something of shape {numbers.shape} for {layers} hidden layers", cause)
        if not np.array_equal(numbers, np.round(numbers)) or np.any(numbers < 0):
            raise Broken("a dimension that is no whole number, or is below zero")


def require(answer, given, right):
    seen = answer(*given)
    if not agree(list(seen), list(right), relative=0):
        sizes, samples, auxiliary = given
        raise Broken(
            f"{[int(n) for n in seen]} for the sizes {sizes}, {samples} samples and {auxiliary} "
            "auxiliary units",
            cause_of(SLIPS, given, list(map(float, seen)), list(map(float, right))),
        )


def simulated(rng, sizes, samples, auxiliary):
    """The ranks of t − h, from inverses, labels and predictions that are drawn."""
    outputs = sizes[-1]
    said = np.exp(rng.normal(0, 1, (samples, outputs)))
    said /= said.sum(axis=1, keepdims=True)
    label = np.eye(outputs)[rng.integers(outputs, size=samples)]
    beside = rng.normal(0, 1, (samples, auxiliary))
    wanted, found = np.hstack([label, beside]), np.hstack([said, beside])
    ranks = []
    for units in reversed(sizes[1:-1]):
        v = rng.normal(0, 1, (wanted.shape[1] + 1, units))
        t, h = (np.hstack([z, np.ones((samples, 1))]) @ v for z in (wanted, found))
        activity = rng.normal(0, 1, h.shape)
        wanted, found = activity + t - h, activity
        ranks.insert(0, int(np.linalg.matrix_rank(wanted - found, tol=1e-8 * np.sqrt(h.size))))
    return ranks


@fact(3)
def it_is_the_rank(answer, rng):
    """With inverses and labels drawn, it is how many singular values of t − h are not zero: in wide
    layers and narrow ones, for few samples and many, with auxiliary units and without."""
    for given in (
        ([6, 22, 19, 5], 30, 4),
        ([20, 13, 3, 11, 8], 30, 0),
        ([5, 9, 12, 7], 4, 0),
        ([5, 14, 13, 6], 20, 3),
        ([3, 8, 4, 9, 2, 12, 10], 40, 2),
        ([4, 2, 6, 9], 25, 1),
    ):
        sizes, samples, auxiliary = given
        extra = int(rng.integers(0, 3))
        given = ([n + extra for n in sizes], samples, auxiliary)
        require(answer, given, simulated(rng, *given))


@fact(1, supporting=True)
def auxiliary_units_pull_nowhere(answer, rng):
    """Auxiliary units are the same beside y and beside the prediction: any number of them changes
    nothing."""
    sizes, samples, _ = draw(rng)
    sizes, samples = [n + 12 for n in sizes], samples + 40
    before = list(answer(sizes, samples, 0))
    for auxiliary in (1, 7, 32):
        if not agree(list(answer(sizes, samples, auxiliary)), before, relative=0):
            raise Broken(
                f"{auxiliary} auxiliary units changed a number",
                cause_of(
                    SLIPS,
                    (sizes, samples, auxiliary),
                    [float(n) for n in answer(sizes, samples, auxiliary)],
                    [float(n) for n in counted(sizes, samples, auxiliary)],
                ),
            )


def cases(rng):
    n = int(rng.integers(5, 20))
    yield EQUAL, ([n] * 5, 3 * n, 3)
    yield "with one hidden layer", ([n, n + 7, n + 2], 3 * n, 4)
    yield "with a single sample", ([n] * 4, 1, 2)
    yield "with two samples", ([n] * 4, 2, 0)
    yield "with two outputs", ([n, n, n, 2], 64, 32)
    yield "with a single output, which a softmax always knows", ([n, n, n, 1], 64, 3)
    yield "without a hidden layer", ([n, n], 64, 3)
    yield "with a single hidden unit", ([n, n, 1, n, n + 3], 64, 1)
    yield "for the digits", ([64, 32, 32, 10], 64, 32)
    yield "with hundreds of units", ([784, 500, 700, 300, 230], 1000, 200)
    yield "with as many samples as outputs", ([n, 2 * n, n + 1], n + 1, 0)
    yield "with one sample less than outputs", ([n, 2 * n, n + 4], n + 3, 3)
    yield "with a dozen layers", ([int(k) for k in rng.integers(4, 30, 13)], 50, 5)
    yield "with layers that get narrower", ([9, 8, 7, 6, 5, 12], 50, 0)
    yield "with layers that get wider", ([5, 6, 7, 8, 9, 12], 50, 0)


every_size = right_at_every_size(
    "So it is at every size: for single units and hundreds, for one sample and a thousand.",
    counted,
    cases,
    points=1,
    slips=SLIPS,
    relative=0,
)
untouched = inputs_stay_as_they_are("Counting changes nothing: the list of sizes stays as it was.")
