"""Answers to sign symmetry."""

import numpy as np

from answers import right, wrong
from microlearn import presynaptic


def walk(network, x, y, loss, carry, shape=presynaptic):
    h = network.forward(x)
    delta = loss.output_delta(y, h[-1], network.activations[-1])
    update = [None] * len(network.weights)
    for l in reversed(range(len(network.weights))):
        update[l] = shape(h[l]).T @ delta / len(x)
        if l:
            w = network.weights[l][:-1].T
            delta = carry(l, delta, w) * network.activations[l - 1].derivative(h[l])
    return update


@right
def copysign(network, x, y, loss, magnitudes):
    return walk(network, x, y, loss, lambda l, d, w: d @ np.copysign(magnitudes[l], w))


@right
def where(network, x, y, loss, magnitudes):
    return walk(
        network, x, y, loss, lambda l, d, w: d @ np.where(w > 0, magnitudes[l], -magnitudes[l])
    )


@right
def divided_by_its_size(network, x, y, loss, magnitudes):
    return walk(network, x, y, loss, lambda l, d, w: d @ (w / np.abs(w) * magnitudes[l]))


@right
def excitation_less_inhibition(network, x, y, loss, magnitudes):
    def carry(l, d, w):
        return d @ (magnitudes[l] * (w > 0)) - d @ (magnitudes[l] * (w < 0))

    return walk(network, x, y, loss, carry)


@right
def einsum_in_float32(network, x, y, loss, magnitudes):
    update = walk(
        network,
        x,
        y,
        loss,
        lambda l, d, w: np.einsum("nj,ji,ji->ni", d, np.sign(w), magnitudes[l]),
    )
    return tuple(np.float32(u) for u in update)


@right
def sample_by_sample(network, x, y, loss, magnitudes):
    def one(i):
        def carry(l, d, w):
            return d @ (np.sign(w) * magnitudes[l])

        return walk(network, x[i : i + 1], y[i : i + 1], loss, carry)

    return [np.mean(us, axis=0) for us in zip(*map(one, range(len(x))), strict=True)]


@right
def all_in_float32(network, x, y, loss, magnitudes):
    m = [None, *(np.float32(m) for m in magnitudes[1:])]
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    return walk(network, x, y, loss, lambda l, d, w: d @ (np.sign(w) * m[l]))


@wrong("nothing")
def without_a_return(network, x, y, loss, magnitudes):
    walk(network, x, y, loss, lambda l, d, w: d @ (np.sign(w) * magnitudes[l]))


@wrong("biases are left out")
def without_biases(network, x, y, loss, magnitudes):
    return walk(
        network, x, y, loss, lambda l, d, w: d @ (np.sign(w) * magnitudes[l]), shape=lambda h: h
    )


@wrong("don't fit")
def transposed_magnitudes(network, x, y, loss, magnitudes):
    return walk(network, x, y, loss, lambda l, d, w: d @ (np.sign(w).T * magnitudes[l].T))


@wrong("had changed afterwards")
def signs_written_into_the_magnitudes(network, x, y, loss, magnitudes):
    for l in range(1, len(magnitudes)):
        magnitudes[l] *= np.sign(network.weights[l][:-1].T)
    return walk(network, x, y, loss, lambda l, d, w: d @ magnitudes[l])


@wrong("only the signs go down")
def signs_at_the_output_only(network, x, y, loss, magnitudes):
    def carry(l, d, w):
        return d @ (np.sign(w) * magnitudes[l] if l == len(magnitudes) - 1 else w)

    return walk(network, x, y, loss, carry)


@wrong()
def signs_of_the_errors_too(network, x, y, loss, magnitudes):
    return walk(network, x, y, loss, lambda l, d, w: np.sign(d) @ (np.sign(w) * magnitudes[l]))


@wrong("don't fit")
def signs_with_the_bias_row(network, x, y, loss, magnitudes):
    return walk(
        network, x, y, loss, lambda l, d, w: d @ (np.sign(network.weights[l].T) * magnitudes[l])
    )
