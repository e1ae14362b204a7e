"""What the first bytes of an image file say: format, size, channels, sample depth, EXIF orientation.

Sources: ITU-T T.81 (JPEG), ISO/IEC 15948 (PNG), TIFF 6.0, the Netpbm manual, the WebP container
specification, ISO/IEC 15444-1 (JPEG 2000), CIPA DC-008 (EXIF). Every function raises ValueError or
IndexError on broken input.
"""

from __future__ import annotations

import struct
from typing import Any

Header = tuple[int, int, int, int, str]  # height, width, channels, bits per sample, codec

# Start-of-frame markers; C4, C8 and CC in that range are other segments.
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _view(data: Any) -> memoryview:
    view = memoryview(data)
    return view if view.format == "B" and view.ndim == 1 else view.cast("B")


def identify(data: Any) -> str:
    """Return the codec's name from the magic bytes."""
    head = bytes(_view(data)[:16])
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM":
        return "bmp"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "pnm"
    if head[:4] == b"\xff\x4f\xff\x51" or head[4:12] == b"jP  \r\n\x87\n":
        return "jpeg2k"
    if not head:
        raise ValueError("the image is empty (0 bytes)")
    raise ValueError(f"not a supported image format (the data begins with {head[:8]!r})")


def parse(data: Any) -> Header:
    """Return (height, width, channels, bits, codec) as stored, before any EXIF orientation."""
    codec = identify(data)
    view = _view(data)
    try:
        return (*_PARSERS[codec](view), codec)
    except struct.error:
        raise ValueError(f"the {codec} header is truncated") from None


def _jpeg(v: memoryview) -> tuple[int, int, int, int]:
    pos, end = 2, len(v)
    while pos + 4 <= end:
        if v[pos] != 0xFF:
            pos += 1
            continue
        marker = v[pos + 1]
        if marker == 0xFF:
            pos += 1
        elif marker in _SOF:
            bits, height, width, channels = struct.unpack_from(">BHHB", v, pos + 4)
            if height == 0 or width == 0:
                raise ValueError(f"the jpeg header names an empty image of {height}x{width} pixels")
            return height, width, channels, bits
        elif marker == 0xDA:
            break
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8 or marker == 0:
            pos += 2
        else:
            pos += 2 + (v[pos + 2] << 8 | v[pos + 3])
    raise ValueError("the jpeg data has no frame header")


def _png(v: memoryview) -> tuple[int, int, int, int]:
    width, height, bits, color = struct.unpack_from(">IIBB", v, 16)
    channels = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}.get(color)
    if channels is None:
        raise ValueError(f"the png header names an unknown colour type {color}")
    if color == 3:  # a palette may have alpha: a tRNS chunk before the pixels
        channels, bits = 3 + _png_has(v, b"tRNS"), 8
    return height, width, channels, bits


def _png_has(v: memoryview, name: bytes) -> bool:
    pos = 8
    while pos + 8 <= len(v):
        (size,) = struct.unpack_from(">I", v, pos)
        kind = bytes(v[pos + 4 : pos + 8])
        if kind == name:
            return True
        if kind == b"IDAT":
            return False
        pos += 12 + size
    return False


def _bmp(v: memoryview) -> tuple[int, int, int, int]:
    (size,) = struct.unpack_from("<I", v, 14)
    if size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", v, 18)
        entry = 3
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", v, 18)
        entry = 4
    channels = 4 if bits == 32 else 3
    if bits <= 8:
        # A palette of greys is a grey image.
        (start,) = struct.unpack_from("<I", v, 10)
        table = bytes(v[14 + size : start])
        greys = all(table[i] == table[i + 1] == table[i + 2] for i in range(0, len(table) - 2, entry))
        channels = 1 if greys else 3
    return abs(height), width, channels, 8


def _webp(v: memoryview) -> tuple[int, int, int, int]:
    kind = bytes(v[12:16])
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", v, 26)
        return height & 0x3FFF, width & 0x3FFF, 3, 8
    if kind == b"VP8L":
        (word,) = struct.unpack_from("<I", v, 21)
        return (word >> 14 & 0x3FFF) + 1, (word & 0x3FFF) + 1, 3 + (word >> 28 & 1), 8
    if kind == b"VP8X":
        flags = v[20]
        width = 1 + int.from_bytes(v[24:27], "little")
        height = 1 + int.from_bytes(v[27:30], "little")
        return height, width, 3 + (flags >> 4 & 1), 8
    raise ValueError(f"the webp data begins with an unknown chunk {kind!r}")


