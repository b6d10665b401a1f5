"""Finds the submissions in what comes back from students, and puts them where nbgrader wants them.

Three layouts are known: nbgrader's own (``STUDENT/LESSON/*.ipynb``), and the flat downloads of Moodle
and Canvas, as a zip file or unpacked. From an archive only the bytes of the notebooks are read: its
paths decide nothing but who handed in what.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .notebooks import LIMIT, Unreadable, is_plain_file, read_bytes, released, writable
from .sandbox import ROOT

MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)"
)
"""A folder for each student, or flat files that begin like it (mod/assign/classes/downloader.php)."""
CANVAS = re.compile(
    r"(?P<name>.+?)_(?:LATE_)?(?P<number>\d+)_"
    r"(?:(?P<attempt>\d+)_|(?=(?:text|link)\.html$))(?P<file>.+)"
)
"""Flat files (lib/content_zipper.rb)."""
PARTICIPANT = "Participant "
"""Before the number in Moodle's grading worksheet."""
MACOS = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$)")
"""What macOS adds of its own to what it packs."""


class UnknownLayout(ValueError):
    """A download in which nobody's submission can be made out."""


@dataclass(frozen=True)
class Handed:
    """One file of one student, still where it came from."""

    student: str
    """The name of the folder that it goes to, and of the student in the gradebook."""
    file: str
    source: Path | zipfile.Path
    name: str = ""
    number: str = ""
    """What the LMS calls the student: in Canvas the user's number; in Moodle "Participant 4711", with
    another number in each assignment."""
    attempt: int = 0

    @property
    def is_notebook(self) -> bool:
        return self.file.lower().endswith(".ipynb")

    def has_cells_of(self, lesson: str) -> bool:
        """Whether a graded cell of the lesson is in it, as far as that can be told without parsing."""
        try:
            raw = self.read()
        except Unreadable:
            return False
        metas = [cell.metadata.get("nbgrader") for cell in released(lesson).cells]
        return any(f'"{meta["grade_id"]}"'.encode() in raw for meta in metas if meta)

    def read(self) -> bytes:
        """Its bytes; raises Unreadable where there are none, or too many."""
        if isinstance(self.source, Path):
            return read_bytes(self.source)
        try:
            with self.source.open("rb") as file:
                raw = file.read(LIMIT + 1)
        except Exception as error:  # whatever a spoilt archive makes zipfile stumble over
            raise Unreadable(f"{self.file} can't be unpacked: {error}") from None
        if len(raw) > LIMIT:
            raise Unreadable(f"{self.file} is larger than {LIMIT // 2**20} MB")
        return raw


def download(source: Path, lesson: str) -> tuple[list[Handed], list[str]]:
    """What is in a download from Moodle or Canvas: each student's notebook of the lesson, or what there
    is instead of one; and the paths of the files that are nobody's.

    Raises
    ------
    UnknownLayout
        If it is neither.
    """
    everything = [
        # macOS takes letters and accents apart; and a name may be in some encoding of old.
        (unicodedata.normalize("NFC", writable(path)), where)
        for path, where in _files(source)
        if not MACOS.search(path)
    ]
    found: dict[str, list[Handed]] = {}
    strangers = []
    for path, where in everything:
        handed = _handed(path, where)
        if handed:
            found.setdefault(handed.student, []).append(handed)
        else:
            strangers.append(path)
    if not found:
        raise UnknownLayout(
            f"{source} holds {len(everything)} files, and no name among them looks like Moodle's "
            "(Full Name_12345_assignsubmission_file_...) or Canvas's (name_12345_67890_...). Put each "
            "notebook into grading/submitted/STUDENT/LESSON/ yourself, and grade without a source."
        )
    return [_likeliest(files, lesson) for files in found.values()], strangers


def _likeliest(files: list[Handed], lesson: str) -> Handed:
    """Of all that a student has handed in, what is most likely meant as the notebook of the lesson."""
    if len(files) == 1:
        return files[0]
    notebooks = [handed for handed in files if handed.is_notebook]
    return max(
        notebooks or files,
        key=lambda h: (lesson.lower() in h.file.lower(), h.has_cells_of(lesson), h.attempt, h.file),
    )


