"""The async Pipeline, and the part it shares with the blocking one in :mod:`adali.sync`."""

from __future__ import annotations

import asyncio
import functools
import inspect
import secrets
import threading
import weakref
from collections.abc import Callable, Coroutine, Generator, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from typing_extensions import ParamSpec, Self

from adali.engine.executor import Depths, Executor
from adali.engine.handoff import Waiter
from adali.engine.lowering import lower
from adali.engine.stats import PipelineStats
from adali.engine.workspace import Batch, Failure
from adali.errors import ArgumentError, PipelineClosedError, PipelineStateError
from adali.graph import DataNode, Graph, GraphBuilder, build_graph, scope
from adali.graph.definition import pipeline_factory
from adali.graph.graph import as_outputs
from adali.operators.base import OpEnv
from adali.types import PipelineAPIType

if TYPE_CHECKING:
    from adali.serialization import Loaded

__all__ = ["Pass", "Pipeline", "PipelineBase", "pipeline_def"]

P = ParamSpec("P")
R = TypeVar("R")


class _Default(int):
    """The -1 of an argument left out, which can be told from a -1 that was given."""

    def __repr__(self) -> str:
        return "-1"


_UNSET: int = _Default(-1)
Outputs = tuple[Any, ...]


class _Call(Coroutine[Any, Any, R], Generic[R]):
    """What a call of an async method returns: awaitable, and outspoken when it is used without ``await``."""

    def __init__(self, coroutine: Coroutine[Any, Any, R], name: str) -> None:
        self._coroutine = coroutine
        self._name = name

    def __await__(self) -> Generator[Any, Any, R]:
        return self._coroutine.__await__()

    def send(self, value: Any) -> Any:
        return self._coroutine.send(value)

    def throw(self, *args: Any) -> Any:
        return self._coroutine.throw(*args)

    def close(self) -> None:
        self._coroutine.close()

    def _not_awaited(self) -> NoReturn:
        self._coroutine.close()
        name = self._name
        raise TypeError(
            f"Pipeline.{name}() is a coroutine and was not awaited. Write `result = await pipe.{name}(...)`, or use "
            f"adali.sync.Pipeline, whose {name}() blocks."
        )

    def __iter__(self) -> NoReturn:
        self._not_awaited()

    def __len__(self) -> int:
        self._not_awaited()

    def __getitem__(self, index: Any) -> Any:
        self._not_awaited()

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_") or attribute.startswith("cr_"):
            raise AttributeError(attribute)
        self._not_awaited()


