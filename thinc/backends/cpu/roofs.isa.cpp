#include "thinc/loops/cpu/roofs.h"

namespace thinc {

template <> const RoofsTable At<RoofsTable, Isa::LEVEL>::table = {
    LEVEL::fma_loop<float>,
    LEVEL::fma_loop<double>,
    LEVEL::read_loop,
    LEVEL::copy_loop,
};

}  // namespace thinc
