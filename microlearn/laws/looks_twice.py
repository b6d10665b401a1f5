"""Rules that look twice: the second look sees what the output knows, mixed into the input.

    x′ = x − m F,    δ_l = h′_l − h_l below the output

The message m, (batch, outputs), is the output's error in PEPITA.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..activations import Activation
from ..losses import Loss
from ..network import Network, presynaptic
from .agreement import Array

Looks = Sequence[Array]
"""The activities of one look, the input first."""


def activities(network: Network, look: Looks, l: int) -> Array:
    """The activity of hidden layer ``l``, counted from 1."""
    return look[l]


def pre_activations(network: Network, look: Looks, l: int) -> Array:
    """What hidden layer ``l`` receives."""
    return network.receive(l - 1, look[l - 1])


def two_looks(
    network: Network,
    x: Array,
    y: Array,
    loss: Loss,
    projection: Sequence[Array],
    *,
    output_delta: Callable[[Loss, Array, Array, Activation], Array] = Loss.output_delta,
    message: Callable[[Array, Array, Array], Array] = lambda e, y, said: e,
    matrix: Callable[[Array], Array] = lambda f: f,
    seen: Callable[[Array, Array], Array] = lambda x, sent: x - sent,
    compared: Callable[[Network, Looks, int], Array] = activities,
    difference: Callable[[Array, Array], Array] = lambda before, after: after - before,
    factor: Callable[[Activation, Array], Array | float] = lambda f, h: 1.0,
    top: Callable[[Array, Array, Array], Array] = lambda e, before, after: e,
    sends: Callable[[Looks, Looks], Looks] = lambda first, second: second,
    below: Callable[[Array], Array] = presynaptic,
) -> list[Array]:
    """The update of each weight matrix.

    Parameters
    ----------
    output_delta : ``(loss, y, prediction, activation)`` to the error e of the output
    message : from e, the target and the prediction to what is sent to the input
    matrix : of F
    seen : from x and what arrives there to the input of the second look
    compared : what of a hidden layer the two looks are compared by
    difference : of it before and after
    factor : on a hidden layer's difference, from its activation and its activity at the first look
    top : δ of the output layer, from e and its activities at both looks
    sends : from both looks to the activities that multiply δ of the layer above
    below : from such an activity to what multiplies δ, bias column last
    """
    first, f = network.forward(x), network.activations
    e = output_delta(loss, y, first[-1], f[-1])
    second = network.forward(seen(x, message(e, y, first[-1]) @ matrix(projection[0])))
    delta = [
        difference(compared(network, first, l), compared(network, second, l))
        * factor(f[l - 1], first[l])
        for l in range(1, len(f))
    ]
    delta.append(top(e, first[-1], second[-1]))
    return [below(p).T @ d / len(x) for p, d in zip(sends(first, second), delta, strict=False)]


def linear_feedback(network: Network, f: Array) -> list[Array]:
    """How far each hidden layer moves, (outputs, units), if the input moves by minus a row of F.

    It is measured, and exact where the hidden units are linear.
    """
    still, moved = network.forward(np.zeros_like(f)), network.forward(-f)
    return [after - before for before, after in zip(still[1:-1], moved[1:-1], strict=True)]
