import numpy as np

from microlearn import presynaptic


def forward(weights, activations, x):
    """The activity of every layer, from the input to the prediction.

    Layer l takes p = [h, 1], the activity below with a 1 beside it, and answers with

        a = p W,    h = f(a)

    Parameters
    ----------
    weights : list of arrays; weights[l] has shape (fan_in + 1, fan_out), biases in the last row
    activations : list of functions; activations[l](a) takes the pre-activations of all units of layer
        l at once, (batch, fan_out): one such as softmax needs a whole row
    x : array of shape (batch, inputs), one sample in each row, at least one

    Returns
    -------
    list of arrays: first x itself, then the activity of each layer, (batch, fan_out)
    """
    activities = [x]
    for w, f in zip(weights, activations):
        ### BEGIN SOLUTION
        a = presynaptic(activities[-1]) @ w
        activities.append(f(a))
        ### END SOLUTION
    return activities
