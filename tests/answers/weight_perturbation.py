"""Answers to weight perturbation."""

import numpy as np

from answers import right, wrong
from microlearn.laws.recursion import backprop


def _psi(network, noise, rng):
    return [noise * rng.standard_normal(w.shape) for w in network.weights]


def _shaken_loss(network, x, y, loss, psi):
    weights = [w + p for w, p in zip(network.weights, psi, strict=True)]
    return loss.mean(y, network.with_weights(weights).predict(x))


def _rise(network, x, y, loss, psi):
    return _shaken_loss(network, x, y, loss, psi) - loss.mean(y, network.predict(x))


@right
def drawn_as_one_vector_in_float32(network, x, y, loss, noise, rng):
    total = sum(w.size for w in network.weights)
    draws = rng.normal(0, noise, total)
    psi, start = [], 0
    for w in reversed(network.weights):
        psi.insert(0, draws[start : start + w.size].reshape(w.shape))
        start += w.size
    rise = _rise(network, x, y, loss, psi)
    return [np.float32(-rise / noise**2 * p) for p in psi]


@right
def two_sided(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    up = _shaken_loss(network, x, y, loss, psi)
    down = _shaken_loss(network, x, y, loss, [-p for p in psi])
    return [-(up - down) / 2 * p / noise**2 for p in psi]


@right
def layer_by_layer_with_a_tuple(network, x, y, loss, noise, rng):
    draws = tuple(rng.normal(size=w.shape) for w in network.weights)
    h = x
    for w, f, d in zip(network.weights, network.activations, draws, strict=True):
        h = f(np.einsum("ni,ij->nj", np.c_[h, np.ones(len(h))], w + noise * d))
    change = np.mean(loss.per_sample(y, network.predict(x)) - loss.per_sample(y, h))
    return tuple(change * d / noise for d in draws)


@right
def all_in_float32(network, x, y, loss, noise, rng):
    small = network.astype(np.float32)
    psi = [np.float32(p) for p in _psi(network, noise, rng)]
    rise = _rise(small, np.float32(x), np.float32(y), loss, psi)
    return [np.float32(-rise / noise**2) * p for p in psi]


@right
def sample_by_sample(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    rises = [_rise(network, x[i : i + 1], y[i : i + 1], loss, psi) for i in range(len(x))]
    return [-(sum(rises) / len(rises)) * p / noise**2 for p in psi]


@right
def with_loops_and_a_class(network, x, y, loss, noise, rng):
    class Shaken:
        def __init__(self):
            self.psi = [np.empty_like(w) for w in network.weights]
            for p in self.psi:
                for index in np.ndindex(p.shape):
                    p[index] = rng.normal(0, noise)

        def fall(self):
            return -_rise(network, x, y, loss, self.psi)

    shaken = Shaken()
    return [shaken.fall() / noise**2 * p for p in shaken.psi]


@wrong("nothing")
def without_a_return(network, x, y, loss, noise, rng):
    _psi(network, noise, rng)


@wrong("left in peace")
def biases_not_shaken(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    for p in psi:
        p[-1] = 0
    return [-_rise(network, x, y, loss, psi) * p / noise**2 for p in psi]


@wrong("left in peace")
def only_the_output_layer(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    psi[0] = 0 * psi[0]
    return [-_rise(network, x, y, loss, psi) * p / noise**2 for p in psi]


@wrong("had changed afterwards")
def shaken_in_place(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    clean = loss.mean(y, network.predict(x))
    for w, p in zip(network.weights, psi, strict=True):
        w += p
    rise = loss.mean(y, network.predict(x)) - clean
    return [-rise * p / noise**2 for p in psi]


@wrong("biases are left out")
def no_biases(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    return [-_rise(network, x, y, loss, psi) * p[:-1] / noise**2 for p in psi]


@wrong("the shaken weights")
def the_shaken_weights_in_the_update(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    rise = _rise(network, x, y, loss, psi)
    return [-rise * (w + p) / noise**2 for w, p in zip(network.weights, psi)]


@wrong("noise of its own for each sample")
def shaken_anew_for_each_sample(network, x, y, loss, noise, rng):
    total = [np.zeros_like(w) for w in network.weights]
    for i in range(len(x)):
        psi = _psi(network, noise, rng)
        rise = _rise(network, x[i : i + 1], y[i : i + 1], loss, psi)
        total = [t - rise * p / noise**2 / len(x) for t, p in zip(total, psi)]
    return total


@wrong("2 arrays for 4")
def two_layers_whatever_the_network(network, x, y, loss, noise, rng):
    return all_in_float32.function(network, x, y, loss, noise, rng)[:2]


@wrong("does not follow from the loss")
def divided_by_the_variance_of_the_draw(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    rise = _rise(network, x, y, loss, psi)
    return [
        -rise * p / np.mean(flat**2)
        for flat in [np.concatenate([*map(np.ravel, psi)])]
        for p in psi
    ]


@wrong("")
def backprop_with_noise(network, x, y, loss, noise, rng):
    return [u + noise * rng.standard_normal(u.shape) for u in backprop(network, x, y, loss)]


@wrong("a second pass measures it")
def a_slope_without_an_experiment(network, x, y, loss, noise, rng):
    z = [rng.standard_normal(w.shape) for w in network.weights]
    slope = sum(np.sum(u * v) for u, v in zip(backprop(network, x, y, loss), z))
    return [slope * v for v in z]


def _with(draw):
    def answer(network, x, y, loss, noise, rng):
        psi = [noise * draw(rng, w.shape) for w in network.weights]
        rise = _rise(network, x, y, loss, psi)
        return [-rise / noise**2 * p for p in psi]

    return answer


twelve_uniform_numbers_for_a_normal_one = right(
    _with(lambda rng, shape: rng.random((12, *shape)).sum(axis=0) - 6)
)
signs_for_noise = wrong("normal")(_with(lambda rng, shape: rng.choice([-1.0, 1.0], shape)))
uniform_noise = wrong("normal")(_with(lambda rng, shape: rng.uniform(-(3**0.5), 3**0.5, shape)))
noise_without_its_mean = wrong("")(
    _with(lambda rng, shape: (z := rng.standard_normal(shape)) - z.mean())
)
noise_cut_off = wrong("none is beyond")(
    _with(lambda rng, shape: np.clip(rng.standard_normal(shape), -3, 3))
)


@wrong("normal")
def noise_of_a_fixed_length(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    squares, size = sum(np.sum(p**2) for p in psi), sum(p.size for p in psi)
    psi = [p * noise * np.sqrt(size / squares) for p in psi]
    return [-_rise(network, x, y, loss, psi) / noise**2 * p for p in psi]


@wrong("")
def layers_of_one_shape_share_their_noise(network, x, y, loss, noise, rng):
    drawn = {}
    for w in network.weights:
        drawn.setdefault(w.shape, noise * rng.standard_normal(w.shape))
    psi = [drawn[w.shape] for w in network.weights]
    return [-_rise(network, x, y, loss, psi) / noise**2 * p for p in psi]


@wrong("does not follow from the loss")
def noise_capped(network, x, y, loss, noise, rng):
    return drawn_as_one_vector_in_float32.function(network, x, y, loss, min(noise, 0.01), rng)


@wrong("draws of the noise give no update")
def only_what_helps_is_learned(network, x, y, loss, noise, rng):
    psi = [noise * rng.standard_normal(w.shape) for w in network.weights]
    shaken = network.with_weights([w + p for w, p in zip(network.weights, psi)])
    rise = loss.mean(y, shaken.predict(x)) - loss.mean(y, network.predict(x))
    return [-min(rise, 0) * p / noise**2 for p in psi]


@wrong("not what was drawn")
def divided_by_the_square_that_was_drawn(network, x, y, loss, noise, rng):
    psi = [noise * rng.standard_normal(w.shape) for w in network.weights]
    shaken = network.with_weights([w + p for w, p in zip(network.weights, psi)])
    rise = loss.mean(y, shaken.predict(x)) - loss.mean(y, network.predict(x))
    square = np.mean(np.concatenate([p.ravel() for p in psi]) ** 2)
    return [-rise * p / square for p in psi]


@wrong("lead uphill")
def the_noise_upside_down_in_the_update(network, x, y, loss, noise, rng):
    psi = _psi(network, noise, rng)
    rise = _rise(network, x, y, loss, psi)
    return [-rise / noise**2 * p[::-1] for p in psi]


@wrong("times what")
def the_mean_of_two_draws(network, x, y, loss, noise, rng):
    updates = []
    for _ in range(2):
        psi = _psi(network, noise, rng)
        updates.append([-_rise(network, x, y, loss, psi) / noise**2 * p for p in psi])
    return [(a + b) / 2 for a, b in zip(*updates)]
