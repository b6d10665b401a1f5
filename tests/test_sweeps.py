"""Sweeps: the same numbers wherever they run, nothing run twice, and nothing lost."""

from __future__ import annotations

import ast
import importlib
import io
import itertools
import json
import os
import pickle
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import joblib
import numpy as np
import pandas as pd
import pooch
import psutil
import pytest
from bs4 import BeautifulSoup
from conftest import outputs, run_notebook
from matplotlib.axes import Axes
from nbformat.v4 import new_code_cell, new_notebook

import microlearn
from microlearn import (
    exercises,
    fingerprints,
    get_rule,
    gradients,
    load,
    load_results,
    losses,
    plots,
    sweep,
    train,
    workers,
)
from microlearn.activations import ACTIVATIONS
from microlearn.dropout import Dropping
from microlearn.fingerprints import COMPUTES, engine, exercises_asked_for, fingerprint
from microlearn.losses import Loss
from microlearn.measures import MEASURES
from microlearn.network import INITIALISATIONS
from microlearn.optimiser import wait, warm_up
from microlearn.parcels import packed, unpacked
from microlearn.results import FOLDER
from microlearn.sources import SOURCES

GRID = {"noise": [0.01, 0.1], "width": [8, 16], "seeds": 2, "epochs": 2, "progress": False}


def numbers(table):
    """The table without what a clock has measured."""
    return table.drop(columns="seconds")


def test_a_point_is_the_run_that_train_makes(finished):
    table = sweep(["backprop", "node_perturbation"], workers=1, **GRID)
    assert len(table) == 2 * 2 + 2 * 2 * 2  # backprop has no noise to sweep
    assert table.error.isna().all()
    for _, row in table.iterrows():
        knobs = {"noise": row.noise} if row.rule == "node_perturbation" else {}
        run = train(
            row.rule, width=int(row.width), seed=row.seed, epochs=2, progress=False, **knobs
        )
        assert row.validation_loss == run.validation_loss.iloc[-1]
        assert row.train_accuracy == run.train_accuracy.iloc[-1]


def test_each_seed_draws_a_network_of_its_own_at_each_depth(finished):
    settings = {"epochs": 0, "workers": 1, "progress": False, "activation": "relu"}
    table = sweep("backprop", layers=[0, 1, 2], seeds=3, **settings)
    assert table[["layers", "seed"]].values.tolist() == [
        [k, s] for k in (0, 1, 2) for s in range(3)
    ]
    assert table.train_loss.nunique() == 9
    assert len(set(finished.iterdir())) == 9
    sweep("backprop", seeds=3, **settings)  # one layer is the default: nothing is run again
    assert len(set(finished.iterdir())) == 9


def test_one_worker_and_two_give_the_same_table(tmp_path):
    tables = [
        sweep(["weight_perturbation", "kolen_pollack"], workers=n, folder=tmp_path / str(n), **GRID)
        for n in (1, 2)
    ]
    pd.testing.assert_frame_equal(*map(numbers, tables), check_exact=True)


def test_history_has_every_measurement_and_runs_nothing_again(finished):
    last = sweep("backprop", learning_rate=[0.1, 1], seeds=2, epochs=3, progress=False)
    times = {path: path.stat().st_mtime_ns for path in finished.iterdir()}
    curves = sweep(
        "backprop", learning_rate=[0.1, 1], seeds=2, epochs=3, progress=False, history=True
    )
    assert curves.epoch.tolist() == [0, 1, 2, 3] * 4
    pd.testing.assert_frame_equal(curves[curves.epoch == 3].reset_index(drop=True), last)
    assert {path: path.stat().st_mtime_ns for path in finished.iterdir()} == times


# --- nothing is run twice -------------------------------------------------------------------------

LOGGED = """
import sys, time
from microlearn import sweep

path = sys.argv[1]

def logged(run):
    if run.number == run.steps:
        time.sleep(0.1)
        with open(path, "a") as log:
            log.write(f"{run.knobs['learning_rate']} {run.seed}\\n")
    return 0.0

sweep("backprop", learning_rate=[0.01 * k for k in range(1, 11)], seeds=3, epochs=1, workers=2,
      measure={"logged": logged}, progress=False, folder=sys.argv[2])
"""


@pytest.mark.slow
def test_killed_halfway_and_started_again_it_repeats_nothing(tmp_path):
    script, log, folder = tmp_path / "script.py", tmp_path / "log", tmp_path / "sweeps"
    # The script tells of a run by an argument that both runs give alike: its answer, its measure and
    # so its points are the same.
    script.write_text(LOGGED)
    command = [sys.executable, script, log, folder]

    def kept():
        return set(folder.glob("*.json"))

    first = subprocess.Popen(command)
    deadline = time.monotonic() + 120
    while len(kept()) < 10:
        assert first.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    family = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert len(family) >= 2
    assert psutil.wait_procs(family, timeout=60)[1] == []  # its workers notice, and end
    before = {path: path.stat().st_mtime_ns for path in kept()}
    assert 10 <= len(before) < 30
    assert all(json.loads(path.read_text())["finished"] for path in before)

    log.write_text("")
    subprocess.run(command, check=True)
    again = log.read_text().splitlines()
    assert len(again) == len(set(again)) == 30 - len(before)
    assert len(kept()) == 30
    assert {path: path.stat().st_mtime_ns for path in before} == before

    subprocess.run(command, check=True)
    assert log.read_text().splitlines() == again


