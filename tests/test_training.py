"""Training: seeds, batches, momentum, divergence, and measurements that change nothing."""

from __future__ import annotations

import contextlib
import copy
import functools
import os
import pickle
import random
import re
import secrets
import sys
import tempfile
import threading
import time
import uuid
import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from microlearn import (
    Diverged,
    bars,
    create_convolutional_network,
    create_network,
    exercises,
    get_loss,
    get_rule,
    load,
    panel,
    parcels,
    rule_names,
    sweep,
    threads,
    train,
    training,
)
from microlearn.activations import Activation
from microlearn.gradients import descent_direction
from microlearn.losses import Loss
from microlearn.measures import ALWAYS, MEASURES, Measure
from microlearn.metrics import accuracy
from microlearn.network import Network
from microlearn.optimiser import SGD, constant, cosine, steps_down, wait, warm_up
from microlearn.training import USUAL


@pytest.fixture(scope="module")
def data():
    return load("digits")


def without(part):
    data = load("digits")
    empty = replace(data.train, **{a: getattr(data.train, a)[:0] for a in ("x", "y", "labels")})
    return replace(data, **{part: empty})


def broken():
    network = create_network([64, 10])
    return network.with_weights([w * np.nan for w in network.weights])


def weights(run):
    for _ in run:
        pass
    return np.concatenate([w.ravel() for w in run.network.weights])


@pytest.mark.parametrize("rule", ["backprop", "weight_perturbation"])
def test_the_seed_fixes_everything(rule, data):
    def again(seed):
        return weights(training(rule, data, epochs=2, seed=seed))

    assert np.array_equal(again(1), again(1))
    assert not np.array_equal(again(1), again(2))


@pytest.mark.parametrize("rule", ["backprop", "weight_perturbation"])
def test_measuring_changes_nothing(rule, data):
    plain = weights(training(rule, data, epochs=2))
    measured = weights(
        training(
            rule, data, epochs=2, measure_every=3, measure=["cosine_similarity", "signal_to_noise"]
        )
    )
    assert np.array_equal(plain, measured)


def test_what_is_measured_hangs_on_the_seed_and_the_update_alone(data):
    def at_the_end(measure, every, look=False):
        run = training("node_perturbation", data, epochs=0.3, measure=measure, measure_every=every)
        if look:
            run.probe_update(run.network, data.train.x[:9], data.train.y[:9])
        return run.finish(progress=False).cosine_similarity.iloc[-1]

    both = ["hidden_cosine", "cosine_similarity"]
    found = {at_the_end(both[1:], None), at_the_end(both, None), at_the_end(both[1:], 2)}
    assert found == {at_the_end(both[::-1], 1, look=True)}


def test_every_epoch_has_its_own_order_and_meets_a_sample_once(data):
    run = training("backprop", data, epochs=3, batch_size=64)
    epochs = []
    for _ in range(3):
        seen = []
        for _ in range(run.batches_per_epoch):
            seen += [x.tobytes() for x in run._next_batch()[0]]
            run._number += 1
        epochs.append(seen)
    distinct = {x.tobytes() for x in data.train.x}
    for seen in epochs:
        assert len(seen) == 17 * 64
        assert len(set(seen)) > 0.98 * min(len(seen), len(distinct))
    assert epochs[0] != epochs[1] != epochs[2]


def test_the_loss_of_a_step_is_that_of_its_batch_before_the_update(data):
    run = training("backprop", data, epochs=1)
    order = np.random.default_rng(np.random.SeedSequence(0).spawn(5)[2])
    rows = order.permutation(len(data.train))[:64]
    expected = run.loss.mean(data.train.y[rows], run.network.predict(data.train.x[rows]))
    assert next(run).loss == pytest.approx(expected, rel=1e-6)


def test_only_the_first_update_looks_for_an_answer_on_the_disk(data, monkeypatch):
    run = training("kolen_pollack", data)
    next(run)
    monkeypatch.setattr(exercises.kept, "version_of", None)
    next(run)
    run.probe_update(run.network, data.train.x[:3], data.train.y[:3])
    with pytest.raises(TypeError):
        next(training("kolen_pollack", data))


def test_momentum_and_decay_follow_their_recursion():
    w = np.array([1.0, -2.0])
    sgd = SGD([w, None], momentum=0.5, weight_decay=0.1)
    expected, velocity = w.copy(), np.zeros(2)
    for step in range(5):
        update = np.array([0.3, 0.1 * step])
        velocity = 0.5 * velocity + update - 0.1 * expected
        expected = expected + 0.2 * velocity
        sgd.step([update, None], 0.2)
    np.testing.assert_allclose(w, expected, rtol=1e-12)


def test_only_the_layers_that_a_rule_trains_decay(data, stand_in):
    settings = {"epochs": 3, "momentum": 0.5, "weight_decay": 0.1, "learning_rate": 0.05}
    for rule in ("frozen_hidden", "frozen_kernels"):
        run = training(rule, data, **settings)
        before = [w.copy() for w in run.network.weights]
        weights(run)
        stayed = [np.array_equal(w, b) for w, b in zip(run.network.weights, before, strict=True)]
        assert stayed == [True] * (len(before) - 1) + [False]

    # The last layer learns what it would learn alone, from what the frozen ones make of the images.
    network = create_network([64, 20, 10], seed=1)
    parts = {name: getattr(data, name) for name in ("train", "validation", "test")}
    seen = {name: replace(part, x=network.forward(part.x)[1]) for name, part in parts.items()}
    alone = create_network([20, 10]).with_weights([network.weights[1].copy()])
    found = weights(training("frozen_hidden", data, network, **settings))[-210:]
    same = training("backprop", replace(data, **seen, image_shape=(4, 5)), alone, **settings)
    assert np.allclose(found, weights(same), atol=1e-5)

    # A layer whose updates happen to be zero does learn. What a rule carries does not decay.
    def feedback_alignment(network, x, y, loss, feedback):
        return [np.zeros_like(w) for w in network.weights]

    stand_in(feedback_alignment)
    run = training("feedback_alignment", data, **settings | {"momentum": 0})
    before, feedback = [w.copy() for w in run.network.weights], run.state["feedback"][1].copy()
    weights(run)
    for w, b in zip(run.network.weights, before, strict=True):
        assert np.allclose(w, b * (1 - 0.05 * 0.1) ** run.number, rtol=1e-4, atol=1e-7)
    assert np.array_equal(run.state["feedback"][1], feedback)


def test_schedules():
    assert [constant(d) for d in (0, 1)] == [1, 1]
    assert cosine(0) == 1
    assert cosine(0.5) == pytest.approx(0.5)
    assert cosine(1) == pytest.approx(0)
    half = steps_down([0.5, 0.75], 0.1)
    assert [half(d) for d in (0.4, 0.5, 0.9)] == pytest.approx([1, 0.1, 0.01])
    assert [warm_up(0.2)(d) for d in (0, 0.1, 0.5)] == pytest.approx([0, 0.5, 1])


def test_divergence_stops_with_a_sentence_and_the_table(data):
    network = create_network([64, 16, 10], "relu", "identity", seed=0)
    with pytest.raises(Diverged, match=r"learning_rate 1e\+06.*Lower the learning rate") as caught:
        train("backprop", data, network, learning_rate=1e6, epochs=5, progress=False)
    assert len(caught.value.table) >= 1
    assert pickle.loads(pickle.dumps(caught.value)).table.equals(caught.value.table)
    with pytest.raises(Diverged, match=r"and noise 0.01"):
        train("weight_perturbation", data, network, learning_rate=1e9, epochs=50, progress=False)


def test_before_anything_is_learned_the_learning_rate_is_not_to_blame(data):
    """Every knob of every rule, far from where the catalogue has it: it is refused, or named."""
    for name, rule in ((name, get_rule(name)) for name in rule_names()):
        for knob in (knob for knob in rule.knobs[1:] if not knob.whole):
            for value in (0, 1e30):
                try:
                    next(training(name, data, width=4, batch_size=8, **{knob.name: value}))
                except (ValueError, Diverged) as error:
                    assert f"{knob.name} is {value:.3g}" in str(error)


@pytest.mark.parametrize("rule", ["weight_perturbation", "node_perturbation", "weight_mirror"])
def test_noise_that_rounding_would_drown_is_refused(rule, data):
    with pytest.raises(ValueError, match=r"noise is 1e-08; .* rounding of float32: give 9.5e-07"):
        training(rule, data, noise=1e-8)
    training(rule, data, noise=1e-6)
    training(rule, data, create_network([64, 8, 10], dtype=np.float64), noise=1e-8)


def test_a_first_update_that_is_no_number_is_not_called_divergence(data, stand_in):
    def backprop(network, x, y, loss):
        return [w * np.nan for w in network.weights]

    stand_in(backprop)
    with pytest.raises(Diverged, match="returned NaN in its first update, in the array of layer 0"):
        train("backprop", data, progress=False)


