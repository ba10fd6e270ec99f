// One step of a recurrent layer, after its matrix product: one thread per unit of a row.
#pragma once

#include "thinc/formula/recurrent.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// Rows `start` to `start + n` of the step. G holds the input's part of the activations, R the recurrent part; G
// becomes the gates: element 4 k + j is gate j of unit k. h and c are the states of the step before, and become those
// of this one.
template <class T>
__global__ void lstm_cells(T* Y__to, T* G__to4, T* C__to, T* h__bo, T* c__bo, const T* R__bo4, size_t start, size_t n,
                           size_t O) {
    each(n * O, [=](size_t i) {
        const size_t at = start * O + i;
        const T* a = R__bo4 + 4 * i;
        T* gates = G__to4 + 4 * at;
        const T f = formula::sigmoid(gates[0] + a[0]), in = formula::sigmoid(gates[1] + a[1]);
        const T out = formula::sigmoid(gates[2] + a[2]), g = formula::tanh(gates[3] + a[3]);
        const T c = f * c__bo[i] + in * g, h = formula::tanh(c) * out;
        gates[0] = f;
        gates[1] = in;
        gates[2] = out;
        gates[3] = g;
        C__to[at] = c__bo[i] = c;
        Y__to[at] = h__bo[i] = h;
    });
}

// dA becomes the gradient of the activations. dh and dc come from the step after; dc goes on to the step before. Rows
// of dY are `stride` numbers apart.
template <class T>
__global__ void lstm_cell_slopes(T* dA__to4, T* dc__bo, const T* dY, size_t stride, const T* dh__bo, const T* G__to4,
                                 const T* C__to, const T* C_before__to, size_t start, size_t n, size_t O) {
    each(n * O, [=](size_t i) {
        const size_t b = i / O, at = start * O + i;
        const T* gates = G__to4 + 4 * at;
        T* dA = dA__to4 + 4 * at;
        const auto d = formula::lstm_cell_gradient(dY[(start + b) * stride + i % O] + dh__bo[i], dc__bo[i], gates[0],
                                                   gates[1], gates[2], gates[3], C__to[at], C_before__to[at]);
        dA[0] = d.af;
        dA[1] = d.ai;
        dA[2] = d.ao;
        dA[3] = d.ag;
        dc__bo[i] = d.c_before;
    });
}

}  // namespace LEVEL
}  // namespace thinc
