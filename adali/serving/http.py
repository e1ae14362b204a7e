"""The HTTP server's application: the Open Inference Protocol, a plain endpoint, metrics, and the page.

It is an ASGI application without a framework: a handful of fixed paths need no router, and a body must be refused
before it is read, counted while it is read, and dropped when its sender is gone, which frameworks hide.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import numpy as np

from adali.operators.base import Array
from adali.serving.body import Body, ClientGone, Ledger, decompressed
from adali.serving.errors import InvalidInput, Overloaded, ServingError, TooLarge
from adali.serving.frontend import Call, Frontend, NotFound, public_text, status_of
from adali.serving.jsontext import parse_json, tensor_text
from adali.serving.runner import Column
from adali.serving.service import Service
from adali.serving.shedding import retry_after
from adali.serving.tensors import datatype_of, from_binary, from_json, joined_rows, to_binary

__all__ = ["HttpApp"]

log = logging.getLogger("adali.serving")

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

HEADER_LENGTH = b"inference-header-content-length"


class MethodNotAllowed(ServingError):
    """The path exists, for other methods."""


class Reply:
    """A response: its body in parts that need not be joined."""

    __slots__ = ("headers", "parts", "status")

    def __init__(
        self, parts: Any = (), content_type: str = "application/json", status: int = 200, **headers: str
    ) -> None:
        self.parts = [parts] if isinstance(parts, (bytes, str, memoryview)) else list(parts)
        self.parts = [p.encode() if isinstance(p, str) else p for p in self.parts]
        self.status = status
        self.headers = {"content-type": content_type, **{k.replace("_", "-"): v for k, v in headers.items()}}


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON response."""
    return Reply(json.dumps(value), status=status, **headers)


