"""The score card: every rule of the course in a row, with what it asks of a brain and what it reaches.

Nothing of it is typed. The answers are those of the catalogue, accuracies are read from recorded runs,
and bias and noise are what the caller has measured.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers import number, said
from ..results.gains import RECORDINGS
from ..rules import OBJECTIONS, SIGNALS, Rule, get_rule, get_rules, rule_names, words_of
from . import lessons

if TYPE_CHECKING:
    import pandas as pd

NOT_RUN = "not run"
DATA = {
    "whitened_digits": "whitened digits",
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
}
"""The data sets of the card, by their names in recorded runs."""
MARKS = dict(zip((r.name for r in RECORDINGS), "abcdefghijklmnopqrstuvwxyz", strict=False))
"""A letter for each recording, which stands beside its numbers."""


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: its text, a reason or a source in small print, its value, and where it
    comes in the order of its column, the least objectionable first."""

    text: str
    value: Any
    order: float
    note: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its name in a table, its head, what it says in full, and its cell for a rule."""

    name: str
    title: str
    about: str
    cell: Callable[[Rule], Cell]


def _objection(name: str) -> Column:
    objection = OBJECTIONS[name]

    def cell(rule: Rule) -> Cell:
        answer, phrase = rule.plausibility.answer(name), getattr(rule.plausibility, name)
        met = answer == objection.wanted
        order = 0.0 if met else 0.5 if answer == "in part" else 1.0
        return Cell(answer, answer, order, phrase if phrase != answer else "", "✓" * met)

    return Column(name, objection.title, objection.question, cell)


def _lesson(rule: Rule) -> Cell:
    number = next((n[:2] for n, of in lessons().items() if rule.idea in of["exercises"]), "")
    return Cell(number, number, float(number or "inf"))


def _knows(rule: Rule) -> Cell:
    signals = sorted((SIGNALS[name] for name in rule.knows), key=lambda s: not s.is_here)
    sent = [s.words for s in signals if not s.is_here]
    words = "; ".join(s.words for s in signals)
    return Cell(words, list(rule.knows), len(sent), f"what carries the news: {rule.carrier.name}")


def _passes(rule: Rule) -> Cell:
    passes = rule.forward_passes()
    return Cell(str(passes), passes, passes)


def _phases(rule: Rule) -> Cell:
    names = ", ".join(words_of(phase.exercise) for phase in rule.phases)
    number = 1 + len(rule.phases)
    return Cell(str(number), number, number, names and f"the update, and before it {names}")


def _result(data: str, rules: Sequence[Rule]) -> Column:
    """Results are taken from as few recordings as possible, since they compare within one."""
    recordings = sorted(RECORDINGS, key=lambda r: -sum(r.covers(rule, data) for rule in rules))

    def cell(rule: Rule) -> Cell:
        for recording in recordings:
            if found := recording.gains(rule, data):
                return _gain(*found, recording.setting, MARKS[recording.name], rule.output_only)
        return Cell(NOT_RUN, math.nan, math.inf)

    about = (
        "How many more points of the test images, in per cent, than with hidden layers that never learn "
        "(± standard deviation over paired seeds). In the rows of frozen layers: what these reach."
    )
    return Column(data, DATA[data], about, cell)


def _gain(seeds: list[float], epochs: float, setting: str, mark: str, is_baseline: bool) -> Cell:
    from ..plots import plus_minus  # no part of what `import microlearn` waits for

    note = f"{setting}; {epochs:g} epochs, {len(seeds)} seed{'s' * (len(seeds) > 1)}"
    gain = 100 * float(np.mean(seeds))
    spread = 100 * float(np.std(seeds, ddof=1)) if len(seeds) > 1 else math.nan
    if is_baseline:
        return Cell(plus_minus(gain, spread, "{:.1f}%"), 0.0, 0.0, note, mark)
    shown = plus_minus(gain, spread, "{:+z.1f}")  # no minus before a zero
    return Cell(shown, gain, -gain, note, mark)


def _measured(name: str, title: str, about: str, form: str, values: Mapping[str, float]) -> Column:
    def cell(rule: Rule) -> Cell:
        value = values.get(rule.name, math.nan)
        if math.isnan(value):
            measured = "undefined" if rule.name in values else NOT_RUN
            return Cell("none" if rule.output_only else measured, value, math.inf)
        return Cell(form.format(value), value, value)

    return Column(name, title, about, cell)


class ScoreCard:
    """Rows for rules, and columns for what is asked of them; see :func:`score_card`.

    Attributes
    ----------
    rules : list of Rule
    columns : list of Column
    """

    def __init__(self, rules: Iterable[Rule], measured: Mapping[str, tuple[float, float]]) -> None:
        self.rules = list(rules)
        bias, noise = ({name: found[k] for name, found in measured.items()} for k in (0, 1))
        live = [
            _measured(
                "bias",
                "bias",
                "The angle of the hidden layers' mean update to minus the gradient, in degrees.",
                "{:.0f}°",
                bias,
            ),
            _measured(
                "noise",
                "noise / signal",
                "How far single updates scatter around their mean, as a multiple of its length.",
                "{:.3g}",
                noise,
            ),
        ]
        self.columns = [
            Column("lesson", "lesson", "Where the rule is written.", _lesson),
            *map(_objection, OBJECTIONS),
            Column("knows", "a synapse must know", "What decides its step.", _knows),
            Column("passes", "forward passes", "Those of a batch that one update needs.", _passes),
            Column("phases", "phases", "Kinds of learning that take turns.", _phases),
            *(live if measured else ()),
            *(_result(data, self.rules) for data in DATA),
        ]
        self.cells = {
            rule.name: {column.name: column.cell(rule) for column in self.columns}
            for rule in self.rules
        }

    def left(self, asked: Mapping[str, str]) -> list[Rule]:
        """The rules whose answers are those that are asked for, such as ``{"locality": "yes"}``.

        Raises
        ------
        ValueError
            If that is no question of the card, or none of its answers.
        """
        for name, answer in asked.items():
            if name not in OBJECTIONS or answer not in ("yes", "no", "in part"):
                raise ValueError(
                    f"{name!r}: {answer!r} is asked for; the questions are {', '.join(OBJECTIONS)}, and "
                    'the answers "yes", "no" and "in part".'
                )
        return [
            rule
            for rule in self.rules
            if all(rule.plausibility.answer(name) == answer for name, answer in asked.items())
        ]

    def sorted_by(self, column: str, rules: Sequence[Rule]) -> list[Rule]:
        """These rules, the least objectionable in that column first; equal ones stay in order.

        Raises
        ------
        ValueError
            If the card has no such column.
        """
        if column not in (names := [c.name for c in self.columns]):
            raise ValueError(
                f"The card has no column {column!r}: choose one of {', '.join(names)}."
            )
        return sorted(rules, key=lambda rule: self.cells[rule.name][column].order)

    @property
    def table(self) -> pd.DataFrame:
        """The values: answers, numbers, and differences in points; NaN where nothing was run."""
        import pandas as pd

        rows = {
            name: {column: cell.value for column, cell in cells.items()}
            for name, cells in self.cells.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=[c.name for c in self.columns])

    def html(
        self,
        rules: Sequence[Rule] | None = None,
        sorted_by: str = "",
        reasons: bool = False,
        link: Callable[[Rule], str] | None = None,
    ) -> str:
        """The card as a table.

        Parameters
        ----------
        rules : sequence of Rule, optional
            Its rows; by default all rules of the card.
        sorted_by : str
            The name of the column that they are sorted by already.
        reasons : bool
            Whether small print is shown.
        link : callable, optional
            From a rule to the address that its name leads to.
        """
        heads = "".join(_head(column, sorted_by) for column in self.columns)
        rows = "".join(self._row(rule, link) for rule in (self.rules if rules is None else rules))
        shown = " ml-reasons" if reasons else ""
        return (
            f'{STYLE}<div class="ml-card-frame" role="region" aria-label="Score card" tabindex="0">'
            f'<table class="ml-card{shown}"><caption>{self._caption()}</caption>'
            f'<thead><tr><th scope="col">rule</th>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def _row(self, rule: Rule, link: Callable[[Rule], str] | None) -> str:
        name = html.escape(rule.title)
        name = f'<a href="{link(rule)}">{name}</a>' if link else name
        cells = "".join(_cell(*item) for item in self.cells[rule.name].items())
        return f'<tr><th scope="row">{name}</th>{cells}</tr>'

    def _caption(self) -> str:
        used = {cell.mark for cells in self.cells.values() for cell in cells.values()}
        sources = "; ".join(
            f"<b>{MARKS[recording.name]}</b> {html.escape(recording.setting)}"
            for recording in RECORDINGS
            if MARKS[recording.name] in used
        )
        about = f" Compare numbers of one letter: {sources}." if sources else ""
        return (
            "The score card. ✓: nothing is objected. Under the data sets: points of test accuracy above "
            "hidden layers that never learn (in the rows of these: what they read), mean ± s.d. over "
            f"seeds.{about}"
        )

    def _ipython_display_(self) -> None:
        from ..widgets.card import CardView

        CardView(self).show()

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        """A paragraph for each rule."""
        return "\n".join(
            f"{rule.title}: "
            + "; ".join(
                f"{column.title}: {self.cells[rule.name][column.name].text}"
                for column in self.columns
                if self.cells[rule.name][column.name].text
            )
            + "."
            for rule in self.rules
        )


def _head(column: Column, sorted_by: str) -> str:
    here = ' aria-sort="ascending"' if column.name == sorted_by else ""
    wanted = f' data-wanted="{OBJECTIONS[column.name].wanted}"' if column.name in OBJECTIONS else ""
    about = html.escape(column.about, quote=True)
    return f'<th scope="col"{here}{wanted} title="{about}">{html.escape(column.title)}</th>'


def _cell(column: str, cell: Cell) -> str:
    """A tick stands before an answer, a letter for the recording behind a number."""
    text = html.escape(cell.text)
    text = f"{cell.mark} {text}" if cell.mark == "✓" else text
    text += f" <sup>{cell.mark}</sup>" if cell.mark.isalpha() else ""
    text = f'<span class="ml-said">{text}</span>' if cell.mark else text
    note = f' <small class="ml-why">{html.escape(cell.note)}</small>' if cell.note else ""
    order = "" if math.isinf(cell.order) else f"{cell.order:.6g}"
    return f'<td class="ml-{column}" data-order="{order}">{text}{note}</td>'


STYLE = """<style>
.ml-card-frame { overflow-x: auto; max-width: 100%; margin-block: .6em; container-type: inline-size; }
table.ml-card { border-collapse: collapse; font-size: .85em; line-height: 1.3; color: inherit; }
table.ml-card caption { caption-side: top; text-align: left; padding: 0 0 .5em; color: inherit;
  position: sticky; left: 0; max-width: min(60em, 95cqw); }
