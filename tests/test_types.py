"""The array classes and their run-time test, and the containers."""

import copy
import dataclasses
import pickle
import typing

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import thinc.types
from thinc.backends import NumpyOps
from thinc.types import (
    ArgsKwargs,
    Floats2d,
    Generator,
    Padded,
    Pairs,
    Ragged,
    SizedGenerator,
    Unserializable,
    validate_array,
)
from thinc.util import data_validation

RANKS = (1, 2, 3, 4)
ARRAY_CLASSES = [getattr(thinc.types, f"{kind}{rank}d") for kind in ("Floats", "Ints") for rank in RANKS]
NAMES = """Floats1d Floats2d Floats3d Floats4d Ints1d Ints2d Ints3d Ints4d Array1d Array2d Array3d Array4d
FloatsXd IntsXd ArrayXd List1d List2d List3d List4d ListXd Shape Xp DeviceTypes Batchable Slicish DTypes
DTypesFloat DTypesInt ArrayT SelfT Array1dT FloatsXdT XY_YZ_OutT XY_XY_OutT Tru Fal OneAx TwoAx ThreeAx
FourAx Generator SizedGenerator Padded Ragged Pairs ArgsKwargs Unserializable Decorator validate_array
Literal Protocol get_array_module _Array _Floats _Ints _Array1d _Array2d _Array3d _Array4d"""


@pytest.mark.parametrize("name", NAMES.split())
def test_name_is_importable(name):
    assert hasattr(thinc.types, name)


# -- array classes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", ARRAY_CLASSES)
def test_array_class_has_no_instances(cls):
    with pytest.raises(TypeError, match="abstract"):
        cls()
    assert not isinstance(numpy.zeros((1, 1), dtype="float32"), cls)


def accepts(cls, array):
    """What the name of a class says about an array."""
    rank = int(cls.__name__[-2])
    dtypes = ("float32",) if cls.__name__.startswith("Floats") else ("int32", "int64", "uint32", "uint64")
    return array.ndim == rank and array.dtype in [numpy.dtype(name) for name in dtypes]


ALL_DTYPES = ("float16", "float32", "float64", ">f4", "int8", "int32", "int64", "uint32", "uint64", "bool")


@pytest.mark.parametrize("cls", ARRAY_CLASSES)
@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_validators_of_array_classes_accept_their_rank_and_dtype_only(cls, dtype):
    (version1,) = cls.__get_validators__()
    schema = cls.__get_pydantic_core_schema__(cls, None)
    assert schema["type"] == "function-plain" and schema["function"]["type"] == "no-info"
    for rank in range(6):
        array = numpy.zeros((1,) * rank, dtype=dtype)
        for validate in (version1, schema["function"]["function"]):
            if accepts(cls, array):
                assert validate(array) is array
            else:
                with pytest.raises(ValueError, match=r"wrong array (dimensions|data type) \(expected"):
                    validate(array)


@pytest.mark.parametrize("value", [[1.0], 3, None, "abc", numpy.float32(3)])
def test_what_is_no_array_raises_an_error_of_both_kinds(value):
    for error in (ValueError, TypeError):
        with pytest.raises(error, match="not a valid numpy or cupy array"):
            validate_array(value)
        with pytest.raises(error, match="not a valid numpy or cupy array"):
            Floats2d.validate(value)


def test_validate_array_names_all_that_is_wrong():
    array = numpy.zeros((2, 3), dtype="float64")
    message = (
        r"wrong array dimensions \(expected 1, got 2\), "
        r"wrong array data type \(expected int32/int64/uint32/uint64, got float64\)"
    )
    with pytest.raises(ValueError, match=message):
        validate_array(array, ndim=1, dtype="i")
    assert validate_array(array) is array
    with pytest.raises(ValueError, match="data type"):
        validate_array(array, dtype="float64")


def test_validate_array_passes_subclasses():
    array = numpy.zeros(3, dtype="float32").view(numpy.matrix)
    assert validate_array(array, ndim=2, dtype="f") is array


