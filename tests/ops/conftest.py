"""The op sets that every test of known values and errors runs on."""

import pytest

from thinc.backends import NumpyOps, Ops


@pytest.fixture(scope="module", params=[Ops(), NumpyOps()], ids=lambda ops: ops.name)
def ops(request):
    return request.param
