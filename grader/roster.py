"""Who there is: the lists of a class that the platforms have, joined into one table.

``grading/roster.csv`` has a row for each person and can be edited. A platform that numbers its students
anew for each assignment has a column for each lesson. With a roster, a file belongs to a person on it or
to nobody.
"""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from microlearn.drafts import draft_of

from .notebooks import is_of_a_name
from .platforms import PLATFORMS, Label, Person, Platform, Unclear, platform_of

COLUMNS = ("student", "name", "email", "id")


class UnknownList(ValueError):
    """A file is no list of a class that we can read."""


class Roster:
    """The people of a course, one dict for each.

    Its keys: ``student``, the name of the folder; ``name``; ``email``; ``id``, the number on the
    platform behind the platform's prefix; and for a lesson whose numbers are its own, or that was handed
    in on a second platform, ``LESSON`` and ``LESSON group``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.people: list[dict[str, str]] = []
        if path.exists():
            table = _read(path)
            if missing := {*COLUMNS} - {*table.columns}:
                raise UnknownList(
                    f"{path} has no column {', '.join(sorted(missing))}: put it back."
                )
            self.people = table.to_dict("records")

    def __bool__(self) -> bool:
        return bool(self.people)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Each student with their name."""
        return ((each["student"], each["name"]) for each in self.people)

    def number(self, student: str, lesson: str) -> str:
        """The number of a student on their platform, behind the platform's prefix; empty if the lists do
        not say."""
        theirs = [each for each in self.people if each["student"] == student]
        return next((n for each in theirs for n in (each.get(lesson), each["id"]) if n), "")

    def add(
        self, file: Path, lesson: str, folder_of: Callable[[Person, str], str]
    ) -> dict[str, str]:
        """Join a platform's list of a class with those that are known.

        Parameters
        ----------
        folder_of : makes a student's name for the gradebook, from a person and their id

        Returns
        -------
        When each student has handed in, where the list says so.

        Raises
        ------
        UnknownList
            If it is the list of no platform, or gives two people one number.
        """
        platform, people = _people(file)
        people = [*dict.fromkeys(people)]
        numbers = Counter(person.number for person in people if person.number)
        if shared := [number for number, times in numbers.items() if times > 1]:
            raise UnknownList(f"{file} has two people with the number {shared[0]}: correct it.")
        column, times = "id" if _lasts(platform) else lesson, {}
        names = Counter(key(person.name) for person in people)
        met: list[dict[str, str]] = []
        for person in people:
            lms_id = f"{platform.prefix}{person.number}"
            only = names[key(person.name)] == 1
            known = self._known(person, lms_id, platform, column, lesson, only)
            if any(known is each for each in met):  # two of one list are two, whatever they share
                known = None
            if known is None:
                known = dict.fromkeys(COLUMNS, "") | {
                    "student": self._free(folder_of(person, lms_id))
                }
                self.people.append(known)
            new = {"name": person.name, "email": person.email, f"{lesson} group": person.group}
            if ", " in known["name"] and key(known["name"]) == key(person.name):
                del new["name"]  # which of the names is the last one would be lost
            met.append(known)
            place = _place(known, platform, column, lesson)
            known |= {name: value for name, value in {place: lms_id, **new}.items() if value}
            if person.at:
                times[known["student"]] = person.at
        self.save()
        return times

    def _known(
        self,
        person: Person,
        lms_id: str,
        platform: Platform,
        column: str,
        lesson: str,
        is_only_one: bool,
    ) -> dict[str, str] | None:
        """A person on the roster: by number, else by e-mail, else by a name that nobody shares."""
        places = [(each, _place(each, platform, column, lesson)) for each in self.people]
        theirs = [each for each, place in places if each.get(place) == lms_id]
        if not theirs and person.email:
            mail = person.email.casefold()
            theirs = [each for each in self.people if each["email"].casefold() == mail]
        if not theirs and key(person.name) and is_only_one:
            named = [(each, p) for each, p in places if key(each["name"]) == key(person.name)]
            others = [n for n, place in named if n.get(place) or (person.email and n["email"])]
            theirs = [each for each, _ in named] if not others else []
        return theirs[0] if len(theirs) == 1 else None

    def _free(self, student: str) -> str:
        taken, number, name = {student for student, _ in self}, 2, student
        while name in taken:
            name, number = f"{student}_{number}", number + 1
        return name

    def find(self, label: Label, platform: Platform, lesson: str) -> tuple[list[str], str]:
        """The students whose file this is, several for a group's; and a note on how they were found.

        Raises
        ------
        Unclear
            If they are not on the roster.
        """
        column, name = "id" if platform.keeps_numbers else lesson, key(label.name)
        lms_id = f"{platform.prefix}{label.number}"
        named = [each for each in self.people if key(each["name"]) == name]
        if team := self._students(
            lambda each: bool(name) and key(each.get(f"{lesson} group", "")) == name
        ):
            if named:
                raise Unclear(f"{label.name} is the name of a group and of a student")
            return team, f"handed in by the group {label.name}"
        if label.number and (
            student := self._students(
                lambda each: each.get(_place(each, platform, column, lesson)) == lms_id
            )
        ):
            if len(student) > 1:
                raise Unclear(f"the roster has {len(student)} of the number {lms_id}")
            return student, ""
        if len(named) != 1:
            raise Unclear(f"the roster has {len(named) or 'nobody'} of the name {label.name}")
        if label.number and _lasts(platform) == platform.keeps_numbers:
            place = _place(named[0], platform, column, lesson)
            if other := named[0].get(place):
                raise Unclear(f"on the roster {label.name} is {other}, not {lms_id}")
            named[0][place] = lms_id
        return [named[0]["student"]], ""

    def _students(self, are: Callable[[dict[str, str]], bool]) -> list[str]:
        return [each["student"] for each in self.people if are(each)]

    def save(self) -> None:
        """Write the table, with the numbers that downloads have told."""
        table = pd.DataFrame(self.people).fillna("")
        with draft_of(self.path) as draft:
            draft.write_text(table.to_csv(index=False), encoding="utf-8")


