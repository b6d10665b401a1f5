"""The figure of the flow of signals: it steps through an update, and says what a synapse must know."""

from __future__ import annotations

import html

import ipywidgets as widgets
import numpy as np

from ..exercises import handed_over, standing, standing_in
from ..limits import TookTooLong, time_limit
from ..network import Network
from ..rules import CATALOGUE, OBJECTIONS, Rule
from ..signals import Signals, SmallRun
from ..versions import Begun, Contents
from . import after_cells
from .base import LOST, ROW, WIDE
from .diagram import STAGES, Synapse, as_product, diagram, in_words, name_of, needs, synapses
from .in_cells import InCells
from .runs import in_words as error_in_words
from .runs import kept_here, stand_ins
from .showing import display_live, display_what_stays
from .slices import HANGS
from .svg import image

STYLE = """<style>
.ml-flow { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: flex-start; line-height: 1.35; }
.ml-flow > svg, .ml-flow > figure, .ml-flow > div { flex: 1 1 340px; min-width: 0; max-width: 460px; }
.ml-flow figure { margin: 0; }
.ml-flow ul { margin: 4px 0; padding-left: 18px; }
.ml-said { line-height: 1.35; }
.ml-lost { display: none; font-weight: 600; }
.jupyter-widgets-disconnected .ml-lost { display: block; }
@media (prefers-reduced-motion: no-preference) {
  .ml-signal { animation: ml-signal 0.7s ease-out; }
  @keyframes ml-signal { from { opacity: 0; } }
}
</style>"""


class FlowView(InCells):
    """See :func:`microlearn.flow`.

    Attributes
    ----------
    rule : Rule
        The one that is shown; ``stage`` is one of :data:`~.diagram.STAGES`.
    note : str
        Why another rule than the one that was asked for is shown.
    signals : Signals or None
        Those of the update that is shown; None where the rule's answer fails.
    """

    def __init__(self, rule: Rule, note: str, seed: int, knobs: dict[str, float]) -> None:
        self._first, self.note, self._seed, self._knobs = rule, note, seed, knobs
        self.rule, self.stage, self._given = rule, STAGES[0], handed_over()
        self.signals: Signals | None = None
        self._menu = _menu("carried by", {_offer(r): r.name for r in offered(rule)}, rule.name)
        self._synapse = _menu("synapse", {name_of(s): s for s in synapses()}, synapses()[0])
        self._status, self._screen, self._live = (
            widgets.HTML(layout=widgets.Layout(**WIDE)) for _ in range(3)
        )
        steps = [_button(f"{k}. {s}", lambda s=s: self.show(s)) for k, s in enumerate(STAGES, 1)]
        steps.append(_button("Start again", self.begin))
        self.widget = widgets.VBox(
            [
                self._menu,
                widgets.Box(steps, layout=widgets.Layout(**ROW)),
                self._synapse,
                self._status,
                self._screen,
                widgets.HTML(STYLE),
                self._live,
            ],
            layout=widgets.Layout(max_width="900px"),
        )
        self._menu.observe(lambda _: self.begin(), "value")
        self._synapse.observe(lambda _: self._draw(), "value")
        self.begin()

    @property
    def synapse(self) -> Synapse:
        """The synapse that is chosen."""
        return self._synapse.value

    def choose(self, rule: Rule) -> None:
        """Let another rule carry the error."""
        self._menu.value = rule.name

    def begin(self) -> None:
        """Draw the network anew, for the rule that is chosen."""
        self.rule = CATALOGUE[self._menu.value]
        knobs = self._knobs if self.rule is self._first else {}
        # Without what was given, a run that begins anew would be of others.
        with standing_in(handed_over(self._given)):
            self._run = SmallRun(self.rule, self._seed, **knobs)
            self._answers = after_cells.standing_for(self.rule.exercises)
        self._begun = Begun(self._answers)
        self.stage = STAGES[0]
        self._step()
        self._draw()

    def show(self, stage: str) -> None:
        """Go to a stage; to the next update, if this one is over."""
        over = self.stage == STAGES[-1] and stage != STAGES[1]
        self.stage = stage
        if over:
            self._step()
        self._draw()

    def _step(self) -> None:
        self.signals, self._trouble = None, ""
        with np.errstate(all="ignore"), time_limit(HANGS), standing_in(handed_over(self._given)):
            try:
                with standing_in({name: standing(name).function for name in self.rule.exercises}):
                    self.signals = self._run.step()
                if self.signals.number == 1:
                    self._begun.first_update()
            except TookTooLong:
                self._trouble = f"{self.rule.title} had not returned after {HANGS:.0f} seconds."
            except Exception as error:
                self._trouble = error_in_words(self.rule, error)

    def _draw(self) -> None:
        if self.signals is None:
            said, picture = self._trouble, ""
        else:
            said = in_words(self.signals, self.stage)
            picture = diagram(self.signals, self.stage, self.synapse)
            picture += facts(self.signals, self.synapse)
        self._stand_ins, self._changed_since = self._now()
        notes = " ".join([self.note, *self._stand_ins, *kept_here(self._given)]).strip()
        said = " ".join([said, *self._changes()])
        self._status.value = (
            f'<div class="ml-lost" role="alert">{LOST}</div>'
            f'<div class="ml-said" role="status" aria-live="polite">{html.escape(said)}</div>'
        )
        self._screen.value = (
            f'<div class="ml-flow">{picture}</div><div class="ml-said">{html.escape(notes)}</div>'
        )

    def _changes(self) -> list[str]:
        return after_cells.said(self._changed_since, "Start again")

    def _now(self) -> tuple[list[str], Contents]:
        """What is to be said of the answers, and which have changed since the network was drawn."""
        with standing_in(handed_over(self._given)):
            changed = after_cells.changed_since(self._begun.contents, self._answers)
            return stand_ins((self.rule.name,)), changed

    def look_again(self) -> None:
        """See what stands for the answers now, since a cell may have changed that."""
        if self._now() != (self._stand_ins, self._changed_since):
            self._draw()

    def _ipython_display_(self) -> None:
        after_cells.show(self)
        self.look_again()  # this cell may have changed an answer
        display_live(self)
        display_what_stays(self.widget, self._live, self.frames(), repr(self))

    def frames(self) -> str:
        """The stages beside each other, as pictures that need no kernel, over what is known."""
        if self.signals is None:
            return html.escape(repr(self))
        figures, by = [], f": {html.escape(self.rule.carrier.name)}"
        for number, stage in enumerate(STAGES, 1):
            drawn = diagram(self.signals, stage, self.synapse)
            picture = image(drawn, in_words(self.signals, stage), "width:100%")
            said = f"<b>{number}. {stage}</b>{by if stage == STAGES[1] else ''}"
            figures.append(f"<figure>{picture}<figcaption>{said}</figcaption></figure>")
        figures.append(facts(self.signals, self.synapse))
        changes = "".join(f"<p><b>{html.escape(said)}</b></p>" for said in self._changes())
        return f'{STYLE}{changes}<div class="ml-flow">{"".join(figures)}</div>'

    def __repr__(self) -> str:
        stages = [in_words(self.signals, stage) for stage in STAGES] if self.signals else []
        return " ".join([*(stages or [self._trouble]), *self._changes()])


