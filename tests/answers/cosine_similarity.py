"""Answers to the cosine of the angle between two updates."""

import numpy as np

from answers import right, wrong


def flat(update):
    return np.concatenate([u.ravel() for u in update])


def both(a, b):
    return sum(np.sum(u * v) for u, v in zip(a, b))


@right
def layer_sums(a, b):
    length = np.sqrt(both(a, a) * both(b, b))
    return float("nan") if length == 0 else both(a, b) / length


@right
def with_loops(a, b):
    dot = aa = bb = 0.0
    for u, v in zip(a, b):
        for p, q in zip(u.flat, v.flat):
            dot, aa, bb = dot + p * q, aa + p * p, bb + q * q
    return dot / (aa * bb) ** 0.5 if aa * bb > 0 else np.nan


@right
def numpy_divides_by_zero_in_float32(a, b):
    u, v = np.float32(flat(a)), np.float32(flat(b))
    return np.float64(u @ v) / np.float64(np.linalg.norm(u) * np.linalg.norm(v))


def cosine(u, v):
    return u @ v / np.linalg.norm(u) / np.linalg.norm(v)


@wrong("layer by layer")
def mean_over_layers(a, b):
    return np.mean([cosine(u.ravel(), v.ravel()) for u, v in zip(a, b)])


@wrong("only the first layer")
def first_layer(a, b):
    return cosine(a[0].ravel(), b[0].ravel())


@wrong("dot product")
def dot_product(a, b):
    return flat(a) @ flat(b)


@wrong("only one of the lengths")
def one_length(a, b):
    return flat(a) @ flat(b) / np.linalg.norm(flat(a))


@wrong("that is an angle")
def angle(a, b):
    return np.arccos(np.clip(cosine(flat(a), flat(b)), -1, 1))


@wrong("lengths are squared")
def without_roots(a, b):
    return both(a, b) / (both(a, a) * both(b, b))


@wrong("hides the direction")
def absolute(a, b):
    return abs(cosine(flat(a), flat(b)))


@wrong("correlation")
def correlation(a, b):
    return np.corrcoef(flat(a), flat(b))[0, 1]


@wrong("at a right angle")
def zero_for_zero(a, b):
    length = np.sqrt(both(a, a) * both(b, b))
    return both(a, b) / length if length else 0.0


@wrong("had changed afterwards")
def normalised_in_place(a, b):
    u = flat(a)
    for layer in a:
        layer /= np.linalg.norm(u)
    return cosine(u, flat(b))
