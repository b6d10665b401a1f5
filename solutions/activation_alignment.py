import numpy as np


def activation_alignment(network, x, feedback):
    """Move B until it makes of the activity what W° makes of it, by a sum of two primitives.

    u is the activity below, scaled so that its mean squared length over the batch is 1, and v = u W°
    what the units above receive of it. (A silent layer is left unscaled.) The update of B goes down

        ½ mean ‖v − u Bᵀ‖²

    and rests where u Bᵀ = v in every sample.

    Parameters
    ----------
    network : Network
    x : array of shape (batch, inputs)
    feedback : list of arrays, B; feedback[l] has shape (fan_out, fan_in), feedback[0] is None

    Returns
    -------
    list of arrays with the shapes of feedback (None for feedback[0]): what is added to it per unit of
    a learning rate of its own

    Source: Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom and Yamins 2020, with equal coefficients.
    """
    h = network.forward(x)
    update = [None] * len(feedback)
    for l in range(1, len(feedback)):
        w, b = network.weights[l][:-1], feedback[l]
        u = h[l] / (np.sqrt(np.sum(h[l] ** 2) / len(x)) or 1)
        v = u @ w
        ### BEGIN SOLUTION
        update[l] = (v - u @ b.T).T @ u / len(x)
        ### END SOLUTION
    return update
