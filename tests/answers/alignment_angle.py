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


@wrong("clip it")
def without_clipping(weights, feedback):
    return np.degrees(np.arccos(cosine(weights[:-1].T, feedback)))


@wrong("don't fit")
def with_the_biases(weights, feedback):
    return degrees(cosine(weights.T, feedback))


@wrong("missing `return`")
def without_a_return(weights, feedback):
    degrees(cosine(weights[:-1].T, feedback))


@right
def with_einsum_without_transposing(weights, feedback):
    w = weights[:-1]
    dot = np.einsum("ij,ji->", w, feedback)
    return np.rad2deg(
        np.arccos(np.clip(dot / np.sqrt(np.vdot(w, w) * np.vdot(feedback, feedback)), -1, 1))
    )


@right
def with_loops(weights, feedback):
    dot = ww = bb = 0.0
    for i in range(feedback.shape[1]):
        for j in range(feedback.shape[0]):
            dot += weights[i, j] * feedback[j, i]
            ww += weights[i, j] ** 2
            bb += feedback[j, i] ** 2
    return 180 / np.pi * np.arccos(min(1, max(-1, dot / (ww * bb) ** 0.5)))


@right
def of_long_vectors(weights, feedback):
    u, v = weights[:-1].ravel(order="F"), feedback.ravel()
    return degrees(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


@right
def by_the_law_of_cosines(weights, feedback):
    u, v = weights[: feedback.shape[1], :].T, feedback
    a, b, c = (np.linalg.norm(side) for side in (u, v, u - v))
    return degrees((a * a + b * b - c * c) / (2 * a * b))


@wrong("had changed afterwards")
def normalised_in_place(weights, feedback):
    feedback /= np.linalg.norm(feedback)
    return degrees(cosine(weights[:-1].T, feedback))


@wrong("leave the last row")
def without_the_first_row(weights, feedback):
    return degrees(cosine(weights[1:].T, feedback))


@wrong("leave the last row")
def biases_matched_with_zeros(weights, feedback):
    padded = np.hstack([feedback, np.zeros((len(feedback), 1))])
    return degrees(cosine(weights.T, padded))


@wrong("leave the last row")
def length_with_the_biases(weights, feedback):
    dot = np.sum(weights[:-1].T * feedback)
    return degrees(dot / np.linalg.norm(weights) / np.linalg.norm(feedback))


@right
def rounded_to_two_decimals(weights, feedback):
    return round(degrees(cosine(weights[:-1].T, feedback)), 2)


@wrong("rounded")
def rounded_to_one_decimal(weights, feedback):
    return round(degrees(cosine(weights[:-1].T, feedback)), 1)


@wrong("a small number added")
def with_an_epsilon(weights, feedback):
    w = weights[:-1].T
    lengths = np.linalg.norm(w) * np.linalg.norm(feedback) + 1e-8
    return degrees(np.sum(w * feedback) / lengths)


@wrong("90° for B = -0.3")
def clipped_at_a_right_angle(weights, feedback):
    return np.degrees(np.arccos(np.clip(cosine(weights[:-1].T, feedback), 0, 1)))


@wrong("for an angle of")
def chords_for_small_angles(weights, feedback):
    c = np.clip(cosine(weights[:-1].T, feedback), -1, 1)
    return np.degrees(np.sqrt(2 - 2 * c)) if c > 0.95 else degrees(c)
