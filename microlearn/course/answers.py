"""A full answer to a question that is discussed, once there is one's own.

The answers are the marking guides in ``solutions/``, without the part that says how points are given.
Only a clone of the course has them. ``model_answers = false`` in its ``pyproject.toml``, below
``[tool.microlearn]``, keeps them closed.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..drafts import json_of
from ..exercises import SOLUTIONS
from ..numbers import said
from ..places import working_folder
from . import lessons

if TYPE_CHECKING:
    from IPython.display import Markdown

POINTS = re.compile(r"(One|Two|Three|Full) .*(point|mark)|\*\*What counts")
"""How a paragraph begins that says what is worth a point."""
WORDS = 30
"""Words that one's own answer must have."""


def answer(question: str, own: str = "") -> Markdown:
    """Show a full answer to a question in words, once your own has thirty words.

    Parameters
    ----------
    question : str
        Its name, such as "fewer_voices".
    own : str
        Your answer. Where it is left out, the one in the saved notebook counts.

    Raises
    ------
    ValueError, TypeError
        If there is no such question, or your answer is no text.
    """
    from IPython.display import Markdown

    names = [name for lesson in lessons().values() for name in lesson["questions"]]
    if question not in names:
        raise ValueError(f"There is no question {question!r}: choose one of {', '.join(names)}.")
    guide = SOLUTIONS / f"{question}.md"
    if not guide.is_file():
        return Markdown("There are no model answers here: only a clone of the course has them.")
    if not _allowed():
        return Markdown("Your instructor keeps the model answers closed.")
    if not isinstance(own, str):
        raise TypeError(f"own is {said(own)}; it must be your answer in words, in quotes.")
    notebook, text = ("", own) if own else _written(question)
    count = len(text.split())
    if count < WORDS:
        there = f" in `{notebook}`" if notebook else ""
        return Markdown(
            f"Your answer{there} has {count} words so far. Write {WORDS} and save the notebook; where "
            f'it can\'t be read, as in Colab, give your words here: answer("{question}", "…").'
        )
    paragraphs = guide.read_text(encoding="utf-8").strip().split("\n\n")
    full = [p for p in paragraphs if not POINTS.match(p)]
    if notebook:
        full.insert(
            0, f"*Your {count} words in* `{notebook}`*, the notebook here that was saved last:*"
        )
    return Markdown("\n\n".join(full).replace("**What a full answer says.** ", ""))


def _allowed() -> bool:
    path = SOLUTIONS.parent / "pyproject.toml"
    if not path.is_file():
        return True
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    return settings.get("tool", {}).get("microlearn", {}).get("model_answers", True)


def _written(question: str) -> tuple[str, str]:
    """The name of the notebook with the question in this folder that was saved last, and the student's
    answer in it."""
    files = filter(Path.is_file, Path(working_folder()).glob("*.ipynb"))
    for path in sorted(files, key=lambda p: -p.stat().st_mtime):
        # A file that is no notebook has no answer.
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            for cell in json_of(path)["cells"]:
                if cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") == question:
                    text = "".join(cell["source"])
                    return path.name, "" if "YOUR ANSWER HERE" in text else text
    return "", ""
