"""The live panels: the same logic over real kernels of today and of Colab, without a front end, and in
JupyterLab in a real browser.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import inspect
import io
import itertools
import math
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from functools import partial
from types import SimpleNamespace
from typing import ClassVar

import browser
import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, needs_browser, run_notebook
from front_end import FrontEnd
from ipywidgets.widgets import widget
from matplotlib import colormaps
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from microlearn import (
    exercises,
    fill,
    flow,
    load,
    looks,
    metrics,
    panel,
    pictures,
    places,
    plots,
    predict,
    recap,
    rule_names,
    score_card,
    sweep,
    sweep_panel,
    train,
    training,
)
from microlearn.gradients import descent_direction
from microlearn.limits import time_limit
from microlearn.looks import look_of, looks_of
from microlearn.measures import MEASURES, Measure
from microlearn.rules import Knob, catalogue, get_rule
from microlearn.widgets import (
    as_code,
    bias_against_noise,
    in_cells,
    runs,
    single_updates,
)
from microlearn.widgets.card import CardView
from microlearn.widgets.controls import Control, values_of
from microlearn.widgets.curves import bands
from microlearn.widgets.measured import measured_plot
from microlearn.widgets.runs import Curve
from microlearn.widgets.seen import Seen
from microlearn.widgets.settings import OWN, SWEPT, Settings
from microlearn.widgets.showing import display_live
from microlearn.widgets.svg import Line, Plot, figure
from microlearn.widgets.views import VIEWS

ANSWER = """
from microlearn import fill
import numpy as np, time

@fill
def weight_perturbation(network, x, y, loss, noise, rng):
    {body}
