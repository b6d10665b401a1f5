"""Build the site to read: what ``make site`` runs.

The outputs of each solved lesson go below the same cells of the released notebook: a reader sees every
result and no answer. Panels stay alive, over recorded runs (``alive.py``). Pages, pictures and notebooks
then lie in one folder as in the repository, so that the links between them hold, and Sphinx makes HTML
of them. What pages share, and the pictures of lessons, are files of their own, so that a page is light.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from sphinx.cmd.build import build_main

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT), str(ROOT / "tools")]

import alive  # noqa: E402
import pages  # noqa: E402
from executed import executed  # noqa: E402

from lesson import ALONE  # noqa: E402

LINK = re.compile(r"\[(?P<words>[^][]*)\]\((?!\w+:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
BADGE = re.compile(r"\[!\[([^\]]+)\]\(https://[^)]+\)\]\(([^)]+)\)")
"""A badge is a picture on another server: the site shows its words instead."""
STAND_IN = re.compile(r"^\w+: not filled in yet, so the reference stands in for it\.\n", re.M)
CHECKED = re.compile(r'<p class="ml-checked">.*?</p>', re.S)
PICTURE = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
NO_PICTURE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.S)
"""What an SVG has beside what is seen."""
LONG_NUMBER = re.compile(r"(?:scale|matrix)\([^)]*\)|base64,[\w+/=\s]+|(-?\d+\.\d{3,})")
"""A place or a length in an SVG, to more than a tenth of a point; a factor is left alone."""
UNREAD = ("*.map", "locales")
"""In Sphinx's folder: for who works on the theme, and for who translates it. No page asks for them."""
SPOKEN = {
    "<summary><span": '<summary aria-label="the pages below"><span',
    'field search-button__button pst-js-only" title="Search" aria-label="Search"': (
        'field search-button__button pst-js-only" title="Search"'
    ),
}
ICON = re.compile(
    r'"?(?P<name>[a-z0-9-]+)"?:\[\d+,\d+,\[(?P<others>[^]]*)\],"[0-9a-f]+",'
    r'(?:"[^"]*"|\["[^"]*","[^"]*"\])\],?'
)
"""One of the 2,000 pictures in the theme's ``fontawesome.js``: its names, its size and its outline."""


def lesson_names() -> list[str]:
    return sorted(path.stem for path in (ROOT / "lessons").glob("[0-9][0-9]_*.md"))


def page_of(released: NotebookNode, solved: NotebookNode, detail: alive.Detail) -> NotebookNode:
    """The released notebook with the solved one's outputs, laid out for reading.

    Its views stay alive, over runs that are recorded in so much detail.
    """
    outputs = {cell.id: cell.outputs for cell in solved.cells if cell.cell_type == "code"}
    for name, view in alive.views(released):
        shown = {"text/html": alive.on_page(view, detail)}
        outputs[name] = [new_output("display_data", shown)]
    points = {cell.id: cell.metadata.nbgrader.points for cell in by_hand(released)}
    cells = []
    for cell in released.cells:
        if cell.id == "install":
            continue  # It does nothing for a reader.
        if cell.cell_type == "code":
            shown = map(static, outputs[cell.id])
            cell.outputs = [o for o in shown if o.get("text") != "" and o.get("data") != {}]
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.metadata["tags"] = ["exercise"]
        elif cell.id in points:
            continue  # The gap for an answer: nobody writes into a page.
        elif (of := cell.id.removesuffix("_question")) in points:
            head = f"Question, {points[of]} points"
            asked = cell.source.removesuffix(ALONE.format(of)).rstrip()  # there is no cell below
            cell.source = f":::::{{admonition}} {head}\n:class: question\n{asked}\n:::::"
        if cell.cell_type == "markdown":
            cell.source = BADGE.sub(r"[\1](\2)", cell.source)
        cells.append(cell)
    released.cells = cells
    return released


def start_page() -> str:
    """START without its code, which shows a student's own progress, and what asks to run it."""
    start = nbformat.read(ROOT / "notebooks" / "START.ipynb", as_version=4)
    start.cells = [cell for cell in start.cells if cell.cell_type == "markdown"]
    start.cells[0].source = start.cells[0].source.partition("\n")[0]
    return nbformat.writes(start)


def by_hand(released: NotebookNode) -> Iterator[NotebookNode]:
    """The cells in which a student answers a question in words."""
    for cell in released.cells:
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"):
            yield cell


def static(output: NotebookNode) -> NotebookNode:
    """An output for a reader: of a panel only the picture stays. What a report says of the answer, whose
    first line it shows, is removed, and so are lines that say that a reference stands in for one."""
    if "text" in output:
        output.text = STAND_IN.sub("", output.text)
    data = output.get("data", {})
    if "application/vnd.jupyter.widget-view+json" in data or data.get("text/html") == "":
        data.clear()  # of a bar nothing is left
    if "image/svg+xml" in data:
        data["text/html"] = data.pop("image/svg+xml")
    if "text/html" in data:
        data["text/html"] = CHECKED.sub("", data["text/html"])
    return output


def take_out_pictures(page: NotebookNode, folder: Path) -> None:
    """Write the pictures in the outputs of a lesson to files in ``_static/pictures/`` of the site."""

    def name_of(match: re.Match) -> str:
        svg = tight(base64.b64decode(match[1]).decode())
        name = f"{hashlib.sha256(svg.encode()).hexdigest()[:16]}.svg"
        (folder / name).write_text(svg, encoding="utf-8")
        return f"../../_static/{folder.name}/{name}"

    for output in (output for cell in page.cells for output in cell.get("outputs", [])):
        if "text/html" in output.get("data", {}):
            output.data["text/html"] = PICTURE.sub(name_of, output.data["text/html"])