def key(name: str) -> str:
    """What of a name all platforms keep: its letters and digits, small, the first name first."""
    last, _, first = unicodedata.normalize("NFC", name).partition(", ")
    return "".join(filter(is_of_a_name, first + last)).casefold()


def _place(person: dict[str, str], platform: Platform, column: str, lesson: str) -> str:
    """The column for a person's number: where another platform's lasting number stands already, the
    lesson has a column of its own."""
    taken = column == "id" and person["id"] and platform_of(person["id"]) is not platform
    return lesson if taken else column


def _lasts(platform: Platform) -> bool:
    kept = platform.list_keeps_numbers
    return platform.keeps_numbers if kept is None else kept


def _people(file: Path) -> tuple[Platform, list[Person]]:
    sheet = _read(file)
    for platform in PLATFORMS:
        if people := platform.people(sheet):
            return platform, people
    known = "; ".join(f"{p.title}: {p.list_name}" for p in PLATFORMS if p.list_name)
    raise UnknownList(
        f"{file} is empty or no list of a class that we know. Known are, in English, {known}."
    )


def _read(file: Path) -> pd.DataFrame:
    """A table in which every value is a text."""
    try:
        raw = file.read_bytes()
        code = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = raw.decode(code)
        mark = max(",;\t", key=text.partition("\n")[0].count)
        with warnings.catch_warnings():  # of a row that has more cells than there are names
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.StringIO(text), sep=mark, dtype=str, keep_default_na=False, index_col=False
            )
    except FileNotFoundError:
        raise UnknownList(f"There is no file {file}.") from None
    except (OSError, ValueError, pd.errors.ParserWarning) as error:
        raise UnknownList(f"{file} is no table that can be read: {error}") from None
