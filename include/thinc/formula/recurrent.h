// The gradient of the LSTM cell, c = f c' + i g and h = o tanh(c), for one unit.
#pragma once

#include "thinc/formula/math.h"

namespace thinc {
namespace LEVEL {
namespace formula {

template <class T> struct CellGradient {
    T af, ai, ao, ag;
    T c_before;
};

// From the gradients of h and (through the next step) of c.
template <class T> FORMULA CellGradient<T> lstm_cell_gradient(T dh, T dc, T f, T i, T o, T g, T c, T c_before) {
    const T t = tanh<Fused>(c), d = dc + dh * o * (1 - t * t);
    return {d * c_before * f * (1 - f), d * g * i * (1 - i), dh * t * o * (1 - o), d * i * (1 - g * g), d * f};
}

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc
