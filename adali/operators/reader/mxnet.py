"""readers.mxnet: images and labels from MXNet's RecordIO files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, operator
from adali.operators.reader.container import Container, ContainerReader, DamagedError, Piece
from adali.operators.reader.loader import READER_ARGS, SHUFFLE_FILES_ARGS, Row
from adali.operators.reader.recordio_file import image_record, parse_index, read_record, walk
from adali.types import DALIDataType

__all__ = ["MXNetReader"]


@operator(
    "readers__MXNet",
    args=(
        *READER_ARGS,
        *SHUFFLE_FILES_ARGS,
        Arg(
            "index_path",
            ArgKind.STRS,
            None,
            "The index file, as MXNet's im2rec or DALI's rec2idx write it: one for all files of path, whose offsets "
            "count on from file to file, or (not in DALI) one for each. Without it (not in DALI) the files are walked "
            "through when the reader is made.",
        ),
        Arg("path", ArgKind.STRS, REQUIRED, "The RecordIO files."),
    ),
    num_outputs=2,
    legacy=("MXNetReader",),
    random=True,
)
class MXNetReader(ContainerReader):
    """Reads images and their labels from RecordIO files.

    The first output holds the image as it is stored, uint8 of shape (bytes,); the second its label or labels, float32
    of shape (labels,). Samples come in the order of their places in the files, whatever the order of the index.

    A damaged record fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source of a sample is
    its file and the offset of its record there.

    Raises:
        ArgumentError: files or an index that cannot be read or do not belong together, no records at all.
    """

    output_types = (DALIDataType.UINT8, DALIDataType.FLOAT)

    def setup(self) -> None:
        paths, indices = self.args["path"], self.args["index_path"]
        if not paths:
            raise self.error("path is empty")
        if indices is not None and len(indices) not in (1, len(paths)):
            raise self.error(f"give one index file for all {len(paths)} files, or one for each; got {len(indices)}")
        super().setup()

    def prepare(self) -> None:
        paths, indices = self.args["path"], self.args["index_path"]
        self.open(paths)
        self.files.ahead(self.args["index_path"] or ())
        found: list[list[tuple[int, int, DamagedError | None, str]]] = [[] for _ in paths]
        try:
            starts = np.cumsum([0, *(self.archives[n].size for n in range(len(paths)))]).tolist()
            if indices is None:
                for number, path in enumerate(paths):
                    for offset, size, error in walk(self.archives.walkable(number)):
                        found[number].append((offset, size, error, f"{path} at index {offset}"))
            for number, index in enumerate(indices or ()):
                self._read_index(index, number if len(indices) > 1 else None, starts, found)
        except OSError as e:
            raise self.error(f"cannot read the files of path and their index: {e}") from e
        records: list[tuple[int, int, int]] = []
        for number, entries in enumerate(found):
            # The index gives no sizes: a record ends where the next one begins. Damaged lines come last.
            entries.sort(key=lambda entry: (entry[2] is not None and indices is not None, entry[0]))
            for place, (offset, size, error, source) in enumerate(entries):
                if error is not None:
                    self.mark_bad(len(records), error, source)
                if indices is not None:
                    size = (entries[place + 1][0] if place + 1 < len(entries) else self.archives[number].size) - offset
                records.append((number, offset, max(size, 0)))
            self.counts.append(len(entries))
        self._records = np.array(records, np.int64).reshape(-1, 3)
        self.check_any("record")

    def _read_index(
        self,
        index: str,
        number: int | None,
        starts: list[int],
        found: list[list[tuple[int, int, DamagedError | None, str]]],
    ) -> None:
        text = self.files.text(index)
        for line, place, damage in parse_index(text):
            which, offset, error = number, place, damage
            if which is None:
                which = min(int(np.searchsorted(starts, place, side="right")) - 1, len(found) - 1)
                offset = place - starts[which]
            if error is None and offset >= self.archives[which].size:
                error = DamagedError(f"the files have no byte {place}: the index is wrong, or they were cut off")
            source = f"{self.archives.paths[which]} at index {offset}"
            if error is not None:
                source += f" (line {line} of {index})"
            found[which].append((offset, 0, error, source))

    def nbytes(self, index: int) -> int:
        return int(self._records[index, 2])

    def ranges(self, index: int) -> tuple[int, Sequence[tuple[int, int]]]:
        number, offset, size = self._records[index].tolist()
        return number, [(offset, offset + size)]

    def record_source(self, index: int) -> str:
        number, offset, _ = self._records[index]
        return f"{self.archives.paths[number]} at index {offset}"

    def load_record(self, index: int) -> Row:
        number, offset, size = self._records[index].tolist()
        archive: Container = self.archives[number]
        if self.remote:  # one request, not one for each part of the record
            archive = Piece(archive, offset, size)
        return image_record(read_record(archive, offset)), self.record_source(index)
