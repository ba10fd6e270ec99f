// Elements that depend on nothing but their index.
#pragma once

#include "thinc/formula/hash.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// `scale` where the index's hash reaches the limit, else 0.
__global__ void dropout_mask(float* Y, size_t n, uint64_t seed, uint64_t limit, double scale) {
    each(n, [=](size_t i) {
        const uint64_t key = formula::splitmix64(seed, i >> 32);
        const uint32_t word =
            formula::random_word(uint32_t(key) + uint32_t(i) * formula::INDEX_STEP, uint32_t(key >> 32));
        Y[i] = (word >> 8) >= limit ? float(scale) : 0.0f;
    });
}

}  // namespace LEVEL
}  // namespace thinc
