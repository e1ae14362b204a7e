"""readers.webdataset: samples of several files each, from tar archives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, operator
from adali.operators.reader.container import Container, ContainerReader, DamagedError, address_of, read_piece
from adali.operators.reader.loader import READER_ARGS, SHUFFLE_FILES_ARGS, Row
from adali.operators.reader.tar_file import (
    BLOCK,
    Component,
    TarSample,
    check_header,
    parse_index,
    plain_header,
    samples,
)
from adali.types import DALIDataType, to_numpy_type

__all__ = ["WebdatasetReader"]

_INTEGERS = tuple(f"{kind}{bits}" for kind in ("INT", "UINT") for bits in (8, 16, 32, 64))
_TYPES = frozenset((*_INTEGERS, "FLOAT16", "FLOAT", "FLOAT64"))


@operator(
    "readers__Webdataset",
    args=(
        *READER_ARGS,
        *SHUFFLE_FILES_ARGS,
        Arg(
            "case_sensitive_extensions", ArgKind.BOOL, True, "Whether the extensions in ext tell upper from lower case."
        ),
        Arg("dtypes", ArgKind.DTYPES, None, "Type of each output's elements; by default uint8 for all of them."),
        Arg(
            "ext",
            ArgKind.STRS,
            REQUIRED,
            "For each output the extension of the files that go to it, or several with ';' in between: "
            '["jpg;jpeg;png", "cls"]. The extension is all that follows the first dot of a file\'s name.',
        ),
        Arg(
            "index_paths",
            ArgKind.STRS,
            None,
            "Index files, one for each archive, as `adali index` or DALI's wds2idx write them. Without them the "
            "archives are walked through when the reader is made, which reads a block of each file in them.",
        ),
        Arg(
            "missing_component_behavior",
            ArgKind.STR,
            "",
            'What to do with a sample without a file for some output: "empty" (the default) gives an empty array, '
            '"skip" leaves the sample out, and "error" refuses it: build() fails or, with on_error="skip" or '
            '"replace", that sample does.',
        ),
        Arg("paths", ArgKind.STRS, REQUIRED, "The archives."),
    ),
    num_outputs=lambda args: len(args["ext"]) if isinstance(args.get("ext"), tuple) else 1,
    random=True,
)
class WebdatasetReader(ContainerReader):
    """Reads samples of several files each from tar archives (ustar, GNU and pax).

    Consecutive files whose names, with their folders, are equal up to the first dot of the file's own name are one
    sample: ``train/17.jpg`` and ``train/17.cls`` have extensions ``jpg`` and ``cls``. Hidden files (whose own name
    begins with a dot) and what is no regular file do not count.

    There is one output for each item of ``ext``, of shape (bytes / size of an element,) in the type that ``dtypes``
    says. If several files of a sample fit an output, the first one in the archive is taken.

    A damaged sample fails alone, and ``on_error`` of the pipeline decides what becomes of it. The source of a sample is
    its archive, and the offset and name of its file for the first output.

    Raises:
        ArgumentError: archives or index files that cannot be read, arguments that do not fit each other, no samples.
    """

    def setup(self) -> None:
        args = self.args
        self._behavior = args["missing_component_behavior"].lower() or "empty"
        if self._behavior not in ("empty", "skip", "error"):
            raise self.error(
                "missing_component_behavior must be 'empty', 'skip' or 'error', got "
                f"{args['missing_component_behavior']!r}"
            )
        for name in ("paths", "ext"):
            if not args[name]:
                raise self.error(f"{name} is empty")
        indices, dtypes = args["index_paths"] or None, args["dtypes"]
        if indices is not None and len(indices) != len(args["paths"]):
            raise self.error(f"there are {len(args['paths'])} archives, but {len(indices)} index files")
        if dtypes is not None and len(dtypes) != len(args["ext"]):
            raise self.error(f"ext makes {len(args['ext'])} outputs, but dtypes has {len(dtypes)} types")
        self.output_types = dtypes or (DALIDataType.UINT8,) * len(args["ext"])
        unfit = [t for t in self.output_types if t is None or t.name not in _TYPES]
        if unfit:
            raise self.error(f"the bytes of a file cannot be of type {unfit[0]}")
        self._dtypes = [np.dtype(to_numpy_type(t)) for t in self.output_types if t is not None]
        self._outputs: dict[str, list[int]] = {}
        for number, group in enumerate(args["ext"]):
            for ext in group.split(";"):
                self._outputs.setdefault(self._folded(ext), []).append(number)
        self._outputs.pop("", None)
        super().setup()

    def _folded(self, ext: str) -> str:
        return ext if self.args["case_sensitive_extensions"] else ext.lower()

    def prepare(self) -> None:
        self.open(self.args["paths"])
        self.files.ahead(self.args["index_paths"] or ())
        self._samples: list[tuple[int, list[Component | None]]] = []
        for number, path in enumerate(self.archives.paths):
            before = len(self._samples)
            try:
                if not self.args["index_paths"]:
                    found = samples(self.archives.walkable(number))
                else:
                    self.archives[number]  # one that is missing is told now
                    found = parse_index(self.files.text(self.args["index_paths"][number]))
                for sample in found:
                    self._add(number, sample)
            except OSError as e:
                raise self.error(f"cannot read {path!r} and its index: {e}") from e
            except DamagedError as e:
                raise self.error(f"the index {self.args['index_paths'][number]!r} of {path!r}: {e}") from e
            self.counts.append(len(self._samples) - before)
        self.check_any("sample")

    def _add(self, number: int, sample: TarSample) -> None:
        components, where, error, doubtful = sample
        source = f"{self.archives.paths[number]}:{where}"
        chosen: list[Component | None] = [None] * len(self.args["ext"])
        for component in components:
            for output in self._outputs.get(self._folded(component.ext), ()):
                if chosen[output] is None:
                    chosen[output] = component
        if error is None and None in chosen and doubtful:
            error = DamagedError("the archive is damaged beside this sample, which lacks a file")
        if error is None and None in chosen and self._behavior != "empty":
            if self._behavior == "skip":
                return
            missing = self.args["ext"][chosen.index(None)]
            error = DamagedError(f"the sample has no file for the output {missing!r}")
            if self.env.on_error == "raise":
                raise self.error(f"{source}: {error}")
        if error is not None:
            self.mark_bad(len(self._samples), error, source)
        self._samples.append((number, chosen))

    def nbytes(self, index: int) -> int:
        return sum(c.size for c in self._samples[index][1] if c is not None)

    def ranges(self, index: int) -> tuple[int, Sequence[tuple[int, int]]]:
        number, chosen = self._samples[index]
        return number, [(c.offset - BLOCK, c.offset + c.size) for c in chosen if c is not None and c.offset >= BLOCK]

    def record_source(self, index: int) -> str:
        number, chosen = self._samples[index]
        path = self.archives.paths[number]
        first = next((c for c in chosen if c is not None), None)
        return path if first is None else f"{path}:{first.offset}:{first.name}"

    def load_record(self, index: int) -> Row:
        number, chosen = self._samples[index]
        archive = self.archives[number]
        return tuple(map(self._read, repeat(archive), chosen, self._dtypes)), self.record_source(index)

    @staticmethod
    def _read(archive: Container, component: Component | None, dtype: np.dtype[Any]) -> Array:
        if component is None:
            return np.empty(0, dtype)
        offset, size = component.offset, component.size
        address = address_of(archive)
        inside = address and offset >= BLOCK and offset + size <= archive.size
        if inside and plain_header(address + offset - BLOCK, size):
            data = archive.read(offset, size)
        else:
            data = _checked(archive, offset, size)
        if dtype == np.uint8:
            return data
        if dtype.itemsize == 1:
            return data.view(dtype)
        if len(data) % dtype.itemsize:
            raise ValueError(
                f"{component.name or 'a file'} has {len(data)} bytes, which is no multiple of the {dtype.itemsize} "
                f"bytes of an element of type {dtype}"
            )
        array = data.view(dtype)
        return array if array.flags.aligned else array.copy()


def _checked(archive: Container, offset: int, size: int) -> Array:
    """The bytes of a member.

    Raises:
        DamagedError: there is none at that place.
    """
    while True:
        if offset < BLOCK:
            raise DamagedError(f"no file begins at byte {offset}: the index is wrong")
        data = read_piece(archive, offset - BLOCK, size + BLOCK)
        skip = check_header(data[:BLOCK].tobytes(), size)
        if not skip:
            return data[BLOCK:]
        offset += skip
