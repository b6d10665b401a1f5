"""After each cell, what is shown looks whether other answers stand for its exercises by now.

A cell may fill one in, choose the reference, or change a helper: what is shown stays, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol
from weakref import WeakSet

from ..exercises import NotFilledIn, standing
from ..places import shell
from ..versions import Contents, changes_itself, contents, differing


class Shown(Protocol):
    """What is shown, and looks again."""

    def look_again(self) -> None:
        """See what stands for the answers now."""


_shown: WeakSet[Shown] = WeakSet()


def show(view: Shown) -> None:
    """Let a view look again after each cell, as long as somebody else holds it."""
    _shown.add(view)
    if session := shell():
        session.events.register("post_run_cell", look_again)


def let_go(view: Any) -> None:
    """Let a view look no more, if it did: it was closed."""
    _shown.discard(view)


def look_again(*_: object) -> None:
    """Let all views look again."""
    for view in [*_shown]:
        view.look_again()


def changed_since(begun: Contents, used: Mapping[str, object]) -> Contents:
    """Of each exercise for which another answer stands now, what that computes.

    Parameters
    ----------
    begun : what the answers that are shown computed when they began
    used : these answers
    """
    now = standing_for(begun)
    found = contents(now)
    return {
        name: found[name]
        for name in differing(begun, found)
        if used.get(name) is not now[name] or not changes_itself(now[name])
    }


def standing_for(names: Iterable[str]) -> dict[str, Callable]:
    """The answers that stand for some exercises now, without those that are not filled in."""
    found = {}
    for name in names:
        with suppress(NotFilledIn):  # which a footnote says
            found[name] = standing(name).function
    return found


def said(changed: Contents, button: str) -> list[str]:
    """A sentence, if answers have changed since."""
    if not changed:
        return []
    has, answers = ("has", "answer") if len(changed) == 1 else ("have", "answers")
    return [
        f"{' and '.join(changed)} {has} changed since: what is shown here is of the earlier {answers}. "
        f"Press {button}."
    ]