def _pnm(v: memoryview) -> tuple[int, int, int, int]:
    kind = v[1] - ord("0")
    head = bytes(v[2:4096]).split(b"\n")
    words = b" ".join(line.split(b"#")[0] for line in head).split()
    width, height = int(words[0]), int(words[1])
    bits = 8 if kind in (1, 4) or int(words[2]) < 256 else 16
    return height, width, 3 if kind in (3, 6) else 1, bits


def _tiff_tags(v: memoryview, base: int = 0) -> dict[int, int]:
    """Return the first value of each tag of the first directory (classic TIFF; BigTIFF raises)."""
    order = "<" if v[base] == ord("I") else ">"
    magic, offset = struct.unpack_from(order + "HI", v, base + 2)
    if magic != 42:
        raise ValueError("BigTIFF headers are not parsed")
    (count,) = struct.unpack_from(order + "H", v, base + offset)
    tags: dict[int, int] = {}
    for k in range(count):
        at = base + offset + 2 + 12 * k
        tag, kind, n = struct.unpack_from(order + "HHI", v, at)
        if kind == 3:
            where = at + 8 if n <= 2 else base + struct.unpack_from(order + "I", v, at + 8)[0]
            (tags[tag],) = struct.unpack_from(order + "H", v, where)
        elif kind == 4:
            where = at + 8 if n <= 1 else base + struct.unpack_from(order + "I", v, at + 8)[0]
            (tags[tag],) = struct.unpack_from(order + "I", v, where)
    return tags


def _tiff(v: memoryview) -> tuple[int, int, int, int]:
    tags = _tiff_tags(v)
    if 256 not in tags or 257 not in tags:
        raise ValueError("the tiff directory names no size")
    channels, bits = tags.get(277, 1), tags.get(258, 1)
    if tags.get(262) == 3:  # palette
        channels, bits = 3, 8
    return tags[257], tags[256], channels, bits


def _jpeg2k(v: memoryview) -> tuple[int, int, int, int]:
    pos = 0 if v[0] == 0xFF else bytes(v[:1024]).find(b"\xff\x4f\xff\x51")
    if pos < 0:
        pos = bytes(v).find(b"\xff\x4f\xff\x51")
    if pos < 0:
        raise ValueError("the jpeg2k data has no codestream")
    xsiz, ysiz, xo, yo = struct.unpack_from(">IIII", v, pos + 8)
    channels, depth = struct.unpack_from(">HB", v, pos + 40)
    return ysiz - yo, xsiz - xo, channels, (depth & 0x7F) + 1


_PARSERS = {
    "jpeg": _jpeg,
    "png": _png,
    "bmp": _bmp,
    "webp": _webp,
    "pnm": _pnm,
    "tiff": _tiff,
    "jpeg2k": _jpeg2k,
}


def orientation(data: Any, codec: str) -> int:
    """Return the EXIF orientation of a JPEG, PNG, WebP or TIFF file: 1 to 8, and 1 where none is stored."""
    view = _view(data)
    try:
        if codec == "jpeg":
            block = _jpeg_exif(view)
        elif codec == "png":
            block = _png_exif(view)
        elif codec == "webp":
            block = _webp_exif(view)
        elif codec == "tiff":
            block = view
        else:
            return 1
        value = 1 if block is None else _tiff_tags(block).get(274, 1)
    except (struct.error, ValueError, IndexError):
        return 1  # broken metadata does not make the pixels unusable
    return value if 1 <= value <= 8 else 1


def _jpeg_exif(v: memoryview) -> memoryview | None:
    pos, end = 2, len(v)
    while pos + 4 <= end and v[pos] == 0xFF:
        marker = v[pos + 1]
        if marker == 0xDA:
            return None
        size = v[pos + 2] << 8 | v[pos + 3]
        if marker == 0xE1 and bytes(v[pos + 4 : pos + 10]) == b"Exif\0\0":
            return v[pos + 10 : pos + 2 + size]
        pos += 2 + size
    return None


