"""Answers to feedback alignment."""

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


@wrong("they have weights of their own")
def backprop(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ network.weights[l][:-1].T) * f)


@wrong("the sign flips on the way down")
def hidden_sign(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: -(d @ feedback[l]) * f)


@wrong("derivative f′ of the hidden layer is missing")
def without_the_slope(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: d @ feedback[l])


@wrong("f′ is applied twice")
def slope_twice(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f * f)


@wrong("mismatch")
def transposed_feedback(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l].T) * f)


@wrong("must point downhill")
def uphill(network, x, y, loss, feedback):
    update = walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)
    return [-u for u in update]


@wrong("divide by the number of samples")
def summed(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f, scale=1)


@wrong("biases are left out")
def without_biases(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f, shape=lambda h: h)


@wrong("nothing is sent down")
def only_the_output_layer(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: 0 * f)


@wrong("")
def direct_feedback_from_the_output(network, x, y, loss, feedback):
    h = network.forward(x)
    top = loss.output_delta(y, h[-1], network.activations[-1])

    def carry(l, d, f):
        signal = top
        for k in range(len(network.weights) - 1, l - 1, -1):
            signal = signal @ feedback[k]
        return signal * f

    return walk(network, x, y, loss, carry)


@wrong("had changed afterwards")
def feedback_learns_in_secret(network, x, y, loss, feedback):
    update = walk(network, x, y, loss, lambda l, d, f: (d @ feedback[l]) * f)
    for l in range(1, len(feedback)):
        feedback[l] += 0.1 * update[l][:-1].T
    return update


@wrong("")
def redrawn_every_time(network, x, y, loss, feedback):
    fresh = [None if b is None else np.random.randn(*b.shape) for b in feedback]
    return walk(network, x, y, loss, lambda l, d, f: (d @ fresh[l]) * f)


@wrong("")
def the_same_matrix_signs_only(network, x, y, loss, feedback):
    return walk(network, x, y, loss, lambda l, d, f: (d @ np.sign(feedback[l])) * f)
