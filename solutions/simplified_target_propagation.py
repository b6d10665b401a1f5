import numpy as np

from microlearn import get_exercise, local_update, presynaptic


def simplified_target_propagation(network, x, y, loss, inverse, auxiliary):
    """Difference target propagation in which an inverse brings the topmost target down as well.

        z = tanh([h_{L−1}, 1] Z)                             auxiliary units beside the output
        t_{L−1} = h_{L−1} + g([y, z]) − g([h_L, z])          g(u) = f_{L−1}([u, 1] V_L)
        t_l                                                  below it: difference_targets
        δ_l = (t_l − h_l) ∘ f′(a_l),    δ_L = loss.output_delta(...)
        ΔW_l = p_lᵀ δ_l / n                                  p_l = [h_{l−1}, 1]

    In the simplified form there are no auxiliary units: Z and z have no columns.

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    inverse : list of arrays, V; inverse[l], of shape (fan_out + 1, fan_in), leads from layer l to the
        units below it; the last one has further rows for the auxiliary units; inverse[0] is None
    auxiliary : list of one array, Z, of shape (units below the output + 1, auxiliary units)

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Bartunov, Santoro, Richards, Marris, Hinton and Lillicrap 2018.
    """
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    if len(h) == 2:
        return [local_update(x, error)]  # no hidden layer, no target

    def g(u):
        return network.activations[-2](presynaptic(u) @ inverse[-1])

    z = np.tanh(presynaptic(h[-2]) @ auxiliary[0])
    ### BEGIN SOLUTION
    wanted, found = g(np.hstack([y, z])), g(np.hstack([h[-1], z]))
    top = h[-2] + wanted - found
    targets = get_exercise("difference_targets")(network, h, top, inverse)
    delta = [(t - a) * f.derivative(a) for t, a, f in zip(targets, h[1:-1], network.activations)]
    ### END SOLUTION
    return [local_update(below, d) for below, d in zip(h, [*delta, error])]
