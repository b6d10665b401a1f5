"""Answers to node perturbation."""

import numpy as np

from answers import right, wrong
from microlearn import presynaptic
from microlearn.laws.recursion import backprop


def draw(network, x, noise, rng):
    return [noise * rng.standard_normal((len(x), m)) for m in network.sizes[1:]]


def estimate(network, x, y, loss, noise, rng, xi=None, rise=None, credit=None):
    """Node perturbation, with each of its parts open to a mistake."""
    xi = draw(network, x, noise, rng) if xi is None else xi
    clean, shaken = network.forward(x), network.forward(x, noise=xi)
    d = (rise or risen)(loss, y, clean[-1], shaken[-1])
    credited = credit(xi, clean, shaken) if credit else xi
    deltas = [-d[:, None] * s / noise**2 for s in credited]
    return [presynaptic(h).T @ delta / len(x) for h, delta in zip(clean, deltas)]


def risen(loss, y, clean, shaken):
    return loss.per_sample(y, shaken) - loss.per_sample(y, clean)


@right
def drawn_from_the_output_downwards_in_float32(network, x, y, loss, noise, rng):
    xi = [rng.normal(0, noise, (len(x), m)) for m in network.sizes[:0:-1]][::-1]
    return [np.float32(u) for u in estimate(network, x, y, loss, noise, rng, xi)]


@right
def two_sided(network, x, y, loss, noise, rng):
    xi = draw(network, x, noise, rng)
    up = loss.per_sample(y, network.forward(x, noise=xi)[-1])
    down = loss.per_sample(y, network.forward(x, noise=[-s for s in xi])[-1])
    h = network.forward(x)
    return [
        presynaptic(h[l]).T @ ((down - up)[:, None] * xi[l]) / (2 * noise**2 * len(x))
        for l in range(len(xi))
    ]


@right
def sample_by_sample(network, x, y, loss, noise, rng):
    total = [np.zeros_like(w) for w in network.weights]
    for i in range(len(x)):
        xi = draw(network, x[i : i + 1], noise, rng)
        clean = network.forward(x[i : i + 1])
        shaken = network.forward(x[i : i + 1], noise=xi)
        rise = risen(loss, y[i : i + 1], clean[-1], shaken[-1])[0]
        for t, h, s in zip(total, clean, xi):
            t -= rise * np.outer(np.append(h[0], 1), s[0]) / noise**2 / len(x)
    return total


@right
def einsum(network, x, y, loss, noise, rng):
    z = [rng.standard_normal((m, len(x))).T for m in network.sizes[1:]]
    clean = network.forward(x)
    shaken = network.forward(x, noise=tuple(noise * s for s in z))
    fall = loss.per_sample(y, clean[-1]) - loss.per_sample(y, shaken[-1])
    return tuple(
        np.einsum("n,ni,nj->ij", fall / noise / len(x), np.c_[h, np.ones(len(h))], s)
        for h, s in zip(clean, z)
    )


@right
def its_own_forward_pass(network, x, y, loss, noise, rng):
    xi, h = draw(network, x, noise, rng), x
    for w, f, s in zip(network.weights, network.activations, xi):
        h = f(presynaptic(h) @ w + s)
    clean = network.forward(x)
    rise = risen(loss, y, clean[-1], h)
    update = []
    for below, s in zip(clean, xi):
        blame = s * rise.reshape(-1, 1)
        rows = np.vstack([below.T @ blame, blame.sum(axis=0)])
        update.append(-rows / (len(x) * noise**2))
    return update


@right
def all_in_float32(network, x, y, loss, noise, rng):
    return estimate(network.astype(np.float32), np.float32(x), np.float32(y), loss, noise, rng)


@wrong("nothing")
def without_a_return(network, x, y, loss, noise, rng):
    estimate(network, x, y, loss, noise, rng)


@wrong("of its own")
def mean_rise_of_the_batch(network, x, y, loss, noise, rng):
    def rise(loss, y, clean, shaken):
        return np.full(len(y), loss.mean(y, shaken) - loss.mean(y, clean))

    return estimate(network, x, y, loss, noise, rng, rise=rise)


@wrong("noise of its own")
def noise_shared_by_the_batch(network, x, y, loss, noise, rng):
    xi = [np.tile(s, (len(x), 1)) for s in draw(network, x[:1], noise, rng)]
    return estimate(network, x, y, loss, noise, rng, xi)


@wrong("is always zero")
def only_the_output_layer(network, x, y, loss, noise, rng):
    xi = draw(network, x, noise, rng)
    return estimate(network, x, y, loss, noise, rng, [0 * s for s in xi[:-1]] + xi[-1:])


@wrong("is always zero")
def only_the_hidden_layers(network, x, y, loss, noise, rng):
    xi = draw(network, x, noise, rng)
    return estimate(network, x, y, loss, noise, rng, [*xi[:-1], 0 * xi[-1]])


