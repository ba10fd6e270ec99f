"""Loading: what is saved of any make comes back, in which order, and nothing has changed after an error."""

import numpy
import pytest
from support.toy_models import affine, node, sequence

from thinc.model import Model, deserialize_attr, serialize_attr
from thinc.shims import Shim

# -- dimensions and names of any type -------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["abc", 300.0, (1, 2), (), b"x", True, [1], {"a": 1}, -1, numpy.float32(2), numpy.int64(2), 1j]
)
def test_a_dimension_of_any_type_comes_back(value):
    model = node("a", dims={"w": value})
    data = model.to_bytes()
    assert model.can_from_bytes(data)
    assert model.from_bytes(data).get_dim("w") == value
    unset = node("a", dims={"w": None})
    assert unset.can_from_bytes(data)
    assert unset.from_bytes(data).get_dim("w") == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize("value", [[1.0, 1.0], [], [[2]], float("nan")])
def test_a_dimension_that_does_not_equal_itself_comes_back(value):
    data = node("a", dims={"w": numpy.asarray(value), "nested": [numpy.asarray(value)]}).to_bytes()
    unset = node("a", dims={"w": None, "nested": None})
    for _ in range(2):
        assert unset.can_from_bytes(data)
        assert unset.from_bytes(data).to_bytes() == data
    other = node("a", dims={"w": numpy.ones(3), "nested": None})
    assert not other.can_from_bytes(data)
    with pytest.raises(ValueError, match="node 0, 'a'"):
        other.from_bytes(data)


@pytest.mark.parametrize("key", [1, None, 2.5, b"b", True, ""])
def test_names_of_any_type_come_back(key):
    def model():
        built = node("a", attrs={key: 1}, params={key: numpy.ones(2, "f")}, dims={key: 3})
        built._refs[key] = built
        return built

    loaded = model()
    data = loaded.to_bytes()
    assert loaded.can_from_bytes(data)
    assert loaded.from_bytes(data).to_bytes() == data
    assert loaded.attrs == {key: 1}
    assert loaded.get_ref(key) is loaded


@pytest.mark.parametrize("name", [None, 1, 2.5, b"b", True])
def test_a_model_of_any_name_comes_back(name):
    data = node(name).to_bytes()
    assert node("old").from_bytes(data).name == name
    assert not node("old").can_from_bytes(data)
    assert node(name).can_from_bytes(data)
    with pytest.raises(ValueError, match="the model .* has 1 nodes"):
        node(name).from_bytes(node("a", node("b")).to_bytes())


# -- order ----------------------------------------------------------------------------------------


class Noted:
    """A value whose decoder notes what it sees of the model."""

    def __init__(self, seen=None):
        self.seen = seen


@serialize_attr.register
def _(_: Noted, value, name, model):
    return b"noted"


@deserialize_attr.register
def _(_: Noted, value, name, model):
    if value == b"fail":
        raise ValueError("as it was told")
    if value == b"crash":
        raise ZeroDivisionError("as it was told")
    return Noted((model.name, model.get_dim("nO"), model.get_ref("child").name, model.attrs["first"]))


def noting(name="old", dim=None, first=1):
    child = node("child")
    model = node(name, child, dims={"nO": dim}, attrs={"first": first, "noted": Noted()})
    model.set_ref("child", child if name == "new" else None)
    return model


def test_an_attribute_is_decoded_when_the_node_has_its_name_dimensions_and_references():
    model = noting().from_bytes(noting("new", 7, 2).to_bytes())
    assert model.attrs["noted"].seen == ("new", 7, "child", 2)


@pytest.mark.parametrize("content, error", [(b"fail", ValueError), (b"crash", ZeroDivisionError)])
def test_an_attribute_that_cannot_be_decoded_changes_nothing(content, error):
    def tree(*arguments):
        trained = affine(2, 2).initialize()
        model = sequence(trained, noting(*arguments))
        trained.inc_grad("W", numpy.ones((2, 2), "f"))
        return model

    model = tree()
    trained, last = model.layers
    before = model.to_bytes()
    kept = [trained.get_param("W"), trained.get_grad("W"), last.attrs, last.attrs["noted"], last._dims]
    msg = tree("new", 7, 2).to_dict()
    msg["params"][1]["W"] = None
    msg["attrs"][1]["added"] = b"\x01"
    msg["attrs"][2]["noted"] = content
    with pytest.raises(error, match="as it was told"):
        model.from_dict(msg)
    assert model.to_bytes() == before
    now = [trained.get_param("W"), trained.get_grad("W"), last.attrs, last.attrs["noted"], last._dims]
    assert all(one is two for one, two in zip(kept, now, strict=True))
    model.layers[1].set_dim("nO", 3)
    with pytest.raises(ValueError, match="3 was set by set_dim"):
        model.layers[1].set_dim("nO", 4)


# -- shims ----------------------------------------------------------------------------------------


class InPlace(Shim):
    """A framework whose weights are a list that is written to."""

    def to_bytes(self):
        if self._model is None:
            raise AttributeError("there is no model")
        return bytes(self._model)

    def from_bytes(self, data):
        if len(data) != len(self._model):
            raise RuntimeError("size mismatch")
        self._model[:] = data
        self.cfg = {"loaded": True}
        return self


class Replaced(InPlace):
    """A framework whose weights are replaced by others."""

    def from_bytes(self, data):
        self._model = list(data)
        return self


def wrapped(*shims):
    return sequence(*(node(str(i), shims=[shim]) for i, shim in enumerate(shims)))


@pytest.mark.parametrize("kind", [InPlace, Replaced])
def test_weights_that_do_not_fit_leave_those_before_them_alone(kind):
    model = wrapped(kind([1, 2]), InPlace([3, 4, 5]))
    shims = [part.shims[0] for part in model.layers]
    weights = [shim._model for shim in shims]
    data = wrapped(kind([6, 7]), InPlace([8, 9])).to_bytes()
    with pytest.raises(ValueError, match="node 2, '1' .*InPlace cannot .*: size mismatch") as caught:
        model.from_bytes(data)
    assert isinstance(caught.value, RuntimeError)
    assert [shim._model for shim in shims] == [[1, 2], [3, 4, 5]]
    assert all(shim._model is list_ and not shim.cfg for shim, list_ in zip(shims, weights, strict=True))
    model.layers[1].shims[0]._model = [0, 0]
    model.from_bytes(data)
    assert [shim._model for shim in shims] == [[6, 7], [8, 9]]


def test_a_shim_that_cannot_be_saved_can_be_loaded():
    model = wrapped(Replaced(None), Replaced(None))
    data = wrapped(Replaced([1]), Replaced([2])).to_bytes()
    assert model.from_bytes(data).layers[0].shims[0]._model == [1]
    failing = wrapped(Replaced(None), InPlace([1, 2]))
    with pytest.raises(ValueError, match="size mismatch"):
        failing.from_bytes(data)
    assert failing.layers[0].shims[0]._model is None


def test_a_shim_that_cannot_be_loaded_at_all_says_so():
    class Unfinished(Shim):
        def to_bytes(self):
            return b""

    model = Model("m", None, shims=[Unfinished(None)])
    with pytest.raises(NotImplementedError):
        model.from_bytes(model.to_bytes())


# -- files ----------------------------------------------------------------------------------------


def test_a_file_name_may_be_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("m" * 240)
    model = affine(2, 2).initialize()
    model.to_disk(path)
    model.to_disk(path)
    assert affine().from_disk(path).to_bytes() == model.to_bytes()
    assert list(tmp_path.iterdir()) == [path]