def _png_exif(v: memoryview) -> memoryview | None:
    pos = 8
    while pos + 8 <= len(v):
        (size,) = struct.unpack_from(">I", v, pos)
        kind = bytes(v[pos + 4 : pos + 8])
        if kind == b"eXIf":
            return v[pos + 8 : pos + 8 + size]
        if kind == b"IDAT":
            return None
        pos += 12 + size
    return None


def _webp_exif(v: memoryview) -> memoryview | None:
    if bytes(v[12:16]) != b"VP8X":
        return None
    pos = 12
    while pos + 8 <= len(v):
        (size,) = struct.unpack_from("<I", v, pos + 4)
        if bytes(v[pos : pos + 4]) == b"EXIF":
            block = v[pos + 8 : pos + 8 + size]
            return block[6:] if bytes(block[:6]) == b"Exif\0\0" else block
        pos += 8 + size + (size & 1)
    return None


def check_complete(data: Any) -> None:
    """Refuse PNG and JPEG 2000 data that end too early or lack a part, before a codec sees them.

    nvImageCodec reads beyond the end of a JPEG 2000 header that is cut off, and goes on without one that says how the
    data are coded (the process dies of either), and libpng writes to the terminal.  Other formats pass: their codecs
    notice by themselves.
    """
    view = _view(data)
    codec = identify(view)
    if codec == "png":
        pos = 8
        while pos + 12 <= len(view):
            size = int.from_bytes(view[pos : pos + 4], "big")
            if bytes(view[pos + 4 : pos + 8]) == b"IEND":
                return
            pos += 12 + size
        raise ValueError("PNG: the data end before the IEND chunk (truncated file)")
    if codec == "jpeg2k":
        start, end = _jpeg2k_codestream(view)
        if end > len(view) or end - start < 4 or bytes(view[end - 2 : end]) != b"\xff\xd9":
            raise ValueError("JPEG 2000: the data end before the end-of-codestream marker (truncated file)")
        _check_jpeg2k_header(view[start:end])


def _check_jpeg2k_header(v: memoryview) -> None:
    """Refuse a main header without its mandatory segments, or with a marker that nobody knows."""
    seen: set[int] = set()
    pos = 2
    while pos + 4 <= len(v):
        marker = int.from_bytes(v[pos : pos + 2], "big")
        if marker == _SOT:
            missing = [name for name, code in _MANDATORY.items() if code not in seen]
            if missing:
                raise ValueError(f"JPEG 2000: the header has no {missing[0]} segment (corrupt file)")
            return
        if marker not in _JPEG2K_MARKERS:
            raise ValueError(f"JPEG 2000: unknown marker {marker:#06x} in the header (corrupt file)")
        seen.add(marker)
        pos += 2 + max(2, int.from_bytes(v[pos + 2 : pos + 4], "big"))
    raise ValueError("JPEG 2000: the header does not end (truncated file)")


#: The segments of a codestream's main header: those of ISO/IEC 15444-1, and the extensions of parts 2 and 15.
_MANDATORY = {"SIZ": 0xFF51, "COD": 0xFF52, "QCD": 0xFF5C}
_JPEG2K_MARKERS = {
    *_MANDATORY.values(),
    *(
        0xFF00 | low
        for low in (0x50, 0x53, 0x55, 0x56, 0x57, 0x59, 0x5D, 0x5E, 0x5F, 0x60, 0x63, 0x64, *range(0x72, 0x7A))
    ),
}
_SOT = 0xFF90


def _jpeg2k_codestream(v: memoryview) -> tuple[int, int]:
    """Return where the first codestream begins and ends; the end may lie behind the data."""
    if v[0] == 0xFF:
        return 0, len(v)
    pos = 0
    while pos + 8 <= len(v):
        size = int.from_bytes(v[pos : pos + 4], "big")
        head = 8
        if size == 1:
            size, head = int.from_bytes(v[pos + 8 : pos + 16], "big"), 16
        elif size == 0:
            size = len(v) - pos
        if size < head:
            raise ValueError("JPEG 2000: broken box structure")
        if bytes(v[pos + 4 : pos + 8]) == b"jp2c":
            return pos + head, pos + size
        pos += size
    raise ValueError("JPEG 2000: the data end before the codestream (truncated file)")
