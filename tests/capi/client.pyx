# distutils: language = c++
"""A client of the C-level interfaces, as an extension module of another package would be."""

import numpy

from cymem.cymem cimport Pool
from libc.stdint cimport uint64_t

from thinc.backends.cblas cimport CBlas, daxpy, saxpy, set_saxpy, sgemm
from thinc.backends.linalg cimport Mat, Matrix, Vec, VecVec
from thinc.backends.numpy_ops cimport (
    axpy,
    backprop_seq2col,
    cpu_backprop_maxout,
    cpu_backprop_mish,
    cpu_backprop_reduce_max,
    cpu_backprop_reduce_mean,
    cpu_backprop_reduce_sum,
    cpu_gather_add,
    cpu_maxout,
    cpu_mish,
    cpu_reduce_max,
    cpu_reduce_mean,
    cpu_reduce_sum,
    cpu_relu,
    float2d_t,
    float3d_t,
    ints2d_ft,
    reals2d_ft,
    seq2col,
)
from thinc.extra.search cimport Beam, MaxViolation, class_t, hash_func_t, hash_t, weight_t

# --- cblas ---------------------------------------------------------------------------------------------------


def product(CBlas cblas, float2d_t A, float2d_t B, float2d_t C, bint transA=False, bint transB=False,
            float alpha=1, float beta=0):
    """C = alpha op(A) op(B) + beta C."""
    cdef int K = A.shape[0] if transA else A.shape[1]
    with nogil:
        sgemm(cblas)(transA, transB, C.shape[0], C.shape[1], K, alpha, &A[0, 0], A.shape[1], &B[0, 0], B.shape[1],
                     beta, &C[0, 0], C.shape[1])


