"""Layers that map ids, and layers that patch another one in place."""

import copy
from contextlib import contextmanager

import numpy
import pytest

from thinc import compat
from thinc.api import (
    Linear,
    chain,
    premap_ids,
    remap_ids,
    remap_ids_v2,
    strings2arrays,
    with_debug,
    with_nvtx_range,
    with_signpost_interval,
)

X = numpy.array([[1, 0], [0, 1]], dtype="f")


# -- ids -------------------------------------------------------------------------------------------


def test_remap_ids():
    Y, backprop = remap_ids({"a": 1, "b": 5}, default=-3).begin_update(["a", "x", "b"])
    assert Y.tolist() == [[1], [-3], [5]]
    assert Y.dtype == "int32"
    assert backprop(Y) == []


def test_remap_ids_has_a_table_of_its_own():
    one, two = remap_ids(), remap_ids()
    one.attrs["mapping_table"]["a"] = 7
    assert two.predict(["a"]).tolist() == [[0]]


def test_remap_ids_v2_takes_a_column_of_an_array():
    ids = numpy.array([[3, 4], [4, 3]])
    Y, backprop = remap_ids_v2({3: 1}, column=1).begin_update(ids)
    assert Y.tolist() == [[0], [1]]
    assert Y.dtype == "int32"
    dX = backprop(Y)
    assert (dX.shape, dX.dtype) == ((2, 2), "int32")
    assert not dX.any()


def test_remap_ids_v2_ignores_the_column_of_a_list():
    Y, backprop = remap_ids_v2({"a": 1}, column=1).begin_update(["a", "b"])
    assert Y.tolist() == [[1], [0]]
    assert backprop(Y) == []


def test_remap_ids_v2_needs_a_table_when_it_is_called():
    layer = remap_ids_v2()
    with pytest.raises(ValueError, match="'mapping table' not set"):
        layer.predict([1])


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int32", "uint32"])
def test_premap_ids(dtype):
    layer = premap_ids({3: 1, 0: 7, 1: 8, 2**40: 5}, default=-2)
    ids = numpy.array([3, 0, 1, 99], dtype=dtype)
    Y, backprop = layer.begin_update(ids)
    assert Y.tolist() == [[1], [7], [8], [-2]]
    assert Y.dtype == "int32"
    dX = backprop(Y)
    assert (dX.shape, dX.dtype) == ((4,), "int32")
    assert not dX.any()


def test_premap_ids_of_large_and_negative_ids():
    layer = premap_ids({2**40: 5, 2**64 - 1: 6}, default=-2)
    assert layer.predict(numpy.array([2**40, -1])).tolist() == [[5], [-2]]
    assert layer.predict(numpy.array([2**64 - 1], dtype="uint64")).tolist() == [[6]]


def test_premap_ids_takes_a_column():
    layer = premap_ids({3: 1}, column=1)
    ids = numpy.array([[3, 4], [4, 3]], dtype="uint64")
    Y, backprop = layer.begin_update(ids)
    assert Y.tolist() == [[0], [1]]
    assert backprop(Y).shape == (2, 2)


def test_premap_ids_of_an_empty_table_gives_the_default():
    assert premap_ids({}, default=4).predict(numpy.array([1, 2])).tolist() == [[4], [4]]


@pytest.mark.parametrize("table", [{"a": 1}, {1: 1.5}, {numpy.int64(1): 1}])
def test_premap_ids_wants_python_integers(table):
    with pytest.raises(ValueError, match=r"mapping_table has to be of type Mapping\[int, int\], but found"):
        premap_ids(table)


@pytest.mark.parametrize("table", [{-1: 1}, {1: -1}])
def test_premap_ids_refuses_negative_entries(table):
    with pytest.raises(OverflowError):
        premap_ids(table)


@pytest.mark.parametrize(
    ("table", "error"), [(None, TypeError), (3, TypeError), ([(1, 2)], AttributeError), ([], TypeError)]
)
def test_premap_ids_wants_a_mapping(table, error):
    with pytest.raises(error, match="premap_ids: mapping_table must be a mapping; got"):
        premap_ids(table)


@pytest.mark.parametrize("ids", [[3, 0, 5], (3, 0, 5), [numpy.int64(3), numpy.int32(0), 2**40]])
def test_premap_ids_takes_lists_of_ids(ids):
    Y, backprop = premap_ids({3: 7, 0: 2}, default=4).begin_update(ids)
    assert Y.tolist() == [[7], [2], [4]]
    assert Y.dtype == "int32"
    assert backprop(Y).tolist() == [0, 0, 0]


def test_premap_ids_of_an_empty_list_and_of_a_range():
    layer = premap_ids({3: 7, 0: 2}, default=4)
    assert layer.predict([]).shape == (0, 1)
    assert layer.predict(range(4)).tolist() == [[2], [4], [4], [7]]
    with pytest.raises(TypeError, match="premap_ids: X must be an array to take a column of; got list of 1"):
        premap_ids({3: 7}, column=1).predict([[1, 3]])


