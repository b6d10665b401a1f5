"""The judge: an answer earns what it does, and nothing for what it tries to do besides."""

from __future__ import annotations

import io
import os
import platform
import shutil
import socket
import subprocess
import sys
import threading

import nbformat
import numpy as np
import pytest
from conftest import LESSONS, ROOT
from nbformat.v4 import new_code_cell, new_notebook

from autograde_tests import hidden_test
from grader import bubblewrap, cgroup, landlock, sandbox, wire
from grader.cells import code_for
from grader.inside import _describe, defined
from grader.judge import RemoteAnswer, boxed, builds_on, judge
from grader.notebooks import released_answers
from grader.sandbox import Box, MachineTrouble, NoSandbox, sandbox_works
from grader.submission import fingerprint, grade
from microlearn.checking.answer import InProcess
from microlearn.checking.facts import Broken
from microlearn.checking.trial import OnTrial
from microlearn.exercises import SOLUTIONS, exercise_names, reference

needs_sandbox = pytest.mark.skipif(
    not sandbox_works(), reason="bubblewrap is missing or forbidden here"
)


def solution(name):
    return (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def box():
    """A box takes longer to start than most answers to be judged."""
    with Box() as box:
        yield box


@needs_sandbox
@pytest.mark.parametrize("name", exercise_names())
def test_the_reference_is_right(name, box):
    report = judge(name, solution(name), seed=1, box=box)
    assert report.passed, report


@needs_sandbox
def test_a_number_in_an_array_of_one_is_that_number():
    code = solution("matched_learning_rate").replace("return ", "return np.ones(1) * ")
    assert judge("matched_learning_rate", code, seed=1).passed


@needs_sandbox
def test_what_an_answer_does_to_a_list_is_seen_through_the_pipe():
    code = solution("passes_for_finite_differences")
    used_up = code.replace(
        "    return ", "    given, sizes = sizes, sizes.copy(); given.pop()\n    return "
    )
    report = judge("passes_for_finite_differences", used_up, seed=1)
    assert "had changed afterwards" in str(report)


@needs_sandbox
@pytest.mark.parametrize("name", ["node_perturbation", "signal_angle", "lra_diff"])
def test_thousands_of_calls_take_few_trips_through_the_pipe(name, monkeypatch):
    trips, exchange = [], RemoteAnswer._exchange
    monkeypatch.setattr(
        RemoteAnswer, "_exchange", lambda self, *given: trips.append(0) or exchange(self, *given)
    )
    assert judge(name, solution(name), seed=1).passed
    assert len(trips) < 60


@needs_sandbox
def test_each_case_has_a_call_of_its_own_up_to_one_that_fails():
    code = """
def decay_to_meet(fraction, steps, learning_rate):
    assert steps, "no step"
    return fraction
"""
    scope = {}
    exec(code, scope)
    cases = [(0.5, 1, 1.0), (0.25, 1, 1.0), (0.75, 0, 1.0), (0.1, 1, 1.0)]
    with boxed("decay_to_meet", code) as remote:
        for answer in (remote, InProcess("decay_to_meet", scope["decay_to_meet"])):
            results = OnTrial(answer).each(cases)
            assert [next(results), next(results)] == [0.5, 0.25]
            with pytest.raises(Exception, match="no step"):
                next(results)


@needs_sandbox
@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("backprop", "delta = (delta @", "delta = -(delta @", "sign flips"),
        ("weight_perturbation", "noise**2", "noise", "σ where σ² belongs"),
        ("node_perturbation", "-rise[:, None]", "-rise.mean()", ""),
        ("feedback_alignment", "feedback[l]", "network.weights[l][:-1].T", "weights of their own"),
        ("mean_squared_error", "0.5 * ", "", "factor ½"),
        ("forward", "presynaptic(activities[-1]) @ w", "activities[-1] @ w[:-1]", "left out"),
        ("kolen_pollack", "update[l][:-1] -=", "network.weights[l][:-1] -=", ""),
        ("signal_to_noise", "np.abs(mean[live])", "mean[live]", "absolute value"),
        (
            "convolutional_backprop",
            "network.unpool(delta, look.winners)",
            "delta",
            "in the line `kernels = get_exercise",
        ),
    ],
)
def test_a_wrong_answer_is_found_out_through_the_pipe_too(name, old, new, words):
    text = solution(name)
    head, region = text.split("### BEGIN SOLUTION")
    assert old in region
    report = judge(name, f"{head}{region.replace(old, new)}", seed=2)
    assert report.attempted
    assert not report.passed
    assert words in str(report)


