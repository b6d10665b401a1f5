"""microlearn: how a brain might learn, in notebooks.

Fill in a learning rule, check it against the facts that it must obey, train it, and look.

>>> from microlearn import check, fill, train
"""

from .checking import check, hint
from .convolution import ConvolutionalNetwork, create_convolutional_network
from .course import recap
from .course.answers import answer
from .course.glossary import cheat_sheet, glossary
from .course.printing import printable
from .course.progress import progress
from .course.score_card import score_card
from .data import load
from .exercises import NotFilledIn, fill, get_exercise, use_reference
from .losses import get_loss
from .network import Network, create_network, local_update, presynaptic
from .predictions import compare
from .results import load_results
from .rules import get_rule, rule_names
from .sweeps import sweep
from .training import Diverged, train, training
from .validating import hurry_if_validating
from .widgets import flow, panel, predict, sweep_panel

__version__ = "0.1.0"

__all__ = [
    "ConvolutionalNetwork",
    "Diverged",
    "Network",
    "NotFilledIn",
    "answer",
    "cheat_sheet",
    "check",
    "compare",
    "create_convolutional_network",
    "create_network",
    "fill",
    "flow",
    "get_exercise",
    "get_loss",
    "get_rule",
    "glossary",
    "hint",
    "load",
    "load_results",
    "local_update",
    "panel",
    "predict",
    "presynaptic",
    "printable",
    "progress",
    "recap",
    "rule_names",
    "score_card",
    "sweep",
    "sweep_panel",
    "train",
    "training",
    "use_reference",
]

hurry_if_validating()
