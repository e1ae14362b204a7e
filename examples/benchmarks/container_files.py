"""The photos of a benchmark in every container format, written by the formats' own libraries where there are any."""

from __future__ import annotations

import io
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Formats of encoded photos; ``numpy`` holds decoded ones.
FORMATS = ("file", "tfrecord", "webdataset", "mxnet", "caffe", "numpy")


def write(folder: Path, photos: list[bytes], arrays: Any) -> None:
    """Write them: a file or folder named after each format; the class of a photo is its number.

    Args:
        photos: encoded.
        arrays: the decoded ones.
    """
    writers: dict[str, Callable[[Path, list[bytes]], None]] = {
        "file": _files,
        "tfrecord": _tfrecord,
        "webdataset": _tar,
        "mxnet": _recordio,
        "caffe": _lmdb,
    }
    for name, writer in writers.items():
        writer(folder / name, photos)
    import numpy as np

    from adali.cli import main

    (folder / "numpy").mkdir()
    for number, array in enumerate(arrays):
        np.save(folder / "numpy" / f"{number:05}.npy", array)
    names = [f"{folder}/{name}" for name in ("tfrecord", "webdataset", "mxnet")]
    if main(["index", *names]):
        raise SystemExit("the index files could not be written")


def _files(folder: Path, photos: list[bytes]) -> None:
    (folder / "all").mkdir(parents=True)
    for number, photo in enumerate(photos):
        (folder / "all" / f"{number:05}.jpg").write_bytes(photo)


def _tfrecord(path: Path, photos: list[bytes]) -> None:
    from tfrecord.writer import TFRecordWriter

    writer = TFRecordWriter(str(path))
    for number, photo in enumerate(photos):
        writer.write({"image": (photo, "byte"), "label": (number, "int")})
    writer.close()


def _tar(path: Path, photos: list[bytes]) -> None:
    with tarfile.open(path, "w") as tar:
        for number, photo in enumerate(photos):
            for name, data in ((f"{number:05}.jpg", photo), (f"{number:05}.cls", b"%d" % number)):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def _recordio(path: Path, photos: list[bytes]) -> None:
    """MXNet's records of images: a magic number and a length, then flag, class and number, then the photo."""
    with path.open("wb") as file:
        for number, photo in enumerate(photos):
            data = struct.pack("<IfQQ", 0, number, number, 0) + photo
            file.write(struct.pack("<II", 0xCED7230A, len(data)) + data + bytes(-len(data) % 4))


def _lmdb(folder: Path, photos: list[bytes]) -> None:
    import lmdb

    def datum(number: int, photo: bytes) -> bytes:
        """Caffe's message: data is field 4, label field 5, encoded field 7."""
        return b"\x22" + _varint(len(photo)) + photo + b"\x28" + _varint(number) + b"\x38\x01"

    with lmdb.open(str(folder), map_size=1 << 30) as env, env.begin(write=True) as transaction:
        for number, photo in enumerate(photos):
            transaction.put(b"%08d" % number, datum(number, photo))


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
