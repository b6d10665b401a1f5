"""The pages that are generated: the front page, the index of rules and the API, each from its source."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from pathlib import Path

import microlearn
from microlearn.course import glossary as glossary_of
from microlearn.course.score_card import score_card
from microlearn.exercises import stub
from microlearn.plots import plus_minus
from microlearn.results import load_results
from microlearn.rules import OBJECTIONS, SIGNALS, Knob, Rule
from microlearn.rules.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

from address import Address  # noqa: E402

ADDRESS = Address.of(ROOT)

CONTENTS = """
```{{toctree}}
:hidden:
:caption: {caption}
:glob:

{pages}
```
"""


def front() -> str:
    """The README, and the table of contents for the margin."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    teaching = ["docs/instructors"] if (ROOT / "docs" / "instructors.md").exists() else []
    written = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"instructors"}
    inside = ["CONTRIBUTING", *(f"docs/{name}" for name in sorted(written)), "CHANGELOG"]
    parts = {
        "Lessons": ["notebooks/START", "notebooks/*/*"],
        "Look up": ["docs/rules", "docs/cheat_sheet", "docs/glossary", "reference/index"],
        "Teach": teaching,
        "Take part": inside,
    }
    return text + "".join(
        CONTENTS.format(caption=caption, pages="\n".join(names))
        for caption, names in parts.items()
        if names
    )


def rules() -> str:
    """The index of rules: what each does, asks of a brain and reaches, from the catalogue."""
    taught = _taught_in()
    head = (
        "# The rules\n\nEvery learning rule of the course: its equation, its source, its knobs, and its "
        "score card, which says what the rule would ask of a brain. All of it is read from "
        "`microlearn/rules/catalogue.py`, the stubs and the recorded runs.\n\n"
    )
    card = score_card().html(link=lambda rule: f"#rule-{rule.name.replace('_', '-')}")
    head += f"{card}\n\n"
    return head + "".join(_rule(rule, taught) for rule in CATALOGUE.values())


def glossary() -> str:
    """The words and symbols of the course, from its lessons, the catalogue and the stubs."""
    lines = ["# Words and symbols", "", "| word | meaning | from |", "|---|---|---|"]
    for word, (meaning, source) in glossary_of.terms().items():
        where = source.replace(" ", "\u00a0")
        lines.append(f"| {_typeset(word)} | {_typeset(meaning)} | {where} |")
    return "\n".join(lines) + "\n"


def cheat_sheet() -> str:
    """All rules in a table, as START shows it."""
    table = glossary_of.cheat_sheet()._repr_html_()
    return f"# Cheat sheet\n\n<div class='ml-sheet'>{table}</div>\n"


def _rule(rule: Rule, taught: dict[str, tuple[str, str]]) -> str:
    lines = [f"(rule-{rule.name})=", f"## {rule.title[0].upper()}{rule.title[1:]}", ""]
    lines += [_explanation(rule.idea), ""]
    if rule.idea != rule.exercise:
        learn = f"The weights learn as `{rule.exercise}` says, with what has been learned so far:"
        lines += [learn, "", _explanation(rule.exercise), ""]
    if rule.output_only:
        lines += [
            "Here it trains the last layer alone; the hidden layers stay as they were drawn.",
            "",
        ]
    for exercise in rule.exercises:
        if exercise in taught:
            name, title = taught[exercise]
            lines += [
                f"Written as `{exercise}` in [{title}](../notebooks/{name}/{name}.ipynb).",
                "",
            ]
    lines += ["| score card | |", "|---|---|"]
    lines += [
        f"| {objection.title[0].upper()}{objection.title[1:]}: {objection.question} "
        f"| {getattr(rule.plausibility, name)} |"
        for name, objection in OBJECTIONS.items()
    ]
    lines += [f"| What carries the error to hidden units? | {rule.carrier.name} |"]
    lines += [f"| A synapse must know | {', '.join(SIGNALS[s].words for s in rule.knows)} |"]
    lines += [f"| Forward passes for an update | {rule.forward_passes()} |"]
    lines += [f"| Carries beside the weights | {', '.join(rule.state) or 'nothing'} |"]
    if rule.trains:
        lines += [f"| Also learns | {', '.join(rule.trains)} |"]
    lines += [f"| {name} | {value} |" for name, value in _recorded(rule).items()]
    lines += ["", "| knob | in code | default | from | to |", "|---|---|---|---|---|"]
    lines += [_knob(knob) for knob in rule.knobs]
    return "\n".join([*lines, "", f"Source: {rule.source}.", "", ""])


