"""Notebooks that are broken, by accident or not, and those that would have the grader believe them."""

from __future__ import annotations

import base64
import codecs
import copy
import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from .answers import EXERCISE, LESSON, WRONG, cell, save, submission

CHECK = f"check_{EXERCISE}"


def wrong(released):
    """The released notebook with a wrong answer."""
    notebook = copy.deepcopy(released)
    cell(notebook, EXERCISE).source = "from microlearn import fill\n\n@fill" + WRONG
    return notebook


def write_json(folder, content) -> None:
    (folder / f"{LESSON}.ipynb").write_text(json.dumps(content), encoding="utf-8")


def write_raw(folder, raw: bytes) -> None:
    (folder / f"{LESSON}.ipynb").write_bytes(raw)


# --- broken, and honest: the answer is there, and right ---------------------------------------------


@submission(earns=1.0, nbgrader=True)
def the_check_cell_is_deleted(folder, released, solved):
    solved.cells.remove(cell(solved, CHECK))
    save(solved, folder)


@submission(earns=1.0, nbgrader=True)
def the_answer_cell_is_copied(folder, released, solved):
    answer = cell(solved, EXERCISE)
    solved.cells.insert(0, copy.deepcopy(answer))
    save(solved, folder)


@submission(earns=1.0, nbgrader=True)
def a_copy_of_the_answer_cell_is_used_for_scratch(folder, released, solved):
    scratch = copy.deepcopy(cell(solved, EXERCISE))
    scratch.source = f"np.arange(3)\n{EXERCISE} == np.sum"
    solved.cells.insert(solved.cells.index(cell(solved, EXERCISE)) + 1, scratch)
    save(solved, folder)


@submission(earns=1.0)
def the_answer_cell_is_split(folder, released, solved):
    answer = cell(solved, EXERCISE)
    head, tail = copy.deepcopy(answer), copy.deepcopy(answer)
    head.source, definition = answer.source.split("@fill")
    answer.source, tail.source = f"@fill{definition}", "# Is this right?"
    at = solved.cells.index(answer)
    solved.cells[at : at + 1] = [head, answer, tail]
    save(solved, folder)


@submission(earns=0.0, nbgrader=True)
def a_wrong_answer_stands_below_a_right_one(folder, released, solved):
    answer = copy.deepcopy(cell(solved, EXERCISE))
    answer.source = cell(wrong(released), EXERCISE).source
    solved.cells.insert(solved.cells.index(cell(solved, EXERCISE)) + 1, answer)
    save(solved, folder)


@submission(earns=1.0, nbgrader=True)
def the_check_cell_is_copied_ten_times(folder, released, solved):
    check = cell(solved, CHECK)
    solved.cells += [copy.deepcopy(check) for _ in range(10)]
    save(solved, folder)


@submission(earns=1.0)
def the_cells_are_in_another_order(folder, released, solved):
    solved.cells.reverse()
    save(solved, folder)


@submission(earns=1.0, nbgrader=True)
def the_grade_flags_are_flipped(folder, released, solved):
    for each in solved.cells:
        if "nbgrader" in each.metadata:
            each.metadata.nbgrader.update(
                grade=not each.metadata.nbgrader.grade, solution=False, locked=False
            )
    save(solved, folder)


@submission(earns=1.0, nbgrader=True)
def the_check_has_become_text(folder, released, solved):
    at = solved.cells.index(cell(solved, CHECK))
    text = new_markdown_cell("all right")
    text.metadata = solved.cells[at].metadata
    solved.cells[at] = text
    save(solved, folder)


@submission(earns=1.0, nbgrader=True)
def the_metadata_is_gone(folder, released, solved):
    for each in solved.cells:
        each.metadata = {}
    solved.metadata = {}
    save(solved, folder)


@submission(earns=1.0)
def the_cell_ids_are_gone(folder, released, solved):
    solved.nbformat_minor = 4
    for each in solved.cells:
        del each["id"]
    save(solved, folder)


@submission(earns=1.0)
def all_cells_have_the_same_id(folder, released, solved):
    for each in solved.cells:
        each.id = "a"
    write_json(folder, solved)


@submission(earns=1.0)
def an_old_format(folder, released, solved):
    (folder / f"{LESSON}.ipynb").write_text(
        json.dumps(nbformat.convert(solved, 3)), encoding="utf-8"
    )


@submission(earns=1.0)
def a_byte_order_mark(folder, released, solved):
    write_raw(folder, codecs.BOM_UTF8 + nbformat.writes(solved).encode())


@submission(earns=1.0)
def utf_16(folder, released, solved):
    write_raw(folder, nbformat.writes(solved).encode("utf-16"))


