"""Losses: reference numbers, kinds of truths, weights, gradients, and what is refused."""

import copy
import itertools

import numpy
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.gradcheck import assert_gradient

from thinc import loss as losses
from thinc.config import registry
from thinc.loss import CategoricalCrossentropy, SequenceCategoricalCrossentropy
from thinc.types import Ragged

NAMES = ["a", "b", "c"]
G = numpy.array([[0.1, 0.6, 0.3], [0.2, 0.3, 0.5]], dtype="float32")
ONE_HOT = numpy.array([[0, 1, 0], [1, 0, 0]])
PLAIN = [[0.05, -0.19999999, 0.15], [-0.4, 0.15, 0.25]]
ZERO = [0.0, 0.0, 0.0]


def check(loss, guesses, truths, gradient, value):
    """The numbers to the bit, from all three ways of asking."""
    gradient, value = numpy.array(gradient, dtype="float32"), numpy.float32(value)
    found, total = loss(guesses, truths)
    assert found.dtype == guesses.dtype
    assert_array_equal(found, gradient)
    assert_array_equal(loss.get_grad(guesses, truths), gradient)
    assert total == loss.get_loss(guesses, truths) == value


CASES = {
    "list": ({}, [1, 0], PLAIN, 0.31),
    "tuple": ({}, (1, 0), PLAIN, 0.31),
    "list of NumPy ints": ({}, list(numpy.array([1, 0])), PLAIN, 0.31),
    "range": ({}, range(1, -1, -1), PLAIN, 0.31),
    "list of arrays without dimensions": ({}, [numpy.array(1), numpy.array(0)], PLAIN, 0.31),
    "vector": ({}, numpy.array([1, 0]), PLAIN, 0.31),
    "rows": ({}, ONE_HOT.astype("float32"), PLAIN, 0.31),
    "integer rows": ({}, ONE_HOT.astype("int32"), PLAIN, 0.31),
    "float64 rows": ({}, ONE_HOT.astype("float64"), PLAIN, 0.31),
    "not normalized": ({"normalize": False}, [1, 0], [[0.1, -0.39999998, 0.3], [-0.8, 0.3, 0.5]], 1.24),
    "names": ({"names": NAMES}, ["b", "a"], PLAIN, 0.31),
    "array of names": ({"names": NAMES}, numpy.array(["b", "a"]), PLAIN, 0.31),
    "tuple of names": ({"names": tuple(NAMES)}, ("b", "a"), PLAIN, 0.31),
    "missing name": ({"names": NAMES, "missing_value": ""}, ["b", ""], [PLAIN[0], ZERO], 0.065),
    "None among names": ({"names": NAMES}, ["b", None], [PLAIN[0], ZERO], 0.065),
    "None first": ({"names": NAMES}, [None, "a"], [ZERO, PLAIN[1]], 0.245),
    "None among numbers": ({}, [None, 0], [ZERO, PLAIN[1]], 0.245),
    "nothing known": ({}, [None, None], [ZERO, ZERO], 0.0),
    "missing number": ({"names": NAMES, "missing_value": 1}, [1, 0], [ZERO, PLAIN[1]], 0.245),
    "missing negative number": ({"missing_value": -1}, [-1, 0], [ZERO, PLAIN[1]], 0.245),
    "missing float": ({"missing_value": 1.0}, [1, 0], [ZERO, PLAIN[1]], 0.245),
    "missing float in vector": ({"missing_value": 1.0}, numpy.array([1, 0]), [ZERO, PLAIN[1]], 0.245),
    "missing name among numbers": ({"names": NAMES, "missing_value": ""}, ["", 0], [ZERO, PLAIN[1]], 0.245),
    "missing in vector": ({"missing_value": -1}, numpy.array([-1, 0]), [ZERO, PLAIN[1]], 0.245),
    "missing row": ({"missing_value": 1}, ONE_HOT, [ZERO, PLAIN[1]], 0.245),
    "one negated": (
        {"names": NAMES, "neg_prefix": "!"},
        ["!b", "a"],
        [[0.0, 0.3, 0.0], PLAIN[1]],
        0.335,
    ),
    "two negated": (
        {"names": NAMES, "neg_prefix": "!"},
        ["!b", "!c"],
        [[0.0, 0.3, 0.0], [0.0, 0.0, 0.25]],
        0.1525,
    ),
    "negated and missing": (
        {"names": NAMES, "neg_prefix": "!", "missing_value": ""},
        ["!b", ""],
        [[0.0, 0.3, 0.0], ZERO],
        0.09,
    ),
    "smoothed": (
        {"label_smoothing": 0.2},
        [1, 0],
        [[0.0, -0.099999994, 0.10000001], [-0.3, 0.10000001, 0.2]],
        0.16000001,
    ),
    "smoothed and negated": (
        {"names": NAMES, "neg_prefix": "!", "label_smoothing": 0.2},
        ["!b", "a"],
        [[0.0, 0.3, 0.0], [-0.3, 0.10000001, 0.2]],
        0.23000002,
    ),
    "-1 in rows with names": ({"names": NAMES}, numpy.array([[-1, 1, 0], [1, -1, 0]]), PLAIN, 0.31),
}


