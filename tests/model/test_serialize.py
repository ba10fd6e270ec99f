"""Saving and loading: the bytes that other releases write, attributes, files and checks."""

import enum
import hashlib
import threading

import numpy
import pytest
import srsly
from support.toy_models import affine, node, sequence

from thinc.layers import Dropout, Linear, Relu, chain
from thinc.model import Model, deserialize_attr, serialize_attr
from thinc.shims import Shim
from thinc.types import Unserializable

DUMP_A = (
    "84a56e6f6465739184a5696e64657800a46e616d65a66c696e656172a464696d7382a26e4f01a26e4902a47265667380a5617474"
    "72739180a6706172616d739182a157c0a162c0a57368696d739190"
)
DUMP_B = (
    "84a56e6f6465739384a5696e64657800a46e616d65ac6c696e6561723e3e72656c75a464696d7382a26e4f02a26e4903a4726566"
    "738084a5696e64657801a46e616d65a66c696e656172a464696d7382a26e4f02a26e4903a4726566738084a5696e64657802a46e"
    "616d65a472656c75a464696d7382a26e4f02a26e4902a47265667380a5617474727393808080a6706172616d73938082a15785c4"
    "026e64c3c40474797065a33c6634c4046b696e64c400c4057368617065920203c40464617461c418000000000000803e0000003f"
    "0000403f0000803f0000a03fa16285c4026e64c3c40474797065a33c6634c4046b696e64c400c40573686170659102c404646174"
    "61c4080000803f0000a03f82a15785c4026e64c3c40474797065a33c6634c4046b696e64c400c4057368617065920202c4046461"
    "7461c410000000000000803e0000003f0000403fa16285c4026e64c3c40474797065a33c6634c4046b696e64c400c40573686170"
    "659102c40464617461c4080000803f0000a03fa57368696d7393909090"
)
DUMP_C = (
    "84a56e6f6465739384a5696e64657800a46e616d65af6c696e6561723e3e64726f706f7574a464696d7382a26e4fc0a26e4902a4"
    "7265667381a36f75740184a5696e64657801a46e616d65a66c696e656172a464696d7382a26e4f01a26e4902a4726566738084a5"
    "696e64657802a46e616d65a764726f706f7574a464696d7380a47265667380a5617474727393808082ac64726f706f75745f7261"
    "7465c409cb3fe0000000000000aa69735f656e61626c6564c401c3a6706172616d73938082a15785c4026e64c3c4047479706"
    "5a33c6634c4046b696e64c400c4057368617065920102c40464617461c408000000000000803ea162c080a57368696d7393909090"
)


def ramps(model):
    """The model with every parameter a ramp of steps of a quarter, b one higher."""
    for member in model.initialize().walk():
        for name in member.param_names:
            shape = member.get_param(name).shape
            ramp = numpy.arange(numpy.prod(shape), dtype="f").reshape(shape) * 0.25
            member.set_param(name, ramp + (1 if name == "b" else 0))
    return model


def linear_with_dropout():
    model = chain(Linear(1, 2), Dropout(0.5))
    model.set_ref("out", model.layers[0])
    model.layers[0].set_param("W", numpy.asarray([[0, 0.25]], dtype="f"))
    return model


@pytest.mark.parametrize(
    ("make", "dump"),
    [
        (lambda: Linear(1, 2), DUMP_A),
        (lambda: ramps(chain(Linear(2, 3), Relu(2, 2))), DUMP_B),
        (linear_with_dropout, DUMP_C),
    ],
    ids="ABC",
)
def test_reference_dumps_byte_for_byte(make, dump):
    data = make().to_bytes()
    assert data.hex() == dump
    assert make().from_bytes(data).to_bytes() == data


def test_the_longer_reference_dump_by_its_hash():
    data = ramps(chain(Linear(2, 3), Relu(2, 2), Linear(4, 2))).to_bytes()
    assert len(data) == 579
    digest = hashlib.sha256(data).hexdigest()
    assert digest == "a4d89e3c3cccc4e8f31f4ae8f4f422db1142b2148584e4bceff19af2870bdbdd"


