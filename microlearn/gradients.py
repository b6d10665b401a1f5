"""The exact gradient: the yardstick with which every rule is compared.

A lesson measures how far a rule's update points from the gradient even when the student has not
written backprop yet, so the package carries this yardstick of its own. The exercise ``backprop`` is
graded against finite differences, which know nothing of it.
"""

from __future__ import annotations

import numpy as np

from .losses import Loss, get_loss
from .network import Network, samples_of
from .numbers import number

Array = np.ndarray

AT_A_TIME = 100_000
"""Numbers that a layer receives in all the nudges that go up together; more would fill the memory."""


def descent_direction(network: Network, x: Array, y: Array, loss: str | Loss) -> list[Array]:
    """Minus the gradient of the mean loss by each weight matrix.

    Parameters
    ----------
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss or str

    Returns
    -------
    list of arrays with the shapes of ``network.weights``

    Raises
    ------
    TypeError, ValueError
        If ``x`` and ``y`` are no inputs and targets of the network, or the loss takes no such outputs.

    Source: Rumelhart, Hinton and Williams 1986, eqs. 4 to 7, for the mean over a batch.
    """
    (x, y), loss = samples_of(network, x, y), get_loss(loss)
    activities = network.forward(x)
    delta = loss.output_delta(y, activities[-1], network.activations[-1]) / len(x)
    update: list[Array] = []
    for layer in reversed(range(len(network.weights))):
        below = activities[layer]
        update.append(network.weight_update(layer, below, delta))
        if layer:
            error = delta @ network.weights[layer][:-1].T
            delta = network.activations[layer - 1].backward(below, error)
    return update[::-1]


def _in_float64(
    network: Network, x: Array, y: Array, loss: str | Loss
) -> tuple[Network, Array, Array, Loss]:
    """The same in float64, once it is certain that the loss takes what the network says."""
    (x, y), loss = samples_of(network, x, y), get_loss(loss)
    exact, x, y = network.astype(np.float64), x.astype(np.float64), y.astype(np.float64)
    loss.given(y, exact.predict(x))
    return exact, x, y, loss


def finite_differences(
    network: Network, x: Array, y: Array, loss: str | Loss, step: float = 1e-6
) -> list[Array]:
    """Minus the gradient of the mean loss, measured by nudging one weight at a time.

    Computed in float64 with central differences, so that the error is of the order ``step²``; it
    needs two forward passes for each parameter and is meant for small networks.

    Raises
    ------
    TypeError, ValueError
        As :func:`descent_direction`; or if ``step`` is not from 10⁻⁹, below which only rounding would be
        measured, to 0.1.
    """
    step = number("step", step, 1e-9, 0.1)
    exact, x, y, loss = _in_float64(network, x, y, loss)
    update = []
    for layer, (w, below) in enumerate(zip(exact.weights, exact.forward(x), strict=False)):
        slope, at_a_time = np.empty_like(w), max(1, AT_A_TIME // (len(x) * w.shape[1]))
        for start in range(0, w.size, at_a_time):
            some, received = slice(start, start + at_a_time), []
            for place in range(w.size)[some]:
                kept = w.flat[place]
                for nudge in (-step, step):
                    w.flat[place] = kept + nudge
                    received.append(exact.receive(layer, below))
                w.flat[place] = kept
            losses = _losses_above(exact, layer, received, y, loss)
            slope.flat[some] = _slopes(losses.mean(axis=1), step)
        update.append(slope)
    return update


def finite_difference_signals(
    network: Network, x: Array, y: Array, loss: str | Loss, step: float = 1e-6
) -> list[Array]:
    """Minus the derivative of each sample's loss by the pre-activation of every unit, measured.

    One unit at a time is nudged, in all samples at once; computed in float64.

    Returns
    -------
    list of arrays of shape (batch, units), one for each layer

    Raises
    ------
    TypeError, ValueError
        As :func:`finite_differences`.
    """
    step = number("step", step, 1e-9, 0.1)
    exact, x, y, loss = _in_float64(network, x, y, loss)
    signals = []
    for layer, below in enumerate(exact.forward(x)[:-1]):
        a = exact.receive(layer, below)
        nudges = step * np.eye(a.shape[1])
        received = [a + nudge for unit in nudges for nudge in (-unit, unit)]
        signals.append(_slopes(_losses_above(exact, layer, received, y, loss), step).T)
    return signals


def _losses_above(
    network: Network, layer: int, received: list[Array], y: Array, loss: Loss
) -> Array:
    """Every sample's loss for each of several pre-activations of a layer, (number, batch).

    They go up through the network as one batch, which takes a fraction of the time.
    """
    h = network.activations[layer](np.concatenate(received))
    for above in range(layer + 1, len(network.weights)):
        h = network.activations[above](network.receive(above, h))
    return loss.per_sample(np.tile(y, (len(received), 1)), h).reshape(len(received), len(y))


def _slopes(losses: Array, step: float) -> Array:
    """Minus the slope between each two losses, of a nudge down and of one up."""
    return (losses[::2] - losses[1::2]) / (2 * step)
