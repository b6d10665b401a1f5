"""The catalogue: laws of its rules in real training, and a rule to come that must fit in."""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from copy import deepcopy
from dataclasses import replace
from functools import partial, wraps

import numpy as np
import pytest
from conftest import ROOT

from microlearn import (
    Network,
    create_network,
    exercises,
    get_loss,
    load,
    panel,
    presynaptic,
    score_card,
    sweep,
    sweep_panel,
    train,
    training,
)
from microlearn.fingerprints import exercises_asked_for
from microlearn.measures import MEASURES
from microlearn.metrics import angle
from microlearn.optimiser import wait
from microlearn.rules import CATALOGUE, Knob, Phase, Plausibility, Rule, get_rule, rule_names
from microlearn.rules import rule as rule_module
from microlearn.rules.carriers import NOBODY
from microlearn.rules.rule import GIVEN, KEYWORDS, OF_A_RUN
from microlearn.training import Diverged, Training

SIX_SIGMA = 6.5
"""Standard errors that a mean may be off; a right rule exceeds them less than once in 10⁹ times."""


@pytest.fixture(scope="module")
def data():
    return load("digits")


def network(seed=0, sizes=(64, 20, 15, 10), dtype=np.float64):
    return create_network(sizes, seed=seed, dtype=dtype)


NARROWING = network(dtype=np.float32)


def arrays(run):
    return [*run.network.weights, *(a for s in run.state.values() for a in s if a is not None)]


def finish(run):
    for _ in run:
        pass
    return run


def transposes(net, rng, knobs):
    return [None, *(w[:-1].T.copy() for w in net.weights[1:])]


# --- every rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", rule_names())
def test_every_rule_learns_with_its_default_knobs(name, data):
    run = finish(training(name, data, epochs=2))
    assert run.rows[-1]["train_loss"] < run.rows[0]["train_loss"]


@pytest.mark.parametrize("name", rule_names())
def test_measuring_leaves_weights_state_and_the_run_as_they_are(name, data):
    given = {"width": 4} if get_rule(name).network is not Network else {"network": NARROWING}
    plain = finish(training(name, data, epochs=0.5, **given))
    measured = training(name, data, epochs=0.5, measure_every=2, measure=[*MEASURES], **given)
    before = [a.copy() for a in arrays(measured)]
    measured.probe_update(measured.network, data.train.x[:9], data.train.y[:9])
    MEASURES["signal_to_noise"].compute(measured)
    assert all(map(np.array_equal, arrays(measured), before))
    finish(measured)
    assert all(map(np.array_equal, arrays(measured), arrays(plain)))


@pytest.mark.parametrize("name", rule_names())
def test_each_rule_has_a_learning_rate_first_defaults_in_range_and_names_all_its_exercises(name):
    rule = get_rule(name)
    assert rule.name == name
    assert rule.knobs[0].name == "learning_rate"
    for knob in rule.knobs:
        assert knob.low <= knob.default <= knob.high
    for exercise in rule.exercises:
        asked = exercises_asked_for(exercises.get_exercise(exercise), exercises.exercise_names())
        assert asked <= set(rule.exercises)
    assert rule.idea in rule.exercises


# --- perturbation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [1e-3, 0.3, 3.0])
@pytest.mark.parametrize(
    "name", ["weight_perturbation", "node_perturbation", "activity_perturbation"]
)
def test_perturbation_is_unbiased_at_any_noise_where_the_loss_is_quadratic(name, noise):
    """A linear layer under the squared error: every moment is known (Isserlis)."""
    rng = np.random.default_rng(3)
    net = create_network([3, 4], output="identity", seed=1, dtype=np.float64)
    x, y = rng.normal(size=(1, 3)), rng.normal(size=(1, 4))
    p, error, m = presynaptic(x)[0], (y - net.predict(x))[0], 4
    truth = np.outer(p, error)
    # What the curvature adds to a one-sided rise: see the closed forms of lesson 03.
    square, bent = p @ p, noise**2 / 4 * (m + 2)
    along = 2 * np.sum(truth**2) ** 2
    if name == "weight_perturbation":
        variance = truth**2 + np.sum(truth**2)
        variance += bent * square * (m * square + 4 * p[:, None] ** 2)
        along += bent * (m + 4) * square**3 * (error @ error)
    else:
        variance = p[:, None] ** 2 * (error**2 + error @ error + bent * (m + 4))
        along += bent * (m + 4) * square**2 * (error @ error)

    rule, draws = get_rule(name), 4000
    knobs, loss = rule.settings({"noise": noise}), get_loss("squared_error")
    mean = sum(rule.update(net, x, y, loss, {}, knobs, rng)[0][0] for _ in range(draws)) / draws
    assert np.all(np.abs(mean - truth) < SIX_SIGMA * np.sqrt(variance / draws))
    assert abs(np.sum((mean - truth) * truth)) < SIX_SIGMA * np.sqrt(along / draws)


