"""The base of all readers: epochs, sharding, shuffling, padding, fetching ahead, failures and state.

How to write the reader of a new format (``file.py`` is the example): derive from :class:`Reader`, register it with
``@operator(..., args=(*READER_ARGS, ...), random=True)``, and give it

* ``prepare()``: find the data, once. Raise ``self.error("...")`` where there is none.
* ``size``: how many samples there are.
* ``load(index)``: the arrays of one sample, one for each output, and where it came from. Whatever it raises is the
  failure of that sample alone. It runs on the reader's thread or, with ``fetch_concurrency``, on several at a time.

and where it applies

* ``output_types``: data types of the outputs.
* ``source_of(index)``: where a sample that cannot be loaded would have come from.
* ``nbytes(index)``: its size, if it is known without loading it.
* ``containers()``: numbers of samples in the files, for ``shuffle_after_epoch`` to shuffle the files.
* ``labels()``: the classes, for samplers.
* ``close()``: give back what ``prepare`` opened.

The order of an epoch is worked out in :mod:`adali.operators.reader.order`; the place in it, two integers, is all there
is to a reader's state.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from adali.graph.spec import OpSpec
from adali.kernels import philox
from adali.operators.base import Arg, ArgKind, Array, InputChunk, InputOperator, OpEnv, State
from adali.operators.reader.order import (
    EPOCH_SHUFFLE,
    LISTING,
    SHARED_SEED,
    Indices,
    Plan,
    Turn,
    grouped_permutation,
    permutation,
    shard_bounds,
)
from adali.operators.reader.room import Room
from adali.operators.reader.threads import Threads
from adali.types import DALIDataType

__all__ = ["READER_ARGS", "SHUFFLE_FILES_ARGS", "Reader", "shard_bounds"]

#: Arguments of every reader; ``seed`` is added by ``@operator(random=True)``.
READER_ARGS = (
    Arg(
        "dont_use_mmap",
        ArgKind.BOOL,
        False,
        "Read containers (files with many samples) with plain I/O, instead of mapping them and handing out views of "
        "the mapped memory. Files with one sample each are always read.",
    ),
    Arg(
        "fetch_bytes",
        ArgKind.INT,
        256 << 20,
        "With fetch_concurrency above 1: how many bytes of samples may be under way or waiting, beyond the one whose "
        "turn is next. Not in DALI.",
    ),
    Arg(
        "fetch_concurrency",
        ArgKind.INT,
        1,
        "How many samples are loaded at the same time, by threads of their own that work ahead; with 1, one after the "
        "other. Their order does not change. Worth it where latency is high: network file systems, object stores. "
        "Not in DALI.",
    ),
    Arg(
        "initial_fill",
        ArgKind.INT,
        1024,
        "Size, in samples, of the window from which random_shuffle draws. Only sample numbers are held in it, so a "
        "large window costs neither memory nor a slow start.",
    ),
    Arg(
        "lazy_init",
        ArgKind.BOOL,
        False,
        "Look for the data when it is first needed (the first read, or a question about the epoch's size) and not "
        "when the pipeline is built.",
    ),
    Arg("num_shards", ArgKind.INT, 1, "Number of parts that the data is divided into, for instance one a process."),
    Arg(
        "pad_last_batch",
        ArgKind.BOOL,
        False,
        "Repeat the last sample of the shard until every shard has as many batches and the last one is full.",
    ),
    Arg("prefetch_queue_depth", ArgKind.INT, 1, "How many batches are read ahead of the iterations under way."),
    Arg(
        "random_shuffle",
        ArgKind.BOOL,
        False,
        "Shuffle: each sample is drawn from a window of initial_fill samples that moves over the data.",
    ),
    Arg(
        "read_ahead", ArgKind.BOOL, False, "Ask the system to read containers into memory when they are opened; a hint."
    ),
    Arg(
        "sampler",
        ArgKind.OBJECT,
        None,
        "An object that says which samples are delivered in an epoch and in which order, see adali.samplers. Not "
        "together with random_shuffle or shuffle_after_epoch; every epoch is divided into shards anew, so that "
        "stick_to_shard makes no difference. Not in DALI.",
    ),
    Arg("shard_id", ArgKind.INT, 0, "Number of the shard to read, from 0."),
    Arg(
        "skip_cached_images",
        ArgKind.BOOL,
        False,
        "Do not read what a decoder's cache holds. Decoders have no cache here, so that everything is read.",
    ),
    Arg(
        "stick_to_shard",
        ArgKind.BOOL,
        False,
        "Read the same shard in every epoch; otherwise each epoch goes on with the next shard.",
    ),
    Arg("tensor_init_bytes", ArgKind.INT, 1 << 20, "Expected size of a sample in bytes; a hint."),
)

#: Further arguments of readers of containers.
SHUFFLE_FILES_ARGS = (
    Arg(
        "shuffle_after_epoch",
        ArgKind.BOOL,
        False,
        "Before each epoch, put the files into a new random order, the same for all shards, and then divide the data "
        "into shards; samples stay in order within their file. May be combined with random_shuffle. Not together "
        "with stick_to_shard.",
    ),
    Arg(
        "shuffle_after_epoch_seed",
        ArgKind.INT,
        None,
        "Seed of that shuffling, to be the same for all shards; a fixed one by default.",
    ),
)

Row = tuple[tuple[Array, ...], "str | None"]


class _Ticket:
    """A sample that is loaded ahead of its turn; ``size`` is what it counts for, in bytes, -1 once it was dropped."""

    __slots__ = ("future", "size", "turn")

    def __init__(self, turn: Turn, size: int) -> None:
        self.turn = turn
        self.size = size
        self.future: Future[Row]


class Reader(InputOperator):
    """Base of all readers; see the top of this module.

    Attributes:
        output_types: data type of each output, None where the samples say.
        shuffles_listing: whether ``random_shuffle`` also shuffles the list of samples once, before it is divided into
            shards. That order is the same for all seeds, so that shards do not overlap.
        room: memory for what is read.
    """

    output_types: tuple[DALIDataType | None, ...] = ()
    shuffles_listing: ClassVar[bool] = False

    def __init__(self, spec: OpSpec, env: OpEnv) -> None:
        self._plan: Plan | None = None
        self._preparing = threading.Lock()
        self._cut = False
        self._place = (0, 0)  # epoch, and position in it, of what was delivered
        self._sampler: Any = None
        self._listing: Indices | None = None
        self._threads: Threads | None = None
        self._ahead: deque[_Ticket] = deque()
        self._ahead_bytes = 0
        self._mean_bytes = 0.0
        self._measured: deque[tuple[_Ticket, int]] = deque()  # filled by the threads
        self.room = Room()
        super().__init__(spec, env)

    # ---- what a subclass says ------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Find the data; called once, before anything else here.

        Raises:
            ArgumentError: the arguments are wrong or there is no data.
        """

    @property
    def size(self) -> int:
        """Number of samples in all shards."""
        raise NotImplementedError

    def load(self, index: int) -> Row:
        """Load sample ``index`` (0 <= index < size).

        Returns:
            One array for each output, and where the sample came from. What it raises is the failure of this sample.
        """
        raise NotImplementedError

    def source_of(self, index: int) -> str | None:
        """Where a sample that cannot be loaded would come from."""
        return None

    def nbytes(self, index: int) -> int | None:
        """Size of a sample in bytes, or None where only loading tells."""
        return None

    def containers(self) -> Sequence[int] | None:
        """Number of samples in each file, in the order of the samples; None where each is a file of its own."""
        return None

    def labels(self) -> npt.NDArray[Any] | None:
        """Class of each sample, or None where only loading tells."""
        return None

    @property
    def concurrency(self) -> int:
        """How many samples to load at the same time; a reader may raise it for places with high latency."""
        return int(self.args["fetch_concurrency"])

    # ---- arguments -----------------------------------------------------------------------------------------

    #: Whether ``shuffle_after_epoch`` shuffles files, see :meth:`containers`, and not single samples.
    shuffles_files: ClassVar[bool] = False

    def setup(self) -> None:
        args = self.args
        if args["num_shards"] < 1 or not 0 <= args["shard_id"] < args["num_shards"]:
            raise self.error(
                f"shard_id must be at least 0 and less than num_shards, got shard_id={args['shard_id']} and "
                f"num_shards={args['num_shards']}"
            )
        if args["random_shuffle"] and args["initial_fill"] < 1:
            raise self.error(f"initial_fill must be positive, got {args['initial_fill']}")
        for name in ("prefetch_queue_depth", "fetch_concurrency", "fetch_bytes"):
            if args[name] < 1:
                raise self.error(f"{name} must be positive, got {args[name]}")
        if args["tensor_init_bytes"] < 0:
            raise self.error(f"tensor_init_bytes must not be negative, got {args['tensor_init_bytes']}")
        exclusive = [("shuffle_after_epoch", "stick_to_shard"), ("sampler", "random_shuffle")]
        exclusive += [("sampler", "shuffle_after_epoch")]
        if not self.shuffles_files:
            exclusive += [("shuffle_after_epoch", "random_shuffle")]
        for one, other in exclusive:
            if all(args.get(name) not in (None, False) for name in (one, other)):
                raise self.error(f"{one} and {other} cannot both be used")
        sampler = args["sampler"]
        if sampler is not None and not (hasattr(sampler, "indices") and hasattr(sampler, "__len__")):
            raise self.error(f"a sampler has the methods indices(epoch) and __len__(); got {type(sampler).__name__}")
        if not args["lazy_init"]:
            self._ensure_prepared()

    def _ensure_prepared(self) -> Plan:
        if self._plan is None:
            with self._preparing:
                if self._plan is None:
                    self.prepare()
                    self._plan = self._make_plan()
        return self._plan

    def _make_plan(self) -> Plan:
        args, size = self.args, self.size
        arrange = None
        if args["sampler"] is not None:
            self._sampler = self._bind_sampler(args["sampler"])
            size, arrange = len(self._sampler), self._sampled
        elif args.get("shuffle_after_epoch"):
            arrange = self._shuffled
        elif args["random_shuffle"] and self.shuffles_listing:
            arrange = self._listed
        if size < args["num_shards"]:
            raise self.error(f"{size} samples cannot be divided into {args['num_shards']} shards")
        return Plan(
            size=size,
            shards=args["num_shards"],
            shard=args["shard_id"],
            sticks=self._sticks,
            batch=self.env.batch_size if args["pad_last_batch"] else 0,
            window=args["initial_fill"] if args["random_shuffle"] else 1,
            key=self.key,
            arrange=arrange,
        )

    @property
    def _sticks(self) -> bool:
        """Whether the shard stays the same: where epochs are shuffled as a whole, that is no different data."""
        shuffled = self.args.get("shuffle_after_epoch") or self._sampler is not None
        return bool(self.args["stick_to_shard"] or shuffled)

    # ---- orders of a whole epoch, alike in all shards ------------------------------------------------------

    def _bind_sampler(self, sampler: Any) -> Any:
        try:
            if hasattr(sampler, "bind"):
                sampler = sampler.bind(self.size, self.labels())
            length = len(sampler)
        except (TypeError, ValueError) as e:
            raise self.error(f"the sampler does not fit: {e}") from e
        if length < 1:
            raise self.error("the sampler has no samples")
        return sampler

    def _sampled(self, epoch: int) -> Indices:
        indices = np.asarray(self._sampler.indices(epoch))
        if indices.shape != (len(self._sampler),) or not np.issubdtype(indices.dtype, np.integer):
            raise ValueError(
                f"the sampler must give {len(self._sampler)} integers for epoch {epoch}, got an array of shape "
                f"{indices.shape} and type {indices.dtype}"
            )
        if indices.min() < 0 or indices.max() >= self.size:
            raise ValueError(
                f"the sampler's numbers for epoch {epoch} go from {indices.min()} to {indices.max()}, but the reader "
                f"has {self.size} samples"
            )
        return indices.astype(np.int64, copy=False)

    def _shuffled(self, epoch: int) -> Indices:
        # The reader's own seed has no part in what all shards must do alike.
        seed = self.args["shuffle_after_epoch_seed"]
        key = philox.derive_key(SHARED_SEED if seed is None else seed, EPOCH_SHUFFLE)
        containers = self.containers() if self.shuffles_files else None
        if containers is not None:
            return grouped_permutation(key, epoch, EPOCH_SHUFFLE, np.asarray(containers, np.int64))
        return permutation(key, epoch, EPOCH_SHUFFLE, self.size)

    def _listed(self, epoch: int) -> Indices:
        if self._listing is None:
            self._listing = permutation(philox.derive_key(SHARED_SEED, LISTING), 0, LISTING, self.size)
        return self._listing

    # ---- what the engine asks and says ------------------------------------------------------------------------------

    def use_memory(self, empty: Callable[[tuple[int, ...], Any], Array]) -> None:
        self.room = Room(empty)

    @property
    def read_ahead(self) -> int:
        """Batches read beyond the iterations that were asked for."""
        return int(self.args["prefetch_queue_depth"])

    @property
    def epoch_size(self) -> int:
        """Samples of an epoch in all shards."""
        return self._ensure_prepared().size

    @property
    def pads_batches(self) -> bool:
        """Whether every batch is full and an epoch begins with a batch, even after samples were left out."""
        return bool(self.args["pad_last_batch"])

    def meta(self) -> dict[str, int]:
        """Sizes (in samples) and sharding, as ``Pipeline.reader_meta`` gives them."""
        size, shards = self.epoch_size, self.args["num_shards"]
        pad = self.args["pad_last_batch"]
        return {
            "epoch_size": size,
            "epoch_size_padded": -(-size // shards) * shards if pad else size,
            "number_of_shards": shards,
            "shard_id": self.args["shard_id"],
            "pad_last_batch": int(pad),
            "stick_to_shard": int(self._sticks),
        }

    def set_epoch_batches(self, enabled: bool) -> None:
        self._cut = enabled

    def next_epoch(self) -> None:
        epoch, position = self._place
        if position:
            self._go_to(epoch + 1, 0)

    def state(self) -> dict[str, int]:
        """Where reading goes on: epoch, and position in it (samples of this shard, padding included).

        What was fetched ahead and not delivered by :meth:`read` is not counted.
        """
        return {"epoch": self._place[0], "position": self._place[1]}

    def set_state(self, state: State) -> None:
        """Go on where :meth:`state` was taken, in a reader with the same arguments, seed and data.

        Raises:
            ValueError: there is no such position.
        """
        self._ensure_prepared()
        try:
            self._go_to(int(state["epoch"]), int(state["position"]))
        except ValueError as e:
            raise ValueError(f"the reader's state {state} does not fit its data: {e}") from None

    def _go_to(self, epoch: int, position: int) -> None:
        plan = self._ensure_prepared()
        # In vain where what was fetched ahead begins there, but that would save no more than a few loads.
        plan.begin(epoch, position)
        self._drop_ahead()
        self._place = (epoch, position)

    def read(self, count: int, iteration: int) -> InputChunk:
        plan = self._ensure_prepared()
        concurrency = self.concurrency
        if concurrency > 1 or self._ahead:
            loaded = self._fetched(plan, count, concurrency)
        else:
            loaded = [(turn, self._guarded(turn.sample)) for turn in plan.take(count, self._cut)]
        last = loaded[-1][0]
        after = self._after(last)
        self._place = (after["epoch"], after["position"])
        return self._chunk(loaded, last)

    @staticmethod
    def _after(turn: Turn) -> dict[str, int]:
        """The state after a sample's turn."""
        if turn.last:
            return {"epoch": turn.epoch + 1, "position": 0}
        return {"epoch": turn.epoch, "position": turn.position}

    def fingerprint(self) -> State:
        return {"samples": self.epoch_size}

    def close(self) -> None:
        """End the threads; a subclass that overrides it calls this first."""
        if self._threads is not None:
            self._drop_ahead()
            self._threads.close()

    # ---- loading -------------------------------------------------------------------------------------------

    def _guarded(self, index: int) -> Row | Exception:
        try:
            return self.load(index)
        except Exception as e:
            return e

    def _fetched(self, plan: Plan, count: int, concurrency: int) -> list[tuple[Turn, Row | Exception]]:
        """The next samples, loaded by threads; more of them are under way when this returns."""
        if self._threads is None:
            self._threads = Threads(concurrency)
        loaded: list[tuple[Turn, Row | Exception]] = []
        while len(loaded) < count:
            self._fetch_more(plan, self._threads, concurrency + count - len(loaded))
            ticket = self._ahead[0]
            row: Row | Exception
            try:
                row = ticket.future.result()
            except Exception as e:
                row = e
            self._measure()
            self._ahead.popleft()
            self._ahead_bytes -= ticket.size
            loaded.append((ticket.turn, row))
            if self._cut and ticket.turn.last:
                break
        return loaded

    def _fetch_more(self, plan: Plan, threads: Threads, count: int) -> None:
        self._measure()
        while len(self._ahead) < count:
            if self._ahead and self._ahead_bytes + self._expected(None) > self.args["fetch_bytes"]:
                break
            (turn,) = plan.take(1, False)
            ticket = _Ticket(turn, self._expected(turn.sample))
            ticket.future = threads.submit(functools.partial(self._load_ahead, ticket))
            self._ahead.append(ticket)
            self._ahead_bytes += ticket.size

    def _load_ahead(self, ticket: _Ticket) -> Row:
        row = self.load(ticket.turn.sample)
        self._measured.append((ticket, sum(array.nbytes for array in row[0])))
        return row

    def _measure(self) -> None:
        """Count what was loaded by its size, in place of what was expected."""
        while self._measured:
            ticket, size = self._measured.popleft()
            if ticket.size >= 0:
                self._ahead_bytes += size - ticket.size
                ticket.size = size
            self._mean_bytes += (size - self._mean_bytes) / (16 if self._mean_bytes else 1)

    def _expected(self, index: int | None) -> int:
        """Size of a sample, as well as it is known."""
        known = None if index is None else self.nbytes(index)
        if known is not None:
            return known
        return int(self._mean_bytes) or int(self.args["tensor_init_bytes"])

    def _drop_ahead(self) -> None:
        for ticket in self._ahead:
            ticket.future.cancel()
            ticket.size = -1  # one that runs on counts no more
        self._ahead.clear()
        self._ahead_bytes = 0

    def _chunk(self, loaded: Sequence[tuple[Turn, Row | Exception]], last: Turn) -> InputChunk:
        rows: list[tuple[Array, ...] | None] = []
        sources: list[str | None] = []
        failures: dict[int, Exception] = {}
        for place, (turn, result) in enumerate(loaded):
            if isinstance(result, Exception):
                failures[place] = result
                rows.append(None)
                sources.append(self.source_of(turn.sample))
            else:
                rows.append(result[0])
                sources.append(result[1])
        good = next((row for row in rows if row is not None), None)
        count = (self.deferred and self.raw_columns) or len(self.spec.outputs)
        missing = good or tuple(np.empty(0, np.uint8) for _ in range(count))
        full = [missing if row is None else row for row in rows]
        columns = tuple(list(column) for column in zip(*full, strict=True))
        for number in self.exposed:
            # A view of a file is read-only, which not every consumer can express (PyTorch for one).
            columns[number][:] = self.room.owned(columns[number])
        return InputChunk(
            columns=columns,
            layouts=("",) * count if self.deferred else self.layouts(()),
            sources=sources,
            refillable=True,
            epoch=last.epoch,
            epoch_end=last.last,
            dtypes=None if self.deferred else self.output_types or None,
            failures=failures,
            marks=[self._after(turn) for turn, _ in loaded],
        )
