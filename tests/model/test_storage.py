"""Dimensions, parameters, gradients, references, ids and slots of one node."""

import numpy
import pytest
from support.toy_models import affine, identity, node

from thinc.backends import ParamServer, get_current_ops
from thinc.model import Model, empty_init
from thinc.shims import Shim

SLOTS = "name id ops _func init _params _dims _attrs _refs _layers _shims _has_params"


def zeros(*shape):
    return numpy.zeros(shape, dtype="f")


def test_slots_are_the_documented_ones_in_order():
    assert list(Model.__slots__) == SLOTS.split()
    with pytest.raises(AttributeError):
        node("a").anything = 1


def test_a_subclass_may_set_any_attribute_and_hide_the_name():
    class Listener(Model):
        name = "listener"

        def __init__(self):
            Model.__init__(self, name=self.name, forward=None, dims={"nO": 3})
            self.width = 3

    model = Listener()
    assert (model.name, model.width, model.get_dim("nO")) == ("listener", 3, 3)
    model.name = "renamed"
    assert model.name == "renamed"
    assert Listener.name == "listener"


def test_containers_are_copied_and_values_shared():
    layers, attrs = [node("child")], {"a": []}
    model = Model("m", identity, layers=layers, attrs=attrs)
    layers.append(node("other"))
    attrs["b"] = 1
    assert len(model.layers) == 1
    assert list(model.attrs) == ["a"]
    assert model.attrs["a"] is attrs["a"]


def test_a_model_without_init_gets_one_that_does_nothing_and_makes_no_cycle():
    model = node("a")
    assert model.init is empty_init
    assert empty_init(model, X=1, Y=2) is model
    assert model.initialize(1, 2) is model


def test_a_model_takes_the_current_ops():
    assert node("a").ops is get_current_ops()


@pytest.mark.parametrize("name", ["layers", "shims", "attrs"])
def test_live_containers_cannot_be_assigned(name):
    with pytest.raises(AttributeError):
        setattr(node("a"), name, [])


def test_ids_rise_and_are_shared_with_shims():
    first, shim, second = node("a"), Shim(None), node("b")
    assert first.id < shim.id < second.id
    assert Model.global_id == second.id
    assert Model.global_id_lock is Shim.global_id_lock
    copied = shim.copy()
    assert copied.id > second.id


def test_equality_and_hash_are_by_identity_and_repr_is_the_default():
    first, second = node("a"), node("a")
    assert first != second
    assert len({first, second, first}) == 2
    assert repr(first).startswith("<thinc.model.Model object at")


def test_has_dim_is_three_valued():
    model = node("a", dims={"set": 0, "unset": None})
    assert model.has_dim("set") is True
    assert model.has_dim("unset") is None
    assert model.has_dim("missing") is False
    assert model.dim_names == ("set", "unset")


def test_get_dim_tells_unknown_from_unset():
    model = node("a", dims={"set": 0, "unset": None})
    assert model.get_dim("set") == 0
    with pytest.raises(KeyError, match="Cannot get dimension 'missing' for model 'a'"):
        model.get_dim("missing")
    with pytest.raises(ValueError, match="Cannot get dimension 'unset' for model 'a': value unset"):
        model.get_dim("unset")
    assert [model.maybe_get_dim(name) for name in ("set", "unset", "missing")] == [0, None, None]


def test_set_dim_refuses_changes():
    model = node("a", dims={"nO": None})
    with pytest.raises(KeyError, match="Cannot set unknown dimension 'nX' for model 'a'."):
        model.set_dim("nX", 1)
    model.set_dim("nO", 3)
    model.set_dim("nO", 3)
    with pytest.raises(ValueError, match="Attempt to change dimension 'nO' for model 'a' from 3 to 5"):
        model.set_dim("nO", 5)
    assert model.get_dim("nO") == 3


