# Built from solutions/inverse_training.py by `make notebooks`: change it there.

import numpy as np

from microlearn import local_update, presynaptic


def inverse_training(network, x, inverse, auxiliary, shake):
    """Let each inverse learn to give back what a layer was sent, shaken a little.

        z = h_{l−1} + ε_l                     the activity below layer l, shaken
        u = f_l([z, 1] W_l)                   what layer l makes of it
        r = f_{l−1}([u, 1] V_l)               what the inverse gives back
        ΔV_l goes down ½ mean ‖z − r‖²        through V_l alone; the mean is over the samples

    At the output u has the auxiliary units beside it, tanh([z, 1] Z), if there are any.

    Parameters
    ----------
    network : Network
    x : array of shape (batch, inputs)
    inverse : list of arrays, V; inverse[l] has shape (fan_out + 1, fan_in), with further rows for the
        auxiliary units in the last one; None where nothing is inverted, as in inverse[0]
    auxiliary : list of one array, Z, of shape (units below the output + 1, auxiliary units); without
        such units it has no columns
    shake : list of arrays, ε; shake[l] has shape (fan_in,), shake[0] is None. All samples of a batch
        are shaken alike, and those of the next batch anew

    Returns
    -------
    list of arrays with the shapes of inverse (None where nothing is inverted): what is added to it per
    unit of a learning rate of its own

    Source: Lee, Zhang, Fischer and Bengio 2015, eq. 13, where each sample has an ε of its own.
    """
    h = network.forward(x)
    update = [None] * len(inverse)
    for l in range(1, len(inverse)):
        if inverse[l] is None:
            continue
        z = h[l] + shake[l]
        u = network.activations[l](network.receive(l, z))
        if l == len(inverse) - 1:
            u = np.hstack([u, np.tanh(presynaptic(z) @ auxiliary[0])])
        f = network.activations[l - 1]
        # YOUR CODE HERE
        raise NotImplementedError()
    return update
