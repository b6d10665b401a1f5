"""All answers to one question on one page, to be marked one after the other.

``python -m grader LESSON --mark`` shows the pages in a browser on this machine. A mark goes into
nbgrader's gradebook at once, where the formgrader finds it.
"""

from __future__ import annotations

import html
import json
import secrets
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat

from .bubblewrap import ROOT
from .course import Course
from .formulas import to_html
from .notebooks import grade_id, released

LARGEST = 100_000
"""The bytes of a mark with its comment."""


@dataclass(frozen=True)
class Answer:
    """One student's answer to a question."""

    student: str
    text: str
    points: float | None
    comment: str
    waits: bool


def questions(lesson: str) -> dict[str, float]:
    """The points of each question of a lesson that is marked by hand, by its name."""
    metas = [(cell.cell_type, cell.metadata.get("nbgrader")) for cell in released(lesson).cells]
    marked = [meta for kind, meta in metas if meta and kind == "markdown" and meta["grade"]]
    return {meta["grade_id"]: float(meta["points"]) for meta in marked}


def answers(course: Course, lesson: str, question: str) -> list[Answer]:
    """Every answer to a question that is not blank, those that wait first."""
    found = []
    with course.gradebook() as book:
        for submission in book.assignment_submissions(lesson):
            student = submission.student_id
            path = course.autograded / student / lesson / f"{lesson}.ipynb"
            if not path.is_file():
                continue
            grade = book.find_grade(question, lesson, lesson, student)
            comment = book.find_comment(question, lesson, lesson, student).comment or ""
            points, waits = grade.manual_score, bool(grade.needs_manual_grade)
            if waits or points is not None or grade.auto_score is None:
                found.append(Answer(student, _text(path, question), points, comment, waits))
    return sorted(found, key=lambda each: (not each.waits, each.student))


def mark(
    course: Course, lesson: str, question: str, student: str, points: float, comment: str
) -> None:
    """Put a mark into the gradebook, with a comment or without.

    Raises
    ------
    ValueError
        If the question does not have so many points.
    nbgrader.api.MissingEntry
        If the student has no submission of the lesson.
    """
    most = questions(lesson)[question]
    if not 0 <= points <= most:
        raise ValueError(f"{points:g} points, and the question has from 0 to {most:g}")
    with course.gradebook() as book:
        grade = book.find_grade(question, lesson, lesson, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment(question, lesson, lesson, student).manual_comment = comment or None
        book.db.commit()


def _text(path: object, question: str) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return next((cell.source for cell in cells if grade_id(cell) == question), "")


STYLE = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 90rem; margin: 1rem auto; padding: 0 1rem; display: grid; gap: 2rem;
       grid-template-columns: minmax(0, 2fr) minmax(0, 1fr) }
