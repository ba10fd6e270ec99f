"""Loading data that is truncated, damaged or hostile: typed errors, and nothing has changed."""

import gc
import tracemalloc

import numpy
import pytest
import srsly
from support.toy_models import affine, node, sequence

from thinc.model import Model
from thinc.shims import Shim


def small():
    """A model with every kind of entry: dims, refs, attrs, params, a shim."""
    model = sequence(affine(2, 3), affine(2, 2))
    model.set_ref("first", model.layers[0])
    model.layers[1].attrs["rate"] = 0.5
    model.shims.append(Weights(b"weights"))
    return model.initialize()


class Weights(Shim):
    def to_bytes(self):
        return self._model

    def from_bytes(self, data):
        self._model = data
        return self


def encoded(change):
    """The bytes of the small model after a change to its dict."""
    msg = small().to_dict()
    for node_params in msg["params"]:
        for name, array in node_params.items():
            node_params[name] = array.copy()
    change(msg)
    return srsly.msgpack_dumps(msg)


def record(**changes):
    """The record of an array, damaged."""
    fields = {"nd": True, "type": "<f4", "kind": b"", "shape": [2, 3], "data": bytes(24), **changes}
    return {key.encode(): value for key, value in fields.items()}


def with_param(value):
    return encoded(lambda msg: msg["params"][1].update(W=value))


def refuses(data, *words, error=ValueError):
    """The data is refused with these words, and model and process are as they were."""
    model = small()
    before = model.to_bytes()
    assert gc.isenabled()
    with pytest.raises(error) as caught:
        model.from_bytes(data)
    assert isinstance(caught.value, ValueError)
    assert gc.isenabled()
    assert not model.can_from_bytes(data)
    assert gc.isenabled()
    assert model.to_bytes() == before
    for word in words:
        assert word in str(caught.value)
    return caught.value


def test_every_truncation_is_refused():
    data = small().to_bytes()
    for size in range(len(data)):
        refuses(data[:size], "truncated or not MessagePack")


