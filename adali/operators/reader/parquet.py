"""readers.parquet: columns of Parquet files. DALI has no such reader."""

from __future__ import annotations

import bisect
import io
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adali.extras import needed
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, InputChunk, operator
from adali.operators.reader.files import FilesReader, matcher
from adali.operators.reader.listed import alike
from adali.operators.reader.loader import READER_ARGS, SHUFFLE_FILES_ARGS, Row
from adali.operators.reader.order import Turn
from adali.storage import RemoteFile, is_url, join, local_path

__all__ = ["ParquetReader"]


def _outputs(args: Mapping[str, Any]) -> int:
    columns = args.get("columns")
    return max(1, len(columns)) if isinstance(columns, (list, tuple)) else 1


@operator(
    "readers__Parquet",
    args=(
        *READER_ARGS,
        *SHUFFLE_FILES_ARGS,
        Arg("columns", ArgKind.STRS, REQUIRED, "Names of the columns; each is one output. ``a.b`` is field b of a."),
        Arg("file_root", ArgKind.STR, None, "Folder that holds the files, at any depth; or the folder of ``files``."),
        Arg("file_filter", ArgKind.STR, "*.parquet", "Glob pattern; only files of file_root that match it are read."),
        Arg("files", ArgKind.STRS, None, "Names of the files, relative to file_root if that is given."),
        Arg(
            "row_group_cache",
            ArgKind.INT,
            4,
            "How many row groups are held in memory. Shuffling over more of them than that reads them again and again.",
        ),
    ),
    num_outputs=_outputs,
    random=True,
    serializable=False,
)
class ParquetReader(FilesReader):
    """Reads columns of Parquet files, one output for each column and one sample for each row. DALI has no such reader.

    A number becomes a scalar of its type; a string or binary value its bytes, uint8 of shape (bytes,), such as encoded
    images; a (fixed-size) list of numbers an array with as many dimensions as it is nested, if it is rectangular. A
    date, time or decimal, and a missing value, is the failure of its sample. The bytes of images in data sets of
    Hugging Face are the column ``"image.bytes"``.

    Files, which may be URLs, are taken in the order of their names (byte by byte). Only their footers are read when the
    pipeline is built; row groups are read when their first row is wanted, the wanted columns alone, and
    ``row_group_cache`` of them are kept. ``shuffle_after_epoch`` shuffles whole files; ``random_shuffle`` draws from a
    window of ``initial_fill`` rows. pyarrow (extra ``parquet``) does the reading.

    With ``on_error="skip"`` or ``"replace"``, a file whose footer cannot be read is left out and logged.

    Raises:
        ArgumentError: there is no file, a file is none of Parquet's, or has not the columns.
    """

    shuffles_files = True

    def setup(self) -> None:
        args = self.args
        if args["files"] is None and args["file_root"] is None:
            raise self.error("give file_root or files")
        if not args["columns"]:
            raise self.error("columns is empty")
        if args["row_group_cache"] < 1:
            raise self.error(f"row_group_cache must be positive, got {args['row_group_cache']}")
        self._arrow, self._parquet = (
            needed(module, "readers.parquet", "adali[parquet]", self.error) for module in ("pyarrow", "pyarrow.parquet")
        )
        self._groups: OrderedDict[int, list[Any]] = OrderedDict()
        self._reading = threading.Lock()
        super().setup()

    def prepare(self) -> None:
        root = self.args["file_root"] or ""
        names = list(self.args["files"] or self._find(root))
        if not names:
            raise self.error(f"file_root {root!r} holds no file that matches {self.args['file_filter']}")
        self._paths = [join(root, name) for name in names]
        self._rows: list[int] = []
        #: First row of each row group, and where it is: file and number.
        self._starts: list[int] = []
        self._places: list[tuple[int, int]] = []
        total = 0
        self._columns = list(self.args["columns"])
        for number, path in enumerate(self._paths):
            file = None
            try:
                file = self._open(path)
                meta = file.metadata
                known = {meta.schema.column(i).path for i in range(meta.num_columns)}
                for column in self._columns:
                    if not any(name == column or name.startswith(column + ".") for name in known):
                        raise self.error(
                            f"{path!r} has no column {column!r}; its columns are {', '.join(sorted(known))}"
                        )
                sizes = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
            except (OSError, UnicodeDecodeError, self._arrow.ArrowException) as e:
                if self.env.on_error == "raise":
                    raise self.error(f"cannot read {path!r}: {e}") from e
                logging.getLogger("adali").warning("cannot read %s: %s: left out", path, e)
                sizes = []
            finally:
                if file is not None:
                    file.close()
            for group, size in enumerate(sizes):
                if size:
                    self._starts.append(total)
                    self._places.append((number, group))
                    total += size
            self._rows.append(sum(sizes))
        if not total:
            raise self.error(f"there are no rows in {', '.join(self._paths)}")
        self._size = total

    def _find(self, root: str) -> list[str]:
        try:
            if is_url(root):
                names = self.files.list(root)
            else:
                base = local_path(root)
                names = [
                    os.path.relpath(os.path.join(folder, name), base)
                    for folder, _, files in os.walk(base)
                    for name in files
                ]
        except OSError as e:
            raise self.error(f"cannot list the files of file_root {root!r}: {e}") from e
        wanted = matcher((self.args["file_filter"],), case_sensitive=True)
        return sorted((n for n in names if wanted(n.replace("\\", "/").rpartition("/")[2])), key=os.fsencode)

    def _open(self, path: str) -> Any:
        source: Any = local_path(path)
        if is_url(path):
            source = self._arrow.PythonFile(io.BufferedReader(RemoteFile(self.files.storage, path), 1 << 16), mode="r")
        return self._parquet.ParquetFile(source, pre_buffer=True, memory_map=not self.args["dont_use_mmap"])

    @property
    def size(self) -> int:
        return self._size

    def containers(self) -> Sequence[int]:
        return self._rows

    def source_of(self, index: int) -> str:
        group = bisect.bisect_right(self._starts, index) - 1
        number = self._places[group][0]
        return f"{self._paths[number]}, row {index - sum(self._rows[:number])}"

    def load(self, index: int) -> Row:
        group = bisect.bisect_right(self._starts, index) - 1
        row = index - self._starts[group]
        return tuple(_array(column[row], column.type) for column in self._group(group)), self.source_of(index)

    def _group(self, number: int) -> list[Any]:
        """The columns of a row group."""
        with self._reading:
            columns = self._groups.get(number)
            if columns is None:
                file, group = self._places[number]
                try:
                    reader = self._open(self._paths[file])
                    try:
                        table = reader.read_row_group(group, columns=self._columns, use_threads=False)
                        table.validate(full=True)
                    finally:
                        reader.close()
                except self._arrow.ArrowException as e:
                    raise ValueError(f"row group {group} of {self._paths[file]!r} cannot be read: {e}") from e
                columns = [self._column(table, name) for name in self._columns]
                self._groups[number] = columns
                while len(self._groups) > self.args["row_group_cache"]:
                    self._groups.popitem(last=False)
            else:
                self._groups.move_to_end(number)
            return columns

    def _column(self, table: Any, name: str) -> Any:
        if name in table.column_names:
            return table.column(name).combine_chunks()
        head, *fields = name.split(".")
        column = table.column(head).combine_chunks()
        for field in fields:
            column = self._arrow.compute.struct_field(column, [field])
        return column

    def _chunk(self, loaded: Sequence[tuple[Turn, Row | Exception]], last: Turn) -> InputChunk:
        return super()._chunk(alike(loaded), last)

    def close(self) -> None:
        super().close()
        self._groups.clear()


