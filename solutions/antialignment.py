import numpy as np


def antialignment(network, projection):
    """The angle between F and the way through the network.

    Without units in between, an input x would come out as x W°₁ W°₂ … W°_L: the product of all weights
    without their bias rows, of shape (inputs, outputs). Its transpose and F are each taken as one long
    vector.

    Parameters
    ----------
    network : Network
    projection : list of one array, F, of shape (outputs, inputs); neither it nor the product is zero
        everywhere

    Returns
    -------
    float, in degrees: 0 where F is (W°₁ … W°_L)ᵀ or a positive multiple of it, 90 where they have
    nothing in common, 180 for a negative multiple
    """
    f = projection[0]
    ### BEGIN SOLUTION
    through = network.weights[0][:-1]
    for w in network.weights[1:]:
        through = through @ w[:-1]
    cosine = np.sum(f * through.T) / (np.linalg.norm(f) * np.linalg.norm(through))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    ### END SOLUTION