@pytest.mark.parametrize("cls, members", [("FloatsXd", 4), ("IntsXd", 4), ("ArrayXd", 8), ("Array3d", 2)])
def test_unions_hold_the_classes_themselves(cls, members):
    found = typing.get_args(getattr(thinc.types, cls))
    assert len(found) == members and set(found) <= set(ARRAY_CLASSES)


# -- Ragged ----------------------------------------------------------------------------------------


def ragged_of(sequences):
    lengths = numpy.array([len(sequence) for sequence in sequences], dtype="int32")
    return Ragged(numpy.concatenate(sequences), lengths)


def sequences_of(lengths, shape=(2,)):
    total = sum(lengths)
    size = total * int(numpy.prod(shape))
    data = numpy.arange(size, dtype="float32").reshape(total, *shape)
    return numpy.split(data, numpy.cumsum(lengths)[:-1])


def assert_holds(ragged, sequences, shape=(2,)):
    """`ragged` consists of these sequences, in its internal form, too."""
    assert ragged.lengths.tolist() == [len(sequence) for sequence in sequences]
    assert ragged.data_shape == (-1, *shape)
    assert ragged.data.ndim == 2
    rows = numpy.concatenate(sequences) if sequences else numpy.zeros((0, *shape))
    assert_array_equal(ragged.dataXd, rows)
    assert ragged.dataXd.shape == rows.shape


keys = st.one_of(
    st.integers(-7, 7),
    st.integers(-7, 7).map(numpy.int64),
    st.integers(-7, 7).map(numpy.array),
    st.builds(
        slice,
        st.none() | st.integers(-7, 7),
        st.none() | st.integers(-7, 7),
        st.none() | st.integers(-3, 3).filter(bool),
    ),
    st.lists(st.integers(-7, 7), max_size=5),
    st.lists(st.integers(-7, 7), max_size=5).map(lambda key: numpy.array(key, dtype="int32")),
    st.lists(st.booleans(), min_size=1, max_size=6),
)
lengths_and_shapes = st.tuples(
    st.lists(st.integers(0, 3), min_size=1, max_size=6), st.sampled_from([(), (2,), (2, 3), (0,)])
)


@given(lengths_and_shapes, keys)
def test_ragged_is_indexed_like_an_array_of_sequences(case, key):
    lengths, shape = case
    sequences = sequences_of(lengths, shape)
    ragged = ragged_of(sequences)
    try:
        positions = numpy.atleast_1d(numpy.arange(len(lengths))[key])
    except IndexError:
        with pytest.raises(IndexError, match="Ragged"):
            ragged[key]
    else:
        assert_holds(ragged[key], [sequences[i] for i in positions], shape)


def test_ragged_iterates_over_its_sequences():
    sequences = sequences_of([2, 0, 3, 1])
    for one, sequence in zip(ragged_of(sequences), sequences, strict=True):
        assert_holds(one, [sequence])


@pytest.mark.parametrize("key", [(0, 1), ()])
def test_ragged_with_a_tuple_as_index_raises(key):
    with pytest.raises(IndexError, match="Ragged arrays do not support 2d indexing."):
        ragged_of(sequences_of([1, 2]))[key]


@pytest.mark.parametrize("key", [1.0, [0.5], "a", None, [[0], [1]], [True]])
def test_ragged_with_another_index_raises(key):
    with pytest.raises(IndexError, match="Ragged"):
        ragged_of(sequences_of([1, 2]))[key]


def test_slice_of_ragged_is_a_view():
    ragged = ragged_of(sequences_of([2, 0, 3]))
    assert numpy.shares_memory(ragged[1:].data, ragged.data)


