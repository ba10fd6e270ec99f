// What the machine can do at most: loops that do nothing but multiply and add, or nothing but move memory.
#pragma once

#include <cstddef>

#include "thinc/isa.h"

namespace thinc {

struct RoofsTable {
    // Runs about n multiply-adds of T in registers and returns how many floating-point operations that were.
    double (*fma_f32)(size_t n, float* sink);
    double (*fma_f64)(size_t n, double* sink);
    // Reads n floats, and returns their sum in lanes.
    float (*read)(const float* X, size_t n);
    void (*copy)(float* Y, const float* X, size_t n);
};

}  // namespace thinc
