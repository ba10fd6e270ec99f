"""Calls that an op must refuse, run by `test_bad_input`: products, windows, activations, reductions.

Each names the exceptions of which one must be raised, and words of the message.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy


def floats(*shape: int, dtype: str = "float32") -> numpy.ndarray:
    """Small numbers, all different."""
    return (numpy.arange(numpy.prod(shape)).reshape(shape) % 7 - 2.5).astype(dtype)


def ints(*values: int, dtype: str = "int32") -> numpy.ndarray:
    return numpy.array(values, dtype)


def readonly(X: numpy.ndarray) -> numpy.ndarray:
    X.flags.writeable = False
    return X


def strided(X: numpy.ndarray) -> numpy.ndarray:
    """Every second row of a larger array."""
    return numpy.repeat(X, 2, axis=0)[::2]


@dataclass
class Refused:
    """A call that raises one of `errors`, with `words` in the message, and leaves its arguments alone."""

    op: str
    args: tuple
    errors: Any
    words: str
    keywords: dict = field(default_factory=dict)
    label: str = ""

    @property
    def id(self) -> str:
        return f"{self.op}-{self.label}".rstrip("-")


def refused(op: str, *args: Any, errors: Any, words: str, label: str = "", **keywords: Any) -> Refused:
    return Refused(op, args, errors, words, keywords, label)


X23, Y34 = floats(2, 3), floats(3, 4)
LENGTHS = ValueError, IndexError
# Lengths whose sum is 0 in 64 bits.
WRAPPING = [2**62] * 4


def out(array: Any, label: str) -> Refused:
    return refused("gemm", X23, Y34, out=array, errors=ValueError, words="out", label=f"out {label}")


PRODUCTS = [
    out(floats(2, 3), "too small"),
    out(floats(3, 4), "too large"),
    out(floats(8), "1-d"),
    out(floats(1, 2, 4), "3-d"),
    out(floats(2, 4, dtype="float64"), "f64"),
    out(ints(*range(8)).reshape(2, 4), "int32"),
    out(readonly(floats(2, 4)), "read-only"),
    refused(
        "gemm", X23.astype("float16"), Y34.astype("float16"), errors=ValueError, words="float16", label="f16"
    ),
    refused(
        "gemm",
        X23,
        Y34.astype("float64"),
        errors=ValueError,
        words="mismatching array data types",
        label="mixed",
    ),
    refused(
        "gemm",
        X23.astype(">f4"),
        Y34.astype(">f4"),
        errors=ValueError,
        words="mismatching array data types",
        label="swapped",
    ),
    refused("gemm", X23.tolist(), Y34, errors=TypeError, words="x", label="list"),
    refused("gemm", X23, None, errors=TypeError, words="y", label="None"),
    refused("gemm", X23, X23, errors=ValueError, words="Shape mismatch", label="inner axes"),
    refused("affine", X23.tolist(), floats(4, 3), floats(4), errors=TypeError, words="X", label="list"),
    refused("affine", X23, Y34.T.astype("float64"), floats(4), errors=TypeError, words="W", label="f64"),
    refused("affine", X23, Y34.T, floats(4).astype(object), errors=TypeError, words="b", label="objects"),
    refused("backprop_affine", X23, X23, None, errors=TypeError, words="W", label="None"),
    refused("affine", X23, floats(4, 3), floats(1), errors=ValueError, words="b", label="b of 1"),
    refused("affine", X23, floats(4, 3), floats(5), errors=ValueError, words="b", label="b of 5"),
]

SEQ = floats(4, 64)


def windows(nW: Any, errors: Any, words: str, label: str, X: Any = SEQ, **keywords: Any) -> list[Refused]:
    return [
        refused(op, X, nW, errors=errors, words=words, label=label, **keywords)
        for op in ("seq2col", "backprop_seq2col")
    ]


WINDOWS = [
    *windows(-1, ValueError, "nW", "nW -1"),
    *windows(-1, ValueError, "nW", "nW -1, no columns", floats(4, 0)),
    refused("seq2col", SEQ, 2**30, errors=(ValueError, MemoryError), words="nW", label="nW 2**30"),
    *windows(2**40, (ValueError, OverflowError, MemoryError), "nW", "nW 2**40"),
    *windows(1.5, TypeError, "nW", "nW 1.5"),
    *windows(None, TypeError, "nW", "nW None"),
    *windows(1, ValueError, "lengths", "lengths negative", floats(4, 3), lengths=ints(5, -1)),
    *windows(1, LENGTHS, "lengths", "lengths sum less", floats(4, 3), lengths=ints(2, 1)),
    *windows(1, LENGTHS, "lengths", "lengths sum more", floats(4, 3), lengths=ints(2, 2**30)),
    *windows(1, LENGTHS, "lengths", "wrap", floats(4, 3), lengths=ints(*WRAPPING, 4, dtype="int64")),
    *windows(1, ValueError, "must be >= 0", "lengths more and negative", floats(4, 3), lengths=ints(5, -1)),
    *windows(1, ValueError, "lengths", "lengths 2-d", floats(4, 3), lengths=ints(2, 2).reshape(1, 2)),
    *windows(1, TypeError, "lengths", "lengths float", floats(4, 3), lengths=floats(2)),
    *windows(1, TypeError, "dtype", "int", ints(*range(12)).reshape(4, 3)),
    *windows(1, ValueError, "dimensionality 2", "1-d", floats(6)),
    refused("backprop_seq2col", floats(4, 8), 1, errors=ValueError, words="(?s)dY.*nW", label="width"),
]


def gradients_of(op: str, *more: str) -> list[Refused]:
    """Shapes that do not match, in every way round."""
    small, large = floats(2, 3), floats(3, 3)
    rows = [(large, small), (small, large), (floats(3), large)]
    return [
        refused(
            op, dY, *[X for _ in ("X", *more)], errors=ValueError, words="incompatible shapes", label=str(i)
        )
        for i, (dY, X) in enumerate(rows)
    ]


ACTIVATIONS = [
    *(
        row
        for op in (
            "swish",
            "dish",
            "gelu",
            "gelu_approx",
            "mish",
            "relu",
            "relu_k",
            "clipped_linear",
            "sigmoid",
        )
        for row in gradients_of(f"backprop_{op}", *(("Y",) if op == "swish" else ()))
    ),
    *(
        row
        for op in ("hard_swish", "hard_swish_mobilenet", "hard_sigmoid", "hard_tanh")
        for row in gradients_of(f"backprop_{op}")
    ),
    *(
        refused(
            op, readonly(X23.copy()), inplace=True, errors=ValueError, words="X must be writable", label="r/o"
        )
        for op in ("relu", "mish", "gelu", "swish", "sigmoid", "clipped_linear", "dish", "hard_tanh")
    ),
    *(
        refused(
            f"backprop_{op}",
            *(readonly(X23.copy()), X23),
            inplace=True,
            errors=ValueError,
            words="dY must be writable",
            label="r/o",
        )
        for op in ("relu", "mish", "gelu", "dish", "hard_tanh")
    ),
    refused("mish", X23, threshold=None, errors=TypeError, words="must be real number", label="threshold"),
    refused("mish", X23, threshold="5", errors=TypeError, words="threshold", label="threshold of text"),
    refused("softmax", X23, axis="a", errors=TypeError, words="axis", label="axis of text"),
    refused("softmax", floats(2, 0, 3), axis=None, errors=ValueError, words="axis 1", label="no rows"),
    refused("softmax", X23, temperature=0.0, errors=ValueError, words="temperature", label="temperature 0"),
    refused("softmax", X23, temperature=-1.0, errors=ValueError, words="temperature", label="temperature -1"),
    refused("softmax", floats(2, 0), errors=ValueError, words="must not be empty", label="no classes"),
    refused("maxout", floats(2, 3, 0), errors=ValueError, words="at least one piece", label="no pieces"),
    refused("maxout", floats(2, 3), errors=(TypeError, ValueError), words="X", label="2-d"),
    refused("maxout", ints(*range(6)).reshape(1, 2, 3), errors=TypeError, words="X", label="int"),
    refused("maxout", floats(1, 2, 3).tolist(), errors=TypeError, words="X", label="list"),
]


def backprop_maxout(which: Any, P: Any, errors: Any, words: str, label: str) -> Refused:
    return refused("backprop_maxout", X23, which, P, errors=errors, words=words, label=label)


def which(low: int) -> numpy.ndarray:
    return numpy.array([[0, 1, 0], [low, 1, 0]], "int32")


MAXOUT = [
    backprop_maxout(which(-1), 2, IndexError, "which", "which -1"),
    backprop_maxout(which(-(2**31)), 2, IndexError, "which", "which very negative"),
    backprop_maxout(which(2), 2, IndexError, "index 2 is out of bounds", "which P"),
    backprop_maxout(which(0), 0, IndexError, "out of bounds", "P 0"),
    backprop_maxout(which(0), -1, ValueError, "P", "P negative"),
    backprop_maxout(which(0)[:1], 2, ValueError, r"which must have shape \(2, 3\); got \(1, 3\)", "smaller"),
    backprop_maxout(which(0).repeat(2, 0), 2, ValueError, "which must have shape", "larger"),
    backprop_maxout(which(0).T.copy(), 2, ValueError, "which must have shape", "transposed"),
    backprop_maxout(which(0).astype("float32"), 2, TypeError, "which", "which float"),
]


def reduction(op: str, X: Any, lengths: Any, errors: Any, words: str, label: str) -> Refused:
    return refused(op, X, lengths, errors=errors, words=words, label=label)


X42 = floats(4, 2)
REDUCTIONS = [
    *(
        row
        for op in ("reduce_sum", "reduce_mean", "reduce_max", "reduce_first", "reduce_last")
        for row in (
            reduction(op, X42, ints(5, -1), ValueError, "lengths", "negative"),
            reduction(op, floats(4, 0), ints(5, -1), ValueError, "lengths", "negative, no columns"),
            reduction(op, X42, ints(3, 2), IndexError, "sum up to the number of rows", "more"),
            reduction(op, X42, ints(2**31 - 1, 2**31 - 1), IndexError, "sum up to", "many more"),
            reduction(op, X42, ints(*WRAPPING, 4, dtype="int64"), IndexError, "sum up to", "wrapping"),
            reduction(op, X42, ints(2**63 - 1, 2**63 - 1, 6, dtype="int64"), IndexError, "sum", "wrap"),
            reduction(op, floats(4, 0), ints(3, 2), IndexError, "sum up to", "more, no columns"),
            reduction(op, X42, ints(1, 2), IndexError, "sum up to the number of rows", "less"),
            reduction(op, X42, ints(), IndexError, "sum up to", "no lengths"),
            reduction(op, X42, ints(2, 2).reshape(1, 2), ValueError, "lengths", "lengths 2-d"),
            reduction(op, X42, [2.5, 1.5], TypeError, "lengths", "lengths float"),
            reduction(op, X42.tolist(), ints(4), TypeError, "X", "list"),
            reduction(op, numpy.array(1.0), ints(), ValueError, "X", "no dimensions"),
        )
    ),
    *(
        row
        for op in ("reduce_sum", "reduce_mean", "reduce_max")
        for row in (
            reduction(op, floats(4), ints(4), (TypeError, ValueError), "X", "1-d"),
            reduction(op, ints(*range(4)).reshape(2, 2), ints(2), TypeError, "X", "int"),
        )
    ),
    reduction(
        "reduce_max", floats(0, 2), ints(0, 0), ValueError, "all sequence lengths must be > 0", "empty"
    ),
    *(
        row
        for op, name in (("backprop_reduce_sum", "d_sums"), ("backprop_reduce_mean", "d_means"))
        for row in (
            reduction(op, floats(1, 2), ints(2, 2), ValueError, name, "fewer rows"),
            reduction(op, floats(3, 2), ints(2, 2), ValueError, name, "more rows"),
            reduction(op, floats(0, 2), ints(2, 2), ValueError, name, "no rows"),
            reduction(op, X42[:2], ints(2, -1), ValueError, "lengths", "negative"),
            reduction(op, X42, ints(*WRAPPING, dtype="int64"), OverflowError, "lengths", "wrapping"),
            reduction(
                op,
                floats(2, 2000),
                ints(2**31 - 1, 2**31 - 1),
                (OverflowError, MemoryError),
                "lengths must sum to less than",
                "very long",
            ),
        )
    ),
    *(
        refused("backprop_reduce_max", *args, errors=errors, words=words, label=label)
        for label, args, errors, words in (
            ("which -1", (floats(1, 2), ints(0, -1).reshape(1, 2), ints(3)), IndexError, "which"),
            ("very negative", (floats(1, 2), ints(0, -(2**31)).reshape(1, 2), ints(3)), IndexError, "which"),
            ("which length", (floats(1, 2), ints(0, 3).reshape(1, 2), ints(3)), IndexError, "out of bounds"),
            ("short which", (X42, ints(0, 0).reshape(1, 2), ints(1, 1, 1, 1)), ValueError, "which"),
            ("short d_maxes", (floats(1, 2), ints(0, 0).reshape(1, 2), ints(1, 1)), ValueError, "d_maxes"),
            ("length 0", (floats(1, 2), ints(0, 0).reshape(1, 2), ints(0)), ValueError, "lengths"),
        )
    ),
    reduction("backprop_reduce_first", X42[:2], ints(0, 3, 2), ValueError, "starts_ends", "unsorted"),
    reduction("backprop_reduce_first", X42[:2], ints(-1, 2, 3), ValueError, "starts_ends", "negative"),
    reduction("backprop_reduce_first", X42[:2], ints(0, 2), ValueError, "starts_ends", "too few"),
    reduction("backprop_reduce_last", X42[:2], ints(2, 2), ValueError, "lasts", "twice"),
    reduction("backprop_reduce_last", X42[:2], ints(3, 1), ValueError, "lasts", "unsorted"),
    reduction("backprop_reduce_last", X42[:2], ints(-1, 1), ValueError, "lasts", "negative"),
    reduction("softmax_sequences", floats(4), ints(4), ValueError, "Xs", "1-d"),
    reduction("softmax_sequences", X42, ints(2, 1), LENGTHS, "lengths", "sum"),
    reduction("softmax_sequences", X42, ints(*WRAPPING, 4, dtype="int64"), LENGTHS, "lengths", "wrapping"),
]

REFUSED_ROWS = [*PRODUCTS, *WINDOWS, *ACTIVATIONS, *MAXOUT, *REDUCTIONS]