def test_set_dim_by_force_needs_a_node_without_parameters():
    model = node("a", dims={"nO": 3}, params={"W": None})
    model.set_dim("nO", 5, force=True)
    model.set_dim("nO", None, force=True)
    assert model.has_dim("nO") is None
    model.set_dim("nO", 4)
    model.set_param("W", zeros(1))
    with pytest.raises(ValueError, match="from 4 to 6"):
        model.set_dim("nO", 6, force=True)


def test_params_are_three_valued_and_not_copied():
    W = zeros(2, 3)
    model = node("a", params={"W": W, "b": None})
    assert [model.has_param(name) for name in ("W", "b", "c")] == [True, None, False]
    assert model.get_param("W") is W
    assert model.maybe_get_param("b") is None
    assert model.maybe_get_param("c") is None
    with pytest.raises(KeyError, match="Unknown param: 'c' for model 'a'."):
        model.get_param("c")
    with pytest.raises(KeyError, match="Parameter 'b' for model 'a' has not been allocated yet."):
        model.get_param("b")
    model.set_param("c", W)
    assert model.param_names == ("W", "b", "c")


def test_unsetting_a_param_drops_array_and_gradient():
    model = node("a", params={"W": zeros(2)})
    model.inc_grad("W", zeros(2))
    model.set_param("W", None)
    assert model.has_param("W") is None
    assert model.maybe_get_param("W") is None
    with pytest.raises(KeyError, match="has not been allocated yet"):
        model.get_param("W")
    assert model.grad_names == ()
    assert model._params.param_keys == ()
    model.inc_grad("W", zeros(7))


def test_inc_grad_copies_then_adds_in_place():
    model = node("a", params={"W": zeros(2, 3)})
    given = numpy.ones((2, 3), dtype="f")
    assert model.has_grad("W") is False
    assert model.maybe_get_grad("W") is None
    model.inc_grad("W", given)
    stored = model.get_grad("W")
    assert stored is not given
    model.inc_grad("W", given)
    assert model.get_grad("W") is stored
    assert (stored == 2).all()
    assert (given == 1).all()
    assert model.grad_names == ("W",)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 1), (3, 2), ()])
def test_inc_grad_requires_the_shape_of_the_parameter(shape):
    model = node("a", params={"W": zeros(2, 3)})
    for _ in range(2):
        with pytest.raises(ValueError, match=r"'W' for model 'a' must have the shape .* \(2, 3\); got \("):
            model.inc_grad("W", zeros(*shape))
        model.inc_grad("W", zeros(2, 3))


def test_inc_grad_of_a_parameter_that_is_no_array_takes_any_array():
    model = node("a", params={"s": [1, 2]})
    model.inc_grad("s", numpy.ones(2))
    model.inc_grad("s", numpy.ones(2))
    assert model.get_grad("s").tolist() == [2, 2]
    with pytest.raises(
        ValueError, match=r"the shape of the parameter, none; got \(3,\) \(stored .* \(2,\)\)"
    ):
        model.inc_grad("s", numpy.ones(3))


@pytest.mark.parametrize("param", [numpy.zeros((), "f"), numpy.zeros(2, "f"), [1.0], None])
@pytest.mark.parametrize("value", [1.0, 1, True, [1.0], None, "1"])
def test_inc_grad_of_what_is_no_array_is_refused(param, value):
    model = node("a", params={"s": param})
    for _ in range(2):
        with pytest.raises(
            TypeError, match=f"'s' for model 'a' must be an array; got {type(value).__name__}"
        ):
            model.inc_grad("s", value)
    assert not model.has_grad("s")


@pytest.mark.parametrize("value", [numpy.float32(1), numpy.ones((), "f")])
def test_inc_grad_of_a_parameter_without_axes(value):
    model = node("a", params={"s": numpy.zeros((), "f")})
    for total in (1, 2):
        model.inc_grad("s", value)
        assert model.get_grad("s").shape == ()
        assert model.get_grad("s") == total


