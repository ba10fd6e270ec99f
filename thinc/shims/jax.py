"""`JaxShim`: a pure function and its parameter tree, that a `Model` runs, trains and stores."""

import copy
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy

from .. import _msgpack, compat
from ..backends.convert import assert_jax_installed, is_jax_array, jax2xp
from ..optimizers import updated
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._message import message
from .shim import Shim

__all__ = ["JaxShim"]


class JaxShim(Shim):
    """A function `f(params, *args, **kwargs)` as a part of a `Model`.

    Optimizers see each floating-point array of the parameter tree under the key `(shim.id, path)`,
    the path being the keys from the root down to it, with slashes between. Calls are compiled, once
    for each combination of shapes. If the function has parameters named `is_train` or `rng`, it gets a
    bool and, in training, a new random key, drawn from NumPy's generator; in prediction the key is None.

    Args:
        model: the function.
        params: any tree of arrays that JAX knows.
        config: settings, stored with the parameters.
        optimizer: kept as `_optimizer`, not used.
        jit: whether to compile.
    Raises:
        ImportError: JAX is not there.
    """

    def __init__(
        self,
        model: Callable,
        params: Any,
        config: dict | None = None,
        optimizer: Any = None,
        jit: bool = True,
    ):
        assert_jax_installed()
        super().__init__(model, config, optimizer)
        self.params = compat.jax.tree_util.tree_map(compat.jax.numpy.asarray, params)
        self._jit = jit
        self._gradients: dict[str, Any] = {}
        self._compile()

    def _compile(self) -> None:
        accepted = inspect.signature(self._model).parameters
        self._options = [name for name in ("is_train", "rng") if name in accepted]
        jit = compat.jax.jit if self._jit else lambda function, **options: function
        self._predict = jit(self._run, static_argnums=(2,))
        self._begin = jit(self._run_and_pull_back, static_argnums=(2,))
        self._pull_back = jit(lambda pull_back, dY: pull_back(dY))

    def __getstate__(self) -> dict:
        compiled = ("_predict", "_begin", "_pull_back")
        return {name: value for name, value in self.__dict__.items() if name not in compiled}

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._compile()

    def __call__(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Callable]:
        if is_train:
            return self.begin_update(inputs)
        return self.predict(inputs), _refuse_backprop

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The function's output."""
        arrays, rest = _split(inputs)
        return self._predict(self.params, arrays, _Rest(*rest, False), None)

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[[Any], ArgsKwargs]]:
        """The function's output in training, and the callback that takes its gradient.

        The callback takes pairs, array of the output and its gradient. It adds to the gradients of
        the parameters, and returns `inputs` with arrays replaced by their gradients, None for those
        that have none.
        """
        arrays, rest = _split(inputs)
        key = None
        if "rng" in self._options:
            key = compat.jax.random.PRNGKey(numpy.random.randint(2**31))
        Y, pull_back, constant = self._begin(self.params, arrays, _Rest(*rest, True), key)
        tree = compat.jax.tree_util
        output = tree.tree_map(lambda y, c: c if y is None else y, Y, constant, is_leaf=lambda y: y is None)

        def backprop(pairs: Any) -> ArgsKwargs:
            given = {id(array): gradient for array, gradient in pairs}
            dY = tree.tree_map(lambda y: _cotangent(y, given.get(id(y))), Y)
            d_params, d_arrays = self._pull_back(pull_back, dY)
            names = [name for name, leaf in _named(self.params) if _is_trained(leaf)]
            for name, gradient in zip(names, d_params, strict=True):
                before = self._gradients.get(name)
                self._gradients[name] = gradient if before is None else before + gradient
            of_input = dict(zip([id(array) for array in arrays if _is_trained(array)], d_arrays, strict=True))
            return convert_recursive(is_jax_array, lambda array: of_input.get(id(array)), inputs)

        return output, backprop

    def _run(self, params: Any, arrays: list, rest: "_Rest", key: Any) -> Any:
        given = {"is_train": rest.is_train, "rng": key}
        inputs = rest.joined(arrays)
        options = {name: given[name] for name in self._options}
        return self._model(params, *inputs.args, **inputs.kwargs, **options)

    def _run_and_pull_back(self, params: Any, arrays: list, rest: "_Rest", key: Any) -> tuple[Any, Any, Any]:
        """Output, the function from its gradient to those of parameters and arrays, and what has none."""
        tree = compat.jax.tree_util
        leaves, structure = tree.tree_flatten(params)

        def run(trained: list, floating: list) -> tuple[Any, Any]:
            all_leaves, all_arrays = _merged(leaves, trained), _merged(arrays, floating)
            Y = self._run(tree.tree_unflatten(structure, all_leaves), all_arrays, rest, key)
            return (
                tree.tree_map(lambda y: y if _is_trained(y) else None, Y),
                tree.tree_map(lambda y: None if _is_trained(y) else y, Y),
            )

        trained, floating = list(filter(_is_trained, leaves)), list(filter(_is_trained, arrays))
        return compat.jax.vjp(run, trained, floating, has_aux=True)

    def finish_update(self, optimizer: Callable) -> None:
        """Update every parameter that has a gradient; forget the gradients."""
        leaves = dict(_named(self.params))
        updates = [
            ((self.id, name), *(_at_least_1d(jax2xp(array)) for array in (leaves[name], gradient)))
            for name, gradient in self._gradients.items()
        ]
        self._gradients = {}
        names = [name for (_, name), _, _ in updates]
        self._replace(dict(zip(names, updated(optimizer, updates), strict=True)))

    @contextmanager
    def use_params(self, params: dict) -> Iterator[None]:
        """Within the block, use the arrays under keys `(shim.id, path)`, as in an optimizer's averages."""
        before = self.params
        try:
            named = ((name, params.get((self.id, name))) for name, _ in _named(before))
            self._replace({name: array for name, array in named if array is not None})
            yield
        finally:
            self.params = before

    def _replace(self, arrays: dict[str, Any]) -> None:
        """Exchange some leaves of the tree for copies of these arrays, in the leaves' shape and type."""
        jax = compat.jax
        leaves = [
            leaf
            if arrays.get(name) is None
            else jax.numpy.array(arrays[name].reshape(leaf.shape), dtype=leaf.dtype)
            for name, leaf in _named(self.params)
        ]
        self.params = jax.tree_util.tree_unflatten(jax.tree_util.tree_structure(self.params), leaves)

    def copy(self) -> "JaxShim":
        """A shim with an id of its own; its arrays are shared, since JAX arrays never change."""
        copied = copy.copy(self)
        copied.id = Shim._next_id()
        copied.cfg, copied._gradients = copy.deepcopy(self.cfg), dict(self._gradients)
        return copied

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the parameters to the "cpu" or the "gpu" with that number.

        Raises:
            ValueError: any other device type.
        """
        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"Invalid device_type: {device_type}. Try 'cpu' or 'gpu'")
        devices = compat.jax.devices(device_type)
        self.params = compat.jax.device_put(self.params, devices[max(device_id, 0)])

    def to_bytes(self) -> bytes:
        """MessagePack of `config` and `params`, the latter arrays by path."""
        params = {name: _encoded(leaf) for name, leaf in _named(self.params)}
        return _msgpack.dumps({"config": self.cfg, "params": params})

    def from_bytes(self, data: bytes) -> "JaxShim":
        """Load what `to_bytes` gave into a tree of the same form, all or nothing.

        Raises:
            ValueError: not such data, or other paths, shapes or types.
        """
        loaded = message(self, data, "params")
        params = loaded["params"]
        own = dict(_named(self.params))
        if not isinstance(params, dict) or params.keys() != own.keys():
            raise ValueError(f"JaxShim.from_bytes: paths {list(own)} are required; got {list(params)}")
        arrays = {name: _decoded(name, params[name], leaf) for name, leaf in own.items()}
        self._replace(arrays)
        self.cfg = loaded["config"]
        return self


class _Rest:
    """What a compiled call depends on beside arrays: the structure of the inputs, other values, the mode."""

    def __init__(self, structure: Any, values: tuple, is_train: bool):
        self._structure, self._values, self.is_train = structure, values, is_train

    def joined(self, arrays: list) -> ArgsKwargs:
        """The inputs with these arrays in their places."""
        remaining = iter(arrays)
        leaves = [next(remaining) if value is is_jax_array else value for value in self._values]
        args, kwargs = compat.jax.tree_util.tree_unflatten(self._structure, leaves)
        return ArgsKwargs(args=args, kwargs=kwargs)

    def _parts(self) -> tuple:
        return self._structure, self._values, self.is_train

    def __eq__(self, other: Any) -> bool:
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())


def _split(inputs: ArgsKwargs) -> tuple[list, tuple[Any, tuple]]:
    """The arrays in the inputs; their structure, with values of other kinds (`is_jax_array` marks arrays)."""
    leaves, structure = compat.jax.tree_util.tree_flatten((inputs.args, inputs.kwargs))
    arrays = [leaf for leaf in leaves if is_jax_array(leaf)]
    return arrays, (structure, tuple(is_jax_array if is_jax_array(leaf) else leaf for leaf in leaves))


def _merged(values: list, replaced: list) -> list:
    """The values, those of floating point in turn replaced."""
    remaining = iter(replaced)
    return [next(remaining) if _is_trained(value) else value for value in values]


def _is_trained(array: Any) -> bool:
    return compat.jax.numpy.issubdtype(array.dtype, compat.jax.numpy.inexact)


def _cotangent(output: Any, gradient: Any) -> Any:
    if gradient is None:
        return compat.jax.numpy.zeros_like(output)
    if gradient.shape != output.shape:
        raise ValueError(f"Mismatch in shape: Y has {output.shape}, got a gradient of {gradient.shape}")
    return gradient.astype(output.dtype)


def _named(params: Any) -> list[tuple[str, Any]]:
    """Path and array of every leaf of a tree."""
    tree = compat.jax.tree_util
    leaves, _ = tree.tree_flatten_with_path(params)
    return [(tree.keystr(path, simple=True, separator="/"), leaf) for path, leaf in leaves]


def _at_least_1d(array: Any) -> Any:
    return array if array.ndim else array.reshape((1,))


def _encoded(leaf: Any) -> Any:
    """A NumPy array; as bits where NumPy does not know the type (bfloat16, 8-bit floats)."""
    array = numpy.asarray(leaf)
    if array.dtype.kind != "V":
        return array
    return {"dtype": leaf.dtype.name, "bits": array.view(f"u{array.itemsize}")}


def _decoded(name: str, value: Any, leaf: Any) -> Any:
    """The array that `_encoded` made the value of, checked to be one like the leaf."""
    if isinstance(value, dict) and value.get("dtype") == leaf.dtype.name:
        bits = value.get("bits")
        fits = isinstance(bits, numpy.ndarray) and bits.dtype == f"u{leaf.dtype.itemsize}"
        value = numpy.asarray(bits).view(leaf.dtype) if fits else None
    if not isinstance(value, numpy.ndarray) or (value.shape, value.dtype) != (leaf.shape, leaf.dtype):
        found = f"{value.dtype} {value.shape}" if hasattr(value, "dtype") else type(value).__name__
        raise ValueError(f"JaxShim.from_bytes: {name} must be {leaf.dtype} {leaf.shape}; got {found}")
    return value


def _refuse_backprop(pairs: Any) -> Any:
    raise ValueError("JaxShim: cannot backprop after predict; use begin_update or is_train=True")
