"""Answers to the number of passes."""

import numpy as np

from answers import right, wrong


@right
def with_a_loop(sizes):
    total = 0
    for l in range(len(sizes) - 1):
        total += sizes[l] * sizes[l + 1] + sizes[l + 1]
    return 2 * total


@right
def with_numpy(sizes):
    n = np.array(sizes)
    return 2 * int((n[:-1] + 1) @ n[1:])


@right
def as_a_float(sizes):
    return 2.0 * sum((a + 1) * b for a, b in zip(sizes[:-1], sizes[1:]))


@right
def by_making_the_matrices(sizes):
    weights = [np.zeros((n + 1, m)) for n, m in zip(sizes, sizes[1:])]
    return sum(w.size for w in weights) * 2


@right
def weights_and_biases_apart(sizes):
    weights = np.dot(sizes[:-1], sizes[1:])
    biases = np.sum(sizes[1:])
    return 2 * weights + 2 * biases


@right
def layer_after_layer(sizes):
    if len(sizes) < 2:
        return 0
    below, above, *_ = sizes
    return 2 * parameters(below, above) + layer_after_layer.function(sizes[1:])


def parameters(below, above):
    return below * above + above


@wrong("missing `return`")
def without_a_return(sizes):
    2 * sum(sizes)


@wrong("whatever the network")
def a_number_from_the_lesson(sizes):
    return 4820


@wrong("had changed afterwards")
def the_list_used_up(sizes):
    total = 0
    while len(sizes) > 1:
        total += (sizes.pop(0) + 1) * sizes[0]
    return 2 * total


@wrong("had changed afterwards")
def the_list_refilled_with_arrays(sizes):
    for layer in range(1, len(sizes)):
        sizes[-layer] = np.zeros((sizes[-layer - 1] + 1, sizes[-layer]))
    return 2 * sum(weights.size for weights in sizes[1:])


COUNTED = {}


@wrong("something is kept")
def known_by_the_number_of_units(sizes):
    key = len(sizes), sum(sizes), sizes[0]
    return COUNTED.setdefault(key, with_a_loop.function(sizes))