def test_noise_on_the_pre_activations_is_a_shift_of_the_biases():
    net, x = network(), np.random.default_rng(0).normal(size=(5, 64))
    shift = [np.linspace(-1, 1, units) for units in net.sizes[1:]]
    shifted = net.with_weights(
        [np.vstack([w[:-1], w[-1] + s]) for w, s in zip(net.weights, shift, strict=True)]
    )
    seen = net.forward(x, noise=[np.tile(s, (5, 1)) for s in shift])
    for a, b in zip(seen, shifted.forward(x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


# --- feedback weights -----------------------------------------------------------------------------


def test_the_draws_of_a_rule_are_changed_in_another_rule_alone():
    """Else all that trains by the name from now on would be a mutant."""
    rule = get_rule("feedback_alignment")
    mine = replace(rule, name="mine")
    for change in (rule, mine):
        with pytest.raises(TypeError, match="make another rule, as in"):
            change.state["feedback"] = rule.state["feedback"]
    other = replace(rule, name="mine", state={**rule.state, "feedback": lambda *given: []})
    assert other.state != rule.state == mine.state == deepcopy(rule).state


@pytest.mark.filterwarnings("ignore:A state of .* changes drawn")
@pytest.mark.parametrize("updates", [0, 1])
def test_a_draw_of_state_can_write_into_no_weights(updates, data):
    """They would be other weights with the same seed, and no column would tell it."""
    rule, runs, drawn = get_rule("sign_symmetry_redrawn"), [], []

    def halving(network, rng, knobs):
        drawn.append(len(drawn))
        if len(drawn) > updates:
            w = network.weights[1].T
            w *= 0.5
        return rule.state["magnitudes"](network, rng, knobs)

    with pytest.raises(ValueError, match=r"draws magnitudes of .* tried to write .* on a copy"):
        runs.append(training(replace(rule, name="mine", state={"magnitudes": halving}), data))
        next(runs[0])
    assert len(runs) == updates


def test_feedback_is_drawn_like_the_weights_that_it_stands_in_for():
    draw = get_rule("feedback_alignment").state["feedback"]
    net = create_network([50, 400, 300], initialisation="textbook")
    one, two = (draw(net, np.random.default_rng(1), {"feedback_scale": s}) for s in (1.0, 2.0))
    assert one[0] is None
    assert one[1].shape == (300, 400)
    assert one[1].dtype == net.dtype
    np.testing.assert_allclose(two[1], 2 * one[1], rtol=1e-6)
    # Both spreads are measured on 120,000 normal numbers.
    assert abs(one[1].std() / net.weights[1][:-1].std() - 1) < SIX_SIGMA / np.sqrt(120_000)
    nothing = create_network([50, 400, 300], initialisation="zeros")
    assert np.all(draw(nothing, np.random.default_rng(1), {"feedback_scale": 1.0})[1] != 0)


def test_feedback_alignment_with_transposed_weights_starts_as_backprop(data):
    rule = replace(get_rule("feedback_alignment"), state={"feedback": transposes})
    runs = [training(r, data, network()) for r in (rule, "backprop")]
    for run in runs:
        next(run)
    for a, b in zip(*(run.network.weights for run in runs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)
    assert not np.array_equal(runs[0].state["feedback"][1], runs[0].network.weights[1][:-1].T)


def test_kolen_pollack_that_starts_aligned_and_forgets_nothing_is_backprop_for_ever(data):
    rule = replace(get_rule("kolen_pollack"), state={"feedback": transposes})
    ours = finish(training(rule, data, network(), epochs=3, momentum=0.5, decay=0.0))
    backprop = finish(training("backprop", data, network(), epochs=3, momentum=0.5))
    for a, b in zip(ours.network.weights, backprop.network.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


def test_the_gap_between_the_two_ways_shrinks_by_one_minus_eta_lambda(data):
    def gaps(run):
        pairs = zip(run.network.weights[1:], run.state["feedback"][1:], strict=True)
        return [w[:-1] - b.T for w, b in pairs]

    rate, decay = 0.2, 0.05
    run = training(
        "kolen_pollack",
        data,
        network(),
        epochs=3,
        learning_rate=rate,
        decay=decay,
        schedule=lambda done: 1 - done / 2,
    )
    first, left = gaps(run), 1.0
    for step in run:
        left *= 1 - rate * (1 - (step.number - 1) / run.steps / 2) * decay
        for now, then in zip(gaps(run), first, strict=True):
            np.testing.assert_allclose(now, left * then, rtol=1e-9, atol=1e-12)
    assert left < 0.7


def test_a_mirror_alone_comes_as_near_to_the_transpose_as_its_memory_is_long(data):
    """B forgets at its rate, and so averages over as many samples: tan² θ = (fan_in + 1) / samples."""
    samples, rate = 64, 0.1
    run = training(
        "weight_mirror",
        data,
        network(sizes=(64, 50, 40, 10)),
        epochs=10,
        learning_rate=0.0,
        mirror_rate=rate,
        samples=samples,
    )
    weights = [w.copy() for w in run.network.weights]
    finish(run)
    assert all(map(np.array_equal, run.network.weights, weights))
    averaged = samples * (2 - rate) / rate
    for w, b in zip(run.network.weights[1:], run.state["feedback"][1:], strict=True):
        along = np.sum(b * w[:-1].T) / np.sum(w[:-1] ** 2)
        assert abs(along - (1 - 1 / samples)) < SIX_SIGMA * np.sqrt(2 / averaged)
        tangent = np.tan(np.radians(angle(b, w[:-1].T)))
        expected = np.sqrt(len(w) / averaged)
        assert abs(tangent / expected - 1) < SIX_SIGMA / np.sqrt(2 * b.size)


# --- signs and broadcasts -------------------------------------------------------------------------


def magnitudes_of(name, data, **settings):
    """The magnitudes of a run as they are drawn, and those of its first update."""
    run = training(name, data, network(), epochs=1, **settings)
    first = [m.copy() for m in run.state["magnitudes"][1:]]
    next(run)
    return first, run.state["magnitudes"][1:]


@pytest.mark.parametrize("name", [n for n in rule_names() if n.startswith("sign_symmetry")])
def test_the_variants_of_sign_symmetry_differ_in_their_magnitudes_alone(name, data):
    first, second = magnitudes_of(name, data, feedback_scale=2.0)
    redrawn = name.endswith("redrawn")
    for m, after, (rows, columns) in zip(first, second, ((15, 20), (10, 15)), strict=True):
        assert m.shape == (rows, columns)
        assert np.all(m > 0)
        assert (np.ptp(m) == 0) == (name == "sign_symmetry")
        assert np.array_equal(m, after) != redrawn
        # Of normal numbers the mean square of n has a relative standard deviation of √(2/n).
        mean_square = np.mean(m**2) / (4 * 2 / (rows + columns))
        assert abs(mean_square - 1) < SIX_SIGMA * np.sqrt(2 / m.size)


def test_redrawing_is_stopped_by_no_seed_and_repeated_by_the_same_one(data):
    ends = [
        finish(training("sign_symmetry_redrawn", data, network(), epochs=0.5, seed=seed))
        for seed in (0, 0, 1)
    ]
    one, again, other = (run.state["magnitudes"][1] for run in ends)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_what_is_redrawn_scatters_single_updates(data):
    run = training("sign_symmetry_redrawn", data, network())
    x, y, rng = data.train.x[:9], data.train.y[:9], np.random.default_rng(0)
    before = run.state["magnitudes"][1].copy()
    first, second = (run.probe_update(run.network, x, y, rng)[0] for _ in range(2))
    assert not np.allclose(first, second)
    assert np.array_equal(run.state["magnitudes"][1], before)


def test_direct_feedback_is_drawn_within_one_over_the_root_of_the_units():
    draw, net = get_rule("direct_feedback_alignment").state["direct"], network()
    one, two = (draw(net, np.random.default_rng(1), {"direct_scale": s}) for s in (1.0, -2.0))
    assert [d.shape for d in one] == [(10, 20), (10, 15)]
    for a, b, units in zip(one, two, (20, 15), strict=True):
        np.testing.assert_allclose(b, -2 * a, rtol=1e-12)
        # In a share of (9/10)ⁿ of all draws none of n uniform numbers is this near to the end.
        assert 0.9 < np.max(np.abs(a)) * np.sqrt(units) <= 1


def zeros(width=20):
    return create_network([64, width, width, width, 10], initialisation="zeros")


@pytest.mark.parametrize("name", ["backprop", "sign_symmetry", "batch_manhattan"])
def test_from_zero_weights_a_way_back_that_is_made_of_w_moves_the_output_biases_alone(name, data):
    run = finish(training(name, data, zeros(), epochs=3))
    assert not any(np.any(w) for w in run.network.weights[:-1])
    assert not np.any(run.network.weights[-1][:-1])
    assert np.any(run.network.weights[-1][-1])


@pytest.mark.parametrize(
    "name",
    ["feedback_alignment", "direct_feedback_alignment", "direct_random_target_projection"],
)
def test_from_zero_weights_a_way_back_of_its_own_can_start(name, data):
    run = finish(training(name, data, zeros(), epochs=3))
    assert all(np.any(w[:-1]) for w in run.network.weights)


def test_hidden_layers_that_hear_the_target_learn_the_same_whatever_is_above_them(data):
    def hidden(change):
        run = training("direct_random_target_projection", data, network(), epochs=1)
        run.network.weights[-1][...] *= change
        return finish(run).network.weights[:-1]

    assert all(map(np.array_equal, hidden(1.0), hidden(-3.0)))


# --- what the rules may not do --------------------------------------------------------------------


@pytest.fixture
def exercise(monkeypatch):
    """``exercise(function)`` stands for the files of an exercise, and returns its name."""
    sketches: dict[str, object] = {}
    for seam in ("get_exercise", "stub"):
        real = getattr(rule_module, seam)
        monkeypatch.setattr(
            rule_module, seam, lambda name, real=real: sketches.get(name) or real(name)
        )

    def add(function):
        sketches[function.__name__] = function
        return function.__name__

    return add


def sketch(name, exercise, knobs=(), **more):
    rate = Knob("learning_rate", 0.1, 0.001, 1.0)
    return Rule(
        name, name, exercise, (rate, *knobs), Plausibility("", "", "", ""), "", NOBODY, **more
    )


@pytest.mark.parametrize(
    "how", ["feedback[1] += 1", "feedback[1] = feedback[1] + 1", "feedback.append(1)"]
)
def test_a_rule_that_writes_to_its_state_is_stopped_even_when_it_is_only_measured(
    data, exercise, how
):
    def sketch_sneaky(network, x, y, loss, feedback):
        exec(how)
        return [np.zeros_like(w) for w in network.weights]

    rule = sketch("sneaky", exercise(sketch_sneaky), state={"feedback": transposes})
    with pytest.raises(ValueError, match="read-only"):
        next(training(rule, data))
    with pytest.raises(ValueError, match="read-only"):
        training(rule, data, measure=["cosine_similarity"])


def test_a_phase_that_returns_the_wrong_shape_is_named(data, exercise):
    def sketch_crooked(network, feedback):
        return [None, *(b.T for b in feedback[1:])]

    phase = Phase(exercise(sketch_crooked), ("feedback",), "learning_rate")
    rule = replace(get_rule("feedback_alignment"), phases=(phase,))
    with pytest.raises(ValueError, match=r"sketch_crooked must return .* shapes of the feedback"):
        next(training(rule, data))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"knobs": (Knob("weight_decay", 0, 0, 1),)},
            "can't have a knob or a state 'weight_decay'",
        ),
        ({"knobs": (Knob("x", 0, 0, 1),)}, "can't have a knob or a state 'x'"),
        ({"knobs": (Knob("feedback", 0, 0, 1),)}, "can't have a knob or a state 'feedback'"),
        ({"knobs": (Knob("a", 0, 0, 1), Knob("a", 0, 0, 1))}, "can't have a knob or a state 'a'"),
        ({"state": {"loss": transposes}}, "can't have a knob or a state 'loss'"),
        ({"trains": ("inverse",)}, "has no state 'inverse': there are feedback"),
        ({"redraws": ("inverse",)}, "has no state 'inverse': there are feedback"),
        ({"phases": (Phase("backprop", ("feedback",), "rate"),)}, "has no knob 'rate'"),
        ({"new": "mirror"}, "has no exercise 'mirror': there are feedback_alignment"),
    ],
)
def test_names_that_clash_or_are_not_known_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        replace(get_rule("feedback_alignment"), **change)