@pytest.mark.slow
def test_killed_while_its_workers_start_it_leaves_none_of_them(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(LOGGED)
    session = psutil.Popen([sys.executable, script, tmp_path / "log", tmp_path / "sweeps"])
    deadline = time.monotonic() + 120
    while len(session.children(recursive=True)) < 3:  # two workers, and one that clears up
        assert session.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    family = session.children(recursive=True)
    session.kill()
    session.wait()
    left = psutil.wait_procs(family, timeout=60)[1]
    for process in left:
        process.kill()
    assert left == []


def test_a_larger_sweep_runs_only_what_is_new(finished):
    settings = {"epochs": 1, "progress": False, "workers": 1}
    sweep("backprop", learning_rate=[0.1, 0.2], seeds=2, **settings)
    before = set(finished.iterdir())
    assert len(before) == 4
    sweep("backprop", learning_rate=np.array([0.2, 0.1, 0.3]), width=[32], seeds=3, **settings)
    assert len(set(finished.iterdir()) - before) == 9 - 4


def halved_feedback(network, rng, knobs):
    return [None, *(0.5 * rng.standard_normal(w[:-1].T.shape) for w in network.weights[1:])]


def test_a_rule_that_was_changed_is_another_rule(finished):
    alignment = microlearn.get_rule("feedback_alignment")
    changed = replace(alignment, state={"feedback": halved_feedback})
    settings = {"seeds": 1, "epochs": 1, "progress": False, "workers": 1}
    with pytest.raises(ValueError, match="feedback_alignment is given more than once"):
        sweep([alignment, changed], **settings)
    both = sweep([alignment, replace(changed, name="halved")], **settings)
    assert both.rule.tolist() == ["feedback_alignment", "halved"]
    assert both.train_loss.nunique() == 2
    # Alone it may keep its name, and does not get what was kept for the other one.
    assert sweep(changed, **settings).train_loss[0] == both.train_loss[1]


def test_rules_that_differ_in_nothing_else_than_their_names_are_told(finished):
    """Else a finding of equal numbers may be about a loop, whose last value all of them read."""

    def rules(of):
        alignment = microlearn.get_rule("feedback_alignment")
        return [
            replace(alignment, name=f"by {k}", new="feedback_alignment", state={"feedback": of(k)})
            for k in (1, 2)
        ]

    last, settings = 1, {"seeds": 1, "epochs": 0.1, "progress": False, "workers": 1}

    def late(k):
        return lambda network, rng, knobs: [
            a and last for a in halved_feedback(network, rng, knobs)
        ]

    def own(k):
        return lambda network, rng, knobs: [
            None if a is None else k * a for a in halved_feedback(network, rng, knobs)
        ]

    with pytest.warns(UserWarning, match="by 1 and by 2 are one thing under 2 names"):
        sweep(rules(late), **settings)
    made = [
        Loss(f"by {k}", lambda y, p: last * ((y - p) ** 2).sum(1), np.subtract, surrogate=True)
        for k in (1, 2)
    ]
    with pytest.warns(UserWarning, match="by 1 and by 2 are one thing under 2 names"):
        sweep("backprop", loss=made, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sweep(rules(own), **settings)
        sweep(["backprop", "frozen_hidden"], loss=["squared_error", "log_penalty"], **settings)


def test_what_decides_the_numbers_decides_the_file(finished, stand_in):
    def points(**changed):
        sweep("backprop", **{"seeds": 1, "epochs": 1, "progress": False, "workers": 1} | changed)
        return len(list(finished.iterdir()))

    assert points() == 1
    assert points() == points(learning_rate=0.5) == points(data=microlearn.load("digits")) == 1
    assert points(learning_rate=0.4) == 2
    assert points(batch_size=32) == 3
    assert points(data=microlearn.load("digits", seed=1)) == 4
    reference = exercises.get_exercise("backprop")

    def backprop(network, x, y, loss):
        return [0.5 * u for u in reference(network, x, y, loss)]

    stand_in(backprop)
    assert points() == 5
    assert points() == 5


PIPE = "a pipe"


def test_a_damaged_file_or_one_that_holds_something_else_is_run_again(finished, pipe_at):
    settings = {"seeds": 1, "epochs": 0, "progress": False, "workers": 1}
    table = sweep("backprop", **settings)
    (file,) = finished.iterdir()
    kept = json.loads(file.read_text())
    others = [{**kept, "rows": rows} for rows in ([], {}, None, [1], [{}], [{"seed": 0}])]
    others += [{**kept, "error": 1}, {**kept, "finished": "yes"}, {"rows": kept["rows"]}]
    others += [{**kept, "rows": [{**kept["rows"][0], "seed": 1}]}, [], 0, None, "text"]
    others += [{**kept, "rows": [{**kept["rows"][0], "train_loss": 0.5}]}]
    for text in (file.read_text()[:50], "[" * 100_000, *map(json.dumps, others), PIPE):
        pipe_at(file) if text == PIPE else file.write_text(text)
        pd.testing.assert_frame_equal(numbers(sweep("backprop", **settings)), numbers(table))
        assert json.loads(file.read_text())["rows"][0] == kept["rows"][0]


def test_where_nothing_can_be_kept_it_says_so_and_goes_on(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="can't be kept in .*The sweep goes on"):
        table = sweep(
            "backprop", seeds=2, epochs=1, progress=False, workers=1, folder=tmp_path / "file"
        )
    assert table.validation_accuracy.notna().all()


# --- what fails -----------------------------------------------------------------------------------


def test_a_failed_point_is_a_row_and_an_error_is_tried_again(finished, stand_in, capsys):
    reference = exercises.get_exercise("backprop")

    def backprop(network, x, y, loss):
        if network.sizes[1] == 8:
            raise ZeroDivisionError("eight")
        if network.sizes[1] == 16:
            return [np.full_like(w, np.inf) for w in network.weights]
        return reference(network, x, y, loss)

    stand_in(backprop)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as of points that are not kept
        table = sweep("backprop", width=[4, 8, 16], seeds=2, epochs=1, progress=False, workers=2)
    assert [error is None for error in table.error] == [True, True, False, False, False, False]
    assert table.validation_loss.notna().tolist() == [True, True, False, False, False, False]
    line = backprop.__code__.co_firstlineno + 2
    assert table.error[2] == f"ZeroDivisionError: eight (line {line} of backprop)"
    assert "backprop returned infinity in its first update" in table.error[4]
    assert "4 of 6 points failed" in capsys.readouterr().out
    failed = sweep("backprop", width=16, seeds=1, epochs=1, progress=False)
    assert failed.columns.tolist() == table.columns.tolist()
    assert failed.train_loss.isna().all()
    # Divergence is a finding, and kept; an exception may have been the machine's fault.
    assert len(list(finished.iterdir())) == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_a_point_that_its_seed_does_not_fix_is_told_and_not_kept(workers, finished, stand_in):
    def backprop(network, x, y, loss):
        rng = np.random.default_rng(None if network.sizes[1] == 8 else 0)
        return [rng.normal(size=w.shape) for w in network.weights]

    stand_in(backprop)
    settings = {"width": [4, 8], "seeds": 2, "epochs": 0.1, "progress": False, "workers": workers}
    for _ in range(2):
        with pytest.warns(UserWarning, match="a generator that it makes without a seed") as told:
            table = sweep("backprop", **settings)
        assert str(told[-1].message).startswith("2 of 4 points are not kept, since another try")
        assert table.error.isna().all() and table.train_loss.nunique() == 4
        assert len(list(finished.iterdir())) == 2


WARNED = {
    "takes epoch, and is given the fraction": UserWarning,  # the session sees it, and each point
    "divide by zero encountered in log (line 4 of backprop)": RuntimeWarning,
    "from that of Python": None,  # a point of a sweep begins it with its seed
    "with a seed of its own, or from a copy of rng": UserWarning,
    "mine": UserWarning,
    "never changed": UserWarning,
}


def test_what_a_point_warns_is_said_once_in_the_session_wherever_it_ran(finished, stand_in):
    source = """
    import warnings
    def backprop(network, x, y, loss, *, rng):
        np.log(np.zeros(2))
        warnings.warn("mine")
        for k in range(9):
            warnings.warn(f"{k}")  # of which the first is said
        if network.sizes[1] == 8:
            return [np.random.normal(size=w.shape) for w in network.weights]
        rng = np.random.default_rng(0)
        return [rng.normal(size=w.shape) for w in network.weights]
    """
    stand_in(defined(source, "backprop"))
    settings = {
        "width": [4, 8],
        "seeds": 2,
        "epochs": 1,
        "schedule": lambda epoch: 0.9 ** (epoch > 1),
    }
    for cores, kept in ((1, "one"), (2, "two"), (2, "two")):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sweep("backprop", workers=cores, folder=finished / kept, progress=False, **settings)
        for words, category in WARNED.items():
            told = [w.category for w in caught if words in str(w.message)]
            assert told == [category] * bool(category), words
        assert len(caught) == 6


def test_a_generator_that_all_seeds_share_is_told_whether_points_are_kept_or_not(
    finished, stand_in
):
    own = np.random.default_rng(0)

    def backprop(network, x, y, loss):
        return [own.normal(size=w.shape) for w in network.weights]

    stand_in(backprop)
    for _ in range(2):
        with pytest.warns(UserWarning, match="all seeds have the same draws from it"):
            sweep("backprop", seeds=2, epochs=0.1, progress=False, workers=2)


def test_a_measure_that_is_no_number_is_named(finished):
    table = sweep(
        "backprop", seeds=1, epochs=0, workers=1, measure={"odd": lambda run: {1}}, progress=False
    )
    assert "The measure odd returned {1}; it must" in table.error[0]


def test_a_point_whose_process_dies_takes_nobody_with_it(finished, stand_in):
    reference = exercises.get_exercise("backprop")
    parent = os.getpid()

    def backprop(network, x, y, loss):
        if network.sizes[1] == 8 and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return reference(network, x, y, loss)

    stand_in(backprop)
    table = sweep("backprop", width=[4, 8, 16, 20], seeds=2, epochs=2, progress=False, workers=2)
    assert table.error.notna().tolist() == [False, False, True, True, False, False, False, False]
    assert "its process died; the memory may have run out" in table.error[2]


@pytest.mark.slow
def test_a_file_in_the_place_of_one_of_pythons_is_named_where_workers_die(tmp_path):
    (tmp_path / "queue.py").write_text("x = 1")
    code = (
        "from microlearn import sweep\n"
        "table = sweep('backprop', seeds=2, epochs=0, workers=2, progress=False)\n"
        "print(table.error[0])"
    )
    notebook = new_notebook(cells=[new_code_cell(code)])
    run_notebook(notebook, tmp_path)
    assert "queue.py stands in the place of Python's own queue" in outputs(notebook.cells[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rule": "backprob"}, "no rule 'backprob'"),
        ({"rule": []}, "rule is an empty list"),
        ({"rule": ["backprop", "frozen_hidden", "backprop"]}, "backprop is given more than once"),
        (
            {"batch_size": 8, "learning_rate": ["much"]},
            "learning_rate is 'much'; it must be a number",
        ),
        ({"widht": [1]}, "no knob 'widht'"),
        (
            {"layers": 0, "width": [8, 16]},
            "width is given, and without hidden layers nothing reads it: leave width out",
        ),
        ({"layers": [0], "activation": "relu"}, "activation is given, and without hidden"),
        ({"width": []}, "width is an empty list"),
        ({"network": "a network", "layers": [1, 2]}, "layers=.*would draw a network"),
        ({"seed": 3}, "write seeds=, not seed="),
        ({"seeds": 0}, "seeds is 0; it must be a whole number from 1 on"),
        ({"seeds": 1.5}, "seeds is 1.5; it must be a whole number"),
        ({"seeds": "3"}, "seeds is '3'; it must be a number"),
        ({"seeds": 10**9}, "too many points .1,000,000 of seed, or more."),
        ({"seeds": itertools.count()}, "a sweep has 1,000,000 at most"),
        ({"seeds": 1001, "width": range(1, 1002)}, "1,001 of width, 1,001 of seed"),
        ({"learning_rate": b"1"}, "learning_rate is b'1'; it must be a number"),
        ({"learning_rate": np.ma.masked_less([1, 2], 2)}, "learning_rate is masked; it must be"),
        ({"seeds": [0, None]}, "seed is None"),
        ({"seeds": [1, 2, 1]}, "seed has 1 more than once, and a table tells"),
        ({"learning_rate": [0.1, 0.1]}, "learning_rate has 0.1 more than once"),
        (
            {"learning_rate": [0.1, float("nan")]},
            "learning_rate is nan; it must be a finite number",
        ),
        ({"data": np.ones((3, 2))}, "data is a ndarray; it must be the name of a data set"),
        ({"rule": [["backprop"]]}, "There is no rule .'backprop'."),
        ({"width": {8: 1, 16: 2}}, "width is a dict, whose values would be lost"),
        ({"history": "no"}, "history is 'no'; it must be True or False"),
        ({"workers": 0}, "workers is 0; it must be"),
        ({"workers": "two"}, "workers is 'two'; it must be a number"),
        ({"client": "tcp://127.0.0.1:1"}, "client is 'tcp.*; it must be a Client"),
        ({"client": SimpleNamespace(submit=print), "workers": 2}, "workers=2 .* leave one out"),
        ({"folder": 3}, "folder is 3; it must be the path of a folder"),
        ({"folder": "~nobody_of_this_name/x"}, "folder is '~nobody.* is no folder here"),
        ({"epochs": [1, -1]}, "epochs is -1; it must be a finite number from 0 on"),
        ({"momentum": -0.5}, "momentum is -0.5; it must be a finite number from 0 to 1"),
        (
            {"schedule": [lambda d: 1, lambda d: d]},
            "schedule has <lambda> more than once.*of its own",
        ),
        (
            {"schedule": [wait(0.5), wait(0.2), wait(1 / 2)]},
            r"schedule has wait\(0.5\) more than once",
        ),
        ({"activation": ["tanh", "softplus"]}, "no activation 'softplus': choose one of"),
        ({"initialisation": "xavier"}, "no initialisation 'xavier': choose one of"),
        ({"loss": "hinge"}, "no loss 'hinge': choose one of"),
        ({"measure": len}, "measure takes a list of names"),
        ({"measure": {"width": len}}, "has a column width already"),
        ({"measure": {"error": len}}, "has a column error already"),
        ({"rule": None}, "There is no rule None"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_runs(arguments, words, finished):
    with pytest.raises((ValueError, TypeError), match=words):
        sweep(**{"rule": "backprop"} | arguments)
    assert not finished.exists()


def test_a_folder_may_begin_at_home_and_a_user_may_have_none(tmp_path, monkeypatch):
    settings = {"seeds": 1, "epochs": 0, "workers": 1, "progress": False}
    monkeypatch.setenv("HOME", str(tmp_path))
    sweep("backprop", folder="~/x", **settings)
    monkeypatch.setenv("MICROLEARN_SWEEPS", "~/y")
    sweep("backprop", **settings)
    assert [len(list((tmp_path / name).iterdir())) for name in "xy"] == [1, 1]
    monkeypatch.delenv("MICROLEARN_SWEEPS")

    def raises(name):
        raise RuntimeError("could not determine the home directory")

    for without_home in (lambda name: Path("~/.cache") / name, raises):  # platformdirs, old and new
        monkeypatch.setattr(pooch, "os_cache", without_home)
        with pytest.raises(RuntimeError, match=r"This user has no home folder.*: set HOME"):
            sweep("backprop", **settings)


def test_where_the_data_has_no_room_on_its_way_it_is_said(tmp_path, monkeypatch, finished):
    def full(*given, **settings):
        def pool(tasks):
            raise pickle.PicklingError("Could not pickle") from OSError(
                "Traceback:\n...\nOSError: No space left on device"
            )

        return pool

    monkeypatch.setattr(joblib, "Parallel", full)
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    words = rf"to the workers .OSError: No space left.*make room in {tmp_path}, let JOBLIB"
    with pytest.raises(RuntimeError, match=words):
        sweep("backprop", seeds=2, epochs=0, workers=2, progress=False)


def test_what_can_not_go_to_a_worker_is_said_in_a_sentence(finished, stand_in):
    with open(os.devnull) as file:
        for held in (file, threading.Lock(), (line for line in file), Holds(file)):

            def backprop(network, x, y, loss, held=held):
                return held

            stand_in(backprop)
            with pytest.raises(TypeError, match="can't go to another process"):
                sweep("backprop", progress=False)


def test_what_can_not_be_told_apart_is_refused_or_told_apart():
    with pytest.raises(TypeError, match="__main__, which is another one in each process"):
        fingerprint(defined("def f(x):\n    import __main__\n    return __main__.g(x)"))
    source = (
        "class Meta(type):\n    rate = 1\nclass A(metaclass=Meta): pass\ndef f(): return A.rate"
    )
    f = defined(source, __name__="__main__")
    before = fingerprint(f)
    type(f.__globals__["A"]).rate = 2
    assert fingerprint(f) != before
    by_hand = ModuleType("by_hand")
    exec("RATE = 1\ndef g(x): return RATE * x", vars(by_hand))
    f = defined("def f(x): return by_hand.g(x)", by_hand=by_hand)
    before = fingerprint(f)
    by_hand.RATE = 2
    assert fingerprint(f) != before
    assert unpacked(packed(f), elsewhere=False)[0](3) == 6


class Forgetful:
    def __getstate__(self):
        return {}


@dataclass
class Careless:
    rate: float = 1.0

    def __reduce__(self):
        return Careless, ()


@pytest.mark.parametrize("refers_to", [Forgetful(), Careless(2.0), eval, globals])
def test_what_would_be_another_thing_in_another_process_is_refused(finished, refers_to):
    source = "def f(network, x, y, loss):\n    return thing and [0 * w for w in network.weights]"
    if callable(refers_to):
        answer = defined(source.replace("thing", f"{refers_to.__name__}('1')"))
    else:
        answer = defined(source, thing=refers_to)
    with (
        exercises.answers({"backprop": answer}),
        pytest.raises(TypeError, match="can't go to another process: "),
    ):
        sweep("backprop", seeds=1, epochs=1, workers=1, progress=False)


@pytest.mark.parametrize("reads", ["os.environ.get('A')", "os.getenv('A')", "sys.argv[-1]"])
def test_what_a_process_is_started_with_is_no_part_of_a_point(finished, reads):
    """A worker would have read it earlier, and a kept point would not know that it has changed."""
    scope = {"os": os, "sys": sys, "np": np}
    exec(f"def mine(run): return len({reads} or '') + run.number", scope)
    with pytest.raises(TypeError, match=r"reads (os.environ|sys.argv), .*read it before"):
        sweep("backprop", seeds=1, epochs=0, measure={"mine": scope["mine"]}, progress=False)


# --- fingerprints ---------------------------------------------------------------------------------


def imported_by(module):
    """The modules of microlearn that a module's source imports, at its top or in a function."""
    package = module.parent
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            home = [package, *package.parents][node.level - 1]
            home = home.joinpath(*(node.module or "").split("."))
            for path in (home, *(home / alias.name for alias in node.names)):
                yield from (
                    f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file()
                )


def test_the_engines_fingerprint_covers_the_modules_that_training_imports_and_no_other():
    package = Path(microlearn.__file__).parent
    covered, new = set(), {package / "training.py"}
    while new:
        covered |= new
        new = {module for file in new for module in imported_by(file)} - covered
        new.discard(package / "__init__.py")  # it computes nothing: it only hands out names
    assert {file.relative_to(package).as_posix() for file in covered} == set(COMPUTES)


def defined(source, name="f", **variables):
    """The function that a cell with this source defines."""
    cell = {"np": np, **variables}
    exec(textwrap.dedent(source), cell)
    return cell[name]


def test_what_a_session_changes_in_the_package_is_another_engine(monkeypatch, finished):
    settings = {"initialisation": "textbook", "seeds": 1, "epochs": 0, "progress": False}
    before = engine()
    losses = [sweep("backprop", workers=1, **settings).train_loss[0]]
    with monkeypatch.context() as changed:
        changed.setitem(INITIALISATIONS, "textbook", ("normal", lambda n, m: 1.0))
        losses.append(sweep("backprop", workers=1, **settings).train_loss[0])
        assert (
            losses[1]
            == train("backprop", initialisation="textbook", epochs=0, progress=False).train_loss[0]
        )
    monkeypatch.setattr(gradients.finite_differences, "__defaults__", None)  # as a check may have
    assert engine() == before
    dropping, source = fingerprint(Dropping), fingerprints._version("microlearn.dropout")
    assert source != fingerprints._version(
        "microlearn.metrics"
    )  # a part that the engine does without
    with monkeypatch.context() as changed:
        changed.setattr(fingerprints, "_version", lambda module: "changed")
        assert fingerprint(Dropping) != dropping
    for place, value in (
        ("microlearn.measures.PROBES", 10),
        ("microlearn.network.Network.forward", lambda self, x: [x]),
        ("microlearn.activations.Activation.__call__", lambda self, a: a),
        ("microlearn.rules.rule.Rule.update", lambda self, *given: ([], {})),
        ("numpy.random.default_rng", lambda seed=None: None),
        ("numpy.linalg.norm", lambda v: 1.0),
        ("builtins.sum", lambda v: 0),
        ("builtins.gain", 3.0),
        ("numpy.gain", {"of": [3.0]}),
        ("numpy.pi", 3.0),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(place, value, raising=False)
            assert engine() != before, place
    with monkeypatch.context() as changed:
        changed.setattr("builtins._", 3.0, raising=False)  # the last result of a session
        changed.setattr("numpy.log_file", sys.stdout, raising=False)  # no number
        assert engine() == before
    assert losses[0] != losses[1]
    assert engine() == before
    elsewhere = replace(workers.Shared("digits"), session="another", computes_with="other")
    lost = json.loads(workers.run(elsewhere, workers.Task({"seed": 0}, b"")))
    assert "as where you have put something into microlearn itself, numpy" in lost["error"]


def test_a_module_that_has_warned_computes_as_before():
    before = engine()
    with np.errstate(over="warn"), pytest.warns(RuntimeWarning, match="overflow"):
        losses.get_loss("log_penalty").mean(*np.float32([[[1e30]], [[0]]]))
    assert "__warningregistry__" in vars(losses)
    assert engine() == before


def test_a_forked_process_does_not_wait_for_the_workers_of_its_parent(monkeypatch, finished):
    monkeypatch.setattr(workers, "PROCESS", os.getppid())
    monkeypatch.setattr("joblib.Parallel", None)
    table = sweep("backprop", seeds=2, epochs=0, workers=2, progress=False)
    assert table.error.isna().all()


def test_comments_and_unused_variables_are_not_computed_with():
    plain = defined(
        "def f(x):\n    return helper(x) * 2\ndef helper(x):\n    return x.T + scale", scale=1
    )
    dressed = defined(
        '''
        def helper(x):
            """Says what it does."""

            return x.T + scale


        def f(x):
            # twice
            return helper(x) * 2
        ''',
        scale=1,
        T=3,
    )
    assert fingerprint(plain) == fingerprint(dressed)


@pytest.mark.parametrize(
    "other",
    [
        "def f(x):\n    return helper(x) * 3\ndef helper(x):\n    return x + scale",
        "def f(x):\n    return helper(x) * 2\ndef helper(x):\n    return x - scale",
        "def f(x):\n    return helper(x) * 2\ndef helper(x):\n    return x + np.sin(scale)",
        "def f(x):\n    return helper(x) * 2\ndef helper(x, y=1):\n    return x + scale",
        "def f(x):\n    return (lambda x: helper(x) * 4)(x)\ndef helper(x):\n    return x + scale",
    ],
)
def test_what_is_computed_with_is_seen(other):
    source = "def f(x):\n    return helper(x) * 2\ndef helper(x):\n    return x + scale"
    one = fingerprint(defined(source, scale=1))
    assert one == fingerprint(defined(source, scale=1))
    assert one != fingerprint(defined(other, scale=1))
    assert one != fingerprint(defined(source, scale=2))
    arrays = [fingerprint(defined(source, scale=np.array([1.0, k]))) for k in (2, 2, 3)]
    assert arrays[0] == arrays[1] != arrays[2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 / 3", "np.float64(1 / 3)"),
        ("2**53", "2**53 + 1"),
        ("1", "1.0"),
        ("1", "True"),
        ("[0, 1]", "(0, 1)"),
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"),
        ("Counter(a=1)", "{'a': 1}"),
        ("defaultdict(lambda: 1)", "defaultdict(lambda: 2)"),
        ("np.ma.array([1, 2], mask=[0, 1])", "np.ma.array([1, 2], mask=[1, 0])"),
        ("np.ones((3, 2))", "np.asfortranarray(np.ones((3, 2)))"),
        ("Holds(lambda: 1)", "Holds(lambda: 2)"),
        ("cache(lambda: 1)", "cache(lambda: 2)"),
        ("[1].count", "[2].count"),
        ("lambda a, b: a", "lambda b, a: b"),
        ("lambda a, b: a", "lambda a, *, b: a"),
        ("staticmethod(lambda: 1)", "staticmethod(lambda: 2)"),
        ("lambda a, *b: a", "lambda a, **b: a"),
        ("LAMBDAS[0]", "LAMBDAS[1]"),
        ("re.compile('a')", "re.compile('b')"),
        ("int | None", "str | None"),
        ("made_by(lambda kind: 1)", "made_by(lambda kind: 2)"),
        ("Beside(1)", "Beside(2)"),
        ("Text(1)", "Text(2)"),
    ],
)
def test_two_values_that_compute_otherwise_are_told_apart(one, other):
    def value(text):
        source = f"from functools import *; from collections import *; import re\nf = {text}"
        return defined(
            source, Holds=Holds, Beside=Beside, Text=Text, LAMBDAS=LAMBDAS, made_by=made_by
        )

    assert fingerprint(value(one)) == fingerprint(value(one)) != fingerprint(value(other))


LAMBDAS = [ACTIVATIONS[name].slope for name in ("tanh", "sigmoid")]
"""Two of the package's own, of one name."""


class Holds:
    def __init__(self, held):
        self.held, self.itself = held, self


def made_by(new):
    class Made:
        __new__ = new

    return Made


@dataclass
class Beside:
    given: InitVar[int]

    def __post_init__(self, given):
        self.held = given  # which is no field


class Text(str):
    def __new__(cls, held):
        text = super().__new__(cls, "text")
        text.held = held
        return text


def test_helpers_that_call_each_other_take_no_time():
    calls = " + ".join(f"f{k}(x)" for k in range(30))
    start = time.monotonic()
    fingerprint(defined("\n".join(f"def f{k}(x): return {calls}" for k in range(30)), "f0"))
    assert time.monotonic() - start < 10  # the paths through all of them would take years


def test_what_a_class_of_the_notebook_computes_is_seen(monkeypatch):
    source = """
    class Base:
        offset = 0

    class Decay(Base):
        rate = 0.9

        @property
        def twice(self):
            return 2 * self.rate

        def __call__(self, x):
            return self.twice * x + self.offset

    decay = Decay()

    def f(x):
        return decay(x)
    """

    def seen(text):
        f = defined(text, __name__="__main__")
        monkeypatch.setattr(sys.modules["__main__"], "Decay", f.__globals__["Decay"], raising=False)
        return fingerprint(f)

    changes = [
        ("0.9", "0.8"),
        ("2 *", "3 *"),
        ("self.twice * x", "x"),
        ("offset = 0", "offset = 1"),
    ]
    assert seen(source) == seen(source.replace("class Base", "# a comment\n    class Base"))
    assert len({seen(source), *(seen(source.replace(*change)) for change in changes)}) == 5


IMPORTS = {
    "the module": "import own_a\ndef f(x): return own_a.g(x)",
    "a function": "from own_a import g\ndef f(x): return g(x)",
    "when it runs": "def f(x):\n    import numpy.linalg, own_a\n    return own_a.g(x)",
    "a name in it": "def f(x):\n    from own_a import g\n    return g(x)",
    "a name in quotes": (
        "import importlib\ndef f(x): return importlib.import_module('own_a').g(x)"
    ),
}
UNSEEN = {
    "sys.modules": (
        "import sys\ndef f(x): return sys.modules['own_a'].g(x)",
        "from sys import modules\ndef f(x): return modules['own_a'].g(x)",
        "def f(x):\n    import sys\n    return sys.modules['__main__'].g(x)",
        "import sys\ndef f(x): return (lambda: getattr(sys, 'modules')['own_a'].g(x))()",
    ),
    "import_module()": (
        "import importlib\nname = 'own_a'\ndef f(x): return importlib.import_module(name).g(x)",
        "def f(x):\n    from importlib import import_module\n    return import_module(x)",
    ),
    "by()": ("from importlib import import_module as by\ndef f(x): return by('own_' + x).g(x)",),
    "__import__()": ("name = 'own_a'\ndef f(x): return __import__(name).g(x)",),
}


@pytest.mark.parametrize(("used", "text"), [(k, t) for k, texts in UNSEEN.items() for t in texts])
def test_a_module_by_a_name_that_is_not_seen_is_refused(used, text):
    with pytest.raises(TypeError, match=re.escape(f"{used}, whose names are not seen")):
        fingerprint(defined(text))


def test_what_has_no_end_in_depth_is_refused_in_a_sentence():
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(TypeError, match="nested too deep"):
        fingerprint(defined("def f(x): return deep", deep=deep))


@pytest.fixture
def own_modules(tmp_path, monkeypatch):
    """Two modules of the student's: g(x) of the one is the factor in the other times x."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_a.py").write_text("import own_b\ndef g(x): return own_b.FACTOR * x")
    (tmp_path / "own_b.py").write_text("import own_a\nFACTOR = 2")
    return tmp_path


@pytest.mark.parametrize("way", IMPORTS)
def test_a_module_of_ones_own_counts_and_travels_as_it_is_loaded(way, own_modules):
    f = defined(IMPORTS[way])
    first, parcel = fingerprint(f), packed(f)
    (own_modules / "own_b.py").write_text("FACTOR = 5")  # and not reloaded
    assert fingerprint(f) == first
    sys.modules["own_b"].FACTOR = 3
    assert f(1) == 3
    assert fingerprint(f) != first
    parcels = parcel, packed(f)
    before = sys.modules["own_a"]
    # Another process has another own_a, of an earlier sweep or of the file.
    sys.modules["own_a"] = defined(
        "def g(x): return 'old'\nimport types\nm = types.ModuleType('m')", "m"
    )
    try:
        assert [unpacked(p, elsewhere=True)[0](1) for p in parcels] == [2, 3]
    finally:
        sys.modules["own_a"] = before
    sys.modules["own_b"].log = open(os.devnull)  # noqa: SIM115
    with sys.modules["own_b"].log, pytest.raises(TypeError, match="log of your module own_b: "):
        fingerprint(f)


def test_workers_that_have_run_an_earlier_sweep_compute_with_a_reloaded_module(
    own_modules, finished
):
    import own_b

    def measured():
        measure = {"own": lambda run: own_b.FACTOR}
        return sweep("backprop", seeds=2, epochs=0, workers=2, measure=measure, progress=False)

    assert measured().own.tolist() == [2, 2]
    (own_modules / "own_b.py").write_text("FACTOR = 31")
    importlib.reload(own_b)
    assert measured().own.tolist() == [31, 31]


def test_kinds_that_pickle_leaves_behind_travel_and_are_told_apart():
    source = """
    import abc, dataclasses, enum, functools

    class Kind(enum.Enum):
        ONE = 1

    @dataclasses.dataclass
    class Holds:
        held: list = dataclasses.field(default_factory=lambda: [2])

    class Base(abc.ABC):
        @abc.abstractmethod
        def value(self): ...

    class Lazy(Base):
        @functools.cached_property
        def once(self):
            return 3

        def value(self):
            return self.once

    @functools.cache
    def count(n):
        return n and 1 + count(n - 1)

    def f(x):
        return Kind(1).value, dataclasses.replace(Holds()).held, Lazy().value(), count(4)
    """
    f = defined(source, __name__="__main__")
    assert unpacked(packed(f), elsewhere=True)[0](0) == f(0) == (1, [2], 3, 4)
    changes = [("ONE = 1", "ONE = 5"), ("[2]", "[5]"), ("return 3", "return 5"), ("1 + c", "2 + c")]
    texts = [source, *(source.replace(*change) for change in changes)]
    assert len({fingerprint(defined(text, __name__="__main__")) for text in texts}) == 5


def test_an_installed_package_that_does_not_say_its_version_has_one(tmp_path, monkeypatch):
    folder = tmp_path / "site-packages"
    info = folder / "says_none-1.dist-info" / "METADATA"
    info.parent.mkdir(parents=True)
    (folder / "says_none.py").write_text("def g(x): return x")
    monkeypatch.syspath_prepend(folder)

    def seen(version):
        info.write_text(f"Metadata-Version: 2.1\nName: says_none\nVersion: {version}\n")
        fingerprints._version.cache_clear()
        return fingerprint(defined("from says_none import g\ndef f(x): return g(x)"))

    assert seen("1") == seen("1") != seen("2")
    info.unlink()
    fingerprints._version.cache_clear()
    without = [fingerprint(defined("from says_none import g\ndef f(x): return g(x)"))]
    (folder / "says_none.py").write_text("def g(x): return 2 * x")
    fingerprints._version.cache_clear()  # as in another session
    without.append(fingerprint(defined("from says_none import g\ndef f(x): return g(x)")))
    assert without[0] != without[1]


def test_an_exercise_that_a_module_of_ones_own_asks_for_is_known(own_modules):
    text = "from microlearn import get_exercise\ndef g(x): return get_exercise('backprop')"
    (own_modules / "own_a.py").write_text(text)
    for source in IMPORTS.values():
        assert exercises_asked_for(defined(source), ["backprop", "forward"]) == {"backprop"}


def test_a_point_leaves_nothing_to_the_next_one_wherever_it_runs(finished):
    """What a measure counts, draws from a generator of its own or from a global one, or sets on a
    class, begins anew at each point."""
    source = """
    import random

    class Counter:
        seen = 0

    def count(run):
        Counter.seen += 1
        return Counter.seen

    def draw(run, rng=np.random.default_rng(0)):
        return rng.random()

    def draw_from_all(run):
        return np.random.random() + random.random()
    """
    measure = {name: defined(source, name) for name in ("count", "draw", "draw_from_all")}
    settings = {"epochs": 1, "measure": measure, "progress": False}
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    tables = [
        sweep(
            "backprop",
            learning_rate=[0.1, 0.2],
            seeds=2,
            workers=n,
            folder=finished / str(n),
            **settings,
        )
        for n in (1, 2)
    ]
    pd.testing.assert_frame_equal(*map(numbers, tables), check_exact=True)
    assert tables[0]["count"].tolist() == [2] * 4
    assert tables[0].draw.nunique() == 1
    assert tables[0].draw_from_all.nunique() == 2  # by the seed
    assert measure["count"].__globals__["Counter"].seen == 0
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_threads_of_one_process_disturb_no_point():
    """Those of a Dask worker share the global generators."""

    def drawn(run):
        first = np.random.random()  # noqa: NPY002
        time.sleep(0.01)  # time enough for the others
        return f"{first} {random.random()}"

    rule, settings = get_rule("backprop"), {"seed": 3, "epochs": 0, "measure": {"drawn": drawn}}
    tasks = workers.tasks_of(
        dict.fromkeys(range(3), workers.Point(rule, settings)), {"backprop": {}}
    )
    with ThreadPoolExecutor(3) as pool:
        texts = list(pool.map(partial(workers.run, workers.Shared(load("digits"))), tasks.values()))
    assert len({json.loads(text)["rows"][0]["drawn"] for text in texts}) == 1


def test_two_schedules_with_equal_settings_are_told_apart():
    assert fingerprint(wait(0.2)) != fingerprint(warm_up(0.2))
    assert fingerprint(wait(0.2)) == fingerprint(wait(0.2)) != fingerprint(wait(0.3))


def test_an_object_of_a_class_that_was_defined_anew_since_is_known_by_its_own_class():
    source = "class Kept:\n    rate = {}\nkept = Kept()\ndef f(x): return kept.rate * x"
    old, new = (defined(source.format(rate), __name__="__main__") for rate in (1, 2))
    assert fingerprint(old) != fingerprint(new)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("get_exercise('backprop')(x)", {"backprop"}),
        ("microlearn.get_exercise('backprop')(x)", {"backprop"}),
        ("other_name('backprop')(x)", {"backprop"}),
        ("[get_exercise('backprop') for _ in x]", {"backprop"}),
        ("helper(x)", {"backprop"}),
        ("helper('forward')", {"backprop"}),
        ("get_exercise(x)", {"backprop", "forward"}),
        ("get_exercise('backprop')(get_exercise(x))", {"backprop", "forward"}),
        ("map(get_exercise, x)", {"backprop", "forward"}),
        ("x", set()),
    ],
)
def test_the_exercises_that_an_answer_or_a_measure_asks_for_are_known(line, asked):
    from microlearn import get_exercise

    source = f"def helper(x): return get_exercise('backprop')\ndef f(x): return {line}"
    names = {"get_exercise": get_exercise, "other_name": get_exercise, "microlearn": microlearn}
    f = defined(source, **names)
    for holder in (f, {"m": f}, [staticmethod(f)], Holds(f)):
        assert exercises_asked_for(holder, ["backprop", "forward"]) == asked


def test_a_measure_gets_the_students_answer_by_whatever_name_and_another_one_anew(
    finished, stand_in
):
    from microlearn import get_exercise

    def measured(value, name, **settings):
        def mean_squared_error(y, prediction):
            return value

        stand_in(mean_squared_error)
        measure = {"m": lambda run: get_exercise(name)(1, 2)}
        return sweep("backprop", seeds=2, epochs=0, measure=measure, progress=False, **settings).m

    name = "mean_squared_error"
    assert [*measured(1.5, name, workers=2), *measured(2.5, name, workers=2)] == [1.5] * 2 + [
        2.5
    ] * 2


def another_name(run):
    from microlearn import get_exercise as another

    return another("feedback_alignment")(*[None] * 5)


def another_run(run):
    return train("feedback_alignment", epochs=0.1, progress=False).train_loss[1]


@pytest.mark.parametrize("measure", [another_name, another_run])
def test_an_answer_that_a_sweep_can_not_see_is_no_part_of_a_point(measure, finished, stand_in):
    def feedback_alignment(network, x, y, loss, feedback):
        return [0 * w for w in network.weights] if network else 1.0

    stand_in(feedback_alignment)
    given = {"epochs": 0, "measure": {"m": measure}, "progress": False}
    for processes in (1, 2):
        table = sweep("backprop", seeds=2, workers=processes, **given)
        assert 'Name it in the function that needs it: get_exercise("feedb' in table.error[0]
    assert not finished.exists()
    assert np.isfinite(train("backprop", **given).m[0])


# --- pictures -------------------------------------------------------------------------------------


@pytest.fixture
def table():
    """Loss = noise · width + seed, but that one seed of the best setting, (1, 8), has failed."""
    points = [
        {"rule": "backprop", "noise": s, "width": w, "seed": k, "loss": s * w + k}
        for s in (1, 10)
        for w in (8, 16)
        for k in (0, 1)
    ]
    table = pd.DataFrame(points)
    table.loc[1, "loss"] = np.nan
    return table


def test_where_a_seed_failed_the_survivors_are_not_averaged(table):
    field = plots.heat_map(table, x="noise", y="width", value="loss")
    assert "lowest 16.5 at noise 1 and width 16, highest 160 at noise 10 and width 16" in field.alt
    assert "1 of 4 settings failed" in field.alt
    curve = plots.sweep_curves(table[table.width == 8], x="noise", value="loss")
    assert "lowest 80.5 at noise 10, highest 80.5 at noise 10, 1 of 2 settings failed" in curve.alt
    curves = plots.sweep_curves(table, x="width", value="loss", by="noise")
    assert "noise 10: lowest 80.5 at width 8" in curves.alt


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda table: plots.curves(table, "loss"), "no column epoch, step to draw: the table has"),
        (lambda table: plots.sweep_curves(table, "noise", "los"), "no column los to draw"),
        (lambda table: plots.heat_map(table, "noise", "n"), "no column validation_accuracy, n to"),
        (lambda table: plots.sweep_curves(table[:0], "noise", "loss"), "the table has no rows"),
        (lambda table: plots.curves([1]), "a table was expected, with columns; a list was given"),
        (
            lambda table: plots.sweep_curves(table, ["noise"]),
            r"\['noise'\] was given where the name of",
        ),
        (
            lambda table: plots.heat_map(table, "noise", "width", "loss", limits=(1, 0)),
            "lower one first",
        ),
        (lambda table: plots.lines(table, "x", "y"), "rule has 'backprop' in it"),
        (
            lambda table: plots.lines(table[["loss"]], "x", "y", log="x"),
            "x goes down to 0, and a log",
        ),
        (lambda table: plots.lines(table[["loss"]], "x", "y", log="z"), "log is 'z'"),
        (
            lambda table: plots.lines(table.set_index("seed")[["loss"]], "x", "y"),
            "has 0 more than once",
        ),
        (
            lambda table: plots.lines(table[["loss"]], "x", "y", dots=table[["seed"]]),
            "no column loss",
        ),
        (
            lambda table: plots.lines(table[["loss"]], "x", "y", dots=table[["loss", "seed"]]),
            "the column seed, and there is no such line",
        ),
        (lambda table: plots.images(np.zeros((1, 64)), [1], (4, 4, 4)), r"Images of \(4, 4, 4\)"),
        (
            lambda table: plots.digits(load().test.x[:1] * 2, [1], (8, 8)),
            "from 0 to 1; 0 to 2 were",
        ),
        (lambda table: plots.curves(table, []), "measures is empty"),
        (lambda table: plots.curves(table, "loss", over="loss"), "go over epoch, step, seconds"),
        (lambda table: plots.sweep_curves(table, "rule", "loss"), "rule has 'backprop' in it"),
        (
            lambda table: plots.sweep_curves(
                table.eval("loss = loss - 9"), "noise", "loss", log=True
            ),
            "axis has numbers above 0",
        ),
        (
            lambda table: plots.heat_map(table, "noise", "rule", "loss"),
            "over two settings of each rule",
        ),
        (
            lambda table: plots.digits(load().test.x[:3], [1], (8, 8)),
            r"and labels of \(1,\) were given",
        ),
        (lambda table: plots.digits(load().test.x[:1], [1], (8, 9)), r"72 numbers.* \(1, 64\) and"),
        (lambda table: plots.digits(load().test.x[:0], [], (8, 8)), r"array of \(0, 64\)"),
        *(
            (lambda table, at=at: plots.lines(table[["loss"]].set_axis(at), "x", "y"), words)
            for at, words in (
                ([str(n) for n in range(8)], "x has '0' in it"),
                (pd.date_range("2020-01-01", periods=8), "x has Timestamp"),
                ([*range(7), np.nan], "no finite numbers"),
                ([*range(7), np.inf], "no finite numbers"),
                (pd.MultiIndex.from_product([[0, 1], range(4)]), "several levels"),
            )
        ),
        *(
            (
                lambda table, at=at: plots.lines(
                    table[["loss"]].set_axis(range(1, 9)),
                    "x",
                    "y",
                    dots=pd.DataFrame({"loss": 1.0}, [at]),
                    log="x",
                ),
                words,
            )
            for at, words in (("a", "x has 'a' in it"), (0, "x goes down to 0"))
        ),
        *(
            (
                lambda table, n=n: plots.sweep_curves(
                    table[table.width == 8].rename(columns={"noise": n}), n, "loss"
                ),
                "a column of its own for each",
            )
            for n in ("mean", "min", "max", "seeds")
        ),
        (
            lambda table: plots.sweep_curves(
                table.query("width == 8 and noise == 1"), "noise", "loss", by="noise"
            ),
            "a column of its own for each",
        ),
        (lambda table: plots.curves(table, 3), "no column 3"),
        (
            lambda table: plots.images(np.zeros((501, 1)), [1] * 501, (1, 1)),
            "501 images were given, and a picture has room for 500",
        ),
        *(
            (lambda table, odd=odd: plots.digits(load().test.x[:2], odd, (8, 8)), "labels of")
            for odd in (None, 3, {1, 2}, {1: 2, 3: 4}, iter([1, 2]), "ab", np.eye(2))
        ),
        (
            lambda table: plots.digits(load().test.x[:2], [1, 2], 64),
            r"Images are \(height, width\)",
        ),
        (lambda table: plots.look_of("x"), "no rule 'x'"),
        *(
            (lambda table, n=n: plots.digits(load().test.x[:2], [1, 2], (8, 8), n), "columns is")
            for n in (0, 10**9)
        ),
        *(
            (lambda table, form=form: plots.table(table, form), "A form is .* one of numbers")
            for form in ("x", "{:.1q}", "{a}", 3, {"loss": "{:.1q}"})
        ),
        (lambda table: plots.table(table, {"lost": "{:.1f}"}), "no column 'lost'"),
        (
            lambda table: plots.table(table, {"loss": "{:d}"}),
            "'{:d}' is none of 8.0, in the column",
        ),
        (lambda table: plots.sweep_curves(table, "noise", "seed"), "measures nothing"),
    ],
)
def test_what_can_not_be_drawn_is_said(table, draw, words):
    with pytest.raises(ValueError, match=words):
        draw(table)


def test_a_table_to_read_has_the_names_of_the_entries():
    """Rules, measures and knobs have the words of their entries; numbers are short, a gap is empty."""
    index = pd.Index([0.1, 2.0], name="feedback_scale")
    frame = pd.DataFrame({"lra_diff": [0.5, np.nan], "hidden_cosine": [1.0, 0.25]}, index=index)
    heads = [tag.get_text(strip=True) for tag in soup_of(plots.table(frame, "{:.0%}"), "th")]
    (knob,) = (k for k in get_rule("feedback_alignment").knobs if k.name == "feedback_scale")
    titles = [get_rule("lra_diff").title, MEASURES["hidden_cosine"].title]
    assert [head for head in heads if head] == [*titles, knob.words, "0.1", "2"]
    cells = [tag.get_text(strip=True) for tag in soup_of(plots.table(frame, "{:.0%}"), "td")]
    assert cells == ["50%", "100%", "", "25%"]
    assert list(frame) == ["lra_diff", "hidden_cosine"]  # code goes on with the names in code
    texts = frame.assign(rule=["backprop", True])
    for forms in ("{:.0%}", dict.fromkeys(texts, "{:.0%}")):
        cells = [tag.get_text(strip=True) for tag in soup_of(plots.table(texts, forms), "td")]
        assert cells == ["50%", "100%", "backprop", "", "25%", "True"]
    unnamed = pd.DataFrame({"what": ["lra_diff", "hidden_cosine"]})
    for numbers, rows in ((unnamed, ["what", *titles]), (unnamed.rename_axis("seed"), ["0", "1"])):
        shown = soup_of(plots.table(numbers), ["th", "td"])
        assert {*rows} <= {tag.get_text(strip=True) for tag in shown}
        assert (len(shown) == 3) == (numbers is unnamed)  # pandas' own numbers mean nothing
    small = pd.DataFrame({"loss": [1e-7, 2.5e-6, 0.25, 2], "spread": [0.0, 0.5, 0.5, 0.5]})
    for forms in (None, {"spread": "{:.0%}"}):
        cells = [tag.get_text(strip=True) for tag in soup_of(plots.table(small, forms), "td")]
        assert cells[::2] == ["1e-07", "2.5e-06", "0.250000", "2.000000"]
    signs = pd.DataFrame({"x<y": ["a<b", "<i>"]}, index=["<s>", "&"])
    seen = {tag.get_text(strip=True) for tag in soup_of(plots.table(signs), ["th", "td"])}
    assert seen == {"", "x<y", "a<b", "<i>", "<s>", "&"}
    for odd in ([1, 2], frame["lra_diff"], None):
        with pytest.raises(TypeError, match="must be a DataFrame"):
            plots.table(odd)


def test_a_mean_and_its_spread_stay_on_one_line():
    seeds = pd.Series([0.5, 0.52])
    assert plots.plus_minus(seeds.mean(), seeds.std()) == "51.0\u00a0±\u00a01.4%"
    assert plots.plus_minus(seeds.mean(), np.nan) == "51.0%"
    assert plots.plus_minus(-1.25, 0.5, "{:+z.1f}") == "−1.2\u00a0±\u00a00.5"
    assert plots.plus_minus(-0.01, seeds[:1].std(), "{:+z.1f}") == "+0.0"


def soup_of(styler, tag):
    return BeautifulSoup(styler.to_html(), "html.parser").find_all(tag)


def test_pictures_of_a_row_are_drawn_one_by_one_and_rows_add_up():
    runs = [train(rule, epochs=1, progress=False) for rule in ("backprop", "lra_diff")]
    measures = ["train_loss", "validation_accuracy"]
    row = plots.curves(pd.concat(runs), measures)
    both = plots.Row(row, plots.curves(runs[0], "train_loss"))
    assert len(row.pictures) == 2 and both.pictures[0] is row  # which has a line of its own
    assert isinstance(both.pictures[1], plots.Picture)
    for picture, measure in zip(row.pictures, measures, strict=True):
        assert (
            f"{MEASURES[measure].title}: backprop from" in picture.alt and "LRA-diff" in picture.alt
        )
    assert both.alt.count(MEASURES["train_loss"].title) == 2


OWN = replace(get_rule("backprop"), name="own")


def _share(run, least, weights=0, **of):
    return float((np.abs(run.network.weights[0] - weights) > least).mean())


def _above(least, **of):
    return lambda run: _share(run, least, **of)


def _of(seed):
    return lambda run: _share(run, seed / 10)


@pytest.mark.parametrize(
    ("one", "other", "column"),
    [
        ({"learning_rate": 0.1}, {}, "learning_rate"),
        ({"epochs": 0.5}, {}, "epochs"),
        ({"momentum": 0.9}, {}, "momentum"),
        ({"width": 8}, {}, "width"),
        ({"data": load("digits", size=100)}, {}, "data"),
        ({"width": 32}, {"data": load()}, None),
        ({}, {"measure_every": 1}, None),
        ({"rule": replace(get_rule("backprop"), passes=2)}, {}, "changed"),
        *(
            ({"rule": replace(get_rule("backprop"), name="own", passes=n)}, {"rule": own}, told)
            for own, n, told in ((OWN, 2, "changed"), (OWN, 1, None))
        ),
        ({"measure": {"own": lambda run: 1.0}}, {"measure": {"own": lambda run: 2.0}}, "changed"),
        ({"measure": {"own": lambda run: 3.0}}, {"measure": {"own": lambda run: 3.0}}, None),
        *(
            ({"measure": {"own": one}}, {"measure": {"own": other}}, told)
            for one, other, told in (
                (_above(0.1), _above(0.2), "changed"),
                (partial(_share, least=0.1), partial(_share, least=0.2), "changed"),
                (
                    _above(0.1, weights=np.zeros(32)),
                    _above(0.1, weights=np.ones(32)),
                    None,
                ),
                (_of(seed=1), _of(seed=2), None),
            )
        ),
    ],
)
def test_a_mean_is_over_seeds_alone(tmp_path, one, other, column):
    def sweeps(**settings):
        common = {"epochs": 0.2, "folder": tmp_path, "workers": 1, "progress": False}
        both = enumerate({"rule": "backprop", **given} for given in (one, other))
        return [sweep(seeds=[seed], **common | given | settings) for seed, given in both]

    drawn = [
        lambda: plots.curves(pd.concat(sweeps(history=True))),
        lambda: plots.sweep_curves(pd.concat(sweeps(batch_size=[32, 64])), "batch_size"),
    ]
    for draw in drawn:
        if column:
            with pytest.raises(ValueError, match=f"differ in {column} .* over seeds alone"):
                draw()
        else:
            draw()


def test_recorded_runs_are_tested_where_their_row_stands():
    for table in (load_results(path.stem) for path in FOLDER.glob("*.csv")):
        runs = table.groupby(["data", "rule", "seed"], sort=False)
        assert not runs.test_accuracy.last().isna().any()  # (of those that there are)
        untrained = table.test_accuracy[table.step == 0].dropna()
        assert untrained.between(0.02, 0.2).all(), table.recording[0]  # ten classes, by chance


def test_a_recorded_table_says_what_its_head_says():
    table = load_results("cifar10_pepita")
    assert {*table["data"]} == {"cifar10 (a JPEG copy of CIFAR-10, a pixel off by 7.7 of 255)"}
    assert {*table["epochs"]} == {100} and table.epoch.max() < 100
    later = table[table.rule == "pepita"]
    assert "after so many of 100 epochs: pepita 0: 3" in later.attrs["recorded"]
    own = later.assign(data="cifar10", recording=later.recording.iloc[0], seed=7)
    with pytest.raises(ValueError, match=r"differ in data \(cifar10 \(a JPEG copy .*, cifar10\)"):
        plots.curves(pd.concat([later, own]), "test_accuracy")


def test_recorded_runs_are_averaged_with_no_other_ones():
    """Nor are those of two recordings, which differ in more than a table says, such as its schedule."""
    recorded = {path.stem: load_results(path.stem) for path in FOLDER.glob("*.csv")}
    for name, table in recorded.items():
        known = {*SOURCES, "whitened_mnist", "whitened_digits"}
        assert {data.split(" (")[0] for data in table["data"]} <= known and len(table), name
    tuned, textbook = (recorded[f"mnist_{name}"] for name in ("tuned", "textbook"))
    own = train("feedback_alignment", seed=9, progress=False)
    knobs = [knob.name for knob in get_rule("feedback_alignment").knobs]
    for others, told in ((own, r"data \(digits, mnist\)"), (textbook.assign(seed=9), "recording")):
        tables = (t[t.rule == "feedback_alignment"].drop(columns=knobs) for t in (others, tuned))
        with pytest.raises(ValueError, match=f"differ in {told}"):
            plots.curves(pd.concat(tables), "validation_accuracy")


def test_tables_of_two_answers_are_not_averaged(stand_in):
    """The first that a session tells of is told by nothing; nor is the same one, run again."""

    def of(factor, seed):
        def backprop(network, x, y, loss):
            return [factor * w for w in network.weights]

        stand_in(backprop)
        return train("backprop", epochs=0.1, seed=seed, progress=False)

    first, again, changed = of(-1, 0), of(-1, 1), of(-2, 1)
    plots.curves(pd.concat([first, again]))
    with pytest.raises(ValueError, match=r"differ in changed \(none, version 2 of backprop\)"):
        plots.curves(pd.concat([first, changed]))
    scale = [-3]

    def backprop(network, x, y, loss):
        return [scale[0] * w for w in network.weights]

    stand_in(backprop)
    run = microlearn.training("backprop", epochs=0.1)
    next(run)
    scale[0] = -4
    after = train("backprop", epochs=0.1, progress=False)
    changed = [{*table.changed} for table in (run.finish(progress=False), after)]
    assert changed == [{"version 4 of backprop"}, {"version 3 of backprop"}]


def test_a_picture_is_of_tables_that_tell_their_settings():
    """Rows alone tell nothing of their run, so that those of two widths never become one mean."""
    runs = [microlearn.training(width=width, seed=width, epochs=0.1) for width in (4, 16)]
    rows = [pd.DataFrame(run.rows) for run in runs]
    for tables in (rows, [runs[0].table(), rows[1]], [table.assign(rule="mine") for table in rows]):
        with pytest.raises(ValueError, match=r"which run it is; run\.table\(\) does"):
            plots.curves(pd.concat(tables))
    without = runs[0].table().drop(columns="width")
    with pytest.raises(ValueError, match=r"\(32, 16\).* the column width stands for 32\."):
        plots.curves(pd.concat([without, runs[1].table()]))


def test_points_that_differ_in_something_else_are_not_averaged(table):
    with pytest.raises(ValueError, match="rule differ in width"):
        plots.sweep_curves(table, x="noise", value="loss")
    ways = table.width.astype(str)  # a column of one's own
    with pytest.raises(ValueError, match="rule differ in way"):
        plots.sweep_curves(table.drop(columns="width").assign(way=ways), x="noise", value="loss")
    with pytest.raises(ValueError, match=r"differ in mine .8, 16.*by=.mine"):
        plots.sweep_curves(table.rename(columns={"width": "mine"}), x="noise", value="loss")
    along = table[(table.noise == table.noise.min()) == (table.width == table.width.min())]
    with pytest.raises(ValueError, match=r"differ in width .* over noise alone"):  # along the line
        plots.sweep_curves(along, x="noise", value="loss")
    names = enumerate(("cosine_similarity", "update_angle"))
    runs = [train(seed=s, epochs=0.1, progress=False, measure={"m": name}) for s, name in names]
    with pytest.raises(ValueError, match="version 2 of the measure m"):
        plots.curves(pd.concat(runs), "m")


def test_lines_of_other_data_or_of_another_loss_are_told():
    lost = {"train_loss": np.arange(3.0)}
    for column, entry in {"data": "mnist", "loss": "squared_error"}.items():
        both = pd.concat(
            [run_of(0, **lost), run_of(0, rule="feedback_alignment", **{column: entry}, **lost)]
        )
        words = f"differ in {column} .*{entry}.* can't be compared"
        with pytest.warns(UserWarning, match=words):
            plots.curves(both, "train_loss")
        last = both[both.step == 2].assign(noise=0.1)
        with pytest.warns(UserWarning, match=words):
            plots.sweep_curves(last, x="noise", value="train_loss")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plots.curves(both, "train_loss", by=column)
            plots.curves(both.assign(which=both.rule), "train_loss", by="which")
            if column == "loss":  # which an accuracy does not hang on
                plots.curves(both, "train_accuracy")


def run_of(seed, **columns):
    """Three measurements of a run, which a line takes from 0 to 2 / 4."""
    steps = np.arange(3)
    own = {"rule": "backprop", "seed": seed, "step": steps, "epoch": steps / 2}
    return pd.DataFrame(own | {"train_accuracy": steps / 4} | columns)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ({"own": 1}, {"own": 2}, r"warned: .*differ in own \(1, 2\), too"),
        ({"own": 1024.0}, {}, r"warned: .*differ in own \(1024, none\), too"),
        ({"own": 1 / 3}, {"own": 2 / 3}, None),  # a result
        ({"own": [1, 2, 3]}, {"own": [3, 2, 1]}, None),
        ({"own": 1}, {"own": 1}, None),
        ({"test_accuracy": 0.8}, {"test_accuracy": 0.9}, None),
        ({"seed": 1, "own": 1}, {"own": 2}, r"differ in own \(1, 2\).*by='own'"),
        ({"seed": 1}, {}, "a run is in the table twice"),
        ({"seed": "1"}, {}, "Some seeds are numbers and others texts"),
        ({"train_accuracy": 50}, {}, "goes up to 50, and it is a share of 1"),
        ({"epoch": [4, 5, 6]}, {}, "differ in epoch"),
        ({"own": [[0]] * 3}, {"own": [[1]] * 3}, r"differ in own \(\[0\], \[1\]\)"),
    ],
)
def test_what_somebody_does_to_a_table_is_not_averaged_in_silence(one, other, words, recwarn):
    both = [run_of(0).assign(**one), run_of(1).assign(**other)]
    if words and not words.startswith("warned"):
        with pytest.raises(ValueError, match=words):
            plots.curves(pd.concat(both), "train_accuracy")
        return
    plots.curves(pd.concat(both), "train_accuracy")
    said = " ".join(f"warned: {warning.message}" for warning in recwarn)
    assert re.search(words, said) if words else not said


def test_an_index_tells_runs_apart_too():
    both = [run_of(0), run_of(1)]
    plots.curves(pd.concat(both), "train_accuracy")
    with pytest.raises(ValueError, match=r"differ in the index \(mine, yours\)"):
        plots.curves(pd.concat(dict(zip(("mine", "yours"), both, strict=True))), "train_accuracy")
    with pytest.warns(UserWarning, match=r"differ in own \(1, 2\)"):
        table = pd.concat([run.assign(own=n) for n, run in enumerate(both, 1)]).set_index("own")
        plots.curves(table, "train_accuracy")


def test_points_without_the_seeds_that_failed_are_told(table):
    points = table[table.width == 8]
    with pytest.warns(UserWarning, match="means over 1 to 2 seeds"):
        plots.sweep_curves(points.dropna(), "noise", "loss")
    others = points.fillna(1).assign(seed=[0, 1, 1, 2])
    for draw in (
        partial(plots.sweep_curves, x="noise"),
        partial(plots.heat_map, x="noise", y="width"),
    ):
        with pytest.warns(UserWarning, match="means over 2, and not always the same seeds: if"):
            draw(others, value="loss")


def test_runs_that_were_measured_after_other_updates_are_told(table, recwarn):
    points = table[table.width == 8].fillna(1).assign(step=[30, 30, 60, 60], epoch=1.0)
    plots.sweep_curves(points, "noise", "loss")  # as with other batches
    plots.sweep_curves(points, "noise", "loss", by="step")
    plots.sweep_curves(pd.concat([run_of(0), run_of(1)]), "step", "train_accuracy")
    assert not recwarn
    with pytest.warns(UserWarning, match="means over 1 to 2 seeds"):
        plots.sweep_curves(pd.concat([run_of(0), run_of(1)[1:]]), "step", "train_accuracy")
    stopped = points.assign(step=[30, 20, 60, 60])
    with pytest.warns(UserWarning, match="after 20 to 30 updates, as if one that has ended"):
        plots.sweep_curves(stopped, "noise", "loss")


def _read_back(table):
    return pd.read_csv(io.StringIO(table.to_csv()))


def test_what_an_index_tells_is_told_when_it_has_become_a_column():
    both = pd.concat({"mine": run_of(0), "yours": run_of(1)})
    for table in (both.reset_index(), both.reset_index(level=0), _read_back(both)):
        with pytest.raises(ValueError, match=r"differ in \S+ ?0? \(mine, yours\)"):
            plots.curves(table, "train_accuracy")
    runs = pd.concat([run_of(0), run_of(1)])
    once = plots.curves(runs, "train_accuracy").alt
    for table in (runs.reset_index(), _read_back(_read_back(_read_back(runs)))):
        assert plots.curves(table, "train_accuracy").alt == once


def test_numbers_that_were_filled_in_for_runs_that_failed_are_told(table, recwarn):
    said = np.where(table.loss.isna(), "it diverged", None)
    points = table.assign(error=said)[table.width == 8]
    plots.sweep_curves(points, "noise", "loss")
    plots.sweep_curves(_read_back(points), "noise", "loss")
    plots.sweep_curves(points.ffill().assign(step=[30, 10, 30, 30]), "step", "loss", by="noise")
    assert not [w for w in recwarn if "failed (see" in str(w.message)]
    for filled in (points.ffill(), points.fillna(0), _read_back(points).ffill().fillna("")):
        with pytest.warns(UserWarning, match=r"takes in [123] numbers of runs that failed"):
            plots.sweep_curves(filled, "noise", "loss")


def test_a_row_that_is_a_mean_is_no_run(table):
    means = table.groupby(["rule", "noise", "width"]).mean(numeric_only=True).reset_index()
    with pytest.raises(ValueError, match="one that is no whole number, such as those of a mean"):
        plots.sweep_curves(means[means.width == 8], "noise", "loss")


def test_seeds_can_be_told_apart_along_an_axis(table, recwarn):
    points = table[table.width == 16]
    alt = plots.sweep_curves(points, "seed", "loss", by="noise").alt
    assert "of one seed. noise 1: lowest 16 at seed 0, highest 17 at seed 1" in alt
    assert "161 at noise 10 and seed 1" in plots.heat_map(points, "noise", "seed", "loss").alt
    assert not recwarn


def test_a_network_that_was_given_has_no_usual_width(recwarn):
    drawn, given = run_of(0, width=8), run_of(0, network="Network(64 → 100 tanh → 10 softmax)")
    alt = plots.curves(pd.concat([drawn, given]), "train_accuracy", by="width").alt
    assert ": 8 from 0 to 0.5; none from 0 to 0.5" in alt
    usual = pd.concat([run_of(0, activation="relu"), run_of(1)])[3:]
    assert usual.activation.isna().all()
    assert "tanh from" in plots.curves(usual, "train_accuracy", by="activation").alt
    assert not recwarn


def test_settings_that_look_alike_have_the_digits_that_tell_them_apart():
    rates = [0.1234, 0.12341, 1024.0]
    runs = pd.concat([run_of(0, learning_rate=rate) for rate in rates])
    alt = plots.curves(runs, "train_accuracy", by="learning_rate").alt
    assert all(f" {rate} from 0 to 0.5" in alt for rate in ("0.1234", "0.12341", "1024"))


def test_a_legend_of_many_names_is_no_part_of_the_field_that_lines_cross():
    for count, within in ((5, True), (6, False)):
        frame = pd.DataFrame({f"line {k}": [k, 1.0] for k in range(count)})
        table = (
            frame.rename_axis("x")
            .melt(var_name="who", ignore_index=False)
            .reset_index()
            .assign(seed=0)
        )
        for picture in (
            plots.lines(frame, "x", "y"),
            plots.sweep_curves(table, "x", "value", by="who"),
        ):
            field = ElementTree.fromstring(picture.svg).find(".//*[@id='axes_1']")
            assert (field.find("*[@id='legend_1']") is not None) is within


def test_a_line_has_a_gap_where_a_number_is_missing(monkeypatch):
    drawn = []
    monkeypatch.setattr(Axes, "plot", lambda ax, x, y, *_, **__: drawn.append([*y]))
    five = {"step": range(5), "epoch": range(5), "train_accuracy": [np.nan, 0.5, np.nan, 1, 1]}
    both = pd.concat([pd.DataFrame({"rule": "backprop", "seed": s} | five) for s in (0, 1)])
    plots.curves(both, "train_accuracy")
    assert np.array_equal(drawn[0], [0.5, np.nan, 1, 1], equal_nan=True)
    assert drawn[1] == [0.5]  # a line alone would not show it
    plots.lines(pd.DataFrame({"a": [3, np.nan, 4, 5]}), "x", "y")
    assert np.array_equal(drawn[2], [3, np.nan, 4, 5], equal_nan=True) and drawn[3] == [3]


def test_a_label_that_is_no_formula_is_said():
    with pytest.raises(ValueError, match="between two dollar signs"):
        plots.lines(pd.DataFrame({"a": [1, 2]}), r"$\frac{1}$", "y")


def test_a_line_ends_with_a_cross_where_a_seed_has_stopped():
    rows = [
        {"rule": "backprop", "seed": k, "step": n, "epoch": n, "loss": n}
        for k in (0, 1)
        for n in range(4)
    ]
    assert plots.curves(pd.DataFrame(rows), "loss").alt.endswith("from 0 to 3.")
    with pytest.raises(ValueError, match="seeds of backprop were measured at no step together"):
        plots.curves(pd.DataFrame(rows[:2] + rows[-2:]), "loss")
    stopped = plots.curves(pd.DataFrame(rows[:-2]), "loss")
    assert stopped.alt.endswith("from 0 to 1, where a seed has stopped.")


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_line_ends_with_a_cross_where_all_seeds_have_stopped(seeds, tmp_path, monkeypatch):
    crosses, runs = [], []
    monkeypatch.setattr(
        Axes, "plot", lambda ax, x, y, *how, **_: crosses.extend([(x, y)] * len(how))
    )
    short = {"epochs": 1, "measure_every": 5, "progress": False}
    for seed in range(seeds):
        runs.append(train("backprop", seed=seed, **short))
        with pytest.raises(microlearn.Diverged) as far:
            train("backprop", seed=seed, learning_rate=1e30, **short)
        runs.append(far.value.table)
    rates = {"learning_rate": [0.1, 1e30], "history": True, "folder": tmp_path}
    grid = sweep("backprop", seeds=seeds, **rates, **short)
    for table in (grid, _read_back(grid), pd.concat(runs)):
        crosses.clear()
        said = plots.curves(table, "train_loss", by="learning_rate").alt
        assert said.count("a seed has stopped") == 1 and said.endswith(
            ", where a seed has stopped."
        )
        last = table[table.learning_rate == 1e30].groupby("step")[["epoch", "train_loss"]].mean()
        ((x, y),) = crosses
        assert [x, y] == pytest.approx([*last.iloc[-1]])


def test_a_rule_without_the_setting_is_a_level_line(table):
    level = pd.DataFrame({"rule": "frozen_hidden", "width": 8, "seed": [0, 1], "loss": [3.0, 5.0]})
    both = pd.concat([table[table.width == 8], level])
    picture = plots.sweep_curves(both, x="noise", value="loss")
    assert (
        "backprop with frozen hidden layers: lowest 4, highest 4" in picture.alt
    )  # its entry's title


# --- the student's own rule -----------------------------------------------------------------------

OWN_RULE = """
import os
import numpy as np
from microlearn import fill, presynaptic, sweep

half = np.float32(0.5)

def halved(update):
    return half * update

@fill
def feedback_alignment(network, x, y, loss, feedback):
    activities = network.forward(x)
    delta = loss.output_delta(y, activities[-1], network.activations[-1])
    update = [np.zeros_like(w) for w in network.weights]
    update[-1] = halved(presynaptic(activities[-2]).T @ delta / len(x))
    return update

def process(run):
    return os.getpid()

table = sweep("kolen_pollack", learning_rate=[0.1, 0.2], seeds=2, epochs=1, workers=2,
              measure={"process": process}, progress=False)
alone = sweep("kolen_pollack", learning_rate=[0.1, 0.2], seeds=2, epochs=1, workers=1,
              measure={"process": process}, progress=False, folder="elsewhere")
assert table.error.isna().all(), table.error[0]
assert os.getpid() not in set(table.process) and set(alone.process) == {os.getpid()}
same = [c for c in table if c not in ("seconds", "process")]
assert table[same].equals(alone[same])
print("accuracy", *table.validation_accuracy)
"""


@pytest.mark.slow
def test_in_a_kernel_a_students_own_rule_runs_in_the_workers(tmp_path, finished):
    notebook = new_notebook(cells=[new_code_cell(OWN_RULE)])
    run_notebook(notebook, tmp_path)
    first = outputs(notebook.cells[0])
    assert "accuracy" in first
    # Another half, another answer: nothing kept of the first one is taken for it.
    notebook = new_notebook(cells=[new_code_cell(OWN_RULE.replace("0.5", "0.25"))])
    run_notebook(notebook, tmp_path)
    assert "accuracy" in outputs(notebook.cells[0])
    assert outputs(notebook.cells[0]) != first
    assert len(list(finished.iterdir())) == 8


# --- on a cluster ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.slow
def test_on_a_cluster_that_loses_a_worker_the_table_is_the_local_one(client, tmp_path, stand_in):
    reference = exercises.get_exercise("node_perturbation")

    def node_perturbation(network, x, y, loss, noise, rng):
        return [np.float32(0.5) * u for u in reference(network, x, y, loss, noise, rng)]

    stand_in(node_perturbation)
    grid = {"noise": [0.01, 0.1, 1], "width": [8, 16], "seeds": 4, "epochs": 8, "progress": False}
    folder = tmp_path / "cluster"
    victim, *_ = client.run(os.getpid).values()
    kept = []

    def kill():
        while len(kept) < 3:
            time.sleep(0.01)
            kept[:] = folder.glob("*.json")
        os.kill(victim, signal.SIGKILL)

    # A daemon: if the sweep fails, it waits for ever.
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    on_cluster = sweep("node_perturbation", folder=folder, **grid)  # on the client that is open
    killer.join()
    assert 3 <= len(kept) < len(on_cluster) - 2
    assert victim not in client.run(os.getpid).values()

    local = sweep("node_perturbation", folder=tmp_path / "local", workers=1, **grid)
    pd.testing.assert_frame_equal(numbers(on_cluster), numbers(local), check_exact=True)


@contextmanager
def cluster_of_its_own(workers):
    """A cluster that a test may end, and a client of it that is given, not found."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield cluster, client


SAID = "start it again, or give workers= to stay on this machine"


@pytest.mark.slow
@pytest.mark.parametrize("end", ["the client", "the cluster", "the last worker"])
def test_a_cluster_that_ends_under_way_is_said_and_what_is_finished_is_kept(
    end, finished, capsys, monkeypatch
):
    monkeypatch.setattr(workers, "PATIENCE", 2.0)

    def slow(run):
        import time

        time.sleep(0.5)
        return float(run.network.weights[0].sum())

    with cluster_of_its_own(1) as (cluster, client):

        def leave():
            while not list(finished.glob("*.json")):
                time.sleep(0.01)
            {"the client": client.close, "the cluster": cluster.close}.get(
                end, partial(cluster.scale, 0)
            )()

        threading.Thread(target=leave, daemon=True).start()
        words = "has no worker" if end == "the last worker" else "has dropped the sweep"
        grid = {"seeds": 8, "epochs": 0, "measure": {"slow": slow}, "progress": False}
        with pytest.raises(RuntimeError, match=f"{words}: {SAID}. What is finished is kept"):
            sweep("backprop", client=client, **grid)
    if end == "the last worker":
        assert "has no worker. Waiting 2 seconds for one" in capsys.readouterr().out
    assert 1 <= len(list(finished.iterdir())) < 8


@pytest.mark.slow
def test_a_cluster_without_a_worker_is_said_and_a_late_one_is_taken(finished, capsys, monkeypatch):
    grid = {"seeds": 2, "epochs": 0, "progress": False}
    with cluster_of_its_own(0) as (cluster, client):
        monkeypatch.setattr(workers, "PATIENCE", 0.5)
        with pytest.raises(RuntimeError, match=f"has no worker: {SAID}"):
            sweep("backprop", client=client, **grid)
        monkeypatch.setattr(workers, "PATIENCE", 60.0)
        threading.Timer(2, cluster.scale, [1]).start()
        assert sweep("backprop", client=client, **grid)["error"].isna().all()
    assert "has no worker. Waiting 60 seconds for one" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match=f"client is closed: {SAID}"):
        sweep("backprop", client=client, **grid | {"seeds": 3})


@pytest.mark.slow
def test_a_worker_that_would_compute_other_numbers_is_refused(client, finished):
    def become(version):
        import numpy

        numpy.__version__ = version

    victim, *_ = client.scheduler_info()["workers"]
    client.run(become, "0.1", workers=[victim])
    try:
        with pytest.raises(RuntimeError, match=r"The worker tcp.* numpy 0\.1,.*Install the same"):
            sweep("backprop", seeds=2, epochs=1, progress=False)
    finally:
        client.run(become, np.__version__, workers=[victim])
    assert not finished.exists()


def test_dask_is_not_imported_unless_it_is_in_use(tmp_path):
    script = (
        "import sys; from microlearn import sweep;"
        "sweep('backprop', seeds=2, epochs=1, workers=2, progress=False);"
        "assert not {'dask', 'distributed'} & set(sys.modules)"
    )
    environment = os.environ | {"MICROLEARN_SWEEPS": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)


def test_an_answer_of_a_cell_has_the_fingerprint_of_its_copy_and_no_other():
    body = """
def f(x, k={"a", "b"}):
    for name in {"left", "right", "none"}:
        if name in {"left", "right", "none"} and np.any(x.copy()):
            x = x + np.sum([base.g(j) for j in x if j], axis=0)
            LINE
    try:
        x = np.exp(-x)
        LAST
    except ArithmeticError:
        x = None
    AFTER
    return f"{x!r}", lambda q: np.abs(q), -1
"""

    def made(head="", **lines):
        text = body
        for gap, line in {"LINE": "pass", "LAST": "pass", "AFTER": "pass", **lines}.items():
            text = text.replace(gap, line)
        cell = {"np": np, "base": np.random}
        exec(f"{head}\n{text}", cell)
        return fingerprint(cell["f"])

    assert made("import numpy as np\nimport numpy.random as base") == made() == made(LINE="pass")
    step = "x = x + np.sum(x)"
    others = [{}, {"LINE": step}, {"LAST": step}, {"AFTER": step}]  # where a line stands counts
    outside = body.replace("            LINE", "        LINE")
    assert len({made(**lines) for lines in others}) == len(others)
    inside = made(LINE=step)
    body = outside
    assert made(LINE=step) != inside
