"""Answers to the noise that stays in B."""

import math

import numpy as np

from answers import right, wrong


@right
def with_math(rate):
    return math.sqrt(rate / (2 - rate))


@right
def by_the_sum_of_what_all_steps_have_left(rate):
    return rate / np.sqrt(1 - (1 - rate) ** 2)


@right
def by_the_odds(rate):
    return (2 / rate - 1) ** -0.5


@right
def in_float32(rate):
    small = np.float32(rate)
    return np.array([np.sqrt(small / (np.float32(2) - small))])


@right
def by_the_tangent(rate):
    return np.tan(np.arcsin(np.sqrt(rate / 2)))


@right
def solved_as_a_linear_equation(rate):
    # v − (1 − η)² v = η², divided by η
    (variance,) = np.linalg.solve([[2 - rate]], [rate])
    return float(np.sqrt(variance))


@wrong("missing `return`")
def without_a_return(rate):
    np.sqrt(rate / (2 - rate))


@wrong("rounded")
def to_two_decimals(rate):
    return round(with_math.function(rate), 2)


@wrong("not one number")
def step_by_step(rate):
    variances = [0.0]
    for _ in range(50):
        variances.append((1 - rate) ** 2 * variances[-1] + rate**2)
    return np.sqrt(variances)


@wrong("for")
def after_twenty_steps(rate):
    variance = 0.0
    for _ in range(20):
        variance = (1 - rate) ** 2 * variance + rate**2
    return variance**0.5


@wrong("for")
def of_a_rate_below_one(rate):
    return np.sqrt(min(rate, 1) / (2 - min(rate, 1)))


@wrong("for")
def a_simulation(rate):
    rng, b = np.random.default_rng(0), np.zeros(2000)
    for _ in range(100):
        b += rate * (rng.standard_normal(2000) - b)
    return b.std()


@wrong("for")
def a_number_from_the_lesson(rate):
    return 0.229
