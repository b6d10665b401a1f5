"""Answers to the perturbation of activities."""

import numpy as np

from answers import right, wrong
from microlearn import presynaptic
from microlearn.laws.recursion import backprop


def draw(network, x, noise, rng):
    return [noise * rng.standard_normal((len(x), m)) for m in network.sizes[1:]]


def shake(network, x, xi):
    """Behind the nonlinearity of the hidden layers, before that of the output."""
    layers = len(xi)
    return network.forward(
        x, noise=[None] * (layers - 1) + [xi[-1]], activity_noise=[*xi[:-1], None]
    )


def slope(network, clean, l):
    """f′ for the hidden layers, 1 for the output."""
    hidden = l < len(network.weights) - 1
    return network.activations[l].derivative(clean[l + 1]) if hidden else 1.0


def estimate(network, x, y, loss, noise, rng, xi=None, rise=None, slope=slope):
    """The rule, with each of its parts open to a mistake."""
    xi = draw(network, x, noise, rng) if xi is None else xi
    clean, shaken = network.forward(x), shake(network, x, xi)
    d = (rise or risen)(loss, y, clean[-1], shaken[-1])
    return [
        presynaptic(clean[l]).T @ (-d[:, None] * s / noise**2 * slope(network, clean, l)) / len(x)
        for l, s in enumerate(xi)
    ]


def risen(loss, y, clean, shaken):
    return loss.per_sample(y, shaken) - loss.per_sample(y, clean)


@right
def drawn_from_the_output_downwards_in_float32(network, x, y, loss, noise, rng):
    xi = [rng.normal(0, noise, (len(x), m)) for m in network.sizes[:0:-1]][::-1]
    return [np.float32(u) for u in estimate(network, x, y, loss, noise, rng, xi)]


@right
def all_in_float32(network, x, y, loss, noise, rng):
    return estimate(network.astype(np.float32), np.float32(x), np.float32(y), loss, noise, rng)


@right
def two_sided(network, x, y, loss, noise, rng):
    xi = draw(network, x, noise, rng)
    up, down = (loss.per_sample(y, shake(network, x, [a * s for s in xi])[-1]) for a in (1, -1))
    return estimate(network, x, y, loss, noise, rng, xi, rise=lambda *_: (up - down) / 2)


@right
def sample_by_sample(network, x, y, loss, noise, rng):
    total = [np.zeros_like(w) for w in network.weights]
    for i in range(len(x)):
        one = estimate(network, x[i : i + 1], y[i : i + 1], loss, noise, rng)
        total = [t + u / len(x) for t, u in zip(total, one)]
    return tuple(total)


@right
def with_backward(network, x, y, loss, noise, rng):
    xi = draw(network, x, noise, rng)
    clean, shaken = network.forward(x), shake(network, x, xi)
    fall = -risen(loss, y, clean[-1], shaken[-1]) / (noise**2 * len(x))
    deltas = [fall[:, None] * s for s in xi]
    hidden = zip(network.activations[:-1], clean[1:], deltas)
    deltas[:-1] = [f.backward(h, delta) for f, h, delta in hidden]
    return [
        np.vstack([h.T @ delta, delta.sum(axis=0, keepdims=True)])
        for h, delta in zip(clean, deltas)
    ]


@right
def its_own_forward_pass_and_einsum(network, x, y, loss, noise, rng):
    xi, h, last = draw(network, x, noise, rng), x, len(network.weights) - 1
    for l, (w, f, s) in enumerate(zip(network.weights, network.activations, xi)):
        a = presynaptic(h) @ w
        h = f(a) + s if l < last else f(a + s)
    clean = network.forward(x)
    rise = risen(loss, y, clean[-1], h)
    return [
        np.einsum("n,ni,nj->ij", -rise, presynaptic(below), s * slope(network, clean, l))
        / len(x)
        / noise**2
        for l, (below, s) in enumerate(zip(clean, xi))
    ]


@wrong("nothing")
def without_a_return(network, x, y, loss, noise, rng):
    estimate(network, x, y, loss, noise, rng)


@wrong("")
def divided_by_the_slope(network, x, y, loss, noise, rng):
    def inverse(network, clean, l):
        return 1 / slope(network, clean, l)

    return estimate(network, x, y, loss, noise, rng, slope=inverse)


@wrong("")
def slope_of_the_layer_below(network, x, y, loss, noise, rng):
    def shifted(network, clean, l):
        return network.activations[l].derivative(clean[l])

    return estimate(network, x, y, loss, noise, rng, slope=shifted)


@wrong("that of another nonlinearity")
def slope_of_a_sigmoid_whatever_the_layer(network, x, y, loss, noise, rng):
    def of_a_sigmoid(network, clean, l):
        h = clean[l + 1]
        return h * (1 - h) if l < len(network.weights) - 1 else 1.0

    return estimate(network, x, y, loss, noise, rng, slope=of_a_sigmoid)


@wrong("that of another nonlinearity")
def slope_of_the_first_layers_nonlinearity(network, x, y, loss, noise, rng):
    def of_the_first(network, clean, l):
        hidden = l < len(network.weights) - 1
        return network.activations[0].derivative(clean[l + 1]) if hidden else 1.0

    return estimate(network, x, y, loss, noise, rng, slope=of_the_first)


@wrong("is always zero")
def the_output_learns_nothing(network, x, y, loss, noise, rng):
    def hidden_only(network, clean, l):
        return slope(network, clean, l) if l < len(network.weights) - 1 else 0.0

    return estimate(network, x, y, loss, noise, rng, slope=hidden_only)


@wrong("had changed afterwards")
def applied_at_once(network, x, y, loss, noise, rng):
    update = estimate(network, x, y, loss, noise, rng)
    for w, u in zip(network.weights, update):
        w += 0.1 * u
    return update


@wrong("2 arrays for 4")
def two_layers_whatever_the_network(network, x, y, loss, noise, rng):
    return estimate(network, x, y, loss, noise, rng)[:2]


@wrong("hardly a part")
def backprop_with_noise(network, x, y, loss, noise, rng):
    return [u + noise * rng.standard_normal(u.shape) for u in backprop(network, x, y, loss)]


@wrong("other slopes")
def the_first_samples_slopes(network, x, y, loss, noise, rng):
    def of_the_first(network, clean, l):
        return slope(network, [h[:1] for h in clean], l)

    return estimate(network, x, y, loss, noise, rng, slope=of_the_first)


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
    near = shake(network, x, [1e-6 * z for z in xi])[-1]
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


@wrong("whose slope is zero, got an update")
def slopes_of_the_layer_on_average(network, x, y, loss, noise, rng):
    def average(*where):
        return slope(*where) * 0 + np.mean(slope(*where))

    return estimate(network, x, y, loss, noise, rng, slope=average)


@wrong("other slopes")
def the_root_of_the_slope(network, x, y, loss, noise, rng):
    def root(network, clean, l):
        return np.sqrt(slope(network, clean, l))

    return estimate(network, x, y, loss, noise, rng, slope=root)


@wrong("for each unit it is")
def a_slope_that_is_never_small(network, x, y, loss, noise, rng):
    def raised(network, clean, l):
        return slope(network, clean, l) + (0.02 if l < len(network.weights) - 1 else 0.0)

    return estimate(network, x, y, loss, noise, rng, slope=raised)


@wrong("a sample alone")
def divided_by_one_sample_less(network, x, y, loss, noise, rng):
    factor = len(x) / max(len(x) - 1, 1)
    return [factor * u for u in estimate(network, x, y, loss, noise, rng)]
