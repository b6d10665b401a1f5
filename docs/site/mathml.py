"""Mathematics as MathML, by docutils' own converter: browsers draw it and read it aloud, offline."""

from __future__ import annotations

from docutils import nodes
from docutils.utils.math import MathError
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

import grader.formulas


def mathml(node: nodes.math | nodes.math_block) -> str:
    """A formula as MathML; one that can't be converted is a warning, which fails the build."""
    source = node.astext()
    try:
        return grader.formulas.mathml(source, isinstance(node, nodes.math_block))
    except MathError as error:
        logging.getLogger(__name__).warning("%s: %s", source, error, location=node)
        return f"<code>{nodes.unescape(source)}</code>"


def inline(writer: HTML5Translator, node: nodes.math) -> None:
    writer.body.append(mathml(node))
    raise nodes.SkipNode


def block(writer: HTML5Translator, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="equation">{mathml(node)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
