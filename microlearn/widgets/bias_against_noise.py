"""Bias against noise, the two faults of an update, with a dot that moves while the network trains."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace

from ..data import Dataset
from ..gradients import descent_direction
from ..measures import UPDATE_PROBES
from ..metrics import bias_and_noise_in_steps
from ..noise import fast_generator
from ..training import Training
from .seen import Seen, with_caption
from .svg import Line, Plot, bare_image, figure

DRAWS = 200
"""Updates of the same batch. The noise that is left in their mean is taken off."""
LEAST = 0.01
"""Added to the noise, so that a rule without any has a place on the logarithmic axis."""


def observe(run: Training) -> Generator[None, None, tuple[float, float]]:
    """The bias in degrees, and the noise as a multiple of the signal, of the hidden layers' update.

    A network without hidden layers shows all that it has.
    """
    x, y = run.data.train.x[:UPDATE_PROBES], run.data.train.y[:UPDATE_PROBES]
    rng, hidden = fast_generator(run.number), slice(len(run.network.weights) - 1 or None)
    return (
        yield from bias_and_noise_in_steps(
            lambda: run.probe_update(run.network, x, y, rng)[hidden],
            descent_direction(run.network, x, y, run.loss)[hidden],
            DRAWS,
            rng=rng,
        )
    )


def draw(seen: Sequence[Seen], data: Dataset) -> str:
    """One plot of all rules: the way that each has come, and a dot where it is."""
    lines, said = [], []
    for one in seen:
        ways = [(bias, noise + LEAST) for _, (bias, noise) in one.moments if math.isfinite(noise)]
        if not ways:
            said.append(f"{one.title}: its hidden layers do not change")
            continue
        bias, noise = zip(*ways, strict=True)
        lines += [
            Line(bias, noise, replace(one.look, width=1.2), dots=True),
            Line(bias[-1:], noise[-1:], replace(one.look, width=4), mark=one.side),
        ]
        said.append(
            f"{one.title}: bias {bias[-1]:.0f}°, noise {noise[-1] - LEAST:.2g} times the signal"
        )
    most = max((value for line in lines for value in line.y), default=1.0)
    plot = Plot(
        "bias against noise of the hidden layers' update",
        "bias: angle of the mean to the steepest descent, degrees",
        (-5, max(110, 5 + max((value for line in lines for value in line.x), default=0))),
        (LEAST / 1.5, max(100.0, 2 * most)),
        log_y=True,
        lines=lines,
    )
    step = max((one.last[0] for one in seen), default=0)
    legend = [(one.look, one.title) for one in seen]
    drawn = str(figure([plot], legend, ""))
    picture = bare_image(drawn, "bias against noise", "width:100%;max-width:474px")
    words = (
        f"After {step:,} updates, over {DRAWS} draws of the noise: {'; '.join(said)}. Upwards: "
        f"the scatter of single updates as a multiple of their mean, plus {LEAST:g}."
    )
    return f'<div class="ml-views">{with_caption(picture, words)}</div>'
