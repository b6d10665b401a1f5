"""Answers to the decay that makes W and B meet."""

import numpy as np

from answers import right, wrong


@right
def by_logarithms(fraction, steps, learning_rate):
    return -np.expm1(np.log(fraction) / steps) / learning_rate


@right
def by_bisection(fraction, steps, learning_rate):
    low, high = 0.0, 1 / learning_rate
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if (1 - learning_rate * middle) ** steps > fraction else (low, middle)
        )
    return low


@wrong("it compounds")
def evenly(fraction, steps, learning_rate):
    return (1 - fraction) / steps / learning_rate


@wrong("but not the same")
def exponential(fraction, steps, learning_rate):
    return -np.log(fraction) / steps / learning_rate


@wrong("not divided out")
def without_the_rate(fraction, steps, learning_rate):
    return 1 - fraction ** (1 / steps)


@wrong("")
def rate_multiplied(fraction, steps, learning_rate):
    return (1 - fraction ** (1 / steps)) * learning_rate


@wrong("where the root of what is left belongs")
def root_of_what_goes(fraction, steps, learning_rate):
    return (1 - fraction) ** (1 / steps) / learning_rate


@wrong("the power where the root belongs")
def power(fraction, steps, learning_rate):
    return (1 - fraction**steps) / learning_rate


@wrong("missing `return`")
def without_a_return(fraction, steps, learning_rate):
    fraction ** (1 / steps)


@wrong("")
def what_is_left(fraction, steps, learning_rate):
    return fraction ** (1 / steps) / learning_rate
