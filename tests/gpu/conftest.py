"""The emulated device, in CuPy's place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import emulated
import pytest

from adali.data import set_device_module


@pytest.fixture(scope="session")
def compiler() -> None:
    if shutil.which("g++") is None:
        pytest.skip("needs g++, which compiles the CUDA kernels for the host")


@pytest.fixture
def gpu(compiler: None) -> Iterator[Any]:
    """An emulated machine with two devices; its CuPy."""
    module = emulated.reset(devices=2)
    set_device_module(module)
    yield module
    set_device_module(None)
