"""Tables whose rows are updated as parameters of their own."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from thinc.api import SGD, Adam, Embed, HashEmbed, Model, RAdam, chain, list2array

OPTIMIZERS = {
    "adam": lambda: Adam(0.1, grad_clip=0.0),
    "radam": lambda: RAdam(0.1, grad_clip=0.0),
    "sgd": lambda: SGD(0.1, grad_clip=0.0),
    "decay": lambda: Adam(0.1, grad_clip=0.0, L2=0.1),
    "coupled": lambda: Adam(0.1, grad_clip=0.0, L2=0.1, L2_is_weight_decay=False),
}


def table(shape=(6, 3), seed=0):
    draw = numpy.random.default_rng(seed)
    return Model("table", lambda *args: None, params={"E": draw.normal(size=shape).astype("float32")})


def lazy(model, make=OPTIMIZERS["adam"], **group):
    optimizer = make()
    optimizer.add_group(model, lambda node, name: name == "E", lazy_rows=True, **group)
    return optimizer


def steps(n=5, n_rows=6):
    """Rows with gradients, and those, step by step; some rows repeat, one never comes."""
    draw = numpy.random.default_rng(1)
    for _ in range(n):
        rows = draw.integers(0, n_rows - 1, size=4).astype("int32")
        yield rows, draw.normal(size=(4, 3)).astype("float32")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_row_moves_like_a_parameter_of_its_own(name):
    model = table()
    initial = model.get_param("E").copy()
    rows_alone = [Model("row", lambda *args: None, params={"E": row[None].copy()}) for row in initial]
    optimizer, single = lazy(model, OPTIMIZERS[name]), OPTIMIZERS[name]()
    for rows, gradient in steps():
        model.inc_grad_rows("E", (rows,), gradient)
        for row in set(rows.tolist()):
            rows_alone[row].inc_grad("E", gradient[rows == row].sum(axis=0, keepdims=True))
            rows_alone[row].finish_update(single)
        model.finish_update(optimizer)
    expected = numpy.concatenate([row.get_param("E") for row in rows_alone])
    assert_allclose(model.get_param("E"), expected, rtol=1e-6)
    assert_array_equal(model.get_param("E")[-1], initial[-1])
    assert_array_equal(optimizer.averages[model.id, "E"][-1], initial[-1])
    assert not model.get_grad("E").any()


def test_if_every_row_has_a_gradient_the_result_is_that_of_dense_updates():
    models = [table(), table()]
    optimizers = [lazy(models[0], lambda: Adam(0.1)), Adam(0.1)]
    draw = numpy.random.default_rng(0)
    for _ in range(4):
        gradient = draw.normal(size=(6, 3)).astype("float32")
        for model, optimizer in zip(models, optimizers, strict=True):
            model.inc_grad("E", gradient)
            model.finish_update(optimizer)
    assert_array_equal(models[0].get_param("E"), models[1].get_param("E"))
    for name in ("mom1", "mom2"):
        one, two = (getattr(o, name)[m.id, "E"] for o, m in zip(optimizers, models, strict=True))
        assert_array_equal(one, two)


def test_noted_and_searched_rows_give_the_same():
    models = [table(), table()]
    optimizers = [lazy(model, lambda: Adam(0.1)) for model in models]
    for rows, gradient in steps():
        dense = numpy.zeros((6, 3), "float32")
        numpy.add.at(dense, rows, gradient)
        models[0].inc_grad_rows("E", (rows,), gradient)
        models[1].inc_grad("E", dense)
        for model, optimizer in zip(models, optimizers, strict=True):
            model.finish_update(optimizer)
    assert_array_equal(models[0].get_param("E"), models[1].get_param("E"))


def test_rows_stay_known_over_several_gradients_and_updates():
    model = table()
    optimizer = lazy(model)
    for _ in range(3):
        for row in range(100):
            model.inc_grad_rows("E", (numpy.array([row % 3], "int32"),), numpy.ones((1, 3), "float32"))
        used = model._params.used_rows(model.id, "E")
        assert set(used.tolist()) == {0, 1, 2} and len(used) < 80
        model.finish_update(optimizer)
        assert model._params.used_rows(model.id, "E") is None
    assert optimizer.row_updates[model.id, "E"].tolist() == [3, 3, 3, 0, 0, 0]


@pytest.mark.parametrize("change", [Model.inc_grad, Model.set_grad])
def test_rows_are_unknown_once_something_else_was_added(change):
    model = table()
    optimizer = lazy(model)
    model.inc_grad_rows("E", (numpy.array([0], "int32"),), numpy.ones((1, 3), "float32"))
    change(model, "E", numpy.ones((6, 3), "float32"))
    assert model._params.used_rows(model.id, "E") is None
    model.finish_update(optimizer)
    assert optimizer.row_updates[model.id, "E"].tolist() == [1] * 6


def test_clipping_is_by_the_norm_of_the_whole_gradient():
    model = table()
    before = model.get_param("E").copy()
    optimizer = lazy(model, lambda: SGD(1.0, grad_clip=1.0))
    gradient = numpy.full((2, 3), 2.0, "float32")
    model.inc_grad_rows("E", (numpy.array([0, 4], "int32"),), gradient)
    model.finish_update(optimizer)
    assert_allclose((before - model.get_param("E"))[[0, 4]], gradient / numpy.sqrt(24), rtol=1e-5)


@pytest.mark.parametrize("nonfinite", ["skip", "raise"])
def test_a_gradient_that_is_not_finite_changes_nothing(nonfinite):
    model = table()
    before = model.get_param("E").copy()
    optimizer = lazy(model)
    optimizer.nonfinite = nonfinite
    bad = numpy.array([[1, numpy.nan, 1]], "float32")
    model.inc_grad_rows("E", (numpy.array([2], "int32"),), bad)
    if nonfinite == "raise":
        with pytest.raises(ValueError, match="must be finite"):
            model.finish_update(optimizer)
    else:
        model.finish_update(optimizer)
        assert optimizer.nr_skipped[model.id, "E"] == 1
        assert not model.get_grad("E").any()
    assert_array_equal(model.get_param("E"), before)
    assert optimizer.row_updates == {}


def test_read_only_arrays_are_refused_before_anything_is_written():
    for name in ("get_param", "get_grad"):
        model = table()
        model.inc_grad_rows("E", (numpy.array([2], "int32"),), numpy.ones((1, 3), "float32"))
        before = model.get_param("E").copy()
        getattr(model, name)("E").flags.writeable = False
        with pytest.raises(ValueError, match="Adam.*(writable|read-only)"):
            model.finish_update(lazy(model))
        assert_array_equal(model.get_param("E"), before)


UNFITTING = [
    ((6, 3), (7, 3), "float32", r"gradient must have the shape of the weights; got \(7, 3\) for \(6, 3\)"),
    ((6, 3), (3, 6), "float32", r"gradient must have the shape of the weights; got \(3, 6\) for \(6, 3\)"),
    ((6, 3), (6, 3), "int32", "Adam: gradient must have a float dtype; got int32"),
    ((3, 6), (3, 6), "float32", r"Adam: averages must have the shape of the weights; got \(6, 3\)"),
    ((5, 3), (5, 3), "float32", r"Adam: mom1 must have the shape of the weights; got \(18,\)"),
]


@pytest.mark.parametrize("shape, other, dtype, message", UNFITTING)
def test_unfitting_arrays_are_refused_and_change_nothing(shape, other, dtype, message):
    model = table()
    optimizer = lazy(model)
    key = (model.id, "E")
    optimizer(key, numpy.ones((6, 3), "float32"), numpy.ones((6, 3), "float32"))
    before = optimizer.to_bytes()
    W, dW = numpy.ones(shape, "float32"), numpy.ones(other, dtype)
    with pytest.raises((TypeError, ValueError), match=message):
        optimizer(key, W, dW)
    assert (W == 1).all() and (dW == 1).all()
    assert optimizer.to_bytes() == before


def test_averages_of_float16_weights_are_float32():
    model = table()
    optimizer = lazy(model)
    optimizer((model.id, "E"), numpy.ones((6, 3), "float16"), numpy.ones((6, 3), "float16"))
    assert optimizer.averages[model.id, "E"].dtype == "float32"


def test_saved_state_continues_with_the_bits_of_an_uninterrupted_run():
    model, other = table(), table()
    optimizer = lazy(model, lambda: Adam(0.1))
    halves = list(steps(6))
    for rows, gradient in halves[:3]:
        model.inc_grad_rows("E", (rows,), gradient)
        model.finish_update(optimizer)
    other.set_param("E", model.get_param("E").copy())
    resumed = lazy(other, lambda: Adam(0.1)).from_bytes(optimizer.to_bytes(model), other)
    for rows, gradient in halves[3:]:
        for each, each_optimizer in ((model, optimizer), (other, resumed)):
            each.inc_grad_rows("E", (rows,), gradient)
            each.finish_update(each_optimizer)
    assert_array_equal(model.get_param("E"), other.get_param("E"))
    assert_array_equal(optimizer.averages[model.id, "E"], resumed.averages[other.id, "E"])


@pytest.mark.parametrize("make", [lambda: Embed(4, 50), lambda: HashEmbed(4, 50, seed=1)])
def test_embeddings_note_the_rows_they_used(make):
    model = chain(list2array(), make()).initialize()
    embed = model.layers[1]
    optimizer = lazy(model, lambda: Adam(0.1))
    ids = [numpy.array([3, 5], "uint64"), numpy.array([3], "uint64")]
    for _ in range(2):
        Y, backprop = model.begin_update(ids)
        backprop(numpy.ones_like(Y))
        changed = set(embed._params.used_rows(embed.id, "E").tolist())
        before = embed.get_param("E").copy()
        model.finish_update(optimizer)
        moved = (embed.get_param("E") != before).any(axis=1).nonzero()[0]
        assert set(moved.tolist()) == changed
