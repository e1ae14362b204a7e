"""What the HTTP and the gRPC server share: models by name, parameters, metadata, and the classes of errors."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adali.errors import OperatorError
from adali.serving.errors import (
    DeadlineExceeded,
    InvalidInput,
    Overloaded,
    ServiceClosed,
    ServingError,
    TooLarge,
    blames_data,
)
from adali.serving.runner import Column
from adali.serving.service import Service
from adali.serving.tensors import BYTES, datatype_of
from adali.serving.tracing import Tracing

__all__ = ["EXTENSIONS", "Frontend", "NotFound", "Unauthorized", "public_text"]

log = logging.getLogger("adali.serving")

EXTENSIONS = ["binary_tensor_data", "model_repository"]
VERSION = "1"

#: Longest time that a client may ask for, in seconds.
LONGEST_TIMEOUT_S = 86400.0


class NotFound(ServingError):
    """There is no such model, or no such place."""


class Unauthorized(ServingError):
    """The request has no key, or a wrong one."""


#: Error classes: (exception, HTTP status, gRPC status). The first that fits counts.
_CLASSES: tuple[tuple[type[BaseException], int, str], ...] = (
    (NotFound, 404, "NOT_FOUND"),
    (Unauthorized, 401, "UNAUTHENTICATED"),
    (TooLarge, 413, "INVALID_ARGUMENT"),
    (InvalidInput, 400, "INVALID_ARGUMENT"),
    (Overloaded, 429, "RESOURCE_EXHAUSTED"),
    (DeadlineExceeded, 504, "DEADLINE_EXCEEDED"),
    (ServiceClosed, 503, "UNAVAILABLE"),
)


def status_of(error: BaseException) -> tuple[int, str]:
    """HTTP status and gRPC status name of an error; data that an operator cannot use is the client's fault."""
    if isinstance(error, OperatorError) and blames_data(error):
        return 422, "INVALID_ARGUMENT"
    for kind, http, grpc in _CLASSES:
        if isinstance(error, kind):
            return http, grpc
    return 500, "INTERNAL"


def public_text(error: BaseException) -> str:
    """What a client is told: nothing of the server's files, and nothing of bugs."""
    if isinstance(error, OperatorError):
        row = "" if error.sample is None else f" (row {error.sample})"
        return f"{error.operator} failed{row}: {error.message}" if blames_data(error) else f"{error.operator} failed"
    if isinstance(error, ServingError):
        return str(error)
    return "internal error"


@dataclass
class Call:
    """One request of the protocol, decoded.

    Attributes:
        service: what it asks.
        inputs: rows by input.
        outputs: wanted outputs, in order; empty for all.
        deadline: seconds, or None.
        priority: see the service.
    """

    service: Service
    inputs: Mapping[str, Sequence[Any]]
    outputs: list[str] = field(default_factory=list)
    deadline: float | None = None
    priority: int = 0


