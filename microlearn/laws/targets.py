"""Rules that give every layer a target, and bring targets down through inverses.

    g_l(z) = f_{l−1}([z, 1] V_l),    t_{l−1} = h_{l−1} + g_l(t_l) − g_l(h_l)
    δ_l = (t_l − h_l) ∘ f′(a_l) below the output

Where a rule takes the lower targets from the exercise ``difference_targets``, its check does so too,
whichever answer stands for that now: a slip made there does not cost points twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..activations import Activation
from ..checking.answer import Answer
from ..checking.facts import Broken
from ..exercises import get_exercise
from ..gradients import finite_differences
from ..losses import Loss, get_loss
from ..network import Network, presynaptic
from .agreement import Array, relative_difference, same_direction, what_differs
from .problems import Problem, draw_problem
from .recursion import backprop
from .slips import Slips, cause_of

Arrays = Sequence[Array | None]
Top = Callable[[Network, Sequence[Array], Array, Array], Array]
"""``top(network, h, y, error)``: the topmost target, from all activities, y and the output's error."""


def through(v: Array, z: Array, f: Activation) -> Array:
    """What an inverse makes of z, (batch, units below)."""
    return f(presynaptic(z) @ v)


def difference(h: Array, wanted: Array, found: Array) -> Array:
    return h + wanted - found


def carried(
    network: Network,
    h: Sequence[Array],
    top: Array,
    inverse: Arrays,
    *,
    back: Callable[[Array, Array, Activation], Array] = through,
    put_together: Callable[[Array, Array, Array], Array] = difference,
    sent: Callable[[Array, Array], Array] = lambda target, found: target,
    activation: Callable[[Network, int], Activation] = lambda network, l: network.activations[
        l - 1
    ],
) -> list[Array]:
    """The target of each hidden layer, the lowest first.

    Parameters
    ----------
    back : ``back(V, z, f)``: what layer l's inverse makes of z
    put_together : the target from the activity, and from what is wanted and found below
    sent : from a layer's target and activity to what its inverse is given as wanted
    activation : that of the inverse of layer l
    """
    targets = [top]
    for l in reversed(range(1, len(network.weights) - 1)):
        v, f = inverse[l], activation(network, l)
        assert v is not None
        wanted, found = back(v, sent(targets[0], h[l + 1]), f), back(v, h[l + 1], f)
        targets.insert(0, put_together(h[l], wanted, found))
    return targets


def told(network: Network, h: Sequence[Array], top: Array, inverse: Arrays) -> list[Array]:
    """The targets that the answer gives which stands for ``difference_targets`` now."""
    return get_exercise("difference_targets")(network, h, top, inverse)


def towards_targets(
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    inverse: Arrays,
    top: Top,
    *,
    carry: Callable[..., list[Array]] = told,
    output_delta: Callable[[Loss, Array, Array, Activation], Array] = Loss.output_delta,
    gap: Callable[[Array, Array], Array] = lambda target, h: target - h,
    slope: Callable[[Activation, Array, Array], Array | float] = lambda f, h, a: f.derivative(h),
    below: Callable[[Array], Array] = presynaptic,
    scale: float = 1.0,
) -> list[Array]:
    """The update of each weight matrix, of a rule whose hidden layers learn to meet targets.

    Parameters
    ----------
    top : see the type
    carry : ``difference_targets``, or another way down
    output_delta : ``(loss, y, prediction, activation)`` to δ of the output layer
    gap : what a hidden layer learns from, by its target and its activity
    slope : a factor on that, by its activation, activity and pre-activation
    below : from an activity to what multiplies δ, bias column last
    scale : a factor on δ of all hidden layers
    """
    h, f = network.forward(x), network.activations
    error = output_delta(loss, y, h[-1], f[-1])
    delta = [error]
    if len(f) > 1:
        right = loss.output_delta(y, h[-1], f[-1])
        targets = carry(network, h, top(network, h, y, right), inverse)
        delta = [
            scale * gap(t, found) * slope(g, found, network.receive(l, h[l]))
            for l, (t, found, g) in enumerate(zip(targets, h[1:-1], f, strict=False))
        ] + delta
    return [below(p).T @ d / len(x) for p, d in zip(h, delta, strict=False)]


