"""Operands of matrix products."""

import numpy


def floats(seed, shape, dtype):
    return numpy.random.default_rng(seed).standard_normal(shape).astype(dtype)


def operands(m, n, k, trans1, trans2, dtype, seed=0):
    """x and y for a product of shape (m, n)."""
    x = floats(seed, (k, m) if trans1 else (m, k), dtype)
    y = floats(seed + 1, (n, k) if trans2 else (k, n), dtype)
    return x, y
