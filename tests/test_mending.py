"""Honest work is found wherever it stands in a notebook, or the report says why it is not graded."""

from __future__ import annotations

import json

import courses
import nbformat
import pytest
from courses import graded_cells
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader import releases
from grader.cells import code_for
from grader.mending import answers_in, normalise
from grader.notebooks import Unreadable, parse, released_answers
from grader.preprocessor import Normalise

LESSON = "05_kolen_pollack"
RULE, QUESTION = "kolen_pollack", "only_one_forgets"
TEXT = "The difference does not go to zero, and the accuracy falls."


def without_marks(notebook):
    """A notebook as Kaggle or Deepnote gives it back: the texts alone."""
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"x{number}"
    return notebook


def mended(notebook):
    """The graded cells of a submission after mending, and the notes."""
    parsed, odd = parse(nbformat.writes(notebook).encode(errors="replace"))
    whole, notes = normalise(parsed, LESSON)
    return graded_cells(whole), odd + notes


def below(notebook, name, *cells):
    at = notebook.cells.index(graded_cells(notebook)[name])
    notebook.cells[at + 1 : at + 1] = cells


def typed_below(notebook):
    below(notebook, QUESTION, new_markdown_cell(TEXT))


def typed_above(notebook):
    below(notebook, f"{QUESTION}_question", new_markdown_cell(TEXT))


def typed_as_code(notebook):
    below(notebook, QUESTION, new_code_cell(f"# {TEXT}"))


def typed_into_the_question(notebook):
    graded_cells(notebook)[f"{QUESTION}_question"].source += f"\n\n{TEXT}"


def typed_below_in_a_notebook_without_marks(notebook):
    typed_below(notebook)
    without_marks(notebook)


def typed_in_place_of_the_cell(notebook):
    graded_cells(notebook)[QUESTION].source = TEXT
    without_marks(notebook)


def typed_where_the_question_is_gone_too(notebook):
    cells = graded_cells(notebook)
    notebook.cells.remove(cells[f"{QUESTION}_question"])
    notebook.cells.remove(cells[QUESTION])
    notebook.cells.append(new_markdown_cell(TEXT))


@pytest.mark.parametrize(
    "type_it",
    [
        typed_below,
        typed_above,
        typed_as_code,
        typed_into_the_question,
        typed_below_in_a_notebook_without_marks,
        typed_in_place_of_the_cell,
        typed_where_the_question_is_gone_too,
    ],
    ids=lambda change: change.__name__,
)
def test_an_answer_to_a_question_is_found_wherever_it_was_typed(type_it):
    notebook = courses.released(LESSON)
    type_it(notebook)
    cells, notes = mended(notebook)
    assert TEXT in cells[QUESTION].source
    assert any(note.startswith(QUESTION) for note in notes)
    other = "same_increment"
    assert cells[other].source == graded_cells(courses.released(LESSON))[other].source


def test_a_notebook_that_has_lost_every_mark_has_all_its_answers():
    cells, _ = mended(without_marks(courses.solved(LESSON)))
    for name, cell in graded_cells(courses.solved(LESSON)).items():
        assert releases.squeezed(cells[name].source) == releases.squeezed(cell.source), name
    # Not even @fill is needed, if only one cell defines the exercise.
    notebook = without_marks(courses.solved(LESSON))
    for cell in notebook.cells:
        cell.source = cell.source.replace("@fill\n", "")
    cells, _ = mended(notebook)
    assert f"def {RULE}" in cells[RULE].source and "NotImplementedError" not in cells[RULE].source


def test_what_was_not_touched_is_neither_edited_nor_attempted():
    notebook = courses.released(LESSON)
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    cells, notes = mended(notebook)
    assert not notes
    by_nbgrader, _ = Normalise().preprocess(
        notebook, {"nbgrader": {"assignment": LESSON, "student": "s"}}
    )
    untouched = [cell.source for cell in courses.released(LESSON).cells]
    assert [cell.source for cell in by_nbgrader.cells] == untouched
    answer = cells[RULE].source
    assert answer == released_answers()[RULE]
    reworded = nbformat.v4.new_notebook(cells=[cells[RULE]])
    reworded.cells[0].source = answer.replace('"""', '"""In other words: ', 1)
    assert code_for(reworded, RULE, answer) is None


def test_an_earlier_release_is_recognised_and_an_edit_is_said(monkeypatch):
    notebook = courses.released(LESSON)
    question = graded_cells(notebook)[f"{QUESTION}_question"]
    question.source = "As this question was put last year."
    cells, notes = mended(notebook)
    assert QUESTION in cells and "As this question" in cells[QUESTION].source
    known = releases.texts(LESSON)
    earlier = known | {f"{QUESTION}_question": known[f"{QUESTION}_question"] | {question.source}}
    monkeypatch.setattr("grader.mending.texts", lambda lesson: earlier)
    cells, notes = mended(notebook)
    assert not notes and cells[QUESTION].source == "YOUR ANSWER HERE"


def test_the_history_of_a_clone_knows_its_releases():
    assert all(known for known in releases.texts(LESSON).values())
    if (releases.ROOT / ".git").exists():
        assert len(releases.texts(LESSON)[""]) > len(courses.released(LESSON).cells)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda: nbformat.writes(courses.solved("00_network")).encode(), "notebook of 00_network"),
        (lambda: nbformat.writes(nbformat.v4.new_notebook()).encode(), "no cell of this lesson"),
        (lambda: b"<!DOCTYPE html><html>Log in</html>", "web page"),
        (lambda: b"\xef\xbb\xbf<html>", "web page"),
        (lambda: b"%PDF-1.7", "PDF"),
        (lambda: b"PK\x03\x04", "zip file"),
        (lambda: b'{\n<<<<<<< HEAD\n "cells": []\n=======\n>>>>>>> x\n}', "Git has left"),
        (lambda: b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n", "Git has left"),
        (
            lambda: json.dumps(
                {"nbformat": 1, "cells": [{"cell_type": "hologram", "source": "x"}]}
            ).encode(),
            "a kind that no notebook has",
        ),
    ],
)
def test_what_is_no_notebook_of_the_lesson_is_not_graded_and_said_in_words(raw, why):
    with pytest.raises(Unreadable, match=why):
        normalise(parse(raw())[0], LESSON)
    assert answers_in(raw(), LESSON) == -1
