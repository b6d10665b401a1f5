import numpy as np

from microlearn import presynaptic


def backprop(network, x, y, loss):
    """The update of gradient descent: minus the gradient of the mean loss.

    With δ_l the negative derivative of a sample's loss by the pre-activations of layer l,

        δ_{out} = loss.output_delta(...)             at the output,
        δ_l = (δ_{l+1} W°_{l+1}ᵀ) ∘ f′(a_l)          below it, W° being W without its bias row,
        ΔW_l = p_lᵀ δ_l / n                          p_l = [h_{l−1}, 1], n samples in the batch

    Parameters
    ----------
    network : Network; network.weights[l] has shape (fan_in + 1, fan_out), biases in the last row
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Rumelhart, Hinton and Williams 1986, eqs. 4 to 7, for the mean over a batch.
    """
    h = network.forward(x)
    update = [None] * len(network.weights)
    delta = loss.output_delta(y, h[-1], network.activations[-1])
    for l in reversed(range(len(network.weights))):
        # Here h[l] is the activity below layer l, and delta belongs to layer l.
        ### BEGIN SOLUTION
        update[l] = presynaptic(h[l]).T @ (delta / len(x))
        if l > 0:
            slope = network.activations[l - 1].derivative(h[l])
            delta = (delta @ network.weights[l][:-1].T) * slope
        ### END SOLUTION
    return update
