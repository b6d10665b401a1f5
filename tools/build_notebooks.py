"""Build the stubs, the solved notebooks and the released ones: what ``make notebooks`` runs.

lessons/NN_name.md + solutions/*.py → microlearn/stubs/*.py, solutions/NN_name/NN_name.ipynb
→ (nbgrader) → notebooks/NN_name/NN_name.ipynb; from the heads of all lessons the map,
notebooks/START.ipynb, and what the package knows of it, microlearn/course/lessons.json; and the lines
that name the public address, or the version (``address.py``), in files that people write.

Everything is built in a temporary folder first; a file is replaced only where it differs, so that a
failure leaves the course as it was. ``--check`` replaces nothing and fails if something is stale.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from address import Address, addressed, open_anywhere
from course_map import course_data, start_notebook
from IPython.core.inputtransformer2 import TransformerManager

from lesson import (
    REGION,
    LessonError,
    answer_cell,
    front_matter,
    read_lesson,
    recap_in,
    solved_notebook,
    stub_of,
    text_of,
)

ROOT = Path(__file__).resolve().parent.parent
EXERCISE_NAMED = re.compile(r"""\b(hint|check|get_exercise)\(\s*["'](\w+)["']""")
LINK = re.compile(r"\]\((\.\./\d\d_[^)#\s]+\.(?:ipynb|md))")
"""A link to a lesson."""
BUILT = ("microlearn/stubs", "microlearn/course", "solutions", "notebooks")


def build(root: Path, out: Path) -> None:
    """Build all of the course at ``root`` into ``out``, in the same layout."""
    lessons = sorted((root / "lessons").glob("[0-9][0-9]_*.md"))
    if others := sorted({*(root / "lessons").glob("[!.]*")} - {*lessons}):
        raise LessonError(f"lessons/{others[0].name} is no lesson: call it 07_its_name.md, say")
    address = Address.of(root)
    _each_exercise_once(lessons)
    _each_symbol_once(lessons)
    predicted: dict[str, str] = {}
    for path in lessons:
        target = out / "solutions" / path.stem / f"{path.stem}.ipynb"
        target.parent.mkdir(parents=True)
        notebook = solved_notebook(path, root / "solutions")
        _each_prediction_once(notebook, path.name, predicted)
        _what_is_named_exists(notebook, path, root / "solutions")
        open_anywhere(notebook, path.stem, address)
        target.write_text(_as_json(notebook), encoding="utf-8")
    build_stubs(root / "solutions", out / "microlearn" / "stubs")
    release(root / "nbgrader_config.py", out, [path.stem for path in lessons])
    start = start_notebook(lessons, front_matter)
    (out / "notebooks" / "START.ipynb").write_text(_as_json(start), encoding="utf-8")
    (out / "microlearn" / "course").mkdir()
    text = course_data(lessons, front_matter, lambda path: read_lesson(path)[1].values(), recap_in)
    (out / "microlearn" / "course" / "lessons.json").write_text(text, encoding="utf-8")
    _the_gaps_are_the_stubs(root / "solutions", out)
    _no_trace_of_an_answer(root / "solutions", out)
    for name, text in addressed(root).items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")


def own_exercises_are_sound(root: Path, stubs: Path) -> None:
    """Raise LessonError where the check of an exercise would let wrong answers pass, or right ones fail.

    Those of the course, which have ``tests/answers/name.py``, are held by the tests.
    """
    names = [
        marker.name
        for path in sorted((root / "lessons").glob("[0-9][0-9]_*.md"))
        for marker in read_lesson(path)[1].values()
        if marker.kind == "exercise" and not (root / f"tests/answers/{marker.name}.py").exists()
    ]
    if names:  # in a process of its own, which imports the course with the fresh stubs
        command = [sys.executable, ROOT / "tools" / "sound.py", root, stubs, *names]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LessonError(done.stdout or done.stderr)


def _each_exercise_once(lessons: list[Path]) -> None:
    owner: dict[str, str] = {}
    for path in lessons:
        for marker in read_lesson(path)[1].values():
            if marker.name in owner:
                raise LessonError(
                    f"{marker.where}: {marker.name} is in {owner[marker.name]} already: "
                    "remove it from one of the two"
                )
            owner[marker.name] = path.name


def _each_symbol_once(lessons: list[Path]) -> None:
    owner: dict[str, str] = {}
    for path in lessons:
        for symbol in front_matter(path).get("symbols", {}):
            if symbol in owner:
                raise LessonError(
                    f"{path.name}: the symbol {symbol} is explained in {owner[symbol]} already, and the "
                    "glossary has one meaning for each: leave it out, or write another one"
                )
            owner[symbol] = path.name


def _each_prediction_once(
    notebook: nbformat.NotebookNode, lesson: str, owner: dict[str, str]
) -> None:
    """Raise LessonError where a prediction has the name of another one, whose answer would be shown, is
    not compared below it, or stands below the result: then no cell is between it and its compare.
    (Whether the cells between show that result, this can't know.)"""
    told: dict[str, list[str]] = {"predict": [], "compare": []}
    choices: dict[str, int] = {}
    shown: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        calls = [*_names_given(cell, lesson)]
        if not calls and "claim" not in cell.metadata.get("tags", []):
            shown = [*told["predict"]]
        for function, name, call in calls:
            if function == "predict" and name in owner:
                raise LessonError(
                    f"{lesson}: predict({name!r}, …) is in {owner[name]} already: give it another name"
                )
            if function == "compare" and name not in told["predict"]:
                raise LessonError(
                    f"{lesson}: compare({name!r}, …) has no predict of that name above it"
                )
            if function == "compare" and name not in shown:
                raise LessonError(
                    f"{lesson}: no cell between predict({name!r}, …) and its compare shows the "
                    "result: put predict above the cell that does"
                )
            if function == "predict":
                owner[name] = lesson
                given = {keyword.arg: keyword.value for keyword in call.keywords}.get("choices")
                texts = getattr(given, "elts", [])
                if texts and all(isinstance(text, ast.Constant) for text in texts):
                    choices[name] = len(texts)
            elif name in choices and (letter := _constant(call.args[1:])) is not None:
                letters = "abcdefghijklmnopqrstuvwxyz"[: choices[name]]
                if letter not in [*letters]:
                    raise LessonError(
                        f"{lesson}: compare({name!r}, {letter!r}) is none of the choices of its "
                        f"predict: give one of {', '.join(letters)}"
                    )
            told[function].append(name)
    for name in told["predict"]:
        if name not in told["compare"]:
            raise LessonError(
                f"{lesson}: predict({name!r}, …) has no compare of that name below it"
            )


def _constant(given: list[ast.expr]) -> object:
    """The value of the first argument, if it is written there; else None."""
    return given[0].value if given and isinstance(given[0], ast.Constant) else None


def _what_is_named_exists(notebook: nbformat.NotebookNode, path: Path, solutions: Path) -> None:
    """Raise LessonError where cells or prose name an exercise or link a lesson that the course lacks.

    Names of rules are not looked up, since a cell may bring its own; running the notebook tells.
    """
    links = {f"../{p.stem}/{p.stem}.ipynb" for p in path.parent.glob("*.md")}
    exercises = {p.stem for p in solutions.glob("*.py")}
    for cell in notebook.cells:
        for function, name in EXERCISE_NAMED.findall(cell.source):
            if name not in exercises:
                raise LessonError(
                    f'{path.name}: {function}("{name}") names no exercise: '
                    f"there is no solutions/{name}.py"
                )
        for link in LINK.findall(cell.source) if cell.cell_type == "markdown" else ():
            if link not in links:
                raise LessonError(
                    f"{path.name}: the link to {link} leads to no lesson: "
                    "write ../NN_name/NN_name.ipynb for lessons/NN_name.md"
                )


def _names_given(cell: nbformat.NotebookNode, lesson: str) -> Iterator[tuple[str, str, ast.Call]]:
    """The calls of predict and compare in a cell, after the names that they are given."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError as error:
        line = cell.source.splitlines()[(error.lineno or 1) - 1]
        raise LessonError(f"{lesson}: a cell is not Python, {error.msg}: {line}") from None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: call.lineno):
        function, name = getattr(call.func, "id", ""), _constant(call.args)
        if function not in ("predict", "compare"):
            continue
        if not isinstance(name, str):
            raise LessonError(f"{lesson}: {ast.unparse(call)}: give its name first, in quotes")
        yield function, name, call


def build_stubs(solutions: Path, out: Path) -> None:
    """Write the stub of every solution."""
    out.mkdir(parents=True)
    for path in sorted(solutions.glob("*.py")):
        note = f"# Built from solutions/{path.name} by `make notebooks`: change it there.\n\n"
        (out / path.name).write_text(note + stub_of(path), encoding="utf-8")


def release(config_file: Path, out: Path, names: list[str]) -> None:
    """Let nbgrader make the released notebooks, as its own command does, but without a gradebook."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import PyFileConfigLoader

    path = [*sys.path]
    try:
        config = PyFileConfigLoader(config_file.name, path=str(config_file.parent)).load_config()
        config.CourseDirectory.root = str(out)
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
        for name in names:
            course = CourseDirectory(config=config, assignment_id=name)
            GenerateAssignment(config=config, coursedir=course).start()
    except NbGraderException:
        raise LessonError(f"nbgrader could not release {name}: see above") from None
    finally:
        sys.path[:] = path  # the file adds its folder, which may hold another copy of the package


def _as_json(notebook: nbformat.NotebookNode) -> str:
    return nbformat.writes(notebook, sort_keys=True) + "\n"


def _released(out: Path) -> dict[Path, list[nbformat.NotebookNode]]:
    """The cells of each released notebook."""
    paths = sorted(out.glob("notebooks/*/*.ipynb"))
    return {path: nbformat.read(path, as_version=4).cells for path in paths}


def _the_gaps_are_the_stubs(solutions: Path, out: Path) -> None:
    """Raise LessonError where nbgrader's gap in a released answer cell is not that of the stub."""
    for path, cells in _released(out).items():
        for cell in cells:
            meta = cell.metadata.get("nbgrader", {})
            if not meta.get("solution"):
                continue
            name, gap = meta["grade_id"], "YOUR ANSWER HERE"
            if cell.cell_type == "code":
                gap = answer_cell(stub_of(solutions / f"{name}.py"), name)
            if cell.source != gap:
                raise LessonError(
                    f"{path.name}: the released cell {name} is not the stub under @fill: "
                    "see ClearSolutions in nbgrader_config.py"
                )


def _no_trace_of_an_answer(solutions: Path, out: Path) -> None:
    """Raise LessonError if a line of an answer turns up anywhere in the files that students get.

    Lines of up to 20 letters (``if l > 0:``, ``s = x @ w``) may stand elsewhere for good reasons.
    """
    answers = {
        path.name: REGION.search(text_of(path))["answer"] for path in sorted(solutions.glob("*.py"))
    }
    answers |= {p.name: text_of(p) for p in sorted(solutions.glob("*.md"))}
    given = {p.name: p.read_text(encoding="utf-8") for p in out.glob("microlearn/stubs/*.py")}
    for path, cells in _released(out).items():
        if any(cell.get("outputs") or cell.get("execution_count") for cell in cells):
            raise LessonError(f"{path.name} was released with outputs")
        given[path.name] = "\n".join(cell.source for cell in cells)
    for owner, answer in answers.items():
        for line in map(str.strip, answer.splitlines()):
            found = [name for name, text in given.items() if len(line) > 20 and line in text]
            if found and not line.startswith("#"):
                raise LessonError(
                    f"{found[0]} gives away a line of {owner}. Put it between BEGIN and END "
                    f"SOLUTION, or write it in another way: {line}"
                )


def stale(root: Path, out: Path) -> list[str]:
    """The built files at ``root`` that are changed, missing or left over."""
    fresh = {str(path.relative_to(out)) for folder in BUILT for path in _built(out / folder)}
    there = {str(path.relative_to(root)) for folder in BUILT for path in _built(root / folder)}
    both = (fresh & there) | set(addressed(root))
    changed = {name for name in both if (root / name).read_bytes() != (out / name).read_bytes()}
    return sorted(changed | (fresh ^ there))


def _built(folder: Path) -> list[Path]:
    """The files in a folder that the build makes: notebooks, stubs, and the table of lessons."""
    one = [p for p in (folder / "START.ipynb", folder / "lessons.json") if p.is_file()]
    stubs = [p for p in folder.glob("*.py") if folder.name == "stubs" and p.stem != "__init__"]
    return one + stubs + [p for p in folder.glob("[0-9]*/*.ipynb") if p.stem == p.parent.name]


def install(root: Path, out: Path, names: list[str]) -> None:
    """Replace the stale files by the fresh ones, each in one move."""
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
            if not check:
                own_exercises_are_sound(root, out / "microlearn" / "stubs")
        except LessonError as error:
            print(error, file=sys.stderr)
            return 1
        names = stale(root, out)
        if check and names:
            print("Stale; run `make notebooks`:", *names, sep="\n  ", file=sys.stderr)
            return 1
        install(root, out, names)
    done = [f"{'built' if (root / name).exists() else 'removed'} {name}" for name in names]
    print("\n".join(done) or "Everything built is fresh.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
