# Built from solutions/perturbations_for_cosine.py by `make notebooks`: change it there.

def perturbations_for_cosine(parameters, cosine):
    """How many weight perturbations must be averaged to come that close to the gradient?

    The average of K updates has the gradient as its signal and noise of (P + 1) / K times the
    signal's squared length, in directions that have nothing to do with it, so that

        cosine = 1 / √(1 + (P + 1) / K)

    Parameters
    ----------
    parameters : int, P, the number of weights and biases
    cosine : float between 0 and 1, of the angle between the average and the gradient

    Returns
    -------
    float, K as the formula gives it: it need not be a whole number, and may be below 1
    """
    # YOUR CODE HERE
    raise NotImplementedError()
