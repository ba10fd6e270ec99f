// The array functions that other extension modules compile into their own code, by `cimport` from numpy_ops.pxd.
//
// Plain loops over C-contiguous arrays: a consumer may instantiate them for any element type A and index type L.
// Sizes and lengths have the type L, positions are computed in size_t. Bad lengths and indices throw before
// anything is written. This package's own ops do not use them.
#ifndef CPU_KERNELS_HH
#define CPU_KERNELS_HH

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

template <typename T>
struct axpy {
    typedef void (*ptr)(int N, T alpha, const T* X, int incX, T* Y, int incY);
};

// Keeps a number from taking part in the deduction of a template parameter: that is for the arrays to tell.
template <typename T>
struct cpu_same {
    typedef T type;
};

// All lengths at least `least`, and a sum of T.
template <typename L>
void cpu_check_lengths(const L* lengths__b, L B, L T, L least) {
    size_t sum = 0;
    for (L b = 0; b < B; ++b) {
        if (lengths__b[b] < least)
            throw std::invalid_argument(std::string("all sequence lengths must be ") + (least > 0 ? "> 0" : ">= 0") +
                                        ", was: " + std::to_string(lengths__b[b]));
        sum += static_cast<size_t>(lengths__b[b]);
        if (sum > static_cast<size_t>(T)) break;
    }
    if (sum != static_cast<size_t>(T)) throw std::out_of_range("lengths must sum up to the number of rows");
}

// best[b, o] = max over p of cands[b, o, p]; which[b, o] is the first such p.
template <typename A, typename L>
void cpu_maxout(A* best__bo, L* which__bo, const A* cands__bop, L B, L O, L P) {
    if (P < 1) throw std::invalid_argument("maxout requires at least one piece, was: " + std::to_string(P));
    const size_t cells = static_cast<size_t>(B) * O;
    for (size_t i = 0; i < cells; ++i) {
        const A* cands__p = cands__bop + i * P;
        L which = 0;
        for (L p = 1; p < P; ++p)
            if (cands__p[p] > cands__p[which]) which = p;
        which__bo[i] = which;
        best__bo[i] = cands__p[which];
    }
}

// dX[b, o, which[b, o]] = d_best[b, o]; the other cells of dX stay.
template <typename A, typename L>
void cpu_backprop_maxout(A* dX__bop, const A* dX__bo, const L* which__bo, L B, L O, L P) {
    const size_t cells = static_cast<size_t>(B) * O;
    for (size_t i = 0; i < cells; ++i)
        if (which__bo[i] < 0 || which__bo[i] >= P)
            throw std::out_of_range("index " + std::to_string(which__bo[i]) +
                                    " is out of bounds for maxout with size " + std::to_string(P));
    for (size_t i = 0; i < cells; ++i) dX__bop[i * P + which__bo[i]] = dX__bo[i];
}

// The maxima of each sequence's columns, and the row of each within its sequence: the first such row.
template <typename A, typename L>
void cpu_reduce_max(A* maxes__bo, L* which__bo, const A* X__to, const L* lengths__b, L B, L T, L O) {
    cpu_check_lengths<L>(lengths__b, B, T, 1);
    for (L b = 0; b < B; ++b) {
        for (L o = 0; o < O; ++o) {
            maxes__bo[o] = X__to[o];
            which__bo[o] = 0;
        }
        for (L t = 1; t < lengths__b[b]; ++t) {
            const A* X__o = X__to + static_cast<size_t>(t) * O;
            for (L o = 0; o < O; ++o) {
                if (X__o[o] > maxes__bo[o]) {
                    maxes__bo[o] = X__o[o];
                    which__bo[o] = t;
                }
            }
        }
        X__to += static_cast<size_t>(lengths__b[b]) * O;
        maxes__bo += O;
        which__bo += O;
    }
}

// Puts each gradient where the maximum was; the other cells of dX stay.
template <typename A, typename L>
void cpu_backprop_reduce_max(A* dX__to, const A* d_maxes__bo, const L* which__bo, const L* lengths__b, L B, L T, L O) {
    cpu_check_lengths<L>(lengths__b, B, T, 1);
    for (L b = 0; b < B; ++b)
        for (L o = 0; o < O; ++o) {
            const L which = which__bo[static_cast<size_t>(b) * O + o];
            if (which < 0 || which >= lengths__b[b])
                throw std::out_of_range("index " + std::to_string(which) + " is out of bounds for maxout with length " +
                                        std::to_string(lengths__b[b]));
        }
    for (L b = 0; b < B; ++b) {
        for (L o = 0; o < O; ++o) dX__to[static_cast<size_t>(which__bo[o]) * O + o] = d_maxes__bo[o];
        dX__to += static_cast<size_t>(lengths__b[b]) * O;
        d_maxes__bo += O;
        which__bo += O;
    }
}

// Y[b] += scale(b) * X[t], and the reverse, over the rows t of each sequence b.
template <typename A, typename L, typename Scale>
void cpu_add_segments(A* Y__bo, const A* X__to, const L* lengths__b, L B, L O, Scale scale) {
    for (L b = 0; b < B; ++b, Y__bo += O)
        for (L t = 0; t < lengths__b[b]; ++t, X__to += O)
            for (L o = 0; o < O; ++o) Y__bo[o] += scale(lengths__b[b]) * X__to[o];
}

template <typename A, typename L, typename Scale>
void cpu_spread_segments(A* dX__to, const A* dY__bo, const L* lengths__b, L B, L O, Scale scale) {
    for (L b = 0; b < B; ++b, dY__bo += O)
        for (L t = 0; t < lengths__b[b]; ++t, dX__to += O)
            for (L o = 0; o < O; ++o) dX__to[o] = scale(lengths__b[b]) * dY__bo[o];
}

