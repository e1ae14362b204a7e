"""HTTP beyond NVIDIA's client: the plain endpoint, broken requests, limits, keys, people who leave, metrics, logs."""

from __future__ import annotations

import gzip
import io
import json
import logging
import socket
import ssl
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live import Live, live
from serving_pipelines import Gate, broken, doubled, jpegs, npy, number, thumbnails

from adali.serving import Limits, Service

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("grpc", reason="the extra serve is not installed")

MIB = 1 << 20
INFER = "/v2/models/pipeline/infer"
NUMBERS = "/v2/models/doubled/infer"


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    limits = Limits(body_bytes=MIB, json_bytes=MIB // 4)
    with live(
        Service(thumbnails(), name="pipeline", limits=limits),
        Service(doubled(), name="doubled", limits=limits, warmup={"x": number(1)}),
    ) as running:
        yield running


def test_places_and_methods(server: Live) -> None:
    for method, path, status in (
        ("GET", "/v2", 200),
        ("HEAD", "/v2", 200),
        ("GET", "/v2/health/live", 200),
        ("GET", "/v2/models/pipeline/versions/1", 200),
        ("GET", "/v2/models/pipeline/versions/1/ready", 200),
        ("GET", "/v2/models/pipeline/stats", 200),
        ("GET", "/v2/models/pipeline/versions/2", 404),
        ("GET", "/v2/models", 404),
        ("GET", "/v2/models/nope", 404),
        ("GET", "/v2/models/pipe%2Fline", 404),
        ("GET", "/nothing", 404),
        ("GET", INFER, 405),
        ("POST", "/v2", 405),
        ("POST", "/metrics", 405),
        ("DELETE", "/predict", 405),
        ("GET", "/metrics", 200),
    ):
        assert server.request(method, path)[0] == status, path


def test_the_plain_endpoint(server: Live) -> None:
    status, headers, body = server.request("POST", "/predict", jpegs()[0])
    assert (status, headers["content-type"]) == (200, "application/x-npy")
    thumbnail = np.load(io.BytesIO(body))
    assert (thumbnail.shape, thumbnail.dtype) == ((32, 32, 3), np.uint8)
    status, headers, body = server.request("POST", "/predict/pipeline", jpegs()[0], {"accept": "application/json"})
    assert (status, headers["content-type"]) == (200, "application/json")
    output = json.loads(body)["outputs"]["thumbnail"]
    assert output == {"datatype": "UINT8", "shape": [32, 32, 3], "data": thumbnail.reshape(-1).tolist()}
    as_file = {"content-type": "application/x-npy"}
    status, headers, body = server.request("POST", "/predict/doubled", npy(number(4)), as_file)
    assert (status, headers["content-type"]) == (200, "application/x-npz")
    with np.load(io.BytesIO(body)) as arrays:
        assert {k: arrays[k].tolist() for k in arrays} == {"output_0": [8], "output_1": [-4]}
    status, _, body = server.request("POST", "/predict/doubled?output=output_1", npy(number(4)), as_file)
    assert np.load(io.BytesIO(body)).tolist() == [-4]
    for path, data, headers, wanted in (
        ("/predict", broken(), {}, 422),
        ("/predict", b"", {}, 400),
        ("/predict/nope", b"", {}, 404),
        ("/predict/doubled", b"\x93NUMPY", as_file, 400),
        ("/predict/doubled?output=x", npy(number(4)), as_file, 400),
        ("/predict/doubled?timeout_ms=x", npy(number(4)), as_file, 400),
        ("/predict/doubled", npy(np.array([None])), as_file, 400),
    ):
        assert server.request("POST", path, data, headers)[0] == wanted, path


def x(**change: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "x", "shape": [1, 1], "datatype": "INT32", "data": [3], **change}]}


