"""The fast normal numbers are normal numbers."""

from __future__ import annotations

import math

import numpy as np

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
