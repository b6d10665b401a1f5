# Built from solutions/weight_perturbation.py by `make notebooks`: change it there.

import numpy as np


def weight_perturbation(network, x, y, loss, noise, rng):
    """Shake all weights at once, see whether the loss rises, and step the other way.

    With Ψ ~ N(0, σ²) drawn afresh for every weight and bias, one draw shared by the whole batch,

        ΔW = −(L(W + Ψ) − L(W)) Ψ / σ²

    where L is the mean loss of the batch, the same batch in both passes. Ψ is drawn once for each
    update. The rise may be measured on both sides instead, (L(W + Ψ) − L(W − Ψ)) / 2.

    Parameters
    ----------
    network : Network; network.with_weights(list) is the same network with other weights
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss; loss.mean(y, prediction) is the mean loss of a batch
    noise : float, σ
    rng : numpy Generator to draw Ψ from

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Cauwenberghs 1993; Werfel, Xie and Seung 2005.
    """
    psi = [noise * rng.standard_normal(w.shape, dtype=w.dtype) for w in network.weights]
    # YOUR CODE HERE
    raise NotImplementedError()
