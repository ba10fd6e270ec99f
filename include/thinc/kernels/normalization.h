// Softmax and layer normalisation of rows, softmax of sequences, and their gradients.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/isa.h"

namespace thinc {

template <class T> using SoftmaxRows = void (*)(T* Y__bo, const T* X__bo, size_t B, size_t O, T inverse_temperature);
template <class T>
using SoftmaxSlope = void (*)(T* dX__bo, const T* dY__bo, const T* Y__bo, size_t B, size_t O, T inverse_temperature);
template <class T>
using SegmentSoftmax = void (*)(T* Y__to, const T* X__to, const int32_t* lengths__b, size_t B, size_t O);
template <class T>
using SegmentSoftmaxSlope = void (*)(T* dX__to, const T* dY__to, const T* Y__to, const int32_t* lengths__b, size_t B,
                                     size_t O);
template <class T>
using LayerNorm = void (*)(T* Y__bi, T* mean__b, T* rstd__b, const T* X__bi, const T* G__i, const T* b__i, size_t B,
                           size_t I, double eps);
// dG and db are added to.
template <class T>
using LayerNormSlope = void (*)(T* dX__bi, T* dG__i, T* db__i, const T* dY__bi, const T* X__bi, const T* mean__b,
                                const T* rstd__b, const T* G__i, size_t B, size_t I);

template <class T> struct NormalizationKernels {
    SoftmaxRows<T> softmax;
    SoftmaxSlope<T> backprop_softmax;
    SegmentSoftmax<T> softmax_sequences;
    SegmentSoftmaxSlope<T> backprop_softmax_sequences;
    LayerNorm<T> layer_norm;
    LayerNormSlope<T> backprop_layer_norm;
};

// Softmax along the middle axis.
template <class T> struct AxisKernels {
    void (*softmax)(T* Y__nao, const T* X__nao, size_t N, size_t A, size_t O, T inverse_temperature);
    void (*backprop_softmax)(T* dX__nao, const T* dY__nao, const T* Y__nao, size_t N, size_t A, size_t O,
                             T inverse_temperature);
};

struct NormalizationTable {
    NormalizationKernels<float> f32;
    NormalizationKernels<double> f64;
    AxisKernels<float> axis_f32;
    AxisKernels<double> axis_f64;
};

}  // namespace thinc
