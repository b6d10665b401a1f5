"""Answers to the matched learning rate."""

import numpy as np

from answers import right, wrong


@right
def mean_of_the_progress(updates, downhill, learning_rate):
    progress = np.mean([u @ downhill for u in updates])
    return learning_rate * np.sum(downhill**2) / progress


@right
def by_the_shadow_in_float32(updates, downhill, learning_rate):
    unit = downhill / np.linalg.norm(downhill)
    return np.float32(learning_rate * np.linalg.norm(downhill) / (updates.mean(0) @ unit))


@right
def einsum(updates, downhill, learning_rate):
    total = np.einsum("kp,p->", updates, downhill)
    return len(updates) * learning_rate * (downhill @ downhill) / total


@wrong("missing `return`")
def without_a_return(updates, downhill, learning_rate):
    updates.mean(0) @ downhill


@right
def with_loops(updates, downhill, learning_rate):
    progress = own = 0.0
    for u in updates:
        for p, q in zip(u, downhill):
            progress += p * q / len(updates)
    for q in downhill:
        own += q * q
    return learning_rate * own / progress


@right
def by_the_shares_of_each_draw(updates, downhill, learning_rate):
    shares = updates @ downhill / np.linalg.norm(downhill) ** 2
    return float(learning_rate / shares.mean())


@right
def by_the_cosine_and_the_length(updates, downhill, learning_rate):
    mean = np.mean(updates, axis=0)
    cos = mean @ downhill / (np.linalg.norm(mean) * np.linalg.norm(downhill))
    return learning_rate * np.linalg.norm(downhill) / (np.linalg.norm(mean) * cos)


@right
def by_least_squares(updates, downhill, learning_rate):
    mean = updates.mean(axis=0)
    share = np.linalg.lstsq(downhill[:, None], mean, rcond=None)[0]
    return learning_rate / share


@wrong("not one number")
def one_rate_for_each_draw(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / (updates @ downhill)


@wrong("not one number")
def one_rate_for_each_parameter(updates, downhill, learning_rate):
    return learning_rate * downhill / updates.mean(0)


@wrong("don't fit")
def averaged_over_the_parameters(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / (updates.mean(1) @ downhill)


@right
def all_in_float32(updates, downhill, learning_rate):
    u, g = np.float32(updates), np.float32(downhill)
    return learning_rate * np.sum(g * g) / np.mean(u @ g)


@wrong("rounded")
def rounded(updates, downhill, learning_rate):
    return round(learning_rate * (downhill @ downhill) / (updates.mean(0) @ downhill), 4)


@wrong("had changed afterwards")
def averaged_in_place(updates, downhill, learning_rate):
    updates /= len(updates)
    return learning_rate * (downhill @ downhill) / (updates.sum(0) @ downhill)


@wrong("")
def headway_at_least_a_little(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / max(updates.mean(0) @ downhill, 1e-8)


@wrong("many times as short")
def never_ten_times_the_rate(updates, downhill, learning_rate):
    rate = learning_rate * (downhill @ downhill) / (updates.mean(axis=0) @ downhill)
    return min(rate, 10 * learning_rate)
