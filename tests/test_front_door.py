"""What a newcomer meets first: the copy that make lab opens, the wheel, the README's links."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from conftest import LESSONS, ROOT

sys.path.insert(0, str(ROOT / "tools"))
from open_course import open_course


@pytest.fixture
def released(tmp_path):
    path = tmp_path / "notebooks" / "00_network" / "00_network.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("first version")
    return path


def test_a_students_notebook_is_never_overwritten(released, tmp_path):
    own = tmp_path / "my_course"
    mine = own / "00_network" / "00_network.ipynb"
    assert open_course(released.parents[1], own) == []
    assert mine.read_text() == "first version"

    mine.write_text("my answers")
    assert open_course(released.parents[1], own) == []
    assert mine.read_text() == "my answers"

    released.write_text("second version")
    (said,) = open_course(released.parents[1], own)
    assert "newer 00_network" in said
    assert mine.read_text() == "my answers"
    beside = [p for p in mine.parent.iterdir() if p != mine]
    assert [p.read_text() for p in beside] == ["second version"]
    # Said once.
    assert open_course(released.parents[1], own) == []


def test_the_wheel_holds_the_package_and_no_answers(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT],
        check=True,
    )
    (wheel,) = tmp_path.glob("microlearn-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "microlearn/stubs/backprop.py" in names
    assert "microlearn/checks/backprop.py" in names
    assert "microlearn/results/mnist_textbook.csv" in names
    assert all(name.startswith(("microlearn/", "microlearn-")) for name in names)
    text = b"".join(zipfile.ZipFile(wheel).read(name) for name in names)
    assert b"BEGIN SOLUTION" not in text


def test_links_in_the_documents_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_readme_lists_every_lesson():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"notebooks/{name}/{name}.ipynb" in text for name in LESSONS)


def test_the_public_address_is_set_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    address = project["tool"]["microlearn"]["repository"]
    assert project["project"]["urls"]["Homepage"] == address
    assert f"repository-code: {address}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_importing_microlearn_waits_for_no_large_package():
    """What draws, tabulates or downloads is imported where it is used."""
    large = "pandas matplotlib sklearn scipy IPython ipywidgets tqdm requests pooch threadpoolctl"
    lines = f"import sys, microlearn; print(*sys.modules.keys() & set({large.split()}))"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("", "")
