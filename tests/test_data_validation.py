"""Validation of the data that models are initialized with, against the forward function's annotations."""

import functools
import threading
import typing
from collections import Counter, OrderedDict, deque
from collections.abc import Callable

import numpy
import pytest

from thinc.backends import NumpyOps
from thinc.types import ArrayXd, Floats2d, Floats3d, Ints1d, Ragged
from thinc.util import DATA_VALIDATION, DataValidationError, data_validation, validate_fwd_input_output


def switched_on():
    return DATA_VALIDATION.get()


def test_data_validation_is_restored_also_after_an_exception():
    assert switched_on() is False
    with pytest.raises(KeyError), data_validation(True):
        assert switched_on() is True
        with data_validation(False):
            assert switched_on() is False
        assert switched_on() is True
        raise KeyError
    assert switched_on() is False


def test_data_validation_is_off_in_a_new_thread():
    found = []
    with data_validation(True):
        thread = threading.Thread(target=lambda: found.append(switched_on()))
        thread.start()
        thread.join()
    assert found == [False]


ndarray2 = numpy.zeros((2, 3), dtype="float32")
ndarray3 = numpy.zeros((2, 3, 4), dtype="float32")
ragged = Ragged(ndarray2, numpy.array([1, 1]))
padded = NumpyOps().list2padded([ndarray2, ndarray2])

FITS = [
    (Floats2d, ndarray2),
    ("Floats2d", ndarray2),
    ("List['Floats2d']", [ndarray2]),
    ("NoSuchName", 3),
    (list[Floats2d], [ndarray2]),
    (list[Floats2d], [ndarray2] * 5 + [None]),
    (typing.Union[Ints1d, Floats3d], ndarray3),
    (ArrayXd, ndarray3),
    (Floats2d | None, ndarray2),
    (Ragged, ragged),
    (dict[str, Floats2d], {"a": ndarray2}),
    (tuple[Floats2d, Ragged], (ndarray2, ragged)),
    (tuple[Floats2d, ...], (ndarray2, ndarray2)),
    (typing.Literal["a", 2], 2),
    (typing.Any, object()),
    (typing.TypeVar("FreeT"), object()),
    (typing.TypeVar("ArrayT", Floats2d, Floats3d), ndarray3),
    (typing.TypeVar("BoundT", bound=Floats2d), ndarray2),
    (typing.Annotated[Floats2d, "comment"], ndarray2),
    (Callable, len),
    (Callable[[int], int], len),
    (type[int], int),
    (type[int], bool),
    (type["Ragged"], Ragged),
    (type[typing.Union[int, str]], str),
    (type[typing.TypeVar("ClassT", bound=int)], bool),
    (type[typing.Any], str),
    (typing.Type, str),  # noqa: UP006
    (float, 1),
    (typing.Sequence[int], [1, 2]),
    (typing.Sequence[Floats2d], deque([ndarray2])),
    (typing.Sequence[str], "ab"),
    (typing.Sequence[int], range(3)),
    (typing.Iterable[int], iter([1, 2])),
    (typing.Mapping[str, int], OrderedDict(a=1)),
    (typing.Counter[str], Counter("aab")),
    (typing.Iterable[str], {"a": 1}),
    (numpy.ndarray, ndarray2),
]
REFUSED = [
    (Floats2d, ndarray3, "X", "wrong array dimensions (expected 2, got 3)"),
    ("Floats2d", ndarray3, "X", "wrong array dimensions (expected 2, got 3)"),
    (Floats3d, ndarray3.astype("float64"), "X", "wrong array data type (expected float32, got float64)"),
    (Floats2d, [[1.0]], "X", "not a valid numpy or cupy array (got list)"),
    (list[Floats2d], (ndarray2,), "X", "instance of list expected (got tuple of 1 items)"),
    (list[Floats2d], [ndarray2, ndarray3], "X -> 1", "wrong array dimensions (expected 2, got 3)"),
    (Ragged, ndarray2, "X", "instance of Ragged expected (got ndarray of shape (2, 3) and dtype float32)"),
    (Ragged, (ndarray2, 3), "X", "instance of Ragged expected"),
    (dict[str, Floats2d], padded, "X", "instance of dict expected (got Padded)"),
    (dict[str, Floats2d], {1: ndarray2}, "X -> 1", "instance of str expected (got int)"),
    (dict[str, Floats2d], {"a": 1}, "X -> a", "not a valid numpy or cupy array"),
    (tuple[Floats2d, Ragged], (ndarray2,), "X", "tuple of 2 items expected (got tuple of 1 items)"),
    (tuple[Floats2d, ...], (ndarray2, 1), "X -> 1", "not a valid numpy or cupy array"),
    (typing.Literal["a", 2], 3, "X", "one of 'a', 2 expected (got int)"),
    (typing.TypeVar("ArrayT", Floats2d, Floats3d), 3, "X", "not a valid numpy or cupy array"),
    (str, 1, "X", "instance of str expected (got int)"),
    (Callable, 1, "X", "callable expected (got int)"),
    (type[int], 1, "X", "class expected (got int)"),
    (type[int], str, "X", "subclass of int expected (got str)"),
    (type[typing.Union[int, "Ragged"]], str, "X", "subclass of int or Ragged expected (got str)"),
    (type[typing.TypeVar("ClassT", bound=int)], str, "X", "subclass of int expected (got str)"),
    (typing.Sequence[int], [1, "a"], "X -> 1", "instance of int expected (got str)"),
    (typing.Sequence[Floats2d], "ab", "X -> 1", "not a valid numpy or cupy array (got str)"),
    (typing.Sequence[Floats2d], deque([ndarray2, 2]), "X -> 1", "not a valid numpy or cupy array (got int)"),
    (typing.Iterable[Floats2d], range(3), "X -> 0", "not a valid numpy or cupy array (got int)"),
    (typing.Mapping[str, int], OrderedDict(a="b"), "X -> a", "instance of int expected (got str)"),
    (typing.Iterable[int], {"a": 1}, "X -> 0", "instance of int expected (got str)"),
]


