"""The wheel: all that a student needs, nothing that an instructor keeps, and it works on its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile

import pytest
from conftest import ROOT

from lesson import answer_cell

SESSION = """
import json
import microlearn
from microlearn import check, get_exercise, hint, load_results, train

{answer}

table = train("feedback_alignment", epochs=1, progress=False)
try:
    get_exercise("backprop")
except microlearn.NotFilledIn as error:
    unanswered = str(error)
hint("backprop")
print(json.dumps({{
    "file": microlearn.__file__,
    "right": check("feedback_alignment").passed,
    "accuracy": float(table.validation_accuracy.iloc[-1]),
    "unanswered": unanswered,
    "recorded": len(load_results("mnist_textbook")),
}}))
"""


def test_it_holds_the_package_and_nothing_else(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "microlearn"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("git can't say which files belong to the package: this is no clone")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert {name for name in inside if ".dist-info/" not in name} == set(tracked.stdout.split())
    for room in ("stubs", "checks", "results"):
        assert any(name.startswith(f"microlearn/{room}/") for name in inside)
    assert not any(b"BEGIN SOLUTION" in content for content in inside.values())


@pytest.fixture
def student(wheel, tmp_path):
    """The Python of a fresh environment with the wheel in it, far from the clone.

    This environment lends the packages that microlearn needs, by a line in a .pth file, but not its own
    editable microlearn.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, wheel], check=True)
    (packages,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_it_works_outside_the_clone(student, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    text = (ROOT / "solutions" / "feedback_alignment.py").read_text(encoding="utf-8")
    # In a file, since the copy in my_rules/ is taken from the source.
    script = tmp_path / "session.py"
    script.write_text(SESSION.format(answer=answer_cell(text, "feedback_alignment")))
    environment = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MICROLEARN_DATA")
    }
    done = subprocess.run(
        [student, script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert str(tmp_path) in said["file"]
    assert said["right"]
    assert said["accuracy"] > 0.5  # ten classes
    assert "run the cell with your answer first" in said["unanswered"]
    assert said["recorded"] > 0
    assert [path.name for path in folder.rglob("*.py")] == ["feedback_alignment.py"]
