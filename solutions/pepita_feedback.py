def pepita_feedback(network, projection):
    """The direct feedback that PEPITA comes down to.

    The second look sees x − e F in the place of x. Where all hidden units are linear, each hidden layer
    then moves by e D_l exactly: PEPITA is direct feedback alignment with these D_l. Where they are not,
    the first hidden layer moves by (e D_1) ∘ f′(a_1), as long as F is small.

    Parameters
    ----------
    network : Network, with a hidden layer at least
    projection : list of one array, F, of shape (outputs, inputs)

    Returns
    -------
    list of arrays, one for each hidden layer: direct[l], of shape (outputs, units of layer l), counted
    from 0
    """
    direct = []
    ### BEGIN SOLUTION
    path = -projection[0]
    for w in network.weights[:-1]:
        path = path @ w[:-1]
        direct.append(path)
    ### END SOLUTION
    return direct
