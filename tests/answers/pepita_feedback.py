"""Answers to the direct feedback that PEPITA comes down to."""

from functools import reduce
from itertools import accumulate

import numpy as np

from answers import right, wrong


def w_of(network):
    return [w[:-1] for w in network.weights[:-1]]


@right
def with_accumulate(network, projection):
    return list(accumulate([-projection[0], *w_of(network)], np.matmul))[1:]


@right
def each_layer_anew(network, projection):
    ws = w_of(network)
    return [-reduce(np.matmul, [projection[0], *ws[: l + 1]]) for l in range(len(ws))]


@right
def multi_dot(network, projection):
    ws = w_of(network)
    return [
        np.linalg.multi_dot([-np.eye(len(projection[0])), projection[0], *ws[: l + 1]])
        for l in range(len(ws))
    ]


@right
def turned_round(network, projection):
    path, direct = projection[0].T, []
    for w in w_of(network):
        path = w.T @ path
        direct.append(-path.T)
    return tuple(direct)


@right
def by_the_biases_as_well(network, projection):
    """What moves, with a 0 where the constant 1 stands: it does not move."""
    moved, direct = -projection[0], []
    for w in network.weights[:-1]:
        moved = np.hstack([moved, np.zeros((len(moved), 1))]) @ w
        direct.append(moved)
    return direct


@right
def recursive_in_float32(network, projection):
    def path(l):
        if l < 0:
            return -np.float32(projection[0])
        return path(l - 1) @ np.float32(network.weights[l][:-1])

    return [path(l) for l in range(len(network.weights) - 1)]


@wrong("nothing")
def without_a_return(network, projection):
    with_accumulate.function(network, projection)


@wrong("arrays for")
def the_output_layer_too(network, projection):
    ws = [w[:-1] for w in network.weights]
    return list(accumulate([-projection[0], *ws], np.matmul))[1:]


@wrong("it is transposed")
def transposed(network, projection):
    return [d.T for d in with_accumulate.function(network, projection)]


@wrong("not a list of arrays")
def the_first_alone(network, projection):
    return -projection[0] @ network.weights[0][:-1]


@wrong("mismatch")
def with_the_bias_row(network, projection):
    return list(accumulate([-projection[0], *network.weights[:-1]], np.matmul))[1:]


@wrong("had changed afterwards")
def the_sign_of_f_is_turned_in_place(network, projection):
    projection[0] *= -1
    return list(accumulate([projection[0], *w_of(network)], np.matmul))[1:]


@wrong("shape")
def each_layer_from_the_input(network, projection):
    return [-projection[0] for _ in network.weights[:-1]]


@wrong("")
def the_way_down_from_the_output(network, projection):
    """W°ᵀ of the layers above: where the errors of backprop go."""
    path, direct = None, []
    for w in reversed(network.weights[1:]):
        path = w[:-1].T if path is None else path @ w[:-1].T
        direct.insert(0, path)
    return direct


@wrong("")
def with_the_slope_of_the_units(network, projection):
    path, direct = -projection[0], []
    for w, f in zip(network.weights[:-1], network.activations):
        path = path @ w[:-1]
        path = path * f.derivative(f(path))
        direct.append(path)
    return [np.tanh(d) for d in direct]
