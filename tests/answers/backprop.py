"""Answers to backprop."""

import numpy as np

from answers import right, wrong
from microlearn import presynaptic


def walk(network, x, y, loss, carry=None, shape=presynaptic, scale=None):
    """Backprop, with each of its parts open to a mistake."""
    h = network.forward(x)
    n = len(x)
    layers = len(network.weights)
    delta = loss.output_delta(y, h[-1], network.activations[-1])
    update = [None] * layers
    for l in reversed(range(layers)):
        update[l] = shape(h[l]).T @ delta / (n if scale is None else scale)
        if l:
            delta = (carry or carried)(network, h, l, delta)
    return update


def carried(network, h, l, delta):
    return (delta @ network.weights[l][:-1].T) * network.activations[l - 1].derivative(h[l])


@right
def sample_by_sample_with_outer_products(network, x, y, loss):
    total = [np.zeros_like(w) for w in network.weights]
    for i in range(len(x)):
        h = network.forward(x[i : i + 1])
        delta = loss.output_delta(y[i : i + 1], h[-1], network.activations[-1])
        for l in range(len(network.weights) - 1, -1, -1):
            total[l] += np.outer(np.append(h[l], 1), delta) / len(x)
            if l > 0:
                delta = carried(network, h, l, delta)
    return total


@right
def einsum_in_float32(network, x, y, loss):
    return [np.float32(u) for u in walk(network, x, y, loss, einsummed)]


def einsummed(network, h, l, delta):
    w, f = network.weights[l], network.activations[l - 1]
    return np.einsum("nj,ij->ni", delta, w[:-1]) * f.derivative(h[l])


@right
def transposed_bookkeeping(network, x, y, loss):
    h = [a.T for a in network.forward(x)]
    d = loss.output_delta(y, h[-1].T, network.activations[-1]).T
    updates = []
    for l in range(len(network.weights) - 1, -1, -1):
        rows = np.vstack([h[l] @ d.T, d.sum(axis=1)])
        updates.append(rows / x.shape[0])
        if l:
            d = (network.weights[l][:-1] @ d) * network.activations[l - 1].derivative(h[l])
    return updates[::-1]


@right
def with_backward(network, x, y, loss):
    def carry(network, h, l, delta):
        return network.activations[l - 1].backward(h[l], delta @ network.weights[l][:-1].T)

    return walk(network, x, y, loss, carry)


@right
def all_in_float32(network, x, y, loss):
    return walk(network.astype(np.float32), np.float32(x), np.float32(y), loss)


@right
def recursively_through_the_jacobians(network, x, y, loss):
    h = network.forward(x)

    def signal(l):
        if l == len(network.weights) - 1:
            return loss.output_delta(y, h[-1], network.activations[-1])
        slope = network.activations[l].derivative(h[l + 1])
        jacobian = network.weights[l + 1][None, :-1, :] * slope[:, :, None]
        return np.einsum("nij,nj->ni", jacobian, signal(l + 1))

    return tuple(presynaptic(h[l]).T @ signal(l) / len(x) for l in range(len(network.weights)))


@wrong("the biases are left out")
def without_biases(network, x, y, loss):
    return walk(network, x, y, loss, shape=lambda h: h)


@wrong("it is transposed")
def transposed(network, x, y, loss):
    return [u.T for u in walk(network, x, y, loss)]


@wrong("")
def through_the_bias_row(network, x, y, loss):
    def carry(network, h, l, d):
        return (d @ network.weights[l].T) * network.activations[l - 1].derivative(h[l])

    return walk(network, x, y, loss, carry)


@wrong("")
def threshold_at_one(network, x, y, loss):
    def carry(network, h, l, d):
        f = network.activations[l - 1]
        slope = h[l] > 1 if f.name == "relu" else f.derivative(h[l])
        return (d @ network.weights[l][:-1].T) * slope

    return walk(network, x, y, loss, carry)


@wrong("had changed afterwards")
def applied_at_once(network, x, y, loss):
    update = walk(network, x, y, loss)
    for w, u in zip(network.weights, update):
        w += 0.1 * u
    return update


@wrong("where all sizes are equal")
def transposed_where_the_shapes_ask_for_it(network, x, y, loss):
    def carry(network, h, l, d):
        w = network.weights[l][:-1]
        w = w if d.shape[1] == w.shape[0] else w.T
        return (d @ w) * network.activations[l - 1].derivative(h[l])

    return walk(network, x, y, loss, carry)


REMEMBERED = {}


@wrong("something is kept")
def remembered_by_shape(network, x, y, loss):
    key = tuple(w.shape for w in network.weights), x.shape
    if key not in REMEMBERED:
        REMEMBERED[key] = walk(network, x, y, loss)
    return REMEMBERED[key]


@wrong("off by")
def single_columns_squeezed(network, x, y, loss):
    return [np.squeeze(u) for u in walk(network, x, y, loss)]


@wrong("far from zero")
def clipped_at_ten(network, x, y, loss):
    def carry(network, h, l, d):
        d = np.clip(d, -10, 10)
        return (d @ network.weights[l][:-1].T) * network.activations[l - 1].derivative(h[l])

    return walk(network, x, y, loss, carry)


@wrong("where the errors are small")
def small_entries_cut_off(network, x, y, loss):
    return [np.where(np.abs(u) < 1e-7, 0, u) for u in walk(network, x, y, loss)]


@wrong("off by")
def in_half_precision(network, x, y, loss):
    return [np.float16(u) for u in walk(network, x, y, loss)]


@wrong("a thousand samples")
def the_first_hundred_samples(network, x, y, loss):
    return walk(network, x[:100], y[:100], loss)


@wrong("softmax is sure")
def softmax_by_its_jacobian(network, x, y, loss):
    if network.activations[-1].name != "softmax":
        return walk(network, x, y, loss)
    p = network.forward(x)[-1]
    e = loss.error(y, p)
    delta = p * (e - np.sum(p * e, axis=1, keepdims=True))

    class Given:
        @staticmethod
        def output_delta(y, prediction, activation):
            return delta

    return walk(network, x, y, Given)


@wrong("layers, it is off")
def four_layers_at_most(network, x, y, loss):
    update = walk(network, x, y, loss)
    return [0 * u for u in update[:-4]] + update[-4:]
