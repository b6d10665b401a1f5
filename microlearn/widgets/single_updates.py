"""Updates of single minibatches around their mean, beside the direction of steepest descent.

The page is the plane of two arrows: the mean update of the rule over some minibatches, and the
steepest descent on the same ones. So the angle between these two is true. Where they are one, the page
is turned to where single updates scatter most. Of each single update the part in the plane is drawn;
most of a noisy one stands upright on it.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Dataset
from ..gradients import descent_direction
from ..looks import INK
from ..metrics import flatten
from ..noise import fast_generator
from ..training import Training
from .seen import Seen, with_caption
from .svg import bare_image

Array = np.ndarray

UPDATES = 24
"""Minibatches, each with an update."""
NOTHING = 1e-6
"""A share of a length that rounding explains."""
SIZE, LONGEST = 230, 98
"""Pixels: of the picture, and of the longest arrow in it."""


@dataclass(frozen=True)
class Fan:
    """Updates in the plane of the steepest descent, which points along the first axis, and their mean.

    Attributes
    ----------
    singles : array of shape (updates, 2)
    mean : array of shape (2,)
    share : float
        How long the part of a single update in the plane is, of its whole length; the mean over them.
    """

    singles: Array
    mean: Array
    share: float

    @property
    def angle(self) -> float:
        """Of the mean to the steepest descent, in degrees; NaN where the mean is zero."""
        along, beside = self.mean
        return math.degrees(math.atan2(abs(beside), along)) if np.any(self.mean) else math.nan


def observe(run: Training) -> Generator[None, None, Fan | None]:
    """Updates of the hidden layers for some minibatches; None where nothing descends.

    A network without hidden layers shows all that it has.
    """
    rng, train, updates, descents = fast_generator(run.number), run.data.train, [], []
    for _ in range(UPDATES):
        rows = rng.choice(len(train), run.batch_size, replace=False)
        x, y = train.x[rows], train.y[rows]
        updates.append(_hidden(run.probe_update(run.network, x, y, rng)))
        descents.append(_hidden(descent_direction(run.network, x, y, run.loss)))
        yield
    return fan(np.stack(updates), np.mean(descents, axis=0))


def _hidden(update: Sequence[Array]) -> Array:
    return flatten(update[:-1] or update).astype(float)


def fan(updates: Array, descent: Array) -> Fan | None:
    """The updates, (updates, parameters), in the plane of their mean and of a direction.

    None where that direction is zero.
    """
    long = np.linalg.norm(descent)
    if not long:
        return None
    along, mean = descent / long, updates.mean(axis=0)
    beside = mean - (mean @ along) * along
    if np.linalg.norm(beside) <= NOTHING * np.linalg.norm(mean):
        beside = _widest(updates - np.outer(updates @ along, along))
    length = np.linalg.norm(beside)
    # What is left of updates that all point downhill is rounding, and has no direction.
    beside = beside / length if length > NOTHING * np.linalg.norm(updates) else 0 * along
    singles = updates @ np.stack([along, beside], axis=1)
    lengths = np.linalg.norm(updates, axis=1)
    shares = np.linalg.norm(singles, axis=1)[lengths > 0] / lengths[lengths > 0]
    share = float(shares.mean()) if len(shares) else 0.0
    return Fan(singles, np.array([mean @ along, mean @ beside]), share)


def _widest(vectors: Array) -> Array:
    """The direction, (parameters,), in which so many vectors, (vectors, parameters), are longest."""
    _, shares = np.linalg.eigh(vectors @ vectors.T)
    return np.asarray(shares[:, -1] @ vectors)


def draw(seen: Sequence[Seen], data: Dataset) -> str:
    """A picture for each rule, with a description in words."""
    drawn = (with_caption(_picture(one), _words(one)) for one in seen)
    return f'<div class="ml-views ml-fans">{"".join(drawn)}</div>'


def _words(one: Seen) -> str:
    step, found = one.last
    when = f"{one.title}, after {step:,} updates"
    if found is None:
        return f"{when}: the loss is flat here, so nothing points downhill."
    if math.isnan(found.angle):
        return f"{when}: its hidden layers do not change."
    return (
        f"{when}: the mean of {len(found.singles)} updates (thick) is {found.angle:.0f}° off the "
        f"steepest descent (dashed). Thin: single updates; {found.share:.0%} of their length lies in "
        "this plane."
    )


def _picture(one: Seen) -> str:
    _, found = one.last
    middle, colour, above, below = SIZE / 2, one.look.colour, 20.0, 34.0
    parts = [_arrow((LONGEST, 0), INK, 2, "6 4")]
    if found is not None and not math.isnan(found.angle):
        longest = max(float(np.linalg.norm(a)) for a in (*found.singles, found.mean))
        scale = LONGEST / longest
        heights = scale * found.singles[:, 1]
        above = max(above, 12 + float(heights.max()))
        below = max(below, 12 - float(heights.min()))
        parts += (_arrow(scale * single, colour, 0.8) for single in found.singles)
        parts += [_arrow(scale * found.mean, colour, 3.5), _arc(found.angle)]
    tall = above + below
    return bare_image(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{tall:.0f}" '
        f'viewBox="{-middle:g} {-above:.0f} {SIZE} {tall:.0f}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">{"".join(parts)}'
        f'<text x="{LONGEST}" y="15" text-anchor="end">downhill</text></svg>',
        f"{one.title}: single updates as arrows around their mean",
    )


def _arrow(tip: Sequence[float], colour: str, width: float, dash: str = "") -> str:
    """An arrow from the middle; up is positive."""
    x, y = float(tip[0]), -float(tip[1])
    length = math.hypot(x, y) or 1.0
    head = min(3 + 2 * width, length)
    ux, uy = x / length, y / length
    bx, by = x - head * ux, y - head * uy
    side = 0.45 * head
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="M0,0L{bx:.1f},{by:.1f}" stroke="{colour}" stroke-width="{width:g}"{dashes}/>'
        f'<path d="M{x:.1f},{y:.1f}L{bx - side * uy:.1f},{by + side * ux:.1f}'
        f'L{bx + side * uy:.1f},{by - side * ux:.1f}Z" fill="{colour}"/>'
    )


def _arc(angle: float, radius: float = 34) -> str:
    """From downhill to the mean, with the angle in degrees."""
    turn = math.radians(angle)
    x, y = radius * math.cos(turn), -radius * math.sin(turn)
    return (
        f'<path d="M{radius},0A{radius},{radius} 0 0 0 {x:.1f},{y:.1f}" fill="none" stroke="{INK}"/>'
        f'<text y="28" text-anchor="middle" font-size="14" font-weight="600">{angle:.0f}°</text>'
    )
