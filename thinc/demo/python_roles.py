"""What each name of a Python program is doing, as the parser sees it.

`roles_of_names` walks the syntax tree and gives the place of every name its role.
The same word takes many roles (`name`, `open`, `type`, `string`), so that only
context can tell them apart: that is what makes them a task for a tagger.
"""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

__all__ = ["ROLES", "Place", "roles_of_names"]

# Every role, with an example in capitals.
ROLES = {
    "annotation": "x: NAME",
    "argument": "f(NAME=1)",
    "attribute": "x.NAME",
    "base": "class A(NAME)",
    "builtin": "LEN(x)",
    "call": "NAME(x)",
    "class": "class NAME",
    "constant": "NONE",
    "decorator": "@NAME",
    "exception": "raise NAME",
    "function": "def NAME()",
    "global": "module-level name",
    "imported": "from m import NAME",
    "keyword": "IF",
    "local": "name in a function",
    "method": "x.NAME()",
    "module": "import NAME",
    "number": "1.5",
    "operator": "+",
    "parameter": "def f(NAME)",
    "string": "'text'",
}

Place = tuple[int, int]  # line and offset in bytes, as `ast` counts them
Scope = dict[str, str]  # name -> role of a plain use of it
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Node = TypeVar("Node", bound=ast.AST)

BUILTINS = frozenset(dir(builtins))
# Before 3.12 a formatted string is one token, and the places of its nodes are unreliable.
OPAQUE = (ast.JoinedStr,) if sys.version_info < (3, 12) else ()


def roles_of_names(tree: ast.Module) -> dict[Place, str]:
    """Roles of the names in `tree`, by their place.

    The names of functions and classes where these are defined are not among them, nor
    those in `global` statements and `except ... as` clauses: their nodes have no place.
    """
    visitor = RoleVisitor(tree)
    visitor.visit(tree)
    return visitor.roles


