"""Every op of `NumpyOps`, in float32 and float64, against the reference in float64: at every level."""

import functools
import inspect
import os
import subprocess
import sys

import numpy
import pytest
from ops.cases import CASES, op_names
from ops.cases_elementwise import ELEMENTWISE
from support.oracle import REFERENCE, arrays, assert_agrees, assert_close, doubled, positional, results
from support.strategies import LAYOUTS

from thinc.backends import NumpyOps

_isa = pytest.importorskip("thinc.backends.cpu._isa", reason="thinc was built without compiled kernels")
_layouts = pytest.importorskip("thinc.backends.cpu._layouts")

OPS = NumpyOps()
# Around the number of float32 and float64 elements in the vectors of every level, and their unrolled loops.
WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 26, 31, 32, 33, 50, 65, 98]
SIZES = [{"N": 5, "B": 4, "T": 9, "I": n, "O": n, "K": 1 + n % 5, "P": 1 + n % 4} for n in WIDTHS]
SIZES += [{"N": n, "B": n, "T": n, "I": 5, "O": 3, "K": n, "P": n} for n in (1, 2, 8, 17, 33, 70)]
SIZES += [{axis: 0} for axis in "BTNIOK"]


def overwrites(case):
    """Does the op have an in-place form?"""
    return case.target is not None and "inplace" in inspect.signature(getattr(OPS, case.op)).parameters


def rows(wanted=lambda case: True):
    """Parametrize a test by the wanted rows, in each of their dtypes."""
    values = [(case, dtype) for case in CASES if wanted(case) for dtype in case.dtypes]
    return pytest.mark.parametrize(("case", "dtype"), values, ids=lambda value: getattr(value, "id", value))


each_row = rows()


@each_row
def test_kernel_agrees_with_the_reference(case, dtype):
    assert_agrees(case, dtype, SIZES, functools.partial(results, OPS))


@each_row
def test_kernel_results_have_the_dtypes_of_the_reference(case, dtype):
    args = case.draw({}, dtype)
    assert [Y.dtype for Y in results(OPS, case, args)] == [Y.dtype for Y in results(REFERENCE, case, args)]


@each_row
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_kernel_takes_any_layout(case, dtype, layout):
    if layout == "readonly" and case.writes:
        pytest.skip("the op writes to its arguments")
    sizes = {"O": 9, "I": 9, "N": 5}
    args = case.draw(sizes, dtype)
    exact = doubled(args)
    found = results(OPS, case, args, LAYOUTS[layout])
    assert_close(case, exact, found, results(REFERENCE, case, exact), sizes, dtype)


@rows(ELEMENTWISE.__contains__)
def test_kernel_propagates_nan_and_extremes_as_the_reference_does(case, dtype):
    args, keywords = positional(case.draw({"N": 3, "O": 11}, dtype))
    for X in args:
        X[0] = [numpy.nan, 1e-30, -1e-30, 0.0, -0.0, 88.0, -88.0, 1e4, -1e4, 1e9, -1e9]
        X[1, ::2] = numpy.nan
    drawn = (*args, keywords)
    exact = doubled(drawn)
    assert_close(case, exact, results(OPS, case, drawn), results(REFERENCE, case, exact), {}, dtype)


@rows(overwrites)
def test_kernel_in_place_gives_the_same_bits(case, dtype):
    for n in (1, 17, 40):
        args, keywords = positional(case.draw({"N": 3, "O": n}, dtype))
        apart = getattr(OPS, case.op)(*args, **keywords)
        before = [X.copy() for X in args]
        returned = getattr(OPS, case.op)(*args, **keywords, inplace=True)
        assert returned is args[case.target]
        numpy.testing.assert_array_equal(returned, apart)
        for position, (X, old) in enumerate(zip(args, before, strict=True)):
            if position != case.target:
                numpy.testing.assert_array_equal(X, old)


