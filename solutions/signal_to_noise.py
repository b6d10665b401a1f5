import numpy as np


def signal_to_noise(samples):
    """How much of a rule's update is signal, and how much is noise.

    For each parameter, the mean of its updates over the samples (in absolute value) divided by their
    standard deviation (over all T, as np.std has it); then the average over the parameters. A parameter
    whose update never varies has no noise to compare with, and is left out.

    Parameters
    ----------
    samples : array of shape (T, parameters), the updates for T single samples, of which at least one
        parameter varies

    Returns
    -------
    float
    """
    ### BEGIN SOLUTION
    mean, std = samples.mean(axis=0), samples.std(axis=0)
    live = std > 1e-12 * np.abs(mean)
    return np.mean(np.abs(mean[live]) / std[live])
    ### END SOLUTION
