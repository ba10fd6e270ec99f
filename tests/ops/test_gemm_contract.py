"""The numerics contract of matrix products.

Every element is one chain of fused multiply-adds over ascending k. Hence a row of a product does not depend
on the other rows, the shape, the layout or the transposition, nor on the level (save the baseline of x86-64).
"""

import ctypes
import itertools
import os
import subprocess
import sys
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.products import floats, operands

pytest.importorskip("thinc.backends.cpu.gemm", reason="the kernels are not compiled")

from thinc.backends import NumpyOps
from thinc.backends.cpu import _isa, gemm

OPS = NumpyOps()
TRANSPOSITIONS = list(itertools.product((False, True), repeat=2))
FUSED = _isa.level() != "v1"
# Around the widths of vectors (2 to 16 elements) and of register tiles (up to 14 rows, 8 vectors).
SIZES = st.sampled_from(
    [1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 65, 96, 100, 129, 145]
)
INNER = st.sampled_from([0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 257, 600])
DTYPES = st.sampled_from(["float32", "float64"])
FLAGS = st.booleans()


def product(x, y, trans1=False, trans2=False):
    return OPS.gemm(x, y, trans1=trans1, trans2=trans2)


def fma(a, b, c):
    """a * b + c, rounded once, or twice where the level has no fused multiply-add."""
    if not FUSED:
        return a * b + c
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def chain(xs, ys):
    total = 0.0
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        total = fma(x, y, total)
    return total


# -- the order of the sum -------------------------------------------------------------------------------


@pytest.mark.parametrize(("trans1", "trans2"), TRANSPOSITIONS)
@pytest.mark.parametrize(
    ("m", "n", "k"), [(1, 1, 9), (2, 17, 5), (3, 20, 33), (5, 3, 40), (19, 33, 18), (21, 5, 9)]
)
def test_each_element_is_one_chain_of_fused_multiply_adds(m, n, k, trans1, trans2):
    x, y = operands(m, n, k, trans1, trans2, "float64")
    rows, columns = x.T if trans1 else x, y if trans2 else y.T
    expected = [[chain(row, column) for column in columns] for row in rows]
    assert product(x, y, trans1, trans2).tolist() == expected


