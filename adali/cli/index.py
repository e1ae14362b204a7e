"""``adali index``: index files of TFRecord, WebDataset and RecordIO files, as DALI's own scripts write them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from adali.cli import CommandError
from adali.cli.progress import Progress
from adali.operators.base import Array
from adali.operators.reader import recordio_file, tar_file, tfrecord_file
from adali.operators.reader.container import Container, DamagedError, open_container

__all__ = ["FORMATS", "index", "index_file"]

#: Format -> endings of the names of its files.
FORMATS = {
    "tfrecord": (".tfrecord", ".tfrecords", ".tfrec"),
    "webdataset": (".tar",),
    "recordio": (".rec",),
}


class _Watched:
    """A container that tells how far it has been read."""

    def __init__(self, container: Container, before: int, progress: Progress | None, status: str) -> None:
        self._container = container
        self.size = container.size
        self._before, self._progress, self._status = before, progress, status

    def read(self, offset: int, size: int) -> Array:
        if self._progress is not None:
            self._progress.update(self._before + offset, self._status)
        return self._container.read(offset, size)


def index(options: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        CommandError: a file cannot be read, is of no known format or damaged, or an index cannot be written.
    """
    files: list[Path] = options.files
    if options.output is not None and len(files) > 1:
        raise CommandError("-o names one index file, but several files are given")
    formats = [options.format or _format(path) for path in files]
    targets = [options.output or path.with_suffix(".idx") for path in files]
    for path, target in zip(files, targets, strict=True):
        if targets.count(target) > 1:
            raise CommandError(f"{target} would be the index of several files; index {path} alone, with -o")
    try:
        total = sum(path.stat().st_size for path in files)
    except OSError as e:
        raise CommandError(str(e)) from None
    progress = Progress(total, sys.stderr)
    before = samples = damaged = 0
    for path, kind, target in zip(files, formats, targets, strict=True):
        try:
            container = _Watched(open_container(str(path)), before, progress, f"{path.name}")
            lines, errors = index_file(container, kind, verify=options.verify)
        except OSError as e:
            raise CommandError(str(e)) from None
        for error in errors:
            print(f"{path}: {error}", file=sys.stderr)
        damaged += len(errors)
        if not errors or options.skip_damaged:
            _write(target, lines)
            samples += len(lines) - (kind == "webdataset")
        before += container.size
    summary = f"{samples} samples in {len(files)} {'file' if len(files) == 1 else 'files'}"
    if progress.live:
        progress.finish(total, summary)
    else:
        print(summary)
    if damaged and not options.skip_damaged:
        raise CommandError("damaged files have got no index; --skip-damaged writes one of what can be read")


def index_file(container: Container, kind: str, verify: bool = False) -> tuple[list[str], list[DamagedError]]:
    """The lines of a file's index, and what is damaged in it.

    Args:
        container: the file.
        kind: its format, one of FORMATS.
        verify: compare the checksums of all data, where the format has them (TFRecord).
    """
    lines: list[str] = []
    errors: list[DamagedError] = []
    if kind == "webdataset":
        found = []
        for sample in tar_file.samples(container):
            if sample.error is None:
                found.append(sample)
            else:
                errors.append(sample.error)
        return list(tar_file.index_lines(found)), errors
    walk = tfrecord_file.walk if kind == "tfrecord" else recordio_file.walk
    for offset, size, error in walk(container):
        if error is None and verify and kind == "tfrecord":
            error = _checked(container, offset, size)
        if error is not None:
            errors.append(error)
        elif kind == "tfrecord":
            lines.append(f"{offset} {size}\n")
        else:
            lines.append(f"{len(lines)}\t{offset}\n")
    return lines, errors


def _checked(container: Container, offset: int, size: int) -> DamagedError | None:
    try:
        record = container.read(offset, size)
        tfrecord_file.payload(record, True, record.ctypes.data)
    except DamagedError as e:
        return DamagedError(f"the record at byte {offset}: {e}")
    return None


def _format(path: Path) -> str:
    for kind, endings in FORMATS.items():
        if path.name.lower().endswith(endings):
            return kind
    # TensorFlow's own names are like train-00000-of-01024.
    try:
        with open(path, "rb") as file:
            head = file.read(512)
    except OSError as e:
        raise CommandError(str(e)) from None
    if head[:4] == bytes.fromhex("0a23d7ce"):
        return "recordio"
    if head[257:262] == b"ustar":
        return "webdataset"
    if len(head) >= 12 and tfrecord_file.begins(head):
        return "tfrecord"
    raise CommandError(f"{path}: its format is not known from its name or content; say --format")


def _write(target: Path, lines: list[str]) -> None:
    """All or nothing: an index that was cut off would look like a smaller data set."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with open(part, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.writelines(lines)
        os.replace(part, target)
    except OSError as e:
        part.unlink(missing_ok=True)
        raise CommandError(f"cannot write {target}: {e}") from None
