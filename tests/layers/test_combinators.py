"""add, concatenate, clone, noop, residual, tuplify, siamese, uniqued, map_list."""

import numpy
import pytest

from thinc.api import (
    CauchySimilarity,
    Embed,
    Linear,
    Model,
    Padded,
    Ragged,
    add,
    clone,
    concatenate,
    fix_random_seed,
    map_list,
    noop,
    residual,
    siamese,
    tuplify,
    uniqued,
)

from .test_dense import close, with_params

X = numpy.array([[1, 0], [0, 1], [1, 1]], dtype="f")
LENGTHS = numpy.array([1, 2], dtype="i")


def ones(*shape):
    return numpy.ones(shape, dtype="f")


def linear():
    return with_params(Linear(3, 2), W=[[1, 2], [3, 4], [5, 6]], b=[0, 0, 1])


L_OF_X = [[1, 3, 6], [2, 4, 7], [3, 7, 12]]


def counted(name, draws):
    """A Linear(2, 2) that notes its draws."""
    return Linear(2, 2, init_W=lambda ops, shape: draws.append(name) or ops.alloc(shape))


# -- add ------------------------------------------------------------------------------------------


def test_add():
    layer = linear()
    Y, backprop = add(layer, layer).begin_update(X)
    assert Y.tolist() == [[2, 6, 12], [4, 8, 14], [6, 14, 24]]
    assert backprop(ones(3, 3)).tolist() == [[18, 24]] * 3


def test_add_leaves_what_it_is_given_alone():
    given, dY = ones(2, 2), ones(2, 2)
    Y, backprop = add(noop(), noop(), noop()).begin_update(given)
    assert (Y == 3).all()
    assert (backprop(dY) == 3).all()
    assert (given == 1).all()
    assert (dY == 1).all()


@pytest.mark.parametrize(
    "value",
    [
        [ones(1, 2), ones(2, 2)],
        (ones(1, 2), ones(2, 2)),
        Ragged(ones(3, 2), LENGTHS),
        Padded(ones(2, 1, 2), *(numpy.array(v, dtype="i") for v in ([1, 1], [2], [0]))),
    ],
    ids=["list", "tuple", "ragged", "padded"],
)
@pytest.mark.parametrize("combine", [lambda: add(noop(), noop()), lambda: residual(noop())])
def test_values_of_all_kinds_are_added_item_by_item(combine, value):
    Y, backprop = combine().begin_update(value)
    for doubled in (Y, backprop(value)):
        assert type(doubled) is type(value)
        for array in arrays(doubled):
            assert (array == 2).all()
    for array in arrays(value):
        assert (array == 1).all()


def arrays(value):
    return value if isinstance(value, (list, tuple)) else [value.data]


def test_values_that_cannot_be_added_are_named():
    with pytest.raises(TypeError, match="add: values to add must be of one kind; got float32 .* and tuple"):
        add(noop(), tuplify(noop(), noop())).predict(X)
    with pytest.raises(ValueError, match=r"add: arrays to add must have one shape; got \(3, 2\) and"):
        add(noop(), linear()).predict(X)


def test_add_appends_to_an_add():
    first = add(noop(), noop())
    assert add(first, noop()) is first
    assert len(first.layers) == 3


def test_add_infers_the_dimensions_of_all_its_layers():
    model = add(Linear(), Linear()).initialize(X=X, Y=ones(3, 4))
    assert [node.get_dim("nO") for node in model.walk()] == [4, 4, 4]
    assert [node.get_dim("nI") for node in model.walk()] == [2, 2, 2]


def test_add_of_layers_without_width_can_be_initialized():
    assert add(noop(), noop()).initialize(X=X).has_dim("nO") is None


# -- concatenate ----------------------------------------------------------------------------------


def test_concatenate():
    layer = linear()
    Y, backprop = concatenate(layer, layer).begin_update(X)
    assert Y[0].tolist() == [1, 3, 6, 1, 3, 6]
    assert backprop(ones(3, 6)).tolist() == [[18, 24]] * 3


