"""An extension module built against the declaration files computes what they promise."""

import numpy
import pytest

from thinc.api import NumpyOps

ops = NumpyOps()


@pytest.fixture
def table(client):
    return ops.cblas()


def normal(*shape, seed=0):
    return numpy.random.default_rng(seed).normal(size=shape).astype("f")


def integers(*shape, seed=0, high=9):
    return numpy.random.default_rng(seed).integers(-high, high, size=shape).astype("f")


@pytest.mark.parametrize("transA", [False, True])
@pytest.mark.parametrize("transB", [False, True])
@pytest.mark.parametrize("alpha, beta", [(1, 0), (2, 1), (0.5, -1), (0, 2)])
def test_sgemm_of_small_integers_is_exact(client, table, transA, transB, alpha, beta):
    A, B, C = integers(5, 7), integers(7, 6, seed=1), integers(5, 6, seed=2)
    expected = alpha * (A @ B) + beta * C
    stored = [numpy.ascontiguousarray(X.T if trans else X) for X, trans in ((A, transA), (B, transB))]
    client.product(table, *stored, C, transA, transB, alpha, beta)
    numpy.testing.assert_array_equal(C, expected)


def test_axpy_adds_along_strides(client, table):
    for add, dtype in [(client.add_scaled, "f"), (client.add_scaled_double, "d")]:
        X, Y = numpy.arange(12, dtype=dtype), numpy.ones(12, dtype)
        add(table, 2, X[::3], Y[1::3])
        assert Y.tolist() == [1, 1, 1, 1, 7, 1, 1, 13, 1, 1, 19, 1]
        add(table, -1, X, Y)
        assert Y.tolist()[4:6] == [3, -4]


def test_replacing_a_function_changes_that_table_only(client, table):
    client.replace_saxpy(table)
    Y = numpy.zeros(3, "f")
    client.add_scaled(table, 1, numpy.ones(3, "f"), Y)
    assert Y.tolist() == [1, 0, 0]
    client.add_scaled(ops.cblas(), 1, numpy.ones(3, "f"), Y)
    assert Y.tolist() == [2, 1, 1]


def test_a_subclass_that_forgets_to_initialise_has_a_table(client):
    class Forgetful(type(ops.cblas())):
        def __init__(self, name):
            self.name = name

    Y = numpy.zeros(3, "f")
    client.add_scaled(Forgetful("mine"), 2, numpy.ones(3, "f"), Y)
    assert Y.tolist() == [2, 2, 2]
    with pytest.raises(TypeError):
        type(ops.cblas())(1)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 33])
def test_vec_agrees_with_numpy(client, n):
    x = numpy.abs(normal(n)) + 0.5
    found = client.of_vector(x, 1.5)
    expected = {
        "max": x.max(),
        "sum": x.sum(),
        "norm": numpy.linalg.norm(x),
        "mean": x.mean(),
        "variance": x.var(),
        "add": x + 1.5,
        "mul": x * 1.5,
        "pow": x**1.5,
        "div": x / 1.5,
        "exp": numpy.exp(x),
        "reciprocal": numpy.exp(-x),
    }
    assert found.pop("arg_max") == x.argmax()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        numpy.testing.assert_allclose(found[name], value, rtol=n * 2e-6, atol=1e-7, err_msg=name)


def test_arg_max_is_the_first_but_the_second_of_two(client):
    def arg_max(*x):
        return client.of_vector(numpy.array(x, "f"), 1)["arg_max"]

    assert [arg_max(1, 1), arg_max(2, 1), arg_max(1, 2)] == [1, 0, 1]
    assert arg_max(0, 3, 3, 1) == 1


