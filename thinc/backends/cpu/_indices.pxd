cimport numpy as np

# Integers of any kind as contiguous int32; the value itself where that is not possible.
cdef object as_int32(object value)

# What `scatter_add` takes, as its kernel does: a table and values with rows, both matrices, and a vector of int32;
# None if that is not possible.
cdef tuple as_rows(object table, object indices, object values)
