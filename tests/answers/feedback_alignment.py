"""Answers to feedback alignment."""

from types import SimpleNamespace

import numpy as np

from answers import right, wrong
from microlearn import presynaptic


def walk(network, x, y, loss, carry, shape=presynaptic, scale=None):
    h, n = network.forward(x), len(x)
    delta = loss.output_delta(y, h[-1], network.activations[-1])
    update = [None] * len(network.weights)
    for l in reversed(range(len(network.weights))):
        update[l] = shape(h[l]).T @ delta / (n if scale is None else scale)
        if l:
            delta = carry(l, delta, network.activations[l - 1].derivative(h[l]))
    return update


@right
def sample_by_sample(network, x, y, loss, feedback):
    updates = [
        walk(network, x[i : i + 1], y[i : i + 1], loss, lambda l, d, f: (d @ feedback[l]) * f)
        for i in range(len(x))
    ]
    return [np.mean([u[l] for u in updates], axis=0) for l in range(len(network.weights))]


@right
def einsum_in_float32(network, x, y, loss, feedback):
    update = walk(network, x, y, loss, lambda l, d, f: np.einsum("nj,ji,ni->ni", d, feedback[l], f))
    return tuple(np.float32(u) for u in update)


@right
def columns_as_samples(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: ((feedback[l].T @ d.T) * f.T).T)


@right
def with_backward(network, x, y, loss, feedback):
    h = network.forward(x)
    d = loss.output_delta(y, h[-1], network.activations[-1])
    out = []
    for l in range(len(network.weights) - 1, -1, -1):
        out.insert(0, np.vstack([h[l].T @ d, d.sum(0)]) / x.shape[0])
        if l > 0:
            d = network.activations[l - 1].backward(h[l], d @ feedback[l])
    return out


@wrong("don't fit")
def transposed_feedback(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l].T) * f)


@wrong("biases are left out")
def without_biases(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f, shape=lambda h: h)


@wrong("had changed afterwards")
def feedback_learns_in_secret(network, x, y, loss, feedback):
    update = walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)
    for l in range(1, len(feedback)):
        feedback[l] += 0.1 * update[l][:-1].T
    return update


@wrong("or drawn at random")
def redrawn_every_time(network, x, y, loss, feedback):
    fresh = [None if b is None else np.random.randn(*b.shape) for b in feedback]
    return walk(network, x, y, loss, lambda l, d, f: (d @ fresh[l]) * f)


@right
def all_in_float32(network, x, y, loss, feedback):
    feedback = [None, *(np.float32(b) for b in feedback[1:])]
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)


@right
def recursive(network, x, y, loss, feedback):
    h, n = network.forward(x), len(x)

    def delta(l):
        if l == len(network.weights) - 1:
            return loss.output_delta(y, h[-1], network.activations[-1]) / n
        slope = network.activations[l].derivative(h[l + 1])
        return slope * (delta(l + 1) @ feedback[l + 1])

    return [np.c_[h[l], np.ones(n)].T @ delta(l) for l in range(len(network.weights))]


@right
def backprop_in_a_network_of_its_own_for_the_way_back(network, x, y, loss, feedback):
    back = [np.vstack([b.T, np.zeros(b.shape[0])]) for b in feedback[1:]]
    mirror = network.with_weights([network.weights[0], *back])
    return walk(network, x, y, loss, lambda l, d, f: (d @ mirror.weights[l][:-1].T) * f)


@wrong("nothing")
def without_a_return(network, x, y, loss, feedback):
    walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)


@wrong("it is transposed")
def transposed_updates(network, x, y, loss, feedback):
    return [u.T for u in walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)]


@wrong("don't fit")
def feedback_of_the_layer_below(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l - 1]) * f)


@wrong("they have weights of their own")
def half_and_half(network, x, y, loss, feedback):
    def carry(l, d, f):
        return (d @ (feedback[l] + network.weights[l][:-1].T)) / 2 * f

    return walk(network, x, y, loss, carry)


@wrong("had changed afterwards")
def weights_updated_at_once(network, x, y, loss, feedback):
    update = walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)
    for w, u in zip(network.weights, update):
        w += 0.1 * u
    return update


@wrong("they have weights of their own")
def feedback_weights_at_the_output_only(network, x, y, loss, feedback):
    def carry(l, d, f):
        top = l == len(network.weights) - 1
        return (d @ (feedback[l] if top else network.weights[l][:-1].T)) * f

    return walk(network, x, y, loss, carry)


@wrong("softmax has no elementwise derivative")
def the_slope_at_the_output_unit_by_unit(network, x, y, loss, feedback):
    h = network.forward(x)
    delta = loss.error(y, h[-1]) * network.activations[-1].derivative(h[-1])
    update = [None] * len(network.weights)
    for l in range(len(network.weights) - 1, -1, -1):
        update[l] = presynaptic(h[l]).T @ delta / len(x)
        if l:
            delta = (delta @ feedback[l]) * network.activations[l - 1].derivative(h[l])
    return update


@wrong("")
def no_slope_for_rectified_units(network, x, y, loss, feedback):
    def carry(l, d, f):
        return (d @ feedback[l]) * (1 if network.activations[l - 1].name == "relu" else f)

    return walk(network, x, y, loss, carry)


@wrong("had changed afterwards")
def the_feedback_is_popped(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback.pop()) * f)


@wrong("a thousand samples")
def in_chunks_whose_means_count_alike(network, x, y, loss, feedback):
    chunks = [slice(i, i + 32) for i in range(0, len(x), 32)]
    parts = [sample_by_sample.function(network, x[c], y[c], loss, feedback) for c in chunks]
    return [np.mean(layer, axis=0) for layer in zip(*parts)]


@wrong("the loss squared_error")
def the_usual_losses_by_their_names(network, x, y, loss, feedback):
    if loss.name in ("squared_error", "cross_entropy"):
        loss = SimpleNamespace(output_delta=lambda y, prediction, f: y - prediction)
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)
