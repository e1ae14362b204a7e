"""Make image_files.npz and image_decode.json: what the real DALI decodes. Run it with DALI's Python (and OpenCV).

image_files.npz holds tiny encoded images ("file NAME", made here by OpenCV; the EXIF orientations are put in by hand)
and their pixels ("NAME#VARIANT"). image_decode.json holds shapes and CRC-32 checksums of the pixels of the files in
shared/data/formats and of some photos: {path: {variant: [shape, dtype, crc]}}, or the string "error". Without that
folder only the first file is made.
"""

from __future__ import annotations

import json
import pathlib
import struct
import sys
import zlib
from typing import Any

import cv2
import numpy as np
from image_cases import sample
from nvidia.dali import Pipeline, fn, types

HERE = pathlib.Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data"

#: name -> (operator, keyword arguments); "types.X" stands for a member of the enums.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "rgb": ("decoders.image", {}),
    "bgr": ("decoders.image", {"output_type": "types.BGR"}),
    "gray": ("decoders.image", {"output_type": "types.GRAY"}),
    "ycbcr": ("decoders.image", {"output_type": "types.YCbCr"}),
    "any": ("decoders.image", {"output_type": "types.ANY_DATA"}),
    "float": ("decoders.image", {"dtype": "types.FLOAT"}),
    "uint16": ("decoders.image", {"dtype": "types.UINT16"}),
    "int16-any": ("decoders.image", {"dtype": "types.INT16", "output_type": "types.ANY_DATA"}),
    "as-stored": ("decoders.image", {"adjust_orientation": False}),
    "fast-idct": ("decoders.image", {"use_fast_idct": True}),
    "fancy": ("decoders.image", {"jpeg_fancy_upsampling": True}),
    "crop": ("decoders.image_crop", {"crop": [9.0, 7.0], "crop_pos_x": 0.3, "crop_pos_y": 0.9}),
    "crop-hw": ("decoders.image_crop", {"crop_h": 5.0, "crop_w": 0.0, "output_type": "types.GRAY"}),
    "slice": ("decoders.image_slice", {"rel_start": [0.1, 0.2], "rel_shape": [0.5, 0.6]}),
    "slice-hw": ("decoders.image_slice", {"start": [3, 2], "end": [11, 12], "axis_names": "HW"}),
    "shape": ("peek_image_shape", {}),
    "shape-stored": ("peek_image_shape", {"adjust_orientation": False, "image_type": "types.ANY_DATA"}),
    "shape-gray": ("peek_image_shape", {"image_type": "types.GRAY", "dtype": "types.INT32"}),
}
#: Variants that are made of the files of `FULL` only.
DETAILS = ("bgr", "ycbcr", "float", "uint16", "int16-any", "fast-idct", "fancy")
FULL = ("jpeg", "png-rgba", "png-16", "tiff-16")
#: Those whose checksums are kept for each file of the shared folder.
SUMS = ("rgb", "gray", "any", "as-stored", "crop", "shape", "shape-stored")


def value(v: Any) -> Any:
    return getattr(types, v[6:]) if isinstance(v, str) and v.startswith("types.") else v


def decode(data: np.ndarray[Any, Any], op: str, kwargs: dict[str, Any]) -> Any:
    pipe = Pipeline(batch_size=1, num_threads=1, device_id=None, prefetch_queue_depth=1)
    with pipe:
        call: Any = fn
        for part in op.split("."):
            call = getattr(call, part)
        encoded = fn.external_source(source=lambda: [data])
        pipe.set_outputs(call(encoded, **{k: value(v) for k, v in kwargs.items()}))
    pipe.build()
    return np.array(pipe.run()[0].at(0))


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG with an EXIF segment that holds nothing but the orientation."""
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def files() -> dict[str, bytes]:
    smooth = cv2.GaussianBlur(sample("uint8:21x30x3"), (0, 0), 1.5)
    gray, rgba = smooth[:, :, 0], np.dstack([smooth, sample("uint8:21x30")])
    deep = smooth.astype(np.uint16) * 255 + 7

    def encode(extension: str, image: Any, *options: int) -> bytes:
        done, data = cv2.imencode(extension, image, list(options))
        assert done
        return bytes(data.tobytes())

    jpeg = encode(".jpg", smooth, cv2.IMWRITE_JPEG_QUALITY, 90)
    made = {
        "jpeg": jpeg,
        "jpeg-444": encode(".jpg", smooth, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111),
        "jpeg-gray": encode(".jpg", gray),
        "jpeg-progressive": encode(".jpg", smooth, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        "png": encode(".png", smooth),
        "png-gray": encode(".png", gray),
        "png-rgba": encode(".png", rgba),
        "png-16": encode(".png", deep),
        "bmp": encode(".bmp", smooth),
        "tiff": encode(".tiff", smooth),
        "tiff-16": encode(".tiff", deep),
        "webp": encode(".webp", smooth, cv2.IMWRITE_WEBP_QUALITY, 101),
        "webp-lossy": encode(".webp", smooth, cv2.IMWRITE_WEBP_QUALITY, 70),
        "ppm": encode(".ppm", smooth),
        "pgm": encode(".pgm", gray),
    }
    return made | {f"jpeg-exif-{i}": with_orientation(jpeg, i) for i in range(1, 9)}


def checksums() -> dict[str, Any]:
    extensions = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pnm", ".ppm", ".pgm", ".jp2"}
    found = sorted(p for p in (SHARED / "formats").rglob("*") if p.suffix.lower() in extensions)
    photos = sorted(p for p in (SHARED / "imagenet_sample").rglob("*") if p.suffix.lower() in extensions)[::10]
    sums: dict[str, Any] = {}
    for path in [*found, *photos]:
        data = np.fromfile(path, np.uint8)
        entry: dict[str, Any] = {}
        for name in SUMS if path in found else ("rgb",):
            try:
                pixels = decode(data, *VARIANTS[name])
            except RuntimeError:
                entry[name] = "error"
                continue
            entry[name] = [list(pixels.shape), pixels.dtype.name, zlib.crc32(np.ascontiguousarray(pixels))]
        sums[path.relative_to(SHARED).as_posix()] = entry
    return sums


def main() -> None:
    arrays: dict[str, Any] = {"variants": np.array(json.dumps(VARIANTS))}
    for name, data in files().items():
        encoded = np.frombuffer(data, np.uint8)
        arrays[f"file {name}"] = encoded
        for variant, (op, kwargs) in VARIANTS.items():
            if name not in FULL and variant in DETAILS:
                continue
            if name == "jpeg-gray" and "any" in variant:
                continue  # DALI 2.4 crashes
            arrays[f"{name}#{variant}"] = decode(encoded, op, kwargs)
    np.savez_compressed(HERE / "image_files.npz", **arrays)
    print(len(arrays), "arrays")
    if SHARED.is_dir():
        sums = checksums()
        (HERE / "image_decode.json").write_text(json.dumps(sums, indent=0, sort_keys=True) + "\n")
        print(len(sums), "files")
    else:
        print("no shared data: image_decode.json is left as it is", file=sys.stderr)


main()