class RoleVisitor(ast.NodeVisitor):
    """Walks a module with its scopes at hand, writing a role for the place of each name."""

    def __init__(self, tree: ast.Module) -> None:
        self.roles: dict[Place, str] = {}
        self.module = bound_names(tree.body, "global")
        self.functions: list[Scope] = []
        self.class_body: Scope = {}
        # While set, every name met gets this role.
        self.role: str | None = None

    # Names, attributes, calls

    def visit_Name(self, node: ast.Name) -> None:
        self.put(node, self.role or self.scope_of(node.id))

    def scope_of(self, name: str) -> str:
        for scope in (self.class_body, *reversed(self.functions), self.module):
            if name in scope:
                return scope[name]
        return "builtin" if name in BUILTINS else "global"

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.put_end(node, node.attr, self.role or "attribute")
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if self.role is not None:
            self.visit(node.func)
        elif isinstance(node.func, ast.Name):
            scope = self.scope_of(node.func.id)
            self.put(node.func, scope if scope == "builtin" else "call")
        else:
            self.visit_end(node.func, "method")
        self.visit_as(None, *node.args, *node.keywords)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg is not None:
            self.put(node, "argument")
        self.visit(node.value)

    # Definitions and their scopes

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.visit_as("decorator", *node.decorator_list)
        self.visit_parameters(node.args)
        self.visit_as("annotation", *getattr(node, "type_params", ()), *present(node.returns))
        self.visit_function_body(node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit_parameters(node.args)
        self.visit_function_body(node, [node.body])

    def visit_parameters(self, args: ast.arguments) -> None:
        for arg in parameters(args):
            self.put(arg, "parameter")
            self.visit_as("annotation", *present(arg.annotation))
        self.visit_as(None, *args.defaults, *filter(None, args.kw_defaults))

    def visit_function_body(self, node: Function, body: Iterable[ast.AST]) -> None:
        names = {arg.arg: "local" for arg in parameters(node.args)}
        class_body, self.class_body = self.class_body, {}
        self.functions.append({**bound_names(body, "local"), **names})
        self.visit_as(None, *body)
        self.functions.pop()
        self.class_body = class_body

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_as("decorator", *node.decorator_list)
        self.visit_as("annotation", *getattr(node, "type_params", ()))
        for base in node.bases:
            self.visit_end(base, "base")
        self.visit_as(None, *node.keywords)
        outer, self.class_body = self.class_body, bound_names(node.body, "attribute")
        self.visit_as(None, *node.body)
        self.class_body = outer

    def visit_comprehension_of(self, node: Comprehension) -> None:
        self.functions.append(bound_names((part.target for part in node.generators), "local"))
        self.generic_visit(node)
        self.functions.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_of

    # Statements that give names a role of their own

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit_as("annotation", node.annotation)
        self.visit_as(None, node.target, *present(node.value))

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call):
            self.visit_end(node.exc.func, "exception")
            self.visit_as(None, *node.exc.args, *node.exc.keywords)
        elif node.exc is not None:
            self.visit_end(node.exc, "exception")
        self.visit_as(None, *present(node.cause))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        for caught in node.type.elts if isinstance(node.type, ast.Tuple) else present(node.type):
            self.visit_end(caught, "exception")
        self.visit_as(None, *node.body)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.put_import(alias, "module")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self.put_import(alias, "imported")

    def visit_type_parameter(self, node: ast.AST) -> None:
        self.put(node, "annotation")
        self.generic_visit(node)

    visit_TypeVar = visit_ParamSpec = visit_TypeVarTuple = visit_type_parameter

    def generic_visit(self, node: ast.AST) -> None:
        if not isinstance(node, OPAQUE):
            super().generic_visit(node)

    # Where roles are written

    def visit_as(self, role: str | None, *nodes: ast.AST) -> None:
        outer, self.role = self.role, role
        for node in nodes:
            self.visit(node)
        self.role = outer

    def visit_end(self, node: ast.AST, role: str) -> None:
        """Give `role` to the name that `node` ends in; what leads there keeps its own."""
        if isinstance(node, ast.Attribute):
            self.put_end(node, node.attr, role)
            self.visit_as(None, node.value)
        elif isinstance(node, ast.Name):
            self.put(node, role)
        else:
            self.visit_as(None, node)

    def put(self, node: Any, role: str) -> None:
        self.roles[node.lineno, node.col_offset] = role

    def put_end(self, node: Any, name: str, role: str) -> None:
        self.roles[node.end_lineno, node.end_col_offset - len(name.encode("utf8"))] = role

    def put_import(self, alias: ast.alias, role: str) -> None:
        offset = alias.col_offset
        for part in alias.name.split("."):
            self.roles[alias.lineno, offset] = role
            offset += len(part.encode("utf8")) + 1
        if alias.asname is not None:
            self.put_end(alias, alias.asname, role)


def bound_names(body: Iterable[ast.AST], role: str) -> Scope:
    """Names that `body` binds in its own scope: modules as "module", others as `role`."""
    scope: Scope = {}
    elsewhere: list[str] = []
    for node in own_nodes(body):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            scope[node.id] = role
        elif isinstance(node, Definition):
            scope[node.name] = role
        elif isinstance(node, ast.Import):
            scope.update((alias.asname or alias.name.split(".")[0], "module") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            scope.update((alias.asname or alias.name, role) for alias in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            scope[node.name] = role
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            elsewhere.extend(node.names)
    for name in elsewhere:
        scope.pop(name, None)
    return scope


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes of `body` down to, and without, the insides of nested scopes."""
    nodes = list(body)
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, Definition | ast.Lambda | Comprehension):
            nodes.extend(ast.iter_child_nodes(node))


def parameters(args: ast.arguments) -> Iterator[ast.arg]:
    yield from (*args.posonlyargs, *args.args, *args.kwonlyargs, *present(args.vararg), *present(args.kwarg))


def present(node: Node | None) -> tuple[Node, ...]:
    return () if node is None else (node,)
