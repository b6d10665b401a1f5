"""Answers to the angle between F and the way through the network."""

from functools import reduce

import numpy as np

from answers import right, wrong


def through(network):
    return reduce(np.matmul, [w[:-1] for w in network.weights])


def cosine(a, b):
    return np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)


def degrees(c):
    return np.degrees(np.arccos(np.clip(c, -1, 1)))


@right
def with_reduce(network, projection):
    return degrees(cosine(through(network), projection[0].T))


@right
def by_the_tangent(network, projection):
    u, v = through(network).T, projection[0]
    u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
    return np.degrees(2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


@right
def with_the_trace(network, projection):
    u, f = through(network), projection[0]
    c = np.trace(u @ f) / np.sqrt(np.sum(u**2) * np.sum(f**2))
    return float(np.arccos(min(1.0, max(-1.0, c))) * 180 / np.pi)


@right
def from_the_output_down(network, projection):
    path = np.eye(network.sizes[-1])
    for w in reversed(network.weights):
        path = path @ w[:-1].T
    return np.rad2deg(np.arccos(np.clip(cosine(path.ravel(), projection[0].ravel()), -1, 1)))


@right
def inputs_of_one(network, projection):
    """What comes out for each input alone, if the units and the biases are left out."""
    h = np.eye(network.sizes[0])
    for w in network.weights:
        h = np.hstack([h, np.zeros((len(h), 1))]) @ w
    return degrees(
        np.einsum("ik,ki->", h, projection[0]) / np.linalg.norm(h) / np.linalg.norm(projection[0])
    )


@right
def in_float32(network, projection):
    ws = [np.float32(w[:-1]) for w in network.weights]
    return np.array([degrees(cosine(reduce(np.matmul, ws).T, np.float32(projection[0])))])


@right
def rounded_to_two_decimals(network, projection):
    return round(float(degrees(cosine(through(network), projection[0].T))), 2)


@wrong("rounded")
def rounded_to_one_decimal(network, projection):
    return round(float(degrees(cosine(through(network), projection[0].T))), 1)


@wrong("clip it")
def without_clipping(network, projection):
    u, f = through(network), projection[0]
    return np.degrees(np.arccos(cosine(u.T, f)))


@wrong("missing `return`")
def without_a_return(network, projection):
    degrees(cosine(through(network), projection[0].T))


@wrong("don't fit")
def with_the_biases(network, projection):
    return degrees(cosine(reduce(np.matmul, network.weights).T, projection[0]))


@wrong("don't fit")
def not_transposed(network, projection):
    return degrees(cosine(through(network), projection[0]))


@wrong("had changed afterwards")
def normalised_in_place(network, projection):
    projection[0] /= np.linalg.norm(projection[0])
    return degrees(cosine(through(network), projection[0].T))


@wrong("")
def clipped_at_a_right_angle(network, projection):
    return np.degrees(np.arccos(np.clip(cosine(through(network), projection[0].T), 0, 1)))


@wrong("")
def of_the_projected_error(network, projection):
    """The angle between F and what the output says of F."""
    said = network.predict(projection[0])
    return degrees(cosine(said, np.eye(len(said))))


@wrong("not one number")
def an_angle_for_each_output(network, projection):
    u, f = through(network).T, projection[0]
    lengths = np.linalg.norm(u, axis=1) * np.linalg.norm(f, axis=1)
    both = np.sum(u * f, axis=1) / lengths
    return degrees(np.append(both, 0.0))


@wrong("")
def a_square_layer_in_the_middle_is_left_out(network, projection):
    first, *middle, last = network.weights if len(network.weights) > 1 else [*network.weights, None]
    path = first[:-1]
    for w in [w for w in middle if len(w) != w.shape[1] + 1] + ([] if last is None else [last]):
        path = path @ w[:-1]
    return degrees(cosine(path.T, projection[0]))
