"""What equalize and clahe share on the GPU: histograms of regions, and the tables that equalise them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from adali.data import TensorListGPU
from adali.operators.base import Array
from adali.operators.gpu import GpuContext, struct

__all__ = ["HISTOGRAM_KERNELS", "Region", "equalizing_tables", "lab_tables"]

HISTOGRAM_KERNELS = (("histogram.cu", "histogram"), ("histogram.cu", "equalizing_table"))

_REGION = struct(
    ("in", "p"),
    ("counts", "p"),
    ("row", "i8"),
    ("size", "i8"),
    ("step", "i4"),
    ("x", "i4"),
    ("y", "i4"),
    ("w", "i4"),
    ("width", "i4"),
    ("height", "i4"),
)
_TABLE = struct(("counts", "p"), ("out", "p"), ("limit", "i4"), ("scale", "f4"))


@dataclass
class Region:
    """A rectangle of one channel of an image; what reaches beyond the image is mirrored.

    Attributes:
        pointer: address of the image's first value of this channel.
        row: bytes from row to row.
        step: bytes from pixel to pixel.
        box: x, y, width and height.
        size: width and height of the image.
        limit: most pixels in a bin of the histogram, 0 for no limit.
        scale: what the number of pixels up to a bin is multiplied by; 0 for plain equalisation.
    """

    pointer: int
    row: int
    step: int
    box: tuple[int, int, int, int]
    size: tuple[int, int]
    limit: int = 0
    scale: float = 0.0


def equalizing_tables(
    ctx: GpuContext, batch: TensorListGPU, regions: Sequence[Region], bins: int = 256, lab: Any = None
) -> Any:
    """A table of 256 bytes for each region, in device memory: the value of each bin.

    Args:
        ctx: where.
        batch: the images.
        regions: of them.
        bins: number of bins of the histograms.
        lab: :func:`lab_tables` on the device, if the lightness of RGB images is counted; else None.
    """
    xp = ctx.xp
    counts = xp.empty((max(len(regions), 1) * 256,), np.uint32)
    xp.cuda.runtime.memsetAsync(int(counts.data.ptr), 0, int(counts.nbytes), ctx.bench.stream.ptr)
    out = xp.empty((max(len(regions), 1) * 256,), np.uint8)
    ctx.ledger += (counts, out)
    first, second = np.zeros(len(regions), _REGION), np.zeros(len(regions), _TABLE)
    places = np.arange(len(regions), dtype=np.uintp) * np.uintp(256)
    first["counts"] = second["counts"] = places * np.uintp(4) + np.uintp(int(counts.data.ptr))
    second["out"] = places + np.uintp(int(out.data.ptr))
    second["limit"], second["scale"] = [r.limit for r in regions], [r.scale for r in regions]
    for name in ("row", "step"):
        first[name] = [getattr(r, name) for r in regions]
    first["in"] = [r.pointer for r in regions]
    boxes = np.array([(*r.box, *r.size) for r in regions], np.int64).reshape(-1, 6)
    for column, name in ((0, "x"), (1, "y"), (2, "w"), (4, "width"), (5, "height")):
        first[name] = boxes[:, column]
    first["size"] = boxes[:, 2] * boxes[:, 3]
    ctx.launch(
        "histogram.cu",
        "histogram",
        first,
        np.int32(bins),
        np.uint64(0) if lab is None else lab,
        elements=int(first["size"].max(initial=0)),
        per_thread=16,
        reads=[batch],
        writes=[counts],
    )
    ctx.launch(
        "histogram.cu", "equalizing_table", second, np.int32(bins), elements=1, reads=[counts], writes=[out], block=256
    )
    return out


@cache
def lab_tables() -> Array:
    """The tables of lab.cuh: between sRGB and CIELAB in 8 bits, with the numbers of binary places that OpenCV uses."""
    byte = np.arange(256)
    # The light of each value of sRGB, with 3 places behind 8.
    part = byte / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) * (255 * 8)
    # The cubic root of light, with 15 places; a line near 0.
    light = np.arange(3072) / (255 * 8)
    root = np.where(light < 0.008856, light * 7.787 + 16 / 116, np.cbrt(light)) * (1 << 15)
    # For each L: the light and its root, with 14 places.
    dark = byte <= 20
    roots = np.where(dark, 16 / 116 + byte * 5 / (3 * 17 * 29), (byte * 100 / 255 + 16) / 116)
    lights = np.where(dark, byte * 20 * 9 / (17 * 24389), roots**3)
    # And back: values of sRGB for light with 12 places.
    steps = np.arange(4096) / 4096
    back = np.where(steps <= 0.0031308, 12.92 * steps, 1.055 * steps ** (1 / 2.4) - 0.055) * 255
    tables = (linear, root, lights * (1 << 14), roots * (1 << 14), back)
    return np.concatenate([np.rint(t).astype(np.uint16) for t in tables])
