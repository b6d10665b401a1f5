"""The catalogue: every learning rule of the course, in the order in which the lessons meet them."""

from __future__ import annotations

from . import Knob, Plausibility, Rule


def _learning_rate(default: float) -> Knob:
    return Knob("learning_rate", default, default / 100, default * 30, log=True, label="η")


def _noise(default: float) -> Knob:
    return Knob("noise", default, 1e-4, 1.0, log=True, label="σ")


CATALOGUE: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name="backprop",
            title="backprop",
            exercise="backprop",
            knobs=(_learning_rate(0.5),),
            plausibility=Plausibility(
                weight_transport="yes: errors return through the transpose of the forward weights",
                locality="no: an update depends on all weights downstream",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            source="Rumelhart, Hinton and Williams 1986, eqs. 4 to 7",
        ),
        Rule(
            name="frozen_hidden",
            title="backprop, hidden layers frozen",
            exercise="backprop",
            output_only=True,
            knobs=(_learning_rate(0.5),),
            plausibility=Plausibility(
                weight_transport="no",
                locality="yes: the error of a unit times what comes in",
                frozen_activity="no",
                update_locking="yes, for the one layer that learns",
            ),
            source="the delta rule: Widrow and Hoff 1960",
        ),
        Rule(
            name="weight_perturbation",
            title="weight perturbation",
            exercise="weight_perturbation",
            knobs=(_learning_rate(0.01), _noise(0.01)),
            passes=2,
            plausibility=Plausibility(
                weight_transport="no",
                locality="yes, with one global signal: a synapse's own noise times the rise in loss",
                frozen_activity="no",
                update_locking="yes: the loss of both passes must be known",
            ),
            source="Jabri and Flower 1992; Werfel, Xie and Seung 2005, eq. 3",
        ),
    )
}
