"""The platforms on which students hand in, one file for each of the large ones.

A platform knows how its download names students' files, which list it has of a class, and which table of
marks it imports. To add one, write a subclass of :class:`Platform` and list it here; the runner, the
roster, the reports and the messages know it then.
"""

from __future__ import annotations

from .base import Label, Person, Platform, Unclear, no_formula
from .canvas import AnonymousCanvas, Canvas
from .moodle import Moodle
from .others import Blackboard, Brightspace, Ilias, Named

PLATFORMS: tuple[Platform, ...] = (
    Moodle(),
    Blackboard(),
    Brightspace(),
    AnonymousCanvas(),
    Canvas(),
    Ilias(),
)
"""In the order in which they are asked whose file this is: the one with the stricter names first."""


def platform_of(lms_id: str) -> Platform | None:
    """The platform that gave a student this id; None for an empty one."""
    every = (*PLATFORMS, Named())
    theirs = [platform for platform in every if lms_id and lms_id.startswith(platform.prefix)]
    return max(theirs, key=lambda platform: len(platform.prefix), default=None)


__all__ = [
    "PLATFORMS",
    "Label",
    "Named",
    "Person",
    "Platform",
    "Unclear",
    "no_formula",
    "platform_of",
]
