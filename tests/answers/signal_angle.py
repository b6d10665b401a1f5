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


@wrong("that is in radians")
def radians(weights, feedback, delta):
    return np.mean(np.arccos(np.clip(cosines(*signals(weights, feedback, delta)), -1, 1)))


@wrong("that is a cosine")
def cosine(weights, feedback, delta):
    return np.mean(cosines(*signals(weights, feedback, delta)))


@wrong("mean is taken of the cosines")
def angle_of_the_mean_cosine(weights, feedback, delta):
    mean = np.mean(cosines(*signals(weights, feedback, delta)))
    return np.degrees(np.arccos(np.clip(mean, -1, 1)))


@wrong("not averaged")
def added_up(weights, feedback, delta):
    c = np.clip(cosines(*signals(weights, feedback, delta)), -1, 1)
    return np.sum(np.degrees(np.arccos(c)))


@wrong("not one number")
def of_each_sample(weights, feedback, delta):
    c = np.clip(cosines(*signals(weights, feedback, delta)), -1, 1)
    return np.degrees(np.arccos(c))


@wrong("")
def of_the_whole_batch(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    c = np.sum(s * t) / np.linalg.norm(s) / np.linalg.norm(t)
    return np.degrees(np.arccos(np.clip(c, -1, 1)))


@wrong("")
def of_the_weights_themselves(weights, feedback, delta):
    w = weights[:-1].T
    c = np.sum(w * feedback) / np.linalg.norm(w) / np.linalg.norm(feedback)
    return np.degrees(np.arccos(np.clip(c, -1, 1)))


@wrong("broadcast")
def with_the_bias_row(weights, feedback, delta):
    s, t = delta @ weights.T, delta @ feedback
    return np.mean(np.degrees(np.arccos(cosines(s, t))))


@wrong("clip it")
def without_clipping(weights, feedback, delta):
    s, t = signals(weights, feedback, delta)
    return np.mean(np.degrees(np.arccos(cosines(s, t) * (1 + 1e-9))))
