"""Where the course is published, and all that follows from it: badges, and the cell for Colab.

Two lines of pyproject.toml are the source, ``[tool.microlearn] repository`` and the version, whose tag
(``v0.1.0``) is what Colab and Binder open. ``make notebooks`` writes them wherever they are needed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

FIRST = "00_network"
"""The lesson that the README's badges open."""


@dataclass(frozen=True)
class Address:
    """A published version: ``repository``, as https://github.com/OWNER/REPO, and ``version``."""

    repository: str
    version: str

    @classmethod
    def of(cls, root: Path) -> Address:
        """The address that pyproject.toml gives."""
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        repository = settings["tool"]["microlearn"]["repository"].rstrip("/")
        return cls(repository, settings["project"]["version"])

    @property
    def tag(self) -> str:
        return f"v{self.version}"

    def colab(self, lesson: str) -> str:
        """The link that opens a released lesson in Colab."""
        return (
            f"https://colab.research.google.com/github/{self._project}/blob/{self.tag}/"
            f"notebooks/{lesson}/{lesson}.ipynb"
        )

    def binder(self, lesson: str) -> str:
        """The link that opens a released lesson in JupyterLab on Binder."""
        return (
            f"https://mybinder.org/v2/gh/{self._project}/{self.tag}"
            f"?urlpath=lab/tree/notebooks/{lesson}/{lesson}.ipynb"
        )

    def badges(self, lesson: str) -> str:
        """A line of Markdown with the two badges of a lesson."""
        colab, binder = (
            "https://colab.research.google.com/assets/colab-badge.svg",
            "https://mybinder.org/badge_logo.svg",
        )
        return (
            f"[![Open in Colab]({colab})]({self.colab(lesson)}) "
            f"[![Open in Binder]({binder})]({self.binder(lesson)})"
        )

    @property
    def _project(self) -> str:
        return self.repository.removeprefix("https://github.com/")


def open_anywhere(notebook: nbformat.NotebookNode, lesson: str, address: Address) -> None:
    """Give a lesson its badges, below its title, and the cell that installs microlearn in Colab."""
    title = notebook.cells[0]
    head, _, rest = title.source.partition("\n")
    title.source = f"{head}\n\n{address.badges(lesson)}\n{rest}".rstrip()
    first = next((i for i, c in enumerate(notebook.cells) if c.cell_type == "code"), 1)
    notebook.cells.insert(first, new_code_cell(install_cell(address), id="install"))


def install_cell(address: Address) -> str:
    """The cell that installs microlearn in Colab.

    It clones the repository and puts the clone on the path. It does not use pip: Colab has all that
    microlearn needs (``tests/test_colab.py`` checks that), so no package is replaced under a running
    kernel. A machine of Colab's holds one notebook alone, so the references in the clone's
    ``solutions/`` stand in for the answers of earlier lessons.
    """
    command = (
        "test -d ~/microlearn || git -c advice.detachedHead=false clone --quiet --depth 1 "
        f"--branch {address.tag} {address.repository} ~/microlearn"
    )
    return f"""\
# In Colab this fetches microlearn, in a few seconds. Anywhere else it does nothing.
import os
import sys

if "google.colab" in sys.modules:
    !{command}
    sys.path.append(os.path.expanduser("~/microlearn"))"""


def addressed(root: Path) -> dict[str, str]:
    """The texts of the files at ``root`` that name the address or the version, brought up to date."""
    address = Address.of(root)
    lines = {
        "README.md": [(r"\[!\[Open in Colab\].*", address.badges(FIRST))],
        "CITATION.cff": [
            ("version: .*", f"version: {address.version}"),
            ("repository-code: .*", f"repository-code: {address.repository}"),
        ],
        "docs/instructors.md": [(r"git clone \S+", f"git clone {address.repository}.git")],
        "pyproject.toml": [("Homepage = .*", f'Homepage = "{address.repository}"')],
        "microlearn/__init__.py": [("__version__ = .*", f'__version__ = "{address.version}"')],
    }
    texts = {}
    for name in filter(lambda name: (root / name).is_file(), lines):
        text = (root / name).read_text(encoding="utf-8")
        for pattern, line in lines[name]:
            text = re.sub(f"^{pattern}$", lambda _, line=line: line, text, flags=re.M)
        texts[name] = text
    return texts
