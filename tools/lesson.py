"""From the text of a lesson to its solved notebook, cell by cell.

A lesson is MyST Markdown as jupytext reads it, with four markers of our own. Two name what belongs in
their place: ``{exercise} name`` becomes the answer cell and the locked check cell, ``{question} name``
the question and a cell for an answer that a human marks. The cells' text comes from ``solutions/``.
The third, ``{claim}``, holds assertions about what the cells before it computed: it becomes a cell of
the solved notebook, which the tests run, and which is not released. The fourth, ``{recap}``, holds
questions with their choices: it becomes a cell that asks them.

The lines at the head of a lesson say what it needs and what stays of it. From those the build makes the
line below the title, and the last cell (``course_map.py``).
"""

from __future__ import annotations

import ast
import copy
import hashlib
import math
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml
from course_map import lessons_beside, orient
from nbformat.v4 import new_code_cell, new_markdown_cell

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
REGION = re.compile(rf"^(?P<indent> +){BEGIN}\n(?P<answer>.*?)^(?P=indent){END}$", re.M | re.S)
MARKER = re.compile(
    r"^```\{(?P<kind>exercise|question|claim|recap)\} *(?P<name>.*?) *\n(?P<body>.*?)^``` *$",
    re.M | re.S,
)
DIRECTIVE = re.compile(
    r"(?P<fence>[`~:]{3,})"
    r"(?P<said>[ \t]*(?:\{[^}\n]*\}|(?:exercise|question|claim|recap|code-cell|i?python3?)\b))"
)
OPTIONS = re.compile(r"^[ \t]*`{3,}\{code-cell\}[^\n]*\n\s*(:\w+:.*|---)", re.M)
CLAIM = "# What the text says of these results. Students do not get this cell."
POINTS = re.compile(r"^:points: *([1-9]\d*) *$", re.M)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


HEAD = {
    "title": ("a text", lambda v: _texts([v])),
    "minutes": ("a whole number above 0", lambda v: type(v) is int and v > 0),
    "summary": ("a text", lambda v: _texts([v])),
    "needs": ('a list of numbers in quotes, ["00", "04"]', _texts),
    "remember": ("a list of texts", _texts),
    "symbols": (
        "a line `symbol: words` for each",
        lambda v: isinstance(v, dict) and _texts([*v, *v.values()]),
    ),
}
"""What a lesson's head may say: the form of each, in words and as a test. The first three are needed."""


class LessonError(ValueError):
    """A lesson or a solution is not as the build needs it."""


