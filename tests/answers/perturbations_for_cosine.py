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


@wrong("missing `return`")
def without_a_return(parameters, cosine):
    parameters * cosine


@wrong("P where P + 1 belongs")
def without_the_one(parameters, cosine):
    return parameters * cosine**2 / (1 - cosine**2)


@wrong("upside down")
def upside_down(parameters, cosine):
    return (1 - cosine**2) / cosine**2 / (parameters + 1)


@wrong("square of the cosine")
def cosine_not_squared(parameters, cosine):
    return (parameters + 1) * cosine / (1 - cosine)


@wrong("")
def one_over_cosine(parameters, cosine):
    return (parameters + 1) / cosine**2


@wrong("")
def without_the_denominator(parameters, cosine):
    return (parameters + 1) * cosine**2


@wrong("")
def sine_and_cosine_swapped(parameters, cosine):
    return (parameters + 1) * (1 - cosine**2) / cosine**2


@wrong("")
def the_square_root_of_it(parameters, cosine):
    return np.sqrt((parameters + 1) * cosine**2 / (1 - cosine**2))


@wrong("")
def always_the_number_of_weights(parameters, cosine):
    return parameters + 1


@wrong("")
def twice_as_many(parameters, cosine):
    return 2 * (parameters + 1) * cosine**2 / (1 - cosine**2)


@wrong("")
def quadratic_in_the_weights(parameters, cosine):
    return (parameters + 1) ** 2 * cosine**2 / (1 - cosine**2)


@wrong("")
def in_degrees(parameters, cosine):
    return (parameters + 1) * np.cos(np.radians(cosine)) ** 2
