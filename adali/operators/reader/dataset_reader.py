"""readers.dataset: any data set of PyTorch or Hugging Face, or an object like one. DALI has no such reader."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from adali.errors import ArgumentError
from adali.graph.spec import OpSpec
from adali.kernels import philox
from adali.operators.base import Arg, ArgKind, Array, InputChunk, OpEnv, operator
from adali.operators.reader.listed import SHUFFLE_ARGS, alike
from adali.operators.reader.loader import READER_ARGS, Reader, Row
from adali.operators.reader.order import Turn
from adali.operators.user_data import sample_of

__all__ = ["DatasetReader"]

_STREAM = 40  # keeps this use of a key apart from others


def _outputs(args: Mapping[str, Any]) -> int:
    columns = args.get("columns")
    if columns:
        return len(columns) if isinstance(columns, (list, tuple)) else 1
    return int(args.get("num_outputs") or 1)


@operator(
    "readers__Dataset",
    args=(
        *READER_ARGS,
        *SHUFFLE_ARGS,
        Arg(
            "columns",
            ArgKind.STRS,
            None,
            "Keys of the outputs where a sample is a dictionary.",
        ),
        Arg(
            "layouts",
            ArgKind.STRS,
            None,
            "Layout of each output; by default none.",
        ),
        Arg("num_outputs", ArgKind.INT, 1, "Number of outputs where a sample is a tuple or a list; not with columns."),
    ),
    num_outputs=_outputs,
    random=True,
    serializable=False,
)
class DatasetReader(Reader):
    """Reads samples from a data set of PyTorch or Hugging Face, or any object that behaves like one.

    ``dataset`` is

    * an object with ``__getitem__`` and ``__len__`` (map-style). It is sharded, shuffled and padded like all data here;
      with ``fetch_concurrency`` several threads call it at a time. Or
    * an object with ``__iter__`` only (a stream). One iteration is an epoch. Each shard keeps every ``num_shards``-th
      sample (an object with a method ``shard(num_shards=, index=)`` is asked to divide itself); ``random_shuffle``
      draws from a window of ``initial_fill`` samples, which are held in memory. The length of an epoch is not known in
      advance, and shards may differ by a sample, and so by a batch. With ``pad_last_batch`` every shard has as many
      batches, all of them full, so that every rank takes as many steps: each one walks through the whole stream and so
      knows, at its end, how long the others are (``shard()`` is not asked then). The stream must be the same in all
      shards. An object with a method ``set_epoch`` is told the number of each epoch. After a checkpoint, what was
      delivered before is read again and thrown away.

    A sample is a tuple or list with ``num_outputs`` items, a dictionary with the keys of ``columns``, or one value.
    A value may be an array, a tensor of any framework on the CPU, an image of Pillow, a number (int64, float32, bool),
    or bytes or text (which become uint8 of shape (bytes,)).

    What ``__getitem__`` raises is the failure of its sample; what iterating raises is an error of the pipeline and ends
    the epoch.
    """

    constructor_args: ClassVar[tuple[str, ...]] = ("dataset",)
    extra_args: ClassVar[tuple[Arg, ...]] = (
        Arg("dataset", ArgKind.OBJECT, None, "The data set; it is used as it is, and never copied or sent elsewhere."),
    )

    @classmethod
    def bind(cls, kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        given = {name: value for name, value in kwargs.items() if value is not None}
        dataset = given.pop("dataset", None)
        if dataset is not None and not hasattr(dataset, "__iter__") and not _is_map(dataset):
            raise ArgumentError(
                f"readers.dataset: a data set has __getitem__ and __len__, or __iter__, unlike {type(dataset).__name__}"
            )
        return given, dataset

    def __init__(self, spec: OpSpec, env: OpEnv) -> None:
        self.dataset = spec.state
        self._stream = _Stream(self) if self.dataset is not None and not _is_map(self.dataset) else None
        super().__init__(spec, env)

    def setup(self) -> None:
        columns, layouts = self.args["columns"], self.args["layouts"]
        if self.dataset is None:
            raise self.error("the argument 'dataset' is missing")
        if columns and self.given("num_outputs") and self.args["num_outputs"] != len(columns):
            raise self.error(f"there are {len(columns)} columns, but num_outputs is {self.args['num_outputs']}")
        if self.args["num_outputs"] < 1:
            raise self.error(f"num_outputs must be positive, got {self.args['num_outputs']}")
        if layouts is not None and len(layouts) != len(self.spec.outputs):
            raise self.error(f"there are {len(layouts)} layouts for {len(self.spec.outputs)} outputs")
        if self._stream is not None:
            for name in ("sampler", "shuffle_after_epoch"):
                if self.args[name]:
                    raise self.error(f"{name} needs a data set with __getitem__ and __len__")
            if self.args["fetch_concurrency"] > 1:
                raise self.error("fetch_concurrency needs a data set with __getitem__ and __len__")
        super().setup()

    def _ensure_prepared(self) -> Any:
        return None if self._stream is not None else super()._ensure_prepared()

    @property
    def size(self) -> int:
        return len(self.dataset)

    @property
    def epoch_size(self) -> int:
        """Samples of an epoch in all shards; -1 for a stream."""
        return -1 if self._stream is not None else super().epoch_size

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.args["layouts"] or [""] * len(self.spec.outputs))

    def source_of(self, index: int) -> str:
        return f"sample {index} of {type(self.dataset).__name__}"

    def load(self, index: int) -> Row:
        return self.arrays(self.dataset[index]), self.source_of(index)

    def arrays(self, item: Any) -> tuple[Array, ...]:
        """The outputs of a sample.

        Raises:
            ValueError: it has another number of items or not the keys.
            TypeError: an item is no array and nothing that can become one.
        """
        columns, count = self.args["columns"], len(self.spec.outputs)
        if columns:
            if not isinstance(item, Mapping):
                raise TypeError(f"with columns, a sample must be a dictionary; got {type(item).__name__}")
            missing = [name for name in columns if name not in item]
            if missing:
                raise ValueError(f"the sample has no {missing[0]!r}; its keys are {', '.join(map(str, item))}")
            values: Sequence[Any] = [item[name] for name in columns]
        elif isinstance(item, Mapping):
            raise TypeError(f"a sample is a dictionary; choose from its keys with columns: {', '.join(map(str, item))}")
        elif count == 1 and not (isinstance(item, (tuple, list)) and len(item) == 1):
            values = [item]
        elif isinstance(item, (tuple, list)) and len(item) == count:
            values = item
        else:
            what = f"{len(item)} items" if isinstance(item, (tuple, list)) else f"one {type(item).__name__}"
            raise ValueError(f"a sample must have {count} items, as num_outputs says; got {what}")
        return tuple(_value(value) for value in values)

    # ---- streams -------------------------------------------------------------------------------------------

    def read(self, count: int, iteration: int) -> InputChunk:
        if self._stream is None:
            return super().read(count, iteration)
        loaded = self._stream.read(count, self._cut)
        last = loaded[-1][0]
        self._place = (last.epoch + 1, 0) if last.last else (last.epoch, last.position)
        return self._chunk(loaded, last)

    def _chunk(self, loaded: Sequence[tuple[Turn, Row | Exception]], last: Turn) -> InputChunk:
        return super()._chunk(alike(loaded), last)

    def _go_to(self, epoch: int, position: int) -> None:
        if self._stream is None:
            super()._go_to(epoch, position)
            return
        self._stream.begin(epoch, position)
        self._place = (epoch, position)

    def meta(self) -> dict[str, int]:
        if self._stream is None:
            return super().meta()
        args = self.args
        return {
            "epoch_size": -1,
            "epoch_size_padded": -1,
            "number_of_shards": args["num_shards"],
            "shard_id": args["shard_id"],
            "pad_last_batch": int(args["pad_last_batch"]),
            "stick_to_shard": int(args["stick_to_shard"]),
        }

    def close(self) -> None:
        super().close()
        if self._stream is not None:
            self._stream.close()


def _is_map(dataset: Any) -> bool:
    # Every data set of PyTorch inherits a __getitem__ that is not implemented; a length only map-style ones have.
    return hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")


def _value(value: Any) -> Array:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return np.frombuffer(bytes(value), np.uint8)
    if isinstance(value, str):
        return np.frombuffer(value.encode(), np.uint8)
    if isinstance(value, (list, tuple)):
        value = np.asarray(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        return np.array(value, np.int64)
    elif not hasattr(value, "dtype") and hasattr(value, "__array_interface__"):
        value = np.asarray(value)  # an image of Pillow
    return sample_of(value, copy=False, scalars=True)


class _Stream:
    """The endless sequence of samples of an iterable data set, epoch by epoch."""

    def __init__(self, reader: DatasetReader) -> None:
        self.reader = reader
        self.epoch = self.position = 0
        self._samples: Iterator[tuple[int, Any]] | None = None
        self._next: tuple[int, Any] | None = None
        self._error: Exception | None = None
        self._total = 0  # samples of the pass in all shards, as far as it came

    def begin(self, epoch: int, position: int) -> None:
        """Go to a place: the samples before it are read again."""
        self.close()
        self.epoch, self.position = epoch, 0
        for _ in range(position):
            if self._advance() is None:
                raise ValueError(f"epoch {epoch} has no position {position}")

    def close(self) -> None:
        """End the iteration under way."""
        samples, self._samples, self._next = self._samples, None, None
        if samples is not None and hasattr(samples, "close"):
            samples.close()

    def read(self, count: int, cut: bool) -> list[tuple[Turn, Row | Exception]]:
        loaded: list[tuple[Turn, Row | Exception]] = []
        empty = 0
        while len(loaded) < count:
            epoch = self.epoch
            found = self._advance()
            if found is None:
                empty += 1
                if empty > 1:
                    raise ValueError("the data set is empty")
                self.close()
                self.epoch, self.position = epoch + 1, 0
                continue
            (number, item), last = found
            empty = 0
            row: Row | Exception
            try:
                row = self.reader.arrays(item), f"sample {number} of {type(self.reader.dataset).__name__}"
            except Exception as e:
                row = e
            loaded.append((Turn(number, epoch, self.position, last), row))
            if last:
                self.close()
                self.epoch, self.position = epoch + 1, 0
                if cut:
                    break
        return loaded

    def _advance(self) -> tuple[tuple[int, Any], bool] | None:
        """The next sample, with its number, and whether it is the last of the epoch."""
        if self._samples is None:
            args = self.reader.args
            samples = self._shuffled() if args["random_shuffle"] else self._shard()
            self._samples = self._padded(samples) if args["pad_last_batch"] else samples
            self._next = next(self._samples, None)
        error, self._error = self._error, None
        if error is not None:
            self.close()
            self.epoch, self.position = self.epoch + 1, 0
            raise error
        found = self._next
        if found is None:
            return None
        try:
            self._next = next(self._samples, None)
        except Exception as e:  # after the sample that is here
            self._next, self._error = None, e
        self.position += 1
        return found, self._next is None and self._error is None

    def _shard(self) -> Iterator[tuple[int, Any]]:
        args, dataset = self.reader.args, self.reader.dataset
        shards = args["num_shards"]
        shard = args["shard_id"] if args["stick_to_shard"] else (args["shard_id"] + self.epoch) % shards
        if hasattr(dataset, "set_epoch"):
            dataset.set_epoch(self.epoch)
        self._total = 0
        # One that divides itself does not say how much the other shards get, which padding must know.
        if shards > 1 and hasattr(dataset, "shard") and not args["pad_last_batch"]:
            yield from enumerate(dataset.shard(num_shards=shards, index=shard))
            return
        for number, item in enumerate(dataset):
            self._total = number + 1
            if number % shards == shard:
                yield number, item

    def _padded(self, samples: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        """The samples, and the last one of them again until there are as many full batches as in the largest shard."""
        count, last = 0, None
        for last in samples:
            count += 1
            yield last
        shards, batch = self.reader.args["num_shards"], self.reader.env.batch_size
        if last is None:
            if self._total:
                raise ValueError(f"a stream of {self._total} samples cannot be divided into {shards} shards")
            return
        largest = -(-self._total // shards)
        yield from itertools.repeat(last, -(-largest // batch) * batch - count)

    def _shuffled(self) -> Iterator[tuple[int, Any]]:
        words = philox.words(self.reader.key, self.epoch, 1, _STREAM)[0]
        generator = random.Random(int(words[-1]))
        window: list[tuple[int, Any]] = []
        for item in self._shard():
            if len(window) < self.reader.args["initial_fill"]:
                window.append(item)
                continue
            place = generator.randrange(len(window))
            yield window[place]
            window[place] = item
        generator.shuffle(window)
        yield from window