def awaitable(
    method: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make the calls of an async method explain themselves when ``await`` is forgotten."""

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        return _Call(method(*args, **kwargs), method.__name__)

    if hasattr(inspect, "markcoroutinefunction"):
        inspect.markcoroutinefunction(call)
    else:
        call._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
    return call


class PipelineBase:
    """What the async and the blocking pipeline have in common: everything that neither awaits nor blocks."""

    _is_async = True

    def __init__(
        self,
        batch_size: int = _UNSET,
        num_threads: int = _UNSET,
        device_id: int | None = _UNSET,
        seed: int = -1,
        exec_pipelined: bool = True,
        prefetch_queue_depth: int | Mapping[str, int] = 2,
        exec_async: bool = True,
        bytes_per_sample: int = 0,
        set_affinity: bool = False,
        max_streams: int = -1,
        default_cuda_stream_priority: int = 0,
        *,
        on_error: str = "raise",
    ) -> None:
        """Make an empty pipeline.

        Args:
            batch_size: samples in a batch. May be left out only for a serialized pipeline, whose own value is then
                taken; the same holds for ``num_threads``.
            num_threads: worker threads of the cpu stage.
            device_id: CUDA device of the mixed and gpu stages; None, or left out, for a pipeline without them.
            seed: seed of all random operators; -1 for a random one.
            exec_pipelined: whether to run ahead of the consumer.
            prefetch_queue_depth: how many iterations may be started and not yet released; as
                ``{"cpu_size": x, "gpu_size": y}`` it bounds the cpu stage's and the gpu stage's queues apart.
            exec_async: whether ``schedule_run`` returns before the work it started is done.
            bytes_per_sample: expected size of a sample in bytes; a hint.
            set_affinity: whether to tie each worker thread to a CPU.
            max_streams: accepted and unused, as documented.
            default_cuda_stream_priority: priority of the CUDA streams.
            on_error: what happens to a sample that cannot be read, decoded or processed: "raise" hands an
                :class:`~adali.errors.OperatorError` to the consumer; "skip" leaves it out and refills its place with
                the reader's next sample; "replace" puts the nearest good sample of the batch in its place.

        Raises:
            ValueError: a negative or zero size, a bad depth, policy or combination.
        """
        self._batch_size = _size("batch_size", batch_size)
        self._num_threads = _size("num_threads", num_threads)
        if device_id is not None and device_id < 0 and device_id != -1:
            raise ArgumentError(f"device_id must not be negative, got {device_id}; use None for CPU only")
        self._device_id = device_id
        self._seed = -1 if seed is None else int(seed)
        self._exec_pipelined = bool(exec_pipelined)
        self._exec_async = bool(exec_async)
        self._depth = _depth(prefetch_queue_depth, self._exec_pipelined, self._exec_async)
        self._prefetch_queue_depth = prefetch_queue_depth
        self._bytes_per_sample = bytes_per_sample
        self._set_affinity = bool(set_affinity)
        self._max_streams = max_streams
        self._stream_priority = default_cuda_stream_priority
        if on_error not in ("raise", "skip", "replace"):
            raise ArgumentError(f"on_error must be 'raise', 'skip' or 'replace', got {on_error!r}")
        self._on_error = on_error
        self._builder = GraphBuilder(weakref.ref(self))
        self._outputs: tuple[DataNode, ...] | None = None
        self._graph: Graph | None = None
        self._executor: Executor | None = None
        self._finalizer: Any = None
        self._closed = False
        self._build_lock = threading.Lock()
        self._building: Waiter | None = None
        self._api_check = True
        self._api_type: PipelineAPIType | None = None
        self._first_schedule = True
        self._setup_ended = False
        self._epoch_mode = False
        self._pass_open = False
        self._has_iter_setup = type(self).iter_setup is not PipelineBase.iter_setup

    # ---- documented properties -----------------------------------------------------------------------------

    @property
    def batch_size(self) -> int:
        """Batch size."""
        return int(self._batch_size)

    @property
    def max_batch_size(self) -> int:
        """Batch size; variable batches are at most as large."""
        return int(self._batch_size)

    @property
    def num_threads(self) -> int:
        """Number of CPU threads used by the pipeline."""
        return int(self._num_threads)

    @property
    def device_id(self) -> int | None:
        """Id of the GPU used by the pipeline; None for a pipeline on the CPU only."""
        if self._device_id is None or self._device_id is _UNSET:
            return None
        return int(self._device_id)

    @property
    def seed(self) -> int:
        """The seed of the random operators; the one drawn at random if none was given and the pipeline is built."""
        return self._seed

    @property
    def exec_pipelined(self) -> bool:
        """Whether the pipeline runs ahead of the consumer."""
        return self._exec_pipelined

    @property
    def exec_async(self) -> bool:
        """Whether scheduling returns before the work is done."""
        return self._exec_async

    @property
    def exec_separated(self) -> bool:
        """Whether the cpu and gpu stages have queue depths of their own."""
        return not isinstance(self._prefetch_queue_depth, int)

    @property
    def prefetch_queue_depth(self) -> int | Mapping[str, int]:
        """Depth as given to the constructor."""
        return self._prefetch_queue_depth

    @property
    def cpu_queue_size(self) -> int:
        """Iterations the cpu stage may hold ready for the gpu stage."""
        return self._depth.queue

    @property
    def gpu_queue_size(self) -> int:
        """Iterations the last stage may hold ready for the consumer."""
        return self._depth.gpu

    @property
    def set_affinity(self) -> bool:
        """Whether worker threads are tied to CPUs."""
        return self._set_affinity

    @property
    def max_streams(self) -> int:
        """The value given; unused."""
        return self._max_streams

    @property
    def default_cuda_stream_priority(self) -> int:
        """Priority of the CUDA streams."""
        return self._stream_priority

    @property
    def on_error(self) -> str:
        """What happens to a sample that fails: "raise", "skip" or "replace"."""
        return self._on_error

    @property
    def num_outputs(self) -> int:
        """Number of outputs of the graph."""
        return len(self._defined().outputs)

    # ---- defining the graph --------------------------------------------------------------------------------

    def define_graph(self) -> Any:
        """Define the graph; overridden by the user.

        Returns:
            The outputs: a node, or a list or tuple of nodes.

        Raises:
            NotImplementedError: neither this method was overridden nor ``set_outputs`` called.
        """
        raise NotImplementedError(
            "The pipeline has no graph: override define_graph, or call set_outputs() inside `with pipe:`."
        )

    def iter_setup(self) -> Any:
        """Called once before each iteration is scheduled, to feed inputs; overridden by the user.

        It may be a coroutine function, and ends the epoch by raising StopIteration (or StopAsyncIteration).
        """

    def set_outputs(self, *outputs: Any) -> None:
        """Set the outputs of the graph, instead of overriding ``define_graph``.

        Raises:
            PipelineStateError: the pipeline is built.
        """
        self._check_not_built("set_outputs")
        with scope.scope(self._builder):
            self._outputs = as_outputs(list(outputs))

    def add_sink(self, node: DataNode) -> None:
        """Run an operator although no output depends on it."""
        self._check_not_built("add_sink")
        self._builder.sinks.append(node)

    def __enter__(self) -> Self:
        """Open the graph scope: operators called inside belong to this pipeline."""
        self._check_not_built("the graph scope")
        scope.push(self._builder)
        return self

    def __exit__(self, *exc: object) -> None:
        scope.pop()

    @staticmethod
    def current() -> Any:
        """The pipeline whose graph scope is open, or None."""
        builder = scope.current()
        return None if builder is None else builder.pipeline()

    def push_current(self) -> None:
        """Open the graph scope without a ``with`` block."""
        scope.push(self._builder)

    def pop_current(self) -> None:
        """Close the graph scope opened last."""
        scope.pop()

    def _check_not_built(self, what: str) -> None:
        if self._executor is not None or self._closed:
            raise PipelineStateError(f"The pipeline is built already; {what} comes before build().")

    def _defined(self) -> Graph:
        """The graph, defined on first use."""
        if self._graph is None:
            if self._outputs is None:
                with scope.scope(self._builder):
                    self._outputs = as_outputs(self.define_graph())
            self._graph = build_graph(self._outputs, self._builder, self._builder.sinks)
        return self._graph

    def _make_executor(self) -> Executor:
        for name, value in (("batch_size", self._batch_size), ("num_threads", self._num_threads)):
            if value < 1:
                raise ArgumentError(f"{name} must be given and positive, got {value!r}")
        if self._device_id is not None and self._device_id < 0 and self._device_id is not _UNSET:
            raise ArgumentError("device_id=-1 is only valid for a serialized pipeline; use None for CPU only")
        if self._seed == -1:
            self._seed = secrets.randbits(31)
        graph = self._defined()
        env = OpEnv(
            batch_size=self.batch_size,
            num_threads=self.num_threads,
            device_id=self.device_id,
            seed=self._seed,
            prefetch_depth=self._depth.cpu,
            on_error=self._on_error,
        )
        plan = lower(graph, env)
        try:
            return Executor(
                plan,
                batch_size=self.batch_size,
                num_threads=self.num_threads,
                device_id=0 if self._device_id is _UNSET else self._device_id,
                depths=self._depth,
                on_error=self._on_error,
                cpus=_cpus() if self._set_affinity else None,
            )
        except BaseException:
            plan.close()
            raise

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
            raise KeyError(f"no reader named {name!r}; readers of this pipeline: {', '.join(sizes) or 'none'}")
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
            raise KeyError(f"no reader named {name!r}; readers of this pipeline: {', '.join(metas) or 'none'}")
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

    def feed_input(self, ref: DataNode | str, data: Any, layout: str = "", cuda_stream: Any = None) -> None:
        """Give an ``external_source`` without a source of its own the data of one iteration.

        Args:
            ref: the node that the operator returned, or its name.
            data: the batch: an array whose outermost dimension is the batch, a list of arrays or tensors (one a
                sample, any shapes), a TensorList, or anything with an array interface or DLPack.
            layout: layout of a sample, for instance "HWC".
            cuda_stream: stream on which device data was produced.

        Raises:
            PipelineStateError: the pipeline is not built.
            KeyError: the graph has no such input.
            ValueError, TypeError: the data does not fit.
        """
        executor = self._built("feed_input")
        name = ref.source.name if isinstance(ref, DataNode) else ref
        for step in executor.plan.inputs:
            if step.op.spec.name == name:
                feed = getattr(step.op, "feed", None)
                if feed is None:
                    raise ArgumentError(f"{name} is a {step.op.schema.name}, which cannot be fed")
                feed(data, layout)
                executor.notify()
                return
        fed = [s.op.spec.name for s in executor.plan.inputs if hasattr(s.op, "feed")]
        raise KeyError(f"the pipeline has no external source {name!r}; it has: {', '.join(fed) or 'none'}")

    def input_feed_count(self, name: str) -> int:
        """How many batches must be fed to an external source before the first ``run``."""
        return self._first_count()

    def save_graph_to_dot_file(
        self, filename: str, show_tensors: bool = False, show_ids: bool = False, use_colors: bool = False
    ) -> None:
        """Write the graph as a Graphviz DOT file.

        Args:
            filename: the file to write.
            show_tensors: also draw the batches between operators.
            show_ids: add each operator's number in the graph.
            use_colors: colour operators by stage.
        """
        from adali.graph.dot import to_dot

        text = to_dot(self._defined(), show_tensors=show_tensors, show_ids=show_ids, use_colors=use_colors)
        with open(filename, "w", encoding="utf-8") as file:
            file.write(text)

    def serialize(self, define_graph: Callable[..., Any] | None = None, filename: str | None = None) -> bytes:
        """Serialize the pipeline to a Protobuf message that DALI reads as well.

        Args:
            define_graph: a function that returns the outputs, in place of the method of that name.
            filename: also write the message to this file.

        Raises:
            GraphError: the graph holds a Python function or another thing that has no serialized form.
        """
        from adali.serialization import serialize_pipeline

        if define_graph is not None:
            with scope.scope(self._builder):
                self._outputs = as_outputs(define_graph())
            self._graph = None
        data = serialize_pipeline(self, self._defined())
        if filename is not None:
            with open(filename, "wb") as file:
                file.write(data)
        return data

    @classmethod
    def deserialize(
        cls, serialized_pipeline: bytes | str | None = None, filename: str | None = None, **overrides: Any
    ) -> Self:
        """Make a pipeline from its serialized form, without building it.

        Args:
            serialized_pipeline: the message (a str is taken as latin-1), or None to read ``filename``.
            filename: a file that holds it.
            overrides: constructor arguments that win over the serialized ones.
        """
        if (serialized_pipeline is None) == (filename is None):
            raise ArgumentError("deserialize takes either serialized_pipeline or filename")
        if filename is not None:
            with open(filename, "rb") as file:
                serialized_pipeline = file.read()
        pipe = cls(**overrides)
        assert serialized_pipeline is not None
        loaded = pipe._load(serialized_pipeline)
        # These have no value that says "not given", so only the caller's own words can win over the message.
        if "exec_pipelined" not in overrides:
            pipe._exec_pipelined = loaded.exec_pipelined
        if "exec_async" not in overrides:
            pipe._exec_async = loaded.exec_async
        if "prefetch_queue_depth" not in overrides:
            pipe._prefetch_queue_depth = loaded.prefetch_queue_depth
        if "set_affinity" not in overrides:
            pipe._set_affinity = loaded.set_affinity
        if "bytes_per_sample" not in overrides:
            pipe._bytes_per_sample = loaded.bytes_per_sample
        pipe._depth = _depth(pipe._prefetch_queue_depth, pipe._exec_pipelined, pipe._exec_async)
        return pipe

    def _load(self, serialized: bytes | str) -> Loaded:
        """Replace the graph by a serialized one; values of the constructor that were left out come from it as well."""
        from adali.serialization import load_pipeline

        self._check_not_built("deserialization")
        if isinstance(serialized, str):
            try:
                data = serialized.encode("latin-1")
            except UnicodeEncodeError:
                raise ArgumentError("a serialized pipeline given as a str must hold one byte a character") from None
        else:
            data = bytes(memoryview(serialized))
        builder = GraphBuilder()
        loaded = load_pipeline(data, builder)
        self._builder, self._graph = builder, None
        if self._batch_size == -1:
            self._batch_size = _size("batch_size", loaded.batch_size)
        if self._num_threads == -1:
            self._num_threads = _size("num_threads", loaded.num_threads)
        if self._device_id == -1:
            self._device_id = loaded.device_id
        if self._seed == -1:
            self._seed = loaded.seed
        self._outputs = loaded.outputs
        return loaded

    def stats(self) -> PipelineStats:
        """Counters of stages, queues, operators and faults since the pipeline was built."""
        return self._built("stats").stats()

    def executor_statistics(self) -> dict[str, dict[str, Any]]:
        """Per operator: seconds busy and samples computed."""
        return {
            o.name: {"operator": o.operator, "busy_s": o.busy_s, "samples": o.samples} for o in self.stats().operators
        }

    # ---- shared by both kinds ------------------------------------------------------------------------------

    def _built(self, what: str) -> Executor:
        if self._closed:
            raise PipelineClosedError("The pipeline is closed.")
        if self._executor is None:
            raise PipelineStateError(f"The pipeline is not built; call build() before {what}().")
        return self._executor

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
        self._executor = executor

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

    async def _outputs_of_next(self, *, share: bool = False) -> Outputs:
        """The next outputs; leaves out iterations of which every sample was skipped."""
        while (item := await self._take(share=share)).epoch_end and isinstance(item, Batch) and item.outputs[0] is None:
            await self._schedule()
            self._built("outputs").account.release()
        return _unpack(item)

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
        await self._schedule()
        self._built("run").account.release(all_held=True)
        return await self._take()

    async def _begin_pass(self) -> None:
        if self._executor is None:
            await self._build()
        executor = self._built("iteration")
        if self._first_schedule and not self._epoch_mode and executor.account.scheduled == 0:
            self._epoch_mode = True
            executor.set_epoch_batches()
        if self._pass_open:
            self._first_schedule = True
            await executor.reset(abandon=True)
            self._setup_ended = False
        else:
            await self._reset()
        self._pass_open = True

    def _batches_in_epoch(self) -> int | None:
        """Batches of a pass when readers do not end batches at epochs; None without a reader."""
        metas = [getattr(s.op, "meta", None) for s in self._built("iteration").plan.inputs]
        sizes = [m()["epoch_size_padded"] // m()["number_of_shards"] for m in metas if m is not None]
        return -(-max(sizes) // self.batch_size) if sizes else None

    async def _aclose(self) -> None:
        self._closed = True
        executor = self._executor
        if executor is not None:
            if self._finalizer is not None:
                self._finalizer.detach()
            # A second call waits as well.
            await executor.aclose()
            self._executor = None


def _unpack(item: Batch | Failure) -> Outputs:
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


class Pass:
    """One pass over the data: to the end of the readers' epoch, of a source, or of ``iter_setup``.

    A pass that was left before its end does not go on: the next one begins with a new epoch.
    """

    def __init__(self, pipe: PipelineBase) -> None:
        self._pipe = pipe
        self._count = -1
        self._limit: int | None = None
        self._over = False

    def __aiter__(self) -> Pass:
        return self

    async def __anext__(self) -> Outputs:
        """The next batch.

        Raises:
            StopAsyncIteration: the epoch is over.
            OperatorError: an operator failed in this iteration.
        """
        pipe = self._pipe
        if self._count < 0:
            await pipe._begin_pass()
            self._limit = None if pipe._epoch_mode else pipe._batches_in_epoch()
            self._count = 0
        while not self._over and (self._limit is None or self._count < self._limit):
            try:
                item = await pipe._next_batch()
            except StopAsyncIteration:
                break
            self._count += 1
            self._over = item.epoch_end and pipe._epoch_mode
            # The outputs are None where every sample of the epoch's last batch was skipped.
            if isinstance(item, Failure) or item.outputs[0] is not None:
                return _unpack(item)
        self._over = True
        pipe._pass_open = False
        raise StopAsyncIteration


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
        return Pass(self)

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
    async def run(self, /, **inputs: Any) -> Outputs:
        """Run one iteration and return its outputs; the previous ones are released.

        With ``exec_pipelined`` further iterations are started ahead, ``prefetch_queue_depth`` in all. Must not be
        mixed with ``schedule_run``, ``share_outputs`` and ``release_outputs``.

        Args:
            inputs: data for external sources, by name, as for ``feed_input``.

        Returns:
            One TensorList for each output of the graph.

        Raises:
            StopAsyncIteration: the data ended (StopIteration in the blocking pipeline).
            OperatorError: an operator failed in this iteration.
            PipelineStateError: the scheduled API is in use.
        """
        self._check_api(PipelineAPIType.BASIC)
        if inputs:
            await self._build()
            for name, data in inputs.items():
                self.feed_input(name, data)
        await self._schedule()
        self._built("run").account.release(all_held=True)
        return await self._outputs_of_next()

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
    async def outputs(self) -> Outputs:
        """Release the previous outputs and return those of the oldest scheduled iteration.

        If nothing is scheduled, iterations are scheduled first.

        Raises:
            StopAsyncIteration: the data ended (StopIteration in the blocking pipeline).
            OperatorError: an operator failed in this iteration.
            PipelineStateError: ``run`` is in use.
        """
        self._check_api(PipelineAPIType.SCHEDULED)
        if self._executor is None:
            await self._build()
        self._built("outputs").account.release(all_held=True)
        return await self._outputs_of_next()

    @awaitable
    async def share_outputs(self) -> Outputs:
        """Return the outputs of the oldest scheduled iteration and keep earlier ones until ``release_outputs``.

        Raises:
            StopAsyncIteration: the data ended (StopIteration in the blocking pipeline).
            OperatorError: an operator failed in this iteration.
            PipelineStateError: ``run`` is in use, or every buffer is held already.
        """
        self._check_api(PipelineAPIType.SCHEDULED)
        return await self._outputs_of_next(share=True)

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


def _size(name: str, value: int | None) -> int:
    if value is None:
        return _UNSET
    if value is not _UNSET and (isinstance(value, bool) or value < -1 or value == 0):
        raise ArgumentError(f"{name} must be positive, got {value!r}")
    return value


def _depth(depth: int | Mapping[str, int], pipelined: bool, asynchronous: bool) -> Depths:
    if isinstance(depth, Mapping):
        if not pipelined and not asynchronous:
            raise ArgumentError(
                "prefetch_queue_depth as a dict is not supported when exec_async and exec_pipelined are both False"
            )
        if set(depth) != {"cpu_size", "gpu_size"}:
            raise ArgumentError(f"prefetch_queue_depth needs the keys 'cpu_size' and 'gpu_size', got {dict(depth)!r}")
        cpu, gpu = depth["cpu_size"], depth["gpu_size"]
        if min(cpu, gpu) < 1:
            raise ArgumentError(f"prefetch_queue_depth must be positive, got {dict(depth)!r}")
        return Depths(cpu=cpu + gpu, gpu=gpu, queue=cpu)
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
        raise ArgumentError(f"prefetch_queue_depth must be a positive int or a dict, got {depth!r}")
    return Depths(cpu=depth, gpu=depth, queue=depth)


def _cpus() -> list[int] | None:
    import os

    if not hasattr(os, "sched_getaffinity"):
        return None
    return sorted(os.sched_getaffinity(0))


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
