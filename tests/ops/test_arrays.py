"""Known values, errors and the dropout mask of the array ops."""

import copy
import inspect
import pickle

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.backends import NumpyOps, Ops
from thinc.backends.reference.arrays import SMALL_MASK, splitmix64_halves

OPS = [Ops(), NumpyOps()]


@pytest.fixture(params=OPS, ids=lambda ops: ops.name)
def ops(request):
    return request.param


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
@pytest.mark.parametrize("kind, dtype", [("f", "float32"), ("i", "int32")])
def test_typed_alloc_gives_zeros_of_its_rank_and_dtype(ops, rank, kind, dtype):
    shape = (2, 3, 4, 5)[:rank]
    array = getattr(ops, f"alloc{rank}{kind}")(*shape)
    assert array.shape == shape and array.dtype == dtype and not array.any()
    assert getattr(ops, f"alloc{rank}{kind}")(*shape, dtype="int64", zeros=False).dtype == "int64"


@pytest.mark.parametrize("alloc, dtype", [("alloc", "float32"), ("alloc_f", "float32"), ("alloc_i", "int32")])
def test_alloc_takes_an_int_or_a_sequence_as_shape(ops, alloc, dtype):
    assert getattr(ops, alloc)(3).shape == (3,)
    assert getattr(ops, alloc)([2, 3]).shape == (2, 3)
    assert getattr(ops, alloc)((2, 3)).dtype == dtype
    assert getattr(ops, alloc)((2, 3), zeros=False).shape == (2, 3)


def test_alloc_without_dtype_is_float64(ops):
    assert ops.alloc(2, dtype=None).dtype == "float64"


@pytest.mark.parametrize("named", [str, numpy.dtype, lambda name: numpy.dtype(name).type])
@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int64", "uint64", "float16", "float64", "longdouble", "complex64", ">i4"]
)
def test_alloc_and_asarray_take_a_dtype_by_any_of_its_names(ops, named, dtype):
    dtype = named(dtype)
    for zeros in (True, False):
        array = ops.alloc((2, numpy.int64(3)), dtype=dtype, zeros=zeros)
        assert array.shape == (2, 3) and array.dtype == dtype and array.flags.c_contiguous
    assert (ops.alloc(5, dtype=dtype) == numpy.zeros(5, dtype)).all()
    X = numpy.arange(3)
    assert ops.asarray(X, dtype=dtype).dtype == dtype
    assert_array_equal(ops.asarray(X, dtype=dtype), X.astype(dtype))


def test_alloc_refuses_what_is_no_shape(ops):
    for shape in (1.5, "3", (2, 1.5), (2, None)):
        with pytest.raises(TypeError):
            ops.alloc(shape)
    with pytest.raises(ValueError, match="negative"):
        ops.alloc((2, -1), dtype="int32")


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["", "f", "i"])
def test_typed_reshape_gives_a_view_and_keeps_the_dtype(ops, rank, kind):
    X = numpy.arange(24, dtype="uint16")
    shape = (2, 3, 4, 1)[: rank - 1] + (-1,)
    Y = getattr(ops, f"reshape{rank}{kind}")(X, *shape)
    assert Y.ndim == rank and Y.dtype == X.dtype and numpy.shares_memory(X, Y)


