"""A plug-in for mypy that checks whether the layers of a model fit together.

Enable it with `plugins = thinc.mypy`. It looks at calls, by name, of functions whose declared result is
`Model[A, B]` with one of two type variables of `thinc.types` as B. `XY_YZ_OutT` says that each argument
takes what the one before gives: the result goes from the first's input to the last's output.
`XY_XY_OutT` says that all arguments have the same types, which are those of the result; of two types one
of which includes the other, the narrower input and the wider output count. A type that mypy could not
tell fits everywhere. This module needs mypy and nothing else of the library does.
"""

import itertools
from collections.abc import Callable

from mypy.checker import TypeChecker
from mypy.errorcodes import ErrorCode
from mypy.nodes import CallExpr, Decorator, Expression, FuncDef, NameExpr
from mypy.options import Options
from mypy.plugin import CheckerPluginInterface, FunctionContext, Plugin
from mypy.subtypes import is_proper_subtype, is_subtype
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    Type,
    TypeOfAny,
    TypeVarType,
    UninhabitedType,
    get_proper_type,
)

__all__ = [
    "IntrospectChecker",
    "ThincPlugin",
    "check_chained",
    "check_intoin_outtoout",
    "error_layer_input",
    "error_layer_output",
    "function_hook",
    "get_reducers_type",
    "plugin",
]

_MODEL = "thinc.model.Model"
_CHAINED, _PARALLEL = "thinc.types.XY_YZ_OutT", "thinc.types.XY_XY_OutT"

error_layer_input = ErrorCode("layer-mismatch-input", "Invalid layer input", "Thinc")
error_layer_output = ErrorCode("layer-mismatch-output", "Invalid layer output", "Thinc")


class IntrospectChecker(TypeChecker):
    """The type checker; kept for annotations in other plug-ins."""


class ThincPlugin(Plugin):
    """Offers `function_hook` for every call."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return function_hook


def plugin(version: str) -> type[ThincPlugin]:
    """What mypy asks for: the class of the plug-in."""
    return ThincPlugin


def function_hook(ctx: FunctionContext) -> Type:
    """The type of a call: refined where layers are combined, else mypy's own."""
    return get_reducers_type(ctx) or ctx.default_return_type


def get_reducers_type(ctx: FunctionContext) -> Type | None:
    """The type of a call that combines layers, after checking its arguments; None for other calls."""
    marker = _marker(ctx.context)
    if marker is None or any(kind.is_star() for kind in itertools.chain(*ctx.arg_kinds)):
        return None
    layers = []
    for expression, argument in zip(
        itertools.chain(*ctx.args), itertools.chain(*ctx.arg_types), strict=True
    ):
        layer = get_proper_type(argument)
        if not isinstance(layer, Instance) or layer.type.fullname != _MODEL or len(layer.args) != 2:
            return None
        layers.append((expression, layer.copy_modified(args=[_known(part) for part in layer.args])))
    if not layers:
        return None
    check = check_chained if marker == _CHAINED else check_intoin_outtoout
    left, l_type = layers[0]
    for right, r_type in layers[1:]:
        check(l_arg=left, l_type=l_type, r_arg=right, r_type=r_type, api=ctx.api)
        left, l_type = right, r_type if marker == _CHAINED else _common(l_type, r_type)
    first = layers[0][1] if marker == _CHAINED else l_type
    return Instance(l_type.type, [first.args[0], l_type.args[1]])


def _known(part: Type) -> Type:
    """Any in place of the type of an argument that mypy had nothing to infer it from."""
    is_unknown = isinstance(get_proper_type(part), UninhabitedType)
    return AnyType(TypeOfAny.special_form) if is_unknown else part


def _common(left: Instance, right: Instance) -> Instance:
    """The narrower input and the wider output of two layers; where neither fits, that of the right one."""
    takes, gives = left.args[0], right.args[1]
    if is_proper_subtype(right.args[0], takes) or not is_subtype(takes, right.args[0]):
        takes = right.args[0]
    if is_proper_subtype(gives, left.args[1]):
        gives = left.args[1]
    return left.copy_modified(args=[takes, gives])


def _marker(context: object) -> str | None:
    """The name of the type variable that the called function has in its result, if it is one of ours."""
    if not isinstance(context, CallExpr) or not isinstance(context.callee, NameExpr):
        return None
    function = context.callee.node
    if isinstance(function, Decorator):
        function = function.func
    if not isinstance(function, FuncDef) or not isinstance(function.type, CallableType):
        return None
    result = get_proper_type(function.type.ret_type)
    if not isinstance(result, Instance) or result.type.fullname != _MODEL or len(result.args) != 2:
        return None
    output = get_proper_type(result.args[1])
    if isinstance(output, TypeVarType) and output.fullname in (_CHAINED, _PARALLEL):
        return output.fullname
    return None


def check_chained(
    *, l_arg: Expression, l_type: Instance, r_arg: Expression, r_type: Instance, api: CheckerPluginInterface
) -> None:
    """Report it at both arguments if what the left one gives is not what the right one takes."""
    output, expected = l_type.args[1], r_type.args[0]
    if not is_subtype(output, expected):
        api.fail(
            f"Layer outputs type ({output}) but the next layer expects ({expected}) as an input",
            l_arg,
            code=error_layer_output,
        )
        api.fail(
            f"Layer input type ({expected}) is not compatible with output ({output}) from previous layer",
            r_arg,
            code=error_layer_input,
        )


def check_intoin_outtoout(
    *, l_arg: Expression, l_type: Instance, r_arg: Expression, r_type: Instance, api: CheckerPluginInterface
) -> None:
    """Report it at both arguments if what two layers take, or what they give, has nothing in common."""
    for what, code, left, right in (
        ("input", error_layer_input, l_type.args[0], r_type.args[0]),
        ("output", error_layer_output, l_type.args[1], r_type.args[1]),
    ):
        if not is_subtype(left, right) and not is_subtype(right, left):
            texts = (
                f"Layer {what} ({left}) not compatible with next layer {what} ({right})",
                f"Layer {what} ({right}) not compatible with previous layer {what} ({left})",
            )
            for text, argument in zip(texts, (l_arg, r_arg), strict=True):
                api.fail(text, argument, code=code)
