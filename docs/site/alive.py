"""What stays alive on a page without a kernel: panels with their sliders, over recorded runs.

A panel is made as the lesson makes it, and asked for its sliders. A run is recorded for each
combination of a few values of each; ``static/panel.js`` chooses among them and draws. The figure of the
flow of signals comes with all its pictures, for ``static/flow.js``; those that every lesson shows are in
a file of their own, which the pages share.
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
from functools import cache, singledispatch
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from nbformat import NotebookNode

import microlearn
from grader.effects import effects_of
from microlearn.drafts import draft_of
from microlearn.fingerprints import engine, fingerprint
from microlearn.looks import look_of
from microlearn.rules import Knob, get_rule
from microlearn.widgets import runs as computing
from microlearn.widgets.base import Panel
from microlearn.widgets.controls import values_of
from microlearn.widgets.curves import ends, lines
from microlearn.widgets.diagram import STAGES, diagram, halo, name_of, synapses
from microlearn.widgets.flowing import FlowView, asked_of_a_brain, needed, offered
from microlearn.widgets.learning import PALE, LearningPanel
from microlearn.widgets.measured import measured_plot
from microlearn.widgets.runs import Curve, Run
from microlearn.widgets.settings import OWN, Settings
from microlearn.widgets.svg import Line, Plot, figure, stroke
from microlearn.widgets.sweeping import ACCURACY, SweepPanel, over_seeds

Array = np.ndarray

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "recorded"

RUNS, POINTS = 90, 12
"""For each panel: runs at most, and measurements of each."""
STEP = 4
"""The factor between neighbouring values of a slider."""
SIGNALS = "signals.js"
"""In ``_static/``: the pictures of the flow of signals that the lessons' pages share."""
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
    sweep: int
    """Runs for a panel that sweeps, at most."""
    whole: bool
    """Whether a sweep is what it is in the notebook: its text says what is to be seen in it."""


FULL, BRIEF = Detail(5, 204, 500, True), Detail(3, 34, 20, False)


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


MAKERS = ("panel", "sweep_panel", "flow")
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


def sliders(
    panel: Panel,
    settings: Settings,
    detail: Detail,
    along: Sequence[Slider] = (),
    most: int = RUNS,
) -> list[Slider]:
    """The sliders that fit in the number of runs: the panel's first one, and the rules' in their order.

    As many as have room with three values each, then more values of the rules' as long as they have.
    At each place runs go ``along`` all values of those that do not move.
    """
    found = dict[str, Slider]()
    first, taken = OWN[0].name, {slider.name for slider in along}
    own = {knob.name for knob in OWN}
    of_rules = [name for name in panel.controls if name not in own | taken]
    tries = [(name, 3) for name in (first, *of_rules)] + [
        (name, detail.values) for name in of_rules
    ]
    for name, count in tries:
        if name in taken or (count > 3 and name not in found):
            continue
        control = panel.controls[name]
        values = _around(control.knob, control.value, count)
        tried = found | {name: Slider(name, control.label, values, values.index(control.value))}
        if size([*tried.values(), *along], settings) <= most:
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


def size(sliders: Sequence[Slider], settings: Settings) -> int:
    """How many runs that are."""
    return sum(len(list(grid(sliders, settings, rule))) for rule in settings.rules)


