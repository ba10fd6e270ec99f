// The first of the largest ones of numbers that are looked at in order, and where it was; for vectors, lane by lane.
#pragma once

#include <cstdint>

#include "thinc/loops/cpu/vec.h"

namespace thinc {
namespace LEVEL {
namespace {

// A NaN counts as larger than any number. V and A are numbers or vectors of them.
template <class V, class A> struct Largest {
    V value;
    A at;

    void look(V x, A where) {
        const auto stays = (x <= value) | (value != value);
        value = stays ? value : x;
        at = stays ? at : where;
    }
};

#if defined(__GNUC__) || defined(__clang__)

// Integers as many as a vector of L numbers has lanes.
template <class T, size_t L = WIDTH<T>> using Which = typename VecOf<int32_t, L>::loose;

template <class T, size_t L = WIDTH<T>>
using LargestOfLanes = Largest<typename VecOf<T, L>::type, typename VecOf<Lane<T>, L>::type>;

template <class T, size_t L = WIDTH<T>> inline void store(T* Y, int32_t* which, const LargestOfLanes<T, L>& best) {
    *reinterpret_cast<typename VecOf<T, L>::loose*>(Y) = best.value;
    *reinterpret_cast<Which<T, L>*>(which) = __builtin_convertvector(best.at, Which<T, L>);
}

#endif

}  // namespace
}  // namespace LEVEL
}  // namespace thinc
