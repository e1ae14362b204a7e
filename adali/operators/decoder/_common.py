"""What the image decoders share: arguments, output types, and decoding into the sample's place in the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels.imagecodec import ImageInfo, Region, decode, probe
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator
from adali.operators.decoder._mixed import DECODE_KERNELS, decode_batch, device_codec
from adali.operators.gpu import GpuContext, Workbench
from adali.types import DALIDataType, DALIImageType, to_numpy_type

__all__ = ["CACHE_ARGS", "DECODER_ARGS", "DECODER_DEVICES", "ENCODED", "OUTPUT_TYPES", "ImageDecoderBase", "flat_bytes"]

ENCODED = Input("encoded", doc="The bytes of one image file, uint8.")
DECODER_DEVICES = ("cpu", "mixed")


def _mixed(name: str, kind: ArgKind, default: Any, doc: str) -> Arg:
    return Arg(name, kind, default, f'{doc} Concerns device="mixed" only.')


def _hint(name: str, kind: ArgKind, default: Any, doc: str) -> Arg:
    return Arg(name, kind, default, f"{doc} Accepted and without effect.")


DECODER_ARGS = (
    Arg("adjust_orientation", ArgKind.BOOL, True, "Turn the image upright as its EXIF orientation says."),
    Arg(
        "dtype",
        ArgKind.DTYPE,
        DALIDataType.UINT8,
        "Type of the output. The range of the stored samples is scaled to that of the type (0..1 for FLOAT).",
    ),
    Arg(
        "output_type",
        ArgKind.IMAGE_TYPE,
        DALIImageType.RGB,
        "Colours of the output: RGB, BGR, GRAY, YCbCr (ITU-R BT.601, computed from RGB), or ANY_DATA, which keeps the "
        "channels of the file.",
    ),
    Arg(
        "jpeg_fancy_upsampling",
        ArgKind.BOOL,
        False,
        'Interpolate the chroma of a JPEG with device="mixed" as the CPU does; on the CPU it always is.',
    ),
    Arg("use_fast_idct", ArgKind.BOOL, False, "Decode JPEGs on the CPU with the faster, less exact inverse DCT."),
    _hint("affine", ArgKind.BOOL, True, "Tie each thread to one core."),
    _mixed("device_memory_padding", ArgKind.INT, 16777216, "Device memory to allocate at first, in bytes."),
    _mixed("device_memory_padding_jpeg2k", ArgKind.INT, 0, "The same for JPEG 2000."),
    _mixed("host_memory_padding", ArgKind.INT, 8388608, "Pinned host memory to allocate at first, in bytes."),
    _mixed("host_memory_padding_jpeg2k", ArgKind.INT, 0, "The same for JPEG 2000."),
    _mixed(
        "hw_decoder_load",
        ArgKind.FLOAT,
        0.65,
        "Share of the images that the hardware decoder gets, where the device has one; 0 leaves it out.",
    ),
    _mixed("hybrid_huffman_threshold", ArgKind.INT, 1000000, "Pixels from which on the GPU decodes Huffman codes."),
    _mixed(
        "preallocate_height_hint",
        ArgKind.INT,
        0,
        "Expected height of the images in pixels; with both, the hardware decoder allocates at first.",
    ),
    _mixed("preallocate_width_hint", ArgKind.INT, 0, "Expected width of the images in pixels."),
    Arg("memory_stats", ArgKind.BOOL, False, deprecated=""),
    Arg("split_stages", ArgKind.BOOL, False, deprecated=""),
    Arg("use_chunk_allocator", ArgKind.BOOL, False, deprecated=""),
)

#: Of decoders.image alone.
CACHE_ARGS = (
    _hint("cache_batch_copy", ArgKind.BOOL, True, "Copy several images from the cache at once."),
    _hint("cache_debug", ArgKind.BOOL, False, "Report what the cache does."),
    _hint("cache_size", ArgKind.INT, 0, "Size of the cache of decoded images in megabytes."),
    _hint("cache_threshold", ArgKind.INT, 0, "Images of fewer bytes are not cached."),
    _hint("cache_type", ArgKind.STR, "", 'What is cached: "threshold" or "largest".'),
)

#: Output type -> its name for the codec, and its number of channels (0: as many as the file has).
OUTPUT_TYPES: dict[DALIImageType, tuple[Any, int]] = {
    DALIImageType.RGB: ("RGB", 3),
    DALIImageType.BGR: ("BGR", 3),
    DALIImageType.GRAY: ("GRAY", 1),
    DALIImageType.YCbCr: ("YCbCr", 3),
    DALIImageType.ANY_DATA: ("ANY_DATA", 0),
}

_DTYPES = (
    DALIDataType.UINT8,
    DALIDataType.INT8,
    DALIDataType.UINT16,
    DALIDataType.INT16,
    DALIDataType.UINT32,
    DALIDataType.INT32,
    DALIDataType.FLOAT,
)


def flat_bytes(data: Array) -> Array:
    """An encoded image as a flat array of bytes.

    Raises:
        TypeError: it has another type than uint8.
    """
    if data.dtype != np.uint8:
        raise TypeError(f"encoded images must be uint8, got {data.dtype}")
    if data.ndim != 1 or not data.flags.c_contiguous:
        data = np.ascontiguousarray(data).reshape(-1)
    return data


class ImageDecoderBase(SampleOperator):
    """Base of the image decoders: output layout HWC.

    With device="mixed" nvImageCodec decodes the batch into one block of device memory. What nvJPEG and its relatives
    refuse is decoded on the host; errors are those of the CPU's decoder.
    """

    out_layout = "HWC"
    gpu_kernels = DECODE_KERNELS

    def setup(self) -> None:
        args = self.args
        if args["dtype"] not in _DTYPES:
            raise self.error(f"dtype {args['dtype'].name} is not supported; use " + ", ".join(t.name for t in _DTYPES))
        self.dtype = np.dtype(to_numpy_type(args["dtype"]))
        self.output_type, self.channels = OUTPUT_TYPES[args["output_type"]]
        self.orientation = bool(args["adjust_orientation"])
        self.fast_idct = bool(args["use_fast_idct"])

    def region(self, ctx: SampleContext, info: ImageInfo, *windows: Array) -> Region | None:
        """The part to decode, (y, x, height, width) in pixels of the upright image; None for the whole."""
        return None

    def look(self, ctx: SampleContext, data: Array, *windows: Array) -> tuple[Array, ImageInfo, Region | None]:
        """The file as flat bytes, what its header says, and the part to decode."""
        data = flat_bytes(data)
        info = probe(data, use_orientation=self.orientation)
        return data, info, self.region(ctx, info, *windows)

    def decode(self, data: Array, region: Region | None, out: Array | None) -> Array:
        """Decode a file on the CPU, into ``out`` if it is given."""
        return decode(
            data,
            output_type=self.output_type,
            dtype=self.dtype,
            region=region,
            use_orientation=self.orientation,
            # The CPU decoder always interpolates chroma; the argument only makes the mixed one do so too.
            fancy_upsampling=True,
            fast_idct=self.fast_idct,
            out=out,
        )

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data, info, region = self.look(ctx, *inputs)
        out = None
        if self.channels:
            height, width = (info.height, info.width) if region is None else region[2:]
            out = ctx.empty((height, width, self.channels), self.dtype)
        return self.decode(data, region, out)

    def prepare_gpu(self, bench: Workbench) -> None:
        device_codec(self, bench)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return decode_batch(self, ctx, *inputs)
