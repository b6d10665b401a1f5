# Built from solutions/node_perturbation.py by `make notebooks`: change it there.

from microlearn import presynaptic


def node_perturbation(network, x, y, loss, noise, rng):
    """Shake what the units receive, sample by sample, and credit each unit with its own shake.

    Noise ξ_l ~ N(0, σ²), fresh for every unit and every sample, is added to the pre-activations of all
    layers in a second pass. With d the rise of each sample's own loss,

        ΔW_l = −p_lᵀ (d ∘ ξ_l) / (σ² n)        p_l = [h_{l−1}, 1] from the clean pass

    ξ is drawn once for each update. The rise may be measured on both sides instead, as half the
    difference between the losses with ξ and with −ξ.

    Parameters
    ----------
    network : Network
    x, y : arrays of shape (batch, inputs) and (batch, outputs)
    loss : Loss; loss.per_sample(y, prediction) is the loss of each sample, (batch,)
    noise : float, σ
    rng : numpy Generator to draw ξ from

    Returns
    -------
    list of arrays with the shapes of network.weights: what is added to them per unit of learning
    rate

    Source: Williams 1992, for units with Gaussian noise; Werfel, Xie and Seung 2005.
    """
    xi = [noise * rng.standard_normal((len(x), w.shape[1]), dtype=w.dtype) for w in network.weights]
    clean = network.forward(x)
    shaken = network.forward(x, noise=xi)
    # clean[l] is the activity below layer l, xi[l] the noise in the layer itself.
    # YOUR CODE HERE
    raise NotImplementedError()
