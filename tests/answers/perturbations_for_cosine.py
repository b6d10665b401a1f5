"""Answers to the number of perturbations."""

import numpy as np

from answers import right, wrong


@right
def by_the_tangent(parameters, cosine):
    return (parameters + 1) / np.tan(np.arccos(cosine)) ** 2


@right
def inverted_step_by_step(parameters, cosine):
    ratio = 1 / cosine**2 - 1
    return (1 + parameters) / ratio


@right
def in_single_precision_free_form(parameters, cosine):
    c2 = cosine * cosine
    return float((parameters * c2 + c2) / (1.0 - c2))


@right
def by_halving_an_interval(parameters, cosine):
    low, high = 0.0, 1e12
    for _ in range(200):
        middle = (low + high) / 2
        if 1 / np.sqrt(1 + (parameters + 1) / middle) < cosine:
            low = middle
        else:
            high = middle
    return middle


@right
def with_the_sine(parameters, cosine):
    sine = np.sqrt((1 - cosine) * (1 + cosine))
    return np.array((parameters + 1) * (cosine / sine) ** 2)


@right
def with_a_helper(parameters, cosine):
    return (parameters + 1) * signal_over_noise(cosine**2)


def signal_over_noise(share):
    return share / (1 - share)


@wrong("missing `return`")
def without_a_return(parameters, cosine):
    parameters * cosine


@wrong("")
def in_degrees(parameters, cosine):
    return (parameters + 1) * np.cos(np.radians(cosine)) ** 2


@wrong("rounded")
def whole_number(parameters, cosine):
    return int((parameters + 1) * cosine**2 / (1 - cosine**2))


@wrong("it is 1 and not")
def one_at_least(parameters, cosine):
    return max(1, (parameters + 1) * cosine**2 / (1 - cosine**2))


@wrong("rounded")
def rounded_up(parameters, cosine):
    return np.ceil((parameters + 1) * cosine**2 / (1 - cosine**2))


@wrong("and a cosine of 0.999")
def never_closer_than_a_hundredth(parameters, cosine):
    left = max(1 - cosine**2, 0.01)
    return (parameters + 1) * (1 - left) / left
