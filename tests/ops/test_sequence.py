"""Known values and errors of windows and position encodings."""

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal

X = numpy.arange(1, 11, dtype="float32").reshape(5, 2)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_window_of_one_sequence(ops, dtype):
    Y = ops.seq2col(X.astype(dtype), 1)
    rows = [
        [0, 0, 1, 2, 3, 4],
        [1, 2, 3, 4, 5, 6],
        [3, 4, 5, 6, 7, 8],
        [5, 6, 7, 8, 9, 10],
        [7, 8, 9, 10, 0, 0],
    ]
    assert_array_equal(Y, rows)
    assert Y.dtype == dtype


@pytest.mark.parametrize(
    "lengths",
    [numpy.array([2, 3], "int32"), numpy.array([2, 3]), [2, 3], numpy.array([2, 9, 3], "int32")[::2]],
)
def test_window_stops_at_the_ends_of_sequences(ops, lengths):
    rows = [
        [0, 0, 1, 2, 3, 4],
        [1, 2, 3, 4, 0, 0],
        [0, 0, 5, 6, 7, 8],
        [5, 6, 7, 8, 9, 10],
        [7, 8, 9, 10, 0, 0],
    ]
    assert_array_equal(ops.seq2col(X, 1, lengths=lengths), rows)


def test_window_wider_than_the_sequences(ops):
    rows = [[0, 0, 0, 0, 1, 2, 3, 4, 0, 0], [0, 0, 1, 2, 3, 4, 0, 0, 0, 0], [0, 0, 0, 0, 5, 6, 7, 8, 9, 10]]
    rows += [[0, 0, 5, 6, 7, 8, 9, 10, 0, 0], [5, 6, 7, 8, 9, 10, 0, 0, 0, 0]]
    assert_array_equal(ops.seq2col(X, 2, lengths=[2, 0, 3]), rows)
    assert_array_equal(ops.seq2col(X[:1], 50)[0].nonzero()[0], [100, 101])


def test_window_of_nothing_is_a_copy(ops):
    Y = ops.seq2col(X, 0)
    assert_array_equal(Y, X)
    assert not numpy.may_share_memory(X, Y)


def test_window_of_no_rows_or_columns_is_empty(ops):
    assert ops.seq2col(X[:0], 1).shape == (0, 6)
    assert ops.seq2col(X[:, :0], 1).shape == (5, 0)
    assert ops.seq2col(X[:0], 1, lengths=[0, 0]).shape == (0, 6)
    assert ops.backprop_seq2col(X[:0, :0], 1).shape == (0, 0)


def test_gradient_of_windows(ops):
    dY = numpy.arange(1, 31, dtype="float32").reshape(5, 6)
    assert_array_equal(ops.backprop_seq2col(dY, 1), [[10, 12], [27, 30], [45, 48], [63, 66], [50, 52]])
    dX = ops.backprop_seq2col(dY, 1, lengths=[2, 3])
    assert_array_equal(dX, [[10, 12], [14, 16], [34, 36], [63, 66], [50, 52]])


@pytest.mark.parametrize("name", ["seq2col", "backprop_seq2col"])
class TestBadWindows:
    """Both directions check the same things."""

    def call(self, ops, name, X, nW=1, **more):
        return getattr(ops, name)(numpy.tile(X, 3) if name.startswith("b") else X, nW, **more)

    def test_negative_width_is_named(self, ops, name):
        for rows in (X, X[:, :0]):
            with pytest.raises(ValueError, match="nW must be at least 0; got -1"):
                self.call(ops, name, rows, -1)

    @pytest.mark.parametrize("nW", [2**30, 2**40])
    def test_huge_width_is_named(self, ops, name, nW):
        with pytest.raises(ValueError, match="nW must be at most"):
            self.call(ops, name, X, nW)

    def test_width_may_be_an_integral_float_or_numpy_integer(self, ops, name):
        expected = self.call(ops, name, X)
        assert_array_equal(self.call(ops, name, X, 1.0), expected)
        assert_array_equal(self.call(ops, name, X, numpy.int64(1)), expected)

    @pytest.mark.parametrize("nW", [1.5, "1", None, float("nan")])
    def test_other_width_is_refused(self, ops, name, nW):
        with pytest.raises(TypeError, match="nW must be an integer"):
            self.call(ops, name, X, nW)

    def test_negative_length_is_refused(self, ops, name):
        for family in (ValueError, AssertionError):
            with pytest.raises(family, match="All sequence lengths must be >= 0"):
                self.call(ops, name, X, lengths=numpy.array([-1, 6], "int32"))

    @pytest.mark.parametrize("lengths", [[2, 2], [2, 4], [], [2**31 - 1, 2**31 - 1]])
    def test_lengths_must_cover_the_rows(self, ops, name, lengths):
        for family in (IndexError, ValueError, AssertionError):
            with pytest.raises(family, match="The lengths must sum up to the batch length"):
                self.call(ops, name, X, lengths=numpy.array(lengths, "int32"))

    def test_lengths_of_rank_two_are_named(self, ops, name):
        with pytest.raises(ValueError, match="lengths must have 1 dimension"):
            self.call(ops, name, X, lengths=numpy.array([[2, 3]], "int32"))

    def test_integers_are_refused(self, ops, name):
        for family in (TypeError, AssertionError):
            with pytest.raises(family, match="must have a float dtype; got int32"):
                self.call(ops, name, X.astype("int32"))

    @pytest.mark.parametrize("rank", [1, 3])
    def test_other_ranks_are_refused(self, ops, name, rank):
        what = "gradient" if name.startswith("b") else "sequence"
        with pytest.raises(ValueError, match=f"{name} requires {what} array of dimensionality 2, was {rank}"):
            getattr(ops, name)(numpy.zeros((3,) * rank, "float32"), 1)

    def test_any_memory_order_is_accepted(self, ops, name):
        expected = self.call(ops, name, X)
        assert_array_equal(self.call(ops, name, numpy.asfortranarray(X)), expected)
        rows = numpy.tile(X, 3) if name.startswith("b") else X
        assert_array_equal(getattr(ops, name)(rows[::-1], 1), getattr(ops, name)(rows[::-1].copy(), 1))


