import numpy as np


def mean_squared_error(y, prediction):
    """How wrong the predictions of a batch are, on average.

    The loss of one sample is half the squared distance between its target and its prediction; the loss
    of a batch is the mean over its samples.

    Parameters
    ----------
    y, prediction : arrays of shape (batch, outputs)

    Returns
    -------
    a number
    """
    ### BEGIN SOLUTION
    per_sample = 0.5 * np.sum((y - prediction) ** 2, axis=1)
    return np.mean(per_sample)
    ### END SOLUTION
