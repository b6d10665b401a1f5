"""One address, everywhere, or none at all: nobody is led to a place that belongs to somebody else."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import address as tool
import nbformat
import pytest
from address import FIRST, UNPUBLISHED, Address, addressed, install_cell, open_anywhere, set_address
from build_notebooks import build, install, stale
from conftest import LESSONS, ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

LINK = re.compile(r"\[!\[[^]]*\]\([^)]*\)\]\(([^)]*)\)")
THEIRS = "https://github.com/someone/their-course"
HOSTS = ("colab.research.google.com/github", "mybinder.org/v2", "kaggle.com/kernels")


@pytest.fixture
def files():
    """The files of the course."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("this is no git clone, so the course's files can't be listed")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_without_an_address_no_lesson_leads_anywhere_and_each_says_so():
    if Address.of(ROOT).repository:
        pytest.skip("this copy is published")
    for name in LESSONS:
        page = ROOT / "notebooks" / name / f"{name}.ipynb"
        title, *cells = nbformat.read(page, as_version=4).cells
        assert title.source.split("\n")[2] == UNPUBLISHED and title.source.startswith("# ")
        first = next(cell for cell in cells if cell.cell_type == "code")
        assert first.source == install_cell(Address.of(ROOT)) and "!" not in first.source
        assert not [host for host in HOSTS if host in page.read_text(encoding="utf-8")]
    assert UNPUBLISHED in (ROOT / "README.md").read_text(encoding="utf-8")


def test_one_command_sets_the_address_in_every_file_and_takes_it_back(files, tmp_path):
    copy = tmp_path / "copy"
    for name in files:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)

    set_address(THEIRS + ".git", copy)
    build(copy, tmp_path / "out")
    install(copy, tmp_path / "out", stale(copy, tmp_path / "out"))

    texts = {name: (copy / name).read_bytes().decode(errors="replace") for name in files}
    if old := Address.of(ROOT).repository:
        assert not [name for name, text in texts.items() if old.removeprefix("https://") in text]
    named = {name for name, text in texts.items() if THEIRS in text}
    assert {"README.md", "CITATION.cff", "pyproject.toml", "docs/instructors.md"} <= named
    address = Address.of(copy)
    assert address.repository == THEIRS
    for name in LESSONS:
        cells = nbformat.reads(texts[f"notebooks/{name}/{name}.ipynb"], as_version=4).cells
        links = LINK.findall(cells[0].source)
        assert [urlhost in link for urlhost, link in zip(HOSTS, links, strict=True)] == [True] * 3
        for link in (links[0], links[2]):
            assert (copy / unquote(link.partition(f"/blob/{address.tag}/")[2])).is_file()
        assert (copy / unquote(links[1].partition("urlpath=lab/tree/")[2])).is_file()
        first = next(cell for cell in cells if cell.cell_type == "code")
        assert f"--branch {address.tag} {THEIRS} " in first.source
        assert "==" not in first.source  # a version of anything else
    assert UNPUBLISHED not in texts["README.md"]

    set_address("none", copy)
    for name, text in addressed(copy).items():
        assert THEIRS not in text, name
        (copy / name).write_text(text, encoding="utf-8")
    if not Address.of(ROOT).repository:
        assert all(
            (copy / name).read_text() == (ROOT / name).read_text() for name in addressed(copy)
        )


def test_a_copy_that_git_does_not_know_gets_its_address_all_the_same(tmp_path, monkeypatch, capsys):
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool.subprocess, "call", lambda command: 0)  # what is built, others test
    monkeypatch.setattr(tool, "set_address", lambda url: set_address(url, tmp_path))
    for path in (os.environ["PATH"], str(tmp_path)):  # there may be no git at all
        monkeypatch.setenv("PATH", path)
        assert tool.main([THEIRS]) == 0
        assert "The address is written. (What has changed is not listed" in capsys.readouterr().out
    assert Address.of(tmp_path).repository == THEIRS


def test_a_release_changes_one_number():
    changed = dataclasses.replace(Address.of(ROOT), repository=THEIRS, version="9.8.7")
    notebook = new_notebook(cells=[new_markdown_cell("# Title\ntext"), new_code_cell("1")])
    open_anywhere(notebook, FIRST, changed)
    assert notebook.cells[0].source.count("/v9.8.7") == 3
    assert "--branch v9.8.7 " in notebook.cells[1].source


@pytest.mark.parametrize(
    "url",
    ["", "None", "github.com/a/b", "http://github.com/a/b", "https://github.com/a",
     "https://gitlab.com/a/b", "https://github.com/a/b c", 'https://github.com/a/b"\nx = "',
     "https://github.com/a/b/tree/main"],
)  # fmt: skip
def test_an_address_that_cannot_be_opened_is_refused_in_a_sentence(url, tmp_path):
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    with pytest.raises(ValueError, match=r"must be https://github\.com/OWNER/COURSE"):
        set_address(url, tmp_path)
    assert (tmp_path / "pyproject.toml").read_bytes() == (ROOT / "pyproject.toml").read_bytes()


RUN = """
import importlib.util, sys
from IPython.core.interactiveshell import InteractiveShell

sys.path.remove(sys.argv[1])
InteractiveShell.instance().run_cell(sys.argv[2])
print("found" if importlib.util.find_spec("microlearn") else "missing", "at the end")
"""


def run_first_cell(address: Address, home: Path, **environment: str) -> str:
    """What the first cell prints on a machine without microlearn, and whether it is there then."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, ROOT, install_cell(address)],
        cwd=home,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), **environment},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def test_where_microlearn_is_missing_the_first_cell_says_what_to_do(tmp_path):
    nowhere = Address(f"file://{tmp_path}/nothing", "1.2.3")
    kaggle = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}
    for address, environment, sentence in (
        (Address("", "1.2.3"), {}, "make lab"),
        (Address("", "1.2.3"), kaggle, "make lab"),
        (
            Address(THEIRS, "1.2.3"),
            {},
            f'%pip install --editable "git+{THEIRS}@v1.2.3#egg=microlearn"',
        ),
        (nowhere, kaggle, "switch on Internet"),
    ):
        said = run_first_cell(address, tmp_path, **environment)
        assert sentence in said and said.endswith("missing at the end\n"), said
        assert not list(tmp_path.iterdir()) or list(tmp_path.iterdir()) == [tmp_path / ".ipython"]
