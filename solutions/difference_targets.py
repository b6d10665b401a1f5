from microlearn import presynaptic


def difference_targets(network, h, top, inverse):
    """Carry a target down from layer to layer, through the inverses, and take their errors off.

        g_l(z) = f_{l−1}([z, 1] V_l)                 what the units below layer l do if layer l does z
        t_{l−1} = h_{l−1} + g_l(t_l) − g_l(h_l)      the target below, from the target of layer l

    Parameters
    ----------
    network : Network, with a hidden layer at least
    h : list of arrays: the activity of every layer, the input first
    top : array of shape (batch, units): the target of the topmost hidden layer, whose activity is h[-2]
    inverse : list of arrays, V; inverse[l], of shape (fan_out + 1, fan_in), leads from layer l to the
        units below it; inverse[0] is None, and the last one is not used here

    Returns
    -------
    list of arrays: the target of each hidden layer, the lowest first

    Source: Lee, Zhang, Fischer and Bengio 2015, eq. 15.
    """

    def g(l, z):
        return network.activations[l - 1](presynaptic(z) @ inverse[l])

    targets = [top]
    for l in reversed(range(1, len(network.weights) - 1)):
        # h[l + 1] is the activity of layer l, targets[0] its target, and h[l] the activity below it.
        ### BEGIN SOLUTION
        targets.insert(0, h[l] + g(l, targets[0]) - g(l, h[l + 1]))
        ### END SOLUTION
    return targets
