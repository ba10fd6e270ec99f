// Tables addressed by hashed keys. Keys go in small blocks: all hashes of a block, which vectorises; then a request
// for all it will read; then the reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/formula/hash.h"
#include "thinc/kernels/embedding.h"
#include "thinc/loops/cpu/few.h"
#include "thinc/loops/cpu/gather.h"

namespace thinc {
namespace LEVEL {
namespace {

constexpr size_t HASH_BLOCK = 32;

// The two slots of each of up to HASH_BLOCK keys.
struct Slots {
    size_t first[HASH_BLOCK], second[HASH_BLOCK];

    void find(const uint64_t* keys, size_t n, const SparseShape& shape) {
        const size_t length = shape.length, mask = length - 1;
        for (size_t i = 0; i < n; ++i) {
            first[i] = formula::murmur3_32(keys[i], 0);
            second[i] = formula::murmur3_32(keys[i], 1);
        }
        const bool masked = shape.overlapping || (length & mask) == 0;
        for (size_t i = 0; i < n; ++i) {
            first[i] = masked ? first[i] & mask : first[i] % length;
            second[i] = masked ? second[i] & mask : second[i] % length;
        }
    }
};

// The distance of two classes in the table.
inline size_t class_step(const SparseShape& shape) { return shape.overlapping ? 1 : shape.length; }

// Calls body(row, key, first slot, second slot) for all keys of all rows, in order, and end(row) after each row. The
// slots are those of O classes from W on.
template <class T, class Body, class End>
inline void each_feature(const uint64_t* keys, const int32_t* lengths, const T* W, size_t O, const SparseShape& shape,
                         Body body, End end) {
    const size_t step = class_step(shape);
    Slots slots;
    size_t t = 0;
    for (size_t b = 0; b < shape.B; ++b) {
        for (size_t left = size_t(lengths[b]); left;) {
            const size_t n = left < HASH_BLOCK ? left : HASH_BLOCK;
            slots.find(keys + t, n, shape);
            for (size_t i = 0; i < n; ++i) {
                for (size_t o = 0; o < O; ++o) {
                    prefetch(W + o * step + slots.first[i]);
                    prefetch(W + o * step + slots.second[i]);
                }
            }
            for (size_t i = 0; i < n; ++i) body(b, t + i, slots.first[i], slots.second[i]);
            t += n;
            left -= n;
        }
        end(b);
    }
}

// A few classes, whose sums are registers; Y and W begin with the first of them.
template <size_t O, class T>
void sparse_classes(T* Y, const uint64_t* keys, const T* values, const int32_t* lengths, const T* W, const T* bias,
                    const SparseShape& shape) {
    const size_t step = class_step(shape);
    T sums[O] = {};
    const auto add = [&](size_t, size_t t, size_t first, size_t second) {
        for (size_t o = 0; o < O; ++o) sums[o] += values[t] * (W[o * step + first] + W[o * step + second]);
    };
    each_feature(keys, lengths, W, O, shape, add, [&](size_t b) {
        for (size_t o = 0; o < O; ++o) Y[b * shape.O + o] = sums[o] + bias[o], sums[o] = 0;
    });
}

template <class T>
void sparse_rows(T* Y, const uint64_t* keys, const T* values, const int32_t* lengths, const T* W, const T* bias,
                 const SparseShape* shape) {
    const size_t step = class_step(*shape);
    for (size_t o = 0; o < shape->O; o += FEW - 1)
        with_few(shape->O - o < FEW ? shape->O - o : FEW - 1,
                 [=](auto n) { sparse_classes<n>(Y + o, keys, values, lengths, W + o * step, bias + o, *shape); });
}

template <class T>
void sparse_gradients(T* dW, T* db, const T* dY, const uint64_t* keys, const T* values, const int32_t* lengths,
                      const SparseShape* shape) {
    const size_t B = shape->B, O = shape->O, step = class_step(*shape);
    const auto add = [=](size_t b, size_t t, size_t first, size_t second) {
        for (size_t o = 0; o < O; ++o) {
            const T d = values[t] * dY[b * O + o];
            dW[o * step + first] += d;
            dW[o * step + second] += d;
        }
    };
    each_feature(keys, lengths, dW, O, *shape, add, [](size_t) {});
    for (size_t o = 0; o < O; ++o) db[o] = 0;
    for (size_t b = 0; b < B; ++b)
        for (size_t o = 0; o < O; ++o) db[o] += dY[b * O + o];
}

inline void find_ids(int32_t* Y, const uint64_t* ids, size_t n, const uint64_t* table, size_t S, bool is_signed,
                     int32_t missing) {
    size_t slots[HASH_BLOCK];
    for (size_t start = 0; start < n; start += HASH_BLOCK, ids += HASH_BLOCK, Y += HASH_BLOCK) {
        const size_t count = n - start < HASH_BLOCK ? n - start : HASH_BLOCK;
        for (size_t i = 0; i < count; ++i) slots[i] = size_t(formula::fmix64(ids[i]) & (S - 1));
        for (size_t i = 0; i < count; ++i) prefetch_row(table + 2 * slots[i], 16);
        for (size_t i = 0; i < count; ++i) {
            Y[i] = missing;
            if (is_signed && ids[i] >> 63) continue;
            // The bound ends the search in a table without an unused slot.
            for (size_t tries = 0, s = slots[i]; tries < S && table[2 * s + 1]; ++tries, s = (s + 1) & (S - 1)) {
                if (table[2 * s] == ids[i]) {
                    Y[i] = int32_t(uint32_t(table[2 * s + 1]));
                    break;
                }
            }
        }
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc
