#include "thinc/loops/cpu/gather.h"
#include "thinc/loops/cpu/hashed.h"

namespace thinc {

template <> const EmbeddingTable At<EmbeddingTable, Isa::LEVEL>::table = {
    /* hash */ LEVEL::hash_ids,
    /* ngrams */ LEVEL::hash_ngrams,
    /* all_below */ LEVEL::all_below,
    /* gather_add */ {LEVEL::gather_sum<float>, LEVEL::gather_sum<double>},
    /* scatter_add */ {LEVEL::scatter_rows<float>, LEVEL::scatter_rows<double>},
    /* sparse_linear */ {LEVEL::sparse_rows<float>, LEVEL::sparse_rows<double>},
    /* backprop_sparse_linear */ {LEVEL::sparse_gradients<float>, LEVEL::sparse_gradients<double>},
    /* find_ids */ LEVEL::find_ids,
};

}  // namespace thinc
