"""The lessons as a whole: where a student is, what words mean, and what each lesson asks at its end.

``lessons.json`` is made by the build from the heads of ``lessons/NN_name.md``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..widgets.recapping import Recap


@cache
def lessons() -> dict[str, dict]:
    """Each lesson by its name, such as 01_weight_perturbation: its ``title``, ``minutes``, ``summary``,
    ``needs``, ``symbols``, ``exercises``, ``questions`` and ``recap``."""
    path = Path(__file__).with_name("lessons.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def recap(lesson: str = "") -> Recap:
    """Ask the questions at the end of a lesson; every choice is answered at once, with its reason.

    Parameters
    ----------
    lesson : str
        Its name, such as 01_weight_perturbation.

    Raises
    ------
    ValueError
        If there is no such lesson.
    """
    from ..widgets.recapping import Recap

    if lesson not in [*lessons()]:
        raise ValueError(f"There is no lesson {lesson!r}: choose one of {', '.join(lessons())}.")
    return Recap(lessons()[lesson]["recap"])
