"""The LSTM on the CPU: products for all rows at once, then the recurrent half in a kernel."""

import numpy

cimport numpy as np
from libc.stdint cimport int32_t

from ._isa cimport Isa, chosen
from .gemm cimport CacheSizes, GemmArgs, gemm_caches, gemm_scratch, gemm_table

from ..reference import _packed
from ..reference.recurrent import Recurrent as Reference
from ._memory import empty
from .gemm import Gemm

np.import_array()

__all__ = ["Recurrent"]

ctypedef fused real:
    float
    double

cdef extern from "thinc/kernels/recurrent.h" namespace "thinc":
    cdef cppclass LstmRun[T]:
        void (*gemm)(const GemmArgs[T]&, const CacheSizes&, void*) noexcept nogil
        const CacheSizes* caches
        void* scratch
        const int32_t* sizes__s
        size_t S, O
        bint reverse
    cdef cppclass RecurrentKernels[T]:
        void (*forward)(
            const LstmRun[T]&, T*, size_t, T*, T*, const T*, const T*, T*, T*, T*, T*
        ) noexcept nogil
        void (*backward)(
            const LstmRun[T]&, T*, const T*, size_t, const T*, const T*, const T*, const T*, T*, T*
        ) noexcept nogil
    cdef struct RecurrentTable:
        RecurrentKernels[float] f32
        RecurrentKernels[double] f64
    const RecurrentTable* table "thinc::table_at<thinc::RecurrentTable>"(Isa)

cdef const RecurrentTable* K = table(chosen())


cdef void prepare(LstmRun[real]* run, np.ndarray sizes, size_t O, bint reverse) except *:
    if real is float:
        run.gemm = gemm_table().sgemm
    else:
        run.gemm = gemm_table().dgemm
    run.caches, run.scratch = gemm_caches(), gemm_scratch()
    if run.scratch == NULL:
        raise MemoryError("lstm: no memory for this thread's scratch block")
    run.sizes__s = <const int32_t*>np.PyArray_DATA(sizes)
    run.S, run.O, run.reverse = np.PyArray_SIZE(sizes), O, reverse


cdef inline real* at(object X, real* dtype):
    if X is None:
        return NULL
    return <real*>np.PyArray_DATA(<np.ndarray>X)


cdef void forward_(real* dtype, np.ndarray sizes, bint reverse, np.ndarray Y, object G, object C, np.ndarray A,
                   np.ndarray Wh, np.ndarray h, np.ndarray c, np.ndarray R, np.ndarray turned) except *:
    cdef LstmRun[real] run
    prepare[real](&run, sizes, np.PyArray_DIM(h, 1), reverse)
    cdef size_t ldy = np.PyArray_STRIDE(Y, 0) // sizeof(real)
    cdef real* y = at(Y, dtype)
    cdef real* g = at(G, dtype)
    cdef real* cells = at(C, dtype)
    cdef real* a = at(A, dtype)
    cdef real* w = at(Wh, dtype)
    cdef real* h_ = at(h, dtype)
    cdef real* c_ = at(c, dtype)
    cdef real* r = at(R, dtype)
    cdef real* t = at(turned, dtype)
    with nogil:
        if real is float:
            K.f32.forward(run, y, ldy, g, cells, a, w, h_, c_, r, t)
        else:
            K.f64.forward(run, y, ldy, g, cells, a, w, h_, c_, r, t)


cdef void backward_(real* dtype, np.ndarray sizes, bint reverse, np.ndarray dA, np.ndarray dY, np.ndarray G,
                    np.ndarray C, np.ndarray Wh, np.ndarray c0, np.ndarray dh, np.ndarray dc) except *:
    cdef LstmRun[real] run
    prepare[real](&run, sizes, np.PyArray_DIM(C, 1), reverse)
    cdef size_t ldy = np.PyArray_STRIDE(dY, 0) // sizeof(real)
    cdef real* da = at(dA, dtype)
    cdef real* dy = at(dY, dtype)
    cdef real* g = at(G, dtype)
    cdef real* c = at(C, dtype)
    cdef real* w = at(Wh, dtype)
    cdef real* c0_ = at(c0, dtype)
    cdef real* dh_ = at(dh, dtype)
    cdef real* dc_ = at(dc, dtype)
    with nogil:
        if real is float:
            K.f32.backward(run, da, dy, ldy, g, c, w, c0_, dh_, dc_)
        else:
            K.f64.backward(run, da, dy, ldy, g, c, w, c0_, dh_, dc_)


