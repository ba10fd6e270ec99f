"""The names of `thinc.api`, the registered names of the layers, and names of parameters."""

import importlib
import inspect

import pytest

import thinc.api
import thinc.backends
import thinc.util
from thinc.config import registry
from thinc.types import Generator

BACKENDS = """AppleOps CupyOps MPSOps NumpyOps Ops get_current_ops get_ops set_current_ops
set_gpu_allocator use_ops use_pytorch_for_gpu_memory use_tensorflow_for_gpu_memory"""
CONFIG = "Config ConfigValidationError registry enable_mxnet enable_tensorflow has_cupy"
TRAINING = """configure_normal_init glorot_uniform_init normal_init uniform_init zero_init
CategoricalCrossentropy CosineDistance L2Distance SequenceCategoricalCrossentropy
Adam Optimizer RAdam SGD Schedule compounding constant constant_then cyclic_triangular decaying plateau
slanted_triangular warmup_linear"""
MODEL = """Model change_attr_values deserialize_attr serialize_attr set_dropout_rate wrap_model_recursive
ArgsKwargs Padded Ragged Unserializable"""
UTIL = """DataValidationError data_validation fix_random_seed get_array_module get_torch_default_device
get_width is_cupy_array jax2xp mxnet2xp prefer_gpu require_cpu require_gpu set_active_gpu tensorflow2xp
to_categorical to_numpy torch2xp xp2jax xp2mxnet xp2tensorflow xp2torch"""
LAYERS = """CauchySimilarity ClippedLinear Dish Dropout Embed Gelu HardSigmoid HardSwish
HardSwishMobilenet HardTanh HashEmbed LSTM LayerNorm Linear Logistic Maxout Mish MultiSoftmax
ParametricAttention ParametricAttention_v2 Relu ReluK Sigmoid Softmax Softmax_v2 SparseLinear
SparseLinear_v2 Swish add array_getitem bidirectional chain clone concatenate expand_window list2array
list2padded list2ragged map_list noop padded2list premap_ids ragged2list reduce_first reduce_last
reduce_max reduce_mean reduce_sum remap_ids remap_ids_v2 residual resizable siamese sigmoid_activation
softmax_activation strings2arrays tuplify uniqued with_array with_array2d with_cpu with_debug
with_flatten with_flatten_v2 with_getitem with_list with_nvtx_range with_padded with_ragged with_reshape
with_signpost_interval"""
FRAMEWORKS = """JaxShim JaxWrapper MXNetShim MXNetWrapper PyTorchGradScaler PyTorchLSTM PyTorchLSTM_v2
PyTorchRNNWrapper PyTorchShim PyTorchWrapper PyTorchWrapper_v2 PyTorchWrapper_v3 Shim TensorFlowShim
TensorFlowWrapper TorchScriptShim TorchScriptWrapper_v1 keras_model_fns keras_subclass
maybe_handshake_model pytorch_to_torchscript_wrapper"""

REGISTERED = """CauchySimilarity.v1 ClippedLinear.v1 Dish.v1 Dropout.v1 Embed.v1 Gelu.v1 HardSigmoid.v1
HardSwish.v1 HardSwishMobilenet.v1 HardTanh.v1 HashEmbed.v1 LSTM.v1 LayerNorm.v1 Linear.v1 Logistic.v1
Maxout.v1 Mish.v1 MultiSoftmax.v1 ParametricAttention.v1 ParametricAttention.v2 Relu.v1 ReluK.v1
Sigmoid.v1 Softmax.v1 Softmax.v2 SparseLinear.v1 SparseLinear.v2 Swish.v1 add.v1 bidirectional.v1
chain.v1 clone.v1 concatenate.v1 expand_window.v1 list2array.v1 list2padded.v1 list2ragged.v1 noop.v1
padded2list.v1 premap_ids.v1 ragged2list.v1 reduce_first.v1 reduce_last.v1 reduce_max.v1 reduce_mean.v1
reduce_sum.v1 remap_ids.v1 remap_ids.v2 residual.v1 resizable.v1 siamese.v1 sigmoid_activation.v1
softmax_activation.v1 strings2arrays.v1 tuplify.v1 uniqued.v1 with_array.v1 with_array2d.v1 with_cpu.v1
with_flatten.v1 with_flatten.v2 with_getitem.v1 with_list.v1 with_padded.v1 with_ragged.v1
with_reshape.v1"""
REGISTERED_FRAMEWORKS = """MXNetWrapper.v1 PyTorchLSTM.v1
PyTorchRNNWrapper.v1 PyTorchWrapper.v1 PyTorchWrapper.v2 PyTorchWrapper.v3"""