def add_scaled(CBlas cblas, float alpha, float[:] X, float[:] Y):
    with nogil:
        saxpy(cblas)(Y.shape[0], alpha, &X[0], X.strides[0] // 4, &Y[0], Y.strides[0] // 4)


def add_scaled_double(CBlas cblas, double alpha, double[:] X, double[:] Y):
    with nogil:
        daxpy(cblas)(Y.shape[0], alpha, &X[0], X.strides[0] // 8, &Y[0], Y.strides[0] // 8)


cdef void count_calls(int N, float alpha, const float* X, int incX, float* Y, int incY) noexcept nogil:
    Y[0] += 1


def replace_saxpy(CBlas cblas):
    set_saxpy(cblas, count_calls)


# --- linalg --------------------------------------------------------------------------------------------------


def of_vector(float[::1] x, float a):
    """What `Vec` makes of x, by name."""
    cdef int n = x.shape[0]
    results = {
        "arg_max": Vec.arg_max(&x[0], n), "max": Vec.max(&x[0], n), "sum": Vec.sum(&x[0], n),
        "norm": Vec.norm(&x[0], n), "mean": Vec.mean(&x[0], n), "variance": Vec.variance(&x[0], n),
    }
    out = numpy.empty(n, "f")
    cdef float[::1] y = out
    Vec.add(&y[0], &x[0], a, n)
    results["add"] = out.copy()
    Vec.mul(&y[0], &x[0], a, n)
    results["mul"] = out.copy()
    Vec.pow(&y[0], &x[0], a, n)
    results["pow"] = out.copy()
    Vec.div(&y[0], &x[0], a, n)
    results["div"] = out.copy()
    Vec.exp(&y[0], &x[0], n)
    results["exp"] = out.copy()
    Vec.reciprocal_i(&y[0], n)
    results["reciprocal"] = out.copy()
    return results


def of_two_vectors(float[::1] x, float[::1] y, float a):
    """What `VecVec` makes of x and y, by name."""
    cdef int n = x.shape[0]
    out = numpy.empty(n, "f")
    cdef float[::1] z = out
    cdef int[::1] valid = (numpy.asarray(y) > 0).astype("i")
    results = {
        "dot": VecVec.dot(&x[0], &y[0], n), "arg_max_if_true": VecVec.arg_max_if_true(&x[0], &valid[0], n),
        "arg_max_if_zero": VecVec.arg_max_if_zero(&x[0], &y[0], n),
    }
    VecVec.add(&z[0], &x[0], &y[0], a, n)
    results["add"] = out.copy()
    VecVec.batch_add_i(&z[0], &y[0], a, n // 2, 2)
    results["batch_add_i"] = out.copy()
    VecVec.add_pow(&z[0], &x[0], &y[0], a, n)
    results["add_pow"] = out.copy()
    VecVec.mul(&z[0], &x[0], &y[0], n)
    results["mul"] = out.copy()
    return results


def of_columns(float[:, ::1] X, float eps):
    """Means and variances of the columns, by `Mat`."""
    means, variances = numpy.zeros(X.shape[1], "f"), numpy.zeros(X.shape[1], "f")
    cdef float[::1] m = means, v = variances
    Mat.mean_row(&m[0], &X[0, 0], X.shape[0], X.shape[1])
    Mat.var_row(&v[0], &X[0, 0], &m[0], X.shape[0], X.shape[1], eps)
    return means, variances


def matrix_fields(int rows, int columns):
    """A Matrix whose fields were set from here."""
    cdef Matrix matrix = Matrix.__new__(Matrix)
    matrix.mem = Pool()
    matrix.data = <float*>matrix.mem.alloc(rows * columns, sizeof(float))
    matrix.nr_row, matrix.nr_col = rows, columns
    return matrix


# --- numpy_ops -----------------------------------------------------------------------------------------------


def array_functions(float3d_t X__bop, float2d_t X, int[::1] lengths):
    """Every function of cpu_kernels.hh and its reverse, by name."""
    cdef int B = X__bop.shape[0], nO = X__bop.shape[1], P = X__bop.shape[2]
    cdef int L = lengths.shape[0], T = X.shape[0], W = X.shape[1], nW = 1
    cdef float threshold = 20
    cdef float[:, ::1] best = numpy.zeros((B, nO), "f"), segments = numpy.zeros((L, W), "f")
    cdef int[:, ::1] which = numpy.zeros((B, nO), "i"), rows = numpy.zeros((L, W), "i")
    cdef float[:, :, ::1] dX__bop = numpy.zeros((B, nO, P), "f")
    cdef float[:, ::1] dX = numpy.zeros((T, W), "f"), columns = numpy.zeros((T, 3 * W), "f")
    results = {}

    def keep(name, *arrays):
        results[name] = tuple(numpy.array(array) for array in arrays)

    cpu_maxout(&best[0, 0], &which[0, 0], &X__bop[0, 0, 0], B, nO, P)
    cpu_backprop_maxout(&dX__bop[0, 0, 0], &best[0, 0], &which[0, 0], B, nO, P)
    keep("maxout", best, which, dX__bop)
    cpu_reduce_max(&segments[0, 0], &rows[0, 0], &X[0, 0], &lengths[0], L, T, W)
    cpu_backprop_reduce_max(&dX[0, 0], &segments[0, 0], &rows[0, 0], &lengths[0], L, T, W)
    keep("reduce_max", segments, rows, dX)
    segments[:, :] = 0
    cpu_reduce_mean(&segments[0, 0], &X[0, 0], &lengths[0], L, T, W)
    cpu_backprop_reduce_mean(&dX[0, 0], &segments[0, 0], &lengths[0], L, T, W)
    keep("reduce_mean", segments, dX)
    segments[:, :] = 0
    cpu_reduce_sum(&segments[0, 0], &X[0, 0], &lengths[0], L, T, W)
    cpu_backprop_reduce_sum(&dX[0, 0], &segments[0, 0], &lengths[0], L, T, W)
    keep("reduce_sum", segments, dX)
    seq2col(&columns[0, 0], &X[0, 0], &lengths[0], nW, T, W, L)
    keep("seq2col", columns)
    dX[:, :] = 0
    backprop_seq2col(&dX[0, 0], &columns[0, 0], &lengths[0], T, W, nW, L)
    keep("backprop_seq2col", dX)
    dX[:, :] = X
    cpu_mish(&dX[0, 0], T * W, threshold)
    keep("mish", dX)
    dX[:, :] = 2
    cpu_backprop_mish(&dX[0, 0], &X[0, 0], T * W, threshold)
    keep("backprop_mish", dX)
    dX[:, :] = X
    cpu_relu(&dX[0, 0], T * W)
    keep("relu", dX)
    return results


cdef float* first(float2d_t X) noexcept:
    return &X[0, 0]


def gather(CBlas cblas, float2d_t table, ints2d_ft indices):
    """Sums of table rows, added by the table's saxpy."""
    out = numpy.zeros((indices.shape[0], table.shape[1]), "f")
    cpu_gather_add(
        <axpy[float].ptr>saxpy(cblas), first(out), first(table), &indices[0, 0], <int>table.shape[0],
        <int>table.shape[1], <int>indices.shape[0], <int>indices.shape[1]
    )
    return out


def element_size(reals2d_ft X):
    return sizeof(X[0, 0])


# --- search --------------------------------------------------------------------------------------------------

cdef struct Walk:
    uint64_t key
    int steps


cdef struct Rules:
    int length  # a walk of that many steps is finished
    int classes
    int modulus  # walks whose keys agree modulo this are the same; 0: all differ
    int fail_at  # the step that raises


deleted = []


cdef void* new_walk(Pool mem, int n, void* rules) except NULL:
    return mem.alloc(1, sizeof(Walk))


cdef int delete_walk(Pool mem, void* walk, void* rules) except -1:
    deleted.append((<Walk*>walk).steps)
    if rules is not NULL:
        raise RuntimeError("rules are not given here")
    return 0


cdef int step(void* dest, void* source, class_t clas, void* rules) except -1:
    if (<Walk*>source).steps + 1 == (<Rules*>rules).fail_at:
        raise ArithmeticError("this step fails")
    (<Walk*>dest).key = (<Walk*>source).key * (<Rules*>rules).classes + clas
    (<Walk*>dest).steps = (<Walk*>source).steps + 1
    return 0


cdef int has_arrived(void* walk, void* rules) except -1:
    return (<Walk*>walk).steps >= (<Rules*>rules).length or (<Walk*>walk).key % 5 == 4


cdef hash_t hash_walk(void* walk, void* rules) except 0:
    return (<Walk*>walk).key % (<Rules*>rules).modulus + 1


cdef class Search:
    """A beam over walks: sequences of class numbers."""
    cdef public Beam beam
    cdef Rules rules

    def __init__(self, classes, width, min_density=0.0, length=4, modulus=0, fail_at=0):
        self.beam = Beam(classes, width, min_density)
        self.rules = Rules(length, classes, modulus, fail_at)

    def begin(self):
        self.beam.initialize(new_walk, delete_walk, 1, &self.rules)

    def advance(self, float2d_t scores, int[:, ::1] is_valid, float2d_t costs, by="row"):
        cdef int i, j
        cdef weight_t* S[64]
        cdef int* V[64]
        cdef weight_t* C[64]
        for i in range(self.beam.width):
            S[i], V[i], C[i] = &scores[i, 0], &is_valid[i, 0], &costs[i, 0]
            if by == "row":
                self.beam.set_row(i, S[i], V[i], C[i])
            for j in range(self.beam.nr_class if by == "cell" else 0):
                self.beam.set_cell(i, j, scores[i, j], is_valid[i, j], costs[i, j])
        if by == "table":
            self.beam.set_table(S, V, C)
        cdef hash_func_t hashed = hash_walk if self.rules.modulus else <hash_func_t>NULL
        self.beam.advance(step, hashed, &self.rules)
        self.beam.check_done(has_arrived, &self.rules)

    def fields(self):
        """What typed code sees of the beam."""
        cdef Beam beam = self.beam
        cdef class_t i
        states = [(beam._states[i].score, beam._states[i].loss, bool(beam._states[i].is_done))
                  for i in range(beam.size)]
        walks = [((<Walk*>beam.at(i)).key, (<Walk*>beam.at(i)).steps) for i in range(beam.size)]
        return {"states": states, "walks": walks, "size": beam.size, "width": beam.width, "t": beam.t,
                "nr_class": beam.nr_class, "histories": [list(h) for h in beam.histories[:beam.size]],
                "is_done": bool(beam.is_done), "zeroed": beam.scores[0][0] == beam.costs[0][0] == 0}

    def set_null_row(self):
        self.beam.set_row(0, NULL, NULL, NULL)

    def set_null_table(self):
        self.beam.set_table(NULL, NULL, NULL)

    def set_row_at(self, int i, float[::1] scores, int[::1] is_valid, float[::1] costs):
        self.beam.set_row(i, &scores[0], &is_valid[0], &costs[0])


def violation_fields(MaxViolation violation):
    """What typed code sees of a violation."""
    return {"cost": violation.cost, "delta": violation.delta, "p_score": violation.p_score,
            "g_score": violation.g_score, "Z": violation.Z, "gZ": violation.gZ, "p_hist": violation.p_hist,
            "g_hist": violation.g_hist, "p_probs": violation.p_probs, "g_probs": violation.g_probs}


def check(MaxViolation violation, Beam pred, Beam gold, crf=False):
    """Calls through the method table."""
    return violation.check_crf(pred, gold) if crf else violation.check(pred, gold)
