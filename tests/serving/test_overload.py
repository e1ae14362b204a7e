"""More comes than can be computed: refused by the headers, the connection stays usable, and everything is counted."""

from __future__ import annotations

import asyncio
import json
import logging
import queue
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from live import Live, live
from serving_pipelines import Gate, jpegs, npy, number
from test_command import serving
from test_soak import client_module, expected_of, status_of

from adali.serving import Service

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
grpc: Any = pytest.importorskip("grpc", reason="the extra serve is not installed")

LARGE = 300_000
HEAD = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-npy\r\n"
PING = b"GET /v2/health/live HTTP/1.1\r\nhost: a\r\n\r\n"


@contextmanager
def full(**options: Any) -> Iterator[Any]:
    """One request is computed until the gate opens, and one waits; there is room for no more."""
    gate = Gate()
    service = Service(gate.pipeline(), max_wait=0, max_queued=1, warmup=False, name="gated")
    with live(service, **options) as server:
        gate.open.clear()
        key = {"x-api-key": "secret"} if "api_keys" in options else {}
        headers = {"content-type": "application/x-npy", **key}
        arguments = [("POST", "/predict", npy(number(i)), headers) for i in range(2)]
        infer = [threading.Thread(target=server.request, args=a) for a in arguments]
        try:
            infer[0].start()
            assert gate.entered.wait(30)
            infer[1].start()
            while not server.call(lambda: service.full):
                pass
            yield server
        finally:
            gate.open.set()
            for thread in infer:
                if thread.ident is not None:
                    thread.join(30)


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with full() as running:
        yield running


def connect(server: Live) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server.http_port), timeout=30)