@pytest.mark.parametrize("case", CASES)
def test_crossentropy_gives_the_reference_numbers(case):
    settings, truths, gradient, value = CASES[case]
    before = copy.deepcopy(truths)
    check(CategoricalCrossentropy(**settings), G, truths, gradient, value)
    assert_array_equal(truths, before)


def test_no_rows_give_no_gradient_and_no_loss():
    for truths in ([], numpy.zeros((0, 3)), numpy.zeros(0, "int32")):
        check(CategoricalCrossentropy(), numpy.zeros((0, 3), "float32"), truths, numpy.zeros((0, 3)), 0.0)


def test_float64_guesses_give_float64():
    gradient, value = CategoricalCrossentropy()(G.astype("float64"), [1, 0])
    assert gradient.dtype == value.dtype == "float64"


def test_convert_truths_gives_target_and_mask():
    loss = CategoricalCrossentropy(names=NAMES, neg_prefix="!", missing_value="", label_smoothing=0.1)
    guesses = numpy.zeros((3, 3), "float32")
    target, mask = loss.convert_truths(["a", "!b", ""], guesses)
    assert_allclose(target[0], [0.9, 0.05, 0.05], rtol=1e-6)
    assert_array_equal(target[1], ZERO)
    assert_array_equal(mask, [[1, 1, 1], [0, 1, 0], [0, 0, 0]])
    assert target.dtype == mask.dtype == "float32"


@pytest.mark.parametrize(
    "settings, truths, expected",
    [
        ({"names": NAMES, "missing_value": ""}, ["b", ""], [1, 0]),
        ({"names": NAMES, "missing_value": "b"}, ["b", "c"], [0, 2]),
        ({"names": NAMES}, ["c", None], [2, 0]),
        ({"missing_value": 1}, [1, 2], [1, 2]),
        ({"missing_value": 1}, numpy.array([1, 2]), [1, 2]),
        ({"missing_value": -1}, numpy.array([-1, 2]), [0, 2]),
    ],
)
def test_the_target_of_a_missing_row_is_some_class(settings, truths, expected):
    target, _ = CategoricalCrossentropy(**settings).convert_truths(truths, G)
    assert_array_equal(target, numpy.eye(3)[expected])


@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.2}, {"missing_value": 3}])
def test_ids_may_have_as_many_dimensions_as_the_rows(settings):
    guesses = numpy.random.default_rng(0).dirichlet(numpy.ones(4), (3, 2)).astype("float32")
    ids = numpy.array([[0, 1], [2, 3], [3, 3]])
    loss = CategoricalCrossentropy(**settings)
    gradient, value = loss(guesses, ids)
    flat = loss.get_grad(guesses.reshape(6, 4), ids.ravel()).reshape(3, 2, 4)
    assert_allclose(gradient, flat * (2 if loss.normalize else 1), rtol=1e-6)
    assert value == pytest.approx(float((gradient**2).sum()))
    ids[1, 1] = 4
    with pytest.raises(IndexError, match=r"\[0, 4\); got 4 at position \(1, 1\)"):
        loss(guesses, ids)
    with pytest.raises(ValueError, match="guesses must have two dimensions"):
        loss(guesses, [0, 1, 2])


@pytest.mark.parametrize("guesses", [[[0.5, 0.5]], Ragged(G, numpy.array([2]))])
def test_guesses_are_arrays(guesses):
    with pytest.raises(TypeError, match="guesses must be an array; got (list|Ragged)"):
        CategoricalCrossentropy()(guesses, [0])


