from microlearn import presynaptic


def activity_perturbation(network, x, y, loss, noise, rng):
    """Node perturbation with the noise behind the nonlinearity of the hidden layers.

    The noise ξ_l ~ N(0, σ²) is now added to what a hidden unit *sends*, h_l, and d ξ_l / σ² estimates
    the slope of the loss by that activity. To reach the weights it still has to pass the unit's own
    slope:

        δ_l = −d ξ_l / σ² ∘ f′(a_l)        for hidden layers
        δ_{out} = −d ξ_{out} / σ²              the output units are shaken before their nonlinearity
        ΔW_l = p_lᵀ δ_l / n                p_l = [h_{l−1}, 1] from the clean pass

    ξ is drawn once for each update. The rise d may be measured on both sides instead, as half the
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

    Source: as node_perturbation, with the chain rule through the unit's own nonlinearity.
    """
    xi = [noise * rng.standard_normal((len(x), w.shape[1]), dtype=w.dtype) for w in network.weights]
    clean = network.forward(x)
    shaken = network.forward(
        x, noise=[None] * (len(xi) - 1) + xi[-1:], activity_noise=[*xi[:-1], None]
    )
    # clean[l] is the activity below layer l, clean[l + 1] its own, xi[l] the noise in it.
    ### BEGIN SOLUTION
    rise = loss.per_sample(y, shaken[-1]) - loss.per_sample(y, clean[-1])
    delta = [-rise[:, None] * s / noise**2 for s in xi]
    for l in range(len(delta) - 1):
        delta[l] = delta[l] * network.activations[l].derivative(clean[l + 1])
    return [presynaptic(h).T @ (d / len(x)) for h, d in zip(clean, delta)]
    ### END SOLUTION
