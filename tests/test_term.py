"""What an instructor does after grading: feedback and marks go back, a lesson changes, marks change."""

from __future__ import annotations

import json
import os
import re
import threading
import urllib.error
import urllib.request
import zipfile

import courses
import nbformat
import pandas as pd
import pytest
from courses import gradebook, new_course

from grader import report
from grader.changes import FILE, changes, write_down
from grader.collect import folder_name
from grader.course import Course, OtherLesson
from grader.feedback import bundle, outdated
from grader.formulas import to_html
from grader.handed_in import HandedIn, Register
from grader.marking import server
from grader.platforms import Ilias, no_formula
from grader.records import RunLog
from grader.secret import Damaged, course_secret
from grader.similar import similar
from grader.submission import Graded
from grader.term import totals

LESSON = "05_kolen_pollack"
RULE = "kolen_pollack"


@pytest.fixture
def course(tmp_path) -> Course:
    """Zoë has handed in on Moodle and Al on Canvas, and both have marks; Ada is missing."""
    course = Course(new_course(tmp_path, LESSON))
    (tmp_path / "sheet.csv").write_text(
        "Identifier,Full name,Grade,Last modified (grade)\nParticipant 47,Zoë <b>_Berg,,-\n"
        "Participant 48,Ada Low,,-\n"
    )
    course.read_list(tmp_path / "sheet.csv", LESSON)
    course.enrol("al_5", "So, Al", "5")
    register = Register(course.grading, LESSON)
    register.entries["al_5"] = HandedIn("soal", "5", 99)
    register.save()
    with gradebook(tmp_path) as book:
        for student in (folder_name("Zoë <b>_Berg"), "al_5"):
            book.add_submission(LESSON, student).notebooks[0].grades[0].auto_score = 6.0
        book.db.commit()
    return course


def marks(course: Course) -> pd.DataFrame:
    return report.marks(course, LESSON, RunLog(course, LESSON))


def test_the_roster_says_who_is_missing_and_no_name_is_code(course):
    table = marks(course).set_index("last_name")
    assert table.loc["Low", "state"] == "not submitted" and len(table) == 3
    assert not {*"".join(table.first_name + table.index)} & {*"<>&"}
    assert [*report.sure(course, LESSON, table.reset_index()).lms_id] == ["Participant 47", "5"]


def test_feedback_goes_back_in_the_form_that_the_platform_takes(course):
    for student in marks(course).student:
        page = course.folder / "grading" / "feedback" / student / LESSON / f"{LESSON}.html"
        page.parent.mkdir(parents=True)
        page.write_text(student)
    table = report.sure(course, LESSON, marks(course))
    assert not outdated(course, LESSON, table)
    first = table.student.iloc[0]
    graded = course.autograded / first / LESSON / f"{LESSON}.ipynb"
    graded.parent.mkdir(parents=True)
    graded.touch()
    os.utime(graded, (2**33, 2**33))  # graded again, after the page was made
    assert outdated(course, LESSON, table) == [first]
    made = bundle(course, LESSON, table, course.folder)
    assert [path.name for path in made] == ["feedback_moodle.zip", "feedback_canvas.zip"]
    moodle, canvas = (zipfile.ZipFile(path).namelist() for path in made)
    # mod/assign/feedback/file/importziplib.php: at each underscore, at most five parts.
    _, number, kind, plugin, rest = moodle[0].split("/")[0].split("_", 4)
    assert (number, kind, plugin, rest) == ("47", "assignfeedback", "file", "")
    # Canvas's app/models/assignment.rb: the first two parts that are numbers.
    assert [part for part in canvas[0].split("_") if part.isdigit()][:2] == ["5", "99"]
    # ILIAS's class.ilExAssignment.php: a folder that begins so, in it folders that end with a number.
    ilias = Ilias().feedback("Zoë van_Berg", "47", 0, "x.html").split("/")
    assert ilias[0][:14] == "multi_feedback" and ilias[1].split("_")[-1] == "47" and len(ilias) == 3
    before = made[0].stat().st_mtime_ns
    assert bundle(course, LESSON, table, course.folder)[0].stat().st_mtime_ns == before


def test_the_gradebook_follows_new_points_and_texts_and_stops_at_other_exercises(course):
    def cells(book):
        return book.find_assignment(LESSON).notebooks[0]

    with gradebook(course.folder) as book:
        cells(book).grade_cells[0].max_score = 99
        cells(book).source_cells[0].source = "as it was"
        book.db.commit()
        assert book.find_assignment(LESSON).max_score > 99
    course.release(LESSON)
    with gradebook(course.folder) as book:
        assert book.find_assignment(LESSON).max_score == marks(course).maximum.max() == 15
        assert "as it was" not in {cell.source for cell in cells(book).source_cells}
        book.add_source_cell("gone", LESSON, LESSON, cell_type="code", source="")
        book.db.commit()
    with pytest.raises(OtherLesson, match=r"2 students.*added: nothing; left out: gone"):
        course.release(LESSON)


def test_a_regrade_says_whose_marks_changed_and_why(course, tmp_path):
    before = marks(course)
    with gradebook(course.folder) as book:
        book.find_submission(LESSON, "al_5").notebooks[0].grades[0].auto_score = 4.0
        book.db.commit()
    was = {"al_5": {"key": "aabb", "broken": {RULE: {}}}}
    now = {"al_5": {"key": "aacc", "broken": {RULE: {"it is right": ""}}}}
    found = changes(before, marks(course), report.compared(LESSON), was, now)
    assert {*found.student} == {"al_5"} and {*found.what} == {found.what.iloc[0], "total"}
    assert {*found.why.str.partition(";")[0]} == {"the lesson or the grader has changed"}
    now["al_5"]["key"] = "ccbb"
    again = changes(before, marks(course), report.compared(LESSON), was, now)
    assert {*again.why.str.partition(";")[0]} == {"another submission"}
    for each in (found, again, again[:0]):
        write_down(each, tmp_path)
    assert len(pd.read_csv(tmp_path / FILE)) == 4


