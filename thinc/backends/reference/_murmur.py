"""MurmurHash of 64-bit keys, as arithmetic on arrays: the same numbers on any byte order.

All products and sums are modulo 2**64 or 2**32, by way of the unsigned dtypes.

Source: A. Appleby, SMHasher: MurmurHash3 (x64 128-bit, x86 32-bit) and MurmurHash2 (64A).
"""


def _rotate(x, bits, width):
    return (x << x.dtype.type(bits)) | (x >> x.dtype.type(width - bits))


def finalize64(x):
    """The last step of MurmurHash3: every bit of a uint64 changes every other one."""
    x = x ^ (x >> x.dtype.type(33))
    x = x * x.dtype.type(0xFF51AFD7ED558CCD)
    x = x ^ (x >> x.dtype.type(33))
    x = x * x.dtype.type(0xC4CEB9FE1A85EC53)
    return x ^ (x >> x.dtype.type(33))


def murmur3_128(xp, keys, seed):
    """The four 32-bit words of MurmurHash3 x64 128 of each key's 8 bytes: uint32 (N, 4)."""
    u = keys.dtype.type
    k = _rotate(keys * u(0x87C37B91114253D5), 31, 64) * u(0x4CF5AD432745937F)
    h2 = xp.full_like(keys, seed ^ 8)
    h1 = h2 ^ k
    h1 = h1 + h2
    h2 = h2 + h1
    h1, h2 = finalize64(h1), finalize64(h2)
    h1 = h1 + h2
    h2 = h2 + h1
    words = [h1, h1 >> u(32), h2, h2 >> u(32)]
    # The cast to a narrower dtype keeps the low word.
    return xp.stack([word.astype("uint32") for word in words], axis=1)


def murmur3_32(xp, keys, seed):
    """MurmurHash3 x86 32 of each key's 8 bytes, low word first: uint32 (N,)."""
    # The cast to a narrower dtype keeps the low word.
    words = keys.astype("uint32"), (keys >> keys.dtype.type(32)).astype("uint32")
    u = words[0].dtype.type
    h = xp.full(keys.shape, seed, "uint32")
    for k in words:
        k = _rotate(k * u(0xCC9E2D51), 15, 32) * u(0x1B873593)
        h = _rotate(h ^ k, 13, 32) * u(5) + u(0xE6546B64)
    h = h ^ u(8)
    h = (h ^ (h >> u(16))) * u(0x85EBCA6B)
    h = (h ^ (h >> u(13))) * u(0xC2B2AE35)
    return h ^ (h >> u(16))


def murmur2_64a(xp, windows):
    """MurmurHash64A, seed 0, of the bytes of each row of keys: uint64 (N,) for uint64 (N, n)."""
    u = windows.dtype.type
    m, r = u(0xC6A4A7935BD1E995), u(47)
    h = xp.full(windows.shape[0], 8 * windows.shape[1] * int(m) % 2**64, "uint64")
    for column in range(windows.shape[1]):
        k = windows[:, column] * m
        k = (k ^ (k >> r)) * m
        h = (h ^ k) * m
    h = (h ^ (h >> r)) * m
    return h ^ (h >> r)
