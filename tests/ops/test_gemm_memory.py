"""What matrix products do with memory: layouts, sizes, overlap, scratch; and which library makes them."""

import itertools
import os
import subprocess
import sys
import threading

import numpy
import pytest
from support.products import floats, operands

pytest.importorskip("thinc.backends.cpu.gemm", reason="the kernels are not compiled")

from thinc.backends import NumpyOps

OPS = NumpyOps()
TRANSPOSITIONS = list(itertools.product((False, True), repeat=2))


def product(x, y, trans1=False, trans2=False):
    return OPS.gemm(x, y, trans1=trans1, trans2=trans2)


def reversed_rows(X):
    return numpy.ascontiguousarray(X[::-1])[::-1]


def wide_rows(X):
    return numpy.concatenate([X, numpy.full_like(X, numpy.nan)], axis=1)[:, : X.shape[1]]


def wide_columns(X):
    return wide_rows(numpy.ascontiguousarray(X.T)).T


def sparse_columns(X):
    return numpy.repeat(X, 2, axis=1)[:, ::2]


def unaligned(X):
    raw = numpy.zeros(X.nbytes + 1, "uint8")
    Y = raw[1:].view(X.dtype).reshape(X.shape)
    Y[...] = X
    return Y


LAYOUTS = [numpy.asfortranarray, reversed_rows, wide_rows, wide_columns, sparse_columns, unaligned]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize(("trans1", "trans2"), TRANSPOSITIONS)
@pytest.mark.parametrize(("m", "n", "k"), [(1, 9, 5), (9, 1, 5), (6, 40, 1), (20, 35, 50)])
def test_layout_of_operands_does_not_change_bits(layout, trans1, trans2, m, n, k):
    x, y = operands(m, n, k, trans1, trans2, "float32")
    expected = product(x, y, trans1, trans2).tobytes()
    assert product(layout(x), y, trans1, trans2).tobytes() == expected
    assert product(x, layout(y), trans1, trans2).tobytes() == expected


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_layout_of_out_does_not_change_bits(layout):
    x, y = operands(20, 35, 50, False, True, "float32")
    out = layout(numpy.full((20, 35), numpy.nan, "float32"))
    assert OPS.gemm(x, y, out=out, trans2=True) is out
    assert out.tobytes() == product(x, y, trans2=True).tobytes()


def test_repeated_rows_are_read_at_a_stride_of_zero():
    x, y = operands(1, 20, 30, False, False, "float32")
    repeated = numpy.broadcast_to(x, (40, 30))
    assert product(repeated, y).tobytes() == product(numpy.ascontiguousarray(repeated), y).tobytes()


@pytest.mark.parametrize("shift", [0, 1, 7])
@pytest.mark.parametrize("side", [0, 1])
def test_out_may_overlap_an_operand(shift, side):
    memory = floats(0, 24 * 24 + 8, "float32")
    a = memory[: 24 * 24].reshape(24, 24)
    out = memory[shift : shift + 24 * 24].reshape(24, 24)
    other = floats(1, (24, 24), "float32")
    pair = (a, other) if side == 0 else (other, a)
    expected = product(*[X.copy() for X in pair])
    assert OPS.gemm(*pair, out=out) is out
    assert out.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("m", "n", "k"), [(0, 3, 4), (3, 0, 4), (3, 4, 0), (0, 0, 4), (0, 3, 0), (3, 0, 0), (0, 0, 0)]
)
@pytest.mark.parametrize(("trans1", "trans2"), TRANSPOSITIONS)
def test_zero_sizes_give_zeros_or_nothing(m, n, k, trans1, trans2):
    x, y = operands(m, n, k, trans1, trans2, "float32")
    out = numpy.full((m, n), numpy.nan, "float32")
    assert OPS.gemm(x, y, out=out, trans1=trans1, trans2=trans2) is out
    assert (out == 0).all()
    assert product(x, y, trans1, trans2).shape == (m, n)


