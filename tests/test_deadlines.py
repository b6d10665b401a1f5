"""What is late loses what the course's file says, as the times, the file and the marks are now."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import courses
import pytest
from courses import gradebook, new_course

from grader import report
from grader.course import Course
from grader.deadlines import Deadlines, WrongDeadlines, deadlines, settle, strangers
from grader.records import RunLog

LESSON = "05_kolen_pollack"
FILE = f"""
[due]
{LESSON} = 2026-10-20T20:00:00Z

[extensions.ada]
{LESSON} = 2026-10-25T20:00:00Z

[late]
grace_minutes = 30
percent_per_day = 10
at_most_percent = 50
closed_after_days = 9
"""


@pytest.fixture(autouse=True)
def far_from_greenwich(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_penalty_counts_the_days_that_have_begun_from_the_due_date_on():
    rules = Deadlines(
        grace=timedelta(minutes=30), percent_per_day=10, at_most=50, closed_after_days=9
    )
    hour = 3600
    lost = [rules.penalty(8, h * hour) for h in (0, 0.4, 0.6, 24, 25, 24 * 8, 24 * 9 + 1)]
    assert lost == [0, 0, 0.8, 0.8, 1.6, 4, 8]
    assert Deadlines().penalty(8, 1e9) == 0


def test_times_are_this_machines_unless_they_have_a_zone(tmp_path):
    (tmp_path / "deadlines.toml").write_text(f"[due]\n{LESSON} = 2026-10-20\n", encoding="utf-8")
    assert deadlines(tmp_path).due[LESSON] == datetime(2026, 10, 20, 18, 29, 59)
    (tmp_path / "deadlines.toml").write_text(FILE, encoding="utf-8")
    assert deadlines(tmp_path).due_for("ada", LESSON) == datetime(2026, 10, 25, 20)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[due", "can't be read"),
        ("[extensions.Zoë]", "Names have quotes"),
        ("[due]\n05_kolen = 2026-10-20\n", "no such lesson"),
        (f'[due]\n{LESSON} = "soon"\n', "no time or number"),
        ("[late]\npercent = 10\n", "we don't know"),
        (f"[due]\n{LESSON} = 0001-01-01T00:00:00+14:00\n", "no time or number"),
        ("late = 3\n", "no time or number"),
        ("[late]\ngrace_minutes = 1e308\n", "no time or number"),
        ("[late]\npercent_per_day = -50\n", "-50, instead of a number from 0"),
        ("[late]\npercent_per_day = nan\n", "nan, instead of a number from 0"),
        ("[late]\nat_most_percent = 500\n", "from 0 to 100"),
        (f"[extensions.ada]\n{LESSON} = 2026-10-20\n", "no date under"),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path, text, why):
    (tmp_path / "deadlines.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongDeadlines, match=why):
        deadlines(tmp_path)


def test_penalties_follow_the_marks_the_times_and_the_file(tmp_path):
    course = Course(new_course(tmp_path, LESSON))
    times = {
        "zoe": "2026-10-22 19:00:00",
        "ada": "2026-10-22 19:00:00",
        "bo": "2026-10-20 20:20:00",
    }
    for student, at in times.items():
        folder = courses.place_of(tmp_path, student, LESSON)
        (folder / "timestamp.txt").write_text(f"{at} UTC", encoding="ascii")
    with gradebook(tmp_path) as book:
        for student in times:
            book.add_student(student)
            submission = book.add_submission(LESSON, student)
            submission.notebooks[0].grades[0].auto_score = 6.0
        book.db.commit()

    def rows():
        settle(course, LESSON)
        return report.marks(course, LESSON, RunLog(course, LESSON)).set_index("student")

    assert {*rows().late_penalty} == {0}
    (tmp_path / "deadlines.toml").write_text(FILE, encoding="utf-8")
    with (tmp_path / "deadlines.toml").open("a") as file:
        file.write(f"[extensions.Ada]\n{LESSON} = 2026-10-25\n")
    assert len(strangers(course)) == 1 and "'Ada'" in strangers(course)[0]
    table = rows()
    assert dict(table.late_penalty) == {"ada": 0, "bo": 0, "zoe": 1.2}
    assert dict(table.late) == {"ada": "", "bo": "", "zoe": "1 d 23 h"}  # Bo had grace
    assert table.loc["zoe", "total"] == 4.8
    assert table.loc["zoe", "handed_in"] == "2026-10-23 00:30"
    with gradebook(tmp_path) as book:  # a mark by hand
        book.find_submission(LESSON, "zoe").notebooks[0].grades[0].manual_score = 4.0
        book.db.commit()
    assert rows().loc["zoe", "late_penalty"] == 0.8
    with (tmp_path / "deadlines.toml").open("a") as file:
        file.write(f"[handed_in.zoe]\n{LESSON} = 2026-10-20T19:00:00Z\n")
    assert rows().loc["zoe", "late_penalty"] == 0
    (tmp_path / "deadlines.toml").write_text("", encoding="utf-8")
    assert {*rows().late_penalty} == {0} and {*rows().late} == {""}