def answer(connection: Any) -> tuple[int, dict[str, str], bytes]:
    """Reads one response."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(1)  # nothing of the next one
        assert part, data
        data += part
    first, *lines = data.decode().strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    body = b""
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(int(headers["content-length"]) - len(body))
    return int(first.split()[1]), headers, body


def refused(server: Live) -> int:
    return server.services["gated"].stats.requests["overloaded"]


@pytest.mark.parametrize("first", [0, 100, LARGE - 1, LARGE], ids=["none", "some", "nearly all", "all"])
def test_a_refusal_needs_no_body_and_what_comes_of_it_is_read_over(server: Live, first: int) -> None:
    before = refused(server)
    body = bytes(LARGE)
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % LARGE + body[:first])
            status, headers, text = answer(connection)
            assert (status, headers["content-type"], headers["retry-after"]) == (429, "application/json", "1")
            assert json.loads(text) == {"error": "1 samples wait already (1 may); try again later"}
            # The end of the body and the next request come in one piece.
            connection.sendall(body[first:] + PING)
            assert answer(connection)[0] == 200
    assert refused(server) == before + 2


def test_the_end_of_a_large_body_may_come_bit_by_bit(server: Live) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % LARGE)
        assert answer(connection)[0] == 429
        for at in range(0, LARGE, 50_001):
            connection.sendall(bytes(min(50_001, LARGE - at)))
        connection.sendall(PING[:10])
        connection.sendall(PING[10:])
        assert answer(connection)[0] == 200


def test_patience_with_bodies_that_are_read_over(server: Live) -> None:
    """Seconds until the connection is closed: many while a body comes, as few as ever after it."""

    def patience() -> list[float]:
        def left() -> list[float]:
            timers = [c.timeout_keep_alive_task for c in server.server._http.server_state.connections]  # type: ignore[union-attr]
            return [t.when() - server.loop.time() for t in timers if t is not None]

        return list(server.call(left))

    with connect(server) as connection:
        for size in (10, LARGE):  # read over by the parser, and past it
            connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % size)
            assert answer(connection)[0] == 429
            assert max(patience()) > 50
            connection.sendall(bytes(size))
            while max(patience()) > 10:
                pass


def test_requests_in_a_row_are_answered_in_order(server: Live) -> None:
    refusable = HEAD + b"content-length: 5\r\n\r\nhello"
    with connect(server) as connection:
        connection.sendall(PING + refusable + refusable + PING + refusable)
        assert [answer(connection)[0] for _ in range(5)] == [200, 429, 429, 200, 429]


@pytest.mark.parametrize(
    ("request_bytes", "status", "stays"),
    [
        (HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 429, True),
        (HEAD + b"content-length: 0\r\n\r\n", 429, True),
        (HEAD + b"expect: 100-continue\r\ncontent-length: 9\r\n\r\n", 429, False),
        (HEAD + b"connection: close\r\ncontent-length: 0\r\n\r\n", 429, False),
        (HEAD.replace(b"1.1", b"1.0") + b"content-length: 0\r\n\r\n", 429, False),
        (HEAD.replace(b"/predict", b"/predict/gated?timeout_ms=5") + b"content-length: 0\r\n\r\n", 429, True),
        (HEAD.replace(b"/predict", b"/v2/models/gated/infer") + b"content-length: 0\r\n\r\n", 429, True),
        (HEAD.replace(b"/predict", b"/v2/models/gated/versions/1/infer") + b"content-length: 0\r\n\r\n", 429, True),
        (HEAD.replace(b"/predict", b"/v2/models/gated/versions/2/infer") + b"content-length: 0\r\n\r\n", 404, True),
        (HEAD.replace(b"/predict", b"/predict/other") + b"content-length: 0\r\n\r\n", 404, True),
        (HEAD.replace(b"POST", b"GET") + b"\r\n", 405, True),
    ],
    ids=[
        "chunks",
        "empty",
        "expect",
        "close",
        "http-1.0",
        "named",
        "infer",
        "version",
        "no version",
        "no model",
        "get",
    ],
)
def test_kinds_of_requests(server: Live, request_bytes: bytes, status: int, stays: bool) -> None:
    with connect(server) as connection:
        connection.sendall(request_bytes)
        assert answer(connection)[0] == status
        if stays:
            connection.sendall(PING)
            assert answer(connection)[0] == 200
        else:
            assert connection.recv(100) == b""


def test_keys_come_first_and_what_is_refused_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "adali.serving")
    with full(api_keys=["secret"], access_log=True) as server, connect(server) as connection:
        caplog.clear()
        connection.sendall(HEAD + b"content-length: 0\r\n\r\n")
        assert answer(connection)[0] == 401
        connection.sendall(HEAD + b"x-api-key: secret\r\ncontent-length: 0\r\n\r\n")
        assert answer(connection)[0] == 429
    said = [record.fields for record in caplog.records if hasattr(record, "fields")][:2]
    assert [(f["what"], f["status"]) for f in said] == [("POST /predict", 401), ("POST /predict", 429)]


def test_with_encryption(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    context = ssl.create_default_context(cafile=str(cert))
    gate = Gate()
    service = Service(gate.pipeline(), max_queued=1, warmup=False, name="gated")
    with live(service, tls_cert=cert, tls_key=key) as server:
        server.call(lambda: setattr(service, "max_queued", 0))  # no room for anything
        with connect(server) as plain, context.wrap_socket(plain, server_hostname="localhost") as secure:
            for _ in range(2):
                secure.sendall(HEAD + b"content-length: %d\r\n\r\n" % LARGE)
                assert answer(secure)[0] == 429
                secure.sendall(bytes(LARGE) + PING)
                assert answer(secure)[0] == 200


def test_leaving_while_a_body_is_read_over(server: Live) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % LARGE)
        assert answer(connection)[0] == 429
    http = server.server._http
    assert http is not None
    while server.call(lambda: len(http.server_state.connections)) > 2:  # those who wait
        pass


def test_grpc_refuses_before_the_message(server: Live) -> None:
    before = refused(server)
    with grpc.insecure_channel(server.grpc) as channel:
        # A stream of one message is what a call is on the wire; this one never sends it.
        silent = threading.Event()

        def messages() -> Iterator[bytes]:
            silent.wait(30)
            yield b""

        call = channel.stream_unary("/inference.GRPCInferenceService/ModelInfer")
        try:
            with pytest.raises(grpc.RpcError) as caught:
                call(messages(), timeout=30)
        finally:
            silent.set()
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert caught.value.details() == "1 samples wait already (1 may); try again later"
    assert refused(server) == before + 1


METHOD = "/inference.GRPCInferenceService/"


def test_grpc_keys_come_first_and_what_is_refused_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "adali.serving")
    with full(api_keys=["secret"], access_log=True) as server, grpc.insecure_channel(server.grpc) as channel:
        call = channel.unary_unary(METHOD + "ModelInfer")
        caplog.clear()
        codes = []
        for metadata in ((), (("x-api-key", "wrong"),), (("authorization", "Bearer secret"),)):
            with pytest.raises(grpc.RpcError) as caught:
                call(b"", timeout=30, metadata=metadata)
            codes.append(caught.value.code().name)
        assert codes == ["UNAUTHENTICATED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED"]
        assert refused(server) == 1
    said = [r.fields for r in caplog.records if hasattr(r, "fields") and r.fields["protocol"] == "grpc"]
    assert [(f["what"], f["status"]) for f in said] == [("ModelInfer", 401), ("ModelInfer", 401), ("ModelInfer", 429)]
    assert said[2]["error"] == "1 samples wait already (1 may); try again later"


def test_without_room_everything_but_inference_is_answered_over_grpc(server: Live) -> None:
    import tritonclient.grpc as triton

    with triton.InferenceServerClient(server.grpc) as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("gated")
        assert client.get_model_metadata("gated").name == "gated"
        tensor = triton.InferInput("x", [1, 1], "INT32")
        tensor.set_data_from_numpy(number(3)[None])
        # A stream is not refused: each of its requests is, in its turn, and is told so.
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        client.start_stream(lambda result, error: answers.put(error))
        for _ in range(3):
            client.async_stream_infer("gated", [tensor])
            assert "1 samples wait already" in answers.get(timeout=30).message()
        client.stop_stream()
        with pytest.raises(triton.InferenceServerException, match="1 samples wait already") as caught:
            client.infer("gated", [tensor])
        assert caught.value.status() == "StatusCode.RESOURCE_EXHAUSTED"


def test_a_refusal_holds_for_a_moment_only() -> None:
    """What is shared by those who are refused together neither outlives the want of room nor tells old figures."""
    from adali.serving.proto import message

    service = Service(Gate().pipeline(), max_wait=0, warmup=False, name="gated")
    with live(service) as server, grpc.insecure_channel(server.grpc) as channel:
        request = message("ModelInferRequest")(model_name="gated")
        request.inputs.add(name="x", datatype="INT32", shape=[1, 1])
        request.raw_input_contents.append(number(3).tobytes())
        call = channel.unary_unary(METHOD + "ModelInfer")

        def said() -> str:
            with pytest.raises(grpc.RpcError) as caught:
                call(request.SerializeToString(), timeout=30)
            return str(caught.value.details())

        for _ in range(2):
            server.call(lambda: setattr(service, "max_queued", 0))
            assert said() == "0 samples wait already (0 may); try again later"
            server.call(lambda: setattr(service, "max_queued", 4))
            assert call(request.SerializeToString(), timeout=30)
        server.call(lambda: setattr(service, "max_queued", -1))
        end = time.monotonic() + 10
        while said() != "0 samples wait already (-1 may); try again later":
            assert time.monotonic() < end


def test_a_grpc_call_without_a_message() -> None:
    with live(Service(Gate().pipeline(), warmup=False, name="gated")) as server:
        with grpc.insecure_channel(server.grpc) as channel:
            call = channel.stream_unary("/inference.GRPCInferenceService/ModelInfer")
            with pytest.raises(grpc.RpcError) as caught:
                call(iter([]), timeout=30)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert caught.value.details() == "the call has no message"


@pytest.mark.parametrize("protocol", ["http", "grpc", "lean grpc"])
@pytest.mark.asyncio
async def test_a_flood(protocol: str) -> None:
    """Ten times what there is room for, all at once and again and again: answered well or refused, and all counted."""
    load = client_module()
    images = jpegs()
    expected = await expected_of(images)
    seen: Counter[int] = Counter()
    wrong = []
    arguments = ("serving_pipelines:thumbnails", "--name", "thumbs", "--max-queued", "16")
    with serving(*arguments, quiet=True) as (process, http_port, grpc_port):
        if protocol == "http":
            client = load.Http(http_port, images)
            await client.open(160)
        else:
            kind = load.Grpc if protocol == "grpc" else client_module("grpc_load").LeanGrpc
            client = kind(grpc_port, images, model="thumbs")
            await client.open(4)

        async def one(number: int) -> None:
            answer = await client.send(number)
            seen[answer.status] += 1
            want = expected[number % len(images)]
            if answer.status == 200:
                if answer.body[-len(want) :] != want:
                    wrong.append(number)
            elif answer.status != 429 or b"samples wait already" not in answer.body:
                wrong.append((number, answer.status, answer.body[:100]))

        for wave in range(4):
            await asyncio.gather(*(one(160 * wave + i) for i in range(160)))
        status = await status_of(http_port)
        await client.aclose()
        process.terminate()
        assert await asyncio.to_thread(process.wait, 60) == 0
    assert wrong == []
    assert seen[200] + seen[429] == 640
    assert seen[200] >= 4 * 16
    assert seen[429] > 0  # how many depends on the machine
    assert status["models"][0]["requests"] == {"ok": seen[200], "overloaded": seen[429]}
    assert status["models"][0]["queued"] == 0
