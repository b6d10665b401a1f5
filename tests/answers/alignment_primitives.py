"""Answers to the five primitives."""

import numpy as np

from answers import right, wrong


@right
def sample_by_sample(weights, feedback, activity):
    amp, null, sparse = np.zeros((3, *feedback.shape))
    for h in activity:
        z = h @ weights
        amp += np.outer(z, h)
        null -= np.outer(z, z @ feedback)
        sparse -= np.outer(feedback @ h, h)
    n = len(activity)
    return -feedback, amp / n, null / n, sparse / n, weights.T


@right
def with_einsum(weights, feedback, activity):
    z = np.einsum("ni,ij->nj", activity, weights)
    n = activity.shape[0]
    return (
        -1.0 * feedback,
        np.einsum("nj,ni->ji", z, activity) / n,
        np.einsum("nj,nk,ki->ji", z, z, feedback) / -n,
        np.einsum("jk,nk,ni->ji", feedback, activity, activity) / -n,
        np.einsum("ij->ji", weights),
    )


@right
def by_the_mean_product_of_the_activity(weights, feedback, activity):
    c = activity.T @ activity / len(activity)
    return [
        -feedback,
        weights.T @ c,
        -weights.T @ c @ weights @ feedback,
        -feedback @ c,
        weights.T.copy(),
    ]


@right
def all_in_float32(weights, feedback, activity):
    w, b, h = (np.float32(part) for part in (weights, feedback, activity))
    z, n = h @ w, np.float32(len(h))
    return -b, z.T @ h / n, -z.T @ (z @ b) / n, -(h @ b.T).T @ h / n, w.T


@right
def transposed_to_the_shape_of_w(weights, feedback, activity):
    h, bt, n = activity.T, feedback.T, len(activity)
    z = weights.T @ h
    parts = [-bt, h @ z.T / n, -bt @ z @ z.T / n, -h @ h.T @ bt / n, weights]
    return tuple(part.T for part in parts)


@right
def by_averaging_products_of_three_axes(weights, feedback, activity):
    z = (activity @ weights)[:, :, None]
    h = activity[:, None, :]
    back = z[:, :, 0] @ feedback
    forth = activity @ feedback.T
    return np.array(
        [
            0 - feedback,
            (z * h).mean(axis=0),
            0 - (z * back[:, None, :]).mean(axis=0),
            0 - (forth[:, :, None] * h).mean(axis=0),
            weights.transpose(),
        ]
    ).tolist()


def five(weights, feedback, activity):
    return sample_by_sample.function(weights, feedback, activity)


@wrong("nothing")
def without_a_return(weights, feedback, activity):
    five(weights, feedback, activity)


@wrong("4 arrays for 5")
def four_of_them(weights, feedback, activity):
    return five(weights, feedback, activity)[:4]


@wrong("it is transposed")
def with_the_shape_of_w(weights, feedback, activity):
    return [part.T for part in five(weights, feedback, activity)]


@wrong("`null`: that is `sparse`")
def two_of_them_changed_places(weights, feedback, activity):
    decay, amp, null, sparse, own = five(weights, feedback, activity)
    return decay, amp, sparse, null, own


@wrong("`amp`: the sign")
def all_the_slopes_themselves(weights, feedback, activity):
    return [-part for part in five(weights, feedback, activity)]


@wrong("`sparse`: the sum over the samples")
def no_means(weights, feedback, activity):
    decay, amp, null, sparse, own = five(weights, feedback, activity)
    n = len(activity)
    return decay, amp * n, null * n, sparse * n, own


@wrong("of its largest entry")
def means_over_the_units(weights, feedback, activity):
    decay, amp, null, sparse, own = five(weights, feedback, activity)
    n = len(activity) / activity.shape[1]
    return decay, amp * n, null * n, sparse * n, own


@wrong("had changed afterwards")
def applied_in_place(weights, feedback, activity):
    parts = five(weights, feedback, activity)
    feedback += 0.1 * parts[4]
    return parts


@wrong("where all sizes are equal")
def transposed_where_the_shapes_ask_for_it(weights, feedback, activity):
    decay, amp, null, sparse, own = five(weights, feedback, activity)
    if amp.shape[0] == amp.shape[1]:
        amp = amp.T
    return decay, amp, null, sparse, own


@wrong("a list of arrays")
def their_sum(weights, feedback, activity):
    return sum(five(weights, feedback, activity))


@wrong("of its largest entry")
def of_the_first_samples(weights, feedback, activity):
    return five(weights, feedback, activity[: len(activity) // 2 + 1])
