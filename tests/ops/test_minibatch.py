"""Known values and errors of minibatches."""

import itertools

import numpy
import pytest
from numpy.testing import assert_array_equal

from thinc.backends import NumpyOps, Ops
from thinc.types import Pairs, Ragged

OPS = [Ops(), NumpyOps()]


@pytest.fixture(params=OPS, ids=lambda ops: ops.name)
def ops(request):
    return request.param


def test_minibatch_of_a_list_gives_lists(ops):
    batches = ops.minibatch(2, list(range(5)))
    assert len(batches) == 3
    assert list(batches) == [[0, 1], [2, 3], [4]]
    assert list(batches) == [[0, 1], [2, 3], [4]]


def test_minibatch_of_a_tuple_gives_tuples(ops):
    assert list(ops.minibatch(2, (1, 2, 3))) == [(1, 2), (3,)]


def test_minibatch_of_an_empty_sequence_is_empty(ops):
    assert len(ops.minibatch(2, [])) == 0 and list(ops.minibatch(2, [])) == []
    assert list(ops.minibatch(iter([]), [])) == []


def test_minibatch_of_an_array_gives_contiguous_arrays(ops):
    X = numpy.arange(12, dtype="float32").reshape(2, 6).T
    first, second = ops.minibatch(4, X)
    assert_array_equal(first, X[:4])
    assert_array_equal(second, X[4:])
    assert first.flags.c_contiguous and second.flags.c_contiguous


def test_minibatch_of_containers_indexes_them(ops):
    sequences = [numpy.ones((length, 2)) for length in (1, 2, 3)]
    ragged = Ragged(numpy.concatenate(sequences), numpy.array([1, 2, 3], dtype="int32"))
    assert [batch.lengths.tolist() for batch in ops.minibatch(2, ragged)] == [[1, 2], [3]]
    padded = ops.list2padded(sequences)
    assert [batch.lengths.tolist() for batch in ops.minibatch(2, padded)] == [[3, 2], [1]]
    pairs = Pairs(numpy.arange(3), numpy.arange(3) * 2)
    assert [batch.two.tolist() for batch in ops.minibatch(2, pairs)] == [[0, 2], [4]]


def test_shuffled_minibatch_draws_from_numpy_and_continues(ops):
    numpy.random.seed(0)
    batches = ops.minibatch(2, list(range(5)), shuffle=True)
    assert list(batches) == [[2, 0], [1, 3], [4]]
    assert list(batches) == [[2, 1], [0, 4], [3]]


class Schedule:
    """A schedule that is not iterable: it is called with a step, or gives a generator."""

    def __call__(self, step):
        return step + 1

    def to_generator(self):
        return itertools.count(1)


@pytest.mark.parametrize(
    "size, lengths",
    [
        (numpy.int64(4), [4, 2]),
        ([1, 2], [1, 2, 2, 1]),
        (lambda: iter([3]), [3, 3]),
        (lambda: itertools.count(1), [1, 2, 3]),
        ((2.9, 1.5), [2, 1, 1, 1, 1]),
        (numpy.array([4, 1]), [4, 1, 1]),
        (Schedule(), [1, 2, 3]),
        (100, [6]),
    ],
)
def test_minibatch_sizes_come_from_anything_iterable_and_repeat_the_last(ops, size, lengths):
    # Iterators are made here, since each of them serves for one call.
    batches = ops.minibatch(
        size() if callable(size) and not hasattr(size, "to_generator") else size, list(range(6))
    )
    assert [len(batch) for batch in batches] == lengths
    assert [len(batch) for batch in batches] == lengths
    assert len(batches) == len(lengths)


def test_minibatch_draws_no_more_sizes_than_it_takes(ops):
    sizes = itertools.count(1)
    ops.minibatch(sizes, list(range(6)))
    assert next(sizes) == 4


@pytest.mark.parametrize("size", [0, -1, [0], [2, -3], iter([]), []])
def test_minibatch_with_a_size_below_one_or_none_raises(ops, size):
    with pytest.raises(ValueError, match="size"):
        ops.minibatch(size, list(range(6)))


@pytest.mark.parametrize("size", [2.5, None, len])
def test_minibatch_with_a_size_that_is_no_integer_raises(ops, size):
    with pytest.raises(TypeError, match="size"):
        ops.minibatch(size, list(range(6)))


def test_minibatch_of_something_without_length_raises(ops):
    with pytest.raises(ValueError, match="Can't minibatch data. Expected sequence, got <class 'generator'>"):
        ops.minibatch(2, (i for i in range(3)))


def test_minibatch_prepares_buffer_batches_ahead(ops):
    class Watched(list):
        taken = 0

        def __getitem__(self, index):
            Watched.taken += 1
            return super().__getitem__(index)

    batches = iter(ops.minibatch(1, Watched(range(5)), buffer=3))
    assert next(batches) == [0] and Watched.taken == 3
    assert list(batches) == [[1], [2], [3], [4]]


def test_multibatch_gives_one_batch_of_each_sequence(ops):
    X = numpy.arange(3)
    batches = list(ops.multibatch(2, [1, 2, 3], (4, 5, 6), X))
    assert batches[0][:2] == [[1, 2], (4, 5)] and batches[1][:2] == [[3], (6,)]
    assert_array_equal(batches[0][2], [0, 1])
    assert list(ops.multibatch(2, [1, 2, 3])) == [[[1, 2]], [[3]]]


def test_shuffled_multibatch_keeps_sequences_in_step(ops):
    numpy.random.seed(0)
    for ones, twos in ops.multibatch(2, list(range(9)), list(range(0, 18, 2)), shuffle=True):
        assert twos == [2 * one for one in ones]


@pytest.mark.parametrize("other", [[1], [1, 2, 3]])
def test_multibatch_of_unequal_lengths_raises_at_once(ops, other):
    with pytest.raises(ValueError, match="same length"):
        ops.multibatch(2, [1, 2], other)


def test_multibatch_of_something_without_length_raises(ops):
    with pytest.raises(ValueError, match="Can't multibatch data. Expected sequences, got .*int.*, .*list"):
        ops.multibatch(2, 5, [1])
