"""Runs as lines and as words: what a panel draws of them, and what it says."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from ..looks import Look, look_of
from ..measures import MEASURES
from ..rules import get_rule
from ..versions import Contents, differing
from .runs import Run, finite
from .settings import OWN, slots
from .svg import Line

ALIKE = "as now"
"""Of settings that do not differ."""


def lines(
    run: Run,
    measure: str,
    as_in: Look | None = None,
    still: bool = False,
    mark: str = "",
    beads: bool = False,
) -> list[Line]:
    """A line for each rule of a run, over the epochs; as thin and pale as another look."""
    drawn = []
    for rule, curve in run.curves.items():
        look = replace(look_of(rule), beads=beads)
        if as_in:
            look = replace(look, width=as_in.width, opacity=as_in.opacity)
        steps, values = curve.points(measure)
        epochs = [step / run.settings.batches for step in steps]
        drawn.append(Line(epochs, values, look, mark=mark, still=still))
    return drawn


def bands(run: Run, others: Sequence[Run], measure: str) -> list[Line]:
    """For each rule its line once more, with the range over all seeds, as far as all have come."""
    runs = [run, *(other for other in others if other.done)]
    if len(runs) == 1:
        return []
    drawn = []
    for rule in run.curves:
        own, *more = (dict(zip(*r.curves[rule].points(measure), strict=True)) for r in runs)
        values = {
            step: [value, *(m[step] for m in more)]
            for step, value in own.items()
            if all(math.isfinite(m.get(step, math.nan)) for m in (own, *more))
        }
        epochs = [step / run.settings.batches for step in values]
        low, high = ([end(v) for v in values.values()] for end in (min, max))
        y = [value[0] for value in values.values()]
        drawn.append(Line(epochs, y, look_of(rule), low=low, high=high))
    return drawn


def ranges(runs: Sequence[Run], measure: str) -> str:
    """From the lowest to the highest last value of a measure, for each rule."""
    said, words = [], MEASURES[measure].words
    for rule in runs[0].curves:
        last = finite(r.curves[rule].points(measure)[1][-1] for r in runs if r.curves[rule].rows)
        if last:
            title = get_rule(rule).title
            said.append(f"{title}: from {words.format(min(last))} to {words.format(max(last))}")
    return f"{'; '.join(said)}."


def ends(run: Run, measures: Collection[str], at: float = math.inf) -> str:
    """The last value of each measure that is a number, up to an update, for each rule."""
    sentences = []
    for rule, curve in run.curves.items():
        points = {name: zip(*curve.points(name), strict=True) for name in measures}
        ends = [(n, finite(y for x, y in ps if x <= at)[-1:]) for n, ps in points.items()]
        values = ", ".join(MEASURES[name].words.format(value[0]) for name, value in ends if value)
        sentences.append(f"{get_rule(rule).title}: {values or 'nothing measured'}")
    return "; ".join(sentences) + "."


def differences(
    pinned: Sequence[Run], shown: Run, changed_since: Contents | None = None
) -> list[str]:
    """Of each pinned run, the settings in which the pinned runs and the shown one are not all alike, and
    the answers that it has and the shown one has not, or that others stand for now, which have
    ``changed_since`` the shown one began."""
    runs = [*pinned, shown]
    labels = {
        name: slot.knob.words
        for run in runs
        for name, slot in slots(run.settings.rules, OWN, {}).items()
    }
    names = dict.fromkeys(name for run in runs for name in run.settings.values)
    values = {name: {run.settings.values.get(name) for run in runs} for name in names}
    differ = [name for name in names if len(values[name]) > 1]
    return [
        ", ".join(
            [
                *(
                    f"{labels.get(name, name)} {run.settings.values[name]:g}"
                    for name in differ
                    if name in run.settings.values
                ),
                *other_answers(run, shown, changed_since),
            ]
        )
        or ALIKE
        for run in pinned
    ]


def other_answers(run: Run, shown: Run, changed_since: Contents | None = None) -> list[str]:
    """In words, that a run has other answers than the one that is shown, or than those that have
    ``changed_since``; none where it has not."""
    which = "a newer" if run.number > shown.number and not changed_since else "an earlier"
    names = differing(run.contents, {**shown.contents, **(changed_since or {})})
    return [f"with {which} answer of {' and '.join(names)}"] if names else []
