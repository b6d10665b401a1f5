"""Words and symbols in plain words, and a table of all rules, from lessons, catalogue and stubs."""

from __future__ import annotations

import difflib
import html
import inspect
import re
from collections.abc import Sequence

from ..exercises import exercise_names, stub
from ..measures import MEASURES
from ..numbers import said
from ..rules import get_rule, rule_names, words_of
from . import lessons


class Table:
    """Rows of text under a head, for a notebook to show."""

    def __init__(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.head, self.rows = head, rows

    def _repr_html_(self) -> str:
        def line(row: Sequence[str], tag: str) -> str:
            look = "text-align:left;white-space:pre-wrap;vertical-align:top"
            cells = (f'<{tag} style="{look}">{_typeset(text)}</{tag}>' for text in row)
            return f"<tr>{''.join(cells)}</tr>"

        body = "".join(line(row, "td") for row in self.rows)
        return f"<table><thead>{line(self.head, 'th')}</thead><tbody>{body}</tbody></table>"

    def __repr__(self) -> str:
        return "\n".join("; ".join(row) for row in self.rows)


def _typeset(text: str) -> str:
    """As HTML: subscripts are set low, and a wide gap before a remark becomes a narrow one."""
    low = re.sub(
        r"_(?:\{([^}]*)\}|([A-Za-z0-9])(?![A-Za-z0-9_]))", r"<sub>\1\2</sub>", html.escape(text)
    )
    return re.sub(" {3,}", "\u2003", low)


def terms() -> dict[str, tuple[str, str]]:
    """Each word or symbol with what it means and where it comes from."""
    found: dict[str, tuple[str, str]] = {}
    for name in rule_names():
        rule = get_rule(name)
        found[rule.title] = (_idea(rule.idea), "rule")
    for name in exercise_names():
        found.setdefault(words_of(name), (_idea(name), "exercise"))
    for measure in MEASURES.values():
        found.setdefault(measure.title, (f"A measure of a run: {measure.title}.", "measure"))
    for name, lesson in lessons().items():
        for symbol, words in lesson["symbols"].items():
            found[_plain(symbol)] = (_plain(words), f"lesson {name[:2]}")
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def glossary(word: str = "") -> Table:
    """Show what a word or symbol means; without one, all of them. A Greek letter may be spelled out.

    Raises
    ------
    ValueError, TypeError
        If nothing is like it, and the message offers the nearest words; or it is no text.
    """
    if not isinstance(word, str):
        raise TypeError(f"A word or a symbol is given in quotes; {said(word)} was given.")
    known = terms()
    symbol = _untexed(word.strip().strip("$"))
    asked = _sought(symbol)
    tries = dict.fromkeys([asked, re.sub("[a-z]+", lambda name: _letter(name[0]), asked)])
    hits = {
        term: known[term]
        for term in sorted(known, key=lambda term: (_sought(term) not in tries, term != symbol))
        if any(_about(each, _sought(term), _sought(known[term][0])) for each in tries)
    }
    whole, index, _ = symbol.partition("_")
    if not hits and index and len(_letter(whole)) <= 2:  # W_1, where the lessons explain W_l
        return glossary(whole)
    if not hits:
        written = {term.lower(): term for term in known}
        near = difflib.get_close_matches(asked, written, n=3, cutoff=0.4)
        offer = (
            f"try {', '.join(written[term] for term in near)}" if near else "glossary() shows all"
        )
        raise ValueError(f"The glossary has no {word!r}: {offer}.")
    rows = [(term, said, source) for term, (said, source) in hits.items()]
    return Table(("word", "meaning", "from"), rows)


def _sought(text: str) -> str:
    return text.casefold().replace("_", " ").replace("′", "'")


def _about(asked: str, term: str, meaning: str) -> bool:
    """Whether a term is asked for by its name or a part of it, or by a word of its meaning; one or two
    letters are a symbol, and no part of a word."""
    words = [word.strip(".,:;()[]") for word in meaning.split()]
    within = term.split() if 0 < len(asked) <= 2 else term
    return asked in within or (asked != "" and asked in words)


def _plain(text: str) -> str:
    """Text whose formulas, between dollar signs in the lessons, are written as in the stubs: W°, δ_l."""
    return re.sub(r"\$([^$]*)\$", lambda found: _untexed(found[1]).replace("-", "−"), text)


def _untexed(formula: str) -> str:
    for tex, sign in (("\\circ", "°"), ("\\top", "ᵀ"), ("\\sqrt", "√")):
        formula = formula.replace(tex, sign)
    formula = re.sub(r"√\{([^}]*)\}", r"√(\1)", re.sub(r"\^\{([^}]*)\}|\^", r"\1", formula))
    return re.sub(r"\\([A-Za-z]+) ?", lambda name: _letter(name[1]), formula)


def _letter(name: str) -> str:
    """The Greek letter of that name; else the name itself."""
    letter = html.unescape(f"&{name};")
    return letter if re.fullmatch("[\u0370-\u03ff]", letter) else name


def cheat_sheet() -> Table:
    """Show all rules: what each does, its equation, and where it is written."""
    taught = {e: name[:2] for name, lesson in lessons().items() for e in lesson["exercises"]}
    rows = []
    for name in rule_names():
        rule = get_rule(name)
        text = inspect.getdoc(stub(rule.idea)) or ""
        equations = [
            line.strip()
            for line in text.split("\n\nParameters")[0].splitlines()
            if line[:4] == "    "
        ]
        where = taught.get(rule.idea, "")
        rows.append((rule.title, _idea(rule.idea), "\n".join(equations), where))
    return Table(("rule", "what it does", "equation", "lesson"), rows)


def _idea(exercise: str) -> str:
    """The first paragraph of a stub's docstring."""
    return " ".join((inspect.getdoc(stub(exercise)) or "").split("\n\n")[0].split())
