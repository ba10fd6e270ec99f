#include "thinc/loops/cpu/step.h"

namespace thinc {

template <> const OptimizersTable At<OptimizersTable, Isa::LEVEL>::table = {
    LEVEL::optimizers<float>(),
    LEVEL::optimizers<double>(),
};

}  // namespace thinc
