"""Calling, initializing and updating models, and the errors that come out of them."""

import gc
import weakref

import numpy
import pytest
from support.toy_models import affine, identity, names, node, sequence

from thinc.layers import Linear, Maxout, Relu, chain, with_array
from thinc.model import Model
from thinc.shims import Shim


def ones(*shape):
    return numpy.ones(shape, dtype="f")


def test_forward_gets_is_train_by_keyword():
    seen = []

    def forward(model, X, is_train):
        seen.append((model.name, X, is_train))
        return "Y", "callback"

    model = Model("m", forward)
    assert model(1, True) == ("Y", "callback")
    assert model(2, is_train=False) == ("Y", "callback")
    assert model.begin_update(3) == ("Y", "callback")
    assert model.predict(4) == "Y"
    assert seen == [("m", 1, True), ("m", 2, False), ("m", 3, True), ("m", 4, False)]
    with pytest.raises(TypeError):
        model(1)


def test_another_name_for_is_train_fails():
    with pytest.raises(TypeError, match="unexpected keyword argument 'is_train'"):
        Model("m", lambda model, X, train: (X, None)).predict(1)


def test_a_model_without_forward_fails_when_called():
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        Model("m", None).predict(1)


def test_begin_update_returns_whatever_forward_returns():
    assert Model("m", lambda model, X, is_train: X).begin_update([1, 2]) == [1, 2]


def test_initialize_passes_keywords_and_returns_the_model():
    seen = []
    model = node("m", init=lambda model, X=None, Y=None: seen.append((X, Y)))
    assert model.initialize() is model
    assert model.initialize(1, 2) is model
    assert model.initialize(X=3, Y=4) is model
    model.replace_callbacks(identity)
    assert model.initialize(5, 6) is model
    assert seen == [(None, None), (1, 2), (3, 4)]


def test_replace_callbacks_takes_both():
    model = node("m")
    model.replace_callbacks(lambda model, X, is_train: (X + 1, None), init=lambda model, X, Y: 1 / 0)
    assert model.predict(1) == 2
    with pytest.raises(ZeroDivisionError):
        model.initialize()


def test_init_is_assignable():
    model = node("m")
    model.init = lambda model, X, Y: model.attrs.update(seen=X)
    assert model.initialize(7).attrs == {"seen": 7}


class RecordingShim(Shim):
    def __init__(self, log):
        super().__init__(None)
        self.log = log

    def finish_update(self, optimizer):
        self.log.append(("shim", self.id))


def test_finish_update_visits_shims_then_parameters_once_each():
    log = []
    shared = affine(2, 2).initialize()
    last = affine(2, 2, shims=[RecordingShim(log)]).initialize()
    model = node("top", shared, node("mid", shared), last)
    without = affine(2, 2).initialize()
    model.layers.append(without)
    for layer in (shared, last):
        layer.inc_grad("W", ones(2, 2))

    def optimizer(key, param, gradient):
        log.append(key)
        return param - gradient, None

    before = shared.get_param("W").copy()
    model.finish_update(optimizer)
    assert log == [("shim", last.shims[0].id), (shared.id, "W"), (last.id, "W")]
    assert (shared.get_param("W") == before - 1).all()
    assert (shared.get_grad("W") == 1).all()


def test_an_update_learns_a_linear_map():
    rng = numpy.random.RandomState(0)
    X = rng.randn(64, 3).astype("f")
    Y = X @ rng.randn(3, 2).astype("f")
    model = affine().initialize(X, Y)
    for _ in range(200):
        guess, backprop = model.begin_update(X)
        dX = backprop((guess - Y) / len(X))
        model.finish_update(lambda key, W, dW: (W - 0.1 * dW, dW.fill(0)))
    assert dX.shape == X.shape
    assert abs(model.predict(X) - Y).max() < 1e-3


# Errors name the path


def failing(path_of, call):
    X = ones(5, 4)
    model = sequence(affine(3), sequence(affine(2), affine(6))).initialize(X)
    with pytest.raises(ValueError) as caught:
        call(model)
    assert str(caught.value).count("(in ") == 1
    assert f"(in {path_of}" in str(caught.value)
    return str(caught.value)


def test_a_shape_error_names_the_path_and_where_sizes_came_from():
    text = failing("sequence[0] > affine", lambda model: model.predict(ones(2, 3)))
    assert text.startswith("affine: X must have 4 columns; got 3")
    assert "nO=3 given at construction" in text
    assert "nI=4 inferred from X float32 (5, 4)" in text


def test_a_shape_error_of_a_callback_names_the_path():
    text = failing(
        "sequence[1] > sequence[1] > affine", lambda model: model.begin_update(ones(5, 4))[1](ones(5, 7))
    )
    assert "inc_grad" in text


def test_a_contradiction_in_initialize_names_both_sources():
    text = failing("sequence[0] > affine", lambda model: model.initialize(ones(2, 7)))
    assert text.startswith("Attempt to change dimension 'nI' for model 'affine' from 4 to 7")
    assert "4 was inferred from X float32 (5, 4), 7 is inferred from X float32 (2, 7)" in text


def test_a_child_called_directly_is_its_own_root():
    def call(model):
        model.layers[1].layers[0].predict(ones(2, 9))

    assert "(in affine: " in failing("affine", call)


