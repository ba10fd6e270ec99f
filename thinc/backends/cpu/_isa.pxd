cdef extern from "thinc/isa.h" namespace "thinc":
    cdef enum class Isa(int):
        portable
        v1
        v3
        v4
        neon

    bint has_isa(Isa level) nogil

cdef Isa chosen() noexcept
cdef Isa named(object name) except *
