"""One address, everywhere: badges lead to what is there, and a fork changes one line."""

from __future__ import annotations

import re
import shutil
from urllib.parse import unquote

import nbformat
import pytest
from address import Address, addressed
from conftest import LESSONS, ROOT

LINK = re.compile(r"\[!\[[^]]*\]\([^)]*\)\]\(([^)]*)\)")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_opens_from_its_badges_and_its_first_cell_installs(name):
    address = Address.of(ROOT)
    cells = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    colab, binder = LINK.findall(cells[0].source)
    owner_and_name = address.repository.removeprefix("https://github.com/")
    assert colab.startswith(
        f"https://colab.research.google.com/github/{owner_and_name}/blob/{address.tag}/"
    )
    assert binder.startswith(f"https://mybinder.org/v2/gh/{owner_and_name}/{address.tag}?")
    for link, before in ((colab, f"/blob/{address.tag}/"), (binder, "urlpath=lab/tree/")):
        assert (ROOT / unquote(link.partition(before)[2])).is_file()

    first = next(cell for cell in cells if cell.cell_type == "code")
    assert f"--branch {address.tag} {address.repository} " in first.source
    assert "==" not in first.source  # a version of anything else


def test_a_fork_changes_one_line(tmp_path):
    for name in addressed(ROOT):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    settings = tmp_path / "pyproject.toml"
    old = Address.of(ROOT)
    text = settings.read_text(encoding="utf-8")
    text = text.replace(f'repository = "{old.repository}"', 'repository = "https://github.com/a/b"')
    settings.write_text(text.replace(f'version = "{old.version}"', 'version = "9.8.7"'))
    for name, text in addressed(tmp_path).items():
        assert old.repository not in text, name
        assert "https://github.com/a/b" in text or "9.8.7" in text or "/a/b/v9.8.7" in text, name
        (tmp_path / name).write_text(text)
    assert Address.of(tmp_path) == Address("https://github.com/a/b", "9.8.7")
    assert addressed(tmp_path) == {n: (tmp_path / n).read_text() for n in addressed(tmp_path)}
