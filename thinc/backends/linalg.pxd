# Vector arithmetic for other extension modules, which compile the bodies below into their own binaries.
#
# The order of the types and of the methods in each type is a binary interface: it fixes the layout of the
# method tables that consumers look up. Method bodies may change; additions go to the end of a new type only.
cimport cython
from cymem.cymem cimport Pool
from libc.math cimport expf, powf, sqrtf
from libc.stdint cimport int32_t
from libc.string cimport memcpy, memset

ctypedef float weight_t


cdef class Matrix:
    cdef readonly Pool mem
    cdef weight_t* data
    cdef readonly int32_t nr_row
    cdef readonly int32_t nr_col


cdef class Vec:
    @staticmethod
    cdef inline int arg_max(const weight_t* scores, const int n_classes) noexcept nogil:
        # The first maximum, except that the second of two wins a tie: stored models count on it.
        cdef int i, best = 0
        if n_classes == 2:
            return 0 if scores[0] > scores[1] else 1
        for i in range(1, n_classes):
            if scores[i] > scores[best]:
                best = i
        return best

    @staticmethod
    cdef inline weight_t max(const weight_t* x, int32_t nr) noexcept nogil:
        cdef int32_t i
        cdef weight_t highest
        if nr <= 0:
            return 0
        highest = x[0]
        for i in range(1, nr):
            if x[i] > highest:
                highest = x[i]
        return highest

    @staticmethod
    cdef inline weight_t sum(const weight_t* x, int32_t nr) noexcept nogil:
        cdef int32_t i
        cdef weight_t total = 0
        for i in range(nr):
            total += x[i]
        return total

    @staticmethod
    cdef inline weight_t norm(const weight_t* x, int32_t nr) noexcept nogil:
        cdef int32_t i
        cdef weight_t total = 0
        for i in range(nr):
            total += x[i] * x[i]
        return sqrtf(total)

    @staticmethod
    cdef inline void add(weight_t* output, const weight_t* x, weight_t inc, int32_t nr) noexcept nogil:
        memcpy(output, x, sizeof(weight_t) * nr)
        Vec.add_i(output, inc, nr)

    @staticmethod
    cdef inline void add_i(weight_t* vec, weight_t inc, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            vec[i] += inc

    @staticmethod
    cdef inline void mul(weight_t* output, const weight_t* vec, weight_t scal, int32_t nr) noexcept nogil:
        memcpy(output, vec, sizeof(weight_t) * nr)
        Vec.mul_i(output, scal, nr)

    @staticmethod
    cdef inline void mul_i(weight_t* vec, weight_t scal, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            vec[i] *= scal

    @staticmethod
    cdef inline void pow(weight_t* output, const weight_t* vec, weight_t scal, int32_t nr) noexcept nogil:
        memcpy(output, vec, sizeof(weight_t) * nr)
        Vec.pow_i(output, scal, nr)

    @staticmethod
    cdef inline void pow_i(weight_t* vec, weight_t scal, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            vec[i] = powf(vec[i], scal)

    @staticmethod
    @cython.cdivision(True)
    cdef inline void div(weight_t* output, const weight_t* vec, weight_t scal, int32_t nr) noexcept nogil:
        memcpy(output, vec, sizeof(weight_t) * nr)
        Vec.div_i(output, scal, nr)

    @staticmethod
    @cython.cdivision(True)
    cdef inline void div_i(weight_t* vec, weight_t scal, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            vec[i] /= scal

    @staticmethod
    cdef inline void exp(weight_t* output, const weight_t* vec, int32_t nr) noexcept nogil:
        memcpy(output, vec, sizeof(weight_t) * nr)
        Vec.exp_i(output, nr)

    @staticmethod
    cdef inline void exp_i(weight_t* vec, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            vec[i] = expf(vec[i])

    @staticmethod
    @cython.cdivision(True)
    cdef inline void reciprocal_i(weight_t* vec, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            vec[i] = 1 / vec[i]

    @staticmethod
    @cython.cdivision(True)
    cdef inline weight_t mean(const weight_t* X, int32_t nr_dim) noexcept nogil:
        cdef int32_t i
        cdef double total = 0
        if nr_dim <= 0:
            return 0
        for i in range(nr_dim):
            total += X[i]
        return <weight_t>(total / nr_dim)

    @staticmethod
    @cython.cdivision(True)
    cdef inline weight_t variance(const weight_t* X, int32_t nr_dim) noexcept nogil:
        # Welford's updates: one pass, and no difference of large sums.
        cdef int32_t i
        cdef double mean = 0, squares = 0, delta
        if nr_dim <= 0:
            return 0
        for i in range(nr_dim):
            delta = X[i] - mean
            mean += delta / (i + 1)
            squares += delta * (X[i] - mean)
        return <weight_t>(squares / nr_dim)


cdef class VecVec:
    @staticmethod
    cdef inline void add(
        weight_t* output, const weight_t* x, const weight_t* y, weight_t scale, int32_t nr
    ) noexcept nogil:
        memcpy(output, x, sizeof(weight_t) * nr)
        VecVec.add_i(output, y, scale, nr)

    @staticmethod
    cdef inline void add_i(weight_t* x, const weight_t* y, weight_t scale, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            x[i] += y[i] * scale

    @staticmethod
    cdef inline void batch_add_i(
        weight_t* x, const weight_t* y, weight_t scale, int32_t nr, int32_t nr_batch
    ) noexcept nogil:
        cdef int32_t b
        for b in range(nr_batch):
            VecVec.add_i(x, y + <size_t>b * nr, scale, nr)

    @staticmethod
    cdef inline void add_pow(
        weight_t* output, const weight_t* x, const weight_t* y, weight_t power, int32_t nr
    ) noexcept nogil:
        memcpy(output, x, sizeof(weight_t) * nr)
        VecVec.add_pow_i(output, y, power, nr)

    @staticmethod
    cdef inline void add_pow_i(weight_t* x, const weight_t* y, weight_t power, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            x[i] += powf(y[i], power)

    @staticmethod
    cdef inline void mul(weight_t* output, const weight_t* x, const weight_t* y, int32_t nr) noexcept nogil:
        memcpy(output, x, sizeof(weight_t) * nr)
        VecVec.mul_i(output, y, nr)

    @staticmethod
    cdef inline void mul_i(weight_t* x, const weight_t* y, int32_t nr) noexcept nogil:
        cdef int32_t i
        for i in range(nr):
            x[i] *= y[i]

    @staticmethod
    cdef inline weight_t dot(const weight_t* x, const weight_t* y, int32_t nr) noexcept nogil:
        cdef int32_t i
        cdef weight_t total = 0
        for i in range(nr):
            total += x[i] * y[i]
        return total

    @staticmethod
    cdef inline int arg_max_if_true(
        const weight_t* scores, const int* is_valid, const int n_classes
    ) noexcept nogil:
        cdef int i, best = -1
        for i in range(n_classes):
            if is_valid[i] and (best == -1 or scores[i] > scores[best]):
                best = i
        return best

    @staticmethod
    cdef inline int arg_max_if_zero(
        const weight_t* scores, const weight_t* costs, const int n_classes
    ) noexcept nogil:
        cdef int i, best = -1
        for i in range(n_classes):
            if costs[i] == 0 and (best == -1 or scores[i] > scores[best]):
                best = i
        return best


cdef class Mat:
    @staticmethod
    @cython.cdivision(True)
    cdef inline void mean_row(
        weight_t* Ex, const weight_t* mat, int32_t nr_row, int32_t nr_col
    ) noexcept nogil:
        if nr_row <= 0 or nr_col <= 0:
            return
        memset(Ex, 0, sizeof(weight_t) * nr_col)
        VecVec.batch_add_i(Ex, mat, 1, nr_col, nr_row)
        Vec.mul_i(Ex, <weight_t>(1.0 / nr_row), nr_col)

    @staticmethod
    @cython.cdivision(True)
    cdef inline void var_row(
        weight_t* Vx, const weight_t* mat, const weight_t* Ex, int32_t nr_row, int32_t nr_col, weight_t eps
    ) noexcept nogil:
        # Deviations from Ex, whatever Ex is: what they sum up to is taken out again.
        cdef int32_t i, j
        cdef weight_t deviation, total, squares
        if nr_row <= 0 or nr_col <= 0:
            return
        for j in range(nr_col):
            total = 0
            squares = 0
            for i in range(nr_row):
                deviation = mat[<size_t>i * nr_col + j] - Ex[j]
                total += deviation
                squares += deviation * deviation
            Vx[j] = (squares - total * total / nr_row) / nr_row + eps
