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


@wrong("")
def the_same_rate(updates, downhill, learning_rate):
    return learning_rate


@wrong("missing `return`")
def without_a_return(updates, downhill, learning_rate):
    updates.mean(0) @ downhill


@wrong("had changed afterwards")
def averaged_in_place(updates, downhill, learning_rate):
    updates /= len(updates)
    return learning_rate * (downhill @ downhill) / (updates.sum(0) @ downhill)
