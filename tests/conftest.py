"""What the tests share: running notebooks in real kernels, and the real MNIST where it is."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("[0-9][0-9]_*.md"))

# Two tests run at a time. The threads of a BLAS wait for each other by spinning, so that on two cores a
# lesson would take three times as long beside another test as it does alone.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

SLOWEST = [
    *("hostile", "nbgrader", "lessons", "runner", "widgets"),
    *("answers", "mutation", "judge", "colab"),
]
"""The files that take longest, these first, so that the last ones to run are short."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {f"test_{name}": number for number, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


COLAB = ROOT / ".venv-colab"
if (COLAB / ".ready").is_file():
    os.environ.setdefault("MICROLEARN_COLAB_PYTHON", str(COLAB / "bin" / "python"))


@pytest.fixture(scope="session")
def colab_python() -> Path:
    """A Python with Colab's versions of what microlearn needs."""
    python = os.environ.get("MICROLEARN_COLAB_PYTHON")
    if not python:
        pytest.skip("no environment with Colab's versions: `make colab-env` says why")
    return Path(python)


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