def test_no_keyword_or_column_can_hide_a_knob(data):
    parameters = {
        name
        for function in (Training, train, sweep, panel, sweep_panel)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    }
    columns = {"rule", "seed", *training("backprop", data, epochs=0).rows[0]} - MEASURES.keys()
    assert set(KEYWORDS) == parameters - {"settings"} | columns | {"error", "changed"}
    for name in (*KEYWORDS, *MEASURES):
        with pytest.raises(ValueError, match=f"can't have a knob or a state '{name}'"):
            sketch("backprop", "backprop", knobs=(Knob(name, 1, 1, 2),))
    for name in ("", "a b", "1a", "class"):
        with pytest.raises(ValueError, match="is like that of a variable"):
            Knob(name, 1, 1, 2)
    for ends in ({"low": 2, "high": 1}, {"low": 0, "high": 1, "log": True}):
        with pytest.raises(ValueError, match="a slider needs its lower end first"):
            Knob("gain", 1, **ends)
    with pytest.raises(ValueError, match="has no knob 'learning_rate'"):
        replace(get_rule("backprop"), knobs=())

    def drawn(found):
        state = {"feedback": lambda network, rng, knobs: found}
        next(training(replace(get_rule("feedback_alignment"), state=state), data))

    with pytest.raises(TypeError, match=r"feedback of .* is drawn as a NoneType"):
        drawn(None)
    for found in (
        np.ones((10, 1)),
        np.ones((1, 32)),
        np.array(0.1),
        np.ones(32),
    ):  # numpy would repeat
        with pytest.raises(ValueError, match=r"is drawn as \[None, .* takes \[None, \(10, 32\)\]"):
            drawn([None, found])
    for found in (np.ones((5, 5)), np.ones((32, 10))):
        with pytest.raises(ValueError, match=r"feedback is drawn as .* takes \[None, \(10, 32\)\]"):
            drawn([None, found])
    with pytest.raises(
        ArithmeticError, match=r"infinity in the feedback .* update 1: it was drawn so"
    ):
        drawn([None, np.full((10, 32), np.nan)])
    for wrong in (
        *({"state": None}, {"trains": None}, {"redraws": "feedback"}, {"exercise": None}),
        {"uses": (1,)},
    ):
        with pytest.raises(TypeError, match=r"given|tuple of names"):
            replace(get_rule("feedback_alignment"), **wrong)
    (mirror,) = get_rule("weight_mirror").phases
    for wrong, words in (
        ({"trains": ()}, r"trains of the phase weight_mirror is \(\); .* phases=\(\)"),
        ({"trains": "feedback"}, "is 'feedback'; it must be a tuple of one name or more"),
        ({"exercise": len}, "in quotes; <built-in function len> was given"),
        ({"learning_rate": 0.1}, "in quotes; 0.1 was given"),
        ({"schedule": 0.5}, "schedule is 0.5"),
    ):
        with pytest.raises(TypeError, match=words):
            replace(mirror, **wrong)
    forgetful = replace(get_rule("kolen_pollack"), trains=())
    with pytest.raises(
        ValueError, match="the weights alone; it returned 2 items with lists among them"
    ):
        next(training(forgetful, data))