@pytest.mark.parametrize("given", ["weights", "x", "y", "measured"])
def test_a_rule_that_writes_in_place_is_stopped(data, stand_in, given):
    before = data.train.y.copy()

    def backprop(network, x, y, loss):
        if given != "measured" or len(x) != 64:
            {"weights": network.weights[0], "x": x}.get(given, y)[:] += 1
        return list(network.weights)

    stand_in(backprop)
    with pytest.raises(ValueError, match=r"read-only\. What a rule, [^.]* and return that\.(\n|$)"):
        next(training("backprop", data, batch_size=64, measure=["cosine_similarity"]))
    np.testing.assert_array_equal(data.train.y, before)


def test_an_answer_that_asks_for_itself_is_told_so(data, stand_in):
    before = exercises.get_exercise("backprop")

    def asks(*given):
        return exercises.get_exercise("backprop")(*given)

    def backprop(network, x, y, loss):
        return asks(network, x, y, loss)

    stand_in(backprop)
    with pytest.raises(RecursionError, match=r"What asks gets .* an answer that asks for its own"):
        next(training("backprop", data))

    def wraps(network, x, y, loss):
        return before(network, x, y, loss)

    with exercises.answers({"backprop": wraps}):
        next(training("backprop", data))


def test_the_loss_is_that_of_the_prediction_whatever_a_rule_does_with_it(data):
    reference = exercises.get_exercise("backprop")

    def backprop(network, x, y, loss):
        update, activities = reference(network, x, y, loss), network.forward(x)
        activities[-1] -= y
        return update

    with exercises.answers({"backprop": backprop}):
        own = [step.loss for step in training("backprop", data)]
    assert own == [step.loss for step in training("backprop", data)]


def test_data_and_network_may_differ_in_their_precision():
    table = train(
        "backprop", load(dtype=np.float64), epochs=1, progress=False, measure=["cosine_similarity"]
    )
    assert table.cosine_similarity.tolist() == pytest.approx([1, 1])


def test_weights_keep_the_float_type_of_their_network():
    doubles = load(dtype=np.float64)
    for dtype in (np.float32, np.float64):
        run = training("backprop", doubles, create_network([64, 8, 10], dtype=dtype), epochs=0.1)
        assert weights(run).dtype == dtype
    assert training("backprop", doubles).network.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w[:-1], r"list of arrays .*\(65, 32\).* it returned .*\(64, 32\)"),
        (lambda w: np.ones(w.shape, np.uint8), "of either sign and without masks; one is uint8"),
        (lambda w: w * 1j, "arrays of real numbers for the weights, .* one is complex64"),
        (lambda w: w.astype(object), "one is object"),
        (lambda w: np.ma.masked_less(w, 0), "one is masked"),
    ],
)
def test_an_update_of_the_wrong_shape_or_kind_is_named(data, stand_in, change, words):
    def backprop(network, x, y, loss):
        return [change(w) for w in network.weights]

    stand_in(backprop)
    with pytest.raises(ValueError, match=f"backprop must return .*{words}"):
        next(training("backprop", data))


def test_numbers_do_not_depend_on_what_the_session_told_numpy_about_errors(data):
    settings = {"epochs": 1, "learning_rate": 1, "progress": False}
    tables = []
    for told in ("warn", "raise"):
        with np.errstate(all=told):
            tables.append(train("weight_perturbation", data, **settings))
    pd.testing.assert_frame_equal(*(table.drop(columns="seconds") for table in tables))


