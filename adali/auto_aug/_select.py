"""The choice of one of several functions for each sample, by a tree of conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from adali.errors import ArgumentError, GraphError, SourceLine, caller_line
from adali.graph import scope
from adali.graph.branch import Condition, enabled, inside
from adali.graph.node import DataNode
from adali.graph.spec import to_node

__all__ = ["local_constant", "select"]


def select(
    ops: Sequence[Callable[..., DataNode]], selected_op_idx: DataNode, *op_args: Any, **op_kwargs: Any
) -> DataNode:
    """For each sample the result of ``ops[selected_op_idx](*op_args, **op_kwargs)``; the others do not run for it.

    Works with and without ``enable_conditionals``.

    Args:
        ops: functions that return one node; the results must have one type, number of axes and layout.
        selected_op_idx: a node of one integer a sample, from 0 to ``len(ops) - 1``.
        op_args: what to call them with. Each function gets of every node the samples it was chosen for.
        op_kwargs: the same, by name.

    Raises:
        ArgumentError: there are no functions, or the index is no node.
        GraphError: a function returned something else than one node.
    """
    if len(ops) == 0:
        raise ArgumentError("select needs at least one function to choose from")
    if not isinstance(selected_op_idx, DataNode):
        raise ArgumentError(f"selected_op_idx must be a DataNode of integers, got {selected_op_idx!r}")
    line = caller_line()
    with _conditionals():
        return _choice(ops, 0, selected_op_idx, op_args, op_kwargs, line)


def local_constant(value: Any, device: str = "cpu") -> DataNode:
    """A constant that belongs to the branch it is made in.

    Other constants are made once for all samples and split on the way into a branch, which is more work than to make
    them there.
    """
    node = to_node(value, device)
    branch = scope.branch.get()
    if branch is not None:
        node.source.branch = branch.owner
    return node


def _choice(
    ops: Sequence[Callable[..., DataNode]],
    first: int,
    index: DataNode,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    line: SourceLine | None,
) -> DataNode:
    """The result of ``ops[index - first]``."""
    if len(ops) == 1:
        result = ops[0](*args, **kwargs)
        if not isinstance(result, DataNode):
            name = getattr(ops[0], "name", getattr(ops[0], "__name__", repr(ops[0])))
            raise GraphError(
                f"'{name}' must return one DataNode to be chosen for some samples, got a {type(result).__name__}"
            )
        return result
    middle = len(ops) // 2
    condition = Condition(index >= first + middle, line)
    with inside(condition.sides[0]):
        upper = _choice(ops[middle:], first + middle, index, args, kwargs, line)
    with inside(condition.sides[1]):
        lower = _choice(ops[:middle], first, index, args, kwargs, line)
    return condition.merge(upper, lower)


@contextmanager
def _conditionals() -> Iterator[None]:
    if scope.branch.get() is not None:
        yield
    else:
        with enabled(True):
            yield
