"""What the async and the blocking pipeline have in common once they are built."""

from __future__ import annotations

import inspect
import weakref
from typing import TYPE_CHECKING, Any

from adali.engine.executor import Executor
from adali.engine.handoff import Waiter
from adali.engine.stats import PipelineStats
from adali.engine.workspace import Batch, Failure, Position
from adali.errors import ArgumentError, PipelineClosedError, PipelineStateError, UnknownNameError
from adali.graph import DataNode
from adali.types import PipelineAPIType

if TYPE_CHECKING:
    pass

from adali.pipeline.definition import PipelineDefinition
from adali.pipeline.options import Outputs
from adali.pipeline.passes import Passes

__all__ = ["PipelineBase", "unpack"]


class PipelineBase(PipelineDefinition):
    """What the async and the blocking pipeline have in common: everything but the public awaitable methods."""

    # ---- plain methods of the documented API ---------------------------------------------------------------

    def epoch_size(self, name: str | None = None) -> Any:
        """Number of samples in an epoch.

        Args:
            name: name of a reader; None for all of them.

        Returns:
            The size of that reader's epoch, or a dict of reader name -> size.

        Raises:
            KeyError: there is no reader of that name.
        """
        sizes = {k: m["epoch_size_padded"] for k, m in self.reader_meta().items()}
        if name is None:
            return sizes
        if name not in sizes:
            raise UnknownNameError(f"no reader named {name!r}; readers of this pipeline: {', '.join(sizes) or 'none'}")
        return sizes[name]

    def reader_meta(self, name: str | None = None) -> Any:
        """What is known of the readers.

        Args:
            name: name of a reader; None for all of them.

        Returns:
            A dict with ``epoch_size``, ``epoch_size_padded``, ``number_of_shards``, ``shard_id``,
            ``pad_last_batch`` and ``stick_to_shard`` (samples and counts), or a dict of such dicts by reader name.
        """
        executor = self._built("reader_meta")
        metas = {}
        for step in executor.plan.inputs:
            meta = getattr(step.op, "meta", None)
            if meta is not None:
                metas[step.op.spec.name] = meta()
        if name is None:
            return metas
        if name not in metas:
            raise UnknownNameError(f"no reader named {name!r}; readers of this pipeline: {', '.join(metas) or 'none'}")
        return metas[name]

    def empty(self) -> bool:
        """Whether no scheduled iteration is left to consume."""
        executor = self._executor
        if executor is None:
            return True
        return executor.account.outstanding <= 0 or executor.account.ended

    def enable_api_check(self, enable: bool) -> None:
        """Turn the check that refuses to mix ``run`` with the scheduled API on or off."""
        self._api_check = bool(enable)

    def feed_input(
        self,
        ref: DataNode | str | None = None,
        data: Any = None,
        layout: str | None = "",
        cuda_stream: Any = None,
        use_copy_kernel: bool = False,
        *,
        data_node: DataNode | str | None = None,
    ) -> None:
        """Give an ``external_source`` without a source of its own the data of one iteration.

        Args:
            ref: the node that the operator returned, or its name.
            data: the batch: an array whose outermost dimension is the batch, a list of arrays or tensors (one a
                sample, any shapes), a TensorList, or anything with an array interface or DLPack.
            layout: layout of a sample, for instance "HWC"; empty or None for that of the data.
            cuda_stream: stream on which data in device memory is ready and is copied: a stream of any library or its
                handle; 0 is the default stream, 1 one of the pipeline's, for which this call waits. By default the
                current stream of CuPy or PyTorch for their arrays, and 1 for others.
            use_copy_kernel: how device data is copied: a hint that changes no result.
            data_node: today's name of ``ref``.

        Raises:
            PipelineStateError: the pipeline is not built.
            KeyError: the graph has no such input.
            ValueError, TypeError: the data does not fit.
        """
        if (ref is None) == (data_node is None):
            raise ArgumentError("feed_input takes the node, or the name, of one external source")
        ref = data_node if ref is None else ref
        assert ref is not None
        executor = self._built("feed_input")
        name = ref.source.name if isinstance(ref, DataNode) else ref
        for step in executor.plan.inputs:
            if step.op.spec.name == name:
                feed = getattr(step.op, "feed", None)
                if feed is None:
                    raise ArgumentError(f"{name} is a {step.op.schema.name}, which cannot be fed")
                try:
                    feed(data, layout or "", cuda_stream)
                except (TypeError, ValueError) as e:
                    # Scripts written for DALI catch the one or the other, or a RuntimeError.
                    raise e if isinstance(e, ArgumentError) else ArgumentError(str(e)) from e
                executor.notify()
                return
        raise UnknownNameError(self._no_input(name))

    def _no_input(self, name: str) -> str:
        fed = [s.op.spec.name for s in self._built("feed_input").plan.inputs if hasattr(s.op, "feed")]
        return f"the pipeline has no external source {name!r}; it has: {', '.join(fed) or 'none'}"

    def input_feed_count(self, input_name: str) -> int:
        """How many batches must be fed to an external source before the first ``run``.

        Raises:
            KeyError: the graph has no such input.
        """
        specs = [s for s in self._defined().specs if s.schema.name in ("ExternalSource", "experimental__inputs__Video")]
        if input_name not in [s.name for s in specs]:
            raise UnknownNameError(f"the pipeline has no external source {input_name!r}")
        return self._first_count()

    def save_graph_to_dot_file(
        self, filename: str, show_tensors: bool = False, show_ids: bool | None = False, use_colors: bool = False
    ) -> None:
        """Write the graph as a Graphviz DOT file.

        Args:
            filename: the file to write.
            show_tensors: also draw the batches between operators.
            show_ids: add each operator's number in the graph.
            use_colors: colour operators by stage.
        """
        from adali.graph.dot import to_dot

        text = to_dot(self._defined(), show_tensors=show_tensors, show_ids=bool(show_ids), use_colors=use_colors)
        with open(filename, "w", encoding="utf-8") as file:
            file.write(text)

    def epochs(self, count: int | None = None, start: int = 0) -> Passes[Any]:
        """Passes over the data: ``async for epoch in pipe.epochs(90): async for images, labels in epoch``.

        The blocking pipeline's are walked through with ``for``. A pass that is left early does not go on.

        Args:
            count: how many; None for no end.
            start: number of the first one, its ``index``; the others follow.

        Raises:
            ArgumentError: a negative count.
        """
        return Passes(self._pass, count, start)

    def _pass(self, index: int) -> Any:
        raise NotImplementedError

    def stats(self) -> PipelineStats:
        """Counters of stages, queues, operators and faults since the pipeline was built."""
        return self._built("stats").stats()

    def executor_statistics(self) -> dict[str, dict[str, Any]]:
        """Per operator: seconds busy (``busy_s``) and samples computed (``samples``).

        With ``enable_memory_stats`` also lists with a number of bytes for each output: ``real_memory_size`` and
        ``reserved_memory_size`` of the largest batch so far, ``max_real_memory_size`` and ``max_reserved_memory_size``
        of the largest sample. They are empty for what never makes a batch of its own: operators within a chain, whose
        results live in scratch memory, and operators of the device. Memory is reserved as it is used, so that real and
        reserved sizes are equal.
        """
        result: dict[str, dict[str, Any]] = {}
        for o in self.stats().operators:
            result[o.name] = {"operator": o.operator, "busy_s": o.busy_s, "samples": o.samples}
            if self._enable_memory_stats:
                result[o.name].update(
                    real_memory_size=list(o.output_bytes),
                    max_real_memory_size=list(o.sample_bytes),
                    reserved_memory_size=list(o.output_bytes),
                    max_reserved_memory_size=list(o.sample_bytes),
                )
        return result

    def external_source_shm_statistics(self) -> dict[str, list[int]]:
        """Sizes of the buffers that parallel sources keep in shared memory: empty lists, since none are kept.

        Threads need none, and each result of a process comes in memory of its own.
        """
        return {"capacities": [], "per_sample_capacities": []}

    def output_stream(self) -> None:
        """The CUDA stream of the outputs: None, as they are handed over when they are complete."""

    # ---- shared by both kinds ------------------------------------------------------------------------------

    def _built(self, what: str) -> Executor:
        if self._closed:
            raise PipelineClosedError("The pipeline is closed.")
        if self._executor is None:
            raise PipelineStateError(f"The pipeline is not built; call build() before {what}().")
        return self._executor

    def _need_executor(self, what: str) -> Executor:
        return self._built(what)

    def _first_count(self) -> int:
        return self._depth.cpu if self._exec_pipelined else 1

    def _check_api(self, kind: PipelineAPIType) -> None:
        if not self._api_check:
            return
        if self._api_type is None:
            self._api_type = kind
        elif self._api_type != kind:
            raise PipelineStateError(
                f"Mixing pipeline API type. Currently used: {self._api_type}, but trying to use {kind}. Use either "
                "run(), or schedule_run() with outputs() or share_outputs() and release_outputs(); "
                "enable_api_check(False) turns this check off."
            )

    async def _build(self) -> None:
        while self._executor is None:
            if self._closed:
                raise PipelineClosedError("The pipeline is closed.")
            with self._build_lock:
                other = self._building
                if other is None:
                    mine = self._building = Waiter()
            if other is not None:  # another consumer builds it
                await other
                continue
            try:
                await self._build_now()
            finally:
                self._building = None
                mine.wake()

    async def _build_now(self) -> None:
        if self._executor is not None:
            return
        executor = self._make_executor()
        self._finalizer = weakref.finalize(self, executor.stop)
        await executor.start()
        if self._closed:
            await executor.aclose()
            raise PipelineClosedError("The pipeline is closed.")
        self._resume_pass(executor)
        self._executor = executor

    async def _turn(self) -> None:
        """Schedule, and let go of the batches held: in one message where nothing comes in between, as a rule."""
        executor = self._executor
        if self._has_iter_setup or self._first_schedule or not self._exec_async or executor is None or self._closed:
            await self._schedule()
            self._built("run").account.release(all_held=True)
        else:
            await executor.account.request(1, release=True)

    async def _schedule(self) -> None:
        if self._executor is None:
            await self._build()
        executor = self._built("run")
        if self._setup_ended:
            return
        count = self._first_count() if self._first_schedule else 1
        if self._has_iter_setup:
            for _ in range(count):
                try:
                    await self._run_iter_setup()
                except (StopIteration, StopAsyncIteration):
                    self._setup_ended = True
                    break
                self._first_schedule = False
                await executor.account.request(1)
        else:
            self._first_schedule = False
            await executor.account.request(count)
        self._first_schedule = False
        if not self._exec_async:
            account = executor.account
            await executor.completed(min(account.scheduled, account.released + self._depth.gpu))

    async def _run_iter_setup(self) -> None:
        try:
            result = self.iter_setup()
        except StopIteration:
            # A coroutine cannot let StopIteration through.
            raise StopAsyncIteration from None
        if inspect.isawaitable(result):
            await result

    async def _take(self, *, share: bool = False) -> Batch | Failure:
        """The next iteration; schedules more if none is left."""
        executor = self._built("outputs")
        account = executor.account
        while (item := await account.take(share=share)) is None:
            if self._setup_ended or account.ended:
                raise StopAsyncIteration
            await self._schedule()
            if account.outstanding <= 0:
                raise StopAsyncIteration
        return item

    async def _outputs_of_next(self, *, share: bool = False, stream: Any = None) -> Outputs:
        """The next outputs; leaves out iterations of which every sample was skipped.

        Raises:
            OperatorError: an operator failed for this iteration; or there was no good sample in a whole pass over the
                data, of which it is the last bad one.
        """
        executor = self._built("outputs")
        if stream is not None:
            executor.hurry()
        left_out = 0
        while (item := await self._take(share=share)).epoch_end and isinstance(item, Batch) and item.outputs[0] is None:
            left_out += 1
            if left_out > executor.epoch_size and item.errors:
                raise next(iter(item.errors.values()))
            await self._schedule()
            executor.account.release()
        if stream is not None and isinstance(item, Batch) and item.lending is not None:
            item.lending.use_on(stream)
        return self._unpack(item)

    def _unpack(self, item: Batch | Failure) -> Outputs:
        """The outputs of an iteration, which are as declared.

        Raises:
            OperatorError: it failed.
            OutputTypeError: an output is not what ``output_dtype``, ``output_ndim`` or ``output_layout`` say.
        """
        outputs = unpack(item)
        if self._output_types.given:
            self._output_types.check(outputs)
        return outputs

    async def _reset(self) -> None:
        executor = self._built("reset")
        executor.check_open()
        ended = executor.account.ended
        if self._setup_ended or ended:
            self._first_schedule = True
            if ended or executor.account.outstanding > 0:
                await executor.reset()
            self._setup_ended = False

    async def _next_batch(self) -> Batch | Failure:
        """One iteration for ``for``: like ``run``, in epochs."""
        self._check_api(PipelineAPIType.BASIC)
        await self._turn()
        return await self._take()

    async def _begin_pass(self) -> Position:
        """Begin a pass, or go on with that of a checkpoint; returns where the consumer is."""
        if self._executor is None:
            await self._build()
        executor = self._built("iteration")
        if self._first_schedule and not self._epoch_mode and executor.account.scheduled == 0:
            self._epoch_mode = True
            executor.set_epoch_batches()
        if self._pass_resumes:
            self._pass_resumes = False
            return executor.account.position
        if self._pass_open:
            self._first_schedule = True
            await executor.reset(abandon=True)
            self._setup_ended = False
        else:
            await self._reset()
        self._pass_open = True
        position = executor.account.position
        self._pass_start = position.iteration
        return position

    def _batches_in_epoch(self) -> int | None:
        """Batches of a pass when readers do not end batches at epochs; None without a reader."""
        metas = [getattr(s.op, "meta", None) for s in self._built("iteration").plan.inputs]
        sizes = [m()["epoch_size_padded"] // m()["number_of_shards"] for m in metas if m is not None]
        return -(-max(sizes) // self.batch_size) if sizes else None

    async def _restart(self, checkpoint: bytes) -> None:
        """Go to the place of a checkpoint, with a new engine in place of the one that runs."""
        if self._closed:
            raise PipelineClosedError("The pipeline is closed.")
        executor = self._executor
        if executor is not None:
            if self._finalizer is not None:
                self._finalizer.detach()
            self._executor = None
            await executor.aclose()
        self._checkpoint = checkpoint
        self._first_schedule = True
        self._setup_ended = self._epoch_mode = self._pass_open = self._pass_resumes = False
        await self._build()

    async def _aclose(self) -> None:
        self._closed = True
        executor = self._executor
        if executor is not None:
            if self._finalizer is not None:
                self._finalizer.detach()
            # A second call waits as well.
            await executor.aclose()
            self._executor = None


def unpack(item: Batch | Failure) -> Outputs:
    """The outputs of an iteration.

    Raises:
        OperatorError: it failed.
    """
    if isinstance(item, Failure):
        # The traceback holds frames that hold the item, so that must not hold the error.
        error = item.take_error()
        try:
            raise error
        finally:
            del error
    return item.outputs
