"""One command grades what comes back from a class: the same marks as nbgrader, whatever happens."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from conftest import ROOT
from test_nbgrader import crashing_01, half_filled_01, nbgrader, scores, submit, wrong_01

sys.path.insert(0, str(ROOT))
from grader.collect import UnknownLayout, download
from grader.notebooks import normalise, parse
from grader.sandbox import OPT_OUT, sandbox_works

LESSON = "01_weight_perturbation"
RULE, NUMBER = "weight_perturbation", "perturbations_for_cosine"


def new_course(folder: Path) -> Path:
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in ("solutions", "notebooks", "grader", "autograde_tests"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def environment() -> dict[str, str]:
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    opt_out = {} if sandbox_works() else {OPT_OUT: "yes"}
    return os.environ | opt_out | {"PATH": path}


def grade(course: Path, *words: str) -> str:
    """Run the command that an instructor types."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", LESSON, *words],
        cwd=course,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def marks(course: Path) -> pd.DataFrame:
    table = pd.read_csv(
        course / "grading" / "reports" / LESSON / "marks.csv", dtype={"lms_id": str}
    )
    return table.set_index("student")


def solved() -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "solutions" / LESSON / f"{LESSON}.ipynb", as_version=4)


def cell_of(notebook, name):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


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


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class's submissions, graded once by the runner."""
    course = new_course(tmp_path_factory.mktemp("course"))
    submit(course, "right", LESSON, source="solutions")
    submit(course, "released", LESSON)
    for change in (half_filled_01, wrong_01, crashing_01):
        submit(course, change.__name__, LESSON, change)
    submitted = course / "grading" / "submitted"
    for change in MENDED:
        notebook = solved()
        change(notebook)
        folder = submitted / change.__name__ / LESSON
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{LESSON}.ipynb")
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
        folder = submitted / student / LESSON
        folder.mkdir(parents=True)
        (folder / f"{LESSON}.ipynb").write_bytes(content)
    (submitted / "other_name" / LESSON).mkdir(parents=True)
    (submitted / "other_name" / LESSON / "homework (1).IPYNB").write_text(text)
    (submitted / "no_notebook" / LESSON).mkdir(parents=True)
    (submitted / "no_notebook" / LESSON / "essay.pdf").write_bytes(b"%PDF")
    (submitted / "a_link" / LESSON).mkdir(parents=True)
    (submitted / "a_link" / LESSON / f"{LESSON}.ipynb").symlink_to(
        course / "solutions" / LESSON / f"{LESSON}.ipynb"
    )
    course.joinpath("output").write_text(grade(course))
    return course


GRADED_AS_RIGHT = [change.__name__ for change in MENDED] + ["right", "latin_1", "other_name"]
NOT_GRADABLE = ["truncated", "empty", "not_json", "no_cells", "no_notebook", "a_link"]


@pytest.mark.parametrize("student", GRADED_AS_RIGHT)
def test_broken_but_honest_submissions_get_what_their_answers_earn(course, student):
    table = marks(course)
    row = table.loc[student]
    # Where nothing but @fill says what a cell was, the questions are lost, but not the answers.
    assert (row[RULE], row[NUMBER]) == (6, 3), row.note
    if student not in ("right",):
        assert row.note


@pytest.mark.parametrize("student", NOT_GRADABLE)
def test_what_cannot_be_graded_is_no_zero_and_says_why(course, student):
    row = marks(course).loc[student]
    assert row.state == "not gradable"
    assert pd.isna(row.total)
    assert len(row.note) > 10
    assert student in (course / "output").read_text()


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


def test_nbgrader_gives_the_same_marks_and_marks_by_hand_stay(course, tmp_path_factory):
    """Both ways, in two courses with one secret."""
    other = new_course(tmp_path_factory.mktemp("plain"))
    (other / "grading").mkdir()
    shutil.copy(course / "grading" / "secret", other / "grading")
    students = [
        "right",
        "released",
        "half_filled_01",
        "wrong_01",
        "crashing_01",
        "copied",
        "flipped",
    ]
    for student in students:
        shutil.copytree(
            course / "grading" / "submitted" / student, other / "grading" / "submitted" / student
        )
    nbgrader(other, "generate_assignment", LESSON)
    nbgrader(other, "autograde", LESSON)
    theirs, ours = scores(other, LESSON), scores(course, LESSON)
    assert {student: ours[student] for student in students} == theirs
    assert 0 < ours["half_filled_01"][RULE] == 6 and ours["wrong_01"][RULE] == 0

    from nbgrader.api import Gradebook

    nbgrader(course, "generate_feedback", LESSON, "--student", "right")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "microlearn") as book:
        grades = book.find_submission(LESSON, "right").notebooks[0].grades
        by_hand = next(g for g in grades if g.auto_score is None)
        question, by_hand.manual_score = by_hand.name, 2.0
        by_hand.needs_manual_grade = False
        book.db.commit()
    grade(course, "--again")
    assert marks(course).loc["right", question] == 2.0
    assert scores(course, LESSON)["half_filled_01"] == theirs["half_filled_01"]
    nbgrader(course, "generate_feedback", LESSON)
    pages = course / "grading" / "feedback"
    feedback = {s: (pages / s / LESSON / f"{LESSON}.html").read_text() for s in students}
    assert "not attempted yet" in feedback["half_filled_01"]
    assert "Score: 2.0 / 3.0" in feedback["right"], "the mark came after the first page"


