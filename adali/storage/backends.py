"""The libraries that reach a store: obstore where it knows the scheme, and fsspec for everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import unquote

from adali.errors import ArgumentError, StorageError
from adali.storage.settings import Settings
from adali.storage.urls import scheme

__all__ = ["Backend", "Found", "Stat", "backend_for", "is_final"]

T = TypeVar("T")

_OBSTORE = frozenset(("s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "http", "https"))
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Stat:
    """What a store says of an object: size in bytes, and what changes when its contents do ("" if unknown)."""

    size: int
    version: str


@dataclass(frozen=True)
class Found:
    """An object in a listing: its URL, and its size in bytes."""

    url: str
    size: int


class Backend(Protocol):
    """One attempt at each thing; the callers retry."""

    async def stat(self, url: str) -> Stat:
        """Size and version of an object."""

    def get(self, url: str, start: int, stop: int | None) -> AsyncIterator[Stat | memoryview]:
        """Bytes ``start`` to ``stop`` (None: the end) of an object: its Stat first (-1 if unknown), then pieces."""

    async def listing(self, url: str) -> list[Found]:
        """All objects below a folder, in no order."""

    async def aclose(self) -> None:
        """Give back connections."""


def is_final(error: BaseException) -> bool:
    """Whether another attempt would fail in the same way."""
    if isinstance(error, asyncio.TimeoutError) or not isinstance(error, Exception):
        return False
    return isinstance(error, _FINAL) or type(error).__name__ in _FINAL_OBSTORE


_FINAL = (
    StorageError,
    FileNotFoundError,
    PermissionError,
    IsADirectoryError,
    ValueError,
    TypeError,
    ImportError,
    NotImplementedError,
)
_FINAL_OBSTORE = frozenset(
    (
        "InvalidPathError",
        "NotSupportedError",
        "PermissionDeniedError",
        "UnauthenticatedError",
        "UnknownConfigurationKeyError",
    )
)


def backend_for(url: str, settings: Settings, run_blocking: Callable[..., Any]) -> tuple[tuple[str, str], Backend]:
    """The backend of a URL, and what identifies it (URLs with the same key share it).

    Raises:
        ArgumentError: no installed library reaches it; the message says what to install.
    """
    kind = scheme(url)
    problems = []
    # A signed URL is used as it stands; obstore would escape its query.
    if kind in _OBSTORE and settings.backend != "fsspec" and "?" not in url:
        try:
            import obstore  # noqa: F401
        except ImportError:
            problems.append("obstore is not installed")
        else:
            root = "/".join(url.split("/", 3)[:3])
            return ("obstore", root), _Obstore(root, settings)
    if settings.backend != "obstore":
        try:
            import fsspec

            filesystem = fsspec.filesystem(kind, **_fsspec_options(kind))
        except (ImportError, ValueError) as e:
            problems.append(f"fsspec: {e}")
        else:
            return ("fsspec", kind), _Fsspec(kind, filesystem, run_blocking)
    why = "; ".join(problems) or f"backend={settings.backend!r} does not know {kind}://"
    raise ArgumentError(f"no library can read {url!r} ({why}). Try: pip install 'adali[storage]'")


def _fsspec_options(kind: str) -> dict[str, Any]:
    # Listings of this process's past are of no use to a reader that lists once.
    return {} if kind == "memory" else {"use_listings_cache": False}


class _Obstore:
    def __init__(self, root: str, settings: Settings) -> None:
        from obstore.store import from_url

        self._root = root
        self._web = scheme(root) in ("http", "https")
        limit = timedelta(seconds=settings.request_timeout)
        self._store = from_url(
            root,
            client_options={
                "timeout": timedelta(days=1),
                "connect_timeout": limit,
                "read_timeout": limit,
                "allow_http": root.startswith("http://") or _allow_http(),
            },
            # Retries are done by the caller, for all backends alike.
            retry_config={"max_retries": 0},
        )

    def _path(self, url: str) -> str:
        path = url[len(self._root) :].strip("/")
        # What is in a web address is escaped already; obstore escapes it again.
        return unquote(path) if self._web else path

    async def stat(self, url: str) -> Stat:
        import obstore

        return _stat(await obstore.head_async(self._store, self._path(url)))

    async def get(self, url: str, start: int, stop: int | None) -> AsyncIterator[Stat | memoryview]:
        import obstore

        options: dict[str, Any] = {}
        if stop is not None:
            options = {"range": (start, stop)}
        elif start:
            options = {"range": {"offset": start}}
        result = await obstore.get_async(self._store, self._path(url), options=cast(Any, options))
        yield _stat(result.meta)
        async for piece in result.stream(min_chunk_size=_CHUNK):
            yield memoryview(cast(Any, piece)).cast("B")

    async def listing(self, url: str) -> list[Found]:
        import obstore

        prefix = self._path(url)
        try:
            rows = await obstore.list(self._store, prefix or None).collect_async()
        except obstore.exceptions.GenericError as e:
            if self._web and "non-2xx" in str(e):
                raise NotImplementedError("a web server does not list its files; name them one by one") from e
            raise
        return [Found(f"{self._root}/{row['path']}", row["size"]) for row in rows]

    async def aclose(self) -> None:
        del self._store


def _allow_http() -> bool:
    import os

    return os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true", "yes")


def _stat(meta: Any) -> Stat:
    return Stat(int(meta["size"]), str(meta.get("e_tag") or meta.get("last_modified") or ""))


class _Fsspec:
    """Any fsspec file system, called from worker threads: so blocking and asynchronous ones behave alike."""

    def __init__(self, kind: str, filesystem: Any, run_blocking: Callable[..., Any]) -> None:
        self._kind = kind
        self._fs = filesystem
        self._run = run_blocking

    async def stat(self, url: str) -> Stat:
        return await self._run(self._stat_now, url)  # type: ignore[no-any-return]

    def _stat_now(self, url: str) -> Stat:
        info = self._fs.info(url)
        if info.get("type") == "directory":
            raise IsADirectoryError(f"{url} is a folder")
        size = info.get("size")
        names = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "updated", "created")
        version = next((str(info[n]) for n in names if info.get(n)), "")
        return Stat(-1 if size is None else int(size), version)

    async def get(self, url: str, start: int, stop: int | None) -> AsyncIterator[Stat | memoryview]:
        yield Stat(-1, "")
        data = await self._run(self._read_now, url, start, stop)
        yield memoryview(data)

    def _read_now(self, url: str, start: int, stop: int | None) -> Any:
        return self._fs.cat_file(url, start=start or None, end=stop)

    async def listing(self, url: str) -> list[Found]:
        return await self._run(self._list_now, url)  # type: ignore[no-any-return]

    def _list_now(self, url: str) -> list[Found]:
        rows = self._fs.find(url, detail=True)
        # Some file systems give names with a scheme, some without, some with a slash in front.
        names = {name: name.partition("://")[2] or name for name in rows}
        return [Found(f"{self._kind}://{names[n].lstrip('/')}", int(row.get("size") or 0)) for n, row in rows.items()]

    async def aclose(self) -> None:
        del self._fs
