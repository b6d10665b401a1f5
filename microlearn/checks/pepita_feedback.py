"""Facts about the direct feedback that PEPITA comes down to."""

from __future__ import annotations

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree
from ..laws.extremes import EQUAL, OTHER_NUMBERS, right_at_every_size
from ..laws.looks_twice import linear_feedback
from ..laws.problems import draw_network, draw_sizes
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, require_shapes

HINTS = (
    "The input moves from x to x − e F. By how much does what the first hidden layer receives change?",
    "It changes by −(e F) W°₁, so that the first matrix is −F W°₁. A linear layer hands its change on "
    "to the next, which multiplies it by its own weights.",
    "Begin with minus `projection[0]`. For each `w` in `network.weights[:-1]`, multiply what you have "
    "by `w[:-1]` from the right, and append it to `direct`.",
)


def network_of(rng, sizes, scale=1.0):
    network = draw_network(rng, sizes, hidden=("identity",))
    return network.with_weights([scale * w for w in network.weights])


def draw(rng):
    *sizes, _ = draw_sizes(rng, int(rng.integers(2, 7)), high=12)
    return network_of(rng, sizes), [rng.normal(0, 1, (sizes[-1], sizes[0]))]


def product(network, projection, step=lambda w: w, start=lambda f: -f):
    """D of each hidden layer, with ``step`` taken of each W° and ``start`` of F."""
    direct, path = [], start(projection[0])
    for w in network.weights[:-1]:
        path = path @ step(w[:-1])
        direct.append(path)
    return direct


def of_the_product(wrong):
    """A slip that makes something else of D of a hidden layer, counted from 0."""
    return lambda *given: [wrong(d, l) for l, d in enumerate(product(*given))]


def above_the_first(wrong):
    """A slip in all hidden layers but the first."""
    return of_the_product(lambda d, l: wrong(d, l) if l else d)


SLIPS = {
    "the minus sign is missing: the second look sees x − e F": of_the_product(lambda d, l: -d),
    "the sign flips in every layer": of_the_product(lambda d, l: (-1) ** l * d),
    "F itself is missing: only its signs are used": lambda network, projection: product(
        network, projection, start=lambda f: -np.sign(f)
    ),
    "the signs of F's entries are lost": lambda network, projection: product(
        network, projection, start=lambda f: -np.abs(f)
    ),
    "the signs of the weights are lost": lambda network, projection: product(
        network, projection, np.abs
    ),
    "of the weights only the signs are used": lambda network, projection: product(
        network, projection, np.sign
    ),
    "only the signs of the product are left": of_the_product(lambda d, l: np.sign(d)),
    "divided by its length: it must carry as much as F and the weights do": of_the_product(
        lambda d, l: d / np.linalg.norm(d)
    ),
    "divided by the number of the layer: one after the other is no mean": of_the_product(
        lambda d, l: d / (l + 1)
    ),
    "a factor 2 too many": of_the_product(lambda d, l: 2 * d),
    "halved in every layer: the units are linear": of_the_product(lambda d, l: d / 2**l),
    "the layers above the first get nothing: the change goes on through the weights": (
        above_the_first(lambda d, l: 0 * d)
    ),
    "the sign is that of the first layer alone": above_the_first(lambda d, l: -d),
    "the biases are added: they are there in both looks, and drop out": lambda network, projection: [
        d + w[-1] for d, w in zip(product(network, projection), network.weights, strict=False)
    ],
}


def shapes_of(network):
    """Zeros with the shapes that D has."""
    return [np.zeros((network.sizes[-1], units)) for units in network.sizes[1:-1]]


@fact(gate=True)
def shapes(answer, rng):
    """You return one matrix for each hidden layer, of shape (outputs, units of that layer)."""
    for layers in (4, 2, 3):
        *sizes, _ = draw_sizes(rng, layers)
        network = network_of(rng, sizes)
        seen = answer(network, [rng.normal(0, 1, (sizes[-1], sizes[0]))])
        require_shapes(seen, shapes_of(network), "direct matrix")


def require(answer, given, right, words):
    seen = answer(*given)
    for l, (d, r) in enumerate(zip(seen, right, strict=True)):
        if not agree(d, r):
            raise Broken(
                f"{words} hidden layer {l} (counted from 0) of {len(right)} it is another matrix",
                cause_of(SLIPS, given, list(seen), list(right)),
            )


@fact(3)
def it_is_how_far_a_linear_layer_moves(answer, rng):
    """In a linear network your D tells how far each hidden unit moves if the input moves by minus a row
    of F, measured by looking twice."""
    for layers in (2, 5):
        *sizes, _ = draw_sizes(rng, layers)
        network, f = network_of(rng, sizes), rng.normal(0, 1, (sizes[-1], sizes[0]))
        require(answer, (network, [f]), linear_feedback(network, f), "for")


@fact(2)
def for_a_small_f_any_units_do_so(answer, rng):
    """With one hidden layer of any units, and a small F, the layer moves by (e D) ∘ f′(a), measured by
    looking twice."""
    for hidden in ("tanh", "sigmoid"):
        *sizes, samples = draw_sizes(rng, 2)
        network = draw_network(rng, sizes, hidden=(hidden,))
        f = 1e-5 * rng.normal(0, 1, (sizes[-1], sizes[0]))
        x, e = rng.normal(0, 1, (samples, sizes[0])), rng.normal(0, 1, (samples, sizes[-1]))
        first, second = network.forward(x)[1], network.forward(x - e @ f)[1]
        (d,) = answer(network, [f])
        if not agree(e @ np.asarray(d) * network.activations[0].derivative(first), second - first):
            raise Broken(
                f"a layer of {hidden} units moves otherwise",
                cause_of(SLIPS, (network, [f]), [d], product(network, [f])),
            )


@fact(1, supporting=True)
def the_output_and_the_biases_do_not_matter(answer, rng):
    """Other biases and other weights of the output layer change nothing."""
    network, projection = draw(rng)
    weights = [w.copy() for w in network.weights]
    for w in weights:
        w[-1] += rng.normal(0, 1, w.shape[1])
    weights[-1] += rng.normal(0, 1, weights[-1].shape)
    before, after = answer(network, projection), answer(network.with_weights(weights), projection)
    if not agree(list(after), list(before)):
        raise Broken(
            "D changed with the biases, or with the output layer's weights",
            "the change of the input passes the weights W° below a layer, and nothing else",
        )


def cases(rng):
    for words, sizes, scale in (
        (EQUAL, [4] * 5, 1),
        (OTHER_NUMBERS, [4] * 5, 1),
        ("with a single unit in each layer", [1] * 4, 1),
        ("with a single output", [3, 4, 5, 1], 1),
        ("with six layers", [2, 3, 4, 3, 5, 4, 3], 1),
        ("with a hundred units in a layer", [90, 110, 85, 4], 1),
        ("where all numbers are large", [3, 4, 5, 2], 10 ** rng.uniform(3, 4)),
        ("where all numbers are small", [3, 4, 5, 2], 10 ** rng.uniform(-5, -4)),
    ):
        f = scale * rng.normal(0, 1, (sizes[-1], sizes[0]))
        yield words, (network_of(rng, sizes, scale), [f])
    network, (f,) = draw(rng)
    yield "where F is zero", (network, [0 * f])


every_size = right_at_every_size(
    "So it is at every size and scale: for square layers and single units, for up to six layers, and "
    "for numbers large and small.",
    product,
    cases,
    slips=SLIPS,
)
untouched = inputs_stay_as_they_are("The weights and F stay as they were.", cases)
