"""Which pipeline's graph is being built right now.

The documented API needs one implicit value: the pipeline that ``with pipe:`` or ``pipeline_def`` opened. It is a
context variable, so tasks and threads that build graphs at the same time do not see each other's.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adali.graph.branch import Branch
    from adali.graph.graph import GraphBuilder

#: The branch of a conditional in which operators are being made; None where conditionals are not enabled.
branch: ContextVar[Branch | None] = ContextVar("adali_branch", default=None)
_current: ContextVar[tuple[GraphBuilder, ...]] = ContextVar("adali_current_pipeline", default=())


def current() -> GraphBuilder | None:
    """The builder of the innermost open scope, or None."""
    stack = _current.get()
    return stack[-1] if stack else None


def push(builder: GraphBuilder) -> None:
    """Open a scope."""
    _current.set((*_current.get(), builder))


def pop() -> None:
    """Close the innermost scope."""
    _current.set(_current.get()[:-1])


@contextmanager
def scope(builder: GraphBuilder) -> Iterator[None]:
    """Open a scope for the duration of a ``with`` block."""
    push(builder)
    try:
        yield
    finally:
        pop()
