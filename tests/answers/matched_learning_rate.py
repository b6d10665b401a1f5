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


@wrong("upside down")
def upside_down(updates, downhill, learning_rate):
    return learning_rate * (updates.mean(0) @ downhill) / (downhill @ downhill)


@wrong("length of the mean update")
def by_the_length_of_the_mean(updates, downhill, learning_rate):
    return learning_rate * np.linalg.norm(downhill) / np.linalg.norm(updates.mean(0))


@wrong("most of that is noise")
def by_the_mean_length(updates, downhill, learning_rate):
    lengths = np.linalg.norm(updates, axis=1)
    return learning_rate * np.linalg.norm(downhill) / lengths.mean()


@wrong("left out")
def without_the_rate(updates, downhill, learning_rate):
    return (downhill @ downhill) / (updates.mean(0) @ downhill)


@wrong("only the first draw")
def first_draw(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / (updates[0] @ downhill)


@wrong("summed over the draws")
def summed(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / (updates.sum(0) @ downhill)


@wrong("handed back unchanged")
def the_same_rate(updates, downhill, learning_rate):
    return learning_rate


@wrong("missing `return`")
def without_a_return(updates, downhill, learning_rate):
    updates.mean(0) @ downhill


@wrong("had changed afterwards")
def averaged_in_place(updates, downhill, learning_rate):
    updates /= len(updates)
    return learning_rate * (downhill @ downhill) / (updates.sum(0) @ downhill)


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


@wrong("uphill")
def absolute_progress(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / abs(updates.mean(0) @ downhill)


@wrong("uphill")
def absolute_progress_of_each_draw(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / np.mean(np.abs(updates @ downhill))


@wrong("mean of the ratios")
def mean_of_the_ratios(updates, downhill, learning_rate):
    return learning_rate * np.mean((downhill @ downhill) / (updates @ downhill))


@wrong("g is not squared")
def by_the_unit_vector_on_one_side(updates, downhill, learning_rate):
    return learning_rate * np.linalg.norm(downhill) / (updates.mean(0) @ downhill)


@wrong("squared lengths")
def by_the_squared_lengths(updates, downhill, learning_rate):
    mean = updates.mean(0)
    return learning_rate * (downhill @ downhill) / (mean @ mean)


@wrong("divided by backprop's rate")
def divided_by_the_rate(updates, downhill, learning_rate):
    return (downhill @ downhill) / (updates.mean(0) @ downhill) / learning_rate


@wrong("cosine")
def divided_by_the_cosine(updates, downhill, learning_rate):
    mean = updates.mean(0)
    cos = mean @ downhill / np.linalg.norm(mean) / np.linalg.norm(downhill)
    return learning_rate / cos


@wrong("cosine")
def times_the_cosine(updates, downhill, learning_rate):
    mean = updates.mean(0)
    return learning_rate * (mean @ downhill) / np.linalg.norm(mean) / np.linalg.norm(downhill)


@wrong("the sign")
def downhill_taken_for_uphill(updates, downhill, learning_rate):
    return -learning_rate * (downhill @ downhill) / (updates.mean(0) @ downhill)


@wrong("not one number")
def one_rate_for_each_draw(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / (updates @ downhill)


@wrong("not one number")
def one_rate_for_each_parameter(updates, downhill, learning_rate):
    return learning_rate * downhill / updates.mean(0)


@wrong("entry by entry")
def mean_of_the_ratios_of_the_entries(updates, downhill, learning_rate):
    return learning_rate * np.mean(downhill / updates.mean(0))


@wrong("the entries are added up")
def sums_for_dot_products(updates, downhill, learning_rate):
    return learning_rate * downhill.sum() / updates.mean(0).sum()


@wrong("matmul")
def averaged_over_the_parameters(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / (updates.mean(1) @ downhill)


@wrong("median")
def with_the_median(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / np.median(updates @ downhill)


@right
def all_in_float32(updates, downhill, learning_rate):
    u, g = np.float32(updates), np.float32(downhill)
    return learning_rate * np.sum(g * g) / np.mean(u @ g)


@wrong("a small number added")
def with_an_epsilon(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / (updates.mean(0) @ downhill + 1e-8)


@wrong("")
def headway_at_least_a_little(updates, downhill, learning_rate):
    return learning_rate * (downhill @ downhill) / max(updates.mean(0) @ downhill, 1e-8)


@wrong("rounded")
def rounded(updates, downhill, learning_rate):
    return round(learning_rate * (downhill @ downhill) / (updates.mean(0) @ downhill), 4)