def test_loading_into_a_model_without_parameters():
    model = linear_with_dropout()
    loaded = chain(Linear(), Dropout()).from_bytes(model.to_bytes())
    assert loaded.get_ref("out") is loaded.layers[0]
    assert loaded.layers[1].attrs == {"dropout_rate": 0.5, "is_enabled": True}
    assert (loaded.layers[0].get_param("W") == model.layers[0].get_param("W")).all()
    assert loaded.layers[0].has_param("b") is None
    assert loaded.layers[0].get_dim("nI") == 2


def test_the_dict_has_live_arrays_and_entries_in_walk_order():
    shared = affine(2, 2).initialize()
    model = node("top", shared, node("mid", shared), dims={"nO": None}, refs={"mine": shared, "unset": None})
    msg = model.to_dict()
    assert list(msg) == ["nodes", "attrs", "params", "shims"]
    assert msg["nodes"][0] == {
        "index": 0,
        "name": "top",
        "dims": {"nO": None},
        "refs": {"mine": 1, "unset": None},
    }
    assert [entry["name"] for entry in msg["nodes"]] == ["top", "affine", "mid"]
    assert msg["params"][1]["W"] is shared.get_param("W")
    assert list(msg["nodes"][1]) == ["index", "name", "dims", "refs"]
    assert model.to_bytes() == srsly.msgpack_dumps(msg)


def test_a_reference_out_of_the_tree_cannot_be_saved():
    model = node("a", refs={"x": node("other")})
    with pytest.raises(ValueError, match=r"Cannot get references: \['x'\]"):
        model.to_bytes()


ARRAYS = {
    "float32": numpy.ones((2, 3), "f"),
    "float64": numpy.ones((2, 3), "d"),
    "float16": numpy.ones(3, "e"),
    "int32": numpy.arange(3, dtype="i"),
    "uint64": numpy.arange(3, dtype="uint64"),
    "bool": numpy.asarray([True, False]),
    "complex": numpy.ones(2, "complex64"),
    "empty": numpy.zeros((0, 4), "f"),
    "zero-dim": numpy.asarray(3),
    "fortran": numpy.asfortranarray(numpy.arange(6, dtype="f").reshape(2, 3)),
    "strided": numpy.arange(12, dtype="f")[::-2],
    "long": numpy.arange(70000, dtype="f"),
    "middling": numpy.arange(100, dtype="f"),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS.keys())
def test_parameters_of_any_kind_are_written_as_srsly_does_and_come_back(array):
    model = Model("m", None, params={"W": array})
    data = model.to_bytes()
    assert data == srsly.msgpack_dumps({**model.to_dict(), "params": [{"W": numpy.asarray(array)}]})
    loaded = Model("m", None, params={"W": None}).from_bytes(data).get_param("W")
    assert loaded.dtype == array.dtype
    assert loaded.shape == array.shape
    assert (loaded == array).all()
    assert loaded.flags.writeable
    assert loaded.flags.c_contiguous


@pytest.mark.parametrize("size", [0, 31, 32, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63])
def test_texts_and_integers_of_every_size_are_written_as_srsly_does(size):
    model = Model("ü" * min(size, 70000), None, dims={"a" * min(size, 70000): size})
    assert model.to_bytes() == srsly.msgpack_dumps(model.to_dict())


@pytest.mark.parametrize("count", [15, 16, 40])
def test_lists_and_dicts_of_every_size_are_written_as_srsly_does(count):
    children = [node("n", dims={str(i): i for i in range(count)}) for _ in range(count - 1)]
    model = node("top", *children, refs={str(i): child for i, child in enumerate(children)})
    assert model.to_bytes() == srsly.msgpack_dumps(model.to_dict())


def test_big_endian_parameters_are_written_little_endian():
    array = numpy.arange(3, dtype=">f4")
    little = Model("m", None, params={"W": array.astype("<f4")}).to_bytes()
    assert Model("m", None, params={"W": array}).to_bytes() == little


