def direct_equivalent(feedback):
    """The direct feedback that does what stairs of feedback weights do, where every unit is linear.

    Feedback alignment carries an error down one stair after the other, through B_L, then B_{L−1},
    and so on. With units that are linear, direct feedback alignment is the same rule if D_l does in
    one step what all the stairs from the output down to hidden layer l do.

    Parameters
    ----------
    feedback : list of arrays; feedback[l], of shape (units of layer l, units of layer l − 1), leads
        from layer l to the layer below it; feedback[0] is None. There is a hidden layer at least

    Returns
    -------
    list of arrays, one for each hidden layer: direct[l], of shape (outputs, units of layer l), leads
    from the output straight to hidden layer l, counted from 0
    """
    direct = [None] * (len(feedback) - 1)
    ### BEGIN SOLUTION
    direct[-1] = feedback[-1]
    for l in reversed(range(len(direct) - 1)):
        direct[l] = direct[l + 1] @ feedback[l + 1]
    ### END SOLUTION
    return direct
