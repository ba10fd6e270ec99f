// The instruction-set levels a kernel is compiled for, and which of them this machine has.
//
// Every `<theme>.isa.cpp` is compiled once per level and defines `At<Table, Isa::LEVEL>::table`. A binding asks
// for `table_at<Table>(level)` once, at import, so no kernel ever tests the processor.
#pragma once

namespace thinc {

enum class Isa : int { portable, v1, v3, v4, neon };

// The table of one theme at one level. Defined, once per level, by the theme's .isa.cpp.
template <class Table, Isa level> struct At {
    static const Table table;
};

#if defined(__x86_64__) || defined(_M_X64) || defined(__i386__)

inline bool has_isa(Isa level) {
    switch (level) {
        case Isa::v1: return true;
#if defined(__GNUC__) || defined(__clang__)
        case Isa::v3:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                   __builtin_cpu_supports("bmi2");
        case Isa::v4:
            return has_isa(Isa::v3) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
#endif
        default: return false;
    }
}

template <class Table> const Table* table_at(Isa level) {
    switch (level) {
        case Isa::v4: return &At<Table, Isa::v4>::table;
        case Isa::v3: return &At<Table, Isa::v3>::table;
        default: return &At<Table, Isa::v1>::table;
    }
}

#elif defined(__aarch64__) || defined(_M_ARM64)

inline bool has_isa(Isa level) { return level == Isa::neon; }
template <class Table> const Table* table_at(Isa) { return &At<Table, Isa::neon>::table; }

#else

inline bool has_isa(Isa level) { return level == Isa::portable; }
template <class Table> const Table* table_at(Isa) { return &At<Table, Isa::portable>::table; }

#endif

}  // namespace thinc
