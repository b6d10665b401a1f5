import numpy as np


def mirror_angle(fan_in, samples):
    """The angle between W°ᵀ and what a mirror has made of so many samples of noise.

    An entry of the average of a_jᵀ ξ_i / σ² over K samples is w_ij plus chance. The variance of the
    chance is (|w_j|² + w_ij²) / K, with w_j all the weights into unit j: what the unit hears of the
    other inputs. Added up over the n inputs and all units, its squared length compares with that of
    W° as

        tan² θ = (n + 1) / K

    Parameters
    ----------
    fan_in : int, n, the units that send the noise
    samples : int, K

    Returns
    -------
    float, θ in degrees
    """
    ### BEGIN SOLUTION
    return np.degrees(np.arctan(np.sqrt((fan_in + 1) / samples)))
    ### END SOLUTION
