"""Live panels: drag a slider and watch a rule learn, or fail to.

``panel("weight_perturbation")`` in a cell shows one run of one or more rules;
``sweep_panel("weight_perturbation", "noise")`` one knob over its range. A panel knows no rule by name:
its sliders are the knobs of the catalogue, and what runs is the student's own answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data import Dataset

if TYPE_CHECKING:
    from .learning import LearningPanel
    from .sweeping import SweepPanel

MEASURES = ("train_loss", "validation_accuracy", "cosine_similarity", "signal_to_noise")


def panel(
    rule: str,
    *beside: str,
    data: str | Dataset = "digits",
    measures: tuple[str, ...] = MEASURES,
    width: int = 16,
    layers: int = 1,
    epochs: float = 60,
    seed: int = 0,
    **knobs: float,
) -> LearningPanel:
    """A live panel: sliders for what the rule has, and curves that grow while it trains.

    Parameters
    ----------
    rule : str
        The rule that the panel is about.
    *beside : str
        Rules that are laid over it at first; the panel offers all others too.
    data : str or Dataset
    measures : names of the plots
        Out of ``"train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
        "cosine_similarity", "hidden_cosine", "signal_to_noise"``.
    width : int
        Units in each hidden layer, at first.
    layers : int
        Hidden layers.
    epochs : float
        Passes over the training set, in batches of 64.
    seed : int
    **knobs : float
        Where the sliders stand at first; by default where the catalogue puts them.

    Raises
    ------
    ValueError, TypeError
        For a rule, a measure or a knob that does not exist, or a value out of a knob's range.
    """
    from .learning import LearningPanel

    return LearningPanel((rule, *beside), data, tuple(measures), width, layers, epochs, seed, knobs)


def sweep_panel(
    rule: str,
    knob: str = "learning_rate",
    *beside: str,
    data: str | Dataset = "digits",
    points: int = 9,
    seeds: int = 3,
    width: int = 16,
    layers: int = 1,
    epochs: float = 30,
    **knobs: float,
) -> SweepPanel:
    """A live panel that takes one knob through its range and draws what comes out at the end.

    Parameters
    ----------
    rule, *beside, data, width, layers, epochs, **knobs
        As for :func:`panel`.
    knob : str
        What is swept at first: a knob of the rule, or ``"width"``.
    points : int
        Values that it takes.
    seeds : int
        Runs at each value; the picture shows their mean and their range.

    Raises
    ------
    ValueError, TypeError
        As :func:`panel`.
    """
    from .sweeping import SweepPanel

    return SweepPanel((rule, *beside), knob, data, points, seeds, width, layers, epochs, knobs)