def test_gradient_of_windows_needs_whole_slots(ops):
    with pytest.raises(ValueError, match=r"dY must have a multiple of 2 \* nW \+ 1 = 3 columns; got 7"):
        ops.backprop_seq2col(numpy.zeros((2, 7), "float32"), 1)


# -- position encodings ---------------------------------------------------------------------------------


def test_positions_of_known_values(ops):
    rows = [[0, 1, 0, 1], [0.84147096, 0.5403023, 1e-4, 1], [0.9092974, -0.41614684, 2e-4, 1]]
    assert_allclose(ops.position_encode(3, 4), rows, rtol=1e-6)
    row = [0.84147096, 0.5403023, 6.3095731e-4, 0.9999998, 6.3095731e-4]
    assert_allclose(ops.position_encode(2, 5)[1], row, rtol=1e-6)
    row = [0.84147096, 0.5403023, 0.009999833, 0.99995]
    assert_allclose(ops.position_encode(2, 4, 100)[1], row, rtol=1e-6)
    assert_allclose(ops.position_encode(3, 1)[:, 0], numpy.sin([0, 1, 2]), rtol=1e-6)


def test_positions_are_float32_and_may_be_empty(ops):
    assert ops.position_encode(3, 4).dtype == "float32"
    assert ops.position_encode(0, 4).shape == (0, 4)
    assert ops.position_encode(4, 0).shape == (4, 0)


def test_positions_are_written_into_a_strided_out(ops):
    base = numpy.full((4, 8), 7, "float32")
    out = base[::2, ::2]
    assert ops.position_encode(2, 4, out=out) is out
    assert_array_equal(out, ops.position_encode(2, 4))
    assert (base[1::2] == 7).all() and (base[:, 1::2] == 7).all()


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32"])
def test_positions_need_an_out_of_float32(ops, dtype):
    out = numpy.zeros((2, 4), dtype)
    with pytest.raises(ValueError, match=f"out must have dtype float32; got {dtype}"):
        ops.position_encode(2, 4, out=out)
    assert not out.any()


@pytest.mark.parametrize("shape", [(2, 3), (3, 4), (8,), (2, 4, 1)])
def test_positions_need_an_out_of_their_shape(ops, shape):
    for family in (ValueError, AssertionError):
        with pytest.raises(family, match=r"out must have shape \(2, 4\)"):
            ops.position_encode(2, 4, out=numpy.zeros(shape, "float32"))


def test_positions_refuse_a_readonly_out(ops):
    out = numpy.zeros((2, 4), "float32")
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out must be writable"):
        ops.position_encode(2, 4, out=out)


@pytest.mark.parametrize("period", [0, -1, -10000.0, float("nan"), float("inf")])
def test_positions_need_a_positive_period(ops, period):
    with pytest.raises(ValueError, match="period must be positive"):
        ops.position_encode(2, 4, period)


def test_positions_name_a_negative_size(ops):
    with pytest.raises(ValueError, match="N must be at least 0; got -1"):
        ops.position_encode(-1, 4)
    with pytest.raises(ValueError, match="D must be at least 0; got -1"):
        ops.position_encode(4, -1)
