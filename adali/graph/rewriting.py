"""Rewriting of the user's functions for conditional execution.

A function's source is parsed, its ``if`` statements, logical expressions and calls are replaced by calls of
:mod:`adali.graph.conditional`, and the result is compiled under the same file and line numbers. The new function shares
globals, closure cells and defaults with the old one.
"""

from __future__ import annotations

import ast
import functools
import inspect
import os
import sys
import sysconfig
import types
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, TypeVar

import numpy as np

from adali.errors import GraphError
from adali.graph import conditional

__all__ = ["call", "convert"]

RUNTIME = "_adali_rt"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_STDLIB = tuple(os.path.abspath(sysconfig.get_path(k)) + os.sep for k in ("stdlib", "platstdlib"))
_SITE = tuple(os.path.abspath(sysconfig.get_path(k)) + os.sep for k in ("purelib", "platlib"))

#: Rewritten code by the id of the original, which is kept so that the id stays its own; None where there is no source.
_rewritten: dict[int, tuple[types.CodeType, types.CodeType | None]] = {}
#: Code objects that are rewritten already, by id.
_done: dict[int, types.CodeType] = {}


# ---- which functions ----------------------------------------------------------------------------------------------


def call(function: Any) -> Any:
    """What to call in place of ``function``: the same, rewritten if it is the user's Python code."""
    if isinstance(function, types.FunctionType):
        return _converted(function)
    if isinstance(function, types.MethodType) and isinstance(function.__func__, types.FunctionType):
        converted = _converted(function.__func__)
        return function if converted is function.__func__ else types.MethodType(converted, function.__self__)
    if isinstance(function, functools.partial):
        inner = call(function.func)
        return function if inner is function.func else functools.partial(inner, *function.args, **function.keywords)
    if function is map or function is filter:
        return lambda f, *iterables: function(call(f), *iterables)
    if isinstance(function, (type, types.BuiltinFunctionType, types.ModuleType)):
        return function
    method = getattr(type(function), "__call__", None)  # noqa: B004
    if isinstance(method, types.FunctionType) and _converted(method) is not method:
        return types.MethodType(_converted(method), function)
    return function


def _converted(function: types.FunctionType) -> types.FunctionType:
    if getattr(function, "_adali_do_not_convert", False) or getattr(function, "_is_pipeline_def", False):
        return function
    if id(function.__code__) in _done or not _is_users(function):
        return function
    try:
        return convert(function)
    except GraphError:  # no source: it runs as it is
        return function


def _is_users(function: types.FunctionType) -> bool:
    if function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return False
    path = os.path.abspath(function.__code__.co_filename)
    if path.startswith(_PACKAGE):
        return str(function.__globals__.get("__name__")).startswith("adali.auto_aug")
    if path.startswith(_NUMPY) or function.__code__.co_filename.startswith("<frozen"):
        return False
    # site-packages lies inside the standard library's folder.
    return path.startswith(_SITE) or not path.startswith(_STDLIB)