def tight(svg: str) -> str:
    """The same picture in fewer letters: half of matplotlib's are names and needless digits."""

    def rounded(match: re.Match) -> str:
        return f"{float(match[1]):.1f}".removesuffix(".0") if match[1] else match[0]

    svg = LONG_NUMBER.sub(rounded, NO_PICTURE.sub("", svg))
    svg = re.sub(r"\s*\n\s*", " ", re.sub(r">\s+<", "><", svg)).strip()
    svg = re.sub(r' style="[^"]*"', lambda m: re.sub(r"([:;]) ", r"\1", m[0]), svg)
    svg = re.sub(r'(?<= d=")[^"]*', lambda m: re.sub(r" *([A-Za-z]) *", r"\1", m[0]), svg)
    meant = set(re.findall(r"#([\w.-]+)", svg))
    names = dict.fromkeys(re.findall(r' id="([^"]+)"', svg))
    short = {name: f"i{k}" for k, name in enumerate(names) if name in meant}
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", svg)
    svg = re.sub(r"#([\w.-]+)", lambda m: f"#{short.get(m[1], m[1])}", svg)
    letter = r'(<use href="#\w+") transform="translate\(([-\d.]+) 0\)"/>'
    return re.sub(letter, r'\1 x="\2"/>', svg.replace("xlink:href", "href"))


def gather(source: Path, detail: alive.Detail = alive.FULL) -> None:
    """Write all pages of the site to ``source``, laid out as in the repository.

    Raises
    ------
    CellExecutionError
        If a cell of a lesson fails.
    """
    names = lesson_names()
    runs = {name: executed(name) for name in names}
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "docs" / "pictures", source / "docs" / "pictures")
    (pictures := source / "_static" / "pictures").mkdir(parents=True)
    (source / "_static" / alive.SIGNALS).write_text(alive.shared_signals(), encoding="utf-8")
    texts = {
        "index.md": pages.front(),
        "docs/rules.md": pages.rules(),
        "docs/cheat_sheet.md": pages.cheat_sheet(),
        "docs/glossary.md": pages.glossary(),
        "notebooks/START.ipynb": start_page(),
        **pages.reference(),
    }
    for path in [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md")]:
        texts[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
    for name in names:
        released = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)
        page = page_of(released, runs[name], detail)
        take_out_pictures(page, pictures)
        texts[f"notebooks/{name}/{name}.ipynb"] = nbformat.writes(page)
    for name, text in texts.items():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = text if name.endswith(".ipynb") else _links(text, name, texts)
        target.write_text(text, encoding="utf-8")


def _links(text: str, name: str, texts: dict[str, str]) -> str:
    """Make a link to a file that the site lacks a link to the public repository; as long as there is
    none, mere words."""

    def lead(match: re.Match) -> str:
        target = os.path.normpath((ROOT / name).parent / match["path"])
        path = os.path.relpath(target, ROOT)
        if path == "README.md":
            return (
                f"[{match['words']}]({os.path.relpath('index.md', os.path.dirname(name) or '.')})"
            )
        if path in texts or not os.path.exists(target) or "/pictures/" in target:
            return match[0]
        if not pages.ADDRESS.repository:
            return match["words"]
        published = f"{pages.ADDRESS.repository}/blob/{pages.ADDRESS.tag}/{path}"
        return f"[{match['words']}]({published}{match['anchor'] or ''})"

    return BADGE.sub(r"[\1](\2)", LINK.sub(lead, text))


def say_aloud(html: Path) -> None:
    """Name what the theme leaves without a name, or calls otherwise than it shows."""
    for page in html.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for silent, spoken in SPOKEN.items():
            text = text.replace(silent, spoken)
        page.write_text(text, encoding="utf-8")


def lighten(html: Path) -> None:
    """Take out of the theme what no page of the site shows."""
    static = html / "_static"
    for unread in [path for pattern in UNREAD for path in static.rglob(pattern)]:
        shutil.rmtree(unread) if unread.is_dir() else unread.unlink()
    for picture in (html / "_images").glob("*.svg"):
        picture.write_text(tight(picture.read_text(encoding="utf-8")), encoding="utf-8")
    icons = static / "scripts" / "fontawesome.js"
    speaking = [*html.rglob("*.html"), *(p for p in static.rglob("*.js") if p != icons)]
    shown = {
        n for p in speaking for n in re.findall(r"fa-([a-z0-9-]+)", p.read_text(encoding="utf-8"))
    }

    def kept(match: re.Match) -> str:
        names = {match["name"], *re.findall(r"[a-z0-9-]+", match["others"])}
        return match[0] if names & shown else ""

    icons.write_text(ICON.sub(kept, icons.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site")
    shorter = "record fewer and shorter runs of the panels, as the tests do"
    parser.add_argument("--brief", action="store_true", help=shorter)
    options = parser.parse_args()
    out = options.out
    print("Running the lessons and panels that have changed (some minutes for all of them) ...")
    try:
        gather(out / "source", alive.BRIEF if options.brief else alive.FULL)
    except CellExecutionError as error:
        print(f"A solved lesson fails, so the site can't be built:\n{error}", file=sys.stderr)
        return 1
    apart = ["-d", out / "doctrees"]  # what Sphinx keeps for its next run is no part of the site
    arguments = ["-q", "-W", "--keep-going", "-j", "2", *apart, "-c", HERE]
    arguments += [out / "source", out / "html"]
    if failed := build_main([str(argument) for argument in arguments]):
        return failed
    static = out / "html" / "_static"
    shutil.rmtree(static / "pictures", ignore_errors=True)  # those of an earlier build
    shutil.copytree(out / "source" / "_static", static, dirs_exist_ok=True)
    lighten(out / "html")
    say_aloud(out / "html")
    print(f"The site is in {out / 'html'}: open {out / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
