"""Writes the folder ``files``: data of the formats' own libraries, on which the real DALI and adali are compared.

Run it with a Python that has numpy, opencv, soundfile, astropy and pycocotools; it imports nothing of adali.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import sys
from typing import Any

import cv2
import numpy as np
import pycocotools.mask as mask
import soundfile

ROOT = pathlib.Path(__file__).parent / "files"


def arrays(folder: pathlib.Path) -> None:
    """NumPy files, the first value of each is its number; and one of every type and order."""
    rng = np.random.default_rng(1)
    for number in range(14):
        array = rng.integers(0, 100, (4, 5, 3)).astype(np.int16)
        array[0, 0, 0] = number
        path = folder / "many" / f"{'xyz'[number % 3]}" / f"{number:02}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.asfortranarray(array) if number % 4 == 1 else array)
    for name in ("beside.npy", "a/1.npy", "a/2.NPY", "a/deep/3.npy", "a/notes.txt", "b/0.npy", "B.npy"):
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("txt"):
            path.write_text("no array")
        else:
            with path.open("wb") as file:
                np.save(file, np.array([len(name), ord(name[0])], np.uint8))
    (folder / "tree" / "list.txt").write_text("a/1.npy\n\nb/0.npy")
    (folder / "tree" / "spaces.txt").write_text("a/1.npy \nb/0.npy\n")
    (folder / "tree" / "empty.txt").write_text("\n")
    kinds = folder / "kinds"
    kinds.mkdir()
    for kind in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"):
        values = np.array([[0, 1, 2], [100, 1, 5]]).astype(kind)
        np.save(kinds / f"{kind.replace('?', 'bool')}.npy", values)
    np.save(kinds / "scalar.npy", np.array(7, np.int32))
    np.save(kinds / "empty.npy", np.empty((0, 3), np.float32))
    np.save(kinds / "fortran.npy", np.asfortranarray(np.arange(60, dtype=np.float32).reshape(3, 4, 5)))
    np.save(kinds / "c.npy", np.arange(60, dtype=np.float32).reshape(3, 4, 5))
    np.save(kinds / "complex.npy", np.zeros(2, np.complex64))
    np.save(kinds / "text.npy", np.array(["ab"]))


def frames(folder: pathlib.Path) -> None:
    """Streams of frames; the value of a frame is its number."""
    number = 0
    for stream, count in (("10", 9), ("2", 7), ("a", 3), ("short", 1)):
        for frame in range(count):
            path = folder / stream / f"{frame:03}.{'png' if frame % 2 else 'bmp'}"
            path.parent.mkdir(parents=True, exist_ok=True)
            image = np.full((4, 5, 3), number, np.uint8)
            image[0, 0] = (1, 2, 3)
            cv2.imwrite(str(path), image)
            number += 1
    (folder / "a" / "notes.txt").write_text("no frame")
    (folder / "a" / "deep").mkdir()
    cv2.imwrite(str(folder / "a" / "deep" / "000.png"), np.zeros((4, 5, 3), np.uint8))
    cv2.imwrite(str(folder / "beside.png"), np.zeros((4, 5, 3), np.uint8))


def speech(folder: pathlib.Path) -> None:
    """Sounds of some milliseconds; ``@`` in a manifest stands for the folder."""
    rng = np.random.default_rng(2)
    folder.mkdir(parents=True)
    for number in range(12):
        channels = 2 if number % 3 == 1 else 1
        sound = rng.uniform(-0.5, 0.5, (160 + 10 * number, channels)).astype(np.float32)
        name = f"{number:02}.{('wav', 'flac')[number % 2]}"
        soundfile.write(folder / name, sound, 16000 if number % 4 else 8000, subtype="PCM_16")
    entries: list[dict[str, Any]] = []
    for number in range(12):
        entry: dict[str, Any] = {"audio_filepath": f"@/{number:02}.{('wav', 'flac')[number % 2]}"}
        if number % 5:
            entry["text"] = f'number {number} w\u00f6rd "quoted" \\ \u20ac'
        if number % 4:
            entry["duration"] = 0.25 * number
        if number % 6 == 2:
            entry |= {"offset": 0.00252, "duration": 0.00513}
        entries.append(entry)
    (folder / "all.json").write_text("\n".join(json.dumps(e) for e in entries))
    (folder / "two.json").write_text("\n".join(json.dumps(e, ensure_ascii=False) for e in entries[3:5]) + "\n\n")
    (folder / "nested.json").write_text(json.dumps({"extra": {"a": [1, {"b": 2}]}, **entries[0], "x": None}))
    (folder / "nothing.json").write_text(json.dumps({"text": "no file"}))
    (folder / "missing.json").write_text(json.dumps({"audio_filepath": "@/none.wav"}))
    (folder / "behind.json").write_text(json.dumps({"audio_filepath": "@/00.wav", "offset": 1.0}))


def coco(folder: pathlib.Path) -> None:
    """A data set with every kind of annotation; run lengths are made by pycocotools."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True)
    images, annotations = [], []
    categories = [{"id": number, "name": f"class {number}"} for number in (18, 3, 44, 7)]
    for number in [*range(20, 8, -1), 3]:
        width, height = int(rng.integers(20, 40)), int(rng.integers(15, 30))
        name = f"{number}.jpg"
        cv2.imwrite(str(folder / name), np.full((height, width, 3), number, np.uint8))
        images.append({"id": number, "file_name": name, "width": width, "height": height, "license": 1})
        for _ in range(int(rng.integers(0, 5))):
            x, y = rng.uniform(0, width - 12), rng.uniform(0, height - 10)
            w, h = rng.uniform(3, 12), rng.uniform(3, 10)
            corners = [x, y, x + w, y, x + w, y + h, x, y + h]
            kind = int(rng.integers(0, 4))
            crowd = 0
            segmentation: Any = [[round(float(v), 2) for v in corners]]
            if kind == 1:
                segmentation.append([round(float(v), 1) for v in (x, y, x + w / 2, y + h, x, y + h)])
            elif kind > 1:
                crowd = 1
                bits = np.zeros((height, width), np.uint8, order="F")
                bits[int(y) : int(y + h), int(x) : int(x + w)] = 1
                bits[int(y) + 1, int(x)] = 0
                runs = mask.encode(bits)
                segmentation = {"size": [height, width], "counts": runs["counts"].decode()}
                if kind == 3:
                    flat = bits.T.reshape(-1)
                    edges = np.flatnonzero(np.diff(flat)) + 1
                    counts = np.diff([0, *edges.tolist(), flat.size]).tolist()
                    segmentation["counts"] = [0, *counts] if flat[0] else counts
            annotations.append(
                {
                    "id": len(annotations),
                    "image_id": number,
                    "category_id": int(rng.choice([18, 3, 44, 7])),
                    "bbox": [round(float(v), 2) for v in (x, y, w, h)],
                    "area": 1.0,
                    "iscrowd": crowd,
                    "segmentation": segmentation,
                }
            )
    annotations.append({**annotations[0], "bbox": [1, 1, 0.05, 5], "id": 1000})
    root = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(root))
    polygons = [a for a in annotations if not a["iscrowd"]]
    (folder / "polygons.json").write_text(json.dumps({**root, "annotations": polygons}))
    bad = [{**a, "bbox": [1, 2, 3]} if a["image_id"] == 10 else a for a in annotations]
    (folder / "bad.json").write_text(json.dumps({**root, "annotations": bad}))


