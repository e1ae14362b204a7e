"""OpenTelemetry, where it is installed and asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

__all__ = ["Tracing"]


class Tracing:
    """Makes a span of each request, as a child of the client's (``traceparent``); does nothing unless enabled.

    Where spans go is set up as for every OpenTelemetry program: by its environment variables, or by the program.
    """

    def __init__(self, enabled: bool) -> None:
        """Look for OpenTelemetry.

        Raises:
            ImportError: it is enabled and not installed.
        """
        self._tracer: Any = None
        if enabled:
            self._extract = import_module("opentelemetry.propagate").extract
            self._trace: Any = import_module("opentelemetry.trace")
            self._tracer = self._trace.get_tracer("adali.serving")

    @property
    def enabled(self) -> bool:
        """Whether it makes spans."""
        return self._tracer is not None

    @contextmanager
    def span(self, name: str, headers: Mapping[str, str], fields: Mapping[str, Any]) -> Iterator[None]:
        """A span around a request; ``fields`` become its attributes at its end."""
        if self._tracer is None:
            yield
            return
        kind = self._trace.SpanKind.SERVER
        with self._tracer.start_as_current_span(name, context=self._extract(dict(headers)), kind=kind) as span:
            try:
                yield
            finally:
                for key, value in fields.items():
                    if isinstance(value, (str, int, float, bool)):
                        span.set_attribute(f"adali.{key}", value)
                if int(fields.get("status", 200)) >= 500:
                    span.set_status(self._trace.StatusCode.ERROR)
