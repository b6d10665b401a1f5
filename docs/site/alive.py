"""What stays alive on a page without a kernel: panels with their sliders, over recorded runs.

A panel is made as the lesson makes it, and asked for its sliders. A run is recorded for each
combination of a few values of each; ``static/panel.js`` chooses among them and draws. The figure of the
flow of signals comes with all its pictures, for ``static/flow.js``.
"""

from __future__ import annotations

import ast
import builtins
import html
import json
import math
import string
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass, replace
from functools import singledispatch
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

import microlearn
from grader.effects import effects_of
from microlearn.drafts import draft_of
from microlearn.fingerprints import engine, fingerprint
from microlearn.looks import look_of
from microlearn.rules import Knob, get_rule
from microlearn.widgets import runs
from microlearn.widgets.controls import values_of
from microlearn.widgets.curves import ends, lines
from microlearn.widgets.diagram import STAGES, diagram, halo, name_of, synapses
from microlearn.widgets.flowing import FlowView, asked_of_a_brain, needed, offered
from microlearn.widgets.learning import PALE, LearningPanel
from microlearn.widgets.measured import measured_plot
from microlearn.widgets.runs import Curve, Run
from microlearn.widgets.settings import OWN, Settings
from microlearn.widgets.svg import Line, Plot, figure, stroke

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "recorded"

RUNS, POINTS = 90, 12
"""For each panel: runs at most, and measurements of each."""
STEP = 4
"""The factor between neighbouring values of a slider."""
NARROW = 380
"""Pixels: the width of the figure on a phone."""
LETTERS = string.ascii_letters + string.digits + "-_"
"""Two of them are a height in a plot; those of a gap are none."""
GAP = ".."
HEIGHTS = len(LETTERS) ** 2 - 1


class Detail(NamedTuple):
    """How much is recorded of a panel: values of a slider (odd) and updates in a run, at most."""

    values: int
    updates: int


FULL, BRIEF = Detail(5, 204), Detail(3, 34)


# --- views, as the lesson makes them --------------------------------------------------------------


def views(notebook: NotebookNode) -> Iterator[tuple[str, Any]]:
    """The id of each cell whose last expression is one that :func:`on_page` can show, and its value."""
    statements: list[ast.stmt] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            body = ast.parse(cell.source).body
        except SyntaxError:
            continue  # It speaks IPython, and binds nothing that a view needs.
        match body:
            case [*before, ast.Expr(ast.Call(ast.Name(name))) as last] if name in MAKERS:
                yield cell.id, _value(last, [*statements, *before])
        statements += body


MAKERS = ("panel", "flow")
"""The functions that make such views."""


def _value(last: ast.Expr, before: Sequence[ast.stmt]) -> Any:
    """The value of an expression, after those of the statements before it that bind what it reads."""
    scope = {name: getattr(microlearn, name) for name in microlearn.__all__}
    wanted, needed = effects_of(last).now.reads, list[ast.stmt]()
    for statement in reversed(before):
        wanted = wanted - scope.keys() - vars(builtins).keys()
        effects = effects_of(statement)
        if effects.binds & wanted:
            needed.insert(0, statement)
            wanted = wanted - effects.binds | effects.now.reads | effects.later.reads
    exec(compile(ast.Module(needed, []), "<lesson>", "exec"), scope)
    return eval(compile(ast.Expression(last.value), "<lesson>", "eval"), scope)


# --- the grid of a panel --------------------------------------------------------------------------


@dataclass(frozen=True)
class Slider:
    """A control of a panel, with the few values that are recorded."""

    name: str
    label: str
    values: tuple[float, ...]
    at: int
    """Where it stands at first."""


def sliders(panel: LearningPanel, detail: Detail) -> list[Slider]:
    """The sliders that fit in the number of runs: the panel's first one, and the rules' in their order.

    As many as have room with three values each, then more values of the rules' as long as they have.
    """
    settings, found = panel.settings(), dict[str, Slider]()
    first = OWN[0].name
    of_rules = [name for name in panel.controls if name not in {knob.name for knob in OWN}]
    tries = [(name, 3) for name in (first, *of_rules)] + [
        (name, detail.values) for name in of_rules
    ]
    for name, count in tries:
        if count > 3 and name not in found:
            continue
        control = panel.controls[name]
        values = _around(control.knob, control.value, count)
        tried = found | {name: Slider(name, control.label, values, values.index(control.value))}
        if sum(len(list(grid([*tried.values()], settings, r))) for r in settings.rules) <= RUNS:
            found = tried
    return [found[name] for name in panel.controls if name in found]