def convert(function: types.FunctionType) -> types.FunctionType:
    """The function with conditional execution.

    Raises:
        GraphError: its source is not available.
    """
    code = function.__code__
    if id(code) in _done:
        return function
    known = _rewritten.get(id(code))
    if known is None:
        known = _rewritten[id(code)] = (code, _rewrite(code))
    new = known[1]
    if new is None:
        raise GraphError(
            f"Conditional execution needs the source of {function.__qualname__} ({code.co_filename}:"
            f"{code.co_firstlineno}), which is not available."
        )
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    cells[RUNTIME] = types.CellType(_Runtime)
    closure = tuple(cells[name] for name in new.co_freevars)
    made = types.FunctionType(new, function.__globals__, function.__name__, function.__defaults__, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__qualname__ = function.__qualname__
    made.__module__ = function.__module__
    made.__doc__ = function.__doc__
    made.__dict__.update(function.__dict__)
    return made


class _Runtime:
    """The names that rewritten code uses."""

    call = staticmethod(call)
    choose = staticmethod(conditional.choose)
    truth = staticmethod(conditional.truth)
    not_ = staticmethod(conditional.not_)
    and_ = staticmethod(conditional.and_)
    or_ = staticmethod(conditional.or_)
    if_exp = staticmethod(conditional.if_exp)
    compare = staticmethod(conditional.compare)
    returned = staticmethod(conditional.returned)
    state = staticmethod(conditional.state)
    unwind = staticmethod(conditional.unwind)
    locals = staticmethod(locals)
    globals = staticmethod(globals)
    no_result = conditional.NO_RESULT
    names: ClassVar[list[conditional.Names]] = []


# ---- finding and compiling ----------------------------------------------------------------------------------------


def _rewrite(code: types.CodeType) -> types.CodeType | None:
    try:
        lines, _ = inspect.findsource(code)
        tree = ast.parse("".join(lines))
    except (OSError, SyntaxError, TypeError, IndexError):
        return None
    found = _find(tree, code)
    if found is None:
        return None
    node, class_name = found
    free = [n for n in code.co_freevars if n != "__class__" or class_name is None]
    if isinstance(node, ast.Lambda):
        _strip(node.args)
        body: ast.stmt = _at(ast.Return(_Rewriter().visit(node)), node)
    else:
        assert isinstance(node, ast.FunctionDef)
        _strip(node.args)
        node.decorator_list, node.returns = [], None
        _Rewriter().function(node)
        body = node
    # A module's function that calls itself finds its name among the globals, not in the factory.
    own = [ast.Global([code.co_name])] if class_name is None and body is node and code.co_name not in free else []
    if class_name is not None:  # names with two underscores, and super()
        body = ast.ClassDef(class_name, [], [], [body], [])
        if sys.version_info >= (3, 12):
            body.type_params = []
    factory = ast.FunctionDef(
        "_adali_factory",
        ast.arguments([], [ast.arg(n) for n in (*free, RUNTIME)], None, [], [], None, []),
        [*own, body],
        [],
        None,
    )
    if sys.version_info >= (3, 12):
        factory.type_params = []
    module = ast.fix_missing_locations(ast.Module([factory], []))
    compiled = compile(module, code.co_filename, "exec", flags=_future_flags(code), dont_inherit=True)
    name = code.co_name
    new = next((c for c in _codes(compiled) if c.co_name == name), None)
    if new is None:
        return None
    for each in (new, *_codes(new, functions_only=True)):
        _done[id(each)] = each
    return new


def _future_flags(code: types.CodeType) -> int:
    import __future__

    flags = 0
    for name in __future__.all_feature_names:
        flag = getattr(__future__, name).compiler_flag
        flags |= code.co_flags & flag
    return flags


def _codes(code: types.CodeType, functions_only: bool = False) -> Iterator[types.CodeType]:
    """Code objects inside a code object, outer ones first; with ``functions_only`` none of classes."""
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            if functions_only and not const.co_flags & inspect.CO_OPTIMIZED:
                continue
            yield const
            yield from _codes(const, functions_only)


def _find(tree: ast.Module, code: types.CodeType) -> tuple[ast.FunctionDef | ast.Lambda, str | None] | None:
    """The definition of a code object, and the class it is in."""
    matches: list[tuple[ast.FunctionDef | ast.Lambda, str | None]] = []

    def search(node: ast.AST, class_name: str | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef) and child.name == code.co_name:
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                if first == code.co_firstlineno:
                    matches.append((child, class_name))
            elif isinstance(child, ast.Lambda) and code.co_name == "<lambda>" and _is_lambda(child, code):
                matches.append((child, class_name))
            search(child, child.name if isinstance(child, ast.ClassDef) else class_name)

    search(tree, None)
    return matches[0] if len(matches) == 1 else None


def _is_lambda(node: ast.Lambda, code: types.CodeType) -> bool:
    if node.lineno != code.co_firstlineno:
        return False
    args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    if tuple(a.arg for a in args) != code.co_varnames[: len(args)]:
        return False
    if not hasattr(code, "co_positions"):
        return True
    inside = [p for p in code.co_positions() if None not in p and p[0] == p[1] == node.body.lineno]
    start, end = node.body.col_offset, node.body.end_col_offset or 0
    single = node.body.lineno == node.body.end_lineno
    return not single or all(p[3] == 0 or (start <= (p[2] or 0) and (p[3] or 0) <= end) for p in inside)


def _strip(args: ast.arguments) -> None:
    """Defaults and annotations are evaluated already."""
    args.defaults = []
    args.kw_defaults = [None] * len(args.kwonlyargs)
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if arg is not None:
            arg.annotation = None


# ---- rewriting ----------------------------------------------------------------------------------------------------


T = TypeVar("T", bound=ast.AST)


def _at(new: T, old: ast.AST) -> T:
    """Give a node the place where another one begins: a call that spans lines would be reported at its last."""
    new.lineno = new.end_lineno = old.lineno  # type: ignore[attr-defined]
    new.col_offset = new.end_col_offset = old.col_offset  # type: ignore[attr-defined]
    return new


def _runtime(name: str) -> ast.expr:
    return ast.Attribute(ast.Name(RUNTIME, ast.Load()), name, ast.Load())


def _call(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(_runtime(name), list(args), [])


def _environment() -> list[ast.expr]:
    return [_call("locals"), _call("globals")]


def _thunk(body: ast.expr) -> ast.expr:
    return _at(ast.Lambda(ast.arguments([], [], None, [], [], None, []), body), body)


def _walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes of one scope: what is inside functions and classes defined there is left out."""
    for node in nodes:
        yield node
        if not isinstance(node, _SCOPES):
            yield from _walk(ast.iter_child_nodes(node))


def _binds_or_suspends(nodes: Iterable[ast.AST]) -> bool:
    """Whether an expression may not move into a function of its own."""
    return any(isinstance(n, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)) for n in _walk(nodes))


def _exits(statements: list[ast.stmt]) -> bool:
    """Whether a block always ends in ``return`` or ``raise``."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, ast.If):
        return _exits(last.body) and _exits(last.orelse)
    return isinstance(last, (ast.Return, ast.Raise))


def _has_return(node: ast.stmt) -> bool:
    return any(isinstance(n, ast.Return) for n in _walk([node]))


class _Rewriter(ast.NodeTransformer):
    """Rewrites one function and those defined in it."""

    def __init__(self) -> None:
        self._count = 0
        #: Last statements of the function whose branches end in the function's result.
        self._tail: set[int] = set()
        self._globals: set[str] = set()

    # functions

    def function(self, node: ast.FunctionDef) -> None:
        """Rewrite a function's body in place."""
        outer = self._tail, self._globals
        self._globals = {n for s in _walk(node.body) if isinstance(s, ast.Global) for n in s.names}
        self._tail = set()
        self._find_tail(node.body)
        has_result = bool(self._tail)
        body: list[ast.stmt] = []
        for statement in node.body:
            body += self._statement(statement)
        if has_result:
            start = 1 if ast.get_docstring(node, clean=False) is not None else 0
            first = ast.Assign([ast.Name(conditional.RESULT, ast.Store())], _runtime("no_result"))
            last = ast.Return(_call("returned", ast.Name(conditional.RESULT, ast.Load())))
            body.insert(start, _at(first, node))
            body.append(_at(last, node.body[-1]))
        node.body = body
        self._tail, self._globals = outer

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        result = self.visit(node)
        if result is None:
            return []
        return result if isinstance(result, list) else [result]

    def _find_tail(self, statements: list[ast.stmt]) -> bool:
        """Move what follows a branch that returns into the other branch.

        Returns:
            Whether each ``return`` in the block is at the end of it or of a branch of its last statement.
        """
        for number, statement in enumerate(statements):
            if isinstance(statement, ast.Return):
                del statements[number + 1 :]
                return True
            if not _has_return(statement):
                continue
            if not isinstance(statement, ast.If):
                return False
            rest = statements[number + 1 :]
            if rest:
                if _exits(statement.body):
                    statement.orelse = statement.orelse + rest
                elif _exits(statement.orelse):
                    statement.body = statement.body + rest
                else:
                    return False
                del statements[number + 1 :]
            body, orelse = self._find_tail(statement.body), self._find_tail(statement.orelse)
            if body and orelse:
                self._tail.add(id(statement))
                self._assign_result(statement)
                return True
            return False
        return True

    def _assign_result(self, statement: ast.If) -> None:
        for block in (statement.body, statement.orelse):
            if block and isinstance(block[-1], ast.Return):
                value = block[-1].value or ast.Constant(None)
                target = ast.Name(conditional.RESULT, ast.Store())
                block[-1] = _at(ast.Assign([target], value), block[-1])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.args = self.visit(node.args)
        if not any(ast.unparse(d).split("(")[0].endswith("do_not_convert") for d in node.decorator_list):
            self.function(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    # statements

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        tail = id(node) in self._tail
        names = self._names(node, tail)
        number = len(_Runtime.names)
        _Runtime.names.append(names)
        variable = f"_adali_if_{self._count}"
        self._count += 1

        def load() -> ast.expr:
            return ast.Name(variable, ast.Load())

        def method(name: str, *args: ast.expr) -> ast.expr:
            return ast.Call(ast.Attribute(load(), name, ast.Load()), list(args), [])

        def update() -> ast.stmt:
            assignments: list[ast.stmt] = [
                ast.Assign([ast.Name(n, ast.Store())], method("value", ast.Constant(n))) for n in names.simple
            ]
            return ast.If(ast.Attribute(load(), "pending", ast.Load()), assignments or [ast.Pass()], [])

        test = self.visit(node.test)
        known = ast.Subscript(_runtime("names"), ast.Constant(number), ast.Load())
        statements: list[ast.stmt] = [
            ast.Assign([ast.Name(variable, ast.Store())], _call("choose", test, known, *_environment())),
            ast.If(method("first"), self._block(node.body), []),
            ast.Expr(method("between", *_environment())),
            update(),
        ]
        statements.append(ast.If(method("second"), self._block(node.orelse) or [ast.Pass()], []))
        statements += [ast.Expr(method("after", *_environment())), update()]
        return [_at(s, node) for s in statements]

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [new for s in statements for new in self._statement(s)]

    def _names(self, node: ast.If, tail: bool) -> conditional.Names:
        simple: dict[str, None] = {}
        paths: dict[tuple[Any, ...], None] = {}
        for n in _walk([*node.body, *node.orelse]):
            if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del)):
                simple[n.id] = None
            elif isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                simple[n.name] = None
            elif isinstance(n, ast.alias):
                simple[(n.asname or n.name).split(".")[0]] = None
            elif isinstance(n, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and n.name:
                simple[n.name] = None
            elif isinstance(n, ast.MatchMapping) and n.rest:
                simple[n.rest] = None
            elif isinstance(n, (ast.Attribute, ast.Subscript)) and isinstance(n.ctx, ast.Store):
                path = _path(n)
                if path is not None:
                    paths[path] = None
        for comprehension in _walk([*node.body, *node.orelse]):
            if isinstance(comprehension, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
                for g in comprehension.generators:
                    for n in ast.walk(g.target):
                        if isinstance(n, ast.Name) and not _assigned_outside(n.id, node):
                            simple.pop(n.id, None)
        simple.pop("*", None)
        kept = tuple(p for p in paths if not {p[0], *(k for kind, k in p[1:] if kind == "var")} & simple.keys())
        return conditional.Names(tuple(simple), kept, tail, self._leaves(node, tail))

    def _leaves(self, node: ast.If, tail: bool) -> str:
        """What leaves the statement in the middle."""
        if not tail and _has_return(node):
            return "return"
        if any(isinstance(n, (ast.Yield, ast.YieldFrom, ast.Await)) for n in _walk([*node.body, *node.orelse])):
            return "yield"
        return _loop_exit([*node.body, *node.orelse])

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        node.test = _at(_call("truth", node.test, ast.Constant("while")), node.test)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.generic_visit(node)
        node.test = _at(_call("truth", node.test, ast.Constant("assert")), node.test)
        return node

    def visit_Try(self, node: ast.Try) -> list[ast.stmt]:
        return self._unwinding(node)

    def visit_TryStar(self, node: Any) -> list[ast.stmt]:
        return self._unwinding(node)

    def visit_With(self, node: ast.With) -> list[ast.stmt]:
        self.generic_visit(node)
        before, after = self._guard(node)  # its exit may swallow an exception
        return [before, node, after]

    def _guard(self, node: ast.stmt) -> tuple[ast.stmt, ast.stmt]:
        variable = f"_adali_branch_{self._count}"
        self._count += 1
        before = _at(ast.Assign([ast.Name(variable, ast.Store())], _call("state")), node)
        after = _at(ast.Expr(_call("unwind", ast.Name(variable, ast.Load()))), node)
        return before, after

    def _unwinding(self, node: Any) -> list[ast.stmt]:
        self.generic_visit(node)
        before, after = self._guard(node)
        for handler in node.handlers:
            handler.body = [after, *handler.body]
        if node.finalbody:
            node.finalbody = [after, *node.finalbody]
        return [before, node]

    # expressions

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _at(_call("not_", node.operand), node) if isinstance(node.op, ast.Not) else node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        movable = not _binds_or_suspends(node.values[1:])
        self.generic_visit(node)
        if not movable:
            return node
        name = "and_" if isinstance(node.op, ast.And) else "or_"
        result = node.values[-1]
        for value in reversed(node.values[:-1]):
            result = _at(_call(name, value, _thunk(result)), node)
        return result

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        movable = not _binds_or_suspends([node.body, node.orelse])
        self.generic_visit(node)
        if not movable:
            return node
        return _at(_call("if_exp", node.test, _thunk(node.body), _thunk(node.orelse)), node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        movable = len(node.ops) > 1 and not _binds_or_suspends(node.comparators)
        self.generic_visit(node)
        if not movable:
            return node
        symbols = ast.Tuple([ast.Constant(type(op).__name__) for op in node.ops], ast.Load())
        return _at(_call("compare", symbols, node.left, *map(_thunk, node.comparators)), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("super", "locals", "globals", "print", "range", "len"):
            return node
        node.func = _at(_call("call", node.func), node.func)
        return node


def _assigned_outside(name: str, node: ast.If) -> bool:
    """Whether a name is assigned by a statement of the branches, not only as a comprehension's variable."""

    def search(n: ast.AST) -> bool:
        if isinstance(n, _SCOPES):
            return getattr(n, "name", None) == name
        if isinstance(n, ast.comprehension):
            return any(search(c) for c in (n.iter, *n.ifs))
        if isinstance(n, ast.Name):
            return n.id == name and isinstance(n.ctx, (ast.Store, ast.Del))
        return any(search(c) for c in ast.iter_child_nodes(n))

    return any(search(s) for s in (*node.body, *node.orelse))


def _path(node: ast.Attribute | ast.Subscript) -> tuple[Any, ...] | None:
    steps: list[tuple[str, Any]] = []
    current: ast.expr = node
    while not isinstance(current, ast.Name):
        if isinstance(current, ast.Attribute):
            steps.append(("attr", current.attr))
        elif isinstance(current, ast.Subscript):
            index = current.slice
            if isinstance(index, ast.Name):
                steps.append(("var", index.id))
            else:
                try:
                    key = ast.literal_eval(index)
                    hash(key)
                except (ValueError, TypeError):
                    return None
                steps.append(("key", key))
        else:
            return None
        current = current.value
    return (current.id, *reversed(steps))


def _loop_exit(statements: Iterable[ast.AST]) -> str:
    """ "break" or "continue" if one of the statements leaves the loop around them."""
    for node in statements:
        if isinstance(node, (ast.Break, ast.Continue)):
            return type(node).__name__.lower()
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            found = _loop_exit(node.orelse)
        elif isinstance(node, _SCOPES):
            found = ""
        else:
            found = _loop_exit(ast.iter_child_nodes(node))
        if found:
            return found
    return ""
