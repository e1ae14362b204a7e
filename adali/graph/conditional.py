"""Conditional execution while a graph is built: ``if``, ``and``, ``or`` and ``not`` on nodes.

:mod:`adali.graph.rewriting` turns these statements of the user's function into calls of the functions here. Where the
condition is no node they do what Python does. Where it is one, both branches run, one after the other; an operator in
a branch gets the part of its inputs that belongs there (a split, made once for each node), and variables that a
branch assigned become merges of what they hold in either.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import numpy as np

from adali.errors import GraphError, SourceLine, caller_line
from adali.graph import scope
from adali.graph.branch import Branch, Condition, inside
from adali.graph.node import DataNode
from adali.graph.spec import call_operator, to_node
from adali.types import ScalarConstant

__all__ = ["Names", "do_not_convert"]

F = TypeVar("F", bound=Callable[..., Any])


def do_not_convert(func: F) -> F:
    """Decorator: leave a function as it is where a pipeline with ``enable_conditionals`` calls it."""
    func._adali_do_not_convert = True  # type: ignore[attr-defined]
    return func


# ---- variables ----------------------------------------------------------------------------------------------------


class Unusable:
    """Stands in a variable that the branches of an ``if`` left without one value; using it is an error."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __repr__(self) -> str:
        return f"<unusable: {self.message}>"

    def __getattr__(self, name: str) -> NoReturn:
        raise GraphError(self.message)


def _fail(self: Unusable, *args: Any, **kwargs: Any) -> NoReturn:
    raise GraphError(self.message)


_REFUSED = (
    "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow and rand or ror xor rxor lshift "
    "rlshift rshift rrshift eq ne lt le gt ge neg pos invert abs bool len iter getitem setitem contains call str "
    "format int float index hash enter exit array"
)
for _name in _REFUSED.split():
    setattr(Unusable, f"__{_name}__", _fail)


class _Missing:
    """The value of a variable that is not bound."""


MISSING = _Missing()


@dataclass(frozen=True)
class Names:
    """What an ``if`` assigns, found in its source.

    Attributes:
        simple: names of variables.
        paths: attributes and items: the variable, then ("attr", name), ("key", constant) or ("var", variable) each.
        tail: nothing follows the statement but the return of its result, so nothing else is merged.
        exits: what leaves the statement in the middle: "return", "break", "continue", "yield" or "".
    """

    simple: tuple[str, ...]
    paths: tuple[tuple[Any, ...], ...]
    tail: bool
    exits: str


#: Variable that holds the result of a function while its last statement runs.
RESULT = "_adali_result"


def choose(test: Any, names: Names, env: Mapping[str, Any], outer: Mapping[str, Any]) -> PlainIf | NodeIf:
    """Begin an ``if`` statement.

    Raises:
        GraphError: the condition is a node, and a branch leaves the statement in the middle.
    """
    if not isinstance(test, DataNode):
        return PlainIf(test)
    if names.exits:
        rule = f"`{names.exits}` cannot depend on it"
        if names.exits == "return":
            rule = "a `return` must end each of them, or none"
        raise GraphError(
            f"`{names.exits}` inside an `if` whose condition is a DataNode ({test.name}): both branches become part of "
            f"the graph, so {rule}."
        )
    return NodeIf(test, names, env, outer)