def text_of(path: Path) -> str:
    """The text of a lesson or a solution.

    Raises
    ------
    LessonError
        If it can't be read, or is no text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        if "\0" in text:
            raise LessonError(f"{path.name} has a zero byte in it: it is no text, or damaged")
        return text
    except UnicodeDecodeError as error:
        raise LessonError(
            f"{path.name} is not in UTF-8, at its byte {error.start}: save it in that encoding"
        ) from None
    except OSError as error:
        raise LessonError(f"{path.name} can't be read ({error.strerror})") from None


ALONE = (
    '*On your own? Write thirty words below and save the notebook; then `answer("{}")` in a new cell '
    "shows a full answer.*"
)
"""What stands below each question."""


@dataclass(frozen=True)
class Marker:
    """An ``{exercise}`` or a ``{question}`` in the text of a lesson."""

    kind: str
    name: str
    points: int
    text: str
    where: str


def read_lesson(path: Path) -> tuple[str, dict[str, Marker]]:
    """The text of a lesson with each claim as a tagged code cell and each other marker as a code cell
    that names it, and those markers by name.

    Raises
    ------
    LessonError
        If a marker has no name or no points, is not closed or not known, a question has no text or a
        claim no assertion; the line is named.
    """
    markers: dict[str, Marker] = {}
    source = text_of(path)

    def place(match: re.Match) -> str:
        return f"{path.name}, line {source.count(chr(10), 0, match.start()) + 1}"

    def replace(match: re.Match) -> str:
        kind, name, body = match["kind"], match["name"], match["body"]
        where = place(match)
        points = POINTS.findall(body)
        text = POINTS.sub("", body).strip()
        if "```" in body:
            raise LessonError(f"{where}: this {{{kind}}} is not closed: end it with a line ```")
        if kind in ("claim", "recap") and name:
            raise LessonError(f"{where}: a {{{kind}}} has no name: remove {name}")
        if kind == "claim":
            if trouble := _cannot_fail(body):
                line, why = trouble
                at = source.count("\n", 0, match.start("body")) + line
                raise LessonError(
                    f"{path.name}, line {at}: {why}" if line else f"{where}: this {{claim}} {why}"
                )
            return f"```{{code-cell}} ipython3\n:tags: [claim]\n{CLAIM}\n{body}```"
        if kind == "recap":
            if not recap_of(body, where) or source.count("\n```{recap}") > 1:
                raise LessonError(f"{where}: a lesson has one {{recap}}, with a question or more")
            return f'```{{code-cell}} ipython3\nrecap("{path.stem}")\n```'
        if not name.isidentifier():
            raise LessonError(f"{where}: the {kind} needs a name: write ```{{{kind}}} its_name")
        if len(points) != 1:
            raise LessonError(
                f"{where}: {name} needs a line `:points: 3`, say, above 0, and one alone"
            )
        if kind == "exercise" and text:
            raise LessonError(
                f"{where}: what is said about {name} belongs above it, not inside: {text}"
            )
        if kind == "question" and not text:
            raise LessonError(
                f"{where}: the question {name} has no text: write it below its points"
            )
        if name in markers:
            raise LessonError(f"{where}: {name} stands twice in this lesson: remove one of them")
        markers[name] = Marker(kind, name, int(points[0]), text, where)
        return f"```{{code-cell}} ipython3\n:tags: [{kind}]\n{name}\n```"

    if options := OPTIONS.search(source):
        raise LessonError(f"{path.name}: a {{code-cell}} has no options here: remove {options[1]}")
    for cell in re.finditer(r"^`{3,}\{code-cell\}(?!(?: +ipython3)? *$).*$", source, re.M):
        raise LessonError(f"{place(cell)}: {cell[0]}: a lesson is in ipython3")
    text = MARKER.sub(replace, source)
    read = {match.start() for match in MARKER.finditer(source)}
    for match in DIRECTIVE.finditer(source):
        # A notebook would show it as text, and an exercise would be missing without a warning.
        if match["said"] != "{code-cell}" and match.start() not in read:
            raise LessonError(
                f"{place(match)}: {match['fence']}{match['said']} is unknown in a lesson: "
                "use ```{exercise}, ```{question}, ```{claim}, ```{recap} or ```{code-cell}, at the "
                "start of a line and closed by ```"
            )
    return text, markers


def _cannot_fail(claim: str) -> tuple[int, str] | None:
    """The line in which a claim may hold whatever came out, counted from 1, and why; 0 for all of it.
    (Whether it is Python is seen in its cell.)"""
    try:
        body = ast.parse(claim).body
    except SyntaxError:
        return None
    run: list[ast.stmt] = []
    _unroll(body, run)
    nodes = [node for part in body for node in ast.walk(part)]
    if not any(isinstance(node, ast.Assert) for node in nodes):
        return 0, "has no `assert`, so it can't fail"
    for node in nodes:
        if isinstance(node, ast.Assert) and node not in run:
            return (
                node.lineno,
                "it may never be run here: no `if`, `def`, `with`, … around an `assert`",
            )
        if isinstance(node, ast.Break | ast.Continue):
            return node.lineno, "it may leave out an `assert`: a claim has no `break` or `continue`"
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple):
            return node.lineno, "`assert (…, …)` can't fail: leave the brackets out"
        if isinstance(node, ast.Assert) and not _compares(node.test):
            return node.lineno, (
                "it may hold whatever came out, or for NaN: write `assert` with a comparison of a "
                "result (<, >, <=, >=, ==, in; not `not` or !=), or several in `and`, `or`, `all(…)`, "
                "`(…).all()`"
            )
        if isinstance(node, ast.Assert) and (when := _holds_anyway(node.test)):
            return node.lineno, f"it holds {when}: compare a result with what it might not be"
        if isinstance(node, ast.Expr) and _compares(node.value):
            return node.lineno, "this line compares and asserts nothing: write `assert` before it"
    return None


def _unroll(body: list[ast.stmt], run: list[ast.stmt]) -> None:
    """Add to ``run`` what surely runs: the statements, and those below a `for` that has something."""
    for part in body:
        run.append(part)
        if isinstance(part, ast.For) and not _is_empty(part.iter):
            _unroll(part.body, run)


def _is_empty(values: ast.expr) -> bool:
    return isinstance(values, ast.List | ast.Tuple) and not values.elts


def _compares(test: ast.expr) -> bool:
    """Whether it is made of comparisons that NaN fails. What may be said is listed, not what may not:
    of what is always true (a method without its brackets, a generator, a text) there is no list."""
    match test:
        case ast.BoolOp():
            return all(map(_compares, test.values))
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return _compares(test.left) and _compares(test.right)
        case ast.Compare():
            return not any(isinstance(op, ast.Is | ast.IsNot | ast.NotIn) for op in test.ops)
        case ast.Attribute(attr="is_monotonic_increasing" | "is_monotonic_decreasing"):
            return True
        case ast.Call(func=ast.Name(id="all" | "any"), args=[values], keywords=[]):
            return _all_compare(values)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name), args=[first, *more]):
            if name in ("all", "any"):  # which take a generator for something true
                return not isinstance(first, ast.GeneratorExp) and _all_compare(first)
            close = name in ("allclose", "isclose", "array_equal") and bool(more)
            nan = any(option.arg == "equal_nan" for option in test.keywords)
            return name == "isfinite" or (
                close and not nan and ast.dump(first) != ast.dump(more[0])
            )
        case ast.Call(func=ast.Attribute(value=values, attr="all" | "any")):
            return _compares(values)
        case ast.Call(func=ast.Attribute(attr="between"), args=[_, _]):
            return True
        case ast.Call(func=ast.Attribute(attr="isin"), args=[_]):
            return True
        case ast.Call(func=ast.Attribute(attr="notna"), args=[]):
            return True
    return False


def _all_compare(values: ast.expr) -> bool:
    if isinstance(values, ast.GeneratorExp | ast.ListComp):
        empty = any(_is_empty(part.iter) for part in values.generators)
        return not empty and _compares(values.elt)
    if isinstance(values, ast.List | ast.Tuple):
        return bool(values.elts) and all(map(_compares, values.elts))
    return _compares(values)


def _holds_anyway(test: ast.expr) -> str:
    """When a claim holds whatever a cell has shown, in words; nothing if it can fail."""
    numbers = [n.value for n in ast.walk(test) if isinstance(n, ast.Constant)]
    near = [0.0, *(n for n in numbers if isinstance(n, int | float))]
    choices = sorted({n + d for n in near for d in (0, -1, -0.1, 0.1, 1, 1e9, -1e9)})
    shown = _Shown()
    tree = ast.fix_missing_locations(ast.Expression(shown.visit(copy.deepcopy(test))))
    code, rng = compile(tree, "a claim", "eval"), random.Random(0)
    if not shown.names:  # a sum that the text does is one to be done again
        return "" if any(isinstance(n, ast.BinOp) for n in ast.walk(test)) else "whatever came out"
    try:
        if eval(code, dict.fromkeys(shown.names.values(), math.nan)):
            return "for NaN, too"
        tries = ({name: rng.choice(choices) for name in shown.names.values()} for _ in range(2000))
        return "whatever came out" if all(eval(code, given) for given in tries) else ""
    except (TypeError, ArithmeticError):  # it compares texts, say
        return ""


class _Shown(ast.NodeTransformer):
    """Puts a name in the place of each value that a claim does not compute itself."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def visit(self, node: ast.AST) -> Any:
        match node:
            case ast.Call(func=ast.Name(id="all" | "any"), args=[ast.List() as values]):
                return ast.BoolOp(ast.And(), [*map(self.visit, values.elts)])
            case ast.Call(
                func=ast.Name(id="all" | "any" | "int" | "bool" | "float"), args=[values]
            ):
                return self.visit(values)
            case ast.Call(func=ast.Attribute(attr="all" | "any", value=values), args=[]):
                return self.visit(values)
            case ast.GeneratorExp(elt=part) | ast.ListComp(elt=part):
                return self.visit(part)
            case ast.Constant() | ast.BoolOp() | ast.Compare() | ast.BinOp() | ast.UnaryOp():
                return self.generic_visit(node)
            case ast.Tuple() | ast.List():
                return self.generic_visit(node)
            case ast.expr():
                name = self.names.setdefault(ast.dump(node), f"value_{len(self.names)}")
                value, called = ast.Name(name, ast.Load()), getattr(node, "func", None)
                if called and ast.unparse(called) in ("len", "abs", "np.abs"):  # 0 or more
                    return ast.Call(ast.Name("abs", ast.Load()), [value], [])
                if _compares(node):  # true or false
                    return ast.Compare(value, [ast.Gt()], [ast.Constant(0)])
                return value
        return node  # an operator