def test_the_exception_object_is_the_one_that_was_raised():
    class Special(ValueError):
        pass

    error = Special("wrong shape")
    model = sequence(Model("inner", lambda model, X, is_train: raise_(error)))
    with pytest.raises(Special, match="wrong shape") as caught:
        model.predict(1)
    assert caught.value is error
    assert str(error) == "wrong shape (in sequence[0] > inner)"
    with pytest.raises(Special):
        model.predict(1)
    assert str(error) == "wrong shape (in sequence[0] > inner)"


def raise_(error):
    raise error


@pytest.mark.parametrize("error", [AttributeError("a"), KeyError("k"), RuntimeError("r"), ValueError(1, 2)])
def test_other_errors_keep_their_text(error):
    before = str(error)
    with pytest.raises(type(error)):
        sequence(Model("inner", lambda model, X, is_train: raise_(error))).predict(1)
    assert str(error) == before


def test_an_error_that_builds_its_own_text_gets_a_note():
    class Own(ValueError):
        def __init__(self, name):
            super().__init__(f"text of {name}")

    error = Own("x")
    with pytest.raises(Own):
        sequence(Model("inner", lambda model, X, is_train: raise_(error))).predict(1)
    assert str(error) == "text of x"
    assert getattr(error, "__notes__", ["(in sequence[0] > inner)"]) == ["(in sequence[0] > inner)"]


def test_combinators_are_named_by_their_module():
    inner = node("a")

    def forward(model, X, is_train):
        return model.layers[1](X, is_train)

    forward.__module__ = "thinc.layers.chain"
    model = Model("a>>b", forward, layers=[inner, affine(2, 2).initialize()])
    with pytest.raises(ValueError, match=r"\(in chain\[1\] > affine"):
        model.predict(ones(1, 3))


def test_real_layers_are_named_like_the_expression_that_built_them():
    model = chain(Linear(3, 4), Relu(2, 3), with_array(Maxout(2, 5)))
    model.layers[0].initialize()
    model.layers[1].initialize()
    model.layers[2].initialize()
    with pytest.raises(ValueError, match=r"\(in chain\[2\] > with_array\[0\] > maxout: nO=2 given"):
        model.predict(ones(1, 4))
    with pytest.raises(ValueError, match=r"from 4 to 7 .* \(in chain\[0\] > linear\)"):
        model.initialize(ones(1, 7))


# use_params


def test_use_params_swaps_arrays_and_brings_the_same_objects_back():
    child = affine(2, 2).initialize()
    model = node("top", child, node("mid", child))
    before, other = child.get_param("W"), ones(2, 2)
    with model.use_params({(child.id, "W"): other, (child.id, "x"): 1, "pytorch_1_W": 2}):
        assert child.get_param("W") is other
    assert child.get_param("W") is before
    for nothing in ({}, None):
        with model.use_params(nothing):
            assert child.get_param("W") is before


def test_use_params_restores_after_an_exception():
    model = affine(2, 2).initialize()
    before = model.get_param("W")
    with pytest.raises(ZeroDivisionError), model.use_params({(model.id, "W"): ones(2, 2)}):
        raise ZeroDivisionError
    assert model.get_param("W") is before


def test_use_params_restores_when_entering_fails():
    first, unset = affine(2, 2).initialize(), affine(2, 2)
    model = node("top", first, unset)
    before = first.get_param("W")
    params = {(first.id, "W"): ones(2, 2), (unset.id, "W"): ones(2, 2)}
    with pytest.raises(KeyError, match="has not been allocated yet"), model.use_params(params):
        pass
    assert first.get_param("W") is before


def test_use_params_can_be_entered_and_left_by_next():
    model = affine(2, 2).initialize()
    before, other = model.get_param("W"), ones(2, 2)
    context = model.use_params({(model.id, "W"): other})
    next(context.gen)
    assert model.get_param("W") is other
    assert next(context.gen, None) is None
    assert model.get_param("W") is before


def test_use_params_enters_shims_in_order():
    log = []

    class Logged(Shim):
        def use_params(self, params):
            log.append("made")
            return super().use_params(params)

    with node("top", node("a", shims=[Logged(None)]), shims=[Logged(None)]).use_params({}):
        assert log == ["made", "made"]


# Shim


def test_the_shim_base_class():
    shim = Shim("model", {"a": 1}, "optimizer")
    assert (shim.cfg, shim._model, shim._optimizer) == ({"a": 1}, "model", "optimizer")
    with shim.use_params({}):
        pass
    for call in (
        lambda: shim.predict(1),
        lambda: shim.begin_update(1),
        lambda: shim.finish_update(None),
        lambda: shim.to_device("cpu", 0),
        shim.to_bytes,
        lambda: shim.from_bytes(b""),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_names_of_a_walk():
    assert names(sequence(affine(1, 1)).walk()) == "sequence affine"


@pytest.mark.parametrize("backwards", [False, True])
def test_an_error_keeps_no_arrays_alive(backwards):
    class Batch(numpy.ndarray):
        """An array that can be watched."""

    def failing():
        model = chain(Linear(4, 4), Linear(4, 4)).initialize()
        X = numpy.zeros((2, 4 if backwards else 3), "float32").view(Batch)
        with pytest.raises(ValueError):
            if backwards:
                model.begin_update(X)[1](numpy.zeros((2, 3), "float32"))
            else:
                model.predict(X)
        return weakref.ref(X)

    gc.collect()
    gc.disable()
    try:
        assert failing()() is None
    finally:
        gc.enable()