class PlainIf:
    """An ``if`` whose condition is no node."""

    pending = False

    def __init__(self, test: Any) -> None:
        self._test = bool(test)

    def first(self) -> bool:
        """Whether to run the body."""
        return self._test

    def second(self) -> bool:
        """Whether to run the ``else`` branch."""
        return not self._test

    def between(self, env: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        """Nothing to do."""

    after = between

    def value(self, name: str) -> Any:
        """Never called: nothing is pending."""
        raise KeyError(name)


class NodeIf:
    """An ``if`` whose condition is a node: the body runs, then the ``else`` branch with the variables of before."""

    pending = True

    def __init__(self, test: DataNode, names: Names, env: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        self.condition = Condition(test, caller_line())
        self.names = names
        self.before = self._read(env, outer)
        self.body: dict[Any, Any] = {}
        self.values: dict[str, Any] = {}

    def first(self) -> bool:
        """Open the first branch."""
        scope.branch.set(self.condition.sides[0])
        return True

    def between(self, env: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        """End the first branch: keep its variables, restore those of before."""
        scope.branch.set(self.condition.parent)
        self.body = self._read(env, outer)
        self.values = {name: self._plain(name, self.before[name]) for name in self.names.simple}
        for path in self.names.paths:
            _write(path, self.before[path], env, outer)

    def second(self) -> bool:
        """Open the other branch."""
        scope.branch.set(self.condition.sides[1])
        return True

    def after(self, env: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        """End the other branch and merge the variables."""
        scope.branch.set(self.condition.parent)
        orelse = self._read(env, outer)
        for name in self.names.simple:
            if self.names.tail and name != RESULT:
                self.values[name] = Unusable(f"'{name}' is not merged: nothing follows the `if` at {self._where()}.")
            else:
                self.values[name] = self._merged(name, self.body[name], orelse[name])
        for path in self.names.paths:
            if self.body[path] is not MISSING or orelse[path] is not MISSING:
                _write(path, self._merged(_text(path), self.body[path], orelse[path]), env, outer)

    def value(self, name: str) -> Any:
        """What a variable is to hold now."""
        return self.values[name]

    def _where(self) -> str:
        return str(self.condition.line)

    def _plain(self, name: str, value: Any) -> Any:
        return Unusable(f"'{name}' has no value before the `if` at {self._where()}.") if value is MISSING else value

    def _read(self, env: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[Any, Any]:
        values: dict[Any, Any] = {n: env.get(n, outer.get(n, MISSING)) for n in self.names.simple}
        values.update({path: _lookup(path, env, outer) for path in self.names.paths})
        return values

    def _merged(self, name: str, body: Any, orelse: Any) -> Any:
        missing = [text for text, v in (("if", body), ("else", orelse)) if v is MISSING or type(v) is Unusable]
        if name == RESULT:
            body, orelse = (None if v is MISSING else v for v in (body, orelse))
            none = [text for text, v in (("if", body), ("else", orelse)) if v is NO_RESULT or v is None]
            if len(none) == 2:
                return body
            if none:
                raise GraphError(
                    f"A function returns a value in one branch of the `if` at {self._where()}: the `{none[0]}` branch "
                    "must return one as well."
                )
        elif missing:
            for v in (body, orelse):
                if type(v) is Unusable and len(missing) == 2:
                    return v
            return Unusable(
                f"'{name}' is used after the `if` at {self._where()}, but has no value where the `{missing[0]}` branch "
                "is taken: give it one in both branches or before the statement."
            )
        try:
            return self._merge(body, orelse)
        except _Mismatch as e:
            message = f"what is assigned to '{name}'" if name != RESULT else "what is returned"
            text = f"In the branches of the `if` at {self._where()}, {message} cannot become one batch: {e}."
            if name == RESULT:
                raise GraphError(text) from None
            return Unusable(text)

    def _merge(self, a: Any, b: Any) -> Any:
        if _is_atom(a) and _is_atom(b):
            if a is b and isinstance(a, DataNode) and not any(side.holds(a) for side in self.condition.sides):
                return a
            return self.condition.merge(*(_atom(s, v) for s, v in zip(self.condition.sides, (a, b), strict=True)))
        if type(a) is type(b) and isinstance(a, (list, tuple, dict)):
            if isinstance(a, dict):
                if a.keys() == b.keys():
                    return {key: self._merge(a[key], b[key]) for key in a}
            elif len(a) == len(b):
                items = [self._merge(x, y) for x, y in zip(a, b, strict=True)]
                return type(a)(*items) if hasattr(a, "_fields") else type(a)(items)
        if a is b or (isinstance(a, (str, bytes)) and type(a) is type(b) and a == b):
            return a
        raise _Mismatch(f"{_kind(a)} and {_kind(b)}")


class _Mismatch(Exception):
    pass


def _kind(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, dict):
        return f"a dict with the keys {sorted(map(str, value))}"
    if value is None:
        return "None"
    return "a DataNode" if isinstance(value, DataNode) else f"a {type(value).__name__}"


def _is_atom(value: Any) -> bool:
    return isinstance(value, (DataNode, bool, int, float, np.generic, np.ndarray, ScalarConstant))


def _atom(side: Branch, value: Any) -> DataNode:
    with inside(side):
        return side.adopt(to_node(value))


def _lookup(path: tuple[Any, ...], env: Mapping[str, Any], outer: Mapping[str, Any]) -> Any:
    value = env.get(path[0], outer.get(path[0], MISSING))
    try:
        for kind, key in path[1:]:
            value = getattr(value, key) if kind == "attr" else value[_key(kind, key, env, outer)]
    except (AttributeError, LookupError, TypeError):
        return MISSING
    return value


def _write(path: tuple[Any, ...], value: Any, env: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
    holder = _lookup(path[:-1], env, outer)
    kind, key = path[-1]
    key = _key(kind, key, env, outer)
    try:
        if value is MISSING:
            delattr(holder, key) if kind == "attr" else holder.__delitem__(key)
        elif kind == "attr":
            setattr(holder, key, value)
        else:
            holder[key] = value
    except (AttributeError, LookupError, TypeError):
        if value is not MISSING:
            raise


def _key(kind: str, key: Any, env: Mapping[str, Any], outer: Mapping[str, Any]) -> Any:
    return env.get(key, outer.get(key)) if kind == "var" else key


def _text(path: tuple[Any, ...]) -> str:
    return str(path[0]) + "".join(f".{k}" if kind == "attr" else f"[{k!r}]" for kind, k in path[1:])


# ---- what rewritten code calls ------------------------------------------------------------------------------------

#: What a function holds for its result until it has one.
NO_RESULT = _Missing()


def returned(value: Any) -> Any:
    """The result of a function that ended in an ``if``."""
    return None if value is NO_RESULT else value


def state() -> Branch | None:
    """The open branch, for :func:`unwind`."""
    return scope.branch.get()


def unwind(branch: Branch | None) -> None:
    """An exception was caught: the branches that it left are closed."""
    scope.branch.set(branch)


def truth(value: Any, statement: str) -> Any:
    """The condition of a ``while`` or ``assert``.

    Raises:
        GraphError: it is a node.
    """
    if isinstance(value, DataNode):
        raise GraphError(
            f"The condition of `{statement}` is a DataNode ({value.name}), whose value is not known while the graph is "
            "built; only `if`, `and`, `or`, `not` and conditional expressions can depend on one."
        )
    return value


def not_(value: Any) -> Any:
    """``not value``."""
    return call_operator("_conditional__Not_", [value], {})[0] if isinstance(value, DataNode) else not value


def and_(left: Any, right: Callable[[], Any]) -> Any:
    """``left and right()``."""
    if not isinstance(left, DataNode):
        return left and right()
    return _logical("and", left, right)


def or_(left: Any, right: Callable[[], Any]) -> Any:
    """``left or right()``."""
    if not isinstance(left, DataNode):
        return left or right()
    return _logical("or", left, right)


def _logical(name: str, left: DataNode, right: Callable[[], Any]) -> DataNode:
    line = caller_line()
    first = _validated(left, name, "left", line)
    condition = Condition(first, line)
    side = condition.sides[0 if name == "and" else 1]
    with inside(side):
        second = _validated(side.adopt(to_node(right())), name, "right", line)
    return condition.merge(second, first) if name == "and" else condition.merge(first, second)


def _validated(node: DataNode, name: str, side: str, line: SourceLine | None) -> DataNode:
    kwargs = {"expression_name": name, "expression_side": side}
    return call_operator("_conditional__ValidateLogical", [node], kwargs, line=line)[0]


def if_exp(test: Any, body: Callable[[], Any], orelse: Callable[[], Any]) -> Any:
    """``body() if test else orelse()``.

    Raises:
        GraphError: the condition is a node, and the values cannot become one batch.
    """
    if not isinstance(test, DataNode):
        return body() if test else orelse()
    names = Names((RESULT,), (), True, "")
    statement = NodeIf(test, names, {}, {})
    with inside(statement.condition.sides[0]):
        first = body()
    with inside(statement.condition.sides[1]):
        second = orelse()
    try:
        return statement._merge(first, second)
    except _Mismatch as e:
        raise GraphError(f"The values of a conditional expression cannot become one batch: {e}.") from None


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": python.eq,
    "NotEq": python.ne,
    "Lt": python.lt,
    "LtE": python.le,
    "Gt": python.gt,
    "GtE": python.ge,
    "Is": python.is_,
    "IsNot": python.is_not,
    "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
}


def compare(symbols: Sequence[str], left: Any, *others: Callable[[], Any]) -> Any:
    """A chain of comparisons such as ``a < b() <= c()``."""
    right = others[0]()
    result = _COMPARE[symbols[0]](left, right)
    if len(others) == 1:
        return result
    return and_(result, lambda: compare(symbols[1:], right, *others[1:]))
