# Built from solutions/matched_learning_rate.py by `make notebooks`: change it there.

import numpy as np


def matched_learning_rate(updates, downhill, learning_rate):
    """The learning rate at which a rule walks downhill as fast as backprop, on average.

    Backprop steps by η g, with g its update. Another rule's single update u may be long and still make
    little headway: what counts is its expected progress along g. Find the learning rate η′ with

        η′ ⟨u⟩ · g = η g · g

    where ⟨u⟩ is the mean over draws of the rule's noise.

    Parameters
    ----------
    updates : array of shape (draws, parameters), updates of the rule at the same weights and batch
    downhill : array of shape (parameters,), backprop's update g there
    learning_rate : float, η

    Returns
    -------
    float, η′
    """
    # YOUR CODE HERE
    raise NotImplementedError()
