"""Checks of the constructor's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from adali.engine.executor import Depths
from adali.errors import ArgumentError

__all__ = ["UNSET", "OperatorConcurrency", "Outputs", "StreamPolicy", "checked_depth", "checked_size", "usable_cpus"]


class _Default(int):
    """The -1 of an argument left out, which can be told from a -1 that was given."""

    def __repr__(self) -> str:
        return "-1"


UNSET: int = _Default(-1)
Outputs = tuple[Any, ...]


class StreamPolicy(Enum):
    """How DALI's dynamic executor gives CUDA streams to operators; the values are those of its serialized form."""

    UNSPECIFIED = 0
    SINGLE = 16
    PER_BACKEND = 32
    PER_OPERATOR = 48


class OperatorConcurrency(Enum):
    """Which operators DALI's dynamic executor runs at one time; the values are those of its serialized form."""

    UNSPECIFIED = 0
    NONE = 2
    BACKEND = 4
    FULL = 6


def checked_size(name: str, value: int | None) -> int:
    if value is None:
        return UNSET
    if value is not UNSET and (isinstance(value, bool) or value < -1 or value == 0):
        raise ArgumentError(f"{name} must be positive, got {value!r}")
    return value


def checked_depth(depth: int | Mapping[str, int], pipelined: bool, asynchronous: bool) -> Depths:
    if isinstance(depth, Mapping):
        if not pipelined and not asynchronous:
            raise ArgumentError(
                "prefetch_queue_depth as a dict is not supported when exec_async and exec_pipelined are both False"
            )
        if set(depth) != {"cpu_size", "gpu_size"}:
            raise ArgumentError(f"prefetch_queue_depth needs the keys 'cpu_size' and 'gpu_size', got {dict(depth)!r}")
        cpu, gpu = depth["cpu_size"], depth["gpu_size"]
        if min(cpu, gpu) < 1:
            raise ArgumentError(f"prefetch_queue_depth must be positive, got {dict(depth)!r}")
        return Depths(cpu=cpu + gpu, gpu=gpu, queue=cpu)
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
        raise ArgumentError(f"prefetch_queue_depth must be a positive int or a dict, got {depth!r}")
    return Depths(cpu=depth, gpu=depth, queue=depth)


def usable_cpus() -> list[int] | None:
    import os

    if not hasattr(os, "sched_getaffinity"):
        return None
    return sorted(os.sched_getaffinity(0))