def test_the_table_is_tidy(data):
    table = train("weight_perturbation", data, epochs=3, noise=0.02, seed=4, progress=False)
    assert isinstance(table, pd.DataFrame)
    assert table.epoch.tolist() == [0, 1, 2, 3]
    assert set(table.noise) == {0.02}
    assert set(table.seed) == {4}
    columns = {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"}
    assert columns <= set(table.columns)
    assert not table.isna().any().any()


def above(output, loss):
    return training("backprop", network=create_network([64, 4, 10], output=output), loss=loss)


def targets(low, high):
    data = load()
    return replace(data, train=replace(data.train, y=low + (high - low) * data.train.y))


def of_two_types():
    network = create_network([64, 4, 10])
    return network.with_weights([network.weights[0], network.weights[1].astype(np.float64)])


def with_answer(answer):
    with exercises.answers({"backprop": answer}):
        training("backprop")


RATES = tuple(k for k in get_rule("weight_mirror").knobs if k.name != "feedback_scale")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: training("backprob"), "no rule 'backprob': choose one of backprop"),
        (lambda: training("backprop", "cifar"), "no data set 'cifar'"),
        (lambda: training("backprop", noise=1.0), "no knob 'noise': its knobs are learning_rate"),
        (lambda: training("backprop", batch_size=10**6), "A batch holds 1 to 1097 samples"),
        (lambda: training("backprop", network=create_network([3, 2])), "64 inputs and 10 classes"),
        (
            lambda: training("backprop", network=create_network([64, 8, 10]), width=8),
            "width=8 would draw a network, .* leave one of the two out",
        ),
        (
            lambda: training("backprop", layers=0, width=7),
            "width is given, and without hidden layers",
        ),
        (
            lambda: training("backprop", layers=0, activation="relu"),
            "activation is given, and with",
        ),
        (lambda: training("backprop", layers=1.5), "layers is 1.5; it must be a whole number"),
        (lambda: training("backprop", layers=10**6), "a whole number from 0 to 1,000"),
        (lambda: training("backprop", width=1e9), "1,000,000,000 units .* make it narrower"),
        (
            lambda: training("backprop", learning_rate=np.nan),
            "learning_rate is nan; it must be a finite",
        ),
        (
            lambda: training("backprop", learning_rate=True),
            "learning_rate is True; it must be a number",
        ),
        (
            lambda: training("backprop", learning_rate=[0.1]),
            r"learning_rate is \[0.1\]; it must be a n",
        ),
        (
            lambda: training("backprop", epochs=np.inf),
            "epochs is inf; it must be a finite number from 0",
        ),
        (
            lambda: training("backprop", epochs="ten"),
            "epochs is 'ten'; it must be a number from 0 on",
        ),
        (
            lambda: training("backprop", batch_size=64.5),
            "batch_size is 64.5; it must be a whole number",
        ),
        (
            lambda: training("backprop", batch_size=0),
            "batch_size is 0; it must be a whole number from 1",
        ),
        (lambda: training("kolen_pollack", decay=-1), "decay is -1; .* number from 0 on"),
        (lambda: training("node_perturbation", noise=0), "noise is 0; .* must be more than 0"),
        (lambda: training("weight_mirror", samples=0), "samples is 0; .* number from 1 on"),
        (
            lambda: next(training("backprop", schedule=lambda done: -1)),
            "schedule returned is -1; .* number from 0 on",
        ),
        (lambda: steps_down([50]), "a fraction is 50; .* from 0 to 1"),
        (lambda: training("backprop", momentum=-0.1), "momentum is -0.1; .* number from 0 to 1"),
        (lambda: training("backprop", weight_decay=-1), "weight_decay is -1; .* number from 0 on"),
        (
            lambda: training("backprop", learning_rate=-1),
            "learning_rate is -1; .* number from 0 on",
        ),
        (lambda: training("backprop", measure_every=0), "measure_every is 0; .* number from 1 on"),
        (lambda: training("backprop", width=0), "width is 0; it must be a whole number from 1 on"),
        (
            lambda: training("backprop", layers=-1),
            "layers is -1; it must be a whole number from 0 to 1,000",
        ),
        (
            lambda: training(
                "backprop",
                network=type("Mine", (Network,), {"forward": 1})(**vars(create_network([64, 10]))),
            ),
            "Mine has a forward of its own, which training would not call",
        ),
        *(
            (lambda odd=odd: training("backprop", schedule=odd), "schedule is .* a function of")
            for odd in (0.5, lambda: 1, lambda done, more: 1, lambda *, done: 1, cosine(0.5))
        ),
        (
            lambda: next(training("backprop", schedule=lambda done: None)),
            "schedule returned is None;",
        ),
        (
            lambda: next(training("backprop", schedule=lambda done: np.nan)),
            "schedule returned is nan;",
        ),
        (
            lambda: training("backprop", schedule=warm_up("half")),
            "until is 'half'; it must be a number",
        ),
        (lambda: create_network([64, 10], dtype=int), "dtype is <class 'int'>; it must be a float"),
        (lambda: create_network([64, 10], seed=None), "seed is None; it must be a number"),
        (lambda: create_network(64), "all positive whole numbers, such as .*; 64 was given"),
        (lambda: exercises.get_exercise(3), "named in quotes, one at a time, .*; a int was given"),
        (
            lambda: training("backprop", np.ones((5, 64))),
            "data is a ndarray; it must be the name of",
        ),
        (lambda: training("backprop", load().train), "data is a Split; it must be the name of"),
        (
            lambda: training("backprop", without("validation")),
            "1097 images .* and 0 to validate on",
        ),
        (lambda: training(["backprop"]), "There is no rule .'backprop'.: choose one of"),
        (lambda: training("backprop", loss=len), "There is no loss <built-in function len>"),
        (lambda: training("backprop", loss=""), "There is no loss ''"),
        (
            lambda: training("backprop", network=[64, 10]),
            r"trains a Network; \[64, 10\] was given",
        ),
        (
            lambda: training("backprop", network=broken()),
            "10 softmax. has NaN or infinity in its weig",
        ),
        *(
            (lambda loss=loss, output=output: above(output, loss), "outputs for probabilities")
            for loss, unfit in (
                ("cross_entropy", ("tanh", "relu", "identity", "sigmoid")),
                ("binary_cross_entropy", ("tanh", "relu", "identity")),
            )
            for output in unfit
        ),
        (
            lambda: training("backprop", targets(-1, 1)),
            "targets for probabilities, .* from -1 to 1",
        ),
        (
            lambda: training("backprop", targets(0, 2), loss="binary_cross_entropy"),
            "targets for probabilities, and these run from 0 to 2",
        ),
        (
            lambda: training("backprop", network=of_two_types()),
            "are float32 and float64; a run needs one type",
        ),
        (lambda: training("backprop", seed=np.array([3])), r"seed is array\(\[3\]\); it must be a"),
        (lambda: training("backprop", measure=len), "from a name to such a name or a function"),
        (
            lambda: training("backprop", measure={1: len}),
            "from a name to such a name or a function",
        ),
        (lambda: training("backprop", measure=["angle"]), "takes a list of names"),
        (lambda: training("backprop", measure={"a": "angle"}), "from a name to such a name"),
        (lambda: training("backprop", measure={"train_loss": len}), "a column train_loss already"),
        (lambda: training("backprop", measure={"seconds": len}), "a column seconds already"),
        (lambda: training("backprop", learning_rate=10**400), "10*; it must be a finite number"),
        (
            lambda: training("backprop", network=create_convolutional_network((8, 8), 4)),
            r"trains a Network; ConvolutionalNetwork\(8",
        ),
        (
            lambda: next(training(replace(get_rule("weight_mirror"), knobs=RATES))),
            "What draws feedback of .* asks for 'feedback_scale', and its knobs are learning_rate",
        ),
        (
            lambda: with_answer(lambda network, x, y, loss, mine: 0),
            "gives it .*: missing a required",
        ),
        (
            lambda: with_answer(lambda network, x: 0),
            r"takes \(network, x\); .* too many positional",
        ),
        (lambda: copy.deepcopy(training("backprop")), "A run can't be copied or pickled: begin"),
        (lambda: pickle.dumps(training("backprop")), "A run can't be copied or pickled: begin"),
        (lambda: training("backprop").outputs("all"), "no images for 'all'"),
        (lambda: training("backprop", without("test")).test_accuracy(), "no images for 'test'"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_a_run_keeps_to_its_end_what_it_was_made_from(data):
    run = training("backprop", data)
    for name in (*USUAL, *run.knobs):
        with pytest.raises(AttributeError, match=f"keeps its {name} to the end: begin another"):
            setattr(run, name, None)
    for name in (*(n for n in dir(run) if n[0] != "_" and n not in USUAL), "lerning_rate"):
        with pytest.raises(AttributeError, match=f"takes no {name}: all that it takes"):
            setattr(run, name, None)
    with pytest.raises(AttributeError, match="keeps its rows"):
        del run.rows
    run = training("feedback_alignment", data)
    for held, key in (
        (run.knobs, "learning_rate"),
        (run.state, "feedback"),
        (run.state["feedback"], 1),
    ):
        with pytest.raises(TypeError, match=r"A run keeps its knobs"):
            held[key] = 1.0
    row, rows = run.rows[0], [*run.rows]
    for change in (  # a measure is given the same rows
        run.rows.clear,
        partial(run.rows.append, {"step": 3}),
        partial(row.update, train_loss=-1.0),
        partial(run.rows[-1].pop, "step"),
    ):
        with pytest.raises(TypeError, match="has measured stays as it is: work on a copy"):
            change()
    assert run.rows == copy.deepcopy(run.rows) == rows and type({**row, "mine": 1}) is dict
    for kept in (copy.deepcopy(run.state), pickle.loads(pickle.dumps(run.state))):
        assert not np.shares_memory(kept["feedback"][1], run.state["feedback"][1])
        assert np.array_equal(kept["feedback"][1], run.state["feedback"][1])
    with pytest.raises(TypeError, match="progress is 'no'; it must be True or False"):
        train("backprop", data, progress="no")


def _decorated(function):
    @functools.wraps(function)
    def inner(run):
        return function(run)

    return inner


def _counting():
    calls = 0

    def count(run):
        nonlocal calls
        calls += 1
        return calls

    return count


def test_measures_made_in_a_loop_read_what_is_their_own(data):
    """Else all of them would measure the last one, under the names of all."""
    shared = {"k": 0}
    exec(
        "def top(run): return k\nfor k in (1, 2): m[f'top {k}'] = lambda run: k", ours := {"m": {}}
    )
    for measures in (
        {f"top {k}": lambda run: k for k in (1, 2)},  # noqa: B023
        ours["m"],
        {f"top {k}": ours["top"] for k in (1, 2)},
        {f"top {k}": _decorated(lambda run: k) for k in (1, 2)},  # noqa: B023
        {f"top {k}": partial(lambda run, held: held["k"], held=shared) for k in (1, 2)},
        {f"top {k}": lambda run, top=lambda: k: top() for k in (1, 2)},
    ):
        for measured in (training, partial(sweep, progress=False)):
            with pytest.raises(ValueError, match=r"top 1 and top 2 are one function .* k=k"):
                measured("backprop", data, measure=measures)
    for measures in (
        {f"top {k}": lambda run, k=k: k for k in (1, 2)},
        {f"top {k}": partial(lambda run, k: k, k=k) for k in (1, 2)},
        {f"top {k}": _decorated(lambda run, k=k: k) for k in (1, 2)},
        {f"top {k}": _Constant(k) for k in (1, 2)},
    ):
        row = training("backprop", data, measure=measures).rows[0]
        assert (row["top 1"], row["top 2"]) == (1, 2)
    assert (
        training("backprop", data, measure={"a": _counting(), "b": _counting()}).rows[0]["b"] == 1
    )


def test_a_measure_that_never_reads_its_run_is_told(data):
    run = training("backprop", data)
    network, said = run.network, "mine never reads run, .*Read run.network"
    of_another_run = {"mine": lambda run, of=run: of.outputs("train")[1][0, 0]}
    of_a_network = {"mine": lambda run: float(network.weights[0].sum())}
    for measure in (of_a_network, of_another_run):
        with pytest.warns(UserWarning, match=said):
            training("backprop", data, measure=measure)
    with pytest.warns(UserWarning, match=said):
        sweep("backprop", data, seeds=1, epochs=0, measure=of_a_network, progress=False, workers=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mine in (
            lambda _: time.time(),
            lambda run: max(w.max() for w in run.network.weights),
            lambda *run: run[0].number,
            lambda run: (lambda: run.number)(),
            partial(lambda of, run: run.number, 1),
        ):
            training("backprop", data, measure={"mine": mine})


def test_an_update_to_look_at_takes_a_generator_and_no_seed(data):
    run, (x, y) = training("node_perturbation", data), (data.train.x[:9], data.train.y[:9])
    for rng in (0, 1, np.random.RandomState(0)):
        with pytest.raises(TypeError, match=r"it must be a generator: np.random.default_rng\(0\)"):
            run.probe_update(run.network, x, y, rng)


def test_a_step_and_a_run_are_compared_with_no_number(data):
    """``step == 20`` would be false at every update, and a loop that waits for it would do nothing."""
    run = training("backprop", data, epochs=1)
    steps, table = [*run], run.table()
    for asked in (
        lambda step: step == 11,
        lambda step: step != 11,
        lambda step: step in range(0, 22, 11),
        lambda step: step in {11, 22},
        lambda step: {11: "here"}.get(step),
        lambda step: np.int64(11) == step,
        lambda step: step == np.arange(12),
        lambda step: table[table.step == step],
        lambda _: run == 11,
        lambda _: training("backprop", data, measure={"late": lambda step: float(step == 11)}),
    ):
        with pytest.raises(TypeError, match=r"no number .* as in step.number == 20"):
            asked(steps[10])
    assert steps[10] == replace(steps[10]) != steps[11]
    assert run == run != training("backprop", data)
    assert next(run, "end") == "end"
    assert steps[0] != "end"


def test_a_run_whose_last_update_leaves_the_range_of_numbers_has_diverged(data):
    with pytest.raises(Diverged, match="at update 1 of 1 with learning_rate 1e"):
        train("backprop", data, epochs=1e-9, learning_rate=1e300, progress=False)


@dataclass
class _Constant:
    factor: float = field(repr=False)

    def __call__(self, done):
        return self.factor

    at = __call__


def _opened(schedule):
    schedule.log = threading.Lock()  # which can't be written down, as an open file can't
    return _Constant(schedule)


def test_the_table_tells_the_settings_that_are_not_as_usual(data):
    def told(*given, **settings):
        table = training(*given, epochs=0, **settings).table()
        ours = table.columns[: table.columns.get_loc("step")].drop(["rule", "seed", "epochs"])
        return table[ours].drop(columns="learning_rate").iloc[0].to_dict()

    small, other = load("digits", size=100), load("digits", size=100, seed=1)
    assert (
        told() == told("backprop", load()) == told(width=32, momentum=0, loss="cross_entropy") == {}
    )
    assert told(momentum=np.float64(0.5), batch_size=32.0, schedule=cosine) == {
        "batch_size": 32,
        "momentum": 0.5,
        "schedule": "cosine",
    }
    kinds = (
        lambda k: lambda done: k,
        lambda k: _Constant(k),
        lambda k: _Constant(k).at,
        lambda k: partial(pow, k),
        lambda k: functools.cache(lambda done: k),
        lambda k: partial(_Constant(k).at),
        lambda k: _opened(lambda done: k),
    )
    own = [told(schedule=kind(k))["schedule"] for kind in kinds for k in (1.0, 0.5)]
    assert len({*own}) == len(own)
    assert own[:-2] == [
        told(schedule=kind(k))["schedule"] for kind in kinds[:-1] for k in (1.0, 0.5)
    ]
    assert told(network=create_network([64, 10])) == {"network": "Network(64 → 10 softmax)"}
    scaled = [w * 2 for w in create_network([64, 10]).weights]
    in_place = create_network([64, 10])
    in_place.weights[0][0] += 1
    own_activation = Activation("tanh", lambda a: a, np.ones_like)
    ways = [
        lambda k: create_network([64, 10], seed=k),
        lambda k: create_network([64, 10], initialisation="he_normal", seed=k),
        lambda k: create_network([64, 10], dtype=np.float64, seed=k),
        lambda k: create_network([64, 10]).with_weights(scaled),
        lambda k: in_place,
        lambda k: create_network([64, 4, 10], seed=k),
        lambda k: create_network([64, 4, 10], own_activation, seed=k),
    ]
    entries = [told(network=draw(0))["network"] for draw in ways]
    assert len({*entries}) == len(ways)
    assert entries == [told(network=draw(1).copy())["network"] for draw in ways]
    assert told("backprop", small)["data"] != told("backprop", other)["data"]
    assert told("backprop", small) == told("backprop", load("digits", size=100))


def test_a_measure_is_one_entry_and_a_column_takes_its_name_or_a_function(data, monkeypatch):
    length = Measure(
        "length",
        "length of the weights",
        "length {:.1f}",
        lambda run: float(np.linalg.norm(run.network.weights[0])),
        range=(0, None),
    )
    monkeypatch.setitem(MEASURES, "length", length)
    own = {"own": lambda run: run.number, "long": "length", "cosine": "cosine_similarity"}
    table = train("backprop", data, epochs=1, measure=own, progress=False)
    assert table.columns[-7:].tolist() == [*ALWAYS, *own]
    assert table.own.tolist() == [0, 17]
    assert (
        table.long.tolist()
        == train("backprop", data, epochs=1, measure=["length"], progress=False).length.tolist()
    )


def test_outputs_are_those_of_the_weights_as_they_are(data):
    run = training("backprop", data)
    before = run.test_accuracy()
    for _ in range(16):  # the next row is measured after 17
        next(run)
    assert run.test_accuracy() > before + 0.1


def test_no_epochs_measure_the_network_as_it_was_drawn(data):
    run = training("backprop", data, width=8, epochs=0)
    drawn = run.network.copy()
    table = run.finish(progress=False)
    assert table.step.tolist() == [0]
    assert run.network.sizes == (64, 8, 10)
    assert all(map(np.array_equal, run.network.weights, drawn.weights))


def test_a_network_is_drawn_from_the_seed_and_four_settings(data):
    def drawn(seed=0, **settings):
        settings = {"width": 8, "layers": 3.0, "activation": "relu", "epochs": 0} | settings
        return training("backprop", data, seed=seed, **settings).network

    assert repr(drawn()) == "Network(64 → 8 relu → 8 relu → 8 relu → 10 softmax)"
    assert training("backprop", data, layers=0).network.sizes == (64, 10)
    assert np.array_equal(drawn(1).weights[1], drawn(1).weights[1])
    assert not np.array_equal(drawn(1).weights[1], drawn(2).weights[1])
    assert not drawn(initialisation="zeros").weights[0].any()


def test_learning_works(data):
    table = train("backprop", data, epochs=10, progress=False)
    assert table.validation_accuracy.iloc[-1] > 0.9


def threads_now(run):
    from threadpoolctl import ThreadpoolController

    blas = ThreadpoolController().select(user_api="blas").lib_controllers
    return max(library.num_threads for library in blas)


def test_small_products_have_one_thread_and_the_setting_survives(data, stand_in, tmp_path):
    from threadpoolctl import ThreadpoolController, threadpool_limits

    def numbers():
        blas = ThreadpoolController().select(user_api="blas").lib_controllers
        return {library.num_threads for library in blas}

    seen = []

    def backprop(network, x, y, loss):
        seen.append(numbers())
        raise RuntimeError("an answer that fails must not leave the setting behind")

    stand_in(backprop)
    measured = []
    with threadpool_limits(2, user_api="blas"):
        training("backprop", data, measure={"threads": lambda run: measured.append(numbers()) or 0})
    assert measured == [{1}]  # a measurement is part of the run
    wide = create_network([64, 5000, 10])
    with threadpool_limits(2, user_api="blas"):
        before = numbers()
        for network in (None, wide):
            with pytest.raises(RuntimeError, match="leave the setting"):
                next(training("backprop", data, network))
        assert numbers() == before
        settings = {"epochs": 0, "seeds": 1, "workers": 1, "progress": False, "folder": tmp_path}
        table = sweep("backprop", width=5000, measure={"threads": threads_now}, **settings)
        assert table.threads.tolist() == [1]  # in a sweep at any size
    assert seen == [{1}, before]


def test_whitening_and_outputs_are_the_same_on_any_number_of_cores(data, monkeypatch):
    """Both multiply more than an update does, and a library adds in another order on two threads."""
    from threadpoolctl import threadpool_limits

    seen = []

    def watched(name, of):
        original = getattr(of, name)

        def watching(*given):
            seen.append(threads_now(None))
            return original(*given)

        monkeypatch.setattr(of, name, watching)

    watched("eigh", np.linalg)
    watched("predict", Network)
    with threadpool_limits(2, user_api="blas"):
        data.whitened()
        training("backprop", data).test_accuracy()
        assert threads_now(None) == 2
    assert set(seen) == {1}


def test_a_library_that_is_loaded_meanwhile_has_one_thread_too(
    data, stand_in, tmp_path, monkeypatch
):
    libraries = [SimpleNamespace(filepath=name, num_threads=2) for name in ("numpy's", "scipy's")]
    for library in libraries:
        monkeypatch.setattr(
            library, "set_num_threads", partial(setattr, library, "num_threads"), raising=False
        )
    loaded = [libraries[0]]
    monkeypatch.setattr(threads, "_blas", lambda modules: loaded)
    with threads.ONE_BLAS_THREAD:
        loaded.append(libraries[1])
        with threads.ONE_BLAS_THREAD:
            assert [library.num_threads for library in libraries] == [1, 1]
    assert [library.num_threads for library in libraries] == [2, 2]

    # What an answer imports when it runs is there before an update sets the number.
    (tmp_path / "brings_blas.py").write_text(
        "from microlearn.threads import ONE_BLAS_THREAD\ninside = ONE_BLAS_THREAD._inside"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def backprop(network, x, y, loss):
        import brings_blas

        assert brings_blas.inside == 0
        return [np.zeros_like(w) for w in network.weights]

    stand_in(backprop)
    next(training("backprop", data))


@pytest.mark.parametrize("where", ["backprop", "schedule", "measure", "state"])
@pytest.mark.parametrize("ending", [StopIteration, SystemExit])
def test_nothing_that_a_student_writes_ends_a_run_as_if_it_were_complete(
    where, ending, data, stand_in
):
    def backprop(*given):
        raise ending

    if where == "backprop":
        stand_in(backprop)
    settings = {"schedule": backprop} if where == "schedule" else {}
    rule = get_rule("backprop")
    if where == "state":
        rule = replace(rule, state={"drawn": backprop})
    with pytest.raises(RuntimeError, match=f"raised {ending.__name__} in the middle"):
        measure = {"m": backprop} if where == "measure" else ()
        train(rule, data, epochs=1, measure=measure, progress=False, **settings)


def test_a_seed_is_any_whole_number_and_never_nothing(data):
    now = 2**60 + 1
    assert training("backprop", data, seed=np.int64(now)).seed == now
    for seed, words in ((None, "seed is None"), (-1, "seed is -1"), ("1", "seed is '1'")):
        with pytest.raises((TypeError, ValueError), match=words):
            training("backprop", data, seed=seed)


def test_a_measure_changes_nothing_and_what_it_returns_stays_as_it_was(data):
    def writes(run):
        run.network.weights[0][:] = 0

    with pytest.raises(ValueError, match="read-only"):
        training("backprop", data, measure={"m": writes})
    with pytest.raises(RuntimeError, match="A measure has stepped the run that it measures"):
        training("backprop", data, measure={"m": next})
    fit = (1, True, "a", np.float32(0.5), np.array(2), np.nan, np.bool_(False))
    for found in fit:
        table = training("backprop", data, epochs=0, measure={"m": lambda run, m=found: m}).table()
        assert table.m[0] == found or found is np.nan
    for found in (None, [1.0], {"a": 1}, 1j, np.ones(2), iter("ab"), len, np.ma.masked, data):
        with pytest.raises(TypeError, match=r"measure m returned .*; it must return a num"):
            training("backprop", data, measure={"m": lambda run, m=found: m})
    with pytest.raises(ZeroDivisionError) as caught:
        training("backprop", data, measure={"m": lambda run: 1 / 0})
    assert caught.value.__notes__ == ["(The measure m has raised this.)"]


def test_an_own_loss_is_one_number_a_sample_and_changes_no_accuracy(data):
    def squares(y, prediction):
        return np.sum((y - prediction) ** 2, axis=1)

    def in_place(y, prediction):
        prediction -= y
        return np.sum(prediction**2, axis=1)

    def error(y, prediction):
        return 2 * (y - prediction)

    for per_sample in (
        lambda y, p: (y - p) ** 2,
        lambda y, p: ((y - p) ** 2).sum(),
        lambda y, p: ((y - p) ** 2).mean(0),
        lambda y, p: ((y - p) ** 2).sum(axis=1) + 0j,
    ):
        with pytest.raises(ValueError, match="it must return \\(samples,\\), one real number"):
            training("backprop", data, loss=Loss("mine", per_sample, error))
    with pytest.raises(ValueError, match="read-only"):
        training("backprop", data, loss=Loss("mine", in_place, error))
    for wrong, words in (
        (lambda y, p: np.subtract(y, p, out=p), "read-only"),
        (lambda y, p: (y - p)[:, :1], r"error of mine returned the shape \(64, 1\)"),
        (lambda y, p: None, r"error of mine returned the shape \(\)"),
    ):
        with pytest.raises(ValueError, match=words):
            next(training("backprop", data, loss=Loss("mine", squares, wrong)))
    unlimited = Loss("mine", lambda y, p: np.full(len(y), np.nan), error)
    with pytest.raises(Diverged, match="mine of the first batch is not finite, before anything"):
        next(training("backprop", data, loss=unlimited))
    own = [
        train("backprop", data, epochs=1, loss=Loss(name, squares, error), progress=False)
        for name in ("mine", "cross_entropy")  # a name makes no loss another one
    ]
    assert own[0].equals(own[1].assign(seconds=own[0].seconds, loss=own[0].loss))
    softmax = Activation("softmax", lambda a: a, np.ones_like)
    y, p = np.eye(3), np.full((3, 3), 0.5)
    delta = get_loss("cross_entropy").output_delta(y, p, softmax)
    assert np.allclose(delta, y / p)
    limited = pickle.loads(parcels.cloudpickle.dumps(Loss("mine", squares, error, targets=(0, 1))))
    assert limited.targets == (0, 1)
    flat = Activation("flat", lambda a: a.sum(axis=1), np.ones_like)
    with pytest.raises(ValueError, match="flat returned the shape"):
        training("backprop", data, activation=flat)


def test_targets_that_no_output_can_reach_and_those_that_are_no_classes_are_told_of(tmp_path):
    plain, rng = create_network([64, 10], output="identity"), np.random.default_rng(0)

    def with_targets(change, kind=np.float32):
        data = load("digits", dtype=kind)
        y = change(data.train.y)
        return replace(data, train=replace(data.train, y=y, labels=y.argmax(axis=1)))

    def noisy(y):
        return rng.normal(size=y.shape)

    for change, given, words in (
        (lambda y: 2 * y, {}, "adds up to 2, and the outputs of a softmax add up to 1"),
        (lambda y: 0.1 + 0.8 * y, {}, "adds up to 1.8, and"),
        (lambda y: 0.1 + 0.8 * y, {"loss": "binary_cross_entropy"}, "adds up to 1.8"),
        (noisy, {"loss": "squared_error"}, "divide each row by its sum, or give"),
        (noisy, {"network": plain}, "what is called accuracy is the share of samples whose"),
    ):
        with pytest.warns(UserWarning, match=words):
            training("backprop", with_targets(change), **given)
    doubled = with_targets(lambda y: 2 * y)
    for _ in range(2):  # the second sweep finds its points
        with pytest.warns(UserWarning, match="adds up to 2"):
            sweep(
                "backprop", doubled, seeds=2, workers=2, epochs=0, progress=False, folder=tmp_path
            )
    with pytest.warns(UserWarning, match="adds up to 2"):
        panel("backprop", data=doubled)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for change, given in (
            (lambda y: 0.9 * y + 0.01, {}),
            (lambda y: rng.dirichlet(np.ones(10), len(y)), {}),
            (lambda y: 2 * y - 1, {"network": plain}),
            (lambda y: 5 * y, {"network": plain}),
        ):
            for kind in (np.float16, np.float32):
                training("backprop", with_targets(change, kind), **given)


def _squares(y, p):
    return np.sum((y - p) ** 2, axis=1)


@pytest.mark.parametrize(
    ("value", "error", "belongs"),
    [
        (_squares, lambda y, p: 2 * (y - p), True),
        (_squares, lambda y, p: 2 * (p - y), False),
        (_squares, lambda p, y: 2 * (y - p), False),
        (_squares, lambda y, p: y - p, False),
        (lambda y, p: -(y * np.log(p)).sum(1), lambda y, p: y - p, False),
        (lambda y, p: -(y * np.log(p)).sum(1), lambda y, p: y / p, True),
        (lambda y, p: np.abs(y - p).sum(1), lambda y, p: np.sign(y - p), True),
        (lambda y, p: _squares(y, p.astype("f4")), lambda y, p: 2 * (y - p), True),
        # Corners: any slope between those of both sides is right.
        (lambda y, p: np.maximum(p, 0).sum(1), lambda y, p: -1.0 * (p >= 0), True),
        (lambda y, p: np.maximum(p, 0).sum(1), lambda y, p: 1.0 * (p >= 0), False),
    ],
)
@pytest.mark.parametrize("output", ["softmax", "relu"])
def test_an_own_loss_trains_with_its_own_derivative_or_says_that_it_does_not(
    value, error, belongs, output, data
):
    network = create_network([64, 10], output=output)
    if output == "relu" and value(np.ones((1, 1)), np.zeros((1, 1))) == np.inf:
        return  # a logarithm of what may be 0
    if belongs:
        training("backprop", data, network, loss=Loss("mine", value, error))
        return
    with pytest.raises(ValueError, match=r"does not belong to its per_sample: for a target"):
        training("backprop", data, network, loss=Loss("mine", value, error))
    training("backprop", data, network, loss=Loss("mine", value, error, surrogate=True))


@pytest.mark.parametrize("surrogate", [False, True])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (lambda y, p: _squares(y, p) / len(y), lambda y, p: 2 * (y - p) / len(y)),
        (lambda y, p: _squares(y, p) / y.size, lambda y, p: 2 * (y - p) / y.size),
        (lambda y, p: _squares(y, p) / y.sum(), lambda y, p: 2 * (y - p) / y.sum()),
        (lambda y, p: _squares(y, p - p.mean(0)), lambda y, p: 2 * (y - p)),
        (lambda y, p: np.full(len(y), _squares(y, p).mean()), lambda y, p: y - p),
        (lambda y, p: _squares(y, p) / y.var(axis=0).sum(), lambda y, p: y - p),  # alone: by 0
        (
            lambda y, p: np.square(p - p.mean(0)).sum(1) / p.var(0).sum(),
            lambda y, p: y - p,
        ),  # 0 by 0
    ],
)
def test_the_loss_of_a_sample_is_the_same_beside_others(value, error, surrogate, data):
    mine = Loss("mine", value, error, surrogate=surrogate)
    with pytest.raises(ValueError, match=r"another loss beside other samples .* than alone"):
        training("backprop", data, loss=mine)


class _Halved(Loss):
    def __init__(self):
        super().__init__("halved", _squares, lambda y, p: y - p)

    def mean(self, y, prediction):
        return super().mean(y, prediction) / 2


def test_a_loss_of_an_own_class_stays_one(data):
    # Where it is pickled, as on its way to a worker, and where training takes it.
    loss = Loss("halved", lambda y, p: _squares(y, p) / 2, lambda y, p: y - p)
    with pytest.raises(ValueError, match="does not belong"):
        training("backprop", data, loss=_Halved())
    own = pickle.loads(parcels.cloudpickle.dumps(_Halved()))
    y, p = np.eye(3), np.full((3, 3), 0.5)
    assert own.mean(y, p) == own.trusting().mean(y, p) == loss.mean(y, p)
    assert get_loss("cross_entropy").trusting() != get_loss("cross_entropy")


def test_one_answer_makes_all_updates_of_a_run(data, monkeypatch):
    def filled(factor):
        def backprop(network, x, y, loss):
            return [factor * u for u in descent_direction(network, x, y, loss)]

        answer = exercises.Filled(backprop, None, 0)
        monkeypatch.setitem(exercises._filled, "backprop", answer)

    filled(1)
    whole, run = (
        train("backprop", data, epochs=1, progress=False),
        training("backprop", data, epochs=1),
    )
    next(run)
    filled(0)  # its cell was run again, changed
    with exercises.answers({"backprop": lambda network, x, y, loss: network.weights}):
        inside = training("backprop", data, epochs=1)
    assert inside.finish(progress=False).train_loss.iloc[-1] > whole.train_loss[0]  # as it began
    with pytest.warns(UserWarning, match="backprop has been filled in anew since this run began"):
        assert run.finish(progress=False).train_loss.tolist() == whole.train_loss.tolist()
    assert "changed" not in run.table()
    assert train("backprop", data, epochs=1, progress=False).train_loss.nunique() == 1


@pytest.mark.parametrize("last", [False, True])
def test_a_run_that_was_stopped_while_it_measured_measures_when_it_goes_on(last, data):
    calls: list = []

    def mine(run):
        calls.append(run.number)
        if run.number == (run.steps if last else 1) and calls.count(run.number) == 1:
            raise KeyboardInterrupt
        return run.number

    def finished(measure):
        run = training("node_perturbation", data, epochs=0.2, measure=measure, measure_every=1)
        try:
            return run.finish(progress=False)
        except KeyboardInterrupt:
            return run.finish(progress=False)

    table, usual = (finished({"noisy": "update_angle", **m}) for m in ({"own": mine}, {}))
    assert table.own.tolist() == table.step.tolist() == usual.step.tolist()
    assert len(calls) == len(table) + 1 > 3
    assert table.noisy.tolist() == usual.noisy.tolist()


def test_the_first_row_is_of_the_network_that_begins(data):
    usual = train("node_perturbation", data, epochs=1, measure="update_angle", progress=False)
    for epochs in (0, 1):
        run = training("node_perturbation", data, epochs=epochs, measure="update_angle")
        kept, before = run.network.copy(), run.rows[0]
        run.network.weights[1][:] = 0
        assert run.table().train_loss.tolist() == pytest.approx([np.log(10)], rel=1e-6)
        run.network.weights[1][:] = kept.weights[1]
        table = run.finish(progress=False)
        assert {**before, "seconds": 0} == {**run.rows[0], "seconds": 0}
        assert table.train_loss.tolist() == usual.train_loss[: len(table)].tolist()
        assert table.network.str.endswith("changed before update 1").all()


@pytest.mark.parametrize(
    ("part", "before", "said"),
    [
        ("weights", [3], "before update 3"),
        ("weights", [1, 3, 4], "between updates"),
        ("state", [2], "before update 2"),
        ("state", [], None),
        ("state", ["the end"], None),
    ],
)
def test_the_table_tells_of_changes_between_updates(part, before, said, data):
    run = training("feedback_alignment", data, epochs=1)
    arrays = run.network.weights if part == "weights" else run.state["feedback"]
    while run.number < run.steps:
        if run.number + 1 in before:
            arrays[1][0] *= -1
        next(run)
        assert run.network.weights and run.state  # who only looks changes nothing
    if before == ["the end"]:  # of which no row is
        arrays[1][0] *= -1
    assert next(run, None) is None
    table = run.table()
    said = said and f"{run.network}, weights or state changed {said}"
    assert {*table.get("network", [None])} == {said}


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ZeroDivisionError])
def test_a_run_that_was_stopped_halfway_through_an_update_does_not_go_on(stop, data, stand_in):
    reference, calls = exercises.get_exercise("backprop"), []

    def backprop(network, x, y, loss):
        calls.append(1)
        if len(calls) == 2:
            raise stop
        return reference(network, x, y, loss)

    stand_in(backprop)
    run = training("backprop", data)
    next(run)
    with pytest.raises(stop):
        next(run)
    with pytest.raises(RuntimeError, match=r"stopped in the middle of its update 2.*begin it anew"):
        next(run)


