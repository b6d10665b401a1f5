"""One command grades what comes back from a class: the same marks as nbgrader, whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import courses
import nbformat
import pandas as pd
import psutil
import pytest
from conftest import ROOT
from courses import (
    environment,
    fill_gap,
    gradebook,
    graded_cells,
    nbgrader,
    new_course,
    place_of,
    run_python,
    scores,
)

from grader import sandbox
from grader.mending import normalise
from grader.notebooks import parse
from grader.runner import patience
from microlearn import workers

LESSON = "05_kolen_pollack"
"""The lesson whose answers are judged fastest."""
RULE, NUMBER = "kolen_pollack", "decay_to_meet"


def solved() -> nbformat.NotebookNode:
    return courses.solved(LESSON)


def released() -> nbformat.NotebookNode:
    return courses.released(LESSON)


def submit(course: Path, student: str, notebook: nbformat.NotebookNode, *change) -> None:
    courses.submit(course, student, notebook, LESSON, *change)


def grade(course: Path, *words: str) -> str:
    return courses.grade(course, LESSON, *words)


def marks(course: Path) -> pd.DataFrame:
    return courses.marks(course, LESSON)


def metas(notebook):
    return [cell.metadata.nbgrader for cell in graded_cells(notebook).values()]


def half_filled(cells):
    fill_gap(
        cells[RULE],
        "feedback_update[l] = update[l][:-1].T - decay * feedback[l]\n"
        "update[l][:-1] -= decay * network.weights[l][:-1]",
    )


def wrong(cells):
    fill_gap(cells[RULE], "feedback_update[l] = feedback[l]\nupdate[l][:] = 0")
    fill_gap(cells[NUMBER], "return fraction")


def crashing(cells):
    fill_gap(cells[RULE], "return no_such_name")
    fill_gap(cells[NUMBER], "return -np.expm1(np.log(fraction) / steps) / learning_rate")
    cells[NUMBER].source = "import numpy as np\n" + cells[NUMBER].source


def cell_of(notebook, name):
    return graded_cells(notebook)[name]


def copied(notebook):
    """The answer copied behind itself, the copy spoilt, then tried again in a third one."""
    answer = cell_of(notebook, RULE)
    at = notebook.cells.index(answer)
    spoilt, again = nbformat.from_dict(answer), nbformat.from_dict(answer)
    spoilt.source, again.source = "raise RuntimeError", answer.source
    spoilt.id, again.id = "second", "third"
    notebook.cells[at + 1 : at + 1] = [spoilt, again]


def deleted(notebook):
    notebook.cells.remove(cell_of(notebook, f"check_{RULE}"))
    notebook.cells.remove(cell_of(notebook, f"check_{NUMBER}"))


def flipped(notebook):
    for name in (RULE, f"check_{NUMBER}"):
        cell_of(notebook, name).metadata.nbgrader.update(
            grade=False, locked=False, points=99, task=True
        )
    cell_of(notebook, f"check_{RULE}").source = "9.0"
    cell_of(notebook, NUMBER).metadata.nbgrader.schema_version = 77


def stripped(notebook):
    """All metadata lost; ids are left."""
    for cell in notebook.cells:
        cell.metadata = {}


def renamed(notebook):
    """All metadata and ids lost: only @fill says what is what."""
    for index, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"x{index}"


def turned_round(notebook):
    notebook.cells.reverse()


MENDED = (copied, deleted, flipped, stripped, renamed, turned_round)


group = pytest.mark.xdist_group("a graded class")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class's submissions, graded once by the runner."""
    course = new_course(tmp_path_factory.mktemp("course"))
    submit(course, "right", solved())
    submit(course, "released", released())
    for change in (half_filled, wrong, crashing):
        submit(course, change.__name__, released(), change)
    for change in MENDED:
        notebook = solved()
        change(notebook)
        nbformat.write(notebook, place_of(course, change.__name__, LESSON) / f"{LESSON}.ipynb")
    text = nbformat.writes(solved())
    raw = {
        "latin_1": text.replace("import numpy", "# für später\\nimport numpy").encode(
            "cp1252", "replace"
        ),
        "truncated": text[: len(text) // 2].encode(),
        "empty": b"",
        "not_json": b"\x80\x81 I did my homework",
        "no_cells": json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode(),
    }
    for student, content in raw.items():
        (place_of(course, student, LESSON) / f"{LESSON}.ipynb").write_bytes(content)
    (place_of(course, "other_name", LESSON) / "homework (1).IPYNB").write_text(text)
    (place_of(course, "no_notebook", LESSON) / "essay.pdf").write_bytes(b"%PDF")
    (place_of(course, "a_link", LESSON) / f"{LESSON}.ipynb").symlink_to(
        course / "solutions" / LESSON / f"{LESSON}.ipynb"
    )
    # The command as an instructor types it; the other tests call it in this process.
    course.joinpath("output").write_text(run_python(course, "-m", "grader", LESSON))
    return course


GRADED_AS_RIGHT = [change.__name__ for change in MENDED] + ["right", "latin_1", "other_name"]
NOT_GRADABLE = ["truncated", "empty", "not_json", "no_cells", "no_notebook", "a_link"]


@group
@pytest.mark.parametrize("student", GRADED_AS_RIGHT)
def test_broken_but_honest_submissions_get_what_their_answers_earn(course, student):
    table = marks(course)
    row = table.loc[student]
    # Where nothing but @fill says what a cell was, the questions are lost, but not the answers.
    assert (row[RULE], row[NUMBER]) == (6, 3), row.note
    if student not in ("right",):
        assert row.note


@group
@pytest.mark.parametrize("student", NOT_GRADABLE)
def test_what_cannot_be_graded_is_no_zero_and_says_why(course, student):
    row = marks(course).loc[student]
    assert row.state == "not gradable"
    assert pd.isna(row.total)
    assert len(row.note) > 10
    assert student in (course / "output").read_text()


@group
def test_the_report_says_what_the_class_did_not_understand(course):
    facts = pd.read_csv(course / "grading" / "reports" / LESSON / "facts.csv")
    worst = facts[facts.exercise == RULE].sort_values("broken").iloc[-1]
    assert worst.broken == 1
    assert worst.attempted == len(GRADED_AS_RIGHT) + 3  # the released one was not attempted
    page = (course / "grading" / "reports" / LESSON / "report.html").read_text()
    for words in (
        "What the class did not understand",
        "Could not be graded",
        "stood there 3 times",
    ):
        assert words in page
    assert "per_sample" not in page


@group
def test_nbgrader_gives_the_same_marks_and_marks_by_hand_stay(course, tmp_path_factory):
    """Both ways, in two courses with one secret; then both in the same course."""
    other = new_course(tmp_path_factory.mktemp("plain"))
    (other / "grading").mkdir()
    shutil.copy(course / "grading" / "secret", other / "grading")
    students = ["right", "released", "half_filled", "wrong", "crashing", "flipped"]
    for student in students:
        shutil.copytree(
            course / "grading" / "submitted" / student, other / "grading" / "submitted" / student
        )
    feedback = f"generate_feedback {LESSON} --student right"
    nbgrader(other, f"generate_assignment {LESSON}", f"autograde {LESSON}", feedback)
    theirs, ours = scores(other, LESSON), scores(course, LESSON)
    assert {student: ours[student] for student in students} == theirs
    assert 0 < ours["half_filled"][RULE] == 6 and ours["wrong"][RULE] == 0

    with gradebook(other) as book:
        grades = book.find_submission(LESSON, "right").notebooks[0].grades
        by_hand = next(g for g in grades if g.auto_score is None)
        question, by_hand.manual_score = by_hand.name, 2.0
        by_hand.needs_manual_grade = False
        book.db.commit()
    grade(other, "--again")
    assert marks(other).loc["right", question] == 2.0
    assert scores(other, LESSON) == theirs
    nbgrader(other, feedback, f"generate_feedback {LESSON} --student half_filled")
    pages = other / "grading" / "feedback"
    feedback = {
        student: (pages / student / LESSON / f"{LESSON}.html").read_text()
        for student in ("right", "half_filled")
    }
    assert "not attempted yet" in feedback["half_filled"]
    assert "Score: 2.0 / 3.0" in feedback["right"], "the mark came after the first page"


@pytest.mark.slow
def test_what_is_marked_by_hand_stays_marked_until_the_answer_changes(tmp_path):
    course = new_course(tmp_path, LESSON)
    submit(course, "right", solved())
    grade(course)
    questions = [m["grade_id"] for m in metas(released()) if m["grade"] and m["solution"]]
    overruled = f"check_{NUMBER}"

    def waiting() -> set[str]:
        with gradebook(course) as book:
            grades = book.find_submission(LESSON, "right").notebooks[0].grades
            assert {g.manual_score for g in grades if g.name in (*questions, overruled)} <= {
                1,
                None,
            }
            return {g.name for g in grades if g.needs_manual_grade}

    assert waiting() == {*questions}
    with gradebook(course) as book:
        for grade_ in book.find_submission(LESSON, "right").notebooks[0].grades:
            if grade_.name in (*questions, overruled):
                grade_.manual_score, grade_.needs_manual_grade = 1.0, False
        book.db.commit()
    grade(course, "--again")
    assert waiting() == set()
    row = marks(course).loc["right"]
    assert (row.state, row.by_hand, row.total) == ("graded", 3, 9)
    assert row.automatic + row.by_hand == row.total

    path = course / "grading" / "submitted" / "right" / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell_of(notebook, questions[0]).source += " On second thoughts, no."
    cell_of(notebook, NUMBER).source += "\n# on second thoughts"
    nbformat.write(notebook, path)
    grade(course)
    assert waiting() == {questions[0], overruled}


@pytest.mark.slow
def test_a_worker_that_was_killed_costs_a_submission_nothing_but_time(tmp_path):
    course = new_course(tmp_path, LESSON)
    submit(course, "right", solved())
    (place_of(course, "unreadable", LESSON) / f"{LESSON}.ipynb").write_text("?")
    running = subprocess.Popen(
        [sys.executable, "-m", "grader", LESSON, "--jobs", "1"], cwd=course, env=environment()
    )
    worker = None
    while not worker:
        assert running.poll() is None, "it ended before its worker could be killed"
        for process in psutil.Process(running.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if "grader.inside" in process.cmdline():
                    worker = process
        time.sleep(0.01)
    while "multiprocessing" not in " ".join(worker.cmdline()):  # out of the box
        worker = worker.parent()
    worker.kill()
    assert running.wait(timeout=300) == 0
    assert set(marks(course).state) == {"not gradable"}
    assert "1 graded before, 1 to grade" in grade(course)
    assert marks(course).loc["right", RULE] == 6


def test_a_submission_that_may_take_longer_is_given_the_time(monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS", 3000.0)
    assert patience() > 3000


@pytest.mark.slow
def test_killed_half_way_and_started_again_it_grades_each_once(tmp_path):
    course = new_course(tmp_path, LESSON)
    for number in range(5):
        submit(course, f"s{number}", solved())
    log = course / "grading" / "runs" / f"{LESSON}.jsonl"
    running = subprocess.Popen(
        [sys.executable, "-m", "grader", LESSON, "--jobs", "2"],
        cwd=course,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (log.exists() and log.read_text().count("student") >= 2):
        assert running.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    workers_and_boxes = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not psutil.wait_procs(workers_and_boxes, timeout=30)[1]
    done = log.read_text().count('"student"')
    with log.open("a") as file:
        file.write('\n{"student": "s4", "key": "half a li')
    said = grade(course)
    assert f"{done} graded before, {5 - done} to grade" in said
    whole = [json.loads(x) for x in log.read_text().splitlines() if x.endswith("}")]
    assert sorted(entry["student"] for entry in whole) == [f"s{n}" for n in range(5)]
    assert set(marks(course)[RULE]) == {6}
    assert "5 graded before, 0 to grade" in grade(course)
    log.write_text(log.read_text().replace('"retry"', '"passing"'))  # as it was called before
    assert "5 graded before, 0 to grade" in grade(course)


def lms_zip(path: Path, names: dict[str, bytes], spoilt: str = "") -> None:
    """A download; of the one that is called ``spoilt`` some bytes have been lost."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
        at = archive.getinfo(spoilt).header_offset + 200 if spoilt else 0
    raw = path.read_bytes()
    path.write_bytes(raw[:at] + bytes(50) + raw[at + 50 :] if spoilt else raw)


MOODLE = {
    "Zoë van der Berg_4711_assignsubmission_file_/05_kolen.ipynb": True,
    "Max Mustermann_4712_assignsubmission_file_/notes.txt": b"sorry",
    "Nota Bene_4717_assignsubmission_onlinetext/onlinetext.html": b"sorry",
    "../../../Eve Il_4713_assignsubmission_file_/../../../climbs.ipynb": True,
    "Ada Low_4714_assignsubmission_file_/my work/week 2/nb.ipynb": True,
    # Unpacked and packed again on a Mac.
    "again/Zoe\u0301 Bell_4715_assignsubmission_file_05_kolen.ipynb": True,
    "__MACOSX/again/._Zoe\u0301 Bell_4715_assignsubmission_file_05_kolen.ipynb": b"\0",
    # She would hand in for others.
    "Mal Ory_4716_assignsubmission_file_/"
    f"Zoë van der Berg_4711_assignsubmission_file_/{LESSON}.ipynb": False,
    f"Mal Ory_4716_assignsubmission_file_/Ada Low_4714_assignsubmission_file_{LESSON}.ipynb": False,
    f"Long Name_4718_assignsubmission_file_/{'年' * 200}.txt": b"sorry",
    "read me.txt": b"a stranger's",
}
WORKSHEET = "Identifier,Full name,Email address,Grade,Last modified (grade)\n" + "".join(
    f"Participant {number},{name},{number}@example.org,,-\n"
    for number, name in {
        4711: "Zoë van der Berg",
        4712: "Max Mustermann",
        4713: "Eve Il",
        4714: "Ada Low",
        4715: "Zoé Bell",
        4716: "Mal Ory",
        4717: "Nota Bene",
        4718: "Long Name",
        4799: "Al So",
    }.items()
)
CANVAS = {
    f"bergzoe_4711_99001_{LESSON}.ipynb": b"{}",
    f"bergzoe_4711_99002_{LESSON}-1.ipynb": True,
    "mustermannmax_LATE_4712_99003_notes.txt": b"sorry",
    "o_neill_4714_99004_nb.ipynb": True,
    "packed again/bellida_4715_99005_nb.ipynb": True,
    "orymal_4716_text.html": b"sorry",
    "read me.txt": b"a stranger's",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "table", "prefix", "ada"),
    [
        (MOODLE, "moodle.csv", "Participant ", "Ada_Low_4714"),
        (CANVAS, "canvas.csv", "", "o_neill_4714"),
    ],
    ids=["moodle", "canvas"],
)
def test_a_download_from_an_lms_is_graded_and_its_marks_go_back(
    tmp_path, names, table, prefix, ada
):
    course = new_course(tmp_path / "course", LESSON)
    notebooks = {
        True: nbformat.writes(solved()).encode(),
        False: nbformat.writes(released()).encode(),
    }
    lms_zip(course / "class.zip", {n: notebooks.get(c, c) for n, c in names.items()})
    said = grade(course, "class.zip")
    assert "read me.txt" in said, "a file that belongs to nobody is named"
    if table == "moodle.csv":
        # In a download a number may be a group's; only the worksheet says whose it is.
        assert not (course / "grading" / "reports" / LESSON / table).exists() and "--roster" in said
        (course / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8-sig")
        assert "--roster" not in grade(course, "class.zip", "--roster", "worksheet.csv")
    rows = marks(course).reset_index().set_index("lms_id")
    rows.index = [i.removeprefix(prefix) for i in rows.index]
    assert (rows.loc["4711", RULE], rows.loc["4712", "state"]) == (6, "not gradable")
    assert "notes.txt" in rows.loc["4712", "note"]
    assert (rows.loc["4714", RULE], rows.loc["4714", "student"]) == (6, ada)
    assert rows.loc["4715", RULE] == 6 != rows.loc["4716", RULE]
    back = pd.read_csv(course / "grading" / "reports" / LESSON / table)
    if table == "moodle.csv":
        assert rows.loc["4715", "student"] == "Zoé_Bell_4715"
        assert set(rows.loc[["4717", "4718"], "state"]) == {"not gradable"}
        assert rows.loc["4799", "state"] == "not submitted"
        row = back[back["Identifier"] == "Participant 4711"].iloc[0]
        assert (row["Full name"], row["Grade"]) == ("Zoë van der Berg", 9)
        # Moodle (assignfeedback_offline's importgradeslib.php) takes a sheet with these three, or none.
        assert {"Identifier", "Grade", "Last modified (grade)"} <= {*back}
        assert back["Grade"].notna().all()
    else:
        assert back.iloc[0]["Student"].strip() == "Points Possible"
        row = back[back["ID"] == 4711].iloc[0]
        assert row[LESSON] == 9
        # To Canvas (gradebook_importer.rb) an empty cell is a mark that was taken away.
        assert back[LESSON].notna().all()
    tables = {p.name for p in (course / "grading" / "reports" / LESSON).glob("*.csv")}
    assert tables == {table, "marks.csv", "facts.csv"}
    assert {path.name for path in tmp_path.iterdir()} == {"course"}  # nothing climbed out
    assert "0 of them new" in grade(course, "class.zip")


@pytest.mark.slow
def test_a_submission_that_cannot_be_unpacked_is_not_gradable_and_hides_no_earlier_one(tmp_path):
    course, text = new_course(tmp_path, LESSON), nbformat.writes(solved()).encode()
    first, second = "berg_4711_1_nb.ipynb", "low_4714_2_nb.ipynb"
    lms_zip(course / "early.zip", {first: text})
    grade(course, "early.zip")
    assert marks(course).loc["berg_4711", RULE] == 6
    for spoilt in (first, second):
        lms_zip(course / f"{spoilt}.zip", {spoilt: text}, spoilt)
        grade(course, f"{spoilt}.zip")
    grade(course)  # it stays so
    for student in ("berg_4711", "low_4714"):
        row = marks(course).loc[student]
        assert row.state == "not gradable" and "can't be unpacked" in row.note
    aside = course / "grading" / "set_aside" / "berg_4711" / LESSON
    assert [path.read_bytes() for path in aside.iterdir()] == [text]
    lms_zip(course / "late.zip", {first: text, second: text})
    grade(course, "late.zip")
    assert set(marks(course)[RULE]) == {6}


@pytest.mark.slow
def test_moodles_number_for_one_assignment_is_nobody_in_the_next(tmp_path):
    other = "02_node_perturbation"
    course = new_course(tmp_path, LESSON, other)
    for lesson, number in ((LESSON, 4711), (other, 5711)):
        lms_zip(
            course / "class.zip", {f"Zoë Berg_{number}_assignsubmission_file_/notes.txt": b"sorry"}
        )
        courses.grade(course, lesson, "class.zip")
    lms_zip(course / "class.zip", {"bellida_1_2_notes.txt": b"sorry"})
    grade(course, "class.zip")
    courses.grade(course, other)
    assert [*marks(course).index] == ["Zoë_Berg_4711", "bellida_1"]
    states = courses.marks(course, other).state
    # Canvas's numbers are people's, and so it is known who has not handed in.
    assert dict(states) == {"Zoë_Berg_5711": "not gradable", "bellida_1": "not submitted"}


def test_a_submission_as_it_should_be_is_left_as_it_is():
    notebook, odd = parse(nbformat.writes(solved()).encode())
    same, notes = normalise(notebook, LESSON)
    assert not odd and not notes
    assert [cell.source for cell in same.cells] == [cell.source for cell in notebook.cells]


@pytest.mark.slow
def test_a_cluster_without_a_worker_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    monkeypatch.setattr(workers, "PATIENCE", 0.5)
    course = new_course(tmp_path, LESSON)
    submit(course, "s0", solved())
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None) as cluster,
        pytest.raises(AssertionError, match="Stopped: The Dask cluster has no worker"),
    ):
        grade(course, "--dask", cluster.scheduler_address)


@pytest.mark.slow
def test_on_a_cluster_the_marks_are_the_same_and_a_lost_worker_costs_nothing(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    course = new_course(tmp_path, LESSON)
    for number in range(2):
        submit(course, f"s{number}", solved())
    submit(course, "wrong", released(), wrong)
    submit(course, "half", released(), half_filled)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(course), str(ROOT)]))
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    try:
        running = subprocess.Popen(
            [sys.executable, "-m", "grader", LESSON, "--dask", cluster.scheduler_address],
            cwd=course,
            env=environment(),
        )
        log = course / "grading" / "runs" / f"{LESSON}.jsonl"
        while not (log.exists() and "student" in log.read_text()):
            assert running.poll() is None
            time.sleep(0.05)
        os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)
        assert running.wait(timeout=300) == 0
    finally:
        cluster.close()
    on_the_cluster = scores(course, LESSON)
    grade(course, "--again")
    assert scores(course, LESSON) == on_the_cluster
    assert on_the_cluster["half"] == {RULE: 6, NUMBER: 0}
