"""How fast a panel answers, in a real browser: ``python benchmarks/slider.py``.

Presses an arrow key on the panel's sliders thirty times while a run is under way, and reads from the
page's own clock when the first frame of the new run was painted, whether a frame of an old run was
painted after it, and how many frames a second followed. Then it times a default run from *Reset* to
its end.

    python benchmarks/slider.py                          JupyterLab of this environment, and Notebook 6.5
                                                         of the one that `make colab-env` makes
    python benchmarks/slider.py --colab PYTHON           Notebook 6.5 of that one
    python benchmarks/slider.py --view single_updates    with one of the panel's views open
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
import pandas as pd
from nbformat.v4 import new_code_cell, new_notebook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import colab_env
from browser import ROOT, Notebook, browser_window, server

from microlearn.widgets.views import VIEWS

PRESSES = 30

# Every mutation of the picture, stamped when the frame that shows it is painted: the message
# that is posted inside an animation frame is handled right after that frame has been drawn.
WATCH = """() => {
  window.keys = []; window.frames_ = []; window.views = [];
  for (const kind of ['keydown', 'click'])
    document.addEventListener(kind, () => window.keys.push(performance.now()), true);
  const channel = new MessageChannel();
  let waiting = [], seen = document.querySelector('.ml-views');
  channel.port1.onmessage = () => {
    const now = performance.now();
    for (const f of waiting) window.frames_.push([...f, now]);
    waiting = [];
    const view = document.querySelector('.ml-views');
    if (view !== seen) window.views.push(now);
    seen = view;
  };
  let asked = false;
  const look = () => {
    const svg = document.querySelector('svg[data-run]');
    if (!svg) return;
    waiting.push([+svg.dataset.run, +svg.dataset.step]);
    if (!asked) {
      asked = true;
      requestAnimationFrame(() => { asked = false; channel.port2.postMessage(0); });
    }
  };
  const box = document.querySelector('svg[data-run]').closest('.widget-html-content').parentElement;
  const watched = [box, seen?.closest('.widget-html-content').parentElement];
  for (const place of watched.filter(Boolean))
    new MutationObserver(look).observe(place, {childList: true, subtree: true});
}"""


def measure(python: str, classic: bool, view: str | None) -> dict[str, float]:
    """The figures of one front end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A run long enough to be under way at each press, as in a student's hands.
        cell = (
            'from microlearn import *\np = panel("weight_perturbation", "backprop", epochs={}, '
            f"view={view!r})"
        )
        long, default = new_notebook(), new_notebook()
        long.cells = [new_code_cell(cell.format(600)), new_code_cell("p")]
        default.cells = [new_code_cell(cell.format(60)), new_code_cell("p")]
        for notebook, file in ((long, "long.ipynb"), (default, "default.ipynb")):
            notebook.metadata["kernelspec"] = {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            }
            nbformat.write(notebook, folder / file)
        with server(folder, python, classic) as address, browser_window() as window:
            notebook = Notebook(window, address, "long.ipynb", classic)
            figures = _slide(notebook)
            notebook.shut_down()
            notebook = Notebook(window, address, "default.ipynb", classic)
            figures |= _default_run(notebook)
            notebook.shut_down()
    return figures


def _slide(notebook: Notebook) -> dict[str, float]:
    page = notebook.page
    notebook.run_all()
    notebook.wait_for("document.querySelector('svg[data-run]')")
    page.evaluate(WATCH)
    # ipywidgets 7 has sliders of jQuery UI, without a role.
    sliders = page.locator(".ui-slider-handle" if notebook.classic else "[role=slider]")
    first, last, stale, rates, viewed = [], [], 0, [], []
    for press in range(PRESSES):
        slider = sliders.nth(press % 2)  # learning rate, noise
        slider.focus()
        page.evaluate("() => { window.keys = []; window.frames_ = []; window.views = []; }")
        run = page.evaluate("() => +document.querySelector('svg[data-run]').dataset.run")
        slider.press("ArrowRight" if press % 4 < 2 else "ArrowLeft")
        page.wait_for_timeout(900)
        found = page.evaluate("() => [window.keys[0], window.frames_, window.views]")
        pressed, frames, views = found
        new = [(number, step, at - pressed) for number, step, at in frames if number > run]
        if not new:
            raise RuntimeError(f"press {press}: no frame of a new run within 0.9 s")
        first.append(new[0][2])
        viewed += [at - pressed for at in views if at - pressed >= new[0][2]][:1]
        stale += sum(number <= run and at > pressed + first[-1] for number, _, at in frames)
        last.append(
            max((at - pressed for n, _, at in frames if n <= run and at > pressed), default=0)
        )
        times = [at for _, _, at in new]
        rates.append(1000 * (len(times) - 1) / (times[-1] - times[0]))
    seen = (
        {"key to the view's new picture, ms, median": statistics.median(viewed)} if viewed else {}
    )
    return {
        "key to first new frame, ms, median": statistics.median(first),
        "worst of 30": max(first),
        **seen,
        "last frame of the old run after the key, ms, worst": max(last),
        "frames of an old run after the first new one": stale,
        "frames a second, median": statistics.median(rates),
        "slowest": min(rates),
    }


def _default_run(notebook: Notebook) -> dict[str, float]:
    page = notebook.page
    notebook.run_all()
    notebook.wait_for("document.querySelector('svg[data-run]')")
    page.evaluate(WATCH)
    seconds = []
    for _ in range(5):
        run = page.evaluate("() => +document.querySelector('svg[data-run]').dataset.run")
        page.evaluate("() => { window.keys = []; window.frames_ = []; }")
        page.get_by_role("button", name="Reset").click()
        done = f"window.frames_.some(f => f[0] > {run} && f[1] === 1020)"
        notebook.wait_for(done, 120)
        seconds.append(page.evaluate("() => (window.frames_.at(-1)[2] - window.keys[0]) / 1000"))
    return {"default run, s, median of 5": statistics.median(seconds)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--colab", metavar="PYTHON", default=os.environ.get("MICROLEARN_COLAB_PYTHON")
    )
    parser.add_argument("--view", choices=VIEWS)
    arguments = parser.parse_args()
    front_ends = {"JupyterLab": (sys.executable, False)}
    python, made = arguments.colab, ROOT / ".venv-colab"
    if not python and made.exists() and colab_env.make(made):  # again, where its pins have changed
        python = str(made / "bin" / "python")
    if python:
        front_ends["Notebook 6.5, Colab's versions"] = (python, True)
    results = {name: measure(*which, arguments.view) for name, which in front_ends.items()}
    print(pd.DataFrame(results).round(1).to_string())
    name = f"slider_{arguments.view}.json" if arguments.view else "slider.json"
    target = ROOT / "benchmarks" / "results" / name
    target.parent.mkdir(exist_ok=True)
    about = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    target.write_text(json.dumps({"machine": about, **results}, indent=1))


if __name__ == "__main__":
    main()
