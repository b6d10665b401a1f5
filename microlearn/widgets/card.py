"""The score card with controls: an order, the answers that are asked for, and the reasons."""

from __future__ import annotations

import ipywidgets as widgets

from ..convolution import ConvolutionalNetwork
from ..course.score_card import ScoreCard
from ..network import Network
from ..rules import OBJECTIONS, Rule
from .in_cells import InCells
from .showing import display_live, display_what_stays

KINDS = {Network: "networks of layers", ConvolutionalNetwork: "convolutional networks"}
WIDE = {"width": "100%", "margin": "0"}
LOOKS = """<style>
.ml-sort .widget-checkbox { width: auto; margin-right: 14px; }
.ml-sort .widget-checkbox .widget-label-basic { width: auto; }
</style>"""


class CardView(InCells):
    """Shows a score card, to be sorted and filtered."""

    def __init__(self, card: ScoreCard) -> None:
        self.card = card
        self.order = widgets.Dropdown(
            options=[("the course", ""), *((c.title, c.name) for c in card.columns)],
            description="in the order of",
            style={"description_width": "initial"},
        )
        self.networks = widgets.Dropdown(
            options=["all rules", *self._kinds()],
            description="rows",
            style={"description_width": "initial"},
        )
        self.asked = {
            name: self._box(f"{objection.title}: {objection.wanted}")
            for name, objection in OBJECTIONS.items()
        }
        self.reasons = self._box("with reasons")
        self._status, self._table, self._live = (
            widgets.HTML(layout=widgets.Layout(**WIDE)) for _ in range(3)
        )
        controls = [self.order, self.networks, *self.asked.values(), self.reasons]
        for control in controls:
            control.observe(self._changed, "value")
        row = widgets.Layout(width="100%", flex_flow="row wrap")
        self.widget = widgets.VBox(
            [
                widgets.Box(controls, layout=row),
                self._status,
                self._table,
                widgets.HTML(LOOKS),
                self._live,
            ]
        )
        self.widget.add_class("ml-sort")
        self._changed()

    def _kinds(self) -> list[str]:
        """The kinds of network that the rules are written for."""
        return sorted({_kind(rule) for rule in self.card.rules})

    @staticmethod
    def _box(words: str) -> widgets.Checkbox:
        return widgets.Checkbox(
            value=False, description=words, indent=False, layout=widgets.Layout(width="auto")
        )

    def _changed(self, *_: object) -> None:
        asked = {n: OBJECTIONS[n].wanted for n, box in self.asked.items() if box.value}
        kind, order = self.networks.value, self.order.value
        rules = [r for r in self.card.left(asked) if kind in ("all rules", _kind(r))]
        if order:
            rules = self.card.sorted_by(order, rules)
        words = f"{len(rules)} of {len(self.card.rules)} rules"
        if len(rules) < len(self.card.rules):
            words += ". A page to print has all of the card: score_card([…]) makes one of fewer."
        self._status.value = f'<div role="status" aria-live="polite">{words}</div>'
        self._table.value = self.card.html(rules, order, self.reasons.value)

    def show(self) -> None:
        display_live(self)
        display_what_stays(self.widget, self._live, self.card.html(), repr(self.card))


def _kind(rule: Rule) -> str:
    return f"rules for {KINDS.get(rule.network, rule.network.__name__)}"
