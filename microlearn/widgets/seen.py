"""What a view has seen of a rule on its way through a run."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import Any

from ..looks import Look, look_of
from ..rules import get_rule


@dataclass(frozen=True)
class Seen:
    """What was kept of one rule of one run, up to the update that is looked at.

    Attributes
    ----------
    rule : str
    side : str
        ``"A"`` or ``"B"`` where a panel has two settings, else ``""``.
    moments : list of (int, value)
        After so many updates, what the view has kept; one at least.
    """

    rule: str
    side: str
    moments: list[tuple[int, Any]]

    @property
    def title(self) -> str:
        """The rule in a sentence, and the side."""
        title = get_rule(self.rule).title
        return f"{self.side}: {title}" if self.side else title

    @property
    def look(self) -> Look:
        """That of the rule, with beads for B."""
        return replace(look_of(self.rule), beads=self.side == "B")

    @property
    def last(self) -> tuple[int, Any]:
        """The moment that is looked at."""
        return self.moments[-1]


def with_caption(picture: str, words: str) -> str:
    """An image and, below it, what it shows."""
    return f"<figure>{picture}<figcaption>{html.escape(words)}</figcaption></figure>"
