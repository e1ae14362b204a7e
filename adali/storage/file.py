"""A remote object as a file that can be read and sought in."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adali.storage.storage import Storage

__all__ = ["RemoteFile"]


class RemoteFile(io.RawIOBase):
    """An object read by ranges; wrap it in ``io.BufferedReader`` for many small reads.

    Args:
        storage: what reads it.
        url: the object.
        size: its size in bytes, looked up if not given.
    """

    def __init__(self, storage: Storage, url: str, size: int | None = None) -> None:
        super().__init__()
        self._storage = storage
        self.name = url
        self._size = storage.size(url) if size is None else size
        self._position = 0

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"cannot seek to {base + offset}, before the beginning")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._size if size is None or size < 0 else size
        return bytes(self._read(wanted))

    def readall(self) -> bytes:
        return self.read()

    def _read(self, size: int) -> memoryview:
        stop = min(self._size, self._position + size)
        if stop <= self._position:
            return memoryview(b"")
        data = self._storage.read_range(self.name, self._position, stop)
        self._position = stop
        return data.data
