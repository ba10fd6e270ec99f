"""Optional packages: which ones are there, and the packages themselves.

Nothing here imports an optional package before it is asked for. `has_torch` and `has_cupy` look for
an installed package; `torch`, `cupy` and what depends on a device import it, once, at the first access.
A package that turns out to be broken counts as absent from then on. Read these names through the
module (`compat.has_tensorflow`), since the `enable_*` functions change some of them.
"""

import importlib
import importlib.util
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy

# TensorFlow and MXNet are used only after `enable_tensorflow` and `enable_mxnet`.
tensorflow: Any = None
has_tensorflow = False
has_tensorflow_gpu = False
mxnet: Any = None
has_mxnet = False

has_apple_ops = platform.system() == "Darwin"


class ReleaseVersion(tuple):
    """The leading numbers of a version, comparable; stands in where `packaging` is not installed."""

    __slots__ = ()

    def __new__(cls, text: str) -> "ReleaseVersion":
        numbers = []
        for part in text.split("+")[0].split("."):
            if not part.isdigit():
                break
            numbers.append(int(part))
        return super().__new__(cls, numbers)

    @property
    def major(self) -> int:
        return self[0]


def imported(name: str) -> Any:
    """The module of that name if something has imported it, otherwise None.

    An array can only belong to a framework that has been imported: tests of an array's kind ask
    here, so that they never import anything.
    """
    return sys.modules.get(name)


def enable_tensorflow() -> None:
    """Import TensorFlow and switch on the layers and conversions that use it."""
    warnings.warn(
        "Built-in TensorFlow support will be removed in Thinc v9. If you need TensorFlow support in the "
        "future, you can transition to using a custom copy of the current TensorFlowWrapper in your "
        "package or project.",
        DeprecationWarning,
        stacklevel=2,
    )
    module = _required("tensorflow")
    importlib.import_module("tensorflow.experimental.dlpack")
    globals().update(
        tensorflow=module,
        has_tensorflow=True,
        has_tensorflow_gpu=len(module.config.get_visible_devices("GPU")) > 0,
    )


def enable_mxnet() -> None:
    """Import MXNet and switch on the layers and conversions that use it."""
    warnings.warn(
        "Built-in MXNet support will be removed in Thinc v9. If you need MXNet support in the future, you "
        "can transition to using a custom copy of the current MXNetWrapper in your package or project.",
        DeprecationWarning,
        stacklevel=2,
    )
    with _removed_from_numpy(), warnings.catch_warnings():
        # A retired package: nothing that it warns of while it is imported can be helped.
        warnings.simplefilter("ignore")
        module = _required("mxnet")
    globals().update(mxnet=module, has_mxnet=True)


