"""What a student expects before a result is shown, and how it compares with the result.

A prediction is a choice, a number, an order, or a curve given by a few points. It is kept as a small
file beside the student's answers, in ``my_rules/.predicted/``, so that it is there when the notebook is
opened again. Nothing is graded, and a result is shown without a prediction, too.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import chain, combinations
from numbers import Real
from pathlib import Path
from textwrap import shorten
from typing import Any, Protocol

import numpy as np

from . import kept
from .drafts import draft_of, json_of
from .looks import BLUE, ORANGE
from .numbers import ended, number, said
from .places import running
from .rules import words_of

UPWARDS = ("lowest", "smallest", "least", "fewest", "shortest", "narrowest")
DOWNWARDS = ("highest", "largest", "greatest", "most", "longest", "widest")
"""Words that say of an order how its numbers go, from the first one on. (Not "best" or "worst": the best
accuracy is the highest, and the best loss the lowest.)"""
FIRST = re.compile(rf"(?<!\bat )\b({'|'.join(UPWARDS + DOWNWARDS)})\b")
"""One of these words. "At most" and "at least" are limits, and name no end of an order."""
TO_THE_LAST = re.compile(rf"{FIRST.pattern}([^,;:.]*)\bto (the )?{FIRST.pattern}")
"""From one end to the other: the order begins at the first."""
IN_PER_CENT = re.compile(r"%|per ?cent|\baccurac|\bshares?\b|\bdigits\b", re.I)
"""Words of what is a share, if its scale goes far beyond 1."""
FOLDER = ".predicted"
"""The folder in ``my_rules/`` with a file for each prediction."""
NONE_MADE = "No prediction was made here."
ANOTHER = (
    "What was said under this name before answers another question, or this one in other words."
)
DAMAGED = (
    f"What was said here before can't be read any more: its file in my_rules/{FOLDER} was damaged."
)
SHARES = "(Less than 1 throughout: if these are shares, give compare 100 times as much.)"
BEYOND = "(It is beyond the ends of the scale.)"
SAID, FOUND = "what you said", "what was found"
YOURS, THEIRS = f'stroke="{BLUE}"', f'stroke="{ORANGE}"'
STYLE = f"""<style>
.ml-prediction {{ line-height: 1.35; }}
.ml-prediction ul {{ list-style: none; padding: 0; margin: 0.3em 0; }}
.ml-prediction li {{ padding: 1px 6px; margin: 3px 0; }}
.ml-prediction .ml-found {{ border: 2px solid {ORANGE}; border-radius: 4px; }}
.ml-prediction .ml-said {{ border: 2px dashed {BLUE}; border-radius: 4px; }}
.ml-prediction .ml-said.ml-found {{ outline: 2px solid {ORANGE}; outline-offset: 1px; }}
.ml-beside {{ display: flex; flex-wrap: wrap; gap: 10px; }}
.ml-beside > div {{ padding: 4px 10px; }}
</style>"""


class Kind(Protocol):
    """What one kind of prediction can do. A value is what JSON can hold."""

    def read(self, value: Any) -> Any:
        """The value as it is compared.

        Raises
        ------
        ValueError
            If it is none that can be predicted or found here.
        """

    def words(self, value: Any) -> str:
        """The value in words."""

    def result(self, found: Any) -> str:
        """What was found, in words that stand alone."""

    def question(self) -> str:
        """What there is to say, where nobody can answer, as HTML."""

    def difference(self, said: Any, found: Any) -> str:
        """A sentence on how far what was said is from what was found."""

    def picture(self, said: Any, found: Any) -> str:
        """Both beside each other as HTML: what was said is dashed."""


@dataclass(frozen=True)
class Choice:
    """One of several sentences, which are known by the letters a, b, c, …"""

    choices: tuple[str, ...]

    @property
    def lettered(self) -> list[str]:
        return [f"({chr(ord('a') + k)}) {text}" for k, text in enumerate(self.choices)]

    def read(self, value: Any) -> str:
        letters = [chr(ord("a") + k) for k in range(len(self.choices))]
        if not isinstance(value, str) or value not in letters:
            raise ValueError(
                f"{said(value)} is none of the choices: give one of {', '.join(letters)}."
            )
        return value

    def words(self, value: str) -> str:
        return self.lettered[ord(value) - ord("a")]

    def result(self, found: Any) -> str:
        return f"What was found: {self.words(found)}"

    def question(self) -> str:
        return _list(self.lettered)

    def difference(self, said: str, found: str) -> str:
        if said == found:
            return f"You said so: {ended(self.words(said))}"
        return f"You said: {ended(self.words(said))} {ended(self.result(found))}"

    def picture(self, said: str, found: str) -> str:
        marks = {said: ("ml-said", SAID), found: ("ml-found", FOUND)}
        if said == found:
            marks = {said: ("ml-said ml-found", f"{SAID}, and {FOUND}")}
        return _list(self.lettered, {self.words(letter): mark for letter, mark in marks.items()})


@dataclass(frozen=True)
class Number:
    """A number between two ends, with the words for what it measures."""

    about: str
    low: float
    high: float
    unit: str = ""
    log: bool = False
    whole: bool = False

    @property
    def middle(self) -> float:
        middle = math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        if self.whole:
            return min(max(round(middle), math.ceil(self.low)), math.floor(self.high))
        return float(f"{middle:.2g}")

    def read(self, value: Any) -> float:
        try:
            return number("It", value)
        except TypeError:
            raise ValueError(f"A number is expected, not {said(value)}{_one_of(value)}.") from None
        except ValueError:
            raise ValueError(f"{value} is no number that can be compared.") from None

    def words(self, value: float) -> str:
        digits = 3 if abs(value) < 1000 else 4
        return f"{float(f'{value:.{digits}g}'):,.10g}{self.unit}"

    def result(self, found: Any) -> str:
        return f"{self.about[:1].upper()}{self.about[1:]}: {self.words(found)}"

    def question(self) -> str:
        ends = f"{self.words(self.low)} and {self.words(self.high)}"
        return f"<p>{html.escape(self.about)}: a number between {ends}.</p>"

    def difference(self, said: float, found: float) -> str:
        both = f"You said {self.words(said)}, and it is {self.words(found)}"
        if abs(self.place(said) - self.place(found)) < 0.03:
            return f"{both}: as near as one can guess."
        if self.log and min(said, found) > 0:
            factor = max(said, found) / min(said, found)
            return (
                f"{both}, {factor:.2g} times {'more' if found > said else 'less'} than you thought."
            )
        which = "more" if found > said else "less"
        far = self.words(abs(found - said)).removesuffix("%")
        return f"{both}: {far}{' points' if self.unit == '%' else ''} {which} than you thought."

    def picture(self, said: float, found: float) -> str:
        ends = self.words(self.low), self.words(self.high)
        left = 14 + 8 * len(ends[0])
        wide = 414 - left - 8 * len(ends[1])
        parts = [
            f'<path d="M{left},38v8m0,-4h{wide}m0,-4v8" fill="none" stroke="currentColor"/>',
            f'<text x="{left - 8}" y="46" text-anchor="end">{ends[0]}</text>',
            f'<text x="{left + wide + 8}" y="46">{ends[1]}</text>',
        ]
        for value, up, look, who in (
            (said, True, f'{YOURS} stroke-dasharray="4 3"', "you"),
            (found, False, THEIRS, "found"),
        ):
            at = left + wide * min(max(self.place(value), 0.0), 1.0)
            anchor = "start" if at < 80 else "end" if at > 350 else "middle"
            parts.append(
                f'<path d="M{at:.1f},{20 if up else 42}v{22}" stroke-width="3" {look}/>'
                f'<text x="{at:.1f}" y="{14 if up else 78}" text-anchor="{anchor}">{who}: '
                f"{self.words(value)}</text>"
            )
        return _svg("".join(parts), 428, 84, self.difference(said, found))

    def may_be_given_shares(self, found: Any) -> bool:
        """Whether it is in per cent, and what was found has another sense as shares from 0 to 1."""
        largest = np.abs(found).max()
        in_per_cent = "point" in self.unit or IN_PER_CENT.search(f"{self.about} {self.unit}")
        return bool(in_per_cent) and 0 < largest < 1 and 100 * largest <= max(self.high, -self.low)

    def place(self, value: float) -> float:
        """Where the value is between the ends, as a share of the way."""
        if self.log:
            return math.log(max(value, 1e-300) / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Order:
    """Several things from the first to the last."""

    things: tuple[str, ...]
    first: str
    """What the first one is, such as "highest accuracy"."""

    def read(self, value: Any) -> list[str]:
        given = value
        if hasattr(value, "items"):  # a number for each, among others perhaps
            numbers = self._numbers(value)
            ends = FIRST.findall(TO_THE_LAST.sub(r"\1\2", self.first.lower()))
            if len(downwards := {end in DOWNWARDS for end in ends}) != 1:
                both = f", where {' and '.join(ends)} go two ways" if ends else ""
                raise ValueError(
                    f"A number for each makes no order of {self.first!r}{both}: let predict ask for the "
                    '"highest …" or the "lowest …", or give compare the things themselves, in order.'
                )
            value = sorted(numbers, key=numbers.__getitem__, reverse=downwards.pop())
        expected = f"An order of {'; '.join(self.things)} is expected"
        value = [words_of(t) for t in _in_order(value, expected)]
        if sorted(value) != sorted(self.things):
            raise ValueError(f"{expected}, not {value or said(given)}.")
        return value

    def _numbers(self, value: Any) -> dict[str, float]:
        """The number of each thing that has one."""
        found = _one_for_each(value, words_of, self.things)
        if others := [t for t, x in found.items() if not isinstance(x, Real)]:
            raise ValueError(f"A number for each is expected; {said(found[others[0]])} is none.")
        if none := [t for t, x in found.items() if x != x]:
            raise ValueError(
                f"An order of {'; '.join(self.things)} is expected; that of {none[0]} is nan."
            )
        return found

    def alike(self, value: Any) -> str:
        """A sentence, if things have the same number: which of them comes first says nothing."""
        if not hasattr(value, "items"):
            return ""
        numbers = self._numbers(value)
        same = [t for t, x in numbers.items() if list(numbers.values()).count(x) > 1]
        return f" ({' and '.join(same)}: equal.)" if same else ""

    def words(self, value: list[str]) -> str:
        return ", then ".join(value)

    def result(self, found: Any) -> str:
        return f"{self.first[:1].upper()}{self.first[1:]}: {self.words(found)}"

    def question(self) -> str:
        return f"<p>Put them in order, the {html.escape(self.first)} first:</p>{_list(self.things)}"

    def difference(self, said: list[str], found: list[str]) -> str:
        pairs = list(combinations(found, 2))
        wrong = [(a, b) for a, b in pairs if said.index(a) > said.index(b)]
        if not wrong:
            return f"You had the whole order: {self.words(found)}."
        (before, after) = wrong[0]
        return (
            f"You have {len(pairs) - len(wrong)} of {len(pairs)} pairs in order. For one, {before} "
            f"comes before {after}, and you had them the other way round."
        )

    def picture(self, said: list[str], found: list[str]) -> str:
        lists = (
            f'<div class="ml-{mark}">{title}<ol>{"".join(f"<li>{html.escape(t)}</li>" for t in things)}'
            "</ol></div>"
            for mark, title, things in (("said", SAID, said), ("found", FOUND, found))
        )
        return f'<div class="ml-beside">{"".join(lists)}</div>'


@dataclass(frozen=True)
class Curve:
    """A line through a few points: a number at each of some places."""

    at: tuple[float, ...]
    along: str
    """What the places are, for the axis along the bottom."""
    number: Number

    def read(self, value: Any) -> list[float]:
        if hasattr(value, "items"):
            value = _one_for_each(value, self._place, self.at)
            if missing := [f"{place:g}" for place in self.at if place not in value]:
                raise ValueError(
                    f"A number at each place is expected; at {missing[0]} there is none."
                )
            value = [value[place] for place in self.at]
        given = _in_order(value, f"{len(self.at)} numbers are expected")
        value = [self.number.read(math.nan if y is None else y) for y in given]
        if len(value) != len(self.at):
            raise ValueError(f"{len(self.at)} numbers are expected, not {len(value)}.")
        return value

    def _place(self, key: Any) -> float | None:
        """The place that the key of a number means, whatever type it has; None for another one."""
        try:
            return next(
                (place for place in self.at if math.isclose(float(key), place, rel_tol=1e-6)), None
            )
        except (TypeError, ValueError):
            return None

    def words(self, value: list[float]) -> str:
        pairs = zip(value, self.at, strict=True)
        return ", ".join(f"{self.number.words(y)} at {x:g}" for y, x in pairs)

    def result(self, found: Any) -> str:
        return f"{self.number.about[:1].upper()}{self.number.about[1:]}: {self.words(found)}"

    def question(self) -> str:
        places = ", ".join(f"{x:g}" for x in self.at)
        return f"{self.number.question()}<p>One for each {html.escape(self.along)}: {places}.</p>"

    def difference(self, said: list[float], found: list[float]) -> str:
        places = list(zip(self.at, said, found, strict=True))
        off = [abs(self.number.place(s) - self.number.place(f)) for _, s, f in places]
        x, s, f = places[off.index(max(off))]
        if max(off) < 0.1:
            return "Your line is close to what was found all the way."
        return (
            f"Your line is nearest at {places[off.index(min(off))][0]:g} and furthest off at {x:g}, "
            f"where you said {self.number.words(s)} and it is {self.number.words(f)}."
        )

    def picture(self, said: list[float], found: list[float]) -> str:
        drawn = [(said, f'{YOURS} stroke-dasharray="6 4"', SAID), (found, THEIRS, FOUND)]
        return self.drawn(drawn, self.difference(said, found))

    def sketch(self, said: list[float]) -> str:
        """What has been said so far."""
        return self.drawn([(said, f'{YOURS} stroke-dasharray="6 4"', SAID)], self.words(said))

    def drawn(self, lines: Sequence[tuple[list[float], str, str]], alt: str) -> str:
        """Lines over the places, which stand at equal distances."""
        left, top, wide, tall = 62, 26, 330, 130

        def up(share: float) -> float:
            return top + tall * (1 - min(max(share, -0.08), 1.12))

        x = [left + 20 + (wide - 40) * k / (len(self.at) - 1) for k in range(len(self.at))]
        parts = [f'<path d="M{left},{top}v{tall}h{wide}" fill="none" stroke="currentColor"/>']
        number = self.number
        for end, share in (
            (number.low, 0),
            (number.middle, number.place(number.middle)),
            (number.high, 1),
        ):
            parts.append(
                f'<text x="{left - 6}" y="{up(share) + 4:.1f}" text-anchor="end">'
                f"{number.words(end)}</text>"
                f'<path d="M{left},{up(share):.1f}h{wide}" stroke="currentColor" stroke-opacity="0.2"/>'
            )
        for place, across in zip(self.at, x, strict=True):
            parts.append(
                f'<text x="{across:.1f}" y="{top + tall + 17}" text-anchor="middle">{place:g}</text>'
            )
        parts.append(
            f'<text x="{left + wide / 2}" y="{top + tall + 34}" text-anchor="middle">'
            f"{html.escape(self.along)}</text>"
        )
        for k, (values, look, name) in enumerate(lines):
            points = [f"{a:.1f},{up(number.place(v)):.1f}" for a, v in zip(x, values, strict=True)]
            parts.append(
                f'<path d="M{"L".join(points)}" fill="none" stroke-width="3" {look}/>'
                f'<path d="M{left + 150 * k},12h28" stroke-width="3" {look}/>'
                f'<text x="{left + 34 + 150 * k}" y="16">{name}</text>'
            )
        return _svg("".join(parts), 420, top + tall + 42, alt)


def _one_of(several: Any) -> str:
    """How one number is taken of several, to follow them in a sentence; of what is not, nothing."""
    if hasattr(several, "columns"):
        last = 'the last of a column, table["…"].iloc[-1]'
    elif hasattr(several, "iloc"):
        last = "the last, ….iloc[-1]"
    elif isinstance(several, list | tuple | np.ndarray):
        last = "the last, …[-1]"
    else:
        return ""
    return f": give one of these, such as {last}"


def _one_for_each(given: Any, read: Callable[[Any], Any], wanted: Collection) -> dict:
    """What a dict or a Series has for each of the things that are wanted, in their order.

    Raises
    ------
    ValueError
        If it has several values for one, or is a table, whose columns would be the things.
    """
    if hasattr(given, "columns"):
        raise ValueError("One number for each is expected, not a table: choose a column of it.")
    found: dict = {}
    for key, value in given.items():
        if (thing := read(key)) in wanted:
            found.setdefault(thing, []).append(value)
    for thing, values in found.items():
        if len(values) > 1:
            raise ValueError(
                f"There are {len(values)} values for {thing}, and one is expected: take their mean, say."
            )
    return {thing: found[thing][0] for thing in wanted if thing in found}


def _in_order(value: Any, expected: str) -> list:
    """The things in a list.

    Raises
    ------
    ValueError
        If they are none, such as a text or a set, which has no order.
    """
    several = isinstance(value, Iterable) and not isinstance(value, str | AbstractSet)
    if not several or getattr(value, "ndim", 1) == 0:
        raise ValueError(f"{expected}, not {said(value)}.")
    return list(value)


class Comparison:
    """What was said beside what was found, for a notebook to show."""

    def __init__(
        self, kind: Kind, said: Any, found: Any, more: str = "", none: str = NONE_MADE
    ) -> None:
        self.said, self.found = said, found
        if said is None:
            self.sentence, self._picture = f"{none} {ended(kind.result(found))}", ""
        else:
            self.sentence, self._picture = kind.difference(said, found), kind.picture(said, found)
        self.sentence += more

    def _repr_html_(self) -> str:
        said = f"<p>{html.escape(self.sentence)}</p>{self._picture}"
        return f'{STYLE}<div class="ml-prediction">{said}</div>'

    def __repr__(self) -> str:
        return self.sentence


_unkept: dict[Path, list[dict]] = {}
"""What could not be written, by its file: this session goes on with it."""


def _records(path: Path) -> list[dict]:
    """What was said under a name, to each question that had it; the last one first."""
    found = _unkept.get(path)
    if found is None:
        try:
            found = json_of(path)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError):  # cut, say, by a program that copies folders
            return [{}]
    several = found if isinstance(found, list) else [found]  # an older file has one alone
    return [record for record in several if isinstance(record, dict)]


@dataclass
class Prediction:
    """A question under its name.

    Attributes
    ----------
    said : the answer, or None
    shown : bool
        Whether a result has been shown beside it, here or in an earlier session.
    before : what was said when the first result was shown, or None
    lost : str
        A sentence on what was said before, if it is no answer to this, or can't be read
    cell : the front end's name for the cell that asks; empty where it gives none
    """

    name: str
    kind: Kind
    said: Any = None
    shown: bool = False
    before: Any = None
    lost: str = field(default="", compare=False)
    cell: str = field(default="", compare=False)

    def say(self, value: Any) -> bool:
        """Set what is said, and keep it; return whether it could be kept."""
        said = self.kind.read(value)
        self.remember()
        self.said = said
        return self._keep()

    def show(self) -> None:
        """A result is shown: what is said from now on was not said before it."""
        self.remember()
        if not self.shown:
            self.shown, self.before = True, self.said
            self._keep()

    @property
    def afterthought(self) -> str:
        """A sentence, if another thing is said than was said before a result was shown."""
        if not self.shown or self.said in (None, self.before):
            return ""
        if self.before is None and self.lost:
            return f" You said so after a result had been shown. {self.lost}"
        before = (
            "made no prediction" if self.before is None else f"said {self.kind.words(self.before)}"
        )
        return f" You said so after a result had been shown; before that, you had {ended(before)}"

    def _keep(self) -> bool:
        record = {"said": self.said, "asked": self.kind.question()}
        if self.shown:
            record["before"] = self.before
        if self.lost:
            record["lost"] = self.lost
        path = self._path(next(kept.folders()))
        others = [o for o in _records(path) if o and o.get("asked") != record["asked"]]
        _unkept[path] = [record, *others]
        if not kept.may_keep():
            return False
        try:
            with draft_of(path) as draft:
                draft.write_text(json.dumps(_unkept[path]), encoding="utf-8")
        except OSError:
            return False
        del _unkept[path]
        return True

    def remember(self) -> None:
        """Find what was said last: here, in another notebook that is open, or in an earlier session."""

        def read(value: Any) -> Any:
            return None if value is None else self.kind.read(value)

        asked, lost = self.kind.question(), ""
        for record in chain.from_iterable(_records(self._path(f)) for f in kept.folders()):
            if record.get("asked", asked) != asked:
                lost = lost or (ANOTHER if record.get("said") is not None else "")
                continue
            try:
                said, before = read(record["said"]), read(record.get("before"))
            except (ValueError, TypeError, KeyError):
                lost = DAMAGED
                continue
            self.said, self.shown, self.before = said, "before" in record, before
            self.lost = record["lost"] if record.get("lost") in (ANOTHER, DAMAGED) else ""
            return
        if self.said is None:
            self.lost = lost or self.lost

    def _path(self, folder: str) -> Path:
        return Path(folder, FOLDER, f"{self.name}.json")


_asked: dict[str, Prediction] = {}


def ask(name: str, kind: Kind) -> Prediction:
    """The prediction of that name, with what was said before; where a cell asks the same again, it is
    the same one. Where another cell has asked another question under that name, a line says so."""
    prediction = Prediction(name, kind, cell=running()[0])
    prediction.remember()
    other = _asked.get(name)
    reworded = other and prediction.cell == other.cell != ""
    if other and other.kind != kind and not reworded:
        words = html.unescape(re.sub("<[^>]+>", " ", other.kind.question())).strip().strip(".")
        print(
            f"Another question of this session has the name {name}, too ({shorten(words, 100)}). Each "
            f'keeps its answer, and compare("{name}", …) is about the one that was asked last: give '
            "one of them another name."
        )
    if other != prediction:
        _asked[name] = prediction
    return _asked[name]


def compare(name: str, found: Any) -> Comparison | None:
    """Show what was said under this name beside what was found, and whether it was said before.

    What stood when this showed a result for the first time, in this session or an earlier one, was said
    before it. Another prediction, made since, is told as such.

    Parameters
    ----------
    name : str
        The one that was given to :func:`microlearn.predict`.
    found : str, number, list, dict or Series
        The letter of the choice; the number; the things in order, or a number for each, if the
        prediction was about what is "highest", "largest", "greatest", "most", "longest" or "widest", or
        "lowest", "smallest", "least", "fewest", "shortest" or "narrowest"; or the number at each place.

    Raises
    ------
    ValueError
        If it has another form than what was predicted: no letter of a choice, say, or too few numbers;
        or if there are numbers, and no such word says which of them comes first, or two disagree
        (``"from highest to lowest"`` does not: it begins at the highest).
    """
    if not isinstance(name, str) or name not in _asked:
        print(f'To compare, run the cell with predict("{name}", …) first, then this one again.')
        return None
    prediction = _asked[name]
    kind = prediction.kind
    more = kind.alike(found) if isinstance(kind, Order) else ""
    found = kind.read(found)
    scale = kind.number if isinstance(kind, Curve) else kind
    if isinstance(scale, Number):
        if scale.may_be_given_shares(found):
            more = f" {SHARES}"
        if not all(-1e-9 < scale.place(x) < 1 + 1e-9 for x in np.ravel(found)):
            more += f" {BEYOND}"
    prediction.show()
    more += prediction.afterthought
    return Comparison(kind, prediction.said, found, more, prediction.lost or NONE_MADE)


def _list(texts: Collection[str], marks: dict[str, tuple[str, str]] | None = None) -> str:
    """A list; a text that has a mark gets its class, and its words."""
    lines = []
    for text in texts:
        look, words = (marks or {}).get(text, ("", ""))
        lines.append(
            f'<li class="{look}">{html.escape(text)}{f" <b>({words})</b>" if words else ""}</li>'
        )
    return f"<ul>{''.join(lines)}</ul>"


def _svg(body: str, width: float, height: float, alt: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{html.escape(alt)}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13" '
        f'style="width:100%;max-width:{width}px;display:block" fill="currentColor">{body}</svg>'
    )