def _explanation(exercise: str) -> str:
    """What the stub's docstring says above its parameters, with its equations in rows."""
    text = inspect.cleandoc(stub(exercise).__doc__).split("\n\nParameters\n")[0]
    return "\n\n".join(
        _equations(paragraph) if paragraph.startswith("    ") else _typeset(paragraph)
        for paragraph in text.split("\n\n")
    )


def _equations(paragraph: str) -> str:
    """One equation in each row. Text far to its right is a remark, in a column of its own."""
    rows = [re.split(r" {2,}", line) for line in inspect.cleandoc(paragraph).splitlines()]
    columns = max(map(len, rows))
    lines = [
        f"{'  ' if column else '* '}- {_typeset(row[column]) if column < len(row) else ''}"
        for row in rows
        for column in range(columns)
    ]
    return "\n".join(["```{list-table}", ":class: equations", "", *lines, "```"])


def _typeset(text: str) -> str:
    """Plain text as Markdown, with δ_l and δ_{l+1} as subscripts."""
    text = re.sub(r"([*<>$\[\]\\`|])", r"\\\1", text)
    text = re.sub(r"_(?:\{([^}]+)\}|([A-Za-z0-9])(?![A-Za-z0-9_]))", r"{sub}`\1\2`", text)
    return text.replace("_", r"\_")


def _knob(knob: Knob) -> str:
    scale = ", on a logarithmic scale" if knob.log else ""
    cells = [knob.words, f"`{knob.name}`", f"{knob.default:g}", f"{knob.low:g}"]
    return f"| {' | '.join(cells)} | {knob.high:g}{scale} |"


def _recorded(rule: Rule) -> dict[str, str]:
    """The rule's results in the recorded runs on MNIST, each at a learning rate that suits it."""
    runs = load_results("mnist_tuned").query("rule == @rule.name")
    if runs.empty:
        return {}
    last = runs.groupby("seed").last()
    reached = last.test_accuracy
    what = f"MNIST, three epochs, mean of {len(reached)} seeds"
    return {f"{what}: test accuracy": plus_minus(reached.mean(), reached.std())} | (
        {f"{what}: cosine to backprop in the hidden layers, at the end": f"{cosine:.2f}"}
        if (cosine := last.hidden_cosine.mean()) == cosine and not rule.output_only
        else {}
    )


def _taught_in() -> dict[str, tuple[str, str]]:
    """The lesson, its name and its title, in which each exercise is written."""
    taught = {}
    for path in sorted(ROOT.glob("notebooks/*/*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                title = f"lesson {path.stem[:2]}, {notebook['metadata']['title']}"
                taught[cell["metadata"]["nbgrader"]["grade_id"]] = (path.stem, title)
    return taught


def reference() -> dict[str, str]:
    """A page for each public module, made from its docstrings, and one that lists them."""
    names = _modules(microlearn)
    index = (
        "# The package\n\nWhat `from microlearn import *` gives, and every module.\n\n"
        "```{eval-rst}\n.. autosummary::\n\n"
        + "".join(
            f"   ~{getattr(microlearn, name).__module__}.{name}\n" for name in microlearn.__all__
        )
        + "```\n\n```{toctree}\n:maxdepth: 1\n\n"
        + "\n".join(names)
        + "\n```\n"
    )
    module = "# {0}\n\n```{{eval-rst}}\n.. automodule:: {0}\n   :members:\n```\n"
    return {"reference/index.md": index} | {
        f"reference/{name}.md": module.format(name) for name in names
    }


def _modules(package) -> list[str]:
    """The public modules, without the gaps and the facts of single exercises."""
    found = []
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.name == "microlearn.stubs" or module.name.rpartition(".")[2].startswith("_"):
            continue
        found.append(module.name)
        if module.ispkg and module.name != "microlearn.checks":
            found += _modules(importlib.import_module(module.name))
    return found