def _required(name: str) -> Any:
    """The package of that name, which is that of an extra, too."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        text = f"{error.msg}. Install it with: pip install thinc[{name}]"
        raise ModuleNotFoundError(text, name=name) from None


# Names that MXNet reads when it is imported. NumPy has removed them, some in 1.20, most in 2.0.
_REMOVED = {
    "bool": numpy.bool_,
    "PZERO": 0.0,
    "NZERO": -0.0,
    "PINF": numpy.inf,
    "NINF": -numpy.inf,
    "Inf": numpy.inf,
    "NAN": numpy.nan,
    "NaN": numpy.nan,
    "alltrue": numpy.all,
    "sometrue": numpy.any,
    "product": numpy.prod,
    "round_": numpy.round,
    "in1d": numpy.isin,
    **dict.fromkeys(("mirr", "msort", "npv", "pmt", "ppmt", "pv", "rate", "trapz")),
}


@contextmanager
def _removed_from_numpy() -> Iterator[None]:
    """Within the block, NumPy has its removed names; afterwards it is as it was before."""
    own = numpy.__getattr__

    def with_removed(name: str) -> Any:
        return _REMOVED[name] if name in _REMOVED else own(name)

    numpy.__getattr__ = with_removed  # type: ignore[assignment]
    try:
        yield
    finally:
        numpy.__getattr__ = own  # type: ignore[assignment]


def _installed(name: str) -> bool:
    """Whether a package could be imported, without importing it."""
    if name in sys.modules:
        return sys.modules[name] is not None
    return importlib.util.find_spec(name) is not None


def _load(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _version(text: str) -> Any:
    packaging = _load("packaging.version")
    return ReleaseVersion(text) if packaging is None else packaging.Version(text)


def _load_torch() -> dict[str, Any]:
    torch = _load("torch")
    if torch is None:
        return {"torch": None, "has_torch": False, "torch_version": _version("0.0.0")}
    return {"torch": torch, "has_torch": True, "torch_version": _version(torch.__version__)}


def _load_cupy() -> dict[str, Any]:
    try:
        cupy: Any = importlib.import_module("cupy")
        version = _version(cupy.__version__)
        return {
            "cupy": cupy,
            "cublas": importlib.import_module("cupy.cublas"),
            "cupyx": importlib.import_module("cupyx"),
            "cupy_version": version,
            "cupy_from_dlpack": cupy.from_dlpack if version.major >= 10 else cupy.fromDlpack,
            "has_cupy": True,
        }
    except (ImportError, AttributeError):
        absent = dict.fromkeys(("cupy", "cublas", "cupyx", "cupy_from_dlpack"))
        return {**absent, "cupy_version": _version("0.0.0"), "has_cupy": False}


def _has_cupy_gpu() -> bool:
    cupy = _get("cupy") if _get("has_cupy") else None
    if cupy is None:
        return False
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        return False
    return True


def _has_torch_cuda_gpu() -> bool:
    return _get("has_torch") and _get("torch") is not None and _get("torch").cuda.device_count() != 0


def _has_torch_mps() -> bool:
    """PyTorch has its `mps` device on macOS only: elsewhere the answer needs no import."""
    if platform.system() != "Darwin" or not _get("has_torch"):
        return False
    return _get("torch") is not None and _get("torch").backends.mps.is_built()


def _has_torch_amp() -> bool:
    if not _get("has_torch_cuda_gpu") or _get("torch_version") < _version("1.9.0"):
        return False
    return not _load("torch.cuda.amp.common").amp_definitely_not_available()


def _has_torch_mps_gpu() -> bool:
    return _get("has_torch_mps") and _get("torch").backends.mps.is_available()


# How each name is found at its first access: packages to import, packages to look for, and questions
# to ask a package. Names that are found together share a function.
_MODULES = ("blis", "h5py", "jax", "os_signpost")
_PACKAGES = {
    "has_blis": "blis",
    "has_cupy": "cupy",
    "has_jax": "jax",
    "has_os_signpost": "os_signpost",
    "has_torch": "torch",
}
_GROUPS: dict[str, Callable[[], dict[str, Any]]] = {
    **dict.fromkeys(("cupy", "cublas", "cupyx", "cupy_version", "cupy_from_dlpack"), _load_cupy),
    **dict.fromkeys(("torch", "torch_version"), _load_torch),
}
_QUESTIONS: dict[str, Callable[[], bool]] = {
    "has_cupy_gpu": _has_cupy_gpu,
    "has_gpu": lambda: _get("has_cupy_gpu") or _get("has_torch_mps_gpu"),
    "has_torch_amp": _has_torch_amp,
    "has_torch_cuda_gpu": _has_torch_cuda_gpu,
    "has_torch_gpu": lambda: _get("has_torch_cuda_gpu"),
    "has_torch_mps": _has_torch_mps,
    "has_torch_mps_gpu": _has_torch_mps_gpu,
}


def _get(name: str) -> Any:
    return getattr(sys.modules[__name__], name)


def __getattr__(name: str) -> Any:
    if name in _GROUPS:
        found = _GROUPS[name]()
    elif name in _QUESTIONS:
        found = {name: _QUESTIONS[name]()}
    elif name in _PACKAGES:
        found = {name: _installed(_PACKAGES[name])}
    elif name in _MODULES:
        found = {name: _load(name)}
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(found)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *_GROUPS, *_QUESTIONS, *_PACKAGES, *_MODULES})


__all__ = ["cupy", "cupyx", "h5py", "mxnet", "os_signpost", "tensorflow", "torch"]  # noqa: F822
