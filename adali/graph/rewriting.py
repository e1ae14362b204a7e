"""Rewriting of the user's functions for conditional execution.

A function's source is parsed, its syntax tree rewritten (:mod:`adali.graph.syntax`), and the result is compiled under
the same file and line numbers. The new function shares globals, closure cells and defaults with the old one.
"""

from __future__ import annotations

import ast
import functools
import inspect
import os
import sys
import sysconfig
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from adali.errors import GraphError
from adali.graph import conditional
from adali.graph.syntax import NAMES, RUNTIME, Rewriter, at

__all__ = ["call", "convert"]

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
    names = NAMES


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
        body: ast.stmt = at(ast.Return(Rewriter().visit(node)), node)
    else:
        assert isinstance(node, ast.FunctionDef)
        _strip(node.args)
        node.decorator_list, node.returns = [], None
        Rewriter().function(node)
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
