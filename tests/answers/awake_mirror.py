"""Answers to where an awake mirror comes to rest."""

import numpy as np

from answers import right, wrong


@right
def with_numpys_covariance(weights, activity):
    return weights[:-1].T @ np.cov(activity, rowvar=False, bias=True)


@right
def as_the_average_of_the_mirror(weights, activity):
    response = activity @ weights[:-1] + weights[-1]
    return (response - response.mean(axis=0)).T @ activity / len(activity)


@right
def sample_by_sample(weights, activity):
    mean, total = np.mean(activity, axis=0), 0
    for h in activity:
        total = total + np.outer((h - mean) @ weights[:-1], h - mean)
    return total / len(activity)


@right
def by_mean_products_and_products_of_means(weights, activity):
    m = activity.mean(axis=0)
    c = np.einsum("ni,nk->ik", activity, activity) / len(activity) - np.outer(m, m)
    return np.einsum("ij,ik->jk", weights[:-1], c)


@right
def in_float32(weights, activity):
    w, h = np.float32(weights), np.float32(activity)
    h = h - h.mean(axis=0)
    return (h @ w[:-1]).T @ h / np.float32(len(h))


@right
def as_lists_of_numbers(weights, activity):
    means = activity.mean(axis=0)
    centred = activity - means
    fan_in, fan_out = weights.shape[0] - 1, weights.shape[1]
    heard = [[float(row @ weights[:-1, j]) for row in centred] for j in range(fan_out)]
    return np.array(
        [[float(np.mean(heard[j] * centred[:, i])) for i in range(fan_in)] for j in range(fan_out)]
    )


@wrong("missing `return`")
def without_a_return(weights, activity):
    as_the_average_of_the_mirror.function(weights, activity)


@wrong("rows belong to the layer above")
def not_transposed(weights, activity):
    return as_the_average_of_the_mirror.function(weights, activity).T


@wrong("had changed afterwards")
def centred_in_place(weights, activity):
    activity -= activity.mean(axis=0)
    return weights[:-1].T @ activity.T @ activity / len(activity)


@wrong("don't fit")
def with_the_bias_row(weights, activity):
    return weights.T @ np.cov(activity, rowvar=False, bias=True)


@wrong("it is not")
def at_the_length_of_the_weights(weights, activity):
    b = as_the_average_of_the_mirror.function(weights, activity)
    return b * np.linalg.norm(weights[:-1]) / np.linalg.norm(b)


@wrong("it is not")
def of_the_active_units_alone(weights, activity):
    h = np.maximum(activity, 0)
    return weights[:-1].T @ np.cov(h, rowvar=False, bias=True)


@wrong("where all units are silent in some samples")
def silent_samples_do_not_count(weights, activity):
    loud = activity[np.any(activity != 0, axis=1)]
    centred = loud - loud.mean(axis=0)
    return weights[:-1].T @ (centred.T @ centred) / len(loud)
