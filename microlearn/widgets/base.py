"""The common part of both panels: controls, a choice of rules, buttons, the picture, the status."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from ..exercises import handed_over, standing_in
from ..looks import BLUE, IN_THE_DARK
from ..rules import Knob, get_rule, rule_names
from ..versions import Contents
from . import after_cells
from .controls import Board, Control
from .in_cells import InCells
from .runs import kept_here, stand_ins
from .settings import Settings
from .showing import display_live, display_what_stays
from .slices import Slicer
from .svg import Figure

STYLE = f"""<style>
.ml-figure {{ display: grid; align-items: start; grid-template-columns: minmax(0, 1fr); }}
.ml-figure > * {{ grid-area: 1 / 1; }}
.ml-plots {{ display: grid; gap: 0 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(330px, 100%), 1fr)); }}
.ml-plots.ml-3 {{ grid-template-columns: repeat(auto-fit, minmax(min(250px, 100%), 1fr)); }}
.ml-key {{ display: flex; flex-wrap: wrap; gap: 2px 16px; line-height: 1.35; }}
.ml-views {{ display: flex; flex-wrap: wrap; gap: 4px 16px; line-height: 1.35; }}
.ml-views figure {{ margin: 4px 0; min-width: 0; }}
.ml-fans figure {{ flex: 1 1 230px; max-width: 280px; }}
.ml-long .widget-label {{ white-space: normal; line-height: 1.1; height: auto; align-self: center; }}
.ml-status {{ line-height: 1.35; min-height: 2.7em; }}
@media (max-width: 700px) {{
  .ml-status {{ min-height: 4.05em; }}
  .ml-control > :first-child {{ flex: 0 0 180px; }}
}}
.ml-live .widget-toggle-buttons {{ display: flex; align-items: center; gap: 8px; }}
.ml-note {{ line-height: 1.35; }}
.ml-bar progress {{ width: 100%; height: 8px; accent-color: {BLUE}; }}
.ml-lost {{ display: none; font-weight: 600; }}
.jupyter-widgets-disconnected .ml-lost {{ display: block; }}
.jupyter-widgets-disconnected .ml-status {{ display: none; }}
</style>"""

LOST = (
    "The kernel was restarted, so these sliders no longer do anything. Run the cells above, then this "
    "one again."
)
NOT_YET = "This panel has not run yet: it does so where it is shown, as in the last line of a cell."
MORE, FEWER = "More controls and rules", "Fewer controls and rules"

WIDE = {"width": "100%", "margin": "0"}
ROW = {"width": "100%", "flex_flow": "row wrap"}


class Panel(InCells):
    """A box of widgets that computes again whenever a control is moved.

    A subclass says what is computed (``work``), how it is drawn (``picture``) and how it went
    (``outcome``).

    Parameters
    ----------
    asked : Settings
        Its values are those that were given; other controls start at the defaults of their knobs.
    own : collection of Knob
        The controls of the panel itself.
    """

    AT_ONCE, AT_FIRST = 0.1, 5.0
    """Seconds that the cell may compute before it shows the panel, and then before it shows a picture
    that stays."""

    def __init__(self, asked: Settings, own: Collection[Knob]) -> None:
        self.asked = asked
        self._quiet = self._shown = False
        self._status_now = ""
        self._stand_ins: list[str] = []
        self._changed_since: Contents = {}
        self.board = Board(own, asked.values, self.moved)
        self.boxes = {
            name: self._box(name) for name in dict.fromkeys([*asked.rules, *rule_names()])
        }
        self._rules_in_view = set(asked.rules)
        self.slicer = Slicer(self._draw, self._say)
        self.widget = self._assemble()
        with self._in_quiet():
            self._place()

    # --- what a subclass adds ---------------------------------------------------------------------

    def buttons(self) -> dict[str, Callable[[], None]]:
        """The buttons' words and what they do."""
        return {"Run again": self.restart, "Reset": self.reset}

    def work(self) -> Iterator[None]:
        """Begin anew with the controls as they are."""
        raise NotImplementedError

    def picture(self) -> Figure:
        """The results so far."""
        raise NotImplementedError

    def summary(self) -> str:
        """The picture in words."""
        raise NotImplementedError

    def progress(self) -> tuple[int, int]:
        """How much is done, and how much there is to do."""
        raise NotImplementedError

    def outcome(self) -> str:
        """A sentence on the state of the run, that changes when the state does."""
        raise NotImplementedError

    def troubles(self) -> list[str]:
        """A sentence for each error."""
        raise NotImplementedError

    def begun(self) -> tuple[Contents, Mapping[str, Callable]]:
        """Of each answer whose results are shown, what it computed when they began; and the answers."""
        raise NotImplementedError

    def looking(self) -> list[widgets.Widget]:
        """Controls below the picture that change what is seen and start no run."""
        return []

    def below(self) -> str:
        """What is shown below the picture, as HTML that needs no kernel."""
        return ""

    def remarks(self) -> str:
        """What stands below all, as HTML."""
        return ""

    def code(self) -> str:
        """The call that would make this panel as it stands."""
        raise NotImplementedError

    # --- controls ---------------------------------------------------------------------------------

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are ticked."""
        return tuple(name for name, box in self.boxes.items() if box.value)

    @property
    def controls(self) -> dict[str, Control]:
        """The controls of the ticked rules and the panel's own, by name."""
        return self.board.shown

    def settings(self) -> Settings:
        """The settings at which the controls stand."""
        given = handed_over(self.asked.answers)
        return replace(self.asked, rules=self.rules, values=self.board.values, answers=given)

    def restart(self) -> None:
        """Compute again from the start."""
        if not self._quiet:
            self.slicer.start(self._work)

    def moved(self) -> None:
        """A slider has been moved."""
        self.restart()

    def reset(self) -> None:
        """Put all controls and rules back to where they were at first."""
        with self._in_quiet():
            self._put_back()
            self._place()
        self.restart()

    def _put_back(self) -> None:
        for name, box in self.boxes.items():
            box.value = name in self.asked.rules
        self._rules_in_view = set(self.asked.rules)
        self._place()
        self.board.reset()

    def _place(self) -> None:
        """Show what belongs to the ticked rules."""
        self.board.place(self.rules)
        for row, folded in ((self._choice, False), (self._more_rules, True)):
            row.children = [
                box
                for name, box in self.boxes.items()
                if (name not in self._rules_in_view) == folded
            ]

    @contextmanager
    def _in_quiet(self) -> Iterator[None]:
        """Change several controls, and start no new run for each of them."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _changed(self, change: dict) -> None:
        if not self._quiet:
            with self._in_quiet():
                self._place()
            self.restart()

    def _fold(self) -> None:
        """Show the other rules and controls, or hide those of them that have no effect."""
        folding = self._folded.layout.display != "none"
        if folding:
            self._rules_in_view |= set(self.rules)
            self.board.keep_in_view()
            with self._in_quiet():
                self._place()
        self._folded.layout.display = "none" if folding else None
        self._fold_button.description = MORE if folding else FEWER

    def _show_code(self) -> None:
        """Show the call that would make this panel, or hide it."""
        self._code.layout.display = None if self._code.layout.display == "none" else "none"
        self._say()

    # --- the widgets ------------------------------------------------------------------------------

    def _assemble(self) -> widgets.VBox:
        self._choice, self._more_rules = (
            widgets.Box(layout=widgets.Layout(**ROW)) for _ in range(2)
        )
        self._folded = widgets.VBox(
            [self.board.extra, self._more_rules], layout=widgets.Layout(display="none", **WIDE)
        )
        self._fold_button = self._button(MORE, self._fold)
        buttons = [self._button(text, action) for text, action in self.buttons().items()]
        self._code = widgets.Textarea(
            description="as code",
            rows=2,
            layout=widgets.Layout(width="100%", display="none"),
        )
        buttons.append(self._button("Copy as code", self._show_code))
        self._key, self._backdrop, self._status, self._footer = (
            widgets.HTML(layout=widgets.Layout(**WIDE)) for _ in range(4)
        )
        picture = widgets.Box([self._backdrop, self.slicer.screen], layout=widgets.Layout(**WIDE))
        picture.add_class("ml-figure")
        self._live = widgets.HTML()
        return widgets.VBox(
            [
                self.board.widget,
                self._choice,
                widgets.Box([*buttons, self._fold_button], layout=widgets.Layout(**ROW)),
                self._code,
                self._folded,
                self._status,
                self._key,
                picture,
                *self.looking(),
                self._footer,
                widgets.HTML(STYLE + IN_THE_DARK),
                self._live,
                self.slicer.hidden,
            ],
            layout=widgets.Layout(max_width="900px"),
        )

    def _box(self, rule: str) -> widgets.Checkbox:
        box = widgets.Checkbox(
            value=rule in self.asked.rules,
            description=get_rule(rule).title,
            indent=False,
            layout=widgets.Layout(width="auto", margin="0 14px 0 0"),
        )
        box.observe(self._changed, "value")
        return box

    def _button(self, text: str, action: Callable[[], None]) -> widgets.Button:
        button = widgets.Button(description=text, layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: action())
        return button

    # --- showing ----------------------------------------------------------------------------------

    def _work(self, *which: Any) -> Iterator[None]:
        with standing_in(handed_over(self.asked.answers)):
            self._stand_ins, self._changed_since = stand_ins(self.rules), {}
            return iter(self.work(*which))

    def look_again(self) -> None:
        """See what stands for the answers now, since a cell may have changed that."""
        with standing_in(handed_over(self.asked.answers)):
            now = stand_ins(self.rules), after_cells.changed_since(*self.begun())
        if now != (self._stand_ins, self._changed_since):
            self._stand_ins, self._changed_since = now
            if self.slicer.idle:  # else the next frame says it
                self.slicer.publish()

    def _all_troubles(self) -> list[str]:
        return [*self.troubles(), *after_cells.said(self._changed_since, "Run again")]

    def _draw(self) -> str:
        """Show what is known: what rarely changes here, and what changes at each frame as HTML."""
        done, of = self.progress()
        picture = self.picture()
        self._key.value, self._backdrop.value = picture.key, picture.backdrop
        return (
            f'{picture.curves}<div class="ml-bar">'
            f'<progress aria-label="progress of the run" max="{of}" value="{done}"></progress></div>'
        )

    def _say(self) -> None:
        """Show what can wait until the frame is on its way."""
        if self._code.layout.display != "none":  # each message costs the frame a millisecond or two
            self._code.value = self.code()
        self._footer.value = f'<div class="ml-note">{self.remarks()}</div>{self._footnote()}'
        troubles = (f"<b>{html.escape(trouble)}</b>" for trouble in self._all_troubles())
        status = "<br>".join([self.outcome(), *troubles])
        if status != self._status_now:  # a screen reader speaks each change
            self._status_now = status
            self._status.value = (
                f'<div class="ml-lost" role="alert">{LOST}</div>'
                f'<div class="ml-status" role="status" aria-live="polite">{status}</div>'
            )

    def _footnote(self) -> str:
        notes = [html.escape(note) for note in self._stand_ins]
        if notes:
            notes.append(
                "To use an answer of this notebook, run its cell, then press <i>Run again</i>."
            )
        notes += kept_here(self.asked.answers)
        return f'<div class="ml-note">{" ".join(notes)}</div>' if notes else ""

    def close(self) -> None:
        """Take the panel's widgets away, here and in the browser."""
        self.slicer.stop()
        super().close()

    def held(self) -> list[widgets.Widget]:
        """Its widgets, without those that others of them hold."""
        rows = [control.widget for control in self.board.made]
        return [*super().held(), self.slicer.link, *self.boxes.values(), *rows]

    def _ipython_display_(self) -> None:
        first, self._shown = not self._shown, True
        if first:
            self.asked.answers.update(handed_over())
            self.slicer.start_alone(self._work, self.AT_ONCE)
            after_cells.show(self)
        else:
            self.look_again()  # this cell may have changed an answer
        display_live(self)
        if first:
            self.slicer.go_on(self.AT_FIRST)
        picture = replace(self.picture(), alt=repr(self))
        stays = picture.stays() + self.below()
        display_what_stays(self.widget, self._live, stays, repr(self), str(picture))

    def __repr__(self) -> str:
        return " ".join([self.summary(), *self._all_troubles()])
