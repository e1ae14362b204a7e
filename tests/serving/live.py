"""A server in a thread, for blocking clients."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from adali.serving import Service, Services


class Live:
    """A server that runs on an event loop in a thread of its own."""

    def __init__(self, services: Services, options: dict[str, Any]) -> None:
        self.services = services
        self.options = options
        self.ready = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name="test server")

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as e:
            self.error = e
        finally:
            self.ready.set()

    async def _main(self) -> None:
        from adali.serving.server import Server, ServerOptions

        self.loop = asyncio.get_running_loop()
        self.stopped = asyncio.Event()
        options = ServerOptions(**{"http_port": 0, "grpc_port": 0, **self.options})
        async with self.services, Server(self.services, options) as self.server:
            self.ready.set()
            await self.stopped.wait()
            await self.server.drain()

    def call(self, function: Callable[[], Any]) -> Any:
        """Run something on the server's loop."""

        async def run() -> Any:
            result = function()
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(30)

    @property
    def http(self) -> str:
        return f"127.0.0.1:{self.server.http_port}"

    @property
    def grpc(self) -> str:
        return f"127.0.0.1:{self.server.grpc_port}"

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.http, timeout=120)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def json(self, method: str, path: str, value: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        status, _, body = self.request(method, path, None if value is None else json.dumps(value), headers)
        return status, json.loads(body) if body else None


@contextmanager
def live(*services: Service, **options: Any) -> Iterator[Live]:
    """Serve these, and drain in the end."""
    server = Live(Services(*services), options)
    server.thread.start()
    assert server.ready.wait(150), "the server does not get ready"
    if server.error is not None:
        raise server.error
    try:
        yield server
    finally:
        server.loop.call_soon_threadsafe(server.stopped.set)
        server.thread.join(60)
        assert not server.thread.is_alive()
        if server.error is not None:
            raise server.error
