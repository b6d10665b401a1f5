"""Files that are there as a whole or not at all, whatever else writes them at the same time."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """A path beside the target that nobody else has; what was written there takes the target's name when
    the ``with`` ends, and is removed if it ends with an error.

    Raises
    ------
    OSError
        If the folder of the target can't be made, or the file can't be moved.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{uuid.uuid4().hex}.draft")
    try:
        yield draft
        os.replace(draft, target)
    finally:
        with suppress(OSError):
            draft.unlink()