def solved_notebook(path: Path, solutions: Path) -> nbformat.NotebookNode:
    """The solved notebook of a lesson, the same to the byte each time."""
    title = front_matter(path)["title"]
    text, markers = read_lesson(path)
    raw = jupytext.reads(text, fmt="md:myst")
    cells = []
    if not raw.cells or not raw.cells[0].source.startswith("# "):
        raise LessonError(f"{path.name}: below its head it begins with a line `# Its title`")
    heading = re.sub(r"^# (\d+ · )?", "", raw.cells[0].source.partition("\n")[0]).strip()
    if heading != title:
        raise LessonError(
            f"{path.name}: its head has the title {title!r}, and its first line {heading!r}: give it one"
        )
    for cell in raw.cells:
        tags = cell.metadata.get("tags", [])
        if tags and tags[0] in ("exercise", "question"):
            marker = markers[cell.source.strip()]
            make = _exercise_cells if marker.kind == "exercise" else _question_cells
            cells += make(marker, solutions)
        elif cell.cell_type == "code":
            if asserts := not tags and re.search(r"^[ \t]*assert\b.*", cell.source, re.M):
                raise LessonError(
                    f"{path.name}: a cell asserts, and a student's results may differ: write it as a "
                    f"{{claim}}: {asserts[0]}"
                )
            cells.append(new_code_cell(cell.source, metadata={"tags": tags} if tags else {}))
        else:
            cells.append(new_markdown_cell(cell.source))
    orient(cells, path, front_matter)
    for cell in cells:
        if cell.cell_type == "markdown" and (trouble := _not_shown(cell.source)):
            raise LessonError(f"{path.name}: {trouble}")
    _name_cells(cells)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": title,
    }
    nbformat.validate(notebook)
    return notebook


