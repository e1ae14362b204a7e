"""The gRPC server: the Open Inference Protocol's service, with streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from adali.serving.errors import InvalidInput
from adali.serving.frontend import Call, Frontend, Unauthorized, public_text, status_of
from adali.serving.proto import METHODS, SERVICE, message
from adali.serving.runner import Column
from adali.serving.service import Service
from adali.serving.tensors import datatype_of, from_binary, from_elements, joined_rows, to_binary

__all__ = ["GrpcServer"]

#: Requests of one stream that are under way at the same time.
STREAM_DEPTH = 64

#: Where a message's typed contents lie, by datatype.
_CONTENTS = {
    "BOOL": "bool_contents",
    **dict.fromkeys(("INT8", "INT16", "INT32"), "int_contents"),
    "INT64": "int64_contents",
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), "uint_contents"),
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}
#: The call that is refused by its headers.
_INFER = f"/{SERVICE}/ModelInfer"
#: Seconds for which a refusal's text holds.
MOMENT_S = 0.02
_CODES = {code.name: code for code in grpc.StatusCode}


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Says who answers a call, by its headers; a request that there is no room for is refused right here.

    When far more comes than can be computed, what refusing costs is taken from those who are answered. So a refused
    call passes nothing of what the others do: many share a handler that sets a status and returns.
    """

    def __init__(self, frontend: Frontend, handlers: Mapping[str, Any]) -> None:
        self.frontend = frontend
        self._handlers = {f"/{SERVICE}/{method}": handler for method, handler in handlers.items()}
        self._refusing: tuple[float, Any] = (0.0, None)

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a call; None if there is no such method."""
        method = handler_call_details.method
        if method == _INFER and (full := self._without_room(handler_call_details)) is not None:
            full.stats.failed("overloaded", "")
            return self._refusal(full)
        return self._handlers.get(method)

    def _without_room(self, details: Any) -> Service | None:
        """A service that has no room for the request, if none has: the headers do not say which is asked."""
        front = self.frontend
        service = None
        for service in front.services.values():
            if not (service.full and service.ready):
                return None
        if service is not None and (front.guarded or front.watched):
            given = _texts(details.invocation_metadata)
            try:
                _authorize(front, given)
            except Unauthorized:
                return None  # its handler says so
            with front.observed("grpc", "ModelInfer", given) as fields:
                error = service.overloaded()
                fields.update(status=status_of(error)[0], error=public_text(error))
        return service

    def _refusal(self, service: Service) -> Any:
        """Answers those who come within a moment, who are many."""
        made, handler = self._refusing
        now = time.monotonic()
        if handler is None or now - made > MOMENT_S:
            error = service.overloaded()
            code, text = _CODES[status_of(error)[1]], public_text(error)

            async def refuse(_: Any, context: Any) -> None:
                context.set_code(code)
                context.set_details(text)

            # As if both sides streamed: so no message is waited for, and none is sent.
            handler = grpc.stream_stream_rpc_method_handler(refuse)
            self._refusing = now, handler
        return handler


class GrpcServer:
    """Owns a server; all methods belong to one event loop."""

    def __init__(self, frontend: Frontend, *, max_bytes: int, credentials: Any = None) -> None:
        """Make a server that is not started.

        Args:
            frontend: whom it asks.
            max_bytes: of a message that comes in.
            credentials: of :func:`grpc.ssl_server_credentials`, or None for plain text.
        """
        self.frontend = frontend
        self._credentials = credentials
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", max_bytes),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),  # a port that is taken is an error
            ]
        )
        self._messages = {name: message(name) for pair in METHODS.values() for name in pair[:2]}
        handlers: dict[str, Any] = {}
        for method, (_, response, streams) in METHODS.items():
            # Messages are parsed in the handler, so that a broken one is the client's fault and not the server's.
            if streams:
                handlers[method] = grpc.stream_stream_rpc_method_handler(
                    self._stream, None, self._messages[response].SerializeToString
                )
            elif method == "ModelInfer":
                # As if the request were a stream, which is the same on the wire: so the handler runs when the headers
                # are there, and can refuse a request whose message has not been received.
                handlers[method] = grpc.stream_unary_rpc_method_handler(
                    self._model_infer, None, self._messages[response].SerializeToString
                )
            else:
                handlers[method] = grpc.unary_unary_rpc_method_handler(
                    self._unary(method), None, self._messages[response].SerializeToString
                )
        self._server.add_generic_rpc_handlers((_Handlers(frontend, handlers),))

    async def start(self, address: str) -> int:
        """Listen; returns the port.

        Raises:
            OSError: the address cannot be used.
        """
        try:
            if self._credentials is None:
                port = self._server.add_insecure_port(address)
            else:
                port = self._server.add_secure_port(address, self._credentials)
        except RuntimeError as e:
            raise OSError(f"cannot listen on {address}: {e}") from None
        if not port:
            raise OSError(f"cannot listen on {address}")
        await self._server.start()
        return int(port)

    async def stop(self, grace: float) -> None:
        """Refuse new calls, give those under way so many seconds, and close."""
        await self._server.stop(grace)

    # ---- calls ---------------------------------------------------------------------------------------------

    def _unary(self, method: str) -> Callable[[bytes, Any], Awaitable[Any]]:
        request_class = self._messages[METHODS[method][0]]
        handle = getattr(self, f"_{method}")
        public = method in ("ServerLive", "ServerReady")

        async def call(data: bytes, context: Any) -> Any:
            with self.frontend.observed("grpc", method, _metadata(context)) as fields:
                try:
                    if not public:
                        _authorize(self.frontend, _metadata(context))
                    request = _parsed(request_class, data)
                    del data
                    return await handle(request, context)
                except Exception as e:
                    await self._abort(context, e, fields)

        return call

    async def _model_infer(self, _: Any, context: Any) -> Any:
        with self.frontend.observed("grpc", "ModelInfer", _metadata(context)) as fields:
            try:
                _authorize(self.frontend, _metadata(context))
                data = await context.read()
                if not isinstance(data, bytes):
                    raise InvalidInput("the call has no message")
                request = _parsed(self._messages["ModelInferRequest"], data)
                del data
                return await self._infer(request, context.time_remaining())
            except Exception as e:
                await self._abort(context, e, fields)

    async def _abort(self, context: Any, error: Exception, fields: dict[str, Any]) -> None:
        fields["error"] = public_text(error)
        fields["status"], code = status_of(error)
        self.frontend.report(error)
        await context.abort(_CODES[code], public_text(error))

    async def _ServerLive(self, request: Any, context: Any) -> Any:
        return self._messages["ServerLiveResponse"](live=True)

    async def _ServerReady(self, request: Any, context: Any) -> Any:
        return self._messages["ServerReadyResponse"](ready=self.frontend.ready)

    async def _ModelReady(self, request: Any, context: Any) -> Any:
        service = self.frontend.find(request.name, request.version)
        return self._messages["ModelReadyResponse"](ready=service.ready)

    async def _ServerMetadata(self, request: Any, context: Any) -> Any:
        return self._messages["ServerMetadataResponse"](**self.frontend.server_metadata())

    async def _ModelMetadata(self, request: Any, context: Any) -> Any:
        service = self.frontend.find(request.name, request.version)
        return self._messages["ModelMetadataResponse"](**self.frontend.model_metadata(service))

    async def _RepositoryIndex(self, request: Any, context: Any) -> Any:
        return self._messages["RepositoryIndexResponse"](models=self.frontend.index(request.ready))

    async def _stream(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[Any]:
        """Requests of a stream are computed together and answered in their order; an error answers one request."""
        with self.frontend.observed("grpc", "ModelStreamInfer", _metadata(context)) as fields:
            try:
                _authorize(self.frontend, _metadata(context))
            except Exception as e:
                fields["status"], code = status_of(e)
                await context.abort(_CODES[code], public_text(e))
            answers: asyncio.Queue[asyncio.Task[Any] | None] = asyncio.Queue(STREAM_DEPTH)
            reader = asyncio.create_task(self._read_stream(requests, answers))
            count = 0
            try:
                while (task := await answers.get()) is not None:
                    count += 1
                    yield await task
            finally:
                fields["requests"] = count
                reader.cancel()
                while not answers.empty():
                    left = answers.get_nowait()
                    if left is not None:
                        left.cancel()

    async def _read_stream(
        self, requests: AsyncIterator[bytes], answers: asyncio.Queue[asyncio.Task[Any] | None]
    ) -> None:
        task: asyncio.Task[Any] | None = None
        try:
            async for data in requests:
                task = asyncio.create_task(self._stream_answer(data))
                await answers.put(task)
                task = None
        except asyncio.CancelledError:
            if task is not None:  # there was no room for it in the queue
                task.cancel()
            raise
        finally:
            if not answers.full():
                answers.put_nowait(None)
            elif not _cancelling():
                await answers.put(None)

    async def _stream_answer(self, data: bytes) -> Any:
        response = self._messages["ModelStreamInferResponse"]
        request = None
        try:
            request = _parsed(self._messages["ModelInferRequest"], data)
            return response(infer_response=await self._infer(request, None))
        except Exception as e:
            self.frontend.report(e)
            identity = "" if request is None else request.id
            return response(
                error_message=public_text(e), infer_response=self._messages["ModelInferResponse"](id=identity)
            )

    async def _infer(self, request: Any, remaining: float | None) -> Any:
        front = self.frontend
        service = front.find(request.model_name, request.model_version)
        parameters = _parameters(request.parameters)
        deadline, priority = front.options(service, parameters)
        if remaining is not None:
            deadline = remaining if deadline is None else min(deadline, remaining)
        inputs = _inputs(service, request)
        wanted = [o.name for o in request.outputs]
        if len(set(wanted)) != len(wanted):
            raise InvalidInput("an output was asked for twice")
        for output in request.outputs:
            options = _parameters(output.parameters)
            if options.get("classification"):
                raise InvalidInput("the classification extension is not served")
            if "shared_memory_region" in options:
                raise InvalidInput("shared memory is not served")
        identity = request.id
        call = Call(service, inputs, wanted, deadline, priority)
        del request, inputs  # the request's data live only as long as it waits
        return self._response(service, identity, await front.infer(call))

    def _response(self, service: Service, identity: str, result: Mapping[str, Column]) -> Any:
        response = self._messages["ModelInferResponse"](model_name=service.name, model_version="1", id=identity)
        for name, column in result.items():
            array = joined_rows(name, column)
            response.outputs.add(name=name, datatype=datatype_of(array.dtype), shape=array.shape)
            response.raw_output_contents.append(bytes(to_binary(array)))
        return response


def _parsed(kind: Any, data: bytes) -> Any:
    try:
        return kind.FromString(data)
    except DecodeError as e:
        raise InvalidInput(f"the message cannot be parsed: {e}") from None


def _cancelling() -> bool:
    task = asyncio.current_task()
    return bool(task is not None and hasattr(task, "cancelling") and task.cancelling())


def _texts(metadata: Any) -> Mapping[str, str]:
    return {key: value for key, value in metadata or () if isinstance(value, str)}


def _metadata(context: Any) -> Mapping[str, str]:
    return _texts(context.invocation_metadata())


def _authorize(frontend: Frontend, given: Mapping[str, str]) -> None:
    if frontend.guarded:
        frontend.authorize(given.get("x-api-key", "").encode(), given.get("authorization", "").encode())


def _parameters(parameters: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, parameter in parameters.items():
        kind = parameter.WhichOneof("parameter_choice")
        if kind is not None:
            values[key] = getattr(parameter, kind)
    return values


def _inputs(service: Service, request: Any) -> dict[str, Any]:
    """The rows of each input."""
    specs = {spec.name: spec for spec in service.inputs}
    raw = request.raw_input_contents
    if raw and len(raw) != len(request.inputs):
        raise InvalidInput(f"there are {len(request.inputs)} inputs, but {len(raw)} raw contents")
    inputs: dict[str, Any] = {}
    for i, tensor in enumerate(request.inputs):
        spec = specs.get(tensor.name)
        if spec is None:
            raise InvalidInput(f"there is no input {tensor.name!r}; the inputs are: {', '.join(specs)}")
        if tensor.name in inputs:
            raise InvalidInput(f"input {tensor.name!r} was given twice")
        if "shared_memory_region" in tensor.parameters:
            raise InvalidInput("shared memory is not served")
        if raw:
            if tensor.HasField("contents"):
                raise InvalidInput(f"input {tensor.name!r} has both typed and raw contents")
            inputs[tensor.name] = from_binary(spec, tensor.datatype, tensor.shape, raw[i])
            continue
        contents = _CONTENTS.get(tensor.datatype)
        if contents is None:
            raise InvalidInput(
                f"input {tensor.name!r} has the datatype {tensor.datatype!r}, which has no typed contents"
            )
        inputs[tensor.name] = from_elements(spec, tensor.datatype, tensor.shape, getattr(tensor.contents, contents))
    return inputs
