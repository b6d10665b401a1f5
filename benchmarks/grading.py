"""How long a class takes: one process of ``nbgrader autograde`` beside ``python -m grader``.

Both grade the same submissions of lesson 01, one after the other in one run, each in a course of its
own: ``python benchmarks/grading.py 200``. ``python benchmarks/grading.py lessons`` tells of each solved
notebook how long it takes, by the clock and of processors, the judge's and the sandbox's together.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
from nbgrader.api import Gradebook

sys.path.insert(0, str(Path(__file__).parents[1]))
from grader.submission import fingerprint, grade

ROOT = Path(__file__).parents[1]
LESSON, EXERCISE = "01_weight_perturbation", "weight_perturbation"
COMMANDS = {
    "nbgrader autograde": [sys.executable, "-m", "nbgrader", "autograde", LESSON],
    "python -m grader": [sys.executable, "-m", "grader", LESSON],
}


def course(folder: Path, students: int) -> None:
    """A course with so many submissions: two in three right, the others with the sign wrong."""
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in ("solutions", "notebooks", "grader", "autograde_tests"):
        shutil.copytree(ROOT / name, folder / name)
    solved = nbformat.read(ROOT / "solutions" / LESSON / f"{LESSON}.ipynb", as_version=4)
    answer = next(
        c for c in solved.cells if c.metadata.get("nbgrader", {}).get("grade_id") == EXERCISE
    )
    right = answer.source
    for student in range(students):
        wrong = student % 3 == 2
        answer.source = f"{right.replace('-rise', 'rise') if wrong else right}\n# {student}"
        target = folder / "grading" / "submitted" / f"s{student:03}" / LESSON
        target.mkdir(parents=True)
        nbformat.write(solved, target / f"{LESSON}.ipynb")
    run(folder, [sys.executable, "-m", "nbgrader", "generate_assignment", LESSON])


def run(folder: Path, command: list[str]) -> float:
    """Run a command to its end and return the seconds that it took."""
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    options = {"cwd": folder, "env": os.environ | {"PATH": scripts}, "check": True}
    start = time.perf_counter()
    with (folder / "output.txt").open("w") as output:
        subprocess.run(command, stdout=output, stderr=output, **options)
    return time.perf_counter() - start


def scores(folder: Path) -> dict[str, float]:
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "microlearn") as book:
        return {s.student_id: s.score for s in book.assignment_submissions(LESSON)}


def used() -> float:
    """Seconds of processor of this process and of all that it has started, ended or not."""
    me = psutil.Process()
    family = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(t.user + t.system + t.children_user + t.children_system for t in family)


def lessons() -> None:
    """A row for each of both figures: the best of five, after a first one that starts the sandbox."""
    print("| lesson | seconds | of processor |\n|---|---|---|")
    for path in sorted((ROOT / "solutions").glob("[0-9]*/*.ipynb")):
        raw, lesson, took = path.read_bytes(), path.stem, []
        for draw in range(6):
            start, before = time.perf_counter(), used()
            graded = grade(raw, lesson, bytes([draw]) * 32, fingerprint())
            took.append((time.perf_counter() - start, used() - before))
            assert set(graded.marks.values()) == {1.0}, graded
        seconds, of_processor = map(min, zip(*took[1:], strict=True))
        print(f"| {lesson} | {seconds:.2f} | {of_processor:.2f} |", flush=True)


def main() -> None:
    if sys.argv[1:] == ["lessons"]:
        return lessons()
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seconds, marks = {}, {}
    for name, command in COMMANDS.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            course(folder, students)
            seconds[name] = run(folder, command)
            marks[name] = scores(folder)
        print(
            f"{name:20} {seconds[name]:7.1f} s  {seconds[name] / students:5.2f} s each", flush=True
        )
    ours, theirs = (seconds[name] for name in ("python -m grader", "nbgrader autograde"))
    same = marks["python -m grader"] == marks["nbgrader autograde"]
    print(f"{ours / theirs:.2f} of the time on {os.cpu_count()} cores; the same marks: {same}")


if __name__ == "__main__":
    main()
