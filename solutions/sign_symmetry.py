import numpy as np

from microlearn import local_update


def sign_symmetry(network, x, y, loss, magnitudes):
    """Feedback alignment whose feedback weights have the signs of the forward weights, and no more.

        δ_L = loss.output_delta(...)                 at the output, as in backprop
        B_l = M_l ∘ sign(W°_lᵀ)                      W°_l is W_l as it is now, without its biases;
                                                     of a weight of exactly 0 it may be 0, +1 or −1
        δ_l = (δ_{l+1} B_{l+1}) ∘ f′(a_l)            below it
        ΔW_l = p_lᵀ δ_l / n                          p_l = [h_{l−1}, 1], n samples in the batch

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    magnitudes : list of arrays; magnitudes[l], M_l, of shape (fan_out, fan_in) and nowhere negative,
        holds the strengths of the way from layer l to the layer below it; magnitudes[0] is None,
        since nothing is sent to the input

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Liao, Leibo and Poggio 2016.
    """
    h = network.forward(x)
    delta = [None] * len(network.weights)
    delta[-1] = loss.output_delta(y, h[-1], network.activations[-1])
    for l in reversed(range(1, len(network.weights))):
        # delta[l] belongs to layer l, and h[l] is the activity of the layer below it.
        ### BEGIN SOLUTION
        feedback = magnitudes[l] * np.sign(network.weights[l][:-1].T)
        delta[l - 1] = (delta[l] @ feedback) * network.activations[l - 1].derivative(h[l])
        ### END SOLUTION
    return [local_update(below, d) for below, d in zip(h, delta)]
