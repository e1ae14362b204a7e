"""Memory that readers read into: aligned, side by side, each piece alive as long as somebody sees it."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

import adali.sync
from adali import fn
from adali.engine.memory import BufferPool
from adali.operators.reader.room import Room


@pytest.mark.parametrize("pooled", [False, True])
def test_pieces_are_aligned_and_apart(pooled: bool) -> None:
    room = Room(BufferPool().empty if pooled else None)
    sizes = [0, 1, 4096, 5000, 100_000, 262_144, 262_145, 1 << 20, 200_000, 250_000, 262_000, 260_000, 255_000]
    pieces = [room.bytes(size) for size in sizes]
    for number, piece in enumerate(pieces):
        piece[...] = number
    assert [len(piece) for piece in pieces] == sizes
    assert all((piece == number).all() for number, piece in enumerate(pieces))
    assert all(piece.ctypes.data % 64 == 0 for piece in pieces if len(piece) >= 4096)


def test_memory_returns_when_nothing_refers_to_it() -> None:
    pool = BufferPool()
    room = Room(pool.empty)
    kept = room.owned([_read_only(np.arange(25_000, dtype=np.int32).reshape(2, -1)), np.zeros(3)])[0]
    assert pool.used_bytes >= 100_000
    assert (kept == np.arange(25_000).reshape(2, -1)).all()
    del kept
    assert pool.used_bytes == 0


def test_only_what_is_read_only_is_copied() -> None:
    mine = np.arange(5)
    others = [_read_only(np.arange(n, dtype=kind)) for n, kind in ((0, "u1"), (7, "f8"), (70_000, "u1"), (1, "?"))]
    found = Room().owned([mine, *others])
    assert found[0] is mine
    for copy, other in zip(found[1:], others, strict=True):
        assert copy.flags.writeable
        assert copy.dtype == other.dtype
        assert (copy == other).all()
        assert not np.shares_memory(copy, other)


def _read_only(array: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    array.setflags(write=False)
    return array


def test_a_sample_that_is_kept_is_not_written_again(tmp_path: pathlib.Path) -> None:
    for number in range(8):
        np.save(tmp_path / f"{number}.npy", np.full(30_000, number, np.uint8))
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(fn.readers.numpy(file_root=str(tmp_path)))
    pipe.build()
    kept = [pipe.run()[0].at(1) for _ in range(12)]
    pipe.close()
    assert all((array == (1, 5)[number % 2]).all() for number, array in enumerate(kept))
