"""readers.tfrecord: features of the records of TFRecord files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, operator
from adali.operators.reader.container import ContainerReader, address_of, read_piece
from adali.operators.reader.example_scan import BYTES, FLOATS, INTS, Names, floats, ints, scan
from adali.operators.reader.loader import READER_ARGS, SHUFFLE_FILES_ARGS, Row
from adali.operators.reader.tfrecord_file import HEADER, parse_index, payload, read_example, walk
from adali.tfrecord import Feature, float32, int64, string

__all__ = ["TFRecordReader"]

_LISTS = {int64: "int64_list", string: "bytes_list", float32: "float_list"}
_KINDS = {int64: INTS, string: BYTES, float32: FLOATS}


@operator(
    "readers__TFRecord",
    args=(
        *READER_ARGS,
        *SHUFFLE_FILES_ARGS,
        Arg(
            "features",
            ArgKind.FEATURES,
            REQUIRED,
            "What to extract: names of features, each with an adali.tfrecord.FixedLenFeature or VarLenFeature.",
        ),
        Arg(
            "index_path",
            ArgKind.STRS,
            None,
            "Index files, one for each file of path, as `adali index` or DALI's tfrecord2idx write them. Without them "
            "(not in DALI) the files are walked through when the reader is made: a few bytes of each record are read.",
        ),
        Arg("path", ArgKind.STRS, REQUIRED, "The TFRecord files."),
        Arg(
            "use_o_direct",
            ArgKind.BOOL,
            False,
            "Read without the system's cache, where the file system can do that. Needs dont_use_mmap=True.",
        ),
        Arg(
            "verify_checksums",
            ArgKind.BOOL,
            True,
            "Compare the checksums of each record, so that damaged data fails by name. Not in DALI, which does not.",
        ),
    ),
    num_outputs=lambda args: len(args.get("features") or ()),
    legacy=("TFRecordReader",),
    wire_name="readers___TFRecord",
    random=True,
)
class TFRecordReader(ContainerReader):
    """Reads records of type tf.train.Example from TFRecord files.

    The call returns a dictionary: the name of each feature with its output. An output has type int64, float32 or, for
    strings, uint8 (the bytes of the string):

    * ``FixedLenFeature(shape, ...)``: the values in that shape, which they must fill.
    * ``VarLenFeature(...)``: shape (values,), or (values / n, *partial_shape) where a partial shape of n elements was
      given.
    * a string: shape (bytes,). A feature with several strings can be read as its first one, with shape [].

    A feature that a record does not have, or that has no value there, gives an empty array.

    A damaged record fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source of a sample is
    its file and the offset of its record there.

    Raises:
        ArgumentError: files that cannot be read, index files that do not belong to them, no records at all.
    """

    @classmethod
    def present(cls, nodes: list[Any], kwargs: Mapping[str, Any]) -> Any:
        return dict(zip(kwargs["features"], nodes, strict=True))

    def setup(self) -> None:
        args = self.args
        if args["use_o_direct"] and not args["dont_use_mmap"]:
            raise self.error("use_o_direct needs dont_use_mmap=True")
        if not args["path"]:
            raise self.error("path is empty")
        indices = args["index_path"]
        if indices is not None and len(indices) != len(args["path"]):
            raise self.error(f"there are {len(args['path'])} files, but {len(indices)} index files")
        for name, feature in args["features"].items():
            if feature.dtype is string and (feature.variable or math.prod(feature.shape) != 1):
                raise self.error(
                    f"the feature {name!r} is a string, which must be FixedLenFeature([], tfrecord.string, ''): its "
                    "output is one array of bytes"
                )
        self._features: list[tuple[str, Feature]] = list(args["features"].items())
        self._keys = Names([name.encode("utf-8", "surrogateescape") for name, _ in self._features])
        self._verify: bool = args["verify_checksums"]
        super().setup()

    def prepare(self) -> None:
        self.open(self.args["path"], direct=self.args["use_o_direct"])
        self.files.ahead(self.args["index_path"] or ())
        numbers: list[int] = []
        offsets: list[int] = []
        sizes: list[int] = []
        for number, path in enumerate(self.archives.paths):
            before = len(offsets)
            try:
                if self.args["index_path"] is None:
                    for offset, size, error in walk(self.archives.walkable(number)):
                        if error is not None:
                            self.mark_bad(len(offsets), error, f"{path} at index {offset}")
                        offsets.append(offset)
                        sizes.append(size)
                else:
                    self.archives[number]  # a file that is missing is told now
                    index = self.args["index_path"][number]
                    text = self.files.text(index)
                    for line, offset, size, error in parse_index(text):
                        if error is not None:
                            self.mark_bad(len(offsets), error, f"{path}, line {line} of its index {index}")
                        offsets.append(offset)
                        sizes.append(size)
            except OSError as e:
                raise self.error(f"cannot read {path!r} and its index: {e}") from e
            self.counts.append(len(offsets) - before)
            numbers += [number] * self.counts[-1]
        self._numbers = np.array(numbers, np.int32)
        self._offsets = np.array(offsets, np.int64)
        self._sizes = np.array(sizes, np.int64)
        self.check_any("record")

    def nbytes(self, index: int) -> int:
        return int(self._sizes[index])

    def ranges(self, index: int) -> tuple[int, Sequence[tuple[int, int]]]:
        offset = int(self._offsets[index])
        return int(self._numbers[index]), [(offset, offset + int(self._sizes[index]))]

    def record_source(self, index: int) -> str:
        return f"{self.archives.paths[self._numbers[index]]} at index {self._offsets[index]}"

    def load_record(self, index: int) -> Row:
        offset = int(self._offsets[index])
        archive = self.archives[int(self._numbers[index])]
        record = read_piece(archive, offset, int(self._sizes[index]))
        start = address_of(archive)
        address = start + offset if start else record.ctypes.data
        example = _Example(payload(record, self._verify, address), address + HEADER, self._keys)
        values = [example.values(number, *feature) for number, feature in enumerate(self._features)]
        return tuple(values), self.record_source(index)


class _Example:
    """The features of one record; the Protobuf runtime reads what is not plain."""

    def __init__(self, data: Array, address: int, keys: Names) -> None:
        self._data = data
        self._places = scan(address, len(data), keys)
        self._message: Any = None

    def values(self, number: int, name: str, feature: Feature) -> Array:
        """The values of a feature: an array, for a string its bytes.

        Args:
            number: of the feature among the keys.
            name: of the feature.
            feature: what was declared.

        Raises:
            DamagedError: the record is no tf.train.Example.
            ValueError: they are not what was declared.
        """
        found = None
        if self._places is not None:
            kind, begin, end = self._places[number]
            if not kind:
                return _empty(feature)
            if kind == _KINDS[feature.dtype]:
                found = self._plain(kind, begin, end)
        if found is None:
            if self._message is None:
                self._message = read_example(self._data)
            found = _read(self._message, name, feature)
        if found is None:
            return _empty(feature)
        return found if feature.dtype is string else _shaped(name, feature, found)

    def _plain(self, kind: int, begin: int, end: int) -> Array | None:
        if kind == BYTES:
            return self._data[begin:end]
        view = self._data.data
        return ints(view, begin, end) if kind == INTS else floats(view, begin, end)


def _read(example: Any, name: str, feature: Feature) -> Array | None:
    if name not in example:  # a map of messages makes what is asked for
        return None
    entry = example[name]
    kind = entry.WhichOneof("kind")
    if kind is None:
        return None
    if kind != _LISTS[feature.dtype]:
        raise ValueError(f"the feature {name!r} was declared to be {feature.dtype.name}, but the record has a {kind}")
    values = getattr(entry, kind).value
    if not len(values):
        return None
    if feature.dtype is string:
        if len(values) > 1 and feature.shape:
            raise ValueError(f"the feature {name!r} has {len(values)} strings, but its shape is {list(feature.shape)}")
        return np.frombuffer(values[0], np.uint8)
    return np.array(values, feature.numpy_dtype)


def _shaped(name: str, feature: Feature, array: Array) -> Array:
    if not len(array):
        return _empty(feature)
    wanted = math.prod(feature.shape)
    if not feature.variable:
        if len(array) != wanted:
            raise ValueError(
                f"the feature {name!r} has {len(array)} values; its shape {list(feature.shape)} has {wanted}"
            )
        return array.reshape(feature.shape)
    if len(array) % wanted:
        raise ValueError(
            f"the feature {name!r} has {len(array)} values, which is no multiple of its partial shape "
            f"{list(feature.shape)}"
        )
    return array.reshape(-1, *feature.shape)


def _empty(feature: Feature) -> Array:
    if feature.dtype is string:
        return np.empty(0, np.uint8)
    shape = feature.shape if feature.variable else feature.shape[1:]
    return np.empty((0, *shape), feature.numpy_dtype)
