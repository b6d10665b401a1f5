# Built from solutions/weight_perturbation_variance.py by `make notebooks`: change it there.

import numpy as np


def weight_perturbation_variance(w, x):
    """The variance of one weight-perturbation update, in a linear network.

    The network answers ŷ = x W, the target is 0, and the loss ½ |ŷ|². Its gradient is g_ij = x_i ŷ_j.
    Give the variance of the update of each weight, for small noise.

    Parameters
    ----------
    w : array of shape (inputs, outputs); there are no biases here
    x : array of shape (inputs,), a single sample

    Returns
    -------
    array of the shape of w

    Source: Werfel, Xie and Seung 2005, for this loss; the terms in σ² are left out.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