@pytest.mark.parametrize("n", [2, 4, 34])
def test_vecvec_agrees_with_numpy(client, n):
    x, y = normal(n), numpy.abs(normal(n, seed=1)) + 0.5
    found = client.of_two_vectors(x, y, 2)
    added = x + 2 * y
    batch = numpy.concatenate([added[: n // 2] + 2 * (y[: n // 2] + y[n // 2 :]), added[n // 2 :]])
    expected = {"dot": x @ y, "add": added, "batch_add_i": batch, "add_pow": x + y**2, "mul": x * y}
    assert (found.pop("arg_max_if_true"), found.pop("arg_max_if_zero")) == (x.argmax(), -1)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        numpy.testing.assert_allclose(found[name], value, rtol=n * 2e-6, atol=1e-6, err_msg=name)


def test_qualified_arg_max_is_the_first_that_qualifies(client):
    x = numpy.array([5, 2, 2, 1], "f")
    assert client.of_two_vectors(x, numpy.array([0, 1, 1, 1], "f"), 1)["arg_max_if_true"] == 1
    assert client.of_two_vectors(x, numpy.array([1, 0, 0, 0], "f"), 1)["arg_max_if_zero"] == 1
    assert client.of_two_vectors(x, numpy.zeros(4, "f"), 1)["arg_max_if_true"] == -1


def test_mat_means_and_variances_of_columns(client):
    X = normal(50, 7)
    means, variances = client.of_columns(X, 0.25)
    numpy.testing.assert_allclose(means, X.mean(axis=0), rtol=1e-5, atol=1e-6)
    numpy.testing.assert_allclose(variances, X.var(axis=0) + 0.25, rtol=1e-5)


def test_matrix_fields_can_be_set_by_clients_and_read_from_python(client):
    matrix = client.matrix_fields(3, 4)
    assert (matrix.nr_row, matrix.nr_col, matrix.mem.size) == (3, 4, 48)
    with pytest.raises(AttributeError):
        matrix.nr_row = 5


def test_header_functions_agree_with_the_ops(client):
    candidates, X, lengths = normal(3, 4, 5), normal(9, 4), numpy.array([4, 2, 3], "i")
    found = client.array_functions(candidates, X, lengths)
    best, which = ops.maxout(candidates)
    maxes, rows = ops.reduce_max(X, lengths)
    means, sums = ops.reduce_mean(X, lengths), ops.reduce_sum(X, lengths)
    columns = ops.seq2col(X, 1, lengths=lengths)
    expected = {
        "maxout": (best, which, ops.backprop_maxout(best, which, 5)),
        "reduce_max": (maxes, rows, ops.backprop_reduce_max(maxes, rows, lengths)),
        "reduce_mean": (means, ops.backprop_reduce_mean(means, lengths)),
        "reduce_sum": (sums, ops.backprop_reduce_sum(sums, lengths)),
        "seq2col": (columns,),
        "backprop_seq2col": (ops.backprop_seq2col(columns, 1, lengths=lengths),),
        "mish": (ops.mish(X),),
        "backprop_mish": (ops.backprop_mish(numpy.full_like(X, 2), X),),
        "relu": (ops.relu(X),),
    }
    assert found.keys() == expected.keys()
    for name, arrays in expected.items():
        for got, wanted in zip(found[name], arrays, strict=True):
            numpy.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("dtype", ["int32", "uint32"])
def test_gather_adds_table_rows(client, table, dtype):
    rows, indices = integers(6, 5), numpy.array([[0, 5], [3, 3], [1, 2]], dtype)
    numpy.testing.assert_array_equal(client.gather(table, rows, indices), rows[indices].sum(axis=1))


@pytest.mark.parametrize("index", [-1, 6])
def test_gather_of_an_index_out_of_bounds_is_an_error(client, table, index):
    with pytest.raises(IndexError, match="Embedding index out-of-bounds"):
        client.gather(table, integers(6, 5), numpy.array([[0, index]], "int32"))


def test_header_functions_refuse_bad_lengths(client):
    candidates, X = normal(3, 4, 5), normal(9, 4)
    for lengths, error, text in [
        ([4, -1, 6], ValueError, "all sequence lengths must be > 0, was: -1"),
        ([4, 2, 4], IndexError, "lengths must sum up to the number of rows"),
        ([4, 2, 2], IndexError, "lengths must sum up to the number of rows"),
    ]:
        with pytest.raises(error, match=text):
            client.array_functions(candidates, X, numpy.array(lengths, "i"))


def test_fused_array_types_take_both_precisions(client):
    assert [client.element_size(numpy.zeros((1, 1), dtype)) for dtype in "fd"] == [4, 8]
