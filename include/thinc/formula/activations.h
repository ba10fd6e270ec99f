// Values and slopes of the elementwise functions, branch-free, for host and device.
#pragma once

#ifdef __CUDACC__
#define FORMULA __host__ __device__ inline
#else
#define FORMULA inline
#endif

namespace thinc {
namespace LEVEL {
namespace formula {

// y = max(x, 0); a NaN stays.
struct Relu {
    template <class T> FORMULA static T value(T x, const double*) { return x <= 0 ? T(0) : x; }
    // In terms of the output y.
    template <class T> FORMULA static T slope(T y, const double*) { return y > 0 ? T(1) : T(0); }
};

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc
