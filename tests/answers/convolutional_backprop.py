"""Answers to convolutional backprop."""

import numpy as np

from answers import right, wrong
from microlearn import get_exercise, local_update, presynaptic


def looked(network, x, y, loss):
    """A look, the error of the output, and the slope of the pooled units."""
    look = network.look(x)
    top = loss.output_delta(y, look.h[-1], network.activations[1])
    return look, top, network.activations[0].derivative(look.h[1])


@right
def line_by_line(network, x, y, loss):
    look, top, slope = looked(network, x, y, loss)
    at_places = network.unpool((top @ network.weights[1][:-1].T) * slope, look.winners)
    kernels = get_exercise("kernel_update")(look.patches, at_places)
    return [kernels, local_update(look.h[1], top)]


@right
def with_einsum(network, x, y, loss):
    look, top, slope = looked(network, x, y, loss)
    delta = network.unpool((top @ network.weights[1][:-1].T) * slope, look.winners) / len(x)
    weights = np.einsum("npi,npc->ic", look.patches, delta)
    kernels = np.vstack([weights, delta.sum((0, 1))])
    return [kernels, presynaptic(look.h[1]).T @ top / len(x)]


@right
def winners_found_by_hand(network, x, y, loss):
    look, top, slope = looked(network, x, y, loss)
    received = look.received.reshape(len(x), 4, -1)
    won = np.arange(4)[:, None] == received.argmax(axis=1)[:, None]
    delta = (won * ((top @ network.weights[1][:-1].T) * slope)[:, None]).reshape(
        look.received.shape
    )
    return [get_exercise("kernel_update")(look.patches, delta), local_update(look.h[1], top)]


@right
def only_the_winners_patches(network, x, y, loss):
    look, top, slope = looked(network, x, y, loss)
    delta = ((top @ network.weights[1][:-1].T) * slope).reshape(len(x), -1, network.channels)
    winners = look.winners.reshape(delta.shape)
    pools, update = delta.shape[1], np.zeros(network.weights[0].shape)
    for c in range(network.channels):
        places = winners[..., c] * pools + np.arange(pools)
        seen = np.take_along_axis(look.patches, places[..., None].astype(int), axis=1)
        update[:, c] = presynaptic(seen.reshape(-1, seen.shape[2])).T @ delta[..., c].ravel()
    return [update / len(x), local_update(look.h[1], top)]


@right
def sample_by_sample(network, x, y, loss):
    def one(i):
        return line_by_line.function(network, x[i : i + 1], y[i : i + 1], loss)

    return [sum(us) / len(x) for us in zip(*map(one, range(len(x))))]


@right
def in_float32(network, x, y, loss):
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    return line_by_line.function(network, x, y, loss)


@right
def as_a_tuple(network, x, y, loss):
    return tuple(line_by_line.function(network, x, y, loss))


@wrong("nothing")
def without_a_return(network, x, y, loss):
    line_by_line.function(network, x, y, loss)


@wrong("biases are left out")
def without_biases(network, x, y, loss):
    return [u[:-1] for u in line_by_line.function(network, x, y, loss)]


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss):
    return line_by_line.function(network, x, y, loss)[:1]


@wrong("had changed afterwards")
def the_weights_are_changed(network, x, y, loss):
    update = line_by_line.function(network, x, y, loss)
    network.weights[0][...] += update[0]
    return update


@wrong("transposed")
def kernels_in_rows(network, x, y, loss):
    kernels, output = line_by_line.function(network, x, y, loss)
    return [kernels.T, output]
