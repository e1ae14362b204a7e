"""How remote data is fetched: time limits, retries, how much at once, and the cache. Credentials are no part of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from typing import Any

from adali.errors import ArgumentError

__all__ = ["Settings", "current", "use"]

_PREFIX = "ADALI_STORAGE_"


@dataclass(frozen=True)
class Settings:
    """How remote data is fetched. Every field can be set in the environment, as ``ADALI_STORAGE_TIMEOUT=30``.

    Attributes:
        request_timeout: seconds that one request may take to connect, to answer, or to send its next bytes.
        timeout: seconds without any progress, over all attempts, after which a read is given up.
        retries: attempts after the first, without any progress, after which a read is given up.
        backoff: seconds before the first new attempt, at most; it doubles with each one, up to ``max_backoff``, and
            the wait is a random part of it.
        max_backoff: see ``backoff``.
        concurrency: requests under way at the same time, for each reader.
        ahead_items: files or ranges that a reader fetches before their turn, those that wait for it included.
        ahead_bytes: the same in bytes. A single item may be larger.
        cache_bytes: size of the cache on the local disk, in bytes; 0 turns it off.
        cache_dir: folder of the cache, which then outlives the process and may be shared by several; by default a
            private temporary one that ends with the reader.
        backend: "auto", or "obstore" or "fsspec" to use nothing else.
    """

    request_timeout: float = 20.0
    timeout: float = 60.0
    retries: int = 8
    backoff: float = 0.1
    max_backoff: float = 5.0
    concurrency: int = 64
    ahead_items: int = 256
    ahead_bytes: int = 256 << 20
    cache_bytes: int = 1 << 30
    cache_dir: str = ""
    backend: str = "auto"

    def __post_init__(self) -> None:
        for name in ("request_timeout", "timeout"):
            if not getattr(self, name) > 0:
                raise ArgumentError(f"storage setting {name} must be positive, got {getattr(self, name)}")
        for name in ("retries", "backoff", "max_backoff", "cache_bytes"):
            if getattr(self, name) < 0:
                raise ArgumentError(f"storage setting {name} must not be negative, got {getattr(self, name)}")
        for name in ("concurrency", "ahead_items", "ahead_bytes"):
            if getattr(self, name) < 1:
                raise ArgumentError(f"storage setting {name} must be at least 1, got {getattr(self, name)}")
        if self.backend not in ("auto", "obstore", "fsspec"):
            raise ArgumentError(f'storage setting backend must be "auto", "obstore" or "fsspec", got {self.backend!r}')

    @classmethod
    def from_environment(cls) -> Settings:
        """The defaults, with what the environment changes.

        Raises:
            ArgumentError: a variable holds no value of its type.
        """
        found: dict[str, Any] = {}
        for field in fields(cls):
            text = os.environ.get(_PREFIX + field.name.upper())
            if text is None:
                continue
            kind: Any = type(field.default)
            try:
                found[field.name] = kind(text)
            except ValueError:
                raise ArgumentError(f"{_PREFIX}{field.name.upper()} must be {kind.__name__}, got {text!r}") from None
        return cls(**found)


_current: ContextVar[Settings | None] = ContextVar("adali storage settings", default=None)


def current() -> Settings:
    """The settings that a reader made here and now uses."""
    return _current.get() or Settings.from_environment()


@contextmanager
def use(**changes: Any) -> Iterator[Settings]:
    """Settings for the readers of the pipelines built inside the ``with`` block; the others stay as they are.

    Args:
        changes: fields of :class:`Settings`.
    """
    token = _current.set(replace(current(), **changes))
    try:
        yield current()
    finally:
        _current.reset(token)
