"""Challenges: things to find with the sliders of a panel, which knows when they are met.

They are made for whatever rule a panel is about, from its first finished run.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

from ..rules import get_rule
from ..versions import differing
from .closed import Closed
from .runs import Run

ACCURACY = "validation_accuracy"


@dataclass(frozen=True)
class Challenge:
    """A sentence that asks for something, and whether a run has met it, given the first finished run."""

    words: str
    met: Callable[[Run, Run], bool]


class Challenges(Closed):
    """Those of one panel.

    Attributes
    ----------
    met : dict of words -> int
        The number of the run that met each.
    """

    def __init__(self, rule: str) -> None:
        self.rule, self.met, self._first = rule, {}, None  # type: str, dict[str, int], Run | None
        title = get_rule(rule).title
        self.all = (
            Challenge(
                f"Move one control and no other, and break {title}: let it diverge, or end at less than "
                "half of its first accuracy.",
                lambda first, run: (
                    self._moved(first, run) == 1 and self._end(run) < self._end(first) / 2
                ),
            ),
            Challenge(
                "With half as many hidden units or fewer, lose less than 2 points of the accuracy of "
                f"{title}.",
                lambda first, run: (
                    _size(run) <= _size(first) / 2 and self._end(run) > self._end(first) - 0.02
                ),
            ),
            Challenge(
                f"With no more hidden units and the same seed, let {title} make a tenth fewer "
                "mistakes.",
                lambda first, run: (
                    _size(run) <= _size(first)
                    and run.settings.values["seed"] == first.settings.values["seed"]
                    and 1 - self._end(run) <= 0.9 * (1 - self._end(first))
                ),
            ),
        )

    def judge(self, run: Run, number: int) -> None:
        """Look whether a finished run meets any of them. The first one with the rule, and with its
        answers as they are now, sets the mark."""
        curve = run.curves.get(self.rule)
        if not curve or not curve.rows or (curve.trouble and not curve.diverged):
            return
        if self._first is None or differing(self._first.curves[self.rule].contents, curve.contents):
            self._first = run
        for challenge in self.all:
            if challenge.words not in self.met and challenge.met(self._first, run):
                self.met[challenge.words] = number

    def said(self, number: int) -> str:
        """What a run has met, for the status."""
        words = [words for words, run in self.met.items() if run == number]
        return " ".join(f"Challenge met: {text}" for text in words)

    def __str__(self) -> str:
        """All of them as HTML, folded until one is met."""
        lines = "".join(
            f"<li>{html.escape(c.words)}"
            f"{f' <b>✓ met in run {self.met[c.words]}</b>' if c.words in self.met else ''}</li>"
            for c in self.all
        )
        return (
            f"<details{' open' if self.met else ''}><summary>Challenges: {len(self.met)} of "
            f"{len(self.all)} met</summary><ul>{lines}</ul></details>"
        )

    def _end(self, run: Run) -> float:
        """The rule's accuracy at the end; 0 where it has diverged."""
        curve = run.curves.get(self.rule)
        if curve is None or not curve.rows:
            return float("nan")
        return 0.0 if curve.diverged else curve.rows[-1][ACCURACY]

    def _moved(self, first: Run, run: Run) -> int:
        """How many settings of the rule differ from those of the first run."""
        if self.rule not in run.curves:
            return -1
        now, then = run.settings.of(self.rule), first.settings.of(self.rule)
        return sum(now[name] != then[name] for name in then)


def _size(run: Run) -> float:
    """All hidden units."""
    return run.settings.values["width"] * run.settings.values["layers"]
