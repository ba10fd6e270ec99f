"""Embed, HashEmbed and SparseLinear."""

import pickle

import numpy
import pytest

from thinc.api import (
    Adam,
    Embed,
    HashEmbed,
    Linear,
    SparseLinear,
    SparseLinear_v2,
    chain,
    fix_random_seed,
)
from thinc.layers.sparselinear import _begin_cpu_update, _begin_gpu_update, _finish_linear_update

from .test_dense import W, close, with_params

RAMP = numpy.arange(10, dtype="f").reshape((5, 2))


def test_embed_reference_numbers():
    layer = with_params(Embed(2, 3), E=W)
    Y, backprop = layer.begin_update(numpy.array([2, 0, 2], dtype="i"))
    close(Y, [[0.25, -0.5], [1, 2], [0.25, -0.5]])
    dX = backprop(numpy.array([[1, 2], [3, 4], [5, 6]], dtype="f"))
    close(layer.get_grad("E"), [[3, 4], [0, 0], [6, 8]])
    assert dX.tolist() == [0, 0, 0]
    assert dX.dtype == "int32"


def test_embed_of_a_column():
    layer = Embed(2, 3, column=1)
    with_params(layer.layers[1], E=W)
    assert layer.name == "ints-getitem>>embed"
    ids = numpy.array([[9, 2], [9, 0]], dtype="uint64")
    Y, backprop = layer.begin_update(ids)
    close(Y, [[0.25, -0.5], [1, 2]])
    dX = backprop(Y)
    assert dX.shape == ids.shape
    assert dX.dtype == ids.dtype
    assert not dX.any()


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64", "int8"])
def test_all_integer_dtypes_give_the_same_rows(dtype):
    layer = with_params(Embed(2, 3), E=W)
    Y, backprop = layer.begin_update(numpy.array([2, 0], dtype=dtype))
    close(Y, [[0.25, -0.5], [1, 2]])
    backprop(Y)
    close(layer.get_grad("E"), [[1, 2], [0, 0], [0.25, -0.5]])


@pytest.mark.parametrize(
    ("dtype", "bad", "nV"),
    [
        *[
            ("int8", -1, 300),
            ("uint8", 255, 200),
            ("int32", 3, 3),
            ("int32", -1, 3),
            ("uint32", 2**32 - 1, 3),
        ],
        *[("int64", -1, 3), ("int64", 2**32, 3), ("uint64", 2**64 - 1, 3)],
    ],
)
def test_ids_outside_of_the_table_are_refused(dtype, bad, nV):
    layer = Embed(2, nV).initialize()
    ids = numpy.array([0, bad, 1], dtype=dtype)
    with pytest.raises(IndexError, match=f"embed: .*index {bad} is out of bounds for axis 0 with size {nV}"):
        layer.predict(ids)


@pytest.mark.parametrize(
    "ids", [[0, 1], numpy.array([True, False, True]), numpy.array([0.0, 1.0])], ids=["list", "bool", "float"]
)
@pytest.mark.parametrize("layer", [Embed(2, 3), HashEmbed(2, 3)], ids=["embed", "hashembed"])
def test_ids_that_are_no_integers_are_refused(layer, ids):
    with pytest.raises(TypeError, match=f"{layer.name}: ids must be an integer array"):
        layer.initialize().predict(ids)


def test_ids_with_two_axes_give_vectors_with_three():
    layer = with_params(Embed(2, 3), E=W)
    Y, backprop = layer.begin_update(numpy.array([[2], [0]], dtype="i"))
    assert Y.shape == (2, 1, 2)
    assert backprop(Y).shape == (2,)


def test_gradients_start_anew_after_an_update():
    layer = Embed(2, 5).initialize()
    before = layer.get_param("E").copy()
    layer.begin_update(numpy.array([1]))[1](numpy.ones((1, 2), dtype="f"))
    layer.finish_update(Adam(0.01))
    assert not layer.get_grad("E").any()
    changed = (layer.get_param("E") != before).any(axis=1)
    assert changed.tolist() == [False, True, False, False, False]