def forward_of(annotation, output=typing.Any):
    def forward(model, X, is_train):
        return X, lambda dY: dY

    forward.__annotations__ = {"X": annotation, "return": output}
    return forward


@pytest.mark.parametrize("annotation, value", FITS)
def test_data_that_fits_its_annotation_passes(annotation, value):
    validate_fwd_input_output("layer", forward_of(annotation), value, None)
    validate_fwd_input_output("layer", forward_of(typing.Any, tuple[annotation, Callable]), None, value)


@pytest.mark.parametrize("annotation, value, location, message", REFUSED)
def test_data_that_does_not_fit_is_reported_with_its_location(annotation, value, location, message):
    with pytest.raises(DataValidationError) as error:
        validate_fwd_input_output("layer", forward_of(annotation), value, None)
    assert f"\n{location}   {message}" in str(error.value)
    with pytest.raises(DataValidationError) as error:
        validate_fwd_input_output("layer", forward_of(typing.Any, tuple[annotation, Callable]), None, value)
    assert f"\n{location.replace('X', 'Y -> 0')}   {message}" in str(error.value)


def test_all_members_of_a_union_are_reported():
    with pytest.raises(DataValidationError) as error:
        validate_fwd_input_output(
            "layer", forward_of(typing.Union[Floats2d, Floats3d, Ragged]), ndarray3[0, 0], None
        )
    assert str(error.value).count("\nX") == 4


def test_report_has_a_title_and_a_table():
    errors = [{"loc": ("X", 0), "msg": "one"}, {"loc": ("Y",), "msg": "two"}, {"msg": "three"}]
    assert str(DataValidationError("layer", 1, "a", errors)) == (
        "\n\nData validation error in 'layer'\nX: <class 'int'> Y: <class 'str'>\n\n"
        "X -> 0   one\nY        two\n         three\n"
    )
    assert isinstance(DataValidationError("layer", 1, 2), ValueError)


def test_values_are_never_printed():
    with pytest.raises(DataValidationError) as error:
        validate_fwd_input_output("layer", forward_of(Ragged), ["secret"] * 3, None)
    assert "secret" not in str(error.value) and "list of 3 items" in str(error.value)


@pytest.mark.parametrize(
    "forward, found",
    [(lambda model, X: X, r"2 \(model, X\)"), (lambda a, b, c, d: a, r"4 \(a, b, c, d\)")],
)
def test_forward_with_another_number_of_parameters_is_refused(forward, found):
    expected = r"Invalid forward function. Expected 3 arguments \(model, X, is_train\), got "
    with pytest.raises(DataValidationError, match=expected + found):
        validate_fwd_input_output("layer", forward, 1, 2)


class CallableForward:
    def __call__(self, model, X: "Floats2d", is_train: bool):
        return X, lambda dY: dY


def forward_with_option(option, model, X: "Floats2d", is_train: bool, **settings):
    return X, lambda dY: dY


@pytest.mark.parametrize("forward", [CallableForward(), functools.partial(forward_with_option, 1)])
def test_forward_may_be_any_callable(forward):
    validate_fwd_input_output("layer", forward, ndarray2, ndarray3)
    with pytest.raises(DataValidationError, match="wrong array dimensions"):
        validate_fwd_input_output("layer", forward, ndarray3, None)
