"""The async Pipeline; the blocking one in :mod:`adali.sync` is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from typing_extensions import Self

from adali.errors import ArgumentError
from adali.graph.definition import pipeline_factory
from adali.pipeline.base import PipelineBase
from adali.pipeline.calls import awaitable
from adali.pipeline.options import OperatorConcurrency, Outputs, StreamPolicy
from adali.pipeline.passes import Pass
from adali.types import PipelineAPIType

__all__ = ["OperatorConcurrency", "Outputs", "Pass", "Pipeline", "PipelineBase", "StreamPolicy", "pipeline_def"]


class Pipeline(PipelineBase):
    """A graph of operators and the engine that runs it ahead of its consumer, for use with ``await``.

    ::

        async with Pipeline(batch_size=32, num_threads=4) as pipe: ...

    The constructor's arguments are those of :class:`PipelineBase`.
    """

    async def __aenter__(self) -> Self:
        await self._build()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._aclose()

    def __aiter__(self) -> Pass:
        """One epoch: ``async for images, labels in pipe``."""
        return self._pass(0)

    def _pass(self, index: int) -> Pass:
        return Pass(self, index)

    def __iter__(self) -> NoReturn:
        raise TypeError("adali.Pipeline is asynchronous: write `async for batch in pipe`, or use adali.sync.Pipeline.")

    @awaitable
    async def build(self) -> None:
        """Define, check and build the graph and start the engine; nothing runs before it is asked for.

        Raises:
            GraphError: the graph is not valid.
            DeviceUnavailableError: it has GPU operators and no GPU can be used.
        """
        await self._build()

    @awaitable
    async def run(self, cuda_stream: Any = None, /, **inputs: Any) -> Outputs:
        """Run one iteration and return its outputs; the previous ones are released.

        With ``exec_pipelined`` further iterations are started ahead, ``prefetch_queue_depth`` in all. Must not be
        mixed with ``schedule_run``, ``share_outputs`` and ``release_outputs``.

        Args:
            cuda_stream: see :meth:`outputs`.
            inputs: data for external sources, by name, as for ``feed_input``. They are for the iteration that this call
                starts, which is also the one it returns only if no other was started ahead: with
                ``prefetch_queue_depth=1`` or ``exec_pipelined=False``.

        Returns:
            One TensorList for each output of the graph.

        Raises:
            StopAsyncIteration: the data ended (StopIteration in the blocking pipeline).
            OperatorError: an operator failed in this iteration.
            PipelineStateError: the scheduled API is in use.
            ArgumentError: ``inputs`` were given to a pipeline that starts iterations ahead.
            KeyError: there is no such input.
        """
        self._check_api(PipelineAPIType.BASIC)
        if inputs:
            if self._first_count() > 1:
                raise ArgumentError(
                    "run() takes the data of inputs only with prefetch_queue_depth=1 or exec_pipelined=False, since "
                    f"otherwise other iterations are started ahead (prefetch_queue_depth={self.prefetch_queue_depth}); "
                    "use feed_input()"
                )
            await self._build()
            for name, data in inputs.items():
                self.feed_input(name, data)
        await self._turn()
        return await self._outputs_of_next(stream=cuda_stream)

    @awaitable
    async def schedule_run(self) -> None:
        """Start iterations without taking results: ``prefetch_queue_depth`` the first time, then one each call.

        With ``exec_async=False`` it returns when they are done.

        Raises:
            PipelineStateError: ``run`` is in use.
        """
        self._check_api(PipelineAPIType.SCHEDULED)
        await self._schedule()

    @awaitable
    async def outputs(self, cuda_stream: Any = None) -> Outputs:
        """Release the previous outputs and return those of the oldest scheduled iteration.

        If nothing is scheduled, iterations are scheduled first. Outputs on a GPU are ready when this returns, and their
        memory is used again when nothing refers to it any more and the work is done that was enqueued until then on the
        default stream.

        Args:
            cuda_stream: the stream (of CuPy, PyTorch or Numba, or a raw handle) on which GPU outputs are used. Then
                this may return before they are ready: the stream waits for them, and their memory for the stream.

        Raises:
            StopAsyncIteration: the data ended (StopIteration in the blocking pipeline).
            OperatorError: an operator failed in this iteration.
            PipelineStateError: ``run`` is in use.
        """
        self._check_api(PipelineAPIType.SCHEDULED)
        if self._executor is None:
            await self._build()
        self._built("outputs").account.release(all_held=True)
        return await self._outputs_of_next(stream=cuda_stream)

    @awaitable
    async def share_outputs(self, cuda_stream: Any = None) -> Outputs:
        """Return the outputs of the oldest scheduled iteration and keep earlier ones until ``release_outputs``.

        Args:
            cuda_stream: see :meth:`outputs`.

        Raises:
            StopAsyncIteration: the data ended (StopIteration in the blocking pipeline).
            OperatorError: an operator failed in this iteration.
            PipelineStateError: ``run`` is in use, or every buffer is held already.
        """
        self._check_api(PipelineAPIType.SCHEDULED)
        return await self._outputs_of_next(share=True, stream=cuda_stream)

    @awaitable
    async def release_outputs(self) -> None:
        """Release the oldest outputs that ``share_outputs`` returned, so that another iteration may start.

        Memory that a view of them still uses stays valid.

        Raises:
            PipelineStateError: ``run`` is in use.
        """
        self._check_api(PipelineAPIType.SCHEDULED)
        self._built("release_outputs").account.release()

    @awaitable
    async def reset(self) -> None:
        """Start over after the end of the data; does nothing before it."""
        await self._reset()

    @awaitable
    async def deserialize_and_build(self, serialized_pipeline: bytes | str) -> None:
        """Replace the graph by a serialized one and build it.

        Args:
            serialized_pipeline: what ``serialize`` returned; a str is taken as latin-1.
        """
        self._load(serialized_pipeline)
        await self._build()

    @awaitable
    async def aclose(self) -> None:
        """Stop the engine and give everything back; returns when no task and no thread is left."""
        await self._aclose()


def pipeline_def(function: Callable[..., Any] | None = None, **pipeline_kwargs: Any) -> Any:
    """Decorator that makes a function returning outputs into a factory of async pipelines.

    ::

        @pipeline_def(batch_size=32, num_threads=4)
        def training(folder): ...

        pipe = training("photos", seed=1)

    Keyword arguments of the call that the constructor of :class:`Pipeline` has go there; those the function has go to
    the function, and to both where both have them.
    """
    return pipeline_factory(Pipeline, function, pipeline_kwargs)