def facts(signals: Signals, synapse: Synapse) -> str:
    """What a synapse must know, and what its rule asks of a brain, as HTML."""
    return f"<div>{needed(signals, synapse)}{asked_of_a_brain(signals.rule)}</div>"


def needed(signals: Signals, synapse: Synapse) -> str:
    """What a synapse must know, as HTML."""
    known = needs(signals, synapse)
    rows = "".join(f"<li>{html.escape(what)}: <b>{where}</b></li>" for what, where in known)
    if known:
        change = html.escape(as_product(signals, synapse))
        what = f"To change, it must know<ul>{rows}</ul>{change}"
    else:
        what = "It never changes, so it needs to know nothing."
    return f"<b>The synapse {name_of(synapse)}</b><br>{what}"


def asked_of_a_brain(rule: Rule) -> str:
    """What a rule asks of a brain, folded, as HTML."""
    asks = "".join(
        f"<li>{objection.question} {html.escape(getattr(rule.plausibility, name))}</li>"
        for name, objection in OBJECTIONS.items()
    )
    summary = f"<summary>What {html.escape(rule.title)} asks of a brain</summary>"
    return f"<details>{summary}<ul>{asks}</ul></details>"


def offered(rule: Rule) -> list[Rule]:
    """The rule, and one for each other carrier that the catalogue has, in its order."""
    found = {rule.carrier: rule}
    for other in CATALOGUE.values():
        if other.network is Network:
            found.setdefault(other.carrier, other)
    return sorted(found.values(), key=[*CATALOGUE.values()].index)


def _offer(rule: Rule) -> str:
    return f"{rule.carrier.name} ({rule.title})"


def _menu(name: str, options: dict, value: object) -> widgets.Dropdown:
    return widgets.Dropdown(
        description=name,
        options=list(options.items()),
        value=value,
        style={"description_width": "80px"},
        layout=widgets.Layout(width="min(520px, calc(100% - 4px))"),
    )


def _button(text: str, action) -> widgets.Button:
    button = widgets.Button(description=text, layout=widgets.Layout(width="auto"))
    button.on_click(lambda _: action())
    return button
