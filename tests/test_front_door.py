"""What a newcomer meets first: the copy that make lab opens, the README's links."""

from __future__ import annotations

import re
import sys
import tomllib

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
