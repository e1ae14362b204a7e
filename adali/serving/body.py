"""Reading the body of an HTTP request, within bounds."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from adali.serving.errors import InvalidInput, Overloaded, TooLarge

__all__ = ["Body", "ClientGone", "Ledger", "decompressed"]

#: Seconds that a client may take to send a body.
PATIENCE_S = 60.0


class ClientGone(Exception):
    """The client left before its request was complete."""


class Ledger:
    """Bytes of all bodies that are being read.

    Attributes:
        limit: how many there may be.
        held: how many there are.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0

    def take(self, size: int) -> None:
        """Account for more.

        Raises:
            Overloaded: there is no room for them.
        """
        if self.held + size > self.limit:
            raise Overloaded("too many bodies come in at the same time; try again later")
        self.held += size


class Body:
    """The body of one request."""

    def __init__(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        ledger: Ledger,
    ) -> None:
        self._ledger = ledger
        self._length = next((bytes(v) for k, v in headers if k == b"content-length"), b"")
        self._receive = receive

    async def read(self, limit: int) -> bytes:
        """All of it.

        Raises:
            TooLarge: it is longer than ``limit``: known from its header, or once so much came. What is left is for the
                server to read over.
            Overloaded: other bodies take all the room.
            InvalidInput: it did not come in time.
            ClientGone: the client left.
        """
        if self._length.isdigit() and (len(self._length) > 15 or int(self._length) > limit):
            raise TooLarge(f"the body has {self._length.decode()[:20]} bytes; {limit} are allowed")
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            body = message.get("body", b"")
            if len(body) > limit:
                raise TooLarge(f"the body has more than the {limit} bytes that are allowed")
            return bytes(body)
        task = asyncio.current_task()
        assert task is not None
        late = False

        def give_up() -> None:
            nonlocal late
            late = True
            task.cancel()

        timer = asyncio.get_running_loop().call_later(PATIENCE_S, give_up)
        parts: list[bytes] = []
        size = held = 0
        try:
            while True:
                if message["type"] == "http.disconnect":
                    raise ClientGone
                part = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise TooLarge(f"the body has more than the {limit} bytes that are allowed")
                self._ledger.take(len(part))
                held += len(part)
                parts.append(part)
                if not message.get("more_body"):
                    return b"".join(parts)
                message = await self._receive()
        except asyncio.CancelledError:
            if late:
                raise InvalidInput(f"the body did not come within {PATIENCE_S:.0f} s") from None
            raise
        finally:
            timer.cancel()
            self._ledger.held -= held


async def decompressed(body: bytes, encoding: bytes, limit: int) -> bytes:
    """The body without its content encoding; decompression stops at ``limit`` bytes.

    Raises:
        TooLarge: there is more.
        InvalidInput: another encoding than gzip or deflate, or broken data.
    """
    kind = encoding.strip().lower()
    if kind == b"identity":
        return body
    if kind not in (b"gzip", b"deflate"):
        raise InvalidInput(f"content encoding {encoding.decode('latin-1')[:20]!r} is not known; gzip and deflate are")

    def work() -> bytes:
        # zlib's own header or that of gzip; `deflate` is zlib's format, though some clients send it bare.
        bare = kind == b"deflate" and (len(body) < 2 or (body[0] & 15) != 8 or (body[0] << 8 | body[1]) % 31 != 0)
        machine = zlib.decompressobj(-15 if bare else 47)
        try:
            data = machine.decompress(body, limit + 1)
        except zlib.error as e:
            raise InvalidInput(f"the body cannot be decompressed: {e}") from None
        if len(data) > limit:
            raise TooLarge(f"the body has more than the {limit} bytes that are allowed when it is decompressed")
        if not machine.eof:
            raise InvalidInput("the compressed body ends too early")
        return data

    return await asyncio.get_running_loop().run_in_executor(None, work)
