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


@wrong("missing `return`")
def without_a_return(fraction, steps, learning_rate):
    fraction ** (1 / steps)


@right
def with_numpy(fraction, steps, learning_rate):
    return np.array((1 - np.power(fraction, 1 / steps)) / learning_rate)


@right
def with_exp_and_log(fraction, steps, learning_rate):
    left = np.exp(np.log(fraction) / steps)
    lost = 1 - left
    return float(lost / learning_rate)


@right
def by_newtons_method(fraction, steps, learning_rate):
    left = 1.0
    for _ in range(500):
        left -= (left**steps - fraction) / (steps * left ** (steps - 1))
    return (1 - left) / learning_rate


@right
def in_float32(fraction, steps, learning_rate):
    left = np.float32(fraction) ** np.float32(1 / steps)
    return (np.float32(1) - left) / np.float32(learning_rate)


@wrong("was left after")
def a_number_from_the_lesson(fraction, steps, learning_rate):
    return 0.01


@wrong("not one number")
def one_for_each_step(fraction, steps, learning_rate):
    return [(1 - fraction ** (1 / k)) / learning_rate for k in range(1, steps + 2)]


@right
def by_the_roots_of_a_polynomial(fraction, steps, learning_rate):
    roots = np.roots([1, *[0] * (steps - 1), -fraction])
    (left,) = roots[(abs(roots.imag) < 1e-9) & (roots.real > 0)].real
    return (1 - left) / learning_rate


@wrong("rounded")
def to_three_decimals(fraction, steps, learning_rate):
    return round((1 - fraction ** (1 / steps)) / learning_rate, 3)


@wrong("rounded")
def to_five_decimals(fraction, steps, learning_rate):
    return round((1 - fraction ** (1 / steps)) / learning_rate, 5)


@wrong("was left after")
def a_series_cut_short(fraction, steps, learning_rate):
    share = -np.log(fraction) / steps
    return (share - share**2 / 2) / learning_rate


@wrong("was left after")
def on_a_coarse_grid(fraction, steps, learning_rate):
    decays = np.linspace(0, 1 / learning_rate, 10001)
    left = (1 - learning_rate * decays) ** steps
    return decays[np.argmin(abs(left - fraction))]


@wrong("and not")
def to_six_decimals(fraction, steps, learning_rate):
    return round((1 - fraction ** (1 / steps)) / learning_rate, 6)
