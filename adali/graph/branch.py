"""Branches of a graph: where operators are, and how nodes get from one branch into another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from adali.errors import GraphError, SourceLine
from adali.graph import scope
from adali.graph.node import DataNode
from adali.graph.spec import call_operator

__all__ = ["Branch", "Condition", "check_outside", "current", "enabled", "inside"]


class Branch:
    """A place for operators: one side of a condition, or (``condition`` None) outside of all."""

    def __init__(self, condition: Condition | None = None, side: bool = True) -> None:
        self.condition = condition
        self.side = side

    @property
    def owner(self) -> Branch | Condition | None:
        """What operators made here are marked with."""
        return None if self.condition is None else self

    @property
    def depth(self) -> int:
        """Number of conditions around it."""
        return 0 if self.condition is None else self.condition.parent.depth + 1

    def holds(self, node: DataNode) -> bool:
        """Whether the node was made here."""
        owner = node.source.branch
        if isinstance(owner, Condition):
            owner = owner.sides[0 if node.index == 0 else 1]
        return owner is self or (owner is None and self.condition is None)

    def adopt(self, node: DataNode) -> DataNode:
        """The node's samples that are in this branch.

        Raises:
            GraphError: the node belongs to a branch that is not around this one.
        """
        if self.holds(node):
            return node
        if self.condition is None:
            raise GraphError(
                f"{node!r} was made in a branch of an `if` and holds the samples of that branch only; it cannot be "
                "used outside of it. Assign it to a variable in both branches: the variable then has all samples.\n"
                f"  made at {node.source.line}"
            )
        return self.condition.split(node)[0 if self.side else 1]


class _Placed(Branch):
    """For splits and merges, which take nodes of other branches and say themselves where they are."""

    def __init__(self, owner: Branch | Condition | None) -> None:
        super().__init__()
        self._owner = owner

    @property
    def owner(self) -> Branch | Condition | None:
        return self._owner

    def adopt(self, node: DataNode) -> DataNode:
        return node


@contextmanager
def inside(branch: Branch) -> Iterator[None]:
    """Operators made in the ``with`` block are in this branch."""
    token = scope.branch.set(branch)
    try:
        yield
    finally:
        scope.branch.reset(token)


@contextmanager
def enabled(active: bool) -> Iterator[None]:
    """Conditionals are enabled, or not, for graphs built in the ``with`` block."""
    token = scope.branch.set(Branch() if active else None)
    try:
        yield
    finally:
        scope.branch.reset(token)


def check_outside(nodes: Sequence[DataNode]) -> None:
    """Check that outputs of a pipeline are in no branch.

    Raises:
        GraphError: one is.
    """
    for node in nodes:
        if node.source.branch is not None:
            Branch().adopt(node)


def current() -> Branch:
    """The branch that operators are made in.

    Raises:
        GraphError: conditionals are not enabled here.
    """
    branch = scope.branch.get()
    if branch is None:  # a converted function that runs outside its pipeline
        raise GraphError("A DataNode is a condition where no pipeline with enable_conditionals=True is being defined.")
    return branch


class Condition:
    """A node that decides between two branches."""

    def __init__(self, predicate: DataNode, line: SourceLine | None) -> None:
        self.parent = current()
        self.predicate = self.parent.adopt(predicate)
        self.line = line
        self.sides = (Branch(self, True), Branch(self, False))
        self._splits: dict[int, list[DataNode]] = {}

    def split(self, node: DataNode) -> list[DataNode]:
        """The node's samples for which the condition is true, and the others."""
        outer = self.parent.adopt(node)
        if id(outer) not in self._splits:
            with inside(_Placed(self)):
                kwargs = {"predicate": self.predicate, "_if_stmt": True, "device": outer.device}
                self._splits[id(outer)] = call_operator("_conditional__Split", [outer], kwargs, line=self.line)
        return self._splits[id(outer)]

    def merge(self, if_true: DataNode, if_false: DataNode) -> DataNode:
        """The samples of both branches."""
        a, b = self.sides[0].adopt(if_true), self.sides[1].adopt(if_false)
        if a.device != b.device:
            a, b = (n if n.device == "gpu" else _within(s, n.gpu) for s, n in zip(self.sides, (a, b), strict=True))
        with inside(_Placed(self.parent.owner)):
            kwargs = {"predicate": self.predicate, "device": a.device}
            return call_operator("_conditional__Merge", [a, b], kwargs, line=self.line)[0]


def _within(branch: Branch, function: Callable[[], DataNode]) -> DataNode:
    with inside(branch):
        return function()
