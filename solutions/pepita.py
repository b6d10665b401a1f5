from microlearn import local_update


def pepita(network, x, y, loss, projection):
    """Look twice, the second time with the error mixed into the input, and learn from the difference.

        e = loss.output_delta(...)                   how the output should have moved
        x′ = x − e F                                 what the second look sees
        δ_l = h′_l − h_l                             at every hidden layer: second look minus first
        δ_L = e                                      at the output
        ΔW_l = p′_lᵀ δ_l / n                         p′_l = [h′_{l−1}, 1], n samples in the batch

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    projection : list of one array, F, of shape (outputs, inputs)

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Dellaferrera and Kreiman 2022, algorithm 1.
    """
    h = network.forward(x)
    e = loss.output_delta(y, h[-1], network.activations[-1])
    ### BEGIN SOLUTION
    second = network.forward(x - e @ projection[0])
    delta = [after - before for before, after in zip(h[1:-1], second[1:-1])]
    ### END SOLUTION
    return [local_update(below, d) for below, d in zip(second, [*delta, e])]
