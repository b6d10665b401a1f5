"""Answers to the update of kernels."""

import numpy as np

from answers import right, wrong
from microlearn import local_update, presynaptic


@right
def with_einsum(patches, delta):
    weights = np.einsum("npi,npc->ic", patches, delta)
    return np.vstack([weights, delta.sum((0, 1))]) / len(delta)


@right
def with_a_column_of_ones(patches, delta):
    p = presynaptic(patches.reshape(-1, patches.shape[-1]))
    return p.T @ delta.reshape(-1, delta.shape[-1]) / patches.shape[0]


@right
def as_a_layer_of_many_samples(patches, delta):
    rows = local_update(patches.reshape(-1, patches.shape[2]), delta.reshape(-1, delta.shape[2]))
    return rows * patches.shape[1]


@right
def position_by_position(patches, delta):
    update = np.zeros((patches.shape[2] + 1, delta.shape[2]))
    for p in range(patches.shape[1]):
        update += local_update(patches[:, p], delta[:, p])
    return update


@right
def sample_by_sample(patches, delta):
    return np.mean([presynaptic(p).T @ d for p, d in zip(patches, delta)], axis=0)


@right
def with_tensordot(patches, delta):
    update = np.empty((patches.shape[2] + 1, delta.shape[2]), delta.dtype)
    update[:-1] = np.tensordot(patches, delta, axes=((0, 1), (0, 1)))
    update[-1] = np.sum(np.sum(delta, axis=1), axis=0)
    return update / len(patches)


@right
def in_float32(patches, delta):
    return with_einsum.function(np.float32(patches), np.float32(delta))


@wrong("nothing")
def without_a_return(patches, delta):
    with_einsum.function(patches, delta)


@wrong("biases are left out")
def without_biases(patches, delta):
    return with_einsum.function(patches, delta)[:-1]


@wrong("transposed")
def transposed(patches, delta):
    return with_einsum.function(patches, delta).T


@wrong("had changed afterwards")
def in_place(patches, delta):
    delta /= len(delta)
    return np.vstack([np.einsum("npi,npc->ic", patches, delta), delta.sum((0, 1))])
