"""Answers to Batch Manhattan."""

import numpy as np

from answers import right, wrong
from microlearn import get_exercise, presynaptic


def update_of(*given):
    return get_exercise("sign_symmetry")(*given)


@right
def all_at_once(network, x, y, loss, magnitudes):
    return list(map(np.sign, update_of(network, x, y, loss, magnitudes)))


@right
def up_less_down(network, x, y, loss, magnitudes):
    update = update_of(network, x, y, loss, magnitudes)
    return [(u > 0).astype(float) - (u < 0) for u in update]


@right
def divided_by_its_size(network, x, y, loss, magnitudes):
    update = update_of(network, x, y, loss, magnitudes)
    return [np.divide(u, np.abs(u), out=np.zeros_like(u), where=u != 0) for u in update]


@right
def in_whole_numbers(network, x, y, loss, magnitudes):
    return [np.sign(u).astype(int) for u in update_of(network, x, y, loss, magnitudes)]


@right
def entry_by_entry(network, x, y, loss, magnitudes):
    steps = []
    for u in update_of(network, x, y, loss, magnitudes):
        step = np.zeros(u.shape)
        for place, value in np.ndenumerate(u):
            if value > 0:
                step[place] = 1
            elif value < 0:
                step[place] = -1
        steps.append(step)
    return steps


def from_scratch(network, x, y, loss, magnitudes):
    h = network.forward(x)
    delta = loss.output_delta(y, h[-1], network.activations[-1])
    update = []
    for l in reversed(range(len(network.weights))):
        update.insert(0, np.sign(presynaptic(h[l]).T @ delta))
        if l:
            b = np.sign(network.weights[l][:-1].T) * magnitudes[l]
            delta = (delta @ b) * network.activations[l - 1].derivative(h[l])
    return update


@right
def from_the_beginning(network, x, y, loss, magnitudes):
    return from_scratch(network, x, y, loss, magnitudes)


@right
def all_in_float32(network, x, y, loss, magnitudes):
    m = [None, *(np.float32(m) for m in magnitudes[1:])]
    return tuple(from_scratch(network.astype(np.float32), np.float32(x), np.float32(y), loss, m))


@wrong("nothing")
def without_a_return(network, x, y, loss, magnitudes):
    [np.sign(u) for u in update_of(network, x, y, loss, magnitudes)]


@wrong("not a list of arrays")
def a_single_array(network, x, y, loss, magnitudes):
    return np.sign(update_of(network, x, y, loss, magnitudes)[0])


@wrong("a size is left")
def cut_off_at_one(network, x, y, loss, magnitudes):
    return [np.clip(u, -1, 1) for u in update_of(network, x, y, loss, magnitudes)]


@wrong("a size is left")
def a_soft_sign(network, x, y, loss, magnitudes):
    return [np.tanh(u) for u in update_of(network, x, y, loss, magnitudes)]


@wrong("it is transposed")
def transposed(network, x, y, loss, magnitudes):
    return [np.sign(u.T) for u in update_of(network, x, y, loss, magnitudes)]


@wrong("had changed afterwards")
def weights_moved_at_once(network, x, y, loss, magnitudes):
    update = [np.sign(u) for u in update_of(network, x, y, loss, magnitudes)]
    for w, u in zip(network.weights, update):
        w += 0.002 * u
    return update


@wrong("not finite")
def divided_by_nothing(network, x, y, loss, magnitudes):
    update = update_of(network, x, y, loss, magnitudes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return [u / (np.abs(u) - np.abs(u)) for u in update]