@pytest.mark.parametrize(
    "dtypes", [("int64", "int64"), ("uint8", "float32"), ("float32", "float64"), ("float64", "float32")]
)
@rows(lambda case: case in ELEMENTWISE or case.op in ("softmax", "backprop_softmax"))
def test_integers_and_floats_of_both_sizes_count_as_float64(case, dtype, dtypes):
    args, keywords = positional(case.draw({"N": 3, "O": 7}, dtype))
    args = [abs(numpy.rint(X)).astype(dtypes[position % 2]) for position, X in enumerate(args)]
    expected = getattr(REFERENCE, case.op)(*args, **keywords)
    found = getattr(OPS, case.op)(*args, **keywords)
    assert found.dtype == expected.dtype
    numpy.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    if {X.dtype.name for X in args} != {"float32"}:
        exact = getattr(OPS, case.op)(*(X.astype("float64") for X in args), **keywords)
        numpy.testing.assert_array_equal(found, exact.astype(found.dtype))


@rows(ELEMENTWISE.__contains__)
def test_elementwise_result_has_the_order_of_its_arguments(case, dtype):
    args, keywords = positional(case.draw({"N": 3, "O": 7}, dtype))
    expected = getattr(OPS, case.op)(*args, **keywords)
    Xs = [numpy.asfortranarray(X) for X in args]
    found = getattr(OPS, case.op)(*Xs, **keywords)
    numpy.testing.assert_array_equal(found, expected)
    assert found.flags.f_contiguous and not any(numpy.shares_memory(found, X) for X in Xs)
    if overwrites(case):
        assert getattr(OPS, case.op)(*Xs, **keywords, inplace=True) is Xs[case.target]
        numpy.testing.assert_array_equal(Xs[case.target], expected)


@each_row
def test_kernel_leaves_its_inputs_alone(case, dtype):
    args, keywords = positional(case.draw({"O": 9}, dtype))
    inputs = tuple(X for position, X in enumerate(args) if position not in case.writes)
    before = [X.copy() for X in arrays(inputs)]
    getattr(OPS, case.op)(*args, **keywords)
    for X, old in zip(arrays(inputs), before, strict=True):
        numpy.testing.assert_array_equal(X, old)


@each_row
def test_kernel_repeats_its_bits(case, dtype):
    args = case.draw({"N": 33, "T": 33, "O": 33, "I": 33}, dtype)
    for X, Y in zip(results(OPS, case, args), results(OPS, case, args), strict=True):
        numpy.testing.assert_array_equal(X, Y)


@pytest.mark.parametrize("drop", [1e-9, 0.2, 0.5, 1 - 1e-9])
def test_dropout_mask_has_the_bits_of_the_reference(drop):
    for shape in (257, (40, 7), (3, 0, 500), (1, 1000), (3, 5, 1009)):
        numpy.random.seed(1)
        expected = REFERENCE.get_dropout_mask(shape, drop)
        numpy.random.seed(1)
        numpy.testing.assert_array_equal(OPS.get_dropout_mask(shape, drop), expected)


@pytest.mark.parametrize("name", op_names())
def test_signature_is_that_of_the_reference(name):
    expected = inspect.signature(getattr(REFERENCE, name)).parameters
    found = inspect.signature(getattr(OPS, name)).parameters
    assert list(found) == list(expected)
    assert [p.default for p in found.values()] == [p.default for p in expected.values()]
    assert [p.kind for p in found.values()] == [p.kind for p in expected.values()]


@pytest.mark.parametrize("name", [*op_names(), "get_dropout_mask"])
def test_docstring_is_that_of_the_reference(name):
    assert inspect.getdoc(getattr(NumpyOps, name)) == inspect.getdoc(getattr(type(REFERENCE), name))


def test_overwriting_ops_are_those_of_the_case_table():
    assert {case.op for case in CASES if case.writes} == _layouts.OVERWRITE


@pytest.mark.parametrize("level", [name for name in _isa.available() if name != _isa.level()])
def test_every_other_level_passes(level):
    if os.environ.get("THINC_ISA"):
        pytest.skip("a level is forced already")
    command = [sys.executable, "-m", "pytest", "-q", "-x", __file__]
    environment = {**os.environ, "THINC_ISA": level}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