MODULES = {
    "chain": "init forward",
    "resizable": "resize_model resize_linear_weighted forward init",
    "array_getitem": "ints_getitem floats_getitem forward",
    "softmax": "validate_temperature forward init",
    "relu_k": "ReluK",
    "hard_swish_mobilenet": "HardSwishMobilenet forward init",
    "hashembed": "HashEmbed forward init",
    "layernorm": "LayerNorm forward init",
    "cauchysimilarity": "CauchySimilarity inverse forward init",
    "clipped_linear": "ClippedLinear HardSigmoid HardTanh ReluK forward init",
    "lstm": "LSTM PyTorchLSTM forward init",
    "multisoftmax": "MultiSoftmax forward init",
    "parametricattention": "ParametricAttention forward init",
    "parametricattention_v2": "ParametricAttention_v2 forward init",
    "sparselinear": """SparseLinear SparseLinear_v2 forward init InT OutT
        _begin_cpu_update _begin_gpu_update _finish_linear_update""",
    "torchscriptwrapper": "convert_pytorch_default_inputs convert_pytorch_default_outputs",
    "tuplify": "tuplify tuplify_forward",
    "premap_ids": "premap_ids forward",
    "remap_ids": "remap_ids remap_ids_v2",
    "with_flatten_v2": "with_flatten_v2 forward",
    "with_nvtx_range": "with_nvtx_range",
}


NAMES = f"{BACKENDS} {CONFIG} {TRAINING} {MODEL} {UTIL} {LAYERS} {FRAMEWORKS}".split()


@pytest.mark.parametrize("name", NAMES)
def test_api_exports_the_name_and_lists_it(name):
    api = importlib.import_module("thinc.api")
    assert name in api.__all__
    assert hasattr(api, name)


def test_api_has_no_other_public_names():
    api = importlib.import_module("thinc.api")
    assert {name for name in dir(api) if not name.startswith("_")} - set(NAMES) == set()
    assert len(api.__all__) == len(set(api.__all__))


def test_exactly_the_specified_layers_are_registered():
    importlib.import_module("thinc.api")
    own = {
        name
        for name, function in registry.layers.get_all().items()
        if function.__module__.startswith("thinc.")
    }
    assert set(REGISTERED.split()) - own == set()
    assert own - set(f"{REGISTERED} {REGISTERED_FRAMEWORKS}".split()) == set()


@pytest.mark.parametrize("name", LAYERS.split())
def test_layers_have_a_docstring(name):
    layers = importlib.import_module("thinc.layers")
    assert getattr(layers, name).__doc__


@pytest.mark.parametrize("module", MODULES)
def test_layer_modules_hold_the_names_that_others_import(module):
    loaded = importlib.import_module(f"thinc.layers.{module}")
    assert [name for name in MODULES[module].split() if not hasattr(loaded, name)] == []


def test_a_function_shadows_its_module_in_the_package():
    layers = importlib.import_module("thinc.layers")
    shadowed = "add chain clone concatenate noop residual resizable tuplify with_array reduce_sum"
    assert all(callable(getattr(layers, name)) for name in shadowed.split())


# Those that a caller may want to give by name, and that say nothing by themselves.
PARAMETERS = [
    (thinc.api.Model.from_bytes, "self bytes_data"),
    (thinc.api.Model.can_from_bytes, "self bytes_data strict"),
    (thinc.api.Model.from_dict, "self msg"),
    (thinc.api.Shim.predict, "self fwd_args"),
    (thinc.api.Shim.begin_update, "self fwd_args"),
    (thinc.api.Shim.from_bytes, "self data"),
    (thinc.api.PyTorchShim.from_bytes, "self bytes_data"),
    (thinc.api.PyTorchShim.predict, "self inputs"),
    (thinc.api.TorchScriptShim.from_bytes, "self bytes_data"),
    (thinc.api.MXNetShim.from_bytes, "self bytes_data"),
    (thinc.api.MXNetShim.copy, "self ctx"),
    (thinc.api.TensorFlowShim.from_bytes, "self data"),
    (thinc.api.TensorFlowShim.predict, "self X"),
    (thinc.api.TensorFlowShim.__call__, "self X is_train"),
    (thinc.util.convert_recursive, "is_match convert_item obj"),
    (thinc.util.get_array_module, "arr"),
    (thinc.backends.get_array_module, "arr"),
    (Generator.validate, "v"),
]


@pytest.mark.parametrize("function, names", PARAMETERS, ids=lambda value: getattr(value, "__qualname__", ""))
def test_parameters_have_the_names_of_other_releases(function, names):
    assert list(inspect.signature(function).parameters) == names.split()
