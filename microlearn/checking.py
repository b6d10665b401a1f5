"""``check("name")``: is the answer right, and if not, which fact does it break?

A check is a list of facts that any right answer obeys and that need no reference to test. They live
in ``microlearn/checks/name.py``, one function for each fact: its docstring is the sentence that
teaches, and it raises :class:`Broken` to say what was seen and the likeliest cause.
"""

from __future__ import annotations

import contextlib
import html
import importlib
import io
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from numbers import Real
from types import FunctionType

import numpy as np

from .exercises import filled, is_attempted, stub
from .network import Network


class Broken(Exception):
    """A fact does not hold. ``seen`` says what the answer did, ``cause`` the likeliest reason."""

    def __init__(self, seen: str, cause: str = "") -> None:
        super().__init__(seen)
        self.seen, self.cause = seen, cause


@dataclass(frozen=True)
class Fact:
    """One law that a right answer obeys.

    Attributes
    ----------
    sentence : str
        The law, in one sentence.
    test : callable
        ``test(answer, rng)`` raises :class:`Broken` where ``answer`` breaks the law.
    points : int
        Its share of the exercise's points.
    gate : bool
        The facts after it make no sense where this one is broken, so they are not tried.
    manners : bool
        About how the answer behaves (shapes, inputs left alone) and not about what it computes, or a
        law that an answer of nothing but zeros obeys too. An answer that has manners and nothing else
        gets no points.
    nan : bool
        It asks for "not a number". Every other fact is broken by an answer that returns such a thing.
    """

    sentence: str
    test: Callable[[Callable, np.random.Generator], None]
    points: int
    gate: bool
    manners: bool
    nan: bool = False


def fact(
    points: int = 1, *, gate: bool = False, manners: bool = False, nan: bool = False
) -> Callable:
    """Turn ``test(answer, rng)`` into a :class:`Fact` whose sentence is the test's docstring."""

    def wrap(test: Callable) -> Fact:
        return Fact(" ".join(test.__doc__.split()), test, points, gate, manners or gate, nan)

    return wrap


def facts_of(name: str) -> list[Fact]:
    """The facts of an exercise, in the order in which its module defines them."""
    stub(name)
    module = importlib.import_module(f"microlearn.checks.{name}")
    return [value for value in vars(module).values() if isinstance(value, Fact)]


HOLDS, BROKEN, NOT_REACHED = "holds", "broken", "not reached"
SIGNS = {HOLDS: "✓", BROKEN: "✗", NOT_REACHED: "·"}


@dataclass(frozen=True)
class Verdict:
    """What became of one fact: ``holds``, ``broken`` or ``not reached``."""

    fact: Fact
    outcome: str
    seen: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Report:
    """The outcome of a check, readable as text and as HTML."""

    name: str
    attempted: bool
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.attempted and all(v.outcome == HOLDS for v in self.verdicts)

    @property
    def score(self) -> float:
        """The share of the points that was earned, from 0 to 1."""
        held = [v.fact for v in self.verdicts if v.outcome == HOLDS]
        if not any(not f.manners for f in held):
            return 0.0
        return sum(f.points for f in held) / sum(v.fact.points for v in self.verdicts)

    def points(self, out_of: float) -> float:
        """Show the report and return the points earned: what a graded cell ends in."""
        from IPython.display import display

        display(self)
        return round(float(out_of) * self.score, 2)

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
            f'Stuck? hint("{self.name}")'
        )

    def __str__(self) -> str:
        lines = [self.summary]
        for v in self.verdicts:
            lines.append(f"  {SIGNS[v.outcome]} {v.outcome:<12}{v.fact.sentence}")
            lines += [f"{'':16}seen: {v.seen}"] if v.seen else []
            lines += [f"{'':16}likely cause: {v.cause}"] if v.cause else []
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        # Signs and words beside colours, and nothing but inherited text colours: it reads in a dark
        # theme, in black and white, and aloud.
        edge = {HOLDS: "#009E73", BROKEN: "#D55E00", NOT_REACHED: "#888888"}
        rows = []
        for v in self.verdicts:
            detail = "".join(
                f"<div><em>{label}:</em> {html.escape(text)}</div>"
                for label, text in (("seen", v.seen), ("likely cause", v.cause))
                if text
            )
            rows.append(
                "<tr>"
                f'<td style="border-left:4px solid {edge[v.outcome]};white-space:nowrap;'
                f'text-align:left;vertical-align:top">{SIGNS[v.outcome]} {v.outcome}</td>'
                f'<td style="text-align:left;white-space:normal">{html.escape(v.fact.sentence)}'
                f"{detail}</td></tr>"
            )
        summary = f"<p><strong>{html.escape(self.summary)}</strong></p>"
        if not rows:
            return summary
        head = (
            '<thead><tr><th scope="col">outcome</th>'
            '<th scope="col" style="text-align:left">fact</th></tr></thead>'
        )
        return f"{summary}<table>{head}<tbody>{''.join(rows)}</tbody></table>"


