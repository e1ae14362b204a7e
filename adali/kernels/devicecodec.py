"""Decode compressed images in batches into device memory, with nvImageCodec.

JPEGs are decoded by nvJPEG, on its hardware engine where there is one, JPEG 2000 and TIFF by the libraries that stand
beside it; what these refuse goes to nvImageCodec's CPU codecs, which copy the pixels to the device themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.errors import DeviceUnavailableError

__all__ = ["DecoderOptions", "DeviceCodec", "Picture", "codec_library"]

#: What a file is decoded to: name -> colour specification and sample format, by their names.
_FORMATS = {
    "RGB": ("SRGB", "I_RGB"),
    "BGR": ("SRGB", "I_BGR"),
    "GRAY": ("GRAY", "I_Y"),
    "ANY_DATA": ("UNCHANGED", "I_UNCHANGED"),
}


@dataclass(frozen=True)
class DecoderOptions:
    """How a device's decoder works; see the arguments of ``decoders.image`` of the same names."""

    fancy_upsampling: bool
    hw_decoder_load: float
    hybrid_huffman_threshold: int
    device_memory_padding: int
    host_memory_padding: int
    device_memory_padding_jpeg2k: int
    host_memory_padding_jpeg2k: int
    preallocate_height_hint: int
    preallocate_width_hint: int

    def text(self, batch_size: int) -> str:
        """As nvImageCodec takes them."""
        entries = {
            ":fancy_upsampling": int(self.fancy_upsampling),
            "nvjpeg_cuda_decoder:hybrid_huffman_threshold": self.hybrid_huffman_threshold,
            "nvjpeg_cuda_decoder:device_memory_padding": self.device_memory_padding,
            "nvjpeg_cuda_decoder:host_memory_padding": self.host_memory_padding,
            "nvjpeg2k_cuda_decoder:device_memory_padding": self.device_memory_padding_jpeg2k,
            "nvjpeg2k_cuda_decoder:host_memory_padding": self.host_memory_padding_jpeg2k,
        }
        if self.preallocate_height_hint > 0 and self.preallocate_width_hint > 0:
            entries["nvjpeg_hw_decoder:preallocate_width_hint"] = self.preallocate_width_hint
            entries["nvjpeg_hw_decoder:preallocate_height_hint"] = self.preallocate_height_hint
            entries["nvjpeg_hw_decoder:preallocate_batch_size"] = batch_size
        return " ".join(f"{name}={value}" for name, value in entries.items())


class Picture:
    """Where a decoded image goes: device memory as nvImageCodec takes it.

    A whole array object for each sample would cost more host time than the call that decodes it.
    """

    __slots__ = ("__cuda_array_interface__", "data", "region", "shape")

    def __init__(
        self,
        data: npt.NDArray[np.uint8],
        region: tuple[int, int, int, int] | None,
        address: int,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        stream: int,
    ) -> None:
        """Describe an image to decode.

        Args:
            data: the file's bytes.
            region: (y, x, height, width) of the upright image; None for the whole.
            address: of the pixels, packed (height, width, channels).
            shape: of the pixels.
            dtype: of the pixels.
            stream: handle of the stream on which the memory was allocated.
        """
        self.data = data
        self.region = region
        self.shape = shape
        self.__cuda_array_interface__ = {
            "shape": shape,
            "typestr": dtype.str,
            "data": (address, False),
            "strides": None,
            "version": 3,
            "stream": stream,
        }


def codec_library(xp: Any) -> Any:
    """nvImageCodec, or what the tests' device brings in its place.

    Raises:
        DeviceUnavailableError: it is not installed.
    """
    library = getattr(xp, "_codec", None)
    if library is not None:
        return library
    try:
        from adali.kernels import _nvimgcodec
    except ImportError as e:
        raise DeviceUnavailableError(
            f"Decoders with device='mixed' need nvImageCodec, which cannot be imported ({e}). Install it with "
            "`pip install adali[cuda12]` or `pip install adali[cuda13]`."
        ) from e
    return _nvimgcodec._lib


