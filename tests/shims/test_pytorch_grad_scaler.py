"""The gradient scaler. Scaling itself needs a CUDA device; the rest is tested on the CPU."""

import pytest

from thinc.api import PyTorchGradScaler

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

NO_AMP = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
AMP = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


def test_disabled_scaler_does_nothing():
    scaler = PyTorchGradScaler()
    assert scaler.scale("anything") == "anything"
    gradient = torch.tensor([float("inf")])
    assert scaler.unscale([gradient]) is False
    scaler.update()
    assert scaler.found_inf is False and scaler._scale.item() == 65536.0


@pytest.mark.parametrize("value", [None, 1, [1], "text", {"a": 1}])
def test_scaling_takes_tensors_only(value):
    with pytest.raises(ValueError, match=r"Input to gradient scaling must be a Tensor or Iterable\[Tensor\]"):
        PyTorchGradScaler(True).scale(value)


@NO_AMP
@pytest.mark.parametrize("make", [lambda t: t, lambda t: [t]])
def test_scaling_needs_a_gpu(make):
    with pytest.raises(ValueError, match="not supported, requires capable GPU and torch>=1.9.0"):
        PyTorchGradScaler(True).scale(make(torch.ones(2)))


def test_unscaling_divides_and_finds_overflows():
    scaler = PyTorchGradScaler(True, init_scale=3.0)
    gradient = torch.tensor([3.0, 6.0])
    assert scaler.unscale([gradient]) is False
    assert gradient.tolist() == [1.0, 2.0]
    assert scaler.unscale([torch.tensor([1.0, float("nan")])]) is True
    assert scaler.found_inf


def test_update_grows_and_backs_off():
    scaler = PyTorchGradScaler(
        True, init_scale=8.0, growth_interval=2, growth_factor=4.0, backoff_factor=0.25
    )
    scaler.update()
    assert scaler._scale.item() == 8.0
    scaler.update()
    assert scaler._scale.item() == 32.0
    scaler.unscale([torch.tensor([float("inf")])])
    scaler.update()
    assert scaler._scale.item() == 8.0
    assert not scaler.found_inf


@AMP
def test_scaling_multiplies_on_the_gpu():
    scaler = PyTorchGradScaler(True, init_scale=4.0)
    scaler.to_("cuda:0")
    tensor = torch.ones(2, device="cuda:0")
    assert scaler.scale(tensor).tolist() == [4.0, 4.0]
    assert [t.tolist() for t in scaler.scale([tensor])] == [[4.0, 4.0]]
    assert tensor.tolist() == [1.0, 1.0]
    scaler.scale(tensor, inplace=True)
    assert tensor.tolist() == [4.0, 4.0]
    with pytest.raises(ValueError, match="only supported for CUDA tensors"):
        scaler.scale(torch.ones(2))
