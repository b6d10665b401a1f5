import numpy as np


def kernel_update(patches, delta):
    """What the kernels of a convolution learn from a batch.

    A channel looks at every position of an image with one kernel. At position p of sample i it receives

        a_{i,p} = [patch_{i,p}, 1] K                 K: the kernels, their biases in the last row
        δ_{i,p} = −∂ℓ_i / ∂a_{i,p}                   what would help sample i, whose loss is ℓ_i
        ΔK = −∂ℓ / ∂K                                ℓ: the mean of ℓ_i over the batch

    Parameters
    ----------
    patches : array of shape (batch, positions, inputs of a kernel)
    delta : array of shape (batch, positions, channels)

    Returns
    -------
    array of shape (inputs of a kernel + 1, channels), like the kernels: what is added to them per unit
    of learning rate

    Source: LeCun, Bottou, Bengio and Haffner 1998, section II.
    """
    ### BEGIN SOLUTION
    seen, wanted = (a.reshape(-1, a.shape[2]) for a in (patches, delta))
    return np.vstack([seen.T @ wanted, wanted.sum(axis=0)]) / len(patches)
    ### END SOLUTION