class DeviceCodec:
    """A decoder of one device; made and used on one thread."""

    def __init__(
        self, xp: Any, library: Any, device_id: int, threads: int, batch_size: int, options: DecoderOptions
    ) -> None:
        """Make a decoder.

        Args:
            xp: CuPy.
            library: nvImageCodec, see :func:`codec_library`.
            device_id: the device.
            threads: for what is decoded on the host.
            batch_size: the largest batch.
            options: see there.
        """
        self._xp = xp
        self._lib = library
        # Whether the library decodes into memory that is not its own.
        self._into = True
        kinds, backend = library.BackendKind, library.Backend
        backends = [backend(kinds.GPU_ONLY), backend(kinds.HYBRID_CPU_GPU), backend(kinds.CPU_ONLY)]
        if options.hw_decoder_load > 0:
            hint = library.LoadHintPolicy.FIXED
            backends.insert(
                0, backend(kinds.HW_GPU_ONLY, load_hint=float(options.hw_decoder_load), load_hint_policy=hint)
            )
        self._decoder = library.Decoder(
            device_id=device_id, max_num_cpu_threads=threads, backends=backends, options=options.text(batch_size)
        )

    def decode(
        self, pictures: Sequence[Picture], output_type: str, any_depth: bool, use_orientation: bool, stream: int
    ) -> tuple[list[bool], list[Any]]:
        """Decode a batch; returns when the host's part is done, and the rest is enqueued on the stream.

        Args:
            pictures: what goes where.
            output_type: "RGB", "BGR", "GRAY" or "ANY_DATA".
            any_depth: keep 16-bit samples, which are otherwise scaled to 8 bits.
            use_orientation: turn the images upright.
            stream: handle of the stream.

        Returns:
            For each picture whether it could be decoded, and what must stay alive until the stream has passed.
        """
        lib = self._lib
        spec, layout = _FORMATS[output_type]
        layout = getattr(lib.SampleFormat, layout)
        params = lib.DecodeParams(
            apply_exif_orientation=use_orientation,
            color_spec=getattr(lib.ColorSpec, spec),
            allow_any_depth=any_depth,
            sample_format=layout,
        )
        streams = [_stream_of(lib, picture) for picture in pictures]
        images = None
        if self._into:
            images = lib.as_images(list(pictures), stream, sample_format=layout)
            try:
                results = self._decoder.decode(streams, images=images, params=params, cuda_stream=stream)
            except (ValueError, RuntimeError):  # an image that does not fit, or memory that the library refuses
                images = None
        if images is None:
            results = self._decoder.decode(streams, params=params, cuda_stream=stream)
        good = [
            result is not None and tuple(result.shape) == picture.shape
            for result, picture in zip(results, pictures, strict=True)
        ]
        if images is None:
            self._copy(results, good, pictures, stream)
            self._into = self._into and not all(good)  # where all fit, it was the memory
        return good, [streams, images, results]

    def _copy(self, results: Sequence[Any], good: Sequence[bool], pictures: Sequence[Picture], stream: int) -> None:
        """Copy what was decoded into the library's own memory to its places."""
        for result, fine, picture in zip(results, good, pictures, strict=True):
            if fine:
                place = picture.__cuda_array_interface__
                source = result.__cuda_array_interface__["data"][0]
                nbytes = math.prod(picture.shape) * np.dtype(place["typestr"]).itemsize
                self._xp.cuda.runtime.memcpyAsync(place["data"][0], source, nbytes, 3, stream)


def _stream_of(lib: Any, picture: Picture) -> Any:
    stream = lib.CodeStream(picture.data)
    if picture.region is not None:
        y, x, height, width = picture.region
        stream = stream.get_sub_code_stream(region=lib.Region(y, x, y + height, x + width))
    return stream
