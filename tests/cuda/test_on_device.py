"""All ops of `CupyOps` on a GPU, against the reference on the CPU. Without a GPU, all of this is skipped."""

import numpy
import pytest
from ops.cases import CASES
from support.oracle import REFERENCE, assert_agrees, convert, positional

from thinc import compat
from thinc.api import Adam, CupyOps, Linear, Relu, Softmax, chain, get_current_ops, set_current_ops

pytestmark = pytest.mark.skipif(not compat.has_cupy_gpu, reason="no GPU that CuPy can use")

SIZES = [{"N": 5, "B": 4, "T": 9, "I": n, "O": n, "K": 1 + n % 5, "P": 1 + n % 4} for n in (1, 3, 33, 400)]
SIZES += [{"N": n, "B": n, "T": n, "I": 5, "O": 3, "K": n, "P": n} for n in (1, 2, 17, 700)]
SIZES += [{axis: 0} for axis in "BTNIOK"]
ROWS = [(case, dtype) for case in CASES for dtype in case.dtypes]
each_row = pytest.mark.parametrize(("case", "dtype"), ROWS, ids=lambda value: getattr(value, "id", value))


def fetched(value):
    """The arrays in what an op returns, as arrays of NumPy."""
    if isinstance(value, tuple):
        return [Y for item in value for Y in fetched(item)]
    return [] if value is None else [compat.cupy.asnumpy(value)]


def on_device(case, args):
    """The results of an op of `CupyOps`, for arguments on the CPU."""
    args, keywords = positional(convert(args, compat.cupy.asarray))
    returned = getattr(CupyOps(), case.op)(*args, **keywords)
    return fetched(tuple(args[position] for position in case.writes) if case.writes else returned)


@each_row
def test_op_agrees_with_the_reference(case, dtype):
    assert_agrees(case, dtype, SIZES, on_device)


@each_row
def test_op_repeats_its_bits(case, dtype):
    args = case.draw({"N": 300, "T": 300, "O": 200, "I": 200}, dtype)
    for X, Y in zip(on_device(case, args), on_device(case, args), strict=True):
        numpy.testing.assert_array_equal(X, Y)


def test_dropout_mask_has_the_bits_of_the_cpu():
    numpy.random.seed(1)
    expected = REFERENCE.get_dropout_mask((1000, 300), 0.3)
    numpy.random.seed(1)
    numpy.testing.assert_array_equal(
        compat.cupy.asnumpy(CupyOps().get_dropout_mask((1000, 300), 0.3)), expected
    )


def test_atomic_scatter_add_adds_up():
    table, indices = compat.cupy.zeros((5, 3), "f"), compat.cupy.asarray([4, 0, 4, -1])
    CupyOps(deterministic=False).scatter_add(table, indices, compat.cupy.ones((4, 3), "f"))
    assert table.sum(axis=1).tolist() == [3, 0, 0, 0, 6]


def test_model_trains_on_the_device_as_on_the_cpu():
    rng = numpy.random.default_rng(0)
    X, Y = rng.standard_normal((64, 20)).astype("f"), numpy.eye(4, dtype="f")[rng.integers(0, 4, 64)]
    outputs, before = [], get_current_ops()
    for ops in (get_current_ops(), CupyOps()):
        set_current_ops(ops)
        numpy.random.seed(0)
        model = chain(Relu(32), Linear(4), Softmax(4)).initialize(ops.asarray(X), ops.asarray(Y))
        optimizer = Adam(0.01)
        for _ in range(5):
            guess, backprop = model.begin_update(ops.asarray(X))
            backprop((guess - ops.asarray(Y)) / len(X))
            model.finish_update(optimizer)
        outputs.append(ops.to_numpy(model.predict(ops.asarray(X))))
    set_current_ops(before)
    numpy.testing.assert_allclose(*outputs, rtol=1e-3, atol=1e-5)


def test_tensors_share_memory_with_arrays():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("PyTorch has no CUDA device")
    tensor = torch.zeros(5, device="cuda")
    array = CupyOps().asarray(tensor)
    array += 1
    assert tensor.tolist() == [1.0] * 5
