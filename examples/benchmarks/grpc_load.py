"""A lean gRPC client for load: unary calls on HTTP/2 connections, with as little Python for a call as it takes.

grpcio's own client for asyncio spends about as long on a call as a server on refusing it, so that on few cores it would
be measured along with the server. What goes over the wire is what grpcio's client sends: headers, indexed after a
connection's first call, one message, and no more of it than the server's flow-control windows allow.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from collections.abc import Sequence
from typing import Any

from load_client import Answer, Grpc

__all__ = ["LeanGrpc"]

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
INITIAL_WINDOW, MAX_FRAME = 4, 5  # settings
#: What may come in before more is granted.
GRANT = 1 << 30
#: gRPC's codes, by HTTP's, as :attr:`load_client.Grpc.STATUS` has them by name.
STATUS = {0: 200, 3: 400, 4: 504, 8: 429, 14: 503}


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2."""
    return _head(len(payload), kind, flags, stream) + payload


def _head(length: int, kind: int, flags: int, stream: int) -> bytes:
    return struct.pack(">BHBBI", length >> 16, length & 0xFFFF, kind, flags, stream)


def _literal(name: bytes, value: bytes) -> bytes:
    """A header that the other side adds to its table (RFC 7541, 6.2.1); both are shorter than 127 bytes."""
    return b"\x40" + bytes([len(name)]) + name + bytes([len(value)]) + value


def _integer(block: bytes, at: int, bits: int) -> tuple[int, int]:
    """An integer of HPACK and where it ends."""
    value = block[at] & ((1 << bits) - 1)
    at += 1
    if value == (1 << bits) - 1:
        for shift in itertools.count(0, 7):
            value += (block[at] & 0x7F) << shift
            at += 1
            if not block[at - 1] & 0x80:
                break
    return value, at


def _string(block: bytes, at: int) -> tuple[bytes, int]:
    if block[at] & 0x80:
        raise NotImplementedError("a header in Huffman's code, which gRPC's servers do not write")
    length, at = _integer(block, at, 7)
    return block[at : at + length], at + length


def literals(block: bytes) -> dict[bytes, bytes]:
    """The headers of a block that name themselves; the writer has been told to keep no table."""
    at, found = 0, {}
    while at < len(block):
        first = block[at]
        if first & 0x80:  # one of the static table: of no interest
            _, at = _integer(block, at, 7)
        elif first & 0xE0 == 0x20:  # the table's size
            _, at = _integer(block, at, 5)
        else:
            index, at = _integer(block, at, 6 if first & 0x40 else 4)
            name, at = (b"", at) if index else _string(block, at)
            value, at = _string(block, at)
            found[name] = value
    return found