"""
RIGHT = """shake = [noise * rng.standard_normal(w.shape).astype(w.dtype) for w in network.weights]
    shaken = network.with_weights([w + s for w, s in zip(network.weights, shake)])
    rise = loss.mean(y, shaken.predict(x)) - loss.mean(y, network.predict(x))
    return [-rise / noise**2 * s for s in shake]"""
WRONG = {
    "unfinished": ("raise NotImplementedError()", "not filled in|is not finished"),
    "raises": (
        "return [w / undefined for w in network.weights]",
        "stopped with NameError in its line `return \\[w / undefined for w in network.weights\\]`",
    ),
    "NaN": ("return [w * np.nan for w in network.weights]", "returned NaN in its first update"),
    "wrong shape": (
        "return [w[:-1] for w in network.weights]",
        "must return a list of arrays with the shapes of the weights",
    ),
    "nothing": ("pass", "it returned a NoneType"),
    "writes in place": ("network.weights[0][:] = 0", "is given must stay as it is: work on a copy"),
    # Two measures ask for an update before the first step.
    "too slow": (
        "end = time.thread_time() + 0.55\n"
        "    while time.thread_time() < end: pass\n"
        "    return [0 * w for w in network.weights]",
        "took 1.. seconds of the processor, so the 170 updates of this run would take up to",
    ),
    "endless": ("\n    while True: pass", "had not returned after 5 seconds"),
    "explodes": ("return [1e9 * w for w in network.weights]", "diverged at update"),
}


AFRESH = """
import shutil
import microlearn.exercises
from microlearn import *
import microlearn.widgets.runs, microlearn.widgets.slices
microlearn.widgets.runs.HANGS = microlearn.widgets.slices.HANGS = 5.0
microlearn.exercises.forget_answers()
microlearn.exercises.SOLUTIONS = microlearn.exercises.PACKAGE.parent / "solutions"
shutil.rmtree("my_rules", ignore_errors=True)
"""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(f"kernel, {name}"))
        for name in ("subshell", "main thread")
    ],
)
def started(request, tmp_path_factory):
    """A front end without a browser, to a real kernel: as in JupyterLab, and as in Colab.

    On the main thread the kernel has Colab's versions where they are installed.
    """
    subshell = request.param == "subshell"
    colab = os.environ.get("MICROLEARN_COLAB_PYTHON")
    python = colab if colab and not subshell else sys.executable
    front_end = FrontEnd(python, tmp_path_factory.mktemp("kernel"), subshell)
    yield front_end
    front_end.close()


@pytest.fixture
def kernel(started):
    """The same, with nothing filled in and no panels of other tests."""
    started.forget()
    started.run(AFRESH)
    return started


def test_a_moved_slider_cancels_the_run_and_starts_another(kernel):
    # So long that it is under way whenever it is looked at.
    kernel.run("p = panel('weight_perturbation', 'backprop', epochs=3000); p")
    kernel.until(lambda: len(kernel.frames) > 5)
    before = kernel.models[kernel.find("noise σ")]["value"]
    kernel.slide("noise σ", 4)
    kernel.until(lambda: kernel.frames[-1] > (2, 0))
    kernel.slide("hidden units", 2)
    kernel.until(lambda: kernel.frames[-1] > (3, 100))

    assert kernel.models[kernel.find("noise σ")]["value"] > before
    runs = [run for run, _ in kernel.frames]
    assert runs == sorted(runs)  # no frame of an old run after one of a newer
    steps = [step for run, step in kernel.frames if run == 3]
    assert steps == sorted(steps)
    assert "Run 3 is training" in kernel.status()
    # A cell runs meanwhile, and the panel goes on after it.
    said = kernel.printed("print('meanwhile', len(p.run.curves['backprop'].rows) > 0)")
    assert said == "meanwhile True\n"
    seen = kernel.frames[-1]
    kernel.until(lambda: kernel.frames[-1] > seen)


def test_every_control_starts_a_run_that_ends(kernel):
    kernel.run("p = panel('kolen_pollack', epochs=3); p")
    names = ("learning rate η", "decay λ", "scale of B", *(knob.words for knob in OWN))
    kernel.click("More controls and rules")
    for number, name in enumerate(names, 2):
        kernel.slide(name, 1)
        kernel.until(kernel.ended(number))
    kernel.send(kernel.find("backprop"), {"value": True})
    kernel.until(kernel.ended(len(names) + 2))
    assert "backprop" in kernel.status()
    kernel.click("Pin curves")
    kernel.click("Reset")
    kernel.until(kernel.ended(len(names) + 3))
    said = kernel.printed("print(p.rules, [c.value for c in p.controls.values()], len(p.pinned))")
    assert said == "('kolen_pollack',) [0.5, 0.001, 1.0, 16, 1, 64, 0] 1\n"


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_and_once_mended_it_runs(wrong, kernel):
    body, words = WRONG[wrong]
    kernel.printed(
        "from microlearn import *\nimport microlearn.exercises\n"
        "from pathlib import Path\nmicrolearn.exercises.SOLUTIONS = Path('nowhere')"
    )
    kernel.run(ANSWER.format(body=body))
    kernel.run("panel('weight_perturbation', epochs=10)")
    kernel.until(kernel.ended(1))
    assert re.search(words, kernel.status()), kernel.status()

    kernel.run(ANSWER.format(body=RIGHT))
    kernel.click("Run again")
    kernel.until(kernel.ended(2))
    assert kernel.status().count("\n") == 0
    assert "weight perturbation: accuracy" in kernel.status()


def test_two_panels_do_not_disturb_each_other(kernel):
    cells = ("p = panel('node_perturbation', epochs=15); p", "q = panel('backprop', epochs=15); q")
    for cell in cells:
        kernel.run(cell)
    kernel.slide("learning rate η", 2, panel=0)
    kernel.slide("learning rate η", 2, panel=1)
    kernel.until(lambda: kernel.ended(2, 0)() and kernel.ended(2, 1)())
    both = kernel.printed("print(p.summary()); print(q.summary())")
    alone = kernel.printed(
        "for old in (p, q):\n"
        "    new = panel(*old.rules, epochs=15, learning_rate=old.controls['learning_rate'].value)\n"
        "    new.slicer.start_alone(new._work, 60); print(new.summary())"
    )
    assert both == alone


def test_after_a_restart_the_cell_gives_a_panel_that_works(kernel):
    kernel.run("from microlearn import *\npanel('backprop', epochs=3000)")
    kernel.slide("seed", 1)
    kernel.until(lambda: kernel.frames[-1] > (2, 0))
    kernel.restart()
    kernel.run("from microlearn import *\npanel('backprop', epochs=3)")
    kernel.slide("seed", 1)
    kernel.until(kernel.ended(2))


@pytest.mark.slow
@pytest.mark.parametrize("python", [sys.executable, os.environ.get("MICROLEARN_COLAB_PYTHON")])
def test_without_a_front_end_a_run_is_complete_and_leaves_nothing_behind(python, tmp_path):
    if not python:
        pytest.skip("MICROLEARN_COLAB_PYTHON names no Python with Colab's versions")
    kernel = FrontEnd(python, tmp_path, answers=False)
    try:
        kernel.run(
            "from microlearn import *\nimport asyncio, threading\n"
            "tasks = lambda: (threading.active_count(), len(asyncio.all_tasks()))"
        )
        kernel.run("p = panel('weight_perturbation', epochs=1); before = tasks()")
        outputs = kernel.run("p")
        sliders, shown = (o["data"] for o in outputs if "data" in o)
        # Apart: where the sliders are lost, JupyterLab shows nothing else of theirs.
        assert set(sliders) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
        assert set(shown) == {"text/html", "image/svg+xml", "text/plain"}
        assert "17 of 17 updates" in shown["text/plain"]
        ElementTree.fromstring(shown["image/svg+xml"])
        kernel.run("p.controls['noise'].slider.value += 1")
        said = kernel.printed("print(p.number, p.run.finished, tasks() == before)")
        assert said == "2 True True\n"
        # Long work is left where it is.
        kernel.run("s = sweep_panel('backprop', epochs=300); s", seconds=20)
        assert kernel.printed("print(s.finished)") == "False\n"
    finally:
        kernel.close()


def test_a_sweep_goes_on_point_by_point(kernel):
    kernel.run(
        "s = sweep_panel('backprop', 'learning_rate', points=4, seeds=2, epochs=1)\n"
        "s.AT_FIRST = 0; s"
    )
    kernel.until(lambda: "Sweep 1 finished" in kernel.status())
    assert [step for _, step in kernel.frames][-1] == 8
    known = (
        "import numpy as np\n"
        "print([int(np.isfinite(a).sum()) for a in s.found['backprop'].values()])"
    )
    assert kernel.printed(known) == "[8, 8, 8]\n"
    kernel.send(kernel.find("sweep"), {"index": 1})
    kernel.until(lambda: "Sweep 2 finished" in kernel.status())
    assert "hidden units" in kernel.status()


# --- in this process ------------------------------------------------------------------------------


def finish(shown):
    shown.slicer.start_alone(shown._work, 600)
    return shown


@pytest.mark.parametrize("own", OWN, ids=lambda knob: knob.name)
def test_its_curves_are_those_of_train_at_the_same_settings(own):
    settings = {"learning_rate": 0.05, "noise": 0.02, own.name: 3}
    shown = finish(panel("node_perturbation", epochs=0.5, **settings))
    table = train(
        "node_perturbation",
        epochs=0.5,
        measure=["cosine_similarity"],
        measure_every=1,
        progress=False,
        **{knob.name: knob.default for knob in OWN} | settings,
    )
    curve = shown.run.curves["node_perturbation"]
    steps, losses = curve.points("train_loss")
    assert np.array_equal(table.train_loss[steps], losses)
    _, cosines = curve.points("cosine_similarity")
    assert cosines[0] == table.cosine_similarity[0]


@pytest.mark.parametrize("show", [panel, partial(sweep_panel, points=2, seeds=2)])
def test_an_answer_filled_in_meanwhile_waits_for_the_next_run(show, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)  # @fill keeps a copy there
    request.addfinalizer(exercises.forget_answers)

    def backprop(network, x, y, loss):
        return [np.zeros_like(w) for w in network.weights]

    undisturbed = finish(show("backprop", epochs=2))
    shown = show("backprop", epochs=2)
    work = shown._work()
    for _ in range(10):
        next(work)
    fill(backprop)
    for _ in work:
        pass
    assert str(shown.picture()) == str(undisturbed.picture())
    before = repr(shown)
    assert repr(finish(shown)) != before


@pytest.mark.parametrize("show", [panel, partial(sweep_panel, points=2, seeds=1)])
def test_a_panel_keeps_the_answers_that_were_given_where_it_was_made(show):
    """It runs again when a slider is moved, and by then the ``with`` is over."""

    def still(network, x, y, loss):
        return [np.zeros_like(w) for w in network.weights]

    with exercises.answers({"backprop": still}):
        shown, inside = show("backprop", epochs=1), finish(show("backprop", epochs=1))
    usual = finish(show("backprop", epochs=1))
    for _ in range(2):
        shown.controls["width"].box.value = 8
        shown.controls["width"].box.value = 16
        assert finish(shown).summary() == inside.summary() != usual.summary()
    assert "what `with answers(...)` gave here stays in use" in shown._footnote()
    assert "inside with answers(...) of backprop" in shown.code()
    assert "with answers" not in usual._footnote() + usual.code()


REPEATS = Knob("repeats", 4, 1, 32, log=True, whole=True)
KNOBS = {knob for rule in rule_names() for knob in get_rule(rule).knobs} | {*OWN, REPEATS}


@pytest.mark.parametrize("knob", sorted(KNOBS, key=repr), ids=lambda knob: knob.name)
def test_every_position_of_a_slider_is_another_value_in_the_knobs_range(knob):
    control = Control(knob, lambda: None)
    values = []
    for position in range(control.slider.max + 1):
        control.slider.value = position
        values.append(control.value)
        assert control.slider.value == position
        assert knob.low <= control.value <= knob.high
        assert isinstance(control.value, int) == knob.whole
    assert values == sorted(set(values))
    assert (values[0], values[-1]) == pytest.approx((knob.low, knob.high), rel=0.05)
    control.reset()
    assert control.value == knob.default


@pytest.mark.parametrize("rule", rule_names())
def test_a_sliders_numbers_are_of_the_knobs_kind_whatever_was_given(rule):
    knobs = [knob for knob in get_rule(rule).knobs if knob.low <= 1 <= knob.high]
    shown = panel(rule, width=np.int64(8), **{knob.name: 1 for knob in knobs})
    shown._quiet = True
    for knob in knobs:
        control = shown.controls[knob.name]
        control.slider.value = 0
        assert control.value == pytest.approx(knob.low, rel=0.05)
    assert isinstance(shown.controls["width"].value, int)


@pytest.mark.parametrize("make", [panel, sweep_panel])
def test_a_setting_of_a_panel_is_not_an_attribute_that_nothing_reads(make):
    shown = make("node_perturbation")
    held = [shown, shown.board, shown.slicer, *getattr(shown, "sides", ())]
    for name in ("width", "epochs", "noise", "data", "measures", "lr", "leerning_rate"):
        for thing in held:
            with pytest.raises(
                AttributeError, match=f"given its {name}, if it takes one, when it is"
            ):
                setattr(thing, name, 1)
    for thing in held:
        with pytest.raises(TypeError, match="can't be copied or pickled: make another one"):
            copy.deepcopy(thing)


def test_a_rule_added_tomorrow_has_its_panel(monkeypatch):
    knobs = (Knob("learning_rate", 0.1, 0.001, 1.0, log=True), REPEATS)
    state = {"memory": lambda network, rng, knobs: [np.zeros(knobs["repeats"])]}
    rule = dataclasses.replace(
        get_rule("backprop"), name="tomorrow", title="tomorrow's rule", knobs=knobs, state=state
    )
    monkeypatch.setitem(catalogue.CATALOGUE, "tomorrow", rule)
    shown = finish(panel("tomorrow", epochs=1))
    assert list(shown.controls) == ["learning_rate", "repeats", *(knob.name for knob in OWN)]
    assert isinstance(shown.controls["repeats"].value, int)
    assert shown.troubles() == []
    assert "tomorrow" in shown.outcome()


def test_the_knobs_are_those_of_the_ticked_rules():
    own = [knob.name for knob in OWN]
    shown = finish(panel("weight_perturbation", epochs=1))
    assert list(shown.controls) == ["learning_rate", "noise", *own]
    shown.boxes["kolen_pollack"].value = True
    assert set(shown.controls) == {
        *("learning_rate", "noise", "kolen_pollack.learning_rate", "decay", "feedback_scale", *own)
    }
    shown.boxes["weight_perturbation"].value = False
    assert "noise" not in shown.controls
    assert shown.run.settings.rules == ("kolen_pollack",)


def add_rule(monkeypatch, name="small_steps", **knob):
    """Another rule in the catalogue, backprop with a learning rate of its own."""
    knobs = (Knob(**{"name": "learning_rate", "low": 2e-5, "high": 0.06, "log": True} | knob),)
    rule = dataclasses.replace(get_rule("backprop"), name=name, title=name, knobs=knobs)
    monkeypatch.setitem(catalogue.CATALOGUE, name, rule)


def test_a_rule_that_would_start_outside_a_sliders_range_has_a_slider_of_its_own(monkeypatch):
    add_rule(monkeypatch, default=0.002)
    shown = panel("backprop", "small_steps", "frozen_hidden")
    rates = {name: c.label for name, c in shown.controls.items() if "learning_rate" in name}
    assert rates == {
        "learning_rate": "learning rate η",
        "small_steps.learning_rate": "learning rate, small_steps",
    }
    values = {rule: shown.settings().of(rule)["learning_rate"] for rule in shown.rules}
    assert values == {"backprop": 0.5, "small_steps": 0.002, "frozen_hidden": 0.5}
    # A value that both take is for both.
    shown = panel("backprop", "small_steps", learning_rate=0.03)
    assert "small_steps.learning_rate" not in shown.controls
    assert shown.settings().of("small_steps")["learning_rate"] == 0.03


CALL = r'panel\("backprop", data={}\)  # data: digits [0-9a-f]{{6}}'


def test_a_panel_as_code_is_the_same_panel(monkeypatch):
    add_rule(monkeypatch, default=0.002)
    shown = panel(
        "backprop", "small_steps", "node_perturbation", epochs=0.1, measures=["train_loss"]
    )
    shown._quiet = True
    assert shown.code().startswith(
        'panel("backprop", "small_steps", "node_perturbation", measures='
    )
    for name, value in (("noise", 0.02), ("learning_rate", 0.05), ("width", 8), ("seed", 3)):
        shown.controls[name].box.value = value
        again = eval(shown.code())
        assert (again.rules, again.board.values) == (shown.rules, shown.board.values)
        assert again.code() == shown.code()
    # A slider of one rule's own stays its own where it would fit into the shared one, too.
    shown.controls["small_steps.learning_rate"].box.value = 0.05
    assert eval(shown.code()).board.values == shown.board.values
    swept = sweep_panel("backprop", "width", points=3, learning_rate=0.1)
    assert swept.code() == 'sweep_panel("backprop", "width", points=3, learning_rate=0.1)'
    whole = panel("backprop", data=shown.asked.data.whitened())
    assert "data=data_of_this_panel)  # data: digits, whitened" in whole.code()
    other = panel("backprop", data=load("digits", seed=1))  # of the same name, and not the same
    assert re.fullmatch(CALL.format("data_of_this_panel"), other.code())
    given = other.asked.data
    session = SimpleNamespace(user_ns={"data": load("digits"), "_": given, "mine": given})
    monkeypatch.setattr(as_code, "shell", lambda: session)
    assert re.fullmatch(CALL.format("mine"), other.code())
    ours = panel("backprop", data=load("digits"))
    assert ours.code() == 'panel("backprop")'
    ours.seeds = 3
    assert ours.code() == 'panel("backprop")  # then press Three seeds'
    shown._show_code()
    assert shown._code.layout.display is None and shown._code.value == shown.code()


def test_a_knob_has_one_name_on_sliders_axes_and_pins_and_code_says_it_beside_the_keyword():
    by_name = {name: {k.words for k in KNOBS if k.name == name} for name in (k.name for k in KNOBS)}
    assert all(len(words) == 1 for words in by_name.values()), by_name
    for name, (words,) in by_name.items():
        assert plots.words(name) == words
    shown = panel("feedback_alignment", epochs=0.1, feedback_scale=3)
    assert shown.code() == 'panel("feedback_alignment", epochs=0.1, feedback_scale=3.0)  # ' + (
        "feedback_scale: scale of B"
    )
    control = shown.controls["feedback_scale"]
    assert {control.label} == by_name["feedback_scale"]
    assert control.box.tooltip == "scale of B: feedback_scale in code"


def test_whole_numbers_and_others_do_not_share_a_slider(monkeypatch):
    add_rule(monkeypatch, default=2, low=1, high=8, whole=True)
    shown = panel("backprop", "small_steps")
    assert isinstance(shown.settings().of("small_steps")["learning_rate"], int)


def test_a_slider_has_the_range_of_a_rule_that_is_ticked(monkeypatch):
    add_rule(monkeypatch, default=0.002)
    shown = panel("backprop", "small_steps", epochs=0.1)
    shown.controls["small_steps.learning_rate"].box.value = 0.004
    shown.boxes["backprop"].value = False
    rate = shown.controls["learning_rate"]
    assert (rate.box.min, rate.box.max, rate.value) == (2e-5, 0.06, 0.004)
    assert rate.label == "learning rate"
    shown.boxes["backprop"].value = True
    assert shown.settings().of("small_steps")["learning_rate"] == 0.004
    # A shared value stays with a rule when the rule that it was shared with goes.
    shown = panel("feedback_alignment", "weight_perturbation", epochs=0.1)
    shown.controls["learning_rate"].box.value = 0.2
    shown.boxes["feedback_alignment"].value = False
    assert shown.controls["learning_rate"].box.max == pytest.approx(0.3)
    assert shown.controls["learning_rate"].value == 0.2


def test_a_sweep_sweeps_the_rules_that_share_the_slider_and_no_other(monkeypatch):
    add_rule(monkeypatch, default=0.002)
    rules = ("backprop", "small_steps", "frozen_hidden")
    shown = finish(sweep_panel(rules[0], "learning_rate", *rules[1:], points=3, seeds=2, epochs=1))
    different = {r: len({*f["validation_accuracy"][0]}) > 1 for r, f in shown.found.items()}
    assert different == {"backprop": True, "small_steps": False, "frozen_hidden": True}
    assert all(np.isfinite(f["validation_accuracy"]).all() for f in shown.found.values())
    assert re.search("small_steps: accuracy .*% everywhere", shown.summary())
    shown._menu.value = "small_steps.learning_rate"
    assert shown.values[0] == 2e-5
    assert "small_steps: best accuracy" in shown.summary()


def test_a_value_at_which_a_seed_diverged_is_not_the_mean_of_the_others(stand_in, monkeypatch):
    def backprop(network, x, y, loss):
        far = abs(network.weights[0][0, 0] - first) < 1e-6  # that of the first seed alone
        return [1e30 * w if far else 0 * w for w in network.weights]

    first = panel("backprop").settings().training("backprop", [], 1).network.weights[0][0, 0]
    stand_in(backprop)
    shown = finish(sweep_panel("backprop", "learning_rate", points=2, seeds=2, epochs=0.1))
    found = shown.found["backprop"]["validation_accuracy"]
    assert np.isinf(found[0]).all() and np.isfinite(found[1]).all()
    assert shown.line("backprop", "validation_accuracy").y == []
    assert shown.bests() == "backprop: no value without a run that diverged."


@pytest.mark.parametrize("show", [panel, partial(sweep_panel, points=2, seeds=1)])
def test_a_panel_that_is_not_shown_has_not_run_and_says_so(show):
    shown = show("backprop", epochs=0.1)
    assert "has not run yet: it does so where it is shown" in shown.outcome()
    shown.boxes["backprop"].value = False
    assert shown.outcome().startswith("Tick a rule")


@pytest.mark.parametrize("own", SWEPT, ids=lambda knob: knob.name)
def test_the_panels_own_controls_can_be_swept_in_values_of_their_kind(own, monkeypatch):
    taken = []
    train_at = Settings.training

    def training(settings, *arguments):
        taken.append(settings.of("backprop")[own.name])
        return train_at(settings, *arguments)

    monkeypatch.setattr(Settings, "training", training)
    finish(sweep_panel("backprop", own.name, points=4, seeds=1, epochs=0.01))
    assert taken == values_of(own, 4)
    assert {type(value) for value in taken} == {int}


def test_nothing_that_is_folded_away_has_an_effect():
    shown = panel("backprop", epochs=0.1, layers=1)

    def in_view():
        controls = [n for n, c in shown.controls.items() if c.widget in shown.board.widget.children]
        return controls, [n for n, box in shown.boxes.items() if box in shown._choice.children]

    assert in_view() == (["learning_rate", "width", "layers", "seed"], ["backprop"])
    shown._fold()
    shown.controls["batch_size"].box.value = 32
    shown.boxes["kolen_pollack"].value = True
    assert "batch_size" not in in_view()[0]  # nothing moves while it is open
    shown._fold()
    assert "batch_size" in in_view()[0]
    assert in_view()[1] == ["backprop", "kolen_pollack"]
    shown.reset()
    assert in_view() == (["learning_rate", "width", "layers", "seed"], ["backprop"])


def test_a_new_measure_is_one_entry(monkeypatch):
    def weight(run):
        return float(np.linalg.norm(run.network.weights[0]))

    def weight_in_steps(run):
        yield
        return weight(run)

    entries = (
        Measure("size", "length of the first weights", "length {:.1f}", weight, (0, None)),
        Measure("slow_size", "the same", "{:.1f}", weight, (0, None), in_steps=weight_in_steps),
    )
    for entry in entries:
        monkeypatch.setitem(MEASURES, entry.name, entry)
    names = [entry.name for entry in entries]
    table = sweep("backprop", measure=names, epochs=1, seeds=1, history=True, progress=False)
    assert table["size"].iloc[-1] == table["slow_size"].iloc[-1] > 0
    picture = plots.curves(table, names)
    assert "length of the first weights: backprop from" in picture.alt
    shown = finish(panel("backprop", measures=names, epochs=1))
    steps, values = shown.run.curves["backprop"].points("slow_size")
    assert shown.run.curves["backprop"].points("size")[1][steps[-1]] == values[-1]
    assert "length of the first weights" in str(shown.picture())
    assert re.search(r"backprop: length [\d.]+, [\d.]+\.", shown.summary())
    swept = finish(sweep_panel("backprop", measures=names, points=2, seeds=1, epochs=1))
    assert np.isfinite(swept.found["backprop"]["slow_size"]).all()
    assert "length of the first weights" in str(swept.picture())


@pytest.mark.parametrize("slow", ["measure", "own answer", "course's answer"])
def test_what_is_slow_is_blamed_and_a_loop_only_in_ones_own_answer(slow, monkeypatch):
    def burning(run=None):
        end = time.thread_time() + 0.25
        while time.thread_time() < end:
            pass
        return 0.0

    def backprop(network, x, y, loss):
        if slow != "measure":
            burning()
        return [0 * w for w in network.weights]

    monkeypatch.setitem(MEASURES, "slow", Measure("slow", "slow", "{:.1f}", burning, (0, None)))
    monkeypatch.setattr(runs, "SLOW", 0.2)
    if slow == "course's answer":
        monkeypatch.setattr(runs, "is_reference", lambda name, answer: True)
    with exercises.answers({"backprop": backprop}):
        measures = ["slow" if slow == "measure" else "train_loss"]
        shown = finish(panel("backprop", measures=measures, epochs=10))
    (said,) = shown.troubles()
    blamed = {
        "measure": r"To measure backprop once .* so the 57 measurements of .* Leave out measures",
        "own answer": r"To update backprop once .* so the 170 updates .* loop .* in backprop that",
        "course's answer": r"To update backprop once .* so the 170 updates .* A smaller network or",
    }
    assert re.match(blamed[slow], said), said


@pytest.mark.parametrize("name", MEASURES)
def test_an_axis_holds_the_values_of_its_measure(name):
    low, high = MEASURES[name].range
    for y in ([low], [high or 7.0], [0.5, high or 0.9]):
        plot = measured_plot(name, "x", (0, 1), [Line([0, 1][: len(y)], y, look_of("backprop"))], 9)
        assert plot.y_range[0] <= min(y) and max(y) <= plot.y_range[1]


def test_a_line_of_a_rule_looks_as_everywhere_else():
    rule, table = (
        "node_perturbation",
        pd.DataFrame({"other": [2.0, 1.0], "node_perturbation": [1, 2]}),
    )
    for picture in (plots.lines(table, "x", "y"), plots.lines(table[[rule]], "x", "y")):
        assert look_of(rule).colour.lower() in picture.svg.decode()
        assert "node perturbation from 1 to 2" in picture.alt


def test_rules_of_a_large_catalogue_are_told_apart(monkeypatch):
    today = {rule: look_of(rule) for rule in rule_names()}
    assert looks_of(["a", "backprop", "b"])[1] == look_of("backprop")
    assert not {*looks_of(["a", "backprop", "b"])[::2]} & {*today.values()}
    for number in range(42 - len(today)):
        add_rule(monkeypatch, f"rule_{number}", default=0.01)
    looks = [look_of(rule) for rule in rule_names()]
    assert len(looks) == len(set(looks)) == 42
    assert {rule: look_of(rule) for rule in today} == today
    for one, next_one in itertools.pairwise(looks[2:]):
        assert one.colour != next_one.colour and one.dash != next_one.dash
    reserved = {look.colour for look in looks[:2]}
    assert not reserved & {look.colour for look in looks[2:]}


def contrast(colour, ground):
    """As WCAG 2 defines it, from 1 to 21."""
    light = []
    for name in (colour, ground):
        rgb = np.array(to_rgb(name))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        light.append(linear @ (0.2126, 0.7152, 0.0722) + 0.05)
    return max(light) / min(light)


WHITE, DARK = "#FFFFFF", ("#111111", "#212121")  # what JupyterLab's dark theme has below pictures


def test_lines_and_text_stand_out_on_a_light_and_on_a_dark_ground():
    for colour in looks.COLOURS:
        assert min(contrast(colour, ground) for ground in (WHITE, *DARK)) >= 3, colour
    brighter = tuple(looks.BRIGHTER * part for part in to_rgb(looks.INK))
    assert contrast(looks.INK, WHITE) >= 4.5
    assert min(contrast(brighter, ground) for ground in DARK) >= 4.5
    for colour in colormaps["cividis"](np.linspace(0, 1, 256)):  # heat maps have numbers on it
        shown = (tuple(np.minimum(by * colour[:3], 1)) for by in (1, looks.BRIGHTER))
        assert min(contrast(looks.ink_on(colour), ground) for ground in shown) >= 3.8, colour
    assert f"brightness({looks.BRIGHTER:g})" in (ROOT / "docs/site/static/style.css").read_text()
    for path in {*ROOT.glob("microlearn/**/*.py")} - {ROOT / "microlearn/looks.py"}:
        assert not re.findall(r"#[0-9a-fA-F]{6}\b|rgba?\(", path.read_text(encoding="utf-8")), path


def test_no_picture_has_words_in_the_colour_of_a_line(monkeypatch):
    figures = []
    monkeypatch.setattr(plots.Picture, "__init__", lambda _, figure, alt: figures.append(figure))
    for name, draw in vars(pictures).items():
        if inspect.isfunction(draw) and draw.__module__ == pictures.__name__ and name[0] != "_":
            given = {"network_diagram": ([4, 3, 2],), "matrix": (np.eye(3), "title", "alt")}
            draw(*given.get(name, ()))
    words = [text for figure in figures for text in figure.findobj(Text) if text.get_text()]
    assert len(words) > 100
    coloured = {to_hex(text.get_color()): text.get_text() for text in words}
    assert not coloured.keys() & {colour.lower() for colour in looks.COLOURS}, coloured


def test_reset_sweeps_again_what_had_gone_with_its_rule():
    rules = ("kolen_pollack", "feedback_alignment")
    shown = sweep_panel(rules[0], "decay", rules[1], points=2, seeds=1, epochs=0.2)
    shown.boxes["kolen_pollack"].value = False
    assert shown.knob.name == "learning_rate"
    shown.reset()
    assert (shown.number, shown.rules, shown.knob.name) == (2, rules, "decay")
    in_view = ("learning_rate", "feedback_scale", "width")
    assert [*shown.board.widget.children] == [shown.controls[name].widget for name in in_view]
    shown.controls["width"].box.value = 8
    assert shown.number == 3


def test_a_panel_can_be_printed_and_its_buttons_pressed_before_it_has_run():
    shown = panel("backprop", epochs=1)
    assert repr([shown, sweep_panel("backprop")]) == (
        "[A panel that has not run yet., A sweep that has not run yet.]"
    )
    shown.pin()
    shown.unpin()
    assert shown.pinned == []
    for act in shown.buttons().values():
        act()
    assert shown.run.finished


def test_the_ghost_is_the_last_finished_run_and_a_pin_stays():
    shown = finish(panel("backprop", epochs=2))
    first = shown.run
    shown.pin()
    shown.controls["learning_rate"].box.value = 0.1
    second = shown.run
    shown.controls["seed"].box.value = 5
    assert shown.ghost is second
    assert shown.pinned == [first]
    assert "pinned 1: learning rate η 0.5, seed 0" in str(shown.picture())
    shown.pin()  # what differs between the pins, and from the run that is shown
    assert "pinned 2: learning rate η 0.1, seed 5" in str(shown.picture())
    shown.unpin()
    assert "pinned" not in str(shown.picture())


def of_strength(strength, inside=None):
    """An answer to backprop that reads this strength when it runs, from a dict that may change."""
    given, right = inside or {"strength": strength}, exercises.reference("backprop")

    def backprop(network, x, y, loss):
        return [given["strength"] * update for update in right(network, x, y, loss)]

    return backprop


def test_two_answers_are_not_shown_as_if_a_slider_made_the_difference(stand_in):
    stand_in(of_strength(1.0))
    shown = finish(panel("backprop", epochs=2))
    mark, good = shown.challenges._first, repr(shown)
    shown.pin()
    shown.compare()
    assert "with an" not in repr(shown)
    stand_in(of_strength(1.0))  # another function, the same answer
    shown.controls["seed"].box.value = 1
    assert "with an" not in repr(shown) and shown.sides[0].run.settings.values["seed"] == 0
    assert shown.sides[0].run is mark

    stand_in(of_strength(0.01))
    shown.controls["seed"].box.value = 0
    a, b = (side.run for side in shown.sides)
    assert a is not mark and a.contents == b.contents  # A has run again
    assert "A was run again, too, with backprop as it is now." in shown.outcome()
    assert shown.challenges.met == {}  # that it is worse by now is the doing of no control
    assert "Pinned: 1: with an earlier answer of backprop." in repr(shown)
    assert "pinned 1: with an earlier answer of backprop" in str(shown.picture())
    shown.compare()
    shown.unpin()
    stand_in(of_strength(1.0))
    shown.restart()
    assert "pale: the run before, with an earlier answer of backprop" in str(shown.picture())
    assert good.split(".")[1] == repr(shown).split(".")[1]


@pytest.mark.filterwarnings("ignore:An exercise of backprop changes calls of backprop")
def test_what_is_shown_says_that_an_answer_has_changed_since_it_ran(stand_in):
    def words(changed):
        for view in views:
            view.look_again()
            said = "backprop has changed since: what is shown here is of the earlier answer. Press"
            assert (said in view._status.value) is changed
        assert (said in views[-1].frames()) is changed  # which a saved notebook keeps
        assert (said in repr(views[-1])) is changed
        for pins in (str(shown.picture()), repr(shown)):
            assert ("with an earlier answer of backprop" in pins) is changed

    inside = {"strength": 1.0}
    for answer in (of_strength(1.0), of_strength(1.0, inside)):
        stand_in(answer)
        shown = finish(panel("backprop", epochs=0.5))
        swept = finish(sweep_panel("backprop", epochs=0.1, points=2, seeds=1))
        views = shown, swept, flow("backprop")
        shown.pin()
        words(False)
    stand_in(of_strength(1.0))  # another function, the same answer
    words(False)
    stand_in(of_strength(0.5))
    words(True)
    shown.compare()
    assert shown.summary().count("the same settings") == 2
    stand_in(answer)
    words(False)
    inside["strength"] = 0.5  # by a cell that defines no answer
    words(True)
    shown.unpin()
    finish(shown), finish(swept), views[-1].begin()
    words(False)

    calls = [0]

    def backprop(network, x, y, loss):
        calls[0] += 1
        return [0 * w for w in network.weights]

    stand_in(backprop)
    finish(shown), finish(swept), views[-1].begin()
    calls[0] += 1  # by a check, say
    words(False)


def test_after_a_cell_panels_look_again_and_closed_ones_are_let_go(kernel):
    kernel.run(ANSWER.format(body=RIGHT))
    kernel.run("p = panel('weight_perturbation', epochs=1); p")
    kernel.until(kernel.ended(1))
    kernel.run(ANSWER.format(body="return [0 * w for w in network.weights]"))
    kernel.until(lambda: "weight_perturbation has changed since" in kernel.status())
    kernel.run("check('weight_perturbation')")
    kernel.click("Run again")
    kernel.until(kernel.ended(2))
    assert "changed since" not in kernel.status()
    look = "from microlearn.widgets.after_cells import _shown; print(p in _shown)"
    assert [kernel.printed(cell + look) for cell in ("", "p.close(); ")] == ["True\n", "False\n"]


def test_a_range_over_seeds_is_of_one_answer_or_says_that_it_is_not(stand_in):
    shown = panel("backprop", epochs=1)
    shown.seeds = 2
    finish(shown)
    assert not shown.troubles()
    stand_in(of_strength(0.1))
    other = finish(panel("backprop", epochs=1)).run
    shown.sides[0].runs[1] = other  # as if it had been changed after the first seed
    assert "backprop refers to was changed between two seeds" in " ".join(shown.troubles())


@pytest.mark.parametrize("show", [panel, partial(sweep_panel, points=2, seeds=2)])
def test_what_an_answer_refers_to_and_changes_meanwhile_is_told(show, stand_in):
    inside = {"strength": 1.0}
    stand_in(of_strength(1.0, inside))
    shown = show("backprop", epochs=1)
    work = shown._work()
    for _ in range(10):
        next(work)
    inside["strength"] = 0.1
    for _ in work:
        pass
    assert "What backprop refers to was changed, by a cell" in " ".join(shown.troubles())
    assert not finish(shown).troubles()
    seen = inside["seen"] = set()  # what an answer itself changes is no other answer

    def backprop(network, x, y, loss):
        seen.add(round(float(x.sum())) % 100)
        return exercises.reference("backprop")(network, x, y, loss)

    stand_in(backprop)
    finish(shown)
    first = getattr(shown, "run", None)
    finish(shown)
    assert not shown.troubles() and seen
    assert first is None or first.contents == shown.run.contents


def test_a_moved_slider_sends_the_picture_before_all_that_can_wait(monkeypatch):
    shown, sent = panel("backprop", epochs=2, view="weights"), []
    control = shown.controls["seed"]
    shown.slicer.publish()
    shown.slicer._answered = True  # as if a browser watched
    shown.restart()
    monkeypatch.setattr(widget.Widget, "_send", lambda at, *_, **__: sent.append(at))
    control.slider.set_state({"value": control.slider.value + 1})
    axes = [shown._backdrop]  # another seed, another first loss
    assert [at for at in sent if at not in axes] == [
        control.box,
        shown.slicer.screen,
        shown._seen,
        shown._status,
    ]


def test_the_picture_says_what_it_shows():
    shown = panel("backprop", epochs=4)
    finish(shown)
    first = ElementTree.fromstring(str(shown.picture()))
    assert first.get("role") == "img"
    shown.controls["learning_rate"].box.value = 0.05
    second = ElementTree.fromstring(str(shown.picture()))
    assert first.get("aria-label") != second.get("aria-label")
    accuracy = shown.run.curves["backprop"].rows[-1]["validation_accuracy"]
    assert f"accuracy {accuracy:.0%}" in second.get("aria-label")


def test_weights_are_shown_as_they_were_at_the_update_that_is_looked_at():
    shown = finish(panel("backprop", epochs=3, width=20))
    assert "<img" not in shown._seen.value
    shown._menu.value = VIEWS["weights"]
    assert shown.number == 1  # it was kept
    run = training("backprop", epochs=3, width=20)
    for step in run:
        if step.number == 26:
            then = run.network.weights[0][:-1].copy()
    for percent, step, weights in ((100, 51, run.network.weights[0][:-1]), (51, 26, then)):
        shown._look_back.box.value = percent
        kept = dict(shown.run.curves["backprop"].kept["weights"])[step]
        assert np.array_equal(kept, weights[:, :16].astype(np.float16))
        drawn = shown._seen.value
        assert f"after {step} updates: the incoming weights of 16 hidden units" in drawn
        source = re.search(r'src="data:image/png;base64,([^"]+)"', drawn)[1]
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))).astype(int)
        assert picture.shape == (8, 16 * 9, 4)
        unit = kept[:, 3].reshape(8, 8).astype(float)
        tile = picture[:, 27:35]
        assert np.array_equal(tile[..., 0] > 100, unit < 0)  # orange has more red than blue
        assert tile[..., 3] == pytest.approx(255 * abs(unit) / abs(kept).max(), abs=1.1)
    accuracy = {
        row["step"]: row["validation_accuracy"] for row in shown.run.curves["backprop"].rows
    }
    assert f"After 26 updates it was: backprop: accuracy {accuracy[26]:.0%}" in shown.outcome()
    number = shown.number
    shown._menu.value = None
    assert "<img" not in shown._seen.value and shown.number == number


def test_a_run_that_waits_for_a_busy_machine_is_not_stopped():
    waits = iter([1.2])

    def shaken(network, x, y, loss):
        time.sleep(next(waits, 0))
        return [0 * w for w in network.weights]

    with exercises.answers({"backprop": shaken}):
        run = finish(panel("backprop", epochs=0.1)).run
    curve = run.curves["backprop"]
    assert next(waits, None) is None and curve.trouble == "" and curve.done == run.steps


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_changes_no_curve_and_is_shown_in_words_where_nobody_answers(view):
    rules = ("node_perturbation", "backprop", "frozen_hidden")
    plain, shown = (finish(panel(*rules, epochs=0.5, view=v)) for v in (None, view))
    for rule in rules:
        rows = (run.curves[rule].rows[-1] | {"seconds": 0} for run in (plain.run, shown.run))
        assert len({*map(str, rows)}) == 1
    below = shown.below()
    assert all(get_rule(rule).title in below for rule in rules) and "nan" not in below
    assert shown._seen.value == below and plain.below() == ""
    assert f'view="{view}"' in shown.code() and eval(shown.code()).view is VIEWS[view]
    (image,) = {*re.findall(r"data:image/svg\+xml;base64,([^\"]+)", below)[:1]} or {None}
    if image:
        ElementTree.fromstring(base64.b64decode(image))


def test_two_arrows_have_their_true_angle_and_single_updates_their_part_in_the_plane():
    rng = np.random.default_rng(0)
    updates, descent = rng.normal(1, 3, (24, 500)), np.ones(500)
    found = single_updates.fan(updates, descent)
    assert found.angle == pytest.approx(metrics.angle([updates.mean(0)], [descent]))
    assert found.singles.mean(0) == pytest.approx(found.mean)
    projection, *_ = np.linalg.lstsq(np.stack([descent, updates.mean(0)], 1), updates.T, rcond=None)
    inside = np.stack([descent, updates.mean(0)], 1) @ projection
    assert np.linalg.norm(found.singles, axis=1) == pytest.approx(np.linalg.norm(inside, axis=0))
    assert found.share < 0.5  # most of them stands upright on the plane
    along = single_updates.fan(np.stack([descent + updates[0], descent - updates[0]]), descent)
    assert along.angle == pytest.approx(0, abs=1e-3) and along.share == pytest.approx(1)
    for seed in range(9):  # rounding may put the mean on either side
        updates = descent * (1 + np.random.default_rng(seed).normal(0, 1, (24, 1)))
        assert f"{single_updates.fan(updates, descent).angle:.0f}" in ("0", "180")
    assert single_updates.fan(updates, 0 * descent) is None
    assert math.isnan(single_updates.fan(0 * updates, descent).angle)


def test_a_dot_stands_at_the_bias_and_the_noise_of_the_hidden_layers():
    run = training("feedback_alignment", epochs=1)
    bias, noise = metrics._finished(bias_against_noise.observe(run))
    x, y = run.data.train.x[:200], run.data.train.y[:200]
    truth = descent_direction(run.network, x, y, run.loss)[:1]
    assert bias == pytest.approx(metrics.angle(run.probe_update(run.network, x, y)[:1], truth))
    assert noise == 0
    drawn = bias_against_noise.draw([Seen("feedback_alignment", "B", [(0, (bias, 3.0))])], run.data)
    assert f"B: feedback alignment: bias {bias:.0f}°, noise 3 times the signal" in drawn


def test_a_and_b_have_sliders_of_their_own_and_moving_those_of_one_leaves_the_other():
    shown = finish(panel("backprop", epochs=1))
    first, shown._quiet = shown.run, True
    shown.compare()
    assert shown.sides[0].run is shown.sides[1].run is first
    shown.controls["learning_rate"].box.value = 0.1
    shown.slicer.start_alone(partial(shown._work, {shown.hand}), 600)
    assert shown.sides[0].run is first and shown.run is not first
    shown._quiet = False
    shown._hand.value = "A"
    assert shown.controls["learning_rate"].value == 0.5 and shown.run is first
    for said in (shown.summary(), shown.picture().key):
        assert "A" in said and "learning rate η 0.5" in said and "learning rate η 0.1" in said
    assert shown.code() == 'panel("backprop", epochs=1, versus={"learning_rate": 0.1})'
    again = finish(eval(shown.code()))
    assert (again.summary(), again.code()) == (shown.summary(), shown.code())
    for one, alone in zip(again.sides, (0.5, 0.1), strict=True):
        loss = finish(panel("backprop", epochs=1, learning_rate=alone)).run.curves["backprop"]
        assert one.run.curves["backprop"].points("train_loss") == loss.points("train_loss")
    shown._quiet = True
    shown.reset()
    assert len(shown.sides) == 1 and "versus" not in shown.code()
    with pytest.raises(ValueError, match="learning_rate runs from"):
        panel("backprop", versus={"learning_rate": 1e9})


def test_a_panel_knows_when_a_challenge_is_met():
    shown = finish(panel("backprop", "frozen_hidden", epochs=3, width=32, learning_rate=0.2))

    def run_at(**values):
        shown._quiet = True
        for name, value in values.items():
            shown.controls[name].box.value = value
        finish(shown)

    assert shown.challenges.met == {} and "0 of 3 met" in shown.remarks()
    breaks, halves, betters = (challenge.words for challenge in shown.challenges.all)
    run_at(learning_rate=1.0)
    assert shown.challenges.met == {betters: 2} and "met in run 2" in shown.remarks()
    assert f"Challenge met: {betters}" in shown.outcome()
    run_at(width=16)
    assert shown.challenges.met == {betters: 2, halves: 3}
    assert betters not in shown.outcome()
    run_at(learning_rate=0.005)  # two have moved
    assert breaks not in shown.challenges.met
    run_at(width=32)
    assert shown.challenges.met[breaks] == 5


def test_three_seeds_are_a_range_around_the_line_of_the_first():
    shown = finish(panel("backprop", epochs=1, seed=2, measures=["train_loss"]))
    alone, shown._quiet = str(shown.picture()), True
    shown.three_seeds()
    finish(shown)
    runs = [shown.run, *shown.others]
    assert [run.settings.values["seed"] for run in runs] == [2, 3, 4]
    losses = [run.curves["backprop"].points("train_loss")[1] for run in runs]
    third = finish(panel("backprop", epochs=1, seed=4, measures=["train_loss"]))
    assert losses[2] == third.run.curves["backprop"].points("train_loss")[1]
    [band] = bands(shown.run, shown.others, "train_loss")
    assert (band.low, band.high) == (np.min(losses, 0).tolist(), np.max(losses, 0).tolist())
    accuracies = [run.curves["backprop"].rows[-1]["validation_accuracy"] for run in runs]
    low, high = min(accuracies), max(accuracies)
    said = f"Over 3 seeds: backprop: from accuracy {low:.0%} to accuracy {high:.0%}"
    assert said in shown.outcome() and shown.progress() == (51, 51)
    assert 'fill-opacity="0.18"' in str(shown.picture())
    shown.three_seeds()
    finish(shown)
    assert shown.others == [] and "0.18" not in alone


def test_a_line_that_leaves_its_plot_has_a_mark_there():
    drawn = []
    for top in (1.9, 5.0):
        line = Line([0, 1, 2], [1.0, top, top], look_of("backprop"))
        drawn.append(str(figure([Plot("", "x", (0, 2), (0, 2), lines=[line])], [], "")))
    assert ["h-10z" in text for text in drawn] == [False, True]


def test_numbers_that_are_not_finite_leave_a_gap_in_a_valid_picture():
    y = [1.0, math.nan, math.inf, 2.0]
    line = Line([0, 1, 2, 3], y, look_of("backprop"))
    text = str(figure([Plot("a < b", "x", (0, 3), (0, 2), lines=[line])], [], 'said "so"'))
    assert ElementTree.fromstring(text).get("aria-label") == 'said "so"'
    assert "nan" not in text and "inf" not in text


@pytest.mark.parametrize(("factor", "angle"), [(1, 0), (-1, 180), (0, math.nan)])
def test_a_sweep_shows_the_angle_where_there_is_one(factor, angle, stand_in):
    reference = exercises.get_exercise("backprop")

    def backprop(network, x, y, loss):
        return [np.float32(factor) * u for u in reference(network, x, y, loss)]

    stand_in(backprop)
    shown = finish(sweep_panel("backprop", "width", points=2, seeds=1, epochs=0.2))
    found = shown.found["backprop"]
    assert np.isfinite(found["validation_accuracy"]).all()
    assert found["update_angle"] == pytest.approx(np.full((1, 2), angle), abs=0.1, nan_ok=True)
    assert "nan" not in str(shown.picture())


def test_a_curve_that_grows_while_it_is_read_has_a_value_for_each_step():
    class Growing(list):
        def __iter__(self):
            yield from super().__iter__()
            self.append(self[-1])  # as another thread may

    curve = Curve(
        rows=Growing([{"step": 0, "train_loss": 2.0}]),
        slow={"signal_to_noise": Growing([(0, 0.5)])},
    )
    for measure in ("train_loss", "signal_to_noise"):
        steps, values = curve.points(measure)
        assert len(steps) == len(values) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (dict(rule="no_rule"), "There is no rule 'no_rule': choose one of"),
        (dict(rule="backprop", noise=0.1), "panel of backprop has no knob 'noise'"),
        (dict(rule="backprop", learning_rate=1e9), "learning_rate runs from 0.005 to 15"),
        (dict(rule="backprop", measures=("beauty",)), "measures are some of"),
        (dict(rule="backprop", width=256), "width runs from 2 to 128; 256 was given"),
        (dict(rule="backprop", seed=42), "seed runs from 0 to 19; 42 was given"),
        (dict(rule="backprop", seed=np.nan), "seed is nan; it must be a finite number"),
        (dict(rule="backprop", view="the moon"), "view is 'the moon'; it is one of weights,"),
        (dict(rule="backprop", epochs=np.inf), "epochs is inf; it must be a finite number"),
        (dict(rule="backprop", data=np.ones(3)), "data is a ndarray; it must be the name"),
        (dict(rule="backprop", measures=len), "measures are some of"),
        (dict(rule=dataclasses.replace(get_rule("backprop"), title="B")), "that you have changed"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises((ValueError, TypeError), match=words):
        panel(**arguments)


def test_a_panel_takes_a_rule_of_the_catalogue_for_its_name():
    assert panel(get_rule("backprop")).rules == ("backprop",)


@pytest.fixture
def cell(monkeypatch):
    """Runs what makes or shows something in a cell of this name, and returns what it returns."""
    runs = itertools.count()

    class Shell:
        request: ClassVar[dict] = {}
        events = SimpleNamespace(register=lambda *_: None)

        def get_parent(self):
            return self.request

    for module in (places, in_cells):
        monkeypatch.setattr(module, "shell", Shell)
    monkeypatch.setattr(in_cells, "_in_cells", {})
    monkeypatch.setitem(display_live.__globals__, "display", lambda *given, **settings: None)

    def run(name, *does):
        metadata = {"cellId": name} if name else {}
        Shell.request = {"metadata": metadata, "header": {"msg_id": str(next(runs))}}
        try:
            return [do() for do in does][-1]
        finally:
            in_cells.close_what_is_gone()
            Shell.request = {}

    return run


NUMBERS = itertools.count()
KINDS = {
    "panel": lambda: panel("backprop", epochs=0, measures=["train_loss"]),
    "sweep_panel": lambda: sweep_panel("backprop", epochs=0),
    "flow": flow,
    "score_card": lambda: CardView(score_card()),
    "recap": lambda: recap("01_weight_perturbation"),
    **{
        f"predict {kind}": partial(lambda asked: predict(f"asked_{next(NUMBERS)}", **asked), asked)
        for kind, asked in {
            "a choice": dict(choices=["a", "b"]),
            "an order": dict(about="highest", order=["a", "b"]),
            "a curve": dict(about="y", between=(0, 1), at=[1, 2, 3], along="x"),
        }.items()
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_that_is_run_again_closes_what_it_had_made(cell, kind):
    def left():
        return len(widget._instances)

    make = KINDS[kind]
    cell("shown", lambda: display_live(make()))
    cell("made", make)
    before = left()
    for _ in range(2):
        cell("shown", lambda: display_live(make()))
        cell("made", make)
        assert left() == before
    cell("shown", lambda: None)  # it was edited
    cell("made", lambda: None)
    nothing = left()
    assert nothing < before
    cell(None, make)  # a front end that does not name its cells
    cell(None, make)
    assert left() > nothing


def test_no_cell_closes_what_another_one_has(cell):
    first, second = cell("a", lambda: [KINDS["panel"](), KINDS["panel"]()])
    its = {first.widget.model_id, second.widget.model_id}

    def both():
        for one in (first, second):
            display_live(one)

    for _ in range(2):
        cell("b", both)
    cell("b", lambda: None)
    assert its <= {*widget._instances}  # they are a's
    cell("b", both)
    cell("a", lambda: None)
    assert its <= {*widget._instances}  # they are on the page in b
    cell("c", lambda: display_live(first))
    cell("b", lambda: None)
    assert its & {*widget._instances} == {first.widget.model_id}
    with pytest.raises(RuntimeError, match="were closed: run the cell that makes them again"):
        display_live(second)


def test_a_prediction_that_is_asked_again_keeps_its_controls(cell):
    asks = partial(predict, "asked_twice", choices=["a", "b"])
    controls = cell("a", asks)
    assert cell("a", asks) is controls
    display_live(controls)


def test_a_panel_that_could_not_be_made_troubles_no_later_cell(cell, monkeypatch):
    def fails():
        with pytest.raises(ValueError, match="no knob"):
            sweep_panel("backprop", "no_knob")
        with monkeypatch.context() as patched, pytest.raises(KeyError):
            patched.setattr("microlearn.widgets.base.Panel._assemble", lambda self: {}["stopped"])
            sweep_panel("backprop")

    cell("a", fails)
    before = len(widget._instances)
    cell("a", lambda: None)
    assert len(widget._instances) < before - 100


def test_a_sweep_names_what_is_wrong_with_a_knob():
    with pytest.raises(ValueError, match="no knob 'decay' to sweep: there are learning_rate"):
        sweep_panel("backprop", "decay")
    with pytest.raises(TypeError, match=r"knob is \[0.1\]; it must be the name of a knob"):
        sweep_panel("backprop", knob=[0.1])
    with pytest.raises(ValueError, match="width runs from 2 to 128; 256 was given"):
        sweep_panel("backprop", width=256)


@pytest.mark.slow
def test_nbclient_shows_the_picture(tmp_path):
    notebook = new_notebook(
        cells=[new_code_cell("from microlearn import *\npanel('backprop', epochs=3)")]
    )
    run_notebook(notebook, tmp_path)
    _, shown = (o.data for o in notebook.cells[0].outputs if "data" in o)
    assert "51 of 51 updates" in shown["image/svg+xml"]


def test_a_debugger_can_look_on_after_a_slice():
    """If an exception under way to a thread is called back, Python waits for it for ever."""
    code = (
        "import sys\n"
        "from microlearn.limits import time_limit\n"
        "with time_limit(5): pass\n"
        "sys.settrace(lambda *_: None)\n"
        "def work(): return [k for k in range(10)]\n"
        "print(work())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.stdout == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n", done.stderr


def test_a_slice_that_is_late_is_stopped_and_nothing_after_it():
    reached = []
    with time_limit(0.1):
        while True:
            reached.append(0)
    del reached[:]
    for _ in range(100_000):
        reached.append(1)
    assert len(reached) == 100_000


def test_time_that_other_programs_take_counts_little():
    reached = []
    with time_limit(0.5):
        time.sleep(1)  # as on a machine that is busy
        reached.append("the end")
    with time_limit(0.1):
        for _ in range(1000):
            time.sleep(0.01)
        reached.append("ten seconds")
    assert reached == ["the end"]


# --- in the browser -------------------------------------------------------------------------------


@pytest.fixture
def lab(tmp_path):
    """Opens a notebook with these cells in JupyterLab, in Chromium."""
    with browser.server(tmp_path) as address, browser.browser_window() as window:

        def open_notebook(notebook=None):
            """Open a new notebook, or the last one again."""
            if notebook is None:
                return browser.Notebook(window, address, "try.ipynb")
            notebook.metadata["kernelspec"] = {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            }
            nbformat.write(notebook, tmp_path / "try.ipynb")
            return browser.Notebook(window, address, "try.ipynb")

        yield open_notebook


PICTURE = "document.querySelector('svg[data-run]')"


@pytest.mark.slow
@needs_browser
def test_in_jupyterlab_each_slider_moves_from_the_keyboard(lab):
    """The first lesson with a panel, up to its panel, as a student has it who has done nothing yet."""
    name = "01_weight_perturbation"
    lesson = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)
    at = next(k for k, cell in enumerate(lesson.cells) if cell.source.startswith("panel("))
    lesson.cells = [
        lesson.cells[k] for k in range(at + 1) if "import" in lesson.cells[k].source or k == at
    ]
    lesson.cells[-1].source = lesson.cells[-1].source.replace(")", ", epochs=1000)")
    long = "import pandas; pandas.DataFrame([range(20)]).add_prefix('a_column_with_a_long_name_')"
    lesson.cells.insert(-1, new_code_cell(long))
    notebook = lab(lesson)
    page = notebook.page
    notebook.run_all()
    notebook.wait_for(PICTURE)

    page.evaluate(f"""() => {{
        window.runs = [];
        const look = () => {PICTURE} && window.runs.push(+{PICTURE}.dataset.run);
        new MutationObserver(look).observe(
            document.querySelector('.jp-NotebookPanel'), {{childList: true, subtree: true}});
    }}""")
    sliders = page.get_by_role("slider")
    assert sliders.count() == 4
    paths = f"[...{PICTURE}.querySelectorAll('path')].map(p => p.getAttribute('d')).join()"
    for k in range(4):
        run = page.evaluate(f"() => +{PICTURE}.dataset.run")
        old = page.evaluate(f"() => {paths}")
        said = page.evaluate(f"() => {PICTURE}.getAttribute('aria-label')")
        # The learning rate, the noise and the seed to the right, the number of units to the left.
        sliders.nth(k).focus()
        page.keyboard.press("PageUp" if k != 2 else "PageDown")
        notebook.wait_for(f"+{PICTURE}.dataset.run > {run} && +{PICTURE}.dataset.step > 400")
        assert page.evaluate(f"() => {paths}") != old
        assert page.evaluate(f"() => {PICTURE}.getAttribute('aria-label')") != said
    runs = page.evaluate("() => window.runs")
    assert runs == sorted(runs)

    # The others are unfolded from the keyboard.
    page.get_by_role("button", name="More controls and rules").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Kolen-Pollack").wait_for()
    assert sliders.count() == 6

    # What a menu shows is chosen, and its arrows are its own: JupyterLab would go to the next cell.
    menu = page.get_by_role("combobox", name="look at")
    assert menu.evaluate("menu => menu.selectedIndex") == 0
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:enter-command-mode')")
    menu.focus()
    page.keyboard.press("ArrowDown")
    assert menu.evaluate("menu => menu.selectedIndex") == 1

    # So with a table that is wider than its place.
    table = page.locator(".jp-OutputArea-output", has=page.locator("table.dataframe"))
    table.focus()
    page.keyboard.press("ArrowRight")
    notebook.wait_for("document.activeElement.scrollLeft > 0")
    assert table.evaluate("e => e === document.activeElement && e.ariaLabel")

    # Every control has a name, and a slider says its value; the state is said.
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-OutputArea [role=slider]')].filter("
        "e => e.checkVisibility()).every(e => e.ariaLabel && e.ariaValueText)"
    )
    boxes = page.locator(".jp-OutputArea").get_by_role("spinbutton", name="noise σ")
    noisy = page.get_by_role("slider", name="noise σ").get_attribute("aria-valuetext")
    assert noisy == boxes.input_value()
    for role in ("spinbutton", "checkbox", "button"):
        controls = page.locator(".jp-OutputArea").get_by_role(role)
        assert controls.count() > 2
        for control in controls.all():
            assert control.evaluate("e => (e.labels?.[0]?.textContent || e.textContent).trim()")
    assert "is training" in page.get_by_role("status").last.inner_text()
    assert not page.get_by_text("Traceback").count()

    # A kernel restarted in the middle: the panel says so, and the cell gives a new one.
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    page.get_by_text("The kernel was restarted").wait_for()
    notebook.run_all()
    notebook.wait_for(f"+{PICTURE}.dataset.run === 1")
    assert not page.get_by_text("The kernel was restarted").is_visible()
    assert notebook.errors == []

    # Opened again, the panel is a picture, and a sentence stands where the sliders were.
    kept = "document.querySelector('[class^=ml-kept]')"
    assert not page.evaluate(f"() => {kept}.checkVisibility()")
    notebook.command("docmanager:save")
    notebook.shut_down()
    again = lab()
    again.wait_for(f"{kept}?.checkVisibility()")
    said = "getComputedStyle(document.querySelector('.jupyter-widgets'), '::after').content"
    again.wait_for("document.querySelector('.jupyter-widgets')")
    assert "The controls come back" in again.page.evaluate(f"() => {said}")
    again.shut_down()
