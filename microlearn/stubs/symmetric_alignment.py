# Built from solutions/symmetric_alignment.py by `make notebooks`: change it there.

def symmetric_alignment(network, x, feedback):
    """Move B towards the transposed weights, by a sum of two primitives.

    The update of B goes down

        ½ ‖W°_lᵀ − B_l‖²

    and rests at W°ᵀ alone. All entries move at the same pace: at a rate of 1 a single step arrives. No
    activity plays a part.

    Parameters
    ----------
    network : Network
    x : array of shape (batch, inputs), which the other alignments need
    feedback : list of arrays, B; feedback[l] has shape (fan_out, fan_in), feedback[0] is None

    Returns
    -------
    list of arrays with the shapes of feedback (None for feedback[0]): what is added to it per unit of
    a learning rate of its own

    Source: Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom and Yamins 2020, with equal coefficients.
    """
    update = [None] * len(feedback)
    for l in range(1, len(feedback)):
        w, b = network.weights[l][:-1], feedback[l]
        # YOUR CODE HERE
        raise NotImplementedError()
    return update
