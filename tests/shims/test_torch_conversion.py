"""Arrays as tensors and back: memory is shared where it can be, and nothing aborts the process."""

import numpy
import pytest

from thinc.api import torch2xp, xp2torch

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

STRUCTURED = numpy.zeros(6, dtype=[("a", "i1"), ("b", "f4")])
ODD = {
    "reversed": numpy.arange(6.0)[::-1],
    "reversed, one row": numpy.arange(6.0, dtype="f")[:1][::-1],
    "reversed columns": numpy.arange(6.0).reshape(2, 3)[:, ::-1],
    "big endian": numpy.arange(6).astype(">f4"),
    "big endian, reversed": numpy.arange(6).astype(">i8")[::-1],
    "a field of records": STRUCTURED["b"],
    "broadcast": numpy.broadcast_to(numpy.float32(2), (3, 2)),
    "strided": numpy.arange(12, dtype="f").reshape(3, 4)[::2, 1::2],
    "transposed": numpy.arange(12, dtype="f").reshape(3, 4).T,
    "empty": numpy.zeros((0, 3), dtype="f"),
    "empty, reversed": numpy.zeros((0, 3), dtype="f")[::-1],
    "no dimensions": numpy.array(2.5, dtype="f"),
    "a subclass": numpy.arange(3.0).view(numpy.recarray),
}
DTYPES = """float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64
complex128"""


@pytest.mark.parametrize("name", ODD)
def test_any_layout_gives_a_tensor_of_the_same_numbers(name):
    array = ODD[name]
    tensor = xp2torch(array)
    assert tuple(tensor.shape) == array.shape
    numpy.testing.assert_array_equal(tensor.numpy(), array)


@pytest.mark.parametrize("dtype", DTYPES.split())
def test_numbers_of_every_type_come_back(dtype):
    array = numpy.arange(6).reshape(2, 3).astype(dtype)
    back = torch2xp(xp2torch(array))
    assert back.dtype == array.dtype
    numpy.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("dtype", ["longdouble", "U3", "object", "M8[s]", "V4"])
def test_what_a_tensor_cannot_hold_is_a_type_error(dtype):
    with pytest.raises(TypeError):
        xp2torch(numpy.zeros(2, dtype="i8").astype(dtype) if dtype != "V4" else numpy.zeros(2, "V4"))


def test_memory_is_shared_both_ways():
    array = numpy.zeros((2, 3), dtype="f")
    tensor = xp2torch(array)
    tensor[1, 2] = 5.0
    assert array[1, 2] == 5.0
    assert numpy.shares_memory(torch2xp(tensor), array)


def test_read_only_array_is_copied_so_that_it_stays_as_it_is():
    array = numpy.zeros(3, dtype="f")
    array.flags.writeable = False
    xp2torch(array)[0] = 1.0
    assert array[0] == 0.0


def test_bfloat16_comes_as_float32():
    array = torch2xp(torch.tensor([1.5, -2.0], dtype=torch.bfloat16))
    assert array.dtype == "float32"
    assert array.tolist() == [1.5, -2.0]


def test_tensors_with_gradient_or_lazy_conjugation_convert():
    assert torch2xp(torch.ones(2, requires_grad=True) * 2).tolist() == [2.0, 2.0]
    assert torch2xp(torch.tensor([1 + 2j]).conj()).tolist() == [1 - 2j]


def test_requires_grad_is_set_on_request():
    assert xp2torch(numpy.zeros(2, dtype="f"), requires_grad=True).requires_grad
    assert not xp2torch(numpy.zeros(2, dtype="f")).requires_grad
    with pytest.raises(RuntimeError, match="floating point"):
        xp2torch(numpy.zeros(2, dtype="i"), requires_grad=True)
