"""How far a random mean may lie from what it estimates; docs/checks.md has the rate of each bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STANDARD_ERRORS = 6.5
"""The bound on a mean, in standard errors. The worst that is averaged are 4,000 χ²₁; their tail beyond
it holds 3 · 10⁻¹⁰, six times that of a normal number."""
RARELY = 20
"""The bound on the squared error of a mean is exceeded once in e to this: :func:`farthest_by_chance`."""


class Doubt(Exception):
    """A few draws do not tell."""


@dataclass(frozen=True)
class Look:
    """What a mean of draws tells: it holds where it is nearer than one bound, and is off beyond another.
    Between the two there is a doubt.

    Attributes
    ----------
    near, far : the bounds, in standard errors
    often, rarely : the same for the squared error of a mean, as :func:`farthest_by_chance` has it
    """

    near: float
    far: float
    often: float
    rarely: float

    def is_off(self, gap: float, error: float) -> bool:
        """Whether a gap is too large for this standard error. What is not a number is.

        Raises
        ------
        Doubt
            If more draws are needed to tell.
        """
        if gap < self.near * error:
            return False
        if gap < self.far * error:
            raise Doubt
        return True

    def misses(self, gap: np.ndarray, covariance: np.ndarray) -> bool:
        """The same for a gap in many directions, and the covariance of the mean.

        Raises
        ------
        Doubt
            If more draws are needed to tell.
        """
        square = gap @ gap
        if square < farthest_by_chance(covariance, self.often):
            return False
        if square < farthest_by_chance(covariance, self.rarely):
            raise Doubt
        return True

    def ask_for_more(self) -> None:
        """Raise Doubt, unless these are all draws that are made."""
        if self is not LAST:
            raise Doubt


FIRST = Look(2.5, 7, 3, 25)
"""A quarter of the draws: more are needed unless they are near or far off."""
LAST = Look(STANDARD_ERRORS, STANDARD_ERRORS, RARELY, RARELY)
"""All draws, which leave no doubt."""


def on_a_quarter_or_all(
    draws: int,
    draw: Callable[[int], np.ndarray],
    judge: Callable[[np.ndarray, Look], None],
) -> None:
    """Judge a quarter of so many draws, or all of them where these leave a doubt.

    Parameters
    ----------
    draws : how many there are in all
    draw : ``draw(times)`` returns an array with a row for each
    judge : ``judge(rows, look)`` raises Broken where they are wrong, or Doubt
    """
    rows = draw(draws // 4)
    try:
        return judge(rows, FIRST)
    except Doubt:
        return judge(np.concatenate([rows, draw(draws - len(rows))]), LAST)


def farthest_by_chance(covariance: np.ndarray, rarely: float = RARELY) -> float:
    """A bound that the squared error of a mean exceeds once in e to the ``rarely`` times: e²⁰ = 5 · 10⁸.

    The error is a normal vector with the ``covariance`` (of the updates, over their number), λ its
    eigenvalues; the bound on Σ λ χ²₁ is Laurent and Massart's (2000), lemma 1.
    """
    spread = np.linalg.eigvalsh(covariance)
    beyond = np.sqrt(rarely * np.sum(spread**2)) + rarely * spread[-1]
    return float(np.sum(spread) + 2 * beyond)
