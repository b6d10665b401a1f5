"""Makes the cells of a submission harmless where they are shown.

The formgrader shows a text as it is, and its page can change marks. So cells lose their outputs, and
HTML and links that could act.
"""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.corpus.words import generate_corpus_id as random_cell_id

from .notebooks import writable

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The kinds of pictures that can't hold a script."""


def ordinary(cell: NotebookNode) -> NotebookNode:
    """A cell that the student added: its text, without metadata or outputs."""
    if cell.cell_type == "code":
        return _cell("code", cell, execution_count=None, outputs=[])
    return _cell("markdown", cell, **pictures(cell))


def _cell(kind: str, cell: NotebookNode, **more: Any) -> NotebookNode:
    """As nbformat makes one, which validates each: 20,000 of them take ten seconds."""
    return from_dict(
        {"id": random_cell_id(), "cell_type": kind, "metadata": {}, "source": writable(cell.source)}
        | more
    )


def pictures(cell: NotebookNode) -> dict[str, dict]:
    """The pictures that are attached to a text cell, as JupyterLab does when one is pasted."""
    found = cell.get("attachments")
    if cell.cell_type != "markdown" or not isinstance(found, dict):
        return {}
    kept = {}
    for name, kinds in found.items():
        of_any_kind = kinds.items() if isinstance(kinds, dict) else ()
        data = {kind: str(text) for kind, text in of_any_kind if kind in PICTURES}
        right = all(re.fullmatch(r"[A-Za-z0-9+/=\s]+", text) for text in data.values())
        if data and right and re.fullmatch(r"[\w.-]+", name, re.ASCII):
            kept[name] = data
    return {"attachments": kept} if kept else {}


def disarm(cell: NotebookNode, original: NotebookNode, notes: list[str]) -> None:
    """Put a space into HTML tags, and into links that lead to anything but pages, mail addresses and
    pictures, unless the text is the lesson's own. (A space changes no formula.)"""
    if cell.cell_type == "code" or any(cell.source == known.source for known in original.cells):
        return
    honest = [r"(?i:https?://|mailto:)", *(f"data:{kind};base64," for kind in PICTURES)]
    attached, may_lead = cell.get("attachments", {}), re.compile("|".join(honest))

    def kept_or_parted(link: re.Match) -> str:
        """The brackets of a link as they are, or with a space if its target may not be led to."""
        start = link.end()
        picture = re.compile(r"attachment:([\w.-]+)[ )]").match(text, start)
        leads = picture[1] in attached if picture else may_lead.match(text, start)
        return link[0] if leads else "] " + link[0][1:]

    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", cell.source)
    # The target of a link stands behind `](`, or further down behind `]:`.
    text = re.sub(r"\][(:]\s*", kept_or_parted, text)
    if text != cell.source:
        cell.source = text
        notes.append("HTML or a link in a text cell is shown as text")