@pytest.mark.parametrize("reshape", ["reshape", "reshape_f", "reshape_i"])
def test_reshape_takes_a_shape(ops, reshape):
    X = numpy.arange(6)
    assert getattr(ops, reshape)(X, (2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert getattr(ops, reshape)(X.reshape(2, 3), 6).tolist() == X.tolist()


def test_reshape_to_another_size_raises(ops):
    with pytest.raises(ValueError, match="reshape"):
        ops.reshape2f(numpy.zeros(6), 4, 2)


def test_asarray_returns_the_array_itself(ops):
    X = numpy.zeros((2, 2), dtype="float32")
    assert ops.asarray(X) is X
    assert ops.asarray(X, dtype="float32") is X
    assert ops.asarray2f(X) is X


def test_asarray_casts(ops):
    assert ops.asarray2i([[1.7, -1.7]]).tolist() == [[1, -1]]
    assert ops.asarray(numpy.array([1.7]), "int32").tolist() == [1]
    assert ops.asarray([1, 2], dtype="float64").dtype == "float64"


@pytest.mark.parametrize("kind, dtype", [("f", "float32"), ("i", "int32")])
def test_typed_asarray_sets_the_dtype_and_leaves_the_rank(ops, kind, dtype):
    for name in [f"asarray{rank}{kind}" for rank in (1, 2, 3, 4)] + [f"asarray_{kind}"]:
        assert getattr(ops, name)([[1, 2]]).shape == (1, 2)
        assert getattr(ops, name)(3).shape == ()
        assert getattr(ops, name)([1, 2]).dtype == dtype
        assert getattr(ops, name)([1, 2], dtype="int64").dtype == "int64"


class Tensor:
    """Like a tensor on the CPU: hands out its memory."""

    def __init__(self, array):
        self.array = array

    def numpy(self):
        return self.array


class DeviceArray(Tensor):
    """Like an array on another device."""

    numpy = None

    def __getattribute__(self, name):
        if name == "numpy":
            raise AttributeError(name)
        return super().__getattribute__(name)

    def get(self):
        return self.array.copy()


def test_asarray_shares_the_memory_of_a_tensor(ops):
    X = numpy.zeros(3, dtype="float32")
    assert ops.asarray(Tensor(X)) is X
    assert ops.asarray(Tensor(X), dtype="int32").dtype == "int32"


def test_asarray_fetches_from_another_device(ops):
    X = numpy.arange(3, dtype="float32")
    assert_array_equal(ops.asarray(DeviceArray(X)), X)
    assert ops.asarray(DeviceArray(X), dtype="int32").dtype == "int32"


@pytest.mark.parametrize("data", [{"a": 1}, {1, 2}, frozenset()])
def test_asarray_of_a_dict_or_set_names_the_type(ops, data):
    with pytest.raises(TypeError, match=type(data).__name__):
        ops.asarray(data)


def test_as_contig_copies_only_what_is_not(ops):
    X = numpy.arange(6, dtype="float32").reshape(2, 3)
    assert ops.as_contig(X) is X
    assert ops.as_contig(X, dtype="float32") is X
    Y = ops.as_contig(X.T)
    assert Y.flags.c_contiguous and Y.tolist() == X.T.tolist()
    assert ops.as_contig(X, dtype="float64").dtype == "float64"
    assert ops.as_contig(numpy.float32(3) * numpy.ones(())).shape == ()


def test_as_contig_of_a_list_raises(ops):
    with pytest.raises(TypeError, match="as_contig: data must be an array"):
        ops.as_contig([1, 2])


def test_to_numpy_returns_the_array_itself(ops):
    X = numpy.zeros(2, dtype="float32")
    assert ops.to_numpy(X) is X
    assert ops.to_numpy(X, byte_order="") is X


def test_to_numpy_changes_the_byte_order_and_keeps_the_values(ops):
    X = numpy.arange(3, dtype="<f4")
    Y = ops.to_numpy(X, byte_order=">")
    assert Y.dtype == ">f4" and Y.dtype.byteorder == ">"
    assert_array_equal(Y, X)


def test_to_numpy_of_a_list_raises(ops):
    with pytest.raises(ValueError, match="Cannot convert non-numpy from base Ops class"):
        ops.to_numpy([1])


def test_tile_with_an_int_repeats_the_last_axis(ops):
    assert ops.tile(numpy.array([[1, 2]]), 2).tolist() == [[1, 2, 1, 2]]
    assert ops.tile(numpy.array([[1, 2]]), (2, 1)).tolist() == [[1, 2], [1, 2]]


def test_insert_into_fills_the_start_of_each_row(ops):
    Xs = [numpy.array([1, 2], dtype="int64"), numpy.array([3], dtype="int64")]
    Y = ops.insert_into((3, 2), Xs)
    assert Y.tolist() == [[1, 2], [3, 0], [0, 0]] and Y.dtype == "int64"


# -- dropout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("drop, value", [(None, 1.0), (0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (2.0, 0.0)])
@pytest.mark.parametrize("shape", [3, (2, 3), (300, 7), [2, 2], (0, 4), ()])
def test_dropout_mask_outside_the_open_interval_is_constant(ops, shape, drop, value):
    state = numpy.random.get_state()[1].copy()
    mask = ops.get_dropout_mask(shape, drop)
    assert mask.dtype == "float32" and mask.shape == numpy.zeros(shape).shape and (mask == value).all()
    assert_array_equal(mask, ops.get_dropout_mask(shape, drop if drop is None else int(drop)))
    assert_array_equal(numpy.random.get_state()[1], state)


def test_small_dropout_mask_is_drawn_from_uniform(ops):
    numpy.random.seed(0)
    assert ops.get_dropout_mask((2, 3), 0.5).tolist() == [[2, 2, 2], [2, 0, 2]]
    numpy.random.seed(0)
    assert ops.get_dropout_mask((2, 4), 0.5).tolist() == [[2, 2, 2, 2], [0, 2, 0, 2]]


def test_dropout_mask_of_nan_raises(ops):
    with pytest.raises(ValueError, match="drop"):
        ops.get_dropout_mask((2, 2), float("nan"))


def test_keys_are_those_of_splitmix64():
    # The first values of the sequence with seed 1234567, as its author's C code prints them.
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    halves = [splitmix64_halves(1234567, block) for block in range(3)]
    assert [low + (high << 32) for low, high in halves] == expected


def word(value):
    return value & 0xFFFFFFFF


def expected_mask(size, drop, seed):
    """The formula of the docstring, element by element, in Python's integers."""
    mask = []
    low, high = splitmix64_halves(seed, 0)
    for i in range(size):
        x = word(i * 0x9E3779B9 + low)
        x ^= x >> 16
        x = word(x * 0x21F0AAAD)
        x ^= high
        x ^= x >> 15
        x = word(x * 0x735A2D97)
        x ^= x >> 15
        mask.append(1 / (1 - drop) if (x >> 8) / 2**24 >= drop else 0.0)
    return numpy.array(mask, dtype="float32")


@pytest.mark.parametrize("size", [SMALL_MASK + 1, 1000])
@pytest.mark.parametrize("drop", [0.1, 0.5, 0.9, 1e-9, 1 - 1e-9])
def test_large_dropout_mask_follows_its_formula(ops, size, drop):
    numpy.random.seed(7)
    seed = int(numpy.random.randint(0, 2**63, dtype="int64"))
    after = numpy.random.uniform()
    numpy.random.seed(7)
    assert_array_equal(ops.get_dropout_mask(size, drop), expected_mask(size, drop, seed))
    assert numpy.random.uniform() == after


def test_large_dropout_mask_has_its_shape(ops):
    mask = ops.get_dropout_mask((30, 5, 7), 0.2)
    assert mask.shape == (30, 5, 7) and mask.dtype == "float32"


@pytest.fixture(scope="module")
def bits():
    """Kept elements of masks of 64 seeds, one row each, drop 0.5."""
    numpy.random.seed(0)
    return numpy.array([NumpyOps().get_dropout_mask(1 << 14, 0.5) > 0 for _ in range(64)])


def correlation(a, b):
    """Between two sets of fair bits, in standard deviations of what chance gives."""
    return abs((a == b).mean() - 0.5) * 2 * a.size**0.5


@pytest.mark.parametrize("drop", [0.01, 0.1, 0.3, 0.5, 0.75, 0.99])
def test_dropout_mask_drops_its_share(drop):
    numpy.random.seed(1)
    size = 1 << 20
    share = (NumpyOps().get_dropout_mask(size, drop) == 0).mean()
    assert abs(share - drop) < 4 * (drop * (1 - drop) / size) ** 0.5


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 8, 16, 96, 128, 256, 300, 384, 1024])
def test_dropout_mask_has_no_correlation_between_neighbours(bits, lag):
    assert correlation(bits[:, lag:], bits[:, :-lag]) < 4


