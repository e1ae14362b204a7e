"""The tar format, as far as reading members in order needs it, and WebDataset's index files.

Blocks have 512 bytes. A header holds, among others, a name, a size in octal digits (or as a binary number, GNU), a
checksum, and a type; long names stand in members of their own before it (GNU's ``L``, pax's ``x``). See POSIX.1-1988
("ustar"), POSIX.1-2001 ("pax") and the GNU tar manual.
"""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from adali.operators.reader.container import Container, DamagedError

__all__ = ["Component", "TarSample", "check_header", "index_lines", "parse_index", "plain_header", "samples"]

BLOCK = 512
_ZEROS = bytes(BLOCK)
_LONGEST_NAME = 1 << 20


class Member(NamedTuple):
    """A member of an archive; with an error where bytes are none."""

    name: str
    offset: int
    size: int
    regular: bool
    error: DamagedError | None = None


class Component(NamedTuple):
    """A file of a sample: its extension (what follows the first dot of its name), place, and name."""

    ext: str
    offset: int
    size: int
    name: str


class TarSample(NamedTuple):
    """Files with one name up to the first dot; with an error where it cannot be known.

    It is doubtful if damage lies beside it, to which files of it may have belonged.
    """

    components: list[Component]
    where: str
    error: DamagedError | None = None
    doubtful: bool = False


def _number(field: bytes) -> int | None:
    if field[0] & 0x80:  # GNU: binary, for what octal digits cannot hold
        return int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
    digits = field.strip(b" \x00")
    if not digits:
        return 0
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        return None
    return int(digits, 8)


def _valid(block: bytes) -> bool:
    """Whether the checksum of a header is right."""
    stored = _number(block[148:156])
    return stored is not None and stored == _sum(block[:256]) + _sum(block[256:]) - sum(block[148:156]) + 8 * 0x20


def _sum(half: bytes) -> int:
    """The sum of at most 256 bytes. Adler-32's lower half is one more, below a modulus that is not reached."""
    return (zlib.adler32(half) & 0xFFFF) - 1


def _text(raw: bytes) -> str:
    return raw.split(b"\x00", 1)[0].decode("utf-8", "surrogateescape")


