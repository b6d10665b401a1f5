"""Answers to difference target propagation."""

import numpy as np

from answers import right, wrong
from microlearn import get_exercise, local_update, presynaptic


def top_of(network, h, error, step):
    return h[-2] + step * error @ network.weights[-1][:-1].T


def start(network, x, y, loss, inverse, step):
    """Activities, the output's error, and the targets of the hidden layers."""
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    top = top_of(network, h, error, step)
    return h, error, get_exercise("difference_targets")(network, h, top, inverse)


@right
def with_a_loop(network, x, y, loss, inverse, target_step):
    h, error, targets = start(network, x, y, loss, inverse, target_step)
    update = []
    for l in range(len(network.weights) - 1):
        gap = (targets[l] - h[l + 1]) / target_step
        update.append(local_update(h[l], gap * network.activations[l].derivative(h[l + 1])))
    return [*update, local_update(h[-2], error)]


@right
def targets_carried_here(network, x, y, loss, inverse, target_step):
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    update, t = [local_update(h[-2], error)], top_of(network, h, error, target_step)
    for l in reversed(range(len(network.weights) - 1)):
        f = network.activations[l]
        delta = f.backward(h[l + 1], t - h[l + 1]) / target_step
        update.insert(0, local_update(h[l], delta))
        if l:
            g = network.activations[l - 1]
            wanted, found = (g(presynaptic(z) @ inverse[l]) for z in (t, h[l + 1]))
            t = h[l] + wanted - found
    return update


@right
def divided_at_the_end(network, x, y, loss, inverse, target_step):
    h, error, targets = start(network, x, y, loss, inverse, target_step)
    hidden = [
        presynaptic(p).T @ ((t - a) * f.derivative(a)) / (len(x) * target_step)
        for p, t, a, f in zip(h, targets, h[1:-1], network.activations)
    ]
    return (*hidden, presynaptic(h[-2]).T @ error / len(x))


@right
def the_rate_in_front(network, x, y, loss, inverse, target_step):
    h, error, targets = start(network, x, y, loss, inverse, target_step)
    rates = [1 / target_step] * (len(h) - 2) + [1]
    slopes = [f.derivative(a) for f, a in zip(network.activations[:-1], h[1:-1])]
    delta = [(t - a) * s for t, a, s in zip(targets, h[1:-1], slopes)] + [error]
    return [rate * local_update(p, d) for rate, p, d in zip(rates, h, delta)]


@right
def sample_by_sample(network, x, y, loss, inverse, target_step):
    def one(i):
        given = network, x[i : i + 1], y[i : i + 1], loss, inverse, target_step
        return with_a_loop.function(*given)

    return [sum(us) / len(x) for us in zip(*map(one, range(len(x))))]


@right
def in_float32(network, x, y, loss, inverse, target_step):
    small = [None if v is None else np.float32(v) for v in inverse]
    given = network.astype(np.float32), np.float32(x), np.float32(y), loss, small, target_step
    return targets_carried_here.function(*given)


def right_one(*given):
    return with_a_loop.function(*given)


@wrong("nothing")
def without_a_return(network, x, y, loss, inverse, target_step):
    right_one(network, x, y, loss, inverse, target_step)


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss, inverse, target_step):
    return right_one(network, x, y, loss, inverse, target_step)[:-1]


@wrong("biases are left out")
def without_biases(network, x, y, loss, inverse, target_step):
    return [u[:-1] for u in right_one(network, x, y, loss, inverse, target_step)]


@wrong("had changed afterwards")
def the_inverses_are_used_up(network, x, y, loss, inverse, target_step):
    update = right_one(network, x, y, loss, inverse, target_step)
    inverse[0] = update[0]
    return update


@wrong("not minus its gradient")
def the_output_layer_waits_for_the_step(network, x, y, loss, inverse, target_step):
    *hidden, last = right_one(network, x, y, loss, inverse, target_step)
    return [*hidden, target_step * last]


@wrong("away from")
def the_layers_below_have_moved_already(network, x, y, loss, inverse, target_step):
    """The update is computed with what the layer below should have done."""
    h, error, targets = start(network, x, y, loss, inverse, target_step)
    sent = [h[0], *targets[:-1]]
    hidden = [
        local_update(p, (t - a) * f.derivative(a) / target_step)
        for p, t, a, f in zip(sent, targets, h[1:-1], network.activations)
    ]
    return [*hidden, local_update(h[-2], error)]


@wrong("away from")
def the_slope_at_the_target(network, x, y, loss, inverse, target_step):
    h, error, targets = start(network, x, y, loss, inverse, target_step)
    hidden = [
        local_update(p, (t - a) * f.derivative(t) / target_step)
        for p, t, a, f in zip(h, targets, h[1:-1], network.activations)
    ]
    return [*hidden, local_update(h[-2], error)]


@wrong("target_step = 30")
def no_step_is_long(network, x, y, loss, inverse, target_step):
    return right_one(network, x, y, loss, inverse, min(target_step, 5))


@wrong("target_step = 0.01")
def no_step_is_short(network, x, y, loss, inverse, target_step):
    return right_one(network, x, y, loss, inverse, max(target_step, 0.05))
