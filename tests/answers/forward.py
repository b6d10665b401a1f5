"""Answers to the forward pass."""

import numpy as np

from answers import right, wrong
from microlearn import presynaptic


@right
def with_the_biases_added(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(activities[-1] @ w[:-1] + w[-1]))
    return activities


@right
def einsum_in_float32_as_a_tuple(weights, activations, x):
    h = [x]
    for w, f in zip(weights, activations, strict=True):
        p = np.concatenate([h[-1], np.ones((len(x), 1))], axis=1)
        h.append(f(np.einsum("ni,ij->nj", p, w).astype(np.float32)))
    return tuple(h)


@right
def sample_by_sample(weights, activations, x):
    activities = [x]
    for l in range(len(weights)):
        rows = [np.append(h, 1) @ weights[l] for h in activities[l]]
        activities.append(activations[l](np.array(rows)))
    return activities


@right
def recursively(weights, activations, x):
    if not weights:
        return [x]
    h = activations[0](presynaptic(x) @ weights[0])
    return [x, *recursively_rest(weights[1:], activations[1:], h)]


def recursively_rest(weights, activations, x):
    return recursively.function(weights, activations, x)


@wrong("nothing")
def without_a_return(weights, activations, x):
    pass


@wrong("not appended")
def without_the_input(weights, activations, x):
    return with_the_biases_added.function(weights, activations, x)[1:]


@wrong("not appended")
def only_the_prediction(weights, activations, x):
    return with_the_biases_added.function(weights, activations, x)[-1]


@wrong("are left out")
def without_biases(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(activities[-1] @ w[:-1]))
    return activities


@wrong("are subtracted")
def biases_subtracted(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(activities[-1] @ w[:-1] - w[-1]))
    return activities


@wrong("they are in the last one")
def biases_in_the_first_row(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(activities[-1] @ w[1:] + w[0]))
    return activities


@wrong("not applied")
def without_activations(weights, activations, x):
    activities = [x]
    for w in weights:
        activities.append(presynaptic(activities[-1]) @ w)
    return activities


@wrong("applied twice")
def activated_twice(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(f(presynaptic(activities[-1]) @ w)))
    return activities


@wrong("of another layer")
def one_activation_for_all(weights, activations, x):
    activities = [x]
    for w in weights:
        activities.append(activations[-1](presynaptic(activities[-1]) @ w))
    return activities


@wrong("matmul")
def always_from_the_input(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(presynaptic(x) @ w))
    return activities


@wrong("another answer than in the batch")
def batch_normalised(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        h = activities[-1]
        activities.append(f(presynaptic(h - h.mean(axis=0) * (len(h) > 1)) @ w))
    return activities


@wrong("had changed afterwards")
def input_overwritten(weights, activations, x):
    kept = x.copy()
    x *= 2
    return with_the_biases_added.function(weights, activations, kept)
