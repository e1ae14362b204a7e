"""The image decoders on the device: a batch of files into one block of device memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from adali.data import TensorListCPU, TensorListGPU
from adali.data.device_samples import pointers
from adali.kernels import _imageheader
from adali.kernels.cuda import type_code
from adali.kernels.devicecodec import DecoderOptions, DeviceCodec, Picture, codec_library
from adali.kernels.imagecodec import ImageInfo
from adali.operators.base import Array, SampleErrors
from adali.operators.gpu import GpuContext, Workbench, struct

if TYPE_CHECKING:
    from adali.operators.decoder._common import ImageDecoderBase

__all__ = ["DECODE_KERNELS", "decode_batch", "device_codec"]

#: The kernels of :func:`decode_batch`.
DECODE_KERNELS = (("decode.cu", "rescale"), ("decode.cu", "to_ycbcr"))

_ROW = struct(("in", "p"), ("out", "p"), ("size", "i8"), ("type", "i4"), ("unit", "f4"))

#: Bytes at the end of a JPEG among which its end marker must be found.
_TAIL = 1024

#: Where samples that are decoded at their own depth begin in their block.
_ALIGNMENT = 256


def device_codec(op: ImageDecoderBase, bench: Workbench) -> DeviceCodec:
    """The operator's decoder, made when it is first asked for; it lives as long as the device is open."""
    key = (id(op), "codec")
    codec: DeviceCodec | None = bench.constants.get(key)
    if codec is None:
        args = op.args
        options = DecoderOptions(
            args["jpeg_fancy_upsampling"], *(args[name] for name in list(DecoderOptions.__dataclass_fields__)[1:])
        )
        codec = DeviceCodec(
            bench.xp, codec_library(bench.xp), bench.device_id, op.env.num_threads, op.env.batch_size, options
        )
        bench.constants[key] = codec
    return codec


def decode_batch(op: ImageDecoderBase, ctx: GpuContext, files: TensorListCPU, *windows: TensorListCPU) -> TensorListGPU:
    """Decode a batch.

    Samples that the device's decoder refuses are decoded by the CPU's, which has the last word about what is an
    image: so an error is the same on both.
    """
    plans = ctx.each(lambda i: _plan(op, ctx, i, files, windows))
    out = ctx.empty([shape for _, _, _, shape in plans], op.dtype, "HWC")
    native = op.dtype == np.uint8 and op.output_type != "YCbCr"
    places, raw = (pointers(out._samples), None) if native else _raw_places(ctx, plans)
    stream = ctx.bench.stream.ptr
    chosen = [i for i, (data, *_) in enumerate(plans) if not _looks_cut(data)]
    pictures = []
    for i in chosen:
        data, info, region, shape = plans[i]
        kind = op.dtype if native else info.dtype
        pictures.append(Picture(data, region, places[i], shape, kind, stream))
    good: list[bool] = []
    if pictures:
        name = "RGB" if op.output_type == "YCbCr" else op.output_type
        codec = device_codec(op, ctx.bench)
        good, held = codec.decode(pictures, name, not native, op.orientation, stream)
        ctx.ledger += (held, pictures, raw, out)
    decoded = {i for i, fine in zip(chosen, good, strict=True) if fine}
    refused = [i for i in range(len(plans)) if i not in decoded]
    if raw is not None and decoded:
        _convert(op, ctx, plans, sorted(decoded), places, raw, out)
    if refused:
        _on_host(op, ctx, plans, refused, out)
    return out


def _plan(
    op: ImageDecoderBase, ctx: GpuContext, index: int, files: TensorListCPU, windows: tuple[TensorListCPU, ...]
) -> tuple[Any, ImageInfo, Any, tuple[int, int, int]]:
    """The file, its header, the region to decode and the shape that gives."""
    data, info, region = op.look(ctx.sample(index), files._samples[index], *[w._samples[index] for w in windows])
    height, width = (info.height, info.width) if region is None else region[2:]
    return data, info, region, (height, width, op.channels or info.channels)


def _looks_cut(data: Any) -> bool:
    """Whether a file seems to end too early: the device's decoders fill in what is missing, the CPU's refuses."""
    if data[0] == 0xFF and data[1] == 0xD8:
        return b"\xff\xd9" not in data[-_TAIL:].tobytes()
    try:
        _imageheader.check_complete(data)
    except (ValueError, IndexError):
        return True
    return False


def _raw_places(ctx: GpuContext, plans: list[Any]) -> tuple[list[int], Any]:
    """Memory for the pixels at the depth of their files: addresses, and the block."""
    offsets, end = [], 0
    for _, info, _, shape in plans:
        offsets.append(end)
        end += -(-math.prod(shape) * info.dtype.itemsize // _ALIGNMENT) * _ALIGNMENT
    raw = ctx.xp.empty((max(end, 1),), np.uint8)
    start = int(raw.data.ptr)
    return [start + offset for offset in offsets], raw


def _convert(
    op: ImageDecoderBase,
    ctx: GpuContext,
    plans: list[Any],
    decoded: list[int],
    places: list[int],
    raw: Any,
    out: TensorListGPU,
) -> None:
    """Scale the samples that were decoded at their own depth to the range of the output's type."""
    ycbcr = op.output_type == "YCbCr"
    table = np.zeros(len(decoded), _ROW)
    targets = pointers(out._samples)
    table["in"], table["out"] = [places[i] for i in decoded], [targets[i] for i in decoded]
    table["size"] = [math.prod(plans[i][3]) // (3 if ycbcr else 1) for i in decoded]
    kinds = [plans[i][1].dtype for i in decoded]
    table["type"] = [type_code(kind) for kind in kinds]
    table["unit"] = [1.0 if kind.kind == "f" else np.float32(1 / np.iinfo(kind).max) for kind in kinds]
    integer = op.dtype.kind != "f"
    top = float(np.iinfo(op.dtype).max) if integer else 1.0
    scalars = [np.float32(top), np.int32(type_code(op.dtype))]
    if ycbcr:
        scalars.insert(1, np.float32(top + integer))
    kernel = "to_ycbcr" if ycbcr else "rescale"
    elements = int(table["size"].max())
    ctx.launch("decode.cu", kernel, table, *scalars, elements=elements, reads=[raw], writes=[out])


def _on_host(op: ImageDecoderBase, ctx: GpuContext, plans: list[Any], refused: list[int], out: TensorListGPU) -> None:
    """Decode some samples on the CPU and copy them to their places.

    Raises:
        SampleErrors: the CPU's decoder refuses some of them, too.
    """
    errors: dict[int, Exception] = {}
    targets = pointers(out._samples)
    copy, stream = ctx.xp.cuda.runtime.memcpyAsync, ctx.bench.stream.ptr
    for i in refused:
        data, _, region, shape = plans[i]
        pixels: Array = ctx.bench.pinned(shape, op.dtype)
        try:
            op.decode(data, region, pixels)
        except Exception as e:
            errors[i] = e
            if op.env.on_error == "raise":
                break
            continue
        copy(targets[i], pixels.ctypes.data, pixels.nbytes, 1, stream)
        ctx.ledger.append(pixels)
    if errors:
        raise SampleErrors(errors)
