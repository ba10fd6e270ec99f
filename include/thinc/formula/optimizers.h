// Update rules, element by element. No multiply-add is fused, so every level gives the bits of the reference.
#pragma once

#include "thinc/formula/number.h"

namespace thinc {
namespace LEVEL {
namespace formula {

// m = m beta + g gain
template <class T> FORMULA T first_moment(T m, T g, T beta, T gain) { return m * beta + g * gain; }
// v = v beta + gain g^2
template <class T> FORMULA T second_moment(T v, T g, T beta, T gain) { return v * beta + gain * (g * g); }
// u = m / (mod_rate sqrt(v) + eps)
template <class T> FORMULA T adam_direction(T m, T v, T mod_rate, T eps) {
    return m / (mod_rate * square_root(v) + eps);
}

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc
