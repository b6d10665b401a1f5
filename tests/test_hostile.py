"""Hostile and broken submissions earn what their code has earned, and disturb nobody else."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from hostile import forgeries, python, reading, resources
from hostile.answers import RIGHT, ROOT, Answer, cases

sys.path.insert(0, str(ROOT))
from grader import sandbox
from grader.judge import judge

pytestmark = pytest.mark.skipif(
    not sandbox.sandbox_works(), reason="bubblewrap is missing or forbidden here"
)
ANSWERS = [
    case for module in (forgeries, python, reading, resources) for case in cases(module, Answer)
]
HONEST = Answer("honest", RIGHT, earns=1.0)
SHUT = "0.5 for e"
"""What a report says of an answer that looks for a way out and finds none."""


def drivers() -> list[str]:
    """The command lines of all boxes that are left on this machine."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if "grader.driver" in line and f"--ro-bind {ROOT}" in line:
            found.append(line)
    return found


def snapshot(*folders: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of every file in some folders; git's and Python's own bookkeeping left out."""
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and not {".git", "__pycache__", ".pytest_cache", ".ruff_cache"} & {*path.parts}
    }


@dataclass(frozen=True)
class Outcome:
    """What became of an answer: a report, without the facts, which are functions."""

    attempted: bool
    score: float
    text: str
    html: str


def outcome(case: Answer) -> Outcome:
    sandbox.SECONDS = case.seconds
    report = judge(case.exercise, case.code)
    return Outcome(report.attempted, report.score, str(report), report._repr_html_())


@dataclass(frozen=True)
class Batch:
    """All answers, judged side by side, with an honest one after each ten."""

    outcomes: dict[str, Outcome]
    honest: list[Outcome]
    changed: set


@pytest.fixture(scope="module")
def batch() -> Batch:
    order = [case for k in range(0, len(ANSWERS), 10) for case in (*ANSWERS[k : k + 10], HONEST)]
    ours = [ROOT / name for name in ("grader", "microlearn", "solutions", "autograde_tests")]
    before = snapshot(*ours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROLEARN_CANARY", "CANARY")
        with ProcessPoolExecutor(2) as pool:
            found = list(pool.map(outcome, order))
    return Batch(
        {case.name: seen for case, seen in zip(order, found, strict=True)},
        [seen for case, seen in zip(order, found, strict=True) if case is HONEST],
        set(before.items()) ^ set(snapshot(*ours).items()),
    )


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: case.name)
def test_an_answer_earns_what_its_code_has_earned(case, batch):
    seen = batch.outcomes[case.name]
    assert seen.attempted
    assert seen.score == pytest.approx(case.earns), seen.text
    assert len(seen.text.encode()) < 10_000
    assert "<script>" not in seen.html
    if case.shut:
        assert SHUT in seen.text


def test_honest_neighbours_get_all_their_points(batch):
    assert all(seen.score == 1 for seen in batch.honest)


def test_nothing_is_left_behind(batch):
    assert not batch.changed
    assert not drivers()


def test_the_report_shows_no_reference(batch):
    text = batch.outcomes["the_text_of_the_reference_that_it_may_call"].text
    assert "ValueError" in text
    assert "found it" not in text
