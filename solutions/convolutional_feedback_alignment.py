from microlearn import get_exercise, local_update


def convolutional_feedback_alignment(network, x, y, loss, feedback):
    """Feedback alignment for kernels: errors reach the pooled units through B.

        δ_2 = loss.output_delta(...)                 at the output
        δ_1 = (δ_2 B_2) ∘ f′(a_1)                    for each pooled unit
        δ_{1,p} = δ_1 where p won its pool, else 0   at every position p
        ΔK, ΔW_2                                     as in backprop, from these δ

    Parameters
    ----------
    network : ConvolutionalNetwork
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    feedback : list; feedback[1] is B_2, of shape (outputs, units), feedback[0] is None

    Returns
    -------
    list of two arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Lillicrap, Cownden, Tweed and Akerman 2016; Bartunov and others 2018 for convolutions.
    """
    look = network.look(x)
    top = loss.output_delta(y, look.h[-1], network.activations[-1])
    ### BEGIN SOLUTION
    delta = top @ feedback[1] * network.activations[0].derivative(look.h[1])
    at_places = network.unpool(delta, look.winners)
    ### END SOLUTION
    kernels = get_exercise("kernel_update")(look.patches, at_places)
    return [kernels, local_update(look.h[1], top)]
