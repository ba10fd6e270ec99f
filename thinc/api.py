"""Everything that users import from one place. Importing it registers all built-in functions.

The lists of `__all__` are joined in a form that type checkers follow: they need absolute imports for it.
"""

import thinc.layers as _layers
import thinc.model as _model
import thinc.schedules as _schedules
import thinc.shims as _shims

from .backends import (
    AppleOps,
    CupyOps,
    MPSOps,
    NumpyOps,
    Ops,
    get_current_ops,
    get_ops,
    set_current_ops,
    set_gpu_allocator,
    use_ops,
    use_pytorch_for_gpu_memory,
    use_tensorflow_for_gpu_memory,
)
from .compat import enable_mxnet, enable_tensorflow, has_cupy
from .config import Config, ConfigValidationError, registry
from .initializers import (
    configure_normal_init,
    glorot_uniform_init,
    normal_init,
    uniform_init,
    zero_init,
)
from .layers import *  # noqa: F403
from .loss import CategoricalCrossentropy, CosineDistance, L2Distance, SequenceCategoricalCrossentropy
from .model import *  # noqa: F403
from .optimizers import SGD, Adam, Optimizer, RAdam
from .schedules import *  # noqa: F403
from .shims import *  # noqa: F403
from .types import ArgsKwargs, Padded, Ragged, Unserializable
from .util import (
    DataValidationError,
    data_validation,
    fix_random_seed,
    get_array_module,
    get_torch_default_device,
    get_width,
    is_cupy_array,
    jax2xp,
    mxnet2xp,
    prefer_gpu,
    require_cpu,
    require_gpu,
    set_active_gpu,
    tensorflow2xp,
    to_categorical,
    to_numpy,
    torch2xp,
    xp2jax,
    xp2mxnet,
    xp2tensorflow,
    xp2torch,
)

__all__ = [
    "Adam",
    "AppleOps",
    "ArgsKwargs",
    "CategoricalCrossentropy",
    "Config",
    "ConfigValidationError",
    "CosineDistance",
    "CupyOps",
    "DataValidationError",
    "L2Distance",
    "MPSOps",
    "NumpyOps",
    "Ops",
    "Optimizer",
    "Padded",
    "RAdam",
    "Ragged",
    "SGD",
    "SequenceCategoricalCrossentropy",
    "Unserializable",
    "configure_normal_init",
    "data_validation",
    "enable_mxnet",
    "enable_tensorflow",
    "fix_random_seed",
    "get_array_module",
    "get_current_ops",
    "get_ops",
    "get_torch_default_device",
    "get_width",
    "glorot_uniform_init",
    "has_cupy",
    "is_cupy_array",
    "jax2xp",
    "mxnet2xp",
    "normal_init",
    "prefer_gpu",
    "registry",
    "require_cpu",
    "require_gpu",
    "set_active_gpu",
    "set_current_ops",
    "set_gpu_allocator",
    "tensorflow2xp",
    "to_categorical",
    "to_numpy",
    "torch2xp",
    "uniform_init",
    "use_ops",
    "use_pytorch_for_gpu_memory",
    "use_tensorflow_for_gpu_memory",
    "xp2jax",
    "xp2mxnet",
    "xp2tensorflow",
    "xp2torch",
    "zero_init",
]
__all__ += _layers.__all__
__all__ += _model.__all__
__all__ += _schedules.__all__
__all__ += _shims.__all__
