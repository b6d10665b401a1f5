"""What the tests share: running notebooks in real kernels, and the real MNIST where it is."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import browser
import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("[0-9][0-9]_*.md"))

# Two tests run at a time. The threads of a BLAS wait for each other by spinning, so that on two cores a
# lesson would take three times as long beside another test as it does alone. numpy reads this once, when
# it is imported.
assert "numpy" not in sys.modules, "numpy was imported before its threads were set"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

STARTED = time.monotonic()
SLOWEST = [
    "lessons",
    "hostile",
    "nbgrader",
    "runner",
    "widgets",
    "site",
    "colab",
    "sweeps",
    "mutation",
]
"""The files with the longest tests. They start first, so that all workers end together with short ones.
The lessons come before the site, which shows their runs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--minutes", type=float, help="how long the run may take, for the budget at its end"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # A group shares something costly: a graded class, the site, a kernel.
        if item.get_closest_marker("xdist_group"):
            item.add_marker("slow")
    order = {f"test_{name}": number for number, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Print the budget: where the seconds went, file by file, and how many there may be."""
    reports = [
        report
        for group in terminalreporter.stats.values()
        for report in group
        if isinstance(report, pytest.TestReport)
    ]
    found = sum(
        dict(report.user_properties).get("found", False)
        for report in reports
        if report.when == "call"
    )
    if found:
        terminalreporter.write_line(
            f"{found} solved lessons ran before, and nothing has changed since (build/executed/)."
        )
    seconds: Counter[str] = Counter()
    for report in reports:
        seconds[report.nodeid.partition("::")[0]] += report.duration
    if config.option.minutes is None:
        return
    terminalreporter.section("seconds of each file, setting up included")
    for name, total in seconds.most_common():
        if total >= 1:
            terminalreporter.write_line(f"{total:7.0f}  {name}")
    minutes = (time.monotonic() - STARTED) / 60
    terminalreporter.write_line(
        f"{sum(seconds.values()):7.0f}  in all, in {minutes:.1f} minutes; "
        f"the goal is {config.option.minutes:g} minutes on two idle cores",
        red=minutes > config.option.minutes,
    )


COLAB = ROOT / ".venv-colab"
if (COLAB / ".ready").is_file():
    os.environ.setdefault("MICROLEARN_COLAB_PYTHON", str(COLAB / "bin" / "python"))


needs_browser = pytest.mark.skipif(
    not (importlib.util.find_spec("playwright") and browser.chromium()),
    reason="Playwright or Chromium is not on this machine",
)


@pytest.fixture
def colab_python() -> Path:
    """A Python with Colab's versions of what microlearn needs."""
    python = os.environ.get("MICROLEARN_COLAB_PYTHON")
    if not python:
        pytest.skip("no environment with Colab's versions: `make colab-env` says why")
    return Path(python)


def colab_kernel(python: Path, folder: Path, **environment: str) -> str:
    """Make a kernel of that Python, in a folder for JUPYTER_PATH; return its name."""
    spec = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Colab",
        "language": "python",
        # Colab's version of the debugger warns about Python 3.13.
        "env": {"PYDEVD_DISABLE_FILE_VALIDATION": "1"} | environment,
    }
    path = folder / "kernels" / "colab" / "kernel.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(spec))
    return "colab"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """microlearn as a student installs it."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", folder, ROOT], check=True)
    (path,) = folder.glob("microlearn-*.whl")
    return path


@pytest.fixture(scope="session")
def unpacked(wheel) -> Path:
    """A folder with what is in the wheel, for a PYTHONPATH."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(wheel.parent / "unpacked")
    return wheel.parent / "unpacked"


@pytest.fixture(autouse=True)
def finished(tmp_path, monkeypatch):
    """The folder of finished points: each test starts with none, its kernels included."""
    monkeypatch.setenv("MICROLEARN_SWEEPS", str(tmp_path / "finished"))
    return tmp_path / "finished"


@pytest.fixture
def pipe_at():
    """Puts a pipe in the place of a file. A test that waits for one fails."""

    def waits(*_):
        pytest.fail("It waits for a pipe.")

    def put(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.mkfifo(path)

    before = signal.signal(signal.SIGALRM, waits)
    signal.alarm(30)
    yield put
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def own_files(tmp_path):
    """What a test imports from its folder is gone after it: others have files of the same names."""
    yield
    for name, module in [*sys.modules.items()]:
        if (vars(module).get("__file__") or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture(autouse=True)
def first_versions(monkeypatch):
    """Each test is a session of its own, whose first answers are the first versions."""
    from microlearn import versions

    monkeypatch.setattr(versions, "_told", {})


@pytest.fixture
def stand_in():
    """``stand_in(backprop)``: this function stands for the exercise of its name until the test ends."""
    from microlearn.exercises import standing_in

    with ExitStack() as stack:
        yield lambda function: stack.enter_context(standing_in({function.__name__: function}))


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST."""
    import microlearn

    if not os.environ.get("MICROLEARN_DATA"):
        pytest.skip("MICROLEARN_DATA names no folder with MNIST")
    return microlearn.load("mnist")


def run_notebook(notebook: nbformat.NotebookNode, folder: Path, **options) -> nbformat.NotebookNode:
    """Execute a notebook from top to bottom in a kernel of its own, in ``folder``."""
    options = {"timeout": 240, "kernel_name": "python3"} | options
    client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, **options)
    return client.execute()


def outputs(cell: nbformat.NotebookNode) -> str:
    """All that a cell has printed or returned, as text."""
    parts = []
    for output in cell.get("outputs", []):
        parts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
        parts += output.get("traceback", [])
    return "\n".join(parts)
