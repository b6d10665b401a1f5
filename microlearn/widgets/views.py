"""The views of a panel: what it shows of a run below its curves, on request. An entry below is a view.

A run keeps what a view needs, a few times on its way, and only for the view that is open; so going back
in a run computes nothing. A view draws images with captions, which need no kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from ..data import Dataset
from ..training import Training
from . import bias_against_noise, single_updates, weights
from .seen import Seen

Observe = Callable[[Training], Generator[None, None, Any]]


@dataclass(frozen=True)
class View:
    """An entry in the list of views.

    Attributes
    ----------
    name, title : str
        In code, and in the panel's menu.
    observe : callable
        From a run to what is kept of it as it is now; it yields while it works, so that the panel stays
        free, and draws its noise from a stream of its own, so that no curve changes.
    points : int
        So often at most in a run.
    draw : callable
        From what was seen of each rule, and the data, to HTML.
    always : bool
        Whether every run keeps it, since it costs nothing: opening the view then starts no run.
    """

    name: str
    title: str
    observe: Observe
    points: int
    draw: Callable[[Sequence[Seen], Dataset], str]
    always: bool = False


VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        View(
            "weights",
            "the weights of the hidden units",
            weights.observe,
            50,
            weights.draw,
            always=True,
        ),
        View(
            "single_updates",
            "single updates around their mean",
            single_updates.observe,
            20,
            single_updates.draw,
        ),
        View(
            "bias_and_noise",
            "bias against noise",
            bias_against_noise.observe,
            12,
            bias_against_noise.draw,
        ),
    )
}


def view_named(name: str | None) -> View | None:
    """The view of that name, or None for None.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name is not None and name not in [*VIEWS]:
        raise ValueError(f"view is {name!r}; it is one of {', '.join(VIEWS)}, or None.")
    return None if name is None else VIEWS[name]
