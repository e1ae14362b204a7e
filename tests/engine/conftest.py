"""Fixtures of the engine's tests."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from engine_operators import close_pipelines, registered


@pytest.fixture(scope="module", autouse=True)
def test_operators() -> Iterator[None]:
    with registered():
        yield


def engine_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("adali-")]


def open_files() -> int | None:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return None


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test of the engine may leave a thread or an open file."""
    before = open_files()
    yield
    close_pipelines()
    assert engine_threads() == []
    after = open_files()
    # Fewer, where what another module's tests left to the collector was collected meanwhile.
    assert after is None or before is None or after <= before
