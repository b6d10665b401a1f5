"""Pages to print: what a notebook can show, in a file that a browser prints."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Protocol

from ..drafts import draft_of
from ..places import file_named

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="generator" content="microlearn">
<title>{title}</title>
<style>
@page {{ size: A4 landscape; margin: 9mm; }}
html {{ color-scheme: light; }}
body {{ font: 13px/1.35 system-ui, sans-serif; color: black; background: white; margin: 12px; }}
thead {{ display: table-header-group; }}
tr {{ break-inside: avoid; }}
section + section {{ break-before: page; }}
@media print {{
  body {{ font-size: 8px; margin: 0; }}
  table.ml-card {{ width: 100%; }}
  table.ml-card th, table.ml-card td {{ padding: 1px 3px 1px 0; position: static !important; }}
}}
</style>
<h1>{title}</h1>
{body}
</html>
"""

SIGN = b'<meta name="generator" content="microlearn">'
"""What the head has of a page that was written here, and that may be replaced."""


class Showable(Protocol):
    """What has a form in HTML, such as a table, a picture, ``progress()`` or ``score_card()``."""

    def _repr_html_(self) -> str: ...


class Page:
    """A page that was written, and where it is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"{self.path} is written. Open it in a browser, and print it there."


def printable(
    path: str | os.PathLike, *shown: Showable, title: str = "How a brain might learn"
) -> Page:
    """Write a page to print, A4 in landscape: ``printable("card.html", progress(), score_card())``.

    Parameters
    ----------
    path : path
        Where the page goes, with a name that ends in ``.html``. An earlier page is replaced, and no
        other file.
    *shown : things that a notebook shows as HTML
        Each begins on a sheet of its own.
    title : str

    Raises
    ------
    TypeError, ValueError
        If something has no form in HTML, or there is nothing, or ``path`` can't be that of a page.
    FileExistsError
        If there is a file that is no such page.
    OSError
        If the file can't be written.
    """
    if not shown:
        raise TypeError(
            'There is nothing to print: printable("card.html", score_card()) prints that.'
        )
    body = "\n".join(f"<section>{_form(thing)}</section>" for thing in shown)
    page = file_named("path", path)
    if page.suffix.lower() not in (".html", ".htm"):
        raise ValueError(
            f'path is {path!r}; a page has a name like "card.html", and a browser prints it, or makes a '
            "PDF of it."
        )
    ours = page.is_file() and SIGN in page.read_bytes().partition(b"<title>")[0]
    if page.exists() and not ours:
        raise FileExistsError(f"{page} is there, and is no page of printable: give another name.")
    try:
        with draft_of(page) as draft:
            draft.write_text(
                PAGE.format(title=html.escape(str(title)), body=body), encoding="utf-8"
            )
    except OSError as error:
        raise OSError(
            f"{page} can't be written ({error.strerror}): make room, see to the rights of its folder, "
            "or give another path."
        ) from None
    return Page(page)


def _form(thing: Showable) -> str:
    has_one = not isinstance(thing, type) and hasattr(thing, "_repr_html_")
    form = thing._repr_html_() if has_one else None
    if not isinstance(form, str):  # a figure of matplotlib's has one on some pages alone
        raise TypeError(
            f"printable takes a path and then what a notebook shows as HTML, such as score_card(); "
            f"a {type(thing).__name__} is given."
        )
    return form
