"""Answers to the angle of a mirror."""

import math

import numpy as np

from answers import right, wrong


@right
def with_math(fan_in, samples):
    return math.degrees(math.atan(math.sqrt((fan_in + 1) / samples)))


@right
def with_arctan2(fan_in, samples):
    return np.rad2deg(np.arctan2(np.sqrt(fan_in + 1), np.sqrt(samples)))


@right
def by_the_cosine(fan_in, samples):
    return 180 / np.pi * np.arccos(1 / np.sqrt(1 + (fan_in + 1) / samples))


@right
def by_the_sine(fan_in, samples):
    voices = fan_in + 1
    return np.degrees(np.arcsin((voices / (voices + samples)) ** 0.5))


@right
def as_the_argument_of_a_complex_number(fan_in, samples):
    return np.angle(samples**0.5 + 1j * (fan_in + 1) ** 0.5, deg=True)


@right
def in_float32(fan_in, samples):
    tangent = np.sqrt(np.float32(fan_in + 1) / np.float32(samples))
    return np.array([np.arctan(tangent) * np.float32(180 / np.pi)])


@wrong("missing `return`")
def without_a_return(fan_in, samples):
    np.degrees(np.arctan(np.sqrt((fan_in + 1) / samples)))


@wrong("rounded")
def to_one_decimal(fan_in, samples):
    return round(with_math.function(fan_in, samples), 1)


@wrong("not one number")
def after_each_sample(fan_in, samples):
    return np.degrees(np.arctan(np.sqrt((fan_in + 1) / np.arange(1, samples + 2))))


@wrong("for")
def for_small_angles(fan_in, samples):
    return np.degrees(np.sqrt((fan_in + 1) / samples))


@wrong("for")
def a_number_from_the_lesson(fan_in, samples):
    return 29.1
