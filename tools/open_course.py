"""Put the notebooks where a student may write in them: what ``make lab`` runs first.

The released notebooks in ``notebooks/`` are built, and replaced when the course moves on. So a
student works in a copy, ``my_course/``. A notebook that has changed there is never touched: where the
course has a newer one, it is put beside it under another name.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from microlearn.drafts import content_of, draft_of, json_of

ROOT = Path(__file__).resolve().parent.parent
RECORD = ".released.json"
"""In the student's folder: the hash of each released notebook when it was copied."""


def open_course(released: Path, own: Path) -> list[str]:
    """Copy what is new from ``released`` to ``own``; return what to tell the student.

    Parameters
    ----------
    released : folder with NN_name/NN_name.ipynb
    own : the student's folder, made where it is missing

    Raises
    ------
    SystemExit
        If there can be no such folder.
    """
    try:
        own.mkdir(exist_ok=True)
    except OSError as error:
        sys.exit(
            f"The course is copied to {own}, which can't be a folder ({error.strerror}): move what is "
            "there, or make room, and try again."
        )
    record, said = _record(own), []
    if not any(released.glob("[0-9][0-9]_*/*.ipynb")):
        said.append(
            f"There are no lessons in {released}: this copy of the course is not whole. Clone it again, "
            "or build them with make notebooks."
        )
    for source in sorted([*released.glob("[0-9][0-9]_*/*.ipynb"), *released.glob("START.ipynb")]):
        try:
            version = _hash(source)
            said += _open_lesson(
                source, own / source.relative_to(released), own, version, record.get(source.stem)
            )
            record[source.stem] = version
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            said.append(
                f"{source.stem} could not be copied to {own.name} ({error.strerror}{where}): move what "
                "is there, or make room, and try again."
            )
    try:
        with draft_of(own / RECORD) as draft:
            draft.write_text(json.dumps(record, indent=1), encoding="utf-8")
    except OSError:
        pass  # then a newer lesson is mentioned once more
    return said


def _open_lesson(
    source: Path, target: Path, own: Path, version: str, before: str | None
) -> list[str]:
    """Copy a lesson where none is or none has changed; else put it beside the other, and say so."""
    if not target.exists() or (before != version and _hash(target) == before):
        _copy(source, target)
    elif before != version and content_of(target) != content_of(source):
        newer = target.with_stem(f"{source.stem}-{version[:6]}")
        if not newer.exists():
            _copy(source, newer)
        return [
            f"The course has a newer {source.stem}. Yours is untouched; the newer one is "
            f"{newer.relative_to(own.parent)}."
        ]
    return []


def _hash(path: Path) -> str:
    return hashlib.sha256(content_of(path)).hexdigest()


def _record(own: Path) -> dict[str, str]:
    """The record, or an empty one where it is missing or damaged."""
    try:
        record = json_of(own / RECORD)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _copy(source: Path, target: Path) -> None:
    with draft_of(target) as draft:
        draft.write_bytes(source.read_bytes())  # copyfile says that the source's disk is full


if __name__ == "__main__":
    for line in open_course(ROOT / "notebooks", ROOT / "my_course"):
        print(line)
