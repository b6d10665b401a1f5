"""Facts about the training of inverses."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..checking.facts import Broken, fact
from ..laws.agreement import agree, off_by, same_direction, what_differs
from ..laws.extremes import of_a_rule, right_at_every_size
from ..laws.inputs import arguments_for, typical
from ..laws.problems import draw_problem, problem_of
from ..laws.slips import cause_of
from ..laws.standard import inputs_stay_as_they_are, returns_updates_of
from ..laws.targets import undone, without_the_bias_column
from ..network import presynaptic

HINTS = (
    "Forget the network for a moment. Here is a layer with inputs u, weights V and an activation, and "
    "it should say z. Which rule of lesson 00 teaches a single layer?",
    "r is what the inverse gives back: the activation `f` of u with its column of ones, times V. δ is "
    "what r misses of z, times f′ of r.",
    "`presynaptic(u)` has the column of ones that V's last row needs. `f.derivative(r)` is the slope, "
    "and `local_update(u, ...)` makes the update from `z - r` times it.",
)


def trained(
    network,
    x,
    inverse,
    auxiliary,
    shake,
    *,
    shaken=lambda h, e: h + e,
    wanted=lambda h, e: h + e,
    sends=lambda network, l, z: network.activations[l](network.receive(l, z)),
    matrix=lambda v: v,
    activation=lambda network, l: network.activations[l - 1],
    given_back=lambda f, a: f(a),
    gap=lambda z, r: z - r,
    slope=lambda f, r, a: f.derivative(r),
    below=presynaptic,
    scale=lambda samples: 1.0,
):
    """The update of each inverse, with replaceable parts: what goes up, what should come back, what
    layer l sends, V, the activation of the inverse and what it gives back, what is missed, its slope,
    what multiplies δ, and a factor by the number of samples."""
    h, update = network.forward(x), [None] * len(inverse)
    for l in range(1, len(inverse)):
        if inverse[l] is None:
            continue
        z, should, f = shaken(h[l], shake[l]), wanted(h[l], shake[l]), activation(network, l)
        u = sends(network, l, z)
        if l == len(inverse) - 1:
            u = np.hstack([u, np.tanh(presynaptic(z) @ auxiliary[0])])
        a = presynaptic(u) @ matrix(inverse[l])
        r = given_back(f, a)
        delta = gap(should, r) * slope(f, r, a)
        update[l] = scale(len(x)) * (below(u).T @ delta) / len(x)
    return update


def slip(**parts):
    return lambda *given: trained(*given, **parts)


SLIPS = {
    "the sign: what comes back should come nearer to z": slip(gap=lambda z, r: r - z),
    "the sum over the batch where the mean belongs: divide by the number of samples": slip(
        scale=float
    ),
    "the batch size divided out twice": slip(scale=lambda n: 1 / n),
    "a factor 2: the ½ in front cancels the 2 of the square": slip(scale=lambda n: 2.0),
    "a factor ½: the ½ in front cancels the 2 of the square": slip(scale=lambda n: 0.5),
    "the derivative f′ of the inverse is missing": slip(slope=lambda f, r, a: 1.0),
    "f′ is taken of the pre-activation; `derivative` expects what comes back, r": slip(
        slope=lambda f, r, a: f.derivative(a)
    ),
    "f′ is applied twice": slip(slope=lambda f, r, a: f.derivative(r) ** 2),
    "f′ is that of a sigmoid, whatever the activation": slip(slope=lambda f, r, a: r * (1 - r)),
    "f′ is that of tanh, whatever the activation": slip(slope=lambda f, r, a: 1 - r**2),
    "r stands where its derivative f′ belongs": slip(slope=lambda f, r, a: r),
    "the inverse has an activation: that of the layer below": slip(
        given_back=lambda f, a: a, slope=lambda f, r, a: 1.0
    ),
    "the activation is forgotten, and its slope is there": slip(given_back=lambda f, a: a),
    "the activation is that of the layer that sends u: it is that of the layer below": slip(
        activation=lambda network, l: network.activations[min(l, len(network.weights) - 2)]
    ),
    "the activity before it was shaken is asked for: it is z": slip(wanted=lambda h, e: h),
    "nothing is shaken": slip(shaken=lambda h, e: h, wanted=lambda h, e: h),
    "what goes up is not shaken, and what should come back is": slip(shaken=lambda h, e: h),
    "the shaking is taken off where it is added": slip(
        shaken=lambda h, e: h - e, wanted=lambda h, e: h - e
    ),
    "what the inverse gives back is missing: it learns from what it misses of z": slip(
        gap=lambda z, r: z
    ),
    "what should come back is missing: the inverse would learn to be silent": slip(
        gap=lambda z, r: -r
    ),
    "only the signs of what is missed are used": slip(gap=lambda z, r: np.sign(z - r)),
    "all samples get the mean of what is missed": slip(
        gap=lambda z, r: np.broadcast_to((z - r).mean(axis=0), z.shape)
    ),
    "the biases, the last row, get no update": slip(below=without_the_bias_column),
    "the biases of the inverses are left out": slip(
        matrix=lambda v: np.vstack([v[:-1], 0 * v[-1:]])
    ),
    "u is what the layer receives: it is what the layer sends": slip(
        sends=lambda network, l, z: network.receive(l, z)
    ),
    "only the first sample is looked at": lambda network, x, *rest: trained(network, x[:1], *rest),
}

shapes = returns_updates_of(
    "inverse",
    sentence="You return one array for each layer, of the same shape as its inverse, and None where "
    "nothing is inverted, however many layers there are.",
)


def missed(network, x, inverse, auxiliary, shake, l, v):
    """½ mean ‖z − r‖² for layer l, with v in the place of its inverse."""
    z = network.forward(x)[l] + shake[l]
    u = network.activations[l](network.receive(l, z))
    if l == len(inverse) - 1:
        u = np.hstack([u, np.tanh(presynaptic(z) @ auxiliary[0])])
    r = network.activations[l - 1](presynaptic(u) @ v)
    return 0.5 * np.sum((z - r) ** 2) / len(x)


def downhill(*given):
    """Minus the slope of that by each entry of each inverse, measured."""
    _, _, inverse, _, _ = given
    update = [None]
    for l, v in enumerate(inverse[1:], start=1):
        loss = partial(missed, *given, l)
        measured = np.zeros_like(v)
        for entry in np.ndindex(v.shape):
            step = np.zeros_like(v)
            step[entry] = 1e-5
            measured[entry] = (loss(v - step) - loss(v + step)) / 2e-5
        update.append(measured)
    return update


@fact(4)
def it_points_down(answer, rng):
    """Each inverse goes straight down ½ mean ‖z − r‖², measured at each entry of V, whatever the length
    of the update, with auxiliary units beside the output and without."""
    for layers, hidden, samples in ((3, ("tanh", "sigmoid"), 4), (4, ("sigmoid", "tanh"), 6)):
        sizes = [int(n) for n in rng.choice(np.arange(3, 8), layers + 1, replace=False)]
        problem = problem_of(rng, sizes, samples, hidden=hidden, output=("tanh", "softmax"))
        given = arguments_for(problem, "inverse_training", rng)
        seen, right = answer(*given), downhill(*given)
        if not same_direction(seen, right):
            raise Broken(
                f"it is not what goes straight down: {off_by(list(seen), right)}",
                cause_of(SLIPS, given, list(seen), right) or what_differs(seen, right),
            )


@fact(1, supporting=True)
def an_exact_inverse_has_nothing_to_learn(answer, rng):
    """Where units are linear and an inverse is exact, it gives back whatever went up, shaken or not: its
    update is zero."""
    n = int(rng.integers(3, 6))
    problem = problem_of(rng, [n] * 4, 7, hidden=("identity",), output=("identity",))
    network, x, _, _, shake = arguments_for(problem, "inverse_training", rng)
    for ε in (shake, [None, *(0 * e for e in shake[1:])]):
        given = network, x, undone(network), [np.zeros((n + 1, 0))], ε
        seen, right = answer(*given), trained(*given)
        # The inverse of a matrix that is nearly singular magnifies rounding.
        size = max(np.abs(v).max() for v in given[2][1:])
        if max(np.abs(u).max() for u in seen[1:]) > 1e-5 * size**2:
            raise Broken(
                f"an exact inverse changed, {'shaken' if ε is shake else 'not shaken'}",
                cause_of(SLIPS, given, list(seen), right),
            )


@fact(1, supporting=True)
def inverses_do_not_meet(answer, rng):
    """The update of an inverse stays the same with other inverses elsewhere, and with other weights in
    the layers above its own; where there is no inverse, None stands for its update."""
    network, x, inverse, auxiliary, shake = typical("inverse_training", rng, 4)
    before = answer(network, x, inverse, auxiliary, shake)
    for l in range(1, len(inverse)):
        others = [
            v if k == l or v is None else v + rng.normal(0, 1, v.shape)
            for k, v in enumerate(inverse)
        ]
        weights = [w if k <= l else w + 1 for k, w in enumerate(network.weights)]
        after = answer(network.with_weights(weights), x, others, auxiliary, shake)
        if not agree(after[l], before[l]):
            raise Broken(f"that of layer {l} changed with other inverses, or with weights above it")
    gone = answer(network, x, [*inverse[:-1], None], auxiliary, shake)
    if gone[-1] is not None or not agree(list(gone[:-1]), list(before[:-1])):
        raise Broken("without an inverse for the output, the others got other updates")


def cases(rng):
    # Where it is large, 1 − r² is lost in rounding.
    yield from of_a_rule("inverse_training", rng, ("what the rule carries is large",))
    given = arguments_for(draw_problem(rng, 3), "inverse_training", rng)
    network, x, inverse, auxiliary, shake = given
    # Harder, and an inverse saturates: float32 would lose its slope, too.
    for words, factor in (("without any shaking", 0.0), ("where all is shaken hard", 4.0)):
        yield words, (*given[:-1], [None, *(factor * e for e in shake[1:])])
    for words, some in (
        ("without an inverse at the output", [*inverse[:-1], None]),
        ("with an inverse at the output alone", [None, None, *inverse[2:]]),
    ):
        yield words, (network, x, some, auxiliary, shake)


every_size = right_at_every_size(
    "It is as long as it should be, at every size and scale: for square layers, single units and a "
    "single sample as for a thousand, shaken hard and not at all, and for numbers large and small.",
    trained,
    cases,
    slips=SLIPS,
    relative=1e-4,
)
untouched = inputs_stay_as_they_are(
    "Computing an update does not apply it: weights, inverses and data stay as they were."
)