class Frontend:
    """The services under their names, and what every request passes."""

    def __init__(
        self,
        services: Mapping[str, Service],
        *,
        api_keys: Sequence[str] = (),
        access_log: bool = False,
        tracing: Tracing | None = None,
    ) -> None:
        self.services = services
        self.access_log = access_log
        self.tracing = tracing or Tracing(False)
        self.draining = False
        self.started = time.time()
        self._keys = [key.encode() for key in api_keys]

    @property
    def ready(self) -> bool:
        """Whether all services take requests."""
        return not self.draining and all(s.ready for s in self.services.values())

    @property
    def guarded(self) -> bool:
        """Whether requests need a key."""
        return bool(self._keys)

    @property
    def watched(self) -> bool:
        """Whether each request is logged or traced."""
        return self.access_log or self.tracing.enabled

    def authorize(self, key: bytes, bearer: bytes) -> None:
        """Check the key of a request, given either way.

        Raises:
            Unauthorized: it has none, or a wrong one.
        """
        if not self._keys:
            return
        scheme, _, token = bearer.partition(b" ")
        given = key or (token.strip() if scheme.lower() == b"bearer" else b"")
        # All keys are compared, so that time tells nothing.
        if not sum(hmac.compare_digest(given, known) for known in self._keys):
            raise Unauthorized("the request needs a valid API key")

    def find(self, name: str, version: str = "") -> Service:
        """The service of a name.

        Raises:
            NotFound: there is none, or not in that version.
        """
        service = self.services.get(name)
        if service is None:
            raise NotFound(f"there is no model {name!r}; the models are: {', '.join(self.services)}")
        if version not in ("", VERSION):
            raise NotFound(f"model {name!r} has no version {version!r}; it has: {VERSION}")
        return service

    def options(self, service: Service, parameters: Mapping[str, Any]) -> tuple[float | None, int]:
        """Deadline in seconds and priority, from the parameters ``timeout`` (microseconds) and ``priority``.

        Raises:
            InvalidInput: one makes no sense.
        """
        deadline = service.deadline
        timeout = parameters.get("timeout", 0)
        if isinstance(timeout, bool) or not isinstance(timeout, int) or timeout < 0:
            raise InvalidInput(f"the parameter timeout takes microseconds, got {timeout!r}")
        if timeout:
            seconds = min(timeout * 1e-6, LONGEST_TIMEOUT_S)
            deadline = seconds if deadline is None else min(seconds, deadline)
        priority = parameters.get("priority", 0)
        if isinstance(priority, bool) or not isinstance(priority, int) or not 0 <= priority < 1 << 32:
            raise InvalidInput(f"the parameter priority takes a whole number, got {priority!r}")
        for name in ("sequence_id", "sequence_start", "sequence_end"):
            if parameters.get(name):
                raise InvalidInput("models that keep a sequence's state are not served")
        return deadline, priority

    async def infer(self, call: Call) -> dict[str, Column]:
        """Answer a request; all its errors are of :mod:`adali.serving` or OperatorError."""
        names = call.service.output_names
        for name in call.outputs:
            if names and name not in names:
                raise InvalidInput(f"there is no output {name!r}; the outputs are: {', '.join(names)}")
        result = await call.service.infer(call.inputs, deadline=call.deadline, priority=call.priority)
        if call.outputs:
            missing = [name for name in call.outputs if name not in result]
            if missing:
                raise InvalidInput(f"there is no output {missing[0]!r}; the outputs are: {', '.join(result)}")
            return {name: result[name] for name in call.outputs}
        return result

    def server_metadata(self) -> dict[str, Any]:
        """Name, version and extensions."""
        from adali import __version__

        return {"name": "adali", "version": __version__, "extensions": list(EXTENSIONS)}

    def model_metadata(self, service: Service) -> dict[str, Any]:
        """Name, versions, platform, inputs and outputs; -1 stands for what depends on the request."""
        inputs = []
        for spec in service.inputs:
            if spec.encoded or (spec.dtype is not None and spec.dtype == "uint8" and spec.ndim == 1):
                inputs.append({"name": spec.name, "datatype": BYTES, "shape": [-1, 1]})
            else:
                datatype = "FP32" if spec.dtype is None else datatype_of(spec.dtype)
                inputs.append({"name": spec.name, "datatype": datatype, "shape": [-1] * (1 + (spec.ndim or 0))})
        outputs = [
            {
                "name": o.name,
                "datatype": "FP32" if o.dtype is None else datatype_of(o.dtype),
                "shape": [-1, *(o.shape or ())],
            }
            for o in service.outputs
        ]
        return {
            "name": service.name,
            "versions": [VERSION],
            "platform": "adali",
            "inputs": inputs,
            "outputs": outputs,
        }

    def index(self, only_ready: bool = False) -> list[dict[str, str]]:
        """All models with their state."""
        states = [
            {
                "name": s.name,
                "version": VERSION,
                "state": "READY" if s.ready else "UNAVAILABLE",
                "reason": "" if s.ready else s.state,
            }
            for s in self.services.values()
        ]
        return [s for s in states if not only_ready or s["state"] == "READY"]

    @contextmanager
    def observed(self, protocol: str, what: str, headers: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Log and trace one request; the caller puts ``status`` and what else it knows into the dict."""
        start = time.perf_counter()
        fields: dict[str, Any] = {}
        try:
            with self.tracing.span(f"{protocol} {what}", headers or {}, fields):
                yield fields
        finally:
            if self.access_log:
                milliseconds = round((time.perf_counter() - start) * 1e3, 3)
                log.info(
                    "request", extra={"fields": {"protocol": protocol, "what": what, "ms": milliseconds, **fields}}
                )

    def report(self, error: BaseException) -> None:
        """Log what is the server's own fault."""
        if status_of(error)[0] == 500:
            log.error("a request failed: %s", error, exc_info=error)
