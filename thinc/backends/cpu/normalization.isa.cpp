#include "thinc/loops/cpu/columns.h"
#include "thinc/loops/cpu/rows.h"

namespace thinc {

template <> const NormalizationTable At<NormalizationTable, Isa::LEVEL>::table = {
    LEVEL::normalization<float>(),
    LEVEL::normalization<double>(),
    LEVEL::along_axes<float>(),
    LEVEL::along_axes<double>(),
};

}  // namespace thinc
