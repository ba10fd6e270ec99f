// Rows of a table by index: sums of gathered rows, rows scattered back, and the keys that name them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "thinc/formula/hash.h"
#include "thinc/kernels/embedding.h"
#include "thinc/loops/cpu/parts.h"

namespace thinc {
namespace LEVEL {
namespace {

inline void prefetch(const void* p) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}

// Rows rarely begin at a cache line, so the line of the last byte may be one more.
inline void prefetch_row(const void* row, size_t bytes) {
    const char* p = static_cast<const char*>(row);
    for (size_t at = 0; at < bytes; at += 64) prefetch(p + at);
    if (bytes) prefetch(p + bytes - 1);
}

// How many gathered rows ahead are asked for.
constexpr size_t AHEAD = 16;

// Sums of four rows each, of so many cache lines that the compiler knows: what it unrolls, it does at the speed of the
// second cache. With loops over lines half of the time would go into their branches.
template <class T, size_t lines> void gather_fours(T* Y, const T* table, const uint32_t* indices, size_t B) {
    constexpr size_t O = lines * 64 / sizeof(T), W = WIDTH<T>;
    for (size_t b = 0; b < B; ++b, Y += O, indices += 4) {
        if (b + AHEAD / 4 < B)
            for (size_t k = 0; k < 4; ++k) prefetch_row(table + indices[k + AHEAD] * O, 64 * lines);
        const T *r0 = table + indices[0] * O, *r1 = table + indices[1] * O, *r2 = table + indices[2] * O,
                *r3 = table + indices[3] * O;
#pragma GCC unroll 16
        for (size_t o = 0; o < O; o += W) store(Y + o, ((load(r0 + o) + load(r1 + o)) + load(r2 + o)) + load(r3 + o));
    }
}

template <class T> using GatherFours = void (*)(T*, const T*, const uint32_t*, size_t);
constexpr size_t MOST_LINES = 16;
template <class T, size_t... n> inline GatherFours<T> gather_fours_of(size_t lines, std::index_sequence<n...>) {
    static constexpr GatherFours<T> by_lines[] = {gather_fours<T, n + 1>...};
    return by_lines[lines - 1];
}

template <class T>
void gather_sum(T* Y, const T* table, const uint32_t* indices, size_t B, size_t K, size_t O) {
    const size_t row_bytes = O * sizeof(T);
    if (K == 4 && row_bytes % 64 == 0 && row_bytes && row_bytes <= 64 * MOST_LINES)
        return gather_fours_of<T>(row_bytes / 64, std::make_index_sequence<MOST_LINES>())(Y, table, indices, B);
    for (size_t b = 0; b < B; ++b, Y += O, indices += K) {
        const size_t left = (B - b) * K;
        for (size_t k = 0; k < K; ++k)
            if (k + AHEAD < left) prefetch_row(table + indices[k + AHEAD] * O, row_bytes);
        size_t k = 0;
        if (K >= 4) {
            const T *r0 = table + indices[0] * O, *r1 = table + indices[1] * O, *r2 = table + indices[2] * O,
                    *r3 = table + indices[3] * O;
            each_vector<T>(O, [=](size_t o, auto part) {
                part.store(Y + o, ((part.load(r0 + o) + part.load(r1 + o)) + part.load(r2 + o)) + part.load(r3 + o));
            });
            k = 4;
        } else if (K >= 1) {
            std::memcpy(Y, table + indices[0] * O, row_bytes);
            k = 1;
        } else {
            std::memset(Y, 0, row_bytes);
        }
        for (; k < K; ++k) {
            const T* row = table + indices[k] * O;
            each_vector<T>(O, [=](size_t o, auto part) { part.store(Y + o, part.load(Y + o) + part.load(row + o)); });
        }
    }
}

template <class T> void scatter_rows(T* table, const int32_t* indices, const T* values, size_t B, size_t O) {
    for (size_t b = 0; b < B; ++b, values += O) {
        if (b + AHEAD < B && indices[b + AHEAD] >= 0)
            prefetch_row(table + size_t(indices[b + AHEAD]) * O, O * sizeof(T));
        if (indices[b] < 0) continue;
        T* row = table + size_t(indices[b]) * O;
        each_vector<T>(O,
                       [=](size_t o, auto part) { part.store(row + o, part.load(row + o) + part.load(values + o)); });
    }
}

// Hashes are made in two rows of a small block, which vectorises, and then stored word by word.
inline void hash_ids(uint32_t* keys, const uint64_t* ids, size_t n, uint32_t seed) {
    constexpr size_t N = 64;
    uint64_t h1[N], h2[N];
    for (size_t start = 0; start < n; start += N, keys += 4 * N, ids += N) {
        const size_t count = n - start < N ? n - start : N;
        for (size_t i = 0; i < count; ++i) {
            const formula::Hash128 h = formula::murmur3_128(ids[i], seed);
            h1[i] = h.h1;
            h2[i] = h.h2;
        }
        for (size_t i = 0; i < count; ++i) {
            keys[4 * i + 0] = uint32_t(h1[i]);
            keys[4 * i + 1] = uint32_t(h1[i] >> 32);
            keys[4 * i + 2] = uint32_t(h2[i]);
            keys[4 * i + 3] = uint32_t(h2[i] >> 32);
        }
    }
}

inline void hash_ngrams(uint64_t* hashes, const uint64_t* keys, size_t count, size_t n) {
    for (size_t i = 0; i < count; ++i) hashes[i] = formula::murmur2_64(keys + i, n);
}

inline bool all_below(const uint32_t* indices, size_t n, uint32_t V) {
    uint32_t largest = 0;
    for (size_t i = 0; i < n; ++i) largest = indices[i] > largest ? indices[i] : largest;
    return n == 0 || largest < V;
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc
