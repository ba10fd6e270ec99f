"""Without the frameworks everything imports, and using one says what to install."""

import subprocess
import sys

import pytest

ABSENT = """
import sys, warnings

sys.modules.update(dict.fromkeys(("torch", "tensorflow", "mxnet", "jax")))
import numpy
from thinc.api import *
from thinc.shims import *
warnings.simplefilter("ignore")
X = numpy.zeros((2, 3), "f")
"""

INSTALLING = {
    "PyTorchWrapper(object())": "thinc[torch]",
    "PyTorchWrapper_v2(object())": "thinc[torch]",
    "PyTorchWrapper_v3(object())": "thinc[torch]",
    "PyTorchRNNWrapper(object())": "thinc[torch]",
    "PyTorchShim(None)": "thinc[torch]",
    "PyTorchLSTM(2, 2)": "thinc[torch]",
    "PyTorchLSTM_v2(2, 2)": "thinc[torch]",
    "PyTorchGradScaler()": "thinc[torch]",
    "TorchScriptWrapper_v1()": "thinc[torch]",
    "TorchScriptWrapper_v1(object())": "thinc[torch]",
    "xp2torch(X)": "thinc[torch]",
    "torch2xp(X)": "thinc[torch]",
    "TensorFlowWrapper(object())": "thinc[tensorflow]",
    "xp2tensorflow(X)": "thinc[tensorflow]",
    "tensorflow2xp(X)": "thinc[tensorflow]",
    "enable_tensorflow()": "thinc[tensorflow]",
    "MXNetWrapper(None).predict(X)": "thinc[mxnet]",
    "xp2mxnet(X)": "thinc[mxnet]",
    "mxnet2xp(X)": "thinc[mxnet]",
    "enable_mxnet()": "thinc[mxnet]",
    "JaxWrapper(lambda params, X: X, {})": "thinc[jax]",
    "JaxShim(None, {})": "thinc[jax]",
    "xp2jax(X)": "thinc[jax]",
    "jax2xp(X)": "thinc[jax]",
}


def printed(code):
    result = subprocess.run([sys.executable, "-c", ABSENT + code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def errors():
    """The errors of all calls, from one run."""
    calls = "\n".join(
        f"try: {call}\nexcept Exception as e: print({call!r}, *(k.__name__ for k in type(e).__mro__), '|', "
        "str(e).replace(chr(10), ' '), sep=' ')"
        for call in INSTALLING
    )
    return printed(calls).splitlines()


@pytest.mark.parametrize("call", INSTALLING)
def test_absent_framework_is_an_import_error_that_says_what_to_install(errors, call):
    (line,) = [line for line in errors if line.startswith(call + " ")]
    assert "ImportError" in line
    assert f"pip install {INSTALLING[call]}" in line


def test_shims_that_need_no_framework_are_made():
    assert printed("print(MXNetShim(None)._model, MXNetWrapper(None).name)").strip() == "None mxnet"


def test_decorator_of_keras_works_without_it():
    code = """
@keras_subclass("absent", X, X, (2, 3))
class Net:
    def __init__(self, width): self.width = width
print(Net(3).width, Net(3).eg_args.args, keras_model_fns.get("absent")(4).width)"""
    assert printed(code).strip() == "3 (3,) 4"


def test_older_type_of_the_error_is_kept_where_there_was_one(errors):
    for call in ("PyTorchWrapper(object())", "PyTorchShim(None)", "TorchScriptWrapper_v1()"):
        (line,) = [line for line in errors if line.startswith(call + " ")]
        assert "ValueError" in line
        assert "Cannot get default Torch device when Torch is not available." in line
