"""Answers to simplified target propagation."""

import numpy as np

from answers import right, wrong
from microlearn import get_exercise, local_update, presynaptic


def start(network, x, y, loss, inverse, auxiliary):
    """Activities, the output's error, and the targets of the hidden layers."""
    h = network.forward(x)
    error = loss.output_delta(y, h[-1], network.activations[-1])
    if len(h) == 2:
        return h, error, []
    z = np.tanh(presynaptic(h[-2]) @ auxiliary[0])
    f = network.activations[-2]
    wanted, found = (f(presynaptic(np.hstack([o, z])) @ inverse[-1]) for o in (y, h[-1]))
    top = h[-2] + wanted - found
    return h, error, get_exercise("difference_targets")(network, h, top, inverse)


@right
def with_a_loop(network, x, y, loss, inverse, auxiliary):
    h, error, targets = start(network, x, y, loss, inverse, auxiliary)
    update = []
    for l, t in enumerate(targets):
        f = network.activations[l]
        update.append(local_update(h[l], (t - h[l + 1]) * f.derivative(h[l + 1])))
    return [*update, local_update(h[-2], error)]


@right
def auxiliary_units_apart(network, x, y, loss, inverse, auxiliary):
    h = network.forward(x)
    update = [local_update(h[-2], loss.output_delta(y, h[-1], network.activations[-1]))]
    t = None
    for l in reversed(range(1, len(network.weights))):
        f, v = network.activations[l - 1], inverse[l]
        if t is None:
            said = np.tanh(presynaptic(h[-2]) @ auxiliary[0])
            n = y.shape[1]
            wanted, found = (f(o @ v[:n] + said @ v[n:-1] + v[-1]) for o in (y, h[-1]))
        else:
            wanted, found = (f(presynaptic(o) @ v) for o in (t, h[l + 1]))
        t = h[l] + (wanted - found)
        update.insert(0, local_update(h[l - 1], f.backward(h[l], t - h[l])))
    return update


@right
def the_change_alone(network, x, y, loss, inverse, auxiliary):
    h, error, targets = start(network, x, y, loss, inverse, auxiliary)
    changes = [t - a for t, a in zip(targets, h[1:-1])]
    delta = [c * f.derivative(a) for c, f, a in zip(changes, network.activations, h[1:])]
    return tuple(presynaptic(p).T @ d / len(x) for p, d in zip(h, [*delta, error]))


@right
def with_einsum(network, x, y, loss, inverse, auxiliary):
    h, error, targets = start(network, x, y, loss, inverse, auxiliary)
    gaps = [t - a for t, a in zip(targets, h[1:-1])] + [error]
    slopes = [f.derivative(a) for f, a in zip(network.activations[:-1], h[1:-1])]
    slopes.append(np.ones_like(error))
    triples = zip(map(presynaptic, h), gaps, slopes)
    return [np.einsum("ni,nj,nj->ij", p, g, s) / len(x) for p, g, s in triples]


@right
def sample_by_sample(network, x, y, loss, inverse, auxiliary):
    def one(i):
        given = network, x[i : i + 1], y[i : i + 1], loss, inverse, auxiliary
        return auxiliary_units_apart.function(*given)

    return [sum(us) / len(x) for us in zip(*map(one, range(len(x))))]


@right
def in_float32(network, x, y, loss, inverse, auxiliary):
    small = [None if v is None else np.float32(v) for v in inverse]
    network, x, y = network.astype(np.float32), np.float32(x), np.float32(y)
    given = network, x, y, loss, small, [np.float32(auxiliary[0])]
    return auxiliary_units_apart.function(*given)


def right_one(*given):
    return with_a_loop.function(*given)


@wrong("nothing")
def without_a_return(network, x, y, loss, inverse, auxiliary):
    right_one(network, x, y, loss, inverse, auxiliary)


@wrong("arrays for")
def the_output_layer_is_forgotten(network, x, y, loss, inverse, auxiliary):
    return right_one(network, x, y, loss, inverse, auxiliary)[:-1]


@wrong("biases are left out")
def without_biases(network, x, y, loss, inverse, auxiliary):
    return [u[:-1] for u in right_one(network, x, y, loss, inverse, auxiliary)]


@wrong("had changed afterwards")
def the_target_is_moved(network, x, y, loss, inverse, auxiliary):
    update = right_one(network, x, y, loss, inverse, auxiliary)
    y -= network.predict(x)
    return update


@wrong("don't fit")
def the_auxiliary_units_are_forgotten(network, x, y, loss, inverse, auxiliary):
    h = network.forward(x)
    f = network.activations[-2]
    top = h[-2] + f(presynaptic(y) @ inverse[-1]) - f(presynaptic(h[-1]) @ inverse[-1])
    targets = get_exercise("difference_targets")(network, h, top, inverse)
    delta = [(t - a) * g.derivative(a) for t, a, g in zip(targets, h[1:-1], network.activations)]
    error = loss.output_delta(y, h[-1], network.activations[-1])
    return [local_update(p, d) for p, d in zip(h, [*delta, error])]


@wrong("away from")
def the_slope_at_the_target(network, x, y, loss, inverse, auxiliary):
    h, error, targets = start(network, x, y, loss, inverse, auxiliary)
    delta = [(t - a) * f.derivative(t) for t, a, f in zip(targets, h[1:-1], network.activations)]
    return [local_update(p, d) for p, d in zip(h, [*delta, error])]


@wrong("away from")
def as_long_as_the_error(network, x, y, loss, inverse, auxiliary):
    h, error, targets = start(network, x, y, loss, inverse, auxiliary)
    gaps = [t - a for t, a in zip(targets, h[1:-1])]
    gaps = [g * np.linalg.norm(error) / (np.linalg.norm(g) + 1e-12) for g in gaps]
    delta = [g * f.derivative(a) for g, f, a in zip(gaps, network.activations, h[1:])]
    return [local_update(p, d) for p, d in zip(h, [*delta, error])]
