// Masks that are drawn element by element from a hash of the element's index.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/isa.h"

namespace thinc {

struct ArraysTable {
    // Elements begin to end of a mask go to Y: 0 where the top 24 bits of an element's word are below `limit` (at
    // least 1), else `scale`.
    void (*dropout_mask)(float* Y, size_t begin, size_t end, uint64_t seed, uint32_t limit, float scale);
};

}  // namespace thinc
