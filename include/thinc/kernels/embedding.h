// Hashing of keys, and sums of table rows that are named by indices.
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

struct GatherOp {
    Gather<float> f32;
    Gather<double> f64;
};
struct ScatterOp {
    Scatter<float> f32;
    Scatter<double> f64;
};

struct EmbeddingTable {
    void (*hash)(uint32_t* keys__n4, const uint64_t* ids__n, size_t n, uint32_t seed);
    void (*ngrams)(uint64_t* hashes, const uint64_t* keys, size_t count, size_t n);
    // Is every index below V, seen as unsigned?
    bool (*all_below)(const uint32_t* indices, size_t n, uint32_t V);
    GatherOp gather_add;
    ScatterOp scatter_add;
};

}  // namespace thinc
