import numpy as np


def alignment_angle(weights, feedback):
    """The angle between feedback weights and the forward weights that they stand in for.

    B and W°ᵀ, the transpose of the weights without their bias row, are each taken as one long vector.

    Parameters
    ----------
    weights : array of shape (fan_in + 1, fan_out), biases in the last row
    feedback : array of shape (fan_out, fan_in); neither it nor W° is zero everywhere

    Returns
    -------
    float, in degrees: 0 where B is W°ᵀ or a positive multiple, 90 where they have nothing in common
    """
    ### BEGIN SOLUTION
    w = weights[:-1].T
    cosine = np.sum(w * feedback) / (np.linalg.norm(w) * np.linalg.norm(feedback))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    ### END SOLUTION
