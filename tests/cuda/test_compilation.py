"""Every instance of every kernel compiles for devices, where there is a compiler for them."""

import re

import pytest
from support import device_compilers as compilers
from support.host_cuda import kernels

from thinc.backends.cuda._module import expression

NAMES = [expression(*kernel) for kernel in kernels()]
for_each_architecture = pytest.mark.parametrize("architecture", compilers.ARCHITECTURES)


def assert_holds_all(binary):
    """The binary is an ELF file with a section of code for each kernel."""
    assert binary[:4] == b"\x7fELF"
    assert len(set(re.findall(rb"\0\.text\.(\w+)", binary))) == len(NAMES)


@pytest.mark.skipif(compilers.nvcc() is None, reason="no nvcc")
@for_each_architecture
def test_every_kernel_compiles_with_nvcc(architecture, tmp_path):
    assert_holds_all(compilers.compile_with_nvcc(NAMES, architecture, tmp_path))


@pytest.mark.skipif(compilers.nvrtc() is None, reason="no NVRTC library")
@for_each_architecture
def test_every_kernel_compiles_with_nvrtc_from_the_text_of_the_loader(architecture):
    binary, log = compilers.compile_with_nvrtc(NAMES, architecture)
    assert_holds_all(binary)
    assert log == ""