def test_gradients_reach_a_parameter_server():
    received = {}
    layer = Embed(2, 5).initialize()
    table = layer.get_param("E")

    class Server:
        def get_param(self, model_id, name):
            return table

        def inc_grad(self, model_id, name, value):
            received[name] = value

    layer._params.proxy = Server()
    layer.begin_update(numpy.array([1]))[1](numpy.ones((1, 2), dtype="f"))
    assert received["E"].tolist() == [[0, 0], [1, 1], [0, 0], [0, 0], [0, 0]]


@pytest.mark.parametrize("constructor", [Embed, HashEmbed])
def test_one_mask_serves_the_whole_batch(constructor):
    layer = with_params(constructor(8, 5, dropout=0.5), E=numpy.ones((5, 8)))
    numpy.random.seed(0)
    Y, backprop = layer.begin_update(numpy.array([0, 1, 2], dtype="uint64"))
    plain = layer.predict(numpy.array([0], dtype="uint64"))
    numpy.random.seed(0)
    mask = layer.ops.get_dropout_mask((8,), 0.5)
    close(Y, numpy.repeat(plain * mask, 3, axis=0))
    backprop(numpy.ones((3, 8), dtype="f"))
    assert (layer.get_grad("E").sum(axis=0) > 0).tolist() == (mask > 0).tolist()


@pytest.mark.parametrize("constructor", [Embed, HashEmbed])
def test_without_dropout_there_is_no_attribute_and_no_draw(constructor):
    layer = constructor(8, 5).initialize()
    assert "dropout_rate" not in layer.attrs
    numpy.random.seed(0)
    layer.begin_update(numpy.array([1], dtype="uint64"))
    assert numpy.random.uniform() == numpy.random.RandomState(0).uniform()


def test_embed_needs_the_size_of_its_table():
    with pytest.raises(ValueError, match="Cannot get dimension 'nV' for model 'embed': value unset"):
        Embed(2).initialize()


def test_embed_takes_its_width_from_y():
    assert Embed(nV=3).initialize(Y=numpy.ones((2, 7), dtype="f")).get_param("E").shape == (3, 7)


def test_seeded_tables():
    for layer in (Embed(2, 3), HashEmbed(2, 3)):
        fix_random_seed(0)
        close(
            layer.initialize().get_param("E"),
            [[0.00976, 0.04304], [0.02055, 0.00898], [-0.01527, 0.02918]],
        )


def test_bytes_of_another_column_are_refused():
    data = Embed(2, 3, column=1).initialize().to_bytes()
    with pytest.raises(ValueError, match="the stored column must be 0, as built; got 1"):
        Embed(2, 3, column=0).from_bytes(data)
    assert HashEmbed(2, 3, column=0, seed=1).attrs["column"] == 0


# -- hashed ----------------------------------------------------------------------------------------


def test_hashembed_reference_numbers():
    layer = with_params(HashEmbed(2, 5, seed=3), E=RAMP)
    ids = numpy.array([0, 1, 2, 2**63], dtype="uint64")
    Y, backprop = layer.begin_update(ids)
    assert Y.tolist() == [[20, 24], [16, 20], [18, 22], [16, 20]]
    dX = backprop(numpy.ones((4, 2), dtype="f"))
    assert layer.get_grad("E").tolist() == [[2, 2], [4, 4], [2, 2], [5, 5], [3, 3]]
    assert dX.tolist() == [0, 0, 0, 0]
    assert dX.dtype == "int32"


def test_negative_ids_hash_as_unsigned_ones():
    layer = HashEmbed(2, 5).initialize()
    unsigned = numpy.array([2**64 - 1, 2**64 - 7], dtype="uint64")
    for dtype in ("int64", "int32"):
        found = layer.predict(numpy.array([-1, -7], dtype=dtype))
        numpy.testing.assert_array_equal(found, layer.predict(unsigned))