CHEATS = {
    "reads the solutions": f"""
import importlib.util
def mean_squared_error(y, prediction):
    spec = importlib.util.spec_from_file_location("s", {str(SOLUTIONS / "mean_squared_error.py")!r})
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mean_squared_error(y, prediction)
""",
    "patches the checks and numpy": """
import numpy as np
import microlearn.checking as checking
import microlearn.reports as reports
np.allclose = np.isclose = lambda *a, **k: True
reports.Report.score = 1.0
checking.check = lambda *a, **k: reports.Report("x", True)
def mean_squared_error(y, prediction):
    return 0.0
""",
    "ends the program": """
import os
def mean_squared_error(y, prediction):
    os._exit(0)
""",
    "writes where the verdict should go": """
import os
for descriptor in range(3, 20):
    try:
        os.write(descriptor, b"passed" * 1000)
    except OSError:
        pass
def mean_squared_error(y, prediction):
    return 0.0
""",
    "returns an object": """
class Anything:
    def __eq__(self, other): return True
    def __float__(self): return 0.0
def mean_squared_error(y, prediction):
    return Anything()
""",
    "raises an exit": """
def mean_squared_error(y, prediction):
    raise SystemExit("passed")
""",
    "fails before it is defined": "raise KeyboardInterrupt",
    "takes all the memory": """
def mean_squared_error(y, prediction):
    hoard = bytearray(8 * 2**30)
    return 0.5 * ((y - prediction) ** 2).sum(axis=1).mean()
""",
}


@needs_sandbox
@pytest.mark.parametrize("how", CHEATS)
def test_a_cheat_earns_nothing(how):
    report = judge("mean_squared_error", CHEATS[how])
    assert report.attempted
    assert report.score == 0


SECRETS = [str(ROOT / name) for name in ("solutions", ".git", "gradebook.db", "tests")]
SECRETS += ["/root/.bashrc", "/home", "/etc/passwd"]


@needs_sandbox
def test_the_box_has_no_network_no_gradebook_and_no_place_to_write():
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
import os, socket
def probe():
    try:
        socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=1)
        return 1.0
    except OSError:
        pass
    for path in {SECRETS!r}:
        if os.path.exists(path):
            return 3.0
    for folder in ({str(ROOT / "microlearn")!r}, {sys.prefix!r}, "/usr"):
        try:
            open(os.path.join(folder, "x"), "w").close()
            return 4.0
        except OSError:
            pass
    return 0.5
def mean_squared_error(y, prediction):
    return probe()
"""
        report = judge("mean_squared_error", code)
    # What it says is the number for "everything is shut".
    assert "0.5 for e" in str(report), report


@needs_sandbox
def test_a_helper_in_another_cell_is_found_and_a_slow_cell_is_not_run():
    answer = new_code_cell(
        "def mean_squared_error(y, prediction):\n    return np.mean(squares(y - prediction))"
    )
    answer.metadata["nbgrader"] = {"grade_id": "mean_squared_error"}
    notebook = new_notebook(
        cells=[
            new_code_cell("%matplotlib inline\nimport numpy as np\nraise RuntimeError('slow')"),
            new_code_cell("HALF = 0.5\nwhile True: pass"),
            new_code_cell("def squares(e):\n    return HALF * np.sum(e ** 2, axis=1)"),
            answer,
        ]
    )
    code = code_for(notebook, "mean_squared_error", released="")
    assert judge("mean_squared_error", code).passed
    assert code_for(notebook, "backprop", released="") is None
    assert code_for(notebook, "mean_squared_error", released=answer.source + "  # same") is None


def notebook_of(*sources):
    """A notebook of code cells, in which one with @fill is the answer cell of what it defines."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    for cell in notebook.cells:
        if "@fill" in cell.source:
            cell.metadata["nbgrader"] = {
                "grade_id": cell.source.partition("@fill\ndef ")[2].partition("(")[0]
            }
    return notebook


