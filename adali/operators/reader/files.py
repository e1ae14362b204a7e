"""What readers of files share: names that are paths or URLs, fetching ahead of remote ones, and listings."""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adali.errors import StorageError
from adali.graph.spec import OpSpec
from adali.operators.base import Array, InputChunk, OpEnv
from adali.operators.reader.loader import Reader
from adali.operators.reader.order import Plan, Turn
from adali.operators.reader.room import Room
from adali.storage import Request, Storage, any_url, current, is_url, local_path

__all__ = ["Files", "FilesReader", "matcher", "read_file"]


class Files:
    """Reads local files and URLs alike; one for each reader, made when the reader is.

    Remote data goes through :class:`adali.storage.Storage`, which starts with the first URL.

    Attributes:
        room: memory for local files.
    """

    def __init__(self) -> None:
        self.room = Room()
        self._settings = current()
        self._storage: Storage | None = None
        self._aborted = False
        self._lock = threading.Lock()

    @property
    def storage(self) -> Storage:
        """The way to everything that is not local.

        Raises:
            StorageError: reading was given up.
        """
        with self._lock:
            if self._storage is None:
                if self._aborted:
                    raise StorageError("the reader was closed")
                self._storage = Storage(self._settings)
            return self._storage

    def read(self, path: str, direct: bool = False) -> Array:
        """The bytes of a file or object, uint8 of shape (bytes,); treat them as read-only.

        Args:
            direct: read a local file without the system's cache.

        Raises:
            OSError: it cannot be read.
        """
        if is_url(path):
            return self.storage.read(path)
        if direct:
            from adali.operators.reader.container import open_container

            file = open_container(local_path(path), mapped=False, direct=True)
            return file.read(0, file.size)
        return read_file(local_path(path), self.room)

    def text(self, path: str) -> bytes:
        """The bytes of a list, an annotation file or the like."""
        return self.read(path).tobytes()

    def ahead(self, paths: Sequence[str]) -> None:
        """Say which files will be read next, so that the remote ones come at the same time."""
        if any_url(paths):
            self.storage.ahead([(path, 0, None) for path in paths if is_url(path)])

    def list(self, root: str) -> list[str]:
        """Names of all files below a remote folder, relative to it, sorted byte by byte."""
        base = root.rstrip("/") + "/"
        # Some file systems give back a folder's name in a normal form of their own.
        offset = len(base.partition("://")[2].lstrip("/"))
        return [found.url.partition("://")[2][offset:] for found in self.storage.listing(base)]

    def abort(self) -> None:
        """Let go whoever waits for remote data, now or later."""
        with self._lock:
            self._aborted = True
            if self._storage is not None:
                self._storage.abort()

    def close(self) -> None:
        """Give back threads, connections and a temporary cache."""
        with self._lock:
            storage, self._storage = self._storage, None
        if storage is not None:
            storage.close()


class FilesReader(Reader):
    """Base of readers whose samples lie in files; :meth:`requests` names the remote ones, which come ahead of time.

    Attributes:
        files: what reads them.
    """

    def __init__(self, spec: OpSpec, env: OpEnv) -> None:
        self.files = Files()
        #: Whether any of the data is remote; set by ``prepare``.
        self.remote = False
        self._announced: dict[Turn, Sequence[Request]] = {}  # no more than are looked at ahead of time
        try:
            super().__init__(spec, env)
        except BaseException:
            self.files.close()
            raise

    def use_memory(self, empty: Callable[[tuple[int, ...], Any], Array]) -> None:
        super().use_memory(empty)
        self.files.room = self.room

    def requests(self, index: int) -> Sequence[Request]:
        """What :meth:`load` will read of remote files for a sample."""
        return ()

    def at_hand(self, request: Request) -> bool:
        """Whether a piece was fetched for an earlier sample, so that it needs no request at the moment."""
        return False

    def read(self, count: int, iteration: int) -> InputChunk:
        plan = self._ensure_prepared()
        if self.remote:
            self._announce(plan, count)
        return super().read(count, iteration)

    def _announce(self, plan: Plan, count: int) -> None:
        """Tell the storage what comes next. A sample's requests are worked out once, and forgotten with its turn."""
        storage, known = self.files.storage, self._announced
        turns = [ticket.turn for ticket in self._ahead if not ticket.future.done()]
        turns += plan.peek(max(count, storage.settings.ahead_items))
        self._announced = announced = dict.fromkeys(turns, _NONE)
        asked = []
        for turn in turns:
            requests = known.get(turn)
            if requests is None:
                requests = self.requests(turn.sample)
            if requests:
                announced[turn] = requests
                asked.append(turn)
        wanted = {r: None for turn in asked for r in announced[turn] if not self.at_hand(r)}
        missing = storage.ahead(wanted)
        for turn in asked:  # what the cache has is not looked for again in each batch until its turn comes
            if all(r in wanted and r not in missing for r in announced[turn]):
                announced[turn] = _NONE

    async def aclose(self) -> None:
        self.files.abort()
        await super().aclose()

    def close(self) -> None:
        self.files.abort()  # threads that wait end first
        super().close()
        self.files.close()


_NONE: Sequence[Request] = ()


def read_file(path: str, room: Room | None = None) -> Array:
    """The bytes of a local file, uint8 of shape (bytes,), in memory of their own or from ``room``.

    Raises:
        OSError: it cannot be read, or became shorter meanwhile.
    """
    fd = os.open(path, _FLAGS)
    try:
        size = os.fstat(fd).st_size
        data = np.empty(size, np.uint8) if room is None else room.bytes(size)
        left = data.data
        while left:
            count = _read_into(fd, left)
            if count == 0:
                raise OSError(errno.EIO, "the file became shorter while it was read", path)
            left = left[count:]
    except OSError as e:
        if e.filename is None:
            e.filename = path
        raise
    finally:
        os.close(fd)
    return data


_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def _read_into(fd: int, view: memoryview) -> int:
    if hasattr(os, "readv"):
        return os.readv(fd, [view])
    chunk = os.read(fd, len(view))
    view[: len(chunk)] = chunk
    return len(chunk)


def matcher(patterns: Sequence[str], case_sensitive: bool) -> Callable[[str], Any]:
    """A test whether a name matches one of the glob patterns (``*``, ``?``, ``[abc]``, ``[!abc]``)."""
    fold: Callable[[str], str] = str if case_sensitive else str.lower
    folded = [fold(p) for p in patterns]
    if all(p[:1] == "*" and not any(c in p[1:] for c in "*?[") for p in folded):
        endings = tuple(p[1:] for p in folded)
        return lambda name: fold(name).endswith(endings)
    match = re.compile("|".join(fnmatch.translate(p) for p in folded)).match
    return lambda name: match(fold(name))