contiguous = numpy.ascontiguousarray


def repeated(row, batch):
    """A new C-contiguous (batch, O) array with `row` in every row."""
    result = empty((batch, row.size), row.dtype)
    result[...] = row
    return result


class Recurrent(Gemm, Reference):
    def _lstm_storage(self, depth, dirs, N, nO, dtype):
        return tuple(empty((depth, dirs, N, width), dtype) for width in (nO, 4 * nO, nO))

    def _lstm_layers(self, inputs, weights, cells, hidden, sizes, saved):
        depth, dirs, nO = cells.shape
        N, dtype = inputs.shape[0], inputs.dtype
        batch = sizes[0] if sizes else 0
        steps = numpy.asarray(sizes, dtype="int32")
        R, turned = empty((batch, 4 * nO), dtype), empty((nO, 4 * nO), dtype)
        Y, G, C = saved or (None, None, None)
        offset = 0
        for i in range(depth):
            output = empty((N, dirs * nO), dtype)
            for d in range(dirs):
                ((Wx, bx), (Wh, bh)), offset = _packed.split_weights(weights, i, nO, inputs.shape[1], offset)
                A = self.affine(inputs, Wx, bx + bh)
                h, c = repeated(hidden[i, d], batch), repeated(cells[i, d], batch)
                columns = output[:, d * nO : (d + 1) * nO]
                gates, states = (None, None) if saved is None else (G[i, d], C[i, d])
                if dtype == "float32":
                    forward_[float](NULL, steps, d, columns, gates, states, A, Wh, h, c, R, turned)
                else:
                    forward_[double](NULL, steps, d, columns, gates, states, A, Wh, h, c, R, turned)
                if saved is not None:
                    Y[i, d] = columns
            inputs = output
        return inputs

    def _backprop_layers(self, dY, weights, Y, G, C, inputs, hidden, cells, sizes, learns):
        depth, dirs, N, nO = Y.shape
        nI, dtype = inputs.shape[1], Y.dtype
        batch = sizes[0] if sizes else 0
        steps = numpy.asarray(sizes, dtype="int32")
        dA = empty((N, 4 * nO), dtype)
        d_weights = empty(weights.shape, dtype) if learns else None
        d_hidden, d_cells = empty(hidden.shape, dtype), empty(cells.shape, dtype)
        for i in reversed(range(depth)):
            below = contiguous(Y[i - 1].swapaxes(0, 1)).reshape(N, dirs * nO) if i else inputs
            offset = _packed.n_weights(i, dirs, nO, nI)
            dX = None
            for d in range(dirs):
                own = offset
                ((Wx, _), (Wh, _)), offset = _packed.split_weights(weights, i, nO, below.shape[1], own)
                columns, before = dY[:, d * nO : (d + 1) * nO], contiguous(cells[i, d])
                dh, dc = numpy.zeros((batch, nO), dtype), numpy.zeros((batch, nO), dtype)
                if dtype == "float32":
                    backward_[float](NULL, steps, d, dA, columns, G[i, d], C[i, d], Wh, before, dh, dc)
                else:
                    backward_[double](NULL, steps, d, dA, columns, G[i, d], C[i, d], Wh, before, dh, dc)
                d_hidden[i, d], d_cells[i, d] = dh.sum(axis=0), dc.sum(axis=0)
                if learns:
                    ((dWx, dbx), (dWh, dbh)), _ = _packed.split_weights(d_weights, i, nO, below.shape[1], own)
                    through, dWx[...], dbx[...] = self.backprop_affine(dA, below, Wx)
                    dbh[...] = dbx
                    shifted = _packed.shifted(numpy, Y[i, d], hidden[i, d], sizes, -1 if d else 1)
                    self.gemm(dA, shifted, out=dWh, trans1=True)
                else:
                    through = self.gemm(dA, Wx)
                dX = through if dX is None else numpy.add(dX, through, out=dX)
            dY = dX
        return _packed.Gradients((dY, d_weights), d_cells, d_hidden)
