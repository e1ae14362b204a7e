"""external_source: batches from the user's own code, pulled from a source or pushed with ``feed_input``."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import deque
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from adali.errors import ArgumentError
from adali.operators.base import Arg, ArgKind, Array, EndOfData, InputChunk, InputOperator, State, operator
from adali.operators.gpu import GpuContext
from adali.operators.reader.dataset import Converter, DatasetOrder, is_iterable_dataset, is_map_dataset
from adali.operators.reader.device_data import DeviceIntake, on_device
from adali.operators.reader.processes import Processes, packed
from adali.operators.reader.source_setup import CYCLES, Failed, SourceSetup, is_iterable
from adali.operators.reader.sources import SourceWork, Supply, run_now
from adali.operators.user_data import UserBatch, batch_of, check_alike
from adali.types import DALI_TYPE_OF_DTYPE, BatchInfo, DALIDataType, SampleInfo

__all__ = ["BatchInfo", "ExternalSource", "SampleInfo"]


# What belongs to a source and has no place in a graph.
_SOURCE_ARGS = (
    Arg(
        "source",
        ArgKind.OBJECT,
        None,
        "A function, an iterable or a generator function; or an `async def` function, an asynchronous iterable or "
        "an asynchronous generator function. May be given by position.",
    ),
    Arg(
        "num_outputs",
        ArgKind.INT,
        None,
        "How many outputs the source has. If given, even as 1, the source gives a tuple or list with one item for "
        "each, and the call returns a list of nodes. May be given by position.",
    ),
    Arg(
        "cycle",
        ArgKind.OBJECT,
        None,
        '"no" or False: an iterable is walked through once. "quiet" or True: it starts over without notice. '
        '"raise": it ends the epoch and starts over after reset().',
    ),
    Arg(
        "batch",
        ArgKind.BOOL,
        None,
        "Whether the source gives whole batches or single samples. By default batches, but single samples from a "
        "function with parallel=True.",
    ),
    Arg(
        "batch_info",
        ArgKind.BOOL,
        False,
        "Give a function of batches a BatchInfo in place of the number of the iteration.",
    ),
    Arg(
        "parallel",
        ArgKind.BOOL,
        False,
        "Work ahead: the pipeline's py_num_workers (by default num_threads) call a function, which must take an "
        "argument and depend on nothing else, or a dataset; one walks through an iterable. True for a dataset by "
        "default.",
    ),
    Arg(
        "workers",
        ArgKind.STR,
        None,
        'What works ahead: "threads" of this process or, for code that holds the GIL, spawned "processes", to which '
        'the source is sent by pickle. By default threads, but processes if the pipeline has py_start_method="spawn".',
    ),
    Arg(
        "sampler",
        ArgKind.OBJECT,
        None,
        "The source is a dataset, and these are the numbers of its samples: one of adali.samplers, or an iterable of "
        "numbers such as PyTorch's samplers, walked through once an epoch.",
    ),
    Arg(
        "shuffle",
        ArgKind.BOOL,
        False,
        "The source is a dataset, and each epoch has all its samples in another random order, by the pipeline's seed.",
    ),
    Arg("prefetch_queue_depth", ArgKind.INT, 1, "With parallel=True: how many batches to work ahead."),
    Arg(
        "cuda_stream",
        ArgKind.OBJECT,
        None,
        "With device='gpu': the stream on which device data is ready, and on which it is copied: a stream of any "
        "library or its handle; 0 is the default stream, 1 one of the pipeline's, for which the host waits. By default "
        "the current stream of CuPy or PyTorch for their arrays, and 1 for others. Unused for data in host memory.",
    ),
    Arg("use_copy_kernel", ArgKind.BOOL, False, "How to copy device data: a hint that changes no result."),
)


@operator(
    "ExternalSource",
    args=(
        Arg("layout", ArgKind.LAYOUT, None, "Layout of a sample; a list where there are several outputs."),
        Arg("dtype", ArgKind.DTYPE, None, "Type the data must have; a list where there are several outputs."),
        Arg("ndim", ArgKind.INT, None, "Number of axes a sample must have; a list where there are several outputs."),
        Arg(
            "no_copy",
            ArgKind.BOOL,
            False,
            "Use the given memory itself. It must then stay unchanged until the batch's outputs are released. By "
            "default data is copied, and the user's buffers may be used again at once.",
        ),
        Arg(
            "blocking",
            ArgKind.BOOL,
            False,
            "Without a source: whether a run without data waits for feed_input, or fails.",
        ),
        Arg("repeat_last", ArgKind.BOOL, False, "Without a source: use the last batch again when no new one was fed."),
    ),
    devices=("cpu", "gpu"),
    stateful=True,
)
class ExternalSource(InputOperator):
    """Feeds the pipeline with data from the user's own code.

    Without ``source`` the data is pushed with ``pipeline.feed_input``, one batch for each iteration. With a source it
    is pulled:

    * A **function** is called for each batch, or for each sample with ``batch=False``. It may take one argument that
      says what is wanted: the number of the iteration in its epoch or, with ``batch_info``, a
      :class:`~adali.types.BatchInfo`; for samples a :class:`~adali.types.SampleInfo`. It ends the epoch by raising
      StopIteration. After ``reset()`` it is asked from 0 again, with the next ``epoch_idx``.
    * An **iterable** or **generator function** is walked through; what follows its end is set by ``cycle``. A single
      iterator or generator cannot start over.
    * A **dataset** (PyTorch's, or anything with ``__getitem__`` and ``__len__`` if a sampler is given or ``shuffle``)
      is asked for one sample after another, ahead of time. Its samples may hold arrays, PyTorch tensors, PIL images,
      bytes and numbers, in tuples or dicts. An epoch ends with the sampler; its last batch may be smaller. ``async def
      __getitem__`` is awaited for all samples of a batch at once. PyTorch's iterable datasets are walked through.
    * An **async function**, **async iterable** or **async generator function** works the same, on the engine's event
      loop. An async function of a SampleInfo is called for all samples of a batch at once.

    Plain sources run on one thread of their own, always the same one.

    A batch is an array whose first axis counts the samples, a list of arrays of one type and number of axes, or a
    TensorListCPU. NumPy arrays, TensorCPU and objects with the array interface, the buffer protocol or DLPack will do.
    With device="gpu" the batch may lie in device memory as well: arrays of CuPy and PyTorch, TensorGPU and
    TensorListGPU, objects with DLPack or the CUDA array interface. What lies in host memory is copied to the device.
    It may have fewer samples than the pipeline's batch size, not more. Single samples that do not fill a batch at the
    end are left out.

    If a function of samples raises, only that sample fails; whatever else raises fails the iteration.

    Raises:
        ArgumentError: options that do not go together, or a source that is none of these.
        TypeError: data of the wrong kind or type, or samples that do not go together.
        ValueError: a batch that is too large, or data with the wrong number of axes.
    """

    extra_args = _SOURCE_ARGS
    constructor_args: ClassVar[tuple[str, ...]] = ("source", "num_outputs")

    @classmethod
    def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Check the options and take out what has no place in a graph: the source and what belongs to it."""
        given = {k: v for k, v in kwargs.items() if v is not None}
        options: dict[str, Any] = {}
        for arg in cls.extra_args:
            if arg.name in given:
                try:
                    options[arg.name] = arg.check(given.pop(arg.name))
                except TypeError as e:
                    raise ArgumentError(f"external_source: argument '{arg.name}': {e}") from None
        cycle = options.get("cycle")
        if not (cycle is None or isinstance(cycle, (bool, str))) or cycle not in CYCLES:
            raise ArgumentError(
                f"external_source: cycle must be 'no' or False, 'quiet' or True, or 'raise'; got {cycle!r}"
            )
        outputs, depth = options.get("num_outputs"), options.get("prefetch_queue_depth", 1)
        if depth < 1:
            raise ArgumentError(f"external_source: prefetch_queue_depth must be positive, got {depth}")
        if "source" not in options:
            for name in ("cycle", "num_outputs", "parallel", "sampler", "shuffle", "workers"):
                if options.get(name):
                    raise ArgumentError(
                        f"external_source: {name} needs a source; to feed several inputs, make one external_source each"
                    )
            return given, None
        if given.get("repeat_last"):
            raise ArgumentError("external_source: repeat_last is for data given with feed_input, not for a source")
        if outputs is not None and outputs < 1:
            raise ArgumentError(f"external_source: num_outputs must be positive, got {outputs}")
        if outputs is not None and outputs > 1 and "name" in given:
            raise ArgumentError("external_source: several outputs of a source cannot have one name")
        source = options["source"]
        dataset = is_map_dataset(source) or options.get("sampler") is not None or options.get("shuffle", False)
        walked = is_iterable_dataset(source)
        parallel = options.get("parallel", dataset and not _is_async_dataset(source))
        if options.get("workers") not in (None, "threads", "processes"):
            raise ArgumentError(
                f"external_source: workers must be 'threads' or 'processes', got {options['workers']!r}"
            )
        default = not dataset and not walked and (not parallel or is_iterable(source))
        setup = SourceSetup(
            source=source,
            cycle=CYCLES["raise" if walked and cycle is None else cycle],
            batch=options.get("batch", default),
            batch_info=options.get("batch_info", False),
            outputs=outputs,
            parallel=parallel,
            depth=depth,
            layouts=_for_each("layout", given, outputs),
            dtypes=_for_each("dtype", given, outputs),
            ndims=_for_each("ndim", given, outputs),
            dataset=dataset,
            sampler=options.get("sampler"),
            shuffle=options.get("shuffle", False),
            workers=options.get("workers"),
            stream=options.get("cuda_stream"),
        )
        setup.check(cycle is not None)
        return given, setup

    def setup(self) -> None:
        args, setup = self.args, self.spec.state
        count = len(self.spec.outputs)
        self._setup: SourceSetup | None = setup
        self._layouts = [str(x or "") for x in (setup.layouts if setup else (args["layout"],))]
        self._dtypes = list(setup.dtypes if setup else (args["dtype"],))
        self._ndims = list(setup.ndims if setup else (args["ndim"],))
        for i in range(count):
            if self._dtypes[i] is DALIDataType.NO_TYPE:
                self._dtypes[i] = None
            ndim, layout = self._ndims[i], self._layouts[i]
            if ndim is not None and ndim < 0:
                raise self.error(f"ndim must not be negative, got {ndim}")
            if ndim is not None and layout and len(layout) != ndim:
                raise self.error(f"layout {layout!r} does not describe data with ndim={ndim}")
        self._copies = not args["no_copy"]
        self._seen: list[tuple[DALIDataType, int] | None] = [None] * count
        self._iteration = 0
        self._epoch = 0
        self._intake: DeviceIntake | None = None
        if self.spec.device == "gpu":
            self._intake = DeviceIntake(self.env.device_id, self._copies, None if setup is None else setup.stream)
        self._supply: Supply | None = None
        if setup is not None:
            self._supply = self._make_supply(setup)
        self._fed: deque[UserBatch] = deque()
        self._fed_lock = threading.Lock()
        self._last: UserBatch | None = None

    def _make_supply(self, setup: SourceSetup) -> Supply:
        env = self.env
        workers = env.num_threads if env.py_num_workers is None else env.py_num_workers
        if workers == 0:
            setup = replace(setup, parallel=False)
        converter = Converter(setup.outputs, tuple(self._layouts), self._copies, setup.dataset, self._intake)
        order = DatasetOrder(setup.source, setup.sampler, setup.shuffle, env.seed) if setup.dataset else None
        processes = None
        wanted = setup.workers or ("processes" if env.py_start_method == "spawn" else "threads")
        if setup.parallel and wanted == "processes":
            mine = replace(converter, copy=False, intake=None)  # what a process sends is copied on its way
            work = SourceWork(setup, mine.batches if setup.batch else mine.row, env.batch_size)
            packed_work = packed(work, env.py_callback_pickler)
            repeatable = not setup.is_iterable

            def processes(count: int) -> Processes:
                return Processes(count, packed_work, repeatable=repeatable)

        convert = converter.batches if setup.batch else converter.row
        stop = env.on_error == "raise"
        return Supply(setup, convert, env.batch_size, workers, stop, order, processes, env.checkpointing)

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return tuple(inputs) or super().layouts(inputs)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """With device="gpu": what was read or fed, on the stage's stream."""
        return tuple(on_device(ctx, batch) for batch in inputs)

    # ---- what the engine asks ------------------------------------------------------------------------------

    @property
    def is_async(self) -> bool:
        """Whether ``read`` is awaited on the engine's loop: for async sources, and for data that is there already."""
        return self._supply is None or self._supply.is_async

    def read(self, count: int, iteration: int) -> InputChunk | Awaitable[InputChunk]:
        reading = self._read(count)
        return reading if self.is_async else run_now(reading)

    async def _read(self, count: int) -> InputChunk:
        sources: list[str | None] | None = None
        if self._supply is None or self._setup is None:
            batches = [self._take_fed()]
            failures: dict[int, Exception] = {}
        elif self._setup.batch:
            batches, failures = await self._supply.batch(self._iteration, self._epoch), {}
            for i, batch in enumerate(batches):
                self._check(i, batch)
        else:
            rows = await self._supply.samples(self._iteration, self._epoch, count)
            taken = self._supply.taken
            batches, failures = self._rows(rows, len(taken) if self._setup.dataset else count)
            if self._setup.dataset:
                sources = [f"sample {index} of the dataset" for index in taken]
        chunk = self._chunk(batches, failures, sources)
        self._iteration += 1
        return chunk

    def reset(self) -> None:
        if self._supply is not None:
            self._supply.reset()
        if self._iteration:
            self._iteration = 0
            self._epoch += 1

    def state(self) -> State:
        source = None if self._supply is None else self._supply.state()
        return {"iteration": self._iteration, "epoch": self._epoch, "source": source}

    def set_state(self, state: State) -> Awaitable[None] | None:
        restoring = self._restore(state)
        return restoring if self.is_async else run_now(restoring)

    async def _restore(self, state: State) -> None:
        if (state["source"] is None) != (self._supply is None):
            was, now = ("was fed", "has a source") if state["source"] is None else ("had a source", "is fed")
            raise ValueError(f"it {was} when the checkpoint was taken, and {now} now")
        if self._supply is not None:
            await self._supply.restore(state["source"], state["epoch"])
        self._iteration, self._epoch = state["iteration"], state["epoch"]

    def closing(self) -> None:
        if self._supply is not None:
            self._supply.give_up()

    async def aclose(self) -> None:
        if self._supply is None:
            return
        if self._supply.is_async:
            await self._supply.aclose()
        elif self._supply.has_processes:
            # Before the engine waits for the thread that may wait for them.
            await asyncio.to_thread(self._supply.close_processes)

    def close(self) -> None:
        if self._supply is not None and not self._supply.is_async:
            self._supply.close()

    # ---- data that is pushed -------------------------------------------------------------------------------

    def feed(self, data: Any, layout: str = "", stream: Any = None) -> None:
        """Add the batch of one more iteration; callable from any thread.

        Args:
            data: the batch, see the class.
            layout: layout of a sample; without it that of the data, or the operator's.
            stream: of data in device memory, see ``cuda_stream``.

        Raises:
            ArgumentError: the operator has a source.
            TypeError, ValueError: the data does not fit.
        """
        if not self.is_fed:
            raise self.error("it has a source, so nothing can be fed to it")
        batch = self._intake.batch(data, stream) if self._intake is not None else None
        if batch is None:
            batch = batch_of(data, copy=self._copies)
        if layout:
            batch.layout = layout
        if self._layouts[0] and batch.layout and batch.layout != self._layouts[0]:
            raise ValueError(f"expected data with layout {self._layouts[0]!r}, got {batch.layout!r}")
        with self._fed_lock:
            self._check(0, batch)
            self._fed.append(batch)

    @property
    def is_fed(self) -> bool:
        """Whether its data is pushed."""
        return self._supply is None

    def feed_checked(self, batch: UserBatch) -> None:
        """Add a batch of a server, which has checked it and keeps it unchanged; callable from any thread.

        Nothing is copied, and its type may be another than that of the batch before: a request of a strange type must
        not decide about those that come after it.
        """
        with self._fed_lock:
            self._fed.append(batch)

    def ready(self) -> bool:
        if self._supply is not None or self._fed:
            return True
        return bool(self.args["repeat_last"]) and self._last is not None

    @property
    def waits_for_data(self) -> bool:
        """Whether a consumer may wait for ``feed_input``."""
        return bool(self.args["blocking"])

    def _take_fed(self) -> UserBatch:
        if self._fed:
            batch = self._fed.popleft()
        elif self.args["repeat_last"] and self._last is not None:
            batch = self._last
        else:
            raise EndOfData  # the engine asks only when there is data
        if self.args["repeat_last"]:
            self._last = batch
        return batch

    # ---- data that is pulled -------------------------------------------------------------------------------

    def _rows(self, rows: list[Any], count: int) -> tuple[list[UserBatch], dict[int, Exception]]:
        """Samples to batches; a place that failed holds some other sample."""
        failures: dict[int, Exception] = {}
        good: list[tuple[Array, ...] | None] = []
        for place, row in enumerate(rows):
            if isinstance(row, Failed):
                failures[place] = row.error
            good.append(None if isinstance(row, Failed) else row)
        good += [None] * (count - len(good))
        spare = next((row for row in good if row is not None), None)
        if spare is None:
            spare = tuple(np.empty(0, np.uint8) for _ in self.spec.outputs)
            return [UserBatch([array] * count, "", DALIDataType.UINT8) for array in spare], failures
        batches = []
        for i, column in enumerate(zip(*(spare if row is None else row for row in good), strict=True)):
            samples = list(column)
            check_alike(samples)
            batch = UserBatch(samples, self._layouts[i], DALI_TYPE_OF_DTYPE[samples[0].dtype])
            self._check(i, batch)
            batches.append(batch)
        return batches, failures

    def _check(self, output: int, batch: UserBatch) -> None:
        """Check a batch against the arguments and against what came before."""
        size, limit = len(batch.samples), self.env.batch_size
        if size > limit:
            raise ValueError(f"the batch has {size} samples, but the pipeline's batch size is {limit}")
        if not batch.samples:
            return
        assert batch.dtype is not None
        ndim = batch.samples[0].ndim
        wanted = self._dtypes[output]
        if wanted is not None and batch.dtype != wanted:
            raise TypeError(f"expected data of type {wanted}, got {batch.dtype}")
        if self._ndims[output] is not None and ndim != self._ndims[output]:
            raise ValueError(f"expected samples with {self._ndims[output]} axes, got {ndim}")
        layout = batch.layout or self._layouts[output]
        if layout and len(layout) != ndim:
            raise ValueError(f"layout {layout!r} does not describe samples with {ndim} axes")
        seen = self._seen[output]
        if seen is not None and seen != (batch.dtype, ndim):
            raise TypeError(
                f"samples were {seen[0]} with {seen[1]} axes in earlier batches and are now {batch.dtype} with {ndim}; "
                "an input cannot change its type"
            )
        self._seen[output] = (batch.dtype, ndim)

    def _chunk(
        self, batches: list[UserBatch], failures: dict[int, Exception], sources: list[str | None] | None
    ) -> InputChunk:
        return InputChunk(
            columns=tuple(b.samples for b in batches),
            layouts=tuple(b.layout or self._layouts[i] for i, b in enumerate(batches)),
            sources=sources,
            epoch=self._epoch,
            dtypes=tuple(b.dtype if b.dtype is not None else self._dtypes[i] for i, b in enumerate(batches)),
            failures=failures,
        )


def _is_async_dataset(source: Any) -> bool:
    return inspect.iscoroutinefunction(getattr(type(source), "__getitem__", None))


def _for_each(name: str, kwargs: dict[str, Any], outputs: int | None) -> tuple[Any, ...]:
    """Values of an argument for each output; a list is taken out of ``kwargs``, since a graph holds only one value.

    A single value is that of all outputs; a list that is too short leaves the others without.
    """
    count = outputs or 1
    value = kwargs.get(name)
    if value is None:
        return (None,) * count
    check = ExternalSource.schema.by_name[name].check
    if not isinstance(value, (list, tuple)):
        return (check(value),) * count
    if outputs is None:
        raise ArgumentError(f"external_source: a list for {name} needs num_outputs")
    del kwargs[name]
    values = [None if v is None else check(v) for v in value[:count]]
    return (*values, *[None] * (count - len(values)))
