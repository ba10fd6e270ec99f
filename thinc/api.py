"""Everything that users import from one place. Importing it registers all built-in functions.

Names imported as themselves, or with a star, are exported: so say type checkers, and so does `__all__`,
which they need not see.
"""

import typing as _typing

from .backends import AppleOps as AppleOps
from .backends import CupyOps as CupyOps
from .backends import MPSOps as MPSOps
from .backends import NumpyOps as NumpyOps
from .backends import Ops as Ops
from .backends import get_current_ops as get_current_ops
from .backends import get_ops as get_ops
from .backends import set_current_ops as set_current_ops
from .backends import set_gpu_allocator as set_gpu_allocator
from .backends import use_ops as use_ops
from .backends import use_pytorch_for_gpu_memory as use_pytorch_for_gpu_memory
from .backends import use_tensorflow_for_gpu_memory as use_tensorflow_for_gpu_memory
from .compat import enable_mxnet as enable_mxnet
from .compat import enable_tensorflow as enable_tensorflow
from .compat import has_cupy as has_cupy
from .config import Config as Config
from .config import ConfigValidationError as ConfigValidationError
from .config import registry as registry
from .initializers import configure_normal_init as configure_normal_init
from .initializers import glorot_uniform_init as glorot_uniform_init
from .initializers import normal_init as normal_init
from .initializers import uniform_init as uniform_init
from .initializers import zero_init as zero_init
from .layers import *  # noqa: F403
from .loss import CategoricalCrossentropy as CategoricalCrossentropy
from .loss import CosineDistance as CosineDistance
from .loss import L2Distance as L2Distance
from .loss import SequenceCategoricalCrossentropy as SequenceCategoricalCrossentropy
from .model import *  # noqa: F403
from .optimizers import SGD as SGD
from .optimizers import Adam as Adam
from .optimizers import Optimizer as Optimizer
from .optimizers import RAdam as RAdam
from .schedules import *  # noqa: F403
from .shims import *  # noqa: F403
from .types import ArgsKwargs as ArgsKwargs
from .types import Padded as Padded
from .types import Ragged as Ragged
from .types import Unserializable as Unserializable
from .util import DataValidationError as DataValidationError
from .util import data_validation as data_validation
from .util import fix_random_seed as fix_random_seed
from .util import get_array_module as get_array_module
from .util import get_torch_default_device as get_torch_default_device
from .util import get_width as get_width
from .util import is_cupy_array as is_cupy_array
from .util import jax2xp as jax2xp
from .util import mxnet2xp as mxnet2xp
from .util import prefer_gpu as prefer_gpu
from .util import require_cpu as require_cpu
from .util import require_gpu as require_gpu
from .util import set_active_gpu as set_active_gpu
from .util import tensorflow2xp as tensorflow2xp
from .util import to_categorical as to_categorical
from .util import to_numpy as to_numpy
from .util import torch2xp as torch2xp
from .util import xp2jax as xp2jax
from .util import xp2mxnet as xp2mxnet
from .util import xp2tensorflow as xp2tensorflow
from .util import xp2torch as xp2torch

if not _typing.TYPE_CHECKING:
    __all__ = [name for name in globals() if not name.startswith("_")]
