"""Answers to activation alignment."""

import numpy as np

from answers import right, wrong
from microlearn.exercises import get_exercise


def scaled(h):
    length = np.sqrt(np.mean(np.sum(h**2, axis=1)))
    return h / length if length else h


@right
def by_the_mean_product(network, x, feedback):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        c = h.T @ h
        trace = np.trace(c)
        update.append((w[:-1].T - b) @ c / (trace if trace > 0 else 1))
    return update


@right
def as_a_sum_of_primitives(network, x, feedback):
    primitives, h = get_exercise("alignment_primitives"), network.forward(x)
    update = [None]
    for l, b in enumerate(feedback[1:], start=1):
        parts = primitives(network.weights[l][:-1], b, scaled(h[l]))
        update.append(parts[1] + parts[3])
    return update


@right
def sample_by_sample(network, x, feedback):
    h, update = network.forward(x), [None]
    for l, b in enumerate(feedback[1:], start=1):
        total = np.zeros(b.shape)
        for u in scaled(h[l]):
            total += np.outer(network.weights[l][:-1].T @ u - b @ u, u)
        update.append(total / len(x))
    return tuple(update)


@right
def with_einsum(network, x, feedback):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        u = scaled(h)
        missed = u @ (w[:-1] - b.T)
        update.append(np.einsum("nj,ni->ji", missed, u) / u.shape[0])
    return update


@right
def all_in_float32(network, x, feedback):
    small, update = network.astype(np.float32), [None]
    h = small.forward(x.astype(np.float32))
    for l, b in enumerate(feedback[1:], start=1):
        u = scaled(h[l])
        missed = u @ small.weights[l][:-1] - u @ b.T.astype(np.float32)
        update.append(missed.T @ u / np.float32(len(u)))
    return update


@right
def amp_and_sparse_apart(network, x, feedback):
    h, update = network.forward(x), [None] * len(feedback)
    for l in reversed(range(1, len(feedback))):
        u = scaled(h[l])
        amp = (u @ network.weights[l][:-1]).T @ u
        update[l] = (amp - feedback[l] @ u.T @ u) / len(u)
    return update


def right_one(network, x, feedback):
    return by_the_mean_product.function(network, x, feedback)


@wrong("nothing")
def without_a_return(network, x, feedback):
    right_one(network, x, feedback)


@wrong("it is transposed")
def like_the_weights(network, x, feedback):
    return [None, *(u.T for u in right_one(network, x, feedback)[1:])]


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


@wrong("down the penalty")
def with_the_input_in_every_layer(network, x, feedback):
    update = [None]
    for u, h in zip(right_one(network, x, feedback)[1:], network.forward(x)[1:]):
        update.append(u * np.mean(x**2) / np.mean(h**2))
    return update


@wrong("down the penalty")
def scaled_sample_by_sample(network, x, feedback):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        u = h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 1e-12)
        update.append((u @ w[:-1] - u @ b.T).T @ u / len(u))
    return update


@wrong("down the penalty")
def scaled_unit_by_unit(network, x, feedback):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        u = h / np.maximum(np.sqrt(np.mean(h**2, axis=0)), 1e-12)
        update.append((u @ w[:-1] - u @ b.T).T @ u / len(u))
    return update


@wrong("down the penalty")
def all_the_way_at_once(network, x, feedback):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        update.append((w[:-1].T - b) @ np.linalg.pinv(h) @ h)
    return update


@wrong("where a layer is silent")
def nan_where_a_layer_is_silent(network, x, feedback):
    update = [None]
    for w, b, h in zip(network.weights[1:], feedback[1:], network.forward(x)[1:]):
        with np.errstate(invalid="ignore"):
            c = h.T @ h / np.sum(h**2)
        update.append((w[:-1].T - b) @ c)
    return update


@wrong("where all sizes are equal")
def transposed_where_it_fits(network, x, feedback):
    update = right_one(network, x, feedback)
    return [None, *(u.T if u.shape[0] == u.shape[1] else u for u in update[1:])]


@wrong("units in a layer")
def nothing_where_layers_are_wide(network, x, feedback):
    return [None, *(0 * u if max(u.shape) > 70 else u for u in right_one(network, x, feedback)[1:])]


@wrong("strong or weak")
def weak_activity_is_left_unscaled(network, x, feedback):
    h, update = network.forward(x), [None]
    for l in range(1, len(feedback)):
        u = h[l] / max(np.sqrt(np.mean(np.sum(h[l] ** 2, axis=1))), 1e-6)
        missed = u @ network.weights[l][:-1] - u @ feedback[l].T
        update.append(missed.T @ u / len(x))
    return update
