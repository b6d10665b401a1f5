"""Answers to the alignment angle."""

import numpy as np

from answers import right, wrong


def cosine(a, b):
    return np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)


def degrees(c):
    return np.degrees(np.arccos(np.clip(c, -1, 1)))


@right
def by_the_tangent(weights, feedback):
    u = weights[:-1].T / np.linalg.norm(weights[:-1])
    v = feedback / np.linalg.norm(feedback)
    return np.degrees(2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


@right
def with_trace_and_min(weights, feedback):
    c = np.trace(weights[:-1] @ feedback)
    c /= np.sqrt(np.sum(weights[:-1] ** 2) * np.sum(feedback**2))
    return float(np.arccos(min(1.0, max(-1.0, c))) * 180 / np.pi)


@right
def in_float32(weights, feedback):
    return degrees(cosine(np.float32(weights[:-1].T), np.float32(feedback)))


@wrong("that is in radians")
def radians(weights, feedback):
    return np.arccos(np.clip(cosine(weights[:-1].T, feedback), -1, 1))


@wrong("that is the cosine")
def only_the_cosine(weights, feedback):
    return cosine(weights[:-1].T, feedback)


@wrong("clip it")
def without_clipping(weights, feedback):
    return np.degrees(np.arccos(cosine(weights[:-1].T, feedback)))


@wrong("broadcast")
def with_the_biases(weights, feedback):
    return degrees(cosine(weights.T, feedback))


@wrong("")
def not_transposed(weights, feedback):
    return degrees(cosine(weights[:-1].ravel(), feedback.ravel()))


@wrong("")
def row_by_row(weights, feedback):
    w = weights[:-1].T
    return np.mean([degrees(cosine(u, v)) for u, v in zip(w, feedback)])


@wrong("an absolute value hides")
def always_acute(weights, feedback):
    return degrees(abs(cosine(weights[:-1].T, feedback)))


@wrong("arc sine")
def sine(weights, feedback):
    return np.degrees(np.arcsin(np.clip(cosine(weights[:-1].T, feedback), -1, 1)))


@wrong("missing `return`")
def without_a_return(weights, feedback):
    degrees(cosine(weights[:-1].T, feedback))
