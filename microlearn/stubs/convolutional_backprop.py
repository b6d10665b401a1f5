# Built from solutions/convolutional_backprop.py by `make notebooks`: change it there.

from microlearn import get_exercise, local_update


def convolutional_backprop(network, x, y, loss):
    """Backprop through the pooling: of four places, the one that was heard is told.

        δ_2 = loss.output_delta(...)                 at the output
        δ_1 = (δ_2 W°_2ᵀ) ∘ f′(a_1)                  for each pooled unit, as in any network
        δ_{1,p} = δ_1 where p won its pool, else 0   at every position p
        ΔK, ΔW_2                                     minus the gradient of the mean loss

    Parameters
    ----------
    network : ConvolutionalNetwork
        `network.look(x)` has `h`, the activities as `network.forward(x)` gives them, `patches` and
        `winners`; `network.unpool(delta, winners)` hands numbers of units (batch, units) to the winning
        positions (batch, positions, channels).
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss

    Returns
    -------
    list of two arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: LeCun, Bottou, Bengio and Haffner 1998, section II, with max-pooling.
    """
    look = network.look(x)
    top = loss.output_delta(y, look.h[-1], network.activations[-1])
    # YOUR CODE HERE
    raise NotImplementedError()
    kernels = get_exercise("kernel_update")(look.patches, at_places)
    return [kernels, local_update(look.h[1], top)]
