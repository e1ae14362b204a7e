"""Writes tests/golden/readers: small files of each container format, made with the format's own library.

``tfrecord`` and ``webdataset`` are the PyPI packages, LMDB is written by ``lmdb`` with messages of the official schemas
of Caffe and Caffe2, RecordIO by the few lines below, after the layout that MXNet documents. Nothing of adali takes
part. Index files are made by DALI's own scripts: give the folder that has them (``bin`` of DALI's environment).

    python tests/golden/make_reader_files.py DALI_ENVIRONMENT/bin
"""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
import webdataset
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tfrecord.writer import TFRecordWriter

ROOT = Path(__file__).parent / "readers"

#: Fields of the messages, as the projects' published .proto files number them: name -> (number, type, repeated).
SCHEMAS: dict[str, dict[str, tuple[int, str, bool]]] = {
    "Datum": {
        "channels": (1, "int32", False),
        "height": (2, "int32", False),
        "width": (3, "int32", False),
        "data": (4, "bytes", False),
        "label": (5, "int32", False),
        "float_data": (6, "float", True),
        "encoded": (7, "bool", False),
    },
    "TensorProto": {
        "dims": (1, "int64", True),
        "data_type": (2, "int32", False),
        "float_data": (3, "float", True),
        "int32_data": (4, "int32", True),
        "byte_data": (5, "bytes", False),
        "string_data": (6, "bytes", True),
    },
    "TensorProtos": {"protos": (1, "TensorProto", True)},
}
FLOAT, INT32, BYTE, STRING = 1, 2, 3, 4


