# Built from solutions/lra_diff.py by `make notebooks`: change it there.

import numpy as np

from microlearn import get_loss, local_update


def lra_diff(network, x, y, loss, beta, corrections, clip):
    """Local representation alignment whose corrections are the slope of the loss of the layer above.

    As local_representation_alignment, with another s in each of the K corrections: minus the derivative
    of the loss of layer l by what the units below it receive,

        s = (δ_l W°_lᵀ) ∘ f′(a_{l−1})         at most ``clip`` long in each sample
        a_{l−1} ← a_{l−1} + β s
        t_{l−1} = f_{l−1}(a_{l−1})
        δ_l                                   anew, for the activity t_{l−1} below

    with f′ of the activity as it stands: h_{l−1} at first, and then t_{l−1}. As there, the weights of
    layer l learn from its first δ_l: ΔW_l = p_lᵀ δ_l / n.

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    beta : float, β
    corrections : int, K, at least 1
    clip : float, above 0; an s that is longer is made as short as that, and keeps its direction

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Ororbia, Mali, Kifer and Giles 2018, LRA-diff.
    """
    h, f = network.forward(x), network.activations
    target, local, update = y, loss, []
    for l in reversed(range(len(f))):
        delta = local.output_delta(target, h[l + 1], f[l])
        update.insert(0, local_update(h[l], delta))
        if l == 0:
            return update
        a, wanted = network.receive(l - 1, h[l - 1]), h[l]
        for k in range(corrections):
            if k:
                delta = local.output_delta(target, f[l](network.receive(l, wanted)), f[l])
            # YOUR CODE HERE
            raise NotImplementedError()
        target, local = wanted, get_loss("log_penalty")
