"""Learning rules: what a rule is, and where to find one.

A rule is an entry in the catalogue. It names the exercise that computes its update, the state that
it carries (feedback weights, inverse weights) and how that is drawn, its knobs, the phases that run
between updates, what carries its error, and how plausible it is. Training, metrics, sweeps, widgets
and plots read the entry and know no rule by name.
"""

from .carriers import Carrier
from .catalogue import (
    CATALOGUE,
    get_rule,
    get_rules,
    initial_state,
    rule_names,
    words_of,
    words_of_knobs,
)
from .plausibility import OBJECTIONS, SIGNALS, Objection, Plausibility, Signal
from .rule import Arrays, Knob, Noted, Phase, Rule, State

__all__ = [
    "CATALOGUE",
    "OBJECTIONS",
    "SIGNALS",
    "Arrays",
    "Carrier",
    "Knob",
    "Noted",
    "Objection",
    "Phase",
    "Plausibility",
    "Rule",
    "Signal",
    "State",
    "get_rule",
    "get_rules",
    "initial_state",
    "rule_names",
    "words_of",
    "words_of_knobs",
]