def messages() -> dict[str, Any]:
    """The message classes of SCHEMAS."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="records.proto", package="records", syntax="proto2")
    for name, fields in SCHEMAS.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind, repeated) in fields.items():
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            field = message.field.add(name=field_name, number=number, label=label)
            if kind in SCHEMAS:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".records.{kind}"
            else:
                field.type = getattr(kinds, f"TYPE_{kind.upper()}")
            if repeated and kind in ("float", "int32") and name == "TensorProto":
                field.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {n: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"records.{n}")) for n in SCHEMAS}


MESSAGES = messages()


def blob(number: int, size: int) -> bytes:
    return np.random.default_rng(number).bytes(size)


def write_record(file: Any, data: bytes) -> int:
    """One RecordIO record, split where its data holds the magic number at a multiple of four; returns its offset."""
    magic = struct.pack("<I", 0xCED7230A)
    start = file.tell()
    cuts = [i for i in range(0, len(data) - 3, 4) if data[i : i + 4] == magic]
    pieces, begin = [], 0
    for cut in cuts:
        pieces.append(data[begin:cut])
        begin = cut + 4
    pieces.append(data[begin:])
    for i, piece in enumerate(pieces):
        flag = 0 if len(pieces) == 1 else 1 if i == 0 else 3 if i == len(pieces) - 1 else 2
        file.write(magic + struct.pack("<I", flag << 29 | len(piece)) + piece + bytes(-len(piece) % 4))
    return start


def write_recordio(path: Path, samples: list[tuple[Any, bytes]]) -> None:
    """Samples are (label or list of labels, image)."""
    with open(path, "wb") as file, open(path.with_suffix(".idx"), "w") as index:
        for number, (label, image) in enumerate(samples):
            if isinstance(label, list):
                header = struct.pack("<IfQQ", len(label), 0.0, number, 0) + struct.pack(f"<{len(label)}f", *label)
            else:
                header = struct.pack("<IfQQ", 0, label, number, 0)
            index.write(f"{number}\t{write_record(file, header + image)}\n")


def write_lmdb(path: Path, records: list[bytes], names: str = "{:08d}_x") -> None:
    shutil.rmtree(path, ignore_errors=True)
    with lmdb.open(str(path), map_size=1 << 26) as env, env.begin(write=True) as transaction:
        for number, record in enumerate(records):
            transaction.put(names.format(number).encode(), record)
    (path / "lock.mdb").unlink()


def tfrecords() -> None:
    number = 0
    for name, count in (("a", 5), ("b", 2), ("c", 7)):
        writer = TFRecordWriter(str(ROOT / f"{name}.tfrecord"))
        for _ in range(count):
            sample: dict[str, Any] = {
                "number": (number, "int"),
                "four": ([number, -1, 1 << 40, -(1 << 50)], "int"),
                "many": (list(range(-number, number, 2)), "int"),
                "three": ([number / 2, -0.5, 1e30], "float"),
                "image": (blob(number, 20 + 7 * number), "byte"),
                "two": ([b"ab", b"cde"], "byte"),
                "nothing": (b"", "byte"),
            }
            if number % 2:
                sample["odd"] = ([1, 2, 3], "int")
            writer.write(sample)
            number += 1
        writer.close()


def tars() -> None:
    number = 0
    for name, count in (("a", 5), ("b", 2), ("c", 7)):
        with webdataset.TarWriter(str(ROOT / f"{name}.tar"), mtime=0) as sink:
            for _ in range(count):
                sample = {"__key__": f"train/{number:04d}", "cls": number, "left.bin": blob(number, 8 + 12 * number)}
                if number % 3:
                    sample["json"] = {"number": number}
                sink.write(sample)
                number += 1
    # DALI's own reading of archives knows no pax names and counts a hidden file as a sample without components; its
    # index files cannot have an empty extension.
    for file, format, kinds in (
        ("odd.tar", tarfile.GNU_FORMAT, ("long", "bare")),
        ("plain.tar", tarfile.GNU_FORMAT, ("long",)),
        ("pax.tar", tarfile.PAX_FORMAT, ()),
        ("long.tar", tarfile.PAX_FORMAT, ("long", "hidden")),
    ):
        with tarfile.open(ROOT / file, "w", format=format) as tar:
            odd(tar, kinds)


def odd(tar: tarfile.TarFile, kinds: Sequence[str]) -> None:
    """Names and entries that a reader may trip over."""

    def add(name: str, content: bytes = b"", **fields: Any) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        for key, value in fields.items():
            setattr(info, key, value)
        tar.addfile(info, io.BytesIO(content))

    add("folder", type=tarfile.DIRTYPE)
    add("folder.txt", type=tarfile.DIRTYPE)
    add("folder/one.txt", b"1 txt")
    add("folder/one.JPG", b"1 JPG")
    add("folder/one.seg.png", b"1 seg.png")
    if "hidden" in kinds:
        add("folder/.hidden.txt", b"hidden")
    if "bare" in kinds:
        add("noextension", b"none")
    add("two.jpg", b"2 jpg")
    add("two.txt", b"2 txt")
    add("link.txt", type=tarfile.SYMTYPE, linkname="two.txt")
    add("hard.txt", type=tarfile.LNKTYPE, linkname="two.txt")
    add("two.txt", b"2 again")
    add("other/two.txt", b"3 txt")
    add("other/two.jpeg", b"3 jpeg")
    add("with.dots/four.txt", b"4 txt")
    add("with.dots/four.jpg", b"")
    if "long" in kinds:
        add("d" * 120 + "/" + "e" * 90 + ".txt", b"5 txt")
        add("d" * 120 + "/" + "e" * 90 + ".jpg", b"5 jpg" * 200)
    if "bare" in kinds:
        add("six.", b"6")
    add("seven..txt", b"7")
    add("eight.TXT", b"8 TXT")
    add("eight.txt", b"8 txt")
    add("nine.png", b"9 png")


def recordio() -> None:
    magic = struct.pack("<I", 0xCED7230A)
    samples: list[tuple[Any, bytes]] = [(float(n), blob(n, 10 + 5 * n)) for n in range(12)]
    write_recordio(ROOT / "a.rec", samples[:5])
    write_recordio(ROOT / "b.rec", samples[5:7])
    write_recordio(ROOT / "c.rec", samples[7:])
    # The one index that DALI takes for several files counts on from file to file.
    lines, before = [], 0
    for name in "abc":
        offsets = [int(line.split()[1]) for line in (ROOT / f"{name}.idx").read_text().splitlines()]
        lines += [f"{len(lines) + i}\t{before + offset}\n" for i, offset in enumerate(offsets)]
        before += (ROOT / f"{name}.rec").stat().st_size
    (ROOT / "all.idx").write_text("".join(lines))
    (ROOT / "reversed.idx").write_text("".join(lines[4::-1]))
    (ROOT / "some.idx").write_text("".join(lines[1:4:2]))
    write_recordio(
        ROOT / "odd.rec",
        [
            ([1.0, 2.0, 3.5], b"three labels"),
            ([4.0], b"a list of one"),
            (5.0, b""),
            (6.5, b"x" * 7 + magic + b"not at a multiple of four"),
            (-7.0, b"last"),
        ],
    )
    write_recordio(ROOT / "split.rec", [(1.0, b"xxxx" + magic + b"yyyy" + magic + b"zz"), (2.0, magic), (3.0, b"end")])


def caffe() -> None:
    datum = MESSAGES["Datum"]
    records = [datum(data=blob(n, 10 + 5 * n), label=n, encoded=True) for n in range(12)]
    write_lmdb(ROOT / "caffe_a", [r.SerializeToString() for r in records[:7]])
    write_lmdb(ROOT / "caffe_b", [r.SerializeToString() for r in records[7:]])
    raw = [
        datum(channels=3, height=2, width=4, data=bytes(range(24)), label=5),
        datum(channels=1, height=3, width=2, data=bytes(range(6)), label=-6),
        datum(channels=3, height=2, width=4, data=bytes(range(24)), label=5, encoded=True),
        datum(channels=2, height=2, width=2, data=bytes(range(8))),
    ]
    write_lmdb(ROOT / "caffe_raw", [r.SerializeToString() for r in raw])
    # Enough, and of such sizes, that the tree has branches and its values lie in pages of their own.
    large = [datum(data=blob(n, 3000 if n % 50 == 0 else 3), label=n, encoded=True) for n in range(400)]
    write_lmdb(ROOT / "caffe_large", [r.SerializeToString() for r in large], "{:08d}_" + "k" * 60)


def caffe2() -> None:
    protos = MESSAGES["TensorProtos"]

    def record(*tensors: dict[str, Any]) -> bytes:
        data: bytes = protos(protos=tensors).SerializeToString()
        return data

    def image(n: int) -> dict[str, Any]:
        return {"data_type": STRING, "string_data": [blob(n, 10 + 5 * n)], "dims": [1]}

    def ints(*values: int) -> dict[str, Any]:
        return {"data_type": INT32, "int32_data": values, "dims": [len(values)]}

    def box(n: int) -> dict[str, Any]:
        return ints(0, n, 2, 35)

    def floats(*values: float) -> dict[str, Any]:
        return {"data_type": FLOAT, "float_data": values, "dims": [len(values)]}

    write_lmdb(ROOT / "caffe2_single", [record(image(n), ints(n)) for n in range(12)])
    write_lmdb(ROOT / "caffe2_sparse", [record(image(n), ints(n % 4, 4)) for n in range(5)])
    write_lmdb(ROOT / "caffe2_dense", [record(image(n), floats(n, 0.5, -1)) for n in range(5)])
    write_lmdb(ROOT / "caffe2_weighted", [record(image(n), ints(n % 4, 4), floats(0.25, n)) for n in range(5)])
    write_lmdb(ROOT / "caffe2_none", [record(image(n)) for n in range(5)])
    write_lmdb(ROOT / "caffe2_boxes", [record(image(n), ints(n), box(n)) for n in range(5)])
    write_lmdb(ROOT / "caffe2_labels_only", [record(ints(n)) for n in range(5)])
    write_lmdb(ROOT / "caffe2_extra", [record(image(n), ints(n), floats(n, 1), ints(7, n, 8)) for n in range(5)])
    write_lmdb(ROOT / "caffe2_extra_boxes", [record(image(n), ints(n), floats(n, 1), box(n)) for n in range(5)])
    # DALI counts an output too many for these two types and fails unless a box comes last.
    write_lmdb(ROOT / "caffe2_sparse_boxes", [record(image(n), ints(n % 4, 4), floats(0.0), box(n)) for n in range(5)])
    write_lmdb(
        ROOT / "caffe2_weighted_boxes",
        [record(image(n), ints(n % 4, 4), floats(0.25, n), box(n)) for n in range(5)],
    )
    raw = {"data_type": BYTE, "byte_data": bytes(range(24)), "dims": [2, 4, 3]}
    gray = {"data_type": BYTE, "byte_data": bytes(range(6)), "dims": [3, 2]}
    write_lmdb(ROOT / "caffe2_raw", [record(raw, ints(1)), record(raw, ints(2))])
    write_lmdb(ROOT / "caffe2_gray", [record(gray, ints(1))])


def main(scripts: str) -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    tfrecords()
    tars()
    recordio()
    caffe()
    caffe2()
    for path in sorted(ROOT.glob("*.tfrecord")):
        subprocess.run([f"{scripts}/tfrecord2idx", path, path.with_suffix(".tfrecord.idx")], check=True)
    for path in sorted(ROOT.glob("*.tar")):
        subprocess.run([f"{scripts}/wds2idx", path, path.with_suffix(".tar.idx")], check=True)
    print(sum(p.stat().st_size for p in ROOT.rglob("*") if p.is_file()), "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
