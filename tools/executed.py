"""A solved lesson with its outputs, executed once: the tests and the site share one run.

A run is kept in ``build/executed/`` under the fingerprint of all that decides its outputs: the notebook,
the package, the references, the Python and every library that is installed. So a run that is found
is the run that would be made.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import inspect
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from filelock import FileLock
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "executed"
USAGE = """
import psutil, resource
kernel = psutil.Process()
processes = (kernel, *kernel.children(recursive=True))
print(sum(sum(process.cpu_times()[:4]) for process in processes))  # with children that have ended
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
NOWHERE = dict.fromkeys(
    ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"
)
AS_ANOTHER_PROCESSOR = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")
"""Variables that make numpy compute as on another processor: sums are rounded in another order."""


def solved(name: str, root: Path = ROOT) -> NotebookNode:
    """The solved notebook of a lesson, as it is built."""
    return nbformat.read(root / "solutions" / name / f"{name}.ipynb", as_version=4)


def executed(name: str, kept: Path = KEPT) -> NotebookNode:
    """The solved notebook with its outputs: a run that is kept, else a new one.

    ``metadata.run`` holds the ``seconds`` of the processor and the ``megabytes`` that the run took, and
    whether it was ``found`` or made now. The kernel works in an empty folder and reaches neither a
    network nor MNIST.

    Raises
    ------
    CellExecutionError
        If a cell fails.
    """
    notebook = solved(name)
    kept.mkdir(parents=True, exist_ok=True)
    path = kept / f"{name}-{fingerprint(notebook)}.ipynb"
    # A second caller waits for the run of the first one.
    with FileLock(kept / f"{name}.lock"):
        if path.exists():
            notebook = nbformat.read(path, as_version=4)
            notebook.metadata["run"]["found"] = True
            return notebook
        notebook.metadata["run"] = _run(notebook)
        for old in kept.glob(f"{name}-*.ipynb"):
            old.unlink()
        draft = path.with_suffix(".draft")
        nbformat.write(notebook, draft)
        draft.replace(path)
    return notebook


def _run(notebook: NotebookNode) -> dict[str, float]:
    """Execute a notebook in place; return what the run took."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MICROLEARN_")}
    # A second thread helps such small networks little, and costs much on a busy machine.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    notebook.cells.append(new_code_cell(USAGE))
    claims = [cell for cell in notebook.cells if "claim" in cell.metadata.get("tags", [])]
    written = [cell.source for cell in claims]
    for cell in claims:
        cell.source = over_something(cell.source)
    with tempfile.TemporaryDirectory() as folder:
        environment |= NOWHERE | threads | {"MICROLEARN_SWEEPS": str(Path(folder) / ".finished")}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=240, resources=resources).execute(env=environment)
    for cell, source in zip(claims, written, strict=True):
        cell.source = source
    # Seconds of the processor: a run that had to wait for other programs is kept, too.
    seconds, megabytes = map(float, notebook.cells.pop().outputs[0].text.split())
    return {"seconds": seconds, "megabytes": megabytes, "found": False}


def over_something(claim: str) -> str:
    """The claim as it is run: it fails where a loop around an assertion goes over nothing, and where an
    assertion asks something of nothing, such as `all([])` (but for its `len`)."""
    tree = ast.parse(claim)
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
    around = [loop for loop in loops if {*ast.walk(loop)} & {*asserts}]
    for node in [*around, *(part for claimed in asserts for part in ast.walk(claimed.test))]:
        match node:
            case ast.For() | ast.comprehension():
                node.iter = _wrapped(ast.List([ast.Starred(node.iter, ast.Load())], ast.Load()))
            case ast.Attribute() | ast.Starred():
                node.value = _wrapped(node.value)
            case ast.Call() if ast.unparse(node.func) != "len":
                node.args = [a if isinstance(a, ast.Starred) else _wrapped(a) for a in node.args]
    return f"{inspect.getsource(_something)}\n{ast.unparse(tree)}"


def _wrapped(values: ast.expr) -> ast.expr:
    if isinstance(values, ast.GeneratorExp):
        values = ast.ListComp(values.elt, values.generators)
    return ast.Call(ast.Name(_something.__name__, ast.Load()), [values], [])


def _something(values):  # without types, since a kernel has not imported them
    from collections.abc import Collection

    size = getattr(values, "size", None)  # of an array or a table
    if not isinstance(size, int):
        size = len(values) if isinstance(values, Collection) else 1
    assert size, "this claim goes over nothing, so it says nothing"
    return values


def fingerprint(notebook: NotebookNode, root: Path = ROOT) -> str:
    """What changes with all that decides the outputs of a solved notebook."""
    digest = hashlib.sha256(nbformat.writes(notebook).encode())
    files = [p for p in (root / "microlearn").rglob("*") if "__pycache__" not in p.parts]
    for path in sorted([*files, *(root / "solutions").glob("*.py"), Path(__file__)]):
        if path.is_file():
            digest.update(f"\n{path.name}\n".encode() + path.read_bytes())
    libraries = {f"{d.name} {d.version}" for d in importlib.metadata.distributions()}
    processor = [f"{name}={os.environ.get(name)}" for name in AS_ANOTHER_PROCESSOR]
    digest.update("\n".join([sys.version, *processor, *sorted(libraries)]).encode())
    return digest.hexdigest()[:16]
