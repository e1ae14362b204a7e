"""What the emulated CuPy offers, the real one has too, with the same parameters. Needs CuPy, but no device."""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any

import emulated
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


def test_cupy_imports_without_a_driver_and_says_so() -> None:
    if cupy.cuda.is_available():
        pytest.skip("this machine has a device")
    from adali.data import device_module, set_device_module
    from adali.errors import DeviceUnavailableError

    set_device_module(None)
    with pytest.raises(DeviceUnavailableError, match="no CUDA device or driver"):
        device_module()
