import numpy as np

from microlearn import get_exercise


def batch_manhattan(network, x, y, loss, magnitudes):
    """Of sign symmetry's update, keep the signs and forget the sizes: all synapses move equally far.

        ΔW = sign(G)          G is the update of sign symmetry for the batch; sign(0) = 0

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    magnitudes : list of arrays, as sign symmetry takes them

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Liao, Leibo and Poggio 2016, in the setting without momentum and decay.
    """
    update = get_exercise("sign_symmetry")(network, x, y, loss, magnitudes)
    ### BEGIN SOLUTION
    return [np.sign(u) for u in update]
    ### END SOLUTION