def test_the_message_names_the_file(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(small().to_bytes()[:-1])
    with pytest.raises(ValueError, match="model.bin: model data is truncated"):
        small().from_disk(path)


@pytest.mark.parametrize("tail", [b"\x00", b"\xc0", b"more"])
def test_trailing_bytes_are_refused(tail):
    refuses(small().to_bytes() + tail, "truncated or not MessagePack", "after the end")


@pytest.mark.parametrize(
    "data", [b"\x01", b"\x90", b"\xc0", b"\xa1a", b"\xcb" + bytes(8)]
)
def test_anything_but_a_map_is_both_a_value_error_and_an_attribute_error(data):
    error = refuses(data, "is a dict; got")
    assert isinstance(error, AttributeError)


def test_without_nodes_the_version_is_blamed():
    refuses(b"\x80", "created with an incompatible version of Thinc")


@pytest.mark.parametrize("key", ["attrs", "params", "shims"])
def test_a_missing_list_is_named(key):
    refuses(encoded(lambda msg: msg.pop(key)), f"'{key}' must be a list")


@pytest.mark.parametrize("key", ["nodes", "attrs", "params", "shims"])
@pytest.mark.parametrize("change", [lambda items: items.pop(), lambda items: items.append({})])
def test_lists_of_another_length_are_another_structure(key, change):
    refuses(encoded(lambda msg: change(msg[key])), "Cannot deserialize model: mismatched structure")


@pytest.mark.parametrize("key", ["nodes", "attrs", "params", "shims"])
@pytest.mark.parametrize("value", [None, 3, "text", b"bin", {}])
def test_lists_that_are_something_else_are_refused(key, value):
    refuses(encoded(lambda msg: msg.update({key: value})), f"'{key}' must be a list")


@pytest.mark.parametrize("key", ["nodes", "attrs", "params", "shims"])
@pytest.mark.parametrize("value", [None, 3, "text"])
def test_entries_of_another_kind_name_the_node(key, value):
    def change(msg):
        msg[key][2] = value

    refuses(encoded(change), "node 2, 'affine' (sequence[1] > affine)", "must be")


@pytest.mark.parametrize(
    "field, value",
    [("name", []), ("name", {}), *((field, value) for field in ("dims", "refs") for value in (None, 3, []))],
)
def test_node_fields_of_another_kind_are_refused(field, value):
    refuses(encoded(lambda msg: msg["nodes"][1].update({field: value})), f"'{field}' must be", "node 1")
    refuses(encoded(lambda msg: msg["nodes"][1].pop(field)), f"'{field}' must be")


def test_another_dimension_is_refused_by_name_and_path():
    refuses(
        encoded(lambda msg: msg["nodes"][2]["dims"].update(nO=7)),
        "Attempt to change dimension 'nO' for model 'affine' from 2 to 7",
        "2 was given at construction, 7 is in the data",
        "node 2, 'affine' (sequence[1] > affine)",
    )


def test_an_unknown_dimension_is_a_key_error_too():
    error = refuses(
        encoded(lambda msg: msg["nodes"][2]["dims"].update(nX=7)),
        "Cannot set unknown dimension 'nX' for model 'affine'.",
    )
    assert isinstance(error, KeyError)


@pytest.mark.parametrize("value", ["2", 3.0, [2], b"2", {"a": [[]]}, numpy.ones(2), [numpy.ones(2)]])
def test_a_dimension_of_another_kind_is_another_dimension(value):
    refuses(encoded(lambda msg: msg["nodes"][2]["dims"].update(nO=value)), "node 2, 'affine'")


@pytest.mark.parametrize("value", [3, -1, 2**40, "0", 0.0, [0]])
def test_references_are_positions_in_the_tree(value):
    data = encoded(lambda msg: msg["nodes"][0]["refs"].update(first=value))
    refuses(data, "reference 'first' must be", "node 0")


def test_a_parameter_of_another_shape_names_both():
    refuses(with_param(numpy.zeros((2, 4), "f")), "node 1, 'affine'", "'W'", "(2, 3)", "(2, 4)")


@pytest.mark.parametrize("names", [{}, {"W": None, "b": None}, {"b": None}])
def test_missing_and_unknown_parameters_are_listed(names):
    def change(msg):
        msg["params"][1] = names

    refuses(encoded(change), "has parameters ['W']", str(list(names)))


def test_a_parameter_may_be_unset_by_the_data():
    model = small().from_bytes(with_param(None))
    assert model.layers[0].has_param("W") is None


@pytest.mark.parametrize("value", ["text", 3, b"bin", [1.0], {"a": 1}, True])
def test_a_parameter_is_an_array(value):
    refuses(with_param(value), "parameter 'W' must be an array")


@pytest.mark.parametrize("dtype", ["U3", "S3"])
def test_a_parameter_holds_numbers(dtype):
    refuses(with_param(numpy.zeros((2, 3), dtype)), "parameter 'W' must hold numbers")


@pytest.mark.parametrize(
    "changes",
    [
        {"data": bytes(20)},
        {"data": bytes(28)},
        {"data": "text"},
        {"data": None},
        {"type": "nonsense"},
        {"type": "O"},
        {"type": "|O8"},
        {"type": "f4,f4"},
        {"type": "f3"},
        {"type": "<M8[s]"},
        {"type": [["a", "<f4"]], "kind": b"V"},
        {"type": 3},
        {"shape": [-1, 3]},
        {"shape": [2, -3]},
        {"shape": [2**62, 2**62]},
        {"shape": [2**70 % 2**64, 3]},
        {"shape": [2.0, 3]},
        {"shape": 6},
        {"shape": [1] * 100},
        {"shape": None},
    ],
)
def test_damaged_array_records_are_refused(changes):
    refuses(with_param(record(**changes)), "truncated or not MessagePack", "array")


def test_a_huge_shape_allocates_nothing():
    tracemalloc.start()
    refuses(with_param(record(shape=[2**40])), "array")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize("value", ["text", 3, None, [1], {"a": 1}])
def test_an_attribute_is_bytes(value):
    refuses(
        encoded(lambda msg: msg["attrs"][2].update(rate=value)), "attribute 'rate' must be bytes", "node 2"
    )


@pytest.mark.parametrize("value", [b"", b"\xc1", b"\x91" * 5000, b"\xa1\xff", b"\x81\x90\x01", b"\x01\x02"])
def test_a_damaged_attribute_is_named(value):
    data = encoded(lambda msg: msg["attrs"][2].update(rate=value))
    model = small()
    before = model.to_bytes()
    with pytest.raises(ValueError, match=r"node 2, 'affine' \(sequence\[1\] > affine\): attribute 'rate'"):
        model.from_bytes(data)
    assert gc.isenabled()
    assert model.to_bytes() == before


N = 100_000
EXPANDING = {
    "empty lists": b"\xdd" + N.to_bytes(4, "big") + b"\x90" * N,
    "lists in lists": b"\x91" * N + b"\xc0",
    "room for many, many times": (b"\xdd" + (N // 2).to_bytes(4, "big")) * 400 + b"\xc0" * N,
    "a large map that is not there": b"\xdf\x7f\xff\xff\xff" + b"\xc0" * N,
}


@pytest.mark.parametrize("name", EXPANDING)
def test_an_attribute_that_would_expand_takes_no_memory(name):
    data = encoded(lambda msg: msg["attrs"][2].update(rate=EXPANDING[name]))
    model = small()
    tracemalloc.start()
    with pytest.raises(ValueError, match="attribute 'rate'"):
        model.from_bytes(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(data) + 2**20


@pytest.mark.parametrize("extension", [b"\xd4\x01\x00", b"\xd8\x05" + bytes(16), b"\xc7\x02\x01ab"])
def test_extensions_are_refused(extension):
    data = small().to_bytes()
    assert data.count(b"\xa2nO\x02") > 0
    refuses(data.replace(b"\xa2nO\x02", b"\xa2nO" + extension, 1), "an extension of MessagePack")


@pytest.mark.parametrize("shims", [[], [b"a", b"b"]])
def test_the_number_of_shims_must_fit(shims):
    def change(msg):
        msg["shims"][0] = shims

    refuses(encoded(change), f"has 1 shims; got data for {len(shims)}", "node 0, 'sequence'")


@pytest.mark.parametrize("code", [b"\xdf", b"\xdd", b"\xc6", b"\xdb"])
def test_headers_that_claim_too_much_are_refused(code):
    header = code + b"\xff\xff\xff\xff"
    tracemalloc.start()
    refuses(header, "truncated")
    refuses(b"\x81\xa5nodes" + header, "truncated")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a", b"\x81"])
def test_deep_nesting_is_a_value_error(opening):
    refuses(opening * 100_000 + b"\xc0")
    refuses(b"\x81\xa5nodes" + opening * 100_000 + b"\xc0")


def test_invalid_utf8_is_a_unicode_error():
    data = small().to_bytes().replace(b"affine", b"aff\xffne", 1)
    refuses(data, "utf-8", error=UnicodeDecodeError)


@pytest.mark.parametrize("filler", [b"\x90", b"\x80", b"\xc0", b"\xa0", b"\xc4\x00", b"\x92\xc0\x01"])
def test_many_small_values_take_no_more_than_twice_their_size(filler):
    count = 500_000
    data = b"\x81\xa5nodes\xdd" + count.to_bytes(4, "big") + filler * count
    model = node("a")
    tracemalloc.start()
    with pytest.raises(ValueError):
        model.from_bytes(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 2 * len(data) + 2**20


def test_loading_arrays_takes_one_copy_and_checking_none():
    model = Model("m", None, params={"W": numpy.ones((1000, 1000), "f")})
    data = model.to_bytes()
    for load, share in [(model.from_bytes, 1.1), (model.can_from_bytes, 0.1)]:
        tracemalloc.start()
        load(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < share * len(data)


def test_saving_takes_one_copy():
    model = Model("m", None, params={"W": numpy.ones((1000, 1000), "f")})
    tracemalloc.start()
    size = len(model.to_bytes())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.1 * size


def test_a_collector_that_was_off_stays_off():
    data = small().to_bytes()
    gc.disable()
    try:
        small().from_bytes(data)
        assert not gc.isenabled()
        with pytest.raises(ValueError):
            small().from_bytes(data[:-1])
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_many_references_load_in_linear_time():
    model = node("top", *(node(str(i)) for i in range(3000)))
    for i, child in enumerate(model.layers):
        model._refs[str(i)] = child
    data = model.to_bytes()
    assert model.from_bytes(data).get_ref("2999") is model.layers[2999]


def test_an_error_leaves_every_node_unchanged():
    def change(msg):
        msg["nodes"][0]["name"] = "renamed"
        msg["params"][1]["W"] += 1
        msg["params"][2]["W"] = "bad"

    refuses(encoded(change), "node 2")


@pytest.mark.parametrize("value", [None, 3, [], "text"])
def test_a_dict_is_required_of_from_dict_too(value):
    with pytest.raises(ValueError, match="is a dict; got") as caught:
        small().from_dict(value)
    assert isinstance(caught.value, AttributeError)
    assert not small().can_from_dict(value)


def test_nan_and_infinity_are_accepted():
    values = numpy.asarray([[numpy.nan, numpy.inf, 0]] * 2, "f")
    assert numpy.isnan(small().from_bytes(with_param(values)).layers[0].get_param("W")[0, 0])


def test_the_dtype_follows_the_data():
    loaded = small().from_bytes(with_param(numpy.zeros((2, 3), "d")))
    assert loaded.layers[0].get_param("W").dtype == "float64"
