# Built from solutions/convolutional_pepita.py by `make notebooks`: change it there.

from microlearn import get_exercise, local_update


def convolutional_pepita(network, x, y, loss, projection):
    """PEPITA for kernels: what the second look changes at a place, times the patch that is seen there.

        e = loss.output_delta(...)                   how the output should have moved
        x′ = x − e F                                 what the second look sees
        δ_p = h′_p − h_p                             at every position p, before the pooling
        ΔK = (1/n) Σ_samples (1/P) Σ_p [patch′_p, 1]ᵀ δ_p
        ΔW_2 = [h′_1, 1]ᵀ e / n                      h′_1: the pooled activity of the second look

    These are the four steps of the paper: the product at each position; the sum over positions; divided
    by their number P; and the mean over the n samples.

    Parameters
    ----------
    network : ConvolutionalNetwork
        `network.look(x)` has `h`, the activities as `network.forward(x)` gives them, `patches`, and
        `maps`, the activity at every position, (batch, positions, channels).
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    projection : list of one array, F, of shape (outputs, inputs)

    Returns
    -------
    list of two arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Dellaferrera and Kreiman 2022, section 3.3.
    """
    first = network.look(x)
    e = loss.output_delta(y, first.h[-1], network.activations[-1])
    # YOUR CODE HERE
    raise NotImplementedError()
    return [kernels, local_update(second.h[1], e)]
