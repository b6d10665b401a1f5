# Built from solutions/information_alignment.py by `make notebooks`: change it there.

import numpy as np


def information_alignment(network, x, feedback, ridge):
    """Move B until what has gone up through W° comes back through B, by a sum of three primitives.

    v = u W° is what the units above receive, and u the activity below, scaled so that the mean squared
    length of v over the batch is 1. (A silent layer is left unscaled.) The update of B goes down

        ½ mean ‖u − v B‖² + ½ γ ‖B‖²

    and rests at (γ 1 + Cᵥ)⁻¹ W°ᵀ C, with C = mean uᵀu and Cᵥ = mean vᵀv: the inverse of W° as far as the
    activity shows it, shrunk a little by the ridge γ.

    Parameters
    ----------
    network : Network
    x : array of shape (batch, inputs)
    feedback : list of arrays, B; feedback[l] has shape (fan_out, fan_in), feedback[0] is None
    ridge : float, γ, the coefficient of one of the three

    Returns
    -------
    list of arrays with the shapes of feedback (None for feedback[0]): what is added to it per unit of
    a learning rate of its own

    Source: Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom and Yamins 2020, with coefficients 1, 1 and γ.
    """
    h = network.forward(x)
    update = [None] * len(feedback)
    for l in range(1, len(feedback)):
        w, b = network.weights[l][:-1], feedback[l]
        received = h[l] @ w
        scale = np.sqrt(np.sum(received**2) / len(x)) or 1
        u, v = h[l] / scale, received / scale
        # YOUR CODE HERE
        raise NotImplementedError()
    return update