def _not_shown(text: str) -> str:
    """What a page would not show as it is meant, in words; nothing where all is well."""
    if picture := re.search(r"!\[\s*\][(\[].*", text):
        return f"a picture has no words: say between its brackets what is to be seen: {picture[0]}"
    prose = re.sub(r"(?ms)\\[\\`*$]|^(```|~~~).*?^\1|`[^`]*`", "", text)
    for part in prose.split("\n\n"):
        for mark in ("`", "**", "$$", "$"):
            if part.count(mark) % 2:
                seen = " ".join(part.split())[:60]
                return f"a {mark} is open: close it in its paragraph, or write \\{mark}: {seen}"
    return ""


def recap_of(body: str, where: str) -> list[dict]:
    """The questions of a ``{recap}``: a line that asks, below it a line ``+ choice | reason`` for the
    right choice, and a line ``- choice | reason`` for each other one.

    Raises
    ------
    LessonError
        If a question has not exactly one right choice and another one, or a choice no reason.
    """
    questions: list[dict] = []
    for line in filter(None, map(str.strip, body.splitlines())):
        if line[:2] not in ("+ ", "- "):
            questions.append({"ask": line, "choices": []})
            continue
        choice, _, reason = line[2:].partition(" | ")
        if not reason or not questions:
            raise LessonError(f"{where}: write this choice as `- choice | reason`: {line}")
        questions[-1]["choices"].append([line[0] == "+", choice.strip(), reason.strip()])
    for question in questions:
        right = [is_right for is_right, *_ in question["choices"]]
        if (
            sum(right) != 1
            or len(right) < 2
            or len({text for _, text, _ in question["choices"]}) < len(right)
        ):
            raise LessonError(
                f"{where}: all choices differ; one, and no other, begins with +: {question['ask']}"
            )
    return questions