def targets_of(problem: Problem, inverse: Arrays, top: Top) -> list[Array]:
    """The targets of the hidden layers of a problem."""
    network, x, y, loss = problem.given
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    return told(network, h, top(network, h, y, error), inverse)


def to_meet(network: Network, x: Array, targets: Sequence[Array]) -> list[Array]:
    """What hidden layers should do about targets that stay, measured: each layer's update is minus the
    gradient of ½ mean ‖t − h‖² by its own weights."""
    squared, updates = get_loss("squared_error"), []
    for l, target in enumerate(targets):
        below = Network(network.weights[: l + 1], network.activations[: l + 1])
        updates.append(finite_differences(below, x, target, squared)[l])
    return updates


def require_hidden(answer: Answer, given: tuple, right: list, slips: Slips, words: str) -> None:
    """Raise Broken unless the hidden updates point where they should; name the slip."""
    seen = [np.asarray(u) for u in answer(*given)[:-1]]
    if not same_direction(seen, right):  # how long they are is a fact of its own
        hidden = {cause: lambda *given, s=s: s(*given)[:-1] for cause, s in slips.items()}
        raise Broken(
            f"{words} your hidden updates are {relative_difference(seen, right):.0%} of their length "
            "away from what they should be",
            cause_of(hidden, given, seen, right) or what_differs(seen, right),
        )


def linear_problem(rng: np.random.Generator, layers: int) -> Problem:
    """A problem whose hidden units are linear, so that an inverse is a matrix."""
    return draw_problem(rng, layers, hidden=("identity",), output=("sigmoid", "tanh"))


def undone(network: Network) -> list[Array | None]:
    """The inverse of each linear, square layer but the first, exactly."""
    inverse: list[Array | None] = [None]
    for w in network.weights[1:]:
        v = np.linalg.inv(w[:-1])
        inverse.append(np.vstack([v, -w[-1:] @ v]))
    return inverse


def without_the_bias_column(h: Array) -> Array:
    p = presynaptic(h)
    p[:, -1] = 0
    return p


OTHER_WAYS_DOWN: dict[str, dict[str, Any]] = {
    "the difference is missing: what the inverse gets wrong stays in the target": {
        "put_together": lambda h, wanted, found: wanted
    },
    "the sign: what is wanted is added, and what is found is taken off": {
        "put_together": lambda h, wanted, found: h - wanted + found
    },
    "what is found is added: it is taken off": {
        "put_together": lambda h, wanted, found: h + wanted + found
    },
    "h is missing: the difference of what is wanted and what is found is only the change": {
        "put_together": lambda h, wanted, found: wanted - found
    },
    "what is found is missing: g of the layer's own activity is taken off": {
        "put_together": lambda h, wanted, found: h + wanted
    },
    "what is wanted is the layer's own activity: below it all stays as it is": {
        "sent": lambda target, found: found
    },
    "g of the difference, where the difference of two g's belongs": {
        "sent": lambda target, found: target - found,
        "put_together": lambda h, wanted, found: h + wanted,
    },
    "g ends in the activation of the layer that it leads from: it is that of the layer below": {
        "activation": lambda network, l: network.activations[l]
    },
    "g has no activation: it ends in that of the layer below": {
        "back": lambda v, z, f: presynaptic(z) @ v
    },
    "the biases of the inverses are left out": {"back": lambda v, z, f: f(z @ v[:-1])},
    "only the signs of V are used": {"back": lambda v, z, f: f(presynaptic(z) @ np.sign(v))},
    "all samples get the mean change: each has a target of its own": {
        "put_together": lambda h, wanted, found: h + np.mean(wanted - found, axis=0)
    },
    "twice the change: the target would lie beyond": {
        "put_together": lambda h, wanted, found: h + 2 * (wanted - found)
    },
    "half the change": {"put_together": lambda h, wanted, found: h + 0.5 * (wanted - found)},
}
"""Slips on the way of targets down, as parts of :func:`carried`."""


