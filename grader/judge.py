"""The verdict on an answer, reached outside the sandbox from the plain arrays that come out of it.

The judge holds the answer against the same facts as ``check``, on draws that nobody has seen, and then
compares it with the reference (``autograde_tests/``). Both call it like a function of this process;
:class:`RemoteAnswer` makes the calls in the sandbox.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import marshal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograde_tests import hidden_test
from microlearn.checking import quiet, verdicts
from microlearn.checking.answer import arrays_in, lists_in
from microlearn.checking.facts import Broken, facts_of
from microlearn.checking.reports import BROKEN, Report, Verdict
from microlearn.exercises import SOLUTIONS, exercise_names, reference, standing_in
from microlearn.fingerprints import exercises_asked_for

from . import sandbox, wire
from .notebooks import earlier, printable
from .sandbox import Box, MachineTrouble

LETTERS = 400
"""The longest sentence about an answer that goes into a report."""


class AnswerFailed(Exception):
    """The answer failed in the sandbox; the message is for the student."""


class RemoteAnswer:
    """A function that runs in the sandbox.

    Use it as a context manager: the process ends with it. A reply is taken for what a function has
    returned and for nothing more, so a forged reply is worth what a function that returns it is worth.
    The arguments keep their values here, whatever the answer does to its copies in the sandbox. Of a
    random generator, the sandbox gets only a child.
    """

    def __init__(
        self,
        name: str,
        code: str,
        lent: dict[str, np.ndarray],
        seconds: float | None = None,
        box: Box | None = None,
    ) -> None:
        self.exercise, self.code, self.lent = str(name), code, lent
        self.seconds = sandbox.SECONDS if seconds is None else seconds
        self.box, self.alone = box or Box(), box is None
        self.end = ""
        """Why it can't be called any more; empty while it can."""
        self.trouble = ""
        """What befell it from outside, so that nothing it did since counts."""

    def __enter__(self) -> RemoteAnswer:
        self._killed_before = sandbox.killed_for_memory()
        self.calls, self.results = self.box.start()
        self._timer = threading.Timer(
            self.seconds,
            self._finish,
            [f"your function ran for over {self.seconds:.0f} seconds"],
        )
        self._timer.daemon = True
        self._timer.start()
        try:
            self._hear_hello()
            reply = self._exchange((self.exercise, self.code, self.lent))
            if "error" in reply:
                raise AnswerFailed(_sentence(reply["error"], "the answer cell"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def _hear_hello(self) -> None:
        """Wait until the box stands; that it does not is the machine's trouble and not the answer's."""
        with contextlib.suppress(wire.Garbled, EOFError, OSError, ValueError):
            if wire.receive(self.results, limit=1000, plain=True) == wire.HELLO:
                return
        self.end = self.end or "it never began"
        raise MachineTrouble("the machine had no room for a sandbox")

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()  # so that it can't end the next answer in this box
        if self.end or self.alone:
            self.box.close()
        else:
            self.box.over()
        self.end = self.end or "it is over"
        with contextlib.suppress(OSError):  # what was not sent when it ended
            self.calls.close()
        self.results.close()

    def __call__(self, *arguments: Any) -> Any:
        return self.many(1, *arguments)[0]

    def many(self, times: int, *arguments: Any) -> list:
        """The results of so many calls with the same arguments, in one trip through the pipe."""
        return [*self._results(times, [arguments])]

    def each(self, cases: Sequence[tuple]) -> Iterator:
        """The results for each of these arguments, in one trip through the pipe."""
        return self._results(1, cases)

    def changed(self, *arguments: Any) -> list[np.ndarray | list]:
        """The arrays and lists that a call has changed in the sandbox; here they keep their values."""
        # It is compared here, outside, where the answer can't say that nothing has changed.
        arrays, lists = arrays_in(arguments), lists_in(arguments)
        before: list[np.ndarray | list] = [*arrays, *lists]
        reply = self._exchange((1, [arguments], True))
        if "error" in reply:
            raise _error(reply["error"])
        left = reply.get("left")
        if not isinstance(left, list) or len(left) != len(before):
            return before
        return [was for now, was in zip(left, before, strict=True) if not _same(now, was)]

    def in_words(self, error: BaseException) -> str:
        """The message of an error that came out of the sandbox; it is a sentence already."""
        return str(error)

    def _results(self, times: int, cases: Sequence[tuple]) -> Iterator:
        """The results of so many calls for each of the cases, up to one that raises an error."""
        calls = times * len(cases)
        reply = self._exchange((times, cases, False), times)
        results, failed = reply.get("results"), "error" in reply
        if not isinstance(results, list) or not (
            len(results) < calls if failed else len(results) == calls
        ):
            raise AnswerFailed("the sandbox's reply made no sense")
        yield from results
        if failed:
            raise _error(reply["error"])

    def _exchange(self, message: Any, times: int = 1) -> dict:
        if self.end:
            raise AnswerFailed(self.end)
        try:
            sent = wire.send(self.calls, message)
            # No result is much larger than its arguments; this leaves room for them as decimal digits.
            limit = min(2**20 + 16 * sent * times, wire.LIMIT)
            reply = wire.receive(self.results, limit=limit, plain=True)
            if not isinstance(reply, dict):
                raise wire.Garbled("no dict")
        except wire.Garbled:
            self._finish(
                "your function returned more than an answer can be, or wrote where it should not"
            )
        except (EOFError, OSError, ValueError):
            killed = sandbox.killed_for_memory() > self._killed_before
            if killed and not self.box.is_full() and not self.end:
                self.trouble = "the machine ran out of memory"
            self._finish(
                "your function did not come back: it ran for too long, used too much memory, or "
                "ended the program"
            )
        else:
            return reply
        raise AnswerFailed(self.end)

    def _finish(self, end: str) -> None:
        """End the process and all that it may have started; the first reason that was given stays."""
        self.end = self.end or end
        self.box.kill()


def _same(now: Any, before: Any) -> bool:
    """Whether two arrays hold the same bytes, or two lists the same arrays and numbers, and anything
    else where it was: of that, ``now`` has the place."""
    if isinstance(before, list):
        if not isinstance(now, list) or len(now) != len(before):
            return False
        plain = (np.ndarray, int, float)
        return all(
            _same(a, b) if isinstance(b, plain) else type(a) is int and before[a : a + 1] == [b]
            for a, b in zip(now, before, strict=True)
        )
    if isinstance(before, np.ndarray):
        return (
            isinstance(now, np.ndarray)
            and (now.shape, now.dtype) == (before.shape, before.dtype)
            and now.tobytes() == before.tobytes()
        )
    return type(now) is type(before) and now == before


def _error(described: Any) -> Exception:
    if isinstance(described, list) and described[:1] == ["NotImplementedError"]:
        return NotImplementedError()
    return AnswerFailed(_sentence(described, "your function"))


def _sentence(described: Any, who: str) -> str:
    try:
        kind, message, line = (_clean(part) for part in described)
    except (TypeError, ValueError):
        return f"{who} raised an error that made no sense"
    where = f" in the line `{line}`" if line else ""
    return f"{who} raised {kind}{where}: {message}"


def _clean(text: object) -> str:
    """A text that is safe in a report."""
    return printable(str(text)[:LETTERS])


def judge(
    name: str,
    code: str | None,
    seed: int | None = None,
    seconds: float | None = None,
    box: Box | None = None,
) -> Report:
    """Judge the code that defines an answer.

    Parameters
    ----------
    name : the exercise
    code : the answer cell with the code that it needs, or None if it was not attempted
    seed : draws the same inputs again; without it nobody can know them
    seconds : the time for all calls of the answer, ``sandbox.SECONDS`` unless said otherwise
    box : where it runs, if not in a box of its own

    Raises
    ------
    NoSandbox
        As :func:`grader.sandbox.require_sandbox` says.
    MachineTrouble
        If the machine had no room for the answer.
    """
    if code is None:
        return Report(name, attempted=False)
    answer = boxed(name, code, seconds, box)
    try:
        with answer:
            report = verdict(answer, seed)
    except AnswerFailed as failed:
        report = Report(name, True, [Verdict(f, BROKEN, str(failed)) for f in facts_of(name)])
    if answer.trouble:
        raise MachineTrouble(answer.trouble)
    return report


def boxed(
    name: str, code: str, seconds: float | None = None, box: Box | None = None
) -> RemoteAnswer:
    """An answer that will run in the sandbox, with the references that may stand in there for what the
    notebook does not fill in: those of earlier exercises, as in the course.

    None of them is the exercise's own or asks for it. A later one might: with its transposed weights,
    feedback alignment is backprop.
    """
    lent = {*earlier(name), *builds_on(name)} - {name}
    return RemoteAnswer(
        name,
        code,
        {other: _compiled(other) for other in sorted(lent)},
        seconds,
        box,
    )


@functools.cache
def _compiled(name: str) -> np.ndarray:
    """The code of a reference in bytes: to compile forty of them for each answer takes longer than most
    answers do."""
    file = SOLUTIONS / f"{name}.py"
    code = compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True)
    return np.frombuffer(marshal.dumps(code), np.uint8)


@functools.cache
def imported_by(name: str) -> frozenset[str]:
    """The modules that the reference of an exercise imports, and so most answers to it, beside those
    that every box has."""
    tree = ast.parse((SOLUTIONS / f"{name}.py").read_text(encoding="utf-8"))
    names = [a.name for node in tree.body if isinstance(node, ast.Import) for a in node.names]
    names += [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    return frozenset(name for name in names if name not in ("numpy", "microlearn"))


def verdict(answer: RemoteAnswer, seed: int | None = None) -> Report:
    """Judge an answer that runs in the sandbox already. It can be judged many times."""
    # The facts ask for exercises too, and must not find answers that are kept in this folder.
    references = {other: reference(other) for other in builds_on(answer.exercise)}
    with standing_in(references):
        report = Report(answer.exercise, True, list(verdicts(answer, seed)))
        report = _beside_the_reference(report, answer, seed)
    return replace(report, verdicts=[replace(v, seen=_clean(v.seen)) for v in report.verdicts])


@functools.cache
def builds_on(name: str) -> frozenset[str]:
    """The exercises that the reference of this one asks for, directly or through one another."""
    found: set[str] = set()
    wanted = {name}
    while wanted:
        asked_for = exercises_asked_for(reference(wanted.pop()), exercise_names())
        wanted |= asked_for - found
        found |= asked_for
    return frozenset(found)


def _beside_the_reference(report: Report, answer: RemoteAnswer, seed: int | None) -> Report:
    """Compare an answer for which every fact holds with the reference. If they differ, it keeps the
    points of all facts except the weightiest."""
    if not report.passed:
        return report
    try:
        with quiet():
            test, rng = hidden_test(report.name), np.random.default_rng(seed)
            test(answer, reference(report.name), rng)
        return report
    except (Broken, AnswerFailed, NotImplementedError) as error:
        seen = getattr(error, "seen", str(error))
    except (
        Exception
    ):  # its result has another structure, and the error's message would say too much
        seen = "on an input that was drawn at grading time it is nothing like the reference"
    heaviest = max(range(len(report.verdicts)), key=lambda i: report.verdicts[i].fact.points)
    changed = list(report.verdicts)
    changed[heaviest] = replace(changed[heaviest], outcome=BROKEN, seen=seen)
    return replace(report, verdicts=changed)