@given(SIZES, SIZES, INNER, FLAGS, FLAGS, DTYPES)
@settings(max_examples=300, deadline=None)
def test_row_has_the_bits_of_that_row_alone(m, n, k, trans1, trans2, dtype):
    x, y = operands(m, n, k, trans1, trans2, dtype)
    whole = product(x, y, trans1, trans2)
    for i in {0, m // 2, m - 1}:
        alone = product(x[:, i : i + 1] if trans1 else x[i : i + 1], y, trans1, trans2)
        assert alone.tobytes() == whole[i : i + 1].tobytes()


@given(SIZES, SIZES, INNER, DTYPES)
@settings(max_examples=150, deadline=None)
def test_column_has_the_bits_of_that_column_alone(m, n, k, dtype):
    x, y = operands(m, n, k, False, True, dtype)
    whole = product(x, y, trans2=True)
    for j in {0, n // 2, n - 1}:
        assert product(x, y[j : j + 1], trans2=True).tobytes() == whole[:, j].tobytes()


@given(SIZES, SIZES, INNER, DTYPES)
@settings(max_examples=150, deadline=None)
def test_transposition_does_not_change_bits(m, n, k, dtype):
    x, y = operands(m, n, k, False, False, dtype)
    expected = product(x, y).tobytes()
    xt, yt = numpy.ascontiguousarray(x.T), numpy.ascontiguousarray(y.T)
    assert product(x, yt, trans2=True).tobytes() == expected
    assert product(xt, y, trans1=True).tobytes() == expected
    assert product(xt, yt, True, True).tobytes() == expected
    assert product(yt, xt).T.tobytes() == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("trans1", "trans2"), TRANSPOSITIONS)
def test_rows_of_narrow_products_have_the_bits_of_those_rows_alone(dtype, trans1, trans2):
    for n, k, m in itertools.product(range(1, 17), (1, 2, 7, 8, 9, 16, 17), (47, 48, 63, 65, 258)):
        x, y = operands(m, n, k, trans1, trans2, dtype)
        whole = product(x, y, trans1, trans2)
        alone = [product(x[:, i : i + 1] if trans1 else x[i : i + 1], y, trans1, trans2) for i in range(m)]
        assert whole.tobytes() == numpy.concatenate(alone).tobytes(), (m, n, k)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("trans1", [False, True])
def test_single_rows_of_few_k_have_the_bits_of_several(dtype, trans1):
    for n, k in itertools.product((47, 48, 65, 300), (1, 2, 5, 8, 11, 12)):
        x, y = operands(3, n, k, trans1, True, dtype)
        alone = [product(x[:, i : i + 1] if trans1 else x[i : i + 1], y, trans1, True) for i in range(3)]
        assert product(x, y, trans1, True).tobytes() == numpy.concatenate(alone).tobytes(), (n, k)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_narrow_products_take_nothing_from_between_the_rows(dtype):
    for n, k, gap in itertools.product((1, 3, 7), (1, 5, 8, 11), (1, 3)):
        x, y = operands(70, n, k, False, False, dtype)
        apart = numpy.full((70, k + gap), numpy.nan, dtype)
        apart[:, :k] = x
        assert product(apart[:, :k], y).tobytes() == product(x, y).tobytes()


@pytest.mark.parametrize("n", [2, 7, 15])
def test_narrow_products_add_the_bias_to_their_chains(n):
    x, w = operands(80, n, 6, False, True, "float32")
    b = floats(2, n, "float32")
    assert OPS.affine(x, w, b).tobytes() == (product(x, w, trans2=True) + b).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("trans2", [False, True])
def test_rows_of_large_products_have_the_bits_of_those_rows_alone(dtype, trans2):
    m, n, k = 1100, 700, 1300
    x, y = operands(m, n, k, False, trans2, dtype)
    whole = product(x, y, trans2=trans2)
    numpy.testing.assert_allclose(
        whole, x @ (y.T if trans2 else y), rtol=0, atol=k * 8 * numpy.finfo(dtype).eps
    )
    for i in (0, 1, 511, 512, 799, m - 1):
        assert product(x[i : i + 1], y, trans2=trans2).tobytes() == whole[i].tobytes()


DIGEST = """
import hashlib, itertools, numpy
from thinc.backends import NumpyOps
ops, digest = NumpyOps(), hashlib.sha256()
rng = numpy.random.default_rng(0)
for m, n, k in itertools.product((1, 3, 8, 15, 40, 300), (1, 5, 16, 37, 96, 300), (1, 6, 37, 300, 1100)):
    for dtype, t1, t2 in itertools.product("fd", (False, True), (False, True)):
        x = rng.random((k, m) if t1 else (m, k)).astype(dtype)
        y = rng.random((n, k) if t2 else (k, n)).astype(dtype)
        digest.update(ops.gemm(x, y, trans1=t1, trans2=t2).tobytes())
        if t2 and not t1:
            digest.update(ops.affine(x, y, x[0, 0] * numpy.arange(n, dtype=dtype)).tobytes())
print(digest.hexdigest())
"""


def test_levels_with_fused_multiply_add_give_the_same_bits():
    levels = [level for level in _isa.available() if level != "v1"]
    if len(levels) < 2:
        pytest.skip("this machine has one such level")
    digests = set()
    for level in levels:
        environment = {**os.environ, "THINC_ISA": level}
        run = subprocess.run([sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        digests.add(run.stdout)
    assert len(digests) == 1


# -- bias, gradients --------------------------------------------------------------------------------------


@given(SIZES, SIZES, INNER, DTYPES)
@settings(max_examples=150, deadline=None)
def test_affine_adds_its_bias_to_the_finished_product(m, n, k, dtype):
    X, W = operands(m, n, k, False, True, dtype)
    b = floats(2, n, dtype)
    assert OPS.affine(X, W, b).tobytes() == (product(X, W, trans2=True) + b).tobytes()


def test_affine_takes_a_strided_bias():
    X, W = operands(3, 4, 5, False, True, "float32")
    b = floats(2, 8, "float32")[::2]
    assert OPS.affine(X, W, b).tobytes() == (product(X, W, trans2=True) + b).tobytes()


@given(SIZES, SIZES, SIZES, DTYPES)
@settings(max_examples=100, deadline=None)
def test_gradients_of_affine_are_products_and_sums_over_rows_in_order(nN, nO, nI, dtype):
    dY, X, W = floats(0, (nN, nO), dtype), floats(1, (nN, nI), dtype), floats(2, (nO, nI), dtype)
    dX, dW, db = OPS.backprop_affine(dY, X, W)
    assert dX.tobytes() == product(dY, W).tobytes()
    assert dW.tobytes() == product(dY, X, trans1=True).tobytes()
    # The last of the running sums: `sum` adds pairwise, `cumsum` in order.
    assert db.tobytes() == (numpy.zeros((), dtype) + numpy.cumsum(dY, axis=0)[-1]).tobytes()


def test_gradients_of_affine_without_rows_are_zero():
    dY, X, W = (numpy.ones(shape, "float32") for shape in ((0, 3), (0, 4), (3, 4)))
    dX, dW, db = OPS.backprop_affine(dY, X, W)
    assert dX.shape == (0, 4)
    assert not dW.any() and dW.shape == (3, 4)
    assert not db.any() and db.shape == (3,)


# -- the C functions ----------------------------------------------------------------------------------------


def c_function(name, *types):
    capsule = gemm.__pyx_capi__[name]
    ctypes.pythonapi.PyCapsule_GetName.restype = ctypes.c_char_p
    ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
    signature = ctypes.pythonapi.PyCapsule_GetName(ctypes.py_object(capsule))
    address = ctypes.pythonapi.PyCapsule_GetPointer(ctypes.py_object(capsule), ctypes.c_char_p(signature))
    return ctypes.CFUNCTYPE(None, *types)(address)


def blas_gemm(dtype):
    real = ctypes.c_float if dtype == "float32" else ctypes.c_double
    ints, pointer = [ctypes.c_int] * 5, ctypes.c_void_p
    types = [*ints, real, pointer, ctypes.c_int, pointer, ctypes.c_int, real, pointer, ctypes.c_int]
    return c_function("sgemm" if dtype == "float32" else "dgemm", *types)


@given(SIZES, SIZES, INNER, FLAGS, FLAGS, DTYPES, *[st.sampled_from([0.0, 1.0, -0.75])] * 2)
@settings(max_examples=300, deadline=None)
def test_blas_gemm_scales_the_chains_then_adds_what_was_there(m, n, k, trans1, trans2, dtype, alpha, beta):
    x, y = operands(m, n, k, trans1, trans2, dtype)
    held = floats(2, (m, n + 3), dtype)
    out = held.copy()
    if beta == 0.0:
        out[:, :n] = numpy.nan
    lda, ldb = x.shape[1], y.shape[1]
    sizes = (trans1, trans2, m, n, k)
    blas_gemm(dtype)(*sizes, alpha, x.ctypes.data, lda, y.ctypes.data, ldb, beta, out.ctypes.data, n + 3)
    scaled = product(x, y, trans1, trans2) * numpy.dtype(dtype).type(alpha)
    # |beta| times what was held is exact in double precision for floats, so rounding it late is one rounding.
    expected = scaled + beta * held[:, :n].astype("float64")
    error = numpy.abs(out[:, :n] - expected)
    assert (error <= numpy.finfo(dtype).eps * (numpy.abs(expected) + numpy.abs(scaled))).all()
    if beta == 0.0:
        assert (out[:, :n] == scaled).all()
    assert out[:, n:].tobytes() == held[:, n:].tobytes()


def test_blas_gemm_of_one_row_has_the_bits_of_that_row_among_others():
    m, n, k = 37, 61, 700
    x, y = operands(m, n, k, False, False, "float32")
    held = floats(2, (m, n), "float32")
    whole, alone = held.copy(), held[20:21].copy()
    run = blas_gemm("float32")
    run(0, 0, m, n, k, 0.3, x.ctypes.data, k, y.ctypes.data, n, 1.7, whole.ctypes.data, n)
    run(0, 0, 1, n, k, 0.3, x[20:].ctypes.data, k, y.ctypes.data, n, 1.7, alone.ctypes.data, n)
    assert alone.tobytes() == whole[20].tobytes()


@pytest.mark.parametrize("sizes", [(0, 3, 4), (3, 0, 4), (-1, 3, 4), (3, -1, 4)])
def test_blas_gemm_with_nothing_to_do_writes_nothing(sizes):
    ones = numpy.ones(64, "float32")
    out = ones.copy()
    data = ones.ctypes.data
    blas_gemm("float32")(0, 0, *sizes, 1.0, data, 4, data, 4, 0.0, out.ctypes.data, 4)
    assert (out == 1).all()


@pytest.mark.parametrize("steps", [(1, 1), (3, 1), (1, 2), (2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_blas_axpy_and_scal_walk_in_steps(dtype, steps):
    real = ctypes.c_float if dtype == "float32" else ctypes.c_double
    letter, (down, across) = "s" if dtype == "float32" else "d", steps
    X, Y = floats(0, 60, dtype), floats(1, 90, dtype)
    expected = Y.copy()
    expected[: 20 * across : across] += real(0.5).value * X[: 20 * down : down]
    vector = [ctypes.c_void_p, ctypes.c_int]
    axpy = c_function(f"{letter}axpy", ctypes.c_int, real, *vector, *vector)
    axpy(20, 0.5, X.ctypes.data, down, Y.ctypes.data, across)
    numpy.testing.assert_allclose(Y, expected, rtol=4 * numpy.finfo(dtype).eps)
    expected = X.copy()
    expected[: 20 * down : down] *= 0.5
    c_function(f"{letter}scal", ctypes.c_int, real, *vector)(20, 0.5, X.ctypes.data, down)
    assert X.tobytes() == expected.tobytes()
