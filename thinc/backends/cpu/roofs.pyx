"""Measures the limits of this machine on one core: arithmetic, and memory by size of the data."""

from time import perf_counter

import numpy

cimport numpy as np

from ._isa cimport Isa, chosen, named

np.import_array()

__all__ = ["bandwidth", "fma_rate"]

cdef extern from "thinc/kernels/roofs.h" namespace "thinc":
    cdef struct RoofsTable:
        double (*fma_f32)(size_t, float*) noexcept nogil
        double (*fma_f64)(size_t, double*) noexcept nogil
        float (*read)(const float*, size_t) noexcept nogil
        void (*copy)(float*, const float*, size_t) noexcept nogil
    const RoofsTable* table "thinc::table_at<thinc::RoofsTable>"(Isa)


cdef const RoofsTable* at_level(level) except NULL:
    return table(chosen() if level is None else named(level))


def fma_rate(dtype="float32", level=None, double seconds=0.02, clock=perf_counter):
    """Floating-point operations per second of multiply-adds in registers, at a level; the best of five runs."""
    cdef const RoofsTable* K = at_level(level)
    cdef float single
    cdef double both, best = 0, flops, start
    cdef size_t n = 1 << 16
    cdef bint f32 = numpy.dtype(dtype) == numpy.float32
    runs = 0
    while runs < 5:
        start = clock()
        with nogil:
            flops = K.fma_f32(n, &single) if f32 else K.fma_f64(n, &both)
        start = clock() - start
        if start < seconds / 5:
            n *= 2
            continue
        best = max(best, flops / start)
        runs += 1
    return best


def bandwidth(size_t nbytes, kind="read", level=None, double seconds=0.02, clock=perf_counter):
    """Bytes per second of reading, or of copying (read plus written), data of a size; the best of five runs."""
    if kind not in ("read", "copy"):
        raise ValueError(f"bandwidth: kind must be 'read' or 'copy'; got {kind!r}")
    cdef const RoofsTable* K = at_level(level)
    cdef bint copying = kind == "copy"
    cdef size_t n = nbytes // (8 if copying else 4) + 1024, times = 1, _t
    cdef np.ndarray X = numpy.ones(n, dtype="float32"), Y = numpy.ones(n, dtype="float32")
    cdef const float* x = <const float*>np.PyArray_DATA(X)
    cdef float* y = <float*>np.PyArray_DATA(Y)
    cdef float _sink = 0
    cdef double best = 0, start
    runs = 0
    while runs < 5:
        start = clock()
        with nogil:
            for _t in range(times):
                if copying:
                    K.copy(y, x, n)
                else:
                    _sink = K.read(x, n)
        start = clock() - start
        if start < seconds / 5:
            times *= 2
            continue
        best = max(best, <double>times * n * (8 if copying else 4) / start)
        runs += 1
    return best
