"""Files with many samples each: mapped into memory, or read piece by piece.

:class:`Containers` opens files when they are first used and keeps only so many open; a piece that was handed out keeps
its file's memory alive. :class:`ContainerReader` is the base of the readers of such files: its records may be bad one
by one, so that a damaged file costs no more than its damaged records.
"""

from __future__ import annotations

import errno
import mmap
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np

from adali.graph.spec import OpSpec
from adali.operators.base import Array, OpEnv
from adali.operators.reader.files import Files, FilesReader
from adali.operators.reader.joining import HeldPieces, Runs, joined
from adali.operators.reader.loader import Row
from adali.operators.reader.order import Plan
from adali.storage import Request, Storage, any_url, is_url, local_path

__all__ = ["Container", "ContainerReader", "Containers", "DamagedError", "address_of", "open_container", "read_piece"]

#: How many containers stay open; the least recently used one is closed for another.
MAX_OPEN = 128
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
#: What O_DIRECT wants offsets, sizes and addresses to be multiples of.
_ALIGNMENT = 4096


class DamagedError(ValueError):
    """Data that is not what its format says."""


class Container(Protocol):
    """An open file. ``read`` may be called from several threads at once."""

    size: int

    def read(self, offset: int, size: int) -> Array:
        """The bytes from ``offset`` on, all of which are in the file: uint8 of shape (size,), maybe read-only."""


class _Mapped:
    """A file in memory; its pieces are views, and valid as long as they are referred to."""

    def __init__(self, path: str, read_ahead: bool) -> None:
        with open(path, "rb", buffering=0) as file:
            self.size = os.fstat(file.fileno()).st_size
            self._bytes: Array = np.empty(0, np.uint8)
            if self.size:  # an empty file cannot be mapped
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                if read_ahead and hasattr(mapped, "madvise"):
                    mapped.madvise(mmap.MADV_WILLNEED)
                self._bytes = np.frombuffer(mapped, np.uint8)
                self.size = len(self._bytes)
            self.address: int = self._bytes.ctypes.data if self.size else 0

    def read(self, offset: int, size: int) -> Array:
        return self._bytes[offset : offset + size]


class _Plain:
    """A file that is read piece by piece."""

    _flags = _FLAGS

    def __init__(self, path: str, read_ahead: bool) -> None:
        self._path = path
        self._fd = os.open(path, self._flags)
        # The last reference may be that of a thread that still reads when the file is closed for another.
        weakref.finalize(self, os.close, self._fd)
        self.size = os.fstat(self._fd).st_size
        if read_ahead and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_WILLNEED)
        self._lock = threading.Lock()

    def read(self, offset: int, size: int) -> Array:
        data = np.empty(size, np.uint8)
        self._fill(data, offset)
        return data

    def _fill(self, data: Array, offset: int, wanted: int | None = None) -> None:
        """Read into the array until it is full, or holds what is wanted."""
        wanted = len(data) if wanted is None else wanted
        done = 0
        while done < wanted:
            if hasattr(os, "preadv"):
                count = os.preadv(self._fd, [data.data[done:]], offset + done)
            else:
                with self._lock:
                    os.lseek(self._fd, offset + done, os.SEEK_SET)
                    chunk = os.read(self._fd, len(data) - done)
                count = len(chunk)
                data[done : done + count] = np.frombuffer(chunk, np.uint8)
            if count == 0:
                raise OSError(errno.EIO, "the file became shorter while it was read", self._path)
            done += count


