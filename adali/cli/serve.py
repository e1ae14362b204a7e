"""``adali serve``: answer requests with a pipeline, over HTTP and gRPC."""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from adali.cli import CommandError
from adali.cli.graph import _argument
from adali.errors import AdaliError
from adali.pipeline import PipelineBase
from adali.serving import Limits, Model, Service, Services

__all__ = ["serve"]

MIB = 1 << 20

#: Seconds after which a thread that runs Python gives way to others that wait: operators in Python would otherwise hold
#: up the event loop for five milliseconds at a time.
SWITCH_S = 0.001


def serve(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status: 0 if all requests were answered when it was told to stop.

    Raises:
        CommandError: a pipeline cannot be found or served, a port cannot be used, or the extra is not installed.
    """
    try:
        from adali.serving.logs import configure
        from adali.serving.server import Server, ServerOptions
    except ModuleNotFoundError as e:
        raise CommandError(f"{e.name} is not installed: pip install 'adali[serve]'") from None
    configure(options.log_level, structured=options.log_format == "json")
    if (options.tls_cert is None) != (options.tls_key is None):
        raise CommandError("--tls-cert and --tls-key belong together")
    settings = ServerOptions(
        host=options.host,
        http_port=None if options.no_http else options.http_port,
        grpc_port=None if options.no_grpc else options.grpc_port,
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        tls_client_ca=options.tls_client_ca,
        api_keys=_keys(options.api_key_file),
        access_log=options.access_log,
        opentelemetry=options.opentelemetry,
        page=not options.no_page,
    )

    # Outside of any event loop, which the user's module may want to run for itself.
    try:
        services = Services(*_services(options))
    except AdaliError as e:
        raise CommandError(str(e)) from e

    async def main() -> bool:
        async with services, Server(services, settings) as server:
            scheme = "http" if settings.tls_cert is None else "https"
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            if server.http_port is not None:
                print(f"HTTP on {scheme}://{host}:{server.http_port}", flush=True)
            if server.grpc_port is not None:
                print(f"gRPC on {host}:{server.grpc_port}", flush=True)
            print(f"serving {', '.join(services)}", flush=True)
            sys.setswitchinterval(SWITCH_S)
            # What is there by now stays. To look through it for garbage takes the loop tens of milliseconds each time.
            gc.collect()
            gc.freeze()
            await server.run()
        return server.drained

    try:
        return 0 if _run(main()) else 1
    except (AdaliError, OSError, NotImplementedError) as e:
        raise CommandError(str(e)) from e
    except ImportError as e:
        raise CommandError(f"{e.name or e} is not installed") from None


def _run(main: Coroutine[Any, Any, bool]) -> bool:
    """Run on uvloop where it is installed: it receives and sends large bodies in fewer calls."""
    try:
        make_loop = importlib.import_module("uvloop").new_event_loop
    except ModuleNotFoundError:
        return asyncio.run(main)
    loop = make_loop()
    try:
        asyncio.set_event_loop(loop)
        return bool(loop.run_until_complete(main))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def _services(options: argparse.Namespace) -> list[Service]:
    names = options.name or []
    wheres = options.pipeline
    if names and len(names) != len(wheres):
        raise CommandError(f"{len(wheres)} pipelines are served, but {len(names)} names were given")
    if not names:
        names = ["pipeline"] if len(wheres) == 1 else [w.partition(":")[2] for w in wheres]
    model = _find(options.model) if options.model else None
    if model is not None and len(wheres) > 1:
        raise CommandError("--model goes with one pipeline; make a Service of each in your module to serve several")
    services = []
    for name, where in zip(names, wheres, strict=True):
        value = _find(where)
        kwargs = dict(_argument(a) for a in options.arg)
        if callable(value) and not isinstance(value, (PipelineBase, Service)):
            if getattr(value, "_is_pipeline_def", False) and options.max_batch is not None:
                kwargs.setdefault("batch_size", options.max_batch)
            try:
                value = value(**kwargs)
            except (TypeError, ValueError, AdaliError) as e:
                raise CommandError(f"{where} cannot be made into a pipeline: {e}") from e
        elif kwargs:
            raise CommandError(f"{where} is a {type(value).__name__} already and takes no --arg")
        if isinstance(value, PipelineBase):
            value = _service(value, model, options)
        if not isinstance(value, Service):
            raise CommandError(f"{where} is a {type(value).__name__}, not a pipeline")
        value.name = name
        services.append(value)
    return services


def _service(pipeline: PipelineBase, model: Any, options: argparse.Namespace) -> Service:
    return Service(
        pipeline,
        max_batch=options.max_batch,
        max_wait=options.max_wait_ms / 1e3,
        max_queued=options.max_queued,
        deadline=None if options.deadline_ms is None else options.deadline_ms / 1e3,
        model=model if model is None or isinstance(model, Model) else Model(model),
        warmup=not options.no_warmup,
        drain_timeout=options.drain_timeout,
        worker_nice=options.worker_nice,
        limits=Limits(
            body_bytes=int(options.max_body_mib * MIB),
            image_side=options.max_image_side,
            refused_formats=() if options.jpeg2000 else Limits.refused_formats,
            image_bytes=int(options.max_image_mib * MIB),
            queued_bytes=int(options.max_queued_mib * MIB),
        ),
    )


def _find(where: str) -> Any:
    module_name, _, attribute = where.partition(":")
    if not (module_name and attribute):
        raise CommandError(f"expected MODULE:NAME, for instance serving:pipe, got {where!r}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as e:
        if e.name is None or not (module_name == e.name or module_name.startswith(e.name + ".")):
            raise
        raise CommandError(f"there is no module {e.name!r} here or among the installed ones") from None
    for part in attribute.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise CommandError(f"{module_name} has no {attribute!r}") from None
    return value


def _keys(file: Path | None) -> list[str]:
    """API keys: one a line in the file; and the environment's, separated by commas."""
    keys = [k for k in os.environ.get("ADALI_API_KEYS", "").split(",") if k.strip()]
    if file is not None:
        try:
            keys += file.read_text(encoding="utf-8").splitlines()
        except OSError as e:
            raise CommandError(f"cannot read {file}: {e.strerror}") from None
        if not any(k.strip() for k in keys):
            raise CommandError(f"there is no key in {file}")
    return [k.strip() for k in keys if k.strip()]
