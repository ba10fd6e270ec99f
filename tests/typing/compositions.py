"""Layers as programs put them together: mypy, with the plug-in and without, and pyright find no fault.

Read by them, never run. What is annotated is so in programs, and what is not, is not.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from thinc.api import (
    LSTM,
    ArgsKwargs,
    CauchySimilarity,
    Dropout,
    Embed,
    HashEmbed,
    LayerNorm,
    Linear,
    Logistic,
    Maxout,
    Model,
    MultiSoftmax,
    NumpyOps,
    Padded,
    ParametricAttention,
    PyTorchLSTM,
    PyTorchRNNWrapper,
    PyTorchWrapper,
    Ragged,
    Relu,
    Softmax,
    SparseLinear,
    add,
    array_getitem,
    bidirectional,
    chain,
    clone,
    concatenate,
    expand_window,
    get_current_ops,
    glorot_uniform_init,
    list2array,
    list2padded,
    list2ragged,
    map_list,
    noop,
    padded2list,
    ragged2list,
    reduce_first,
    reduce_max,
    reduce_mean,
    reduce_sum,
    registry,
    remap_ids,
    remap_ids_v2,
    residual,
    resizable,
    siamese,
    sigmoid_activation,
    softmax_activation,
    strings2arrays,
    tuplify,
    uniqued,
    with_array,
    with_array2d,
    with_cpu,
    with_debug,
    with_flatten,
    with_flatten_v2,
    with_getitem,
    with_list,
    with_padded,
    with_ragged,
    with_reshape,
    xp2torch,
)
from thinc.layers.array_getitem import ints_getitem
from thinc.layers.resizable import resize_linear_weighted
from thinc.types import Array2d, ArrayXd, Floats1d, Floats2d, Floats3d, Ints1d, Ints2d

T = TypeVar("T")
Matrices = list[Floats2d]
Vectors = Model[Floats2d, Floats2d]
Sequences = Model[Matrices, Matrices]
Tok2Vec = Model[list[Ints2d], Matrices]
module: Any = None

# -- rows ------------------------------------------------------------------------------------------

dropped: Vectors = chain(Relu(2), Dropout(0.2))
dropped_within: Vectors = chain(Relu(2), Dropout(0.2), Softmax(2))
dropped_first: Vectors = chain(Dropout(0.1), Linear(2))
normalized: Vectors = chain(Linear(2), LayerNorm(), Dropout(0.1), MultiSoftmax((2, 3)))
activated: Vectors = chain(Linear(2), sigmoid_activation())
nothing_between: Vectors = chain(Relu(2), noop(), Softmax(2))
deep: Vectors = clone(residual(chain(Maxout(4, normalize=True), Dropout(0.1), Linear(3))), 3)
side_by_side: Vectors = chain(concatenate(Relu(3), Relu(4)), add(Relu(3), Relu(3)), Softmax(2))
wider: Model[Floats2d, Array2d] = Relu(3)
column: Model[Floats2d, Floats1d] = array_getitem((slice(0, None), 1))
pair: Model[tuple[Floats2d, Floats2d], Floats1d] = siamese(Relu(2, 3), CauchySimilarity(2))
both: Model[Floats2d, tuple] = chain(Relu(2), tuplify(Relu(2), Relu(3)), with_getitem(0, Relu(2)))
watched: Vectors = with_debug(Relu(2))
elsewhere: Vectors = with_cpu(Relu(2), NumpyOps())

# -- ids -------------------------------------------------------------------------------------------

table: Model[Ints1d, Floats2d] = Embed(2, 3)
of_column: Model[Ints2d, Floats2d] = HashEmbed(2, 4, column=0)
of_columns: Model[Ints2d, Floats2d] = chain(
    concatenate(HashEmbed(2, 3, column=0), HashEmbed(2, 3, column=1)), Maxout(3)
)
of_any_column: Model[Ints2d, Floats2d] = chain(ints_getitem((slice(0, None), 1)), HashEmbed(2, 3), Relu(2))
each_once: Model[Ints2d, Floats2d] = uniqued(of_columns, column=0)
beside_own: Model[Ints2d, Floats2d] = concatenate(HashEmbed(2, 3, column=0), each_once)
mapped = chain(remap_ids({"a": 1}), Embed(2, 3))
mapped_again: Model[list[str], Floats2d] = chain(remap_ids_v2({"a": 1}), Embed(2, 3))
sparse: Model[tuple[ArrayXd, ArrayXd, ArrayXd], ArrayXd] = chain(SparseLinear(2), softmax_activation())
of_texts: Model[list[list[str]], Floats2d] = chain(
    strings2arrays(), with_array(HashEmbed(2, 3, column=0)), list2ragged(), reduce_mean(), Softmax(2)
)

# -- sequences -------------------------------------------------------------------------------------

rows_of_list: Sequences = with_array(Relu(2))
rows_of_ragged: Model[Ragged, Ragged] = with_array2d(Relu(2))
rows_of_padded: Model[Padded, Padded] = with_array(Relu(2))
rows_of_ids: Tok2Vec = with_array(each_once)
windows: Model[Ragged, Ragged] = chain(expand_window(1), with_array(Maxout(3)))
windows_of_rows: Vectors = clone(residual(chain(expand_window(1), Maxout(3, 9))), 4)
tagged: Sequences = chain(with_padded(LSTM(3, 4)), with_array(Softmax(2)))
tagged_both_ways: Sequences = chain(list2padded(), bidirectional(LSTM(3, 4)), padded2list())
tagged_by_rows: Sequences = chain(list2ragged(), with_array(Relu(2)), ragged2list())
tagged_by_item: Sequences = with_list(map_list(Relu(2)))
attended: Sequences = with_ragged(ParametricAttention(2))
steps: Model[Floats3d, Floats3d] = chain(with_reshape(Relu(2)), Dropout(0.1))
nested: Model[list[Matrices], list[Matrices]] = with_flatten_v2(with_array(Relu(2)))
ids_by_item: Model[list[Ints1d], Matrices] = map_list(Embed(2, 3))
summed: Model[Matrices, Floats2d] = chain(list2ragged(), ParametricAttention(2), reduce_sum(), Linear(3))
joined: Model[Matrices, Floats2d] = chain(list2array(), Linear(3))
compared: Model[tuple[Matrices, Matrices], Floats1d] = siamese(
    chain(list2ragged(), reduce_mean()), CauchySimilarity(2)
)


def tagger(tok2vec: Tok2Vec, nO: int | None = None) -> Tok2Vec:
    """The parts of a model have names, without annotations."""
    output = with_array(Softmax(nO, tok2vec.maybe_get_dim("nO")))
    model = chain(tok2vec, output)
    model.set_ref("output", output)
    return model


def encoder(width: int, depth: int) -> Tok2Vec:
    """Embedding and windows."""
    columns = [HashEmbed(width, 100, column=i) for i in range(3)]
    embed = uniqued(chain(concatenate(*columns), Maxout(width, normalize=True)), column=0)
    cnn = chain(expand_window(window_size=1), Maxout(width, nP=3))
    return chain(with_array(embed), with_array(clone(residual(cnn), depth), pad=depth))


def textcat(tok2vec: Tok2Vec, nO: int, exclusive: bool) -> Model[list[Ints2d], Floats2d]:
    """Pooling of several kinds, and an output that can grow."""
    pool = concatenate(reduce_first(), reduce_max(), reduce_mean())
    output = Softmax(nO) if exclusive else chain(Linear(nO), Logistic())
    growing = resizable(output, resize_layer=resize_linear_weighted)
    return chain(tok2vec, list2ragged(), pool, Maxout(3), Dropout(0.1), growing)


def ensemble(one: Model[list[Ints2d], Floats2d], other: Model[list[Ints2d], Floats2d]) -> Model:
    """Of models of the same types."""
    return chain(concatenate(one, other), chain(Linear(3), softmax_activation()))


# Without annotations: the name of a model needs none.
some_dropout = Dropout(0.1)
some_rows = with_array(Relu(3))
some_steps = with_padded(LSTM(2, 3))
some_window = chain(expand_window(2), Maxout(3))
some_scores = chain(sigmoid_activation(), Linear(3))
some_list = list2ragged()
some_parts = ragged2list()
some_texts = chain(strings2arrays(), with_array(HashEmbed(2, 3, column=0)))
some_nested = with_flatten(chain(list2array(), Relu(2)))
some_items = chain(array_getitem(0), Relu(2))
some_nothing = chain(noop(), noop())
some_module = chain(Model("own", lambda model, X, is_train: (X, lambda dY: dY)), Relu(2))
some_pair = chain(list2array(), Relu(2))

with Model.define_operators({">>": chain, "|": concatenate, "**": clone}):
    spelled = (HashEmbed(2, 3, column=0) | HashEmbed(2, 3, column=1)) >> with_array(Relu(2) >> Relu(2)) ** 3

# -- layers of one's own ---------------------------------------------------------------------------


def forward(model: Vectors, X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    """Annotated throughout."""
    W = cast(Floats2d, model.get_param("W"))
    Y: Floats2d = model.ops.gemm(X, W, trans2=True)

    def backprop(dY: Floats2d) -> Floats2d:
        model.inc_grad("b", dY.sum(axis=0))
        return model.ops.gemm(dY, W)

    return Y, backprop


def init(model: Vectors, X: Floats2d | None = None, Y: Floats2d | None = None) -> Vectors:
    """Gives the model back, as some do."""
    model.set_param("W", glorot_uniform_init(model.ops, (model.get_dim("nO"), model.get_dim("nI"))))
    return model


def own(nO: int) -> Vectors:
    """A layer."""
    return Model("own", forward, init=init, dims={"nO": nO, "nI": None}, params={"W": None, "b": None})


def around(layer: Model[T, T]) -> Model[T, T]:
    """A combinator."""
    return Model("around", lambda model, X, is_train: model.layers[0](X, is_train), layers=[layer])


@registry.layers("tests.stack.v1")
def stack(nO: int, hidden: list[int], layer: Callable[..., Vectors] = Relu) -> Vectors:
    """A function for configs."""
    model = own(hidden[0])
    for width in hidden:
        model = chain(model, around(layer(width)), with_debug(own(width)))
    return chain(model, Softmax(nO))


# -- PyTorch ---------------------------------------------------------------------------------------


def inputs(model: Model, X: Floats2d, is_train: bool) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """A converter."""
    return ArgsKwargs(args=(xp2torch(X),), kwargs={}), lambda gradients: gradients.args[0]


wrapped: Vectors = chain(Relu(2), PyTorchWrapper(module, convert_inputs=inputs), Softmax(3))
wrapped_twice = chain(PyTorchWrapper(module), PyTorchWrapper(module))
recurrent: Sequences = chain(list2padded(), PyTorchRNNWrapper(module), padded2list(), with_array(Softmax()))
recurrent_in_list: Sequences = chain(PyTorchLSTM(2, 3), with_array(PyTorchWrapper(module)))

# -- ops -------------------------------------------------------------------------------------------

X: Floats2d = get_current_ops().alloc2f(2, 3)
summed_rows: Floats2d = get_current_ops().reduce_sum(X, get_current_ops().asarray1i([2]))
first: tuple[Floats2d, Ints1d] = get_current_ops().reduce_first(X, get_current_ops().asarray1i([2]))
hashes: Ints2d = get_current_ops().hash(get_current_ops().asarray1i([2]), 1)
spread: Floats2d = get_current_ops().seq2col(X, 1)
