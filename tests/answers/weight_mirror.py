"""Answers to the weight mirror."""

import numpy as np

from answers import right, wrong


def draw(network, l, noise, samples, rng):
    return rng.normal(0, noise, (samples, network.sizes[l]))


@right
def sample_by_sample(network, feedback, noise, samples, rng):
    update = [None]
    for l in range(1, len(feedback)):
        xi = draw(network, l, noise, samples, rng)
        heard = np.array([x @ network.weights[l][:-1] + network.weights[l][-1] for x in xi])
        mean = sum(heard) / samples
        total = sum(np.outer(a - mean, x) for a, x in zip(heard, xi))
        update.append(total / samples / noise**2 - feedback[l])
    return update


@right
def noise_drawn_for_all_layers_at_once(network, feedback, noise, samples, rng):
    sizes = network.sizes[1:-1]
    everything = rng.standard_normal((sum(sizes), samples)).T
    starts = np.cumsum([0, *sizes])
    update = [None]
    for l, b in enumerate(feedback[1:], start=1):
        z = everything[:, starts[l - 1] : starts[l]]
        a = network.receive(l, noise * z)
        update.append((a - a.mean(0)).T @ z / (noise * samples) - b)
    return tuple(update)


@right
def without_the_mean_of_the_noise(network, feedback, noise, samples, rng):
    """Taking the mean off the noise is the same as taking it off the response."""
    update = [None] * len(feedback)
    for l in reversed(range(1, len(feedback))):
        xi = draw(network, l, noise, samples, rng)
        quiet = xi - xi.mean(axis=0)
        update[l] = np.einsum("nj,ni->ji", xi @ network.weights[l][:-1], quiet)
        update[l] = update[l] / (noise * noise * samples) - feedback[l]
    return update


@right
def with_numpys_covariance(network, feedback, noise, samples, rng):
    update = [None]
    for l, (w, b) in enumerate(zip(network.weights, feedback)):
        if b is not None:
            xi = draw(network, l, noise, samples, rng)
            both = np.cov(xi @ w[:-1], xi, rowvar=False, ddof=0)
            update.append(both[: len(b), len(b) :] / noise**2 - b)
    return update


@right
def all_in_float32(network, feedback, noise, samples, rng):
    small, update = network.astype(np.float32), [None]
    for l in range(1, len(feedback)):
        z = rng.standard_normal((samples, network.sizes[l]), dtype=np.float32)
        a = small.receive(l, z)
        a -= a.mean(axis=0)
        update.append((a.T @ z) / np.float32(samples) - np.float32(feedback[l]))
    return update


@right
def by_the_covariance_of_the_noise(network, feedback, noise, samples, rng):
    def covariance(l):
        xi = draw(network, l, noise, samples, rng) / noise
        return xi.T @ xi / samples - np.outer(xi.mean(axis=0), xi.mean(axis=0))

    return [
        None if b is None else network.weights[l][:-1].T @ covariance(l) - b
        for l, b in enumerate(feedback)
    ]


def mirror(network, feedback, noise, samples, rng):
    return sample_by_sample.function(network, feedback, noise, samples, rng)


@wrong("nothing")
def without_a_return(network, feedback, noise, samples, rng):
    mirror(network, feedback, noise, samples, rng)


@wrong("rows belong to the layer above")
def noise_times_response(network, feedback, noise, samples, rng):
    return [None, *(u.T for u in mirror(network, feedback, noise, samples, rng)[1:])]


@wrong("None belongs there")
def a_mirror_for_the_first_layer_too(network, feedback, noise, samples, rng):
    w = network.weights[0]
    return [np.zeros((w.shape[1], len(w) - 1)), *mirror(network, feedback, noise, samples, rng)[1:]]


@wrong("arrays for")
def the_first_layer_left_out(network, feedback, noise, samples, rng):
    return mirror(network, feedback, noise, samples, rng)[1:]


@wrong("had changed afterwards")
def applied_in_place(network, feedback, noise, samples, rng):
    update = mirror(network, feedback, noise, samples, rng)
    for u, b in zip(update[1:], feedback[1:]):
        b += 0.1 * u
    return update


@wrong("had changed afterwards")
def applied_to_the_list(network, feedback, noise, samples, rng):
    update = mirror(network, feedback, noise, samples, rng)
    for l in range(1, len(feedback)):
        feedback[l] = feedback[l] + 0.1 * update[l]
    return update


@wrong("3 arrays for 4")
def three_layers_whatever_the_network(network, feedback, noise, samples, rng):
    return mirror(network, feedback, noise, samples, rng)[:3]


@wrong("what goes is not B")
def what_becomes_of_it(network, feedback, noise, samples, rng):
    update = mirror(network, feedback, noise, samples, rng)
    return [None, *(b + u for b, u in zip(feedback[1:], update[1:]))]


@wrong("it is no covariance")
def only_the_signs_of_the_response(network, feedback, noise, samples, rng):
    update = [None]
    for l in range(1, len(feedback)):
        xi = draw(network, l, noise, samples, rng)
        a = xi @ network.weights[l][:-1]
        spread = np.linalg.norm(network.weights[l][:-1], axis=0).mean()
        signs = np.sqrt(np.pi / 2) * spread * np.sign(a - a.mean(axis=0))
        update.append(signs.T @ xi / (noise * samples) - feedback[l])
    return update


