#include "thinc/loops/cpu/segments.h"

namespace thinc {

template <> const ReductionsTable At<ReductionsTable, Isa::LEVEL>::table = {
    /* sum */ {LEVEL::segment_sum<float>, LEVEL::segment_sum<double>},
    /* mean */ {LEVEL::segment_mean<float>, LEVEL::segment_mean<double>},
    /* max */ {LEVEL::segment_max<float>, LEVEL::segment_max<double>},
    /* backprop_sum */ {LEVEL::segment_backprop_sum<float>, LEVEL::segment_backprop_sum<double>},
    /* backprop_mean */ {LEVEL::segment_backprop_mean<float>, LEVEL::segment_backprop_mean<double>},
    /* backprop_max */ {LEVEL::segment_backprop_max<float>, LEVEL::segment_backprop_max<double>},
};

}  // namespace thinc
