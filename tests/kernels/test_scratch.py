from __future__ import annotations

import threading

import numpy as np
import pytest

from adali.kernels.scratch import release, scratch


def test_the_same_slot_gives_the_same_memory() -> None:
    first = scratch((4, 5), np.float32)
    second = scratch(7, np.uint8)
    assert first.shape == (4, 5)
    assert first.dtype == np.float32
    assert first.flags.c_contiguous
    assert np.shares_memory(first, second)


def test_slots_do_not_overlap() -> None:
    a, b = scratch(100, np.uint8, 1), scratch(100, np.uint8, 2)
    assert not np.shares_memory(a, b)


def test_it_grows_and_then_keeps_its_size() -> None:
    release()
    scratch(10, np.uint8, 3)
    big = scratch(1 << 16, np.int64, 3)
    again = scratch(10, np.uint8, 3)
    assert np.shares_memory(big, again)
    assert big.size == 1 << 16


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_memory_is_aligned(dtype: type) -> None:
    assert scratch(33, dtype, 4).ctypes.data % 64 == 0


def test_threads_have_their_own_memory() -> None:
    mine = scratch(64, np.uint8, 5)
    mine[:] = 1
    shared: list[bool] = []

    def other() -> None:
        theirs = scratch(64, np.uint8, 5)
        theirs[:] = 2
        shared.append(np.shares_memory(mine, theirs))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert shared == [False]
    assert (mine == 1).all()


def test_release_gives_fresh_memory() -> None:
    before = scratch(64, np.uint8, 6)
    release()
    assert not np.shares_memory(before, scratch(64, np.uint8, 6))


def test_empty_and_negative_shapes() -> None:
    assert scratch((0, 3), np.float32).shape == (0, 3)
    with pytest.raises(ValueError, match="negative"):
        scratch((-1, 3), np.float32)