class _Holds:
    def __init__(self, generator):
        self.generator = generator

    def random(self):
        return self.generator.random()


def _drawing(holds):
    """Functions that draw from a generator that is held in this way."""
    generator = np.random.default_rng(0)
    kept = {
        "a list": [generator],
        "an object": _Holds(generator),
        "a partial": partial(generator.random),
    }

    def draw(default=generator):
        if holds == "a default":
            return default.random()
        held = kept[holds]
        return (
            held() if callable(held) else held[0].random() if holds == "a list" else held.random()
        )

    return draw


@pytest.mark.parametrize(
    "draw",
    [
        *(np.random.random, random.random, np.random.default_rng(0).random),
        np.random.PCG64(0).random_raw,
        *map(_drawing, ("a default", "a list", "an object", "a partial")),
    ],
)
def test_an_answer_that_draws_what_no_seed_fixes_is_told(draw, data, stand_in):
    reference = exercises.get_exercise("backprop")

    def backprop(network, x, y, loss):
        draw()
        return reference(network, x, y, loss)

    run = training("backprop", data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        next(run)
    stand_in(backprop)
    with pytest.warns(UserWarning, match="the seed does not fix that. Draw from rng"):
        next(training("backprop", data))


def _by_name():
    return np.random.normal()  # noqa: NPY002


def _imports():
    from random import gauss

    return gauss(0, 1)


def _of_a_package():
    return pd.Series([1, 2]).sample().sum()


def _asks_for_another():
    return exercises.get_exercise("mean_squared_error")(0, 0)


@pytest.mark.parametrize(
    "draw",
    [_by_name, _imports, _of_a_package, lambda: random.choice("ab"), _asks_for_another],
)
def test_draws_from_shared_generators_are_told_of_who_draws(draw, data, stand_in):
    """And of nobody else, whatever other threads draw meanwhile."""

    def backprop(network, x, y, loss):
        draw()
        return [np.zeros_like(w) for w in network.weights]

    def mean_squared_error(y, prediction):
        return random.random() + np.random.random()  # noqa: NPY002

    with exercises.answers({f.__name__: f for f in (backprop, mean_squared_error)}):
        own_loss = Loss("mine", lambda y, p: np.sum((p - y) ** 2, axis=1), lambda y, p: 2 * (y - p))
        with pytest.warns(UserWarning, match="the seed does not fix") as seen:
            next(training("backprop", data, loss=own_loss))
    assert [str(w.message)[:11] for w in seen] == ["An exercise"]


def _at_the_time():
    return np.random.default_rng(int(1e6 * time.time())).normal()


def _by_a_hash():
    return np.random.default_rng(hash("feedback") % 2**32).normal()


def _by_its_process():
    return random.Random(f"{os.getpid()}").random()


def _by_a_stopwatch():
    return np.random.default_rng(time.perf_counter_ns()).normal()


def _by_a_name():
    return np.random.default_rng(uuid.uuid4().int).normal()


UNSEEDED = [
    *(_by_a_hash, _by_its_process, _by_a_stopwatch, _by_a_name),
    *(np.random.default_rng, np.random.RandomState, np.random.SeedSequence, random.Random),
    *(random.SystemRandom().random, random.seed, np.random.seed, _at_the_time),
    *(partial(np.random.default_rng, None), partial(secrets.randbelow, 9), lambda: os.urandom(2)),
    *(lambda: np.random.RandomState(), lambda: np.random.RandomState(None)),
]
SEEDED = [
    *(partial(np.random.default_rng, 0), partial(random.Random, 0), uuid.uuid4, time.time),
    *(lambda: copy.deepcopy(np.random.default_rng(0)), tempfile.mktemp),
    *(lambda: np.random.RandomState(0), lambda: np.random.RandomState(seed=7), load),
]


@pytest.mark.parametrize("draw", UNSEEDED)
@pytest.mark.parametrize("who", ["An exercise", "The loss", "A state", "A measure", "schedule"])
def test_a_generator_without_a_seed_is_told_of_who_makes_it(draw, who, data, stand_in):
    def drawing(mine, then):
        return (lambda *given: (draw(), then(*given))[1]) if mine == who else then

    of_exercise = drawing("An exercise", lambda *given: descent_direction(*given))
    of_loss = drawing("The loss", lambda y, p: 2 * (y - p))
    of_state = drawing("A state", lambda *given: [np.zeros(2)])

    def backprop(network, x, y, loss):
        return of_exercise(network, x, y, loss)

    stand_in(backprop)
    with pytest.warns(UserWarning, match="makes without a seed.* the seed does not fix") as seen:
        run = training(
            replace(get_rule("backprop"), state={"idle": of_state}),
            data,
            loss=Loss("mine", _squares, of_loss, surrogate=True),
            measure={"m": drawing("A measure", lambda _: 0)},
            schedule=drawing("schedule", lambda done: 1),
        )
        next(run)
    (told,) = (str(w.message) for w in seen if "without a seed" in str(w.message))
    assert who in told and told == run.unseeded


def test_a_schedule_that_changes_nothing_is_told(data):
    """One of epochs or updates would, given the fraction of the run that is done."""
    for schedule in (lambda t: 0.5 ** (t // 5), lambda e: 1.0 if e < 5 else 0.1):
        with pytest.warns(
            UserWarning, match="returned 1 at each update.* from 0 to 1, and not an epoch"
        ):
            train("backprop", data, epochs=0.5, schedule=schedule, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for schedule in (constant, lambda done: 1 - done, lambda done: 0, wait(0.5)):
            train("backprop", data, epochs=0.5, schedule=schedule, progress=False)


def _of_roots(run):
    return np.log(-abs(run.network.weights[0][0, 0]))


def test_where_no_number_comes_out_is_said_with_its_line_and_once(data, stand_in):
    def backprop(network, x, y, loss):
        np.nan_to_num(np.sqrt([-1.0, -2.0]))
        return descent_direction(network, x, y, loss)

    stand_in(backprop)
    with np.errstate(all="ignore"), pytest.warns(UserWarning, match="No number comes out") as told:
        table = train("backprop", data, epochs=1, measure={"odd": _of_roots}, progress=False)
    lines = [re.findall(r"in line (\d+) of (\w+)", str(w.message))[0] for w in told]
    first = [f.__code__.co_firstlineno + 1 for f in (_of_roots, backprop)]
    assert lines == [(f"{first[0]}", "_of_roots"), (f"{first[1]}", "backprop")]
    assert table.odd.isna().all() and table.train_loss.notna().all()


def test_where_the_course_itself_finds_no_number_no_line_is_blamed(data):
    made = {}
    text = "import numpy\ndef of_roots(run): return run.number * numpy.sqrt(-1.0)"
    exec(compile(text, accuracy.__code__.co_filename, "exec"), made)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = train("backprop", data, measure={"odd": made["of_roots"]}, epochs=1, progress=False)
    assert table.odd.isna().all()


@pytest.mark.parametrize(
    ("of", "rate", "words"),
    [
        (
            lambda u: u * 0 / (u * 0),
            0.1,
            r"NaN in its update \d.*in line \d+ of .*No weight was beyond 0",
        ),
        (lambda u: u, 1e9, "the numbers grew until they were no longer finite"),
    ],
)
def test_a_late_division_by_zero_is_not_taken_for_a_rate_that_is_too_large(
    of, rate, words, data, stand_in
):
    updates = []

    def backprop(network, x, y, loss):
        updates.append(0)
        gradient = descent_direction(network, x, y, loss)
        return [of(u) if len(updates) > 3 else u for u in gradient]

    stand_in(backprop)
    with pytest.raises(Diverged, match=words):
        train("backprop", data, epochs=2, activation="relu", learning_rate=rate, progress=False)


def test_who_draws_the_same_for_each_seed_is_told(data, stand_in):
    def weight_perturbation(network, x, y, loss, noise, rng):
        rng = np.random.default_rng(0)
        return [rng.normal(size=w.shape).astype(w.dtype) for w in network.weights]

    def feedback(network, rng, knobs):
        return [None, np.random.RandomState(1).normal(size=(10, 32))]

    def given(network, rng, knobs):
        return [None, np.random.default_rng(rng.integers(9)).normal(size=(10, 32))]

    def backprop(network, x, y, loss):  # a matrix that stays as it is may well be drawn like that
        return [0 * w * np.random.default_rng(0).normal(size=w.shape) for w in network.weights]

    def node_perturbation(network, x, y, loss, noise, rng):
        twin = copy.deepcopy(rng)
        return [twin.normal(size=w.shape).astype(w.dtype) for w in network.weights]

    said = "makes with a seed of its own, or from a copy of rng, and leaves rng where it was"

    def feedback_alignment(network, x, y, loss, feedback, *, rng):
        rng = np.random.default_rng(0)
        return [rng.normal(size=w.shape) for w in network.weights]

    for answer in (weight_perturbation, node_perturbation, feedback_alignment, backprop):
        stand_in(answer)
    for rule in ("weight perturbation", "node perturbation", "feedback alignment"):
        with pytest.warns(UserWarning, match=f"An exercise of {rule} .* {said}"):
            next(training(rule.replace(" ", "_"), data))
    alignment = get_rule("feedback_alignment")
    with pytest.warns(UserWarning, match=f"A state of own .* {said}"):
        training(replace(alignment, name="own", state={"feedback": feedback}), data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        training(replace(alignment, name="own", state={"feedback": given}), data)


@pytest.mark.parametrize("draw", SEEDED)
def test_who_has_a_seed_or_needs_none_is_told_nothing(draw, data, stand_in):
    def backprop(network, x, y, loss):
        draw()
        return descent_direction(network, x, y, loss)

    stand_in(backprop)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = training("backprop", data, measure={"m": lambda _: bool(draw())})
        next(run)
    assert not run.unseeded and sys.getprofile() is None


def test_what_other_threads_draw_is_not_said_of_an_answer(data, stand_in):
    def backprop(network, x, y, loss):
        time.sleep(0.05)  # the other thread draws
        generator = np.random.default_rng(0)
        return [generator.normal(size=w.shape) for w in network.weights]

    def draw():
        while not done.wait(0.001):
            random.random(), np.random.random()  # noqa: NPY002

    stand_in(backprop)
    run, done = training("backprop", data), threading.Event()
    other = threading.Thread(target=draw)
    other.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            next(run)
    finally:
        done.set()
        other.join()


KEPT: dict = {}


class _Keeps:
    def __call__(self, network, x, y, loss):
        self.last = network.weights[0].copy() if KEPT["copy"] else network
        return descent_direction(network, x, y, loss)

    def method(self, network, x, y, loss):
        return self(network, x, y, loss)


def _keeps_in_a_global(network, x, y, loss):
    KEPT["w"] = network.weights[0].copy() if KEPT["copy"] else network.weights[0].T
    return descent_direction(network, x, y, loss)


def _keeps_in_a_default(network, x, y, loss, before=[]):  # noqa: B006
    before[:] = [w.copy() if KEPT["copy"] else w for w in network.weights]
    return descent_direction(network, x, y, loss)


def _keeps_in_an_attribute(network, x, y, loss):
    _keeps_in_an_attribute.h = len(x) if KEPT["copy"] else network.weights[-1][:-1]
    return descent_direction(network, x, y, loss)


def _keeps_in_a_closure():
    kept = None

    def answer(network, x, y, loss):
        nonlocal kept
        kept = [x] if KEPT["copy"] else [network]
        return descent_direction(network, x, y, loss)

    return answer


def _keeps_in_a_cache(decorator):
    @decorator
    def memory(size):
        return {}

    def answer(network, x, y, loss):
        memory(len(x))["w"] = network.weights[0].copy() if KEPT["copy"] else network.weights[0]
        return descent_direction(network, x, y, loss)

    return answer


def _keeping():
    held = None
    while True:
        held = yield held


def _keeps_in_a_generator():
    place = _keeping()
    next(place)

    def answer(network, x, y, loss):
        place.send(network.weights[0].copy() if KEPT["copy"] else network.weights[0])
        return descent_direction(network, x, y, loss)

    return answer


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        *(_Keeps(), _Keeps().method, partial(_Keeps()), _keeps_in_a_global, _keeps_in_a_default),
        *(_keeps_in_an_attribute, _keeps_in_a_closure(), _keeps_in_a_generator()),
        *(_keeps_in_a_cache(functools.cache), _keeps_in_a_cache(functools.lru_cache(2))),
    ],
)
def test_what_an_answer_remembers_stays_as_it_was_and_is_told(answer, copied, data, monkeypatch):
    monkeypatch.setitem(KEPT, "copy", copied)
    with exercises.answers({"backprop": answer}):
        run = training("backprop", data)
        if copied:
            with pytest.warns(
                UserWarning, match="keeps that: another run .* begins with what this"
            ):
                next(run)
        else:
            with pytest.raises(
                TypeError, match=r"keeps the weights.* go on changing .*: keep a copy"
            ):
                next(run)
    KEPT.pop("w", None)


def _decays():
    yield 1.0
    yield 0.5
    yield 0.25


@pytest.mark.parametrize("values", [_decays(), zip(_decays()), map(float, _decays())])
def test_a_generator_that_an_answer_goes_on_with_is_told(values, data):
    def answer(network, x, y, loss):
        next(values)
        return descent_direction(network, x, y, loss)

    with (
        exercises.answers({"backprop": answer}),
        pytest.warns(UserWarning, match="changes the next value of _decays and keeps that"),
    ):
        next(training("backprop", data))


def test_a_cache_of_what_can_not_change_is_none_of_a_run(data, recwarn):
    @functools.cache
    def scale(units):
        return 1 / np.sqrt(units)

    def backprop(network, x, y, loss):
        return [u * scale(len(u)) for u in descent_direction(network, x, y, loss)]

    with exercises.answers({"backprop": backprop}):
        next(training("backprop", data))
    assert not recwarn.list


class _Wrong(Loss):
    def output_delta(self, y, prediction, activation):
        return prediction - y


class _Shadowed(Loss):
    def per_sample(self, y, prediction):
        return _squares(y, prediction)


def test_what_a_subclass_defines_is_used_or_refused(data):
    def error(y, p):
        return 2 * (y - p)

    with pytest.raises(ValueError, match="output_delta of mine does not belong"):
        training("backprop", data, loss=_Wrong("mine", _squares, error))
    with pytest.raises(TypeError, match="_Shadowed defines per_sample, and mine was given another"):
        _Shadowed("mine", _squares, error)
    tied = np.zeros((33, 32), np.float32)
    first, *_, last = create_network([64, 32, 10]).weights
    network = Network([first, tied, tied, last], ["tanh"] * 3 + ["softmax"])
    with pytest.raises(ValueError, match="have one array for their weights"):
        training("backprop", data, network)


COUNTED = {"calls": 0}


def _counts(value):
    COUNTED["calls"] += 1
    return value


class _Decay:
    rate = 1.0

    def __call__(self, done):
        self.rate *= 0.99  # from now on the object has a rate beside that of its class
        return self.rate


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": Loss("mine", _squares, lambda y, p: _counts(2 * (y - p)))},
        {"activation": Activation("own", lambda a: _counts(np.tanh(a)), lambda h: 1 - h * h)},
        {"schedule": _counts},
        {"schedule": _Decay()},
    ],
)
def test_what_a_loss_an_activation_or_a_schedule_remembers_is_told(settings, data):
    with pytest.warns(
        UserWarning, match="the schedule of backprop changes (COUNTED of _co|rate of _De)"
    ):
        run = training("backprop", data, **settings)
        next(run)
    assert "version" not in str(run.table().get("changed"))
    with pytest.warns(UserWarning, match="schedule takes epoch, and is given the fraction"):
        training("backprop", data, schedule=lambda epoch: 1 / (1 + epoch))


def test_who_draws_from_a_generator_that_all_share_is_told_and_nobody_else(data, stand_in, recwarn):
    def backprop(network, x, y, loss):
        return descent_direction(network, x, y, loss)

    stand_in(backprop)
    noisy = Loss("noisy", lambda y, p: _squares(y, p) + 0 * random.random(), lambda y, p: y - p)
    next(training("backprop", data, loss=replace(noisy, surrogate=True)))
    (told,) = (str(warning.message) for warning in recwarn)
    assert told.startswith("The loss, an activation or the schedule of backprop draws")


class _Calls:
    calls = 0

    @classmethod
    def count(cls):
        cls.calls += 1

    def __call__(self, *given):
        self.count()
        return descent_direction(*given)


def _calls_a_class(network, x, y, loss):
    return _Calls()(network, x, y, loss)


@pytest.mark.parametrize("answer", [_Calls(), _calls_a_class])
def test_what_an_answer_remembers_in_a_class_is_told(answer, data):
    with (
        exercises.answers({"backprop": answer}),
        pytest.warns(UserWarning, match="changes calls of _Calls and keeps that"),
    ):
        next(training("backprop", data))


def test_a_measure_that_counts_its_calls_stays_the_same_one(data):
    for _ in range(2):
        table = train("backprop", data, epochs=1, measure={"mine": _counts_runs}, progress=False)
        assert "changed" not in table


def _counts_runs(run):
    _counts_runs.calls = getattr(_counts_runs, "calls", 0) + 1
    return 1.0


def test_a_measure_remembers_copies(data):
    seen = []
    for rule, found in (
        ("backprop", lambda run: run.network),
        ("backprop", lambda run: run.network.weights[0][0]),
        ("feedback_alignment", lambda run: run.state),
    ):
        seen.clear()
        with pytest.raises(TypeError, match=r"A measure of .* keeps the weights, or the state"):
            training(rule, data, measure={"m": lambda run, of=found: seen.append(of(run)) or 0})
    seen.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measure = {"m": lambda run: seen.append(run.network.copy()) or 0}
        train("backprop", data, epochs=2, measure=measure, progress=False)
    assert not np.array_equal(seen[0].weights[0], seen[-1].weights[0])


def test_a_measure_is_told_with_what_an_earlier_run_has_left_it(data):
    start, best = [], []

    def drift(run):
        if not start:
            start.append(run.network.weights[0].copy())
        return float(np.linalg.norm(run.network.weights[0] - start[0]))

    def best_so_far(run):
        best.append(accuracy(*run.outputs("validation")))
        return max(best)

    def moved(seed, measure):
        table = train("backprop", data, epochs=1, seed=seed, measure={"m": measure}, progress=False)
        return table.m.iloc[0]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert moved(0, drift) == 0
        start.clear()
        assert moved(1, drift) == 0
        moved(0, best_so_far)
    with pytest.warns(UserWarning, match=r"refers to best.* has changed in an earlier run"):
        moved(1, best_so_far)
    with pytest.warns(UserWarning, match=r"refers to start.* has changed in an earlier run"):
        assert moved(0, drift) > 1
    best.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moved(2, best_so_far)
    settings = {"seeds": 2, "measure": {"m": drift}, "epochs": 0, "workers": 2}
    with pytest.warns(UserWarning, match=r"refers to start.* has changed in an earlier run"):
        assert sweep("backprop", data, **settings).m.max() > 1
    start.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (sweep("backprop", data, **settings).m == 0).all()


@pytest.mark.parametrize("at", ["its end", "a break", "a divergence", "the user's loop"])
def test_what_a_measure_is_left_late_in_a_run_is_told_to_the_next(at, data):
    seen = []

    def latest(run):
        if run.number >= 2 and at != "the user's loop":
            seen.append(run.number)
        return len(seen)

    def one_run():
        rate = 1e16 if at == "a divergence" else 0.1
        run = training(
            *("backprop", data),
            **{"epochs": 0.2, "measure": {"m": latest}, "measure_every": 1},
            **{"learning_rate": rate, "activation": "relu", "loss": "squared_error"},
        )
        with contextlib.suppress(Diverged):
            for step in run:
                if step.number == 2 and at == "the user's loop":
                    seen.append(2)
                if step.number == 2 and at == "a break":
                    break
        run.table()
        return run.rows[0]["m"]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert one_run() == 0
    assert seen
    with pytest.warns(UserWarning, match=r"refers to seen.* has changed in an earlier run"):
        assert one_run() > 0
    seen.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert one_run() == 0


@pytest.mark.parametrize("exercise", ["feedback_alignment", "symmetric_alignment"])
def test_a_variant_that_asks_for_the_runs_noise_is_fixed_by_the_seed(exercise, data):
    """That of an update, and that of a phase; and what is measured takes nothing from it."""
    plain = exercises.get_exercise(exercise)

    def noisy(*given, rng):
        return [u if u is None else u + 0.1 * rng.standard_normal(u.shape) for u in plain(*given)]

    def weights(seed, **settings):
        run = training("symmetric_alignment", data, epochs=1, seed=seed, **settings)
        run.finish(progress=False)
        return run.network.weights[0]

    undisturbed = weights(1)
    with exercises.answers({exercise: noisy}), warnings.catch_warnings():
        warnings.simplefilter("error")
        first, again, other = weights(1), weights(1, measure_every=1), weights(2)
    np.testing.assert_array_equal(first, again)
    for different in (undisturbed, other):
        assert np.abs(first - different).max() > 1e-3


def test_every_thread_can_have_one_blas_thread():
    """It does not matter which asked first: widgets' messages come on a thread of their own."""
    from threadpoolctl import threadpool_limits

    numpys, seen = threads._blas(len(sys.modules))[0], []

    def ask():
        with threads.ONE_BLAS_THREAD:
            seen.append(numpys.num_threads)

    with threadpool_limits(2, user_api="blas"):
        before = numpys.num_threads
        ask()
        other = threading.Thread(target=ask)
        other.start()
        other.join()
        assert seen == [1, 1]
        assert numpys.num_threads == before == 2


def test_a_bar_in_a_notebook_is_a_line_and_leaves_nothing_behind(monkeypatch):
    outputs = []

    def display(data, **_):
        outputs.append(data)
        return SimpleNamespace(update=display)

    monkeypatch.setattr(bars, "_in_a_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    with pytest.raises(KeyboardInterrupt), bars.bar(4, "<sweep>", initial=1) as shown:
        shown.update()
        raise KeyboardInterrupt
    assert all(set(output) == {"text/html", "text/plain"} for output in outputs)  # and no widget
    assert "25%" in outputs[0]["text/plain"] and "&lt;sweep&gt;" in outputs[0]["text/html"]
    assert not any(outputs[-1].values())
    outputs.clear()
    with bars.bar(1, "hidden", shown=False) as shown:
        shown.update()
    assert not outputs
