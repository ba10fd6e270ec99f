#include "thinc/loops/cpu/pairs.h"

namespace thinc {

template <> const DistancesTable At<DistancesTable, Isa::LEVEL>::table = {
    LEVEL::distances<float>(),
    LEVEL::distances<double>(),
};

}  // namespace thinc
