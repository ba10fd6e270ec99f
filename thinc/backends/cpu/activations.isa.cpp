#include "thinc/formula/activations.h"
#include "thinc/loops/cpu/map.h"

namespace thinc {

template <> const ActivationsTable At<ActivationsTable, Isa::LEVEL>::table = {
    /* relu */ LEVEL::map<LEVEL::formula::Relu>(),
    /* backprop_relu */ LEVEL::slopes<LEVEL::formula::Relu>(),
};

}  // namespace thinc
