"""Answers to the signal-to-noise ratio."""

import numpy as np

from answers import right, wrong


@right
def one_parameter_after_another(samples):
    ratios = []
    for column in samples.T:
        std = np.std(column)
        if std > 0:
            ratios.append(abs(np.mean(column)) / std)
    return sum(ratios) / len(ratios)


@right
def from_moments(samples):
    mean, squares = np.mean(samples, 0), np.mean(samples**2, 0)
    variance = squares - mean**2
    live = variance > 1e-12 * squares
    return np.mean(np.abs(mean[live]) / np.sqrt(variance[live]))


@right
def with_a_masked_array(samples):
    std = np.ma.masked_equal(samples.std(0), 0)
    return float(np.ma.mean(np.abs(samples.mean(0)) / std))


@wrong("absolute value is missing")
def signed(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.mean(mean[std > 0] / std[std > 0])


@wrong("not over the samples")
def wrong_axis(samples):
    return np.mean(np.abs(samples.mean(1)) / samples.std(1))


@wrong("upside down")
def noise_to_signal(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.mean(std[std > 0] / np.abs(mean[std > 0]))


@wrong("variance in the place")
def variance(samples):
    mean, var = samples.mean(0), samples.var(0)
    return np.mean(np.abs(mean[var > 0]) / var[var > 0])


@wrong("added up over the parameters")
def summed(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.sum(np.abs(mean[std > 0]) / std[std > 0])


@wrong("mean of the absolute values")
def absolute_first(samples):
    std = samples.std(0)
    return np.mean(np.abs(samples).mean(0)[std > 0] / std[std > 0])


@wrong("ratio of two averages")
def ratio_of_averages(samples):
    return np.mean(np.abs(samples.mean(0))) / np.mean(samples.std(0))


@wrong("a small number added")
def with_an_epsilon(samples):
    return np.mean(np.abs(samples.mean(0)) / (samples.std(0) + 1e-3))


@wrong("division by zero")
def with_the_dead(samples):
    return np.mean(np.abs(samples.mean(0)) / samples.std(0))


@wrong("divide by T here")
def sample_deviation(samples):
    mean, std = samples.mean(0), samples.std(0, ddof=1)
    return np.mean(np.abs(mean[std > 0]) / std[std > 0])


@wrong("squared")
def power_ratio(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.mean(mean[std > 0] ** 2 / std[std > 0] ** 2)


@wrong("not one number")
def of_each_parameter(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.abs(mean[std > 0]) / std[std > 0]
