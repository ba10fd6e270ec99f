// Hashing of keys, sums of table rows that are named by indices, and tables that are addressed by hashed keys.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/isa.h"

namespace thinc {

// Y__bo[b] = sum over k of table__vo[indices__bk[b, k]]. Every index is below the rows of the table.
template <class T>
using Gather = void (*)(T* Y__bo, const T* table__vo, const uint32_t* indices__bk, size_t B, size_t K, size_t O);
// table__vo[indices__b[b]] += values__bo[b], b ascending; a negative index is skipped.
template <class T>
using Scatter = void (*)(T* table__vo, const int32_t* indices__b, const T* values__bo, size_t B, size_t O);

// Weights W of O classes: those of a key are in two slots of `length`, the same for every class. `overlapping` classes
// begin one slot apart, others `length` slots.
struct SparseShape {
    size_t B, O, length;
    bool overlapping;
};
// Y__bo[b] = b__o + sum over the lengths__b[b] keys of row b of value * (W[slot 0] + W[slot 1]).
template <class T>
using Sparse = void (*)(T* Y__bo, const uint64_t* keys__t, const T* values__t, const int32_t* lengths__b, const T* W,
                        const T* b__o, const SparseShape* shape);
// For both slots dW[slot] += value * dY__bo[b]; db__o = sum over b of dY__bo[b].
template <class T>
using SparseGradient = void (*)(T* dW, T* db__o, const T* dY__bo, const uint64_t* keys__t, const T* values__t,
                                const int32_t* lengths__b, const SparseShape* shape);

struct GatherOp {
    Gather<float> f32;
    Gather<double> f64;
};
struct ScatterOp {
    Scatter<float> f32;
    Scatter<double> f64;
};

struct SparseOp {
    Sparse<float> f32;
    Sparse<double> f64;
};
struct SparseGradientOp {
    SparseGradient<float> f32;
    SparseGradient<double> f64;
};

struct EmbeddingTable {
    void (*hash)(uint32_t* keys__n4, const uint64_t* ids__n, size_t n, uint32_t seed);
    void (*ngrams)(uint64_t* hashes, const uint64_t* keys, size_t count, size_t n);
    // Is every index below V, seen as unsigned?
    bool (*all_below)(const uint32_t* indices, size_t n, uint32_t V);
    GatherOp gather_add;
    ScatterOp scatter_add;
    SparseOp sparse_linear;
    SparseGradientOp backprop_sparse_linear;
    // Y__n[n] = the value of ids__n[n] in a table of S = 2^k slots, or `missing`; negative ids, if signed, are missing.
    void (*find_ids)(int32_t* Y__n, const uint64_t* ids__n, size_t n, const uint64_t* table__s2, size_t S,
                     bool is_signed, int32_t missing);
};

}  // namespace thinc
