"""How Sphinx builds the site, after build.py has written the pages."""

import re
import sys
from inspect import isclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import pages  # noqa: E402
from docutils import nodes  # noqa: E402
from sphinx.addnodes import pending_xref  # noqa: E402

import microlearn  # noqa: E402

project = "microlearn"
author = "the microlearn contributors. Text and pictures: CC BY 4.0."
version = release = microlearn.__version__
language = "en-GB"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "mathml",
]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
# build.py has run the lessons. Their outputs in Markdown contain mathematics.
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True  # else an attribute that is described in both places is there twice

html_theme = "sphinx_book_theme"
html_title = "microlearn"
html_favicon = "static/icon.svg"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_js_files = [(path.name, {"defer": "defer"}) for path in sorted((HERE / "static").glob("*.js"))]
html_copy_source = False
html_show_copyright = False  # the line with the author says it
html_use_index = False
html_domain_indices = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "use_download_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "show_navbar_depth": 1,
    "navbar_persistent": [],
    "collapse_navbar": True,  # the package has a hundred pages, which each page would name
}
if pages.ADDRESS.repository:
    html_theme_options |= {
        "repository_url": pages.ADDRESS.repository,
        "repository_branch": pages.ADDRESS.tag,
        "use_repository_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
            "notebook_interface": "jupyterlab",
        },
    }


def setup(app):
    app.connect("autodoc-process-docstring", lengths)
    app.connect("doctree-read", homes)
    app.connect("doctree-read", spreads)


def lengths(app, what, name, thing, options, lines):
    """In a docstring |d| is a length, and no reference."""
    lines[:] = [re.sub(r"(``.*?``)|\|", lambda m: m[1] or r"\|", line) for line in lines]


def homes(app, doctree):
    """Of two classes with one name, a docstring speaks of the one that its module knows by it."""
    for link in doctree.findall(pending_xref):
        if link["refdomain"] == "py":
            module = sys.modules.get(link.get("py:module"))
            if isclass(meant := getattr(module, link["reftarget"], None)):
                link["reftarget"] = f"{meant.__module__}.{meant.__qualname__}"


def spreads(app, doctree):
    """No line break parts a mean from its spread, as in ``plots.plus_minus``."""
    for text in [*doctree.findall(nodes.Text)]:
        if "±" in text and not isinstance(text.parent, nodes.literal_block):
            text.parent.replace(text, nodes.Text(re.sub(r"\s±\s", "\u00a0±\u00a0", text)))
