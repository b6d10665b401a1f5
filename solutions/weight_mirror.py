def weight_mirror(network, feedback, noise, samples, rng):
    """Let noise run up each layer alone, and move B towards what both ends have in common.

    With K samples of noise ξ ~ N(0, σ²) on the units below layer l, drawn anew for each layer, and ā_l
    the mean of a_l over these samples,

        a_l = ξ W°_l + b_l
        ΔB_l = (a_l − ā_l)ᵀ ξ / (σ² K) − B_l

    The first term is (1 − 1/K) W°_lᵀ on average, since the noise of different units has nothing in
    common. The second forgets. No picture, no target and no error is used.

    Parameters
    ----------
    network : Network; network.receive(l, h) is what the units of layer l receive, (batch, units), if
        the units below are as active as h says
    feedback : list of arrays; feedback[l] has shape (fan_out, fan_in), feedback[0] is None
    noise : float, σ
    samples : int, K, at least 2
    rng : numpy Generator to draw ξ from

    Returns
    -------
    list of arrays with the shapes of feedback (None for feedback[0]): what is added to it per unit of
    the mirror's own learning rate

    Source: Akrout, Wilson, Humphreys, Lillicrap and Tweed 2019, eqs. 7 to 9.
    """
    update = [None] * len(feedback)
    for l in range(1, len(feedback)):
        xi = noise * rng.standard_normal((samples, network.sizes[l]), dtype=network.dtype)
        ### BEGIN SOLUTION
        a = network.receive(l, xi)
        a = a - a.mean(axis=0)
        update[l] = a.T @ xi / (noise**2 * samples) - feedback[l]
        ### END SOLUTION
    return update
