// Elementwise kernels and maxout: what the binding of the theme sees. Ranges are given by pointer and count.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/isa.h"

namespace thinc {

// One function per dtype; `p` points to the parameters of the formula, as doubles. The output may be one of the inputs.
template <class T>
using Map = void (*)(T* Y, const T* X, size_t n, const double* p);
template <class T>
using Map2 = void (*)(T* dX, const T* dY, const T* X, size_t n, const double* p);
template <class T>
using Map3 = void (*)(T* dX, const T* dY, const T* X, const T* Y, size_t n, const double* p);

struct MapOp {
    Map<float> f32;
    Map<double> f64;
};
struct Map2Op {
    Map2<float> f32;
    Map2<double> f64;
};
struct Map3Op {
    Map3<float> f32;
    Map3<double> f64;
};

// Y and `which` are n numbers, X is n times nP.
template <class T>
using Maxout = void (*)(T* Y, int32_t* which, const T* X, size_t n, size_t nP);
// All of `which` are below nP.
template <class T>
using BackpropMaxout = void (*)(T* dX, const T* dY, const int32_t* which, size_t n, size_t nP);

struct ActivationsTable {
    MapOp math[5];  // exp, log, tanh, erf, sigmoid
    MapOp sigmoid, dsigmoid, dtanh, relu, clipped_linear, hard_swish, hard_swish_mobilenet, swish, dish, mish;
    MapOp polynomial_erf, sechsq, gelu, gelu_approx;
    Map2Op backprop_sigmoid, backprop_relu, backprop_clipped_linear, backprop_hard_swish, backprop_hard_swish_mobilenet;
    Map2Op backprop_dish, backprop_mish, backprop_gelu, backprop_gelu_approx;
    Map3Op backprop_swish;
    Maxout<float> maxout_f32;
    Maxout<double> maxout_f64;
    BackpropMaxout<float> backprop_maxout_f32;
    BackpropMaxout<double> backprop_maxout_f64;
    bool (*all_below)(const int32_t* which, size_t n, size_t nP);
};

}  // namespace thinc
