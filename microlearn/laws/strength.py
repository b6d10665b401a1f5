"""Whether noise is as strong as `noise` says, for an answer that may draw it in any order.

One sample on a plane, a loss that is linear in what is shaken, gives the draw z away: there
the update is (d·z) z for any σ, with d minus the slope of the loss. On a curved landscape the update
of the same draw tells the loss where σz leads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..activations import get_activation
from ..checking.answer import Answer
from ..checking.facts import Broken, Fact, fact
from ..gradients import descent_direction, finite_difference_signals
from ..losses import Loss
from ..network import Network
from .agreement import TOLERANCE, Array, agree
from .estimates import OWN_STRENGTH, STRENGTHS, Slopes
from .problems import draw_problem, drawn_loss


def noise_is_as_strong_as_told(sentence: str, units: Units | None = None) -> Fact:
    """A supporting fact: the update follows from the loss where noise of that strength leads.

    ``units`` says how a rule shakes units, if it does; else it shakes the weights.
    """

    def test(answer: Answer, rng: np.random.Generator) -> None:
        # Five times, since another strength, or another length of z, may happen to give the same slope.
        told = [t for _ in range(5) for t in _slopes_told(_draw_landscape(answer, rng, units), rng)]
        for t in told:
            if not t.fits(t.noise):
                raise Broken(
                    f"with σ = {t.noise:.3g} the update does not follow from the loss that noise of "
                    "this strength leads to",
                    _cause_of_the_strength(told),
                )

    test.__doc__ = sentence
    return fact(1, supporting=True)(test)


def an_experiment_is_made(
    sentence: str,
    units: Units | None = None,
    also: Callable[[Answer, np.random.Generator], None] = lambda answer, rng: None,
    points: int = 3,
) -> Fact:
    """A fact: with one draw, the update lies along the same noise whatever the loss, and tells what
    the loss does at a distance, not its slope here.

    Neither backprop with noise obeys it nor the slope along the noise. What makes the rule itself, up to
    a factor, is in ``also``; ``units`` as above.
    """

    def test(answer: Answer, rng: np.random.Generator) -> None:
        also(answer, rng)
        from_afar = told = False
        for _ in range(3):
            landscape = _draw_landscape(answer, rng, units)
            seed, z = landscape.known_draw(rng)
            noise = float(10 ** rng.uniform(-0.5, 0.5))
            update, on_the_plane, mirrored = landscape.updates(
                [
                    landscape.on_the_curve(noise, seed),
                    landscape.on_the_plane(noise, seed),
                    landscape.mirrored().on_the_curve(noise, seed),
                ]
            )
            told |= not agree([update], [mirrored])
            length = np.linalg.norm(update) * np.linalg.norm(z)
            if not abs(np.vdot(update, z)) > 0.999 * length:
                raise Broken("with the same random numbers another loss turned the update", "")
            seen = landscape.slope_told(update, on_the_plane, z)
            near = landscape.slope(1e-5, z)
            from_afar |= bool(np.min(np.abs(near - seen)) > 1e-4 * abs(np.vdot(landscape.d, z)))
        if not told:
            raise Broken("the update does not change with the loss where the noise leads")
        if not from_afar:
            raise Broken(
                "the update tells the slope of the loss here, and not what it does at a distance of σ",
                "a derivative where the rise belongs: a second pass measures it",
            )

    test.__doc__ = sentence
    return fact(points)(test)


@dataclass(frozen=True)
class _Told:
    """The slope of a landscape along z that the update tells of, for noise of a strength."""

    landscape: _Landscape
    z: Array
    noise: float
    slope: float
    on_the_plane: Array

    def fits(self, strength: float) -> bool:
        return self.landscape.has_slope(self.slope, strength, self.z)

    def gap(self, slopes: Array | float) -> float:
        """How far it is from the nearest of these, as a share of the slope of the plane."""
        return float(np.min(np.abs(slopes - self.slope)) / abs(np.vdot(self.landscape.d, self.z)))


def _slopes_told(landscape: _Landscape, rng: np.random.Generator) -> list[_Told]:
    seed, z = landscape.known_draw(rng)
    told = []
    noises = [*map(float, 10 ** rng.uniform(-0.5, 0.5, 2))]
    updates = landscape.updates(
        [
            case
            for noise in noises
            for case in (landscape.on_the_curve(noise, seed), landscape.on_the_plane(noise, seed))
        ]
    )
    for noise, update, on_the_plane in zip(noises, updates[::2], updates[1::2], strict=True):
        slope = landscape.slope_told(update, on_the_plane, z)
        told.append(_Told(landscape, z, noise, slope, on_the_plane))
    return told


def _cause_of_the_strength(told: list[_Told]) -> str:
    """The strength that fits whatever was told; or that it is always the same, if it is."""
    for cause, strength in STRENGTHS.items():
        if cause != OWN_STRENGTH and all(t.fits(strength(t.noise)) for t in told):
            return cause
    pairs = list(zip(told[::2], told[1::2], strict=True))  # of one landscape and draw each
    if not all(one.gap(other.slope) < TOLERANCE for one, other in pairs):
        return ""
    # On the plane no strength matters; where it does, as for a rise that is clipped, it is not ignored.
    if not all(agree([one.on_the_plane], [other.on_the_plane]) for one, other in pairs):
        return ""
    # So is what tells nothing of the curved loss, such as the sign of its rise.
    if all(t.gap(abs(np.vdot(t.landscape.d, t.z))) < TOLERANCE for t in told):
        return ""
    # A derivative is always the same as well.
    away = any(t.gap(t.landscape.slope(1e-5, t.z)) > 1e-4 for t in told)
    return OWN_STRENGTH if away else ""


@dataclass(frozen=True)
class Units:
    """How a rule shakes units: the functions of :mod:`~microlearn.laws.estimates`."""

    shake: Callable[[Network, Array, list[Array]], list[Array]]
    slopes: Slopes


@dataclass(frozen=True)
class _Landscape:
    """The loss of one sample, curved or a plane, and the answer that looks at it.

    Attributes
    ----------
    flat, plane : a network without a nonlinearity and a loss linear in its output
    curved, loss : a network with the same weights and nonlinearities, and a curved loss
    d : minus the slope of the plane by what is shaken
    """

    answer: Answer
    units: Units | None
    x: Array
    y: Array
    flat: Network
    plane: Loss
    curved: Network
    loss: Loss
    d: Array

    def on_the_curve(self, noise: float, seed: int) -> tuple:
        """What the answer is given for its update on the curved loss."""
        return self.curved, self.x, self.y, self.loss, noise, np.random.default_rng(seed)

    def on_the_plane(self, noise: float, seed: int) -> tuple:
        """The same for the plane; of one seed the draw is the same."""
        return self.flat, self.x, self.y, self.plane, noise, np.random.default_rng(seed)

    def updates(self, cases: Sequence[tuple]) -> list[Array]:
        """The answer's estimates by what is shaken. With a single sample, that by a unit is that by its
        bias."""
        return [
            self._by_what_is_shaken(given[0], seen)
            for given, seen in zip(cases, self.answer.each(cases), strict=True)
        ]

    def _by_what_is_shaken(self, network: Network, seen: Any) -> Array:
        if self.units is None:
            return np.array(
                seen[0], np.float64
            )  # a copy: an answer may use the same array each time
        slopes = self.units.slopes(network, network.forward(self.x))
        return np.concatenate(
            [np.asarray(u, float)[-1] / f[0] for u, f in zip(seen, slopes, strict=True)]
        )

    def mirrored(self) -> _Landscape:
        """The target on the other side of the prediction, as far away: the curved loss is the same here,
        and another wherever noise leads."""
        return replace(self, y=2 * self.curved.predict(self.x) - self.y)

    def known_draw(self, rng: np.random.Generator) -> tuple[int, Array]:
        """A seed and the noise z, in units of σ, that the answer draws with it; z may be −z."""
        # A draw that hardly leads anywhere would drown in rounding.
        seeds = [int(seed) for seed in rng.integers(2**32, size=5)]
        drawn = self.updates([self.on_the_plane(1.0, seed) for seed in seeds])
        seed, once = max(
            zip(seeds, drawn, strict=True), key=lambda draw: abs(np.vdot(draw[1], self.d))
        )
        if not np.any(once):
            raise Broken("the update is zero")
        return seed, once / np.sqrt(abs(np.vdot(once, self.d)))

    def slope_told(self, update: Array, on_the_plane: Array, z: Array) -> float:
        """The slope of the curved loss along z, without its sign, that these two updates tell of."""
        # A wrong factor shows on the plane as well; it is another fact's business, as is the sign.
        return abs(np.vdot(update, z) / (np.vdot(on_the_plane, z) / np.vdot(self.d, z)))

    def has_slope(self, slope: float, strength: float, z: Array) -> bool:
        """Whether it is the loss's slope along z at that strength, from W to a side or between both."""
        gaps = np.abs(self.slope(strength, z) - slope)
        return bool(np.min(gaps) < TOLERANCE * abs(np.vdot(self.d, z)))

    def slope(self, strength: float, z: Array) -> Array:
        """The slopes of the loss along z at that strength, without sign: up, down, and of both."""
        here = self._at(0 * z)
        up, down = (self._at(strength * z) - here), (here - self._at(-strength * z))
        return np.abs(np.array([up, down, (up + down) / 2]) / strength)

    def _at(self, shift: Array) -> float:
        """The curved loss where what is shaken is shifted."""
        if self.units is None:
            shaken = self.curved.with_weights([self.curved.weights[0] + shift]).predict(self.x)
        else:
            xi = np.split(shift[None, :], np.cumsum(self.curved.sizes[1:-1]), axis=1)
            shaken = self.units.shake(self.curved, self.x, xi)[-1]
        return self.loss.mean(self.y, shaken)


def _draw_landscape(answer: Answer, rng: np.random.Generator, units: Units | None) -> _Landscape:
    # A single sample: whether losses are summed or averaged is another fact's business. Weights in one
    # layer: in two the loss would not be linear in them.
    problem = draw_problem(
        rng, 1 if units is None else 2, hidden=("identity",), output=("identity",)
    )
    network, x, y, loss = problem.given
    x, y = x[:1], y[:1]
    bent = rng.permutation(["tanh", "sigmoid"])[: len(network.weights)]
    curved = Network(network.weights, tuple(get_activation(str(name)) for name in bent))
    plane = drawn_loss(0 * loss.weights, loss.tilts)
    if units is None:
        d = descent_direction(network, x, y, plane)[0]
    else:
        d = np.concatenate([s[0] for s in finite_difference_signals(network, x, y, plane)])
    return _Landscape(answer, units, x, y, network, plane, curved, loss, d)
