"""The exact gradient: the yardstick with which every rule is compared.

A lesson measures how far a rule's update points from the gradient even when the student has not
written backprop yet, so the package carries this yardstick of its own. The exercise ``backprop`` is
graded against finite differences, which know nothing of it.
"""

from __future__ import annotations

import numpy as np

from .losses import Loss
from .network import Network

Array = np.ndarray


def descent_direction(network: Network, x: Array, y: Array, loss: Loss) -> list[Array]:
    """Minus the gradient of the mean loss by each weight matrix.

    Parameters
    ----------
    x, y : arrays of shape (batch, inputs) and (batch, outputs)

    Returns
    -------
    list of arrays with the shapes of ``network.weights``

    Source: Rumelhart, Hinton and Williams 1986, eqs. 4 to 7, for the mean over a batch.
    """
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


def finite_differences(
    network: Network, x: Array, y: Array, loss: Loss, step: float = 1e-6
) -> list[Array]:
    """Minus the gradient of the mean loss, measured by nudging one weight at a time.

    Computed in float64 with central differences, so that the error is of the order ``step²``; it
    needs two forward passes for each parameter and is meant for small networks.
    """
    exact = network.astype(np.float64)
    x, y = x.astype(np.float64), y.astype(np.float64)
    update = []
    for w in exact.weights:
        slope = np.empty_like(w)
        for index in np.ndindex(w.shape):
            kept = w[index]
            w[index] = kept + step
            above = loss.mean(y, exact.predict(x))
            w[index] = kept - step
            below = loss.mean(y, exact.predict(x))
            w[index] = kept
            slope[index] = (below - above) / (2 * step)
        update.append(slope)
    return update


def finite_difference_signals(
    network: Network, x: Array, y: Array, loss: Loss, step: float = 1e-6
) -> list[Array]:
    """Minus the derivative of each sample's loss by the pre-activation of every unit, measured.

    One unit at a time is nudged, in all samples at once; computed in float64.

    Returns
    -------
    list of arrays of shape (batch, units), one for each layer
    """
    exact, x, y = network.astype(np.float64), x.astype(np.float64), y.astype(np.float64)
    signals = []
    for layer, units in enumerate(exact.sizes[1:]):
        signal = np.empty((len(x), units))
        for unit in range(units):
            losses = []
            for nudge in (-step, step):
                nudged = np.zeros((len(x), units))
                nudged[:, unit] = nudge
                noise: list[Array | None] = [None] * len(exact.weights)
                noise[layer] = nudged
                losses.append(loss.per_sample(y, exact.forward(x, noise)[-1]))
            signal[:, unit] = (losses[0] - losses[1]) / (2 * step)
        signals.append(signal)
    return signals
