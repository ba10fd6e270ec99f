"""Every CUDA kernel, run on the host through the bindings of `CupyOps`, against the reference in float64."""

import functools
import inspect
import os

import numpy
import pytest
from ops.cases import CASES, op_names
from ops.cases_elementwise import ELEMENTWISE
from support.oracle import (
    REFERENCE,
    arrays,
    assert_agrees,
    assert_close,
    convert,
    doubled,
    positional,
    results,
)
from support.strategies import LAYOUTS

# Around one and several numbers per lane of a warp, and per load.
SIZES = [{"N": 5, "B": 4, "T": 9, "I": n, "O": n, "K": 1 + n % 5, "P": 1 + n % 4} for n in (1, 3, 16, 33, 98)]
SIZES += [{"N": n, "B": n, "T": n, "I": 5, "O": 3, "K": n, "P": n} for n in (1, 2, 17, 70)]
SIZES += [{axis: 0} for axis in "BTNIOK"]


def rows(wanted=lambda case: True):
    """Parametrize a test by the wanted rows, in each of their dtypes."""
    values = [(case, dtype) for case in CASES if wanted(case) for dtype in case.dtypes]
    return pytest.mark.parametrize(("case", "dtype"), values, ids=lambda value: getattr(value, "id", value))


@rows()
def test_kernel_agrees_with_the_reference(ops, geometry, case, dtype):
    assert_agrees(case, dtype, SIZES, functools.partial(results, ops))


@rows()
def test_kernel_gives_the_same_bits_whatever_the_launch(ops, case, dtype):
    if case.op in ("backprop_lstm", "gemm", "affine", "backprop_affine"):
        pytest.skip("its products are the array module's")
    args = case.draw({"N": 33, "T": 35, "O": 34, "I": 33, "K": 4}, dtype)
    expected = results(ops, case, args)
    for geometry in [(128, 2, True), (7, 1, True), (1, 5, False)]:
        ops._module.set_geometry(*geometry)
        found = results(ops, case, args)
        ops._module.set_geometry(128, 4096, False)
        for X, Y in zip(found, expected, strict=True):
            numpy.testing.assert_array_equal(X, Y)


@rows()
def test_results_have_the_dtypes_of_the_reference(ops, case, dtype):
    args = case.draw({}, dtype)
    assert [Y.dtype for Y in results(ops, case, args)] == [Y.dtype for Y in results(REFERENCE, case, args)]


@rows()
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_op_takes_any_layout(ops, case, dtype, layout):
    if layout == "readonly" and case.writes:
        pytest.skip("the op writes to its arguments")
    if layout == "misaligned" and os.environ.get("THINC_SANITIZED_CUDA") == "1":
        pytest.skip("no array on a device is misaligned")
    sizes = {"O": 9, "I": 9, "N": 5}
    args = case.draw(sizes, dtype)
    exact = doubled(args)
    found = results(ops, case, args, LAYOUTS[layout])
    assert_close(case, exact, found, results(REFERENCE, case, exact), sizes, dtype)


@rows(ELEMENTWISE.__contains__)
def test_kernel_propagates_nan_and_extremes_as_the_reference_does(ops, case, dtype):
    args, keywords = positional(case.draw({"N": 3, "O": 11}, dtype))
    for X in args:
        X[0] = [numpy.nan, 1e-30, -1e-30, 0.0, -0.0, 88.0, -88.0, 1e4, -1e4, 1e9, -1e9]
        X[1, ::2] = numpy.nan
    drawn = (*args, keywords)
    exact = doubled(drawn)
    assert_close(case, exact, results(ops, case, drawn), results(REFERENCE, case, exact), {}, dtype)


def overwrites(case):
    """Does the op have an in-place form?"""
    method = getattr(REFERENCE, case.op)
    return case.target is not None and "inplace" in inspect.signature(method).parameters


@rows(overwrites)
@pytest.mark.parametrize("layout", ["contiguous", "strided", "reversed"])
def test_op_in_place_gives_the_same_bits(ops, case, dtype, layout):
    layout = LAYOUTS.get(layout, numpy.copy)
    args, keywords = positional(convert(case.draw({"N": 3, "O": 17}, dtype), layout))
    apart = getattr(ops, case.op)(*args, **keywords)
    before = [X.copy() for X in args]
    returned = getattr(ops, case.op)(*args, **keywords, inplace=True)
    assert returned is args[case.target]
    numpy.testing.assert_array_equal(returned, apart)
    for position, (X, old) in enumerate(zip(args, before, strict=True)):
        if position != case.target:
            numpy.testing.assert_array_equal(X, old)


@rows()
def test_op_leaves_its_inputs_alone(ops, case, dtype):
    args, keywords = positional(case.draw({"O": 9}, dtype))
    inputs = tuple(X for position, X in enumerate(args) if position not in case.writes)
    before = [X.copy() for X in arrays(inputs)]
    getattr(ops, case.op)(*args, **keywords)
    for X, old in zip(arrays(inputs), before, strict=True):
        numpy.testing.assert_array_equal(X, old)


@pytest.mark.parametrize("name", op_names())
def test_signature_is_that_of_the_reference(ops, name):
    expected = inspect.signature(getattr(REFERENCE, name)).parameters.values()
    found = inspect.signature(getattr(ops, name)).parameters.values()
    assert [(p.name, p.default, p.kind) for p in found] == [(p.name, p.default, p.kind) for p in expected]
