import numpy as np

from microlearn import get_loss, local_update


def local_representation_alignment(network, x, y, loss, feedback, beta, corrections, clip):
    """Ask each layer for an activity that pleases the layer above, and teach it as if it were the last.

    From the output down, layer l has a target and a loss: the output y and ``loss``, the others what
    they were asked for and the log-penalty Σ log(1 + (t − h)²). Then δ_l is minus the derivative of
    that loss by what the units of layer l receive, and the layer below is asked K times:

        s = δ_l B_l                           at most ``clip`` long in each sample
        a_{l−1} ← a_{l−1} + β s               what the units below received, corrected
        t_{l−1} = f_{l−1}(a_{l−1})            their target
        δ_l                                   anew, for the activity t_{l−1} below

    The weights of layer l learn from its first δ_l: ΔW_l = p_lᵀ δ_l / n, with p_l = [h_{l−1}, 1].

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss
    feedback : list of arrays, B; feedback[l] has shape (fan_out, fan_in), feedback[0] is None
    beta : float, β
    corrections : int, K, at least 1
    clip : float, above 0; an s that is longer is made as short as that, and keeps its direction

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Ororbia, Mali, Kifer and Giles 2018, LRA-fdbk.
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
            ### BEGIN SOLUTION
            s = delta @ feedback[l]
            s = s * clip / np.maximum(np.linalg.norm(s, axis=1, keepdims=True), clip)
            a = a + beta * s
            wanted = f[l - 1](a)
            ### END SOLUTION
        target, local = wanted, get_loss("log_penalty")