def test_json_tensors(server: Live) -> None:
    for data in ([3], [[3]]):
        status, answer = server.json("POST", NUMBERS, {"id": "a", **x(data=data)})
        assert status == 200
        assert answer == {
            "model_name": "doubled",
            "model_version": "1",
            "id": "a",
            "outputs": [
                {"name": "output_0", "datatype": "INT32", "shape": [1, 1], "data": [6]},
                {"name": "output_1", "datatype": "INT32", "shape": [1, 1], "data": [-3]},
            ],
        }
    import base64

    text = base64.b64encode(jpegs()[0]).decode()
    image = {"name": "images", "shape": [1], "datatype": "BYTES", "data": [text]}
    status, answer = server.json("POST", INFER, {"inputs": [{**image, "parameters": {"content_type": "base64"}}]})
    assert status == 200
    assert len(answer["outputs"][0]["data"]) == 32 * 32 * 3


BROKEN: list[tuple[Any, str]] = [
    (b"", "no valid JSON"),
    (b"{", "no valid JSON"),
    (b"[" * 100_000, "no valid JSON"),
    (b"\xff\xfe", "no valid JSON"),
    ([], "must be a JSON object"),
    ({}, "input 'x' is missing"),
    ({"inputs": 3}, "'inputs' must be a list"),
    ({"inputs": [3]}, "'inputs' must be a list"),
    ({"inputs": [{}]}, "needs a name"),
    ({"inputs": x()["inputs"] * 2}, "given twice"),
    (x(name="y"), "there is no input 'y'"),
    (x(datatype="INT33"), "known are: BOOL"),
    (x(datatype=None), "needs a datatype"),
    (x(datatype="BOOL"), "not of the datatype BOOL"),
    (x(datatype="UINT8", data=[256]), "no UINT8"),
    (x(datatype="UINT8", data=[-1]), "no UINT8"),
    (x(datatype="INT32", data=[1.5]), "not of the datatype INT32"),
    (x(datatype="INT64", data=[1 << 70]), "not of the datatype INT64"),
    (x(data=["3"]), "not of the datatype"),
    (x(data=[None]), "not of the datatype"),
    (x(data=[[1], [2, 3]]), "differ in length"),
    (x(data=3), "a list of data"),
    (x(data=None), "a list of data"),
    (x(data=[1, 2]), "2 elements, but the shape [1, 1]"),
    (x(shape=[]), "dimensions"),
    (x(shape=None), "needs a shape"),
    (x(shape="11"), "needs a shape"),
    (x(shape=[-1, 1]), "dimension -1"),
    (x(shape=[1.0, 1]), "dimension 1.0"),
    (x(shape=[True, 1]), "dimension True"),
    (x(shape=[1] * 40), "1 to 32 dimensions"),
    (x(shape=[1 << 39, 1 << 39]), "elements, but the shape"),
    (x(shape=[0, 1], data=[]), "no rows"),
    (x(shape=[9, 1], data=[1] * 9), "9 rows; 8 are allowed"),
    (x(datatype="BYTES", data=[3]), "takes strings"),
    (x(datatype="BYTES", data=["a", "b"]), "2 elements, but the shape"),
    (x(parameters=3), "'parameters' must be"),
    (x(parameters={"binary_data_size": 4}), "does not fit the body"),
    (x(parameters={"binary_data_size": -4}), "does not fit the body"),
    (x(parameters={"binary_data_size": "4"}), "does not fit the body"),
    (x(parameters={"shared_memory_region": "a"}), "shared memory is not served"),
    ({**x(), "parameters": {"timeout": -1}}, "takes microseconds"),
    ({**x(), "parameters": {"timeout": "1"}}, "takes microseconds"),
    ({**x(), "parameters": {"priority": 1.5}}, "whole number"),
    ({**x(), "outputs": [{"name": "z"}]}, "no output 'z'"),
    ({**x(), "outputs": [{"name": "output_0", "parameters": {"classification": 3}}]}, "classification"),
]


@pytest.mark.parametrize(("value", "message"), BROKEN)
def test_broken_requests(server: Live, value: Any, message: str) -> None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    status, _, answer = server.request("POST", NUMBERS, body)
    assert status == (413 if "rows; " in message else 400)
    assert message in json.loads(answer)["error"]


