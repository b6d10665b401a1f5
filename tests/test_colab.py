"""In Colab: the first cell installs, nothing that Colab has is changed, every answer is right, and what
Colab saves is graded like anything else. ``test_lessons.py`` runs every lesson there.

An environment with Colab's Python and its versions (``make colab-env``) stands in for Colab. Where it
matters, a kernel there loads an empty package ``google.colab`` when it starts.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import nbformat
import pytest
from address import Address, install_cell
from conftest import LESSONS, ROOT, colab_kernel, outputs, run_notebook
from nbformat.v4 import new_code_cell, new_notebook

from grader.sandbox import sandbox_works
from grader.submission import fingerprint, grade


def lesson(kind: str, name: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / kind / name / f"{name}.ipynb", as_version=4)


def test_installing_changes_nothing_that_colab_has(colab_python, wheel):
    # Without an index pip can only fail where it would have to fetch another version.
    pip = [colab_python, "-m", "pip", "install", "--dry-run", "--no-index", "--quiet"]
    done = subprocess.run(
        [*pip, "--report", "-", wheel], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    installed = json.loads(done.stdout)["install"]
    assert [package["metadata"]["name"] for package in installed] == ["microlearn"]


CHECK_ALL = """
import sys
from microlearn import check
from microlearn.exercises import exercise_names, reference

for name in exercise_names():
    report = check(name, reference(name), seed=0)
    if not report.passed:
        print(report, file=sys.stderr)
"""


def test_every_reference_is_right_with_colabs_versions(colab_python):
    done = subprocess.run(
        [colab_python, "-c", CHECK_ALL],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0), done.stdout + done.stderr


@pytest.fixture
def published(tmp_path):
    """The address of a repository with this version of the course."""
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if files.returncode:
        pytest.skip("git can't say which files belong to the course: this is no clone")
    copy = tmp_path / "published"
    for name in filter(lambda name: (ROOT / name).is_file(), files.stdout.splitlines()):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    address = Address(f"file://{copy}", Address.of(ROOT).version)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (
        ["init", "-q"],
        ["add", "."],
        [*who, "commit", "-qm", "All"],
        ["tag", address.tag],
    ):
        subprocess.run(["git", *words], cwd=copy, check=True)
    return address


@pytest.fixture
def colab(colab_python, tmp_path, monkeypatch):
    """A machine of Colab's: the name of a kernel in an environment that may be changed, and a home."""
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run([colab_python, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (own,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (lent,) = colab_python.parent.parent.glob("lib/python*/site-packages")
    (own / "google" / "colab").mkdir(parents=True)
    (own / "google" / "colab" / "__init__.py").touch()
    (own / "colab.pth").write_text(f"{lent}\nimport google.colab\n")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    return colab_kernel(tmp_path / "env/bin/python", tmp_path, HOME=str(home), PYTHONPATH=""), home


@pytest.mark.slow
def test_the_first_cell_installs_and_references_stand_in(colab, published, tmp_path):
    kernel, home = colab
    use = (
        "import microlearn, numpy\n"
        "microlearn.get_exercise('backprop')\n"
        "print(microlearn.__file__, microlearn.__version__, numpy.__version__)"
    )
    # Once more in a kernel that was started again, on the same machine.
    for _ in range(2):
        cells = [new_code_cell(source) for source in (install_cell(published), use)]
        notebook = run_notebook(new_notebook(cells=cells), tmp_path, kernel_name=kernel)
        install, used = map(outputs, notebook.cells)
        assert install == ""
        assert f"{home}/microlearn/microlearn/__init__.py {published.version} 2.1.3" in used
        assert "the reference stands in" in used


def as_saved_by_colab(notebook: nbformat.NotebookNode) -> str:
    """A notebook as Colab saves it: the old format, its own metadata, and no cell ids."""
    page = json.loads(nbformat.writes(notebook))
    page["nbformat_minor"] = 0
    page["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(page["cells"]):
        cell["metadata"] |= {"id": cell.pop("id")}
        if cell["cell_type"] != "code":
            continue
        cell["execution_count"] = number
        cell["metadata"] |= {
            "colab": {"base_uri": "https://localhost:8080/", "height": 35},
            "executionInfo": {
                "status": "ok",
                "timestamp": 1790000000000 + number,
                "user_tz": -60,
                "elapsed": 12,
                "user": {"displayName": "A Student", "userId": "01234567890123456789"},
            },
            "outputId": f"7f3c5a1e-0000-4000-8000-{number:012}",
        }
        shown = {
            "text/plain": ["99.0"],
            "application/vnd.google.colaboratory.intrinsic+json": {"type": "string"},
        }
        cell["outputs"] = [
            {"output_type": "stream", "name": "stdout", "text": ["As it was in Colab.\n"]},
            {
                "output_type": "execute_result",
                "data": shown,
                "metadata": {},
                "execution_count": number,
            },
        ]
    return json.dumps(page, ensure_ascii=False)


@pytest.mark.skipif(not sandbox_works(), reason="bubblewrap is missing or forbidden here")
def test_what_colab_saves_gets_the_same_marks():
    name = LESSONS[0]
    notebook = lesson("solutions", name)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "mean_squared_error":
            cell.source = cell.source.replace("0.5 * ", "")
        elif cell.metadata.get("nbgrader", {}).get("grade_id") == "forward":
            cell.source = "raise RuntimeError('an honest mistake')"
    pages = (nbformat.writes(notebook), as_saved_by_colab(notebook))
    plain, colab = (grade(page.encode(), name, b"secret", fingerprint()) for page in pages)
    assert colab.marks == plain.marks
    assert colab.marks["forward"] == 0 < colab.marks["mean_squared_error"] < 1
    assert colab.marks["backprop"] == 1
