// Rows of a table by index: sums of gathered rows, rows scattered back, and the keys that name them.
#pragma once

#include "thinc/formula/hash.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

template <class T>
__global__ void gather_sum(T* Y__bo, const T* table__to, const uint32_t* indices__bk, size_t B, size_t K, size_t O) {
    each_row(B, [=](size_t b, Team team) {
        const uint32_t* indices = indices__bk + b * K;
        team.each(O, [=](size_t o) {
            T sum = K ? table__to[indices[0] * O + o] : T(0);
            for (size_t k = 1; k < K; ++k) sum += table__to[indices[k] * O + o];
            Y__bo[b * O + o] = sum;
        });
    });
}

// Key index * N + n says that row n of the values goes to that row of the table; the keys are sorted. One team adds all
// values of one index, in the order of their rows, so that the sum is the same every time. Negative keys are skipped.
template <class T>
__global__ void scatter_sorted(T* table__to, const int64_t* keys__n, const T* values__no, size_t N, size_t O) {
    each_row(N, [=](size_t n, Team team) {
        if (keys__n[n] < 0) return;
        const int64_t count = int64_t(N), index = keys__n[n] / count, first = index * count;
        if (n && keys__n[n - 1] >= first) return;
        size_t end = n + 1;
        while (end < N && keys__n[end] < first + count) ++end;
        T* table = table__to + size_t(index) * O;
        team.each(O, [=](size_t o) {
            T sum = table[o];
            for (size_t i = n; i < end; ++i) sum += values__no[size_t(keys__n[i] - first) * O + o];
            table[o] = sum;
        });
    });
}

// In any order.
template <class T>
__global__ void scatter_atomic(T* table__to, const int64_t* indices__n, const T* values__no, size_t N, size_t O) {
    each_row(N, [=](size_t n, Team team) {
        const int64_t index = indices__n[n];
        if (index < 0) return;
        team.each(O, [=](size_t o) { atomicAdd(table__to + size_t(index) * O + o, values__no[n * O + o]); });
    });
}

__global__ void hash_ids(uint32_t* keys__n4, const uint64_t* ids__n, size_t N, uint64_t seed) {
    each(N, [=](size_t n) {
        const formula::Hash128 hash = formula::murmur3_128(ids__n[n], uint32_t(seed));
        uint32_t* keys = keys__n4 + 4 * n;
        keys[0] = uint32_t(hash.h1);
        keys[1] = uint32_t(hash.h1 >> 32);
        keys[2] = uint32_t(hash.h2);
        keys[3] = uint32_t(hash.h2 >> 32);
    });
}

__global__ void hash_ngrams(uint64_t* hashes, const uint64_t* keys, size_t count, size_t n) {
    each(count, [=](size_t i) { hashes[i] = formula::murmur2_64(keys + i, n); });
}

}  // namespace LEVEL
}  // namespace thinc