def recorded(
    settings: Settings, sliders: Sequence[Slider], points: int = POINTS
) -> dict[str, list[Run]]:
    """For each rule a run at each point of its grid, made now or found in ``build/recorded/``.

    The references run, whatever lies in ``my_rules/``.
    """
    rules = {rule: get_rule(rule) for rule in settings.rules}
    with tempfile.TemporaryDirectory() as empty, chdir(empty), redirect_stdout(None):
        answers = {rule: entry.answers() for rule, entry in rules.items()}
        source = Path(computing.__file__).read_bytes()
        decides = (engine(), source, rules, answers, settings.data, settings.measures)
        numbers = (settings.epochs, dict(settings.values), [s.values for s in sliders], points)
        kept = KEPT / f"{fingerprint(*decides, *numbers)}.json"
        found = {
            rule: [
                Run(replace(settings, rules=(rule,), values={**settings.values, **point}), points)
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
    moving = sliders(panel, settings, detail)
    found = recorded(settings, moving)
    plots, drawn = _plots(settings, found), _lines_at_first(settings, moving, found)
    runs = {
        rule: [
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
        ]
        for rule, of_rule in found.items()
    }
    count = sum(map(len, found.values()))
    note = (
        f"These are {count} recorded runs of {settings.epochs:g} epochs. In the notebook the same panel "
        f"trains while you watch, for {asked.epochs:g} epochs, at any setting and with any rule."
    )
    filled = [replace(p, lines=d) for p, d in zip(plots, drawn, strict=True)]
    data = {"alt": "Learning curves.", "x": _places(settings, found)}
    return _sliding(data, settings, moving, filled, runs, note)


@on_page.register
def _sweep(panel: SweepPanel, detail: Detail = FULL) -> str:
    asked = panel.settings()
    updates = asked.steps if detail.whole else detail.updates
    values = {**asked.values, "seed": 0}
    settings = replace(asked, epochs=updates / asked.batches, values=values)
    panel.work()  # it says what is swept, and nothing runs yet
    along = [
        Slider(panel.swept, panel.label, tuple(panel.values[:: 1 if detail.whole else 4]), 0),
        Slider("seed", "seed", tuple(range(panel.seeds if detail.whole else 1)), 0),
    ]
    panel.values = [*along[0].values]
    moving = sliders(panel, settings, detail, along, detail.sweep)
    found = recorded(settings, [*moving, *along], points=1)
    places = {rule: [*grid(moving, settings, rule)] for rule in found}
    ends_of = {rule: _ends(of_rule, len(places[rule])) for rule, of_rule in found.items()}
    shape = (len(along[1].values), len(panel.values))

    def put(rule: str, k: int) -> None:
        """Show the panel the sweep of this rule at the k-th place of the sliders."""
        each = {m: np.broadcast_to(e[k].T, shape) for m, e in ends_of[rule].items()}
        panel.found = {rule: each}

    every: list[list[Line]] = [[] for _ in settings.measures]
    for rule in found:
        for k in range(len(places[rule])):
            put(rule, k)
            for lines_of, measure in zip(every, settings.measures, strict=True):
                lines_of.append(panel.line(rule, measure))
    plots = [panel.plot(m, drawn) for m, drawn in zip(settings.measures, every, strict=True)]
    runs: dict[str, list[dict]] = {rule: [] for rule in found}
    first: list[list[Line]] = [[] for _ in plots]
    for rule, of_rule in runs.items():
        for k, place in enumerate(places[rule]):
            put(rule, k)
            outcome = [panel.found[rule][measure] for measure in settings.measures]
            spread = [over_seeds(f, found) for found in outcome for f in SPREAD]
            heights = [_letters(h.tolist(), plots[j // 3].y_range) for j, h in enumerate(spread)]
            bad = int(np.isnan(ends_of[rule][ACCURACY][k]).sum())
            of_rule.append(
                {
                    "lines": heights[::3],
                    "low": heights[1::3],
                    "high": heights[2::3],
                    "short": panel.bests(),
                    "said": panel.bests(),
                    "trouble": f"{get_rule(rule).title} diverged {bad} times." if bad else "",
                }
            )
            if all(place[s.name] == s.values[s.at] for s in moving if s.name in place):
                for lines_of, measure in zip(first, settings.measures, strict=True):
                    lines_of.append(panel.line(rule, measure))
    filled = [replace(p, lines=d) for p, d in zip(plots, first, strict=True)]
    data = {
        "alt": f"Outcome against {panel.label}.",
        "x": [_parts(panel.values, plot) for plot in plots],
        "dots": [rule not in panel.level for rule in runs],
    }
    count = size([*moving, *along], settings)
    note = (
        f"These are {count} recorded runs of {settings.epochs:g} epochs. In the notebook the same panel "
        "trains while you watch, and sweeps any knob of any rule."
    )
    return _sliding(data, settings, moving, filled, runs, note)


SPREAD = (np.nanmean, np.nanmin, np.nanmax)


def _ends(runs: Sequence[Run], places: int) -> dict[str, Array]:
    """Of each measure the last value of each run: places of the sliders × values × seeds."""
    found: dict[str, list[float]] = {}
    for run in runs:
        (curve,) = run.curves.values()
        for measure in dict.fromkeys([*run.settings.measures, ACCURACY]):
            ended = curve.rows and not curve.trouble
            last = curve.points(measure)[1][-1] if ended else math.nan
            found.setdefault(measure, []).append(last)
    seeds = len({run.settings.values["seed"] for run in runs})
    return {m: np.array(values).reshape(places, -1, seeds) for m, values in found.items()}


def _parts(values: Sequence[float], plot: Plot) -> list[float]:
    """Where values are along the bottom of a plot, as parts of its width."""
    scale = math.log if plot.log else float
    low, high = map(scale, plot.x_range)
    return [round((scale(value) - low) / (high - low), 4) for value in values]


def _sliding(
    data: dict,
    settings: Settings,
    moving: Sequence[Slider],
    plots: Sequence[Plot],
    runs: Mapping[str, list[dict]],
    note: str,
) -> str:
    """Plots with sliders that choose among what was recorded of each rule at each of their places."""
    legend = [(look_of(rule), get_rule(rule).title) for rule in settings.rules]
    legend.append((PALE, "pale: the run before"))
    pictures = []
    for name, shape in (("wide", {}), ("narrow", {"whole_width": NARROW, "columns": 1})):
        drawn = figure(plots, legend, data["alt"], **shape)
        pictures.append(f'<div class="ml-{name}">{drawn}</div>')
    data = data | {
        "letters": LETTERS,
        "pale": stroke(PALE),
        "sliders": [
            {"label": s.label, "values": [f"{v:g}" for v in s.values], "at": s.at} for s in moving
        ],
        "rules": [
            {
                "title": get_rule(rule).title,
                "stroke": stroke(look_of(rule)),
                "colour": look_of(rule).colour,
                "sliders": [
                    k for k, s in enumerate(moving) if s.name in settings.controls(rule).values()
                ],
                "runs": of_rule,
            }
            for rule, of_rule in runs.items()
        ],
    }
    return _alive("panel", "".join(pictures), data, note)


@on_page.register
def _flow(view: FlowView, detail: Detail = FULL) -> str:
    still, first = view.frames(), view.rule
    shared = _shared_signals()
    rules: list[str | dict] = []
    for rule in offered(first):
        view.choose(rule)
        entry = _signals(view, shared["pictures"])
        known = shared["rules"].get(rule.name)
        rules.append(rule.name if entry == known else entry)
    view.choose(first)
    data = {"rules": rules, "first": offered(first).index(first)}
    load = f'<script src="../../_static/{SIGNALS}"></script>'
    return load + _alive("flow", f'<div class="ml-frames">{still}</div>', data, view.note)


def _signals(view: FlowView, shared: list[str]) -> dict:
    """What the figure shows of the rule that is chosen; a picture that is shared is a number."""
    assert view.signals, repr(view)
    pictures = [diagram(view.signals, stage) for stage in STAGES]
    return {
        "name": f"{view.rule.carrier.name} ({view.rule.title})",
        "pictures": [shared.index(p) if p in shared else p for p in pictures],
        "needed": [needed(view.signals, synapse) for synapse in synapses()],
        "asked": asked_of_a_brain(view.rule),
    }


@cache
def _shared_signals() -> dict:
    """The rules that carry the error in every lesson's figure, and what all rules have in common."""
    view = microlearn.flow("backprop")
    assert view.signals, repr(view)
    pictures = [diagram(view.signals, STAGES[0])]  # the way up is the same for all
    rules = {}
    for rule in offered(view.rule):
        view.choose(rule)
        rules[rule.name] = _signals(view, pictures)
    marks = [{"name": name_of(s), "halo": halo(s)} for s in synapses()]
    return {"stages": STAGES, "synapses": marks, "pictures": pictures, "rules": rules}


def shared_signals() -> str:
    """The file that the pages with such a figure load: a script, since a page that is opened without a
    server may load nothing else."""
    return f"const SIGNALS = {_json(_shared_signals())};\n"


def _alive(kind: str, still: str, data: dict, note: str = "") -> str:
    """A place that a script makes alive with the data behind it."""
    below = f'<p class="ml-note">{html.escape(note)}</p>' if note else ""
    return (
        f'<div class="ml-alive ml-alive-{kind}">{still}{below}</div>'
        f'<script type="application/json" data-alive="{kind}">{_json(data)}</script>'
    )


def _json(data: dict) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/")


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
