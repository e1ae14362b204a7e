"""``nvidia.dali.pickling``."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["pickle_by_value"]

T = TypeVar("T")


def pickle_by_value(fun: T) -> T:
    """The function itself: parallel sources run in threads, so that none of them is pickled."""
    return fun