def test_a_term_adds_up_and_says_what_is_missing(course):
    table = totals(course).set_index("last_name")
    assert dict(table["sum"]) == {"_Berg": 6, "So": 6, "Low": 0} and {*table.maximum} == {15}
    assert (table.loc["Low", "missing"], table.loc["So", "to mark"]) == ("05", "05")
    assert pd.isna(table.loc["Low", LESSON])


def test_only_what_two_alone_have_written_is_alike(course):
    mine = "total = sum(w.size for w in weights)\n    kept = [total * q for q in steps if q > 0]\n"
    renamed = mine
    for name, other in {"total": "amount", "kept": "remains", "q": "item", "w": "matrix"}.items():
        renamed = re.sub(rf"\b{name}\b", other, renamed)
    same = "my own long words on what the two rules share, and on what one of them forgets"
    for student in "abcdef":
        notebook = courses.solved(LESSON)
        cells = courses.graded_cells(notebook)
        if student in "abcd":
            helper = renamed if student in "bd" else mine
            cells[RULE].source += f"\n\ndef helper(weights, steps):\n    {helper}"
        if student in "ab":  # of two answers; c and d have just written one alike
            cells[
                "decay_to_meet"
            ].source += "\n\ndef other(a, b, c):\n    return [a * b - c, a / b, a ** c]"
        if student in "ef":
            cells["same_increment"].source = same
        path = course.autograded / student / LESSON / f"{LESSON}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    found = similar(course, LESSON, [*"abef", "absent"])
    assert {*zip(found.one, found.other, found.exercises, strict=True)} == {
        ("a", "b", f"decay_to_meet {RULE}"),
        ("e", "f", "same_increment"),
    }
    assert {*found.share} == {1}
    assert similar(course, LESSON, [*"cd"]).empty


def test_a_formula_is_mathml_and_what_is_none_stays_as_it_was_written():
    page = to_html(r"a $\frac{1}{n}$ and $$\sum_i x_i$$, `$x$`")
    assert "<mfrac>" in page and 'display="block"' in page and "<code>$x$</code>" in page
    assert "<script>" not in to_html(r"$\text{<script>}$, $<script>$, $\nothing{<script>}$")
    for wrong in (r"\nothing{x}", "{" * 1500, "^^", "x" * 9000, r"\begin{a}"):
        assert to_html(f"a ${wrong}$ b") == f"<p>a <code>{wrong}</code> b</p>\n"


def test_a_question_is_marked_on_one_page_and_the_gradebook_has_the_mark(course):
    question, danger = "only_one_forgets", "<script>alert(1)</script>"
    student = folder_name("Zoë <b>_Berg")
    notebook = courses.solved(LESSON)
    courses.graded_cells(notebook)[question].source = danger
    path = course.autograded / student / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    served, address = server(course, LESSON)
    threading.Thread(target=served.serve_forever, daemon=True).start()

    def ask(url: str, **mark) -> tuple[int, str]:
        body = json.dumps(mark).encode() if mark else None
        try:
            with urllib.request.urlopen(url, body, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    try:
        status, text = ask(address)
        assert status == 200 and danger not in text and "&lt;script&gt;alert(1)" in text
        assert ask(address, student=student, points=2.5, comment="well seen") == (200, "saved")
        assert marks(course).set_index("student").loc[student, question] == 2.5
        assert "well seen</option>" in ask(address)[1]
        assert ask(address, student=student, points=99, comment="")[0] == 400
        stranger = address.replace(address.split("/")[3], "guessed")
        assert ask(stranger)[0] == ask(stranger, student=student, points=0, comment="")[0] == 404
        assert marks(course).set_index("student").loc[student, question] == 2.5
    finally:
        served.shutdown()
        served.server_close()


@pytest.mark.parametrize("text", ["", "\n", "0" * 63, "g" * 64, "\0" * 64, "é" * 64])
def test_a_secret_that_is_damaged_is_refused_in_a_sentence(text, tmp_path):
    secret = course_secret(tmp_path)
    assert course_secret(tmp_path) == secret
    (tmp_path / "grading" / "secret").write_text(text, encoding="utf-8")
    with pytest.raises(Damaged, match="Put it back from a backup"):
        course_secret(tmp_path)


def test_a_line_of_the_log_is_left_out_if_it_was_cut_off_and_refused_if_it_is_another(tmp_path):
    (tmp_path / "nbgrader_config.py").touch()
    course = Course(tmp_path)
    log = RunLog(course, LESSON)
    log.add("ada", "key", Graded(marks={"forward": 1.0}))
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole.strip()[:-20] + b"\xff\n")
    assert RunLog(course, LESSON).entries.keys() == {"ada"}
    for other in (b"[]", b"3", b'{"student": "ada"}', b"null"):
        log.path.write_bytes(whole + other + b"\n")
        with pytest.raises(Damaged, match=r"Line 3 of .* is damaged. Delete the line"):
            RunLog(course, LESSON)


def test_no_part_of_a_cell_is_a_formula_where_semicolons_end_cells():
    for text in ("=1+1", "Ada;=1+1", "Ada; @SUM(1)", "+1", "a;b;-1", "\t=1", "x;\r=1"):
        cells = no_formula(text).split(";")
        assert not any(
            cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells
        ), text
    for text in ("Ada", "a-b", "x; y", 1.5, None):
        assert no_formula(text) == text
