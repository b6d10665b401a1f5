"""Answers to the forward pass."""

import numpy as np

from answers import right, wrong
from microlearn import presynaptic


@right
def with_the_biases_added(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(activities[-1] @ w[:-1] + w[-1]))
    return activities


@right
def einsum_in_float32_as_a_tuple(weights, activations, x):
    h = [x]
    for w, f in zip(weights, activations, strict=True):
        p = np.concatenate([h[-1], np.ones((len(x), 1))], axis=1)
        h.append(f(np.einsum("ni,ij->nj", p, w).astype(np.float32)))
    return tuple(h)


@right
def sample_by_sample(weights, activations, x):
    activities = [x]
    for l in range(len(weights)):
        rows = [np.append(h, 1) @ weights[l] for h in activities[l]]
        activities.append(activations[l](np.array(rows)))
    return activities


@right
def recursively(weights, activations, x):
    if not weights:
        return [x]
    h = activations[0](presynaptic(x) @ weights[0])
    return [x, *recursively_rest(weights[1:], activations[1:], h)]


def recursively_rest(weights, activations, x):
    return recursively.function(weights, activations, x)


@right
def columns_for_samples(weights, activations, x):
    columns = [x.T]
    for w, f in zip(weights, activations):
        a = w[:-1].T @ columns[-1] + w[-1][:, None]
        columns.append(f(a.T).T)
    return [h.T for h in columns]


@right
def unit_by_unit_in_loops(weights, activations, x):
    activities = [np.array(x, dtype=np.float64)]
    for l, w in enumerate(weights):
        below, above = activities[l], np.zeros((len(x), w.shape[1]))
        for j in range(w.shape[1]):
            for i in range(w.shape[0] - 1):
                above[:, j] += below[:, i] * w[i, j]
            above[:, j] += w[-1, j]
        activities.append(activations[l](above))
    return activities


@wrong("nothing")
def without_a_return(weights, activations, x):
    pass


@wrong("the input x is missing")
def without_the_input(weights, activations, x):
    return with_the_biases_added.function(weights, activations, x)[1:]


@wrong("not a list of activities")
def only_the_prediction(weights, activations, x):
    return with_the_biases_added.function(weights, activations, x)[-1]


@wrong("of another layer")
def one_activation_for_all(weights, activations, x):
    activities = [x]
    for w in weights:
        activities.append(activations[-1](presynaptic(activities[-1]) @ w))
    return activities


@wrong("")
def always_from_the_input(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        activities.append(f(presynaptic(x) @ w))
    return activities


@wrong("another answer than in the batch")
def batch_normalised(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations, strict=True):
        h = activities[-1]
        activities.append(f(presynaptic(h - h.mean(axis=0) * (len(h) > 1)) @ w))
    return activities


@wrong("had changed afterwards")
def input_overwritten(weights, activations, x):
    kept = x.copy()
    x *= 2
    return with_the_biases_added.function(weights, activations, kept)


@wrong("stops after")
def two_layers_whatever_the_network(weights, activations, x):
    h = activations[0](presynaptic(x) @ weights[0])
    return [x, h, activations[1](presynaptic(h) @ weights[1])]


@wrong("had changed afterwards")
def weights_scaled_in_place(weights, activations, x):
    for w in weights:
        w /= np.linalg.norm(w)
    return with_the_biases_added.function(weights, activations, x)


@right
def all_in_float32(weights, activations, x):
    activities = [np.float32(x)]
    for w, f in zip(weights, activations):
        activities.append(f(presynaptic(activities[-1]) @ np.float32(w)))
    return activities


@wrong("are not appended")
def nothing_appended(weights, activations, x):
    activities, h = [x], x
    for w, f in zip(weights, activations):
        h = f(presynaptic(h) @ w)
    return activities


@wrong("more than one thing is appended")
def pre_activations_appended_too(weights, activations, x):
    activities = [x]
    for w, f in zip(weights, activations):
        a = presynaptic(activities[-1]) @ w
        activities += [a, f(a)]
    return activities


@wrong("not the input x")
def input_squashed(weights, activations, x):
    return with_the_biases_added.function(weights, activations, np.tanh(x))


@wrong("not applied")
def a_linear_output(weights, activations, x):
    activities = [x]
    for l, (w, f) in enumerate(zip(weights, activations)):
        a = presynaptic(activities[-1]) @ w
        activities.append(f(a) if l < len(weights) - 1 else a)
    return activities


@wrong("applied twice")
def the_output_activated_again(weights, activations, x):
    activities = with_the_biases_added.function(weights, activations, x)
    activities[-1] = activations[-1](activities[-1])
    return activities


KNOWN = {}


@wrong("something is kept")
def remembered_by_identity(weights, activations, x):
    key = x.tobytes(), *map(id, weights)
    if key not in KNOWN:
        KNOWN[key] = list(weights), all_in_float32.function(weights, activations, x)
    return KNOWN[key][1]


@wrong("units in a layer")
def wide_inputs_brought_to_one(weights, activations, x):
    h = [x]
    for w, f in zip(weights, activations):
        scale = np.abs(h[-1]).max() if len(w) > 65 else 1
        h.append(f(presynaptic(h[-1] / scale) @ w))
    return h


@wrong("where all inputs are zero")
def silence_without_biases(weights, activations, x):
    h = [x]
    for w, f in zip(weights, activations):
        h.append(f(presynaptic(h[-1]) @ w) if h[-1].any() else f(h[-1] @ w[:-1]))
    return h


@wrong("with a thousand samples and more")
def the_samples_left_over_forgotten(weights, activations, x):
    blocks = np.split(x[: len(x) // 50 * 50], len(x) // 50) if len(x) >= 50 else [x]
    layers = zip(*(with_the_biases_added.function(weights, activations, b) for b in blocks))
    return [x, *(np.concatenate(h) for h in list(layers)[1:])]