def _array(value: Any, kind: Any) -> Array:
    """One value as an array.

    Raises:
        ValueError: it is missing, ragged, or of a type that has no array.
    """
    import pyarrow.types as types

    if not value.is_valid:
        raise ValueError("a value is missing")
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return np.array(value.as_py(), kind.to_pandas_dtype())
    if types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        return np.frombuffer(value.as_buffer(), np.uint8)
    if types.is_fixed_size_binary(kind):
        return np.frombuffer(value.as_buffer(), np.uint8)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _nested(value.values, kind.value_type)
    raise ValueError(f"a value of type {kind} is no number, list of numbers, string or bytes")


def _nested(values: Any, kind: Any) -> Array:
    import pyarrow.types as types

    if values.null_count:
        raise ValueError("a list has missing values")
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        rows = [_nested(value.values, kind.value_type) for value in values]
        if len({row.shape for row in rows}) > 1:
            raise ValueError("a nested list is ragged")
        return np.stack(rows) if rows else np.empty((0,) * (1 + _depth(kind)), _number(kind))
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        found: Array = values.to_numpy(zero_copy_only=False)
        return np.ascontiguousarray(found, _number(kind))
    raise ValueError(f"a list of {kind} is no array")


def _depth(kind: Any) -> int:
    return 1 + _depth(kind.value_type) if hasattr(kind, "value_type") else 0


def _number(kind: Any) -> Any:
    return _number(kind.value_type) if hasattr(kind, "value_type") else np.dtype(kind.to_pandas_dtype())
