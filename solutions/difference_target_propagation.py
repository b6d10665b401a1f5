from microlearn import get_exercise, local_update


def difference_target_propagation(network, x, y, loss, inverse, target_step):
    """Give every hidden layer a target, and let each learn to meet its own.

        δ_L = loss.output_delta(...)                 at the output, as in backprop
        t_{L−1} = h_{L−1} + s δ_L W°_Lᵀ              the topmost target: one step downhill
        t_l                                          below it: difference_targets
        δ_l = (t_l − h_l) ∘ f′(a_l) / s              down ½ ‖t_l − h_l‖², for a target that stays
        ΔW_l = p_lᵀ δ_l / n                          p_l = [h_{l−1}, 1], n samples in the batch

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    inverse : list of arrays, V; inverse[l], of shape (fan_out + 1, fan_in), leads from layer l to the
        units below it; inverse[0] is None, and the last one is not used here
    target_step : float, s, above 0

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Lee, Zhang, Fischer and Bengio 2015, algorithm 1, divided by s.
    """
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    if len(h) == 2:
        return [local_update(x, error)]  # no hidden layer, no target

    ### BEGIN SOLUTION
    top = h[-2] + target_step * error @ network.weights[-1][:-1].T
    targets = get_exercise("difference_targets")(network, h, top, inverse)
    delta = [
        (t - found) * f.derivative(found) / target_step
        for t, found, f in zip(targets, h[1:-1], network.activations)
    ]
    ### END SOLUTION
    return [local_update(below, d) for below, d in zip(h, [*delta, error])]