def test_arrays_and_scalars_are_encoded_as_documented():
    three = serialize_attr(None, numpy.asarray(3, dtype="int64"), "a", None)
    assert three.hex() == (
        "85c4026e64c3c40474797065a33c6938c4046b696e64c400c405736861706590c40464617461c4080300000000000000"
    )
    scalar = serialize_attr(None, numpy.float32(1.5), "a", None)
    assert scalar.hex() == "83c4026e64c2c40474797065a33c6634c40464617461c4040000c03f"
    assert serialize_attr(None, 1j, "a", None).hex() == "82c407636f6d706c6578c3c40464617461a2316a"


class Colour(str, enum.Enum):
    RED = "red"


ATTRS = {
    "none": None,
    "bools": [True, False],
    "ints": [0, -1, 127, -33, 255, 65535, 2**32, 2**63 - 1, -(2**63), 2**64 - 1],
    "floats": [0.5, 1e300],
    "text": "a" * 300,
    "bytes": b"b" * 300,
    "dict": {"a": {1: 2}},
    "array": numpy.arange(3),
    "scalar": numpy.float32(0.5),
}


def test_attributes_of_every_kind_come_back():
    model = Model("m", None, attrs=ATTRS)
    loaded = Model("m", None).from_bytes(model.to_bytes())
    assert list(loaded.attrs) == list(ATTRS)
    for name, value in ATTRS.items():
        assert numpy.array_equal(loaded.attrs[name], value)
    assert loaded.to_bytes() == model.to_bytes()


def test_tuples_come_back_as_lists_and_enums_as_their_base():
    loaded = Model("m", None).from_bytes(Model("m", None, attrs={"t": (1, (2,)), "c": Colour.RED}).to_bytes())
    assert loaded.attrs == {"t": [1, [2]], "c": "red"}


@pytest.mark.parametrize("value", [{1, 2}, len, object(), Unserializable(1), threading.Lock()])
def test_attributes_without_encoding_are_left_out(value):
    model = Model("m", None, attrs={"kept": 1, "lost": value})
    assert list(model.to_dict()["attrs"][0]) == ["kept"]
    assert model.from_bytes(model.to_bytes()).attrs["lost"] is value


def loop():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "error"), [(2**64, OverflowError), ("\ud800", UnicodeEncodeError), (loop(), ValueError)]
)
def test_other_failures_of_encoding_propagate(value, error):
    with pytest.raises(error):
        Model("m", None, attrs={"a": value}).to_bytes()


class Custom:
    def __init__(self, value):
        self.value = value


@serialize_attr.register(Custom)
def serialize_custom(_, value, name, model):
    return f"{model.name}.{name}={value.value}".encode()


@deserialize_attr.register(Custom)
def deserialize_custom(_, value, name, model):
    return Custom(value.decode())


def test_encoders_are_chosen_by_the_type_of_the_attribute():
    data = Model("m", None, attrs={"custom": Custom("x")}).to_bytes()
    loaded = Model("m", None, attrs={"custom": Custom("default")}).from_bytes(data)
    assert loaded.attrs["custom"].value == "m.custom=x"
    assert Model("m", None, attrs={"custom": Custom("x")}).can_from_bytes(data)
    assert not Model("m", None, attrs={"custom": Custom("y")}).can_from_bytes(data)
    with pytest.raises(ValueError, match="attribute 'custom' cannot be read"):
        Model("m", None).from_bytes(data)


def test_names_and_new_attrs_are_taken_and_other_attrs_stay():
    data = Model("there", None, attrs={"new": 2}).to_bytes()
    loaded = Model("here", None, attrs={"mine": 1}).from_bytes(data)
    assert loaded.name == "there"
    assert loaded.attrs == {"mine": 1, "new": 2}


def test_arrays_are_copied_when_loading_from_a_dict():
    model = affine(2, 2).initialize()
    loaded = affine(2, 2).from_dict(model.to_dict())
    assert loaded.get_param("W") is not model.get_param("W")
    assert (loaded.get_param("W") == model.get_param("W")).all()


