"""The servers: HTTP and gRPC in one process and on one event loop, until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from typing_extensions import Self

from adali.serving.frontend import Frontend
from adali.serving.http import HttpApp
from adali.serving.looplag import LoopLag
from adali.serving.service import Service
from adali.serving.services import Services
from adali.serving.shedding import Shedder, SheddingProtocol
from adali.serving.stages import StageView
from adali.serving.tracing import Tracing

__all__ = ["Server", "ServerOptions"]

log = logging.getLogger("adali.serving")

#: Seconds that responses have to go out once everything is answered.
LAST_BYTES_S = 5.0
#: Seconds that requests are still refused in so many words once everything is answered.
LAST_WORDS_S = 0.2


@dataclass(frozen=True)
class ServerOptions:
    """How to listen.

    Attributes:
        host: address to listen on.
        http_port: port of the HTTP server; 0 for any that is free, None for no HTTP server.
        grpc_port: port of the gRPC server, likewise.
        tls_cert: certificate chain (PEM); with ``tls_key`` both servers speak TLS only.
        tls_key: its key (PEM).
        tls_client_ca: certificates (PEM) of whom clients must be certified by.
        api_keys: keys of which every request must carry one (``X-API-Key`` or ``Authorization: Bearer``); none by
            default, and then none is needed. Health checks and the page's frame need none.
        access_log: whether each request is logged.
        opentelemetry: whether each request becomes a span.
        page: whether there is a page at ``/``.
    """

    host: str = "127.0.0.1"
    http_port: int | None = 8000
    grpc_port: int | None = 8001
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    api_keys: Sequence[str] = ()
    access_log: bool = False
    opentelemetry: bool = False
    page: bool = True


class Server:
    """Serves services that are running.

    ::

        async with Services(classifier=Service(pipeline)) as services, Server(services) as server:
            await server.run()
    """

    def __init__(self, services: Services | Service, options: ServerOptions | None = None) -> None:
        self.options = options or ServerOptions()
        self.services: Mapping[str, Service] = {services.name: services} if isinstance(services, Service) else services
        self.frontend = Frontend(
            self.services,
            api_keys=self.options.api_keys,
            access_log=self.options.access_log,
            tracing=Tracing(self.options.opentelemetry),
        )
        self.lag = LoopLag()
        self.app = HttpApp(self.frontend)
        #: The ports that are listened on.
        self.http_port: int | None = None
        self.grpc_port: int | None = None
        self._http: _Uvicorn | None = None
        self._http_task: asyncio.Task[None] | None = None
        self._grpc: Any = None
        self._stop: asyncio.Event | None = None
        self._drained = True
        self._views: Mapping[str, StageView] = {}

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: an address cannot be used.
        """
        from adali.serving.page import add_routes

        self._stop = asyncio.Event()
        self._views = add_routes(self.app, self.lag, page=self.options.page)
        try:
            if self.options.http_port is not None:
                await self._start_http(self.options.http_port)
            if self.options.grpc_port is not None:
                await self._start_grpc(self.options.grpc_port)
        except BaseException:
            await self.aclose()
            raise
        self.lag.start()

    async def _start_http(self, port: int) -> None:
        options = self.options
        listener = _listener(options.host, port)
        self.http_port = listener.getsockname()[1]
        protocol: Any = functools.partial(SheddingProtocol, shedder=Shedder(self.frontend))
        config = uvicorn.Config(
            self.app,
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody asks for the client's address
            timeout_graceful_shutdown=int(LAST_BYTES_S),
            ssl_certfile=options.tls_cert,
            ssl_keyfile=options.tls_key,
            ssl_ca_certs=str(options.tls_client_ca) if options.tls_client_ca else None,
            ssl_cert_reqs=2 if options.tls_client_ca else 0,
        )
        self._http = _Uvicorn(config)
        self._http_task = asyncio.create_task(self._http.serve([listener]), name="adali http server")
        up = asyncio.create_task(self._http.up.wait())
        await asyncio.wait((up, self._http_task), return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            up.cancel()
            await self._http_task  # raises what was wrong
            raise OSError("the HTTP server did not start")

    async def _start_grpc(self, port: int) -> None:
        from adali.serving.grpc import GrpcServer

        options = self.options
        credentials = None
        if options.tls_cert is not None and options.tls_key is not None:
            import grpc

            ca = options.tls_client_ca.read_bytes() if options.tls_client_ca else None
            pair = (options.tls_key.read_bytes(), options.tls_cert.read_bytes())
            credentials = grpc.ssl_server_credentials([pair], ca, require_client_auth=ca is not None)
        largest = max(s.limits.body_bytes for s in self.services.values())
        self._grpc = GrpcServer(self.frontend, max_bytes=largest, credentials=credentials)
        host = f"[{options.host}]" if ":" in options.host else options.host
        self.grpc_port = await self._grpc.start(f"{host}:{port}")

    def stop(self) -> None:
        """Make :meth:`run` return."""
        if self._stop is not None:
            self._stop.set()

    async def run(self) -> None:
        """Serve until :meth:`stop`, SIGTERM or SIGINT, then :meth:`drain`; a second signal does not wait for it."""
        assert self._stop is not None, "the server has not started"
        loop = asyncio.get_running_loop()
        signals = [signal.SIGTERM, signal.SIGINT]
        task = asyncio.current_task()
        assert task is not None
        told = 0
        draining: asyncio.Task[None] | None = None

        def tell(number: signal.Signals) -> None:
            nonlocal told
            told += 1
            log.info("%s: %s", number.name, "closing at once" if told > 1 else "answering what is under way")
            if told > 1 and draining is not None:
                draining.cancel()
            self.stop()

        for number in signals:
            loop.add_signal_handler(number, tell, number)
        try:
            await self._stop.wait()
            self._drained = False
            draining = asyncio.create_task(self._drain_and_tell())
            if told > 1:  # both signals came before this task had its turn
                draining.cancel()
            try:
                await draining
            except asyncio.CancelledError:
                await asyncio.gather(*(s.aclose() for s in self.services.values()))
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def _drain_and_tell(self) -> None:
        await self.drain()
        # Who has just been answered may have asked again already, and is told that the server goes: a connection that
        # is closed under a request says nothing, and gRPC calls that CANCELLED, which clients do not repeat elsewhere.
        await asyncio.sleep(LAST_WORDS_S)

    async def drain(self) -> bool:
        """Refuse new requests, and wait until those under way are answered; returns whether that was in time."""
        self.frontend.draining = True
        self._drained = False
        results = await asyncio.gather(*(s.drain() for s in self.services.values()))
        self._drained = all(results)
        if not self._drained:
            left = sum(s.under_way for s in self.services.values())
            log.warning("%d requests were not answered in time", left)
        return self._drained

    @property
    def drained(self) -> bool:
        """Whether every request was answered when the server was told to stop."""
        return self._drained

    async def aclose(self) -> None:
        """Stop listening and close all connections, when the last responses are out."""
        self.frontend.draining = True
        self.lag.stop()
        closing = []
        if self._grpc is not None:
            closing.append(self._grpc.stop(LAST_BYTES_S))
        if self._http is not None and self._http_task is not None:
            self._http.should_exit = True
            closing.append(self._http_task)
        await asyncio.gather(*closing)
        for view in self._views.values():
            await view.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


class _Uvicorn(uvicorn.Server):
    """A server that leaves signals alone and says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.up.set()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
        listener.setblocking(False)
    except OSError as e:
        listener.close()
        raise OSError(f"cannot listen on {host}:{port}: {e.strerror}") from None
    return listener
