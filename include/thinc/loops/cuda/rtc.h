// What a compiler at run time has no headers for: integer types, and the built-in functions that the formulas use.
#pragma once

#ifdef __CUDACC_RTC__

namespace thinc {
using uint8_t = unsigned char;
using uint16_t = unsigned short;
using int32_t = int;
using uint32_t = unsigned int;
using int64_t = long long;
using uint64_t = unsigned long long;
}  // namespace thinc

__device__ constexpr float __builtin_huge_valf() { return __builtin_bit_cast(float, 0x7f800000u); }
__device__ constexpr double __builtin_huge_val() { return __builtin_bit_cast(double, 0x7ff0000000000000ull); }
__device__ inline float __builtin_sqrtf(float x) { return sqrtf(x); }
__device__ inline double __builtin_sqrt(double x) { return sqrt(x); }

#else

#include <cstddef>
#include <cstdint>

#endif