def test_concatenate_sums_the_gradients_of_lists_and_ragged():
    items = [ones(1, 2), ones(2, 2)]
    Y, backprop = concatenate(noop(), noop()).begin_update(items)
    assert [y.shape for y in Y] == [(1, 4), (2, 4)]
    assert [dx.tolist() for dx in backprop(Y)] == [[[2, 2]], [[2, 2], [2, 2]]]
    Y, backprop = concatenate(noop(), noop()).begin_update(Ragged(X, LENGTHS))
    assert Y.data.shape == (3, 4)
    close(backprop(Y).data, 2 * X)


def test_concatenate_adds_up_the_widths():
    model = concatenate(Linear(), Linear()).initialize(X=ones(5, 3), Y=ones(5, 7))
    assert [layer.get_param("W").shape for layer in model.layers] == [(7, 3), (7, 3)]
    assert model.get_dim("nO") == 14


def test_concatenate_of_none_or_one_or_a_concatenation():
    layer = Linear(1)
    assert concatenate().name == "noop"
    assert concatenate(layer) is layer
    first = concatenate(Linear(1), Linear(2))
    assert concatenate(first, Linear(3)) is first
    assert first.name == "linear|linear"
    assert len(first.layers) == 3
    assert len(concatenate(Linear(4), first).layers) == 2


def test_concatenate_names_outputs_that_do_not_go_together():
    with pytest.raises(IndexError, match=r"must be 2-d arrays; got float32 \(2,\)"):
        concatenate(noop(), noop()).predict(X[0])
    with pytest.raises(TypeError, match="outputs of one kind; got float32"):
        concatenate(noop(), tuplify(noop(), noop())).predict(X)
    _, backprop = concatenate(noop(), noop()).begin_update(X)
    with pytest.raises(ValueError, match="dY must have 4 columns"):
        backprop(ones(3, 5))


def test_concatenating_embeddings_keeps_the_dtype_of_ids():
    ids = numpy.array([[1, 2], [3, 4]], dtype="uint64")
    model = concatenate(Embed(2, 9, column=0), Embed(3, 9, column=1)).initialize(X=ids)
    Y, backprop = model.begin_update(ids)
    assert Y.shape == (2, 5)
    dX = backprop(Y)
    assert (dX.shape, dX.dtype) == (ids.shape, ids.dtype)


# -- the others -----------------------------------------------------------------------------------


def test_clone():
    layer = Linear(2, 2)
    assert clone(layer, 0).name == "noop"
    assert clone(layer, 1) is layer
    model = clone(layer, 3).initialize(X=X)
    assert model.layers[0] is layer
    weights = [child.get_param("W") for child in model.layers]
    assert len(weights) == 3
    assert (weights[0] != weights[1]).any()
    with pytest.raises(TypeError, match="clone: n must be 0 or more; got -1"):
        clone(layer, -1)


def test_noop_keeps_layers_that_it_never_calls():
    layer = Linear(2)
    model = noop(layer).initialize(X=X)
    assert list(model.walk()) == [model, layer]
    assert layer.has_dim("nI") is None


def test_residual_takes_its_dimensions_from_its_layer():
    assert residual(Linear(2, 2)).get_dim("nO") == 2
    model = residual(Linear()).initialize(X=X, Y=X)
    assert (model.get_dim("nO"), model.get_dim("nI")) == (2, 2)
    assert model.name == "residual(linear)"


def test_residual_does_not_broadcast():
    with pytest.raises(ValueError, match=r"residual\(linear\): arrays to add must have one shape"):
        residual(Linear(1, 2)).initialize().predict(X)


def test_tuplify():
    model = tuplify(linear(), noop())
    Y, backprop = model.begin_update(X)
    assert Y[0].tolist() == L_OF_X
    assert Y[1] is X
    assert backprop((ones(3, 3), ones(3, 2))).tolist() == [[10, 13]] * 3
    assert model.name == "tuple(linear, noop)"
    with pytest.raises(ValueError, match="dY must have 2 items; got 1"):
        backprop((ones(3, 3),))


