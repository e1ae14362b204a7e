"""What all readers share: sharding, shuffling, epochs, padding and their state.

A reader says how many samples there are and how one is loaded; the rest is here. The order of an epoch is a pure
function of (seed, epoch), worked out on sample numbers alone. No sample is read earlier than its turn for the sake of
shuffling, and the whole state of a reader is two integers.
"""

from __future__ import annotations

import threading
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from adali.graph.spec import OpSpec
from adali.kernels import philox
from adali.operators.base import Arg, ArgKind, Array, InputChunk, InputOperator, OpEnv
from adali.types import DALIDataType

__all__ = ["READER_ARGS", "Reader", "shard_bounds"]

#: Arguments of every reader; ``seed`` is added by ``@operator(random=True)``.
READER_ARGS = (
    Arg(
        "dont_use_mmap",
        ArgKind.BOOL,
        False,
        "Read files with plain I/O instead of mapping them. Files are always read here, so both values do the same.",
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
    Arg("read_ahead", ArgKind.BOOL, False, "Ask the system to read containers ahead of their use; a hint."),
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

# Counter words that keep the uses of a key apart; adali.kernels.philox uses 0 and 1.
_WINDOW, _EPOCH_SHUFFLE, _LISTING = 2, 3, 4
# Orders that all shards must agree on, whatever their seeds, come from this one.
_SHARED_SEED = 0x0ADA11
_BLOCK = 4096


def shard_bounds(shard: int, shards: int, size: int) -> tuple[int, int]:
    """First sample of a shard, and the one after its last."""
    return size * shard // shards, size * (shard + 1) // shards


def permutation(key: tuple[int, int], epoch: int, use: int, size: int) -> npt.NDArray[np.int64]:
    """A uniformly random order of ``size`` numbers: their order by random 64-bit words."""
    words = _words(key, 0, epoch, use, size)
    return np.argsort(words, kind="stable").astype(np.int64, copy=False)


def _words(key: tuple[int, int], block: int, epoch: int, use: int, count: int) -> npt.NDArray[np.uint64]:
    counter = np.array([0, block, epoch, use], np.uint64)
    return np.random.Philox(key=np.array(key, np.uint64), counter=counter).random_raw(count)


class _Order:
    """The order of one epoch, worked out piece by piece as it is needed.

    With a window, a sample is drawn uniformly from the next ``window`` ones not yet delivered: its place goes to the
    next one of the sequence, or is closed when there is none left.
    """

    def __init__(self, samples: npt.NDArray[np.int64], window: int, key: tuple[int, int], epoch: int) -> None:
        self.samples = samples
        self.key = key
        self.epoch = epoch
        self.window = window
        self.block = 0
        self.ready: list[int] = []
        self.used = 0
        if window >= len(samples) > 1:
            self.samples = samples[permutation(key, epoch, _WINDOW, len(samples))]
            self.window = 1
        self.pool = self.samples[: self.window].tolist()
        self.next = len(self.pool)

    def take(self, count: int) -> list[int]:
        """The next ``count`` samples; fewer at the end."""
        taken: list[int] = []
        while len(taken) < count:
            if self.used == len(self.ready):
                self.ready, self.used = self._draw(), 0
                if not self.ready:
                    break
            more = self.ready[self.used : self.used + count - len(taken)]
            self.used += len(more)
            taken += more
        return taken

    def _draw(self) -> list[int]:
        if self.window == 1:
            start = self.block * _BLOCK
            self.block += 1
            block: list[int] = self.samples[start : start + _BLOCK].tolist()
            return block
        pool, total = self.pool, len(self.samples)
        done = self.next - len(pool)
        count = min(_BLOCK, total - done)
        fresh = self.samples[self.next : self.next + count].tolist()
        self.next += len(fresh)
        sizes = np.minimum(len(pool), total - done - np.arange(count))
        uniform = philox.uniform53(_words(self.key, self.block, self.epoch, _WINDOW, count))
        self.block += 1
        drawn = []
        for turn, place in enumerate((uniform * sizes).astype(np.int64).tolist()):
            drawn.append(pool[place])
            if turn < len(fresh):
                pool[place] = fresh[turn]
            else:
                pool[place] = pool[-1]
                pool.pop()
        return drawn


class Reader(InputOperator):
    """Base of all readers.

    A subclass implements :meth:`prepare`, :attr:`size` and :meth:`load`, and takes :data:`READER_ARGS`.

    Attributes:
        output_types: data type of each output, None where the samples say.
        shuffles_listing: whether ``random_shuffle`` also shuffles the list of samples once, before it is divided into
            shards. That order is the same for all seeds, so that shards do not overlap.
    """

    output_types: ClassVar[tuple[DALIDataType | None, ...]] = ()
    shuffles_listing: ClassVar[bool] = False

    def __init__(self, spec: OpSpec, env: OpEnv) -> None:
        self._prepared = False
        self._preparing = threading.Lock()
        self._cut = False
        self._epoch = 0
        self._position = 0
        self._order: _Order | None = None
        self._listing: npt.NDArray[np.int64] | None = None
        self._last = -1
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

    def load(self, index: int) -> tuple[tuple[Array, ...], str | None]:
        """Load sample ``index`` (0 <= index < size).

        Returns:
            One array for each output, and where the sample came from. What it raises is the failure of this sample.
        """
        raise NotImplementedError

    # ---- what the engine asks ------------------------------------------------------------------------------

    def setup(self) -> None:
        args = self.args
        if args["num_shards"] < 1 or not 0 <= args["shard_id"] < args["num_shards"]:
            raise self.error(
                f"shard_id must be at least 0 and less than num_shards, got shard_id={args['shard_id']} and "
                f"num_shards={args['num_shards']}"
            )
        if args["random_shuffle"] and args["initial_fill"] < 1:
            raise self.error(f"initial_fill must be positive, got {args['initial_fill']}")
        if args["prefetch_queue_depth"] < 1:
            raise self.error(f"prefetch_queue_depth must be positive, got {args['prefetch_queue_depth']}")
        if args["tensor_init_bytes"] < 0:
            raise self.error(f"tensor_init_bytes must not be negative, got {args['tensor_init_bytes']}")
        if args.get("shuffle_after_epoch"):
            for other in ("random_shuffle", "stick_to_shard"):
                if args[other]:
                    raise self.error(f"shuffle_after_epoch and {other} cannot both be used")
        if not args["lazy_init"]:
            self._ensure_prepared()

    def _ensure_prepared(self) -> None:
        if self._prepared:
            return
        with self._preparing:
            if self._prepared:
                return
            self.prepare()
            if self.size < self.args["num_shards"]:
                raise self.error(f"{self.size} samples cannot be divided into {self.args['num_shards']} shards")
            self._prepared = True

    @property
    def read_ahead(self) -> int:
        """Batches read beyond the iterations that were asked for."""
        return int(self.args["prefetch_queue_depth"])

    @property
    def epoch_size(self) -> int:
        """Samples in all shards."""
        self._ensure_prepared()
        return self.size

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
            "stick_to_shard": int(self.args["stick_to_shard"]),
        }

    def set_epoch_batches(self, enabled: bool) -> None:
        self._cut = enabled

    def next_epoch(self) -> None:
        if self._position:
            self._begin(self._epoch + 1)

    def state(self) -> dict[str, int]:
        """Where reading goes on: epoch, and position in it (samples of this shard, padding included)."""
        return {"epoch": self._epoch, "position": self._position}

    def set_state(self, state: dict[str, int]) -> None:
        """Go on where :meth:`state` was taken, in a reader with the same arguments, seed and data.

        Raises:
            ValueError: there is no such position.
        """
        self._ensure_prepared()
        epoch, position = int(state["epoch"]), int(state["position"])
        if epoch < 0 or not 0 <= position < self._length(epoch):
            raise ValueError(f"the reader's state {state} does not fit its data: the epoch has {self._length(epoch)}")
        self._begin(epoch)
        self._take(position)

    # ---- epochs --------------------------------------------------------------------------------------------

    def _shard(self, epoch: int) -> tuple[int, int]:
        shard, shards = self.args["shard_id"], self.args["num_shards"]
        if not (self.args["stick_to_shard"] or self.args.get("shuffle_after_epoch")):
            shard = (shard + epoch) % shards
        return shard_bounds(shard, shards, self.size)

    def _length(self, epoch: int) -> int:
        """Samples that the epoch delivers."""
        if not self.args["pad_last_batch"]:
            start, stop = self._shard(epoch)
            return stop - start
        largest, batch = -(-self.size // self.args["num_shards"]), self.env.batch_size
        padded: int = -(-largest // batch) * batch
        return padded

    def _begin(self, epoch: int) -> None:
        self._epoch, self._position, self._order = epoch, 0, None

    def _make_order(self) -> _Order:
        start, stop = self._shard(self._epoch)
        if self.args.get("shuffle_after_epoch"):
            # All shards must shuffle the whole alike: the reader's own seed has no part in it.
            seed = self.args.get("shuffle_after_epoch_seed")
            key = philox.derive_key(_SHARED_SEED if seed is None else seed, _EPOCH_SHUFFLE)
            samples = permutation(key, self._epoch, _EPOCH_SHUFFLE, self.size)[start:stop]
        elif self.args["random_shuffle"] and self.shuffles_listing:
            if self._listing is None:
                self._listing = permutation(philox.derive_key(_SHARED_SEED, _LISTING), 0, _LISTING, self.size)
            samples = self._listing[start:stop]
        else:
            samples = np.arange(start, stop)
        return _Order(samples, self.args["initial_fill"] if self.args["random_shuffle"] else 1, self.key, self._epoch)

    def _take(self, count: int) -> list[int]:
        """The next samples of the epoch, as many as asked or as are left."""
        if self._order is None:
            self._order = self._make_order()
        count = min(count, self._length(self._epoch) - self._position)
        taken = self._order.take(count)
        if taken:
            self._last = taken[-1]
        if len(taken) < count:
            taken += [self._last] * (count - len(taken))
        self._position += count
        return taken

    def read(self, count: int, iteration: int) -> InputChunk:
        self._ensure_prepared()
        indices: list[int] = []
        epoch, ended = self._epoch, False
        while len(indices) < count and not (ended and self._cut):
            epoch = self._epoch
            indices += self._take(count - len(indices))
            ended = self._position == self._length(epoch)
            if ended:
                self._begin(epoch + 1)
        return self._load(indices, epoch, ended)

    def _load(self, indices: list[int], epoch: int, ended: bool) -> InputChunk:
        rows: list[tuple[Array, ...] | None] = []
        sources: list[str | None] = []
        failures: dict[int, Exception] = {}
        for place, index in enumerate(indices):
            try:
                row, source = self.load(index)
            except Exception as e:
                failures[place] = e
                row, source = None, self.source_of(index)
            rows.append(row)
            sources.append(source)
        good = next((row for row in rows if row is not None), None)
        missing = good or tuple(np.empty(0, np.uint8) for _ in self.spec.outputs)
        full = [missing if row is None else row for row in rows]
        return InputChunk(
            columns=tuple(list(column) for column in zip(*full, strict=True)),
            layouts=self.layouts(()),
            sources=sources,
            refillable=True,
            epoch=epoch,
            epoch_end=ended,
            dtypes=self.output_types or None,
            failures=failures,
        )

    def source_of(self, index: int) -> str | None:
        """Where a sample that cannot be loaded would come from."""
        return None
