# Built from solutions/node_advantage.py by `make notebooks`: change it there.

def node_advantage(sizes):
    """How many times fewer perturbations does node perturbation need than weight perturbation?

    For one sample, the squared length of the noise in a single update is P + 1 times that of the
    signal when P weights and biases are shaken, and U + 1 times when U units are (all of them above
    the input; in a deep network this takes inputs of equal length to every layer). Averaging divides
    the noise of either rule by the number of perturbations.

    Parameters
    ----------
    sizes : list of int, the number of units in each layer, the input first: [64, 32, 10]

    Returns
    -------
    float
    """
    # YOUR CODE HERE
    raise NotImplementedError()
