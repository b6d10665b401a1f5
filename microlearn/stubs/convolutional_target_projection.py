# Built from solutions/convolutional_target_projection.py by `make notebooks`: change it there.

from microlearn import get_exercise, local_update


def convolutional_target_projection(network, x, y, loss, direct):
    """Direct random target projection for kernels: the pooled units hear what the answer should be.

        δ_2 = loss.output_delta(...)                 at the output
        δ_1 = (y D) ∘ f′(a_1)                        for each pooled unit
        δ_{1,p} = δ_1 where p won its pool, else 0   at every position p
        ΔK, ΔW_2                                     as in backprop, from these δ

    Parameters
    ----------
    network : ConvolutionalNetwork
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    direct : list of one array, D, of shape (outputs, units)

    Returns
    -------
    list of two arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Frenkel, Lefebvre and Bol 2021.
    """
    look = network.look(x)
    # YOUR CODE HERE
    raise NotImplementedError()
    kernels = get_exercise("kernel_update")(look.patches, at_places)
    top = loss.output_delta(y, look.h[-1], network.activations[-1])
    return [kernels, local_update(look.h[1], top)]