def check(name: str, answer: Callable | None = None, seed: int | None = None) -> Report:
    """Hold the answer filled in under ``name`` against the facts of that exercise.

    Parameters
    ----------
    answer : callable, optional
        Check this function instead of the one filled in.
    seed : int, optional
        Draw the same networks and noise again; by default they are fresh each time.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    TypeError
        If ``answer`` is not a function, but for example what a call of it returned.
    """
    answer = filled(name) if answer is None else answer
    if answer is not None and not callable(answer):
        raise TypeError(
            f"check takes the function itself, and was given a {type(answer).__name__}. Leave out the "
            f'brackets behind its name: check("{name}", {name})'
        )
    if answer is None or (isinstance(answer, FunctionType) and not is_attempted(name, answer)):
        return Report(name, attempted=False)
    return Report(name, attempted=True, verdicts=list(verdicts(name, answer, seed)))


def verdicts(name: str, answer: Callable, seed: int | None = None) -> Iterator[Verdict]:
    """The verdict on each fact, as :func:`check` reports them, one after the other."""
    facts, shut = facts_of(name), False
    sources = np.random.SeedSequence(seed).spawn(len(facts))
    for f, source in zip(facts, sources, strict=True):
        if shut:
            yield Verdict(f, NOT_REACHED)
            continue
        with quiet():
            verdict = _try(f, answer, np.random.default_rng(source))
        shut = f.gate and verdict.outcome == BROKEN
        yield verdict


def _try(f: Fact, answer: Callable, rng: np.random.Generator) -> Verdict:
    heeded = _Heeded(answer)
    try:
        f.test(heeded, rng)
    except Broken as broken:
        return Verdict(f, BROKEN, broken.seen, broken.cause)
    except (Exception, SystemExit) as error:
        if type(error) is NotImplementedError:  # and not a kind of it, such as input() raises
            return Verdict(
                f,
                BROKEN,
                "the function stopped at `raise NotImplementedError()`",
                "take that line out once your own lines stand in its place",
            )
        if error is heeded.raised:
            return Verdict(f, BROKEN, _say(error, answer))
        return Verdict(
            f,
            BROKEN,
            f"your function returned {_kind(heeded.returned)}, which this fact can't be tried with: "
            f"{_in_one_line(error)}",
            "look at what the docstring says under Returns",
        )
    if heeded.wild and not f.nan:
        return Verdict(f, BROKEN, "your function returned something that is not a finite number")
    return Verdict(f, HOLDS)


def call_often(answer: Callable, times: int, *arguments: object) -> list:
    """What so many calls with the same arguments return, in one trip where the answer runs elsewhere."""
    many = getattr(answer, "many", None)
    return many(times, *arguments) if many else [answer(*arguments) for _ in range(times)]


watching: ContextVar[bool] = ContextVar("watching", default=False)
"""Whether a fact looks, right now, at what becomes of the arrays and lists that it has given to an
answer. At no other time can answers change them, here or in the judge's box: one fact tells of it, and
no other rests on what an answer has put there."""


def same_items(values: list, before: list) -> bool:
    """Whether a list holds what it held before: the same arrays, whatever is in these, and numbers."""
    return len(values) == len(before) and all(
        a is b or (type(a) is type(b) is int and a == b)
        for a, b in zip(values, before, strict=True)
    )


class _Heeded:
    """An answer that works on copies, and what it has raised or returned last.

    ``wild`` says whether it has returned a number that no law holds for: a fact asks whether a
    difference is too large; not a number is never too large, and neither is the difference of two
    infinities.
    """

    def __init__(self, answer: Callable) -> None:
        self.answer, self.wild = answer, False
        self.raised: BaseException | None = None
        self.returned: object = None

    def __call__(self, *arguments: object) -> object:
        return self.many(1, *arguments)[0]

    def many(self, times: int, *arguments: object) -> list:
        """As :func:`call_often`."""
        given = arguments if watching.get() else _copied(arguments)
        try:
            seen = call_often(self.answer, times, *given)
        except BaseException as error:
            self.raised = error
            raise
        self.returned = seen[-1]
        if stranger := _stranger(seen):
            noun, cause = STRANGERS.get(stranger.rstrip("0123456789"), (_a(stranger), ""))
            raise Broken(
                f"your function returned {noun}, where numbers, arrays of numbers and lists of these "
                "belong",
                cause,
            )
        self.wild = self.wild or _is_wild(seen)
        return seen


