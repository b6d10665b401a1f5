"""Answers to information alignment."""

import numpy as np

from answers import right, wrong
from microlearn.exercises import get_exercise


def pair(w, h):
    """u and v of a layer."""
    v = h @ w[:-1]
    length = np.sqrt(np.mean(np.sum(v**2, axis=1)))
    return (h / length, v / length) if length else (h, v)


@right
def amp_null_and_decay_apart(network, x, feedback, ridge):
    update, h = [None], network.forward(x)
    for l, b in enumerate(feedback[1:], start=1):
        u, v = pair(network.weights[l], h[l])
        update.append(v.T @ u / len(u) - v.T @ v @ b / len(u) - ridge * b)
    return update


@right
def as_a_sum_of_primitives(network, x, feedback, ridge):
    primitives, h = get_exercise("alignment_primitives"), network.forward(x)
    update = [None]
    for l, b in enumerate(feedback[1:], start=1):
        u, _ = pair(network.weights[l], h[l])
        parts = primitives(network.weights[l][:-1], b, u)
        update.append(parts[1] + parts[2] + ridge * parts[0])
    return update


@right
def sample_by_sample(network, x, feedback, ridge):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        total = np.zeros(b.shape)
        for one, sent in zip(*pair(w, h)):
            total += np.outer(sent, one - sent @ b)
        update.append(total / len(h) - ridge * b)
    return tuple(update)


@right
def by_the_mean_product(network, x, feedback, ridge):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        c, w = h.T @ h, w[:-1]
        trace = np.trace(w.T @ c @ w)
        c = c / (trace if trace > 0 else 1)
        update.append(w.T @ c @ (np.eye(len(w)) - w @ b) - ridge * b)
    return update


@right
def all_in_float32(network, x, feedback, ridge):
    small, update = network.astype(np.float32), [None]
    h = small.forward(x.astype(np.float32))
    for l, b in enumerate(feedback[1:], start=1):
        u, v = pair(small.weights[l], h[l])
        b = b.astype(np.float32)
        update.append(v.T @ (u - v @ b) / np.float32(len(u)) - np.float32(ridge) * b)
    return update


@right
def with_einsum(network, x, feedback, ridge):
    h, update = network.forward(x), [None] * len(feedback)
    for l in reversed(range(1, len(feedback))):
        u, v = pair(network.weights[l], h[l])
        missed = u - np.einsum("nj,ji->ni", v, feedback[l])
        update[l] = np.einsum("nj,ni->ji", v, missed) / len(u) - feedback[l] * ridge
    return update


def right_one(network, x, feedback, ridge):
    return amp_null_and_decay_apart.function(network, x, feedback, ridge)


@wrong("nothing")
def without_a_return(network, x, feedback, ridge):
    right_one(network, x, feedback, ridge)


@wrong("it is transposed")
def like_the_weights(network, x, feedback, ridge):
    return [None, *(u.T for u in right_one(network, x, feedback, ridge)[1:])]


@wrong("arrays for")
def the_first_layer_left_out(network, x, feedback, ridge):
    return right_one(network, x, feedback, ridge)[1:]


@wrong("3 arrays for 4")
def three_layers_whatever_the_network(network, x, feedback, ridge):
    return right_one(network, x, feedback, ridge)[:3]


@wrong("had changed afterwards")
def applied_in_place(network, x, feedback, ridge):
    update = right_one(network, x, feedback, ridge)
    for u, b in zip(update[1:], feedback[1:]):
        b += 0.1 * u
    return update


@wrong("down the penalty")
def straight_to_where_it_rests(network, x, feedback, ridge):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        u, v = pair(w, h)
        steep = v.T @ v / len(v) + ridge * np.eye(len(b))
        update.append(np.linalg.solve(steep, v.T @ u / len(u)) - b)
    return update


@wrong("down the penalty")
def to_the_pseudo_inverse(network, x, feedback, ridge):
    pairs = zip(network.weights[1:], feedback[1:])
    return [None, *(np.linalg.pinv(w[:-1]) - (1 + ridge) * b for w, b in pairs)]


@wrong("where a layer is silent")
def nan_where_a_layer_is_silent(network, x, feedback, ridge):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        v = h @ w[:-1]
        with np.errstate(invalid="ignore"):
            scale = np.sqrt(np.sum(v**2) / len(v))
            u, v = h / scale, v / scale
        update.append(v.T @ (u - v @ b) / len(u) - ridge * b)
    return update


@wrong("down the penalty")
def with_what_the_units_send(network, x, feedback, ridge):
    h, update = network.forward(x), [None]
    for l, b in enumerate(feedback[1:], start=1):
        length = np.sqrt(np.mean(np.sum(h[l + 1] ** 2, axis=1))) or 1
        u, v = h[l] / length, h[l + 1] / length
        update.append(v.T @ (u - v @ b) / len(u) - ridge * b)
    return update


@wrong("where all sizes are equal")
def transposed_where_it_fits(network, x, feedback, ridge):
    update = right_one(network, x, feedback, ridge)
    return [None, *(u.T if u.shape[0] == u.shape[1] else u for u in update[1:])]


@wrong("units in a layer")
def nothing_where_layers_are_wide(network, x, feedback, ridge):
    update = right_one(network, x, feedback, ridge)
    return [None, *(0 * u if max(u.shape) > 70 else u for u in update[1:])]


@wrong("ridge = 100")
def no_ridge_is_high(network, x, feedback, ridge):
    return right_one(network, x, feedback, min(ridge, 5))
