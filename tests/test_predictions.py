"""What a student predicts is kept and compared; results are shown without a prediction, too."""

from __future__ import annotations

import hashlib
import html
import os
import re
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from microlearn import (
    answer,
    cheat_sheet,
    compare,
    get_rule,
    glossary,
    kept,
    predict,
    predictions,
    progress,
    recap,
    rule_names,
)
from microlearn.course import answers, lessons
from microlearn.predictions import ANOTHER, BEYOND, DAMAGED, NONE_MADE, SHARES, Prediction

SPECS = {
    "one_of_three": ({"choices": ["after one", "after thirty", "never"]}, "c", "b"),
    "a_share": ({"about": "digits read", "between": (0, 100), "unit": "%"}, 40, 93.2),
    "many": ({"about": "samples", "between": (1, 1000), "log": True, "whole": True}, 30, 400),
    "below_zero": ({"about": "cosine", "between": (-1, 1)}, -0.5, 0.5),
    "order": (
        {"about": "highest accuracy", "order": ["a", "frozen_hidden", "c"]},
        [get_rule("frozen_hidden").title, "c", "a"],
        pd.Series({"frozen_hidden": 0.1, "a": 0.9, "c": 0.5, "d": 2}),
    ),
    "curve": (
        {"about": "accuracy", "between": (0, 1), "at": [0.1, 1, 10], "along": "noise"},
        [0.2, 0.4, 0.9],
        pd.Series({0.1: 0.9, 1: 0.5, 3: 0.0, 10: 0.9}),
    ),
}
DIFFERENCES = {
    "one_of_three": "You said: (c) never. What was found: (b) after thirty.",
    "a_share": "You said 40%, and it is 93.2%: 53.2 points more than you thought.",
    "many": "You said 30, and it is 400, 13 times more than you thought.",
    "below_zero": "You said -0.5, and it is 0.5: 1 more than you thought.",
    "order": "You have 0 of 3 pairs in order. For one, a comes before c, and you had them the other way "
    "round.",
    "curve": "Your line is nearest at 10 and furthest off at 0.1, where you said 0.2 and it is 0.9.",
}


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The folder of a lesson, in which a kernel runs; answers are kept beside it."""
    (tmp_path / "01_lesson").mkdir()
    monkeypatch.chdir(tmp_path / "01_lesson")
    monkeypatch.setattr(predictions, "_asked", {})
    return tmp_path


@pytest.mark.parametrize("name", SPECS)
def test_what_is_said_is_compared_and_is_there_when_the_notebook_is_opened_again(lesson, name):
    given, said, found = SPECS[name]
    fill_in(predict(name, **given), said)
    for _ in range(2):
        comparison = compare(name, found)
        assert (str(comparison), comparison.said) == (DIFFERENCES[name], said)
        assert any(word in comparison._repr_html_() for word in ("dasharray", "ml-said"))
        again = predict(name, **given)  # as in another session: it reads the file
        assert again._read() == said
    (lesson / "my_rules" / ".predicted" / f"{name}.json").write_text('{"said": [1, "no"')
    assert predict(name, **given).prediction.said is None


def fill_in(view, said):
    """Move the controls as a student does."""
    fields = [w for w in view.widget.children if hasattr(w, "value") or hasattr(w, "children")]
    boxes = [getattr(field, "children", [field])[0] for field in fields]
    boxes = [box for box in boxes if type(box).__name__ not in ("HTML", "Button")]
    for box, value in zip(boxes, said if isinstance(said, list) else [said], strict=False):
        box.value = value


def test_a_control_that_stands_right_already_is_taken_as_said_by_its_button(lesson):
    view = predict("a_share", **SPECS["a_share"][0])
    view.say()
    assert str(compare("a_share", 50)) == "You said 50%, and it is 50%: as near as one can guess."


@pytest.mark.parametrize(
    ("about", "unit", "ends", "found", "told"),
    [
        ("digits read", "%", (0, 100), 0.93, True),
        ("accuracy lost", " points", (0, 100), 0.11, True),
        ("ahead", " points", (0, 80), -0.05, True),
        ("ahead", " percentage points", (-50, 50), -0.2, True),
        ("MNIST", " per cent", (50, 100), 0.97, True),
        ("kernels moved by", " %", (0, 50), 0.031, True),
        ("accuracy", "", (0, 100), 0.9, True),
        ("share of silent units", "", (0, 100), 1 / 3, True),
        # What is honest.
        ("accuracy lost", " points", (0, 100), 1.0, False),
        ("accuracy lost", " points", (0, 100), 0, False),
        ("angle", "°", (0, 90), 0.5, False),
        ("loss", "", (0, 100), 0.3, False),
        ("accuracy", "", (0, 1), 0.9, False),
        ("distance of two points", "", (0, 100), 0.2, False),
        ("time", " seconds", (0, 100), 0.2, False),
        ("error rate", "%", (0, 5), 0.4, False),
    ],
)
def test_shares_where_per_cent_were_asked_for_are_told_and_small_numbers_are_not(
    lesson, about, unit, ends, found, told
):
    predict("mine", about, between=ends, unit=unit)
    assert (SHARES in str(compare("mine", found))) is told
    predict("line", about, between=ends, unit=unit, at=[1, 2, 3])
    assert (SHARES in str(compare("line", [found, found / 2, 0]))) is told


@pytest.mark.parametrize(
    ("name", "beyond", "within"),
    [
        ("a_share", 100.1, 100),
        ("many", 0.9, 1),
        ("below_zero", -1.01, -1 - 1e-15),
        ("curve", [0, 1, 1.2], [0, 1, 0.5]),
    ],
)
def test_a_result_that_nobody_could_have_said_is_told_as_such(lesson, name, beyond, within):
    predict(name, **SPECS[name][0])
    assert BEYOND in str(compare(name, beyond))
    assert BEYOND not in str(compare(name, within))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"choices": ["a"], "between": (0, 1)}, "needs one of choices"),
        ({}, "needs one of choices"),
        ({"choices": "abc"}, "choices is 'abc'; it must be a list of two texts"),
        ({"order": ["a", "a"]}, "list of two texts or more, each once"),
        ({"order": [1, 2]}, "list of two texts or more"),
        ({"order": ["a_b", "a b"]}, "list of two texts or more, each once"),
        ({"choices": ["a", " "]}, "list of two texts or more"),
        ({"choices": ["a", "b"], "unit": "%"}, "unit, log and whole say how the numbers"),
        ({"between": (0, 1), "along": "noise"}, "along, what at="),
        ({"between": (5, 1)}, r"between is \(5, 1\); it must be \(low, high\), two numbers"),
        ({"between": (0, 1), "log": True}, "two numbers above 0"),
        ({"between": (0.2, 0.8), "whole": True}, "there is no whole number in it"),
        ({"choices": {"more", "less"}}, "it must be a list of two texts or more"),
        ({"between": "12"}, "between is '12'"),
        ({"choices": ["a", "b"], "at": [1, 2]}, "a curve, which needs between"),
        ({"between": (0, 1), "at": [1, 2]}, "a curve has three to five places"),
        ({"between": (0, 1), "at": [3, 1, 2]}, "each once, from low to high"),
        ({"between": (0, 1), "at": None}, "at is None; it must be a list"),
        ({"between": np.array([1, 0])}, "it must be .low, high., two numbers"),
        ({"choices": (f"number {k}" for k in range(27))}, "27 choices, and 26 letters"),
    ],
)
def test_a_question_that_can_not_be_asked_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        predict("name", **given)
    for name in ("../name", 5):
        with pytest.raises(ValueError, match="like that of a variable"):
            predict(name, choices=["a", "b"])


def test_what_could_not_have_been_predicted_is_refused(lesson):
    nan = float("nan")
    frozen = get_rule("frozen_hidden").title
    for name, found, words in (
        ("one_of_three", "d", "none of the choices"),
        ("a_share", None, "A number is expected, not None"),
        ("order", 5, f"An order of a; {frozen}; c is expected, not 5"),
        (
            "order",
            {"a": nan, "frozen_hidden": 1, "c": 2},
            f"order of a; {frozen}; c is expected; that",
        ),
        (
            "order",
            {"a": "high", "frozen_hidden": 1, "c": 2},
            "number for each is .*; 'high' is none",
        ),
        ("a_share", "much", "A number is expected, not 'much'"),
        ("curve", 5, "3 numbers are expected, not 5"),
        ("curve", {}, "A number at each place is expected; at .* there is none"),
        # One of several would be shown, or an order that nobody has given.
        ("curve", pd.Series([1, 2, 3, 4], [0.1, 1, 10, 10]), "2 values for 10"),
        ("curve", {0.1: 1, 1: 1, "1": 2, 10: 1}, "2 values for 1"),
        ("curve", {3, 1, 2}, "3 numbers are expected, not {1, 2, 3}"),
        ("curve", "123", "3 numbers are expected, not '123'"),
        ("order", pd.Series([1, 2, 3, 4], ["a", "a", "frozen_hidden", "c"]), "2 values for a"),
        ("order", {"a": 1, "frozen_hidden": 2, frozen: 3, "c": 1}, "2 values for backprop"),
        ("order", {"a", "frozen_hidden", "c"}, f"order of a; {frozen}; c is expected, not"),
        ("order", pd.DataFrame({"a": [1], "c": [2]}), "not a table: choose a column of it"),
        ("a_share", True, "A number is expected, not True"),
        # The curve of a run in place of its end.
        ("a_share", pd.Series([5.2, 78]), r"not a Series of 2: give .* the last, ….iloc\[-1\]\.$"),
        ("a_share", pd.DataFrame({"a": [1]}), r"not a DataFrame of \(1, 1\): give .*column, table"),
        ("a_share", [5.2, 78], r"not \[5.2, 78\]: give .* the last, …\[-1\]"),
        ("a_share", np.zeros(99), r"not an array of \(99,\): give .* the last, …\[-1\]"),
        ("curve", np.array(5), r"3 numbers are expected, not array\(5\)"),
        ("order", pd.Series([5.2, 78]), "is expected, not a Series of 2"),
    ):
        predict(name, **SPECS[name][0])
        with pytest.raises(ValueError, match=words):
            compare(name, found)


def test_things_with_one_number_are_said_to_be_equal_and_the_lowest_comes_first_if_asked_for(
    lesson,
):
    things = {"order": ["a", "b", "c"]}
    predict("mine", "the lowest loss", **things).prediction.say(["a", "b", "c"])
    assert compare("mine", {"a": 1, "b": 2, "c": 3}).found == ["a", "b", "c"]
    assert "(b and c: equal.)" in repr(compare("mine", {"a": 1, "b": 2, "c": 2}))
    predict("mine", "the fewest errors at most noise", **things)
    assert compare("mine", {"a": 1, "b": 2, "c": 3}).found == ["a", "b", "c"]
    predict("mine", "highest accuracy", **things).prediction.say(["a", "b", "c"])
    assert compare("mine", {"a": 1, "b": 2, "c": 3}).found == ["c", "b", "a"]


@pytest.mark.parametrize(
    "first", ["best loss", "worst accuracy", "fastest", "weakest rule", "last", "almost", ""]
)
def test_numbers_are_put_in_no_order_that_nobody_has_named(lesson, first):
    predict("mine", first, order=["a", "b"]).prediction.say(["b", "a"])
    with pytest.raises(ValueError, match=r'no order of \'.*the "highest …" or the "lowest …"'):
        compare("mine", {"a": 1, "b": 2})
    assert compare("mine", ["a", "b"]).found == ["a", "b"]
    predict("mine", f"shortest, not {first}", order=["a", "b"])
    assert compare("mine", {"a": 2, "b": 1}).found == ["b", "a"]


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("from highest to lowest accuracy", ["b", "a"]),
        ("from the lowest loss up to the highest", ["a", "b"]),
        ("shortest to longest", ["a", "b"]),
        ("highest accuracy after at least 5 epochs", ["b", "a"]),
        ("in the widest network, highest accuracy", ["b", "a"]),
        ("after the fewest epochs, highest accuracy", "fewest and highest go two ways"),
        ("In the widest network, the LOWEST loss", "widest and lowest go two ways"),
        ("fewest epochs, from highest to lowest accuracy", "fewest and highest go two ways"),
    ],
)
def test_an_order_begins_at_the_end_that_is_named_first_and_two_ways_are_none(lesson, first, found):
    predict("mine", first, order=["a", "b"])
    if isinstance(found, list):
        assert compare("mine", {"a": 1, "b": 2}).found == found
        return
    with pytest.raises(ValueError, match=f'{found}: let predict ask for the "highest …"'):
        compare("mine", {"a": 1, "b": 2})


TWO = [
    ({"choices": ["more", "less"]}, {"choices": ["less", "more"]}, "b", "a"),
    ({"about": "lost", "between": (0, 9)}, {"about": "read", "between": (0, 9)}, 2, 3),
    ({"about": "lost", "between": (0, 9)}, {"about": "lost", "between": (0, 99)}, 2, 30),
    ({"about": "lost", "between": (0, 9)}, {"choices": ["more", "less"]}, 2, "a"),
    (
        {"about": "highest", "order": ["a", "b"]},
        {"about": "lowest", "order": ["a", "b"]},
        *["ba"] * 2,
    ),
]


@pytest.mark.parametrize(("one", "other", "said", "said_then"), TWO)
def test_two_questions_of_one_name_keep_their_answers_and_are_told(
    lesson, monkeypatch, capsys, one, other, said, said_then
):
    said, said_then = ([*s] if "order" in one else s for s in (said, said_then))
    predict("mine", **one).prediction.say(said)
    predict("mine", **one)
    assert "Another question" not in capsys.readouterr().out
    asked = predict("mine", **other).prediction
    assert "Another question of this session has the name mine" in capsys.readouterr().out
    assert asked.said is None
    asked.say(said_then)
    compare("mine", said_then)
    monkeypatch.setattr(predictions, "_asked", {})  # the next day
    for given, wanted, shown in ((one, said, False), (other, said_then, True)):
        found = predict("mine", **given).prediction
        assert (found.said, found.shown) == (wanted, shown)


def test_a_question_that_is_worded_anew_in_its_cell_is_no_other_one(lesson, monkeypatch, capsys):
    for cell, about, told in (("1", "lots", False), ("1", "lost", False), ("2", "read", True)):
        monkeypatch.setattr(predictions, "running", lambda cell=cell: (cell, "now"))
        predict("mine", about, between=(0, 9))
        assert ("Another question" in capsys.readouterr().out) is told


def test_a_file_with_one_answer_alone_is_read_and_what_is_none_is_not(lesson, pipe_at):
    path = lesson / "my_rules" / ".predicted" / "mine.json"
    path.parent.mkdir(parents=True)
    for text, said in (('{"said": "b"}', "b"), ('[{"said": "z"}, 5, {"said": "a"}]', "a")):
        path.write_text(text)
        assert predict("mine", choices=["more", "less"]).prediction.said == said
    for text in ("[]", "5", "null", '{"said": []}', '[{"asked": 1}]', "[", "\0", "[" * 100_000):
        path.write_text(text)
        assert predict("mine", choices=["more", "less"]).prediction.said is None
    pipe_at(path)
    assert predict("mine", choices=["more", "less"]).prediction.said is None
    assert predict("mine", choices=["more", "less"]).prediction.say("a")  # and the pipe is gone


def test_what_was_said_last_counts_whichever_cell_or_notebook_said_it(lesson, monkeypatch):
    def ask():
        return predict("a_share", **SPECS["a_share"][0])

    first, second = ask(), ask()
    for cell, value in ((first, 70), (second, 20), (first, 75)):
        fill_in(cell, value)
        assert compare("a_share", 71).said == first._read() == second._read() == value
    Prediction("a_share", first.prediction.kind).say(30)  # as another kernel does
    assert compare("a_share", 71).said == ask()._read() == 30
    fill_in(first, 80)  # a cell that was not run again
    assert compare("a_share", 71).said == ask()._read() == 80
    monkeypatch.setattr(
        kept, "folders", lambda: iter(["/dev/null"])
    )  # nothing can be written there
    fill_in(first, 85)
    assert compare("a_share", 71).said == ask()._read() == 85


@pytest.mark.parametrize("name", SPECS)
def test_what_is_said_after_a_result_was_shown_is_no_prediction_of_it(lesson, name, monkeypatch):
    given, said, found = SPECS[name]

    def compared(value=None):
        """As in a session that has just begun, with the cells run once more first."""
        monkeypatch.setattr(predictions, "_asked", {})
        for _ in range(2):
            view = predict(name, **given)
            if value is not None:
                fill_in(view, value)
            sentence = str(compare(name, found))
        return sentence.removesuffix(predictions._asked[name].afterthought), (
            predictions._asked[name].afterthought
        )

    assert compared()[0].startswith(NONE_MADE)
    late = compared(said)
    assert late[0] == DIFFERENCES[name]
    assert "after a result had been shown; before that, you had made no prediction." in late[1]
    (lesson / "my_rules" / ".predicted" / f"{name}.json").unlink()
    other = predictions._asked[name].kind.read(found)
    assert compared(said) == compared() == (DIFFERENCES[name], "")
    assert "shown; before that, you had said" in compared(other)[1]
    assert compared(other) == compared() and compared(said) == (DIFFERENCES[name], "")


@pytest.mark.parametrize("lost", [ANOTHER, DAMAGED])
def test_what_was_said_and_is_lost_is_not_told_as_nothing(lesson, monkeypatch, lost):
    predict("mine", "digits", between=(0, 9)).prediction.say(3)
    path = lesson / "my_rules" / ".predicted" / "mine.json"
    if lost == DAMAGED:
        path.write_bytes(path.read_bytes()[:-9])
    scale = (0, 9) if lost == DAMAGED else (0, 90)
    for _ in range(2):  # and in the next session
        monkeypatch.setattr(predictions, "_asked", {})
        asked = predict("mine", "digits", between=scale).prediction
        assert str(compare("mine", 5)) == f"{lost} Digits: 5."
    asked.say(5)
    monkeypatch.setattr(predictions, "_asked", {})
    predict("mine", "digits", between=scale)
    assert str(compare("mine", 5)).endswith(f"after a result had been shown. {lost}")


PREDICT_ALL = f"""
import sys
sys.path[:0] = [{str(ROOT / "tests")!r}, {str(ROOT)!r}]
from microlearn import predict
for name, given in {[(name, spec[0]) for name, spec in SPECS.items()]!r}:
    view = predict(name, **given)
    if "choices" in given:
        view.widget.children[0].value = "b"
    else:
        view.say()
    assert predict(name, **given).prediction.said is not None
