"""Optional packages are found without being imported, and imported when asked for."""

import subprocess
import sys
import types

import pytest

import thinc.util
from thinc import compat

FLAGS = """has_cupy has_cupy_gpu has_torch has_torch_gpu has_torch_cuda_gpu has_torch_mps has_torch_mps_gpu
has_torch_amp has_tensorflow has_tensorflow_gpu has_mxnet has_os_signpost has_gpu has_blis has_apple_ops"""
OTHERS = """cupy cupyx cublas cupy_version cupy_from_dlpack torch torch_version tensorflow mxnet h5py
os_signpost blis enable_tensorflow enable_mxnet"""


@pytest.fixture
def fresh(monkeypatch):
    """`compat` as it is after its import, restored afterwards."""
    for name in [*FLAGS.split(), *OTHERS.split()]:
        if name in compat._GROUPS or name in compat._PACKAGES or name in compat._QUESTIONS:
            monkeypatch.delattr(compat, name, raising=False)
    for name in ("tensorflow", "has_tensorflow", "has_tensorflow_gpu", "mxnet", "has_mxnet"):
        monkeypatch.setattr(compat, name, getattr(compat, name))
    yield compat
    for name in (*compat._GROUPS, *compat._PACKAGES, *compat._QUESTIONS):
        vars(compat).pop(name, None)


@pytest.mark.parametrize("name", FLAGS.split())
def test_flag_is_a_bool(name):
    assert isinstance(getattr(compat, name), bool)
    assert name in dir(compat)


@pytest.mark.parametrize("name", OTHERS.split())
def test_name_exists(name):
    assert hasattr(compat, name) and name in dir(compat)


def test_unknown_name_raises():
    with pytest.raises(AttributeError, match="has_nothing"):
        compat.has_nothing  # noqa: B018


def test_all_is_the_modules():
    assert sorted(compat.__all__) == [
        "cupy",
        "cupyx",
        "h5py",
        "mxnet",
        "os_signpost",
        "tensorflow",
        "torch",
    ]


def output_of(code):
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", "import sys; " + code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def imported_after(code):
    """Which of the big packages a fresh interpreter has imported after running the code."""
    return output_of(code + "; print(*{'torch', 'cupy', 'tensorflow', 'mxnet', 'h5py'} & set(sys.modules))")


@pytest.mark.parametrize(
    "code",
    [
        "import thinc.api",
        "import thinc.util as u; u.has_torch, u.has_cupy, u.get_array_module(u.numpy.zeros(1))",
        "import thinc.util as u; u.is_torch_array(u.numpy.zeros(1)), u.is_cupy_array(1), u.to_numpy([1])",
        "import thinc.backends as b; b.get_ops('cpu'), b.get_current_ops(), b.has_cupy, b.use_ops('mps')",
    ],
)
def test_no_optional_package_is_imported_before_its_use(code):
    assert imported_after(code) == []


def test_import_of_thinc_alone_registers_nothing():
    assert output_of("import thinc; print(*thinc.__all__)") == ["__version__", "registry"]
    assert output_of("import thinc; print('Linear.v1' in thinc.registry.layers)") == ["False"]
    assert output_of("import thinc; print('thinc.api' in sys.modules)") == ["False"]


def test_import_of_thinc_brings_the_modules_of_types_and_of_optional_packages():
    names = output_of("import thinc; print(thinc.types.Ragged.__name__, thinc.compat.__name__)")
    assert names == ["Ragged", "thinc.compat"]
    assert imported_after("import thinc; thinc.types, thinc.compat") == []


def put(monkeypatch, name, **attributes):
    """Put a made-up module into `sys.modules`, where imports look first."""
    module = types.ModuleType(name)
    vars(module).update(attributes)
    monkeypatch.setitem(sys.modules, name, module)
    return module


class CUDARuntimeError(Exception):
    pass


def cupy_like(monkeypatch, version="13.0.0", get_device_count=lambda: 1):
    runtime = types.SimpleNamespace(getDeviceCount=get_device_count, CUDARuntimeError=CUDARuntimeError)
    put(monkeypatch, "cupy.cublas")
    put(monkeypatch, "cupyx")
    return put(
        monkeypatch,
        "cupy",
        __version__=version,
        from_dlpack="new",
        fromDlpack="old",
        cuda=types.SimpleNamespace(runtime=runtime),
        __path__=[],
    )


@pytest.mark.parametrize("version, from_dlpack", [("13.1.0", "new"), ("10.0.0", "new"), ("9.6.0", "old")])
def test_cupy_that_works_is_found(fresh, monkeypatch, version, from_dlpack):
    cupy = cupy_like(monkeypatch, version)
    assert fresh.has_cupy and fresh.cupy is cupy and fresh.has_cupy_gpu and fresh.has_gpu
    assert fresh.cupy_from_dlpack == from_dlpack and str(fresh.cupy_version) == version


