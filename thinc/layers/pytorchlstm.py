"""PyTorch's LSTM as a layer."""

from collections.abc import Callable
from typing import Any

from .. import compat
from ..config import registry
from ..errors import MissingPackageError
from ..model import Model
from ..types import Padded
from ._conversion import forward as forward_module
from ._torch_conversion import convert_packed_inputs, convert_packed_outputs
from .noop import noop
from .pytorchwrapper import PyTorchRNNWrapper
from .with_padded import with_padded

__all__ = ["PyTorchLSTM", "PyTorchLSTM_v2", "forward"]


@registry.layers("PyTorchLSTM.v1")
def PyTorchLSTM(nO: int, nI: int, *, bi: bool = False, depth: int = 1, dropout: float = 0.0) -> Model:
    """`PyTorchLSTM_v2` that runs over the padding as well: with `bi`, results depend on how much there is."""
    return _lstm(nO, nI, bi, depth, dropout)


def PyTorchLSTM_v2(nO: int, nI: int, *, bi: bool = False, depth: int = 1, dropout: float = 0.0) -> Model:
    """`torch.nn.LSTM` over sequences in any container that `with_padded` takes.

    Args:
        nO, nI: output (of both directions together) and input width.
        bi: whether a second direction runs from each sequence's end to its start.
        depth: number of layers; 0 gives a layer that does nothing.
        dropout: rate between the layers, in training.
    Raises:
        ImportError: PyTorch is not there.
        ValueError: nO is odd, with two directions.
    """
    if bi and nO % 2:
        raise ValueError(f"PyTorchLSTM: nO must be even for two directions; got {nO}")
    return _lstm(nO, nI, bi, depth, dropout, convert_packed_inputs, convert_packed_outputs)


def _lstm(nO: int, nI: int, bi: bool, depth: int, dropout: float, *converters: Callable) -> Model:
    if depth == 0:
        return noop()
    if compat.torch is None:
        raise MissingPackageError("PyTorchLSTM requires torch: pip install thinc[torch]")
    width = nO // 2 if bi else nO
    lstm = compat.torch.nn.LSTM(nI, width, depth, bidirectional=bi, dropout=dropout)
    model = PyTorchRNNWrapper(lstm, *converters)
    model.replace_callbacks(forward)
    model.set_dim("nI", nI)
    model.set_dim("nO", nO)
    return with_padded(model)


def forward(model: Model[Padded, Padded], Xp: Padded, is_train: bool) -> tuple[Padded, Callable]:
    """Run the module, which would refuse a batch without steps."""
    steps, sequences = Xp.data.shape[:2]
    if steps and sequences:
        return forward_module(model, Xp, is_train)

    def empty(width: int) -> Padded:
        data = model.ops.alloc((steps, sequences, width))
        return Padded(data, Xp.size_at_t, Xp.lengths, Xp.indices)

    def backprop(dYp: Padded) -> Any:
        return empty(model.get_dim("nI"))

    return empty(model.get_dim("nO")), backprop