table.ml-card th, table.ml-card td { border: 0 solid; border-bottom-width: 1px;
  border-color: color-mix(in srgb, currentColor 30%, transparent);
  padding: .25em .6em .25em 0; text-align: left !important; vertical-align: top; color: inherit;
  background: none; font-size: 1em; white-space: normal; }
table.ml-card thead th { vertical-align: bottom; }
table.ml-card tbody tr { background: none !important; }
table.ml-card th:first-child { position: sticky; left: 0; padding-left: .3em;
  min-width: min(13em, 25vw); max-width: min(16em, 30vw);
  background: var(--jp-layout-color0, var(--pst-color-background, var(--vscode-editor-background,
  Canvas))); }
table.ml-card td { min-width: 4em; }
table.ml-card td.ml-knows { min-width: 15em; }
table.ml-card .ml-said { white-space: nowrap; }
table.ml-card sup { line-height: 0; }
table.ml-card .ml-why { display: none; font-size: .9em; }
table.ml-card.ml-reasons td:has(.ml-why):not(.ml-knows) { min-width: 7em; }
table.ml-card.ml-reasons .ml-why { display: block; }
</style>"""


def score_card(
    rules: str | Rule | Iterable[str | Rule] | None = None,
    *,
    measured: Mapping[str, tuple[float, float]] | None = None,
) -> ScoreCard:
    """The score card of some rules, by default of all.

    In a notebook it can be sorted and filtered; ``.table`` has its values as a DataFrame, and
    ``printable("card.html", card)`` writes it as a page to print. Both have all rules of the card, in
    the order in which they are given, whatever is sorted or filtered in the notebook.

    Parameters
    ----------
    rules : str, Rule or list of these, optional
    measured : mapping of str -> (float, float), optional
        Bias and noise by the name of a rule of the card, as :func:`microlearn.metrics.bias_and_noise`
        gives them.

    Raises
    ------
    ValueError, TypeError
        If the catalogue has no rule of a name, a rule or a title is given twice, or ``measured`` is not
        two numbers for each, or is about a rule that is not on the card.
    """
    chosen = get_rules(rule_names() if rules is None else rules)
    for title in [rule.title for rule in chosen]:
        if len(names := [rule.name for rule in chosen if rule.title == title]) > 1:
            raise ValueError(
                f"{' and '.join(names)} have one title, {title!r}, and rows are told apart by theirs: "
                'give each rule its own, as in replace(rule, title="mine").'
            )
    return ScoreCard(chosen, _by_name({} if measured is None else measured, chosen))


def _by_name(measured: Any, rules: Sequence[Rule]) -> dict[str, tuple[float, float]]:
    """Bias and noise by the names of rules of the card."""
    if not isinstance(measured, Mapping):
        raise TypeError(
            f"measured is {said(measured)}; it must be a dict from a rule's name to its bias and "
            "its noise."
        )
    own: dict[Any, Rule] = {rule.name: rule for rule in rules}
    found: dict[str, Any] = {}
    for key, pair in measured.items():
        if (rule := own.get(key) or get_rule(key)).name not in own:
            raise ValueError(
                f"measured has {rule.name}, which is not on this card: give it among the rules, too, or "
                "leave it out."
            )
        if not isinstance(pair, list | tuple | np.ndarray) or np.size(pair) != 2:
            raise TypeError(
                f"measured[{rule.name!r}] is {said(pair)}; it must be two numbers, the bias and the "
                "noise."
            )
        found[rule.name] = tuple(
            x if x != x else number(f"the {what} of {rule.name}", x, 0, most)
            for x, what, most in zip(pair, ("bias", "noise"), (180, math.inf), strict=True)
        )
    return found
