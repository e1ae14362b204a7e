"""What the emulated CuPy offers, the real one has too, with the same parameters. Needs CuPy, but no device."""

from __future__ import annotations

import inspect
import math
import re
import warnings
from types import SimpleNamespace
from typing import Any

import emulated
import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a CUDA toolkit, and says so
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed (the extra cuda-compile has it)")

PAIRS = {
    "Stream": (emulated.cuda.Stream, lambda: cupy.cuda.Stream),
    "Event": (emulated.cuda.Event, lambda: cupy.cuda.Event),
    "ndarray": (emulated.cupy.ndarray, lambda: cupy.ndarray),
    "MemoryPointer": (emulated.cuda.MemoryPointer, lambda: cupy.cuda.MemoryPointer),
    "UnownedMemory": (emulated.cuda.UnownedMemory, lambda: cupy.cuda.UnownedMemory),
    "Device": (emulated.cuda.Device, lambda: cupy.cuda.Device),
    "RawModule": (emulated.cupy.RawModule, lambda: cupy.RawModule),
    "RawKernel": (emulated.cupy.RawKernel, lambda: cupy.RawKernel),
    "runtime": (emulated.cuda.runtime, lambda: cupy.cuda.runtime),
}
SPECIAL = (
    "__init__",
    "__call__",
    "__enter__",
    "__exit__",
    "__dlpack__",
    "__dlpack_device__",
    "__cuda_array_interface__",
)


def parameters(function: Any) -> list[str] | None:
    """Names of a function's parameters; None where a compiled function does not tell."""
    try:
        found = [n for n, p in inspect.signature(function).parameters.items() if p.kind not in (2, 4)]
    except (TypeError, ValueError):
        head = re.match(r"[\w.]+\((.*?)\)", (getattr(function, "__doc__", None) or "").strip().split("\n")[0])
        if head is None:
            return None
        parts = [part.split("=")[0].split(":")[0].strip() for part in head[1].split(",")]
        found = [part.split()[-1] for part in parts if part and part not in ("*", "/")]
    return [name for name in found if name != "self"]


@pytest.mark.parametrize("pair", PAIRS)
def test_names_and_parameters(pair: str) -> None:
    mine, real = PAIRS[pair][0], PAIRS[pair][1]()
    names = [n for n in vars(mine) if not n.startswith("_") or n in SPECIAL]
    assert names
    unknown = [n for n in names if not hasattr(real, n)]
    # Attributes of instances and what only the emulation's Memory has.
    assert unknown == [], unknown
    for name in names:
        ours, theirs = getattr(mine, name), getattr(real, name)
        if not callable(ours) or inspect.isclass(ours):
            continue
        known = parameters(theirs)
        if known is None or "**kwargs" in known or (name in ("__init__", "__exit__") and not known):
            continue
        extra = [p for p in parameters(ours) or [] if p not in known]
        assert extra == [], f"{pair}.{name}: {extra} not among {known}"


def test_module_level_names() -> None:
    for name in vars(emulated.cupy):
        if not name.startswith("_") and name != "cuda":
            assert hasattr(cupy, name), name
    for name in vars(emulated.cuda):
        assert hasattr(cupy.cuda, name), name


# ---- nvImageCodec ----------------------------------------------------------------------------------------------------


def test_codec_names_and_parameters() -> None:
    """The real library is compiled and tells its parameters in docstrings only."""
    library = pytest.importorskip("adali.kernels._nvimgcodec")._lib
    mine = emulated.codec
    for function, theirs in (
        (mine.Decoder.__init__, library.Decoder.__init__),
        (mine.Decoder.decode, library.Decoder.decode),
        (mine.as_images, library.as_images),
    ):
        known = set(re.findall(r"(\w+): ", theirs.__doc__))
        ours = [name for name in inspect.signature(function).parameters if name != "self"]
        assert [name for name in ours if name not in known] == []
    for name in ("Image", "Decoder", "as_images", "NVIMGCODEC_DEVICE_CPU_ONLY"):
        assert hasattr(library, name)
    assert all(hasattr(library.Image, name) for name in ("shape", "dtype", "size", "sample_format"))


@pytest.mark.parametrize("kind", ["RGB", "BGR", "GRAY", "ANY_DATA"])
def test_the_real_codec_takes_what_the_mixed_decoders_give_it(kind: str) -> None:
    """A batch into slices of memory of the caller's, windows too: with the real library, on host memory."""
    library = pytest.importorskip("adali.kernels._nvimgcodec")._lib
    from on_gpu import test_module

    from adali.kernels import _nvimgcodec, imagecodec
    from adali.kernels.devicecodec import DecoderOptions, DeviceCodec, Picture

    made: list[Any] = []

    def host_images(pictures: Any, stream: int, **kwargs: Any) -> Any:
        shown = [p.__cuda_array_interface__ for p in pictures]
        arrays = [emulated.arrays.host_view(s["data"][0], s["shape"], np.dtype(s["typestr"])) for s in shown]
        made.extend(library.as_images(arrays, stream, **kwargs))
        return made

    shim = SimpleNamespace(**{name: getattr(library, name) for name in dir(library) if name[0].isupper()})
    shim.as_images = host_images
    shim.Decoder = lambda **kwargs: library.Decoder(**{**_nvimgcodec._CPU, "options": kwargs["options"].split()[0]})
    codec = DeviceCodec(None, shim, 0, 2, 4, DecoderOptions(True, 0.65, 1000000, 1, 1, 0, 0, 0, 0))
    files = test_module("test_decoders").FILES
    data = [files[f"file {name}"] for name in ("jpeg", "jpeg-exif-6", "png", "jpeg")]
    infos = [imagecodec.probe(d) for d in data]
    regions = [None, (3, 2, 8, 10), None, None]
    channels = {"GRAY": 1, "ANY_DATA": 0}.get(kind, 3)
    shapes = [
        (*((i.height, i.width) if r is None else r[2:]), channels or i.channels)
        for i, r in zip(infos, regions, strict=True)
    ]
    slab = np.zeros(sum(map(math.prod, shapes)), np.uint8)
    starts = np.cumsum([0, *map(math.prod, shapes)]).tolist()
    data[3] = data[3][:100].copy()  # refused
    pictures = [
        Picture(d, region, slab.ctypes.data + start, shape, np.dtype(np.uint8), 0)
        for d, region, start, shape in zip(data, regions, starts, shapes, strict=False)
    ]
    good, _ = codec.decode(pictures, kind, False, True, 0)
    assert good == [True, True, True, False]
    for d, region, start, shape in list(zip(data, regions, starts, shapes, strict=False))[:3]:
        want = imagecodec.decode(d, output_type=kind, region=region)  # type: ignore[arg-type]
        np.testing.assert_array_equal(slab[start : start + math.prod(shape)].reshape(shape), want)


def test_cupy_imports_without_a_driver_and_says_so() -> None:
    if cupy.cuda.is_available():
        pytest.skip("this machine has a device")
    from adali.data import device_module, set_device_module
    from adali.errors import DeviceUnavailableError

    set_device_module(None)
    with pytest.raises(DeviceUnavailableError, match="no CUDA device or driver"):
        device_module()
