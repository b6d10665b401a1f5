"""The platforms on which students hand in, one file for each.

A platform knows two things: how its download names students' files, and which table of marks it
imports. To add one, write a subclass of :class:`Platform` in a file of its own and list it here; the
runner, the reports and the messages know it then.
"""

from __future__ import annotations

from .base import Label, Platform, no_formula
from .canvas import Canvas
from .moodle import Moodle

PLATFORMS: tuple[Platform, ...] = (Moodle(), Canvas())
"""In the order in which they are asked whose file this is: the one with the stricter names first."""


def platform_of(lms_id: str) -> Platform | None:
    """The platform that gave a student this id; None for an empty one."""
    theirs = [platform for platform in PLATFORMS if lms_id and lms_id.startswith(platform.prefix)]
    return max(theirs, key=lambda platform: len(platform.prefix), default=None)


__all__ = ["PLATFORMS", "Label", "Platform", "no_formula", "platform_of"]