@pytest.mark.parametrize(
    "shape, data_shape",
    [((6,), (6, 1)), ((6, 2), (6, 2)), ((6, 2, 3), (6, 6)), ((0, 5), (0, 0)), ((6, 0), (0, 0))],
)
def test_ragged_keeps_data_with_two_axes_and_dataXd_as_it_came(shape, data_shape):
    rows = numpy.zeros(shape, dtype="float32")
    ragged = Ragged(rows, numpy.array([shape[0]], dtype="int32"))
    assert ragged.data.shape == data_shape
    assert ragged.dataXd.shape == shape
    assert ragged.data_shape == (-1, *shape[1:])


def test_ragged_offsets_are_int32_and_computed_once():
    ragged = Ragged(numpy.zeros((6, 2)), numpy.array([2, 0, 3, 1], dtype="int64"))
    offsets = ragged._get_starts_ends()
    assert offsets.tolist() == [0, 2, 2, 5, 6] and offsets.dtype == "int32"
    assert ragged._get_starts_ends() is offsets
    assert ragged._get_starts().tolist() == [0, 2, 2, 5]
    assert ragged._get_ends().tolist() == [2, 2, 5, 6]


def test_ragged_compares_by_content():
    ragged = ragged_of(sequences_of([2, 1]))
    assert ragged == ragged_of(sequences_of([2, 1]))
    assert ragged != ragged_of(sequences_of([1, 2]))
    assert ragged != Ragged(ragged.data + 1, ragged.lengths)
    assert ragged != 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(ragged)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_containers_can_be_copied_and_pickled(clone):
    ragged = ragged_of(sequences_of([2, 1], (2, 3)))
    padded = NumpyOps().list2padded(sequences_of([2, 1]))
    for container in (ragged, padded):
        assert clone(container) == container and clone(container) is not container


def test_ragged_can_be_replaced_in_part():
    ragged = ragged_of(sequences_of([2, 1]))
    other = dataclasses.replace(ragged, lengths=numpy.array([1, 2], dtype="int32"))
    assert other.lengths.tolist() == [1, 2] and other.data is ragged.data


@pytest.mark.parametrize("lengths", [[2, 2], [-1, 4], []])
def test_lengths_of_ragged_are_checked_under_data_validation_only(lengths):
    lengths = numpy.array(lengths, dtype="int32")
    Ragged(numpy.zeros((3, 2)), lengths)
    with data_validation(True):
        Ragged(numpy.zeros((3, 2)), numpy.array([1, 2], dtype="int32"))
        with pytest.raises(ValueError, match="Ragged: lengths must not be negative and must sum"):
            Ragged(numpy.zeros((3, 2)), lengths)


# -- Padded ----------------------------------------------------------------------------------------


def selected(padded, columns):
    """The columns of a Padded at these ascending positions, by the definition of its fields."""
    lengths = padded.lengths[columns]
    steps = range(padded.data.shape[0])
    return Padded(
        padded.data[:, columns],
        numpy.array([(lengths > t).sum() for t in steps], dtype="int32"),
        lengths,
        padded.indices[columns],
    )


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), keys)
def test_padded_indexing_selects_columns_longest_first(lengths, key):
    padded = NumpyOps().list2padded(sequences_of(lengths))
    try:
        columns = numpy.sort(numpy.atleast_1d(numpy.arange(len(lengths))[key]))
    except IndexError:
        with pytest.raises(IndexError, match="Padded"):
            padded[key]
    else:
        result = padded[key]
        assert result == selected(padded, columns)
        assert result.size_at_t.dtype == "int32"
        assert (numpy.diff(result.lengths) <= 0).all() and (numpy.diff(result.size_at_t) <= 0).all()


def test_padded_iterates_over_its_columns_and_ends():
    padded = NumpyOps().list2padded(sequences_of([1, 3, 2]))
    assert [one.lengths.tolist() for one in padded] == [[3], [2], [1]]
    assert len(padded) == 3


def test_padded_copy_shares_nothing():
    padded = NumpyOps().list2padded(sequences_of([1, 3]))
    other = padded.copy()
    assert other == padded
    for field in dataclasses.fields(Padded):
        assert not numpy.shares_memory(getattr(other, field.name), getattr(padded, field.name))


