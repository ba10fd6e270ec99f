#include "thinc/loops/cpu/rows.h"

namespace thinc {

template <> const NormalizationTable At<NormalizationTable, Isa::LEVEL>::table = {
    LEVEL::normalization<float>(),
    LEVEL::normalization<double>(),
};

}  // namespace thinc
