// The steps of a recurrent layer. A step is a matrix product for the rows that are still running, and one pass over
// their units.
#pragma once

#include <cstring>

#include "thinc/formula/recurrent.h"
#include "thinc/kernels/recurrent.h"
#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

// C = A B for a contiguous C; op(B) is B.
template <class T> void product(const LstmRun<T>& run, T* C, const T* A, const T* B, size_t M, size_t N, size_t K) {
    GemmArgs<T> g{false, false, M, N, K, T(1), A, K, B, N, T(0), C, N, nullptr};
    run.gemm(g, *run.caches, run.scratch);
}

// One row of one step, in short loops that vectorise. The gates, f | i | o | g, take the place of their recurrent half.
template <class T> void cell_row(T* __restrict h, T* __restrict c, T* __restrict gates, const T* __restrict a,
                                 size_t O) {
    for (size_t o = 0; o < 3 * O; ++o) gates[o] = formula::sigmoid<formula::Fused>(a[o] + gates[o]);
    for (size_t o = 3 * O; o < 4 * O; ++o) gates[o] = formula::tanh<formula::Fused>(a[o] + gates[o]);
    const T *f = gates, *i = gates + O, *out = gates + 2 * O, *g = gates + 3 * O;
    for (size_t o = 0; o < O; ++o) {
        c[o] = f[o] * c[o] + i[o] * g[o];
        h[o] = formula::tanh<formula::Fused>(c[o]) * out[o];
    }
}

// Gates unit by unit, from gates in four groups.
template <class T> void interleave(T* __restrict G, const T* __restrict gates, size_t O) {
    for (size_t o = 0; o < O; ++o)
        for (size_t j = 0; j < 4; ++j) G[4 * o + j] = gates[j * O + o];
}

// Y = X transposed.
template <class T> void turn(T* Y, const T* X, size_t rows, size_t columns) {
    constexpr size_t W = WIDTH<T>, F = STRIP<T>;
    const size_t whole_rows = rows / W * W, whole_columns = columns / F * F;
    for (size_t r = 0; r < whole_rows; r += W)
        for (size_t c = 0; c < whole_columns; c += F) transpose(Y + c * rows + r, rows, X + r * columns + c, columns);
    for (size_t r = 0; r < rows; ++r)
        for (size_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c) Y[c * rows + r] = X[r * columns + c];
}

template <class T>
void lstm_forward(const LstmRun<T>& run, T* Y, size_t ldy, T* G, T* C, const T* A, const T* Wh, T* h, T* c, T* R,
                  T* turned) {
    const size_t O = run.O;
    turn(turned, Wh, 4 * O, O);
    size_t start = 0, N = 0;
    for (size_t s = 0; s < run.S; ++s) N += run.sizes__s[s];
    if (run.reverse) start = N;
    for (size_t step = 0; step < run.S; ++step) {
        const size_t s = run.reverse ? run.S - 1 - step : step, n = run.sizes__s[s];
        if (run.reverse) start -= n;
        product(run, R, h, turned, n, 4 * O, O);
        for (size_t b = 0; b < n; ++b) {
            const size_t row = start + b;
            T* gates = R + b * 4 * O;
            cell_row(h + b * O, c + b * O, gates, A + row * 4 * O, O);
            std::memcpy(Y + row * ldy, h + b * O, O * sizeof(T));
            if (G) interleave(G + row * 4 * O, gates, O);
            if (C) std::memcpy(C + row * O, c + b * O, O * sizeof(T));
        }
        if (!run.reverse) start += n;
    }
}

template <class T>
void cell_gradient_row(T* __restrict da, T* __restrict dc, const T* __restrict dy, const T* __restrict dh,
                       const T* __restrict gates, const T* __restrict c, const T* __restrict c_before, size_t O) {
    for (size_t o = 0; o < O; ++o) {
        const auto d = formula::lstm_cell_gradient(dy[o] + dh[o], dc[o], gates[4 * o], gates[4 * o + 1],
                                                   gates[4 * o + 2], gates[4 * o + 3], c[o], c_before[o]);
        da[o] = d.af;
        da[O + o] = d.ai;
        da[2 * O + o] = d.ao;
        da[3 * O + o] = d.ag;
        dc[o] = d.c_before;
    }
}

template <class T>
void lstm_backward(const LstmRun<T>& run, T* dA, const T* dY, size_t ldy, const T* G, const T* C, const T* Wh,
                   const T* c0, T* dh, T* dc) {
    const size_t O = run.O;
    size_t start = 0;
    if (!run.reverse)
        for (size_t s = 0; s < run.S; ++s) start += run.sizes__s[s];
    // Against the direction of travel: the last step that was made comes first.
    for (size_t step = 0; step < run.S; ++step) {
        const size_t s = run.reverse ? step : run.S - 1 - step, n = run.sizes__s[s];
        if (!run.reverse) start -= n;
        // The step before this one, in the direction of travel; sequences that it lacks begin here.
        const bool has_before = run.reverse ? s + 1 < run.S : s > 0;
        const size_t running = !has_before ? 0 : run.reverse ? size_t(run.sizes__s[s + 1]) : n;
        const size_t before = !has_before ? 0 : run.reverse ? start + n : start - run.sizes__s[s - 1];
        for (size_t b = 0; b < n; ++b) {
            const size_t row = start + b;
            cell_gradient_row(dA + row * 4 * O, dc + b * O, dY + row * ldy, dh + b * O, G + row * 4 * O, C + row * O,
                              b < running ? C + (before + b) * O : c0, O);
        }
        product(run, dh, dA + start * 4 * O, Wh, n, O, 4 * O);
        if (run.reverse) start += n;
    }
}

template <class T> constexpr RecurrentKernels<T> recurrent() { return {lstm_forward<T>, lstm_backward<T>}; }

}  // namespace
}  // namespace LEVEL
}  // namespace thinc