def test_padded_compares_by_content():
    padded = NumpyOps().list2padded(sequences_of([1, 3]))
    assert padded != dataclasses.replace(padded, indices=padded.indices[::-1])
    assert padded != dataclasses.replace(padded, data=padded.data[:, :1])
    assert padded != [padded]


# -- the small ones --------------------------------------------------------------------------------


def test_pairs_index_both():
    pairs = Pairs([1, 2, 3], (4, 5, 6))
    assert len(pairs) == 3
    assert pairs[1] == Pairs(2, 5) and pairs[1:] == Pairs([2, 3], (5, 6))


def test_sized_generator_starts_anew():
    generator = SizedGenerator(lambda: iter([1, 2]), 2)
    assert len(generator) == 2 and list(generator) == [1, 2] and list(generator) == [1, 2]
    assert not SizedGenerator(lambda: iter([]), 0)


def test_args_kwargs_from_items():
    value = ArgsKwargs.from_items([(5, "a"), ("x", 1), (True, "b"), (0, "c")])
    assert value == ArgsKwargs(("a", "b", "c"), {"x": 1})
    assert list(value.keys()) == [0, 1, 2, "x"]
    assert list(value.values()) == ["a", "b", "c", 1]
    assert list(value.items()) == [(0, "a"), (1, "b"), (2, "c"), ("x", 1)]
    assert ArgsKwargs.from_items(value.items()) == value


def test_unserializable_holds_its_object():
    assert Unserializable("a").obj == "a"


@pytest.mark.parametrize("value", [[1], "abc", {}, iter([]), numpy.zeros(2)])
def test_generator_accepts_what_can_be_iterated(value):
    (version1,) = Generator.__get_validators__()
    version2 = Generator.__get_pydantic_core_schema__(Generator, None)["function"]["function"]
    assert Generator.validate(value) is value and version1(value) is value and version2(value) is value


def test_generator_refuses_what_cannot_be_iterated():
    (version1,) = Generator.__get_validators__()
    with pytest.raises(TypeError, match="not a valid iterator"):
        version1(3)
    version2 = Generator.__get_pydantic_core_schema__(Generator, None)["function"]["function"]
    with pytest.raises(ValueError, match="not a valid iterator"):
        version2(3)


# -- pydantic, where it is installed ---------------------------------------------------------------


@pytest.mark.parametrize("cls", [*ARRAY_CLASSES, thinc.types.FloatsXd, thinc.types.ArrayXd])
def test_pydantic_accepts_arrays_of_the_rank_and_dtype_of_the_annotation(cls):
    pydantic = pytest.importorskip("pydantic")
    validate = pydantic.TypeAdapter(cls).validate_python
    members = typing.get_args(cls) or (cls,)
    for dtype in ALL_DTYPES:
        for rank in range(6):
            array = numpy.zeros((1,) * rank, dtype=dtype)
            if any(accepts(member, array) for member in members):
                assert validate(array) is array
            else:
                with pytest.raises(pydantic.ValidationError):
                    validate(array)


@pytest.mark.parametrize(
    "cls", [Ragged, Padded, Pairs, ArgsKwargs, SizedGenerator, Unserializable, Generator]
)
def test_pydantic_passes_containers_through(cls):
    pydantic = pytest.importorskip("pydantic")
    array = numpy.zeros((2, 2), dtype="float32")
    values = {
        Ragged: Ragged(array, numpy.array([2])),
        Padded: NumpyOps().list2padded([array]),
        Pairs: Pairs(1, 2),
        ArgsKwargs: ArgsKwargs((1,), {}),
        SizedGenerator: SizedGenerator(lambda: iter([]), 0),
        Unserializable: Unserializable(1),
        Generator: iter([]),
    }
    assert pydantic.TypeAdapter(cls).validate_python(values[cls]) is values[cls]