@pytest.mark.parametrize(
    ("binary", "header", "message"),
    [
        (b"\1\0\0\0", None, "no valid JSON"),
        (b"\1\0\0\0", "x", "must be the length"),
        (b"\1\0\0\0", "-1", "must be the length"),
        (b"\1\0\0\0", "9999999", "must be the length"),
        (b"\1\0\0", "", "does not fit the body"),
        (b"\1\0\0\0\0", "", "1 bytes that belong to no input"),
    ],
)
def test_broken_binary_parts(server: Live, binary: bytes, header: str | None, message: str) -> None:
    text = json.dumps({"inputs": [{**x(parameters={"binary_data_size": 4})["inputs"][0]}]}).encode()
    headers = {} if header is None else {"Inference-Header-Content-Length": header or str(len(text))}
    status, _, answer = server.request("POST", NUMBERS, text + binary, headers)
    assert (status, message in json.loads(answer)["error"]) == (400, True), answer


@pytest.mark.parametrize("data", [b"\1\0\0", b"\5\0\0\0abc", b"\xff\xff\xff\xff" + b"a" * 20, b"\0\0\0\0\0\0\0\0"])
def test_broken_bytes_tensors(server: Live, data: bytes) -> None:
    image = {"name": "images", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(data)}}
    text = json.dumps({"inputs": [image]}).encode()
    headers = {"Inference-Header-Content-Length": str(len(text))}
    assert server.request("POST", INFER, text + data, headers)[0] == 400


# ---- limits ---------------------------------------------------------------------------------------------------------


