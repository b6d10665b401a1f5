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
    samples = np.float64(samples)
    mean, squares = np.mean(samples, 0), np.mean(samples**2, 0)
    variance = squares - mean**2
    live = variance > 1e-12 * squares
    return np.mean(np.abs(mean[live]) / np.sqrt(variance[live]))


@right
def with_a_masked_array(samples):
    std = np.ma.masked_equal(samples.std(0), 0)
    return float(np.ma.mean(np.abs(samples.mean(0)) / std))


@wrong("a small number added")
def with_an_epsilon(samples):
    return np.mean(np.abs(samples.mean(0)) / (samples.std(0) + 1e-3))


@wrong("division by zero")
def with_the_dead(samples):
    return np.mean(np.abs(samples.mean(0)) / samples.std(0))


@wrong("not one number")
def of_each_parameter(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.abs(mean[std > 0]) / std[std > 0]


@right
def with_einsum_in_float32(samples):
    s = np.float32(samples)
    s = s[:, np.ptp(s, axis=0) > 0]
    t = len(s)
    mean = np.einsum("tp->p", s) / t
    var = np.einsum("tp,tp->p", s - mean, s - mean) / t
    return (np.abs(mean) / np.sqrt(var)).mean()


@right
def nan_for_the_dead(samples):
    std = samples.std(axis=0)
    std[std == 0] = np.nan
    return np.nanmean(np.abs(samples.mean(axis=0)) / std)


@right
def from_the_covariance_matrix(samples):
    var = np.diag(np.cov(samples.T, bias=True))
    mean = samples.mean(axis=0)
    return np.mean([abs(m) / v**0.5 for m, v in zip(mean, var) if v > 1e-14 * m * m])


@right
def transposed_with_a_set_of_columns(samples):
    live = samples.T[~np.all(samples.T[:, :1] == samples.T, axis=1)]
    return np.sqrt(np.mean(live, axis=1) ** 2 / np.var(live, axis=1)).mean()


@wrong("missing `return`")
def without_a_return(samples):
    np.mean(np.abs(samples.mean(0)) / samples.std(0))


@wrong("had changed afterwards")
def centred_in_place(samples):
    mean = samples.mean(0)
    samples -= mean
    std = np.sqrt(np.mean(samples**2, axis=0))
    return np.mean(np.abs(mean[std > 0]) / std[std > 0])


@wrong("division by zero")
def only_the_zero_means_left_out(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.mean(np.abs(mean[mean != 0]) / std[mean != 0])


@wrong("")
def a_number_from_the_lecture(samples):
    return 0.8


@right
def what_is_finite_of_all_ratios(samples):
    ratio = np.abs(samples.mean(0)) / samples.std(0)
    return ratio[np.isfinite(ratio)].mean()


@wrong("rounded")
def rounded(samples):
    mean, std = samples.mean(0), samples.std(0)
    return round(np.mean(np.abs(mean[std > 0]) / std[std > 0]), 4)


@wrong("")
def absolute_value_of_the_average(samples):
    mean, std = samples.mean(0), samples.std(0)
    return abs(np.mean(mean[std > 0] / std[std > 0]))


@wrong("in one sample alone")
def constant_if_it_comes_back(samples):
    s = samples[:, samples[0] != samples[-1]]
    return np.mean(np.abs(s.mean(0)) / s.std(0)) if s.size else ratio_of_all(samples)


def ratio_of_all(samples):
    mean, std = samples.mean(0), samples.std(0)
    return np.mean(np.abs(mean[std > 0]) / std[std > 0])


@wrong("mean of a parameter is zero")
def zero_means_left_out(samples):
    return ratio_of_all(samples[:, samples.mean(0) != 0])


@wrong("times the spread")
def what_hardly_varies_left_out(samples):
    loud = samples.std(0) > 1e-3 * np.abs(samples.mean(0))
    return ratio_of_all(samples[:, loud]) if loud.any() else 0.0


@wrong("in single precision, for large means")
def from_moments_in_single_precision(samples):
    live = samples[:, np.ptp(samples, axis=0) > 0]
    mean = live.mean(0)
    return np.mean(np.abs(mean) / np.sqrt(np.mean(live**2, 0) - mean**2))


@wrong("")
def what_varies_little_is_left_out(samples):
    live = samples[:, samples.std(axis=0) > 1e-6]
    return np.mean(np.abs(live.mean(axis=0)) / live.std(axis=0))
