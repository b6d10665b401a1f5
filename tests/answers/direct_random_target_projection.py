"""Answers to direct random target projection."""

import numpy as np

from answers import right, wrong
from microlearn import local_update, presynaptic


def hidden(network, x, y, loss, direct, teach, keep=slice(None)):
    """The update if ``teach(l, slope)`` is δ of hidden layer l."""
    h = network.forward(x)
    slopes = [f.derivative(a) for f, a in zip(network.activations[:-1], h[1:])]
    delta = [teach(l, slopes[l]) for l in range(len(direct))]
    delta.append(loss.output_delta(y, h[-1], network.activations[-1]))
    return [local_update(below, d) for below, d in zip(h, delta)][keep]


@right
def in_a_comprehension(network, x, y, loss, direct):
    return hidden(network, x, y, loss, direct, lambda l, f: f * (y @ direct[l]))


@right
def while_the_activity_goes_up(network, x, y, loss, direct):
    h, update = x, []
    for w, f, d in zip(network.weights, network.activations, direct):
        p = presynaptic(h)
        h = f(p @ w)
        update.append(p.T @ ((y @ d) * f.derivative(h)) / len(x))
    said = network.activations[-1](presynaptic(h) @ network.weights[-1])
    delta = loss.output_delta(y, said, network.activations[-1])
    return [*update, presynaptic(h).T @ delta / len(x)]


@right
def columns_as_samples(network, x, y, loss, direct):
    return hidden(network, x, y, loss, direct, lambda l, f: ((direct[l].T @ y.T) * f.T).T)


@right
def einsum_in_float32(network, x, y, loss, direct):
    def teach(l, f):
        return np.einsum("nk,kj,nj->nj", y, direct[l], f)

    return tuple(np.float32(u) for u in hidden(network, x, y, loss, direct, teach))


@right
def with_backward(network, x, y, loss, direct):
    h, n = network.forward(x), len(x)
    update = []
    for below, above, f, d in zip(h, h[1:], network.activations, [*direct, None]):
        last = d is None
        delta = loss.output_delta(y, above, f) if last else f.backward(above, y @ d)
        update.append(np.vstack([below.T @ delta, delta.sum(0)]) / n)
    return update


@right
def sample_by_sample(network, x, y, loss, direct):
    def one(i):
        a, b = x[i : i + 1], y[i : i + 1]
        return hidden(network, a, b, loss, direct, lambda l, f: (b @ direct[l]) * f)

    return [np.mean(us, axis=0) for us in zip(*map(one, range(len(x))), strict=True)]


@right
def all_in_float32(network, x, y, loss, direct):
    d = [np.float32(d) for d in direct]
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    return hidden(network, x, y, loss, d, lambda l, f: (y @ d[l]) * f)


@wrong("nothing")
def without_a_return(network, x, y, loss, direct):
    hidden(network, x, y, loss, direct, lambda l, f: (y @ direct[l]) * f)


@wrong("biases are left out")
def without_biases(network, x, y, loss, direct):
    return [u[:-1] for u in hidden(network, x, y, loss, direct, lambda l, f: (y @ direct[l]) * f)]


@wrong("don't fit")
def transposed_feedback(network, x, y, loss, direct):
    return hidden(network, x, y, loss, direct, lambda l, f: (y @ direct[l].T) * f)


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss, direct):
    def teach(l, f):
        return (y @ direct[l]) * f

    return hidden(network, x, y, loss, direct, teach, slice(-1))


@wrong("arrays for")
def the_hidden_layers_alone_twice(network, x, y, loss, direct):
    update = hidden(network, x, y, loss, direct, lambda l, f: (y @ direct[l]) * f)
    return update + update[:-1]


@wrong("had changed afterwards")
def the_target_is_centred_in_place(network, x, y, loss, direct):
    y -= y.mean(axis=0)
    return hidden(network, x, y, loss, direct, lambda l, f: (y @ direct[l]) * f)


@wrong("")
def the_error_in_the_topmost_hidden_layer(network, x, y, loss, direct):
    said = network.predict(x)
    error = loss.output_delta(y, said, network.activations[-1])

    def teach(l, f):
        return ((error if l == len(direct) - 1 else y) @ direct[l]) * f

    return hidden(network, x, y, loss, direct, teach)


@wrong("")
def no_slope_for_rectified_units(network, x, y, loss, direct):
    def teach(l, f):
        return (y @ direct[l]) * (1 if network.activations[l].name == "relu" else f)

    return hidden(network, x, y, loss, direct, teach)


@wrong("don't fit")
def the_label_comes_down_the_stairs(network, x, y, loss, direct):
    h, delta = (
        network.forward(x),
        [loss.output_delta(y, network.predict(x), network.activations[-1])],
    )
    message = y
    for l in reversed(range(len(direct))):
        message = (message @ direct[l]) * network.activations[l].derivative(h[l + 1])
        delta.insert(0, message)
    return [local_update(below, d) for below, d in zip(h, delta)]


@wrong("hear the target, and it alone")
def it_stops_when_the_output_is_right(network, x, y, loss, direct):
    said = network.predict(x)
    left = np.abs(y - said).mean(axis=1, keepdims=True)
    return hidden(network, x, y, loss, direct, lambda l, f: left * (y @ direct[l]) * f)
