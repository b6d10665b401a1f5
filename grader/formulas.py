"""Markdown as HTML whose formulas are MathML: a browser draws it without a script or a network."""

from __future__ import annotations

import html
import re

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

LONGEST = 2_000
"""The letters of a formula: the converter's time grows with their square."""


class Renderer(IPythonRenderer):
    """nbconvert's, which leaves formulas to a script from another server."""

    def inline_math(self, body: str) -> str:
        return _formula(body, block=False)

    def block_math(self, body: str) -> str:
        return _formula(body, block=True)


def to_html(text: str, **options) -> str:
    """HTML of a text in Markdown; ``options`` are those of nbconvert's ``IPythonRenderer``."""
    return MarkdownWithMath(renderer=Renderer(escape=False, **options)).render(text)


def mathml(tex: str, block: bool) -> str:
    """A formula as MathML.

    Raises
    ------
    ValueError, or what else docutils raises
        If it is no formula that docutils knows.
    """
    from docutils.utils.math import latex2mathml

    return latex2mathml.tex2mathml(re.sub("[¼½¾]", r"\\text{\g<0>}", tex), as_block=block)


def _formula(tex: str, block: bool) -> str:
    try:
        if len(tex) <= LONGEST:
            return mathml(tex, block)
    except Exception:  # A student's formula may be anything: it is shown as it was written.
        pass
    return f"<code>{html.escape(tex)}</code>"
