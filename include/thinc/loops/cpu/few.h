// Small numbers that the compiler is to know.
#pragma once

#include <cstddef>
#include <type_traits>

namespace thinc {
namespace LEVEL {
namespace {

constexpr size_t FEW = 16;

// Calls f with n, which is at least 1 and less than `bound`, as a constant: as many sums are registers then.
template <size_t bound = FEW, size_t N = 1, class F> void with_few(size_t n, F f) {
    if (n == N) return f(std::integral_constant<size_t, N>());
    if constexpr (N + 1 < bound) with_few<bound, N + 1>(n, f);
}

}  // namespace
}  // namespace LEVEL
}  // namespace thinc