FIRST = "import numpy as np\nfrom microlearn import *"
MSE = "@fill\ndef mean_squared_error(y, prediction):\n    return "
PLAIN = f"{MSE}0.5 * np.mean(np.sum((y - prediction) ** 2, axis=1))"
HALVED = f"{MSE}np.mean(halves(y - prediction))"
HALVES = "def halves(e):\n    return 0.5 * np.sum(e ** 2, axis=1)"
COSINE = (
    "@fill\ndef cosine_similarity(a, b):\n"
    "    u, v = (np.concatenate([p.ravel() for p in q]) for q in (a, b))\n"
    "    size = np.linalg.norm(u) * np.linalg.norm(v)\n    return u @ v / size if size > 0 else np.nan"
)
ANGLE = "@fill\ndef alignment_angle(weights, feedback):\n    "
OWN_COSINE = "def cosine(u, v):\n    return np.sum(u * v) / np.linalg.norm(u) / np.linalg.norm(v)\n"
DEGREES = "return np.degrees(np.arccos(np.clip({}, -1, 1)))"

RIGHT = {
    "its own helper is called like something further down": (
        FIRST,
        OWN_COSINE + ANGLE + DEGREES.format("cosine(weights[:-1].T, feedback)"),
        'cosine = get_exercise("cosine_similarity")',
    ),
    "a helper above is called like something further down": (
        FIRST,
        HALVES,
        HALVED,
        "def halves(layer):\n    return get_exercise('signal_angle')",
    ),
    "a helper stands further down": (FIRST, HALVED, HALVES),
    "a helper was mended further down": (
        FIRST,
        "def halves(e):\n    return e",
        "def norm(e):\n    return halves(e)",
        HALVES,
        f"{MSE}np.mean(norm(y - prediction))",
    ),
    "what a helper needs at once comes first": (
        FIRST,
        "from functools import cache\nTWO = 2\nHALF = 1 / TWO\nHALF = HALF * TWO / 2",
        "@cache\ndef half(unit: np.float64 = HALF):\n    return unit",
        f"import numpy as np\n{MSE}half() * np.mean(np.sum((y - prediction) ** 2, axis=1))",
    ),
    "it builds upon what the notebook has": (
        FIRST,
        "HALF = 1.0",
        f"HALF = HALF / 2\n{MSE}HALF * np.mean(np.sum((y - prediction) ** 2, axis=1))",
    ),
    "what Python has is redefined further down": (
        FIRST,
        f"{MSE}0.5 * sum(sum((y - prediction) ** 2)) / len(y)",
        "sum, len = 1, 2",
    ),
    "another exercise is asked for": (
        FIRST,
        COSINE,
        ANGLE + DEGREES.format('get_exercise("cosine_similarity")([weights[:-1].T], [feedback])'),
    ),
    "a trial fails in the box": (
        FIRST,
        "for k in range(3):\n    trial = k",
        f"{PLAIN}\nmean_squared_error(trial, trial)",
    ),
    "a trial names what takes for ever": (
        FIRST,
        "while True: pass",
        f"{PLAIN}\nprint(ever)",
        "import time\never = time.sleep(1000)",
    ),
    "a helper fails in the box": (
        FIRST,
        "WHERE = open('/etc/hostname').read()",
        "SMALL = WHERE and 1e-12",
        HALVES,
        "@fill\ndef mean_squared_error(y, prediction):\n    if y is None: return SMALL\n"
        "    return np.mean(halves(y - prediction))",
    ),
    "it displays what it does": (
        FIRST,
        PLAIN.replace("    return", "    display(y)\n    return") + "\ndisplay('done')",
    ),
    "all of another module is imported, too": (
        "import numpy as np\nfrom math import *\nfrom microlearn import *\nfrom numpy import *",
        f"{MSE}mean(sum((y - prediction) ** 2, axis=1)) * sqrt(get_loss and 0.25)",
    ),
    "a table is filled in": (
        FIRST,
        "TABLE = {}\nk = 'b'",
        "TABLE['a'] = TABLE[k] = 1\nTABLE['a'] -= 0.5\nTABLE.c = 1\n(k, *TABLE['d']) = 'be'",
        f"TABLE['a'] *= 2\n{PLAIN} * TABLE['a'] * TABLE['b']",
    ),
    "there is magic about the helper": (
        FIRST,
        "files = !ls\nnp.mean?\n%timeit \\\n  halves(1)\n"
        f"{HALVES}\nif files:\n    !pip install it\n?np",
        f"%%time\nnp.sum??\n{HALVED}\n    %time mean_squared_error(1, 1)",
    ),
    "a long expression begins a line with a sign": (
        FIRST,
        "SEVEN = (20\n    % 13)",
        f"{MSE}np.mean(np.sum((y - prediction) ** 2, axis=1)) * 3.5 / SEVEN",
    ),
    "the future is imported": (
        FIRST,
        HALVES,
        "from __future__ import annotations\n" + HALVED.replace("y, p", "y: Nothing, p"),
    ),
}


@needs_sandbox
@pytest.mark.parametrize("how", RIGHT)
def test_a_right_answer_passes_whatever_stands_around_it(how):
    notebook = notebook_of(*RIGHT[how])
    name = "alignment_angle" if "angle(weights" in str(RIGHT[how]) else "mean_squared_error"
    report = judge(name, code_for(notebook, name, released=""))
    assert report.passed, report


RULE = "from microlearn import *\n@fill\ndef {}(network, x, y, loss{}):\n    {}"
BY_FEEDBACK = RULE.format(
    "backprop",
    "",
    "b = [None, *(w[:-1].T for w in network.weights[1:])]\n"
    "    return get_exercise('feedback_alignment')(network, x, y, loss, b)",
)
BY_KOLEN_POLLACK = RULE.format(
    "feedback_alignment",
    ", feedback",
    "return get_exercise('kolen_pollack')(network, x, y, loss, feedback, 0.0)[0]",
)
# Feedback alignment is backprop in a network whose weights lead down as feedback.
BY_BACKPROP = RULE.format(
    "feedback_alignment",
    ", feedback",
    """
    class Mixed:
        activations = network.activations
        weights = [
            w if b is None else np.vstack([b.T, w[-1:]]) for w, b in zip(network.weights, feedback)
        ]
        forward = staticmethod(network.forward)
    return get_exercise('backprop')(Mixed, x, y, loss)""",
).replace("from", "import numpy as np\nfrom", 1)


@needs_sandbox
def test_an_answer_may_build_on_what_came_earlier_and_on_nothing_that_comes_later():
    assert judge("feedback_alignment", BY_BACKPROP, seed=1).passed
    for name, code in (("backprop", BY_FEEDBACK), ("feedback_alignment", BY_KOLEN_POLLACK)):
        report = judge(name, code, seed=1)
        assert report.score == 0
        assert "comes no earlier in the course" in str(report)
    asks_itself = BY_BACKPROP.replace("'backprop'", "'feedback_alignment'")
    assert judge("feedback_alignment", asks_itself, seed=1).score == 0


@needs_sandbox
def test_an_answer_builds_on_the_students_own_right_or_wrong_and_not_on_a_gap():
    def verdict(backprop):
        code = code_for(
            notebook_of(FIRST, backprop, BY_BACKPROP), "feedback_alignment", released=""
        )
        return judge("feedback_alignment", code, seed=1)

    own = solution("backprop").replace(
        "def backprop", "from microlearn import fill\n@fill\ndef backprop"
    )
    wrong = own.replace("(delta / len(x))", "delta")
    gap = released_answers()["backprop"]
    assert wrong != own
    assert [verdict(code).passed for code in (own, wrong, gap)] == [True, False, True]


def test_no_reference_that_is_lent_is_that_of_the_judged_exercise_or_asks_for_it():
    for name in exercise_names():
        lent = boxed(name, "").lent
        assert name not in lent
        assert not any(name in builds_on(other) for other in lent)
    assert "backprop" in boxed("feedback_alignment", "").lent


@needs_sandbox
def test_the_error_that_keeps_the_function_from_being_defined_is_the_one_that_is_told():
    code = "open('/nowhere')\nfrom microlearn import fill\n" + MSE.replace(", p", ", my_p") + "0"
    assert "yours takes (y, my_prediction)" in str(judge("mean_squared_error", code))
    assert "defines no function" in str(judge("mean_squared_error", "half = 0.5"))
    assert "no_such_name" in str(judge("mean_squared_error", "no_such_name"))


def test_the_code_of_an_answer_does_not_hang_on_how_python_hashes():
    helpers = "\n".join(f"def f{k}(): return g{k}, np, fill\ng{k} = {k}" for k in range(20))
    answer = f"{PLAIN} + 0 * ({' + '.join(f'f{k}()' for k in range(20))})"
    notebook = nbformat.writes(notebook_of(FIRST, helpers, answer))
    program = (
        "import sys, nbformat; from grader.cells import code_for\n"
        "notebook = nbformat.reads(sys.stdin.read(), as_version=4)\n"
        "print(code_for(notebook, 'mean_squared_error', ''))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=notebook,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(2)
    }
    assert len(seen) == 1
    assert "g19 = 19" in seen.pop()


