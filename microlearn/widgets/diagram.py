"""The signals of one update as a picture: activity goes up, what carries the error comes down.

It is drawn from :class:`microlearn.signals.Signals` and the rule's carrier, and knows no rule by name.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

import numpy as np

from ..looks import BLUE, ORANGE, look_of
from ..rules import SIGNALS
from ..signals import SAMPLE, Signals
from .svg import FOREGROUND

Array = np.ndarray

STAGES = ("Activity up", "Error down", "Update")
WIDTH, HEIGHT = 460, 460
ACROSS, ABOVE, APART, RADIUS, BUS = (118, 314), 70, 120, 21, 446
"""Pixels: the two columns of units, the output, from layer to layer, a unit, and the lane at the right
in which something goes to many units."""
LAYERS = ("input", "first hidden layer", "second hidden layer", "output")
AT_THE_OUTPUT = "the error of its own unit, which has a target"
PLUS, MINUS = BLUE, ORANGE

Place = tuple[int, int]
Synapse = tuple[int, int, int]
"""Its layer, the unit below it and the unit above, counted from 0."""


def synapses() -> list[Synapse]:
    """All synapses of the small network."""
    return [(layer, i, j) for layer in range(3) for i in range(2) for j in range(2)]


def name_of(synapse: Synapse) -> str:
    """A synapse in words."""
    layer, i, j = synapse
    return f"{LAYERS[layer]} {i + 1} → {LAYERS[layer + 1]} {j + 1}"


def diagram(signals: Signals, stage: str, chosen: Synapse | None = None) -> str:
    """One stage as SVG, with a description for screen readers; the chosen synapse is marked."""
    marked = [halo(chosen)] if chosen else []
    parts = [_DRAW[stage](signals), *marked, *_units(signals, stage)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{html.escape(in_words(signals, stage), quote=True)}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="13" '
        f'style="color:{FOREGROUND};width:100%;max-width:{WIDTH}px;display:block" fill="currentColor">'
        f"{''.join(parts)}</svg>"
    )


# --- in words -------------------------------------------------------------------------------------


def in_words(signals: Signals, stage: str) -> str:
    """A stage as sentences."""
    if stage == STAGES[0]:
        layers = ", ".join(
            f"{name} {_several(h)}" for name, h in zip(LAYERS, signals.h, strict=True)
        )
        return (
            f"Activity goes up: {layers}. Wanted is {_several(SAMPLE[1])}, so the loss is "
            f"{signals.losses[0]:.3f}, and the output should have moved by {_several(signals.error)}."
        )
    if stage == STAGES[1]:
        carrier = signals.rule.carrier
        also = {
            "everywhere": f" With the shakes {_rise(signals)}, and everybody hears that number.",
            "input": " The error is mixed into the input, and activity goes up once more.",
        }.get(carrier.way, "")
        words = f"In {signals.rule.title}, what carries the error is: {carrier.name}.{also}"
        if not signals.tells_units:
            return f"{words} The numbers on the connections are the shakes of their weights."
        told = ", ".join(
            f"{name} {_several(t)}" for name, t in zip(LAYERS[1:], signals.told, strict=True)
        )
        return f"{words} Each unit is told how it should change, per unit of learning rate: {told}."
    largest = max(synapses(), key=lambda s: abs(signals.changes[s[0]][s[1:]]))
    learned = "".join(
        f" Its {name} has learned too, by {_number(change)} at most."
        for name, change in signals.learned.items()
    )
    before, after = signals.losses
    return (
        f"Update {signals.number}, at a learning rate of {signals.rate:g}: the largest change, "
        f"{_signed(signals.changes[largest[0]][largest[1:]])}, is that of {name_of(largest)}. The loss "
        f"goes from {before:.3f} to {after:.3f}.{learned}"
    )


def needs(signals: Signals, synapse: Synapse) -> list[tuple[str, str]]:
    """What a synapse must know, and whether that is local; empty for one that never changes."""
    rule, knows = signals.rule, signals.rule.knows
    if synapse[0] == 2 and rule.carrier.way != "everywhere":
        here = [SIGNALS["input"].words, AT_THE_OUTPUT]
        here += [SIGNALS["weight"].words] if "weight" in knows else []
        return [(what, "local") for what in here]
    if rule.output_only:
        return []
    return [(SIGNALS[s].words, "local" if SIGNALS[s].is_here else "not local") for s in knows]


def as_product(signals: Signals, synapse: Synapse) -> str:
    """The change of a synapse as what comes in times what its unit is told, where it is that."""
    layer, i, j = synapse
    change, told = signals.changes[layer][i, j], signals.told[layer][j]
    second = signals.second if signals.rule.carrier.way == "input" else None
    comes_in = (second.h if second else signals.h)[layer][i]
    if not math.isclose(signals.update[layer][i, j], comes_in * told, rel_tol=1e-4, abs_tol=1e-7):
        return f"It changes by {_signed(change)}."
    return (
        f"It changes by {_signed(change)} = {signals.rate:g} × {_signed(comes_in)} × {_signed(told)}: "
        "the learning rate, what comes in, what its unit is told."
    )


def _rise(signals: Signals) -> str:
    return f"the loss {'rose' if signals.rise >= 0 else 'fell'} by {_number(abs(signals.rise))}"


def _signed(value: float) -> str:
    return _number(value, "+") if value else "0"


def _number(value: float, sign: str = "") -> str:
    value = float(value)
    if 0 < abs(value) < 5e-6:  # no "−0.00000"
        return f"{value:{sign}.0e}".replace("e-0", "e-").replace("-", "−")
    digits = (
        2 if abs(value) >= 0.095 or value == 0 else min(5, 1 - math.floor(math.log10(abs(value))))
    )
    return f"{value:{sign}.{digits}f}".replace("-", "−")


def _several(values: Iterable[float]) -> str:
    return " and ".join(map(_number, values))


# --- the stages -----------------------------------------------------------------------------------


def _up(signals: Signals) -> str:
    loss = f'<text x="{WIDTH - 8}" y="24" text-anchor="end">loss {signals.losses[0]:.3f}</text>'
    return loss + "".join(
        _edge(s, value := signals.before.weights[s[0]][s[1:]], 2.2 * abs(value), _number(value))
        for s in synapses()
    )


def _down(signals: Signals) -> str:
    faint = "".join(_edge(s, 0.0, 1, "") for s in synapses())
    return faint + _WAYS[signals.rule.carrier.way](signals)


def _update(signals: Signals) -> str:
    changes = signals.changes
    longest = max(float(np.abs(c[:-1]).max()) for c in changes) or 1.0
    before, after = signals.losses
    loss = f'<text x="{WIDTH - 8}" y="24" text-anchor="end">loss {before:.3f} → {after:.3f}</text>'
    return loss + "".join(
        _edge(s, value := changes[s[0]][s[1:]], 6 * abs(value) / longest, _signed(value))
        for s in synapses()
    )


def _layer_by_layer(signals: Signals) -> str:
    """Beside the connections on the way up; on them, where they are the very same weights."""
    colour, parts = look_of(signals.rule.name).colour, []
    for layer, way in enumerate(signals.ways):
        if way is None:
            continue
        same = np.array_equal(way, signals.before.weights[layer][:-1].T)
        parts += [
            _arrow_down((layer, i, j), way[j, i], colour, 0 if same else 6)
            for i in range(2)
            for j in range(2)
        ]
    return "".join(parts)


def _straight(signals: Signals) -> str:
    source = SAMPLE[1] if signals.rule.carrier.source == "label" else signals.error
    arriving = [np.asarray(source, np.float32) @ way for way in signals.ways if way is not None]
    return _bus(signals, [1, 2], arriving, f"{signals.rule.carrier.source} {_several(source)}")


def _into_the_input(signals: Signals) -> str:
    assert signals.ways[0] is not None
    error = _several(signals.error)
    return _bus(signals, [0], [-signals.error @ signals.ways[0]], f"error {error}")


def _to_everybody(signals: Signals) -> str:
    lane = _bus(signals, [1, 2, 3], [], _rise(signals))
    if signals.tells_units:
        return lane
    return lane + "".join(
        _edge(s, value := signals.shaken_weights[s[0]][s[1:]], 1.5, _signed(value))
        for s in synapses()
    )


def _nobody(signals: Signals) -> str:
    return f'<text x="{WIDTH - 8}" y="24" text-anchor="end">nothing comes down</text>'


_DRAW = dict(zip(STAGES, (_up, _down, _update), strict=True))
_WAYS = {
    "down": _layer_by_layer,
    "direct": _straight,
    "input": _into_the_input,
    "everywhere": _to_everybody,
    "": _nobody,
}


# --- the parts ------------------------------------------------------------------------------------


def _at(layer: int, unit: int) -> Place:
    return ACROSS[unit], ABOVE + APART * (3 - layer)


def _units(signals: Signals, stage: str) -> list[str]:
    parts = []
    for layer, h in enumerate(signals.h):
        for unit in range(2):
            x, y = _at(layer, unit)
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="none" stroke="{_colour(h[unit])}" '
                f'stroke-width="{1 + 3 * min(1, abs(h[unit])):.1f}"/>'
                f'<text x="{x}" y="{y + 5}" text-anchor="middle">{_number(h[unit])}</text>'
            )
            parts += _beside(_note(signals, stage, layer, unit), x, y, unit)
    return parts


def _note(signals: Signals, stage: str, layer: int, unit: int) -> list[str]:
    """What stands beside a unit: what is wanted of it, its shake or second activity, what it is told."""
    lines = ["input"] if layer == 0 else []
    if layer == 3:
        lines.append(f"wanted {SAMPLE[1][unit]:g}")
    if stage == STAGES[1] and signals.second is not None:
        if layer and (shake := signals.second.shakes[layer - 1]) is not None:
            lines.append(f"shake {_signed(shake[unit])}")
        elif signals.rule.carrier.way == "input" and layer < 3:
            lines.append(f"then {_number(signals.second.h[layer][unit])}")
    if stage != STAGES[0] and layer and signals.tells_units:
        lines.append(f"told {_signed(signals.told[layer - 1][unit])}")
    return lines


def _beside(lines: Sequence[str], x: int, y: int, unit: int) -> list[str]:
    side, anchor = ((-1, "end"), (1, "start"))[unit]
    return [
        f'<text x="{x + side * (RADIUS + 6)}" y="{y + 5 + 16 * (k - (len(lines) - 1) / 2):g}" '
        f'text-anchor="{anchor}" font-size="12">{line}</text>'
        for k, line in enumerate(lines)
    ]


def _colour(value: float) -> str:
    return PLUS if value >= 0 else MINUS


def _between(a: Place, b: Place, shift: float = 0.0) -> tuple[float, float, float, float]:
    """From the rim of one unit to the rim of another, shifted to the right."""
    (x0, y0), (x1, y1) = a, b
    length = math.hypot(x1 - x0, y1 - y0)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    gap = RADIUS + 2
    return x0 + gap * ux + shift, y0 + gap * uy, x1 - gap * ux + shift, y1 - gap * uy


def _edge(synapse: Synapse, value: float, width: float, label: str) -> str:
    """A synapse on the way up, its number near the unit below."""
    layer, i, j = synapse
    x0, y0, x1, y1 = _between(_at(layer, i), _at(layer + 1, j))
    if not label:
        line = f'<path d="M{x0:.1f},{y0:.1f}L{x1:.1f},{y1:.1f}" stroke="currentColor" '
        return f'{line}stroke-opacity="0.3"/>'
    return (
        f'<path class="ml-signal" d="M{x0:.1f},{y0:.1f}L{x1:.1f},{y1:.1f}" stroke="{_colour(value)}" '
        f'stroke-width="{max(1, width):.1f}"/>{_on_it(synapse, label, 0.17)}'
    )


def _on_it(synapse: Synapse, label: str, part: float, shift: float = 0.0) -> str:
    """A number beside a synapse: outside where it is straight, else inside, near one of its ends."""
    layer, i, j = synapse
    (x0, y0), (x1, y1) = _at(layer, i), _at(layer + 1, j)
    if i == j:
        x, y, anchor = x0 + shift + (-7, 7)[i], (y0 + y1) / 2 + 4, ("end", "start")[i]
    else:
        x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0) + 4
        at_left = x < sum(ACROSS) / 2
        x, anchor = (x + 7, "start") if at_left else (x - 7, "end")
        y += 8 if part < 0.5 else -8
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11">{label}</text>'


def _arrow_down(synapse: Synapse, value: float, colour: str, shift: float) -> str:
    """A connection on the way down, dashed where it is not one of the way up; its number is near the
    unit above."""
    layer, i, j = synapse
    x0, y0, x1, y1 = _between(_at(layer + 1, j), _at(layer, i), shift)
    dashes = 'stroke-dasharray="7 4"' if shift else ""
    line = (
        f'<path class="ml-signal" d="M{x0:.1f},{y0:.1f}L{x1:.1f},{y1:.1f}" stroke="{colour}" '
        f'stroke-width="{max(1, 2.2 * abs(value)):.1f}" {dashes}/>'
    )
    return line + _head(x0, y0, x1, y1, colour) + _on_it(synapse, _number(value), 0.83, shift)


def _head(x0: float, y0: float, x1: float, y1: float, colour: str) -> str:
    """The head of an arrow."""
    turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
    return (
        f'<path d="M0,0l-10,-4.5v9z" fill="{colour}" '
        f'transform="translate({x1:.1f} {y1:.1f}) rotate({turn:.0f})"/>'
    )


def _bus(signals: Signals, layers: Sequence[int], arriving: Sequence[Array], label: str) -> str:
    """A lane at the right from the top, with a branch to each unit of these layers."""
    colour, parts = look_of(signals.rule.name).colour, []
    end = _at(layers[0], 0)[1] - RADIUS - 20
    line = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="7 4"'
    parts.append(
        f'<text x="{WIDTH - 8}" y="18" text-anchor="end">{label}</text>'
        f'<path class="ml-signal" d="M{BUS},26V{end}" {line}/>'
    )
    for k, layer in enumerate(layers):
        for unit in range(2):
            x, y = _at(layer, unit)
            x, top = x + 9, y - RADIUS - 20
            parts.append(
                f'<path class="ml-signal" d="M{BUS},{top}H{x}V{y - RADIUS - 4}" {line}/>'
                + _head(x, top, x, y - RADIUS, colour)
            )
            if arriving:
                parts.append(
                    f'<text x="{x + 8}" y="{top - 4}" font-size="11">'
                    f"{_signed(arriving[k][unit])}</text>"
                )
    return "".join(parts)


def halo(synapse: Synapse) -> str:
    """What marks the chosen synapse."""
    layer, i, j = synapse
    x0, y0, x1, y1 = _between(_at(layer, i), _at(layer + 1, j))
    return (
        f'<path d="M{x0:.1f},{y0:.1f}L{x1:.1f},{y1:.1f}" stroke="currentColor" stroke-width="13" '
        'stroke-opacity="0.2" stroke-linecap="round"/>'
    )
