"""Files that are not on a local disk: any URL that obstore or fsspec knows.

One storage layer serves all readers. It is asynchronous inside; :class:`Storage` is its face for threads that block.
Credentials come from the configuration of the libraries below (environment variables, their files), never from here.
"""

from __future__ import annotations

from adali.errors import StorageError
from adali.storage.backends import Found, Stat
from adali.storage.file import RemoteFile
from adali.storage.settings import Settings, current, use
from adali.storage.storage import Request, Storage
from adali.storage.urls import any_url, dirname, is_url, join, local_path

__all__ = [
    "Found",
    "RemoteFile",
    "Request",
    "Settings",
    "Stat",
    "Storage",
    "StorageError",
    "any_url",
    "current",
    "dirname",
    "is_url",
    "join",
    "local_path",
    "use",
]
