"""What the classes of ops have in common, and what subclasses may change."""

import inspect

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.backends import CupyOps, MPSOps, NumpyOps, Ops


@pytest.mark.parametrize("cls", [NumpyOps, CupyOps, MPSOps])
def test_ops_of_all_devices_have_the_same_interface(cls):
    for name in dir(cls):
        if name.startswith("_"):
            continue
        assert hasattr(Ops, name), name
        if callable(getattr(cls, name)):
            found, expected = (inspect.signature(getattr(owner, name)).parameters for owner in (cls, Ops))
            assert list(found) == list(expected), name
            assert [p.default for p in found.values()] == [p.default for p in expected.values()], name
    assert list(inspect.signature(cls).parameters)[:2] == ["device_type", "device_id"]


class OnesOps(NumpyOps):
    def gemm(self, x, y, out=None, trans1=False, trans2=False):
        return numpy.ones((x.shape[1 if trans1 else 0], y.shape[0 if trans2 else 1]), x.dtype)


class OwnAffineOps(OnesOps):
    def affine(self, X, W, b):
        return X


def test_a_product_of_ones_own_is_used_for_what_is_made_of_products():
    X, W, b = numpy.zeros((2, 3), "float32"), numpy.zeros((4, 3), "float32"), numpy.ones(4, "float32")
    assert OnesOps().affine(X, W, b).tolist() == [[2.0] * 4] * 2
    dX, dW, _ = OnesOps().backprop_affine(numpy.zeros((2, 4), "float32"), X, W)
    assert dX.tolist() == [[1.0] * 3] * 2 and dW.tolist() == [[1.0] * 3] * 4
    assert OwnAffineOps().affine(X, W, b) is X
    assert NumpyOps().affine(X, W, b).tolist() == [[1.0] * 4] * 2


@pytest.mark.parametrize("left, right", [("int64", "int64"), ("float16", "float16"), ("float32", "float64")])
def test_without_blis_products_take_any_dtype(left, right):
    x, y = numpy.arange(6).reshape(2, 3).astype(left), numpy.arange(6).reshape(3, 2).astype(right)
    ops = NumpyOps(use_blis=False)
    assert_array_equal(ops.gemm(x, y), numpy.dot(x, y), strict=True)
    assert_array_equal(ops.gemm(x, y.T.copy(), trans2=True), numpy.dot(x, y), strict=True)
    out = numpy.zeros((2, 2), numpy.result_type(x, y))
    assert ops.gemm(x, y, out=out) is out
    assert_array_equal(out, numpy.dot(x, y))
    with pytest.raises(TypeError, match="must be float32 or all float64"):
        NumpyOps().gemm(x, y)