def test_no_more_runs_than_the_answer_uses():
    notebook = notebook_of(
        FIRST, "data = load('digits')", HALVES, f"{HALVED}\nprint(data)", OWN_COSINE
    )
    code = code_for(notebook, "mean_squared_error", released="")
    assert "load(" not in code
    assert "cosine" not in code


@needs_sandbox
def test_the_facts_rest_on_the_reference_and_not_on_what_lies_in_the_folder(tmp_path, monkeypatch):
    (tmp_path / "my_rules").mkdir()
    text = solution("feedback_alignment").replace("feedback[l]", "-feedback[l]")
    assert text != solution("feedback_alignment")
    (tmp_path / "my_rules" / "feedback_alignment.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    report = judge("kolen_pollack", solution("kolen_pollack"), seed=1)
    assert report.passed, report


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_answers_of_every_solved_lesson_take_nothing_else_along(lesson):
    """That they pass as well is what test_nbgrader.py grades."""
    notebook = nbformat.read(ROOT / "solutions" / lesson / f"{lesson}.ipynb", as_version=4)
    for name in exercise_names():
        code = code_for(notebook, name, released_answers().get(name, ""))
        if code is not None:
            # an answer's own variables and Python's own functions drag nothing in
            assert "load(" not in code and "plots" not in code


def test_without_a_sandbox_it_refuses(monkeypatch):
    monkeypatch.setattr("grader.sandbox.sandbox_works", lambda: False)
    monkeypatch.delenv("MICROLEARN_UNSANDBOXED", raising=False)
    with pytest.raises(NoSandbox, match="apt install bubblewrap"):
        Box().start()


def test_root_never_runs_answers_without_a_sandbox_and_others_say_so_each_time(monkeypatch):
    monkeypatch.setattr("grader.sandbox.sandbox_works", lambda: False)
    monkeypatch.setenv("MICROLEARN_UNSANDBOXED", "yes")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(NoSandbox, match="as root"):
        Box().start()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    raw = (ROOT / "notebooks" / LESSONS[0] / f"{LESSONS[0]}.ipynb").read_bytes()
    assert sandbox.WITHOUT in grade(raw, LESSONS[0], b"secret", fingerprint()).notes


def test_messages_arrive_as_they_were_sent(tmp_path):
    message = {
        "a": [np.arange(6.0).reshape(2, 3), None, True, "ψ", 3, np.float32(2.5)],
        "b": (np.zeros((0, 3), dtype=np.float32), {"c": np.array([1, 2])}),
    }
    path = tmp_path / "pipe"
    with path.open("wb") as pipe:
        wire.send(pipe, message)
    with path.open("rb") as pipe:
        again = wire.receive(pipe)
    np.testing.assert_array_equal(again["a"][0], message["a"][0])
    assert again["a"][1:5] == [None, True, "ψ", 3]
    assert again["a"][5] == 2.5
    assert again["b"][0].shape == (0, 3)
    many = [[np.full((2, 3), k), (np.arange(k, k + 4.0), np.zeros((1, 0)))] for k in range(50)]
    for results in (many, [*many, None], [*many, [np.zeros((3, 2)), many[0][1]]], [[], []] * 9):
        pipe = io.BytesIO()
        wire.send(pipe, results)
        pipe.seek(0)
        assert str(wire.receive(pipe, plain=True)) == str(results)
    pipe = io.BytesIO()
    wire.send(pipe, many)
    assert len(pipe.getvalue()) < 50 * (2 * 3 + 4) * 8 + 300
    pipe.seek(0)
    with pytest.raises(wire.Garbled, match="larger"):  # in memory they take more
        wire.receive(pipe, limit=len(pipe.getvalue()), plain=True)
    children = []
    for _ in range(2):
        rng = np.random.default_rng(1)
        with path.open("wb") as pipe:
            wire.send(pipe, [rng])
        with path.open("rb") as pipe:
            children.append(wire.receive(pipe)[0].normal())
    assert children[0] == children[1] != rng.normal()  # it follows the generator, and is another
    with path.open("wb") as pipe:
        pipe.write(b"\xff" * 64)
    with path.open("rb") as pipe, pytest.raises(wire.Garbled, match="bytes"):
        wire.receive(pipe)


@pytest.mark.parametrize("name", exercise_names())
def test_the_hidden_test_tells_what_the_facts_let_through(name):
    """It refuses an answer that is a hundredth off, and accepts the reference."""
    right = reference(name)

    def off(value):
        if isinstance(value, list | tuple):
            return type(value)(map(off, value))
        return value if value is None else 1.01 * np.asarray(value)

    test, rng = hidden_test(name), np.random.default_rng(1)
    test(InProcess(name, right), right, rng)
    if hidden_test(name) is hidden_test("backprop"):
        with pytest.raises(Broken):
            test(InProcess(name, lambda *given: off(right(*given))), right, rng)


@needs_sandbox
def test_a_box_that_the_machine_has_no_room_for_is_no_wrong_answer(monkeypatch):
    code = "def decay_to_meet(fraction, steps, learning_rate):\n    import os; os._exit(1)"
    kills = iter(range(9))
    with monkeypatch.context() as patched:
        patched.setattr(sandbox, "killed_for_memory", lambda: next(kills))
        with pytest.raises(MachineTrouble, match="out of memory"):
            judge("decay_to_meet", code)
    monkeypatch.setattr(sandbox, "_own", threading.local())
    monkeypatch.setattr(
        sandbox.bubblewrap,
        "start",
        lambda *_, **__: subprocess.Popen(["true"], start_new_session=True),
    )
    with pytest.raises(MachineTrouble, match="no room"):
        judge("decay_to_meet", code)


def test_a_file_that_was_not_handed_in_is_said_to_be_missing():
    for error in (ModuleNotFoundError("No module named 'helpers'"), FileNotFoundError("my.npy")):
        assert "no other file of yours" in _describe(error)[1]
    head = "from helpers import half as h\nnumber = number + 1\n"
    for name, words in {"h": "No module named 'helpers'", "number": "name 'number' is not"}.items():
        function = defined("decay_to_meet", f"{head}def decay_to_meet():\n    return {name}")
        with pytest.raises(NameError) as caught:
            function()
        assert words in _describe(caught.value)[1]


RIGHT_LOSS = """import os, signal
import numpy as np
from microlearn import network
def mean_squared_error(y, prediction):
    {}
    return 0.5 * np.mean(np.sum((y - prediction) ** 2, axis=1))
"""


@needs_sandbox
@pytest.mark.parametrize(
    "what",
    [
        "np.sum = network.Network.forward = None",
        "open('/tmp/note', 'w').write('0.5')",
        "[os.write(k, b'x' * 99) for k in range(3, 20) if os.path.exists(f'/proc/self/fd/{k}')]",
        "os.kill(os.getppid(), signal.SIGKILL)",
        "os.kill(os.getppid(), signal.SIGSTOP)",
        "os._exit(0)",
        "open(f'/proc/{os.getppid()}/mem', 'r+b').write(b'x')",
        "[open(f'/tmp/{k}', 'w').close() for k in range(10**6)]",
    ],
)
def test_whatever_an_answer_does_to_the_box_the_next_one_is_judged_as_ever(what):
    with Box() as box:
        judge("mean_squared_error", RIGHT_LOSS.format(what), box=box)
        clean = "assert not os.path.exists('/tmp/note')"
        assert judge("mean_squared_error", RIGHT_LOSS.format(clean), box=box).score == 1.0


@needs_sandbox
def test_an_answer_starts_no_process_and_sees_no_memory_and_no_pipes_but_its_own():
    with Box() as box:
        for line in (
            "os.fork()",
            "os.posix_spawn('/bin/true', ['true'], {})",
            "open(f'/proc/{os.getppid()}/mem', 'rb')",
            "os.listdir(f'/proc/{os.getppid()}/fd')",
        ):
            code = "import os\ndef decay_to_meet(fraction, steps, learning_rate):\n    try:\n"
            code += f"        {line}\n    except OSError:\n        return 1.0\n"
            with boxed("decay_to_meet", code, box=box) as answer:
                assert answer(0.5, 10, 0.1) == 1.0, line


SHUT_IN = """import ctypes, os
def decay_to_meet(fraction, steps, learning_rate):
    libc = ctypes.CDLL(None, use_errno=True)
    def fails(action):
        try:
            return action() == -1
        except OSError:
            return True
    state = [
        os.geteuid() in (*range({first}, {last}), {me}),
        fails(lambda: os.kill(os.getppid(), 0)),
        fails(lambda: os.fork()),
        fails(lambda: os.execv("/bin/true", ["true"])),
        fails(lambda: libc.syscall({socket}, 1, 1, 0)),
        fails(lambda: libc.syscall(436, 60, 63, 0)) and ctypes.get_errno() == 38,  # ENOSYS: not EPERM
        not os.path.exists("/usr/bin"),
        not {landlock} or fails(lambda: os.listdir("/proc")),
    ]
    return [float(each) for each in state]
"""


@needs_sandbox
def test_an_answer_is_shut_in_many_times():
    user = sandbox.NOBODIES
    given = {"first": user[0], "last": user[-1] + 1, "me": os.geteuid() or user[0]}
    given |= {"landlock": landlock.ruleset() is not None}
    given |= {"socket": {"x86_64": 41, "aarch64": 198}[platform.machine()]}
    with boxed("decay_to_meet", SHUT_IN.format(**given)) as answer:
        assert answer(0.5, 10, 0.1) == [1.0] * 8


@needs_sandbox
def test_a_box_has_the_modules_that_were_asked_for_and_the_next_one_has_not():
    code = "import sys\ndef decay_to_meet(fraction, steps, learning_rate):\n"
    code += "    return float('wave' in sys.modules)\n"
    for modules in (["wave", "no_such_module"], []):
        with Box(modules) as box, boxed("decay_to_meet", code, box=box) as answer:
            assert answer(0.5, 10, 0.1) == float("wave" in modules)


@needs_sandbox
def test_a_box_that_ended_while_nobody_looked_is_made_anew():
    with Box() as box:
        assert judge("mean_squared_error", RIGHT_LOSS.format(""), box=box).score == 1.0
        box.kill()
        box._first.wait()
        assert judge("mean_squared_error", RIGHT_LOSS.format(""), box=box).score == 1.0


def test_a_control_group_limits_a_box_and_is_gone_with_it(tmp_path, monkeypatch):
    """On a tree that looks like the kernel's, since few machines give one to the tests."""
    monkeypatch.setattr(cgroup, "TREE", tmp_path)
    monkeypatch.setattr(cgroup, "OURS", tmp_path / "own")
    cgroup.home.cache_clear()
    (tmp_path / "own").write_text("0::/user/terminal\n")
    home, forbidden = tmp_path / "user", tmp_path / "user" / "terminal"
    forbidden.mkdir(parents=True)
    (forbidden / "cgroup.subtree_control").write_text("")
    (home / "cgroup.subtree_control").write_text("cpu memory pids")
    left = home / f"{cgroup.NAME}-0-dead"
    left.mkdir()
    try:
        monkeypatch.setattr(cgroup.Group, "close", lambda group: shutil.rmtree(group.folder))
        assert cgroup.home() == home and not left.exists()
        made = cgroup.Group(home, {"memory.max": "1"})
        inside = subprocess.run(
            [*made.command(), "sh", "-c", "echo $$"], capture_output=True, check=True
        )
        assert (made.folder / "cgroup.procs").read_bytes() == inside.stdout
        (made.folder / "memory.events").write_text("low 0\noom 0\noom_kill 1\n")
        assert not made.is_full()
        (made.folder / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
        assert made.is_full()
        made.close()
        assert {path.name for path in home.iterdir()} == {"terminal", "cgroup.subtree_control"}
        (home / "cgroup.subtree_control").write_text("cpu")
        cgroup.home.cache_clear()
        assert cgroup.home() is None
    finally:
        cgroup.home.cache_clear()


@needs_sandbox
def test_a_second_submission_starts_no_sandbox_where_the_first_one_can_be_copied(monkeypatch):
    copies, starts, started, start = sandbox._has_stems(), [], [], bubblewrap.start
    monkeypatch.setattr(sandbox, "_own", threading.local())
    monkeypatch.setattr(
        bubblewrap, "start", lambda *given, **how: started.append(1) or start(*given, **how)
    )
    lesson = LESSONS[0]
    raw = (ROOT / "solutions" / lesson / f"{lesson}.ipynb").read_bytes()
    for copied in (copies, copies, False):
        monkeypatch.setattr(sandbox, "_has_stems", lambda copied=copied: copied)
        marks = grade(raw, lesson, b"secret", fingerprint()).marks
        assert len(marks) > 2 and set(marks.values()) == {1.0}
        starts.append(len(started))
    assert starts == ([1, 1, 2] if copies else [1, 2, 3])
