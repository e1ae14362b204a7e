"""A bounded cache of fetched bytes on the local disk.

An entry is one file: a line of JSON that says what it is, and the bytes. Entries come into being by renaming, so that
several processes may share a folder. When the cache is full, what was not used since this cache was opened is removed,
oldest first; what was used stays and new bytes are not taken in: a reader comes back to every sample once an epoch, and
with least-recently-used replacement a data set slightly larger than the cache would never be found in it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import tempfile
import threading
import weakref
from dataclasses import dataclass

import numpy as np

from adali.storage.backends import Stat
from adali.storage.transfer import Bytes

__all__ = ["DiskCache"]

_SUFFIX = ".adali"
_HEADER = 4096  # longer keys are not cached
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)


@dataclass
class _Entry:
    path: str
    size: int  # of the file
    version: str = ""
    used: bool = False
    head: bytes = b""  # its header, once it was read or written, and the size of what follows
    length: int = 0


class DiskCache:
    """Bytes by (URL, start, stop); all methods may be called from any thread.

    Args:
        limit: size in bytes, of all files together.
        folder: where they lie; a temporary folder of its own if empty, which :meth:`close` removes.
    """

    def __init__(self, limit: int, folder: str = "") -> None:
        self.limit = limit
        self.private = not folder
        self.hits = 0
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._size = 0
        self._added = 0
        self._folder = folder
        self._finalizer: weakref.finalize[..., DiskCache] | None = None
        if folder:
            os.makedirs(folder, exist_ok=True)
            self._scan()

    def _scan(self) -> None:
        found: dict[str, _Entry] = {}
        rows = []
        with os.scandir(self._folder) as files:
            for file in files:
                with contextlib.suppress(OSError):
                    if file.name.endswith(_SUFFIX):
                        stat = file.stat()
                        rows.append((stat.st_mtime, file.name, file.path, stat.st_size))
        for _, name, path, size in sorted(rows):
            found[name] = self._entries.get(name) or _Entry(path, size)
        self._entries = found
        self._size = sum(e.size for e in found.values())
        self._added = 0

    @staticmethod
    @functools.lru_cache(maxsize=1 << 16)  # asked for again and again: what comes is planned anew with each batch
    def _name(url: str, start: int, stop: int | None) -> str:
        return hashlib.sha256(f"{start}-{stop} {url}".encode()).hexdigest()[:40] + _SUFFIX

    def version(self, url: str, start: int, stop: int | None) -> str | None:
        """The object's version when the bytes were fetched, or None if they are not here."""
        entry = self._entries.get(self._name(url, start, stop))
        if entry is None:
            return None
        if not entry.head and self._read(entry, url, start, stop, body=False) is None:
            return None
        return entry.version

    def get(self, url: str, start: int, stop: int | None) -> Bytes | None:
        """The bytes, or None if they are not here."""
        entry = self._entries.get(self._name(url, start, stop))
        if entry is None:
            return None
        data = self._read_again(entry) if entry.head else None
        if data is None:
            data = self._read(entry, url, start, stop, body=True)
        if data is not None:
            entry.used = True
            self.hits += 1
        return data

    @staticmethod
    def _read_again(entry: _Entry) -> Bytes | None:
        """The bytes of a file whose header is the one that was read before; None if it is another, or on an error."""
        if not hasattr(os, "readv"):
            return None
        try:
            fd = os.open(entry.path, _FLAGS)
            try:
                if os.fstat(fd).st_size != len(entry.head) + entry.length:
                    return None
                head, data = bytearray(len(entry.head)), np.empty(entry.length, np.uint8)
                # Where the system gives less at once, the other way goes on patiently.
                whole = os.readv(fd, [head, data.data]) == len(head) + len(data)
            finally:
                os.close(fd)
        except OSError:
            return None
        return data if whole and head == entry.head else None

    def _read(self, entry: _Entry, url: str, start: int, stop: int | None, body: bool) -> Bytes | None:
        try:
            with open(entry.path, "rb", buffering=0) as file:
                head = file.read(_HEADER)
                line, newline, rest = head.partition(b"\n")
                header = json.loads(line)
                if not newline or header["key"] != [url, start, stop]:
                    raise ValueError("another key")
                length = int(header["length"])
                if os.fstat(file.fileno()).st_size != len(line) + 1 + length:
                    raise ValueError("wrong length")
                entry.version, entry.head, entry.length = str(header["version"]), line + newline, length
                data = np.empty(length if body else 0, np.uint8)
                if body:
                    head_part = min(len(rest), length)
                    data[:head_part] = np.frombuffer(rest, np.uint8, head_part)
                    left = data.data[head_part:]
                    while left:
                        count = file.readinto(left)
                        if not count:
                            raise ValueError("cut off")
                        left = left[count:]
                return data
        except (OSError, ValueError, KeyError, TypeError):  # another process removed it, or it is damaged
            self.drop(url, start, stop)
            return None

    def put(self, url: str, start: int, stop: int | None, data: Bytes, stat: Stat) -> bool:
        """Take in bytes; False if there is no room for them."""
        header = json.dumps({"key": [url, start, stop], "length": len(data), "version": stat.version}).encode() + b"\n"
        size = len(header) + len(data)
        if len(header) > _HEADER or not self._make_room(size):
            return False
        name = self._name(url, start, stop)
        temporary = ""
        try:
            folder = self._make_folder()
            handle, temporary = tempfile.mkstemp(prefix="new", dir=folder)
            with open(handle, "wb", buffering=0) as file:
                file.write(header)
                left = data.data
                while left:
                    left = left[file.write(left) :]
            path = os.path.join(folder, name)
            os.replace(temporary, path)
        except OSError:  # the disk is full, say: what was fetched is good all the same
            with contextlib.suppress(OSError):
                os.remove(temporary)
            with self._lock:
                self._size -= size
            return False
        with self._lock:
            old = self._entries.pop(name, None)
            self._entries[name] = _Entry(path, size, stat.version, True, header, len(data))
            self._size -= old.size if old else 0
            self._added += size
        return True

    def _make_folder(self) -> str:
        with self._lock:
            if not self._folder:
                self._folder = tempfile.mkdtemp(prefix="adali-cache-")
                self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, True)
            return self._folder

    def _make_room(self, size: int) -> bool:
        """Reserve room, removing what was not used if need be."""
        with self._lock:
            if not self.private and self._added > self.limit // 16:
                self._scan()  # other processes add and remove, too
            if size > self.limit:
                return False
            for name, entry in list(self._entries.items()) if self._size + size > self.limit else ():
                if self._size + size <= self.limit:
                    break
                if not entry.used:
                    self._remove(name)
            if self._size + size > self.limit:
                return False
            self._size += size
            return True

    def _remove(self, name: str) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._size -= entry.size
            with contextlib.suppress(OSError):
                os.remove(entry.path)

    def drop(self, url: str, start: int, stop: int | None) -> None:
        """Remove bytes that are out of date."""
        with self._lock:
            self._remove(self._name(url, start, stop))

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return self._size

    def close(self) -> None:
        """Remove a private folder."""
        if self._finalizer is not None:
            self._finalizer()
