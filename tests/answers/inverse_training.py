"""Answers to the training of inverses."""

import numpy as np

from answers import right, wrong
from microlearn import local_update, presynaptic


def layers(network, x, inverse, auxiliary, shake):
    """For each layer with an inverse: its number, what should come back, what was sent, V and f."""
    h = network.forward(x)
    for l, v in enumerate(inverse):
        if v is not None:
            z = h[l] + shake[l]
            u = network.activations[l](network.receive(l, z))
            if l == len(inverse) - 1:
                u = np.hstack([u, np.tanh(presynaptic(z) @ auxiliary[0])])
            yield l, z, u, v, network.activations[l - 1]


def with_each(update):
    """The answer whose layers get ``update(z, u, v, f)``."""

    def answer(network, x, inverse, auxiliary, shake):
        found = [None] * len(inverse)
        for l, *at in layers(network, x, inverse, auxiliary, shake):
            found[l] = update(*at)
        return found

    return answer


@right
def weights_and_biases_apart(network, x, inverse, auxiliary, shake):
    def update(z, u, v, f):
        r = f(u @ v[:-1] + v[-1])
        delta = (z - r) * f.derivative(r) / len(x)
        return np.vstack([u.T @ delta, delta.sum(axis=0)])

    return with_each(update)(network, x, inverse, auxiliary, shake)


@right
def as_backprop_of_a_single_layer(network, x, inverse, auxiliary, shake):
    def update(z, u, v, f):
        r = f(presynaptic(u) @ v)
        return local_update(u, f.backward(r, z - r))

    return with_each(update)(network, x, inverse, auxiliary, shake)


@right
def down_minus_the_gradient(network, x, inverse, auxiliary, shake):
    def update(z, u, v, f):
        p = presynaptic(u)
        r = f(p @ v)
        gradient = p.T @ ((r - z) * f.derivative(r)) / len(p)
        return -gradient

    return with_each(update)(network, x, inverse, auxiliary, shake)


@right
def sample_by_sample(network, x, inverse, auxiliary, shake):
    def update(z, u, v, f):
        total = np.zeros(v.shape)
        for one, sent in zip(z, presynaptic(u)):
            r = f((sent @ v)[None])[0]
            total += np.outer(sent, (one - r) * f.derivative(r))
        return total / len(z)

    return tuple(with_each(update)(network, x, inverse, auxiliary, shake))


@right
def with_einsum(network, x, inverse, auxiliary, shake):
    def update(z, u, v, f):
        p = presynaptic(u)
        r = f(np.einsum("nj,ji->ni", p, v))
        return np.einsum("nj,ni,ni->ji", p, z - r, f.derivative(r)) / len(z)

    return with_each(update)(network, x, inverse, auxiliary, shake)


@right
def in_float32(network, x, inverse, auxiliary, shake):
    def small(arrays):
        return [None if a is None else np.float32(a) for a in arrays]

    return down_minus_the_gradient.function(
        network.astype(np.float32), np.float32(x), small(inverse), small(auxiliary), small(shake)
    )


def right_one(*given):
    return down_minus_the_gradient.function(*given)


@wrong("nothing")
def without_a_return(network, x, inverse, auxiliary, shake):
    right_one(network, x, inverse, auxiliary, shake)


@wrong("biases are left out")
def without_biases(network, x, inverse, auxiliary, shake):
    return [None, *(u[:-1] for u in right_one(network, x, inverse, auxiliary, shake)[1:])]


@wrong("arrays for")
def the_first_layer_left_out(network, x, inverse, auxiliary, shake):
    return right_one(network, x, inverse, auxiliary, shake)[1:]


@wrong("had changed afterwards")
def applied_in_place(network, x, inverse, auxiliary, shake):
    update = right_one(network, x, inverse, auxiliary, shake)
    for v, u in zip(inverse, update):
        if v is not None:
            v += 0.1 * u
    return update


@wrong("straight down")
def straight_to_the_best_linear_inverse(network, x, inverse, auxiliary, shake):
    def update(z, u, v, f):
        return np.linalg.lstsq(presynaptic(u), z, rcond=None)[0] - v

    return with_each(update)(network, x, inverse, auxiliary, shake)


@wrong("None belongs there")
def something_for_the_first_layer_too(network, x, inverse, auxiliary, shake):
    update = right_one(network, x, inverse, auxiliary, shake)
    return [np.zeros(3), *update[1:]]


@wrong("without an inverse")
def zeros_where_nothing_is_inverted(network, x, inverse, auxiliary, shake):
    update = right_one(network, x, inverse, auxiliary, shake)
    return [None, *(np.zeros(3) if u is None else u for u in update[1:])]


@wrong("straight down")
def the_way_there_and_back_is_trained(network, x, inverse, auxiliary, shake):
    """What comes back is held against what was sent up, at the wrong end."""

    def update(z, u, v, f):
        r = f(presynaptic(u) @ v)
        return local_update(u, (r * r - z * r) * f.derivative(r))

    return with_each(update)(network, x, inverse, auxiliary, shake)


@wrong("at the output alone")
def the_first_gap_ends_it(network, x, inverse, auxiliary, shake):
    first = next((l for l in range(1, len(inverse)) if inverse[l] is None), len(inverse))
    rest = [None] * (len(inverse) - first)
    return right_one(network, x, [*inverse[:first], *rest], auxiliary, shake)


@wrong("wrong in layer 2")
def auxiliary_units_teach_nothing(network, x, inverse, auxiliary, shake):
    update = right_one(network, x, inverse, auxiliary, shake)
    if update[-1] is not None:
        update[-1][network.weights[-1].shape[1] : -1] = 0
    return update
