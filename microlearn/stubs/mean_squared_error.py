# Built from solutions/mean_squared_error.py by `make notebooks`: change it there.

import numpy as np


def mean_squared_error(y, prediction):
    """How wrong the predictions of a batch are, on average.

    The loss of one sample is half the squared distance between target and prediction,

        ℓ = ½ Σ_k (y_k − ŷ_k)²

    summed over the outputs k; the loss of a batch is the mean of ℓ over its samples.

    Parameters
    ----------
    y, prediction : arrays of shape (batch, outputs)

    Returns
    -------
    a number
    """
    # YOUR CODE HERE
    raise NotImplementedError()