def _around(knob: Knob, value: float, count: int) -> tuple[float, ...]:
    """Up to so many values of a knob, with the given one in their middle."""
    if not knob.log:
        others = values_of(knob, count)
        nearest = min(others, key=lambda other: abs(other - value))
        return tuple(sorted({*others} - {nearest} | {value}))
    steps = (value * STEP**k for k in range(-(count // 2), count // 2 + 1))
    rounded = (round(v) if knob.whole else float(f"{v:.2g}") for v in steps)
    return tuple(sorted({v for v in rounded if knob.low <= v <= knob.high} | {value}))


def grid(sliders: Sequence[Slider], settings: Settings, rule: str) -> Iterator[dict[str, float]]:
    """The settings at which a rule runs: all combinations of the sliders that it hears."""
    heard = [s for s in sliders if s.name in settings.controls(rule).values()]
    for values in product(*(s.values for s in heard)):
        yield dict(zip((s.name for s in heard), values, strict=True))


def recorded(settings: Settings, sliders: Sequence[Slider]) -> dict[str, list[Run]]:
    """For each rule a run at each point of its grid, made now or found in ``build/recorded/``.

    The references run, whatever lies in ``my_rules/``.
    """
    rules = {rule: get_rule(rule) for rule in settings.rules}
    with tempfile.TemporaryDirectory() as empty, chdir(empty), redirect_stdout(None):
        answers = {rule: entry.answers() for rule, entry in rules.items()}
        source = Path(runs.__file__).read_bytes()
        decides = (engine(), source, rules, answers, settings.data, settings.measures)
        numbers = (settings.epochs, dict(settings.values), [s.values for s in sliders], POINTS)
        kept = KEPT / f"{fingerprint(*decides, *numbers)}.json"
        found = {
            rule: [
                Run(replace(settings, rules=(rule,), values={**settings.values, **point}), POINTS)
                for point in grid(sliders, settings, rule)
            ]
            for rule in rules
        }
        if not kept.exists():
            for run in (run for of_rule in found.values() for run in of_rule):
                for _ in run:
                    pass
            _write(kept, found)
        for rule, curves in json.loads(kept.read_text(encoding="utf-8")).items():
            for run, (rows, slow, trouble) in zip(found[rule], curves, strict=True):
                run.curves[rule] = Curve(rows, slow, trouble=trouble)
    return found


def _write(kept: Path, found: Mapping[str, Sequence[Run]]) -> None:
    curves = {
        rule: [(c.rows, c.slow, c.trouble) for c in (run.curves[rule] for run in runs)]
        for rule, runs in found.items()
    }
    with draft_of(kept) as draft:
        draft.write_text(json.dumps(curves, default=float), encoding="utf-8")


# --- on the page ----------------------------------------------------------------------------------


@singledispatch
def on_page(view: Any, detail: Detail = FULL) -> str:
    """A view as HTML that is alive with a script of ``static/``, and a picture without it."""
    raise TypeError(f"No page can show a {type(view).__name__}.")


@on_page.register
def _panel(panel: LearningPanel, detail: Detail = FULL) -> str:
    asked = panel.settings()
    settings = replace(asked, epochs=min(asked.epochs, detail.updates / asked.batches))
    moving = sliders(panel, detail)
    found = recorded(settings, moving)
    plots, drawn = _plots(settings, found), _lines_at_first(settings, moving, found)
    alt = "Learning curves."
    legend = [(look_of(rule), get_rule(rule).title) for rule in settings.rules]
    legend.append((PALE, "pale: the run before"))
    pictures = []
    for name, shape in (("wide", {}), ("narrow", {"whole_width": NARROW, "columns": 1})):
        filled = [replace(p, lines=d) for p, d in zip(plots, drawn, strict=True)]
        pictures.append(f'<div class="ml-{name}">{figure(filled, legend, alt, **shape)}</div>')
    data = {
        "letters": LETTERS,
        "pale": stroke(PALE),
        "sliders": [
            {"label": s.label, "values": [f"{v:g}" for v in s.values], "at": s.at} for s in moving
        ],
        "x": _places(settings, found),
        "rules": [
            {
                "title": get_rule(rule).title,
                "stroke": stroke(look_of(rule)),
                "colour": look_of(rule).colour,
                "sliders": [
                    k for k, s in enumerate(moving) if s.name in settings.controls(rule).values()
                ],
                "runs": [
                    {
                        "lines": [
                            _letters(run.curves[rule].points(plot_of)[1], plot.y_range)
                            for plot_of, plot in zip(settings.measures, plots, strict=True)
                        ],
                        "short": ends(run, ("validation_accuracy",)),
                        "said": ends(run, settings.measures),
                        "trouble": run.curves[rule].trouble,
                    }
                    for run in of_rule
                ],
            }
            for rule, of_rule in found.items()
        ],
    }
    count = sum(map(len, found.values()))
    note = (
        f"These are {count} recorded runs of {settings.epochs:g} epochs. In the notebook the same panel "
        f"trains while you watch, for {asked.epochs:g} epochs, at any setting and with any rule."
    )
    return _alive("panel", "".join(pictures), data, note)


@on_page.register
def _flow(view: FlowView, detail: Detail = FULL) -> str:
    still, first = view.frames(), view.rule
    pictures: dict[str, int] = {}  # many rules have the same way up
    rules = []
    for rule in offered(first):
        view.choose(rule)
        assert view.signals, repr(view)
        shown = [diagram(view.signals, stage) for stage in STAGES]
        rules.append(
            {
                "name": f"{rule.carrier.name} ({rule.title})",
                "pictures": [pictures.setdefault(picture, len(pictures)) for picture in shown],
                "needed": [needed(view.signals, synapse) for synapse in synapses()],
                "asked": asked_of_a_brain(rule),
            }
        )
    view.choose(first)
    data = {
        "stages": STAGES,
        "rules": rules,
        "first": offered(first).index(first),
        "pictures": list(pictures),
        "synapses": [{"name": name_of(s), "halo": halo(s)} for s in synapses()],
    }
    return _alive("flow", f'<div class="ml-frames">{still}</div>', data, view.note)


def _alive(kind: str, still: str, data: dict, note: str = "") -> str:
    """A place that a script makes alive with the data behind it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    below = f'<p class="ml-note">{html.escape(note)}</p>' if note else ""
    return (
        f'<div class="ml-alive ml-alive-{kind}">{still}{below}</div>'
        f'<script type="application/json" data-alive="{kind}">{text}</script>'
    )


def _plots(settings: Settings, found: Mapping[str, Sequence[Run]]) -> list[Plot]:
    """The frames of the plots, which hold all runs, so that no axis moves with a slider."""
    plots = []
    for measure in settings.measures:
        every = [
            line for of_rule in found.values() for run in of_rule for line in lines(run, measure)
        ]
        epochs = (0, settings.steps / settings.batches)
        plot = measured_plot(measure, "epochs", epochs, every, len(settings.data.train))
        plots.append(replace(plot, lines=[]))
    return plots


def _lines_at_first(
    settings: Settings, moving: Sequence[Slider], found: Mapping[str, Sequence[Run]]
) -> list[list[Line]]:
    """For each measure the lines at the place where the sliders stand at first."""
    first = {s.name: s.values[s.at] for s in moving}
    shown = [
        run
        for rule, of_rule in found.items()
        for run, point in zip(of_rule, grid(moving, settings, rule), strict=True)
        if all(first[name] == value for name, value in point.items())
    ]
    return [[line for run in shown for line in lines(run, m)] for m in settings.measures]


def _places(settings: Settings, found: Mapping[str, Sequence[Run]]) -> list[list[float]]:
    """Where each measure was taken, as parts of the run. A run that ends early has the first of them."""
    longest = []
    for measure in settings.measures:
        of_all = (
            run.curves[rule].points(measure)[0]
            for rule, of_rule in found.items()
            for run in of_rule
        )
        steps = max(of_all, key=len)
        longest.append([round(step / settings.steps, 4) for step in steps])
    return longest


def _letters(values: Sequence[float], y_range: tuple[float, float]) -> str:
    """Heights in a plot, two letters each: from one frame below its top edge to two."""
    low, high = y_range
    text = []
    for value in values:
        if not math.isfinite(value):
            text.append(GAP)
            continue
        below = min(max((high - value) / (high - low), -1), 2)
        first, second = divmod(round((below + 1) / 3 * HEIGHTS), len(LETTERS))
        text.append(LETTERS[first] + LETTERS[second])
    return "".join(text)
