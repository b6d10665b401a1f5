"""Build the stubs, the solved notebooks and the released ones: what ``make notebooks`` runs.

lessons/NN_name.md + solutions/*.py → microlearn/stubs/*.py, solutions/NN_name/NN_name.ipynb
→ (nbgrader) → notebooks/NN_name/NN_name.ipynb

Everything is built in a temporary folder first; a file is replaced only where it differs, so that a
failure leaves the course as it was. ``--check`` replaces nothing and fails if something is stale.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from lesson import BEGIN, END, LessonError, read_lesson, solved_notebook, stub_of

ROOT = Path(__file__).resolve().parent.parent
BUILT = ("microlearn/stubs", "solutions", "notebooks")


def build(root: Path, out: Path) -> None:
    """Build all of the course at ``root`` into ``out``, in the same layout."""
    lessons = sorted((root / "lessons").glob("[0-9][0-9]_*.md"))
    _each_exercise_once(lessons)
    build_stubs(root / "solutions", out / "microlearn" / "stubs")
    for path in lessons:
        target = out / "solutions" / path.stem / f"{path.stem}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(_as_json(solved_notebook(path, root / "solutions")), encoding="utf-8")
    release(root, out, [path.stem for path in lessons])
    _no_trace_of_an_answer(root / "solutions", out)


def _each_exercise_once(lessons: list[Path]) -> None:
    owner: dict[str, str] = {}
    for path in lessons:
        for marker in read_lesson(path)[1].values():
            if marker.name in owner:
                raise LessonError(
                    f"{marker.where}: {marker.name} is in {owner[marker.name]} already"
                )
            owner[marker.name] = path.name


def build_stubs(solutions: Path, out: Path) -> None:
    """Write the stub of every solution."""
    out.mkdir(parents=True)
    for path in sorted(solutions.glob("*.py")):
        note = f"# Built from solutions/{path.name} by `make notebooks`: change it there.\n\n"
        (out / path.name).write_text(note + stub_of(path), encoding="utf-8")


def release(root: Path, out: Path, names: list[str]) -> None:
    """Let nbgrader make the released notebooks, with a gradebook that is thrown away."""
    shutil.copy(root / "nbgrader_config.py", out)
    # nbgrader calls alembic by its bare name, which lies beside this Python.
    scripts = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"}
    for name in names:
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", name]
        command += ["--create", "--CourseDirectory.db_url=sqlite:///build.db"]
        done = subprocess.run(
            command, cwd=out, env=environment, capture_output=True, text=True, check=False
        )
        released = out / "notebooks" / name / f"{name}.ipynb"
        if done.returncode or not released.is_file():
            raise LessonError(f"nbgrader could not release {name}:\n{done.stderr}")


def _as_json(notebook: nbformat.NotebookNode) -> str:
    return nbformat.writes(notebook, sort_keys=True) + "\n"


def _no_trace_of_an_answer(solutions: Path, out: Path) -> None:
    """Raise LessonError if a line that only a solution region has turns up in what students get."""
    region = re.compile(rf"{BEGIN}\n(.*?){END}", re.S)
    secrets = {
        line.strip(): path.name
        for path in sorted(solutions.glob("*.py"))
        for line in region.search(path.read_text(encoding="utf-8"))[1].splitlines()
        if len(line.strip()) > 20 and not line.strip().startswith("#")
    }
    for path in [*out.glob("notebooks/*/*.ipynb"), *out.glob("microlearn/stubs/*.py")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = nbformat.reads(text, as_version=4).cells
            text = "\n".join(cell.source for cell in cells)
            if any(cell.get("outputs") for cell in cells):
                raise LessonError(f"{path.name} was released with outputs")
        for secret, owner in secrets.items():
            if secret in text:
                raise LessonError(f"{path.name} gives away a line of {owner}: {secret}")


def stale(root: Path, out: Path) -> list[str]:
    """The built files that differ from, or are missing in, or are left over at ``root``."""
    fresh = {str(path.relative_to(out)) for folder in BUILT for path in _built(out / folder)}
    there = {str(path.relative_to(root)) for folder in BUILT for path in _built(root / folder)}
    changed = {
        name for name in fresh & there if (root / name).read_bytes() != (out / name).read_bytes()
    }
    return sorted(changed | (fresh ^ there))


def _built(folder: Path) -> list[Path]:
    """What the build makes in a folder: notebooks of lessons, and stubs."""
    stubs = [p for p in folder.glob("*.py") if folder.name == "stubs" and p.stem != "__init__"]
    return stubs + [p for p in folder.glob("[0-9]*/*.ipynb") if p.stem == p.parent.name]


def install(root: Path, out: Path, names: list[str]) -> None:
    """Put the fresh files in the place of the stale ones, each in one move."""
    for name in names:
        target = root / name
        if not (out / name).exists():
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".draft")
        shutil.copyfile(out / name, draft)
        os.replace(draft, target)


def main(root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="replace nothing; fail if stale")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        try:
            build(root, out)
        except LessonError as error:
            print(error, file=sys.stderr)
            return 1
        names = stale(root, out)
        if check and names:
            print("Stale; run `make notebooks`:", *names, sep="\n  ", file=sys.stderr)
            return 1
        install(root, out, names)
    print("\n".join(f"built {name}" for name in names) or "Everything built is fresh.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
