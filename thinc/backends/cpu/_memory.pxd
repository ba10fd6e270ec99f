cimport numpy as np

# A new C-contiguous array (uninitialised); large ones come from the block pool.
cdef np.ndarray new_array(int ndim, np.npy_intp* dims, int typenum)
cdef np.ndarray new_like(np.ndarray X)
cdef np.ndarray new1(np.npy_intp n, int typenum)
cdef np.ndarray new2(np.npy_intp rows, np.npy_intp cols, int typenum)
cdef np.ndarray new3(np.npy_intp d0, np.npy_intp d1, np.npy_intp d2, int typenum)
cdef void fill_zeros(np.ndarray X) noexcept