def recap_in(path: Path) -> list[dict]:
    """The questions of a lesson's ``{recap}``; none where it has none."""
    source = path.read_text(encoding="utf-8")
    bodies = (match["body"] for match in MARKER.finditer(source) if match["kind"] == "recap")
    return [question for body in bodies for question in recap_of(body, path.name)]


def front_matter(path: Path) -> dict:
    """The title, the minutes and the summary at the head of a lesson, and what else it says there:
    ``needs``, the numbers of other lessons; ``remember``, three lines; ``symbols`` with their words.

    Raises
    ------
    LessonError
        If one of them is missing, or is not as :data:`HEAD` has it, or can't be read.
    """
    source = text_of(path)
    head = re.match(r"---\n(.*?)\n---\n", source, re.S)
    try:
        values = yaml.load(head[1], _EachKeyOnce) if head else {}
    except yaml.MarkedYAMLError as error:
        raise LessonError(
            f"{path.name}, line {error.problem_mark.line + 2}: {error.problem}: put quotes around "
            "a text that contains a colon or a bracket"
        ) from None
    except yaml.YAMLError as error:
        raise LessonError(f"{path.name}: its head is no YAML: {error}") from None
    if not isinstance(values, dict):
        raise LessonError(f"{path.name}: the lines between --- at its head are each `key: value`")
    for key in [*HEAD][:3]:
        if key not in values:
            raise LessonError(f"{path.name}: the lines between --- at its head must give `{key}:`")
    for key, value in values.items():
        if key not in HEAD:
            raise LessonError(
                f"{path.name}: `{key}:` is unknown at its head: use {', '.join(HEAD)}"
            )
        words, has_that_form = HEAD[key]
        if not has_that_form(value):
            raise LessonError(f"{path.name}: `{key}:` at its head is {value!r}; it must be {words}")
    numbers = [other.stem[:2] for other in lessons_beside(path) if other != path]
    if path.stem[:2] in numbers:
        raise LessonError(f"{path.name}: another lesson has this number: give it one of its own")
    for number in values.get("needs", ()):
        if number not in numbers or number > path.stem or values["needs"].count(number) > 1:
            raise LessonError(
                f"{path.name} needs {number!r}: give the number of a lesson before it, and each once"
            )
    return values