@submission(earns=1.0)
def another_encoding_in_a_text_cell(folder, released, solved):
    solved.cells.append(new_markdown_cell("PLACE"))
    write_raw(folder, nbformat.writes(solved).encode().replace(b"PLACE", b"caf\xe9 \xff\xfe\x80"))


@submission(earns=1.0, nbgrader=True)
def letters_that_no_file_can_hold(folder, released, solved):
    solved.cells.append(new_markdown_cell("half a letter: \ud800"))
    solved.cells.append(new_code_cell("'another half: \udfff'"))
    write_json(folder, solved)


@submission(earns=1.0)
def windows_line_ends(folder, released, solved):
    cell(solved, EXERCISE).source = cell(solved, EXERCISE).source.replace("\n", "\r\n")
    save(solved, folder)


@submission(earns=1.0, nbgrader=True)
def ten_thousand_cells(folder, released, solved):
    solved.cells += [new_code_cell(f"x{k} = {k}") for k in range(10_000)]
    save(solved, folder)


@submission(earns=1.0)
def fifty_megabytes_in_one_line_of_output(folder, released, solved):
    solved.cells[-2].outputs = []
    solved.cells.append(
        new_code_cell("1", outputs=[new_output("stream", name="stdout", text="x" * 50_000_000)])
    )
    save(solved, folder)


@submission(earns=1.0)
def a_line_of_code_of_a_megabyte(folder, released, solved):
    solved.cells.append(new_code_cell("np = [" + "1, " * 400_000 + "]"))
    save(solved, folder)


@submission(earns=1.0)
def a_pickle_in_an_output(folder, released, solved):
    pickle = base64.b64encode(b"cos\nsystem\n(S'touch hostile_was_here'\ntR.").decode()
    for kind in ("application/x-python-pickle", "application/octet-stream", "image/png"):
        output = new_output("display_data", data={kind: pickle})
        solved.cells.append(new_code_cell("1", outputs=[output]))
    save(solved, folder)


@submission(earns=1.0)
def scripts_in_text_and_outputs(folder, released, solved):
    script = "<script>fetch('/formgrader/api/grade/1', {method: 'PUT'})</script>"
    solved.cells.append(new_markdown_cell(script))
    output = new_output("display_data", data={"text/html": script, "application/javascript": "1"})
    solved.cells.append(new_code_cell("1", outputs=[output]))
    cell(solved, "blame_without_a_target").source = script
    save(solved, folder)


LINKS = r"""
[a](javascript:alert(1)) [a]( JaVaScRiPt:alert(1)) [a](<javascript:alert(1)>) [a](< javascript:alert(1)>)
[a](&#106;avascript:alert(1)) [a](javascript&colon;alert(1)) [a](javascript\:alert(1)) [a](
javascript:alert(1)) [a](java&Tab;script:alert(1)) [a](&#1;javascript:alert(1)) [a](vbscript:alert(1))
[a](data:text/html,alert(1)) <javascript:alert(1)> ![a](javascript:alert(1)) [p][p] [q] [r][] ![s]
[![a](https://example.org/b.png)](javascript:alert(1)) [a](attachment:alert) ![a](attachment:alert)

[p]: javascript:alert(1)
[q]:
  javascript:alert(1) "t"

> [r]: javascript:alert(1)

- [s]: <javascript:alert(1)>

| a |
|---|
| [a](javascript:alert(1)) |
"""
HONEST_LINKS = """
[a](https://example.org/a_(b)) ![b](https://example.org/b.png "b") [c](mailto:c@example.org) [d][]
![e](attachment:e.png) ![f](data:image/png;base64,AAAA) $W[l](x)$ https://example.org/g

[d]: http://example.org/d
"""


@submission(earns=1.0)
def links_that_run_scripts(folder, released, solved):
    question = cell(solved, "blame_without_a_target")
    question.source = LINKS + HONEST_LINKS
    question.attachments = {
        "e.png": {"image/png": "AAAA", "text/html": "alert"},
        "alert": {"text/html": "YWxlcnQ="},
    }
    solved.cells.append(copy.deepcopy(question))
    solved.cells[-1].metadata = {}
    solved.cells[-1].id = "another"
    save(solved, folder)


@submission(earns=1.0)
def a_kernel_that_does_not_exist(folder, released, solved):
    solved.metadata.kernelspec = {"name": "../../bin/sh", "display_name": "x", "language": "R"}
    save(solved, folder)


@submission(earns=1.0)
def other_cells_that_never_end(folder, released, solved):
    solved.cells.insert(0, new_code_cell("while True: pass"))
    solved.cells.insert(0, new_code_cell("import os; os._exit(0)"))
    solved.cells.append(new_code_cell("def broken(:"))
    save(solved, folder)


@submission(earns=1.0)
def cells_nested_too_deep_for_python(folder, released, solved):
    solved.cells.insert(0, new_code_cell("np = " + "not " * 900 + "1"))
    solved.cells.insert(0, new_code_cell("x = " + "(" * 5000))
    solved.cells.insert(0, new_code_cell("x = " + "-" * 90_000 + "1"))
    save(solved, folder)


@submission(earns=1.0)
def numbers_that_json_does_not_know(folder, released, solved):
    solved.metadata["x"] = [float("nan"), float("inf")]
    write_json(folder, solved)


@submission(earns=1.0)
def metadata_of_the_wrong_kind(folder, released, solved):
    for each in solved.cells:
        each.metadata = {"nbgrader": ["grade_id", EXERCISE], "tags": 7}
    cell_ = solved.cells[0]
    cell_.metadata = {"nbgrader": {"grade_id": ["a"], "points": "many", "schema_version": "x"}}
    write_json(folder, solved)


# nbgrader itself reads no such file.
@submission(earns=1.0)
def cells_without_a_type_or_metadata(folder, released, solved):
    content = json.loads(nbformat.writes(solved))
    content["cells"].append({"source": "a remark", "metadata": {}})
    for each in content["cells"]:
        if each.get("id") != EXERCISE:
            del each["metadata"]
    write_json(folder, content)


@submission(earns=1.0)
def a_kind_of_cell_in_letters_that_no_file_can_hold(folder, released, solved):
    content = json.loads(nbformat.writes(solved))
    for each in content["cells"]:
        if each["id"] == EXERCISE:
            each["cell_type"] = "\ud800\x1b[8m"
    write_json(folder, content)


@submission(earns=1.0)
def a_helper_of_ten_thousand_names(folder, released, solved):
    names = [f"a{number}" for number in range(10_000)]
    solved.cells.insert(0, new_code_cell("=".join(names) + "= 0"))
    answer = cell(solved, EXERCISE)
    answer.source += f"    return [{', '.join(names)}]\n"
    save(solved, folder)


# --- those that ask for more than their answer is worth ---------------------------------------------


@submission(earns=0.0, nbgrader=True)
def the_points_are_edited(folder, released, solved):
    notebook = wrong(released)
    for each in notebook.cells:
        if each.metadata.get("nbgrader", {}).get("grade"):
            each.metadata.nbgrader.points = 1000
    save(notebook, folder)


@submission(earns=0.0, nbgrader=True)
def the_check_cell_is_edited(folder, released, solved):
    notebook = wrong(released)
    cell(notebook, CHECK).source = "4.0"
    cell(notebook, CHECK).metadata.nbgrader.update(locked=False, solution=True, checksum="0")
    save(notebook, folder)


@submission(earns=0.0)
def the_points_stand_in_the_output_already(folder, released, solved):
    notebook = wrong(released)
    for each in notebook.cells:
        if each.cell_type == "code":
            each.outputs = [
                new_output("execute_result", data={"text/plain": "4.0"}, execution_count=1)
            ]
            each.execution_count = 1
    save(notebook, folder)


@submission(earns=0.0, nbgrader=True)
def a_score_in_the_metadata(folder, released, solved):
    notebook = wrong(released)
    for each in notebook.cells:
        if "nbgrader" in each.metadata:
            each.metadata.nbgrader.update(
                score=4.0, auto_score=4.0, manual_score=4.0, extra_credit=9
            )
    notebook.metadata["celltoolbar"] = "Create Assignment"
    save(notebook, folder)


@submission(earns=0.0, nbgrader=True)
def a_check_cell_of_its_own(folder, released, solved):
    notebook = wrong(released)
    for name in ("check_gift", "check_../../solutions/mean_squared_error", "check_os"):
        gift = new_code_cell("100.0")
        gift.metadata.nbgrader = dict(
            cell(released, CHECK).metadata.nbgrader, grade_id=name, points=100
        )
        notebook.cells.append(gift)
    save(notebook, folder)


@submission(earns=0.0)
def the_wrong_answer_under_the_name_of_every_other(folder, released, solved):
    notebook = wrong(released)
    answer = cell(notebook, EXERCISE)
    for each in notebook.cells:
        if each.metadata.get("nbgrader", {}).get("solution") and each.cell_type == "code":
            each.source = answer.source
    save(notebook, folder)


@submission(earns=0.0, nbgrader=True)
def the_check_is_redefined_and_the_shell_called(folder, released, solved):
    notebook = wrong(released)
    answer = cell(notebook, EXERCISE)
    answer.source = (
        "!touch hostile_was_here\n%cd /\n%%bash\nget_ipython().run_cell = print\n"
        "get_ipython().ast_transformers.append(None)\n" + WRONG
    )
    save(notebook, folder)


