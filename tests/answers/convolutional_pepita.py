"""Answers to convolutional PEPITA."""

import numpy as np

from answers import right, wrong
from microlearn import get_exercise, local_update, presynaptic


def looked(network, x, y, loss, projection):
    """Both looks and the error."""
    first = network.look(x)
    e = loss.output_delta(y, first.h[-1], network.activations[-1])
    return first, network.look(x - e @ projection[0]), e


@right
def line_by_line(network, x, y, loss, projection):
    first, second, e = looked(network, x, y, loss, projection)
    delta = second.maps - first.maps
    kernels = get_exercise("kernel_update")(second.patches, delta / network.positions)
    return [kernels, local_update(second.h[1], e)]


@right
def as_in_the_paper(network, x, y, loss, projection):
    first = network.look(x)
    error = -loss.output_delta(y, first.h[-1], network.activations[-1])
    second = network.look(x + error @ projection[0])
    total = np.zeros((len(x), *network.weights[0].shape))
    for p in range(network.positions):
        difference = first.maps[:, p] - second.maps[:, p]
        total += presynaptic(second.patches[:, p])[:, :, None] * difference[:, None]
    kernels = (total / network.positions).mean(axis=0)
    return [-kernels, -presynaptic(second.h[1]).T @ error / len(x)]


@right
def as_a_layer_of_many_samples(network, x, y, loss, projection):
    first, second, e = looked(network, x, y, loss, projection)
    delta = (second.maps - first.maps).reshape(-1, network.channels)
    return [
        local_update(second.patches.reshape(len(delta), -1), delta),
        local_update(second.h[1], e),
    ]


@right
def both_looks_in_one(network, x, y, loss, projection):
    e = loss.output_delta(y, network.predict(x), network.activations[-1])
    look, n = network.look(np.vstack([x, x - e @ projection[0]])), len(x)
    delta = look.maps[n:] - look.maps[:n]
    kernels = get_exercise("kernel_update")(look.patches[n:], delta) / delta.shape[1]
    return [kernels, local_update(look.h[1][n:], e)]


@right
def with_einsum(network, x, y, loss, projection):
    first, second, e = looked(network, x, y, loss, projection)
    delta = second.maps - first.maps
    weights = np.einsum("npi,npc->ic", second.patches, delta)
    kernels = np.vstack([weights, delta.sum((0, 1))]) / (len(x) * network.positions)
    return [kernels, local_update(second.h[1], e)]


@right
def sample_by_sample(network, x, y, loss, projection):
    def one(i):
        return line_by_line.function(network, x[i : i + 1], y[i : i + 1], loss, projection)

    return [sum(us) / len(x) for us in zip(*map(one, range(len(x))))]


@right
def as_a_tuple(network, x, y, loss, projection):
    return tuple(line_by_line.function(network, x, y, loss, projection))


@wrong("nothing")
def without_a_return(network, x, y, loss, projection):
    line_by_line.function(network, x, y, loss, projection)


@wrong("biases are left out")
def without_biases(network, x, y, loss, projection):
    return [u[:-1] for u in line_by_line.function(network, x, y, loss, projection)]


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss, projection):
    return line_by_line.function(network, x, y, loss, projection)[:1]


@wrong("don't fit")
def f_is_transposed(network, x, y, loss, projection):
    return line_by_line.function(network, x, y, loss, [projection[0].T])


@wrong("had changed afterwards")
def the_error_is_added_to_the_data(network, x, y, loss, projection):
    first = network.look(x.copy())
    e = loss.output_delta(y, first.h[-1], network.activations[-1])
    x -= e @ projection[0]
    second = network.look(x)
    kernels = get_exercise("kernel_update")(second.patches, second.maps - first.maps)
    return [kernels / network.positions, local_update(second.h[1], e)]
