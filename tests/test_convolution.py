"""The convolutional network beside a loop, scipy and finite differences; training takes it as any
other."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import correlate

from grader import wire
from microlearn import (
    ConvolutionalNetwork,
    create_convolutional_network,
    create_network,
    get_loss,
    get_rule,
    load,
    training,
)
from microlearn.activations import Activation
from microlearn.checking.answer import InProcess
from microlearn.gradients import (
    descent_direction,
    finite_difference_signals,
    finite_differences,
)
from microlearn.measures import MEASURES
from microlearn.observed import observed
from microlearn.sweeps import _grid
from microlearn.threads import ONE_BLAS_THREAD, threads_for

KINDS = [((7, 6), 3), ((8, 8), 5), ((6, 7, 3), 2), ((5, 6, 1), 1)]


def drawn(shape=(7, 6), kernel=3, channels=3, batch=5, **more):
    """A network with biases, and a batch."""
    rng = np.random.default_rng(1)
    settings = {"activation": "tanh", "dtype": float} | more
    network = create_convolutional_network(shape, channels, 4, kernel=kernel, seed=2, **settings)
    network = network.with_weights(
        [w + 0.1 * rng.normal(size=w.shape).astype(w.dtype) for w in network.weights]
    )
    x = rng.normal(size=(batch, network.sizes[0])).astype(network.dtype)
    return network, x, np.eye(4, dtype=network.dtype)[rng.integers(0, 4, batch)]


@pytest.mark.parametrize(("shape", "kernel"), KINDS)
def test_forward_is_scipys_correlation_pooled_by_a_loop(shape, kernel):
    network, x, _ = drawn(shape, kernel)
    height, width, *colours = shape
    kernels = network.weights[0][:-1].T.reshape(3, kernel, kernel, *colours)
    rows, columns = (height - kernel + 1) // 2, (width - kernel + 1) // 2
    pooled = np.empty((len(x), rows, columns, 3))
    for n, image in enumerate(x.reshape(-1, *shape)):
        for c, k in enumerate(kernels):
            seen = correlate(image, k, mode="valid", method="direct").reshape(
                height - kernel + 1, -1
            )
            active = np.tanh(seen + network.weights[0][-1, c])
            for i in range(rows):
                for j in range(columns):
                    pooled[n, i, j, c] = active[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
    expected = pooled.reshape(len(x), -1)
    np.testing.assert_allclose(network.forward(x)[1], expected, rtol=1e-12)
    look = network.look(x)
    at_winners = look.maps.reshape(len(x), 4, -1)
    chosen = np.take_along_axis(at_winners, look.winners[:, None].astype(int), axis=1)[:, 0]
    np.testing.assert_allclose(chosen, expected, rtol=1e-12)
    assert all(map(np.array_equal, look.h, network.forward(x)))


@pytest.mark.parametrize(("shape", "kernel"), KINDS)
def test_the_yardstick_is_the_gradient(shape, kernel):
    network, x, y = drawn(shape, kernel)
    loss = get_loss("cross_entropy")
    exact = finite_differences(network, x, y, loss)
    for seen, right in zip(descent_direction(network, x, y, loss), exact, strict=True):
        np.testing.assert_allclose(seen, right, atol=1e-8)
    kernels, top = finite_difference_signals(network, x, y, loss)
    slope = 1 - network.forward(x)[1] ** 2
    np.testing.assert_allclose(kernels, top @ network.weights[1][:-1].T * slope, atol=1e-8)


def test_of_places_that_receive_the_same_only_one_is_told():
    """In the empty corners of an image all patches are alike."""
    network, x, y = drawn()
    loss, empty = get_loss("cross_entropy"), np.zeros_like(x)
    exact = finite_differences(network, empty, y, loss)
    for seen, right in zip(descent_direction(network, empty, y, loss), exact, strict=True):
        np.testing.assert_allclose(seen, right, atol=1e-8)


def test_numbers_stay_in_single_precision_and_many_images_are_as_a_few():
    network, x, _ = drawn(batch=230, dtype=np.float32)
    outputs = network.predict(x)
    assert {a.dtype for a in (outputs, network.look(x).maps)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(outputs[200:], network.predict(x[200:]), rtol=1e-5)


def test_not_a_number_in_an_image_is_not_pooled_away():
    network, x, _ = drawn()
    x[0, 10] = np.nan
    assert np.isnan(network.predict(x)[0]).all() and np.isfinite(network.predict(x)[1:]).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda k, w: [k[:-1], w], "do not fit images of"),
        (lambda k, w: [k, w[:-1]], "must be followed by weights with 13 rows"),
        (lambda k, w: [k], "1 weight matrices and 2 activations"),
    ],
)
def test_weights_that_do_not_fit_are_refused(change, words):
    network = drawn()[0]
    with pytest.raises(ValueError, match=words):
        network.with_weights(change(*network.weights))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"channels": 0}, "1 or more"),
        ({"kernel": 8}, "do not fit"),
        ({"image_shape": (4,)}, "1 or more"),
        ({"image_shape": 4}, "1 or more"),
        ({"seed": None}, "seed is None; it must be a number"),  # it would be another one each time
        ({"dtype": int}, "it must be a float type"),  # all weights would be 0
        # Pooled after these, another one would be the largest.
        ({"activation": "softmax"}, "softmax is none of a single number that never falls"),
        ({"activation": Activation("bump", lambda a: np.exp(-a * a), None)}, "bump is none of"),
    ],
)
def test_networks_that_there_are_not_are_refused(settings, words):
    with pytest.raises((ValueError, TypeError), match=words):
        create_convolutional_network(**{"image_shape": (7, 7)} | settings)


# --- in the house ---------------------------------------------------------------------------------

CONVOLVED = replace(
    get_rule("weight_perturbation"), name="shaken_kernels", network=ConvolutionalNetwork
)
"""A rule that needs nothing of a network but its weights and its outputs."""


def test_training_draws_it_for_each_seed_and_measures_it_as_any_network():
    data = load("digits", size=128)
    # It has no inverses that could be measured.
    measure = [name for name in MEASURES if name not in ("reconstruction", "signal_to_noise")]
    runs = [
        training(CONVOLVED, data, epochs=1, seed=seed, width=4, measure=measure)
        for seed in (0, 0, 1)
    ]
    for run in runs:
        *_, last = run
        assert np.isfinite([last.row[name] for name in measure]).all()
        assert run.network.weights[0].shape == (26, 4)
    one, again, other = (run.network.weights[0] for run in runs)
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_a_sweep_of_rules_for_both_kinds_gives_each_the_settings_of_its_kind():
    rules = [CONVOLVED, get_rule("backprop")]
    points = _grid(rules, {"width": [2, 4]}, 1)
    seen = [(point.settings["width"], point.settings["activation"]) for point in points]
    assert seen == [(2, "relu"), (4, "relu"), (2, "tanh"), (4, "tanh")]


def test_a_rule_for_kernels_refuses_another_network_and_more_layers():
    with pytest.raises(TypeError, match=r"trains a ConvolutionalNetwork; Network\(64"):
        training(CONVOLVED, "digits", create_network([64, 8, 10]))
    with pytest.raises(ValueError, match="1 hidden layer, its convolution"):
        training(CONVOLVED, "digits", layers=2)


def test_a_rule_sees_it_read_only_and_the_prediction_is_remembered():
    network, x, _ = drawn()
    seen = observed(network)
    seen.observe(x)
    outputs = seen.look(x).h[-1]
    assert np.array_equal(seen.prediction, outputs) and seen.prediction is not outputs
    seen.look(x + 1)
    assert np.array_equal(seen.prediction, outputs)
    with pytest.raises(ValueError, match="read-only"):
        seen.weights[0][0] = 0


def test_it_reaches_an_answer_here_and_in_the_box_whole():
    network, x, _ = drawn((6, 7, 3), 2)
    pipe = io.BytesIO()
    wire.send(pipe, [network])
    pipe.seek(0)
    [received] = wire.receive(pipe)
    assert np.array_equal(received.predict(x), network.predict(x))
    answer = InProcess("kernel_update", lambda net, x: net.predict(x))
    turned = ConvolutionalNetwork(network.weights, network.activations, (7, 6, 3))
    for net in (network, turned):
        assert np.array_equal(answer(net, x), net.predict(x))


def test_the_size_of_the_paper_has_one_thread_up_to_batches_that_are_worth_two():
    assert threads_for(create_convolutional_network((8, 8)), 64) is ONE_BLAS_THREAD


def test_a_network_learns_from_images_of_its_own_shape():
    network = create_convolutional_network(
        (4, 16), 2, kernel=3
    )  # as many pixels as the digits have
    with pytest.raises(ValueError, match=r"looks at images of \(4, 16\), and those of digits"):
        training("convolutional_backprop", "digits", network)


def test_what_the_units_should_do_has_a_number_for_each_of_them():
    network = create_convolutional_network((8, 8), 2, kernel=3)
    x = np.random.default_rng(0).random((3, 64), dtype=np.float32)
    look = network.look(x)
    for delta, winners in (
        (look.h[1], look.winners[:1]),
        (look.h[1][:1], look.winners),
        (look.h[1][:, :1], look.winners),
    ):
        with pytest.raises(ValueError, match="both must be"):
            network.unpool(delta, winners)
    with pytest.raises(ValueError, match=r"winners run from .* from 0 to 3"):
        network.unpool(look.h[1], look.winners + 4)
    with pytest.raises(ValueError, match="both must be"):
        network.weight_update(0, x, look.h[1][:1])
