"""The fast normal numbers are normal numbers."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
from scipy import stats

from microlearn.noise import PAIRS, fast_generator

DRAWS = 4_000_000


def test_they_have_the_moments_and_the_tails_of_a_normal_distribution():
    z = fast_generator(3).standard_normal(DRAWS, dtype=np.float32).astype(np.float64)
    # The k-th moment of n draws has a standard error √((μ_2k − μ_k²) / n), with μ_2k = (2k − 1)!!.
    moments = {1: (0, 1), 2: (1, 2), 3: (0, 15), 4: (3, 96), 6: (15, 10_170)}
    for k, (expected, variance) in moments.items():
        assert abs(np.mean(z**k) - expected) < 6 * math.sqrt(variance / DRAWS)
    for limit in (0.5, 1, 2, 3, 4):
        share = math.erfc(limit / math.sqrt(2))
        assert abs(np.mean(np.abs(z) > limit) - share) < 6 * math.sqrt(share / DRAWS)


def test_they_are_independent_of_their_neighbours():
    z = fast_generator(4).standard_normal(DRAWS, dtype=np.float32)
    for lag in (1, 2, 7, PAIRS, PAIRS + 1, 2 * PAIRS):
        for a, b in ((z[:-lag], z[lag:]), (z[:-lag] ** 2 - 1, z[lag:] ** 2 - 1)):
            product = (a * b).astype(np.float64)
            assert abs(product.mean()) < 6 * product.std() / math.sqrt(product.size)


def test_they_fill_the_normal_distribution_evenly_alone_and_in_pairs():
    """Chi-square over cells of equal probability: it fails once in a hundred million seeds."""

    def evenly(cells, shape):
        counts = np.bincount(cells, minlength=np.prod(shape))
        square = np.sum((counts - counts.mean()) ** 2) / counts.mean()
        return stats.chi2.sf(square, counts.size - 1) > 1e-8

    z = fast_generator(7).standard_normal(DRAWS, dtype=np.float32)
    level = stats.norm.cdf(z.astype(np.float64))
    assert evenly((1000 * level).astype(int), (1000,))
    # Two numbers come from one radius, as far apart as there are pairs in a block.
    whole = level[: DRAWS // (2 * PAIRS) * 2 * PAIRS].reshape(-1, 2, PAIRS)
    for a, b in ((whole[:, 0], whole[:, 1]), (level[:-1], level[1:])):
        cells = 40 * (40 * a).astype(int) + (40 * b).astype(int)
        assert evenly(cells.ravel(), (40, 40))


def test_the_entries_of_small_arrays_are_uncorrelated():
    """As a rule draws them: many arrays of one layer's shape, one after the other."""
    rng, draws = fast_generator(8), 4000
    z = np.stack([rng.standard_normal((11, 7), dtype=np.float32).ravel() for _ in range(draws)])
    z = np.hstack([z[:-1], z[1:]]).astype(np.float64)  # and their successors
    for a in (z, z**2):
        r = np.corrcoef(a.T)[np.triu_indices(z.shape[1], 1)]
        # The largest of 11,781 correlations; their standard error is 1/√draws.
        assert np.abs(r).max() < 7.5 / math.sqrt(draws)


def test_other_seeds_give_other_numbers():
    a, b = (fast_generator(seed).standard_normal(DRAWS, dtype=np.float32) for seed in (1, 2))
    assert abs(np.mean(a * b, dtype=np.float64)) < 6 / math.sqrt(DRAWS)


def test_the_seed_fixes_them_and_shapes_are_kept():
    one, again = fast_generator(5), fast_generator(5)
    for shape in ((3, 5), 7, (0, 4), (2 * PAIRS + 3,)):
        a = one.standard_normal(shape, dtype=np.float32)
        assert a.dtype == np.float32
        assert np.array_equal(a, again.standard_normal(shape, dtype=np.float32))
        assert a.shape == np.empty(shape).shape
    assert not np.array_equal(
        one.standard_normal(9, np.float32), one.standard_normal(9, np.float32)
    )
    # Everything else is numpy's own.
    plain = np.random.Generator(np.random.SFC64(6))
    assert np.array_equal(fast_generator(6).standard_normal(5), plain.standard_normal(5))


def test_a_copy_draws_what_it_would_have_drawn():
    noise = fast_generator(5)
    noise.standard_normal(3, np.float32)
    copies = copy.deepcopy(noise), pickle.loads(pickle.dumps(noise))
    expected = noise.standard_normal(9, np.float32)
    for again in copies:
        assert np.array_equal(again.standard_normal(9, np.float32), expected)
