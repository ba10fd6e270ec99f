// Sequences side by side in one block, with zeros behind each. Items are words of U, whatever they mean.
#pragma once

#include "thinc/loops/cuda/threads.h"

namespace thinc {
namespace LEVEL {

// seqs__b are the addresses of the sequences; a sequence has lengths__b[b] words of the L that the block has for it.
template <class U>
__global__ void pad_words(U* Y__bl, const uint64_t* seqs__b, const int64_t* lengths__b, size_t B, size_t L) {
    each(B * L, [=](size_t i) {
        const size_t b = i / L, l = i % L;
        const U* words = reinterpret_cast<const U*>(size_t(seqs__b[b]));
        Y__bl[i] = l < size_t(lengths__b[b]) ? words[l] : U(0);
    });
}

}  // namespace LEVEL
}  // namespace thinc
