// How far two numbers or two rows are apart.
#pragma once

#include "thinc/formula/formula.h"
#include "thinc/formula/math.h"

namespace thinc {
namespace LEVEL {
namespace formula {

// -(y log p + (1 - y) log(1 - p)), a little away from log 0.
template <class T> FORMULA T logloss(T y, T p) { return -(y * log(p + T(1e-8)) + (1 - y) * log(1 - p + T(1e-8))); }

// A component of the gradient with respect to x, of which u is the unit row, for similarity s to the unit row v.
template <class T> FORMULA T cosine_slope(T d, T u, T v, T s, T reciprocal_length) {
    return d * (v - s * u) * reciprocal_length;
}

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc
