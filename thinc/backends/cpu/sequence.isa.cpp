#include "thinc/loops/cpu/window.h"

namespace thinc {

template <> const SequenceTable At<SequenceTable, Isa::LEVEL>::table = {
    /* seq2col */ {LEVEL::windows<float>, LEVEL::windows<double>},
    /* backprop_seq2col */ {LEVEL::backprop_windows<float>, LEVEL::backprop_windows<double>},
};

}  // namespace thinc