def test_a_name_that_occurs_twice_means_the_later_column():
    loss = CategoricalCrossentropy(names=["a", "b", "a"])
    assert_array_equal(loss.convert_truths(["a"], G[:1])[0], [[0, 0, 1]])


@pytest.mark.parametrize(
    "settings, truths, error, message",
    [
        ({}, ["a", "b"], ValueError, "Cannot calculate loss from list of strings without names"),
        ({"names": NAMES}, ["a", "x"], KeyError, "'a', 'b', 'c'.*'x' at position 1"),
        ({"names": NAMES[:2]}, ["a", "b"], ValueError, "3 columns for 2 names"),
        ({}, [1, 3], IndexError, r"\[0, 3\); got 3 at position 1"),
        ({}, [1, -1], IndexError, r"\[0, 3\); got -1 at position 1"),
        ({}, numpy.array([3, 0]), IndexError, r"\[0, 3\); got 3 at position 0"),
        ({"names": NAMES}, ["a", 1], TypeError, "all strings or all integers"),
        ({}, [0.5, 1], TypeError, "got float at position 0"),
        ({}, [[0, 1, 0], [1, 0, 0]], TypeError, "got list at position 0"),
        ({}, [numpy.array([1]), numpy.array([0])], TypeError, "got ndarray at position 0"),
        ({}, [1, 2**70], IndexError, "must be class numbers; got 1180591620717411303424"),
        ({}, numpy.array([0.5, 1]), TypeError, "must be integers"),
        ({}, {1, 0}, TypeError, "got set"),
        ({}, "ab", TypeError, "got str"),
        ({}, [1, 0, 1], ValueError, r"mismatched shapes: \(2, 3\) vs \(3, 3\)"),
        ({}, numpy.ones((2, 4)), ValueError, r"mismatched shapes: \(2, 3\) vs \(2, 4\)"),
        ({}, ONE_HOT * 2, ValueError, r"with truth values outside the \[0,1\] interval"),
        (
            {"label_smoothing": 0.1},
            ONE_HOT,
            ValueError,
            "Label smoothing is only applied, when truths",
        ),
        ({"label_smoothing": 0.7}, [1, 0], ValueError, "label_smoothing parameter has to be less than"),
        ({"label_smoothing": -0.1}, [1, 0], ValueError, "greater than or equal to 0"),
    ],
)
def test_truths_that_do_not_fit_are_refused(settings, truths, error, message):
    with pytest.raises(error, match=message):
        CategoricalCrossentropy(**settings)(G, truths)


@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_guesses_have_to_be_probabilities(value):
    with pytest.raises(ValueError, match=r"with guesses outside the \[0,1\] interval"):
        CategoricalCrossentropy()(numpy.full((1, 3), value, "float32"), [0])


def test_nan_guesses_pass_through():
    gradient, value = CategoricalCrossentropy()(numpy.array([[numpy.nan, 0.5]], "float32"), [0])
    assert numpy.isnan(gradient[0, 0]) and numpy.isnan(value)


def test_many_classes_take_memory_for_the_guesses_only():
    # A table of classes by classes would take 40 GB.
    guesses = numpy.zeros((2, 100_000), "float32")
    gradient = CategoricalCrossentropy(label_smoothing=0.1).get_grad(guesses, [7, 99_999])
    assert_allclose(gradient[[0, 1], [7, 99_999]], -0.45, rtol=1e-6)


