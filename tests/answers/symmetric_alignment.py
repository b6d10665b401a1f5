"""Answers to symmetric alignment."""

import numpy as np

from answers import right, wrong
from microlearn.exercises import get_exercise


@right
def as_a_list(network, x, feedback):
    return [None, *(w[:-1].T - b for w, b in zip(network.weights[1:], feedback[1:]))]


@right
def as_a_sum_of_primitives(network, x, feedback):
    primitives, h = get_exercise("alignment_primitives"), network.forward(x)
    update = [None]
    for l, b in enumerate(feedback[1:], start=1):
        parts = primitives(network.weights[l][:-1], b, h[l])
        update.append(parts[4] + parts[0])
    return update


@right
def entry_by_entry(network, x, feedback):
    update = [None]
    for w, b in zip(network.weights[1:], feedback[1:]):
        u = np.empty(b.shape)
        for j, i in np.ndindex(b.shape):
            u[j, i] = w[i, j] - b[j, i]
        update.append(u)
    return tuple(update)


@right
def from_the_top_down(network, x, feedback):
    update = [None] * len(feedback)
    for l in range(len(feedback) - 1, 0, -1):
        update[l] = -(feedback[l] - np.transpose(network.weights[l])[:, :-1])
    return update


@right
def all_in_float32(network, x, feedback):
    pairs = zip(network.weights, feedback)
    return [None if b is None else np.float32(w[:-1].T) - np.float32(b) for w, b in pairs]


@right
def with_unit_activity(network, x, feedback):
    update = [None]
    for l, b in enumerate(feedback[1:], start=1):
        one = np.eye(b.shape[1])
        silence = network.receive(l, np.zeros((1, b.shape[1])))
        update.append((network.receive(l, one) - silence).T - b @ one)
    return update


def right_one(network, x, feedback):
    return as_a_list.function(network, x, feedback)


@wrong("nothing")
def without_a_return(network, x, feedback):
    right_one(network, x, feedback)


@wrong("it is transposed")
def like_the_weights(network, x, feedback):
    return [None, *(u.T for u in right_one(network, x, feedback)[1:])]


@wrong("the shape")
def with_the_biases(network, x, feedback):
    pairs = zip(network.weights[1:], feedback[1:])
    return [None, *(w.T - np.hstack([b, np.zeros((len(b), 1))]) for w, b in pairs)]


@wrong("arrays for")
def the_first_layer_left_out(network, x, feedback):
    return right_one(network, x, feedback)[1:]


@wrong("3 arrays for 4")
def three_layers_whatever_the_network(network, x, feedback):
    return right_one(network, x, feedback)[:3]


@wrong("had changed afterwards")
def applied_in_place(network, x, feedback):
    update = right_one(network, x, feedback)
    for u, b in zip(update[1:], feedback[1:]):
        b += 0.1 * u
    return update


@wrong("misses W°ᵀ")
def cut_to_the_length_of_b(network, x, feedback):
    update = [None]
    for w, b in zip(network.weights[1:], feedback[1:]):
        target = w[:-1].T * np.linalg.norm(b) / np.linalg.norm(w[:-1])
        update.append(target - b)
    return update


@wrong("where all sizes are equal")
def not_transposed_where_it_fits(network, x, feedback):
    update = [None]
    for w, b in zip(network.weights[1:], feedback[1:]):
        w = w[:-1]
        update.append((w if w.shape == b.shape else w.T) - b)
    return update


@wrong("units in a layer")
def clipped_where_layers_are_wide(network, x, feedback):
    return [None, *(0 * u if max(u.shape) > 70 else u for u in right_one(network, x, feedback)[1:])]


@wrong("misses W°ᵀ")
def the_topmost_layer_alone(network, x, feedback):
    *below, last = right_one(network, x, feedback)
    return [None, *(0 * u for u in below[1:]), last]
