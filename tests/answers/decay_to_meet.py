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


@wrong("multiplied by the learning rate")
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


@wrong("what is left, not what goes")
def what_is_left(fraction, steps, learning_rate):
    return fraction ** (1 / steps) / learning_rate


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


@wrong("the sign")
def minus(fraction, steps, learning_rate):
    return (fraction ** (1 / steps) - 1) / learning_rate


@wrong("one step too few")
def one_step_too_few(fraction, steps, learning_rate):
    return (1 - fraction ** (1 / max(steps - 1, 1))) / learning_rate


@wrong("one step too many")
def one_step_too_many(fraction, steps, learning_rate):
    return (1 - fraction ** (1 / (steps + 1))) / learning_rate


@wrong("all of the steps together")
def in_one_step(fraction, steps, learning_rate):
    return (1 - fraction) / learning_rate


@wrong("a square root")
def square_root(fraction, steps, learning_rate):
    return (1 - np.sqrt(fraction)) / learning_rate


@wrong("where its root belongs")
def divided_by_the_steps(fraction, steps, learning_rate):
    return (1 - fraction / steps) / learning_rate


@wrong("in every step already")
def rate_and_steps(fraction, steps, learning_rate):
    return (1 - fraction ** (1 / steps)) / (learning_rate * steps)


@wrong("base 10")
def logarithm_to_base_10(fraction, steps, learning_rate):
    return -np.log10(fraction) / (learning_rate * steps)


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


@wrong("not 1 plus it")
def one_plus_the_root(fraction, steps, learning_rate):
    return (1 + fraction ** (1 / steps)) / learning_rate


@wrong("brackets")
def without_brackets(fraction, steps, learning_rate):
    return 1 - fraction ** (1 / steps) / learning_rate


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
