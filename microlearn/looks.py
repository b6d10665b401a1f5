"""How lines look: one place for the colours and dashes of all pictures, live or not.

Backprop and the frozen layer, with which every rule is compared, have colours of their own. All other
rules take a colour and a dash in turn. There are five colours and eight dashes, and 5 and 8 have no
common divisor: forty rules in a row have forty looks, and rules that follow each other in the catalogue
differ in both.

The colours have a contrast of 3:1 or more on white and on near-black and survive colour-blindness. Text
is never drawn in them: it needs 4.5:1, which no colour has on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .rules import get_rule, rule_names

BLUE, GREY = "#0072B2", "#7F7F7F"
ORANGE, PINK, OCHRE, GREEN, PURPLE = "#D55E00", "#CC79A7", "#8C6D1F", "#009E73", "#6A5ACD"
CYCLE = (ORANGE, PINK, OCHRE, GREEN, PURPLE)
COLOURS = (BLUE, GREY, *CYCLE)
INK = "#767676"
"""Text in pictures, which do not know the theme: 4.5:1 on white, and as it is shown on a dark ground."""

BRIGHTER = 1.2
IN_THE_DARK = (
    "<style>:is([data-jp-theme-light=false], .vscode-dark, html[theme=dark]) .ml-picture "
    f"{{filter: brightness({BRIGHTER:g})}}</style>"
)
"""Pictures of the class ``ml-picture`` are that much brighter in the dark themes of JupyterLab, VS Code
and Colab; the site's style sheet says the same."""
ON_A_PHONE = (
    "<style>@media (max-width: 700px) {"
    "table:is(.dataframe, [id^=T_]) :is(th, td) "
    "{padding: .3em .2em; font-size: 11px; font-weight: normal; letter-spacing: -.02em}"
    "table:is(.dataframe, [id^=T_]) th:first-child {padding-left: 0}"
    ".jp-OutputArea-output.jp-RenderedHTMLCommon {padding-right: 0}"
    ".jp-RenderedHTMLCommon :not(pre) > code {white-space: normal; overflow-wrap: anywhere}"
    ".jp-OutputArea-output table[id^=T_] tbody th.level0 "
    "{background: inherit; padding-right: .4em; position: sticky; left: 0}"
    "}</style>"
)
"""Tables of pandas are narrower where there is little room, since most columns are as wide as a word of
their heading, in bold; and in those that must scroll sideways in JupyterLab the names of the rows stay.
A long name in code within a sentence is broken, where JupyterLab would cut it off. It travels with the
pictures, of which every lesson has some."""

SEEN = (0.2126, 0.7152, 0.0722)
"""How much red, green and blue add to what the eye sees of a light."""

DASHES: tuple[tuple[float, ...], ...] = (
    (3.7, 1.6),
    (6.4, 1.6, 1, 1.6),
    (1, 1.65),
    (5, 1, 1, 1, 1, 1),
    (8, 2),
    (3, 1, 1, 1),
    (),
    (2, 4),
)
"""Lengths of dashes and gaps in turn, in units of the line's width; none for a solid line."""

NOT_RULES = (0, 3, 1, 2, 4)
"""The order in which lines that are no rules take the colours: the first three are far apart."""


@dataclass(frozen=True)
class Look:
    """How a line is drawn."""

    colour: str
    dash: tuple[float, ...]
    width: float = 2.0
    opacity: float = 1.0
    beads: bool = False
    """Whether there are dots on it: the other one of two lines of the same colour."""


RESERVED = {"backprop": Look(BLUE, ()), "frozen_hidden": Look(GREY, (1, 1))}


def look_of(rule: str) -> Look:
    """The look of a rule of the catalogue, which it has in every picture."""
    return RESERVED.get(rule) or _turn(
        [n for n in rule_names() if n not in RESERVED].index(get_rule(rule).name)
    )


def looks_of(names: Sequence[object]) -> list[Look]:
    """A look for each line of one picture: a rule has its own, any other line one that is free."""
    rules = rule_names()
    if any(name in rules for name in names):  # the others must not look like a rule
        beside = {look_of(str(name)).colour for name in names if name in rules}
        free = map(_turn, range(len(rules), len(rules) + len(CYCLE) + len(names)))
        others = iter(sorted(free, key=lambda look: look.colour in beside))
        return [look_of(str(name)) if name in rules else next(others) for name in names]
    turns = (n - n % 5 + NOT_RULES[n % 5] for n in range(len(names)))
    return [RESERVED["backprop"], *map(_turn, turns)][: len(names)]


def ink_on(colour: Sequence[float]) -> str:
    """Black or white, for text on a colour (its red, green and blue from 0 to 1): whichever stands out
    more in the theme where it stands out less, since the colour is brighter in the dark."""
    lit, dim = (
        sum(share * min(part * by, 1) ** 2.2 for share, part in zip(SEEN, colour, strict=False))
        + 0.05
        for by in (BRIGHTER, 1)
    )
    return "white" if 1.05 / lit > dim / 0.05 else "black"


def _turn(number: int) -> Look:
    return Look(CYCLE[number % len(CYCLE)], DASHES[number % len(DASHES)])