// Adds the mean of each sequence's rows to `means`, which starts as zeros.
template <typename A, typename L>
void cpu_reduce_mean(A* means__bo, const A* X__to, const L* lengths__b, L B, L T, L O) {
    cpu_check_lengths<L>(lengths__b, B, T, 0);
    cpu_add_segments(means__bo, X__to, lengths__b, B, O, [](L length) { return A(1) / A(length); });
}

template <typename A, typename L>
void cpu_backprop_reduce_mean(A* dX__to, const A* d_means__bo, const L* lengths__b, L B, L T, L O) {
    cpu_check_lengths<L>(lengths__b, B, T, 0);
    cpu_spread_segments(dX__to, d_means__bo, lengths__b, B, O, [](L length) { return A(1) / A(length); });
}

// Adds the sum of each sequence's rows to `sums`, which starts as zeros.
template <typename A, typename L>
void cpu_reduce_sum(A* sums__bo, const A* X__to, const L* lengths__b, L B, L T, L O) {
    cpu_check_lengths<L>(lengths__b, B, T, 0);
    cpu_add_segments(sums__bo, X__to, lengths__b, B, O, [](L) { return A(1); });
}

template <typename A, typename L>
void cpu_backprop_reduce_sum(A* dX__to, const A* d_sums__bo, const L* lengths__b, L B, L T, L O) {
    cpu_check_lengths<L>(lengths__b, B, T, 0);
    cpu_spread_segments(dX__to, d_sums__bo, lengths__b, B, O, [](L) { return A(1); });
}

// Y = Y tanh(log(1 + e^Y)) below the threshold, in place.
template <typename A, typename L>
void cpu_mish(A* Y, L N, typename cpu_same<A>::type threshold) {
    for (L i = 0; i < N; ++i)
        if (Y[i] < threshold) Y[i] *= std::tanh(std::log1p(std::exp(Y[i])));
}

// dX holds the gradient of mish's output, and takes that of its input X. With n = e^x (e^x + 2) the factor
// tanh(log(1 + e^x)) is n / (n + 2); e^x is bounded by the threshold, and beyond 40 the slope is 1.
template <typename A, typename L>
void cpu_backprop_mish(A* dX, const A* X, L N, typename cpu_same<A>::type threshold) {
    for (L i = 0; i < N; ++i) {
        if (!(X[i] < threshold) || X[i] > A(40)) continue;
        const A e = std::exp(X[i]), n = e * (e + 2), factor = n / (n + 2);
        const A d_factor = (1 - factor) * (1 + factor) * (e / (1 + e));
        dX[i] *= factor + X[i] * d_factor;
    }
}

template <typename A, typename L>
void cpu_relu(A* X, L N) {
    for (L i = 0; i < N; ++i)
        if (X[i] <= 0) X[i] = 0;
}

// output[t] = rows t - nW ... t + nW of t's sequence, side by side; cells beyond the sequence stay.
template <typename A, typename L>
void seq2col(A* output__tfi, const A* X__ti, const L* lengths__b, L nW, L B, L I, L nL) {
    cpu_check_lengths<L>(lengths__b, nL, B, 0);
    const std::ptrdiff_t width = I, slots = 2 * std::ptrdiff_t(nW) + 1;
    for (L l = 0; l < nL; ++l) {
        const std::ptrdiff_t rows = lengths__b[l];
        for (std::ptrdiff_t t = 0; t < rows; ++t, output__tfi += slots * width)
            for (std::ptrdiff_t f = 0, row = t - nW; f < slots; ++f, ++row)
                if (row >= 0 && row < rows)
                    for (std::ptrdiff_t i = 0; i < width; ++i) output__tfi[f * width + i] = X__ti[row * width + i];
        X__ti += rows * width;
    }
}

// Adds to each row of d_seqs the cells of d_cols that were copied from it.
template <typename A, typename L>
void backprop_seq2col(A* d_seqs__ti, const A* d_cols__tfi, const L* lengths__b, L B, L I, L nW, L nL) {
    cpu_check_lengths<L>(lengths__b, nL, B, 0);
    const std::ptrdiff_t width = I, slots = 2 * std::ptrdiff_t(nW) + 1;
    for (L l = 0; l < nL; ++l) {
        const std::ptrdiff_t rows = lengths__b[l];
        for (std::ptrdiff_t t = 0; t < rows; ++t, d_cols__tfi += slots * width)
            for (std::ptrdiff_t f = 0, row = t - nW; f < slots; ++f, ++row)
                if (row >= 0 && row < rows)
                    for (std::ptrdiff_t i = 0; i < width; ++i)
                        d_seqs__ti[row * width + i] += d_cols__tfi[f * width + i];
        d_seqs__ti += rows * width;
    }
}

// out[b] += sum over k of table[indices[b, k]].
template <typename F, typename I, typename L>
void cpu_gather_add(typename axpy<F>::ptr add, F* out__bo, const F* table__to, const I* indices__bk, L T, L O, L B,
                    L K) {
    const size_t count = static_cast<size_t>(B) * K;
    for (size_t i = 0; i < count; ++i)
        if (indices__bk[i] < 0 || static_cast<size_t>(indices__bk[i]) >= static_cast<size_t>(T))
            throw std::out_of_range("Embedding index out-of-bounds");
    for (size_t i = 0; i < count; ++i)
        add(static_cast<int>(O), F(1), table__to + static_cast<size_t>(indices__bk[i]) * O, 1, out__bo + i / K * O, 1);
}

#endif  // CPU_KERNELS_HH
