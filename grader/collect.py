"""Finds the submissions in what comes back from students, and puts them where nbgrader wants them.

It knows nbgrader's own layout (``STUDENT/LESSON/*.ipynb``) and the downloads of all
:mod:`grader.platforms`. The paths in a download say who handed in what, and nothing else: no file is
written to a place that an archive names.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from microlearn.drafts import draft_of

from .bubblewrap import ROOT
from .downloads import Source, UnknownLayout, files_in, is_notebook, is_zip, notebooks_in_zip, read
from .mending import answers_in
from .notebooks import Unreadable, is_of_a_name, is_plain_file, writable
from .platforms import PLATFORMS, Label, Platform, Unclear
from .roster import Roster

LARGEST_NAME = 180
"""The bytes of a folder's name; a file system takes 255, and nbgrader adds to it."""
UNREAD = " (can't be read)"
"""Ends the name of a note that stands in the place of a file, and says why."""
COMPARED = 20
"""Of so many notebooks of one student the best is sought."""


@dataclass(frozen=True)
class Upload:
    """What one student has handed in, still in the download or folder where it was found."""

    student: str
    """The student's name in the gradebook, and of the folder that the file goes to."""
    label: Label
    platform: Platform
    source: Source
    notes: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return self.label.file

    @property
    def lms_id(self) -> str:
        number = self.label.number
        return f"{self.platform.prefix}{number}" if number else ""


def download(
    source: Path,
    lesson: str,
    platforms: Sequence[Platform] = PLATFORMS,
    roster: Roster | None = None,
) -> tuple[list[Upload], list[str]]:
    """Read a platform's download, a folder or a zip file.

    Returns
    -------
    For each student the notebook of the lesson, or another file if there is no notebook; and sentences
    about the files that go to nobody.

    Raises
    ------
    UnknownLayout
        If no platform names files like these.
    """
    everything = [*files_in(source)]
    platform = _platform([path for path, _ in everything], platforms)
    found: dict[tuple[str, str], list[Upload]] = {}
    refused = []
    for path, where in everything:
        try:
            label = platform.label(PurePosixPath(path))
        except Unclear as why:
            refused.append(f"{path!r} is not graded: {why}.")
            continue
        if label:
            whose = (label.number, "" if label.number else label.name)
            found.setdefault(whose, []).append(Upload("", label, platform, where))
        else:
            refused.append(f"{path!r} names no student; it is not graded.")
    if not found:
        known = " or ".join(f"{platform.title}'s ({platform.example})" for platform in platforms)
        raise UnknownLayout(
            f"{source} holds {len(everything)} files, and no name among them looks like {known}. Put "
            f"each notebook into grading/submitted/STUDENT/{lesson}/ yourself, and leave {source.name} "
            "out of the command."
        )
    best = [_the_best(uploads, lesson) for uploads in found.values()]
    return [*_with_students(best, lesson, roster, refused)], refused


def _platform(paths: list[str], platforms: Sequence[Platform]) -> Platform:
    """The one platform that a download is from: it can read the names of all files, or of most.

    Students choose a part of each name, and could make one that another platform would read."""

    def reads(platform: Platform, path: str) -> bool:
        try:
            return platform.label(PurePosixPath(path)) is not None
        except Unclear:
            return True

    return max(platforms, key=lambda each: sum(reads(each, path) for path in paths))


def _the_best(uploads: list[Upload], lesson: str) -> Upload:
    """The one of a student's files that is graded, with a note if there were several notebooks."""
    opened = []
    for upload in uploads:
        inside = notebooks_in_zip(upload.source) if is_zip(upload.file) else []
        for name, source in inside[:COMPARED]:
            note = f"{name} was in {upload.file}"
            label = replace(upload.label, file=name)
            opened.append(replace(upload, label=label, source=source, notes=(note,)))
        if not inside:
            opened.append(upload)
    files = [(upload.file, upload.source, upload.label.attempt) for upload in opened]
    number, notes = choose(files, lesson)
    best = opened[number]
    return replace(best, notes=(*best.notes, *notes))


