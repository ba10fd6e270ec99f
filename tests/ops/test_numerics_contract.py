"""The promises on bits: the same for a row in any company and place, for any layout, at every level.

A row is the part of the arguments along an axis that only the batch has; an axis gets a size by which it is
found in arguments and results. Arrays of rows and their parts must agree bit for bit.
"""

import hashlib
import json
import os
import re
import subprocess
import sys

import numpy
import pytest
from numpy.testing import assert_array_equal
from ops.cases import CASES
from support.oracle import convert, positional, results
from support.strategies import LAYOUTS

from thinc.backends import NumpyOps

_isa = pytest.importorskip("thinc.backends.cpu._isa", reason="thinc was built without compiled kernels")

OPS = NumpyOps()
EVERY_ROW = [(case, dtype) for case in CASES for dtype in case.dtypes]
CASES_BY_ID = {case.id: case for case in CASES}
ROWS, B, T = 37, 6, 61
PARTS = [(0, 1), (36, 37), (5, 22), (1, 37)]
WIDTHS = [1, 5, 17, 98]
# Sums, norms or maxima over the axis that is otherwise the batch.
ACROSS = {"softmax-axis", "gradient_norm", "clip_gradient", "adam_update", "sgd_update"}
# Rows that belong together: windows, sequences, or a table.
TIED = {"ngrams", "scatter_add", "id_table", "position_encode"}


def part_of(value, parts):
    """What belongs to ranges of rows: of every array, along each axis whose size is a key of `parts`."""
    return convert(value, lambda X: X[tuple(slice(*parts.get(size, (None,))) for size in X.shape)])


def parametrized(wanted):
    """Parametrize a test by the wanted rows of the case table, in each of their dtypes."""
    values = [(case, dtype) for case, dtype in EVERY_ROW if wanted(case)]
    return pytest.mark.parametrize(("case", "dtype"), values, ids=lambda value: getattr(value, "id", value))


def arrays_in(value):
    found = []
    convert(value, lambda X: found.append(X) or X)
    return found


def lengths_in(args):
    """The lengths among the arguments of an op on sequences, or None."""
    found = [X for X in arrays_in(args) if X.dtype == "int32" and X.shape == (B,)]
    return found[0] if found else None


def is_ragged(case):
    """Does each row belong to a sequence, and have the arguments their lengths?"""
    if "lstm" in case.op or case.op == "backprop_reduce_last":
        return False
    return lengths_in(case.draw({"B": B, "T": T, "N": ROWS, "K": 1})) is not None


def is_rowwise(case):
    windows = case.op.endswith(("seq2col", "_first", "_last"))
    return not (case.id in ACROSS | TIED or "lstm" in case.op or is_ragged(case) or windows)


def batch_axis(case):
    """The letter of the axis of rows: N, or B where no argument depends on N."""
    shapes = [[X.shape for X in arrays_in(case.draw({"N": n}))] for n in (3, 4)]
    return "B" if shapes[0] == shapes[1] else "N"


@parametrized(is_rowwise)
@pytest.mark.parametrize("width", WIDTHS)
def test_row_is_the_same_in_any_batch_and_place(case, dtype, width):
    args = case.draw({batch_axis(case): ROWS, "O": width, "I": width, "T": 40}, dtype)
    together = results(OPS, case, args)
    assert any(ROWS in Y.shape for Y in together)
    for begin, end in PARTS:
        alone = results(OPS, case, part_of(args, {ROWS: (begin, end)}))
        for X, Y in zip(alone, together, strict=True):
            if ROWS in Y.shape:
                assert_array_equal(X, part_of(Y, {ROWS: (begin, end)}))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_row_of_any_width_is_the_same_in_any_batch(dtype):
    rng = numpy.random.default_rng(0)
    for width in range(1, 70):
        X, dY = rng.standard_normal((2, 35, width)).astype(dtype)
        X[3, 0], X[20, -1], X[30, width // 2] = numpy.nan, numpy.inf, -numpy.inf
        G, b = rng.standard_normal((2, width)).astype(dtype)

        def rows(begin, end, X=X, dY=dY, G=G, b=b):
            Y = OPS.softmax(X[begin:end])
            normalized, mean, rstd = OPS.layer_norm(X[begin:end], G, b)
            slopes = OPS.backprop_layer_norm(dY[begin:end], X[begin:end], mean, rstd, G)[0]
            return Y, OPS.backprop_softmax(Y, dY[begin:end]), normalized, mean, rstd, slopes

        together = rows(0, 35)
        for begin, end in [(i, i + 1) for i in range(35)] + [(3, 10), (16, 33)]:
            for part, whole in zip(rows(begin, end), together, strict=True):
                assert_array_equal(part, whole[begin:end], err_msg=f"width {width}")


@parametrized(is_ragged)
@pytest.mark.parametrize("width", WIDTHS)
def test_sequence_is_the_same_in_any_batch_and_place(case, dtype, width):
    args = case.draw({"B": B, "T": T, "O": width, "I": width}, dtype)
    lengths = lengths_in(args)
    ends = numpy.cumsum(lengths)
    n_rows = ends[-1]
    together = results(OPS, case, args)

    def belonging(value, b):
        return part_of(value, {n_rows: (ends[b] - lengths[b], ends[b]), B: (b, b + 1)})

    for b in range(B):
        alone = results(OPS, case, belonging(args, b))
        for X, Y in zip(alone, together, strict=True):
            if Y.ndim == 2:
                assert_array_equal(X, belonging(Y, b))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [4, 17, 64])
