"""Reading an LMDB environment without liblmdb.

liblmdb trusts the file: a damaged page number makes it read outside the mapping, and the process dies. Here every
number is checked, so a damaged page costs its records and nothing else; there are no lock files and no table of
readers, so that folders may be read-only and any number of threads may read. Written after the description of the file
format in LMDB's documentation (version 1 of the format, that of all 0.9 releases; little-endian, 64 bits).

A file is made of pages. Pages 0 and 1 are meta pages, the one with the higher transaction number counts. Branch pages
hold keys and the numbers of pages below them, leaf pages keys and values; a large value has overflow pages of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from adali.operators.base import Array
from adali.operators.reader.container import Container, DamagedError

__all__ = ["LmdbRecord", "records"]

_BRANCH, _LEAF, _OVERFLOW, _META = 1, 2, 4, 8
_BIG, _SUBTREE, _DUPLICATES = 1, 2, 4
_PAGE = struct.Struct("<QHHHH")  # number, padding, flags, lower and upper end of the free space
_OVERFLOW_PAGE = struct.Struct("<QHHI")  # number, padding, flags, how many pages
_NODE = struct.Struct("<HHHH")  # low and high half of the size (or page number), flags, size of the key
_HEAD = _PAGE.size
#: magic, version, address, size of the map, two descriptions of trees, last page, transaction.
_META_FORMAT = struct.Struct("<IIQQ")
_TREE = struct.Struct("<IHHQQQQQ")  # padding (page size), flags, depth, pages of three kinds, entries, root
_MAGIC = 0xBEEFC0DE
_NONE = (1 << 64) - 1
_DEEPEST = 32


class LmdbRecord(NamedTuple):
    """Key and place of a value; with an error where they cannot be known."""

    key: bytes
    offset: int
    size: int
    error: DamagedError | None = None


class _Meta(NamedTuple):
    page_size: int
    root: int
    entries: int
    transaction: int


def _meta(file: Container) -> _Meta:
    """The meta page that counts.

    Raises:
        DamagedError: there is none.
    """
    found = []
    first = _meta_at(file, 0)
    sizes = [first.page_size] if first is not None else [1 << n for n in range(12, 17)]
    if first is not None:
        found.append(first)
    for size in sizes:
        second = _meta_at(file, size)
        if second is not None and second.page_size == size:
            found.append(second)
            break
    if not found:
        raise DamagedError("it is no LMDB file: neither of its first two pages is a meta page")
    return max(found, key=lambda meta: meta.transaction)


def _meta_at(file: Container, offset: int) -> _Meta | None:
    size = _HEAD + _META_FORMAT.size + 2 * _TREE.size + 16
    if offset + size > file.size:
        return None
    page = file.read(offset, size).tobytes()
    _, _, flags, _, _ = _PAGE.unpack_from(page)
    magic, version, _, _ = _META_FORMAT.unpack_from(page, _HEAD)
    if magic != _MAGIC or not flags & _META:
        return None
    if version != 1:
        raise DamagedError(f"it has version {version} of LMDB's format; version 1 can be read")
    free = _TREE.unpack_from(page, _HEAD + _META_FORMAT.size)
    main = _TREE.unpack_from(page, _HEAD + _META_FORMAT.size + _TREE.size)
    (transaction,) = struct.unpack_from("<Q", page, size - 8)
    page_size = free[0]
    if page_size not in [1 << n for n in range(8, 17)]:
        return None
    if main[1] & _DUPLICATES:
        raise DamagedError("a key may have several values in it, which this reader does not read")
    return _Meta(page_size, main[7], main[6], transaction)


def records(file: Container) -> Iterator[LmdbRecord]:
    """The records of the main database, in the order of their keys.

    A damaged page gives one record with an error, in the place of all that it held.

    Raises:
        DamagedError: it is no LMDB file.
    """
    meta = _meta(file)
    if meta.root == _NONE:
        return
    seen: set[int] = set()
    pages = [(meta.root, 0)]
    while pages:
        number, depth = pages.pop()
        try:
            if number in seen or depth > _DEEPEST:
                raise DamagedError(f"page {number} belongs to itself or to two others")
            seen.add(number)
            page, flags, nodes = _page(file, meta.page_size, number)
            if flags & _BRANCH:
                # Nodes are in the order of their keys; the last one is looked at last.
                pages += [(n, depth + 1) for n in reversed(_children(page, nodes))]
                continue
        except DamagedError as e:
            yield LmdbRecord(b"", number * meta.page_size, 0, e)
            continue
        for node in nodes:
            yield _leaf(file, meta.page_size, number, page, node)


def _page(file: Container, page_size: int, number: int) -> tuple[Array, int, list[int]]:
    """A branch or leaf page: its bytes, flags, and the places of its nodes.

    Raises:
        DamagedError: it is none.
    """
    if (number + 1) * page_size > file.size:
        raise DamagedError(f"the file has no page {number}: it is damaged or was cut off")
    page = file.read(number * page_size, page_size)
    own, _, flags, lower, upper = _PAGE.unpack(page[:_HEAD].data)
    if own != number or flags & (_BRANCH | _LEAF) not in (_BRANCH, _LEAF) or flags & (_OVERFLOW | _META | 0x60):
        raise DamagedError(f"page {number} is damaged: it is neither a branch nor a leaf")
    if not _HEAD <= lower <= upper <= page_size or (lower - _HEAD) % 2:
        raise DamagedError(f"page {number} is damaged: its free space is from {lower} to {upper} of {page_size}")
    nodes = np.frombuffer(page[_HEAD:lower].tobytes(), "<u2").tolist()
    return page, flags, nodes


def _children(page: Array, nodes: list[int]) -> list[int]:
    found = []
    for node in nodes:
        if node + _NODE.size > len(page):
            found.append(_NONE)  # no file has that page, so that it is told
            continue
        low, middle, high, _ = _NODE.unpack(page[node : node + _NODE.size].data)
        found.append(low | middle << 16 | high << 32)
    return found


def _leaf(file: Container, page_size: int, number: int, page: Array, node: int) -> LmdbRecord:
    where = number * page_size + node
    if node + _NODE.size > page_size:
        return LmdbRecord(b"", where, 0, DamagedError(f"page {number} is damaged: it has no place {node}"))
    low, high, flags, key_size = _NODE.unpack(page[node : node + _NODE.size].data)
    size, data = low | high << 16, node + _NODE.size + key_size
    if data > page_size:
        return LmdbRecord(b"", where, 0, DamagedError(f"page {number} is damaged: a key goes beyond its end"))
    key = page[data - key_size : data].tobytes()
    if flags & ~_BIG:
        return LmdbRecord(key, where, 0, DamagedError("the record is no plain value, or its page is damaged"))
    if not flags & _BIG:
        if data + size > page_size:
            return LmdbRecord(key, where, 0, DamagedError(f"page {number} is damaged: a value goes beyond its end"))
        return LmdbRecord(key, number * page_size + data, size)
    if data + 8 > page_size:
        return LmdbRecord(key, where, 0, DamagedError(f"page {number} is damaged: a page number goes beyond its end"))
    first = int.from_bytes(page[data : data + 8].tobytes(), "little")
    begin = first * page_size
    if begin + _HEAD > file.size:
        return LmdbRecord(key, where, 0, DamagedError(f"its value is in page {first}, which the file does not have"))
    own, _, kind, count = _OVERFLOW_PAGE.unpack(file.read(begin, _HEAD).data)
    if own != first or not kind & _OVERFLOW or _HEAD + size > count * page_size:
        return LmdbRecord(key, where, 0, DamagedError(f"page {first}, which holds its value, is damaged"))
    if begin + _HEAD + size > file.size:
        return LmdbRecord(key, where, 0, DamagedError("its value goes beyond the end of the file, which was cut off"))
    return LmdbRecord(key, begin + _HEAD, size)