def choose(files: list[tuple[str, Source, int]], lesson: str) -> tuple[int, list[str]]:
    """Which of one student's files is the notebook of the lesson, and notes on why.

    Parameters
    ----------
    files : for each its name, where it is, and the attempt with which it was handed in
    """
    notebooks = [n for n, (name, _, _) in enumerate(files) if is_notebook(name)]
    answers = {n: 0 for n in range(len(files))}
    if len(notebooks) > 1:
        for n in notebooks[:COMPARED]:
            answers[n] = _answers(files[n][1], lesson)

    def fit(n: int) -> tuple:
        name, _, attempt = files[n]
        # A file without a cell of the lesson has -1 answers.
        return n in notebooks, answers[n], lesson.lower() in name.lower(), attempt, name

    best = max(range(len(files)), key=fit)
    name, notes = files[best][0], []
    if len(notebooks) > 1:
        notes.append(
            f"of {len(notebooks)} notebooks {name} counts, with {max(answers[best], 0)} answers"
        )
    if is_notebook(name) and not name.lower().endswith(".ipynb"):
        notes.append(f"the notebook was called {name}")
    return best, notes


def _answers(source: Source, lesson: str) -> int:
    try:
        return answers_in(read(source), lesson)
    except Unreadable:
        return -1


def _with_students(
    uploads: list[Upload], lesson: str, roster: Roster | None, refused: list[str]
) -> Iterator[Upload]:
    """The uploads under the names of the students whose they are. A roster knows them, and each member
    of a group gets the group's. Without one, it is the name and number in the path."""
    taken: dict[str, Upload] = {}
    for upload in uploads:
        label = upload.label
        if roster:
            try:
                students, note = roster.find(label, upload.platform, lesson)
            except Unclear as why:
                refused.append(f"{label.file!r} of {label.name} is not graded: {why}.")
                continue
        else:
            parts = {label.name: None, label.number: None}  # a user name may be both
            students, note = [folder_name(*parts)], ""
        notes = (*upload.notes, *([note] if note else ()))
        for student in students:
            if student in taken:  # as `A B` and `A+B`, which no number tells apart
                refused.append(
                    f"{label.file!r} of {label.name} is not graded: {taken[student].label.name} has the "
                    f"folder {student} already. Rename the file or give a roster."
                )
                continue
            taken[student] = replace(upload, student=student, notes=notes)
            yield taken[student]


def folder_name(*parts: str) -> str:
    """A name for a student's folder, which is safe and can't climb out of it, and differs where the
    parts differ in more than punctuation."""
    name = unicodedata.normalize("NFC", "_".join(filter(None, parts)))
    safe = "".join(c if is_of_a_name(c) or c in "_.@-" else " " for c in writable(name))
    safe = re.sub(" +", "_", safe).lstrip(".")
    if len(safe.encode()) > LARGEST_NAME:  # two names may begin alike
        mark = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]
        safe = f"{safe.encode()[: LARGEST_NAME - 9].decode(errors='ignore')}_{mark}"
    return safe or "_"


def store(upload: Upload, submitted: Path, lesson: str) -> bool:
    """Put a submission into ``submitted/STUDENT/LESSON/LESSON.ipynb``; return whether it is a new one.

    An earlier submission of the same student is set aside, never overwritten. If this one can't be
    read, a note takes its place, so that the student is not graded on the earlier one.
    """
    folder = submitted / upload.student / lesson
    place = folder / (f"{lesson}.ipynb" if is_notebook(upload.file) else folder_name(upload.file))
    note = folder / f"{place.name}{UNREAD}"
    try:
        raw, target, other = read(upload.source), place, note
    except Unreadable as error:
        raw, target, other = str(error).encode(), note, place
    if upload.label.at:
        folder.mkdir(parents=True, exist_ok=True)
        note_times(submitted, lesson, {upload.student: upload.label.at})
    if is_plain_file(target) and target.read_bytes() == raw:
        return False
    with draft_of(target) as draft:
        draft.write_bytes(raw)
        for earlier in (target, other):
            if earlier.exists() or earlier.is_symlink():
                aside = _aside(earlier, submitted)
                aside.parent.mkdir(parents=True, exist_ok=True)
                earlier.rename(aside)
    return True


