"""What each worker needs, found out once: the process imports this of which they are copies."""

from __future__ import annotations

import contextlib
import gc

from .notebooks import handed_out
from .sandbox import sandbox_works
from .submission import fingerprint, released_answers

with contextlib.suppress(Exception):  # a worker will meet the same, and say so
    for find in (sandbox_works, fingerprint, handed_out, released_answers):
        find()
gc.freeze()  # what all workers share is not looked through in each of them
