"""Answers to the cosine of the angle between two updates."""

import numpy as np

from answers import right, wrong


def flat(update):
    return np.concatenate([u.ravel() for u in update])


def both(a, b):
    return sum(np.sum(u * v) for u, v in zip(a, b))


@right
def layer_sums(a, b):
    length = np.sqrt(both(a, a) * both(b, b))
    return float("nan") if length == 0 else both(a, b) / length


@right
def with_loops(a, b):
    dot = aa = bb = 0.0
    for u, v in zip(a, b):
        for p, q in zip(u.flat, v.flat):
            dot, aa, bb = dot + p * q, aa + p * p, bb + q * q
    return dot / (aa * bb) ** 0.5 if aa * bb > 0 else np.nan


@right
def numpy_divides_by_zero_in_float32(a, b):
    u, v = np.float32(flat(a)), np.float32(flat(b))
    return np.float64(u @ v) / np.float64(np.linalg.norm(u) * np.linalg.norm(v))


def cosine(u, v):
    return u @ v / np.linalg.norm(u) / np.linalg.norm(v)


@wrong("at a right angle")
def zero_for_zero(a, b):
    length = np.sqrt(both(a, a) * both(b, b))
    return both(a, b) / length if length else 0.0


@wrong("had changed afterwards")
def normalised_in_place(a, b):
    u = flat(a)
    for layer in a:
        layer /= np.linalg.norm(u)
    return cosine(u, flat(b))


@right
def with_einsum(a, b):
    def dot(p, q):
        return sum(np.einsum("i,i->", u.reshape(-1), v.reshape(-1)) for u, v in zip(p, q))

    length = dot(a, a) ** 0.5 * dot(b, b) ** 0.5
    return dot(a, b) / length if length else np.nan


@right
def by_the_law_of_cosines(a, b):
    u, v = np.hstack([p.flatten() for p in a]), np.hstack([p.flatten() for p in b])
    uu, vv, difference = u @ u, v @ v, u - v
    if uu == 0 or vv == 0:
        return float("nan")
    return (uu + vv - difference @ difference) / (2 * np.sqrt(uu) * np.sqrt(vv))


@right
def of_unit_vectors_clipped(a, b):
    u, v = flat(a), flat(b)
    with np.errstate(invalid="ignore"):
        return np.clip((u / np.linalg.norm(u)) @ (v / np.linalg.norm(v)), -1, 1)


@right
def in_pure_python(a, b):
    import math

    u, v = flat(a).tolist(), flat(b).tolist()
    length = math.hypot(*u) * math.hypot(*v)
    return sum(p * q for p, q in zip(u, v)) / length if length > 0 else math.nan


@wrong("missing `return`")
def without_a_return(a, b):
    flat(a) @ flat(b) / np.linalg.norm(flat(a)) / np.linalg.norm(flat(b))


@wrong("at a right angle")
def with_an_epsilon(a, b):
    return both(a, b) / (np.sqrt(both(a, a) * both(b, b)) + 1e-8)


@wrong("at a right angle")
def nan_made_zero(a, b):
    return np.nan_to_num(cosine(flat(a), flat(b)))


@wrong("inhomogeneous")
def as_one_array(a, b):
    u, v = np.array(a), np.array(b)
    return np.sum(u * v) / np.sqrt(np.sum(u**2) * np.sum(v**2))


@right
def nan_below_any_length_that_counts(a, b):
    length = np.sqrt(both(a, a)) * np.sqrt(both(b, b))
    return np.nan if length < 1e-30 else both(a, b) / length


@wrong("nan and not")
def nan_where_every_entry_is_close_to_zero(a, b):
    if any(all(np.allclose(p, 0) for p in update) for update in (a, b)):
        return np.nan
    return cosine(flat(a), flat(b))


@wrong("index out of range")
def three_layers_by_name(a, b):
    u = np.concatenate([a[0].ravel(), a[1].ravel(), a[2].ravel()])
    v = np.concatenate([b[0].ravel(), b[1].ravel(), b[2].ravel()])
    return cosine(u, v)


@wrong("zero in all layers")
def nan_for_a_dot_product_of_zero(a, b):
    dot = both(a, b)
    return dot / np.sqrt(both(a, a) * both(b, b)) if dot != 0 else np.nan


@wrong("zero in all layers")
def nan_for_a_layer_of_zeros(a, b):
    if not all(u.any() and v.any() for u, v in zip(a, b)):
        return np.nan
    return cosine(flat(a), flat(b))


@wrong("only a length of zero")
def nan_for_short_updates(a, b):
    length = np.linalg.norm(flat(a)) * np.linalg.norm(flat(b))
    return np.nan if np.isclose(length, 0) else flat(a) @ flat(b) / length


@wrong("rounded")
def rounded(a, b):
    return np.round(cosine(flat(a), flat(b)), 4)


@wrong("clip it")
def by_way_of_the_angle(a, b):
    length = np.sqrt(both(a, a) * both(b, b))
    return np.cos(np.arccos(both(a, b) / length)) if length > 0 else np.nan