def slow_gradient(guesses, truths, normalize, missing, prefix, smoothing):
    """Cell by cell, for truths that are names."""
    B, C = guesses.shape
    gradient = numpy.zeros((B, C))
    for i, truth in enumerate(truths):
        for c, name in enumerate(NAMES):
            if truth == missing or truth is None:
                continue
            if prefix and truth.startswith(prefix):
                if truth == prefix + name:
                    gradient[i, c] = guesses[i, c]
            else:
                gradient[i, c] = guesses[i, c] - (1 - smoothing if truth == name else smoothing / (C - 1))
    return gradient / B if normalize else gradient


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("missing", [None, "", "c"])
@pytest.mark.parametrize("prefix", [None, "!", "not-"])
@pytest.mark.parametrize("smoothing", [0.0, 0.15])
def test_every_combination_of_settings_agrees_with_the_slow_way(normalize, missing, prefix, smoothing):
    rng = numpy.random.default_rng(0)
    options = [
        "a",
        "b",
        "c",
        None,
        *([missing] if missing else []),
        *([prefix + "b", prefix + "c"] if prefix else []),
    ]
    truths = list(itertools.islice(itertools.cycle(options), 17))
    guesses = rng.dirichlet(numpy.ones(3), 17)
    loss = CategoricalCrossentropy(
        names=NAMES,
        normalize=normalize,
        missing_value=missing,
        neg_prefix=prefix,
        label_smoothing=smoothing,
    )
    expected = slow_gradient(guesses, truths, normalize, missing, prefix, smoothing)
    gradient, value = loss(guesses, truths)
    assert_allclose(gradient, expected, rtol=0, atol=1e-15)
    assert value == pytest.approx((expected**2).sum(), rel=1e-12)


def softmax(logits):
    exps = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return exps / exps.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.2}, {"class_weights": [1.0, 2.0, 3.0]}])
def test_the_gradient_is_that_of_the_log_loss_of_softmax(normalize, settings):
    logits = numpy.random.default_rng(0).standard_normal((4, 3))
    loss = CategoricalCrossentropy(normalize=normalize, **settings)
    truths, weights = [2, None, 0, 1], [1.0, 1.0, 0.5, 2.0]
    gradient = loss.get_grad(softmax(logits), truths, sample_weights=weights)
    assert_gradient(lambda: loss.log_loss(softmax(logits), truths, sample_weights=weights), logits, gradient)


def test_log_loss_of_known_values():
    loss = CategoricalCrossentropy(names=NAMES, neg_prefix="!")
    assert loss.log_loss(G, ["b", "a"]) == pytest.approx(-(numpy.log(0.6) + numpy.log(0.2)) / 2, rel=1e-6)
    assert loss.log_loss(G, ["b", None]) == pytest.approx(-numpy.log(0.6) / 2, rel=1e-6)
    assert loss.log_loss(G, ["!b", None]) == pytest.approx(-numpy.log(0.4) / 2, rel=1e-6)
    assert numpy.isfinite(loss.log_loss(numpy.array([[0, 1, 0]], "float32"), ["a"]))
    assert loss.log_loss(G[:0], []) == 0.0


def test_sample_weights_multiply_rows():
    loss = CategoricalCrossentropy(normalize=False)
    gradient = loss.get_grad(G, [1, 0], sample_weights=[2.0, 0.5])
    assert_allclose(gradient, loss.get_grad(G, [1, 0]) * [[2.0], [0.5]], rtol=1e-6)
    assert loss.get_loss(G, [1, 0], sample_weights=[2.0, 0.5]) == (gradient**2).sum()
    with pytest.raises(ValueError, match="one number per row; got shape \\(3,\\) for 2 rows"):
        loss.get_grad(G, [1, 0], sample_weights=[1.0, 2.0, 3.0])


@pytest.mark.parametrize("weights", [[1.0, 2.0, 1.0], {"b": 2.0}, {1: 2.0}], ids=["list", "names", "numbers"])
def test_class_weights_multiply_rows_by_their_class(weights):
    loss = CategoricalCrossentropy(names=NAMES, neg_prefix="!", class_weights=weights)
    plain = CategoricalCrossentropy(names=NAMES, neg_prefix="!")
    for truths, factors in ((["b", "a"], [2, 1]), (["!b", None], [2, 1]), (ONE_HOT, [2, 1])):
        expected = plain.get_grad(G, truths) * numpy.array(factors, "float32")[:, None]
        assert_array_equal(loss.get_grad(G, truths), expected)


def test_class_weights_have_to_fit_the_columns():
    with pytest.raises(ValueError, match="class_weights must have one number per column"):
        CategoricalCrossentropy(class_weights=[1.0, 2.0])(G, [0, 1])
    for label in ("z", 3, -1, 0.5):
        with pytest.raises(ValueError, match=rf"class_weights must be for names.*got {label!r}"):
            CategoricalCrossentropy(names=NAMES, class_weights={label: 2.0})(G, [0, 1])


# -- sequences -------------------------------------------------------------------------------------