def test_the_default_seed_is_the_id_of_the_node():
    layer = HashEmbed(2, 5, column=0)
    assert layer.layers[1].attrs["seed"] == layer.layers[1].id
    assert layer.layers[1].attrs["column"] == layer.attrs["column"] == 0


def test_hashembed_refuses_ids_with_two_axes():
    with pytest.raises(ValueError, match=r"wrong number of dimensions \(expected 1, got 2\)"):
        HashEmbed(2, 5).initialize().predict(numpy.ones((2, 2), dtype="uint64"))


def test_hashembed_without_rows_is_refused():
    with pytest.raises(IndexError, match="nV=0"):
        HashEmbed(2, 0).initialize().predict(numpy.array([1], dtype="uint64"))


def test_an_embedding_of_no_column_is_the_start_of_a_chain():
    layer = chain(HashEmbed(4, 5), Linear(2)).initialize(X=numpy.array([1, 2], dtype="uint64"))
    assert layer.get_dim("nO") == 2


# -- sparse ----------------------------------------------------------------------------------------

KEYS = numpy.array([5, 7, 2**40 + 1], dtype="uint64")
VALUES = numpy.array([1, 2, 0.5], dtype="f")
LENGTHS = numpy.array([2, 1], dtype="i")
SPARSE_DY = numpy.array([[1, -1], [2, 0.5]], dtype="f")


@pytest.mark.parametrize(
    ("constructor", "Y", "dW"),
    [
        (SparseLinear, [[2.8, 1.4], [1.45, -0.45]], [0, 1, 1, 0, -1, 1.25, 0.25, 1, -1, 0, 0, 0, 0, 0, 0, 0]),
        (
            SparseLinear_v2,
            [[2.8, 5.6], [1.45, 0.25]],
            [0, 1, 2, 2, 1, 1, 0, 1, 0, -1, -2, -2, 0.25, 0.25, 0, -1],
        ),
    ],
)
def test_sparse_linear_reference_numbers(constructor, Y, dW):
    layer = with_params(constructor(2, 8), W=numpy.arange(16) / 10, b=[1, -1])
    found, backprop = layer.begin_update((KEYS, VALUES, LENGTHS))
    close(found, Y)
    returned = backprop(SPARSE_DY)
    close(layer.get_grad("W"), dW)
    close(layer.get_grad("b"), [3, -0.5])
    assert all(one is two for one, two in zip(returned, (KEYS, VALUES, LENGTHS), strict=True))


@pytest.mark.parametrize("constructor", [SparseLinear, SparseLinear_v2])
def test_rows_without_features_get_the_bias(constructor):
    layer = with_params(constructor(2, 8), W=numpy.arange(16), b=[1, -1])
    none = (KEYS[:0], VALUES[:0], numpy.zeros(2, dtype="i"))
    Y, backprop = layer.begin_update(none)
    assert Y.tolist() == [[1, -1], [1, -1]]
    backprop(Y)
    assert not layer.get_grad("W").any()


@pytest.mark.parametrize(
    ("layer", "X", "dY"),
    [
        (Embed(2, 5), numpy.array([1, 4], dtype="uint64"), numpy.ones((2, 2), dtype="f")),
        (HashEmbed(2, 5), numpy.array([1, 4], dtype="uint64"), numpy.ones((2, 2), dtype="f")),
        (SparseLinear_v2(2, 8), (KEYS, VALUES, LENGTHS), SPARSE_DY),
    ],
    ids=["embed", "hashembed", "sparse_linear"],
)
def test_gradients_add_up_in_one_array(layer, X, dY):
    layer.initialize()
    layer.begin_update(X)[1](dY)
    first = {name: layer.get_grad(name) for name in layer.grad_names}
    once = {name: grad.copy() for name, grad in first.items()}
    assert once.keys() == set(layer.param_names)
    layer.begin_update(X)[1](dY)
    for name, grad in first.items():
        assert layer.get_grad(name) is grad
        close(grad, 2 * once[name])


