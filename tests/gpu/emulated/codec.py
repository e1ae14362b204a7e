"""nvImageCodec over the emulated device: its CPU codecs decode, and a stream's operation writes the pixels.

What needs no device is the real library's own: code streams, parameters, enums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from adali.kernels import _nvimgcodec

from .arrays import empty, host_view
from .memory import Region as Span
from .memory import region_of
from .state import CUDARuntimeError, check, current_device
from .streams import ExternalStream

_real = _nvimgcodec._lib

Backend, BackendKind = _real.Backend, _real.BackendKind
CodeStream, ColorSpec, DecodeParams = _real.CodeStream, _real.ColorSpec, _real.DecodeParams
LoadHintPolicy, Region, SampleFormat = _real.LoadHintPolicy, _real.Region, _real.SampleFormat


class Image:
    """Pixels in device memory that somebody else owns."""

    def __init__(self, source: Any, cuda_stream: int, sample_format: Any) -> None:
        interface = source.__cuda_array_interface__
        self._source = source
        self.__cuda_array_interface__ = interface
        self.shape: tuple[int, ...] = tuple(interface["shape"])
        self.dtype = np.dtype(interface["typestr"])
        self.sample_format = sample_format
        self._address = int(interface["data"][0])
        self.size = int(np.prod(self.shape)) * self.dtype.itemsize
        span = region_of(self._address, self.size)
        if span is None or span.block.device < 0:
            raise CUDARuntimeError(f"cudaErrorInvalidValue: {self._address:#x} is not device memory")
        self._span: Span = span
        producer = interface.get("stream")
        if producer is not None and producer != cuda_stream:
            ExternalStream(cuda_stream).wait_event(ExternalStream(producer).record())


def as_images(
    sources: Sequence[Any],
    cuda_stream: int = 0,
    *,
    sample_format: Any = None,
    color_spec: Any = None,
    precision: int | None = None,
) -> list[Any]:
    check()
    return [Image(source, cuda_stream, sample_format) for source in sources]


class Decoder:
    """A decoder of one device; refuses what tests tell it to."""

    #: Formats that no decoder of the device takes, for tests of the way back to the CPU.
    refused: ClassVar[set[str]] = set()
    #: Whether it decodes into memory of its own only.
    own_memory: ClassVar[bool] = False
    #: Options of every decoder that was made.
    made: ClassVar[list[tuple[int, int, list[Any], str]]] = []

    def __init__(
        self, device_id: int = -1, max_num_cpu_threads: int = 0, backends: Any = None, options: str = ""
    ) -> None:
        check()
        self.device_id = current_device() if device_id < 0 else device_id
        Decoder.made.append((self.device_id, max_num_cpu_threads, list(backends or ()), options))
        fancy = " ".join(o for o in options.split() if o.startswith(":fancy_upsampling"))
        self._host = _real.Decoder(**_nvimgcodec._CPU, options=fancy)

    def decode(self, srcs: Any, *, images: Any = None, params: Any = None, cuda_stream: int = 0) -> Any:
        stream = ExternalStream(cuda_stream)
        check(stream.device_id)
        if stream.device_id != self.device_id or current_device() != self.device_id:
            raise CUDARuntimeError("cudaErrorInvalidResourceHandle: decoder, stream and current device differ")
        if images is not None and self.own_memory:
            raise ValueError("Only Images with internally managed buffers can be reused.")
        host = [None if s.codec_name in self.refused else self._host.decode(s, params=params) for s in srcs]
        if images is None:
            with stream:
                owned = [None if h is None else empty(tuple(h.shape), np.asarray(h).dtype) for h in host]
            images = [None if a is None else Image(a, cuda_stream, None) for a in owned]
        assert len(images) == len(srcs)
        results: list[Any] = []
        for picture, image in zip(host, images, strict=True):
            if picture is None:
                results.append(None)
                continue
            pixels = np.array(np.asarray(picture))
            if pixels.nbytes > image.size:
                raise ValueError("The provided buffer is too small.")
            target = host_view(image._address, pixels.shape, pixels.dtype)
            stream._enqueue(lambda t=target, p=pixels: np.copyto(t, p), "decode", [], [image._span])
            image.shape, image.dtype = pixels.shape, pixels.dtype
            results.append(image)
        return results
