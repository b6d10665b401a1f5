"""The figure of the flow of signals draws what the engine does, for every rule of the catalogue."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from conftest import ROOT

from microlearn import exercises, fill, flow
from microlearn.network import Network, create_network
from microlearn.rules import CATALOGUE, carriers, get_rule
from microlearn.signals import LOSS, SAMPLE, SIZES, SmallRun, _one_sample
from microlearn.training import Training
from microlearn.widgets.diagram import STAGES, _number, _signed, diagram, in_words, synapses

DENSE = [name for name, rule in CATALOGUE.items() if rule.network is Network]
ERRORS = (carriers.TRANSPOSE, carriers.FIXED, carriers.LEARNING, carriers.SIGNS)
"""Those that bring errors from layer to layer; targets come down another way."""


def near(expected):
    return pytest.approx(expected, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("name", DENSE)
def test_the_numbers_drawn_are_those_of_the_engine(name):
    run, plain = (
        SmallRun(get_rule(name)),
        Training(name, _one_sample(), create_network(SIZES), loss=LOSS, batch_size=1, epochs=1000),
    )
    for _ in range(3):
        signals = run.step()
        before = plain.network.copy()
        next(plain)
    for drawn, trained in zip(signals.after.weights, plain.network.weights, strict=True):
        assert np.array_equal(drawn, trained)  # to watch a rule changes nothing
    for s in synapses():
        old, new = (n.weights[s[0]][s[1:]] for n in (before, plain.network))
        assert f">{_number(old)}<" in diagram(signals, STAGES[0], s)
        assert f">{_signed(new - old)}<" in diagram(signals, STAGES[2], s)
    for h in before.predict(np.array([SAMPLE[0]], np.float32))[0]:
        assert f">{_number(h)}<" in diagram(signals, STAGES[1], s)
    for stage in STAGES:
        picture = ElementTree.fromstring(diagram(signals, stage, s))
        assert picture.get("aria-label") == in_words(signals, stage)
        assert "nan" not in in_words(signals, stage)


@pytest.mark.parametrize("name", DENSE)
def test_what_units_are_told_comes_along_the_way_that_is_drawn(name):
    run = SmallRun(get_rule(name))
    run.step()
    signals = run.step()
    carrier, told, ways = signals.rule.carrier, signals.told, signals.ways
    slopes = [
        f.derivative(h) for f, h in zip(signals.before.activations, signals.h[1:-1], strict=False)
    ]
    if carrier.way == "everywhere":
        sigma = run.run.knobs["noise"]
        shakes = signals.second.shakes if signals.tells_units else signals.shaken_weights
        heard = signals.told if signals.tells_units else signals.update
        slopes = slopes if "slope" in signals.rule.knows else [1.0, 1.0]
        for layer in range(2):
            estimate = -signals.rise / sigma**2 * shakes[layer] * slopes[layer]
            assert heard[layer] == pytest.approx(estimate, rel=2e-2, abs=1e-3)
        return
    output = np.sign(signals.error) if name == "batch_manhattan" else signals.error
    assert told[-1] == near(output)
    if carrier == carriers.NOBODY:
        assert not any(map(np.any, told[:-1]))
    elif carrier.way == "direct":
        source = SAMPLE[1] if carrier.source == "label" else signals.error
        for layer in range(2):
            assert told[layer] == near(np.array(source) @ ways[layer] * slopes[layer])
    elif carrier.way == "input":
        assert signals.second.h[0] == near(SAMPLE[0] - signals.error @ ways[0])
        for layer in (1, 2):
            assert told[layer - 1] == near(signals.second.h[layer] - signals.h[layer])
    elif carrier in ERRORS:
        for layer in (1, 0):
            expected = told[layer + 1] @ ways[layer + 1] * slopes[layer]
            if name == "batch_manhattan":
                expected = np.sign(expected)
            assert told[layer] == near(expected)
    else:
        assert [way is None for way in ways] == [True, False, False]


def test_a_shown_rule_has_its_place_and_every_carrier_can_be_chosen():
    view = flow("weight_mirror", seed=1)
    names = [name for _, name in view._menu.options]
    assert view.rule.name == "weight_mirror" and "kolen_pollack" not in names
    assert {CATALOGUE[n].carrier for n in names} == {CATALOGUE[n].carrier for n in DENSE}
    assert len(names) == len({CATALOGUE[n].carrier for n in names})
    assert flow("convolutional_pepita").rule.name == "pepita"
    with pytest.raises(TypeError, match="no knob 'noise'"):
        flow("backprop", noise=0.1)


def test_buttons_step_through_updates_and_a_synapse_says_what_it_needs():
    view = flow("backprop")
    for stage, number in zip((*STAGES, *STAGES, STAGES[2]), (1, 1, 1, 2, 2, 2, 3), strict=True):
        view.show(stage)
        assert view.signals.number == number
        assert in_words(view.signals, stage) in view._status.value
    assert view.signals.losses[1] < view.signals.losses[0]
    assert "the weights above its unit: <b>not local</b>" in view._screen.value
    view._synapse.value = (2, 0, 1)
    assert "not local" not in view._screen.value
    view._menu.value = "weight_perturbation"
    assert view.signals.number == 1
    assert "its own noise: <b>local</b>" in view._screen.value
    assert "one number for all" in view._screen.value
    assert view.frames().count('src="data:image/svg+xml') == 3


def test_an_answer_that_fails_is_a_sentence(tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)  # @fill keeps a copy there
    request.addfinalizer(exercises.forget_answers)

    def backprop(network, x, y, loss):
        return [w / undefined for w in network.weights]  # noqa: F821

    fill(backprop)
    view = flow("backprop")
    assert "backprop stopped with NameError" in view._status.value
    assert "NameError" in repr(view)


def test_the_figure_keeps_the_answers_that_were_given_where_it_was_made():
    with exercises.answers({"backprop": lambda network, x, y, loss: 1 / 0}):
        view = flow("backprop")
    for _ in range(2):
        assert "division by zero" in view._status.value
        assert "what `with answers(...)` gave here stays in use" in view._screen.value
        view.begin()
    assert "division by zero" not in flow("backprop")._status.value


@pytest.mark.parametrize("path", sorted((ROOT / "lessons").glob("[0-9]*.md")), ids=lambda p: p.stem)
def test_each_lesson_opens_the_figure_in_one_line(path):
    [rule] = re.findall(r'^flow\("(\w+)"\)$', path.read_text(encoding="utf-8"), re.M)
    assert rule in CATALOGUE