def _copied(given: object) -> object:
    """The same arrays and lists, for an answer to do with as it likes; generators go on as they are."""
    if isinstance(given, list | tuple):
        return type(given)(_copied(item) for item in given)
    return given.copy() if isinstance(given, np.ndarray | Network) else given


_TEXT = "text", "a number turned into text: print it if you like, and return the number"
_TABLE = "a pandas table", "`.to_numpy()` makes an array of it"
STRANGERS = {
    "str": _TEXT,
    "bytes": _TEXT,
    "complex": ("complex numbers", "the root of a negative number, or a `j`"),
    "generator": (
        "a generator",
        "`yield` where `return` belongs, or round brackets around a `for`",
    ),
    "coroutine": ("a coroutine", "`async def` where `def` belongs"),
    "function": ("a function", "brackets are missing behind its name: it is not called"),
    "DataFrame": _TABLE,
    "Series": _TABLE,
    "Decimal": ("a Decimal", "`float()` makes a number of it"),
}
"""What is no number, by the name of its type (without the number of bits): what it is called, and why an
answer may have returned it."""


def _stranger(seen: object) -> str:
    """The type of the first thing in it that is no number, or nothing.

    The same things can't leave the judge's box, so an answer that passes here passes there.
    """
    if isinstance(seen, list | tuple):
        return "" if _is_row(seen) else next(filter(None, map(_stranger, seen)), "")
    if isinstance(seen, np.ndarray | np.generic):
        return "" if seen.dtype.kind in "biufO" else seen.dtype.name
    return "" if seen is None or isinstance(seen, Real) else type(seen).__name__


def _is_wild(seen: object) -> bool:
    if isinstance(seen, list | tuple) and not _is_row(seen):
        return any(_is_wild(item) for item in seen)
    try:
        return seen is not None and not np.all(np.abs(np.asarray(seen, dtype=float)) < 1e100)
    except (TypeError, ValueError, OverflowError):
        return False  # no number at all, which every fact stumbles over


def _is_row(seen: list | tuple) -> bool:
    """Whether it is a list of plain numbers, which are looked at together."""
    return set(map(type, seen)) <= {float, int}


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _kind(seen: object) -> str:
    """What it is, in words: its type, and its shape or length."""
    if isinstance(seen, np.ndarray):
        return f"an array of shape {seen.shape}"
    if isinstance(seen, list | tuple):
        return f"a {type(seen).__name__} of {len(seen)}"
    return _a(type(seen).__name__)


def _in_one_line(error: BaseException, where: str = "") -> str:
    said = textwrap.shorten(str(error), 300)
    return f"{type(error).__name__}{where}{': ' if said else ''}{said}"


def _say(error: BaseException, answer: Callable) -> str:
    """The error in one sentence, with the line of the answer in which it arose."""
    if hasattr(answer, "many"):
        return str(error)  # it ran elsewhere, and comes with its own sentence
    where = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == getattr(getattr(answer, "__code__", None), "co_filename", "")
    ]
    line = f" in the line `{where[-1].line}`" if where and where[-1].line else ""
    return f"your function raised {_in_one_line(error, line)}"


@contextlib.contextmanager
def quiet():
    """Swallow what an answer prints, warns or displays while it is called thousands of times; in
    nbgrader one line on stderr would turn a right answer into no points."""
    sink = io.StringIO()
    with (
        _no_pictures(),
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(sink),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _no_pictures() -> contextlib.AbstractContextManager:
    """In a notebook, keep what is displayed from the page; elsewhere there is none."""
    if "IPython" not in sys.modules:
        return contextlib.nullcontext()
    from IPython.utils.capture import capture_output

    return capture_output(stdout=False, stderr=False)


_hints_asked: dict[str, int] = {}


def hint(name: str) -> None:
    """Print the next hint for an exercise: a question to think about, the idea, nearly the line.

    Raises
    ------
    NotAnExercise
        If there is no exercise of that name.
    """
    stub(name)
    hints = importlib.import_module(f"microlearn.checks.{name}").HINTS
    step = min(_hints_asked.get(name, 0) + 1, len(hints))
    _hints_asked[name] = step
    print(f"Hint {step} of {len(hints)} for {name}: {hints[step - 1]}")
