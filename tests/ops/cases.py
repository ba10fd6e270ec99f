"""One row per op (and one more for each way of calling it that matters): all that a test needs to know.

A row is read by the tests of agreement, gradients, edges, in-place calls, dtypes and signatures, and by the
benchmark. `support.case` explains the fields; arrays are drawn by the letters of their axes. An op
without a row fails a test, unless it is exempt.
"""

import inspect

from ops.cases_elementwise import ELEMENTWISE
from ops.cases_rows import GEMM, MAXOUT, NORMALIZATION, REDUCTIONS, SEQUENCE
from ops.cases_tables import EMBEDDING, OPTIMIZERS, RECURRENT

from thinc.backends.ops import Ops

CASES = [
    *ELEMENTWISE,
    *NORMALIZATION,
    *GEMM,
    *MAXOUT,
    *REDUCTIONS,
    *SEQUENCE,
    *EMBEDDING,
    *RECURRENT,
    *OPTIMIZERS,
]

# These make, convert, reshape or batch arrays: they compute nothing that has a bound or a gradient.
EXEMPT = (
    *("alloc", "reshape", "asarray", "as_contig", "to_numpy", "tile", "insert_into", "get_dropout_mask"),
    *("flatten", "unflatten", "pad", "unpad", "list2padded", "padded2list", "minibatch", "multibatch"),
    "cblas",
)


def op_names() -> list[str]:
    """The public methods of `Ops` that compute something."""
    methods = inspect.getmembers(Ops, inspect.isfunction)
    return [name for name, _ in methods if not name.startswith(("_", *EXEMPT))]
