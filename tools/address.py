"""Where the course is published, and all that follows from it: badges, and the cell that installs.

    python tools/address.py https://github.com/OWNER/COURSE     (`make address URL=…`)
    python tools/address.py none                                 take it back

Two lines of pyproject.toml are the source, ``[tool.microlearn] repository`` and the version, whose tag
(``v0.1.0``) is what Colab, Binder and Kaggle open. ``make notebooks`` writes them wherever they are
needed. As long as the repository is ``""``, nothing is fetched and no badge is shown: a name on GitHub
that nobody of the course owns could be given to anybody, whose program the students would then run.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parent.parent
FIRST = "00_network"
"""The lesson that the README's badges open."""
UNPUBLISHED = (
    "*This copy of the course has no public address yet: it fetches nothing and shows no badges.*"
)
REPOSITORY = re.compile(r"https://github\.com/[\w.-]+/[\w.-]*[\w-]")
SETTING = re.compile(r'^repository = ".*"$', re.M)


@dataclass(frozen=True)
class Address:
    """A version: ``repository``, as https://github.com/OWNER/REPO or empty where there is none yet, and
    ``version``."""

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
        return f"https://colab.research.google.com/github/{self._project}/{self._notebook(lesson)}"

    def binder(self, lesson: str) -> str:
        """The link that opens a released lesson in JupyterLab on Binder."""
        return (
            f"https://mybinder.org/v2/gh/{self._project}/{self.tag}"
            f"?urlpath=lab/tree/notebooks/{lesson}/{lesson}.ipynb"
        )

    def kaggle(self, lesson: str) -> str:
        """The link that opens a released lesson on Kaggle."""
        source = f"{self.repository}/{self._notebook(lesson)}"
        return f"https://kaggle.com/kernels/welcome?src={source}"

    def badges(self, lesson: str) -> str:
        """A line of Markdown with the three badges of a lesson, or with why there are none."""
        if not self.repository:
            return UNPUBLISHED
        colab, binder, kaggle = (
            "https://colab.research.google.com/assets/colab-badge.svg",
            "https://mybinder.org/badge_logo.svg",
            "https://kaggle.com/static/images/open-in-kaggle.svg",
        )
        return (
            f"[![Open in Colab]({colab})]({self.colab(lesson)}) "
            f"[![Open in Binder]({binder})]({self.binder(lesson)}) "
            f"[![Open in Kaggle]({kaggle})]({self.kaggle(lesson)})"
        )

    @property
    def _project(self) -> str:
        return self.repository.removeprefix("https://github.com/")

    def _notebook(self, lesson: str) -> str:
        return f"blob/{self.tag}/notebooks/{lesson}/{lesson}.ipynb"


def open_anywhere(notebook: nbformat.NotebookNode, lesson: str, address: Address) -> None:
    """Give a lesson its badges, below its title, and the cell that installs microlearn."""
    title = notebook.cells[0]
    head, _, rest = title.source.partition("\n")
    title.source = f"{head}\n\n{address.badges(lesson)}\n{rest}".rstrip()
    first = next((i for i, c in enumerate(notebook.cells) if c.cell_type == "code"), 1)
    notebook.cells.insert(first, new_code_cell(install_cell(address), id="install"))


def install_cell(address: Address) -> str:
    """The first cell: where microlearn is missing, it fetches it, or says what to do.

    In Colab and on Kaggle it clones the repository and puts the clone on the path. It does not use pip:
    they have all that microlearn needs (``tests/test_colab.py`` checks that for Colab), so no package is
    replaced under a running kernel. Such a machine holds one notebook alone, so the references in the
    clone's ``solutions/`` stand in for the answers of earlier lessons. A machine of the student's own
    gets nothing unasked: there the cell says the one command.
    """
    if not address.repository:
        return f"""\
# Where microlearn is installed, this does nothing.
import importlib.util

if importlib.util.find_spec("microlearn") is None:
    raise ModuleNotFoundError({_FOLDER!r})"""
    fetch = (
        "test -d ~/microlearn || git -c advice.detachedHead=false clone --quiet --depth 1 "
        f"--branch {address.tag} {address.repository} ~/microlearn"
    )
    package = f"git+{address.repository}@{address.tag}#egg=microlearn"
    return f"""\
# In Colab and on Kaggle this fetches microlearn. Where it is installed already, this does nothing.
import importlib.util
import os
import sys

if importlib.util.find_spec("microlearn") is None:
    if "google.colab" in sys.modules or "KAGGLE_KERNEL_RUN_TYPE" in os.environ:
        !{fetch}
        sys.path.append(os.path.expanduser("~/microlearn"))
        if importlib.util.find_spec("microlearn") is None:
            raise ModuleNotFoundError({_NETWORK!r})
    else:
        raise ModuleNotFoundError(
            "microlearn is not installed in this Python. Run this line in a cell of its own, then "
            'restart the kernel:  %pip install --editable "{package}"'
        )"""


