from microlearn import local_update


def direct_random_target_projection(network, x, y, loss, direct):
    """Every hidden layer hears what the answer should have been, and nobody hears how wrong it was.

        δ_L = loss.output_delta(...)                 at the output, as in backprop
        δ_l = (y D_l) ∘ f′(a_l)                      at every hidden layer
        ΔW_l = p_lᵀ δ_l / n                          p_l = [h_{l−1}, 1], n samples in the batch

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    direct : list of arrays; direct[l], of shape (outputs, units of layer l), leads from the target
        straight to hidden layer l, counted from 0; there is none for the output layer

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Frenkel, Lefebvre and Bol 2021.
    """
    h = network.forward(x)
    delta = []
    for l in range(len(direct)):
        # The activity of hidden layer l is h[l + 1], since h[0] is the input.
        ### BEGIN SOLUTION
        delta.append((y @ direct[l]) * network.activations[l].derivative(h[l + 1]))
        ### END SOLUTION
    delta.append(loss.output_delta(y, h[-1], network.activations[-1]))
    return [local_update(below, d) for below, d in zip(h, delta)]
