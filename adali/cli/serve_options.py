"""Arguments of ``adali serve``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_serve"]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number that is not negative, got {text!r}")
    return value


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port, got {text!r}")
    return int(text)


def _nice(text: str) -> int:
    if not text.isdecimal() or int(text) > 19:
        raise argparse.ArgumentTypeError(f"expected 0 to 19, got {text!r}")
    return int(text)


def add_serve(commands: Any, positive: Any) -> None:
    """Add the command to the parser of ``adali``."""
    parser = commands.add_parser(
        "serve",
        help="answer requests with a pipeline, over HTTP and gRPC",
        description="Serves a pipeline, whose external sources are the inputs, with the Open Inference Protocol (that "
        "of KServe and Triton) over HTTP and gRPC, a plain endpoint (POST /predict), metrics (/metrics) and a page "
        "(/). SIGTERM answers what is under way and ends it.",
    )
    parser.add_argument(
        "pipeline",
        nargs="+",
        metavar="MODULE:NAME",
        help="a Pipeline, a function decorated with @pipeline_def, or an adali.serving.Service with its own options",
    )
    parser.add_argument("--name", action="append", metavar="NAME", help="of the model (default: pipeline; repeatable)")
    parser.add_argument("--arg", action="append", default=[], metavar="KEY=VALUE", help="argument for the function")
    parser.add_argument("--model", metavar="MODULE:NAME", help="a function or adali.serving.Model on the outputs")
    listen = parser.add_argument_group("where to listen")
    listen.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1; 0.0.0.0 for all)")
    listen.add_argument("--http-port", type=_port, default=8000, metavar="P", help="default: 8000; 0 for any")
    listen.add_argument("--grpc-port", type=_port, default=8001, metavar="P", help="default: 8001; 0 for any")
    listen.add_argument("--no-http", action="store_true", help="serve gRPC only")
    listen.add_argument("--no-grpc", action="store_true", help="serve HTTP only")
    listen.add_argument("--no-page", action="store_true", help="no page at /")
    batch = parser.add_argument_group("batches")
    batch.add_argument("--max-batch", type=positive, metavar="N", help="samples in a batch (default: the pipeline's)")
    batch.add_argument("--max-wait-ms", type=_number, default=5.0, metavar="MS", help="wait for company (default: 5)")
    batch.add_argument("--max-queued", type=positive, default=256, metavar="N", help="samples (default: 256)")
    batch.add_argument("--deadline-ms", type=_number, metavar="MS", help="for each request (default: none)")
    batch.add_argument("--drain-timeout", type=_number, default=30.0, metavar="S", help="at SIGTERM (default: 30)")
    batch.add_argument("--worker-nice", type=_nice, default=0, metavar="N", help="lower workers' priority (default: 0)")
    batch.add_argument("--no-warmup", action="store_true", help="be ready before the first batch was computed")
    limits = parser.add_argument_group("limits and keys")
    limits.add_argument("--max-body-mib", type=_number, default=32, metavar="N", help="of a request (default: 32)")
    limits.add_argument("--max-queued-mib", type=_number, default=512, metavar="N", help="of all (default: 512)")
    limits.add_argument("--max-image-side", type=positive, default=16384, metavar="PX", help="default: 16384")
    limits.add_argument("--max-image-mib", type=_number, default=256, metavar="N", help="decoded (default: 256)")
    limits.add_argument("--jpeg2000", action="store_true", help="take JPEG 2000; broken files may crash its decoder")
    limits.add_argument("--api-key-file", type=Path, metavar="FILE", help="keys, one a line; also ADALI_API_KEYS=A,B")
    limits.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain (PEM), for both servers")
    limits.add_argument("--tls-key", type=Path, metavar="FILE", help="its key (PEM)")
    limits.add_argument("--tls-client-ca", type=Path, metavar="FILE", help="who certifies clients (PEM)")
    logs = parser.add_argument_group("logs")
    logs.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    logs.add_argument("--log-format", choices=("text", "json"), default="text")
    logs.add_argument("--access-log", action="store_true", help="log each request")
    logs.add_argument("--opentelemetry", action="store_true", help="make a span of each request")