h1 { grid-column: 1 / -1 }
aside { position: sticky; top: 1rem; align-self: start; max-height: 95vh; overflow: auto }
pre { white-space: pre-wrap; font: inherit } main { overflow-wrap: anywhere }
article { border-left: 4px solid #8886; padding: .1rem 1rem; margin: 1rem 0 }
article.waits { border-color: #c60 }
input[type=number] { width: 5rem } input[name=comment] { width: 24rem; max-width: 100% }
@media (max-width: 50rem) {
  main { grid-template-columns: minmax(0, 1fr); gap: 0 }
  aside { position: static; max-height: none; grid-row: 2 }
}
"""
SCRIPT = """
for (const form of document.forms) form.onsubmit = async event => {
  event.preventDefault();
  const {student, points, comment} = form.elements;
  const body = JSON.stringify({student: student.value, points: points.value, comment: comment.value});
  const answer = await fetch(location.href, {method: 'POST', body});
  form.querySelector('output').textContent = answer.ok ? 'saved' : await answer.text();
  if (!answer.ok) return;
  if (comment.value && ![...used.options].some(option => option.value === comment.value))
    used.append(new Option(comment.value));
  form.closest('article').className = '';
  form.closest('article').nextElementSibling?.querySelector('[name=points]').focus();
};
"""


def page(course: Course, lesson: str, question: str, nonce: str) -> str:
    """The page of one question: the answers, and beside them the question and its marking guide."""
    found, most = answers(course, lesson, question), questions(lesson)[question]
    asked = _text(ROOT / "notebooks" / lesson / f"{lesson}.ipynb", f"{question}_question")
    guide = _text(ROOT / "solutions" / lesson / f"{lesson}.ipynb", question)
    used = sorted({each.comment for each in found if each.comment})
    options = "".join(f"<option>{html.escape(each)}</option>" for each in used)
    articles = "".join(_article(n, each, most) for n, each in enumerate(found, 1))
    others = " · ".join(f'<a href="{name}">{name}</a>' for name in questions(lesson))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{question}</title>'
        f'<meta name="viewport" content="width=device-width"><style nonce="{nonce}">{STYLE}</style>'
        f"<main><h1>{question}</h1><section><p>{others}</p>{articles or '<p>No answers.</p>'}</section>"
        '<aside tabindex="0" aria-label="Question and marking guide">'
        f"<h2>Question</h2>{to_html(asked)}"
        f"<h2>Marking guide</h2>{to_html(guide)}<p>Enter saves a mark and goes on.</p>"
        f'</aside></main><datalist id="used">{options}</datalist>'
        f'<script nonce="{nonce}">{SCRIPT}</script></html>'
    )


def _article(number: int, answer: Answer, most: float) -> str:
    points = "" if answer.points is None else f"{answer.points:g}"
    student, comment = html.escape(answer.student), html.escape(answer.comment)
    return (
        f'<article class="{"waits" if answer.waits else ""}"><h2>Answer {number}</h2>'
        f"<pre>{html.escape(answer.text)}</pre><form>"
        f'<input type="hidden" name="student" value="{student}">'
        f'<label>Points of {most:g} <input type="number" name="points" required min="0" max="{most:g}" '
        f'step="any" value="{points}"></label> <label>Comment '
        f'<input name="comment" list="used" autocomplete="off" value="{comment}"></label> '
        "<button>Save</button> <output></output></form></article>"
    )


def server(course: Course, lesson: str) -> tuple[ThreadingHTTPServer, str]:
    """A server of the pages on this machine, which is not running yet, and the address to open. Nobody
    without the address can read or write."""
    key, names = secrets.token_urlsafe(24), questions(lesson)

    class Pages(BaseHTTPRequestHandler):
        def _question(self) -> str | None:
            _, given, name = (*self.path.split("/"), "", "")[:3]
            here = self.headers.get("Host") == f"127.0.0.1:{made.server_port}"
            right = secrets.compare_digest(given.encode(), key.encode())
            return name if here and right and name in names else None

        def _answer(self, status: int, text: str, policy: str = "default-src 'none'") -> None:
            raw, kind = text.encode(errors="replace"), "html" if status == 200 else "plain"
            self.send_response(status)
            for name, value in {
                "Content-Type": f"text/{kind}; charset=utf-8",
                "Content-Length": str(len(raw)),
                "Content-Security-Policy": policy,
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            if not (name := self._question()):
                return self._answer(404, "There is no such page.")
            nonce = secrets.token_urlsafe(16)
            own = f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'"
            return self._answer(
                200, page(course, lesson, name, nonce), f"default-src 'none'; {own}"
            )

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if not (name := self._question()) or not 0 < size <= LARGEST:
                return self._answer(404, "There is no such page.")
            try:
                given = json.loads(self.rfile.read(size))
                student, comment = str(given["student"]), str(given["comment"])
                mark(course, lesson, name, student, float(given["points"]), comment)
            except Exception as error:  # the page shows it beside the field
                return self._answer(400, f"not saved: {error}")
            return self._answer(200, "saved")

        def log_message(self, *_: object) -> None:
            """Print nothing for each page."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    return made, f"http://127.0.0.1:{made.server_port}/{key}/{next(iter(names), '')}"