def test_a_whole_knob_takes_whole_numbers_alone():
    rule = sketch("backprop", "backprop", knobs=(Knob("samples", 4, 1, 64, whole=True),))
    given = rule.settings({"samples": np.geomspace(4, 64, 3)[1]})
    assert given["samples"] == 16
    assert isinstance(given["samples"], int)
    with pytest.raises(ValueError, match=r"samples is 16.5; it must be a whole number"):
        rule.settings({"samples": 16.5})
    with pytest.raises(ValueError, match=r"samples is 0.5; it must be a whole number"):
        Knob("samples", 4, 0.5, 64, whole=True)
    with pytest.raises(TypeError, match=r"learning_rate is '1'; it must be a number"):
        rule.settings({"learning_rate": "1"})


def test_passes_may_depend_on_knobs():
    samples = Knob("repeats", 4, 1, 64, whole=True)
    rule = sketch("own", "backprop", (samples,), passes=lambda knobs: 1 + knobs["repeats"])
    assert rule.forward_passes() == 5
    assert rule.forward_passes({"repeats": 8.0}) == 9
    assert get_rule("node_perturbation").forward_passes() == 2


def test_a_rule_knows_its_exercises_and_the_one_that_is_its_idea():
    alignment = get_rule("feedback_alignment")
    phases = (Phase("mirror", ("feedback",), "learning_rate"),)
    mirror = replace(alignment, name="mirror", phases=phases, uses=("noise_of_the_mirror",))
    assert mirror.exercises == ("feedback_alignment", "mirror", "noise_of_the_mirror")
    assert mirror.idea == "mirror"
    assert replace(mirror, name="variant").idea == "feedback_alignment"
    assert replace(mirror, name="variant", new="mirror").idea == "mirror"


