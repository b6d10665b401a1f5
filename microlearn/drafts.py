"""Files that are there as a whole or not at all, whatever else writes them at the same time."""

from __future__ import annotations

import errno
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
        If the folder of the target can't be made, or the file can't be written or moved. It names the
        target, and not the draft, or the folder that is none.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        folder, none = str(target.parent), errno.ENOTDIR
        raise NotADirectoryError(none, os.strerror(none), folder) from None
    draft = target.with_name(f".{uuid.uuid4().hex}.draft")
    try:
        yield draft
        os.replace(draft, target)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(draft)):
            raise
        raise OSError(error.errno, error.strerror, str(target)) from None
    finally:
        with suppress(OSError):
            draft.unlink()
