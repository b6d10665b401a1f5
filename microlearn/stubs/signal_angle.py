# Built from solutions/signal_angle.py by `make notebooks`: change it there.

import numpy as np


def signal_angle(weights, feedback, delta):
    """The angle between what backprop would send down and what the feedback weights send.

    Backprop sends s = δ W°ᵀ, with W° the weights without their bias row; feedback alignment sends
    t = δ B. For each sample the angle between them is

        θ = arccos( s · t / (|s| |t|) )

    Parameters
    ----------
    weights : array of shape (fan_in + 1, fan_out), biases in the last row
    feedback : array of shape (fan_out, fan_in)
    delta : array of shape (batch, fan_out), one row for each sample; no s and no t is zero

    Returns
    -------
    float, the mean of θ over the samples, in degrees

    Source: Lillicrap, Cownden, Tweed and Akerman 2016: the teaching signal is useful if θ is below 90°.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
