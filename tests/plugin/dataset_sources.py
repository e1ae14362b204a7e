"""Sources and datasets that worker processes can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np


class Numbers:
    """A map-style dataset of pairs."""

    def __init__(self, count: int, bad: int = -1) -> None:
        self.count = count
        self.bad = bad

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        if index == self.bad:
            raise ValueError(f"no sample {index}")
        return np.full((2, 3), index, np.float32), index


class AsyncNumbers(Numbers):
    async def __getitem__(self, index: int) -> Any:  # type: ignore[override]
        return super().__getitem__(index)


class Pids(Numbers):
    """Gives the process that made each sample."""

    def __getitem__(self, index: int) -> Any:
        return np.array([index, os.getpid()], np.int64)


class Killer(Numbers):
    """Kills the process that makes sample 5: the first time only, or every time if there is no folder."""

    def __init__(self, count: int, folder: str | None) -> None:
        super().__init__(count)
        self.folder = folder

    def __getitem__(self, index: int) -> Any:
        if index == 5:
            mark = None if self.folder is None else Path(self.folder) / "killed"
            if mark is None or not mark.exists():
                if mark is not None:
                    mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return np.array([index], np.int32)


class Unpicklable(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a} and {b}")


class Strange(Numbers):
    def __getitem__(self, index: int) -> Any:
        if index == 2:
            raise Unpicklable(1, 2)
        return np.array([index], np.int32)


def sample(info: Any) -> Any:
    """A function of samples, as DALI's parallel sources are."""
    if info.iteration >= 3:
        raise StopIteration
    return np.array([info.idx_in_epoch, info.epoch_idx, os.getpid()], np.int64)


def batch(iteration: int) -> Any:
    if iteration >= 3:
        raise StopIteration
    return [np.full((i + 1,), 10 * iteration + i, np.int32) for i in range(2)]


def generator() -> Any:
    """A generator of batches."""
    for i in range(3):
        yield np.full((2, 1), i, np.int32)


def numbers_pipeline(shard_id: int = 0, num_shards: int = 1, api: Any = None) -> Any:
    """A pipeline over ten numbers."""
    from adali import fn, sync

    @(api or sync).pipeline_def(batch_size=4, num_threads=1)
    def define() -> Any:
        return tuple(
            fn.external_source(Numbers(10), num_outputs=2, sampler=range(shard_id, 10, num_shards), workers="threads")
        )

    return define()
