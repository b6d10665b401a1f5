# Built from solutions/alignment_primitives.py by `make notebooks`: change it there.

def alignment_primitives(weights, feedback, activity):
    """The five primitives: what each of five penalties on B adds to B.

    With h the activity below for one sample, a row, h W° what it makes the units above receive, and the
    means taken over the samples, the penalties are

        decay     ½ ‖B‖²
        amp       − mean (h W° B hᵀ)
        null      ½ mean ‖h W° B‖²
        sparse    ½ mean ‖h Bᵀ‖²
        self      − tr(W° B)

    A primitive is minus the derivative of its penalty with respect to B, entry by entry. ‖·‖² is the sum
    of the squares of all entries, and tr the sum along the diagonal.

    Parameters
    ----------
    weights : array of shape (fan_in, fan_out), W°, without the bias row
    feedback : array of shape (fan_out, fan_in), B
    activity : array of shape (samples, fan_in), a row h for each sample

    Returns
    -------
    five arrays with the shape of B, in this order: decay, amp, null, sparse, self

    Source: Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom and Yamins 2020.
    """
    response = activity @ weights
    samples = len(activity)
    # YOUR CODE HERE
    raise NotImplementedError()
    return decay, amp, null, sparse, own