def test_tuplify_leaves_the_gradients_alone_and_adds_ragged():
    dY = ones(2, 2)
    _, backprop = tuplify(noop(), noop()).begin_update(dY)
    assert (backprop((dY, dY)) == 2).all()
    assert (dY == 1).all()
    ragged = Ragged(X, LENGTHS)
    _, backprop = tuplify(noop(), noop()).begin_update(ragged)
    close(backprop((ragged, ragged)).data, 2 * X)


def test_tuplify_takes_an_empty_list_for_no_gradient():
    ids = Model("ids", lambda model, X, is_train: (X, lambda dY: []))
    for layers in [(noop(), ids), (ids, noop())]:
        _, backprop = tuplify(*layers).begin_update([X, X])
        dX = backprop(([X, X], [X, X]))
        assert len(dX) == 2
        close(dX[0], X)


def test_tuplify_without_data_initializes_its_layers_twice():
    draws = []
    tuplify(counted("A", draws), counted("B", draws)).initialize()
    assert "".join(draws) == "ABAB"
    draws.clear()
    tuplify(counted("A", draws), counted("B", draws)).initialize(X=X)
    assert "".join(draws) == "AB"


def test_seeded_tuplify():
    fix_random_seed(0)
    model = tuplify(Linear(1, 1), Linear(1, 1)).initialize()
    close([layer.get_param("W")[0, 0] for layer in model.layers], [0.35598, 0.15548])


def test_tuplify_shows_each_layer_its_part_of_y():
    model = tuplify(Linear(), Linear()).initialize(X=X, Y=(ones(3, 4), ones(3, 5)))
    assert [layer.get_dim("nO") for layer in model.layers] == [4, 5]
    assert model.get_dim("nI") == 2


def test_siamese():
    model = siamese(linear(), with_params(CauchySimilarity(3), W=[1, 1, 1]))
    Y, backprop = model.begin_update((X, X + 1))
    close(Y, [1 / 180] * 3)
    dX1, dX2 = backprop(ones(3))
    close(dX1, [[0.00488, 0.00617]] * 3)
    close(dX2, -dX1)


def test_siamese_can_be_initialized_without_data():
    model = siamese(Linear(3, 2), CauchySimilarity(3)).initialize()
    assert model.predict((X, X)).tolist() == [1, 1, 1]


def test_siamese_needs_the_dimensions_at_its_ends():
    with pytest.raises(ValueError, match="value unset"):
        siamese(Linear(3), CauchySimilarity(3))


def test_uniqued_embedding():
    model = uniqued(Embed(2, 5, column=0)).initialize()
    table = with_params(model.layers[0].layers[1], E=numpy.arange(10).reshape((5, 2)))
    Y, backprop = model.begin_update(numpy.array([[3], [1], [3]], dtype="i"))
    assert Y.tolist() == [[6, 7], [2, 3], [6, 7]]
    backprop(ones(3, 2))
    assert table.get_grad("E").tolist() == [[0, 0], [1, 1], [0, 0], [2, 2], [0, 0]]


def test_uniqued_uses_the_first_of_equal_rows_and_averages_gradients():
    model = uniqued(with_params(Linear(2, 2), W=[[1, 2], [3, 4]], b=[0, 0]))
    Y, backprop = model.begin_update(numpy.array([[1, 5], [2, 6], [1, 7]], dtype="f"))
    assert Y.tolist() == [[11, 23], [14, 30], [11, 23]]
    dX = backprop(ones(3, 2))
    assert dX.tolist() == [[4, 6]] * 3
    assert dX.dtype == "float32"


def test_map_list():
    model = map_list(linear())
    Y, backprop = model.begin_update([X[:1], X[1:]])
    assert [y.tolist() for y in Y] == [L_OF_X[:1], L_OF_X[1:]]
    assert [dx.shape for dx in backprop(Y)] == [(1, 2), (2, 2)]
    with pytest.raises(ValueError, match="map_list: dY must have 2 items; got 1"):
        backprop(Y[:1])


def test_map_list_of_an_empty_list_has_no_example():
    assert map_list(Linear(3, 2)).initialize(X=[]).predict([]) == []
