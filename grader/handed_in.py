"""What a download has said about each submission of a lesson, beside the notebook itself.

``grading/handed_in/LESSON.json`` keeps it, for the report and for the way back to the platform.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from microlearn.drafts import draft_of


@dataclass
class HandedIn:
    """One submission, as the platform knows it."""

    name: str = ""
    lms_id: str = ""
    """The number in the download, behind the platform's prefix. (Where a group has handed in, it is the
    group's.)"""
    attempt: int = 0
    late: bool = False
    """Whether the platform has marked it as late."""
    notes: list[str] = field(default_factory=list)


class Register:
    """The submissions of a lesson, by student; the last download counts."""

    def __init__(self, grading: Path, lesson: str) -> None:
        self.path = grading / "handed_in" / f"{lesson}.json"
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self.entries = {student: HandedIn(**entry) for student, entry in kept.items()}
        except FileNotFoundError:
            self.entries = {}

    def of(self, student: str) -> HandedIn:
        return self.entries.get(student, HandedIn())

    def save(self) -> None:
        entries = {student: asdict(entry) for student, entry in self.entries.items()}
        with draft_of(self.path) as draft:
            draft.write_text(json.dumps(entries, indent=1), encoding="utf-8")
