"""Metrics against closed forms and against the slow way."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from microlearn import create_network, get_loss, training
from microlearn.gradients import (
    descent_direction,
    finite_difference_signals,
    finite_differences,
)
from microlearn.metrics import (
    _outer_product_moments,
    accuracy,
    angle,
    bias_and_noise,
    cosine_similarity,
    rule_signal_to_noise,
    signal_to_noise,
    signal_to_noise_floor,
)
from microlearn.network import presynaptic

A = np.ones((2, 3))
NET = create_network([4, 3, 2], output="identity")
X, Y = np.linspace(-1, 1, 20).reshape(5, 4), np.eye(2)[[0, 1, 1, 0, 1]]


def test_a_constant_output_is_at_chance():
    y = np.eye(10)[np.arange(1000) % 10]
    assert accuracy(y, np.zeros((1000, 10))) == pytest.approx(0.1)
    assert accuracy(y, y) == 1.0
    tie = np.zeros((1000, 10))
    tie[:, :2] = 1
    assert accuracy(y, tie) == pytest.approx(0.1)  # half a point for each 0 and each 1
    tie[7, 3] = np.nan  # an output that says nothing is not a wrong one
    assert np.isnan(accuracy(y, tie))


def test_angles():
    a, b = [np.array([[3.0, 0.0]]), np.zeros(2)], [np.array([[0.0, 2.0]]), np.zeros(2)]
    assert angle(a, a) == pytest.approx(0)
    assert angle(a, b) == pytest.approx(90)
    assert angle(a, [-u for u in a]) == pytest.approx(180)
    assert np.isnan(cosine_similarity(a, [np.zeros((1, 2)), np.zeros(2)]))


def test_signal_to_noise_adds_up_what_numpy_computes_at_once():
    samples = np.random.default_rng(0).normal(0.3, 1, (500, 40))
    samples[:, :5] = 7.0  # never varies: left out
    live = samples[:, 5:]
    direct = np.mean(np.abs(live.mean(0)) / live.std(0))
    assert signal_to_noise(iter(samples)) == pytest.approx(direct, rel=1e-9)
    # Its value does not depend on the scale.
    assert signal_to_noise(1e-6 * samples) == pytest.approx(direct, rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0, 1e4])
@pytest.mark.parametrize("scale", [1e-30, 1, 1e30])
def test_float32_loses_no_digits_and_counts_nothing_that_never_varies(dtype, offset, scale):
    rng = np.random.default_rng(0)
    varied = (scale * (offset + rng.normal(1, 1, (70, 30)))).astype(dtype)
    exact = varied.astype(np.longdouble)
    right = float(np.mean(np.abs(exact.mean(0)) / exact.std(0)))
    for constant in scale * rng.standard_normal(8):
        samples = np.c_[np.full(70, constant, dtype), varied]
        assert signal_to_noise(samples) == pytest.approx(right, rel=1e-6)
        for repeats in (1, 2, 70):
            assert np.isnan(signal_to_noise([samples[0]] * repeats))
        assert np.isnan(signal_to_noise([*samples, samples[0] * np.float32(np.nan)]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_rule_whose_samples_are_all_the_same_has_no_noise(dtype):
    network = create_network([12, 9, 4], seed=1).astype(dtype)
    x = np.random.default_rng(0).uniform(size=(1, 12)).astype(dtype)
    for linear in (True, False):

        def update(net, xs, ys, linear=linear):
            step = descent_direction(net, xs, ys, "cross_entropy")
            return step if linear else [np.abs(u) for u in step]  # as an outer product, or not

        for samples in (1, 70):
            given = x.repeat(samples, axis=0), np.eye(4, dtype=dtype)[[2] * samples]
            assert np.isnan(rule_signal_to_noise(update, network, *given))


def test_small_angles_and_small_noise_are_seen():
    a = np.random.default_rng(0).standard_normal(1000).astype("f4")
    assert angle(a, a) < 1e-5
    rng, mean = np.random.default_rng(1), np.full(50, 1e6)
    _, noise = bias_and_noise(lambda: [mean + rng.normal(0, 1e-4, 50)], [mean])
    # The standard deviation of 50,000 draws is off by 0.3% a standard error.
    assert noise == pytest.approx(1e-10, rel=0.02)


def test_pure_noise_sits_on_the_floor():
    samples, parameters = 400, 20_000
    noise = np.random.default_rng(1).standard_normal((samples, parameters))
    floor = signal_to_noise_floor(samples)
    # |mean| has a standard deviation of √(1 − 2/π)/√(2/π) = 0.76 of its mean.
    error = 0.76 * floor / np.sqrt(parameters)
    # Dividing by a standard deviation that is itself a sample's adds about 3/(4T).
    assert abs(signal_to_noise(noise) - floor * (1 + 0.75 / samples)) < 6 * error


def test_bias_is_an_angle_that_noise_does_not_widen():
    rng, truth = np.random.default_rng(3), np.zeros(900)
    truth[0] = 1
    mean = np.r_[np.cos(np.pi / 3), np.sin(np.pi / 3), np.zeros(898)]
    bias, noise = bias_and_noise(lambda: [mean + rng.normal(0, 0.5, 900)], [truth], draws=2000)
    # Each coordinate of the mean has an error of 0.5/√2000, 0.011; the length of the noise is 15.
    assert abs(np.cos(np.radians(bias)) - 0.5) < 6.5 * 0.012
    assert abs(noise - 15) < 15 * 6.5 * 0.012
    assert bias_and_noise(lambda: [2 * mean], [truth]) == (pytest.approx(60), 0)
    assert all(map(np.isnan, bias_and_noise(lambda: [0 * mean], [truth])))


@pytest.mark.parametrize("handed", [True, False])
def test_rare_noise_is_no_absence_of_noise(handed):
    for seed in range(5):
        rng, opened = np.random.default_rng(seed), []

        def draw(rng=rng, opened=opened):
            opened.append(rng.random() < 0.05)
            return [np.full(20, 1.0 + 10 * opened[-1])]

        _, noise = bias_and_noise(draw, [np.ones(20)], 1000, rng=rng if handed else None)
        mean, variance = 1 + 10 * np.mean(opened), 100 * np.var(opened)
        assert len(opened) == 1000
        assert noise == pytest.approx(np.sqrt(variance / (mean**2 - variance / 1000)))


def test_draws_that_begin_with_the_same_noise_are_told():
    """Else their mean is one draw, far off the truth, and its noise 0."""
    rng, mean = np.random.default_rng(0), np.ones(9)

    def drawn(rng):
        return [mean + rng.normal(size=9)]

    for draw in (
        lambda: drawn(np.random.default_rng(0)),
        lambda: drawn(np.random.RandomState(0)),
    ):
        with pytest.warns(UserWarning, match="draw makes its generator anew each time"):
            assert bias_and_noise(draw, [mean], 9)[1] == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draw in (lambda: drawn(rng), lambda: drawn(np.random.default_rng()), lambda: [mean]):
            bias_and_noise(draw, [mean], 9)


def test_an_update_that_leaves_its_generator_alone_is_asked_for_twice():
    def draw():
        calls.append(1)
        return [np.arange(9.0)]

    calls, rng = [], np.random.default_rng(0)
    assert bias_and_noise(draw, [np.arange(9.0)], rng=rng) == (pytest.approx(0, abs=1e-5), 0)
    assert len(calls) == 2


@pytest.fixture
def problem():
    rng = np.random.default_rng(2)
    network = create_network([12, 9, 4], seed=1).astype(np.float64)
    x, y = rng.uniform(size=(450, 12)), np.eye(4)[rng.integers(4, size=450)]
    x[:, 3] = 0  # a dead pixel
    return network, x, y, get_loss("cross_entropy")


@pytest.mark.parametrize("used", [slice(None), slice(-1, None), slice(0, None, 2)])
def test_the_fast_signal_to_noise_is_the_slow_one(used, problem):
    network, x, y, loss = problem

    def update(net, xs, ys):
        return descent_direction(net, xs[used], ys[used], loss)

    fast = _outer_product_moments(update, network, x, y)
    assert (fast is not None) == (used == slice(None))
    slow = signal_to_noise(update(network, x[i : i + 1], y[i : i + 1])[0] for i in range(len(x)))
    assert rule_signal_to_noise(update, network, x, y) == pytest.approx(slow, rel=1e-6)


def test_one_sample_that_a_rule_passes_over_is_found_among_many_that_teach_nothing(problem):
    network, x, y, _ = problem

    def update(net, xs, ys):
        error = np.where(xs[:, 1:2] > (0.3 if len(xs) == 1 else 0.31), ys, 0)
        first = presynaptic(xs).T @ np.resize(error.T, (9, len(xs))).T / len(xs)
        return [first, *net.weights[1:]]

    assert _outer_product_moments(update, network, x, y) is None


def test_it_takes_the_slow_way_where_the_update_is_no_outer_product(problem):
    network, x, y, _ = problem
    rng = np.random.default_rng(0)

    def noise(net, xs, ys):
        return [rng.standard_normal(w.shape) for w in net.weights]

    assert _outer_product_moments(noise, network, x, y) is None
    floor = signal_to_noise_floor(len(x))
    # 117 entries: their mean has a standard error of 0.76/√117 = 7% of the floor.
    assert abs(rule_signal_to_noise(noise, network, x, y) / floor - 1) < 6 * 0.07


def test_backprop_in_training_measures_a_cosine_of_one():
    run = training("backprop", epochs=1, measure=["cosine_similarity", "signal_to_noise"])
    table = run.finish(progress=False)
    np.testing.assert_allclose(table.cosine_similarity, 1, atol=1e-5)
    assert (table.signal_to_noise > signal_to_noise_floor(200)).all()


def test_a_cosine_does_not_depend_on_the_type_of_the_numbers_or_on_their_size():
    # Squares of these leave the range of their type: whole numbers would begin again at 0.
    for value, dtype in (
        (200, np.uint8),
        (2**20, np.int32),
        (1e30, "f4"),
        (1e-30, "f4"),
        (100, "f2"),
    ):
        u = np.full(40, value, dtype)
        assert cosine_similarity([u], [u]) == pytest.approx(1), (value, dtype)
    assert signal_to_noise([1.0, 2.0]) == signal_to_noise([[1.0], [2.0]]) == pytest.approx(3)
    table = pd.DataFrame(np.random.default_rng(0).random((5, 2)))
    assert signal_to_noise(table) == signal_to_noise(table.to_numpy())
    samples = np.array([[200, 30], [100, 20]], np.uint8)
    assert signal_to_noise(samples) == pytest.approx(signal_to_noise(samples.astype(float)))


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (lambda: accuracy(np.eye(3)[:1], np.eye(3)), "give as many targets as predictions"),
        (lambda: accuracy(np.zeros((0, 3)), np.zeros((0, 3))), "one row or more"),
        (lambda: accuracy(np.array([0, 1]), np.eye(2)), r"np.eye\(outputs\)\[labels\]"),
        (lambda: accuracy(np.array([0, 1]), np.array([0, 1])), r"np.eye\(outputs\)\[labels\]"),
        (lambda: cosine_similarity([np.ones((2, 3))], [np.ones((3, 2))]), "must be transposed"),
        (lambda: signal_to_noise([]), "There are no samples"),
        (lambda: signal_to_noise([np.ones(3), np.ones(1)]), "all must be alike"),
        (lambda: signal_to_noise([[1, 2], [[1, 2], 3]]), "A sample is a list"),
        (lambda: cosine_similarity([None, A], [A, None]), "both need the same ones"),
        (lambda: cosine_similarity([np.ma.masked_less(A, 2)], [A]), "a masked array"),
        (lambda: cosine_similarity([A * 1j], [A]), "holds complex128"),
        (lambda: cosine_similarity({"a": A}, [A]), "a list of arrays"),
        (lambda: bias_and_noise(lambda: [A], [A.T]), "must be transposed"),
        (
            lambda: bias_and_noise([np.ones((65, 32))] * 9, [A]),
            r"^draw is \[array\(.{1,60} … \(a list\); it must be a function.$",
        ),
        (lambda: get_loss(np.ones((65, 32))), r"no loss an array of \(65, 32\): choose one"),
        (
            lambda: rule_signal_to_noise(lambda n, x, y: [A, A], NET, X, Y),
            "of the first layer has the shape",
        ),
        (lambda: rule_signal_to_noise(lambda n, x, y: [A], X, NET, Y), "stand before x and y"),
        (lambda: descent_direction(X, NET, Y, "squared_error"), "stand before x and y"),
        (lambda: finite_differences(X, NET, Y, "squared_error"), "stand before x and y"),
        (
            lambda: rule_signal_to_noise(lambda n, x, y: [A, A], NET, X, Y[:1]),
            "a row of inputs and",
        ),
        *(
            (
                lambda odd=odd: bias_and_noise(lambda: [A], [A], 9, lambda u, v: odd),
                "cosine returned",
            )
            for odd in (2, -1.1, np.ones(2), None, 1j, "1")
        ),
        (lambda: signal_to_noise_floor(0), "samples is 0"),
        (lambda: bias_and_noise(lambda: [np.ones(3)], [np.ones(3)], draws=1), "draws is 1"),
    ],
)
def test_what_numpy_would_repeat_or_wrap_around_is_refused(measure, words):
    with pytest.raises((ValueError, TypeError), match=words):
        measure()


@pytest.mark.parametrize("of", [descent_direction, finite_differences, finite_difference_signals])
@pytest.mark.parametrize(
    "given",
    [
        (X, Y[:1], "squared_error"),
        (X, Y[:, :1], "squared_error"),
        (X, Y.argmax(axis=1), "squared_error"),
        (X[:0], Y[:0], "squared_error"),
        (X[:, :3], Y, "squared_error"),
        (X, Y, "Squared_error"),
        (X, Y, "cross_entropy"),  # of outputs that are no probabilities
        (X.astype(complex), Y, "squared_error"),
        (NET, Y, "squared_error"),
        (X, Y.astype(str), "squared_error"),
    ],
)
def test_the_yardsticks_take_samples_of_the_network_and_nothing_else(of, given):
    with pytest.raises((ValueError, TypeError), match=r"must be|choose one of|run from"):
        of(NET, *given)


def test_a_step_that_measures_only_rounding_is_refused():
    for step in (0, 1e-300, np.nan, 10, True):
        with pytest.raises((ValueError, TypeError), match="step is"):
            finite_differences(NET, X, Y, "squared_error", step)


def test_what_has_no_right_class_has_no_accuracy():
    for y in (np.zeros((4, 3)), np.ones((4, 3)), np.ones((4, 1)), np.full((4, 3), np.nan)):
        assert np.isnan(accuracy(y, np.random.default_rng(0).random(y.shape)))
