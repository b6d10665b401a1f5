# Built from solutions/antialignment.py by `make notebooks`: change it there.

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
    # YOUR CODE HERE
    raise NotImplementedError()