def test_cupy_without_a_device_has_no_gpu(fresh, monkeypatch):
    def fail():
        raise CUDARuntimeError

    cupy_like(monkeypatch, get_device_count=fail)
    assert fresh.has_cupy and not fresh.has_cupy_gpu and not fresh.has_gpu


def test_cupy_that_is_broken_counts_as_absent(fresh, monkeypatch):
    put(monkeypatch, "cupy", __spec__=None)
    assert fresh.cupy is None and not fresh.has_cupy and not fresh.has_cupy_gpu
    assert fresh.cupyx is None and fresh.cublas is None and fresh.cupy_from_dlpack is None
    assert str(fresh.cupy_version) == "0.0.0"


def torch_like(monkeypatch, version, devices, amp_missing):
    put(monkeypatch, "torch.cuda.amp.common", amp_definitely_not_available=lambda: amp_missing)
    return put(
        monkeypatch, "torch", __version__=version, cuda=types.SimpleNamespace(device_count=lambda: devices)
    )


@pytest.mark.parametrize(
    "version, devices, amp_missing, has_gpu, has_amp",
    [
        ("2.1.0+cu121", 1, False, True, True),
        ("2.1.0", 0, True, False, False),
        ("1.8.1", 1, False, True, False),
        ("2.1.0", 1, True, True, False),
    ],
)
def test_torch_is_asked_for_its_devices(fresh, monkeypatch, version, devices, amp_missing, has_gpu, has_amp):
    torch = torch_like(monkeypatch, version, devices, amp_missing)
    assert fresh.has_torch and fresh.torch is torch and str(fresh.torch_version) == version
    assert fresh.has_torch_gpu is has_gpu and fresh.has_torch_cuda_gpu is has_gpu
    assert fresh.has_torch_amp is has_amp


def test_torch_on_a_mac_is_asked_for_mps(fresh, monkeypatch):
    torch = torch_like(monkeypatch, "2.1.0", 0, True)
    torch.backends = types.SimpleNamespace(
        mps=types.SimpleNamespace(is_built=lambda: True, is_available=lambda: True)
    )
    monkeypatch.setattr(fresh.platform, "system", lambda: "Darwin")
    assert fresh.has_torch_mps and fresh.has_torch_mps_gpu and not fresh.has_torch_gpu


def test_torch_that_is_absent(fresh, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert fresh.has_torch is False and fresh.torch is None and str(fresh.torch_version) == "0.0.0"
    assert not fresh.has_torch_amp and not fresh.has_torch_gpu and not fresh.has_torch_mps_gpu


def test_enable_tensorflow_warns_and_reaches_util(fresh, monkeypatch):
    put(monkeypatch, "tensorflow.experimental.dlpack")
    config = types.SimpleNamespace(get_visible_devices=lambda kind: ["GPU:0"] if kind == "GPU" else [])
    tensorflow = put(monkeypatch, "tensorflow", config=config)
    with pytest.warns(DeprecationWarning, match="Built-in TensorFlow support will be removed in Thinc v9"):
        fresh.enable_tensorflow()
    assert fresh.tensorflow is tensorflow and fresh.has_tensorflow and fresh.has_tensorflow_gpu
    assert thinc.util.has_tensorflow
    thinc.util.assert_tensorflow_installed()


def test_enable_mxnet_warns_and_reaches_util(fresh, monkeypatch):
    mxnet = put(monkeypatch, "mxnet")
    with pytest.warns(DeprecationWarning, match="Built-in MXNet support will be removed in Thinc v9"):
        fresh.enable_mxnet()
    assert fresh.mxnet is mxnet and fresh.has_mxnet and thinc.util.has_mxnet
    thinc.util.assert_mxnet_installed()


@pytest.mark.parametrize("name", ["tensorflow", "mxnet"])
def test_enabling_what_is_not_installed_raises(fresh, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.warns(DeprecationWarning), pytest.raises(ModuleNotFoundError, match=name):
        getattr(fresh, f"enable_{name}")()
    assert getattr(fresh, f"has_{name}") is False


def test_versions_compare_also_without_packaging(fresh, monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.version", None)
    torch_like(monkeypatch, "2.13.0a1+cpu", 1, False)
    assert isinstance(fresh.torch_version, compat.ReleaseVersion)
    assert fresh.torch_version > compat.ReleaseVersion("2.9.1") and fresh.torch_version.major == 2
    assert fresh.has_torch_amp
