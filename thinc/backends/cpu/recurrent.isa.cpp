#include "thinc/loops/cpu/recurrent.h"

namespace thinc {

template <> const RecurrentTable At<RecurrentTable, Isa::LEVEL>::table = {
    LEVEL::recurrent<float>(),
    LEVEL::recurrent<double>(),
};

}  // namespace thinc