class _Direct(_Plain):
    """A file that is read without the system's cache."""

    _flags = _FLAGS | getattr(os, "O_DIRECT", 0)

    def read(self, offset: int, size: int) -> Array:
        start = offset // _ALIGNMENT * _ALIGNMENT
        wanted = offset - start + size
        length = -(-wanted // _ALIGNMENT) * _ALIGNMENT
        room = np.empty(length + _ALIGNMENT, np.uint8)
        skip = -room.ctypes.data % _ALIGNMENT
        aligned = room[skip : skip + length]
        self._fill(aligned, start, wanted)
        return aligned[offset - start : wanted]


class _Remote:
    """An object in a store; pieces come by range requests, or from what is held of it."""

    def __init__(self, storage: Storage, url: str, size: int, held: HeldPieces) -> None:
        self._storage = storage
        self._url = url
        self._held = held
        self.size = size

    def read(self, offset: int, size: int) -> Array:
        if not size:
            return np.empty(0, np.uint8)
        found = self._held.find(self._url, offset, offset + size)
        return self._storage.read_range(self._url, offset, offset + size) if found is None else found


class _Windowed:
    """A container that is walked through in small steps: reads large pieces of it, and gives parts of them."""

    _WINDOW = 256 << 10

    def __init__(self, container: Container) -> None:
        self._container = container
        self.size = container.size
        self._start = 0
        self._held: Array = np.empty(0, np.uint8)

    def hold(self, offset: int, size: int) -> None:
        """Read that piece."""
        self._start, self._held = offset, self._container.read(offset, size)

    def read(self, offset: int, size: int) -> Array:
        if not self._start <= offset <= offset + size <= self._start + len(self._held):
            self.hold(offset, min(max(size, self._WINDOW), self.size - offset))
        return self._held[offset - self._start : offset - self._start + size]


class Piece:
    """A piece of a container, read at once; what lies outside of it is read from the container."""

    def __init__(self, container: Container, offset: int, size: int) -> None:
        self.size = container.size
        self._window = _Windowed(container)
        self._window.hold(offset, max(min(size, container.size - offset), 0))

    def read(self, offset: int, size: int) -> Array:
        return self._window.read(offset, size)


def open_container(path: str, *, mapped: bool = True, direct: bool = False, read_ahead: bool = False) -> Container:
    """Open a file.

    Args:
        path: where it is.
        mapped: map it into memory rather than read it.
        direct: read it without the system's cache.
        read_ahead: ask the system to read it into its cache now.

    Raises:
        OSError: it cannot be opened.
    """
    if direct:
        if not hasattr(os, "O_DIRECT"):
            raise OSError(errno.ENOTSUP, "this system cannot read files without its cache (use_o_direct)", path)
        try:
            return _Direct(path, read_ahead)
        except OSError as e:
            if e.errno == errno.EINVAL:  # tmpfs of old, some network file systems
                raise OSError(e.errno, "its file system cannot read without the cache (use_o_direct)", path) from e
            raise
    return _Mapped(path, read_ahead) if mapped else _Plain(path, read_ahead)


def address_of(container: Container) -> int:
    """Where a file lies in memory; 0 if it does not."""
    return container.address if isinstance(container, _Mapped) else 0


def read_piece(container: Container, offset: int, size: int) -> Array:
    """``size`` bytes of a file.

    Raises:
        OSError: it cannot be read.
        DamagedError: it has no such bytes.
    """
    if offset < 0 or size < 0 or offset + size > container.size:
        raise DamagedError(
            f"bytes {offset} to {offset + size} are wanted of a file of {container.size} bytes: it was cut off, or "
            "its index is wrong"
        )
    return container.read(offset, size)


class Containers:
    """Many files, at most MAX_OPEN of which are open.

    Attributes:
        held: what was fetched of those in a store.
    """

    def __init__(
        self,
        paths: Sequence[str],
        files: Files | None = None,
        *,
        mapped: bool = True,
        direct: bool = False,
        read_ahead: bool = False,
    ) -> None:
        self.paths = list(paths)
        self._files = files
        self._mapped, self._direct, self._read_ahead = mapped, direct, read_ahead
        self._open: OrderedDict[int, Container] = OrderedDict()
        self._remote: dict[int, _Remote] = {}  # nothing is open of them
        self._lock = threading.Lock()
        self._latest: tuple[int, Container] | None = None  # of those that are open
        self.held = HeldPieces(lambda request: self._storage.read_range(*request))

    @property
    def _storage(self) -> Storage:
        assert self._files is not None
        return self._files.storage

    def look_up(self) -> None:
        """Ask for the sizes of all objects at once. Where that fails, opening the file will say why."""
        urls = {number: path for number, path in enumerate(self.paths) if is_url(path)}
        if urls and self._files is not None:
            for (number, url), size in zip(urls.items(), self._storage.sizes(list(urls.values())), strict=True):
                if size is not None:
                    self._remote[number] = _Remote(self._storage, url, size, self.held)

    def __getitem__(self, number: int) -> Container:
        latest = self._latest
        if latest is not None and latest[0] == number:
            return latest[1]
        if self._files is not None and is_url(self.paths[number]):
            remote = self._remote.get(number)
            if remote is None:
                url = self.paths[number]
                remote = self._remote[number] = _Remote(self._storage, url, self._storage.size(url), self.held)
            return remote
        with self._lock:
            found = self._open.get(number)
            if found is None:
                found = self._opened(self.paths[number])
                self._open[number] = found
                if len(self._open) > MAX_OPEN:
                    self._open.popitem(last=False)
            else:
                self._open.move_to_end(number)
            self._latest = number, found
            return found

    def _opened(self, path: str) -> Container:
        return open_container(local_path(path), mapped=self._mapped, direct=self._direct, read_ahead=self._read_ahead)

    def walkable(self, number: int) -> Container:
        """The file, for many small reads that go through it."""
        container = self[number]
        return container if isinstance(container, _Mapped) else _Windowed(container)

    def read(self, number: int, offset: int, size: int) -> Array:
        """``size`` bytes of a file.

        Raises:
            OSError: it cannot be read.
            DamagedError: it has no such bytes.
        """
        return read_piece(self[number], offset, size)

    def close(self) -> None:
        """Close all files; pieces that are in use stay valid."""
        with self._lock:
            self._open.clear()
            self._latest = None
        self.held.clear()


class ContainerReader(FilesReader):
    """Base of the readers of files with many samples each.

    :meth:`prepare` calls :meth:`open`, finds the samples, and notes in ``counts`` how many each file has, and with
    :meth:`mark_bad` which of them are known to be damaged. A subclass has :meth:`load_record` in place of
    :meth:`load`, :meth:`record_source` in place of :meth:`source_of`, and :meth:`ranges` in place of :meth:`requests`.

    Attributes:
        archives: the files.
        counts: number of samples in each of them.
    """

    shuffles_files: ClassVar[bool] = True

    def __init__(self, spec: OpSpec, env: OpEnv) -> None:
        self.archives = Containers([])
        self.counts: list[int] = []
        self._bad: dict[int, tuple[Exception, str]] = {}
        self._runs: Runs | None = None
        self._worked_out: OrderedDict[int, list[Request]] = OrderedDict()
        super().__init__(spec, env)

    def open(self, paths: Sequence[str], *, direct: bool = False) -> None:
        """Take these files; none of them is touched yet."""
        self.counts, self._bad = [], {}  # an earlier attempt may have failed half-way
        self._worked_out.clear()
        mapped = not (self.args["dont_use_mmap"] or direct)
        self.remote = any_url(paths)
        read_ahead = self.args["read_ahead"]
        self.archives = Containers(paths, self.files, mapped=mapped, direct=direct, read_ahead=read_ahead)
        self.archives.look_up()

    def _make_plan(self) -> Plan:
        plan = super()._make_plan()
        in_order = not self.args["random_shuffle"] and self.args["sampler"] is None
        self._runs = Runs(self._ranges_there, self.size) if self.remote and in_order else None
        return plan

    def mark_bad(self, index: int, error: Exception, source: str) -> None:
        """Make a sample fail when its turn comes, so that ``on_error`` decides what becomes of it."""
        self._bad[index] = (error, source)

    @property
    def size(self) -> int:
        """Number of records."""
        return sum(self.counts)

    def containers(self) -> Sequence[int]:
        return self.counts

    def requests(self, index: int) -> Sequence[Request]:
        try:
            return self._wanted(index)
        except OSError:  # loading will say it
            return ()

    def at_hand(self, request: Request) -> bool:
        return self._runs is not None and self.archives.held.has(request)

    def _wanted(self, index: int) -> list[Request]:
        """What to fetch for a sample; remembered from its announcement to its loading, of as many as lie in between."""
        found = self._worked_out.get(index)
        if found is None:
            found = self._worked_out[index] = self._work_out(index)
            if len(self._worked_out) > 2 * self.files.storage.settings.ahead_items:
                self._worked_out.popitem(last=False)
        return found

    def _work_out(self, index: int) -> list[Request]:
        number, ranges = self._ranges_there(index)
        path = self.archives.paths[number]
        if not is_url(path):
            return []
        if self._runs is None:
            return [(path, start, stop) for start, stop in joined(ranges)]
        pieces = self._runs.of(index)
        return [(path, first, last) for first, last in pieces if any(first < b and a < last for a, b in ranges)]

    def _ranges_there(self, index: int) -> tuple[int, Sequence[tuple[int, int]]]:
        """As :meth:`ranges`, without those that are not in the file: reading them says so."""
        if index in self._bad:
            return 0, ()
        number, ranges = self.ranges(index)
        size = self.archives[number].size if is_url(self.archives.paths[number]) else 0
        return number, [(start, stop) for start, stop in ranges if 0 <= start < stop <= size]

    def ranges(self, index: int) -> tuple[int, Sequence[tuple[int, int]]]:
        """Number of the file of a sample, and the pieces of it (start, stop) that ``load_record`` reads."""
        raise NotImplementedError

    def load(self, index: int) -> Row:
        known = self._bad.get(index)
        if known is not None:
            raise DamagedError(str(known[0])) from known[0]
        if not self.remote:
            return self.load_record(index)
        with self.archives.held.holding(self._wanted(index), shared=self._runs is not None):
            return self.load_record(index)

    def load_record(self, index: int) -> Row:
        """As :meth:`load`, for a sample that is not known to be bad."""
        raise NotImplementedError

    def source_of(self, index: int) -> str | None:
        known = self._bad.get(index)
        return known[1] if known is not None else self.record_source(index)

    def record_source(self, index: int) -> str | None:
        """Where a record is, for messages."""
        raise NotImplementedError

    def check_any(self, what: str) -> None:
        """Refuse data that has no samples at all, or not one that could be read.

        Raises:
            ArgumentError: so it is; the first damage is told.
        """
        if not self.size:
            raise self.error(f"there is no {what} in {', '.join(self.archives.paths[:3])}")
        if len(self._bad) == self.size:
            error, source = next(iter(self._bad.values()))
            raise self.error(f"{source}: {error}")

    def close(self) -> None:
        super().close()
        self.archives.close()
