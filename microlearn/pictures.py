"""Pictures that explain an idea, drawn for one lesson each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from .plots import COLOURS, INK, Picture, Row, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def network_diagram(sizes: Sequence[int], names: Sequence[str] | None = None) -> Picture:
    """A network as circles and lines: at most seven units of each layer are drawn.

    Parameters
    ----------
    sizes : units in each layer, the input first
    names : what to call each layer
    """
    names = names or [
        "input x",
        *(f"hidden h{i}" for i in range(1, len(sizes) - 1)),
        "prediction ŷ",
    ]
    drawn = [min(size, 7) for size in sizes]
    with canvas(width=1.9 * len(sizes), height=2.8) as (figure, axes):
        ax = axes[0, 0]
        ax.axis("off")
        at = [
            [(layer, row - (count - 1) / 2) for row in range(count)]
            for layer, count in enumerate(drawn)
        ]
        for below, above in zip(at, at[1:], strict=False):
            for left, bottom in below:
                for right, top in above:
                    ax.plot([left, right], [bottom, top], color=INK, lw=0.6, alpha=0.5, zorder=1)
        for layer, units in enumerate(at):
            xs, ys = zip(*units, strict=True)
            ax.scatter(xs, ys, s=180, color=COLOURS[(0, 2, 5)[min(layer, 2)]], zorder=2)
            ax.text(layer, 4.1, names[layer], ha="center")
            ax.text(layer, -4.4, f"{sizes[layer]} units", ha="center")
        ax.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(-4.8, 4.6))
        layers = ", ".join(f"{name} ({size})" for name, size in zip(names, sizes, strict=True))
        return Picture(figure, f"A network drawn as layers of circles joined by lines: {layers}.")


def perturbation_landscape(draws: int = 60, seed: int = 0) -> Picture:
    """Steps of weight perturbation in a loss of two weights, beside the way straight down.

    Parameters
    ----------
    draws : steps to draw
    seed : fixes the shakes
    """
    curvature, at, noise = np.array([1.0, 3.0]), np.array([-1.6, 0.9]), 0.05

    def loss(w: np.ndarray) -> np.ndarray:
        return 0.5 * np.sum(curvature * w**2, axis=-1)

    downhill = -curvature * at
    psi = noise * np.random.default_rng(seed).standard_normal((draws, 2))
    steps = -(loss(at + psi) - loss(at))[:, None] * psi / noise**2
    scale = 0.25
    with canvas(width=7.5, height=4) as (figure, axes):
        ax = axes[0, 0]
        u, v = np.meshgrid(np.linspace(-2.6, 1.4, 200), np.linspace(-1.9, 1.7, 200))
        ax.contour(
            u, v, loss(np.stack([u, v], -1)), levels=12, colors=INK, alpha=0.35, linewidths=1
        )
        look = {"angles": "xy", "scale_units": "xy", "scale": 1}
        x, y = np.full(draws, at[0]), np.full(draws, at[1])
        ax.quiver(x, y, *(scale * steps).T, color=COLOURS[2], alpha=0.35, width=0.003, **look)
        mean = scale * steps.mean(axis=0)
        ax.quiver(*at, *mean, color=COLOURS[2], width=0.011, label="their average", **look)
        ax.plot(
            *np.stack([at, at + scale * downhill], 1), color=COLOURS[0], ls="--", label="downhill"
        )
        ax.plot(*at, "o", color=INK, label="the weights now")
        ax.set(xlabel="weight 1", ylabel="weight 2", xlim=(-2.6, 1.4), ylim=(-1.9, 1.7))
        ax.grid(False)
        ax.legend(loc="upper right")
        return Picture(
            figure,
            "Contour lines of a valley over two weights. From one point many thin arrows, single "
            "steps of weight perturbation, fan out to the downhill side and never to the uphill "
            "side; their thick average lies close to the dashed line straight downhill.",
        )


def matrix(entries: np.ndarray, title: str, alt: str) -> Picture:
    """A matrix as a field of colours, in the scale of its own largest entry.

    Parameters
    ----------
    entries : array of shape (rows, columns)
    alt : what there is to see, for those who can't
    """
    with canvas(width=2, height=2.5) as (figure, axes):
        ax, end = axes[0, 0], np.abs(entries).max()
        ax.imshow(entries, cmap="PuOr", vmin=-end, vmax=end, aspect="auto")
        ax.set(xticks=[], yticks=[])
        ax.set_title(title)
        ax.grid(False)
        return Picture(figure, alt)


def mirror_modes() -> Row:
    """The two modes of a network with a weight mirror, side by side."""
    orange = COLOURS[2]
    with canvas(width=4.2, height=3) as (figure, axes):
        day = axes[0, 0]
        _three_layers(day, "engaged")
        _arrow(day, 0.1, 0.9, -1.6, COLOURS[0], "W₁")
        _arrow(day, 1.1, 1.9, -1.6, COLOURS[0], "W₂")
        _arrow(day, 1.9, 1.1, -2.3, orange, "δ B₂")
        engaged = Picture(
            figure,
            "A network with an input, a hidden and an output layer, engaged: arrows W₁ and W₂ lead "
            "up, and an arrow δ B₂ leads from the output down to the hidden layer.",
        )
    with canvas(width=4.2, height=3) as (figure, axes):
        night, wave = axes[0, 0], np.linspace(0, 1, 200)
        _three_layers(night, "mirror")
        _arrow(night, 1.1, 1.9, -1.6, COLOURS[0], "W₂")
        night.plot(0.45 + 0.55 * wave, -1.6 + 0.12 * np.sin(6 * np.pi * wave), color=orange, lw=1.5)
        night.text(0.4, -1.67, "noise ξ", ha="right")
        night.text(1, -2.6, "B₂ moves towards response × noise", ha="center")
        mirror = Picture(
            figure,
            "The same network as a mirror: a wave of noise enters at the hidden layer alone, an arrow "
            "W₂ leads up from there, and B₂ moves towards response times noise.",
        )
    return Row(engaged, mirror)


def _three_layers(ax: Axes, title: str) -> None:
    """Input, hidden and output layer as circles and lines, with room below for arrows."""
    ax.axis("off")
    ax.set_title(title)
    ax.set(xlim=(-0.5, 2.5), ylim=(-3, 2.1))
    rows = (-1, 0, 1)
    for layer, name in enumerate(("x", "h", "ŷ")):
        ax.scatter([layer] * 3, rows, s=150, color=INK, zorder=2)
        ax.text(layer, 1.75, name, ha="center")
        for bottom, top in product(rows, rows) if layer < 2 else ():
            ax.plot([layer, layer + 1], [bottom, top], color=INK, lw=0.6, alpha=0.5, zorder=1)


def _arrow(ax: Axes, start: float, end: float, height: float, colour: str, text: str) -> None:
    ax.annotate(
        "",
        (end, height),
        (start, height),
        arrowprops={"arrowstyle": "->", "color": colour, "lw": 2},
    )
    ax.text((start + end) / 2, height - 0.38, text, ha="center")


def ways_back() -> Row:
    """How what the output knows comes back to two hidden layers: by stairs, by a lift, or as a label."""
    return Row(
        _way_back(
            "backprop", "δ", ["W₃ᵀ", "W₂ᵀ"], "the error δ goes down stairs, through W₃ᵀ, W₂ᵀ"
        ),
        _way_back(
            "feedback alignment",
            "δ",
            ["B₃", "B₂"],
            "the error δ goes down the same stairs, through random weights B₃, B₂",
        ),
        _way_back(
            "direct feedback",
            "δ",
            ["D₂", "D₁"],
            "the error δ goes down in a lift and steps out at each hidden layer, through D₂, D₁",
            lift=True,
        ),
        _way_back(
            "target projection",
            "y",
            ["D₂", "D₁"],
            "the label y, which comes from beside the network, goes down in a lift and steps out at "
            "each hidden layer, through D₂, D₁; the output is still dark",
            lift=True,
            waits=False,
        ),
    )


def _way_back(
    title: str,
    message: str,
    names: Sequence[str],
    words: str,
    lift: bool = False,
    waits: bool = True,
) -> Picture:
    """A small network, the input at the foot, and at its right the way down."""
    grey, colour, units = INK, COLOURS[2], (4, 4, 4, 2)
    with canvas(width=2.15, height=2.9) as (figure, axes):
        ax = axes[0, 0]
        ax.axis("off")
        ax.set_title(title)
        at = [
            [(unit - (count - 1) / 2, layer) for unit in range(count)]
            for layer, count in enumerate(units)
        ]
        for below, above in zip(at, at[1:], strict=False):
            for x, y in below:
                for right, top in above:
                    ax.plot([x, right], [y, top], color=grey, lw=0.5, alpha=0.4, zorder=1)
        for layer, row in enumerate(at):
            face = "none" if layer == 3 and not waits else grey
            ax.scatter(*zip(*row, strict=True), s=60, color=face, edgecolors=grey, zorder=2)
            ax.text(-2.25, layer, ("x", "h₁", "h₂", "ŷ")[layer], ha="center", va="center")

        def arrow(start: tuple[float, float], end: tuple[float, float]) -> None:
            ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": colour, "lw": 2})

        shaft = 2.9
        ax.text(shaft, 3.18, message, ha="center", fontsize=12)
        for name, floor in zip(names, (2, 1), strict=True):
            if lift:
                arrow((shaft, floor), (1.75, floor))
                ax.text(2.35, floor + 0.13, name, ha="center")
            else:
                left = shaft - 0.5 * (3 - floor)
                ax.plot([left + 0.5, left + 0.5], [floor + 1, floor], color=colour, lw=2)
                arrow((left + 0.5, floor), (left - 0.1, floor))
                ax.text(left + 0.62, floor + 0.45, name)
        if lift:
            ax.plot([shaft, shaft], [3.05, 1], color=colour, lw=2)
        ax.set(xlim=(-2.5, 3.9), ylim=(-0.3, 3.5))
        return Picture(figure, f"{title[0].upper()}{title[1:]}: {words}.")


def paths_of_b(noise: float = 0.5, rate: float = 0.3, seed: int = 0) -> Row:
    """How two alignments move a B of two entries to W°ᵀ, and what noise on every move leaves of it.

    Parameters
    ----------
    noise : standard deviation of what is added to a move
    rate : of B
    seed : fixes the noise
    """
    target = np.array([0.8, 0.4])
    long, short = np.array([2.0, 1.0]) / np.sqrt(5), np.array([-1.0, 2.0]) / np.sqrt(5)
    activity = 0.9 * np.outer(long, long) + 0.06 * np.outer(short, short)
    rng, pictures = np.random.default_rng(seed), []
    for title, pull, path, cloud in (
        ("symmetric alignment", np.eye(2), "go straight to it", "a round cloud"),
        (
            "activation alignment",
            activity,
            "drop fast along the long axis of the activity, and then creep along its short one",
            "a needle along the short axis",
        ),
    ):
        with canvas(width=4, height=3.7) as (figure, axes):
            ax, b = axes[0, 0], np.tile(target, (4000, 1))
            for _ in range(400):
                b += rate * ((target - b) @ pull + noise * rng.standard_normal(b.shape))
            ax.plot(
                *b[:700].T,
                ".",
                color=COLOURS[1],
                markersize=2.5,
                alpha=0.6,
                label="noise",
            )
            for corner in np.linspace(0, 2 * np.pi, 8, endpoint=False) + 0.2:
                at = target + 2.6 * np.array([np.cos(corner), np.sin(corner)])
                way = [at]
                for _ in range(25):
                    way.append(way[-1] + rate * (target - way[-1]) @ pull)
                ax.plot(*np.array(way).T, "o-", color=COLOURS[0], markersize=2.5, lw=1)
            ax.plot([], [], "o-", color=COLOURS[0], markersize=2.5, lw=1, label="25 steps")
            ax.plot(*target, "P", color=COLOURS[2], markersize=11, label="W°ᵀ", zorder=4)
            ax.set(xlabel="first entry of B", ylabel="second entry of B", aspect="equal")
            ax.set(xlim=(-2.1, 3.7), ylim=(-2.5, 3.9))
            ax.set_title(title)
            ax.legend(loc="upper center", ncols=3, columnspacing=1, handlelength=1.5)
            words = (
                f"{title}. Eight paths of a B with two entries {path}, towards W°ᵀ. Noise on every step "
                f"leaves {cloud}."
            )
            pictures.append(Picture(figure, words))
    return Row(*pictures)


def two_looks(seed: int = 4) -> Row:
    """The two passes of PEPITA: the error goes to the input, and every hidden unit compares.

    Parameters
    ----------
    seed : fixes how active the units are
    """
    rng = np.random.default_rng(seed)
    first = [rng.uniform(0.2, 1, count) for count in (4, 4, 4, 2)]
    second = [np.clip(h + rng.uniform(-0.35, 0.35, len(h)), 0.1, 1) for h in first]
    return Row(
        _look(
            "first look",
            first,
            None,
            "activity goes up from the input x to the output ŷ; the error e, known at the output, goes "
            "round the network through F to the input",
        ),
        _look(
            "second look",
            second,
            first,
            "the input is now x − e F; every unit of the two hidden layers is a little more or less "
            "active than at the first look, and a bar beside it shows by how much",
        ),
    )


def _look(
    title: str, heights: Sequence[np.ndarray], before: Sequence[np.ndarray] | None, words: str
) -> Picture:
    """A small network, the input at the foot, its units filled as far as they are active."""
    grey, colour, less = INK, COLOURS[2], COLOURS[0]
    with canvas(width=2.9, height=3.1) as (figure, axes):
        ax = axes[0, 0]
        ax.axis("off")
        ax.set_title(title)
        at = [
            [(unit - (len(h) - 1) / 2, layer) for unit in range(len(h))]
            for layer, h in enumerate(heights)
        ]
        for below, above in zip(at, at[1:], strict=False):
            for (x, y), (right, top) in product(below, above):
                ax.plot([x, right], [y, top], color=grey, lw=0.5, alpha=0.4, zorder=1)
        for layer, (row, h) in enumerate(zip(at, heights, strict=True)):
            ax.scatter(*zip(*row, strict=True), s=170 * h, color=grey, zorder=2)
            prime = "′" if before else ""
            name = (f"h{prime}₀", f"h{prime}₁", f"h{prime}₂", f"ŷ{prime}")[layer]
            ax.text(-2.35, layer, name, ha="center", va="center")
        if before:
            ax.text(0, -0.42, "x − e F", ha="center", va="center")
            for layer in (1, 2):
                for (x, y), change in zip(at[layer], heights[layer] - before[layer], strict=True):
                    bar = [y, y + 0.9 * change]
                    hue = colour if change > 0 else less
                    ax.plot([x + 0.24] * 2, bar, color=hue, lw=4, zorder=3, solid_capstyle="butt")
        else:
            ax.text(0, -0.42, "x", ha="center", va="center")
            ax.text(0, 3.4, "e", ha="center", va="center", fontsize=12)
            ax.plot([0.3, 2.6, 2.6], [3.4, 3.4, 0], color=colour, lw=2)
            ax.annotate(
                "", (1.75, 0), (2.65, 0), arrowprops={"arrowstyle": "->", "color": colour, "lw": 2}
            )
            ax.text(2.8, 1.7, "F", ha="center", va="center", fontsize=12)
        ax.set(xlim=(-2.6, 3.1), ylim=(-0.6, 3.6))
        return Picture(figure, f"{title[0].upper()}{title[1:]}: {words}.")


def errors_and_targets() -> Row:
    """The same network with errors coming down, and with a target for each layer."""
    return Row(
        _ladder(
            "errors",
            ["δ₁", "δ₂", "δ₃"],
            ["W₂ᵀ", "W₃ᵀ"],
            "activity h goes up through W₁, W₂, W₃; beside it errors δ come down through the "
            "transposed weights W₃ᵀ and W₂ᵀ, and each layer is told how far off it was",
        ),
        _ladder(
            "targets",
            ["t₁", "t₂", "t₃"],
            ["g₂", "g₃"],
            "activity h goes up through W₁, W₂, W₃; beside it targets t come down through functions "
            "g₃ and g₂ of their own, and each layer is told what it should have been",
        ),
    )


def _ladder(title: str, down: Sequence[str], ways: Sequence[str], words: str) -> Picture:
    """A layer on each rung: its activity at the left, what it is told at the right."""
    colour = COLOURS[2]
    with canvas(width=2.9, height=3.1) as (figure, axes):
        ax = axes[0, 0]
        ax.axis("off")
        ax.set_title(title)

        def arrow(start: tuple[float, float], end: tuple[float, float], hue: str) -> None:
            ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": hue, "lw": 2})

        for layer, name in enumerate(("x", "h₁", "h₂", "ŷ")):
            ax.text(0, layer, name, ha="center", va="center", fontsize=12)
            if layer < 3:
                arrow((0, layer + 0.22), (0, layer + 0.78), COLOURS[0])
                ax.text(-0.18, layer + 0.5, f"W{'₁₂₃'[layer]}", ha="right", va="center")
        for layer, name in enumerate(down, 1):
            ax.text(1.6, layer, name, ha="center", va="center", fontsize=12)
            arrow((1.35, layer), (0.28, layer), colour)
            if layer > 1:
                arrow((1.6, layer - 0.22), (1.6, layer - 0.78), colour)
                ax.text(1.8, layer - 0.5, ways[layer - 2], va="center")
        ax.text(1.6, 3.62, "y", ha="center", va="center", fontsize=12)
        arrow((1.6, 3.45), (1.6, 3.2), INK)
        ax.set(xlim=(-0.8, 2.5), ylim=(-0.3, 3.85))
        return Picture(figure, f"{title[0].upper()}{title[1:]}: {words}.")


def downhill_and_straight(stretches: Sequence[float] = (1, 2, 5)) -> Row:
    """Two units below a linear layer: the way downhill, and the way to where that layer is content.

    Parameters
    ----------
    stretches : how much more the layer makes of one direction than of the other, for each picture
    """
    turn, goal, h = np.radians(-20), np.array([0.5, 0.35]), np.array([-1.0, -0.75])
    axes_of = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    pictures = []
    for stretch in stretches:
        w = axes_of.T @ np.diag([1.0, 1 / stretch])
        missing = goal - h
        downhill = missing @ w @ w.T
        downhill *= np.linalg.norm(missing) / np.linalg.norm(downhill)
        cosine = downhill @ missing / np.sum(missing**2)
        angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        with canvas(width=2.6, height=2.9) as (figure, axes):
            ax, span = axes[0, 0], np.linspace(-1.9, 1.5, 120)
            u, v = np.meshgrid(span, span)
            loss = np.sum(((goal - np.stack([u, v], -1)) @ w) ** 2, axis=-1)
            ax.contour(u, v, np.sqrt(loss), levels=9, colors=INK, alpha=0.35, linewidths=1)
            for way, hue, dash, name in (
                (missing, COLOURS[2], "-", "inverse"),
                (downhill, COLOURS[0], "--", "transpose"),
            ):
                end = h + way
                ax.plot(*np.stack([h, end], 1), color=hue, linestyle=dash, lw=2.5, label=name)
                ax.plot(*end, "o", color=hue, markersize=5)
            ax.plot(*h, "o", color=INK)
            ax.text(h[0] - 0.12, h[1], "h", ha="right", va="center", fontsize=12)
            ax.set(xticks=[], yticks=[], xlim=(-1.9, 1.5), ylim=(-1.9, 1.5), aspect="equal")
            ax.set_xlabel("unit 1")
            ax.set_ylabel("unit 2")
            ax.set_title(f"stretch {stretch:g}: {angle:.0f}°")
            ax.grid(False)
            if stretch == stretches[0]:
                ax.legend(loc="upper left")
            words = (
                f"The plane of two hidden units, with contours of the loss of a layer above that "
                f"stretches one direction {stretch:g} times as much as the other. From the activity h "
                f"the arrow through the inverse leads to the middle of the valley; the one through the "
                f"transpose, straight downhill, leaves it by {angle:.0f} degrees."
            )
            pictures.append(Picture(figure, words))
    return Row(*pictures)