@pytest.mark.parametrize("method", ["inc_grad", "set_grad"])
def test_gradients_of_unknown_parameters_are_refused(method):
    model = node("a", params={"W": zeros(2)})
    with pytest.raises(KeyError, match="Unknown param: 'V' for model 'a'."):
        getattr(model, method)("V", zeros(2))
    assert not model.has_grad("V")


def test_a_missing_gradient_is_named():
    with pytest.raises(KeyError, match="'W' of model 'a'"):
        node("a", params={"W": zeros(2)}).get_grad("W")


def test_set_grad_stores_the_object():
    model = node("a", params={"W": zeros(2)})
    gradient = zeros(2)
    model.set_grad("W", gradient)
    assert model.get_grad("W") is gradient


def test_get_gradients_covers_the_tree():
    child, model = affine(2, 2), node("top", params={"v": zeros(1)})
    model.layers.append(child)
    child.initialize()
    child.inc_grad("W", zeros(2, 2))
    assert list(model.get_gradients()) == [(child.id, "W")]
    param, gradient = model.get_gradients()[child.id, "W"]
    assert param is child.get_param("W")
    assert gradient is child.get_grad("W")


def test_refs_are_three_valued_and_must_be_in_the_tree():
    child, stranger = node("child"), node("stranger")
    model = node("a", child, refs={"set": child, "unset": None})
    assert [model.has_ref(name) for name in ("set", "unset", "missing")] == [True, None, False]
    assert model.get_ref("set") is child
    assert [model.maybe_get_ref(name) for name in ("set", "unset", "missing")] == [child, None, None]
    with pytest.raises(KeyError, match=r"Cannot get reference 'missing' for model 'a'\."):
        model.get_ref("missing")
    with pytest.raises(ValueError, match=r"Cannot get reference 'unset' for model 'a': value unset\."):
        model.get_ref("unset")
    model.set_ref("self", model)
    model.set_ref("none", None)
    with pytest.raises(ValueError, match=r"Cannot add reference to node not in tree\."):
        model.set_ref("stranger", stranger)
    assert model.ref_names == ("set", "unset", "self", "none")


def test_refs_of_the_constructor_are_not_checked():
    stranger = node("stranger")
    assert node("a", refs={"s": stranger}).get_ref("s") is stranger


class Proxy:
    def __init__(self, params):
        self.params = params
        self.calls = []

    def get_param(self, model_id, name):
        return self.params[name]

    def set_param(self, model_id, name, value):
        self.calls.append(("set_param", name))

    def set_grad(self, model_id, name, value):
        self.calls.append(("set_grad", name))

    def inc_grad(self, model_id, name, value):
        self.calls.append(("inc_grad", name))


def test_a_proxy_supplies_parameters_and_takes_gradients():
    model = node("a", params={"W": zeros(2)})
    remote = numpy.ones(2, dtype="f")
    model._params.proxy = proxy = Proxy({"W": remote})
    assert isinstance(model._params, ParamServer)
    assert model.get_param("W") is remote
    model.inc_grad("W", zeros(2))
    model.set_grad("W", zeros(2))
    model.set_param("W", zeros(2))
    assert [call for call, _ in proxy.calls] == ["inc_grad", "set_grad", "set_param"]
    assert not model.has_grad("W")
    model._params.proxy = None
    assert (model.get_param("W") == 0).all()


def test_a_plain_dict_of_dimensions_can_be_put_in_place():
    model = affine()
    model._dims = {"nO": None, "nI": 4}
    model.set_dim("nO", 3)
    assert model.get_dim("nO") == 3
    for name, old in [("nO", 3), ("nI", 4)]:
        with pytest.raises(ValueError, match=f"Attempt to change dimension '{name}' for model .* {old} to 5"):
            model.set_dim(name, 5)
    data = affine(3, 4).to_bytes()
    assert model.copy().from_bytes(data).get_dim("nO") == 3
    assert model.from_bytes(data).get_dim("nO") == 3