def test_dropout_masks_of_different_seeds_are_independent(bits):
    for lag in (1, 2, 5, 32):
        assert correlation(bits[lag:], bits[:-lag]) < 4


def test_dropout_mask_is_fair_at_each_position_over_seeds(bits):
    deviations = (bits.mean(axis=0) - 0.5) * 2 * bits.shape[0] ** 0.5
    assert abs(deviations.std() - 1) < 0.03
    assert abs(deviations).max() < 6


@pytest.mark.parametrize("bit", [0, 1, 31, 32, 33, 62])
def test_one_bit_of_the_seed_changes_half_of_the_mask(bit):
    ops = NumpyOps()
    size = 1 << 16
    changed = (ops._hash_indices(size, 12345) ^ ops._hash_indices(size, 12345 ^ (1 << bit))) >> 31
    assert correlation(changed, numpy.ones_like(changed)) < 5


def test_runs_of_kept_elements_have_geometric_lengths(bits):
    changes = (bits[:, 1:] != bits[:, :-1]).astype("int8")
    ends = numpy.flatnonzero(changes.ravel())
    runs = numpy.diff(ends)
    for length in (1, 2, 3, 4, 5):
        expected = 0.5**length
        assert abs((runs == length).mean() - expected) < 5 * (expected / runs.size) ** 0.5


# -- objects ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("clone", [copy.deepcopy, copy.copy, lambda ops: pickle.loads(pickle.dumps(ops))])
def test_ops_can_be_copied_and_pickled(ops, clone):
    ops = type(ops)("cpu", 3)
    other = clone(ops)
    assert type(other) is type(ops) and vars(other) == vars(ops)
    assert other.device_type == "cpu" and other.device_id == 3


def test_every_op_has_a_docstring_and_an_introspectable_signature():
    for name, method in inspect.getmembers(Ops, callable):
        if not name.startswith("_"):
            assert inspect.getdoc(method), name
            assert list(inspect.signature(getattr(NumpyOps, name)).parameters)[0] == "self", name


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_asarray_of_a_strided_array_is_that_array(ops, dtype):
    X = numpy.arange(12, dtype="float32").reshape(3, 4)[:, ::2]
    X.flags.writeable = False
    assert ops.asarray(X, dtype=dtype) is X


@pytest.mark.parametrize("order", ["C", "F"])
def test_asarray_converts_doubles_of_either_order(ops, order):
    X = numpy.asarray([[1.5, 2.0, -0.0], [1e300, 1e-300, 3.0]], order=order)
    with numpy.errstate(over="ignore", under="ignore"):
        Y, expected = ops.asarray(X, dtype="float32"), X.astype("float32")
    assert Y.dtype == "float32" and Y.flags.f_contiguous == expected.flags.f_contiguous
    assert Y.tobytes() == expected.tobytes()