def test_the_table_of_premap_ids_can_be_read_and_changed():
    layer = premap_ids({1: 10, 2: 20})
    table = layer.attrs["mapping_table"]
    assert (table[1], table[3]) == (10, None)
    assert (1 in table, 3 in table, len(table)) == (True, False, 2)
    assert (sorted(table), sorted(table.keys()), sorted(table.values())) == ([1, 2], [1, 2], [10, 20])
    assert sorted(table.items()) == [(1, 10), (2, 20)]
    assert layer.predict([1, 2, 3]).tolist() == [[10], [20], [0]]
    copied = layer.copy()
    table[3] = 30
    del table[1]
    assert (table.pop(2), table.pop(2), table.pop(2, 5)) == (20, None, 5)
    assert layer.predict([1, 2, 3]).tolist() == [[0], [0], [30]]
    assert copied.predict([1, 2, 3]).tolist() == [[10], [20], [0]]
    with pytest.raises(OverflowError):
        table[-1] = 3


@pytest.mark.parametrize("ids", [[1.0], [True], ["a"], [[1, 2]], numpy.array([1.0]), numpy.array([[1], [2]])])
def test_premap_ids_refuses_what_are_no_ids(ids):
    with pytest.raises((TypeError, ValueError), match="ids must be an integer array with one axis"):
        premap_ids({1: 2}).predict(ids)


def test_premap_ids_can_be_copied_but_does_not_save_its_table():
    layer = premap_ids({1: 2})
    ids = numpy.array([1])
    for copied in (layer.copy(), copy.deepcopy(layer)):
        assert copied.predict(ids).tolist() == [[2]]
    assert premap_ids({1: 3}).from_bytes(layer.to_bytes()).predict(ids).tolist() == [[3]]
    assert list(layer.to_dict()["attrs"][0]) == ["default", "column"]


def test_strings2arrays():
    Y, backprop = strings2arrays().begin_update([["hello", "world"], ["", "ü"]])
    assert [y.tolist() for y in Y] == [[[613153351], [18446744073635511547]], [[0], [2017519274]]]
    assert {y.dtype.name for y in Y} == {"uint64"}
    assert backprop(Y) == []
    (Y,) = strings2arrays().predict(["ab"])
    assert Y.tolist() == [[1009084850], [18446744071928970755]]


def test_strings2arrays_of_an_empty_sequence():
    assert [y.shape for y in strings2arrays().predict([[]])] == [(0, 1)]


@pytest.mark.parametrize("words", [[b"a"], [1], [None]])
def test_strings2arrays_refuses_what_is_no_string(words):
    with pytest.raises(TypeError, match="strings2arrays: items must be strings"):
        strings2arrays().predict([words])


# -- hooks -----------------------------------------------------------------------------------------


def test_with_debug_calls_its_hooks_before_each_step():
    calls = []
    layer = Linear(2, 2)
    debugged = with_debug(
        layer,
        "ignored",
        on_init=lambda model, X, Y: calls.append(("init", model, X, Y)),
        on_forward=lambda model, X, is_train: calls.append(("forward", model, is_train)),
        on_backprop=lambda dY: calls.append(("backprop", dY)),
    )
    assert debugged is layer
    assert layer.name == "linear"
    layer.initialize(X, None)
    Y, backprop = layer.begin_update(X)
    backprop(Y)
    assert calls[0][:2] == ("init", layer)
    assert calls[0][2] is X
    assert calls[1] == ("forward", layer, True)
    assert calls[2][1] is Y


@pytest.mark.parametrize("wrap", [with_debug, with_nvtx_range])
def test_a_copy_of_a_patched_layer_computes_with_its_own_parameters(wrap):
    layer = wrap(Linear(2, 2)).initialize()
    copied = layer.copy()
    copied.set_param("W", copied.get_param("W") * 0)
    assert not copied.predict(X).any()
    Y, backprop = copied.begin_update(X)
    backprop(Y + 1)
    assert copied.has_grad("W")
    assert not layer.has_grad("W")


def test_a_patched_layer_without_initializer_stays_so():
    layer = Linear(2, 2)
    layer.init = None
    assert with_debug(layer).initialize().init is None


class Signposter:
    def __init__(self):
        self.intervals = []

    @contextmanager
    def use_interval(self, name):
        self.intervals.append(name)
        yield


def test_signposts_mark_all_steps(monkeypatch):
    monkeypatch.setattr(compat, "has_os_signpost", True, raising=False)
    signposter = Signposter()
    layer = with_signpost_interval(chain(Linear(2, 2), Linear(2, 2)), signposter, "twice")
    Y, backprop = layer.initialize(X).begin_update(X)
    backprop(Y)
    assert signposter.intervals == ["twice init", "twice forward", "twice backprop"]


def test_signposts_need_their_package(monkeypatch):
    monkeypatch.setattr(compat, "has_os_signpost", False, raising=False)
    with pytest.raises(ValueError, match="with_signpost_interval layer requires the 'os_signpost' package"):
        with_signpost_interval(Linear(2, 2), Signposter())
