"""Walking, editing, wrapping and copying trees."""

import copy
import pickle

import numpy
import pytest
from support.toy_models import affine, names, node

from thinc import compat
from thinc.model import Model, change_attr_values, set_dropout_rate, wrap_model_recursive
from thinc.shims import Shim


def shared_tree():
    a, b, c, d = (node(name) for name in "abcd")
    return node("top", node("left", a, b), node("right", c, d, a))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("bfs", "top left right a b c d"),
        ("dfs_pre", "top left a b right c d"),
        ("dfs_post", "a b left c d right top"),
    ],
)
def test_walk_orders(order, expected):
    assert names(shared_tree().walk(order=order)) == expected


def test_walk_is_breadth_first_by_default():
    assert names(shared_tree().walk()) == "top left right a b c d"


def test_an_unknown_order_fails_at_the_call():
    with pytest.raises(ValueError, match="Invalid order, must be one of: bfs, dfs_pre, dfs_post"):
        node("a").walk(order="dfs")


@pytest.mark.parametrize("order", ["bfs", "dfs_pre", "dfs_post"])
def test_walking_a_cycle_ends(order):
    child = node("child")
    model = node("top", child)
    child.layers.append(model)
    assert sorted(names(model.walk(order=order)).split()) == ["child", "top"]


@pytest.mark.parametrize("order", ["bfs", "dfs_pre", "dfs_post"])
def test_walking_a_deep_tree_needs_no_recursion(order):
    model = node("leaf")
    for _ in range(5000):
        model = node("n", model)
    assert sum(1 for _ in model.walk(order=order)) == 5001


def test_children_swapped_during_the_visit_of_the_parent_are_seen():
    old, new = node("old", node("old child")), node("new", node("new child"))
    model = node("top", old)
    seen = []
    for visited in model.walk():
        seen.append(visited.name)
        if visited is model:
            model._layers[0] = new
    assert seen == ["top", "new", "new child"]


def test_remove_node_removes_every_occurrence_and_unsets_references():
    model = shared_tree()
    a = model.layers[0].layers[0]
    model.layers[1].set_ref("a", a)
    model.layers[1].set_ref("unset", None)
    model.layers[1].set_ref("c", model.layers[1].layers[0])
    assert model.remove_node(a) is None
    assert names(model.walk()) == "top left right b c d"
    assert model.layers[1].has_ref("a") is None
    assert model.layers[1].has_ref("c") is True
    model.remove_node(a)
    model.remove_node(model)
    assert names(model.walk()) == "top left right b c d"


def test_replace_node_replaces_everywhere_and_repoints_references():
    model = shared_tree()
    left, right = model.layers
    a, live = left.layers[0], left.layers
    right.set_ref("a", a)
    right.set_ref("unset", None)
    assert model.replace_node(a, node("new"))
    assert names(model.walk()) == "top left right new b c d"
    assert right.get_ref("a") is left.layers[0] is right.layers[2]
    assert left.layers is not live


def test_replace_node_with_a_wrapper_of_the_old_one():
    model = shared_tree()
    c = model.layers[1].layers[0]
    assert model.replace_node(c, node("wrapper", c))
    assert names(model.walk(order="dfs_pre")) == "top left a b right wrapper c d"


def test_replace_node_reports_absence_and_leaves_the_root():
    model = shared_tree()
    assert model.replace_node(node("stranger"), node("new")) is False
    assert model.replace_node(model, node("new")) is True
    assert names(model.walk()) == "top left right a b c d"


def test_replace_node_changes_nothing_when_a_reference_cannot_follow():
    model = shared_tree()
    left, right = model.layers
    b = left.layers[1]
    right._refs["b"] = b
    with pytest.raises(ValueError, match="Cannot add reference to node not in tree"):
        model.replace_node(b, node("new"))
    assert names(model.walk()) == "top left right a b c d"
    assert right.get_ref("b") is b


def test_wrap_model_recursive_wraps_every_node():
    model = node("root", node("x", node("y")), node("z"))
    wrapped = wrap_model_recursive(model, lambda inner: node(f"w({inner.name})", inner))
    assert names(wrapped.walk(order="dfs_pre")) == "w(root) root w(x) x w(y) y w(z) z"


def test_wrap_model_recursive_keeps_sharing_and_unset_references():
    shared = node("shared", refs={"unset": None})
    model = node("root", node("l", shared), node("r", shared))
    wrapped = wrap_model_recursive(model, lambda inner: node(f"w({inner.name})", inner))
    assert names(wrapped.walk()).count("w(shared)") == 1


def test_copy_has_its_own_arrays_and_ids_and_the_same_functions():
    model = affine(2, 2, attrs={"list": [1]}).initialize()
    model.inc_grad("W", numpy.ones((2, 2), dtype="f"))
    copied = model.copy()
    assert copied.id > model.id
    assert (copied._func, copied.init) == (model._func, model.init)
    assert copied.get_param("W") is not model.get_param("W")
    assert (copied.get_param("W") == model.get_param("W")).all()
    assert copied.get_grad("W") is not model.get_grad("W")
    assert (copied.get_grad("W") == 1).all()
    assert copied.attrs == {"list": [1]}
    assert copied.attrs["list"] is not model.attrs["list"]
    assert copied.get_dim("nO") == 2


