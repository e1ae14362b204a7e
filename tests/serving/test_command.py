"""``adali serve`` as a process: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import http.client
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from serving_pipelines import jpegs

from adali.cli import main

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("grpc", reason="the extra serve is not installed")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@contextmanager
def serving(*arguments: str, quiet: bool = False) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """The command on free ports, once it serves; and its HTTP and gRPC port.

    With ``quiet`` what it logs is lost: nobody reads the pipe while it runs, and a full one would stop it.
    """
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "adali", "serve", "--http-port", "0", "--grpc-port", "0", *arguments],
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        match = re.fullmatch(r"HTTP on http://127\.0\.0\.1:(\d+)\n", first)
        if match is None:
            raise AssertionError(first + (process.communicate(timeout=30)[1] or ""))
        second = process.stdout.readline()
        assert second.startswith("gRPC on 127.0.0.1:")
        assert process.stdout.readline() == "serving thumbs\n"
        yield process, int(match[1]), int(second.rpartition(":")[2])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_sigterm_during_load_answers_what_is_queued_and_refuses_what_comes() -> None:
    arguments = ("serving_pipelines:thumbnails", "--name", "thumbs", "--max-wait-ms", "20")
    with serving(*arguments, "--log-format", "json") as (process, port, _):
        images = jpegs()
        statuses: list[int] = []
        refused: list[str] = []
        enough = threading.Semaphore(0)

        def client() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            for i in range(100_000):
                try:
                    connection.request("POST", "/predict", images[i % len(images)])
                    response = connection.getresponse()
                    response.read()
                except (ConnectionError, http.client.HTTPException) as e:
                    refused.append(type(e).__name__)
                    break
                statuses.append(response.status)
                enough.release()
                if response.status != 200:
                    break
            connection.close()

        clients = [threading.Thread(target=client) for _ in range(16)]
        for thread in clients:
            thread.start()
        for _ in range(64):
            assert enough.acquire(timeout=60)
        process.send_signal(signal.SIGTERM)
        for thread in clients:
            thread.join(60)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        # Each client got answers, then was told 503 or found nobody: no request was left without an answer.
        assert set(statuses) <= {200, 503}
        assert statuses.count(200) >= 64
        assert len(refused) + statuses.count(503) == 16
        assert set(refused) <= {
            "BrokenPipeError",
            "ConnectionRefusedError",
            "ConnectionResetError",
            "RemoteDisconnected",
        }
        assert '"message": "SIGTERM: answering what is under way"' in errors


def test_sigterm_during_load_over_grpc() -> None:
    grpc: Any = pytest.importorskip("grpc")
    message: Any = pytest.importorskip("adali.serving.proto").message
    image = jpegs()[0]
    request = message("ModelInferRequest")(model_name="thumbs")
    request.inputs.add(name="images", datatype="BYTES", shape=[1, 1])
    request.raw_input_contents.append(len(image).to_bytes(4, "little") + image)
    data = request.SerializeToString()
    arguments = ("serving_pipelines:thumbnails", "--name", "thumbs", "--max-wait-ms", "20")
    with serving(*arguments, quiet=True) as (process, _, port):
        codes: list[str] = []
        enough = threading.Semaphore(0)

        def client() -> None:
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
                for _ in range(100_000):
                    try:
                        infer(data, timeout=60)
                        codes.append("OK")
                        enough.release()
                    except grpc.RpcError as e:
                        codes.append(e.code().name)
                        break

        clients = [threading.Thread(target=client) for _ in range(16)]
        for thread in clients:
            thread.start()
        for _ in range(64):
            assert enough.acquire(timeout=60)
        process.send_signal(signal.SIGTERM)
        for thread in clients:
            thread.join(60)
        assert process.wait(60) == 0
    # Each client got answers, then was told that the server goes or found nobody.
    assert set(codes) == {"OK", "UNAVAILABLE"}
    assert codes.count("UNAVAILABLE") == 16


def test_a_service_with_a_model_and_keys(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("secret\n\n")
    arguments = ("serving_pipelines:classified", "--name", "thumbs", "--api-key-file", str(keys), "--access-log")
    with serving(*arguments) as (process, port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        answers = []
        for headers in ({}, {"X-API-Key": "secret", "Accept": "application/json"}):
            connection.request("POST", "/predict", jpegs()[0], headers)
            response = connection.getresponse()
            answers.append((response.status, response.read()))
        connection.close()
        assert answers[0][0] == 401
        assert re.fullmatch(
            rb'{"outputs": {"output_0": {"datatype": "FP64", "shape": \[\], "data": \[[\d.]+\]}}}', answers[1][1]
        )
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "protocol=http what=POST /predict" in errors


def test_a_second_signal_does_not_wait() -> None:
    with serving("serving_pipelines:slow", "--name", "thumbs") as (process, port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/predict", jpegs()[0])
        other = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(10_000):
            other.request("GET", "/v2/models/thumbs/stats")
            if b'"under_way": 1' in other.getresponse().read():
                break
        assert process.stderr is not None
        process.send_signal(signal.SIGTERM)
        assert "answering what is under way" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert "closing at once" in process.stderr.readline()
        assert connection.getresponse().status == 503
        assert process.wait(60) == 1
        connection.close()
        other.close()


@pytest.fixture
def loggers() -> Iterator[None]:
    """The command sets up loggers, which other tests want as they were."""
    kept = [logging.getLogger(n) for n in ("adali", "uvicorn", "uvicorn.error", "grpc")]
    before = [(list(k.handlers), k.propagate, k.level) for k in kept]
    yield
    for logger, (handlers, propagate, level) in zip(kept, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "expected MODULE:NAME"),
        (("no_such_module:pipe",), "there is no module 'no_such_module'"),
        (("serving_pipelines:nothing",), "has no 'nothing'"),
        (("serving_pipelines:IMAGES",), "not a pipeline"),
        (("serving_pipelines:doubled", "--name", "a", "--name", "b"), "1 pipelines are served, but 2 names"),
        (("serving_pipelines:doubled", "--tls-cert", "x"), "--tls-cert and --tls-key belong together"),
        (("serving_pipelines:doubled", "--api-key-file", "/no/such/file"), "cannot read /no/such/file"),
        (("serving_pipelines:thumbnails", "--arg", "nope=0"), "cannot be made into a pipeline"),
        (("serving_pipelines:thumbnails", "--max-batch", "0"), "expected a positive whole number"),
        (("serving_pipelines:thumbnails", "--http-port", "70000"), "expected a port"),
        (("serving_pipelines:thumbnails", "--max-wait-ms", "-1"), "expected a number that is not negative"),
        (("serving_pipelines:thumbnails", "--worker-nice", "20"), "expected 0 to 19"),
        (("serving_pipelines:doubled", "--host", "203.0.113.1"), "cannot listen on 203.0.113.1"),
    ],
)
def test_what_cannot_be_served(
    arguments: tuple[str, ...], message: str, loggers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["serve", *arguments])
    except SystemExit as e:
        status = e.code  # type: ignore[assignment]
    errors = capsys.readouterr().err
    assert (status in (1, 2), message in errors) == (True, True), errors


def test_the_extra_is_named_where_it_is_missing(
    loggers: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "adali.serving.server", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve", "serving_pipelines:doubled"]) == 1
    assert capsys.readouterr().err == "adali serve: uvicorn is not installed: pip install 'adali[serve]'\n"
