"""Pipelines in debug mode: the function runs in each ``run()``, and its operators with it."""

from __future__ import annotations

import asyncio
import inspect
import secrets
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, NoReturn

from adali.errors import ArgumentError, PipelineClosedError, PipelineStateError, UnknownNameError
from adali.graph import scope
from adali.graph.branch import check_outside, enabled
from adali.graph.debug import DataNodeDebug, DebugBuilder
from adali.graph.graph import as_outputs
from adali.graph.node import DataNode
from adali.operators.base import EndOfData, OpEnv
from adali.pipeline import Pipeline, PipelineBase

__all__ = ["AsyncDebugPipeline", "DebugPipeline", "debug_class"]


class _DebugBase(PipelineBase):
    """What both kinds share; a run is one call of the user's function."""

    _debug: DebugBuilder | None = None
    _define: Callable[[], Any]
    _conditionals = False

    def define(self, function: Callable[[], Any], conditionals: bool) -> None:
        """Set the function that makes and runs the operators, without arguments."""
        if self.on_error != "raise":
            raise ArgumentError(f"debug=True knows no policy but on_error='raise', got {self.on_error!r}")
        if self.enable_checkpointing:
            raise ArgumentError("debug=True has no checkpoints: leave enable_checkpointing out")
        self._define = function
        self._conditionals = conditionals

    def _start(self) -> DebugBuilder:
        if self._closed:
            raise PipelineClosedError("The pipeline is closed.")
        if self._debug is None:
            for name, value in (("batch_size", self._batch_size), ("num_threads", self._num_threads)):
                if value < 1:
                    raise ArgumentError(f"{name} must be given and positive, got {value!r}")
            if self._seed == -1:
                self._seed = secrets.randbits(31)
            env = OpEnv(
                batch_size=self.batch_size, num_threads=1, device_id=self.device_id, seed=self._seed, py_num_workers=0
            )
            define, call = self._define, self._call  # what the finalizer holds must not hold the pipeline
            self._debug = DebugBuilder(
                env, weakref.ref(self), conditional=self._conditionals, trace=lambda: call(define)
            )
            self._finalizer = weakref.finalize(self, self._debug.close)
        return self._debug

    @staticmethod
    def _call(define: Callable[[], Any]) -> Sequence[DataNode]:
        result = define()
        if inspect.iscoroutine(result):
            result.close()
            raise ArgumentError("the pipeline's function must be a plain function")
        nodes = result if isinstance(result, (list, tuple)) else () if result is None else (result,)
        return as_outputs(list(nodes))

    def _iterate(self) -> tuple[Any, ...]:
        debug = self._start()
        debug.begin()
        with enabled(self._conditionals), scope.scope(debug):
            nodes = self._call(self._define)
        if self._conditionals:
            check_outside(nodes)
        debug.end()
        outputs = []
        for node in nodes:
            assert isinstance(node, DataNodeDebug)
            outputs.append(node._batch)
        if self._output_types.given:
            self._output_types.check(outputs)
        return tuple(outputs)

    def _stop(self) -> None:
        self._closed = True
        debug, self._debug = self._debug, None
        if debug is not None:
            self._finalizer.detach()
            debug.close()

    def feed_input(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: in debug mode inputs exist only while the function runs."""
        self._refuse("feed_input")

    def serialize(self, define_graph: Callable[..., Any] | None = None, filename: str | None = None) -> NoReturn:
        """Refused: there is no graph."""
        self._refuse("serialize")

    def reader_meta(self, name: str | None = None) -> Any:
        """See :meth:`adali.pipeline.PipelineBase.reader_meta`; after the first ``run``."""
        operators = [] if self._debug is None else self._debug.operators
        metas = {one.spec.name: one.op.meta() for one in operators if hasattr(one.op, "meta")}
        if name is not None and name not in metas:
            raise UnknownNameError(f"no reader named {name!r}; readers of this pipeline: {', '.join(metas) or 'none'}")
        return metas if name is None else metas[name]

    def _batches(self) -> int | None:
        sizes = [m["epoch_size_padded"] // m["number_of_shards"] for m in self.reader_meta().values()]
        return -(-max(sizes) // self.batch_size) if sizes else None

    def _refuse(self, what: str) -> NoReturn:
        raise PipelineStateError(f"{what}() is not available in debug mode; use run().")


class DebugPipeline(_DebugBase):
    """A blocking pipeline in debug mode."""

    def build(self) -> None:
        """Check the arguments; operators are made in the first ``run``."""
        self._start()

    def run(self) -> tuple[Any, ...]:
        """Run the function once.

        Raises:
            StopIteration: a source has no more data.
            OperatorError: an operator failed.
            GraphError: the operators are not those of the first run.
        """
        try:
            return self._iterate()
        except EndOfData:
            raise StopIteration from None

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """One epoch."""
        count, limit = 0, None
        while limit is None or count < limit:
            try:
                outputs = self._iterate()
            except EndOfData:
                self.reset()
                return
            count, limit = count + 1, self._batches()
            yield outputs

    def reset(self) -> None:
        """Start sources over after the end of their data."""
        self._start().reset()

    def close(self) -> None:
        """Close the operators."""
        self._stop()

    def schedule_run(self) -> NoReturn:
        """Refused, as are the other calls of the scheduled API."""
        self._refuse("schedule_run")

    outputs = share_outputs = release_outputs = schedule_run


class AsyncDebugPipeline(_DebugBase):
    """An async pipeline in debug mode; the function runs on a thread of its own, so that the caller's loop goes on."""

    async def __aenter__(self) -> AsyncDebugPipeline:
        self._start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def build(self) -> None:
        """Check the arguments; operators are made in the first ``run``."""
        self._start()

    async def run(self) -> tuple[Any, ...]:
        """Run the function once; see :meth:`DebugPipeline.run`. Raises StopAsyncIteration at the end of the data."""
        try:
            return await asyncio.to_thread(self._iterate)
        except EndOfData:
            raise StopAsyncIteration from None

    async def __aiter__(self) -> AsyncIterator[tuple[Any, ...]]:
        """One epoch."""
        count, limit = 0, None
        while limit is None or count < limit:
            try:
                outputs = await asyncio.to_thread(self._iterate)
            except EndOfData:
                await self.reset()
                return
            count, limit = count + 1, self._batches()
            yield outputs

    async def reset(self) -> None:
        """Start sources over after the end of their data."""
        await asyncio.to_thread(self._start().reset)

    async def aclose(self) -> None:
        """Close the operators."""
        await asyncio.to_thread(self._stop)

    async def schedule_run(self) -> NoReturn:
        """Refused, as are the other calls of the scheduled API."""
        self._refuse("schedule_run")

    outputs = share_outputs = release_outputs = schedule_run


def debug_class(pipeline_class: Any) -> type[DebugPipeline] | type[AsyncDebugPipeline]:
    """The debug pipeline that goes with a pipeline class."""
    return AsyncDebugPipeline if issubclass(pipeline_class, Pipeline) else DebugPipeline
