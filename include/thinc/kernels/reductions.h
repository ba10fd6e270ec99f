// Reductions over the segments (sequences) of a concatenation of rows, and their gradients.
//
// X__to holds T rows of O columns; segment b has lengths__b[b] rows. The first segment and row of a call are
// given by the pointers, so that a range of segments is a call of its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/isa.h"

namespace thinc {

template <class T>
using Segment = void (*)(T* out, const T* in, const int32_t* lengths__b, size_t B, size_t O);
template <class T>
using SegmentMax = void (*)(T* Y__bo, int32_t* which__bo, const T* X__to, const int32_t* lengths__b, size_t B,
                            size_t O);
template <class T>
using SegmentPlace = void (*)(T* dX__to, const T* dY__bo, const int32_t* which__bo, const int32_t* lengths__b, size_t B,
                              size_t O);

struct SegmentOp {
    Segment<float> f32;
    Segment<double> f64;
};
struct SegmentMaxOp {
    SegmentMax<float> f32;
    SegmentMax<double> f64;
};
struct SegmentPlaceOp {
    SegmentPlace<float> f32;
    SegmentPlace<double> f64;
};

struct ReductionsTable {
    SegmentOp sum, mean;  // (T, O) to (B, O)
    SegmentMaxOp max;
    SegmentOp backprop_sum, backprop_mean;  // (B, O) to (T, O)
    SegmentPlaceOp backprop_max;
};

}  // namespace thinc