@submission(earns=0.0, nbgrader=True)
def the_gradebook_is_written_to(folder, released, solved):
    notebook = wrong(released)
    cell(notebook, EXERCISE).source = (
        "import sqlite3, glob\n"
        "for path in glob.glob('/**/gradebook.db', recursive=True) + ['gradebook.db']:\n"
        "    with sqlite3.connect(path) as book:\n"
        "        book.execute('UPDATE grade SET auto_score = 99, manual_score = 99')\n" + WRONG
    )
    save(notebook, folder)


# --- those in which there is no answer to be found ----------------------------------------------------


@submission(earns=None)
def an_empty_file(folder, released, solved):
    write_raw(folder, b"")


@submission(earns=None, nbgrader=True)
def half_a_file(folder, released, solved):
    raw = nbformat.writes(solved).encode()
    write_raw(folder, raw[: len(raw) // 2])


@submission(earns=None)
def a_file_of_zeros(folder, released, solved):
    write_raw(folder, bytes(1_000_000))


@submission(earns=None)
def a_picture(folder, released, solved):
    write_raw(folder, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100)


@submission(earns=None)
def a_page_that_says_not_logged_in(folder, released, solved):
    write_raw(folder, b"<!DOCTYPE html><html><body>Please log in</body></html>")


@submission(earns=None)
def a_number(folder, released, solved):
    write_raw(folder, b"42")


@submission(earns=None)
def a_list(folder, released, solved):
    write_json(folder, [solved])


@submission(earns=None)
def a_hundred_thousand_brackets(folder, released, solved):
    write_raw(folder, b'{"cells": ' + b"[" * 100_000)


@submission(earns=None)
def cells_that_are_a_number(folder, released, solved):
    write_json(folder, {"cells": 7, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@submission(earns=None)
def a_format_of_the_future(folder, released, solved):
    solved.nbformat = 99
    write_json(folder, solved)


@submission(earns=None)
def a_format_in_letters_that_no_terminal_should_show(folder, released, solved):
    solved.nbformat = "\ud800\x1b[8m"
    write_json(folder, solved)


@submission(earns=None)
def more_cells_than_memory_holds(folder, released, solved):
    text = new_markdown_cell("")
    write_json(folder, dict(solved, cells=solved.cells + [text] * 30_000))


@submission(earns=None)
def no_cells(folder, released, solved):
    solved.cells = []
    write_json(folder, solved)


@submission(earns=None, nbgrader=True)
def cells_that_are_anything_but_cells(folder, released, solved):
    things = [1, None, "text", [], {}, {"cell_type": "code"}, {"cell_type": 7, "source": 7}]
    things += [{"cell_type": "code", "source": {"a": 1}, "metadata": 3, "outputs": "none"}]
    write_json(folder, {"cells": things, "metadata": [], "nbformat": 4, "nbformat_minor": 5})


@submission(earns=None)
def ten_million_lists_under_a_name_that_nobody_knows(folder, released, solved):
    text = json.dumps(solved)
    write_raw(folder, f'{text[:-1]}, "more": [{"[]," * 10_000_000}[]]}}'.encode())


@submission(earns=1.0)
def a_number_of_a_million_digits(folder, released, solved):
    text = json.dumps(solved)
    write_raw(folder, f'{text[:-1]}, "more": {"9" * 1_000_000}}}'.encode())


@submission(earns=None)
def a_hundred_thousand_pictures_and_as_many_links(folder, released, solved):
    text = new_markdown_cell("](x" * 100_000)
    text.attachments = {f"p{n}.png": {"image/png": "AAAA"} for n in range(100_000)}
    solved.cells.append(text)
    save(solved, folder)


@submission(earns=0.0)
def the_cells_are_there_twice_and_the_last_count(folder, released, solved):
    right, blank = json.dumps(solved), json.dumps(wrong(released))
    write_raw(folder, f"{right[:-1]}, {blank[1:]}".encode())


@submission(earns=0.0)
def text_that_runs_the_other_way(folder, released, solved):
    answer = cell(wrong(released), EXERCISE).source
    cell(solved, EXERCISE).source = answer.replace("0.0", "0.0 # \u202e 5.0 nruter \u2066")
    save(solved, folder)


# Of two answers that were changed the last counts, whatever it is called.
@submission(earns=0.0)
def names_of_cells_that_are_one_name_in_other_letters(folder, released, solved):
    copied = copy.deepcopy(cell(wrong(released), EXERCISE))
    copied.metadata.nbgrader.grade_id = "\uff4dean_squared_error"
    copied.id = "twin"
    solved.cells.append(copied)
    save(solved, folder)
