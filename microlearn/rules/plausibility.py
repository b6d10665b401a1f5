"""What a learning rule would ask of a brain: four objections, and what a synapse must know."""

from __future__ import annotations

import re
from dataclasses import dataclass

ANSWERS = ("no", "in part", "yes")


@dataclass(frozen=True)
class Objection:
    """A question that is put to every rule.

    Attributes
    ----------
    title : str
        The head of a column.
    question : str
    wanted : str
        The answer with which nothing is objected: "yes" or "no".
    """

    title: str
    question: str
    wanted: str


OBJECTIONS = {
    "weight_transport": Objection(
        "weight transport", "Must a synapse know another's weight?", "no"
    ),
    "locality": Objection("local", "Is all that a synapse needs where the synapse is?", "yes"),
    "frozen_activity": Objection("activity waits", "Must units wait while errors flow?", "no"),
    "update_locking": Objection("layers wait", "Must a layer wait for the output?", "no"),
}
"""The objections to backprop, by the name of the answer in :class:`Plausibility`."""


@dataclass(frozen=True)
class Plausibility:
    """A rule's answers to the four objections.

    Each is a short phrase that starts with "yes" or "no"; one that starts otherwise is neither.
    """

    weight_transport: str
    locality: str
    frozen_activity: str
    update_locking: str

    def answer(self, objection: str) -> str:
        """ "yes", "no" or "in part"."""
        said = re.split(r"[,:;]", getattr(self, objection))[0]
        return said if said in ANSWERS else "in part"


@dataclass(frozen=True)
class Signal:
    """Something that a synapse must know to learn, and whether it is at the synapse or in its unit."""

    words: str
    is_here: bool = False


SIGNALS = {
    "input": Signal("what comes in", True),
    "weight": Signal("its own weight", True),
    "noise": Signal("its own noise", True),
    "unit_noise": Signal("its unit's noise", True),
    "activity": Signal("its unit's activity", True),
    "slope": Signal("its unit's slope", True),
    "change": Signal("its unit's change at the second look", True),
    "target": Signal("a target for its unit"),
    "error": Signal("an error for its unit"),
    "output_error": Signal("the output's error, sent to all"),
    "weights": Signal("the weights above its unit"),
    "signs": Signal("the signs of the weights above its unit"),
    "label": Signal("the label, sent to all"),
    "loss": Signal("the loss, one number for all"),
    "places": Signal("what its copies at all other places need"),
}
"""What a synapse of a hidden layer may have to know, by the name that a rule gives in ``knows``."""
