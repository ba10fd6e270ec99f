"""Ops whose CUDA kernels run on the host."""

import os

import pytest
from support import host_cuda

# Threads per block, the most blocks, and whether the last thread comes first.
GEOMETRIES = [(128, 4096, False), (128, 2, True), (7, 3, False), (7, 1, True), (1, 1, False), (1, 5, True)]
SANITIZED = os.environ.get("THINC_SANITIZED_CUDA") == "1"


def pytest_collection_modifyitems(items):
    """The test of what has run comes last."""
    items.sort(key=lambda item: item.name == "test_every_kernel_has_run")


@pytest.fixture(scope="session")
def ops():
    if host_cuda.compiler() is None:
        pytest.skip("no C++ compiler, or not Linux")
    result = host_cuda.HostOps()
    result._module = host_cuda.HostModule(SANITIZED)
    return result


@pytest.fixture(params=GEOMETRIES, ids=lambda g: f"{g[0]}x{g[1]}{'-backwards' if g[2] else ''}")
def geometry(ops, request):
    ops._module.set_geometry(*request.param)
    yield
    ops._module.set_geometry(*GEOMETRIES[0])