def chunks(size: int, count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"a" * size


def test_bodies_that_are_too_large(server: Live) -> None:
    assert server.request("POST", "/predict", b"a" * (8 * MIB))[0] == 413
    assert server.request("POST", "/predict", chunks(65536, 128))[0] == 413
    hundred = {"content-length": str(100 * MIB)}
    assert server.request("POST", "/predict", chunks(MIB, 100), hundred)[0] == 413
    assert server.request("POST", NUMBERS, b"[" + b"1," * (MIB // 6) + b"1]")[0] == 413  # of JSON less is allowed
    assert server.request("POST", "/predict", jpegs()[0])[0] == 200


def test_bodies_that_come_in_are_bounded_in_sum(server: Live) -> None:
    ledger = server.server.app.ledger
    head = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n"
    limit, ledger.limit = ledger.limit, 400_000
    try:
        with raw(server) as first, raw(server) as second:
            first.sendall(head + bytes(290_000))
            wait_for(server, lambda: ledger.held == 290_000)
            second.sendall(head + bytes(200_000))
            assert second.recv(100).startswith(b"HTTP/1.1 429")
        wait_for(server, lambda: ledger.held == 0)
    finally:
        ledger.limit = limit


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_bombs_of_compressed_bodies(server: Live, encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    headers = {"content-encoding": encoding}
    assert server.request("POST", "/predict", pack(bytes(64 * MIB), 1), headers)[0] == 413
    assert server.request("POST", "/predict", pack(jpegs()[0]), headers)[0] == 200
    assert server.request("POST", "/predict", pack(jpegs()[0])[:-9], headers)[0] == 400
    assert server.request("POST", "/predict", b"nonsense", headers)[0] == 400
    assert server.request("POST", "/predict", b"", {"content-encoding": "br"})[0] == 400


def test_bombs_of_images(server: Live) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (15000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    status, _, body = server.request("POST", "/predict", png)
    assert (status, "643 MiB" in json.loads(body)["error"]) == (413, True)


# ---- people who leave, and those for whom there is no room -----------------------------------------------------------


def raw(server: Live) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server.http_port), timeout=30)


def wait_for(server: Live, condition: Any) -> None:
    for _ in range(100_000):
        if server.call(condition):
            return
    raise AssertionError("it does not happen")


def test_leaving_in_the_middle_of_the_body(server: Live) -> None:
    before = server.server.app.disconnected
    with raw(server) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n" + b"a" * 500)
        wait_for(server, lambda: server.server._http.server_state.tasks)
    wait_for(server, lambda: server.server.app.disconnected == before + 1)
    assert server.request("POST", "/predict", jpegs()[0])[0] == 200


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\na: ", b"GET /"], ids=["header", "path"])
def test_headers_without_end(server: Live, start: bytes) -> None:
    # Whatever is said before is lost with the connection.
    with raw(server) as connection, pytest.raises(ConnectionError):
        connection.sendall(start + b"a" * 50_000_000)
    assert server.request("GET", "/v2/health/live")[0] == 200


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /predict HTTP/1.1\r\ncontent-length: -5\r\n\r\n",
        b"\0" * 99,
    ],
)
def test_what_is_no_http(server: Live, data: bytes) -> None:
    with raw(server) as connection:
        connection.sendall(data)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_who_leaves_while_waiting_is_not_computed_and_who_comes_too_many_is_told_at_once() -> None:
    gate = Gate()
    with live(Service(gate.pipeline(), max_wait=0, max_queued=2, warmup=False, name="gated")) as server:
        gate.open.clear()
        service = server.services["gated"]
        body = npy(number(0))
        head = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-npy\r\ncontent-length: %d\r\n\r\n"

        def send(value: int) -> socket.socket:
            connection = raw(server)
            connection.sendall(head % len(body) + npy(number(value)))
            return connection

        connections = [send(1)]
        assert gate.entered.wait(30)
        for count, value in enumerate((2, 3), 1):
            connections.append(send(value))
            wait_for(server, lambda count=count: service.queued == count)
        # No room: the answer comes before the body was sent.
        with raw(server) as hasty:
            hasty.sendall(head % 500)
            answer = hasty.recv(1000)
        assert answer.startswith(b"HTTP/1.1 429")
        assert b"retry-after: 1" in answer
        connections[1].close()
        wait_for(server, lambda: service.queued == 1)
        # What the server does when it drains.
        server.server.frontend.draining = True
        assert server.request("GET", "/v2/health/ready")[0] == 503
        assert server.request("GET", "/v2/health/live")[0] == 200
        draining = server.loop.call_soon_threadsafe(lambda: server.loop.create_task(service.drain()))
        assert draining is not None
        assert server.request("POST", "/predict", body)[0] == 503
        gate.open.set()
        for connection in (connections[0], connections[2]):
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            connection.close()
        assert gate.seen == [1, 3]
        assert service.stats.requests == {"ok": 2, "cancelled": 1, "overloaded": 1, "closed": 1}


# ---- keys, encryption, metrics, logs, spans --------------------------------------------------------------------------


def test_keys() -> None:
    with live(Service(thumbnails(), name="pipeline"), api_keys=["secret", "other"]) as server:
        for path in ("/v2/health/live", "/v2/health/ready", "/"):
            assert server.request("GET", path)[0] == 200
        for path in ("/v2", "/metrics", "/status", "/nothing"):
            assert server.request("GET", path)[0] == 401
        status, headers, _ = server.request("POST", "/predict", jpegs()[0])
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        for headers, status in (
            ({"x-api-key": "secret"}, 200),
            ({"authorization": "Bearer other"}, 200),
            ({"authorization": "bearer  other"}, 200),
            ({"x-api-key": "secre"}, 401),
            ({"x-api-key": ""}, 401),
            ({"authorization": "Basic secret"}, 401),
        ):
            assert server.request("POST", "/predict", jpegs()[0], headers)[0] == status
        import grpc

        with grpc.insecure_channel(server.grpc) as channel:
            meta = channel.unary_unary("/inference.GRPCInferenceService/ServerMetadata")
            live_call = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
            stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer")
            assert live_call(b"")
            assert meta(b"", metadata=[("x-api-key", "secret")])
            for call in (lambda: meta(b""), lambda: list(stream(iter([b""])))):
                with pytest.raises(grpc.RpcError) as caught:
                    call()
                assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_broken_messages_over_grpc(server: Live) -> None:
    import grpc

    with grpc.insecure_channel(server.grpc) as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        for data in (b"\xff", b"\x0a\xff\xff\xff\xff\x0f", b"\x2a\x03\x0a\x01\xff"):
            with pytest.raises(grpc.RpcError) as caught:
                infer(data)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.RpcError) as caught:
            infer(b"\x3a" + b"\x80\x80\x80\x01" + bytes(2 * MIB))  # more than the limit
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/inference.GRPCInferenceService/CudaSharedMemoryStatus")(b"")
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_encryption(certificate: tuple[Path, Path]) -> None:
    import grpc

    cert, key = certificate
    with live(Service(doubled(), name="pipeline", warmup=False), tls_cert=cert, tls_key=key) as server:
        context = ssl.create_default_context(cafile=str(cert))
        port = server.server.http_port
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(b"GET /v2/health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            assert secure.recv(100).startswith(b"HTTP/1.1 200")
        credentials = grpc.ssl_channel_credentials(cert.read_bytes())
        with grpc.secure_channel(f"localhost:{server.server.grpc_port}", credentials) as channel:
            assert channel.unary_unary("/inference.GRPCInferenceService/ServerLive")(b"", timeout=30)


def test_metrics(server: Live) -> None:
    pytest.importorskip("prometheus_client", reason="the extra serve is not installed")
    server.request("POST", "/predict", jpegs()[0])
    server.request("POST", "/predict", broken())
    status, headers, body = server.request("GET", "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    from prometheus_client.parser import text_string_to_metric_families

    families = {f.name: f for f in text_string_to_metric_families(body.decode())}
    assert set(families) >= {
        "adali_requests",
        "adali_queued_samples",
        "adali_queue_wait_seconds",
        "adali_request_seconds",
        "adali_batch_samples",
        "adali_stage_seconds",
        "adali_operator_seconds",
        "adali_loop_lag_seconds",
        "adali_disconnects",
    }
    stats = server.services["pipeline"].stats
    values = {tuple(s.labels.values()): s.value for s in families["adali_requests"].samples}
    assert values["pipeline", "ok"] == stats.requests["ok"] > 0
    assert values["pipeline", "sample"] == stats.requests["sample"] > 0
    buckets = [s for s in families["adali_batch_samples"].samples if s.labels == {"model": "pipeline", "le": "+Inf"}]
    assert [s.value for s in buckets] == [stats.batches]


def test_structured_logs_and_spans(caplog: pytest.LogCaptureFixture) -> None:
    from adali.serving.logs import JsonFormatter

    caplog.set_level(logging.INFO, "adali.serving")
    with live(Service(thumbnails(), name="pipeline"), access_log=True) as server:
        server.request("POST", "/predict", jpegs()[0])
        server.request("POST", "/predict", broken())
    lines = [json.loads(JsonFormatter().format(r)) for r in caplog.records if hasattr(r, "fields")]
    assert [(line["level"], line["what"], line["status"]) for line in lines] == [
        ("info", "POST /predict", 200),
        ("info", "POST /predict", 422),
    ]
    assert lines[1]["error"].startswith("decoders__Image failed (row 0)")
    assert lines[0]["ms"] > 0


def test_spans() -> None:
    sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="opentelemetry-sdk is not installed")
    from opentelemetry import trace
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans = InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with live(Service(thumbnails(), name="pipeline"), opentelemetry=True) as server:
        server.request("POST", "/predict", jpegs()[0], {"traceparent": parent})
        server.request("GET", "/nothing")
    first, second = spans.get_finished_spans()
    assert first.name == "http POST /predict"
    assert first.parent is not None
    assert format(first.parent.span_id, "016x") == "b7ad6b7169203331"
    assert dict(first.attributes or {}) == {"adali.status": 200}
    assert dict(second.attributes or {})["adali.status"] == 404


def test_errors_tell_nothing_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    def bug(x: Any) -> Any:
        raise KeyError("/etc/secret")

    from adali import Pipeline, fn

    pipe = Pipeline(batch_size=2, num_threads=1)
    with pipe:
        pipe.set_outputs(fn.python_function(fn.external_source(name="x"), function=bug))
    with live(Service(pipe, name="pipeline")) as server:
        status, _, body = server.request("POST", "/predict", b"abc")
        assert (status, json.loads(body)) == (500, {"error": "PythonFunction failed"})
    assert "/etc/secret" in caplog.text
