"""The verdict on an answer: reached out here, from plain arrays that come out of the sandbox.

The judge holds the answer against the same facts as ``check``, with draws that nobody has seen, and
then against the reference (``autograde_tests/``). To both, a call of the answer is a call of a function;
that it runs in another process is :class:`RemoteAnswer`'s business.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import threading
from dataclasses import replace
from typing import Any

import numpy as np

from microlearn.checking import BROKEN, Broken, Report, Verdict, check, facts_of
from microlearn.exercises import SOLUTIONS, _load

from . import sandbox, wire

SECONDS = 90
"""For all calls of one exercise together, on the clock."""


class AnswerFailed(Exception):
    """The answer raised an error, in the sandbox; the message is fit for the student."""


class RemoteAnswer:
    """A function that runs in the sandbox.

    Use it as a context manager; the process ends with it. Arguments that the answer has changed in
    place are changed here too, and generators advance, so that a fact sees what it would see at home.
    """

    def __init__(self, name: str, code: str, required: list[str]) -> None:
        self.name, self.code, self.required = name, code, required

    def __enter__(self) -> RemoteAnswer:
        self.process = sandbox.start(self.name)
        self._timer = threading.Timer(SECONDS, self.process.kill)
        self._timer.start()
        reply = self._exchange((self.code, self.required))
        if "error" in reply:
            self.__exit__()
            raise AnswerFailed(_sentence(reply["error"], "the answer cell"))
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.process.kill()
        self.process.communicate()

    def __call__(self, *arguments: Any) -> Any:
        return self.many(1, *arguments)[0]

    def many(self, times: int, *arguments: Any) -> list:
        """Call it so many times in a row with the same arguments, in one trip through the pipe."""
        reply = self._exchange((times, arguments))
        arrays = wire.arrays_in(arguments)
        generators = [a for a in arguments if isinstance(a, np.random.Generator)]
        try:
            for index, array in reply.get("changed", []):
                arrays[index][...] = array
            for mine, theirs in zip(generators, reply.get("generators", []), strict=False):
                mine.bit_generator.state = theirs.bit_generator.state
        except (IndexError, ValueError, TypeError, AttributeError):
            raise AnswerFailed("the sandbox's reply made no sense") from None
        if "error" in reply:
            if reply["error"][0] == "NotImplementedError":
                raise NotImplementedError
            raise AnswerFailed(_sentence(reply["error"], "your function"))
        results = reply.get("results")
        if not isinstance(results, list) or len(results) != times:
            raise AnswerFailed("the sandbox's reply made no sense")
        return results

    def _exchange(self, message: Any) -> dict:
        try:
            wire.send(self.process.stdin, message)
            reply = wire.receive(self.process.stdout)
        except (EOFError, OSError, ValueError):
            raise AnswerFailed(
                f"your function did not come back: it ran for more than {SECONDS} seconds, used too "
                "much memory, or ended the program"
            ) from None
        if not isinstance(reply, dict):
            raise AnswerFailed("the sandbox's reply made no sense")
        return reply


def _sentence(error: Any, who: str) -> str:
    kind, message, line = (str(part) for part in error)
    where = f" in the line `{line}`" if line else ""
    return f"{who} raised {kind}{where}: {message}"


def judge(name: str, code: str | None, seed: int | None = None) -> Report:
    """Judge the code that defines an answer.

    Parameters
    ----------
    name : the exercise
    code : the answer cell with what it needs, or None where nothing was attempted
    seed : draw the same inputs again; by default nobody can know them

    Raises
    ------
    NoSandbox
        If students' code can't be boxed in here and nobody has asked to run it without.
    """
    if code is None:
        return Report(name, attempted=False)
    try:
        with boxed(name, code) as answer:
            return verdict(answer, seed)
    except AnswerFailed as failed:
        facts = facts_of(name)
        return Report(name, True, [Verdict(f, BROKEN, str(failed)) for f in facts])


def boxed(name: str, code: str) -> RemoteAnswer:
    """An answer that will run in the sandbox, beside the references that it may call."""
    required = [
        (SOLUTIONS / f"{other}.py").read_text(encoding="utf-8")
        + f"\nfrom microlearn import fill\nfill({other})\n"
        for other in getattr(_hidden_test(name), "REQUIRES", ())
    ]
    return RemoteAnswer(name, code, required)


def verdict(answer: RemoteAnswer, seed: int | None = None) -> Report:
    """Judge an answer that runs in the sandbox already; it may be judged many times."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = check(answer.name, answer, seed)
        return _beside_the_reference(report, _hidden_test(answer.name), answer, seed)


def _hidden_test(name: str) -> Any:
    return importlib.import_module(f"autograde_tests.{name}")


def _beside_the_reference(
    report: Report, test: Any, answer: RemoteAnswer, seed: int | None
) -> Report:
    """Let the hidden test have a say where every fact holds: an answer that disagrees with the
    reference keeps the points of its facts but for the weightiest."""
    if not report.passed:
        return report
    reference = _load(SOLUTIONS / f"{report.name}.py", report.name)
    try:
        test.test(answer, reference, np.random.default_rng(seed))
    except (Broken, AnswerFailed, ValueError, TypeError, NotImplementedError) as error:
        heaviest = max(range(len(report.verdicts)), key=lambda i: report.verdicts[i].fact.points)
        verdicts = list(report.verdicts)
        seen = getattr(error, "seen", str(error))
        verdicts[heaviest] = replace(verdicts[heaviest], outcome=BROKEN, seen=seen)
        return replace(report, verdicts=verdicts)
    return report