def test_sequences_give_the_reference_numbers():
    gradients, value = SequenceCategoricalCrossentropy()([G, G[:1]], [[1, 0], [2]])
    assert_array_equal(gradients[0], numpy.array(PLAIN, "float32"))
    assert_array_equal(gradients[1], numpy.array([[0.05, 0.3, -0.35]], "float32"))
    assert numpy.float32(value) == numpy.float32(0.525)
    loss = SequenceCategoricalCrossentropy(normalize=False)
    gradients, value = loss([G, G[:1]], [[1, 0], [2]])
    assert_array_equal(gradients[1], numpy.array([[0.1, 0.6, -0.7]], "float32"))
    assert value == loss.get_loss([G, G[:1]], [[1, 0], [2]])
    assert numpy.float32(value) == numpy.float32(2.1)


def test_no_sequences_give_nothing():
    for normalize in (True, False):
        loss = SequenceCategoricalCrossentropy(normalize=normalize)
        assert loss([], []) == ([], 0.0)
        assert loss.log_loss([], []) == 0.0


def test_sequences_take_every_setting_and_weights():
    loss = SequenceCategoricalCrossentropy(
        names=NAMES, missing_value="", neg_prefix="!", label_smoothing=0.1, class_weights={"b": 2.0}
    )
    single = CategoricalCrossentropy(
        names=NAMES, missing_value="", neg_prefix="!", label_smoothing=0.1, class_weights={"b": 2.0}
    )
    truths = [["!b", ""], ["b"]]
    gradients = loss.get_grad([G, G[:1]], truths, sample_weights=[[1.0, 2.0], 0.5])
    assert_array_equal(gradients[0], single.get_grad(G, truths[0]))
    assert_array_equal(gradients[1], single.get_grad(G[:1], truths[1]) * numpy.float32(0.25))
    expected = single.log_loss(G, truths[0]) + single.log_loss(G[:1], truths[1]) / 2
    assert loss.log_loss([G, G[:1]], truths) == pytest.approx(expected, rel=1e-6)


def test_sequences_of_different_number_are_refused():
    loss = SequenceCategoricalCrossentropy()
    with pytest.raises(ValueError, match="guesses and truths must be same length; got 2 and 1"):
        loss([G, G], [[1, 0]])
    with pytest.raises(ValueError, match="one entry per sequence; got 1 for 2"):
        loss([G, G], [[1, 0], [1, 0]], sample_weights=[1.0])


# -- base and registry -----------------------------------------------------------------------------


def test_the_base_class_calls_both_methods():
    class Absolute(losses.Loss):
        def get_grad(self, guesses, truths):
            return numpy.sign(guesses - truths)

        def get_loss(self, guesses, truths):
            return abs(guesses - truths).sum()

    gradient, value = Absolute()(G, ONE_HOT)
    assert_array_equal(gradient, [[1, -1, 1], [-1, 1, 1]])
    assert value == pytest.approx(0.8 + 1.6, rel=1e-6)
    assert losses.Loss()(G, ONE_HOT) == (None, None)


ARGUMENTS = {
    "CategoricalCrossentropy.v1": {"normalize": False, "names": NAMES, "missing_value": ""},
    "CategoricalCrossentropy.v2": {"names": NAMES, "neg_prefix": "!"},
    "CategoricalCrossentropy.v3": {"names": NAMES, "neg_prefix": "!", "label_smoothing": 0.1},
    "SequenceCategoricalCrossentropy.v1": {"normalize": False, "names": NAMES},
    "SequenceCategoricalCrossentropy.v2": {"names": NAMES, "neg_prefix": "!"},
    "SequenceCategoricalCrossentropy.v3": {"names": NAMES, "missing_value": -1, "label_smoothing": 0.1},
    "L2Distance.v1": {"normalize": False},
    "CosineDistance.v1": {"normalize": False, "ignore_zeros": True},
}


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("given", [True, False])
def test_losses_are_made_from_configs(name, given):
    block = {"@losses": name, **(ARGUMENTS[name] if given else {})}
    loss = registry.resolve({"loss": block})["loss"]
    assert type(loss).__name__ == name.split(".")[0]
    holder = getattr(loss, "cc", loss)
    for argument, value in block.items():
        if argument != "@losses":
            assert getattr(loss if argument == "normalize" else holder, argument) == value
