"""The report of a check, readable as text and as HTML."""

from __future__ import annotations

import html
import os
import re
import sys
from dataclasses import dataclass, field

from ..looks import GREEN, GREY, ORANGE
from ..numbers import number
from ..places import shell
from .facts import Fact

HOLDS, BROKEN, NOT_REACHED = "holds", "broken", "not reached"
SIGNS = {HOLDS: "✓", BROKEN: "✗", NOT_REACHED: "·"}


@dataclass(frozen=True)
class Verdict:
    """The outcome of one fact: ``holds``, ``broken`` or ``not reached``."""

    fact: Fact
    outcome: str
    seen: str = ""
    cause: str = ""
    ends: bool = False
    """Whether no other fact can be tried after it."""


class Points(float):
    """Points earned, as a number with its maximum: "4 of 6 points" in a notebook."""

    out_of: float

    def __new__(cls, earned: float, out_of: float) -> Points:
        self = super().__new__(cls, earned)
        self.out_of = out_of
        return self

    # nbgrader takes the text for a number, and a notebook prefers the HTML.
    def _repr_html_(self) -> str:
        return f"<p><strong>{self:g} of {self.out_of:g} points</strong></p>"


def _typeset(text: str) -> str:
    """As HTML, with code in the type of code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def cell_now() -> int | None:
    """The number of the notebook cell that runs now; None, where there is none."""
    return getattr(shell(), "execution_count", None)


@dataclass(frozen=True)
class Report:
    """The outcome of a check, readable as text and as HTML."""

    name: str
    attempted: bool
    verdicts: list[Verdict] = field(default_factory=list)
    checked: str = ""
    """A sentence on which answer it is about."""
    handed_in: bool = True
    """Whether it may be in the notebook: not, where that has a gap and a kept answer was checked."""
    unseen_in: int | None = field(default=None, compare=False)
    """The number of the cell that has made it, until it is looked at."""

    def __del__(self) -> None:
        # Of several checks a cell shows the last alone, if it is not in a loop.
        if self.unseen_in is not None and self.unseen_in == cell_now():
            from IPython.display import display

            display(self)

    def __getattribute__(self, name: str) -> object:
        if not name.startswith(("_", "unseen")):  # somebody looks at it
            object.__setattr__(self, "unseen_in", None)
        return object.__getattribute__(self, name)

    @property
    def passed(self) -> bool:
        held = [v.outcome == HOLDS for v in self.verdicts]
        return self.attempted and bool(held) and all(held)

    def __bool__(self) -> bool:
        """As ``passed``: what is not right is not true."""
        return self.passed

    @property
    def score(self) -> float:
        """The share of the points that was earned, from 0 to 1.

        A fact that holds alone earns nothing, since much that is wrong obeys some law; unless it is
        worth half of the points, as a law that a slip in a constant leaves alone.
        """
        held = [v.fact for v in self.verdicts if v.outcome == HOLDS]
        if all(f.supporting for f in held):
            return 0.0
        share = sum(f.points for f in held) / sum(v.fact.points for v in self.verdicts)
        return share if len(held) > 1 or share >= 0.5 else 0.0

    def points(self, out_of: float) -> Points:
        """Show the report and return the points earned. A graded cell ends with this call."""
        earned = self.earned(out_of)
        from IPython.display import display

        display(self)
        if not self.passed and os.environ.get("NBGRADER_EXECUTION") == "validate":
            print(
                self, file=sys.stderr
            )  # Validate shows this, and else only that points are missing
        return earned

    def earned(self, out_of: float) -> Points:
        """The points earned: none for a kept answer, where the notebook has a gap."""
        out_of = number("out_of", out_of, least=0)
        return Points(round(out_of * self.score * self.handed_in, 2), out_of)

    @property
    def summary(self) -> str:
        if not self.attempted:
            return (
                f"{self.name}: not attempted yet. Write your answer in the cell under @fill, run "
                "it, then run this cell again."
            )
        held = sum(v.outcome == HOLDS for v in self.verdicts)
        if self.passed:
            return f"{self.name}: right. All {held} facts hold."
        return (
            f"{self.name}: not right yet. {held} of {len(self.verdicts)} facts hold. "
            f'Stuck? Run hint("{self.name}") in a cell of its own.'
        )

    def __str__(self) -> str:
        lines = [self.summary, *filter(None, [self.checked])]
        for v in self.verdicts:
            lines.append(f"  {SIGNS[v.outcome]} {v.outcome:<12}{v.fact.sentence}")
            lines += [f"{'':16}seen: {v.seen}"] if v.seen else []
            lines += [f"{'':16}likely cause: {v.cause}"] if v.cause else []
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        # Signs and words stand beside the colours, and all text has the page's own colour. So it can be
        # read in a dark theme, in black and white, and aloud.
        edge = {HOLDS: GREEN, BROKEN: ORANGE, NOT_REACHED: GREY}
        rows = []
        for v in self.verdicts:
            detail = "".join(
                f"<div><em>{label}:</em> {_typeset(text)}</div>"
                for label, text in (("seen", v.seen), ("likely cause", v.cause))
                if text
            )
            rows.append(
                "<tr>"
                f'<td style="border-left:4px solid {edge[v.outcome]};white-space:nowrap;'
                f'text-align:left;vertical-align:top">{SIGNS[v.outcome]} {v.outcome}</td>'
                f'<td style="text-align:left;white-space:normal">{_typeset(v.fact.sentence)}'
                f"{detail}</td></tr>"
            )
        summary = f"<p><strong>{_typeset(self.summary)}</strong></p>"
        if self.checked:
            summary += f'<p class="ml-checked">{_typeset(self.checked)}</p>'
        # Long names and lines of code break where there is no room for them.
        summary = f'<div style="overflow-wrap:anywhere">{summary}</div>'
        if not rows:
            return summary
        head = (
            '<thead><tr><th scope="col">outcome</th>'
            '<th scope="col" style="text-align:left">fact</th></tr></thead>'
        )
        return f"{summary}<table>{head}<tbody>{''.join(rows)}</tbody></table>"
