"""Bars that show how far a long computation is, and are gone when it has ended.

In a notebook tqdm's own bar is a widget. Where that notebook is opened again, JupyterLab would have
"model not found" in its place, below every training. So it is a line of text here.
"""

from __future__ import annotations

import html
import sys
from typing import TYPE_CHECKING, Any

from .places import shell

if TYPE_CHECKING:
    from tqdm import tqdm


def bar(total: int, words: str, shown: bool = True, initial: int = 0) -> tqdm:
    """A bar of tqdm's, to be used as a context manager.

    Parameters
    ----------
    total, initial : of how many steps, and how many are done
    words : what stands before it
    shown : if not, nothing is shown
    """
    from tqdm import tqdm

    line = _Line() if shown and _in_a_notebook() else None
    hidden = not shown or (
        line is None and sys.stderr is None
    )  # as where a window is the whole program
    return tqdm(total=total, initial=initial, desc=words, leave=False, disable=hidden, file=line)


def _in_a_notebook() -> bool:
    return getattr(shell(), "kernel", None) is not None


class _Line:
    """A file whose last line stands in the output of a cell."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self._handle: Any = None

    def write(self, text: str) -> None:
        from IPython.display import display

        line = text.strip()  # in the end it is blank
        markup = f'<pre style="margin: 0">{html.escape(line)}</pre>' if line else ""
        shown = {"text/html": markup, "text/plain": line}
        if self._handle:
            self._handle.update(shown, raw=True)
        elif line:
            self._handle = display(shown, raw=True, display_id=True)

    def flush(self) -> None:
        """Do nothing: each line is shown at once."""
