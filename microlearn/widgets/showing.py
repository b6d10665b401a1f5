"""Widgets in a notebook, and what stays of them where they are lost or were never alive.

Where a notebook is opened again, JupyterLab has a box without a child in the place of the widgets, in
which it says that a model is not found. So what stays is an output of its own, hidden while the widgets
are there.
"""

from __future__ import annotations

import ipywidgets as widgets
from IPython.display import display

from .in_cells import InCells

REOPENED = (
    "The controls come back when the notebook is run from its top to this cell. What is below stood "
    "here when the cell ran."
)
LOST = (
    "<style>.jp-OutputArea-output.jupyter-widgets:not(:has(*)) {font-size: 0}"
    ".jp-OutputArea-output.jupyter-widgets:not(:has(*))::after {"
    f'font-size: var(--jp-content-font-size1, 14px); content: "{REOPENED}"}}</style>'
)

NAMES = """<script>(() => {
  if (window.mlNames) return;
  window.mlNames = true;
  let waiting = 0, choices, last, at;
  const met = new WeakSet(), outputs = ".jp-OutputArea-output, .output_subarea";
  const wide = new ResizeObserver((changed) => {
    for (const out of new Set(changed.map(({target}) => target.closest(outputs)))) {
      const more = out.scrollWidth > out.clientWidth + 1;
      const facts = {tabindex: 0, role: "region", "aria-label": "A table wider than the page"};
      for (const [key, value] of Object.entries(facts))
        more ? out.setAttribute(key, value) : out.removeAttribute(key);
      out.classList.toggle("ml-wide", more);
    }
  });
  const name = () => {
    waiting = 0;
    for (const row of document.querySelectorAll(".ml-control")) {
      const box = row.querySelector("input"), said = row.querySelector(".widget-label");
      const slider = row.querySelector(".noUi-handle, .ui-slider-handle");
      if (!box || !said || !slider) continue;
      const facts = {role: "slider", "aria-label": said.textContent, "aria-valuetext": box.value};
      for (const [key, value] of Object.entries(facts))
        if (slider.getAttribute(key) !== value) slider.setAttribute(key, value);
    }
    for (const table of document.querySelectorAll("table:is(.dataframe, [id^=T_])"))
      for (const part of [table, table.closest(outputs)])
        if (part?.closest(outputs) && !met.has(part)) met.add(part), wide.observe(part);
  };
  const soon = () => {
    if (last && !last.isConnected) choices.querySelectorAll("input")[at]?.focus();
    waiting = waiting || setTimeout(name, 100);
  };
  new MutationObserver(soon).observe(document.body, {subtree: true, childList: true, attributes: true,
    attributeFilter: ["aria-valuenow", "style"]});
  soon();
  addEventListener("focusin", (event) => {
    choices = event.target.closest?.(".ml-live .widget-radio-box");
    last = choices && event.target;
    at = choices && [...choices.querySelectorAll("input")].indexOf(last);
  });
  addEventListener("keydown", (event) => {
    const on = event.target;
    if (!on.closest?.(".ml-live") && !on.matches?.(".ml-wide, .ml-card-frame")) return;
    const plain = !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey);
    on.toggleAttribute("data-lm-suppress-shortcuts", plain);
    if (plain && on.matches("select, [type=radio], [type=checkbox]")) event.stopPropagation();
  }, true);
})()</script>"""
"""Gives each slider, which has neither in ipywidgets, the name and the value of the box beside it, for a
screen reader. Where no script runs, the boxes are there.

A key pressed on a control is the control's. A notebook would take an arrow on a menu or a choice for a
step to the next cell, and a letter for a command. JupyterLab and Notebook 7 heed the attribute, which a
slider needs, since it must hear the key itself; Notebook 6 knows no such thing. Shift + Enter still runs
the cell. And a choice keeps the focus where it is drawn anew when it is chosen, as in ipywidgets 7.

A table that is wider than its place can be reached with Tab and moved with the arrows."""


def display_live(view: InCells) -> None:
    """Show the widgets of a view in the cell that runs.

    Raises
    ------
    RuntimeError
        If it was closed.
    """
    widget = view.widget
    if widget.comm is None:
        raise RuntimeError("These controls were closed: run the cell that makes them again.")
    view.enter()
    widget.add_class("ml-live")
    model = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    data = {
        "application/vnd.jupyter.widget-view+json": model,
        "text/plain": REOPENED.replace(". ", ".\n"),
    }
    display(data, raw=True)


def display_what_stays(
    widget: widgets.Widget, live: widgets.HTML, stays: str, words: str, svg: str = ""
) -> None:
    """Show what stays of a widget, hidden as long as that is there.

    Parameters
    ----------
    widget : a box that contains ``live``
    live : gets the style that hides what stays
    stays : as HTML
    words : what stays, in plain words
    svg : what stays as a picture, for front ends that want one
    """
    kept = f"ml-kept-{widget.model_id}"
    live.value = f"<style>.{kept} {{display: none !important}}</style>"
    picture = {"image/svg+xml": svg} if svg else {}
    html = f'{LOST}{NAMES}<div class="{kept}">{stays}</div>'
    display({"text/html": html, **picture, "text/plain": words}, raw=True)