@wrong("the average is")
def cut_to_the_length_of_b(network, feedback, noise, samples, rng):
    update = [None]
    for u, b in zip(mirror(network, feedback, noise, samples, rng)[1:], feedback[1:]):
        new = u + b
        update.append(new * np.linalg.norm(b) / np.linalg.norm(new) - b)
    return update


@wrong("louder noise gave another update")
def the_louder_the_faster(network, feedback, noise, samples, rng):
    update = [None]
    for l in range(1, len(feedback)):
        xi = draw(network, l, noise, samples, rng)
        a = network.receive(l, xi)
        update.append((a - a.mean(axis=0)).T @ xi / samples - noise**2 * feedback[l])
    return update


@wrong("it is no covariance")
def of_the_last_sample_alone(network, feedback, noise, samples, rng):
    update = [None]
    for l in range(1, len(feedback)):
        xi = draw(network, l, noise, samples, rng)
        a = network.receive(l, xi)
        a = a - a.mean(axis=0)
        update.append(np.outer(a[-1], xi[-1]) / noise**2 - feedback[l])
    return update


@wrong("two layers have the same noise")
def one_draw_for_layers_of_one_size(network, feedback, noise, samples, rng):
    drawn, update = {}, [None]
    for l in range(1, len(feedback)):
        units = network.sizes[l]
        if units not in drawn:
            drawn[units] = draw(network, l, noise, samples, rng)
        a = network.receive(l, drawn[units])
        a = a - a.mean(axis=0)
        update.append(a.T @ drawn[units] / (noise**2 * samples) - feedback[l])
    return update


@wrong("of its largest entry")
def transposed_where_the_shapes_ask_for_it(network, feedback, noise, samples, rng):
    update = [None]
    for l in range(1, len(feedback)):
        xi = draw(network, l, noise, samples, rng)
        a = network.receive(l, xi)
        heard = xi.T @ (a - a.mean(axis=0)) / (noise**2 * samples)
        b = feedback[l]
        update.append((heard if heard.shape == b.shape else heard.T) - b)
    return update


def in_the_page(network, feedback, noise, samples, rng, heard, given_up=lambda b: b):
    """The lines that the student's page gives, around ``heard``: slips are known by these numbers."""
    update = [None] * len(feedback)
    for l in range(1, len(feedback)):
        xi = noise * rng.standard_normal((samples, network.sizes[l]), dtype=network.dtype)
        update[l] = heard(network.receive(l, xi), xi) - given_up(feedback[l])
    return update


@wrong("the mean response is not taken off")
def the_mean_kept_in_the_page(network, feedback, noise, samples, rng):
    def heard(a, xi):
        return a.T @ xi / (noise**2 * samples)

    return in_the_page(network, feedback, noise, samples, rng, heard)


@wrong("a division by σ where σ² belongs")
def the_deviation_in_the_page(network, feedback, noise, samples, rng):
    def heard(a, xi):
        return (a - a.mean(axis=0)).T @ xi / (noise * samples)

    return in_the_page(network, feedback, noise, samples, rng, heard)


@wrong("multiplied by the number of samples")
def brackets_forgotten(network, feedback, noise, samples, rng):
    def heard(a, xi):
        return (a - a.mean(axis=0)).T @ xi / noise**2 * samples

    return in_the_page(network, feedback, noise, samples, rng, heard)


@wrong("the whole update is divided by σ²")
def one_bracket_too_many(network, feedback, noise, samples, rng):
    def heard(a, xi):
        return (a - a.mean(axis=0)).T @ xi / (noise**2 * samples)

    def given_up(b):
        return b / noise**2

    return in_the_page(network, feedback, noise, samples, rng, heard, given_up)


@wrong("σ² is what it is told to be")
def the_measured_variance(network, feedback, noise, samples, rng):
    def heard(a, xi):
        return (a - a.mean(axis=0)).T @ xi / (xi.var() * samples)

    return in_the_page(network, feedback, noise, samples, rng, heard)


@wrong("noise that is not normal")
def noise_of_signs(network, feedback, noise, samples, rng):
    update = [None]
    for l in range(1, len(feedback)):
        xi = noise * rng.choice([-1.0, 1.0], (samples, network.sizes[l]))
        a = network.receive(l, xi)
        update.append((a - a.mean(axis=0)).T @ xi / (noise**2 * samples) - feedback[l])
    return update


@wrong("that is the transpose without any noise")
def the_mean_itself(network, feedback, noise, samples, rng):
    w = network.weights
    return [None, *((1 - 1 / samples) * w[l][:-1].T - feedback[l] for l in range(1, len(feedback)))]


@wrong("beyond a number are left out")
def a_thousand_samples_at_most(network, feedback, noise, samples, rng):
    return mirror(network, feedback, noise, min(samples, 1000), rng)


@wrong()
def noise_without_its_mean_over_the_units(network, feedback, noise, samples, rng):
    def heard(a, xi):
        return a.T @ (xi - xi.mean(axis=1, keepdims=True)) / (noise**2 * samples)

    return in_the_page(network, feedback, noise, samples, rng, heard)
