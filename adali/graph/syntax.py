"""Rewriting of syntax trees for conditional execution.

``if`` statements, logical expressions and calls become calls of :mod:`adali.graph.conditional`, which the code finds in
a variable named :data:`RUNTIME`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from adali.graph import conditional

__all__ = ["NAMES", "RUNTIME", "Rewriter", "at"]

RUNTIME = "_adali_rt"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)

#: What each rewritten ``if`` assigns; it finds its own by number.
NAMES: list[conditional.Names] = []

T = TypeVar("T", bound=ast.AST)


def at(new: T, old: ast.AST) -> T:
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
    return at(ast.Lambda(ast.arguments([], [], None, [], [], None, []), body), body)


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


class Rewriter(ast.NodeTransformer):
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
            body.insert(start, at(first, node))
            body.append(at(last, node.body[-1]))
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
                block[-1] = at(ast.Assign([target], value), block[-1])

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
        number = len(NAMES)
        NAMES.append(names)
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
        return [at(s, node) for s in statements]

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
        node.test = at(_call("truth", node.test, ast.Constant("while")), node.test)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.generic_visit(node)
        node.test = at(_call("truth", node.test, ast.Constant("assert")), node.test)
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
        before = at(ast.Assign([ast.Name(variable, ast.Store())], _call("state")), node)
        after = at(ast.Expr(_call("unwind", ast.Name(variable, ast.Load()))), node)
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
        return at(_call("not_", node.operand), node) if isinstance(node.op, ast.Not) else node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        movable = not _binds_or_suspends(node.values[1:])
        self.generic_visit(node)
        if not movable:
            return node
        name = "and_" if isinstance(node.op, ast.And) else "or_"
        result = node.values[-1]
        for value in reversed(node.values[:-1]):
            result = at(_call(name, value, _thunk(result)), node)
        return result

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        movable = not _binds_or_suspends([node.body, node.orelse])
        self.generic_visit(node)
        if not movable:
            return node
        return at(_call("if_exp", node.test, _thunk(node.body), _thunk(node.orelse)), node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        movable = len(node.ops) > 1 and not _binds_or_suspends(node.comparators)
        self.generic_visit(node)
        if not movable:
            return node
        symbols = ast.Tuple([ast.Constant(type(op).__name__) for op in node.ops], ast.Load())
        return at(_call("compare", symbols, node.left, *map(_thunk, node.comparators)), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("super", "locals", "globals", "print", "range", "len"):
            return node
        node.func = at(_call("call", node.func), node.func)
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