class HttpApp:
    """The application.

    ``extra`` holds further paths: (method, path) -> coroutine function of the request, for the page.
    """

    def __init__(self, frontend: Frontend) -> None:
        self.frontend = frontend
        self.extra: dict[tuple[str, str], Callable[[Request], Awaitable[Reply]]] = {}
        #: Paths of ``extra`` that need no key.
        self.public: set[str] = {"/", "/v2/health/live", "/v2/health/ready"}
        self.disconnected = 0
        self.ledger = Ledger(max(s.limits.queued_bytes for s in frontend.services.values()))

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close"})
                return
            raise RuntimeError(f"no {scope['type']} is served here")  # `lifespan`: the server then goes without
        request = Request(scope, receive, self.ledger)
        headers = (
            {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
            if self.frontend.tracing.enabled
            else {}
        )
        with self.frontend.observed("http", f"{request.method} {request.path}", headers) as fields:
            try:
                try:
                    reply = await self._answer(request)
                except (ClientGone, asyncio.CancelledError):
                    raise
                except Exception as e:
                    if not isinstance(e, MethodNotAllowed):
                        self.frontend.report(e)
                    reply = error_reply(e)
                    fields["error"] = public_text(e)
                fields["status"] = reply.status
                await _send(send, reply, request.method == "HEAD")
            except ClientGone:
                self.disconnected += 1
                fields["status"] = 499
            except asyncio.CancelledError:
                fields["status"] = 499
                if not request.gone:
                    raise
                self.disconnected += 1

    async def _answer(self, request: Request) -> Reply:
        if self.frontend.guarded and request.path not in self.public:
            self.frontend.authorize(request.header(b"x-api-key"), request.header(b"authorization"))
        method = "GET" if request.method == "HEAD" else request.method
        handler = self.extra.get((method, request.path))
        if handler is not None:
            return await handler(request)
        parts = [unquote(p) for p in request.path.strip("/").split("/")]
        if parts[0] == "v2":
            return await self._protocol(method, parts[1:], request)
        if parts[0] == "predict" and len(parts) <= 2:
            _only(method, "POST")
            names = list(self.frontend.services)
            return await self._predict(self.frontend.find(parts[1] if len(parts) == 2 else names[0]), request)
        if any(path == request.path for _, path in self.extra):
            raise MethodNotAllowed(f"{request.path} does not take {method}")
        raise NotFound(f"there is nothing at {request.path}")

    # ---- the Open Inference Protocol -----------------------------------------------------------------------

    async def _protocol(self, method: str, parts: list[str], request: Request) -> Reply:
        front = self.frontend
        if not parts:
            _only(method, "GET")
            return as_json(front.server_metadata())
        if parts == ["health", "live"]:
            _only(method, "GET")
            return as_json({"live": True})
        if parts == ["health", "ready"]:
            _only(method, "GET")
            return as_json({"ready": front.ready}, 200 if front.ready else 503)
        if parts == ["repository", "index"]:
            _only(method, "POST")
            body = await request.read(1 << 16)
            wanted = parse_json(body) if body else {}
            return as_json(front.index(isinstance(wanted, dict) and wanted.get("ready") is True))
        if parts[0] == "models" and len(parts) >= 2:
            rest = parts[2:]
            version = ""
            if rest[:1] == ["versions"] and len(rest) >= 2:
                version, rest = rest[1], rest[2:]
            service = front.find(parts[1], version)
            if rest == ["infer"]:
                _only(method, "POST")
                return await self._infer(service, request)
            if not rest:
                _only(method, "GET")
                return as_json(front.model_metadata(service))
            if rest == ["ready"]:
                _only(method, "GET")
                return as_json({"name": service.name, "ready": service.ready}, 200 if service.ready else 503)
            if rest == ["stats"]:
                _only(method, "GET")
                return as_json({"model_stats": [service.snapshot()]})
        raise NotFound(f"there is nothing at {request.path}")

    async def _infer(self, service: Service, request: Request) -> Reply:
        self._shed(service)
        limits = service.limits
        body = await request.read(limits.body_bytes)
        encoding = request.header(b"content-encoding")
        if encoding:
            body = await decompressed(body, encoding, limits.body_bytes)
        text, binary = _split(body, request.header(HEADER_LENGTH))
        if len(text) > limits.json_bytes:
            raise TooLarge(
                f"the JSON part has {len(text)} bytes; {limits.json_bytes} are allowed: send tensors in binary form"
            )
        message = parse_json(text)
        if not isinstance(message, dict):
            raise InvalidInput("the request must be a JSON object")
        parameters = _mapping(message, "parameters")
        inputs = _inputs(service, message, binary)
        binary_wanted = parameters.get("binary_data_output") is True
        wanted: dict[str, bool] = {}
        for output in _listed(message, "outputs"):
            options = _mapping(output, "parameters")
            if options.get("classification"):
                raise InvalidInput("the classification extension is not served")
            if options.get("shared_memory_region") is not None:
                raise InvalidInput("shared memory is not served")
            wanted[_name(output)] = options.get("binary_data", binary_wanted) is True
        deadline, priority = self.frontend.options(service, parameters)
        call = Call(service, inputs, list(wanted), deadline, priority)
        del body, text, binary, inputs  # the request's data live only as long as it waits
        result = await request.while_connected(self.frontend.infer(call))
        return await _infer_reply(service, message.get("id"), result, wanted, binary_wanted)

    def _shed(self, service: Service) -> None:
        """Refuse without reading the body; the server reads over what is left of it.

        Raises:
            Overloaded: there is no room.
        """
        if service.full:
            error = service.overloaded()
            service.stats.failed("overloaded", "")
            raise error

    # ---- the plain endpoint --------------------------------------------------------------------------------

    async def _predict(self, service: Service, request: Request) -> Reply:
        """The body is the sample of the only input; the answer is an array file or JSON."""
        self._shed(service)
        if len(service.inputs) != 1:
            raise InvalidInput(
                f"{service.name!r} has {len(service.inputs)} inputs: use /v2/models/{service.name}/infer"
            )
        query = parse_qs(request.query)
        output = query.get("output", [""])[-1]
        timeout = query.get("timeout_ms", ["0"])[-1]
        if not timeout.isdecimal() or len(timeout) > 12:
            raise InvalidInput(f"timeout_ms takes a whole number, got {timeout!r}")
        deadline, priority = self.frontend.options(service, {"timeout": int(timeout) * 1000})
        body = await request.read(service.limits.body_bytes)
        encoding = request.header(b"content-encoding")
        if encoding:
            body = await decompressed(body, encoding, service.limits.body_bytes)
        sample: Any = body
        if request.header(b"content-type").startswith(b"application/x-npy"):
            sample = _from_npy(body)
        call = Call(service, {service.inputs[0].name: [sample]}, [output] if output else [], deadline, priority)
        del body, sample
        result = await request.while_connected(self.frontend.infer(call))
        arrays = {name: np.asarray(column[0]) for name, column in result.items()}
        if b"application/json" in request.header(b"accept"):
            parts: list[Any] = ['{"outputs": {']
            for i, (name, array) in enumerate(arrays.items()):
                head = {"datatype": datatype_of(array.dtype), "shape": array.shape}
                parts.append(f'{", " if i else ""}{json.dumps(name)}: {json.dumps(head)[:-1]}, "data": ')
                parts += await tensor_text(array)
                parts.append("}")
            return Reply([*parts, "}}"])
        if len(arrays) == 1:
            return Reply(_to_npy(next(iter(arrays.values()))), "application/x-npy")
        file = io.BytesIO()
        np.savez(file, **arrays)  # type: ignore[arg-type]
        return Reply(file.getbuffer(), "application/x-npz")


class Request:
    """One request as its handler sees it."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive, ledger: Ledger) -> None:
        self.method: str = scope["method"]
        # As it came over the wire: a name may hold an encoded slash.
        self.path: str = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        self.query: str = scope["query_string"].decode("latin-1")
        self.gone = False
        self._headers = scope["headers"]
        self._body = Body(scope["headers"], receive, ledger)
        self._receive = receive

    def header(self, name: bytes) -> bytes:
        """A header's value, or b""."""
        for key, value in self._headers:
            if key == name:
                return bytes(value)
        return b""

    async def read(self, limit: int) -> bytes:
        """The body.

        Raises:
            TooLarge: it exceeds the limit.
            ClientGone: the client has left.
        """
        return await self._body.read(limit)

    async def while_connected(self, work: Awaitable[dict[str, Column]]) -> dict[str, Column]:
        """Await something, and cancel it when the client leaves."""
        task = asyncio.current_task()
        assert task is not None

        async def watch() -> None:
            while (await self._receive())["type"] != "http.disconnect":
                pass
            self.gone = True
            task.cancel()

        watcher = asyncio.create_task(watch())
        try:
            return await work
        finally:
            watcher.cancel()


def _only(method: str, allowed: str) -> None:
    if method != allowed:
        raise MethodNotAllowed(f"this path takes {allowed}, not {method}")


def error_reply(error: BaseException) -> Reply:
    """The response to a request that failed."""
    status = 405 if isinstance(error, MethodNotAllowed) else status_of(error)[0]
    headers: dict[str, str] = {}
    if isinstance(error, Overloaded):
        headers["retry_after"] = retry_after(error)
    if status == 401:
        headers["www_authenticate"] = "Bearer"
    return as_json({"error": public_text(error)}, status, **headers)


async def _send(send: Send, reply: Reply, head: bool) -> None:
    size = sum(len(p) for p in reply.parts)
    headers = [(k.encode(), v.encode("latin-1")) for k, v in reply.headers.items()]
    headers.append((b"content-length", str(size).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if head or not reply.parts:
        await send({"type": "http.response.body"})
        return
    last = len(reply.parts) - 1
    for i, part in enumerate(reply.parts):
        await send({"type": "http.response.body", "body": part, "more_body": i < last})


def _split(body: bytes, length: bytes) -> tuple[bytes | memoryview, memoryview]:
    """JSON and binary part of a request."""
    view = memoryview(body)
    if not length:
        return body, view[len(view) :]
    if not length.isdigit() or len(length) > 12 or int(length) > len(view):
        raise InvalidInput("Inference-Header-Content-Length must be the length of the body's JSON part")
    return view[: int(length)], view[int(length) :]


def _mapping(owner: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = owner.get(key, {})
    if not isinstance(value, dict):
        raise InvalidInput(f"{key!r} must be a JSON object")
    return value


def _listed(owner: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = owner.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise InvalidInput(f"{key!r} must be a list of JSON objects")
    return value


def _name(tensor: Mapping[str, Any]) -> str:
    name = tensor.get("name")
    if not isinstance(name, str):
        raise InvalidInput("a tensor needs a name")
    return name


def _inputs(service: Service, message: Mapping[str, Any], binary: memoryview) -> dict[str, Any]:
    """The rows of each input."""
    specs = {spec.name: spec for spec in service.inputs}
    inputs: dict[str, Any] = {}
    at = 0
    for tensor in _listed(message, "inputs"):
        name = _name(tensor)
        spec = specs.get(name)
        if spec is None:
            raise InvalidInput(f"there is no input {name!r}; the inputs are: {', '.join(specs)}")
        if name in inputs:
            raise InvalidInput(f"input {name!r} was given twice")
        parameters = _mapping(tensor, "parameters")
        if parameters.get("shared_memory_region") is not None:
            raise InvalidInput("shared memory is not served")
        size = parameters.get("binary_data_size")
        if size is None:
            base64 = parameters.get("content_type") == "base64"
            inputs[name] = from_json(
                spec, tensor.get("datatype"), tensor.get("shape"), tensor.get("data"), base64=base64
            )
            continue
        if isinstance(size, bool) or not isinstance(size, int) or size < 0 or at + size > len(binary):
            raise InvalidInput(f"input {name!r}: binary_data_size does not fit the body")
        inputs[name] = from_binary(spec, str(tensor.get("datatype")), tensor.get("shape"), binary[at : at + size])
        at += size
    if at != len(binary):
        raise InvalidInput(f"the body has {len(binary) - at} bytes that belong to no input")
    return inputs


async def _infer_reply(
    service: Service, request_id: Any, result: Mapping[str, Column], wanted: Mapping[str, bool], binary: bool
) -> Reply:
    head: dict[str, Any] = {"model_name": service.name, "model_version": "1"}
    if isinstance(request_id, str) and request_id:
        head["id"] = request_id
    parts: list[Any] = [json.dumps(head)[:-1] + ', "outputs": [']
    tail: list[memoryview] = []
    for i, (name, column) in enumerate(result.items()):
        array = joined_rows(name, column)
        described: dict[str, Any] = {"name": name, "datatype": datatype_of(array.dtype), "shape": array.shape}
        comma = ", " if i else ""
        if wanted.get(name, binary):
            data = to_binary(array)
            described["parameters"] = {"binary_data_size": len(data)}
            tail.append(data)
            parts.append(comma + json.dumps(described))
        else:
            parts.append(f'{comma}{json.dumps(described)[:-1]}, "data": ')
            parts += await tensor_text(array)
            parts.append("}")
    parts.append("]}")
    if not tail:
        return Reply(parts)
    text = "".join(parts).encode()
    return Reply([text, *tail], "application/octet-stream", inference_header_content_length=str(len(text)))


def _to_npy(array: Array) -> list[Any]:
    """The parts of an array file; the second is the array's own memory."""
    data = to_binary(array)
    head = io.BytesIO()
    descr = np.lib.format.dtype_to_descr(array.dtype.newbyteorder("<"))
    np.lib.format.write_array_header_1_0(head, {"descr": descr, "fortran_order": False, "shape": array.shape})
    return [head.getvalue(), data]


def _from_npy(body: bytes) -> Any:
    try:
        return np.load(io.BytesIO(body), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError) as e:
        raise InvalidInput(f"the body is no .npy file: {e}") from None
