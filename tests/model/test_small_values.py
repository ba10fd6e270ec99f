"""Models of many small values load, although damaged data may not make room for as many as they like."""

import numpy
import pytest
from support.toy_models import node

from thinc import _msgpack
from thinc.shims._message import message
from thinc.shims.shim import Shim


@pytest.mark.parametrize(
    "value",
    [
        {f"word{i}": i for i in range(20_000)},
        {"shape": [2, 3], "nested": [{"a": None}, [], [[1.5, -7]]], "big": 2**63, "neg": -(2**40)},
        [[i % 100, i % 50] for i in range(20_000)],
        [[i % 100] for i in range(20_000)],
        [[] for _ in range(20_000)],
        [{} for _ in range(20_000)],
        {str(i): [i % 3] for i in range(20_000)},
        ["x" * n for n in (0, 31, 32, 255, 256, 70_000)],
        numpy.arange(70_000, dtype="float64"),
        numpy.float32(1.5),
        [b"", b"\xdd" * 300, 1 + 2j, True, False, list(range(-200, 70_000, 97))],
    ],
    ids=[
        "table",
        "nested",
        "pairs",
        "ones",
        "lists",
        "maps",
        "lists-by-name",
        "texts",
        "array",
        "scalar",
        "mixed",
    ],
)
def test_attributes_of_any_make_come_back(value):
    data = node("a", attrs={"value": value}).to_bytes()
    loaded = node("a", attrs={"value": None}).from_bytes(data).attrs["value"]
    numpy.testing.assert_equal(loaded, value)


@pytest.mark.parametrize("nodes, params", [(1, 1300), (200, 10), (1000, 8), (50, 40)])
def test_many_tiny_parameters_come_back(nodes, params):
    def model(value):
        arrays = {f"p{i}": numpy.full(1, value, "f") for i in range(params)}
        return node("top", *(node(str(i), params=arrays) for i in range(nodes)))

    data = model(1).to_bytes()
    assert model(0).can_from_bytes(data)
    assert model(0).from_bytes(data).to_bytes() == data


def test_many_attributes_dimensions_and_references_come_back():
    def model():
        top = node(
            "top",
            attrs={str(i): i for i in range(9000)},
            dims={str(i): i % 7 for i in range(30_000)},
            params={str(i): None for i in range(9000)},
        )
        top._refs.update({str(i): top for i in range(30_000)})
        return top

    data = model().to_bytes()
    assert model().from_bytes(data).to_bytes() == data


@pytest.mark.parametrize(
    "config",
    [
        {str(i): i for i in range(10_000)},
        {"numbers": [i % 3 for i in range(50_000)]},
        {"lists": [[] for _ in range(20_000)]},
        {"c": 1j, "d": -2.5 + 0.1j, "mixed": [numpy.complex64(1j), {"e": complex("nan")}]},
        {b"data": b"bytes", "inner": {b"data": [b""]}},
    ],
    ids=["table", "numbers", "lists", "complex", "data"],
)
def test_settings_of_shims_come_back(config):
    data = _msgpack.dumps({"config": config, "state": b"state"})
    loaded = message(Shim(None), data, "state")
    assert loaded["state"] == b"state"
    assert repr(loaded["config"]) == repr(config)


@pytest.mark.parametrize(
    "record",
    [
        {b"complex": True},
        {b"complex": True, b"data": "j1"},
        {b"complex": True, b"data": b"1j"},
        {b"complex": True, b"data": None},
        {b"complex": True, b"data": 3},
    ],
)
def test_a_damaged_complex_number_is_a_value_error(record):
    with pytest.raises(ValueError):
        _msgpack.Reader(_msgpack.dumps(record)).read()
