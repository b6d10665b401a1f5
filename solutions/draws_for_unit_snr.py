def draws_for_unit_snr(inputs, outputs, rule):
    """How many perturbations must be averaged until signal and noise are equally strong?

    In the linear network of the variance formulas, with N inputs and M outputs. The squared
    signal-to-noise ratio here is the squared length of the gradient, Σ g_ij², over the sum of the
    variances, Σ Var_ij; averaging K perturbations divides the variances by K.

    Parameters
    ----------
    inputs, outputs : int, N and M
    rule : "weight_perturbation" or "node_perturbation"

    Returns
    -------
    int, the K at which that ratio is 1
    """
    ### BEGIN SOLUTION
    if rule == "weight_perturbation":
        return inputs * outputs + 1
    return outputs + 1
    ### END SOLUTION
