cimport numpy as np

# A new C-contiguous array (uninitialised); large ones come from the block pool.
cdef np.ndarray new_array(int ndim, np.npy_intp* dims, int typenum)
cdef np.ndarray new_like(np.ndarray X)
# Like X, with its elements in the same order, where that is C or Fortran order.
cdef np.ndarray new_in_order(np.ndarray X)
# X in C order: itself or a copy.
cdef np.ndarray in_rows(np.ndarray X)
# `out`, with the elements of Y.
cdef np.ndarray written(np.ndarray Y, np.ndarray out)
cdef np.ndarray new1(np.npy_intp n, int typenum)
cdef np.ndarray new2(np.npy_intp rows, np.npy_intp cols, int typenum)
cdef np.ndarray new3(np.npy_intp d0, np.npy_intp d1, np.npy_intp d2, int typenum)
cdef void fill_zeros(np.ndarray X) noexcept
