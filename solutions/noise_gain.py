import numpy as np


def noise_gain(rate):
    """How much of the noise on its updates stays in B, as a share of that noise.

    In each step an entry of B goes the share η of the way to where it is sent, and with it fresh noise
    ε of variance 1:

        b ← b + η (w + ε − b)

    After many steps b scatters round w. Its variance v no longer changes: what a step leaves of it, and
    what the step adds, make v again.

    Parameters
    ----------
    rate : float, η, between 0 and 2

    Returns
    -------
    float, the standard deviation of b, √v
    """
    ### BEGIN SOLUTION
    return np.sqrt(rate / (2 - rate))
    ### END SOLUTION
