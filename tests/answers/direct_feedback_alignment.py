"""Answers to direct feedback alignment."""

import numpy as np

from answers import right, wrong
from microlearn import local_update, presynaptic


def hidden(network, x, y, loss, direct, teach):
    """The update if ``teach(l, error, slope)`` is δ of hidden layer l."""
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    slopes = [f.derivative(a) for f, a in zip(network.activations[:-1], h[1:])]
    delta = [teach(l, error, slopes[l]) for l in range(len(direct))] + [error]
    return [local_update(below, d) for below, d in zip(h, delta)]


@right
def in_a_comprehension(network, x, y, loss, direct):
    return hidden(network, x, y, loss, direct, lambda l, e, f: f * (e @ direct[l]))


@right
def columns_as_samples(network, x, y, loss, direct):
    return hidden(network, x, y, loss, direct, lambda l, e, f: ((direct[l].T @ e.T) * f.T).T)


@right
def einsum_in_float32(network, x, y, loss, direct):
    def teach(l, e, f):
        return np.einsum("nk,kj,nj->nj", e, direct[l], f)

    return tuple(np.float32(u) for u in hidden(network, x, y, loss, direct, teach))


@right
def with_backward_and_by_hand(network, x, y, loss, direct):
    h, n = network.forward(x), len(x)
    error = loss.output_delta(y, h[-1], network.activations[-1]) / n
    update = []
    for below, above, f, d in zip(h, h[1:], network.activations, [*direct, None]):
        delta = error if d is None else f.backward(above, error @ d)
        update.append(np.vstack([below.T @ delta, delta.sum(0)]))
    return update


@right
def sample_by_sample(network, x, y, loss, direct):
    def one(i):
        rows = x[i : i + 1], y[i : i + 1]
        return hidden(network, *rows, loss, direct, lambda l, e, f: (e @ direct[l]) * f)

    return [np.mean(us, axis=0) for us in zip(*map(one, range(len(x))), strict=True)]


@right
def all_in_float32(network, x, y, loss, direct):
    d = [np.float32(d) for d in direct]
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    return hidden(network, x, y, loss, d, lambda l, e, f: (e @ d[l]) * f)


@right
def all_layers_in_one_product(network, x, y, loss, direct):
    sizes = np.cumsum([0, *(d.shape[1] for d in direct)])
    together = np.hstack([*direct, np.zeros((y.shape[1], 0))])

    def teach(l, e, f):
        return (e @ together)[:, sizes[l] : sizes[l + 1]] * f

    return hidden(network, x, y, loss, direct, teach)


@wrong("nothing")
def without_a_return(network, x, y, loss, direct):
    hidden(network, x, y, loss, direct, lambda l, e, f: (e @ direct[l]) * f)


@wrong("biases are left out")
def without_biases(network, x, y, loss, direct):
    return [
        u[:-1] for u in hidden(network, x, y, loss, direct, lambda l, e, f: (e @ direct[l]) * f)
    ]


@wrong("don't fit")
def transposed_feedback(network, x, y, loss, direct):
    return hidden(network, x, y, loss, direct, lambda l, e, f: (e @ direct[l].T) * f)


@wrong("don't fit")
def the_activity_below(network, x, y, loss, direct):
    h = network.forward(x)
    return hidden(
        network,
        x,
        y,
        loss,
        direct,
        lambda l, e, f: (e @ direct[l]) * network.activations[l].derivative(h[l]),
    )


@wrong("don't fit")
def down_the_stairs(network, x, y, loss, direct):
    h = network.forward(x)
    delta = [loss.output_delta(y, h[-1], network.activations[-1])]
    for l in reversed(range(len(direct))):
        slope = network.activations[l].derivative(h[l + 1])
        delta.insert(0, (delta[0] @ direct[l]) * slope)
    return [local_update(below, d) for below, d in zip(h, delta)]


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss, direct):
    return hidden(network, x, y, loss, direct, lambda l, e, f: (e @ direct[l]) * f)[:-1]


@wrong("had changed afterwards")
def the_list_of_d_grows(network, x, y, loss, direct):
    direct.append(np.eye(y.shape[1]))
    return hidden(network, x, y, loss, direct[:-1], lambda l, e, f: (e @ direct[l]) * f)


@wrong("learned although nothing reached it")
def backprop_is_mixed_in(network, x, y, loss, direct):
    h = network.forward(x)
    delta = [loss.output_delta(y, h[-1], network.activations[-1])]
    for l in reversed(range(len(direct))):
        carried = delta[0] @ network.weights[l + 1][:-1].T + delta[-1] @ direct[l]
        delta.insert(0, carried * network.activations[l].derivative(h[l + 1]))
    return [local_update(below, d) for below, d in zip(h, delta)]


@wrong("")
def no_slope_for_rectified_units(network, x, y, loss, direct):
    def teach(l, e, f):
        return (e @ direct[l]) * (1 if network.activations[l].name == "relu" else f)

    return hidden(network, x, y, loss, direct, teach)


@wrong("softmax has no elementwise derivative")
def the_slope_at_the_output_unit_by_unit(network, x, y, loss, direct):
    h = network.forward(x)
    error = loss.error(y, h[-1]) * network.activations[-1].derivative(h[-1])
    right = hidden(network, x, y, loss, direct, lambda l, e, f: (error @ direct[l]) * f)
    return [*right[:-1], presynaptic(h[-2]).T @ error / len(x)]
