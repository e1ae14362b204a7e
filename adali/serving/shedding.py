"""Refusing HTTP requests by their headers alone, while there is no room: without a task, and before a body is read.

When far more comes than can be computed, what refusing costs is taken from those who are answered. So the protocol
class below asks, as soon as a request's headers are there, whether it would be refused anyhow, and writes the answer
right away. The body that follows is read over: the connection stays usable, and the client gets to read its answer.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adali.serving.body import PATIENCE_S
from adali.serving.errors import Overloaded
from adali.serving.frontend import Frontend, NotFound, Unauthorized, public_text
from adali.serving.service import Service

__all__ = ["Shedder", "SheddingProtocol", "retry_after"]

#: Bytes of a body that are worth another way of reading.
WORTHWHILE = 16 << 10
#: Bytes of a request's first line and headers, beyond those that come first, before it is refused.
LONGEST_HEAD = 64 << 10
#: Seconds for which a refusal's text holds.
MOMENT_S = 0.02


def retry_after(error: Overloaded) -> str:
    """The header of that name: whole seconds, and at least one."""
    return str(max(1, round(error.retry_after)))


class Shedder:
    """Says which requests are refused by their headers."""

    def __init__(self, frontend: Frontend) -> None:
        self.frontend = frontend
        self._find = functools.lru_cache(256)(self._service_at)  # paths come from clients: a bounded number is kept
        self._answers: dict[str, tuple[float, bytes]] = {}

    def refusal(self, method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
        """The end of a response's head, and its body, if the request is refused for want of room; else None.

        Args:
            target: as in the request's first line.
            headers: names in lower case.
        """
        front = self.frontend
        if method != b"POST" or not any(s.full for s in front.services.values()):
            return None
        path = target.partition(b"?")[0].decode("latin-1")
        service = self._find(path)
        if service is None or not service.full or not service.ready:
            return None
        given = dict(headers) if front.guarded or front.watched else {}
        if front.guarded:
            try:
                front.authorize(given.get(b"x-api-key", b""), given.get(b"authorization", b""))
            except Unauthorized:
                return None
        service.stats.failed("overloaded", "")
        if front.watched:
            texts = {k.decode("latin-1"): v.decode("latin-1") for k, v in given.items()}
            with front.observed("http", f"POST {path}", texts) as fields:
                fields.update(status=429, error=public_text(service.overloaded()))
        return self._answer(service)

    def _answer(self, service: Service) -> bytes:
        """What is told to those who come within a moment, who are many."""
        made, text = self._answers.get(service.name, (0.0, b""))
        now = time.monotonic()
        if now - made > MOMENT_S:
            error = service.overloaded()
            body = json.dumps({"error": public_text(error)})
            head = f"content-type: application/json\r\nretry-after: {retry_after(error)}\r\ncontent-length: {len(body)}"
            text = f"{head}\r\n\r\n{body}".encode()
            self._answers[service.name] = now, text
        return text

    def _service_at(self, path: str) -> Service | None:
        """The service that computes for a path; None if none does."""
        parts = [unquote(p) for p in path.strip("/").split("/")]
        version = ""
        if parts[0] == "predict" and len(parts) <= 2:
            name = parts[1] if len(parts) == 2 else next(iter(self.frontend.services))
        elif parts[:2] == ["v2", "models"] and len(parts) in (4, 6) and parts[-1] == "infer":
            name = parts[2]
            if len(parts) == 6:
                if parts[3] != "versions":
                    return None
                version = parts[4]
        else:
            return None
        try:
            return self.frontend.find(name, version)
        except NotFound:
            return None


class SheddingProtocol(HttpToolsProtocol):
    """A connection that refuses by headers; everything else is uvicorn's."""

    def __init__(self, *args: Any, shedder: Shedder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shedder = shedder
        self._refused = False
        self._left = 0
        self._in_head = False
        self._head = 0

    def data_received(self, data: bytes) -> None:
        """Bytes came in."""
        self._head = self._head + len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._head > LONGEST_HEAD and not self.transport.is_closing():
            # Neither the parser nor uvicorn has a limit.
            self.send_400_response("The request's headers are too long.")
            return
        if self._refused and self._left >= WORTHWHILE and not self.transport.is_closing():
            self.transport.set_protocol(_Overread(self, self._left))
            self._refused = False
            self.parser = httptools.HttpRequestParser(self)  # that of now would wait for the rest of the body

    def on_message_begin(self) -> None:
        """A request begins."""
        self._refused = False
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Refuse the request, or hand it on."""
        self._in_head = False
        if self._may_answer():
            rest = self._shedder.refusal(self.parser.get_method(), self.url, self.headers)
            if rest is not None:
                self._refuse(rest)
                return
        super().on_headers_complete()

    def _may_answer(self) -> bool:
        """Whether nothing is to be answered before, the client reads its answers, and the connection is kept."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
        )

    def _refuse(self, rest: bytes) -> None:
        self._refused = True
        self._left = _length(self.headers)
        head = [b"HTTP/1.1 429 Too Many Requests\r\n"]
        for name, value in self.server_state.default_headers:
            head += [name, b": ", value, b"\r\n"]
        if self.expect_100_continue:
            # The client has sent no body and, being refused, may or may not send it: what follows could be either.
            head.append(b"connection: close\r\n")
        self.server_state.total_requests += 1
        transport: asyncio.Transport = self.transport
        transport.write(b"".join([*head, rest]))
        if self.expect_100_continue:
            transport.close()
        else:  # who sends before it reads is not cut off before it reads
            self._close_in(PATIENCE_S)

    def read_over(self) -> None:
        """The body of a refused request has come to its end: the next one may take its time, as ever."""
        self._close_in(self.timeout_keep_alive)

    def _close_in(self, seconds: float) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def on_body(self, body: bytes) -> None:
        """A part of a body, which is dropped if the request was refused."""
        if self._refused:
            self._left -= len(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come to its end."""
        if self._refused:
            self.read_over()
        else:
            super().on_message_complete()


class _Overread(asyncio.BufferedProtocol):
    """Takes a connection over for the rest of a body that nobody wants: it is neither kept nor parsed.

    All connections read into the same memory, since nobody looks at what is in it.
    """

    memory = memoryview(bytearray(256 << 10))

    def __init__(self, owner: SheddingProtocol, left: int) -> None:
        self._owner = owner
        self._left = left

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to put what comes."""
        return self.memory

    def buffer_updated(self, nbytes: int) -> None:
        """So much came; what is beyond the body is the next request's."""
        if nbytes < self._left:
            self._left -= nbytes
            return
        owner = self._owner
        owner.transport.set_protocol(owner)
        owner.read_over()
        if nbytes > self._left:
            owner.data_received(bytes(self.memory[self._left : nbytes]))

    def eof_received(self) -> None:
        """The client sends no more."""
        self._owner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._owner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read its answer."""
        self._owner.pause_writing()

    def resume_writing(self) -> None:
        """The client reads on."""
        self._owner.resume_writing()


def _length(headers: Sequence[tuple[bytes, bytes]]) -> int:
    """Of the body; 0 if it is not known from the headers."""
    length = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return 0
        if name == b"content-length" and value.isdigit() and len(value) < 16:
            length = int(value)
    return length
