// MurmurHash, for 64-bit keys (Austin Appleby, public domain algorithms; written from their definition), and the
// hash of an index that stands for a random number.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thinc/formula/formula.h"

namespace thinc {
namespace LEVEL {
namespace formula {

FORMULA uint64_t rotate_left(uint64_t x, int r) { return (x << r) | (x >> (64 - r)); }

// The 64-bit finaliser of MurmurHash3.
FORMULA uint64_t fmix64(uint64_t z) {
    z ^= z >> 33;
    z *= 0xff51afd7ed558ccdull;
    z ^= z >> 33;
    z *= 0xc4ceb9fe1a85ec53ull;
    return z ^ (z >> 33);
}

struct Hash128 {
    uint64_t h1, h2;
};

// MurmurHash3 x64 128 of the eight little-endian bytes of `id`.
FORMULA Hash128 murmur3_128(uint64_t id, uint32_t seed) {
    const uint64_t k = rotate_left(id * 0x87c37b91114253d5ull, 31) * 0x4cf5ad432745937full;
    uint64_t h1 = (seed ^ k) ^ 8, h2 = uint64_t(seed) ^ 8;
    h1 += h2;
    h2 += h1;
    h1 = fmix64(h1);
    h2 = fmix64(h2);
    h1 += h2;
    h2 += h1;
    return {h1, h2};
}

// MurmurHash3 x86 32 of the eight little-endian bytes of `id`, low word first.
FORMULA uint32_t murmur3_32(uint64_t id, uint32_t seed) {
    uint32_t h = seed;
    for (int word = 0; word < 2; ++word) {
        uint32_t k = uint32_t(id >> (32 * word)) * 0xcc9e2d51u;
        k = (k << 15) | (k >> 17);
        h ^= k * 0x1b873593u;
        h = ((h << 13) | (h >> 19)) * 5 + 0xe6546b64u;
    }
    h ^= 8;
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    return h ^ (h >> 16);
}

// MurmurHash64A of the little-endian bytes of keys[0:n], seed 0.
FORMULA uint64_t murmur2_64(const uint64_t* keys, size_t n) {
    const uint64_t m = 0xc6a4a7935bd1e995ull;
    uint64_t h = (8 * n) * m;
    for (size_t i = 0; i < n; ++i) {
        uint64_t k = keys[i] * m;
        k ^= k >> 47;
        h ^= k * m;
        h *= m;
    }
    h ^= h >> 47;
    h *= m;
    return h ^ (h >> 47);
}

// Value `block` of the splitmix64 sequence of a seed (Sebastiano Vigna, public domain).
FORMULA uint64_t splitmix64(uint64_t seed, uint64_t block) {
    uint64_t z = seed + (block + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

// A random word for an index i, given as x = low + i * INDEX_STEP, by Chris Wellons' "lowbias32" with the second half
// of the key between its rounds.
constexpr uint32_t INDEX_STEP = 0x9e3779b9u;
FORMULA uint32_t random_word(uint32_t x, uint32_t high) {
    x ^= x >> 16;
    x *= 0x21f0aaadu;
    x ^= high;
    x ^= x >> 15;
    x *= 0x735a2d97u;
    return x ^ (x >> 15);
}

}  // namespace formula
}  // namespace LEVEL
}  // namespace thinc
