"""Answers to the slowness of a curve."""

import numpy as np
from scipy.optimize import curve_fit, least_squares, minimize, minimize_scalar

from answers import right, wrong


def curve(t, half, top):
    return top * t / (half + t)


@right
def with_curve_fit(epochs, accuracy, highest=None):
    start = np.median(epochs), np.max(accuracy)
    if highest is not None:
        found = curve_fit(lambda t, half: curve(t, half, highest), epochs, accuracy, start[:1])
        return float(found[0][0]), highest
    return list(curve_fit(curve, epochs, accuracy, start)[0])


@right
def with_least_squares(epochs, accuracy, highest=None):
    unit, size = np.median(epochs), np.max(accuracy)

    def misses(p):
        top = highest / size if highest is not None else p[1]
        return curve(epochs / unit, p[0], top) - accuracy / size

    start = [1.0] if highest is not None else [1.0, 1.0]
    found = least_squares(misses, start, xtol=1e-14, ftol=1e-14, gtol=1e-14).x
    return found[0] * unit, highest if highest is not None else found[1] * size


@right
def the_height_in_closed_form(epochs, accuracy, highest=None):
    """For each slowness the best height is known, so that one number is left to look for."""

    def height(s):
        g = epochs / (s + epochs)
        return highest if highest is not None else np.sum(accuracy * g) / np.sum(g * g)

    def squares(log):
        return np.sum((accuracy - curve(epochs, np.exp(log), height(np.exp(log)))) ** 2)

    longest = np.log(np.max(epochs))
    tried = np.linspace(longest - 9, longest + 3, 400)
    at = tried[np.argmin([squares(log) for log in tried])]
    s = np.exp(
        minimize_scalar(
            squares, bounds=(at - 0.05, at + 0.05), method="bounded", options={"xatol": 1e-9}
        ).x
    )
    return s, height(s)


@right
def step_by_step_by_hand(epochs, accuracy, highest=None):
    """Gauss-Newton in the logarithm of the slowness; the height follows in closed form."""
    s = np.median(epochs)
    for _ in range(300):
        g = epochs / (s + epochs)
        top = highest if highest is not None else accuracy @ g / (g @ g)
        slope = -top * epochs * s / (s + epochs) ** 2
        if highest is None:
            slope = slope - g * (g @ slope) / (g @ g)
        s *= np.exp(np.clip(slope @ (accuracy - top * g) / (slope @ slope), -0.5, 0.5))
    return s, top


@right
def with_minimize(epochs, accuracy, highest=None):
    unit, size = np.median(epochs), np.max(accuracy)
    fixed = None if highest is None else highest / size

    def squares(p):
        top = p[1] if fixed is None else fixed
        return 1e4 * np.sum((accuracy / size - curve(epochs / unit, np.exp(p[0]), top)) ** 2)

    start = [-1.0, 1.0] if fixed is None else [-1.0]
    options = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000, "maxfev": 4000}
    found = minimize(squares, start, method="Nelder-Mead", options=options).x
    return np.exp(found[0]) * unit, (found[1] * size if fixed is None else highest)


@right
def a_finer_and_finer_grid(epochs, accuracy, highest=None):
    low, high = 1e-4 * np.max(epochs), 30 * np.max(epochs)
    for _ in range(12):
        tried = np.geomspace(low, high, 60)
        shapes = [epochs / (s + epochs) for s in tried]
        tops = [g @ accuracy / (g @ g) if highest is None else highest for g in shapes]
        best = int(np.argmin([np.sum((accuracy - t * g) ** 2) for t, g in zip(tops, shapes)]))
        low, high = tried[max(0, best - 2)], tried[min(59, best + 2)]
    return np.float32(tried[best]), tops[best]


@wrong("missing `return`")
def without_a_return(epochs, accuracy, highest=None):
    with_curve_fit.function(epochs, accuracy, highest)


@wrong("two numbers")
def the_slowness_alone(epochs, accuracy, highest=None):
    return with_curve_fit.function(epochs, accuracy, highest)[0]


@wrong("two numbers")
def with_the_errors_of_the_fit(epochs, accuracy, highest=None):
    return curve_fit(curve, epochs, accuracy, (np.median(epochs), np.max(accuracy)))


@wrong("two numbers")
def only_what_was_fitted(epochs, accuracy, highest=None):
    return tuple(with_curve_fit.function(epochs, accuracy, highest))[: 2 if highest is None else 1]


@wrong("had changed afterwards")
def normalised_in_place(epochs, accuracy, highest=None):
    top = np.max(accuracy)
    accuracy /= top
    s, high = with_curve_fit.function(epochs, accuracy, None if highest is None else highest / top)
    return s, high * top


@wrong("")
def the_first_epoch_alone(epochs, accuracy, highest=None):
    top = np.max(accuracy) if highest is None else highest
    return epochs[0] * (top / accuracy[0] - 1), top


@wrong("")
def each_measurement_has_its_own(epochs, accuracy, highest=None):
    top = 1.001 * np.max(accuracy) if highest is None else highest
    use = epochs > 0
    return np.mean(epochs[use] * (top / accuracy[use] - 1)), top
