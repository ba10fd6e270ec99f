"""Known values and errors of hashing, table rows and sparse linear maps."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

TABLE = numpy.arange(8, dtype="float32").reshape(4, 2)
BIG = 1234567890123456789
HASHES = {
    (0, 0): [3428303819, 685728695, 3303603794, 4065689084],
    (0, 1): [3846663968, 1931907607, 1730726412, 4059709384],
    (0, 42): [742298947, 1129028350, 3709755849, 132847662],
    (0, 2**32 - 1): [3379968066, 2350167928, 3358923416, 3283558021],
    (1, 0): [4211459146, 4457399, 3547175942, 1032506804],
    (2, 1): [278525985, 3770758988, 2614224535, 3936882669],
    (2**64 - 1, 0): [448458099, 2699342458, 1800029871, 1763775177],
    (2**64 - 1, 42): [1787144569, 3064491169, 2017461949, 3370314378],
    (BIG, 1): [850443024, 2937152589, 1852613156, 2883575208],
    (2**63, 3): [2005784979, 3940151345, 954748243, 1512098691],
}
NGRAMS = {
    1: [10357027354812746030, 14362838344389764114, 5173830478357570162, 4802761344231991206]
    + [18238278800771436856],
    2: [2346165840139155392, 16863871380863422640, 17332947814349719869, 16208812649368009602],
    3: [3968991871514447549, 7617889641228870909, 8965634749494455368],
    5: [8513849312069461673],
}


@pytest.mark.parametrize(("key", "seed"), HASHES)
def test_hash_of_known_values(ops, key, seed):
    found = ops.hash(numpy.array([key], "uint64"), seed)
    assert found.dtype == "uint32" and found.tolist() == [HASHES[key, seed]]


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint32", ">i8"])
def test_hash_takes_any_integers(ops, dtype):
    expected = ops.hash(numpy.array([1, 2, 3], "uint64"), 7)
    assert_array_equal(ops.hash(numpy.array([1, 2, 3], dtype), 7), expected)
    assert_array_equal(ops.hash(numpy.array([1, 9, 2, 9, 3], dtype)[::2], 7), expected)


def test_hash_takes_lists_and_negative_ids(ops):
    expected = ops.hash(numpy.array([2**64 - 1, 2**63], "uint64"), 0)
    assert_array_equal(ops.hash([-1, 2**63], 0), expected)
    assert_array_equal(ops.hash(numpy.array([-1, -(2**63)]), 0), expected)


def test_hash_of_nothing_is_empty(ops):
    assert ops.hash(numpy.zeros(0, "uint64"), 0).shape == (0, 4)
    assert ops.hash([], 0).shape == (0, 4)


def test_hash_truncates_a_float_seed(ops):
    assert_array_equal(ops.hash([1], 1.9), ops.hash([1], 1))


@pytest.mark.parametrize("seed, words", [(-1, "can't convert negative value to"), (2**32, "value too large")])
def test_hash_refuses_other_seeds(ops, seed, words):
    with pytest.raises(OverflowError, match=words):
        ops.hash(numpy.array([1], "uint64"), seed)


@pytest.mark.parametrize("ids", [numpy.array([1.0]), numpy.array([numpy.nan]), [1.0], None])
def test_hash_refuses_what_is_no_integer(ops, ids):
    with pytest.raises(TypeError, match="hash: ids"):
        ops.hash(ids, 0)


def test_hash_refuses_other_ranks(ops):
    with pytest.raises(ValueError, match="hash: ids must have 1 dimension"):
        ops.hash(numpy.zeros((2, 2), "uint64"), 0)


@pytest.mark.parametrize("n", NGRAMS)
def test_ngrams_of_known_values(ops, n):
    found = ops.ngrams(n, numpy.arange(1, 6, dtype="uint64"))
    assert found.dtype == "uint64" and found.tolist() == NGRAMS[n]


@pytest.mark.parametrize("n", [-1, 0, 6, 2**31, 2**40])
def test_ngrams_of_other_sizes_are_empty(ops, n):
    found = ops.ngrams(n, numpy.arange(1, 6, dtype="uint64"))
    assert found.dtype == "uint64" and found.shape == (0,)


def test_ngrams_of_nothing_are_empty(ops):
    assert ops.ngrams(1, numpy.zeros(0, "uint64")).shape == (0,)


def test_ngrams_take_lists_and_strided_keys(ops):
    assert ops.ngrams(2, [1, 2, 3, 4, 5]).tolist() == NGRAMS[2]
    assert ops.ngrams(2, numpy.arange(1, 6).repeat(2)[::2]).tolist() == NGRAMS[2]


# -- table rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64", "int16"])
def test_gather_add_of_known_values(ops, dtype):
    indices = numpy.array([[0, 1], [3, 3], [2, 0]], dtype)
    assert_array_equal(ops.gather_add(TABLE, indices), [[2, 4], [12, 14], [4, 6]])
    assert ops.gather_add(TABLE.astype("float64"), indices).dtype == "float64"


@pytest.mark.parametrize("index", [4, 5, -1, -(2**31), 2**31 - 1])
def test_gather_add_refuses_an_index_out_of_range(ops, index):
    with pytest.raises(IndexError, match="Embedding index out-of-bounds"):
        ops.gather_add(TABLE, numpy.array([[0, index]], "int32"))
    with pytest.raises(IndexError, match="Embedding index out-of-bounds"):
        ops.gather_add(TABLE, numpy.array([[0, index]], "int64"))


@pytest.mark.parametrize("index", [2**32 - 1, 2**63])
def test_gather_add_refuses_a_huge_unsigned_index(ops, index):
    with pytest.raises(IndexError, match=f"out-of-bounds.*got {index}"):
        ops.gather_add(TABLE, numpy.array([[0, index]], "uint64"))


@pytest.mark.parametrize(
    "rows, width, B, K", [(4, 2, 0, 2), (4, 2, 3, 0), (4, 0, 3, 2), (0, 2, 3, 0), (0, 2, 0, 2)]
)
def test_gather_add_with_an_empty_axis(ops, rows, width, B, K):
    found = ops.gather_add(numpy.ones((rows, width), "float32"), numpy.zeros((B, K), "int32"))
    assert found.shape == (B, width)
    assert_array_equal(found, numpy.full((B, width), K))


def test_gather_add_from_an_empty_table_has_no_valid_index(ops):
    with pytest.raises(IndexError, match="Embedding index out-of-bounds"):
        ops.gather_add(TABLE[:0], numpy.zeros((1, 1), "int32"))


def test_gather_add_refuses_other_kinds(ops):
    indices = numpy.zeros((2, 2), "int32")
    with pytest.raises(ValueError, match="indices must have 2 dimension"):
        ops.gather_add(TABLE, indices[0])
    with pytest.raises(ValueError, match="table must have 2 dimension"):
        ops.gather_add(TABLE[0], indices)
    with pytest.raises(TypeError, match="table 'float16'"):
        ops.gather_add(TABLE.astype("float16"), indices)
    with pytest.raises(TypeError, match="indices must have a integer dtype"):
        ops.gather_add(TABLE, indices.astype("float32"))


def test_scatter_add_sums_what_meets(ops):
    table = TABLE.copy()
    assert ops.scatter_add(table, numpy.array([1, 3, 1], "int32"), numpy.ones((3, 2), "float32")) is None
    assert_array_equal(table - TABLE, [[0, 0], [2, 2], [0, 0], [1, 1]])


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_scatter_add_skips_negative_indices(ops, dtype):
    table = TABLE.copy()
    ops.scatter_add(table, numpy.array([-1, 0, -5], dtype), numpy.ones((3, 2), "float32"))
    assert_array_equal(table - TABLE, [[1, 1], [0, 0], [0, 0], [0, 0]])


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32"])
def test_scatter_add_refuses_an_index_out_of_range_before_it_writes(ops, dtype):
    table = TABLE.copy()
    with pytest.raises(IndexError, match="indices must be in \\[0, 4\\), got 4"):
        ops.scatter_add(table, numpy.array([0, 4], dtype), numpy.ones((2, 2), "float32"))
    assert_array_equal(table, TABLE)


def test_scatter_add_refuses_a_readonly_table(ops):
    table = TABLE.copy()
    table.flags.writeable = False
    with pytest.raises(ValueError, match="table must be writable"):
        ops.scatter_add(table, numpy.array([0], "int32"), numpy.ones((1, 2), "float32"))


def test_scatter_add_works_for_other_ranks_and_strides(ops):
    flat = numpy.zeros(3)
    ops.scatter_add(flat, [0, 2, 2], [1.0, 2.0, 3.0])
    assert flat.tolist() == [1, 0, 5]
    base = numpy.zeros((4, 4), "float32")
    ops.scatter_add(base[:, ::2], numpy.array([[0, 1], [1, 1]]), numpy.ones((2, 2, 2), "float32"))
    assert_array_equal(base, [[1, 0, 1, 0], [3, 0, 3, 0], [0] * 4, [0] * 4])
    ops.scatter_add(flat, [1], 4.0)
    assert flat.tolist() == [1, 4, 5]


def test_scatter_add_of_a_table_into_itself(ops):
    table = TABLE.copy()
    ops.scatter_add(table, numpy.array([0, 1, 2, 3], "int32"), table)
    assert_array_equal(table, 2 * TABLE)


def test_scatter_add_refuses_values_of_another_shape(ops):
    table = TABLE.copy()
    with pytest.raises(ValueError, match=r"values must have shape \(2, 2\)"):
        ops.scatter_add(table, numpy.array([0, 1], "int32"), numpy.ones((3, 2), "float32"))
    with pytest.raises(TypeError, match="indices must have a integer dtype"):
        ops.scatter_add(table, numpy.array([0.0, 1.0]), numpy.ones((2, 2), "float32"))
    assert_array_equal(table, TABLE)


# -- sparse linear maps ---------------------------------------------------------------------------------

KEYS = numpy.array([5, 7, 2**40 + 1], "uint64")
AMOUNTS = numpy.array([1, 2, 0.5], "float32")
LENGTHS = numpy.array([2, 1], "int32")
W = numpy.arange(16, dtype="float32") / 10
B = numpy.array([1, -1], "float32")
DY = numpy.array([[1, -1], [2, 0.5]], "float32")


@pytest.mark.parametrize(
    "v1, expected", [(True, [[2.8, 1.4], [1.45, -0.45]]), (False, [[2.8, 5.6], [1.45, 0.25]])]
)
def test_sparse_linear_of_known_values(ops, v1, expected):
    Y = ops.sparse_linear(KEYS, AMOUNTS, LENGTHS, W, B, v1_indexing=v1)
    assert Y.dtype == "float32"
    assert_allclose(Y, expected, rtol=1e-6)


def test_sparse_linear_of_more_known_values(ops):
    keys, values = numpy.array([1, 2, 2**40 + 5], "uint64"), AMOUNTS
    W, b = numpy.arange(16, dtype="float32"), numpy.array([0.5, 1], "float32")
    assert_allclose(ops.sparse_linear(keys, values, LENGTHS, W, b, True), [[25.5, 32], [3, 4.5]])
    assert_allclose(ops.sparse_linear(keys, values, LENGTHS, W, b), [[25.5, 74], [3, 11.5]])
    ones = numpy.ones((2, 2), "float32")
    dW, db = ops.backprop_sparse_linear(ones, keys, values, LENGTHS, 8, True)
    assert_allclose(dW, [0.5, 0.5, 0, 0, 5, 6.5, 1.5, 0] + [0] * 8)
    dW, _ = ops.backprop_sparse_linear(ones, keys, values, LENGTHS, 8)
    assert_allclose(dW, [0.5, 0, 0, 0, 5, 1.5, 0, 0, 0.5, 0, 0, 0, 5, 1.5, 0, 0])
    assert_array_equal(db, [2, 2])


@pytest.mark.parametrize(
    "v1, expected",
    [
        (True, [0, 1, 1, 0, -1, 1.25, 0.25, 1, -1, 0, 0, 0, 0, 0, 0, 0]),
        (False, [0, 1, 2, 2, 1, 1, 0, 1, 0, -1, -2, -2, 0.25, 0.25, 0, -1]),
    ],
)
def test_backprop_sparse_linear_of_known_values(ops, v1, expected):
    dW, db = ops.backprop_sparse_linear(DY, KEYS, AMOUNTS, LENGTHS, 8, v1_indexing=v1)
    assert_allclose(dW, expected)
    assert_array_equal(db, [3, -0.5])


@pytest.mark.parametrize("v1", [False, True])
def test_backprop_sparse_linear_adds_to_a_gradient(ops, v1):
    expected, _ = ops.backprop_sparse_linear(DY, KEYS, AMOUNTS, LENGTHS, 8, v1_indexing=v1)
    for add_to in (numpy.ones(16, "float32"), numpy.ones(32, "float32")[::2]):
        dW, db = ops.backprop_sparse_linear(DY, KEYS, AMOUNTS, LENGTHS, 8, v1_indexing=v1, add_to=add_to)
        assert dW is add_to
        assert_allclose(add_to, 1 + expected)
        assert_array_equal(db, DY.sum(axis=0))


@pytest.mark.parametrize(
    ("add_to", "error", "words"),
    [
        (numpy.zeros(15, "float32"), ValueError, "add_to must have shape"),
        (numpy.zeros(16, "float64"), TypeError, "add_to"),
        (numpy.broadcast_to(numpy.float32(0), 16), ValueError, "add_to"),
        ([0.0] * 16, TypeError, "add_to"),
    ],
)
def test_backprop_sparse_linear_refuses_another_gradient(ops, add_to, error, words):
    with pytest.raises(error, match=words):
        ops.backprop_sparse_linear(DY, KEYS, AMOUNTS, LENGTHS, 8, add_to=add_to)


def test_sparse_linear_takes_signed_keys_and_other_lengths(ops):
    expected = ops.sparse_linear(KEYS, AMOUNTS, LENGTHS, W, B)
    for lengths in ([2, 1], LENGTHS.astype("int64"), numpy.array([2, 9, 1])[::2]):
        assert_array_equal(ops.sparse_linear(KEYS.astype("int64"), AMOUNTS, lengths, W, B), expected)
    strided = KEYS.repeat(2)[::2], AMOUNTS.repeat(2)[::2]
    assert_array_equal(ops.sparse_linear(*strided, LENGTHS, W, B), expected)


def test_sparse_linear_of_no_features_is_the_bias(ops):
    empty = KEYS[:0], AMOUNTS[:0], numpy.zeros(2, "int32")
    assert_array_equal(ops.sparse_linear(*empty, W, B), [B, B])
    dW, db = ops.backprop_sparse_linear(DY, *empty, 8)
    assert not dW.any() and db.tolist() == [3, -0.5]
    dW, db = ops.backprop_sparse_linear(DY[:0], KEYS[:0], AMOUNTS[:0], [], 8)
    assert dW.shape == (16,) and not dW.any() and not db.any()


@pytest.mark.parametrize(
    "change, error, words",
    [
        ({"keys": KEYS.astype("int32")}, TypeError, "keys must have dtype uint64 or int64; got int32"),
        ({"keys": KEYS[:2]}, ValueError, "values must have shape \\(2,\\)"),
        ({"keys": KEYS.tolist()}, TypeError, "'keys'"),
        ({"values": AMOUNTS.astype("float64")}, TypeError, "values 'float64'"),
        ({"values": AMOUNTS[:2]}, ValueError, "values must have shape \\(3,\\)"),
        ({"lengths": [3, -1]}, ValueError, "lengths"),
        ({"lengths": [-1, 4]}, ValueError, "all sequence lengths must be >= 0, (was:|got) -1"),
        ({"lengths": [2, 2]}, ValueError, "lengths must sum up"),
        ({"lengths": [2]}, ValueError, "lengths must sum up"),
    ],
)
def test_sparse_linear_refuses_what_does_not_fit(ops, change, error, words):
    features = {"keys": KEYS, "values": AMOUNTS, "lengths": LENGTHS} | change
    with pytest.raises(error, match=words):
        ops.sparse_linear(**features, W=W, b=B)
    with pytest.raises(error, match=words):
        ops.backprop_sparse_linear(DY, **features, length=8)


def test_sparse_linear_refuses_a_table_that_does_not_fit(ops):
    for table in (W[:15], W[:0]):
        with pytest.raises(ValueError, match="W must have a positive multiple of 2 elements"):
            ops.sparse_linear(KEYS, AMOUNTS, LENGTHS, table, B)
    with pytest.raises(ValueError, match="length must be at least 1; got 0"):
        ops.backprop_sparse_linear(DY, KEYS, AMOUNTS, LENGTHS, 0)
    with pytest.raises(ValueError, match=r"dY must have shape \(2, 2\)"):
        ops.backprop_sparse_linear(DY[:1], KEYS, AMOUNTS, LENGTHS, 8)


# -- fixed maps of ids -------------------------------------------------------------------------------------


def test_premap_ids_gives_values_and_the_default(ops):
    table = ops.id_table([3, 0, 1, 2**40], [1, 7, 8, -5])
    ids = numpy.array([3, 0, 1, 99, 2**40])
    assert ops.premap_ids(ids, table, -2).tolist() == [1, 7, 8, -2, -5]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64", "uint64", ">i8", "list"])
def test_premap_ids_takes_all_integers(ops, dtype):
    ids = [1, 2, 3] if dtype == "list" else numpy.array([1, 2, 3], dtype)
    assert ops.premap_ids(ids, ops.id_table([2], [4])).tolist() == [0, 4, 0]


def test_negative_ids_are_in_no_table(ops):
    table = ops.id_table([2**64 - 1, -2], [4, 5])
    assert ops.premap_ids(numpy.array([-1, -2]), table, 9).tolist() == [9, 9]
    assert ops.premap_ids(numpy.array([2**64 - 1, 2**64 - 2], "uint64"), table, 9).tolist() == [4, 5]


def test_search_in_a_table_without_unused_slots_ends(ops):
    table = numpy.array([[5, 2**32], [6, 2**32 + 1]], "uint64")
    found = ops.premap_ids(numpy.array([7, 5, 6], "uint64"), table, -1)
    assert found[0] == -1
    assert sorted(found[1:].tolist()) == [0, 1]


@pytest.mark.parametrize(
    ("ids", "table", "default", "error", "match"),
    [
        (numpy.array([1.5]), None, 0, TypeError, "ids must have a integer dtype"),
        (numpy.array([[1]]), None, 0, ValueError, "ids must have 1 dimension"),
        (numpy.array([1]), numpy.zeros((3, 2), "uint64"), 0, ValueError, "table must have shape"),
        (numpy.array([1]), numpy.zeros(4, "uint64"), 0, ValueError, "table must have shape"),
        (numpy.array([1]), numpy.zeros((2, 2)), 0, TypeError, "table must have dtype uint64"),
        (numpy.array([1]), None, 2**31, ValueError, "default must be at most"),
        (numpy.array([1]), None, "x", TypeError, "default must be an integer"),
    ],
)
def test_premap_ids_refuses(ops, ids, table, default, error, match):
    with pytest.raises(error, match=f"premap_ids: {match}"):
        ops.premap_ids(ids, ops.id_table([1], [2]) if table is None else table, default)


@pytest.mark.parametrize(
    ("keys", "values", "error", "match"),
    [
        ([1, 1], [2, 3], ValueError, "keys must be all different; got 1 of 2"),
        ([1, 2], [2], ValueError, "values must have shape"),
        ([1.5], [2], TypeError, "keys must be integers"),
        ([1], numpy.array([2.0]), TypeError, "values must have a integer dtype"),
    ],
)
def test_id_table_refuses(ops, keys, values, error, match):
    with pytest.raises(error, match=f"id_table: {match}"):
        ops.id_table(keys, values)
