# Built from solutions/target_directions.py by `make notebooks`: change it there.

def target_directions(sizes, samples, auxiliary):
    """In how many directions can the targets of a batch pull at a hidden layer?

    Simplified target propagation, where all is linear below a softmax: every inverse g(z) = [z, 1] V is
    a matrix drawn at random, and each y is a label, 1 for its class and 0 for the others. t_l − h_l has
    a row for each sample, and these span a space. Its dimension, the rank of t_l − h_l, is asked for.

    Parameters
    ----------
    sizes : list of int, the number of units in each layer, the input first: [64, 32, 32, 10]
    samples : int, in the batch
    auxiliary : int, the number of auxiliary units beside the output

    Returns
    -------
    list of int, one for each hidden layer, the lowest first
    """
    directions = []
    # YOUR CODE HERE
    raise NotImplementedError()
    return directions
