"""How far a random mean may lie from what it estimates; docs/checks.md has the rate of each bound."""

from __future__ import annotations

import numpy as np

STANDARD_ERRORS = 6.5
"""The bound on a mean, in standard errors. The worst that is averaged are 4,000 χ²₁; their tail beyond
it holds 3 · 10⁻¹⁰, six times that of a normal number."""


def farthest_by_chance(covariance: np.ndarray, rarely: float = 20) -> float:
    """A bound that the squared error of a mean exceeds once in e to the ``rarely`` times: e²⁰ = 5 · 10⁸.

    The error is a normal vector with the ``covariance`` (of the updates, over their number), λ its
    eigenvalues; the bound on Σ λ χ²₁ is Laurent and Massart's (2000), lemma 1.
    """
    spread = np.linalg.eigvalsh(covariance)
    beyond = np.sqrt(rarely * np.sum(spread**2)) + rarely * spread[-1]
    return float(np.sum(spread) + 2 * beyond)