@wrong("is not its own doing")
def change_of_the_pre_activation(network, x, y, loss, noise, rng):
    def change(xi, clean, shaken):
        return [
            (presynaptic(after) - presynaptic(before)) @ w + s
            for after, before, w, s in zip(shaken, clean, network.weights, xi)
        ]

    return estimate(network, x, y, loss, noise, rng, credit=change)


@wrong("the update of the biases of layer 0 is always zero")
def biases_do_not_learn(network, x, y, loss, noise, rng):
    update = estimate(network, x, y, loss, noise, rng)
    for u in update:
        u[-1] = 0
    return update


@wrong("biases are left out")
def no_biases(network, x, y, loss, noise, rng):
    return [u[:-1] for u in estimate(network, x, y, loss, noise, rng)]


@wrong("those of a layer do not share it")
def one_number_for_all_units(network, x, y, loss, noise, rng):
    one = noise * rng.standard_normal((len(x), 1))
    return estimate(network, x, y, loss, noise, rng, [one + np.zeros(m) for m in network.sizes[1:]])


@wrong("had changed afterwards")
def the_targets_shifted_in_place(network, x, y, loss, noise, rng):
    update = estimate(network, x, y, loss, noise, rng)
    y -= network.predict(x)
    return update


@wrong("2 arrays for 4")
def two_layers_whatever_the_network(network, x, y, loss, noise, rng):
    return estimate(network, x, y, loss, noise, rng)[:2]


@right
def as_matrices(network, x, y, loss, noise, rng):
    return [np.asmatrix(u) for u in estimate(network, x, y, loss, noise, rng)]


@wrong("hardly a part")
def backprop_with_noise(network, x, y, loss, noise, rng):
    return [u + noise * rng.standard_normal(u.shape) for u in backprop(network, x, y, loss)]


def _with(number):
    """The rule with other noise, from ``number(rng, shape)`` in units of σ."""
    return lambda network, x, y, loss, noise, rng: estimate(
        network,
        x,
        y,
        loss,
        noise,
        rng,
        [noise * number(rng, (len(x), m)) for m in network.sizes[1:]],
    )


signs_for_noise = wrong("normal")(_with(lambda rng, shape: rng.choice([-1.0, 1.0], shape)))
uniform_noise = wrong("normal")(_with(lambda rng, shape: rng.uniform(-(3**0.5), 3**0.5, shape)))


@wrong("each sample has noise of its own")
def one_draw_for_a_batch_that_is_not_large(network, x, y, loss, noise, rng):
    drawn = draw(network, x[: max(1, len(x) // 1000)], noise, rng)
    xi = [np.resize(z, (len(x), z.shape[1])) for z in drawn]
    return estimate(network, x, y, loss, noise, rng, xi)


@wrong("")
def layers_of_one_size_share_their_noise(network, x, y, loss, noise, rng):
    by_size = {z.shape: z for z in draw(network, x, noise, rng)}
    xi = [by_size[len(x), m] for m in network.sizes[1:]]
    return estimate(network, x, y, loss, noise, rng, xi)


@wrong("does not follow from the loss")
def noise_capped(network, x, y, loss, noise, rng):
    return estimate(network, x, y, loss, min(noise, 0.01), rng)


@wrong("a derivative where the rise belongs")
def a_linearised_rise(network, x, y, loss, noise, rng):
    xi = draw(network, x, noise, rng)
    near = network.forward(x, noise=[1e-6 * z for z in xi])[-1]
    return estimate(
        network, x, y, loss, noise, rng, xi, lambda loss, y, h, _: risen(loss, y, h, near) * 1e6
    )


@wrong("does not follow from the loss")
def hidden_noise_capped(network, x, y, loss, noise, rng):
    *hidden, last = draw(network, x, noise, rng)
    share = min(noise, 0.01) / noise
    xi = [*(share * z for z in hidden), last]
    *below, top = estimate(network, x, y, loss, noise, rng, xi)
    return [*(u / share**2 for u in below), top]


@wrong("nothing is taken off that others bring")
def less_the_mean_rise_of_the_batch(network, x, y, loss, noise, rng):
    def rise(loss, y, clean, shaken):
        d, n = risen(loss, y, clean, shaken), len(y)
        return (d - d.mean()) * n / (n - 1) if n > 1 else d

    return estimate(network, x, y, loss, noise, rng, rise=rise)


@wrong("does not follow from the loss")
def the_sign_of_the_rise(network, x, y, loss, noise, rng):
    def sign(*given):
        return noise * np.sign(risen(*given))

    return estimate(network, x, y, loss, noise, rng, rise=sign)


@wrong("does not follow from the loss")
def the_rise_as_a_share_of_the_loss(network, x, y, loss, noise, rng):
    def share(loss, y, clean, shaken):
        return risen(loss, y, clean, shaken) / loss.per_sample(y, clean)

    return estimate(network, x, y, loss, noise, rng, rise=share)


@wrong("a sample alone")
def divided_by_one_sample_less(network, x, y, loss, noise, rng):
    factor = len(x) / max(len(x) - 1, 1)
    return [factor * u for u in estimate(network, x, y, loss, noise, rng)]