def test_copy_keeps_sharing_inner_references_and_ops():
    model = shared_tree()
    left, right = model.layers
    a = left.layers[0]
    right.set_ref("a", a)
    right.set_ref("unset", None)
    right._refs["outside"] = node("outside")
    model.ops = ops = type(model.ops)()
    copied = model.copy()
    assert copied.layers[0].layers[0] is copied.layers[1].layers[2]
    assert copied.layers[1].get_ref("a") is copied.layers[0].layers[0]
    assert copied.layers[1].has_ref("unset") is None
    assert copied.layers[1].has_ref("outside") is False
    assert copied.ops is ops


def test_copy_of_a_subclass_is_a_model_and_a_cycle_ends_in_recursion_error():
    class Special(Model):
        pass

    assert type(Special("a", None).copy()) is Model
    model = node("a")
    model.layers.append(model)
    with pytest.raises(RecursionError):
        model.copy()


def test_copy_without_init_has_none():
    model = node("a")
    model.replace_callbacks(None)
    assert model.init is None
    assert model.copy().init is None


def test_shims_are_copied_once_with_new_ids():
    shim = Shim({"weights": 1})
    model = node("top", node("child", shims=[shim]), shims=[shim])
    copied = model.copy()
    assert copied.shims[0] is copied.layers[0].shims[0]
    assert copied.shims[0].id > shim.id


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_deepcopy_and_pickle_keep_ids_references_and_values(duplicate):
    model = node("top", affine(2, 2).initialize())
    model.set_ref("child", model.layers[0])
    other = duplicate(model)
    assert [n.id for n in other.walk()] == [n.id for n in model.walk()]
    assert other.get_ref("child") is other.layers[0]
    assert (other.layers[0].get_param("W") == model.layers[0].get_param("W")).all()
    assert other.to_bytes() == model.to_bytes()


def test_unpickling_advances_the_counter_past_the_loaded_ids():
    model, shim = node("a"), Shim(None)
    model.id = Model.global_id + 1000
    shim.id = model.id + 1000
    pickle.loads(pickle.dumps(model))
    assert node("b").id > model.id
    pickle.loads(pickle.dumps(shim))
    assert node("c").id > shim.id


def test_a_pickle_of_another_release_has_plain_dims():
    model, other = affine(2, None), Model.__new__(Model)
    slots = {name: getattr(model, name) for name in Model.__slots__}
    other.__setstate__((None, {**slots, "_dims": {"nO": 2, "nI": None}}))
    other.set_dim("nI", 3)
    with pytest.raises(ValueError, match="2 was given at construction, 5 is set by set_dim"):
        other.set_dim("nO", 5)


def test_a_pickled_subclass_keeps_its_own_attributes():
    model = Named()
    model.extra = [1]
    other = pickle.loads(pickle.dumps(model))
    assert (type(other), other.name, other.extra) == (Named, "hidden", [1])


class Named(Model):
    name = "hidden"

    def __init__(self):
        super().__init__(self.name, None)


def test_change_attr_values_touches_existing_attrs_of_named_nodes():
    model = node("top", node("a", attrs={"x": 1}), node("b", attrs={"x": 1}))
    assert change_attr_values(model, {"a": {"x": 2, "y": 3}}) is model
    assert [child.attrs for child in model.layers] == [{"x": 2}, {"x": 1}]


def test_set_dropout_rate_touches_every_node_that_has_one():
    model = node("top", node("a", attrs={"dropout_rate": 0.1}), node("b", attrs={"other": 1}))
    assert set_dropout_rate(model, 0.5) is model
    assert [child.attrs for child in model.layers] == [{"dropout_rate": 0.5}, {"other": 1}]
    set_dropout_rate(model, 0.2, ["other"])
    assert model.layers[1].attrs == {"other": 0.2}


def test_moving_to_the_cpu_keeps_dtypes_and_moves_shims():
    class Moved(Shim):
        def to_device(self, device_type, device_id):
            self.device = (device_type, device_id)

    shim = Moved(None)
    model = node("a", params={"W": numpy.zeros(2, "d"), "n": numpy.zeros(2, "int64")}, shims=[shim])
    model.set_grad("W", numpy.ones(2, "d"))
    assert model.to_cpu() is None
    assert [model.get_param(name).dtype for name in ("W", "n")] == ["float64", "int64"]
    assert model.get_grad("W").dtype == "float64"
    assert shim.device == ("cpu", model.ops.device_id)


@pytest.mark.skipif(compat.has_cupy, reason="CuPy is installed")
def test_moving_to_a_gpu_needs_cupy():
    with pytest.raises(ImportError, match="CuPy"):
        node("a").to_gpu(0)
