// Elements that depend on nothing but their index.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/formula/hash.h"
#include "thinc/kernels/arrays.h"

namespace thinc {
namespace LEVEL {
namespace {

inline void dropout_mask(float* Y, size_t begin, size_t end, uint64_t seed, uint32_t limit, float scale) {
    constexpr uint64_t block_size = 1ull << 32;
    for (uint64_t at = begin; at < end;) {
        const uint64_t block = at / block_size, first = at % block_size, key = formula::splitmix64(seed, block);
        const uint64_t left = end - at, fit = block_size - first, count = left < fit ? left : fit;
        const uint32_t high = uint32_t(key >> 32), last = limit * 256 - 1;
        uint32_t x = uint32_t(key) + uint32_t(first) * formula::INDEX_STEP;
        for (size_t i = 0; i < count; ++i, x += formula::INDEX_STEP)
            Y[i] = formula::random_word(x, high) <= last ? 0.0f : scale;
        Y += count;
        at += count;
    }
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc
