"""The emulated device, in CuPy's place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emulated
import pytest
from on_gpu import REAL

import adali.operators.gpu
from adali.data import device_module, set_device_module


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    emulation = pytest.mark.skip(reason="uses the emulated device's own interface")
    for item in items:
        if REAL and item.path.parent == Path(__file__).parent and item.path.stem in EMULATED_ONLY:
            item.add_marker(emulation)


EMULATED_ONLY = ("test_engine_gpu", "test_waiting", "test_compile")


@pytest.fixture(scope="session")
def compiler() -> None:
    if shutil.which("g++") is None:
        pytest.skip("needs g++, which compiles the CUDA kernels for the host")


@pytest.fixture
def gpu(request: pytest.FixtureRequest) -> Iterator[Any]:
    """An emulated machine with two devices; its CuPy. (Or the real one.)"""
    if REAL:
        set_device_module(None)
        yield device_module()
        return
    request.getfixturevalue("compiler")
    module = emulated.reset(devices=2)
    if emulated.state.SANITIZED:  # each table in memory of its own, with fences around it
        adali.operators.gpu.CHUNK = 0
    set_device_module(module)
    yield module
    set_device_module(None)
