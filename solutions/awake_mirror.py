def awake_mirror(weights, activity):
    """Where a mirror comes to rest that is given the activity of an awake layer in place of noise.

    The mirror averages (a − ā)ᵀ h over the samples, with h the activity of the units below, a what
    the units above receive, and ā its mean. White noise has σ² times the identity as its covariance,
    and the average is σ² W°ᵀ. Here the activity has a covariance C of its own.

    Parameters
    ----------
    weights : array of shape (fan_in + 1, fan_out), W; its last row holds the biases
    activity : array of shape (samples, fan_in), h

    Returns
    -------
    array of shape (fan_out, fan_in): the average, over exactly these samples
    """
    ### BEGIN SOLUTION
    centred = activity - activity.mean(axis=0)
    covariance = centred.T @ centred / len(activity)
    return weights[:-1].T @ covariance
    ### END SOLUTION
