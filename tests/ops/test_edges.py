"""The edges of every op: nothing, one element, odd memory, aliases, infinities."""

import inspect

import numpy
import pytest
from numpy.testing import assert_array_equal
from ops.cases import CASES
from support.oracle import REFERENCE, arrays, assert_close, doubled, positional, results
from support.strategies import LAYOUTS

each_row = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
# There is no largest of no elements, and no table of no weights.
NEED_CLASSES = {"softmax": "NO", "backprop_softmax": "O", "sparse_linear": "OI", "backprop_maxout": "P"}


def overwrites(case):
    """Does the op have an in-place form?"""
    return case.target is not None and "inplace" in inspect.signature(getattr(REFERENCE, case.op)).parameters


def alike(case):
    """Does the op take several float arrays of one shape, and nothing else, and keep them?"""
    args, _ = positional(case.draw({"N": 5, "O": 17}))
    kinds = {(X.shape, X.dtype.kind) if isinstance(X, numpy.ndarray) else None for X in args}
    return len(args) > 1 and len(kinds) == 1 and None not in kinds and not case.writes


WRITING = [case for case in CASES if case.writes or overwrites(case)]
ALIKE = [case for case in CASES if alike(case)]


@each_row
@pytest.mark.parametrize("axis", "BTNIOK")
def test_empty_axis_gives_empty_results(ops, case, axis):
    if axis in NEED_CLASSES.get(case.op, ""):
        pytest.skip("the op needs at least one")
    args = case.draw({axis: 0})
    found = results(ops, case, args)
    expected = results(REFERENCE, case, doubled(args))
    assert [Y.shape for Y in found] == [Y.shape for Y in expected]
    assert all(numpy.isfinite(Y).all() for Y in found)


@each_row
def test_single_element_is_no_special_case(ops, case):
    sizes = dict.fromkeys("BTNIOPK", 1)
    args = case.draw(sizes)
    exact = doubled(args)
    assert_close(case, exact, results(ops, case, args), results(REFERENCE, case, exact), sizes, "float32")


@each_row
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_reference_takes_any_layout(case, layout):
    if layout == "readonly" and case.writes:
        pytest.skip("the op writes to its arguments")
    sizes = {"O": 5, "I": 4}
    args = case.draw(sizes, "float64")
    found = results(REFERENCE, case, args, LAYOUTS[layout])
    assert_close(case, args, found, results(REFERENCE, case, args), sizes, "float64")


@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.id)
def test_readonly_array_is_never_written_to(ops, case):
    for position in case.writes or (case.target,):
        args, keywords = positional(case.draw({}))
        before = args[position].copy()
        args[position].flags.writeable = False
        with pytest.raises(ValueError, match=f"{case.op}: .* must be writable"):
            getattr(ops, case.op)(*args, **keywords, **({} if case.writes else {"inplace": True}))
        assert_array_equal(args[position], before)


@pytest.mark.parametrize("case", ALIKE, ids=lambda case: case.id)
def test_one_array_in_several_roles(ops, case):
    """Arguments of the same shape may be the same array, also if one of them is overwritten."""
    args, keywords = positional(case.draw({"N": 5, "O": 17}))
    separate = [args[0].copy() for _ in args]
    expected = getattr(ops, case.op)(*separate, **keywords)
    shared = args[0].copy()
    assert_array_equal(getattr(ops, case.op)(*[shared] * len(args), **keywords), expected)
    if overwrites(case):
        assert_array_equal(getattr(ops, case.op)(*[shared] * len(args), **keywords, inplace=True), expected)


@each_row
@pytest.mark.parametrize("value", [numpy.inf, -numpy.inf, numpy.nan, 1e38, -1e38, 1e-38, 0.0])
def test_extreme_values_raise_no_warning(ops, case, value):
    args, keywords = positional(case.draw({"O": 5}))
    for X in arrays(args):
        if X.dtype.kind == "f" and X.ndim:
            X.reshape(-1)[::2] = value
    getattr(ops, case.op)(*args, **keywords)


@each_row
def test_byte_swapped_floats_are_read_or_refused(ops, case):
    args = case.draw({"O": 5})

    def swap(X):
        return X.astype(X.dtype.newbyteorder("S"))

    expected = results(REFERENCE, case, args)
    try:
        found = results(ops, case, args, swap)
    except TypeError:
        return
    assert_close(
        case,
        doubled(args),
        [Y.astype(Y.dtype.newbyteorder("=")) for Y in found],
        expected,
        {"O": 5},
        "float32",
    )
