"""Answers to PEPITA."""

import numpy as np

from answers import right, wrong
from microlearn import local_update, presynaptic


def looked(network, x, y, loss, projection):
    """Both looks and the error."""
    h = network.forward(x)
    e = loss.output_delta(y, h[-1], network.activations[-1])
    return h, network.forward(x - e @ projection[0]), e


@right
def with_a_loop(network, x, y, loss, projection):
    first, second, e = looked(network, x, y, loss, projection)
    update = []
    for l in range(len(network.weights)):
        last = l == len(network.weights) - 1
        update.append(local_update(second[l], e if last else second[l + 1] - first[l + 1]))
    return update


@right
def as_in_the_paper(network, x, y, loss, projection):
    h = network.forward(x)
    error = -loss.output_delta(y, h[-1], network.activations[-1])
    modulated = network.forward(x + error @ projection[0])
    differences = [a - b for a, b in zip(h[1:-1], modulated[1:-1])] + [error]
    return tuple(-(presynaptic(below).T @ d) / len(x) for below, d in zip(modulated, differences))


@right
def both_looks_in_one_pass(network, x, y, loss, projection):
    e = loss.output_delta(y, network.predict(x), network.activations[-1])
    both = network.forward(np.vstack([x, x - e @ projection[0]]))
    n = len(x)
    delta = [h[n:] - h[:n] for h in both[1:-1]] + [e]
    return [local_update(h[n:], d) for h, d in zip(both, delta)]


@right
def while_the_second_look_goes_up(network, x, y, loss, projection):
    first = network.forward(x)
    e = loss.output_delta(y, first[-1], network.activations[-1])
    h, update = x - np.einsum("nk,ki->ni", e, projection[0]), []
    for w, f, before in zip(network.weights[:-1], network.activations, first[1:]):
        p = presynaptic(h)
        h = f(p @ w)
        update.append(np.einsum("ni,nj->ij", p, h - before) / len(x))
    return [*update, np.vstack([h.T @ e, e.sum(axis=0)]) / len(x)]


@right
def sample_by_sample(network, x, y, loss, projection):
    def one(i):
        first, second, e = looked(network, x[i : i + 1], y[i : i + 1], loss, projection)
        delta = [b - a for a, b in zip(first[1:-1], second[1:-1])] + [e]
        return [np.outer(np.append(p[0], 1), d[0]) for p, d in zip(second, delta)]

    return [sum(us) / len(x) for us in zip(*map(one, range(len(x))))]


@right
def in_float32(network, x, y, loss, projection):
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    return with_a_loop.function(network, x, y, loss, [np.float32(projection[0])])


@right
def columns_as_samples(network, x, y, loss, projection):
    first, second, e = looked(network, x, y, loss, projection)
    delta = [(b.T - a.T) for a, b in zip(first[1:-1], second[1:-1])] + [e.T]
    return [(d @ presynaptic(p)).T / d.shape[1] for p, d in zip(second, delta)]


@wrong("nothing")
def without_a_return(network, x, y, loss, projection):
    with_a_loop.function(network, x, y, loss, projection)


@wrong("biases are left out")
def without_biases(network, x, y, loss, projection):
    return [u[:-1] for u in with_a_loop.function(network, x, y, loss, projection)]


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss, projection):
    return with_a_loop.function(network, x, y, loss, projection)[:-1]


@wrong("don't fit")
def f_is_transposed(network, x, y, loss, projection):
    return with_a_loop.function(network, x, y, loss, [projection[0].T])


@wrong("had changed afterwards")
def the_error_is_added_to_the_data(network, x, y, loss, projection):
    h = [a.copy() for a in network.forward(x)]
    e = loss.output_delta(y, h[-1], network.activations[-1])
    x -= e @ projection[0]
    second = network.forward(x)
    delta = [b - a for a, b in zip(h[1:-1], second[1:-1])] + [e]
    return [local_update(p, d) for p, d in zip(second, delta)]


@wrong("")
def the_output_learns_the_second_error(network, x, y, loss, projection):
    first, second, _ = looked(network, x, y, loss, projection)
    e = loss.output_delta(y, second[-1], network.activations[-1])
    delta = [b - a for a, b in zip(first[1:-1], second[1:-1])] + [e]
    return [local_update(p, d) for p, d in zip(second, delta)]


@wrong("away from what they should be")
def clipped_to_what_a_pixel_can_be(network, x, y, loss, projection):
    h = network.forward(x)
    e = loss.output_delta(y, h[-1], network.activations[-1])
    second = network.forward(np.clip(x - e @ projection[0], 0, 1))
    delta = [b - a for a, b in zip(h[1:-1], second[1:-1])] + [e]
    return [local_update(p, d) for p, d in zip(second, delta)]


@wrong("away from what they should be")
def the_difference_goes_on_from_layer_to_layer(network, x, y, loss, projection):
    """Each layer compares with what it would do after the first look of the layer below."""
    h, second, e = looked(network, x, y, loss, projection)
    delta = [second[1] - h[1]] if len(h) > 2 else []
    for l in range(1, len(h) - 2):
        moved = network.activations[l](network.receive(l, h[l] + delta[-1] / 2))
        delta.append(moved - h[l + 1])
    return [local_update(p, d) for p, d in zip(second, [*delta, e])]


@wrong("away from what they should be")
def as_long_as_the_error(network, x, y, loss, projection):
    first, second, e = looked(network, x, y, loss, projection)
    delta = [b - a for a, b in zip(first[1:-1], second[1:-1])]
    delta = [d * np.linalg.norm(e) / (np.linalg.norm(d) + 1e-12) for d in delta]
    return [local_update(p, d) for p, d in zip(second, [*delta, e])]
