"""clahe: contrast-limited adaptive histogram equalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._histograms import HISTOGRAM_KERNELS, Region, equalizing_tables, lab_tables
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import storage_dtype

_BLEND = struct(
    ("in", "p"),
    ("out", "p"),
    ("tables", "p"),
    ("pixels", "i8"),
    ("width", "i4"),
    ("channels", "i4"),
    ("tiles_x", "i4"),
    ("tiles_y", "i4"),
    ("per_width", "f4"),
    ("per_height", "f4"),
)


@operator(
    "Clahe",
    inputs=(Input("image", ("HWC",), doc="uint8 images with one channel or three (RGB)."),),
    args=(
        Arg(
            "bins",
            ArgKind.INT,
            256,
            "Bins of a histogram, a power of two and at most 256. On CPU there are always 256, as in DALI.",
        ),
        Arg(
            "clip_limit",
            ArgKind.FLOAT,
            REQUIRED,
            "How many times its even share of pixels a bin may hold; the surplus is spread over all. 0 or less: no "
            "limit.",
        ),
        Arg("luma_only", ArgKind.BOOL, True, "Whether only the lightness of RGB images is equalised, or each channel."),
        Arg("tiles_x", ArgKind.INT, REQUIRED, "Number of tiles along the width."),
        Arg("tiles_y", ArgKind.INT, REQUIRED, "Number of tiles along the height."),
    ),
    devices=("cpu", "gpu"),
)
class Clahe(SampleOperator):
    """Equalises the histogram of each tile of an image, with limited contrast, and blends between tiles.

    The algorithm is that of OpenCV. The lightness of an RGB image is the L of CIELAB in 8 bits.

    Raises:
        ValueError: the image is not uint8, or has neither one channel nor three.
    """

    def setup(self) -> None:
        self.tiles = (self.args["tiles_x"], self.args["tiles_y"])
        if min(self.tiles) < 1:
            raise self.error(f"tiles_x and tiles_y must be positive, got {self.tiles}")
        bins = self.args["bins"]
        if bins < 1:
            raise self.error(f"bins must be positive, got {bins}")
        if self.spec.device == "gpu" and bins not in (1, 2, 4, 8, 16, 32, 64, 128, 256):
            raise self.error(f"on the GPU bins must be a power of two and at most 256, got {bins}")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        import cv2

        image = np.ascontiguousarray(inputs[0])
        if image.dtype != np.uint8:
            raise ValueError(f"expected a uint8 image, got {image.dtype}")
        if image.shape[2] not in (1, 3):
            raise ValueError(f"expected 1 or 3 channels, got an image of shape {image.shape}")
        out = ctx.empty(image.shape, np.uint8)
        if not image.size:
            return out
        # An object of its own: OpenCV keeps the histograms in it.
        clahe = cv2.createCLAHE(self.args["clip_limit"], self.tiles)
        if image.shape[2] == 1:
            out[..., 0] = clahe.apply(image[..., 0])
        elif self.args["luma_only"]:
            lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
            lab[..., 0] = clahe.apply(np.ascontiguousarray(lab[..., 0]))
            cv2.cvtColor(lab, cv2.COLOR_LAB2RGB, dst=out)
        else:
            for channel in range(3):
                out[..., channel] = clahe.apply(np.ascontiguousarray(image[..., channel]))
        return out

    gpu_kernels = (*HISTOGRAM_KERNELS, ("equalize.cu", "blend_tiles"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        if storage_dtype(batch._dtype) != np.uint8:
            raise ValueError(f"expected a uint8 image, got {storage_dtype(batch._dtype)}")
        shapes, starts = batch.shape(), addresses(batch)
        out = ctx.empty(shapes, np.uint8, batch._layout)
        table = np.zeros(len(batch), _BLEND)
        table["in"], table["out"] = starts, addresses(out)
        table["tiles_x"], table["tiles_y"] = self.tiles
        # Images of one channel and of three may be in one batch: those of three by the tables, the others without.
        groups: dict[bool, list[int]] = {}

        def sort(i: int) -> None:
            if shapes[i][2] not in (1, 3):
                raise ValueError(f"expected 1 or 3 channels, got an image of shape {shapes[i]}")
            if min(shapes[i]):
                groups.setdefault(self.args["luma_only"] and shapes[i][2] == 3, []).append(i)

        ctx.each(sort)
        bins = self.args["bins"]
        for luma, members in groups.items():
            lab = ctx.constant("lab", lab_tables) if luma else None
            regions: list[Region] = []
            rows = table[members]
            first = []
            for row, i in zip(rows, members, strict=True):
                height, width, channels = shapes[i]
                row["pixels"], row["width"], row["channels"] = height * width, width, channels
                tile_w, tile_h = self._tile(width, height)
                row["per_width"], row["per_height"] = np.float32(1) / np.array([tile_w, tile_h], np.float32)
                first.append(len(regions))
                for channel in range(1 if luma else channels):
                    regions += self._regions(int(starts[i]) + channel, width, height, channels)
            tables = equalizing_tables(ctx, batch, regions, bins, lab)
            rows["tables"] = np.array(first, np.uintp) * np.uintp(256) + np.uintp(int(tables.data.ptr))
            ctx.launch(
                "equalize.cu",
                "blend_tiles",
                rows,
                np.int32(bins),
                np.uint64(0) if lab is None else lab,
                elements=int(rows["pixels"].max()),
                reads=[batch, tables],
                writes=[out],
            )
        return out

    def _tile(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of a tile. Where one of them does not fit, both axes get more, as in OpenCV."""
        across, down = self.tiles
        if width % across or height % down:
            width, height = width + across - width % across, height + down - height % down
        return width // across, height // down

    def _regions(self, pointer: int, width: int, height: int, channels: int) -> list[Region]:
        tile_w, tile_h = self._tile(width, height)
        area, bins, clip = tile_w * tile_h, self.args["bins"], self.args["clip_limit"]
        limit = max(int(clip * area / bins), 1) if clip > 0 else 0
        scale = float(np.float32(255) / np.float32(area))
        return [
            Region(
                pointer,
                width * channels,
                channels,
                (x * tile_w, y * tile_h, tile_w, tile_h),
                (width, height),
                limit,
                scale,
            )
            for y in range(self.tiles[1])
            for x in range(self.tiles[0])
        ]
