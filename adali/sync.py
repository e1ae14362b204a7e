"""The blocking facade: the same pipeline for code without an event loop, such as scripts written for DALI.

Every blocking method *is* the async class's coroutine, driven to its end on the calling thread; nothing is written
twice, so the two cannot drift apart.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, TypeVar, cast

from typing_extensions import ParamSpec

from adali.engine.executor import Executor
from adali.engine.handoff import drive
from adali.graph.definition import pipeline_factory
from adali.pipeline import OperatorConcurrency, Outputs, Pass, PipelineBase, StreamPolicy
from adali.pipeline import Pipeline as AsyncPipeline

__all__ = ["OperatorConcurrency", "Pipeline", "StreamPolicy", "pipeline_def"]

#: Plain methods that build the pipeline where it was not, as DALI's do; those of the async class cannot.
_BUILDING = ("feed_input", "reader_meta")

P = ParamSpec("P")
R = TypeVar("R")


def blocking(
    method: Callable[Concatenate[AsyncPipeline, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[PipelineBase, P], R]:
    """A method that runs a coroutine method to its end on the calling thread."""
    coroutine_function = inspect.unwrap(method)

    @functools.wraps(coroutine_function)
    def call(self: PipelineBase, /, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = drive(coroutine_function(self, *args, **kwargs))
        return result

    return cast("Callable[Concatenate[PipelineBase, P], R]", call)


class BlockingPass:
    """One pass over the data; see :class:`adali.pipeline.Pass`."""

    def __init__(self, pipe: PipelineBase, index: int = 0) -> None:
        self.index = index
        self._pass = Pass(pipe, index)

    def __iter__(self) -> BlockingPass:
        return self

    def __next__(self) -> Outputs:
        return drive(self._pass.__anext__())


class Pipeline(PipelineBase):
    """A graph of operators and the engine that runs it ahead of its consumer; every call blocks.

    The constructor's arguments are those of :class:`adali.pipeline.PipelineBase`.
    """

    build = blocking(AsyncPipeline.build)
    run = blocking(AsyncPipeline.run)
    schedule_run = blocking(AsyncPipeline.schedule_run)
    outputs = blocking(AsyncPipeline.outputs)
    share_outputs = blocking(AsyncPipeline.share_outputs)
    release_outputs = blocking(AsyncPipeline.release_outputs)
    reset = blocking(AsyncPipeline.reset)
    deserialize_and_build = blocking(AsyncPipeline.deserialize_and_build)
    close = blocking(AsyncPipeline.aclose)

    def _need_executor(self, what: str) -> Executor:
        drive(self._build())
        return self._built(what)

    def __iter__(self) -> BlockingPass:
        """One epoch: ``for images, labels in pipe``."""
        return self._pass(0)

    def _pass(self, index: int) -> BlockingPass:
        return BlockingPass(self, index)

    def _built(self, what: str) -> Executor:
        if self._executor is None and not self._closed and what in _BUILDING:
            drive(self._build())
        return super()._built(what)

    async def _run_iter_setup(self) -> None:
        # The caller has no event loop: a coroutine runs on the engine's.
        try:
            result = self.iter_setup()
        except StopIteration:
            raise StopAsyncIteration from None
        if inspect.isawaitable(result):

            async def finish() -> None:
                await result

            await self._built("iter_setup").call(finish())


def pipeline_def(function: Callable[..., Any] | None = None, **pipeline_kwargs: Any) -> Any:
    """Decorator that makes a function returning outputs into a factory of blocking pipelines.

    See :func:`adali.pipeline_def`.
    """
    return pipeline_factory(Pipeline, function, pipeline_kwargs)