# --- phases ---------------------------------------------------------------------------------------


def phased(exercise, rate=0.1, **more):
    """Feedback alignment with a phase that trains the feedback at a rate of its own."""
    alignment = get_rule("feedback_alignment")
    knobs = (*alignment.knobs, Knob("phase_rate", rate, 0.001, 1.0))
    return replace(
        alignment, knobs=knobs, phases=(Phase(exercise, ("feedback",), "phase_rate", **more),)
    )


@pytest.mark.parametrize(("number", "kind"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_a_phase_whose_first_update_is_no_number_is_named(data, exercise, number, kind):
    def sketch_broken(network, feedback):
        return [None, *(number * np.ones_like(b) for b in feedback[1:])]

    words = f"sketch_broken returned {kind} in its first update, in the array of layer 1 of the"
    with pytest.raises(Diverged, match=f"{words} feedback: .*check..sketch_broken"):
        next(training(phased(exercise(sketch_broken)), data))


def test_a_phase_that_diverges_is_named_with_its_rate(data, exercise):
    def sketch_growing(network, feedback):
        return [None, *(1e12 * b for b in feedback[1:])]

    rule = phased(exercise(sketch_growing))
    with pytest.raises(
        Diverged,
        match=r"in its phase sketch_growing, with phase_rate 0.3: .* Lower the phase rate, to 0.1, say",
    ):
        finish(training(rule, data, learning_rate=0.0, phase_rate=0.3))
    with pytest.raises(
        Diverged,
        match=r"learning_rate 1e\+06 and phase_rate 0: .*Lower the learning rate.*, or the phase rate",
    ):
        net = create_network([64, 16, 10], "relu", "identity")
        finish(training(rule, data, net, learning_rate=1e6, phase_rate=0.0))


def test_a_phase_is_given_the_targets_and_the_loss(data, exercise):
    def sketch_seeing(network, x, y, loss, feedback):
        assert loss.name == "cross_entropy"
        assert y.shape == (64, 10)
        assert np.isfinite(loss.mean(y, network.predict(x)))
        return [None, *(np.zeros_like(b) for b in feedback[1:])]

    next(training(phased(exercise(sketch_seeing)), data))


def test_weights_can_wait_while_a_phase_learns_and_a_phase_has_its_own_schedule(data, exercise):
    def sketch_drift(network, feedback):
        return [None, *(np.ones_like(b) for b in feedback[1:])]

    def run(**more):
        return training(phased(exercise(sketch_drift), **more), data, epochs=1, schedule=wait(0.5))

    waiting = run()
    drawn, before = waiting.network.weights[0].copy(), waiting.state["feedback"][1].copy()
    for step in waiting:
        learned = not np.array_equal(waiting.network.weights[0], drawn)
        assert learned == ((step.number - 1) / step.total >= 0.5)
    np.testing.assert_allclose(waiting.state["feedback"][1] - before, 17 * 0.1, rtol=1e-5)
    stopping = finish(run(schedule=lambda done: float(done < 0.5)))
    np.testing.assert_allclose(stopping.state["feedback"][1] - before, 9 * 0.1, rtol=1e-5)


def test_a_negative_scale_turns_what_is_drawn_round():
    draw, net = get_rule("feedback_alignment").state["feedback"], network()
    one, minus = (draw(net, np.random.default_rng(1), {"feedback_scale": s}) for s in (1, -1))
    assert all(np.array_equal(a, -b) for a, b in zip(one[1:], minus[1:], strict=True))


@pytest.mark.parametrize(("inputs", "outputs"), [(2, 3), (10, 4), (30, 10), (5, 40)])
@pytest.mark.parametrize("rule", ["weight_perturbation", "node_perturbation"])
def test_the_closed_form_variance_is_that_of_the_rule_itself(rule, inputs, outputs):
    """Within three standard errors of 20,000 updates of the exercise in a linear network."""
    rng = np.random.default_rng(inputs * outputs)
    w, x = rng.normal(size=(inputs, outputs)), rng.normal(size=inputs)
    net = create_network([inputs, outputs], output="identity", initialisation="zeros", dtype=float)
    net = net.with_weights([np.vstack([w, np.zeros(outputs)])])
    update = exercises.get_exercise(rule)
    given = (net, x[None], np.zeros((1, outputs)), get_loss("squared_error"))
    # So small that the term in σ², which the formulas leave out, is far below the sampling error.
    draws, noise = 20_000, 1e-5
    totals = np.array([np.sum(update(*given, noise, rng)[0][:-1] ** 2) for _ in range(draws)])
    predicted = exercises.get_exercise(f"{rule}_variance")(w, x)
    gradient = np.outer(x, x @ w)
    # Weight perturbation shakes the biases too, whose slopes are those of an input of 1.
    if rule == "weight_perturbation":
        predicted = predicted + np.sum((x @ w) ** 2)
    expected = np.sum(predicted) + np.sum(gradient**2)  # a mean square: variance and squared mean
    assert abs(totals.mean() - expected) < 3 * totals.std() / np.sqrt(draws)


def spelling(name):
    """The letters and digits of a name, in which all ways to write it are the same."""
    return re.sub(r"[\W_]", "", name.lower())


def texts_in(path):
    """The texts in the code of a module or of a lesson's cells, pieces of f-strings apart."""
    source = path.read_text(encoding="utf-8")
    cells = re.findall(r"^```\{(?:code-cell|claim)\}[^\n]*\n(.*?)^```", source, re.M | re.S)
    for cell in cells if path.suffix == ".md" else [source]:
        tree = ast.parse(re.sub(r"^[%!].*", "", cell, flags=re.M))
        pieces = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in pieces:
                yield node.value


def test_a_state_that_no_exercise_takes_is_told(data, stand_in):
    """Else a knob with which it is drawn could be swept into a level line."""
    idle = replace(get_rule("feedback_alignment"), name="own", exercise="backprop")
    for measured in (training, lambda rule, data: sweep(rule, data, epochs=0, progress=False)):
        with pytest.warns(UserWarning, match="No exercise of own takes its state feedback"):
            measured(idle, data)

    def backprop(network, x, y, loss, *, feedback):
        return [0 * w for w in network.weights]

    stand_in(backprop)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        training(idle, data)
        for rule in CATALOGUE.values():
            rule.say_what_is_idle()


def test_a_rule_has_one_name_for_code_and_one_for_people():
    """Whatever reads like one of them is one of them, in lessons, modules and recordings' scripts."""
    entries = [get_rule(name) for name in rule_names()]
    assert not [e.title for e in entries if "," in e.title]  # sentences list titles between commas
    meant = {spelling(n): (e.name, e.title) for e in entries for n in (e.name, e.title)}
    folders = (
        "lessons/*.md",
        "microlearn/**/*.py",
        "benchmarks/*.py",
        "docs/site/*.py",
        "tools/*.py",
    )
    paths = [path for folder in folders for path in ROOT.glob(folder)]
    seen = [(path, t) for path in paths for t in texts_in(path) if isinstance(t, str)]
    named = [(path, t) for path, t in seen if spelling(t) in meant]
    assert len(named) > 300
    wrong = [(path.name, t) for path, t in named if t not in meant[spelling(t)]]
    assert not wrong, wrong


def test_a_knob_that_nothing_reads_is_refused_where_it_is_given(data):
    backprop, strength = get_rule("backprop"), Knob("strength", 1, 0, 2)
    rule = replace(backprop, name="mine", knobs=(*backprop.knobs, strength))
    reference = exercises.reference("backprop")

    def stronger(network, x, y, loss, strength=1.0):
        return [strength * u for u in reference(network, x, y, loss)]

    for refused in (get_rule, training, partial(sweep, strength=[0, 2])):
        with pytest.raises(ValueError, match=r"Nothing in mine reads its knob strength"):
            refused(rule)
    with exercises.answers({"backprop": stronger}):
        assert train(rule, data, epochs=0, strength=2, progress=False).strength.tolist() == [2]
    mirror = get_rule("weight_mirror")
    phase = replace(
        mirror.phases[0], learning_rate="learning_rate"
    )  # so mirror_rate scales nothing
    for value in (0.1, 1):  # the default, too, where it is set on purpose
        with pytest.raises(ValueError, match=r"Nothing in mine reads its knob mirror_rate"):
            training(replace(mirror, name="mine", phases=(phase,)), data, mirror_rate=value)
    for name, known in CATALOGUE.items():
        assert get_rule(replace(known, name="mine")).knobs == known.knobs
        for settings in ({"layers": 0}, {"layers": 3}) if known.network is Network else ({},):
            training(name, data, **{knob.name: knob.default for knob in known.knobs}, **settings)


def test_an_answer_that_asks_for_more_is_given_what_the_run_has(data):
    reference, seen = exercises.reference("backprop"), []

    def mine(network, x, y, t, learning_rate=0.1, noise=0.5, *, rng=None):
        seen.append((learning_rate, noise, rng is not None))
        return reference(network, x, y, t)

    with exercises.answers({"backprop": mine}):
        train("backprop", data, epochs=1e-9, learning_rate=0.7, progress=False)
    assert seen == [(0.7, 0.5, True)]


def test_what_stands_for_an_exercise_is_handed_each_thing_under_its_name(data):
    def mine(network, x, y, t, learning_rate=7, *, rng):
        seen.append((learning_rate, rng is not None))
        return [0 * w for w in network.weights]

    class Of:
        def __call__(self, network, x, y, t, learning_rate=7, *, rng):
            return mine(network, x, y, t, learning_rate, rng=rng)

    passed_on = wraps(mine)(lambda *given, **named: mine(*given, **named))
    for answer in (mine, Of(), Of().__call__, partial(mine), passed_on):
        seen: list = []
        with exercises.answers({"backprop": answer}):
            next(training("backprop", data, learning_rate=0.25))
        assert seen == [(0.25, True)]

    for swapped in (lambda network, y, x, loss: 0, partial(lambda k, network, y, x, loss: 0, 1)):
        with pytest.raises(TypeError, match="its y would be the x"):
            exercises.answers({"backprop": swapped}).__enter__()
    for other, words in (
        (lambda network, x, y, rng: 0, "its rng would be the loss"),
        (lambda network, x, y, epoch: 0, "its epoch would be the loss"),
        (lambda network, x, y, loss, mine: 0, "asks for of learning_rate, rng: missing"),
        (wraps(mine)(lambda *given: mine(*given)), "unexpected keyword argument 'learning_rate'"),
    ):
        with exercises.answers({"backprop": other}), pytest.raises(TypeError, match=words):
            training("backprop", data)


@pytest.mark.parametrize("name", [n for n in OF_A_RUN if n not in GIVEN])
def test_a_parameter_that_would_hide_a_setting_of_the_run_is_refused(name, data):
    """It would be its own default, ``weight_decay=0.1``, say, whatever the table tells of the run."""
    answer: dict = {}
    exec(
        f"def plain(network, x, y, loss, {name}=1): return [0 * w for w in network.weights]", answer
    )
    exec(
        f"def after(network, x, y, loss, *, {name}): return [0 * w for w in network.weights]",
        answer,
    )
    passed_on = wraps(answer["plain"])(lambda *given, **named: answer["plain"](*given, **named))
    for own in (answer["plain"], answer["after"], passed_on):
        with (
            exercises.answers({"backprop": own}),
            pytest.raises(TypeError, match=f"such as my_{name}"),
        ):
            training("backprop", data)
    with exercises.answers({"backprop": partial(answer["after"], **{name: 1})}):
        next(training("backprop", data))  # it was fixed by hand


def test_a_rule_that_got_another_name_is_called_by_it_wherever_titles_are_shown(data):
    known = get_rule("feedback_alignment")
    mine = replace(known, name="mine_too", passes=3)
    again = replace(mine, name="a_third", passes=4)
    assert [rule.title for rule in (mine, again)] == ["mine too", "a third"]
    assert known.title == "feedback alignment" == replace(known, passes=2).title
    assert replace(known, name="my_own", title="My own").title == "My own"
    assert replace(again, name="my_own", title="mine too").title == "mine too"
    lines = repr(score_card([mine, known, again])).splitlines()
    assert [line.split(":")[0] for line in lines] == ["mine too", known.title, "a third"]
    with pytest.raises(TypeError, match="mine too has no knob 'beta'"):
        training(mine, data, beta=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trains": ("feedback",)}, "of weights and of feedback, a list .* returned one list"),
        ({"state": {}}, "asks for feedback, and mine has no state and no knob"),
        (
            {"state": {"feedback": lambda *given: [None]}},
            r"as \[None\]; .* takes \[None, \(10, 32\)\]",
        ),
        ({"name": ""}, "words; '' was given"),
        ({"title": 3}, "words; 3 was given"),
        ({"passes": -1}, "passes is -1"),
    ],
)
def test_a_rule_of_ones_own_has_the_parts_that_its_exercise_asks_for(data, change, words):
    with pytest.raises(ValueError, match=words):
        next(training(replace(get_rule("feedback_alignment"), **{"name": "mine"} | change), data))


def test_a_run_has_a_state_of_its_own(data):
    """One that is a view of the weights would follow them; a shared one would be trained twice."""
    shared = np.ones((10, 32), np.float32)

    def with_state(name, draw):
        run = training(replace(get_rule(name), name="mine", state={"feedback": draw}), data)
        before = [run.state["feedback"][1].copy(), run.network.weights[1][:-1].copy()]
        next(run)
        return run, before

    run, (drawn, weights) = with_state(
        "feedback_alignment", lambda n, *_: [None, n.weights[1][:-1].T]
    )
    assert np.array_equal(drawn, weights.T) and np.array_equal(run.state["feedback"][1], drawn)
    run, _ = with_state("kolen_pollack", lambda *_: [None, shared])
    assert np.all(shared == 1) and not np.all(run.state["feedback"][1] == 1)


def test_what_the_seed_does_not_fix_is_said_wherever_it_is_drawn(data):
    def unseeded(*_):
        return [None, np.random.normal(size=(10, 32))]  # noqa: NPY002

    own = replace(get_rule("feedback_alignment"), name="mine", state={"feedback": unseeded})
    with pytest.warns(UserWarning, match="A state of .* draws from a generator of its own"):
        training(own, data)
    with pytest.warns(UserWarning, match="A measure of .* draws from a generator of its own"):
        training("backprop", data, measure={"luck": lambda run: np.random.rand()})  # noqa: NPY002


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Knob("a", 5, 0, 1), "by default is 5; a slider needs"),
        (lambda: replace(get_rule("backprop"), network=int), "trains a kind of network"),
        (lambda: replace(get_rule("backprop"), output_only="no"), "must be True or False"),
        (lambda: replace(get_rule("backprop"), knobs={"learning_rate": 1}), "a tuple of Knobs"),
        (lambda: replace(get_rule("pepita"), state={"projection": [1]}), "drawn by functions"),
    ],
)
def test_an_entry_with_the_wrong_parts_is_refused(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


def test_who_gives_a_rules_title_or_nearly_its_name_is_told_its_name():
    for name, rule in CATALOGUE.items():
        for given in (rule.title.upper(), f" {rule.title}", name.capitalize(), f"{name}s"):
            with pytest.raises(ValueError, match=f"choose one of .* Did you mean '{name}'"):
                get_rule(given)
    for far in ("zzz", 4, None, []):
        with pytest.raises(ValueError, match=r"choose one of [\w, ]+\.$"):
            get_rule(far)