def test_a_reference_to_a_sibling_survives():
    def make():
        left = node("left")
        return node("top", left, node("right", refs={"left": left}))

    loaded = make().from_bytes(make().to_bytes())
    assert loaded.layers[1].get_ref("left") is loaded.layers[0]


class BytesShim(Shim):
    def to_bytes(self):
        return self._model

    def from_bytes(self, data):
        if data == b"bad":
            raise ValueError("bad weights")
        self._model = data
        return self


@pytest.mark.parametrize("weights", [b"", b"weights", b"w" * 70000])
def test_shims_are_saved_by_position(weights):
    model = node("a", node("b", shims=[BytesShim(weights), BytesShim(b"other")]))
    loaded = node("a", node("b", shims=[BytesShim(b"x"), BytesShim(b"x")])).from_bytes(model.to_bytes())
    assert [shim._model for shim in loaded.layers[0].shims] == [weights, b"other"]
    assert model.to_bytes() == srsly.msgpack_dumps(model.to_dict())


def test_a_shim_that_fails_leaves_the_nodes_unchanged():
    data = Model("there", None, attrs={"a": 2}, shims=[BytesShim(b"bad")]).to_bytes()
    model = Model("here", None, attrs={"a": 1}, shims=[BytesShim(b"x")])
    before = model.to_bytes()
    with pytest.raises(ValueError, match="bad weights"):
        model.from_bytes(data)
    assert model.to_bytes() == before


def test_shims_may_give_tuples_of_arrays():
    class TupleShim(BytesShim):
        pass

    weights = ("name", [numpy.ones((2, 2), "f"), numpy.zeros(3, "f")])
    shim = TupleShim(weights)
    model = node("a", shims=[shim])
    data = model.to_bytes()
    assert data == srsly.msgpack_dumps(model.to_dict())
    model.from_bytes(data)
    name, arrays = shim._model
    assert name == "name"
    assert [array.tolist() for array in arrays] == [array.tolist() for array in weights[1]]

# Compatibility


def test_can_load_what_fits(tmp_path):
    model = sequence(affine(3, 2), affine(2, 3)).initialize()
    data = model.to_bytes()
    assert model.can_from_bytes(data)
    assert sequence(affine(), affine()).can_from_bytes(data)
    assert sequence(affine(3, 2), affine(2, 3)).can_from_dict(model.to_dict())
    (tmp_path / "model").write_bytes(data)
    assert model.can_from_disk(tmp_path / "model")
    assert not model.can_from_disk(tmp_path)
    assert not model.can_from_disk(tmp_path / "missing")


@pytest.mark.parametrize(
    "other",
    [
        node("sequence", affine(3, 2)),
        sequence(affine(3, 2), affine(2, 4)),
        sequence(affine(3, 2), affine(2, 3, shims=[BytesShim(b"")])),
        sequence(affine(3, 2), node("affine", dims={"nO": 2, "nI": 3})),
        sequence(affine(3, 2), node("affine", params={"W": None})),
        sequence(node("affine", dims={"nO": None, "nI": None}, params={"W": numpy.zeros((9, 9))}), affine()),
    ],
)
def test_cannot_load_what_does_not_fit(other):
    data = sequence(affine(3, 2), affine(2, 3)).initialize().to_bytes()
    assert not other.can_from_bytes(data, strict=False)
    with pytest.raises((ValueError, KeyError)):
        other.from_bytes(data)


def test_names_and_attributes_matter_only_when_strict():
    data = Model("a", None, attrs={"x": 1, "here": 1, "set": 2}).to_bytes()
    assert Model("a", None, attrs={"x": 1, "there": 1, "set": {1}}).can_from_bytes(data)
    for other in (Model("b", None), Model("a", None, attrs={"x": 2})):
        assert not other.can_from_bytes(data)
        assert other.can_from_bytes(data, strict=False)


def test_an_unset_dimension_in_the_data_differs_from_a_set_one():
    assert not affine(2, 2).can_from_bytes(affine(2, None).to_bytes())
    assert affine(2, 2).from_bytes(affine(2, None).to_bytes()).get_dim("nI") == 2
