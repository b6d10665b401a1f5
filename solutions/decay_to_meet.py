def decay_to_meet(fraction, steps, learning_rate):
    """The decay with which W° and Bᵀ come that close within so many steps.

    In each step of Kolen-Pollack the difference W° − Bᵀ is multiplied by (1 − ηλ). After k steps a
    given fraction of it is to be left.

    Parameters
    ----------
    fraction : float between 0 and 1, of the first difference
    steps : int, k
    learning_rate : float, η

    Returns
    -------
    float, λ
    """
    ### BEGIN SOLUTION
    return (1 - fraction ** (1 / steps)) / learning_rate
    ### END SOLUTION
