"""Every kernel file compiles for every architecture with NVIDIA's compiler. Needs NVRTC, but no device."""

from __future__ import annotations

import importlib.util
import re
import warnings
from typing import Any

import emulated.kernels
import pytest

from adali.kernels.cuda import OPTIONS, files, source

ARCHITECTURES = ("sm_75", "sm_80", "sm_90", "sm_100")


@pytest.fixture(scope="module")
def nvrtc() -> Any:
    if importlib.util.find_spec("cupy") is None:
        pytest.skip("CuPy is not installed (the extra cuda-compile has it)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from cupy.cuda import nvrtc as module
    try:
        module.getVersion()
    except Exception as e:
        pytest.skip(f"NVRTC cannot be loaded: {e}")
    return module


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("file", files())
def test_compiles_for_the_device(file: str, architecture: str, nvrtc: Any) -> None:
    text = source(file)
    program = nvrtc.createProgram(text, file, (), ())
    try:
        try:
            nvrtc.compileProgram(program, (f"-arch={architecture}", "-default-device", *OPTIONS))
        except nvrtc.NVRTCError:
            pytest.fail(nvrtc.getProgramLog(program))
        code = nvrtc.getCUBIN(program)
    finally:
        nvrtc.destroyProgram(program)
    assert code[:4] == b"\x7fELF"
    for name in emulated.kernels.ENTRY.findall(text):
        assert name.encode() in code


@pytest.mark.parametrize("file", files())
def test_compiles_for_the_host(file: str, compiler: None) -> None:
    library, names = emulated.kernels.compiled(source(file), ())
    assert library.exists()
    assert names


@pytest.mark.parametrize("file", files())
def test_style(file: str) -> None:
    """What the host's compiler cannot follow must not come in."""
    text = source(file)
    forbidden = r"\basm\b|\btexture\b|tex[123]D|cooperative_groups|#include <|\bcub::|printf"
    assert not re.search(forbidden, text)
