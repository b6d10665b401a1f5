"""The questions at the end of a lesson, answered at once with the reason for every choice."""

from __future__ import annotations

import html
from functools import partial

import ipywidgets as widgets

from ..predictions import STYLE
from .in_cells import InCells
from .predicting import LOOKS
from .showing import display_live, display_what_stays


class Recap(InCells):
    """The questions of a lesson, for :func:`microlearn.course.recap`. Nothing is kept or graded."""

    def __init__(self, questions: list[dict]) -> None:
        self.questions = questions
        self._live = widgets.HTML()
        rows: list[widgets.Widget] = []
        for number, question in enumerate(self.questions, 1):
            choices = widgets.RadioButtons(
                options=[(text, k) for k, (_, text, _) in enumerate(question["choices"])],
                value=None,
                layout=widgets.Layout(width="auto"),
            )
            said = widgets.HTML(layout=widgets.Layout(margin="0 2px 14px"))
            choices.observe(partial(self._answered, question, said), "value")
            rows += [
                widgets.HTML(f"<b>{number}. {html.escape(question['ask'])}</b>"),
                choices,
                said,
            ]
        self.widget = widgets.VBox(
            [*rows, widgets.HTML(LOOKS), self._live], layout=widgets.Layout(max_width="720px")
        )
        self.widget.add_class("ml-predict")

    @staticmethod
    def _answered(question: dict, said: widgets.HTML, change: dict) -> None:
        right, _, reason = question["choices"][change["new"]]
        words = f"{'Yes.' if right else 'No.'} {reason}"
        said.value = f'<div role="status" aria-live="polite">{html.escape(words)}</div>'

    def _ipython_display_(self) -> None:
        display_live(self)
        display_what_stays(self.widget, self._live, f"{STYLE}{self._static()}", repr(self))

    def _static(self) -> str:
        """The questions as HTML that needs no kernel: each answer is folded below its question."""
        parts = []
        for number, question in enumerate(self.questions, 1):
            lines = (f"<li>{html.escape(text)}</li>" for _, text, _ in question["choices"])
            reasons = (
                f"<li><b>{'Yes' if right else 'No'}:</b> {html.escape(text)}. {html.escape(why)}</li>"
                for right, text, why in question["choices"]
            )
            parts.append(
                f"<div class='ml-question'><p><b>{number}. {html.escape(question['ask'])}</b></p>"
                f"<ul>{''.join(lines)}</ul><details><summary>Answer</summary>"
                f"<ul>{''.join(reasons)}</ul></details></div>"
            )
        return f'<div class="ml-prediction">{"".join(parts)}</div>'

    def __repr__(self) -> str:
        return "\n".join(
            f"{number}. {question['ask']} " + " / ".join(text for _, text, _ in question["choices"])
            for number, question in enumerate(self.questions, 1)
        )
