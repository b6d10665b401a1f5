"""The score card: what it says, in which order, and on paper."""

from __future__ import annotations

import csv
import errno
import itertools
import math
from dataclasses import replace
from pathlib import Path

import browser
import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, needs_browser

from microlearn import get_exercise, printable, progress, rule_names, score_card
from microlearn.course.score_card import DATA
from microlearn.results import FOLDER
from microlearn.results.gains import Recording
from microlearn.rules import OBJECTIONS, get_rule
from microlearn.widgets.card import CardView

SCRIPT = ROOT / "docs" / "site" / "static" / "score_card.js"


@pytest.fixture(scope="module")
def card():
    return score_card(measured={"backprop": (0.0, 0.0), "node_perturbation": (5.0, 7.5)})


def test_a_gain_is_the_mean_over_seeds_of_what_a_rule_has_above_frozen_layers():
    lines = (FOLDER / "mnist_deep.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    tested = [r for r in rows if r["test_accuracy"]]
    last = {(r["rule"], r["seed"]): float(r["test_accuracy"]) for r in tested}
    seeds = sorted({seed for _, seed in last})
    gains = [last["sign_symmetry", s] - last["frozen_hidden", s] for s in seeds]
    recording = Recording("mnist_deep", "")
    found, epochs = recording.gains(get_rule("sign_symmetry"), "mnist")
    assert sorted(found) == pytest.approx(sorted(gains))
    assert epochs == max(float(r["epoch"]) for r in rows)
    assert recording.gains(get_rule("sign_symmetry"), "fashion_mnist") is None
    assert recording.gains(get_rule("lra_diff"), "mnist") is None
    assert Recording("nothing", "").gains(get_rule("backprop"), "mnist") is None


def test_the_card_is_a_table_with_a_caption_and_a_head_for_each_row_and_column(card):
    table = BeautifulSoup(card.html(), "html.parser").table
    assert table.caption.get_text(strip=True)
    heads = table.thead.find_all("th")
    assert all(head["scope"] == "col" for head in heads)
    rows = table.tbody.find_all("tr")
    assert [row.th.text for row in rows] == [get_rule(name).title for name in rule_names()]
    for row in rows:
        assert row.th["scope"] == "row"
        assert len(row.find_all("td")) == len(heads) - 1
    said = repr(card).splitlines()
    assert len(said) == len(rows)
    for rule, words in zip(card.rules, said, strict=True):
        assert all(cell.text in words for cell in card.cells[rule.name].values())


def test_what_was_not_run_is_said_and_stands_last(card):
    table = card.table
    for column in (*DATA, "bias", "noise"):
        missing = [r for r in card.rules if math.isnan(table[column][r.name])]
        assert all(card.cells[r.name][column].text in ("not run", "none") for r in missing)
        last = card.sorted_by(column, card.rules)[len(card.rules) - len(missing) :]
        assert last == missing


def test_each_order_keeps_all_rules_and_goes_from_good_to_bad(card):
    table = card.table
    gains = [table["mnist"][r.name] for r in card.sorted_by("mnist", card.rules)]
    gains = [gain for gain in gains if gain == gain]
    assert gains == sorted(gains, reverse=True)
    for name, objection in OBJECTIONS.items():
        ordered = card.sorted_by(name, card.rules)
        assert sorted(r.name for r in ordered) == sorted(rule_names())
        answers = [table[name][r.name] for r in ordered]
        ranks = [
            [objection.wanted, "in part"].index(a) if a in (objection.wanted, "in part") else 2
            for a in answers
        ]
        assert ranks == sorted(ranks)


def test_the_card_leaves_the_rules_that_the_exercise_leaves(card):
    facts = [vars(rule.plausibility) for rule in card.rules]
    plausible = get_exercise("plausible_rules")
    for answers in itertools.product(("", "yes", "no"), repeat=len(OBJECTIONS)):
        asked = {name: a for name, a in zip(OBJECTIONS, answers, strict=True) if a}
        left = card.left(asked)
        assert [rule in left for rule in card.rules] == list(
            np.asarray(plausible(facts, asked), bool)
        )


def test_boxes_and_lists_of_the_view_change_the_table_and_say_how_many_are_left(card):
    view = CardView(card)

    def names():
        table = BeautifulSoup(view._table.value, "html.parser").table
        return [row.th.text for row in table.tbody.find_all("tr")]

    view.asked["update_locking"].value = True
    wanted = [r.title for r in card.left({"update_locking": "no"})]
    assert names() == wanted
    assert (
        f"{len(wanted)} of {len(card.rules)} rules. A page to print has all" in view._status.value
    )
    view.asked["update_locking"].value = False
    assert "print" not in view._status.value
    view.order.value = "mnist"
    assert names() == [r.title for r in card.sorted_by("mnist", card.rules)]
    assert view.networks.value == "all rules"
    kind = get_rule("frozen_kernels").network
    view.networks.value = next(text for text in view.networks.options if "convolutional" in text)
    assert set(names()) == {r.title for r in card.rules if r.network is kind}
    view.reasons.value = True
    assert "ml-reasons" in BeautifulSoup(view._table.value, "html.parser").table["class"]


def test_a_page_to_print_holds_all_that_it_is_given(card, tmp_path):
    page = printable(tmp_path / "card.html", card, progress(), title="Mine & yours")
    text = BeautifulSoup((tmp_path / "card.html").read_text(encoding="utf-8"), "html.parser")
    assert text.title.text == text.h1.text == "Mine & yours"
    assert len(text.find_all("section")) == 2
    assert text.find("table", class_="ml-card")
    assert str(tmp_path) in repr(page)
    with pytest.raises(TypeError, match="what a notebook shows as HTML"):
        printable(tmp_path / "no.html", 3)
    for path, words in (
        (3, "path is 3"),
        (tmp_path, "is a folder"),
        ("no/card.html", "is no folder"),
        (tmp_path / "card.pdf", 'a page has a name like "card.html"'),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            printable(path, progress())


def test_a_page_to_print_replaces_an_earlier_page_and_nothing_else(tmp_path, pipe_at, monkeypatch):
    printable(tmp_path / "card.html", progress())
    printable(tmp_path / "card.html", progress(), title="again")
    assert "<title>again" in (tmp_path / "card.html").read_text(encoding="utf-8")
    for name in ("mine.html", "00_network.ipynb", "rule.py"):
        (tmp_path / name).write_text("mine")
        with pytest.raises((FileExistsError, ValueError)):
            printable(tmp_path / name, progress())
        assert (tmp_path / name).read_text() == "mine"
    pipe_at(tmp_path / "pipe.html")
    with pytest.raises(FileExistsError):
        printable(tmp_path / "pipe.html", progress())

    def full(*_, **settings):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(
        OSError, match=r"card\.html can't be written .No space.*: make room, see to"
    ):
        printable(tmp_path / "card.html", progress(), title="once more")
    assert "<title>again" in (tmp_path / "card.html").read_text(encoding="utf-8")


def test_what_was_measured_is_on_the_card_or_refused():
    card = score_card("backprop", measured={"backprop": [1, np.float32(2)]})
    assert list(card.table.noise) == [2]
    for measured, words in (
        ({"back_prop": (1, 2)}, "There is no rule 'back_prop'"),
        ({"backprop": 5}, r"measured\['backprop'\] is 5; it must be two numbers"),
        ({"backprop": ("1", "2")}, "the bias of backprop is '1'"),
        (
            {"backprop": (200, 2)},
            "the bias of backprop is 200; it must be a finite number from 0 to",
        ),
        (5, "measured is 5; it must be a dict"),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            score_card(measured=measured)
    with pytest.raises(ValueError, match="measured has pepita, which is not on this card: give it"):
        score_card("backprop", measured={"pepita": (1, 1)})
    assert "bias: undefined" in repr(score_card("pepita", measured={"pepita": (math.nan, 1)}))
    changed = replace(get_rule("backprop"), title="Mine")  # of which nobody has recorded anything
    assert np.isnan(score_card(changed).table.mnist.item())
    called = replace(changed, name="own"), replace(changed, name="other", passes=9)
    with pytest.raises(ValueError, match="own and other have one title, 'Mine', and rows"):
        score_card(called)
    with pytest.raises(ValueError, match="backprop is given more than once"):
        score_card(["backprop", "backprop"])


@needs_browser
def test_the_script_of_the_site_sorts_and_filters_as_the_card_does(card, tmp_path):
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "card.html"
    script = SCRIPT.read_text(encoding="utf-8")
    page_file.write_text(
        f"<meta charset=utf-8>{card.html()}<script>{script}</script>", encoding="utf-8"
    )
    with sync_playwright() as start:
        chromium = start.chromium.launch(executable_path=browser.chromium(), args=["--no-sandbox"])
        page = chromium.new_page()
        page.goto(page_file.as_uri())
        seen = page.locator("tbody tr:not([hidden]) th")
        page.get_by_role("button", name="MNIST", exact=True).press("Enter")
        assert seen.all_inner_texts() == [r.title for r in card.sorted_by("mnist", card.rules)]
        page.get_by_role("button", name="rule").press("Enter")
        page.get_by_label("local: yes").press("Space")
        left = card.left({"locality": "yes"})
        assert seen.all_inner_texts() == [r.title for r in left]
        assert page.get_by_role("status").inner_text() == f"{len(left)} of {len(card.rules)} rules"
        chromium.close()
