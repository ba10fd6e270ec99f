// One direction of an LSTM layer over packed rows: the recurrent half, step by step.
//
// Rows are packed by step, longest sequence first. The input's half of the activations, A = X Wx^T + bias, is made
// for all rows at once before; its columns are four groups of O: forget, input, output, candidate.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/isa.h"
#include "thinc/kernels/gemm.h"

namespace thinc {

template <class T> struct LstmRun {
    void (*gemm)(const GemmArgs<T>&, const CacheSizes&, void* scratch);
    const CacheSizes* caches;
    void* scratch;
    const int32_t* sizes__s;  // rows of each step, not increasing
    size_t S, O;
    bool reverse;
};

template <class T> struct RecurrentKernels {
    // From A__n4o to the hidden states, written with row stride ldy, the gates (unit by unit: f, i, o, g) and the
    // cells; G and C may be null. h and c hold the initial states, a row for each sequence, and change; R has room for
    // four groups of O for each sequence, `turned` for the transposed weights.
    void (*forward)(const LstmRun<T>& run, T* Y, size_t ldy, T* G__n4o, T* C__no, const T* A__n4o, const T* Wh__4oo,
                    T* h__bo, T* c__bo, T* R__b4o, T* turned__o4o);
    // From the gradient of Y, rows ldy apart, to the gradient of A. dh and dc are zeros, a row for each sequence, and
    // change; c0 is the one row that all cells began with.
    void (*backward)(const LstmRun<T>& run, T* dA__n4o, const T* dY, size_t ldy, const T* G__n4o, const T* C__no,
                     const T* Wh__4oo, const T* c0__o, T* dh__bo, T* dc__bo);
};

struct RecurrentTable {
    RecurrentKernels<float> f32;
    RecurrentKernels<double> f64;
};

}  // namespace thinc
