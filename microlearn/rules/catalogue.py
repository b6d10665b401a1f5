"""The catalogue: every learning rule of the course, in the order in which the lessons meet them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping

import numpy as np

from ..convolution import ConvolutionalNetwork
from ..network import Network, draw_weights
from ..numbers import said
from . import carriers
from .plausibility import Plausibility
from .rule import TITLES, Arrays, Knob, Knobs, Phase, Rule, shapes


def _learning_rate(default: float) -> Knob:
    return Knob("learning_rate", default, default / 100, default * 30, log=True, label="η")


def _noise(default: float) -> Knob:
    return Knob("noise", default, 1e-4, 1.0, log=True, label="σ", divides=True)


def draw_feedback(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """Random feedback weights, one matrix like W°ᵀ for each layer but the first.

    Each is normal, with the standard deviation of the forward weights that it replaces (with Glorot's
    if these are all zero), times the knob ``feedback_scale``.
    """
    feedback: Arrays = [None]
    for w in network.weights[1:]:
        fan_in, fan_out = w.shape[0] - 1, w.shape[1]
        spread = knobs["feedback_scale"] * (np.std(w[:-1]) or np.sqrt(2 / (fan_in + fan_out)))
        feedback.append((spread * rng.standard_normal((fan_out, fan_in))).astype(w.dtype))
    return feedback


def draw_equal_magnitudes(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """For each layer but the first, (fan_out, fan_in) times the same number: the standard deviation that
    Glorot gives to weights, times the knob ``feedback_scale``."""
    magnitudes: Arrays = [None]
    for fan_in, fan_out in zip(network.sizes[1:], network.sizes[2:], strict=False):
        spread = knobs["feedback_scale"] * np.sqrt(2 / (fan_in + fan_out))
        magnitudes.append(np.full((fan_out, fan_in), spread, network.dtype))
    return magnitudes


def draw_random_magnitudes(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """The sizes of normal numbers, with the mean square of :func:`draw_equal_magnitudes`."""
    equal = draw_equal_magnitudes(network, rng, knobs)
    return [
        None if m is None else m * np.abs(rng.standard_normal(m.shape)).astype(m.dtype)
        for m in equal
    ]


def draw_direct(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """Random weights from the output straight to each hidden layer, (outputs, units).

    They are uniform within ±1/√units, times the knob ``direct_scale`` (Nøkland 2016).
    """
    *hidden, outputs = network.sizes[1:]
    return [
        (knobs["direct_scale"] / np.sqrt(units) * rng.uniform(-1, 1, (outputs, units))).astype(
            network.dtype
        )
        for units in hidden
    ]


def draw_projection(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """Random weights F from the output to the input, (outputs, inputs), in a list of one.

    They are uniform within ±√(6/inputs), times the knob ``projection_scale`` (Dellaferrera and Kreiman
    2022).
    """
    inputs, outputs = network.sizes[0], network.sizes[-1]
    spread = knobs["projection_scale"] * np.sqrt(6 / inputs)
    return [(spread * rng.uniform(-1, 1, (outputs, inputs))).astype(network.dtype)]


def draw_inverses(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """A way back through each layer but the first, V, (fan_out + 1, fan_in), as Glorot draws weights.

    That of the output has further rows for the auxiliary units, if the rule has a knob for these.
    """
    beside, inverses = _auxiliary_units(knobs), draw_inverses_below_the_output(network, rng, knobs)
    if len(inverses) > 1:
        units, outputs = network.sizes[-2:]
        inverses[-1] = draw_weights(outputs + beside, units, "glorot_uniform", rng, network.dtype)
    return inverses


def draw_inverses_below_the_output(
    network: Network, rng: np.random.Generator, knobs: Knobs
) -> Arrays:
    """As :func:`draw_inverses`, and None for the output layer too."""
    inverses: Arrays = [None] * len(network.weights)
    pairs = zip(network.sizes[1:], network.sizes[2:-1], strict=False)
    for layer, (below, above) in enumerate(pairs, 1):
        inverses[layer] = draw_weights(above, below, "glorot_uniform", rng, network.dtype)
    return inverses


def draw_auxiliary(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """Weights Z of the auxiliary units beside the output, in a list of one, as Glorot draws them.

    They take the activity of the topmost hidden layer. Without a knob for their number there are none.
    """
    units, beside = network.sizes[-2], _auxiliary_units(knobs)
    return [draw_weights(units, beside, "glorot_uniform", rng, network.dtype)]


def draw_shake(network: Network, rng: np.random.Generator, knobs: Knobs) -> Arrays:
    """For each layer but the first, noise for the units below it, (fan_in,): normal, with the standard
    deviation ``inverse_noise``."""
    return [
        None,
        *(
            (knobs["inverse_noise"] * rng.standard_normal(units)).astype(network.dtype)
            for units in network.sizes[1:-1]
        ),
    ]


def _auxiliary_units(knobs: Knobs) -> int:
    return int(knobs.get("auxiliary_units", 0))


def _scale(of: str, name: str, default: float = 1.0) -> Knob:
    """The scale of a random matrix; a negative one turns its sign round."""
    low, high, words = default / 100, default * 100, f"scale of {of}"
    return Knob(name, default, low, high, log=True, label=words, least=-math.inf)


FEEDBACK_SCALE = _scale("B", "feedback_scale")
DIRECT_SCALE = _scale("D", "direct_scale")

ALIGNMENT_RATE = Knob("alignment_rate", 0.5, 1e-3, 1.9, log=True, label="rate of B")

INVERSE_KNOBS = (
    Knob("inverse_rate", 0.1, 1e-4, 1.0, log=True, label="rate of V"),
    Knob("inverse_noise", 0.1, 1e-3, 1.0, log=True, label="noise of V"),
)
INVERSE_TRAINING = Phase("inverse_training", ("inverse",), learning_rate="inverse_rate")
CORRECTIONS = (
    Knob("beta", 1.0, 1e-2, 10.0, log=True, label="β"),
    Knob("corrections", 1, 1, 50, log=True, label="corrections K", whole=True, least=1),
    Knob("clip", 1.0, 1e-2, 100.0, log=True, label="longest s", divides=True),
)

SIGNS_ALONE = Plausibility(
    weight_transport="of signs alone: the way down has strengths of its own",
    locality="no: an update depends on the errors of all layers above",
    frozen_activity="yes: activity must wait while errors flow",
    update_locking="yes: no layer learns before the output is known",
)

TARGETS_ALONE = Plausibility(
    weight_transport="no: targets come down through inverses that learn on their own",
    locality="yes: a unit's own target, its activity and its input",
    frozen_activity="in part: activity must wait for targets, which are activities too",
    update_locking="yes: no layer has a target before the output is known",
)

COPIES = "in part: nothing reads the output's weights, but a kernel has copies at all places"

CATALOGUE: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name="backprop",
            title="backprop",
            exercise="backprop",
            carrier=carriers.TRANSPOSE,
            knobs=(_learning_rate(0.5),),
            plausibility=Plausibility(
                weight_transport="yes: errors return through the transpose of the forward weights",
                locality="no: an update depends on all weights downstream",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error", "weights"),
            source="Rumelhart, Hinton and Williams 1986, eqs. 4 to 7",
        ),
        Rule(
            name="frozen_hidden",
            title="backprop with frozen hidden layers",
            exercise="backprop",
            carrier=carriers.NOBODY,
            output_only=True,
            knobs=(_learning_rate(0.5),),
            plausibility=Plausibility(
                weight_transport="no",
                locality="yes: the error of a unit times what comes in",
                frozen_activity="no",
                update_locking="yes, for the one layer that learns",
            ),
            knows=("input", "error"),
            source="the delta rule: Widrow and Hoff 1960",
        ),
        Rule(
            name="weight_perturbation",
            title="weight perturbation",
            exercise="weight_perturbation",
            carrier=carriers.DICE_ON_WEIGHTS,
            knobs=(_learning_rate(0.01), _noise(0.01)),
            passes=2,
            plausibility=Plausibility(
                weight_transport="no",
                locality="yes, with one global signal: a synapse's own noise times the rise in loss",
                frozen_activity="no",
                update_locking="yes: the loss of both passes must be known",
            ),
            knows=("noise", "loss"),
            source="Cauwenberghs 1993; Werfel, Xie and Seung 2005",
        ),
        Rule(
            name="node_perturbation",
            title="node perturbation",
            exercise="node_perturbation",
            carrier=carriers.DICE_ON_UNITS,
            knobs=(_learning_rate(0.1), _noise(0.01)),
            passes=2,
            plausibility=Plausibility(
                weight_transport="no",
                locality="yes, with one global signal: a unit's own noise, its input, the rise in loss",
                frozen_activity="no",
                update_locking="yes: the loss of both passes must be known",
            ),
            knows=("input", "unit_noise", "loss"),
            source="Williams 1992; Werfel, Xie and Seung 2005",
        ),
        Rule(
            name="activity_perturbation",
            title="node perturbation of activities",
            exercise="activity_perturbation",
            carrier=carriers.DICE_ON_UNITS,
            knobs=(_learning_rate(0.1), _noise(0.01)),
            passes=2,
            plausibility=Plausibility(
                weight_transport="no",
                locality="yes, with one global signal; a unit must know its own slope",
                frozen_activity="no",
                update_locking="yes: the loss of both passes must be known",
            ),
            knows=("input", "slope", "unit_noise", "loss"),
            source="as node perturbation, with the noise behind the nonlinearity",
        ),
        Rule(
            name="feedback_alignment",
            title="feedback alignment",
            exercise="feedback_alignment",
            carrier=carriers.FIXED,
            knobs=(_learning_rate(0.5), FEEDBACK_SCALE),
            state={"feedback": draw_feedback},
            plausibility=Plausibility(
                weight_transport="no: the way down has fixed random weights of its own",
                locality="no: an update depends on the errors of all layers above",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error"),
            source="Lillicrap, Cownden, Tweed and Akerman 2016",
        ),
        Rule(
            name="kolen_pollack",
            title="Kolen-Pollack",
            exercise="kolen_pollack",
            carrier=carriers.LEARNING,
            knobs=(
                _learning_rate(0.5),
                Knob("decay", 1e-3, 1e-5, 1.0, log=True, label="λ"),
                FEEDBACK_SCALE,
            ),
            state={"feedback": draw_feedback},
            trains=("feedback",),
            uses=("feedback_alignment",),
            plausibility=Plausibility(
                weight_transport="no: both ways learn from the same two activities",
                locality="no: an update depends on the errors of all layers above",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error", "weight"),
            source="Kolen and Pollack 1994; Akrout and others 2019, eqs. 16 and 17",
        ),
        Rule(
            name="weight_mirror",
            title="weight mirror",
            exercise="feedback_alignment",
            carrier=carriers.LEARNING,
            knobs=(
                _learning_rate(0.5),
                Knob("mirror_rate", 0.1, 1e-3, 1.0, log=True),
                Knob("samples", 64, 2, 512, log=True, label="noise samples", whole=True, least=1),
                Knob("noise", 1.0, 1e-2, 10.0, log=True, label="σ", divides=True),
                FEEDBACK_SCALE,
            ),
            state={"feedback": draw_feedback},
            phases=(Phase("weight_mirror", ("feedback",), learning_rate="mirror_rate"),),
            passes=2,
            plausibility=Plausibility(
                weight_transport="no: the way down learns from noise that runs up",
                locality="no: an update depends on the errors of all layers above",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known, and the mirror needs "
                "times when it is dark",
            ),
            knows=("input", "slope", "error"),
            source="Akrout, Wilson, Humphreys, Lillicrap and Tweed 2019, eqs. 7 to 9",
        ),
        Rule(
            name="sign_symmetry",
            title="sign symmetry",
            exercise="sign_symmetry",
            carrier=carriers.SIGNS,
            knobs=(_learning_rate(0.5), FEEDBACK_SCALE),
            state={"magnitudes": draw_equal_magnitudes},
            plausibility=SIGNS_ALONE,
            knows=("input", "slope", "error", "signs"),
            source="Liao, Leibo and Poggio 2016, with uniform magnitudes",
        ),
        Rule(
            name="sign_symmetry_random",
            title="sign symmetry with random magnitudes",
            exercise="sign_symmetry",
            carrier=carriers.SIGNS,
            knobs=(_learning_rate(0.5), FEEDBACK_SCALE),
            state={"magnitudes": draw_random_magnitudes},
            plausibility=SIGNS_ALONE,
            knows=("input", "slope", "error", "signs"),
            source="Liao, Leibo and Poggio 2016, with fixed random magnitudes",
        ),
        Rule(
            name="sign_symmetry_redrawn",
            title="sign symmetry with redrawn magnitudes",
            exercise="sign_symmetry",
            carrier=carriers.SIGNS,
            knobs=(_learning_rate(0.5), FEEDBACK_SCALE),
            state={"magnitudes": draw_random_magnitudes},
            redraws=("magnitudes",),
            plausibility=SIGNS_ALONE,
            knows=("input", "slope", "error", "signs"),
            source="Liao, Leibo and Poggio 2016, with magnitudes redrawn in each batch",
        ),
        Rule(
            name="batch_manhattan",
            title="Batch Manhattan",
            exercise="batch_manhattan",
            carrier=carriers.SIGNS,
            # So far every synapse moves in every step.
            knobs=(_learning_rate(0.002), FEEDBACK_SCALE),
            state={"magnitudes": draw_equal_magnitudes},
            uses=("sign_symmetry",),
            plausibility=SIGNS_ALONE,
            knows=("input", "slope", "error", "signs"),
            source="Liao, Leibo and Poggio 2016, with uniform magnitudes and without momentum",
        ),
        Rule(
            name="direct_feedback_alignment",
            title="direct feedback alignment",
            exercise="direct_feedback_alignment",
            carrier=carriers.DIRECT,
            knobs=(_learning_rate(0.5), DIRECT_SCALE),
            state={"direct": draw_direct},
            plausibility=Plausibility(
                weight_transport="no: each layer has fixed random weights from the output",
                locality="yes, with the output's error broadcast to every unit",
                frozen_activity="yes: activity must wait until the error is known",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "output_error"),
            source="Nøkland 2016",
        ),
        Rule(
            name="direct_random_target_projection",
            title="direct random target projection",
            exercise="direct_random_target_projection",
            carrier=carriers.LABEL,
            knobs=(_learning_rate(0.5), DIRECT_SCALE),
            state={"direct": draw_direct},
            plausibility=Plausibility(
                weight_transport="no: each layer has fixed random weights from the target",
                locality="yes, with the target broadcast to every unit",
                frozen_activity="no: a layer learns as soon as it is active",
                update_locking="no: hidden layers learn before the output is known",
            ),
            knows=("input", "slope", "label"),
            source="Frenkel, Lefebvre and Bol 2021",
        ),
        Rule(
            name="activation_alignment",
            title="activation alignment",
            exercise="feedback_alignment",
            carrier=carriers.LEARNING,
            knobs=(_learning_rate(0.5), ALIGNMENT_RATE, FEEDBACK_SCALE),
            state={"feedback": draw_feedback},
            phases=(Phase("activation_alignment", ("feedback",), learning_rate="alignment_rate"),),
            passes=2,
            plausibility=Plausibility(
                weight_transport="no: the way down learns from the activity of both ends",
                locality="no: an update depends on the errors of all layers above, and that of B on "
                "pairs of units below",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error"),
            source="Kunin and others 2020, with equal coefficients and the activity scaled",
        ),
        Rule(
            name="information_alignment",
            title="information alignment",
            exercise="feedback_alignment",
            carrier=carriers.LEARNING,
            knobs=(
                _learning_rate(0.5),
                ALIGNMENT_RATE,
                Knob("ridge", 1e-2, 1e-4, 1.0, log=True, label="γ"),
                FEEDBACK_SCALE,
            ),
            state={"feedback": draw_feedback},
            phases=(Phase("information_alignment", ("feedback",), learning_rate="alignment_rate"),),
            passes=2,
            plausibility=Plausibility(
                weight_transport="no: the way down learns from what it gives back of the activity",
                locality="no: an update depends on the errors of all layers above; B's own is local",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error"),
            source="Kunin and others 2020, with coefficients 1, 1 and γ and the response scaled",
        ),
        Rule(
            name="symmetric_alignment",
            title="symmetric alignment",
            exercise="feedback_alignment",
            carrier=carriers.LEARNING,
            knobs=(_learning_rate(0.5), ALIGNMENT_RATE, FEEDBACK_SCALE),
            state={"feedback": draw_feedback},
            phases=(Phase("symmetric_alignment", ("feedback",), learning_rate="alignment_rate"),),
            plausibility=Plausibility(
                weight_transport="yes: each synapse on the way down reads its partner's weight, slowly",
                locality="no: an update depends on the errors of all layers above, and B on weights "
                "that are not its own",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error"),
            source="Kunin and others 2020, with equal coefficients",
        ),
        Rule(
            name="pepita",
            title="PEPITA",
            exercise="pepita",
            carrier=carriers.SECOND_LOOK,
            knobs=(
                _learning_rate(0.5),
                _scale("F", "projection_scale", 0.2),
            ),
            state={"projection": draw_projection},
            passes=2,
            plausibility=Plausibility(
                weight_transport="no: the error enters at the input, through fixed random weights",
                locality="yes: a unit's own change from the first look to the second, times its input",
                frozen_activity="no: nothing flows back; the activity of the first look is remembered",
                update_locking="in part: the first layer learns as soon as the second look begins",
            ),
            knows=("input", "change"),
            source="Dellaferrera and Kreiman 2022, algorithm 1",
        ),
        Rule(
            name="difference_target_propagation",
            title="difference target propagation",
            exercise="difference_target_propagation",
            carrier=carriers.TARGETS,
            knobs=(
                _learning_rate(0.5),
                Knob("target_step", 0.3, 1e-3, 10.0, log=True, label="s", divides=True),
                *INVERSE_KNOBS,
            ),
            state={
                "inverse": draw_inverses_below_the_output,
                "auxiliary": draw_auxiliary,
                "shake": draw_shake,
            },
            redraws=("shake",),
            phases=(INVERSE_TRAINING,),
            uses=("difference_targets",),
            passes=3,  # and the shaken activity goes up, and down again
            plausibility=Plausibility(
                weight_transport="at the output alone: its error goes one layer down through W°ᵀ",
                locality="yes: a unit's own target, its activity and its input",
                frozen_activity="in part: activity must wait for targets, which are activities too",
                update_locking="yes: no layer has a target before the output is known",
            ),
            knows=("input", "activity", "slope", "target", "weights"),
            source="Lee, Zhang, Fischer and Bengio 2015, algorithm 1",
        ),
        Rule(
            name="simplified_target_propagation",
            title="simplified target propagation",
            exercise="simplified_target_propagation",
            carrier=carriers.TARGETS,
            knobs=(_learning_rate(0.5), *INVERSE_KNOBS),
            state={"inverse": draw_inverses, "auxiliary": draw_auxiliary, "shake": draw_shake},
            redraws=("shake",),
            phases=(INVERSE_TRAINING,),
            uses=("difference_targets",),
            passes=3,
            plausibility=TARGETS_ALONE,
            knows=("input", "activity", "slope", "target"),
            source="Bartunov and others 2018",
        ),
        Rule(
            name="auxiliary_target_propagation",
            title="target propagation with auxiliary outputs",
            exercise="simplified_target_propagation",
            carrier=carriers.TARGETS,
            knobs=(
                _learning_rate(0.5),
                *INVERSE_KNOBS,
                Knob("auxiliary_units", 32, 1, 128, log=True, whole=True),
            ),
            state={"inverse": draw_inverses, "auxiliary": draw_auxiliary, "shake": draw_shake},
            redraws=("shake",),
            phases=(INVERSE_TRAINING,),
            uses=("difference_targets",),
            passes=3,
            plausibility=TARGETS_ALONE,
            knows=("input", "activity", "slope", "target"),
            source="Bartunov and others 2018, with fixed random auxiliary weights",
        ),
        Rule(
            name="local_representation_alignment",
            title="LRA-fdbk",
            exercise="local_representation_alignment",
            carrier=carriers.TARGETS_THROUGH_B,
            knobs=(_learning_rate(0.5), *CORRECTIONS, FEEDBACK_SCALE),
            state={"feedback": draw_feedback},
            passes=lambda knobs: int(knobs["corrections"]),
            plausibility=Plausibility(
                weight_transport="no: corrections come down through fixed random weights",
                locality="yes: a unit's own target, its activity and its input",
                frozen_activity="yes: activity must wait for its target",
                update_locking="yes: no layer has a target before the one above has its own",
            ),
            knows=("input", "activity", "slope", "target"),
            source="Ororbia, Mali, Kifer and Giles 2018",
        ),
        Rule(
            name="lra_diff",
            title="LRA-diff",
            exercise="lra_diff",
            carrier=carriers.TARGETS_THROUGH_W,
            knobs=(_learning_rate(0.5), *CORRECTIONS),
            passes=lambda knobs: int(knobs["corrections"]),
            plausibility=Plausibility(
                weight_transport="yes: a correction is a slope, through the weights of the layer above",
                locality="in part: corrections know the weights of one layer above, and no more",
                frozen_activity="yes: activity must wait for its target",
                update_locking="yes: no layer has a target before the one above has its own",
            ),
            knows=("input", "activity", "slope", "target", "weights"),
            source="Ororbia, Mali, Kifer and Giles 2018",
        ),
        Rule(
            name="convolutional_backprop",
            title="convolutional backprop",
            exercise="convolutional_backprop",
            carrier=carriers.TRANSPOSE,
            uses=("kernel_update",),
            network=ConvolutionalNetwork,
            knobs=(_learning_rate(0.05),),
            plausibility=Plausibility(
                weight_transport="yes: errors return through the transpose of the forward weights, and "
                "a kernel has copies at all places",
                locality="no: an update depends on all weights downstream, and on all places",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error", "weights", "places"),
            source="LeCun, Bottou, Bengio and Haffner 1998",
        ),
        Rule(
            name="frozen_kernels",
            title="backprop with frozen kernels",
            exercise="convolutional_backprop",
            carrier=carriers.NOBODY,
            uses=("kernel_update",),
            network=ConvolutionalNetwork,
            output_only=True,
            knobs=(_learning_rate(0.05),),
            plausibility=Plausibility(
                weight_transport="no",
                locality="yes: the error of a unit times what comes in",
                frozen_activity="no",
                update_locking="yes, for the one layer that learns",
            ),
            knows=("input", "error"),
            source="the delta rule: Widrow and Hoff 1960",
        ),
        Rule(
            name="convolutional_feedback_alignment",
            title="convolutional feedback alignment",
            exercise="convolutional_feedback_alignment",
            carrier=carriers.FIXED,
            uses=("kernel_update",),
            network=ConvolutionalNetwork,
            knobs=(_learning_rate(0.05), FEEDBACK_SCALE),
            state={"feedback": draw_feedback},
            plausibility=Plausibility(
                weight_transport=COPIES,
                locality="no: an update depends on the errors of the layer above, at all places",
                frozen_activity="yes: activity must wait while errors flow",
                update_locking="yes: no layer learns before the output is known",
            ),
            knows=("input", "slope", "error", "places"),
            source="Lillicrap and others 2016; Bartunov and others 2018",
        ),
        Rule(
            name="convolutional_target_projection",
            title="convolutional target projection",
            exercise="convolutional_target_projection",
            carrier=carriers.LABEL,
            uses=("kernel_update",),
            network=ConvolutionalNetwork,
            knobs=(_learning_rate(0.05), DIRECT_SCALE),
            state={"direct": draw_direct},
            plausibility=Plausibility(
                weight_transport=COPIES,
                locality="no: the target is broadcast to all units, but a kernel learns at all places",
                frozen_activity="no: a layer learns as soon as it is active",
                update_locking="no: the kernels learn before the output is known",
            ),
            knows=("input", "slope", "label", "places"),
            source="Frenkel, Lefebvre and Bol 2021",
        ),
        Rule(
            name="convolutional_pepita",
            title="convolutional PEPITA",
            exercise="convolutional_pepita",
            carrier=carriers.SECOND_LOOK,
            uses=("kernel_update",),
            network=ConvolutionalNetwork,
            knobs=(
                _learning_rate(0.05),
                _scale("F", "projection_scale", 0.05),
            ),
            state={"projection": draw_projection},
            passes=2,
            plausibility=Plausibility(
                weight_transport=COPIES,
                locality="no: a unit's own change times its input, but a kernel learns at all places",
                frozen_activity="no: nothing flows back; the activity of the first look is remembered",
                update_locking="in part: the kernels learn as soon as the second look begins",
            ),
            knows=("input", "change", "places"),
            source="Dellaferrera and Kreiman 2022, section 3.3",
        ),
    )
}
TITLES.update({rule.title: name for name, rule in CATALOGUE.items()})


def get_rule(rule: str | Rule) -> Rule:
    """The rule of that name (a :class:`Rule` is passed through).

    Raises
    ------
    ValueError
        If the catalogue has no rule of that name; or, for one of your own, if an exercise of it asks for
        something that it does not have, or if nothing reads a knob that no rule of the catalogue with
        this exercise has.
    """
    if isinstance(rule, Rule):
        if rule is not CATALOGUE.get(rule.name):
            alike = [known for known in CATALOGUE.values() if known.exercise == rule.exercise]
            rule.require_its_parts({knob.name for known in alike for knob in known.knobs})
        return rule
    if not isinstance(rule, str) or rule not in CATALOGUE:
        names = {known.title.casefold(): name for name, known in CATALOGUE.items()}
        names |= {name: name for name in CATALOGUE}
        given = rule.strip().casefold() if isinstance(rule, str) else ""
        near = difflib.get_close_matches(given, names, n=1)
        meant = f" Did you mean {names[near[0]]!r}?" if near else ""
        raise ValueError(
            f"There is no rule {said(rule)}: choose one of {', '.join(CATALOGUE)}.{meant}"
        )
    return CATALOGUE[rule]


def get_rules(rules: str | Rule | Iterable[str | Rule]) -> list[Rule]:
    """The rules of those names, or the one of that name.

    Raises
    ------
    ValueError
        If the catalogue has no rule of a name, or two have one name: tables tell them apart by it.
    TypeError
        If it is a dict, whose values would be lost.
    """
    if isinstance(rules, Mapping):
        raise TypeError(f"Rules are given in a list, such as {[*rules]}, and not in a dict.")
    one = isinstance(rules, str) or not isinstance(rules, Iterable)
    given: list = [rules] if one else list(rules)  # type: ignore[arg-type]
    found = [get_rule(rule) for rule in given]
    names = [rule.name for rule in found]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ValueError(
            f"{' and '.join(twice)} is given more than once, and a table tells rules apart by their "
            "names: give a rule that you have changed a name of its own, "
            'such as replace(rule, name="mine", ...).'
        )
    return found


def initial_state(
    rule: Rule, network: Network, rng: np.random.Generator, knobs: Knobs
) -> dict[str, Arrays]:
    """The state that a rule carries, drawn for a network.

    Raises
    ------
    TypeError, ValueError
        If what a student's own rule draws is not a list with as many arrays as its exercise takes.
    """
    state = rule.initial_state(network, rng, knobs)
    for name in state:
        usual = {
            known.state[name]: known
            for known in CATALOGUE.values()
            if known.exercise == rule.exercise and name in known.state
        }
        if not usual or rule.state[name] in usual:
            continue
        draw, known = next(iter(usual.items()))
        expected = draw(network, np.random.default_rng(0), known.settings({}))
        if not (
            [a is None for a in state[name]] == [a is None for a in expected]
            and all(map(_can_be_told, state[name], expected))
        ):
            raise ValueError(
                f"{name} of {rule.title} is drawn as {shapes(state[name])}; {rule.exercise} takes "
                f"{shapes(expected)}."
            )
    return state


def misdrawn(exercise: str, network: Network, state: Mapping[str, Arrays]) -> str:
    """A sentence on state that is drawn in other shapes than the catalogue draws it for an exercise, if
    there is any; to be asked where the exercise has failed, since an own answer may take others."""
    rules = [known for known in CATALOGUE.values() if exercise in known._called()]
    for name, arrays in state.items():
        draws = {known.state[name]: known for known in rules if name in known.state}
        usual = [
            draw(network, np.random.default_rng(0), known.settings({}))
            for draw, known in draws.items()
        ]
        if usual and shapes(arrays) not in map(shapes, usual):
            return (
                f"{name} is drawn as {shapes(arrays)}, an array for each layer; {exercise} takes "
                f"{shapes(usual[0])}."
            )
    return ""


def _can_be_told(drawn: np.ndarray | None, expected: np.ndarray | None) -> bool:
    """Whether numpy would repeat no axis of what was drawn: it refuses other misfits itself."""
    if drawn is None or expected is None:
        return True
    return drawn.ndim == expected.ndim and all(
        own != 1 or usual <= 1 for own, usual in zip(drawn.shape, expected.shape, strict=True)
    )


def rule_names() -> list[str]:
    """The names of all rules, in the order in which the course meets them."""
    return list(CATALOGUE)


def words_of(name: object) -> str:
    """What people call a rule, by the title of its entry; any other name with spaces for underscores."""
    rule = CATALOGUE.get(str(name))
    return rule.title if rule else str(name).replace("_", " ")


def words_of_knobs() -> dict[str, str]:
    """What each knob of the catalogue is called on a slider and on an axis, by its name in code."""
    return {knob.name: knob.words for rule in CATALOGUE.values() for knob in rule.knobs}
