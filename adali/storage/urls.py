"""URLs and paths: which is which, and how they are joined."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

__all__ = ["dirname", "is_url", "join", "local_path", "scheme"]

# More than one letter: "c:" is a drive.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@functools.lru_cache(maxsize=4096)
def is_url(path: str) -> bool:
    """Whether a name is the URL of something that is not a local file."""
    return _URL.match(path) is not None and path[:7].lower() != "file://"


def local_path(path: str) -> str:
    """A ``file://`` URL as a path; anything else as it is."""
    if path[:7].lower() != "file://":
        return path
    parts = urlsplit(path)
    return unquote(parts.path)


def scheme(url: str) -> str:
    """``"s3"`` for ``"s3://bucket/key"``, in lower case."""
    return url.partition("://")[0].lower()


def join(root: str, name: str) -> str:
    """A name below a folder, either of which may be a URL."""
    if not root or is_url(name):
        return name
    if is_url(root):
        return root.rstrip("/") + "/" + name.lstrip("/")
    return os.path.join(root, name)


def dirname(path: str) -> str:
    """The folder of a file, for a path or a URL."""
    if is_url(path):
        return path.rpartition("/")[0]
    return os.path.dirname(path)


def any_url(names: Sequence[str]) -> bool:
    """Whether one of the names is a URL."""
    return any("://" in name and is_url(name) for name in names)
