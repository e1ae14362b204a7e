"""Image decoding through nvImageCodec's CPU codecs: one decoder per thread, errors with their reason."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GPU_EXTENSIONS = ("nvjpeg_ext", "nvjpeg2k_ext", "nvtiff_ext")


def _has_cuda_driver() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _import_library() -> Any:
    """Import nvImageCodec without its messages on the terminal.

    The library reads both settings only while it is imported. Without a CUDA driver its GPU extensions
    cannot work, yet each complains on stderr; so it is shown a folder with links to the CPU extensions
    alone. What a user has set in the environment is respected.
    """
    if "nvidia.nvimgcodec" in sys.modules:
        from nvidia import nvimgcodec

        return nvimgcodec
    import importlib.util

    spec = importlib.util.find_spec("nvidia.nvimgcodec")
    if spec is None or spec.origin is None:
        raise ImportError("nvidia-nvimgcodec is not installed")
    extensions = Path(spec.origin).parent / "extensions"
    added: list[str] = []

    def set_once(name: str, value: str) -> None:
        if name not in os.environ:
            os.environ[name] = value
            added.append(name)

    with tempfile.TemporaryDirectory(prefix="adali-codecs-") as folder:
        set_once("PYNVIMGCODEC_VERBOSITY", "0")
        set_once("OPENCV_LOG_LEVEL", "SILENT")  # the library contains a copy of OpenCV
        if sys.platform == "linux" and extensions.is_dir() and not _has_cuda_driver():
            for file in extensions.iterdir():
                if not any(name in file.name for name in _GPU_EXTENSIONS):
                    Path(folder, file.name).symlink_to(file)
            set_once("NVIMGCODEC_EXTENSIONS_PATH", folder)
        try:
            from nvidia import nvimgcodec
        finally:
            for name in added:
                os.environ.pop(name, None)
    return nvimgcodec


_lib = _import_library()

_CPU: dict[str, Any] = {
    "device_id": _lib.NVIMGCODEC_DEVICE_CPU_ONLY,
    "max_num_cpu_threads": 1,  # decode in the calling thread
    "backends": [_lib.Backend(_lib.BackendKind.CPU_ONLY)],
}

_SPECS = {
    "RGB": (_lib.ColorSpec.SRGB, _lib.SampleFormat.I_RGB),
    "BGR": (_lib.ColorSpec.SRGB, _lib.SampleFormat.I_BGR),
    "GRAY": (_lib.ColorSpec.GRAY, _lib.SampleFormat.I_Y),
    "ANY_DATA": (_lib.ColorSpec.UNCHANGED, _lib.SampleFormat.I_UNCHANGED),
}

_PARAMS = {
    (name, any_depth, oriented): _lib.DecodeParams(
        apply_exif_orientation=oriented, color_spec=spec, allow_any_depth=any_depth, sample_format=layout
    )
    for name, (spec, layout) in _SPECS.items()
    for any_depth in (False, True)
    for oriented in (False, True)
}

_CodeStream = _lib.CodeStream
_Region = _lib.Region
_as_image = _lib.as_image
_local = threading.local()


def _make_decoder(fancy_upsampling: bool, fast_idct: bool) -> Any:
    options = f":fancy_upsampling={int(fancy_upsampling)} :fast_idct={int(fast_idct)}"
    return _lib.Decoder(**_CPU, options=options)


def _decoder(fancy_upsampling: bool, fast_idct: bool) -> Any:
    key = (fancy_upsampling, fast_idct)
    try:
        return _local.decoders[key]
    except AttributeError:
        _local.decoders, _local.images = {}, {}
    except KeyError:
        pass
    decoder = _local.decoders[key] = _make_decoder(fancy_upsampling, fast_idct)
    return decoder


def decode(
    data: Any,
    output_type: str,
    any_depth: bool,
    region: tuple[int, int, int, int] | None,
    use_orientation: bool,
    fancy_upsampling: bool,
    fast_idct: bool,
    out: NDArray[Any] | None,
    slot: int | None,
) -> NDArray[Any]:
    """See `imagecodec.decode`; `any_depth` keeps 16-bit samples, otherwise they are scaled to uint8."""
    if not isinstance(data, (bytes, np.ndarray)):
        data = np.frombuffer(data, np.uint8)
    try:
        params = _PARAMS[output_type, any_depth, use_orientation]
    except KeyError:
        raise ValueError(f"unknown output_type {output_type!r}") from None
    if len(data) < 2 or data[0] != 0xFF or data[1] != 0xD8:
        _check(data)  # a JPEG, the usual case, needs none
    stream = _CodeStream(data)
    if region is not None:
        y, x, height, width = region
        if y < 0 or x < 0 or height <= 0 or width <= 0:
            raise ValueError(f"region {region} is empty or has a negative corner")
        stream = stream.get_sub_code_stream(region=_Region(y, x, y + height, x + width))
    decoder = _decoder(fancy_upsampling, fast_idct)
    if slot is not None and out is None:
        images = _local.images
        image = decoder.decode(stream, params=params, image=images.get(slot))
        if image is None:
            images.pop(slot, None)
            raise _reason(data, region, use_orientation)
        images[slot] = image
        return np.asarray(image)
    if out is None:
        image = decoder.decode(stream, params=params)
        if image is None:
            raise _reason(data, region, use_orientation)
        return np.asarray(image)
    return _decode_into(decoder, stream, params, data, region, use_orientation, out)


def _check(data: Any) -> None:
    from adali.kernels import _imageheader
    from adali.kernels.imagecodec import ImageDecodeError

    try:
        _imageheader.check_complete(data)
    except (ValueError, IndexError) as error:
        raise ImageDecodeError(str(error) or "the image header is incomplete") from None


def _decode_into(
    decoder: Any,
    stream: Any,
    params: Any,
    data: Any,
    region: tuple[int, int, int, int] | None,
    use_orientation: bool,
    out: NDArray[Any],
) -> NDArray[Any]:
    if out.dtype != np.uint8 or out.ndim != 3 or not out.flags.c_contiguous:
        raise ValueError(f"out must be a C-contiguous uint8 HWC array, not {out.dtype} of shape {out.shape}")
    try:
        image = decoder.decode(stream, params=params, image=_as_image(out))
    except ValueError as error:  # the buffer is too small; nothing was written
        raise ValueError(f"out of shape {out.shape} does not fit the image: {error}") from None
    if image is None:
        raise _reason(data, region, use_orientation)
    if tuple(image.shape) != out.shape:
        # A smaller image was written to the front of the buffer.
        raise ValueError(f"out has the shape {out.shape}, the image {tuple(image.shape)}")
    return out


def _reason(data: Any, region: tuple[int, int, int, int] | None, use_orientation: bool) -> ValueError:
    """Find out why the library answered None: it only says so on stderr, which is switched off."""
    from adali.kernels import _imagefallback, imagecodec

    if len(data) == 0:
        return imagecodec.ImageDecodeError("the image is empty (0 bytes)")
    try:
        info = imagecodec.probe(data, use_orientation=use_orientation)
    except imagecodec.ImageDecodeError as error:
        return error
    if region is not None:
        y, x, height, width = region
        if y + height > info.height or x + width > info.width:
            return ValueError(f"region {region} does not lie inside the image of {info.height}x{info.width} pixels")
    return imagecodec.ImageDecodeError(_imagefallback.explain(data, info.codec))
