// Tables addressed by hashed keys: one thread per key.
#pragma once

#include "thinc/formula/hash.h"
#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// Slots are pairs of a key and a value, which is 0 where the slot is unused; S is a power of two. A negative id is in
// no table.
__global__ void find_ids(int32_t* Y, const uint64_t* ids, size_t n, const uint64_t* table, size_t S, int64_t is_signed,
                         int64_t missing) {
    each(n, [=](size_t i) {
        const uint64_t id = ids[i];
        int32_t found = int32_t(missing);
        // The bound ends the search in a table without an unused slot.
        const size_t most = is_signed && id >> 63 ? 0 : S;
        for (size_t tries = 0, s = formula::fmix64(id) & (S - 1); tries < most; ++tries, s = (s + 1) & (S - 1)) {
            if (!table[2 * s + 1]) break;
            if (table[2 * s] == id) {
                found = int32_t(uint32_t(table[2 * s + 1]));
                break;
            }
        }
        Y[i] = found;
    });
}

}  // namespace LEVEL
}  // namespace thinc
