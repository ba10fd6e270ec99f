#include "thinc/loops/cpu/mask.h"

namespace thinc {

template <> const ArraysTable At<ArraysTable, Isa::LEVEL>::table = {
    /* dropout_mask */ LEVEL::dropout_mask,
};

}  // namespace thinc