def test_a_refused_gradient_leaves_those_of_a_sparse_linear_alone():
    layer = with_params(SparseLinear_v2(2, 8), W=numpy.zeros(16), b=[0, 0])
    backprop = layer.begin_update((KEYS, VALUES, LENGTHS))[1]
    with pytest.raises(ValueError):
        backprop(SPARSE_DY[:, :1])
    assert not layer.has_grad("W") and not layer.has_grad("b")


def test_sparse_linear_accepts_int64_lengths():
    layer = with_params(SparseLinear_v2(2, 8), W=numpy.arange(16) / 10, b=[1, -1])
    close(layer.predict((KEYS, VALUES, LENGTHS.astype("int64"))), [[2.8, 5.6], [1.45, 0.25]])


@pytest.mark.parametrize(
    "features",
    [
        (KEYS.astype("int32"), VALUES, LENGTHS),
        (KEYS, VALUES.astype("float64"), LENGTHS),
        (KEYS, VALUES, numpy.array([2, 2], dtype="i")),
        (KEYS, VALUES, numpy.array([4, -1], dtype="i")),
        (KEYS, VALUES[:2], LENGTHS),
        (KEYS.tolist(), VALUES, LENGTHS),
    ],
    ids=["keys", "values", "sum", "negative", "size", "list"],
)
def test_sparse_linear_refuses_features_that_do_not_fit(features):
    layer = SparseLinear_v2(2, 8).initialize()
    with pytest.raises((TypeError, ValueError)):
        layer.predict(features)


@pytest.mark.parametrize(
    ("name", "size", "text"), [("W", 8, r"\(16,\); got \(8,\)"), ("b", 1, r"\(2,\); got \(1,\)")]
)
def test_sparse_linear_refuses_parameters_that_do_not_fit(name, size, text):
    layer = SparseLinear_v2(2, 8).initialize()
    layer.set_param(name, numpy.ones(size, dtype="f"))
    with pytest.raises(ValueError, match=f"sparse_linear: {name} must have shape {text}"):
        layer.predict((KEYS, VALUES, LENGTHS))


def test_the_callback_of_a_sparse_linear_can_be_pickled():
    layer = with_params(SparseLinear_v2(2, 8), W=numpy.arange(16) / 10, b=[1, -1])
    _, backprop = layer(X=(KEYS, VALUES, LENGTHS), is_train=True)
    assert type(backprop) is _finish_linear_update
    assert backprop.model is layer
    loaded = pickle.loads(pickle.dumps(backprop))
    loaded(SPARSE_DY)
    backprop(SPARSE_DY)
    close(loaded.model.get_grad("W"), layer.get_grad("W"))
    close(loaded.keys, KEYS)
    close(loaded.values, VALUES)
    close(loaded.lengths, LENGTHS)


@pytest.mark.parametrize("begin", [_begin_cpu_update, _begin_gpu_update])
def test_the_parts_of_a_sparse_linear_compute_what_it_does(begin):
    layer = with_params(SparseLinear_v2(2, 8), W=numpy.arange(16) / 10, b=[1, -1])
    Y, backprop = begin(layer, KEYS, VALUES, LENGTHS)
    close(Y, [[2.8, 5.6], [1.45, 0.25]])
    assert type(backprop) is _finish_linear_update


@pytest.mark.parametrize("length", ["a", 1.5])
def test_sparse_linear_refuses_a_length_that_is_no_integer(length):
    with pytest.raises(TypeError, match=f"SparseLinear: length must be an integer; got {length!r}"):
        SparseLinear(2, length)


def test_sparse_linear_wants_three_arrays():
    with pytest.raises(ValueError, match="sparse_linear: X must have 3 items; got 2"):
        SparseLinear(2, 8).initialize().predict((KEYS, VALUES))


def test_sparse_linear_refuses_an_empty_table():
    with pytest.raises(ValueError, match="length must be at least 1; got 0"):
        SparseLinear_v2(2, 0)


def test_sparse_linear_takes_its_classes_from_y():
    layer = SparseLinear_v2(length=8).initialize(Y=SPARSE_DY)
    assert layer.get_param("W").shape == (16,)
    assert not layer.get_param("b").any()
