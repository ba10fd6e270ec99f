// Windows of neighbouring rows, for the sequence theme.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/isa.h"

namespace thinc {

// nW rows to each side; segments of `lengths__b` rows; I columns of X.
template <class T> using Window = void (*)(T* out, const T* in, const int32_t* lengths__b, size_t B, size_t nW,
                                           size_t I);

struct WindowOp {
    Window<float> f32;
    Window<double> f64;
};

struct SequenceTable {
    WindowOp seq2col;           // (T, I) to (T, F * I) with F = 2 nW + 1
    WindowOp backprop_seq2col;  // (T, F * I) to (T, I)
};

}  // namespace thinc
