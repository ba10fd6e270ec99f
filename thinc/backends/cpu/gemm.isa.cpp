#include "thinc/loops/cpu/gemm.h"

namespace thinc {

template <> const GemmTable At<GemmTable, Isa::LEVEL>::table = {
    /* sgemm */ LEVEL::gemm<float>,
    /* dgemm */ LEVEL::gemm<double>,
    /* saxpy */ LEVEL::axpy<float>,
    /* daxpy */ LEVEL::axpy<double>,
    /* sscal */ LEVEL::scal<float>,
    /* dscal */ LEVEL::scal<double>,
};

}  // namespace thinc