def images_of_stars(folder: pathlib.Path) -> None:
    """FITS files of astropy: types, scaling, compression, tables."""
    from astropy.io import fits

    folder.mkdir(parents=True)

    def write(name: str, *units: Any) -> None:
        fits.HDUList([fits.PrimaryHDU(), *units]).writeto(folder / f"{name}.fits")

    values = np.arange(24).reshape(2, 3, 4)
    for kind in ("u1", "i2", "i4", "i8", "f4", "f8", "u2"):
        write(f"type_{kind}", fits.ImageHDU(values.astype(kind)))
    write("two", fits.ImageHDU(values.astype("f4")), fits.ImageHDU(values[0].astype("i2") + 100))
    for kind in ("RICE_1", "GZIP_1", "GZIP_2"):
        image = np.arange(400, dtype="i2").reshape(20, 20)
        write(f"compressed_{kind}", fits.CompImageHDU(image, compression_type=kind))
    scaled = fits.ImageHDU(values[0].astype("i2"))
    scaled.header["BSCALE"], scaled.header["BZERO"] = 0.5, 10.0
    write("scaled", scaled)
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=np.arange(3))])
    write("table", table, fits.ImageHDU(values.astype("i2")))
    write("nothing", fits.ImageHDU())
    fits.PrimaryHDU(values.astype("i2")).writeto(folder / "primary.fits")


def tables(folder: pathlib.Path) -> None:
    """A Parquet file of three row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    table = pa.table({"number": list(range(12)), "list": [[i, i + 1] for i in range(12)]})
    pq.write_table(table, folder / "numbers.parquet", row_group_size=5)


MAKERS = {
    "parquet": tables,
    "numpy": arrays,
    "sequence": frames,
    "nemo_asr": speech,
    "coco": coco,
    "fits": images_of_stars,
}


def main(names: list[str]) -> None:
    for name in names or MAKERS:
        folder = ROOT / name
        shutil.rmtree(folder, ignore_errors=True)
        if name in ("numpy", "sequence"):
            folder.mkdir(parents=True)
        MAKERS[name](folder)


if __name__ == "__main__":
    main(sys.argv[1:])
