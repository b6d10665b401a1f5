"""Activations, losses and the gradient agree with finite differences; the network with its shapes."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from functools import cached_property, partial

import numpy as np
import pytest

from microlearn import (
    Network,
    create_network,
    get_loss,
    get_rule,
    load,
    local_update,
    parcels,
    presynaptic,
    training,
)
from microlearn.activations import ACTIVATIONS, Activation, get_activation
from microlearn.convolution import create_convolutional_network
from microlearn.dropout import Dropping
from microlearn.gradients import descent_direction, finite_differences
from microlearn.losses import LOSSES, Loss
from microlearn.network import INITIALISATIONS, draw_weights
from microlearn.numbers import shown
from microlearn.observed import Observed
from microlearn.optimiser import SGD, cosine, steps_down, wait, warm_up


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def positive_targets(rng, shape):
    y = rng.uniform(0.1, 1, shape)
    return y / y.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_errors_are_carried_back_as_finite_differences_say(name, rng):
    f, step = get_activation(name), 1e-6
    a, error = rng.normal(size=(6, 5)), rng.normal(size=(6, 5))
    measured = np.empty_like(a)
    for unit in range(a.shape[1]):
        nudge = step * np.eye(5)[unit]
        measured[:, unit] = np.sum(error * (f(a + nudge) - f(a - nudge)), axis=1) / (2 * step)
    np.testing.assert_allclose(f.backward(f(a), error), measured, atol=1e-8)
    if name == "softmax":
        with pytest.raises(ValueError, match="no elementwise derivative"):
            f.derivative(f(a))
    else:
        np.testing.assert_allclose(error * f.derivative(f(a)), measured, atol=1e-8)


def test_activations_survive_large_inputs():
    a = np.array([[-1e4, 0, 1e4]], dtype=np.float32)
    for f in ACTIVATIONS.values():
        h = f(a)
        assert h.dtype == np.float32
        assert np.all(np.isfinite(h))
        assert a[0, 2] == 1e4


@pytest.mark.parametrize("name", LOSSES)
def test_the_error_of_a_loss_is_minus_its_slope(name, rng):
    loss, step = get_loss(name), 1e-6
    y, prediction = positive_targets(rng, (4, 3)), positive_targets(rng, (4, 3))
    for output in range(3):
        nudge = step * np.eye(3)[output]
        up, down = (loss.per_sample(y, prediction + s * nudge) for s in (1, -1))
        np.testing.assert_allclose(
            loss.error(y, prediction)[:, output], (down - up) / (2 * step), atol=1e-6
        )
    assert loss.mean(y, prediction) == pytest.approx(np.mean(loss.per_sample(y, prediction)))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("hidden", ["tanh", "sigmoid", "relu"])
def test_the_yardstick_is_the_gradient(hidden, output, loss, rng):
    network = create_network([5, 7, 4, 3], hidden, output, "he_normal", rng, np.float64)
    x, y = rng.normal(size=(9, 5)), positive_targets(rng, (9, 3))
    loss = get_loss(loss)
    measured = finite_differences(network, x, y, loss)
    for ours, theirs in zip(descent_direction(network, x, y, loss), measured, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_local_update_from_the_right_delta_is_minus_the_gradient(rng, dtype):
    network = create_network([5, 7, 4, 3], "sigmoid", seed=rng, dtype=dtype)
    x, y = rng.normal(size=(9, 5)).astype(dtype), positive_targets(rng, (9, 3)).astype(dtype)
    loss = get_loss("cross_entropy")
    h, gradient = network.forward(x), descent_direction(network, x, y, loss)
    delta = loss.output_delta(y, h[-1], network.activations[-1])
    ours = local_update(h[-2], delta)
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, gradient[-1], rtol=1e-5)
    np.testing.assert_allclose(ours, presynaptic(h[-2]).T @ delta / 9, rtol=1e-5, atol=1e-8)


def test_whole_sizes_may_come_from_a_grid():
    assert create_network(np.geomspace(4, 64, 3)).sizes == (4, 16, 64)


def test_float32_agrees_with_float64(rng):
    single = create_network([20, 30, 10], seed=3)
    double = single.astype(np.float64)
    x, y = rng.normal(size=(50, 20)), positive_targets(rng, (50, 10))
    x32, y32 = x.astype(np.float32), y.astype(np.float32)
    loss = get_loss("cross_entropy")
    for a, b in zip(
        descent_direction(single, x32, y32, loss),
        descent_direction(double, x, y, loss),
        strict=True,
    ):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_forward_pass_is_the_product_with_the_biases_folded_in(rng):
    network = create_network([4, 6, 3], initialisation="textbook", seed=rng)
    x = rng.normal(size=(5, 4)).astype(np.float32)
    h = network.forward(x)
    assert h[0] is x
    for below, above, w, f in zip(h, h[1:], network.weights, network.activations, strict=False):
        np.testing.assert_allclose(above, f(presynaptic(below) @ w), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_initial_weights_have_the_spread_of_their_scheme(name):
    w = draw_weights(300, 200, name, np.random.default_rng(0))
    expected = {
        "glorot_uniform": np.sqrt(2 / 500),
        "glorot_normal": np.sqrt(2 / 500),
        "he_uniform": np.sqrt(2 / 300),
        "he_normal": np.sqrt(2 / 300),
        "textbook": 0.1,
        "zeros": 0.0,
    }[name]
    # The standard deviation of 60,000 draws is off by less than 0.3% a standard error.
    assert np.std(w[:-1]) == pytest.approx(expected, rel=0.02, abs=1e-12)
    assert np.any(w[-1]) == (name == "textbook")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: create_network([4]), "at least an input and an output size"),
        (lambda: create_network([4, 0, 2]), "positive whole numbers"),
        (lambda: create_network([4, 2.5, 2]), "a size is 2.5; it must be a whole number"),
        (lambda: create_network([4, 2], initialisation="xavier"), "choose one of glorot_uniform"),
        (lambda: create_network([4, 2], output="softplus"), "no activation 'softplus'"),
        (lambda: create_network([4, 2], "relu"), "without hidden layers nothing reads it"),
        (lambda: get_loss("hinge"), "no loss 'hinge'"),
        (lambda: create_network([64, 1e9, 10]), "would have 75,000,000,010 weights in all; it can"),
        (
            lambda: create_convolutional_network((16, 16), 1e9),
            "1,000,000,000 units .* make it narrower",
        ),
        (lambda: Network((np.ones((3, 2)), np.ones((2, 2))), ("tanh", "tanh")), "3 rows"),
        (lambda: Network((np.ones((3, 2)),), ("tanh", "tanh")), "one activation for each layer"),
        (lambda: Network((), ()), "one layer at least"),
        *(
            (lambda shape=shape: Network((np.ones(shape),), ("tanh",)), r"must be \(fan-in")
            for shape in ((0, 2), (3, 0))
        ),
        (lambda: Network((np.ones(3),), ("tanh",)), r"shape \(3,\); they must be \(fan-in"),
        (lambda: Network((np.ones((3, 2), int),), ("tanh",)), "are int64; they must be .* floats"),
        (
            lambda: Network(([[1.0], [0.0]],), ("tanh",)),
            "are list; they must be an array of floats",
        ),
        (
            lambda: create_network([4, 2]).predict(np.ones(4)),
            r"shape \(4,\); it must be \(batch, 4\)",
        ),
        (
            lambda: create_network([4, 2]).forward(np.ones((3, 5))),
            r"\(3, 5\); it must be \(batch, 4\)",
        ),
        (
            lambda: create_network([4, 2]).predict([["a"] * 4]),
            "x holds <U1; it must be an array of real numbers",
        ),
        (
            lambda: create_convolutional_network((16, 16)).predict(np.ones((2, 64))),
            r"\(2, 64\); it must be \(batch, 256\)",
        ),
        (
            lambda: create_network([4, 2]).forward(np.ones((3, 4)), [np.ones(2)]),
            r"noise of layer 0 has the shape \(2,\); it must be \(3, 2\)",
        ),
        (
            lambda: create_network([4, 2]).forward(np.ones((3, 4)), [0.1]),
            r"noise of layer 0 has the shape \(\); it must be \(3, 2\)",
        ),
        (
            lambda: Activation("mine", np.square, None).backward(np.ones((1, 2)), np.ones((1, 2))),
            "mine has no slope, so that no error passes it",
        ),
        (
            lambda: create_network([4, 2]).forward(np.ones((3, 4)), None, [np.ones((1, 2))]),
            r"noise of layer 0 has the shape \(1, 2\); it must be \(3, 2\)",
        ),
        (
            lambda: create_network([4, 2]).forward(np.ones((3, 4)), np.ones((2, 3, 2))),
            "noise has 2 entries, and the network 1 layers",
        ),
        (lambda: presynaptic(np.ones(3)), r"h is of shape \(3,\); .* two axes"),
        (lambda: presynaptic([1.0]), r"h is of shape \(1,\); .* two axes"),
        (lambda: local_update(np.ones((3, 2)), np.ones((1, 2))), "3 rows and delta has 1"),
        (lambda: local_update(np.ones((0, 2)), np.ones((0, 2))), "at least one"),
        (
            lambda: get_loss("squared_error").mean(np.ones((1, 2)), np.ones((3, 2))),
            "as many targets",
        ),
        (
            lambda: get_loss("cross_entropy").mean(np.ones(3), np.ones(3)),
            "must be .batch, outp",
        ),
        (lambda: get_loss("squared_error").mean(*np.ones((2, 0, 3))), "with one row or more"),
        *(
            (
                lambda loss=loss, f=output: get_loss(loss).output_delta(
                    np.ones((1, 2)), np.full((3, 2), 0.5), get_activation(f)
                ),
                "as many targets",
            )
            for loss, output in (
                ("squared_error", "tanh"),
                ("cross_entropy", "softmax"),
                ("binary_cross_entropy", "sigmoid"),
            )
        ),
        *(
            (lambda f=f, loss=loss, p=logits: f(get_loss(loss), np.eye(3), p), "these run from")
            for f in (Loss.mean, lambda *given: Loss.output_delta(*given, "softmax"))
            for loss in ("cross_entropy", "binary_cross_entropy")
            for logits in (np.eye(3) - 0.5, 100 * np.eye(3))
        ),
        *(
            (
                lambda of=of, loss=loss, y=y: getattr(get_loss(loss), of)(y, np.full((3, 2), 0.5)),
                "as many targets",
            )
            for of in ("per_sample", "error")
            for loss in LOSSES
            for y in (np.ones((1, 2)), np.ones((3, 1)), np.ones(2))
        ),
        *(
            (lambda f=f, e=e: get_activation(f).backward(np.full((3, 2), 0.5), e), "for each")
            for f in ACTIVATIONS
            for e in (np.ones((1, 2)), np.ones((3, 1)), np.ones(2))
        ),
        (
            lambda: SGD([np.ones((3, 2))]).step([np.ones((1, 2))], 0.1),
            r"\(3, 2\) has the shape \(1, 2\)",
        ),
        *(
            (lambda u=u: SGD([np.ones(2), None]).step(u, 0.1), "2 arrays learn")
            for u in ([np.ones(2)], [np.ones(2)] * 3, np.ones((3, 2)), None, iter([np.ones(2)]))
        ),
        (lambda: SGD([shown(np.ones(2))]), "is read-only"),
        (lambda: SGD(iter([np.ones(2)])), "it must be a list"),
        *(
            (lambda loss=loss: get_loss(loss).mean(np.full((3, 3), 1 / 3), np.eye(3)), "first")
            for loss in ("cross_entropy", "binary_cross_entropy")
        ),
        (lambda: SGD([np.ones(3, int)]), "is int64; it must be an array of floats"),
        *(
            (lambda s=s, d=d: s(d), "done is")
            for s in (cosine, steps_down(0.5), warm_up(0.5), wait(0.5))
            for d in (-1, 2, np.nan, "1", np.ones(2))
        ),
        *(
            (lambda rate=rate: SGD([np.ones(2)]).step([np.ones(2)], rate), "learning_rate is")
            for rate in (None, "1", True, 1j, float("nan"), float("inf"))
        ),
        (
            lambda: Network([np.ma.ones((3, 2))], [get_activation("tanh")]),
            r"MaskedArray; they .* give w\.filled",
        ),
        *(
            (
                lambda kind=kind: Network([np.ones((3, 2)).view(kind)], ["tanh"]),
                r"give np\.array\(w",
            )
            for kind in (np.memmap, np.matrix, np.recarray)
        ),
        (lambda: SGD([np.ma.masked_less(np.ones(2), 1)]), "is a MaskedArray"),
        (lambda: SGD([np.ones(2)]).step([np.ma.masked_less(np.ones(2), 1)], 1), "masked array"),
        (lambda: Loss("odd", 3, 4), "per_sample 3 and error 4; each must be a function"),
        (
            lambda: get_loss("binary_cross_entropy").mean(3 * np.eye(2), np.eye(2)),
            "targets for prob",
        ),
        (lambda: Dropping(create_network([4, 3, 2]), 0, same="no"), "same is 'no'"),
        (lambda: Dropping(np.ones(3), 0), "must be a Network"),
        (
            lambda: Dropping(create_network([4, 2]), 0).forward(np.ones((1, 4)), [np.ones((1, 2))]),
            "takes no noise",
        ),
        (lambda: create_network([4, 3]).receive(0, np.ones((2, 5))), r"must be \(batch, 4\)"),
        (lambda: create_network([4, 3]).receive(0, np.ones((2, 4)) * 1j), "holds complex128"),
        (lambda: create_network({64, 32, 10}), r"a size is \{.*; it must be a number"),
        (lambda: Activation("steep", np.tanh, 2), "the slope 2; each must be a function"),
        (
            lambda: create_network([4, 3, 2]).forward(
                np.ones((1, 4)), {0: np.ones((1, 3)), 1: np.ones((1, 2))}
            ),
            "noise has 1 entries",
        ),
        (
            lambda: create_network([4, 3]).weight_update(0, np.ones((5, 4)), np.ones((5, 2))),
            r"h must be \(batch, 4\) and delta \(batch, 3\)",
        ),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


@pytest.mark.parametrize("loss", LOSSES)
def test_whole_numbers_have_the_loss_that_floats_have(loss):
    y, prediction = np.eye(3, dtype=np.uint8), np.eye(3, dtype=np.uint8)[[1, 0, 2]]
    exact = get_loss(loss).mean(y.astype(float), prediction.astype(float))
    assert exact > 0
    for dtype in (np.uint8, np.int64, bool):
        given = y.astype(dtype), prediction.astype(dtype)
        assert get_loss(loss).mean(*given) == exact
        np.testing.assert_array_equal(
            get_loss(loss).output_delta(*given, "identity"),
            get_loss(loss).output_delta(y.astype(float), prediction.astype(float), "identity"),
        )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_whole_numbers_are_no_reason_for_another_activity_or_slope(name):
    f, a = get_activation(name), np.array([[0, 1, 1], [1, 0, 1]])
    for dtype in (np.uint8, np.int64, bool):
        given, exact = a.astype(dtype), a.astype(float)
        np.testing.assert_array_equal(f(given), f(exact))
        np.testing.assert_array_equal(f.backward(given, given), f.backward(exact, exact))
    np.testing.assert_array_equal(f(a[None].astype(float)), f(a.astype(float))[None])


def test_an_own_activation_keeps_the_type_of_its_numbers(rng):
    step = Activation("step", lambda a: a > 0, lambda h: np.ones(h.shape, int), surrogate=True)
    for dtype in (np.float32, np.float64):
        network = Network(create_network([4, 3, 2], dtype=dtype).weights, (step, "softmax"))
        x = np.ones((2, 4), dtype)
        for h in (*network.forward(x), *Dropping(network, rng).forward(x), step.derivative(x)):
            assert h.dtype == dtype


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.tanh((a - a.mean(0)) / (a.std(0) + 1e-5)),  # batch normalisation
        lambda a: (a - a.mean(0)) / a.std(0),
        lambda a: a / len(a),
        lambda a: a - a.max(),
        lambda a: np.cumsum(a, axis=0),
        lambda a: a > np.median(a, axis=0),
    ],
)
def test_an_activation_sees_each_sample_alone(function):
    with pytest.raises(ValueError, match=r"another activity beside other samples .* than alone"):
        Activation("of the batch", function, np.ones_like, surrogate=True)


def test_an_activation_may_see_the_other_units_and_draw_noise():
    rng = np.random.default_rng(0)
    for function in (
        lambda a: (a - a.mean(1, keepdims=True)) / a.std(1, keepdims=True),
        lambda a: a == a.max(axis=-1, keepdims=True),
        lambda a: a * (rng.random(a.shape) < 0.5),
        lambda a: np.full(a.shape, np.nan),
    ):
        Activation("of a sample", function, np.ones_like, surrogate=True)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_of_one_number_is_a_number(name):
    f = get_activation(name)
    for one in (1, 0.5, np.float32(0.5), np.array(0.5)):
        assert f(one) == f(np.array([one]))[0]


def test_networks_are_equal_if_they_compute_the_same():
    for network in (create_network([4, 3, 2]), create_convolutional_network((6, 6), 3, 2)):
        other = network.with_weights([w + 1 for w in network.weights])
        assert network == network.copy() and network in [other, network.copy()]
        assert network not in (other, network.astype(np.float64), network.weights, 3, None)
    tanh, relu = create_network([4, 3, 2], "tanh"), create_network([4, 3, 2], "relu")
    flat, square = (create_convolutional_network(s, 3, 2, kernel=3) for s in ((4, 6), (6, 4)))
    assert tanh != relu and flat.copy() == flat != square
    drawn = create_network([3, 2])  # however its weights came about
    assert drawn == Network(drawn.weights, drawn.activations)


@pytest.mark.parametrize("at", [-1, 2, 5, None, "0", True, 0.5, slice(1)])
def test_a_layer_that_there_is_not_is_refused(at):
    three = create_network([3, 3, 3])
    for network in (three, Observed(three), create_convolutional_network((6, 6), 3, 2)):
        h = np.ones((5, len(network.weights[1]) - 1))
        delta = np.ones((5, network.weights[1].shape[1]))
        for call, given in ((network.receive, (h,)), (network.weight_update, (h, delta))):
            with pytest.raises((ValueError, TypeError), match=r"layer is .* from 0 to 1"):
                call(at, *given)


def test_what_a_layer_receives_from_a_batch_is_not_what_another_does():
    x, network = np.ones((5, 3)), create_network([3, 3, 3])
    seen = Observed(network)
    seen.observe(x)
    for layer in (0, 1, 0):
        assert np.array_equal(seen.receive(layer, x), network.receive(layer, x))
    with pytest.raises(ValueError, match="layer is 2"):
        seen.receive(2, x)


def test_a_step_that_is_refused_has_changed_nothing():
    w = [np.ones(2), np.ones(3)]
    with pytest.raises(ValueError, match="must be alike"):
        SGD(w, momentum=0.5).step([np.ones(2), np.ones(2)], 0.1)
    assert (w[0] == 1).all()


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_the_loss_of_what_is_no_probability_is_no_number(loss):
    with np.errstate(invalid="ignore"):
        assert np.isnan(get_loss(loss).per_sample(np.eye(3), np.eye(3) - 0.5)).all()


@pytest.mark.parametrize(
    "odd",
    [
        lambda a: a[:1],
        lambda a: a.sum(),
        lambda a: 1,
        lambda a: None,
        lambda a: a * 1j,
        lambda a: np.ma.masked_less(a, 2),
        lambda a: a.astype(str),
    ],
)
def test_an_own_function_returns_a_number_for_each(odd):
    a = np.ones((3, 2))
    for call in (
        lambda: Activation("own", odd, np.ones_like)(a),
        lambda: Activation("own", np.tanh, odd).derivative(a),
        lambda: Activation("own", np.tanh, odd).backward(a, a),
    ):
        with pytest.raises((ValueError, TypeError), match=r"must|plain"):
            call()


def test_an_empty_batch_has_no_update():
    network, run = create_network([4, 3, 2]), training("backprop", "digits", epochs=0)
    with pytest.raises(ValueError, match="at least one"):
        run.probe_update(run.network, np.ones((0, 64)), np.ones((0, 10)))
    for of in ("per_sample", "error"):
        for loss in LOSSES:
            with pytest.raises(ValueError, match="one row or more"):
                getattr(get_loss(loss), of)(np.ones((0, 2)), network.predict(np.ones((0, 4))))


@pytest.mark.parametrize(
    ("function", "slope", "words"),
    [
        (np.tanh, lambda h: 1 - h * h, None),
        (lambda a: np.tanh(a.astype("f4")), lambda h: 1 - h * h, None),
        (lambda a: np.where(a > 0, a, np.expm1(a)), lambda h: np.where(h > 0, 1, h + 1), None),
        (lambda a: np.clip(a, 0, 1), lambda h: (h > 0) & (h < 1), None),
        (lambda a: a > 0, lambda h: 0 * h, None),
        (lambda a: np.clip(a / 6 + 0.5, 0, 1), lambda h: ((h > 0) & (h < 1)) / 6, None),
        (lambda a: np.logaddexp(0, a.astype("f4")), lambda h: -np.expm1(-h), None),
        (lambda a: np.exp(a.astype("f4")), lambda h: h, None),
        (lambda a: np.tanh(2 * a.astype("f4")), lambda h: 2 - 2 * h * h, None),
        (lambda a: np.arctan(a.astype("f4")), lambda h: np.cos(h) ** 2, None),
        (lambda a: np.clip(a / 6 + 0.5, 0, 1), lambda h: 0 * h + 1 / 6, "is not the derivative"),
        (lambda a: np.clip(a, 0, 6), lambda h: h > 0, "is not the derivative"),
        (lambda a: a > 0, np.ones_like, "is not the derivative"),
        (np.tanh, lambda h: h * h - 1, "is not the derivative"),
        (np.tanh, lambda a: 1 - np.tanh(a) ** 2, "as a function of the pre-activation"),
        (np.sin, np.cos, "as a function of the pre-activation"),
    ],
)
def test_an_own_activation_has_its_own_slope_or_says_that_it_has_not(function, slope, words):
    if words:
        with pytest.raises(ValueError, match=words):
            Activation("own", function, slope)
    own = Activation("own", function, slope, surrogate=bool(words))
    assert pickle.loads(parcels.cloudpickle.dumps(own)).surrogate == bool(words)


def test_a_slope_is_not_blamed_for_noise_that_comes_now_and_then():
    for seed in range(60):
        rng = np.random.default_rng(seed)

        def noisy(a, rng=rng):
            return a + rng.normal(size=a.shape) * (rng.random() < 0.3)

        Activation("noisy", noisy, np.ones_like)


def test_an_own_slope_that_writes_in_place_is_stopped():
    own = Activation("own", np.tanh, lambda h: np.subtract(1, np.square(h, out=h), out=h))
    for call in (own.derivative, lambda h: own.backward(h, h)):
        with pytest.raises(ValueError, match="read-only"):
            call(np.ones((2, 3)))


def test_a_network_and_a_loss_of_the_package_can_be_pickled():
    for name in ACTIVATIONS:
        network = create_network([3, 4, 2], name)
        again = pickle.loads(pickle.dumps(network))
        assert np.array_equal(again.predict(np.ones((2, 3))), network.predict(np.ones((2, 3))))
        assert again.activations == network.activations
    assert all(pickle.loads(pickle.dumps(loss)) is loss for loss in LOSSES.values())


def test_dropout_that_can_not_be_is_refused(rng):
    network = create_network([3, 4, 2])
    for share in (1, -0.1, float("nan")):
        with pytest.raises(ValueError, match="share is"):
            Dropping(network, rng, share)
    dropping = Dropping(network, rng)
    with pytest.raises(AttributeError, match="no weights: it is for rules that run forward alone"):
        dropping.weights  # noqa: B018
    assert np.array_equal(dropping.predict(np.ones((1, 3))), dropping.forward(np.ones((1, 3)))[-1])
    dropping.forward(np.ones((1, 3)))
    with pytest.raises(ValueError, match="drawn for 1 samples; 2 were given"):
        dropping.forward(np.ones((2, 3)))


@pytest.mark.parametrize("same", [True, False])
def test_dropout_silences_a_share_of_the_hidden_units_and_keeps_their_mean(same, rng):
    network = create_network([3, 400, 2], "sigmoid", "identity", seed=1)
    x = np.repeat(rng.normal(size=(1, 3)), 500, axis=0)
    dropping = Dropping(network, rng, share=0.1, same=same)
    first, second = dropping.forward(x), dropping.forward(x)
    silent = first[1] == 0
    assert 0.095 < silent.mean() < 0.105  # its standard error is 0.0007
    assert np.array_equal(second[1] == 0, silent) == same
    assert not np.array_equal(silent[0], silent[1])
    np.testing.assert_allclose(first[1].mean(axis=0), network.forward(x)[1][0], rtol=0.1)
    assert (first[2] != 0).all()


def test_what_was_given_to_a_step_or_to_dropout_is_not_changed_without_effect():
    sgd, dropping = SGD([np.ones(2)]), Dropping(create_network([3, 4, 2]), 0)
    for thing, name in ((sgd, "momentum"), (sgd, "arrays"), (dropping, "share"), (dropping, "rng")):
        with pytest.raises(AttributeError, match=f"keeps its {name}"):
            setattr(thing, name, 0.9)


def test_what_is_frozen_says_how_another_one_is_made():
    data, network = load("digits"), create_network([3, 2])
    for thing, name, words in (
        (network, "weights", r"Network keeps its weights: network.with_weights\(…\) makes another"),
        (Observed(network), "weights", "Network keeps its weights"),
        (create_convolutional_network((8, 8), 2, 10), "weights", "ConvolutionalNetwork keeps its"),
        (data.train, "x", r"Split keeps its x: dataclasses.replace\(…\) makes another"),
        (data, "train", "Dataset keeps its train"),
        (get_loss("cross_entropy"), "error", "Loss keeps its error"),
        (get_activation("tanh"), "slope", "Activation keeps its slope"),
        (get_rule("weight_mirror"), "knobs", "Rule keeps its knobs"),
        (get_rule("weight_mirror").phases[0], "trains", "Phase keeps its trains"),
    ):
        for change in (partial(setattr, thing, name, 1), partial(delattr, thing, name)):
            with pytest.raises(FrozenInstanceError, match=words):
                change()


def test_what_weights_gather_from_whole_numbers_does_not_wrap_around():
    h, delta = np.full((2, 4), 200, np.uint8), np.full((2, 3), 200, np.uint8)
    assert np.all(create_network([4, 3, 2]).weight_update(0, h, delta)[:-1] == 80_000)


class _Counted(Network):
    def __init__(self, network, label):
        super().__init__(network.weights, network.activations)
        object.__setattr__(self, "label", label)

    @cached_property
    def size(self):
        return sum(float(w.sum()) for w in self.weights)


def test_a_network_of_an_own_class_keeps_it_with_other_weights():
    own = _Counted(create_network([4, 3, 2]), "mine")
    assert own.size
    doubled = [2 * w for w in own.weights]
    for other in (own.copy(), own.astype(float), own.with_weights(doubled)):
        assert type(other) is _Counted
        assert other.label == "mine"
        assert other.size == sum(float(w.sum()) for w in other.weights)
    seen = Observed(own).with_weights(doubled)
    assert type(seen) is _Counted
    with pytest.raises(ValueError, match="must be followed by weights"):
        own.with_weights([own.weights[0], own.weights[0]])
