"""Put the notebooks where a student may write in them: what ``make lab`` runs first.

The released notebooks in ``notebooks/`` are built, and replaced when the course moves on. So a
student works in a copy, ``my_course/``. A notebook that is there is never touched: where the course
has a newer one, it is put beside it under another name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ".released.json"
"""In the student's folder: the hash of each released notebook when it was copied."""


def open_course(released: Path, own: Path) -> list[str]:
    """Copy what is new from ``released`` to ``own``; return what to tell the student.

    Parameters
    ----------
    released : folder with NN_name/NN_name.ipynb
    own : the student's folder, made where it is missing
    """
    own.mkdir(exist_ok=True)
    record_path = own / RECORD
    record = json.loads(record_path.read_text()) if record_path.exists() else {}
    said = []
    for source in sorted(released.glob("[0-9][0-9]_*/*.ipynb")):
        name = source.stem
        version = hashlib.sha256(source.read_bytes()).hexdigest()
        target = own / name / source.name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, target)
        elif record.get(name) != version and target.read_bytes() != source.read_bytes():
            newer = target.with_stem(f"{name}-{version[:6]}")
            if not newer.exists():
                _copy(source, newer)
            said.append(
                f"The course has a newer {name}. Yours is untouched; the newer one is "
                f"{newer.relative_to(own.parent)}."
            )
        record[name] = version
    draft = record_path.with_suffix(".tmp")
    draft.write_text(json.dumps(record, indent=1), encoding="utf-8")
    draft.replace(record_path)
    return said


def _copy(source: Path, target: Path) -> None:
    """Copy a file in one move, so that an interruption leaves no half of it."""
    draft = target.with_suffix(".tmp")
    shutil.copyfile(source, draft)
    draft.replace(target)


if __name__ == "__main__":
    for line in open_course(ROOT / "notebooks", ROOT / "my_course"):
        print(line)
