"""Vector arithmetic on raw pointers, for other extension modules.

All of it is in `linalg.pxd`: consumers compile the methods into their own code, and look up the types and
method tables here when they are imported. Python code has no use for this module.
"""

__all__ = ["Mat", "Matrix", "Vec", "VecVec"]


cdef class Matrix:
    """Memory of a row-major float matrix."""


cdef class Vec:
    """Functions of one vector; a name in `_i` changes its argument."""


cdef class VecVec:
    """Functions of two vectors; a name in `_i` changes its first argument."""


cdef class Mat:
    """Functions of the columns of a row-major matrix."""
