"""Scaling of losses and gradients, so that float16 gradients don't vanish in mixed precision."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .. import compat
from ..backends.convert import assert_pytorch_installed

__all__ = ["PyTorchGradScaler"]


class PyTorchGradScaler:
    """Scales gradients up before the backward pass and down after it.

    An overflow makes the factor smaller and the update to be skipped; `growth_interval` updates
    without one make it larger. While disabled, tensors are left as they are.

    Args:
        enabled: whether to scale.
        init_scale: the first factor.
        backoff_factor, growth_factor: what the factor is multiplied by.
        growth_interval: number of updates without overflow before it grows.
    Raises:
        ImportError: PyTorch is not there.
    """

    def __init__(
        self,
        enabled: bool = False,
        init_scale: float = 2.0**16,
        backoff_factor: float = 0.5,
        growth_factor: float = 2.0,
        growth_interval: int = 2000,
    ):
        assert_pytorch_installed()
        self._enabled = enabled
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = compat.torch.full((1,), 0, dtype=compat.torch.int)
        self._scale = compat.torch.full((1,), init_scale)
        self._found_inf = False

    def to_(self, device: Any) -> None:
        """Move the scaler's own tensors to a device."""
        self._growth_tracker = self._growth_tracker.to(device)
        self._scale = self._scale.to(device)

    @property
    def found_inf(self) -> bool:
        """Whether a gradient overflowed since the last `update`."""
        return self._found_inf

    def scale(self, tensors: Any, inplace: bool = False) -> Any:
        """A scaled tensor for a tensor, a list of them for an iterable.

        Raises:
            ValueError: there is no capable GPU, a tensor is not on it, or something is no tensor.
        """
        if not self._enabled:
            return tensors
        scale_per_device: dict[Any, Any] = {}
        if isinstance(tensors, compat.torch.Tensor):
            return self._scaled(tensors, scale_per_device, inplace)
        if isinstance(tensors, Iterable) and not isinstance(tensors, str):
            return [self._scaled(tensor, scale_per_device, inplace) for tensor in tensors]
        raise self._kind_error(tensors)

    def _scaled(self, tensor: Any, scale_per_device: dict, inplace: bool) -> Any:
        if not isinstance(tensor, compat.torch.Tensor):
            raise self._kind_error(tensor)
        if not compat.has_torch_amp:
            raise ValueError("Gradient scaling is not supported, requires capable GPU and torch>=1.9.0")
        if not tensor.is_cuda:
            raise ValueError(
                "Gradient scaling is only supported for CUDA tensors. "
                f"If you are using PyTorch models, move them to the GPU; got a tensor on {tensor.device}"
            )
        scale = scale_per_device.get(tensor.device)
        if scale is None:
            scale = scale_per_device[tensor.device] = self._scale.to(tensor.device)
        return tensor.mul_(scale) if inplace else tensor * scale

    @staticmethod
    def _kind_error(value: Any) -> ValueError:
        return ValueError(
            f"Input to gradient scaling must be a Tensor or Iterable[Tensor]; got {type(value).__name__}"
        )

    def unscale(self, tensors: Iterable[Any]) -> bool:
        """Scale gradients back in place; whether one was infinite or nan, now or since `update`.

        All tensors are left unspecified if one is not finite: zero them and skip the update.
        """
        if not self._enabled:
            return False
        # The reciprocal in double: 1 / scale is exact only for powers of two.
        inverse = self._scale.double().reciprocal().float()
        per_device = defaultdict(list)
        for tensor in tensors:
            per_device[tensor.device].append(tensor)
        for device, grouped in per_device.items():
            found_inf = compat.torch.full((1,), 0.0, device=device)
            compat.torch._amp_foreach_non_finite_check_and_unscale_(grouped, found_inf, inverse.to(device))
            if bool(found_inf != 0):
                self._found_inf = True
        return self._found_inf

    def update(self) -> None:
        """Adapt the factor to whether an overflow was found, and forget about that."""
        if not self._enabled:
            return
        found_inf = compat.torch.full((1,), float(self._found_inf), device=self._scale.device)
        compat.torch._amp_update_scale_(
            self._scale,
            self._growth_tracker,
            found_inf,
            self._growth_factor,
            self._backoff_factor,
            self._growth_interval,
        )
        self._found_inf = False
