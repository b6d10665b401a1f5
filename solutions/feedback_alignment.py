from microlearn import presynaptic


def feedback_alignment(network, x, y, loss, feedback):
    """Backprop that sends the errors down through fixed random weights of their own.

        δ_{out} = loss.output_delta(...)             at the output, as in backprop
        δ_l = (δ_{l+1} B_{l+1}) ∘ f′(a_l)            below it
        ΔW_l = p_lᵀ δ_l / n                          p_l = [h_{l−1}, 1], n samples in the batch

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    feedback : list of arrays; feedback[l], of shape (fan_out, fan_in), leads from layer l to the
        layer below it, where backprop has the transpose of network.weights[l] without its biases;
        feedback[0] is None, since nothing is sent to the input

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Lillicrap, Cownden, Tweed and Akerman 2016.
    """
    h = network.forward(x)
    update = [None] * len(network.weights)
    delta = loss.output_delta(y, h[-1], network.activations[-1])
    for l in reversed(range(len(network.weights))):
        # Here h[l] is the activity below layer l, and delta belongs to layer l.
        ### BEGIN SOLUTION
        update[l] = presynaptic(h[l]).T @ (delta / len(x))
        if l > 0:
            delta = (delta @ feedback[l]) * network.activations[l - 1].derivative(h[l])
        ### END SOLUTION
    return update
