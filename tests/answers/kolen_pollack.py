"""Answers to Kolen-Pollack."""

import numpy as np

from answers import right, wrong
from microlearn import get_exercise, presynaptic


def both(network, x, y, loss, feedback, w_decay, b_decay, sign=1.0, bias=False, first=False):
    """The rule, with each of its parts open to a mistake."""
    weights = get_exercise("feedback_alignment")(network, x, y, loss, feedback)
    backward = [None]
    for l in range(1, len(weights)):
        backward.append(sign * weights[l][:-1].T - b_decay * feedback[l])
        weights[l][:-1] -= w_decay * network.weights[l][:-1]
        if bias:
            weights[l][-1] -= w_decay * network.weights[l][-1]
    if first:
        weights[0][:-1] -= w_decay * network.weights[0][:-1]
    return weights, backward


@right
def without_touching_the_increment(network, x, y, loss, feedback, decay):
    g = get_exercise("feedback_alignment")(network, x, y, loss, feedback)
    weights, backward = [g[0]], [None]
    for l in range(1, len(g)):
        w = network.weights[l]
        weights.append(g[l] - decay * np.vstack([w[:-1], 0 * w[-1:]]))
        backward.append((g[l][:-1] - decay * feedback[l].T).T)
    return weights, backward


@right
def as_a_list_of_lists_in_float32(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    return [
        [np.float32(w) for w in weights],
        [None if b is None else np.float32(b) for b in backward],
    ]


@right
def with_a_comprehension(network, x, y, loss, feedback, decay):
    g = get_exercise("feedback_alignment")(network, x, y, loss, feedback)
    backward = [None] + [u[:-1].T - decay * b for u, b in zip(g[1:], feedback[1:], strict=True)]
    for u, w in zip(g[1:], network.weights[1:], strict=True):
        u[:-1] = u[:-1] - decay * w[:-1]
    return g, backward


@wrong("not two lists")
def only_the_weights(network, x, y, loss, feedback, decay):
    return both(network, x, y, loss, feedback, decay, decay)[0]


@wrong("the biases of layer")
def biases_fade(network, x, y, loss, feedback, decay):
    return both(network, x, y, loss, feedback, decay, decay, bias=True)


@wrong("the first layer")
def the_first_layer_fades(network, x, y, loss, feedback, decay):
    return both(network, x, y, loss, feedback, decay, decay, first=True)


@wrong("feedback matrix")
def not_transposed(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    return weights, [None, *(b.T for b in backward[1:])]


@wrong("0.5 times that of W")
def half_the_increment(network, x, y, loss, feedback, decay):
    return both(network, x, y, loss, feedback, decay, decay, sign=0.5)


@wrong("had changed afterwards")
def applied_in_secret(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    for l in range(1, len(feedback)):
        feedback[l] += 0.1 * backward[l]
    return weights, backward


@right
def with_tuples(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    return tuple(weights), tuple(backward)


@right
def with_a_mask_for_the_biases(network, x, y, loss, feedback, decay):
    g = get_exercise("feedback_alignment")(network, x, y, loss, feedback)
    weights, backward = list(g), [None] * len(g)
    for l, w in enumerate(network.weights):
        if feedback[l] is not None:
            mask = np.ones((w.shape[0], 1))
            mask[-1] = 0
            weights[l] = g[l] - decay * mask * w
            backward[l] = np.einsum("ij->ji", g[l][:-1]) - decay * feedback[l]
    return weights, backward


@right
def by_the_difference_of_two_steps(network, x, y, loss, feedback, decay):
    g = get_exercise("feedback_alignment")(network, x, y, loss, feedback)

    def shrunk(old, increment):
        return (1 - decay) * old + increment - old

    weights, backward = [g[0].copy()], [None]
    for l in range(len(g) - 1, 0, -1):
        w = shrunk(network.weights[l], g[l])
        w[-1] = g[l][-1]
        weights.insert(1, w)
        backward.insert(1, shrunk(feedback[l], g[l].T[:, :-1]))
    return weights, backward


@wrong("nothing")
def without_a_return(network, x, y, loss, feedback, decay):
    both(network, x, y, loss, feedback, decay, decay)


@wrong("the bias row is the last one")
def the_first_row_left_out(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay, sign=0)
    plain = both(network, x, y, loss, feedback, 0, 0)[0]
    return weights, [None, *(b + u[1:].T for b, u in zip(backward[1:], plain[1:]))]


@wrong("had changed afterwards")
def the_weights_fade_in_place(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    for w in network.weights[1:]:
        w[:-1] *= 1 - decay
    return weights, backward


@wrong("don't fit")
def bias_row_left_in(network, x, y, loss, feedback, decay):
    g = get_exercise("feedback_alignment")(network, x, y, loss, feedback)
    backward = [None, *(u.T - decay * b for u, b in zip(g[1:], feedback[1:]))]
    return g, backward


@wrong("None belongs there")
def feedback_for_the_input_too(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    return weights, [np.zeros_like(weights[0][:-1].T), *backward[1:]]


def in_full(network, x, y, loss, feedback, decay, slope_of=None):
    """With feedback alignment written out once more."""
    h, weights, backward = network.forward(x), [None] * len(feedback), [None] * len(feedback)
    activations = network.activations
    delta = loss.output_delta(y, h[-1], activations[-1])
    for l in reversed(range(len(feedback))):
        weights[l] = presynaptic(h[l]).T @ delta / len(x)
        if l > 0:
            slope = slope_of(h[l]) if slope_of else activations[l - 1].derivative(h[l])
            delta = (delta @ feedback[l]) * slope
            backward[l] = weights[l][:-1].T - decay * feedback[l]
            weights[l][:-1] -= decay * network.weights[l][:-1]
    return weights, backward


@right
def with_feedback_alignment_written_out(network, x, y, loss, feedback, decay):
    return in_full(network, x, y, loss, feedback, decay)


@wrong("is another than feedback alignment's")
def with_tanh_or_else_a_sigmoid(network, x, y, loss, feedback, decay):
    def slope(h):
        return 1 - h**2 if np.min(h) < 0 else h * (1 - h)

    return in_full(network, x, y, loss, feedback, decay, slope_of=slope)


@wrong("3 arrays for 4")
def layers_one_and_two_by_hand(network, x, y, loss, feedback, decay):
    g = get_exercise("feedback_alignment")(network, x, y, loss, feedback)
    b_1 = g[1][:-1].T - decay * feedback[1]
    b_2 = g[2][:-1].T - decay * feedback[2]
    g[1][:-1] -= decay * network.weights[1][:-1]
    g[2][:-1] -= decay * network.weights[2][:-1]
    return g, [None, b_1, b_2]


@wrong("had changed afterwards")
def applied_to_the_list(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    for l in range(1, len(feedback)):
        feedback[l] = feedback[l] + 0.1 * backward[l]
    return weights, backward


@wrong("had changed afterwards")
def the_first_one_dropped_from_the_list(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    feedback.pop(0)
    return weights, backward


@wrong("where their change belongs")
def what_becomes_of_them(network, x, y, loss, feedback, decay):
    weights, backward = both(network, x, y, loss, feedback, decay, decay)
    weights = [w + u for w, u in zip(network.weights, weights, strict=True)]
    return weights, [None, *(b + u for b, u in zip(feedback[1:], backward[1:], strict=True))]