class _EachKeyOnce(yaml.SafeLoader):
    """Of a key that is given twice, YAML takes the last value."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [key.value for key, _ in node.value]
        for (key, _), name in zip(node.value, keys, strict=True):
            if keys.count(name) > 1:
                raise yaml.MarkedYAMLError(None, None, f"{name} is given twice", key.start_mark)
        return super().construct_mapping(node, deep)


def stub_of(path: Path) -> str:
    """The text of a solution with the region between the markers turned into a gap.

    Raises
    ------
    LessonError
        If it is not Python, or there is not exactly one region, in the function of the file's name.
    """
    source = text_of(path)
    region = REGION.search(source)
    # Strict: a marker that nbgrader reads and this pattern misses would leave the answer in the stub.
    if not region or source.count(BEGIN) != 1 or source.count(END) != 1:
        raise LessonError(
            f"{path.name} needs a line {BEGIN} and below it a line {END}, once each, indented alike "
            "and with nothing after them, around the lines that a student writes"
        )
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise LessonError(f"{path.name}, line {error.lineno}: {error.msg}") from None
    begin = source.count("\n", 0, region.start()) + 1
    if not any(
        isinstance(node, ast.FunctionDef)
        and node.name == path.stem
        and node.lineno < begin < node.end_lineno
        and ast.get_docstring(node)
        and not node.decorator_list
        for node in statements
    ):
        raise LessonError(
            f"{path.name} must define a function {path.stem}, with {BEGIN} in it, with a docstring and "
            "without decorators"
        )
    return REGION.sub(r"\g<indent># YOUR CODE HERE\n\g<indent>raise NotImplementedError()", source)


def answer_cell(source: str, name: str) -> str:
    """A solution, or its stub, as the text of an answer cell: with ``@fill``, and its import."""
    source, merged = re.subn(
        r"^from microlearn import (?=\w)", "from microlearn import fill, ", source, flags=re.M
    )
    add = "" if merged else "from microlearn import fill\n\n"
    return re.sub(rf"\n*^def {name}\(", f"\n\n{add}@fill\ndef {name}(", source, flags=re.M).strip()


def _exercise_cells(marker: Marker, solutions: Path) -> list[nbformat.NotebookNode]:
    path = solutions / f"{marker.name}.py"
    if not path.is_file():
        raise LessonError(
            f"{marker.where}: there is no solutions/{path.name}: write it, or correct the name"
        )
    try:
        stub_of(path)
    except LessonError as error:
        raise LessonError(f"{marker.where}: {error}") from None
    answer = answer_cell(text_of(path), marker.name)
    test = f'from microlearn import check\n\ncheck("{marker.name}").points({marker.points})'
    return [
        _graded(new_code_cell(answer), marker.name, solution=True),
        _graded(new_code_cell(test), f"check_{marker.name}", grade=True, points=marker.points),
    ]


def _question_cells(marker: Marker, solutions: Path) -> list[nbformat.NotebookNode]:
    path = solutions / f"{marker.name}.md"
    if not path.is_file():
        raise LessonError(
            f"{marker.where}: there is no solutions/{path.name}: write a full answer into it"
        )
    answer = text_of(path).strip()
    if not answer or BEGIN in answer:
        raise LessonError(
            f"{marker.where}: solutions/{path.name} must give a full answer, without "
            f"{BEGIN}: all of it is removed from the notebooks of students"
        )
    asked = f"{marker.text.rstrip()}\n\n{ALONE.format(marker.name)}"
    return [
        _graded(new_markdown_cell(asked), f"{marker.name}_question"),
        _graded(
            new_markdown_cell(answer), marker.name, grade=True, solution=True, points=marker.points
        ),
    ]


def _graded(
    cell: nbformat.NotebookNode,
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    points: int | None = None,
) -> nbformat.NotebookNode:
    """Give a cell nbgrader's metadata; one without a solution is locked."""
    cell.metadata["nbgrader"] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    } | ({"points": points} if points is not None else {})
    return cell


def _name_cells(cells: list[nbformat.NotebookNode]) -> None:
    """Give every cell an id that depends on its content alone."""
    seen: dict[str, int] = {}
    for cell in cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name is None:
            name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        count = seen[name] = seen.get(name, 0) + 1
        cell.id = (name if count == 1 else f"{name}-{count}")[:64]