def check_header(block: bytes, size: int) -> int:
    """Check that this is the header of a regular member of that size.

    Returns:
        0, or how many bytes further its header is: wds2idx gives the place of a long name for that of the file.

    Raises:
        DamagedError: it is no such header.
    """
    if len(block) < BLOCK or not _valid(block):
        raise DamagedError("no member of the archive begins there: it is damaged, or its index is wrong")
    # A pax header may have given the size; the field is 0 then, or what would fit.
    if block[156:157] not in (b"0", b"\x00", b"7") or _number(block[124:136]) not in (size, 0):
        length = _number(block[124:136])
        if block[156:157] in (b"L", b"K", b"x") and length is not None and length <= _LONGEST_NAME:
            return BLOCK + -(-length // BLOCK) * BLOCK
        raise DamagedError(f"the archive has no member of {size} bytes there: its index is wrong")
    return 0


def plain_header(address: int, size: int) -> bool:
    """Whether :func:`check_header` would give 0 for the 512 bytes at an address; False also where it is not certain."""
    return bool(_kernel()(address, size))


@functools.cache
def _kernel() -> Any:
    from adali.kernels import _tar

    return _tar.plain


def _pax(data: bytes) -> dict[str, str]:
    """Records ``LENGTH KEY=VALUE`` with a line feed at the end, whose length counts all of it."""
    found = {}
    while data:
        length, blank, _ = data.partition(b" ")
        if not blank or not length.isdigit() or not 0 < int(length) <= len(data):
            break
        key, _, value = data[len(length) + 1 : int(length)].partition(b"=")
        found[key.decode("utf-8", "replace")] = value[:-1].decode("utf-8", "surrogateescape")
        data = data[int(length) :]
    return found


def members(file: Container) -> Iterator[Member]:
    """All members of an archive, in order. After damage the search goes on to the next valid header."""
    offset = 0
    name: str | None = None
    size: int | None = None
    common: dict[str, str] = {}
    while offset + BLOCK <= file.size:
        block = file.read(offset, BLOCK).tobytes()
        if block == _ZEROS:
            # Two of them end an archive; what follows is padding, or an archive that was appended.
            offset += BLOCK
            continue
        field = _number(block[124:136]) if _valid(block) else None
        if field is None:
            found = _next_header(file, offset + BLOCK)
            yield Member("", offset, found - offset, False, DamagedError(f"no header of a member at byte {offset}"))
            offset, name, size = found, None, None
            continue
        kind = block[156:157]
        length = size if size is not None and kind not in b"xgLK" else field
        data = offset + BLOCK
        following = data + -(-length // BLOCK) * BLOCK
        if kind in (b"x", b"g", b"L", b"K"):
            if length > _LONGEST_NAME or data + length > file.size:
                yield Member("", offset, length, False, DamagedError(f"the header at byte {offset} is cut off"))
                offset = following if following <= file.size else file.size
                continue
            text = file.read(data, length).tobytes()
            if kind == b"L":
                name = _text(text)
            elif kind == b"g":
                common = {**common, **_pax(text)}
            elif kind == b"x":
                records = _pax(text)
                name = records.get("path", name)
                size = int(records["size"]) if records.get("size", "").isdigit() else size
            offset = following
            continue
        if name is None:
            name = common.get("path") or _text(block[:100])
            prefix = _text(block[345:500]) if block[257:263] == b"ustar\x00" else ""
            name = f"{prefix}/{name}" if prefix else name
        regular = kind in (b"0", b"\x00", b"7") and not name.endswith("/")
        if kind in b"123456":  # links, devices and folders have no data, whatever their size
            following = data
        error = None
        if regular and data + length > file.size:
            error = DamagedError(f"it is cut off: {file.size - data} of its {length} bytes are there")
        yield Member(name, data, length, regular, error)
        offset, name, size = following, None, None
    if 0 < file.size - offset < BLOCK and any(file.read(offset, file.size - offset)):
        yield Member("", offset, file.size - offset, False, DamagedError(f"the header at byte {offset} is cut off"))


def _next_header(file: Container, offset: int) -> int:
    while offset + BLOCK <= file.size:
        block = file.read(offset, BLOCK).tobytes()
        if block[257:262] == b"ustar" and _valid(block):
            return offset
        offset += BLOCK
    return file.size


def split_name(name: str) -> tuple[str, str] | None:
    """A member's sample and extension; None for a hidden file."""
    start = name.rfind("/") + 1
    dot = name.find(".", start)
    if dot == start:
        return None
    return (name, "") if dot < 0 else (name[:dot], name[dot + 1 :])


def samples(file: Container) -> Iterator[TarSample]:
    """The samples of an archive: consecutive files with one name up to the first dot."""
    current: str | None = None
    components: list[Component] = []
    error: DamagedError | None = None
    damage: list[TarSample] = []
    doubtful = False

    def finished() -> Iterator[TarSample]:
        if components:
            where = f"{components[0].offset}:{components[0].name}"
            yield TarSample(components, where, error, doubtful or bool(damage))
        yield from damage

    for member in members(file):
        if member.error is not None and not member.regular:
            damage.append(TarSample([], str(member.offset), member.error))
            continue
        parts = split_name(member.name) if member.regular else None
        if parts is None:
            continue
        base, ext = parts
        if base != current:
            yield from finished()
            current, components, error, doubtful, damage = base, [], None, bool(damage), []
        components.append(Component(ext, member.offset, member.size, member.name))
        error = error or member.error
    yield from finished()


# ---- index files -------------------------------------------------------------------------------------------------

_VERSIONS = {b"v1.1": False, b"v1.2": True}
_NAMED = re.compile(r"([^ ]*) (\d{1,18}) (\d{1,18}) (.+?)(?: (?=[^ ]* \d+ \d+ )|$)")
_UNNAMED = re.compile(r"([^ ]*) (\d{1,18}) (\d{1,18})(?: |$)")


def index_lines(found: list[TarSample]) -> Iterator[str]:
    """The lines of an index file: the number of samples, and the extension, place, size and name of each file."""
    yield f"v1.2 {len(found)}\n"
    for sample in found:
        yield " ".join(f"{_indexed(c)} {c.offset} {c.size} {c.name}" for c in sample.components) + "\n"


def _indexed(component: Component) -> str:
    # For a file without a dot wds2idx writes its whole name, since no extension at all could not be read.
    return component.ext if "." in component.name.rpartition("/")[2] else component.name


def parse_index(text: bytes) -> Iterator[TarSample]:
    """The samples in an index file; with an error for a line that is none, and for samples that are missing.

    Raises:
        DamagedError: it is no index file.
    """
    first, _, rest = text.partition(b"\n")
    words = first.split()
    if len(words) != 2 or words[0] not in _VERSIONS or not words[1].isdigit():
        raise DamagedError(f"expected a first line 'v1.2 NUMBER_OF_SAMPLES', got {first[:60]!r}")
    pattern = _NAMED if _VERSIONS[words[0]] else _UNNAMED
    number, count = 1, 0
    for number, raw in enumerate(rest.split(b"\n"), 2):
        line = raw.decode("utf-8", "surrogateescape").rstrip("\r")
        if not line.strip():
            continue
        count += 1
        components = []
        end = 0
        while (match := pattern.match(line, end)) and match.end() > end:
            ext, offset, size = match[1], int(match[2]), int(match[3])
            components.append(Component(ext, offset, size, match[4] if pattern is _NAMED else ""))
            end = match.end()
        where = f"line {number} of its index"
        if end < len(line):
            yield TarSample([], where, DamagedError(f"expected 'EXT OFFSET SIZE NAME ...', got {line[:80]!r}"))
        else:
            yield TarSample(components, f"{components[0].offset}:{components[0].name}")
    if count != int(words[1]):
        error = DamagedError(f"the index promises {int(words[1])} samples and has {count}")
        yield TarSample([], f"line {number} of its index", error)