def down_the_transposes(
    network: Network, h: Sequence[Array], top: Array, inverse: Arrays
) -> list[Array]:
    """Gaps that go down through W°ᵀ: the slip of an error's way."""
    targets = [top]
    for l in reversed(range(1, len(network.weights) - 1)):
        targets.insert(0, h[l] + (targets[0] - h[l + 1]) @ network.weights[l][:-1].T)
    return targets


def slips_of_targets(right: Callable[..., list[Array]]) -> dict[str, Callable]:
    """The slips of a rule whose hidden layers learn to meet targets.

    Parameters
    ----------
    right : the rule, a function of its arguments and of the parts of :func:`towards_targets`
    """

    def slip(times: float = 1.0, **parts: Any) -> Callable:
        return lambda *given: [times * u for u in right(*given, **parts)]

    def per_sample(power: int) -> Callable:
        return lambda network, x, *rest: [
            float(len(x)) ** power * u for u in right(network, x, *rest)
        ]

    return {
        "the sign: an update is what is added, so it must point downhill": slip(-1),
        "the sum over the batch where the mean belongs: divide by the number of samples": (
            per_sample(1)
        ),
        "the batch size divided out twice": per_sample(-1),
        "a factor 2 too many": slip(2),
        "a factor ½ too many": slip(0.5),
        "the sign: a hidden layer learns from its target minus its activity": slip(
            gap=lambda target, h: h - target
        ),
        "a hidden layer learns from its target: it should learn from what it misses of it": slip(
            gap=lambda target, h: target
        ),
        "only the signs of what is missed are used": slip(
            gap=lambda target, h: np.sign(target - h)
        ),
        "the derivative f′ of the hidden layer is missing": slip(slope=lambda f, h, a: 1.0),
        "f′ is taken of the pre-activation; `derivative` expects the activity h": slip(
            slope=lambda f, h, a: f.derivative(a)
        ),
        "f′ is applied twice": slip(slope=lambda f, h, a: f.derivative(h) ** 2),
        "f′ is that of a sigmoid, whatever the activation": slip(slope=lambda f, h, a: h * (1 - h)),
        "f′ is that of tanh, whatever the activation": slip(slope=lambda f, h, a: 1 - h**2),
        "the activity h stands where its derivative f′ belongs": slip(slope=lambda f, h, a: h),
        "a target is held against what the units receive: it is an activity": slip(
            gap=lambda target, h: target - np.arctanh(np.clip(h, -0.999, 0.999))
        ),
        "the derivative f′ of the output layer is missing": slip(
            output_delta=lambda loss, y, prediction, f: loss.error(y, prediction)
        ),
        "the output layer learns y − ŷ: its error is that of the loss": slip(
            output_delta=lambda loss, y, prediction, f: y - prediction
        ),
        "the biases, the last row, get no update": slip(below=without_the_bias_column),
        "only the topmost hidden layer has a target: below it nothing is learned": slip(
            carry=lambda network, h, top, inverse: [*h[1:-2], top]
        ),
        "below the topmost hidden layer errors go down through W°ᵀ: targets go through inverses": (
            slip(carry=down_the_transposes)
        ),
        "the targets are carried down without the difference": slip(
            carry=lambda *way: carried(*way, put_together=lambda h, wanted, found: wanted)
        ),
        "only the first sample is looked at": lambda network, x, y, *rest: right(
            network, x[:1], y[:1], *rest
        ),
        "the loss is the one that you are given, and not the squared error": (
            lambda network, x, y, loss, *rest: right(
                network, x, y, get_loss("squared_error"), *rest
            )
        ),
        "backprop: errors come down, where targets belong": backprop,
    }