_FOLDER = (
    "microlearn is not installed in this Python. Open the notebook in the folder of the course, where "
    "`make lab` installs it, or run `pip install -e .` in that folder with this Python."
)
_NETWORK = (
    "microlearn could not be fetched: see the line above. On Kaggle, switch on Internet in the settings "
    "of the notebook (below Session options), then run this cell again."
)


def addressed(root: Path) -> dict[str, str]:
    """The texts of the files at ``root`` that name the address or the version, brought up to date."""
    address = Address.of(root)
    url = address.repository
    badges = rf"(?:\[!\[Open in Colab\].*|{re.escape(UNPUBLISHED)})"
    cited = f"repository-code: {url}" if url else "# repository-code:"
    home = f'Homepage = "{url}"' if url else "# Homepage ="
    lines = {
        "README.md": [(badges, address.badges(FIRST))],
        "CITATION.cff": [
            ("version: .*", f"version: {address.version}"),
            (r"(?:# )?repository-code:.*", cited),
        ],
        "docs/instructors.md": [
            (
                r"git clone \S+ microlearn",
                f"git clone {url or 'THE-ADDRESS-OF-THE-COURSE'} microlearn",
            )
        ],
        "pyproject.toml": [(r"(?:# )?Homepage =.*", home)],
        "microlearn/__init__.py": [("__version__ = .*", f'__version__ = "{address.version}"')],
    }
    texts = {}
    for name in filter(lambda name: (root / name).is_file(), lines):
        text = (root / name).read_text(encoding="utf-8")
        for pattern, line in lines[name]:
            text = re.sub(f"^{pattern}$", lambda _, line=line: line, text, flags=re.M)
        texts[name] = text
    return texts


def set_address(url: str, root: Path = ROOT) -> None:
    """Write the public address into pyproject.toml; ``none`` takes it back.

    Raises
    ------
    ValueError
        If it is no address of a repository on GitHub.
    """
    url = url.strip().removesuffix("/").removesuffix(".git")
    if url != "none" and not REPOSITORY.fullmatch(url):
        raise ValueError(
            f"The address is {url!r}; it must be https://github.com/OWNER/COURSE, since Colab, Binder "
            "and Kaggle open notebooks from there, or `none` for a course that is not published."
        )
    settings = root / "pyproject.toml"
    line = f'repository = "{"" if url == "none" else url}"'
    text = settings.read_text(encoding="utf-8")
    settings.write_text(SETTING.sub(lambda _: line, text), encoding="utf-8")


def main(words: list[str]) -> int:
    if len(words) != 1 or not words[0]:
        print("Say the address: make address URL=https://github.com/OWNER/COURSE", file=sys.stderr)
        return 1
    try:
        set_address(words[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    failed = subprocess.call([sys.executable, ROOT / "tools" / "build_notebooks.py"])
    if not failed:
        print(_changed())
    return failed


def _changed() -> str:
    """What has changed since the last commit; a copy that was downloaded as an archive has none."""
    with suppress(OSError):  # there is no git
        call = ["git", "-C", str(ROOT), "diff", "--stat"]
        listed = subprocess.run(call, capture_output=True, text=True, encoding="utf-8")
        if not listed.returncode:
            return listed.stdout.rstrip()
    return (
        "The address is written. (What has changed is not listed: this is no clone that git knows.)"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
