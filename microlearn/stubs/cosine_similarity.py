# Built from solutions/cosine_similarity.py by `make notebooks`: change it there.

import numpy as np


def cosine_similarity(a, b):
    """The cosine of the angle between two updates: 1 the same direction, 0 unrelated, −1 opposite.

    Each update is a list of arrays, one for each layer; all their entries together are one long
    vector.

    Parameters
    ----------
    a, b : lists of arrays with the same shapes

    Returns
    -------
    float; nan if one of the updates is zero and so has no direction
    """
    # YOUR CODE HERE
    raise NotImplementedError()