def _files(source: Path) -> Iterator[tuple[str, Path | zipfile.Path]]:
    """Every file in a folder or a zip file, with its path inside."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if not path.is_dir() or path.is_symlink():
                yield path.relative_to(source).as_posix(), path
        return
    try:
        archive = zipfile.ZipFile(source)
    except Exception as error:  # whatever a spoilt archive makes zipfile stumble over
        raise UnknownLayout(f"{source} is no folder and no zip file: {error}") from None
    for info in archive.infolist():
        if info.filename and not info.is_dir():
            yield info.filename, zipfile.Path(archive, info.filename)


def _handed(path: str, where: Path | zipfile.Path) -> Handed | None:
    parts = PurePosixPath(path).parts
    for part in parts:  # the outermost is the LMS's, and whatever is below it the student's
        moodle = MOODLE.fullmatch(part)
        if moodle:
            name, number = moodle["name"].strip(), moodle["number"]
            student, file = _folder(f"{name}_{number}"), moodle["file"] or parts[-1]
            return Handed(student, file, where, name, f"{PARTICIPANT}{number}")
    canvas = CANVAS.fullmatch(parts[-1])
    if canvas:
        name, number = canvas["name"], canvas["number"]
        attempt = int(canvas["attempt"] or 0)
        return Handed(_folder(f"{name}_{number}"), canvas["file"], where, name, number, attempt)
    return None


def _folder(name: str) -> str:
    """A name that is safe for a folder, and can't climb out of it."""
    safe = re.sub(r"[^\w.@-]+", "_", name).lstrip(".")
    return safe.encode()[:180].decode(errors="ignore") or "_"


def store(handed: Handed, submitted: Path, lesson: str) -> bool:
    """Put a submission into ``submitted/STUDENT/LESSON/LESSON.ipynb``; return whether it is a new one.

    An earlier submission of the same student is set aside, never overwritten. If this one can't be
    read, a note lies in its place: nobody is graded on what was handed in before it.
    """
    folder = submitted / handed.student / lesson
    place = folder / (f"{lesson}.ipynb" if handed.is_notebook else _folder(handed.file))
    note = folder / f"{place.name} (can't be read)"
    try:
        raw, target, other = handed.read(), place, note
    except Unreadable as error:
        raw, target, other = str(error).encode(), note, place
    if is_plain_file(target) and target.read_bytes() == raw:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{target.name}.{os.getpid()}.tmp"
    draft.write_bytes(raw)
    for earlier in (target, other):
        if earlier.exists() or earlier.is_symlink():
            aside = _aside(earlier, submitted)
            aside.parent.mkdir(parents=True, exist_ok=True)
            earlier.rename(aside)
    draft.replace(target)
    return True


def in_course(submitted: Path, lesson: str) -> dict[str, Path]:
    """Every student's notebook of a lesson in nbgrader's layout; a folder without one is listed with
    the path at which it should be."""
    found = {}
    for home in sorted(submitted.glob("*")):
        folder = home / lesson
        try:
            folder.lstat()
            found[home.name] = _notebook_in(folder, lesson)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            found[home.name] = folder / f"{lesson}.ipynb"  # reading it will say what is wrong
    return found


def _notebook_in(folder: Path, lesson: str) -> Path:
    """The notebook in a student's folder; where that is no folder, it stands for what can't be read."""
    if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
        return folder
    wanted = folder / f"{lesson}.ipynb"
    others = sorted(p for p in folder.rglob("*") if p.suffix.lower() == ".ipynb")
    others = [p for p in others if is_plain_file(p) and ".ipynb_checkpoints" not in p.parts]
    if not wanted.exists() and others:
        wanted = _likeliest([Handed("", p.name, p) for p in others], lesson).source
    return wanted


def set_aside(assignment: str, student: str, notebooks: list[str]) -> None:
    """Move links, pipes and devices out of a submission's folder; nbgrader's hook before it reads it."""
    submitted = ROOT / "grading" / "submitted"
    for folder in {Path(notebook).parent for notebook in notebooks}:
        # A link in the place of the folder itself would lead nbgrader to another's work, or to ours.
        for path in (folder.parent, folder, *sorted(folder.rglob("*"), reverse=True)):
            if not is_plain_file(path) and (path.is_symlink() or not path.is_dir()):
                aside = _aside(path, submitted)
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.rename(aside)
                if path in (folder.parent, folder):
                    break


def _aside(path: Path, submitted: Path) -> Path:
    """Where something goes that stands in the way of a submission, and that nobody wants to lose."""
    inside = path.relative_to(submitted) if path.is_relative_to(submitted) else Path(path.name)
    stamp = time.strftime("%Y-%m-%d_%H%M%S")
    name = os.fsencode(f"{stamp}_{inside.name}")[:255]  # a name can't have more
    return submitted.parent / "set_aside" / inside.parent / os.fsdecode(name)