def note_times(submitted: Path, lesson: str, times: dict[str, str]) -> None:
    """Write down when students have handed in, where nbgrader looks for it."""
    for student, at in times.items():
        folder = submitted / student / lesson
        if folder.is_dir() and not folder.is_symlink():
            with draft_of(folder / "timestamp.txt") as draft:
                draft.write_text(as_timestamp(at), encoding="ascii")


def as_timestamp(at: str) -> str:
    """A platform's time as nbgrader reads it from ``timestamp.txt``: in this machine's time zone, unless
    it names another."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@dataclass(frozen=True)
class Found:
    """A student's notebook in nbgrader's layout, or the path where it should be."""

    path: Path
    notes: tuple[str, ...] = ()
    trouble: str = ""
    """Why the download had no notebook that could be read."""


def in_course(submitted: Path, lesson: str) -> dict[str, Found]:
    """Every student's notebook of a lesson in nbgrader's layout. For a folder without one, it is the
    path where the notebook should be."""
    found = {}
    for home in sorted(submitted.glob("*")):
        folder = home / lesson
        try:
            folder.lstat()
            found[home.name] = _notebook_in(folder, lesson)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            found[home.name] = Found(
                folder / f"{lesson}.ipynb"
            )  # reading it will say what is wrong
    return found


def _notebook_in(folder: Path, lesson: str) -> Found:
    """The notebook in a student's folder, or what stands in the place of the folder, such as a link:
    reading that will say what is wrong."""
    if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
        return Found(folder)
    wanted = folder / f"{lesson}.ipynb"
    every = sorted(path for path in folder.rglob("*") if is_notebook(path.name))
    note = folder / f"{lesson}.ipynb{UNREAD}"
    if every == [note] and is_plain_file(note):
        return Found(note, trouble=note.read_bytes()[:300].decode(errors="replace"))
    plain = [p for p in every if is_plain_file(p) and ".ipynb_checkpoints" not in p.parts]
    if not plain or ((wanted.exists() or wanted.is_symlink()) and wanted not in plain):
        return Found(wanted)
    best, notes = choose([(path.name, path, 0) for path in plain], lesson)
    return Found(plain[best], tuple(notes))


def set_aside(assignment: str, student: str, notebooks: list[str]) -> None:
    """Move links, pipes and devices out of a submission's folder. nbgrader calls this before it reads
    the submission (see nbgrader_config.py)."""
    submitted = ROOT / "grading" / "submitted"
    for folder in {Path(notebook).parent for notebook in notebooks}:
        # A link in the place of the folder itself could lead nbgrader to another student's work or to
        # the solutions.
        for path in (folder.parent, folder, *sorted(folder.rglob("*"), reverse=True)):
            if not is_plain_file(path) and (path.is_symlink() or not path.is_dir()):
                aside = _aside(path, submitted)
                aside.parent.mkdir(parents=True, exist_ok=True)
                path.rename(aside)
                if path in (folder.parent, folder):
                    break


def _aside(path: Path, submitted: Path) -> Path:
    """Where to move a file that is in the way of a submission, so that it is not lost."""
    inside = path.relative_to(submitted) if path.is_relative_to(submitted) else Path(path.name)
    stamp = time.strftime("%Y-%m-%d_%H%M%S")
    name = os.fsencode(f"{stamp}_{inside.name}")[:255]  # a name can't have more
    return submitted.parent / "set_aside" / inside.parent / os.fsdecode(name)
