"""Known values and errors of the matrix products."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

X = numpy.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float32")
Y = numpy.array([[1.0, 0.0], [2.0, 1.0], [0.0, -1.0]], "float32")
XY = numpy.array([[5.0, -1.0], [14.0, -1.0]], "float32")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gemm_of_all_four_transpositions(ops, dtype):
    x, y = X.astype(dtype), Y.astype(dtype)
    assert_array_equal(ops.gemm(x, y), XY)
    assert_array_equal(ops.gemm(x.T.copy(), y, trans1=True), XY)
    assert_array_equal(ops.gemm(x, y.T.copy(), trans2=True), XY)
    assert_array_equal(ops.gemm(x.T.copy(), y.T.copy(), trans1=True, trans2=True), XY)
    assert ops.gemm(x, y).dtype == dtype


def test_gemm_with_empty_inner_dimension_is_zero(ops):
    out = numpy.full((2, 3), 7, "float32")
    empty = numpy.zeros((2, 0), "float32"), numpy.zeros((0, 3), "float32")
    assert_array_equal(ops.gemm(*empty), numpy.zeros((2, 3)))
    assert ops.gemm(*empty, out=out) is out and not out.any()


def test_gemm_with_empty_outer_dimension_is_empty(ops):
    assert ops.gemm(X[:0], Y).shape == (0, 2)
    assert ops.gemm(X, Y[:, :0]).shape == (2, 0)


def test_gemm_ignores_what_out_held(ops):
    out = numpy.full((2, 2), numpy.nan, "float32")
    assert ops.gemm(X, Y, out=out) is out
    assert_array_equal(out, XY)


def test_gemm_writes_into_a_strided_out(ops):
    base = numpy.full((4, 4), 7, "float32")
    out = base[::2, ::2]
    assert ops.gemm(X, Y, out=out) is out
    assert_array_equal(out, XY)
    assert (base[1::2] == 7).all() and (base[:, 1::2] == 7).all()


def test_gemm_into_an_operand(ops):
    square = numpy.arange(9, dtype="float32").reshape(3, 3)
    expected = square @ square
    assert ops.gemm(square, square, out=square) is square
    assert_array_equal(square, expected)


@pytest.mark.parametrize(
    "out, words",
    [
        (numpy.zeros((1, 2), "float32"), "out must have shape (2, 2); got (1, 2)"),
        (numpy.zeros((3, 2), "float32"), "out must have shape (2, 2); got (3, 2)"),
        (numpy.zeros(4, "float32"), "out must have shape (2, 2); got (4,)"),
        (numpy.zeros((1, 2, 2), "float32"), "out must have shape (2, 2); got (1, 2, 2)"),
        (numpy.zeros((2, 2), "float64"), "out 'float64'"),
        (numpy.zeros((2, 2), "int32"), "out 'int32'"),
    ],
    ids=["rows", "more rows", "vector", "rank 3", "float64", "int32"],
)
def test_gemm_refuses_an_unfit_out(ops, out, words):
    with pytest.raises(ValueError, match=r"^gemm: ") as error:
        ops.gemm(X, Y, out=out)
    assert words in str(error.value)
    assert not out.any()


def test_gemm_refuses_a_readonly_out(ops):
    out = numpy.zeros((2, 2), "float32")
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out must be writable"):
        ops.gemm(X, Y, out=out)
    assert not out.any()


@pytest.mark.parametrize("x", [[[1.0]], None, 3.0])
def test_gemm_refuses_what_is_no_array(ops, x):
    words = f"Argument 'x' has incorrect type (expected numpy.ndarray, got {type(x).__name__})"
    with pytest.raises(TypeError) as error:
        ops.gemm(x, Y)
    assert words in str(error.value)
    with pytest.raises(TypeError, match="Argument 'y'"):
        ops.gemm(X, x)


@pytest.mark.parametrize("dtype", ["float16", ">f4", "int32", "float64"])
def test_gemm_refuses_foreign_and_mixed_dtypes(ops, dtype):
    with pytest.raises(ValueError, match="unsupported or mismatching array data types"):
        ops.gemm(X.astype(dtype), Y)
    if dtype != "float64":
        with pytest.raises(TypeError, match="unsupported or mismatching array data types"):
            ops.gemm(X.astype(dtype), Y.astype(dtype))


def test_gemm_names_wrong_ranks_and_inner_sizes(ops):
    with pytest.raises(ValueError, match="'x' array should be 2-dimensional, but found 1 dimension"):
        ops.gemm(X[0], Y)
    with pytest.raises(ValueError, match="'y' array should be 2-dimensional, but found 3 dimension"):
        ops.gemm(X, Y[None])
    with pytest.raises(ValueError) as error:
        ops.gemm(X, X)
    assert "Shape mismatch for blis.gemm: (2, 3), (2, 3)" in str(error.value)


def test_affine_of_one_row(ops):
    W = numpy.array([[3.0, 4.0], [5.0, 6.0]], "float32")
    Y = ops.affine(numpy.array([[1.0, 2.0]], "float32"), W, numpy.array([0.5, 1.0], "float32"))
    assert_array_equal(Y, [[11.5, 18.0]])


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2), ()])
def test_affine_does_not_broadcast_its_bias(ops, shape):
    with pytest.raises(ValueError, match=r"affine: b must have shape \(2,\)"):
        ops.affine(X, Y.T.copy(), numpy.zeros(shape, "float32"))


def test_backprop_affine_of_known_values(ops):
    dY = numpy.array([[1.0, 2.0], [0.0, 1.0]], "float32")
    W = Y.T.copy()
    dX, dW, db = ops.backprop_affine(dY, X, W)
    assert_allclose(dX, dY @ W)
    assert_allclose(dW, dY.T @ X)
    assert_array_equal(db, [1.0, 3.0])