def test_killed_half_way_and_started_again_it_grades_each_once(tmp_path):
    course = new_course(tmp_path)
    for number in range(8):
        submit(course, f"s{number}", LESSON, source="solutions")
    log = course / "grading" / "runs" / f"{LESSON}.jsonl"
    running = subprocess.Popen(
        [sys.executable, "-m", "grader", LESSON, "--jobs", "2"],
        cwd=course,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (log.exists() and log.read_text().count("student") >= 3):
        assert running.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = log.read_text().count('"student"')
    with log.open("a") as file:
        file.write('\n{"student": "s7", "key": "half a li')
    said = grade(course)
    assert f"{done} graded before, {8 - done} to grade" in said
    whole = [json.loads(x) for x in log.read_text().splitlines() if x.endswith("}")]
    assert sorted(entry["student"] for entry in whole) == [f"s{n}" for n in range(8)]
    assert set(marks(course)[RULE]) == {6}
    assert "8 graded before, 0 to grade" in grade(course)


def lms_zip(names: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return packed


@pytest.mark.parametrize(
    ("names", "students", "table"),
    [
        (
            {
                "Zoë van der Berg_4711_assignsubmission_file_/01_weight.ipynb": True,
                "Max Mustermann_4712_assignsubmission_file_/notes.txt": b"sorry",
                "../../../Eve Il_4713_assignsubmission_file_/../../../climbs.ipynb": True,
            },
            {"Zoë van der Berg": "4711", "Max Mustermann": "4712"},
            "moodle.csv",
        ),
        (
            {
                "bergzoe_4711_99001_01_weight_perturbation.ipynb": b"{}",
                "bergzoe_4711_99002_01_weight_perturbation-1.ipynb": True,
                "mustermannmax_LATE_4712_99003_notes.txt": b"sorry",
            },
            {"bergzoe": "4711", "mustermannmax": "4712"},
            "canvas.csv",
        ),
    ],
    ids=["moodle", "canvas"],
)
def test_a_download_from_an_lms_is_graded_and_its_marks_go_back(tmp_path, names, students, table):
    (tmp_path / "course").mkdir()
    course = new_course(tmp_path / "course")
    text = nbformat.writes(solved()).encode()
    packed = lms_zip({n: text if content is True else content for n, content in names.items()})
    (course / "class.zip").write_bytes(packed.getvalue())
    grade(course, "class.zip")
    rows = marks(course).reset_index().set_index("lms_id")
    assert (rows.loc["4711", RULE], rows.loc["4712", "state"]) == (6, "not gradable")
    assert "notes.txt" in rows.loc["4712", "note"]
    back = pd.read_csv(course / "grading" / "reports" / LESSON / table)
    if table == "moodle.csv":
        row = back[back["Identifier"] == "Participant 4711"].iloc[0]
        assert (row["Full name"], row["Grade"]) == ("Zoë van der Berg", 9)
        # Moodle (assignfeedback_offline's importgradeslib.php) takes a sheet with these three, or none.
        assert {"Identifier", "Grade", "Last modified (grade)"} <= {*back}
    else:
        assert back.iloc[0]["Student"].strip() == "Points Possible"
        row = back[back["ID"] == 4711].iloc[0]
        assert row[LESSON] == 9
    assert {path.name for path in tmp_path.iterdir()} == {"course"}  # nothing climbed out
    assert "0 of them new" in grade(course, "class.zip")


def test_a_folder_that_is_no_download_is_said_to_be_none(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(UnknownLayout, match="grading/submitted/STUDENT"):
        download(tmp_path)


def test_a_submission_as_it_should_be_is_left_as_it_is():
    notebook, odd = parse(nbformat.writes(solved()).encode())
    original = nbformat.read(ROOT / "notebooks" / LESSON / f"{LESSON}.ipynb", as_version=4)
    same, notes = normalise(notebook, original)
    assert not odd and not notes
    assert [cell.source for cell in same.cells] == [cell.source for cell in notebook.cells]


def test_on_a_cluster_the_marks_are_the_same_and_a_lost_worker_costs_nothing(tmp_path):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    course = new_course(tmp_path)
    for number in range(6):
        submit(course, f"s{number}", LESSON, source="solutions")
    submit(course, "wrong", LESSON, wrong_01)
    submit(course, "half", LESSON, half_filled_01)
    os.environ["PYTHONPATH"] = str(course)
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
        while not (log.exists() and log.read_text().count("student") >= 2):
            assert running.poll() is None
            time.sleep(0.05)
        os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)
        assert running.wait(timeout=300) == 0
    finally:
        cluster.close()
        del os.environ["PYTHONPATH"]
    on_the_cluster = scores(course, LESSON)
    grade(course, "--again")
    assert scores(course, LESSON) == on_the_cluster
    assert on_the_cluster["half"] == {RULE: 6, NUMBER: 0}
