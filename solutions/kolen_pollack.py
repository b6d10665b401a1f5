from microlearn import get_exercise


def kolen_pollack(network, x, y, loss, feedback, decay):
    """Feedback alignment in which the feedback weights learn too, by the same increments.

    With G_l the update that feedback alignment computes for layer l, and G°_l without its bias row,

        ΔW°_l = G°_l − λ W°_l        for every layer l that has feedback weights
        ΔB_l = G°_lᵀ − λ B_l

    Both get the same increment and lose the same share, so W° − Bᵀ shrinks by exactly (1 − ηλ) in
    each step of plain gradient descent. The biases, and the weights of the first layer, have no
    partner and do not decay.

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    feedback : list of arrays; feedback[l] has shape (fan_out, fan_in), feedback[0] is None
    decay : float, λ

    Returns
    -------
    two lists: the updates of network.weights, and those of feedback (None for feedback[0])

    Source: Kolen and Pollack 1994; Akrout, Wilson, Humphreys, Lillicrap and Tweed 2019, eqs. 16 and 17.
    """
    update = get_exercise("feedback_alignment")(network, x, y, loss, feedback)
    feedback_update = [None] * len(feedback)
    for l in range(1, len(network.weights)):
        ### BEGIN SOLUTION
        feedback_update[l] = update[l][:-1].T - decay * feedback[l]
        update[l][:-1] -= decay * network.weights[l][:-1]
        ### END SOLUTION
    return update, feedback_update