"""


def test_all_kinds_work_with_colabs_versions(colab_python, lesson):
    done = subprocess.run(
        [colab_python, "-c", PREDICT_ALL],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_progress_counts_answers_that_have_passed_and_says_where_it_looks(lesson, monkeypatch):
    name = "01_weight_perturbation"
    first, second = lessons()[name]["exercises"][:2]
    assert (progress().passed[name], progress().next) == (0, "00_network")
    rules = lesson / "my_rules"
    assert repr(progress()).endswith(
        f"Your answers will be kept in {rules}, where there are none yet. If you have moved this "
        "notebook, move your folder my_rules, too."
    )
    (rules / ".passed").mkdir(parents=True)
    for exercise in (first, second):
        (rules / f"{exercise}.py").write_text(f"{exercise} = 1\n")
    mark = hashlib.sha256((rules / f"{first}.py").read_bytes()).hexdigest()
    (rules / ".passed" / first).write_text(mark)
    seen = progress()
    assert (seen.written[name], seen.passed[name], seen.next) == (2, 1, name)
    assert f'href="../{name}/{name}.ipynb"' in seen._repr_html_()
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(lesson))
        for text in (repr(seen), seen._repr_html_()):
            assert "Your answers are kept in ~/my_rules." in text
    for broken in ("", f"def {second}(", "x = 1\n", "\0"):
        (rules / f"{second}.py").write_text(broken)
        assert progress().words(name).endswith("1 of 2 exercises passed, 1 in a damaged file")


def test_a_full_answer_is_shown_once_there_is_one_of_ones_own(lesson, pipe_at):
    meta = {"nbgrader": {"grade_id": "fewer_voices"}}
    for k, text in enumerate(
        ("[]", '{"cells": [5]}', '{"cells": [{"metadata": {"nbgrader": null}}]}')
    ):
        Path(f"odd{k}.ipynb").write_text(text)
    Path("deep.ipynb").write_text("[" * 100_000)
    Path("dangling.ipynb").symlink_to("nowhere")
    pipe_at(Path("pipe.ipynb"))
    with pytest.raises(TypeError, match="own is 5; it must be your answer in words"):
        answer("fewer_voices", 5)
    for count, shown in ((29, False), (30, True)):
        cell = nbformat.v4.new_markdown_cell("word " * count, metadata=meta)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), "01_lesson.ipynb")
        text = answer("fewer_voices").data
        assert f"`01_lesson.ipynb` has {count} words" in text or shown
        assert f"Your {count} words in* `01_lesson.ipynb`" in text or not shown
    copy = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(copy, "a_copy.ipynb")
    os.utime("01_lesson.ipynb", (0, 0))
    assert answer("fewer_voices").data.startswith("*Your 30 words in* `a_copy.ipynb`")
    for question in (q for lesson in lessons().values() for q in lesson["questions"]):
        text = answer(question, "word " * 30).data
        assert len(text) > 200, question
        assert not re.search("points? for|full marks", text, re.I), question


def test_a_teacher_can_keep_full_answers_closed(tmp_path, monkeypatch):
    (tmp_path / "solutions").mkdir()
    monkeypatch.setattr(answers, "SOLUTIONS", tmp_path / "solutions")
    (tmp_path / "solutions" / "fewer_voices.md").write_text("A full answer.")
    for word in ("true", "false"):
        (tmp_path / "pyproject.toml").write_text(f"[tool.microlearn]\nmodel_answers = {word}\n")
        text = answer("fewer_voices", "word " * 30).data
        assert (text == "A full answer.") is (word == "true")


def test_every_choice_of_a_recap_is_answered_with_its_reason():
    asked = recap("01_weight_perturbation")
    assert len(asked.questions) == 5
    _, choices, said = asked.widget.children[:3]
    for k, (right, _, reason) in enumerate(asked.questions[0]["choices"]):
        choices.value = k
        assert ("Yes." if right else "No.") in said.value
        assert html.escape(reason) in said.value


def test_the_glossary_knows_words_rules_and_symbols_and_offers_near_ones():
    assert "averaging" in str(glossary("bias"))
    assert len(cheat_sheet().rows) == len(rule_names())
    for symbol, words in (
        (s, w) for lesson in lessons().values() for s, w in lesson["symbols"].items()
    ):
        for asked in (symbol, symbol.strip("$"), symbol.strip("$\\").replace("^\\circ", "°")):
            [term, meaning, _] = glossary(asked).rows[0]
            assert meaning.partition(" ")[0] == words.replace("$", "").partition(" ")[0], asked
            assert not set("$\\") & set(term + meaning)
    for asked, term in (("σ", "σ"), ("Psi", "Ψ"), ("W", "W_l"), ("delta_l", "δ_l"), ("h′", "h'")):
        assert glossary(asked).rows[0][0] == term
    for asked, term in (("W_1", "W_l"), ("B_l", "B"), ("W°_{l+1}", "W°"), ("delta_2", "δ_l")):
        assert glossary(asked).rows[0][0] == term
    assert len(glossary("W").rows) == 1  # and no word with a w in it
    with pytest.raises(ValueError, match=r"no 'varianz': try .*variance"):
        glossary("varianz")
    with pytest.raises(ValueError, match="no 'ΔW': try W°"):
        glossary("ΔW_l")
    with pytest.raises(TypeError, match="given in quotes; 5 was given"):
        glossary(5)
    with pytest.raises(ValueError, match="no lesson '00': choose one of 00_network"):
        recap("00")
