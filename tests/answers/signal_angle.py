"""Answers to the angle between the signals."""

import numpy as np

from answers import right, wrong


def signals(weights, feedback, delta):
    return delta @ weights[:-1].T, delta @ feedback


def cosines(s, t):
    return np.sum(s * t, 1) / np.linalg.norm(s, axis=1) / np.linalg.norm(t, axis=1)


@right
def sample_by_sample(weights, feedback, delta):
    angles = []
    for d in delta:
        s, t = weights[:-1] @ d, d @ feedback
        cosine = s @ t / np.sqrt((s @ s) * (t @ t))
        angles.append(np.arccos(max(-1, min(1, cosine))))
    return np.degrees(np.mean(angles))


@right
def with_unit_vectors_and_einsum(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    s = s / np.linalg.norm(s, axis=1, keepdims=True)
    t = t / np.linalg.norm(t, axis=1, keepdims=True)
    return float(np.mean(np.rad2deg(np.arccos(np.einsum("ni,ni->n", s, t).clip(-1, 1)))))


@right
def in_float32(weights, feedback, delta):
    w, b, d = (np.float32(a) for a in (weights, feedback, delta))
    return np.mean(np.degrees(np.arccos(np.clip(cosines(*signals(w, b, d)), -1, 1))))


@wrong("not one number")
def of_each_sample(weights, feedback, delta):
    c = np.clip(cosines(*signals(weights, feedback, delta)), -1, 1)
    return np.degrees(np.arccos(c))


@wrong("don't fit")
def with_the_bias_row(weights, feedback, delta):
    s, t = delta @ weights.T, delta @ feedback
    return np.mean(np.degrees(np.arccos(cosines(s, t))))


@wrong("clip it")
def without_clipping(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    return np.mean(np.degrees(np.arccos(cosines(s, t) * (1 + 1e-9))))


@right
def by_the_chord_between_unit_vectors(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    s = (s.T / np.linalg.norm(s, axis=1)).T
    t = (t.T / np.linalg.norm(t, axis=1)).T
    half = np.linalg.norm(s - t, axis=1) / 2
    return np.mean(2 * np.degrees(np.arcsin(np.clip(half, 0, 1))))


@right
def with_arctan2(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    dot = np.sum(s * t, axis=1)
    across = np.sqrt(np.maximum(np.sum(s**2, axis=1) * np.sum(t**2, axis=1) - dot**2, 0))
    return np.arctan2(across, dot).mean() * 180 / np.pi


@right
def columns_as_samples(weights, feedback, delta):
    s, t = weights[:-1] @ delta.T, feedback.T @ delta.T
    c = (s * t).sum(0) / np.sqrt((s * s).sum(0) * (t * t).sum(0))
    angles = tuple(np.arccos(min(max(v, -1.0), 1.0)) * 180 / np.pi for v in c)
    return sum(angles) / len(angles)


@wrong("missing `return`")
def without_a_return(weights, feedback, delta):
    signals(weights, feedback, delta)


@wrong("leave the last row of W out")
def the_first_row_left_out(weights, feedback, delta):
    s, t = delta @ weights[1:].T, delta @ feedback
    return np.mean(np.degrees(np.arccos(np.clip(cosines(s, t), -1, 1))))


@wrong("leave the last row of W out")
def a_column_of_ones_for_the_bias(weights, feedback, delta):
    s, t = delta @ weights.T, delta @ feedback
    return np.mean(np.degrees(np.arccos(np.clip(cosines(s, np.c_[t, np.ones(len(t))]), -1, 1))))


@wrong("don't fit")
def transposed_signal(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    return np.mean(np.degrees(np.arccos(np.clip(np.sum(s.T * t, 1), -1, 1))))


@wrong("had changed afterwards")
def normalised_in_place(weights, feedback, delta):
    angle = sample_by_sample.function(weights, feedback, delta)
    delta /= np.linalg.norm(delta, axis=1, keepdims=True)
    return angle


@right
def rounded_to_two_decimals(weights, feedback, delta):
    return round(sample_by_sample.function(weights, feedback, delta), 2)


@wrong("rounded")
def rounded_to_one_decimal(weights, feedback, delta):
    return round(sample_by_sample.function(weights, feedback, delta), 1)


@wrong("")
def of_the_signs_of_the_errors(weights, feedback, delta):
    return sample_by_sample.function(weights, feedback, np.sign(delta))


@wrong("a small number added")
def with_an_epsilon(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    lengths = np.linalg.norm(s, axis=1) * np.linalg.norm(t, axis=1) + 1e-8
    return np.mean(np.degrees(np.arccos(np.clip(np.sum(s * t, axis=1) / lengths, -1, 1))))


@wrong("clip it")
def without_those_that_are_nan(weights, feedback, delta):
    return np.nanmean(np.degrees(np.arccos(cosines(*signals(weights, feedback, delta)))))


@wrong("nan and not")
def weak_samples_left_out(weights, feedback, delta):
    strong = np.linalg.norm(delta, axis=1) > 1e-8
    return angle_of_each(weights, feedback, delta[strong]).mean()


def angle_of_each(weights, feedback, delta):
    s, t = delta @ weights[:-1].T, delta @ feedback
    cosine = (s * t).sum(1) / np.linalg.norm(s, axis=1) / np.linalg.norm(t, axis=1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
