from microlearn import local_update


def direct_feedback_alignment(network, x, y, loss, direct):
    """Every hidden layer hears the error of the output, through random weights of its own.

        δ_L = loss.output_delta(...)                 at the output, as in backprop
        δ_l = (δ_L D_l) ∘ f′(a_l)                    at every hidden layer
        ΔW_l = p_lᵀ δ_l / n                          p_l = [h_{l−1}, 1], n samples in the batch

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    direct : list of arrays; direct[l], of shape (outputs, units of layer l), leads from the output
        straight to hidden layer l, counted from 0; there is none for the output layer

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Nøkland 2016.
    """
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    delta = []
    for l in range(len(direct)):
        # The activity of hidden layer l is h[l + 1], since h[0] is the input.
        ### BEGIN SOLUTION
        delta.append((error @ direct[l]) * network.activations[l].derivative(h[l + 1]))
        ### END SOLUTION
    delta.append(error)
    return [local_update(below, d) for below, d in zip(h, delta)]