def test_distances_of_rows_may_exceed_32_bits():
    step = 2**31 + 16
    try:
        memory = numpy.zeros(step + 40, "float32")
    except MemoryError:
        pytest.skip("no address space for an array of 8 GB")
    x, y = operands(2, 17, 40, False, True, "float32")
    far = numpy.lib.stride_tricks.as_strided(memory, (2, 40), (4 * step, 4))
    far[...] = x
    assert product(far, y, trans2=True).tobytes() == product(x, y, trans2=True).tobytes()
    assert product(y, far, trans2=True).tobytes() == product(y, x, trans2=True).tobytes()
    assert (
        product(far, numpy.eye(2, dtype="float32"), trans1=True).tobytes()
        == numpy.ascontiguousarray(x.T).tobytes()
    )
    out = numpy.lib.stride_tricks.as_strided(memory, (2, 17), (4 * step, 4))
    expected = product(x, y, trans2=True)
    assert OPS.gemm(x, y, out=out, trans2=True).tobytes() == expected.tobytes()


@pytest.mark.parametrize("m", [1, 5, 9, 17])
def test_inner_size_may_exceed_every_cache(m):
    n, k = 17, 600_011
    x, y = numpy.ones((m, k), "float32"), numpy.ones((n, k), "float32")
    assert (product(x, y, trans2=True) == k).all()


def test_failed_call_leaves_out_as_it_was():
    x, y = operands(3, 4, 5, False, False, "float32")
    for shape, dtype in [((4, 3), "float32"), ((3, 4), "float64"), ((3, 4), "int32")]:
        out = numpy.ones(shape, dtype)
        with pytest.raises(ValueError, match="out"):
            OPS.gemm(x, y, out=out)
        assert (out == 1).all()


@pytest.mark.skipif(sys.platform == "win32", reason="page faults are counted on POSIX only")
def test_products_in_steady_state_take_no_page_faults():
    import resource

    cases = [(operands(m, 300, 700, False, t, "float32"), t) for m in (1, 40, 900) for t in (False, True)]
    outs = [numpy.empty((len(x), 300), "float32") for (x, _), _ in cases]

    def run():
        for ((x, y), trans2), out in zip(cases, outs, strict=True):
            OPS.gemm(x, y, out=out, trans2=trans2)

    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    run()
    counts = []
    for _ in range(5):
        before = faults()
        run()
        counts.append(faults() - before)
    assert min(counts) == 0


def test_threads_have_their_own_scratch():
    cases = [operands(40, 300, 500 + t, False, True, "float32", seed=t) for t in range(4)]
    expected = [product(x, y, trans2=True).tobytes() for x, y in cases]
    wrong = []

    def work(t):
        x, y = cases[t]
        wrong.extend(t for _ in range(50) if product(x, y, trans2=True).tobytes() != expected[t])

    threads = [threading.Thread(target=work, args=(t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


CHOICE = """
import numpy
from thinc.backends import NumpyOps
x, y = numpy.ones((3, 4), "float32"), numpy.ones((5, 4), "float32")
out = numpy.empty((3, 5), "float32")
ops = NumpyOps()
assert ops.gemm(x, y, trans2=True, out=out) is out and (out == 4).all()
assert (ops.affine(x, y, numpy.ones(5, "float32")) == 5).all()
assert ops.gemm(x[:0], y, trans2=True).shape == (0, 5)
assert (NumpyOps(use_blis=False).gemm(x, y, trans2=True) == 4).all()
dX, dW, db = ops.backprop_affine(out, x, y)
assert dX.shape == x.shape and dW.shape == y.shape and (db == 12).all()
"""


@pytest.mark.parametrize("choice", ["", "own", "blis", "BLIS"])
def test_library_is_chosen_by_the_environment(choice):
    environment = {**os.environ, "THINC_GEMM": choice}
    run = subprocess.run([sys.executable, "-c", CHOICE], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_unknown_library_is_refused_by_name():
    environment = {**os.environ, "THINC_GEMM": "mkl"}
    command = [sys.executable, "-c", "import thinc.backends.cpu.gemm"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode != 0
    assert "THINC_GEMM: must be 'own' or 'blis'; got 'mkl'" in run.stderr