def test_packed_sequence_is_the_same_in_any_batch_and_place(dtype, width):
    """Lengths 9, 9, 5, 2, 2: the rows of a step are those of the sequences that are as long."""
    case = CASES_BY_ID["backprop_lstm"]
    sizes = {"B": 1, "T": 9, "I": width, "O": width}
    _, _, params, _ = case.draw(sizes, dtype)
    steps = numpy.array([5, 5, 3, 3, 3, 2, 2, 2, 2], "int32")
    ends = numpy.cumsum(steps)
    rng = numpy.random.default_rng(0)
    X, dY = (rng.standard_normal((ends[-1], width)).astype(dtype) for _ in range(2))
    states = [rng.standard_normal((1, 1, width)).astype(dtype) for _ in range(2)]
    together = run_lstm(params, states, X, steps, dY)
    for b, length in enumerate([9, 9, 5, 2, 2]):
        rows = (ends - steps)[:length] + b
        alone = run_lstm(params, states, X[rows], numpy.ones(length, "int32"), dY[rows])
        for x, y in zip(alone, together, strict=True):
            assert_array_equal(x, y[rows])


def run_lstm(params, states, X, steps, dY):
    """Outputs of prediction and training, and the gradient of X."""
    Y, saved = OPS.lstm_forward_training(params, *states, X, steps)
    dX, _ = OPS.backprop_lstm(dY, steps, params, saved)
    return OPS.lstm_forward_inference(params, *states, X, steps), Y, dX


@parametrized(lambda case: True)
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_layout_has_no_influence(case, dtype, layout):
    if case.writes and layout != "offset":
        pytest.skip("an op that overwrites its arguments follows their layout")
    for width in WIDTHS:
        args = case.draw({"N": 7, "B": B, "T": T, "O": width, "I": width}, dtype)
        expected = results(OPS, case, args)
        for X, Y in zip(results(OPS, case, args, LAYOUTS[layout]), expected, strict=True):
            assert_array_equal(X, Y)


@pytest.mark.parametrize("layout", ["strided", "reversed", "fortran", "misaligned"])
def test_layout_has_no_influence_in_place(layout):
    args, _ = positional(CASES_BY_ID["backprop_gelu"].draw({"N": 7, "O": 17}))
    expected = OPS.backprop_gelu(*args)
    dY, X = (LAYOUTS[layout](V) for V in args)
    assert OPS.backprop_gelu(dY, X, inplace=True) is dY
    assert_array_equal(dY, expected)
    assert_array_equal(X, args[1])


@pytest.mark.parametrize("dtype", ["int64", "uint8", "list"])
def test_dtype_of_lengths_has_no_influence(dtype):
    X, lengths = CASES_BY_ID["reduce_mean"].draw({"B": B, "T": T, "O": 17})
    other = lengths.tolist() if dtype == "list" else lengths.astype(dtype)
    assert_array_equal(OPS.reduce_mean(X, other), OPS.reduce_mean(X, lengths))


def test_memory_mapped_array_is_read_in_place(tmp_path):
    X = CASES_BY_ID["gelu"].draw({"N": 7, "O": 17})[0]
    mapped = numpy.memmap(tmp_path / "X", "float32", "w+", shape=X.shape)
    mapped[...] = X
    assert_array_equal(OPS.gelu(mapped), OPS.gelu(X))


def digests():
    """A digest of the results of every row of the case table, by name: printed by a process per level."""
    found = {}
    for case, dtype in EVERY_ROW:
        digest = hashlib.sha256()
        for seed, width in enumerate(WIDTHS):
            args = case.draw({"N": ROWS, "B": B, "T": T, "O": width, "I": width}, dtype, seed)
            for Y in results(OPS, case, args):
                digest.update(numpy.ascontiguousarray(Y).tobytes())
        found[f"{case.id} {dtype}"] = digest.hexdigest()
    return found


def digests_at(level):
    path = [os.path.dirname(os.path.dirname(__file__)), os.environ.get("PYTHONPATH", "")]
    command = "import json; from ops.test_numerics_contract import digests; print(json.dumps(digests()))"
    done = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "THINC_ISA": level, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif("v4" not in _isa.available(), reason="compares v3 with v4; this machine has no AVX-512")
def test_levels_with_fused_multiply_add_agree_bit_for_bit():
    v3, v4 = digests_at("v3"), digests_at("v4")
    assert len(v3) > len(CASES)
    assert {name for name in v3 if v3[name] != v4[name]} == set()


@pytest.mark.skipif("v3" not in _isa.available(), reason="compares v1 with v3; this machine lacks v3")
def test_baseline_level_differs_in_what_fuses_products_only():
    v1, v3 = digests_at("v1"), digests_at("v3")
    products = "gemm|affine|backprop_affine|lstm_forward|backprop_lstm"
    fusing = re.compile(f"{products}|(softmax|(backprop_)?(gelu|mish))[ -]")
    assert {name for name in v3 if v1[name] != v3[name] and not fusing.match(name)} == set()
