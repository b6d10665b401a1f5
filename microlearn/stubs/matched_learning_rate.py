# Built from solutions/matched_learning_rate.py by `make notebooks`: change it there.

import numpy as np


def matched_learning_rate(updates, downhill, learning_rate):
    """The learning rate at which a rule walks downhill as fast as backprop, on average.

    Backprop steps by its update times the learning rate. A single update of another rule may be long and
    still make little headway: what counts is its expected progress along backprop's update, the mean
    over draws of the rule's noise. Find the learning rate at which one step of the rule makes as much of
    it as one step of backprop.

    Parameters
    ----------
    updates : array of shape (draws, parameters), updates of the rule at the same weights and batch
    downhill : array of shape (parameters,), backprop's update there
    learning_rate : float, that of backprop

    Returns
    -------
    float, the rate for the rule
    """
    # YOUR CODE HERE
    raise NotImplementedError()