class _Call:
    """One call: its answer, and what of its message the windows have not let out."""

    __slots__ = ("answered", "body", "details", "done", "left", "sent", "status", "window")

    def __init__(self, window: int, message: memoryview) -> None:
        self.window = window
        self.left = message
        self.body: list[bytes] = []
        self.status, self.details = 500, b"the stream was reset"
        self.sent = self.answered = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Connection(asyncio.Protocol):
    """One connection with many calls."""

    transport: Any

    def __init__(self, path: str, authority: str) -> None:
        fields = {":path": path, ":authority": authority, "te": "trailers", "content-type": "application/grpc"}
        fields["user-agent"] = "adali-load"
        own = b"".join(_literal(k.encode(), v.encode()) for k, v in fields.items())
        start = b"\x83\x86"  # :method POST, :scheme http
        self._first = start + own
        self._later = start + bytes(0x80 | (61 + len(fields) - i) for i in range(len(fields)))
        self._ids = itertools.count(1, 2)
        self._calls: dict[int, _Call] = {}
        self._blocked: list[int] = []
        self._window = self._initial = 65535
        self._largest = 16384
        self._granted = GRANT
        self._rest = b""
        self._told: dict[bytes, dict[bytes, bytes]] = {}
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        # No table for the headers that come (1), no pushes (2), and a wide window (4).
        settings = struct.pack(">HIHIHI", 1, 0, 2, 0, INITIAL_WINDOW, GRANT)
        more = frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", GRANT))
        self.transport.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, settings) + more)

    def connection_lost(self, exc: Exception | None) -> None:
        for call in self._calls.values():
            if not call.done.done():
                call.done.set_exception(exc or ConnectionResetError("closed by the server"))
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionResetError("closed by the server"))
        self.closed.set_result(None)

    def call(self, message: memoryview) -> _Call:
        """Send a message with its prefix."""
        number = next(self._ids)
        call = self._calls[number] = _Call(self._initial, message)
        block, self._first = self._first or self._later, b""
        call.sent = time.perf_counter()
        parts = [frame(HEADERS, END_HEADERS, number, block)]
        self._advance(number, call, parts)
        self.transport.writelines(parts)
        return call

    def _advance(self, number: int, call: _Call, parts: list[Any]) -> None:
        """Put as much of a call's message into frames as may be sent."""
        while call.left:
            size = min(len(call.left), self._largest, self._window, call.window)
            if size <= 0:
                self._blocked.append(number)
                return
            flags = END_STREAM if size == len(call.left) else 0
            parts += (_head(size, DATA, flags, number), call.left[:size])
            call.left = call.left[size:]
            call.window -= size
            self._window -= size

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        at, replies = 0, list[Any]()
        while len(data) - at >= 9:
            high, low, kind, flags, stream = struct.unpack_from(">BHBBI", data, at)
            end = at + 9 + (high << 16 | low)
            if end > len(data):
                break
            self._take(kind, flags, stream, data[at + 9 : end], replies)
            at = end
        self._rest = data[at:]
        if replies:
            self.transport.writelines(replies)

    def _take(self, kind: int, flags: int, stream: int, payload: bytes, replies: list[Any]) -> None:
        call = self._calls.get(stream)
        if kind == DATA:
            self._granted -= len(payload)
            if self._granted < GRANT // 2:
                replies.append(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", GRANT - self._granted)))
                self._granted = GRANT
            if call is not None:
                call.body.append(payload)
        elif kind == HEADERS:
            assert flags & END_HEADERS, "headers in more than one frame"
            told = self._told.get(payload)
            if told is None:
                told = self._told[payload] = literals(payload)
            if call is not None and b"grpc-status" in told:
                call.status = STATUS.get(int(told[b"grpc-status"]), 500)
                call.details = told.get(b"grpc-message", b"")
        elif kind == SETTINGS and not flags & ACK:
            self._settings(payload)
            replies.append(frame(SETTINGS, ACK, 0))
            self._unblock(replies)
        elif kind == PING and not flags & ACK:
            replies.append(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            more = struct.unpack(">I", payload)[0]
            if stream == 0:
                self._window += more
            elif call is not None:
                call.window += more
            self._unblock(replies)
        elif kind == GOAWAY:
            self.transport.close()
        if call is not None and (kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM)):
            del self._calls[stream]
            call.answered = time.perf_counter()
            if call.left and kind != RST_STREAM:  # it is answered before it is sent: the rest is not
                replies.append(frame(RST_STREAM, 0, stream, struct.pack(">I", 8)))
            if not call.done.done():
                call.done.set_result(None)

    def _settings(self, payload: bytes) -> None:
        for name, value in struct.iter_unpack(">HI", payload):
            if name == INITIAL_WINDOW:
                for call in self._calls.values():
                    call.window += value - self._initial
                self._initial = value
            elif name == MAX_FRAME:
                self._largest = value
        if not self.ready.done():
            self.ready.set_result(None)

    def _unblock(self, replies: list[Any]) -> None:
        blocked, self._blocked = self._blocked, []
        for number in blocked:
            if (call := self._calls.get(number)) is not None:
                self._advance(number, call, replies)


class LeanGrpc:
    """Images for ``ModelInfer``, over a few connections that take turns; see :class:`load_client.Client`."""

    def __init__(self, port: int, images: Sequence[bytes], model: str = "pipeline", name: str = "images") -> None:
        self.port = port
        requests = Grpc(port, images, model, name).requests
        self._messages = [memoryview(b"\0" + len(r).to_bytes(4, "big") + r) for r in requests]
        self._connections: list[_Connection] = []

    async def open(self, connections: int) -> None:
        """Connect so many times."""
        loop = asyncio.get_running_loop()
        path, authority = "/inference.GRPCInferenceService/ModelInfer", f"127.0.0.1:{self.port}"
        for _ in range(connections):
            _, connection = await loop.create_connection(lambda: _Connection(path, authority), "127.0.0.1", self.port)
            await connection.ready
            self._connections.append(connection)

    async def send(self, number: int) -> Answer:
        """Send one image."""
        connection = self._connections[number % len(self._connections)]
        call = connection.call(self._messages[number % len(self._messages)])
        await call.done
        body = b"".join(call.body)[5:] if call.status == 200 else call.details
        return Answer(call.status, body, call.answered - call.sent)

    async def aclose(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.transport.close()
            await connection.closed
