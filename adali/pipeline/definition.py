"""What defines a pipeline: the constructor's arguments, the graph, and the serialized form of both."""

from __future__ import annotations

import operator
import os
import secrets
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from adali.engine.executor import Executor
from adali.engine.handoff import Waiter
from adali.engine.lowering import lower
from adali.errors import ArgumentError, PipelineStateError
from adali.graph import DataNode, Graph, GraphBuilder, build_graph, scope
from adali.graph.graph import as_outputs
from adali.operators.base import OpEnv
from adali.types import PipelineAPIType

if TYPE_CHECKING:
    from adali.serialization import Loaded

from adali.pipeline.checkpoints import Checkpointing
from adali.pipeline.execution import ExecutionOptions
from adali.pipeline.options import (
    UNSET,
    OperatorConcurrency,
    StreamPolicy,
    checked_depth,
    checked_size,
    usable_cpus,
)
from adali.pipeline.outputs import OutputTypes

__all__ = ["PipelineDefinition"]


class PipelineDefinition(Checkpointing, ExecutionOptions):
    """A pipeline before it runs: its arguments, its graph, and its serialized form."""

    _is_async = True

    def __init__(
        self,
        batch_size: int = UNSET,
        num_threads: int = UNSET,
        device_id: int | None = UNSET,
        seed: int | None = -1,
        exec_pipelined: bool = True,
        prefetch_queue_depth: int | Mapping[str, int] = 2,
        exec_async: bool = True,
        bytes_per_sample: int = 0,
        set_affinity: bool = False,
        max_streams: int | None = -1,
        default_cuda_stream_priority: int | None = 0,
        *,
        on_error: str = "raise",
        enable_checkpointing: bool = False,
        checkpoint: bytes | str | os.PathLike[str] | None = None,
        enable_memory_stats: bool = False,
        py_num_workers: int | None = None,
        py_start_method: str = "fork",
        py_callback_pickler: Any = None,
        output_dtype: Any = None,
        output_ndim: Any = None,
        output_layout: Any = None,
        exec_dynamic: bool | None = None,
        experimental_exec_dynamic: bool | None = None,
        stream_policy: StreamPolicy | None = None,
        concurrency: OperatorConcurrency | None = None,
    ) -> None:
        """Make an empty pipeline.

        Args:
            batch_size: samples in a batch. May be left out only for a serialized pipeline, whose own value is then
                taken; the same holds for ``num_threads``.
            num_threads: worker threads of the cpu stage.
            device_id: CUDA device of the mixed and gpu stages; None, or left out, for a pipeline without them.
            seed: seed of all random operators; negative or None for a random one.
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
            enable_checkpointing: whether :meth:`checkpoint` may be called, and ``checkpoint`` given.
            checkpoint: what :meth:`checkpoint` returned (a str is taken as latin-1), or the path (``pathlib.Path``) of
                its file: the first outputs are those that were next when it was taken. The graph, the batch size and
                the data must be the same, and the seed, if it is given; the number of threads, depths and ``on_error``
                may be others.
            enable_memory_stats: whether ``executor_statistics`` has the sizes of outputs, in bytes.
            py_num_workers: how many workers call a function with ``external_source(parallel=True)``; 0 to call it
                without working ahead, None for ``num_threads``.
            py_start_method: "spawn" for workers that are processes; with "fork" and "forkserver"
                they are threads, since a process with threads must not be forked.
            py_callback_pickler: with "spawn": what sends sources to processes, a module with ``dumps`` and ``loads`` or
                a tuple of one and the keyword arguments of both; by default pickle.
            output_dtype: element type that every output must have in each iteration, or a list with one (or None) for
                each output.
            output_ndim: number of axes of a sample, likewise.
            output_layout: layout of a sample, likewise; "" stands for any.
            exec_dynamic: goes into the serialized form; there is one executor here. True excludes two queue depths.
            experimental_exec_dynamic: old name of ``exec_dynamic``.
            stream_policy: goes into the serialized form; not used by the engine.
            concurrency: goes into the serialized form; not used by the engine, which schedules samples.

        Raises:
            ValueError: a negative or zero size, a bad depth, policy or combination.
            TypeError: a declared output of the wrong kind.
        """
        self._batch_size = checked_size("batch_size", batch_size)
        self._num_threads = checked_size("num_threads", num_threads)
        if device_id is not None and device_id < 0 and device_id != -1:
            raise ArgumentError(f"device_id must not be negative, got {device_id}; use None for CPU only")
        self._device_id = device_id
        self._seed = -1 if seed is None else max(operator.index(seed), -1)
        self._exec_pipelined = bool(exec_pipelined)
        self._exec_async = bool(exec_async)
        self._depth = checked_depth(prefetch_queue_depth, self._exec_pipelined, self._exec_async)
        self._prefetch_queue_depth = prefetch_queue_depth
        self._bytes_per_sample = bytes_per_sample
        self._set_affinity = bool(set_affinity)
        self._set_execution(
            max_streams=max_streams,
            default_cuda_stream_priority=default_cuda_stream_priority,
            enable_memory_stats=enable_memory_stats,
            py_num_workers=py_num_workers,
            py_start_method=py_start_method,
            py_callback_pickler=py_callback_pickler,
            output_dtype=output_dtype,
            output_ndim=output_ndim,
            output_layout=output_layout,
            exec_dynamic=exec_dynamic,
            experimental_exec_dynamic=experimental_exec_dynamic,
            stream_policy=stream_policy,
            concurrency=concurrency,
        )
        if on_error not in ("raise", "skip", "replace"):
            raise ArgumentError(f"on_error must be 'raise', 'skip' or 'replace', got {on_error!r}")
        self._on_error = on_error
        #: Steps by which the workers' priority is below the process's; a service that shares CPUs with them sets it.
        self._worker_nice = 0
        self._set_checkpointing(enable_checkpointing, checkpoint)
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
        self._has_iter_setup = type(self).iter_setup is not PipelineDefinition.iter_setup

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
        if self._device_id is None or self._device_id is UNSET:
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
        self._graph = None

    def add_sink(self, edge: DataNode) -> None:
        """Run the operator that makes this node although no output depends on it."""
        self._check_not_built("add_sink")
        self._builder.sinks.append(edge)
        self._graph = None

    def __enter__(self) -> Self:
        """Open the graph scope: operators called inside belong to this pipeline."""
        self._check_not_built("the graph scope")
        self._graph = None  # it may grow
        scope.push(self._builder)
        return self

    def __exit__(self, *exc: object) -> None:
        scope.pop()

    @staticmethod
    def current() -> Any:
        """The pipeline whose graph scope is open, or None."""
        builder = scope.current()
        return None if builder is None else builder.pipeline()

    @staticmethod
    def push_current(pipeline: PipelineDefinition) -> None:
        """Open the graph scope of a pipeline without a ``with`` block."""
        scope.push(pipeline._builder)

    @staticmethod
    def pop_current() -> None:
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
        if self._device_id is not None and self._device_id < 0 and self._device_id is not UNSET:
            raise ArgumentError("device_id=-1 is only valid for a serialized pipeline; use None for CPU only")
        self._read_checkpoint()
        if self._seed == -1:
            self._seed = secrets.randbits(31)
        graph = self._defined()
        self._output_types.check_count(len(graph.outputs))
        env = OpEnv(
            batch_size=self.batch_size,
            num_threads=self.num_threads,
            device_id=self.device_id,
            seed=self._seed,
            on_error=self._on_error,
            py_num_workers=self.py_num_workers,
            py_start_method=self._py_start_method,
            py_callback_pickler=self._py_callback_pickler,
            checkpointing=self._enable_checkpointing,
        )
        plan = lower(graph, env)
        plan.memory_stats = self._enable_memory_stats
        try:
            return Executor(
                plan,
                batch_size=self.batch_size,
                num_threads=self.num_threads,
                device_id=0 if self._device_id is UNSET else self._device_id,
                depths=self._depth,
                on_error=self._on_error,
                cpus=usable_cpus() if self._set_affinity else None,
                nice=self._worker_nice,
                stream_priority=self._stream_priority,
                position=self._start_position(graph, plan),
            )
        except BaseException:
            plan.close()
            raise

    # ---- serialization -------------------------------------------------------------------------------------

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
        pipe._depth = checked_depth(pipe._prefetch_queue_depth, pipe._exec_pipelined, pipe._exec_async)
        executor = {"exec_dynamic", "experimental_exec_dynamic", "exec_pipelined", "exec_async", "prefetch_queue_depth"}
        if "enable_checkpointing" in overrides:
            pipe._enable_checkpointing = bool(overrides["enable_checkpointing"])
        if not executor & set(overrides):
            pipe._exec_dynamic = loaded.exec_dynamic
        pipe._check_dynamic()
        if pipe._stream_policy is None:
            pipe._stream_policy = loaded.stream_policy
        if pipe._concurrency is None:
            pipe._concurrency = loaded.concurrency
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
        builder = GraphBuilder(weakref.ref(self))
        loaded = load_pipeline(data, builder)
        self._builder, self._graph = builder, None
        if self._batch_size == -1:
            self._batch_size = checked_size("batch_size", loaded.batch_size)
        if self._num_threads == -1:
            self._num_threads = checked_size("num_threads", loaded.num_threads)
        if self._device_id == -1:
            self._device_id = loaded.device_id
        if self._seed == -1:
            self._seed = loaded.seed
        self._enable_checkpointing = self._enable_checkpointing or loaded.enable_checkpointing
        self._outputs = loaded.outputs
        if not self._output_types.given:
            self._output_types = OutputTypes(loaded.output_dtypes, loaded.output_ndims, loaded.output_layouts)
        return loaded
