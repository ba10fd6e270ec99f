"""The reference as judge: run an op as its case says, and compare with the reference in float64."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy

from thinc.backends.ops import Ops
from thinc.backends.reference._packed import State

REFERENCE = Ops()


def convert(value: Any, change: Callable[[numpy.ndarray], numpy.ndarray]) -> Any:
    """`value` with every array in it changed; tuples and saved states keep their type."""
    if isinstance(value, numpy.ndarray):
        return change(value)
    if isinstance(value, State):
        items = (convert(item, change) for item in value)
        return State(items, convert(value.hidden, change), convert(value.cells, change))
    if isinstance(value, tuple):
        return tuple(convert(item, change) for item in value)
    if isinstance(value, dict):
        return {name: convert(item, change) for name, item in value.items()}
    return value


def doubled(value: Any) -> Any:
    """`value` with every float array in it as float64."""
    return convert(value, lambda X: X.astype("float64") if X.dtype.kind == "f" else X)


def absolute(value: Any) -> Any:
    """`value` with every float array in it replaced by its magnitudes."""
    return convert(value, lambda X: abs(X) if X.dtype.kind == "f" else X)


def arrays(value: Any) -> Iterator[numpy.ndarray]:
    """The arrays in `value`, depth first."""
    if isinstance(value, tuple):
        for item in value:
            yield from arrays(item)
    elif value is not None:
        yield numpy.asarray(value)


def positional(args: tuple) -> tuple[tuple, dict]:
    """Drawn arguments apart: those by position, and those by keyword."""
    return (args[:-1], args[-1]) if args and isinstance(args[-1], dict) else (args, {})


def results(
    ops: Any, case: Any, args: tuple, layout: Callable = numpy.copy, **more: Any
) -> list[numpy.ndarray]:
    """The arrays that an op returns or, if it writes to its arguments, those that it writes to.

    The caller's `args` stay as they are: the op gets copies, laid out in memory as `layout` does it.
    """
    args, keywords = positional(convert(args, layout))
    with numpy.errstate(all="ignore"):
        returned = getattr(ops, case.op)(*args, **keywords, **more)
    return list(arrays(tuple(args[position] for position in case.writes) if case.writes else returned))


def tolerances(case: Any, args: tuple, expected: list[numpy.ndarray], sizes: Any, dtype: Any) -> list[Any]:
    """For each result, how far it may be from the expected one: `bound * eps * terms * magnitude`.

    The smallest normal number is added, since a kernel may flush what lies below. In float64 the reference
    has an error of its own, so there the bound counts twice.
    """
    magnitudes = case.magnitudes(args, expected)
    info = numpy.finfo(dtype)
    bound = case.bound * (2.0 if info.bits == 64 else 1.0)
    return [
        bound * info.eps * terms * magnitude + info.tiny
        for terms, magnitude in zip(case.counts(sizes, len(expected)), magnitudes, strict=True)
    ]


def assert_close(case: Any, args: tuple, actual: list, expected: list, sizes: Any, dtype: Any) -> None:
    """`actual` (computed in dtype) agrees with `expected` (computed in float64).

    Floats agree within the tolerance of the case, with NaN where NaN is expected; integers, and all results
    of an exact case, agree exactly.
    """
    assert [X.shape for X in actual] == [X.shape for X in expected]
    allowed = tolerances(case, args, expected, sizes, dtype)
    for position, (X, Y, tolerance) in enumerate(zip(actual, expected, allowed, strict=True)):
        if case.exact or Y.dtype.kind != "f":
            numpy.testing.assert_array_equal(X, Y, err_msg=f"result {position} of {case.id}")
            continue
        with numpy.errstate(all="ignore"):
            same = (X == Y) | (abs(X.astype("float64") - Y) <= tolerance) | (numpy.isnan(X) & numpy.isnan(Y))
        if not same.all():
            worst = numpy.nanargmax(numpy.where(same, -1.0, numpy.nan_to_num(abs(X - Y), nan=numpy.inf)))
            limit = numpy.broadcast_to(tolerance, Y.shape).flat[worst]
            raise AssertionError(
                f"{case.id}: result {position} at {numpy.unravel_index(worst, Y.shape)} is {X.flat[worst]}, "
                f"expected {Y.flat[worst]} +- {limit} ({(~same).sum()} of {same.size} wrong)"
            )


def assert_agrees(case: Any, dtype: str, all_sizes: list, compute: Callable[[Any, tuple], list]) -> None:
    """Hold `compute(case, args)` to the reference in float64, at every size that the op takes."""
    compared = 0
    for seed, sizes in enumerate(all_sizes):
        try:
            args = case.draw(sizes, dtype, seed)
            exact = doubled(args)
            expected = results(REFERENCE, case, exact)
        except ValueError:
            # Some ops need at least one class.
            assert 0 in sizes.values()
            continue
        assert_close(case, exact, compute(case, args), expected, sizes, dtype)
        compared += 1
    assert compared > len(all_sizes) // 2
