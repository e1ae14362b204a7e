"""Broken input of every kind for a while: 4xx each, no crash, and good requests are answered afterwards."""

from __future__ import annotations

import copy
import http.client
import json
import random
import socket
import struct
import time
from collections import Counter
from typing import Any

import pytest
from serving_pipelines import IMAGES, jpegs
from test_command import serving

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
grpc: Any = pytest.importorskip("grpc", reason="the extra serve is not installed")

INFER = "/v2/models/thumbs/infer"
ODD: list[Any] = [None, True, -1, 0, 1.5, 1 << 65, "", "x" * 300, "\x00", [], {}, [[]], [{}], float("nan"), "BYTES"]


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The bytes with some changed, cut out, repeated, or the end missing."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(out) + 1)
        kind = rng.randrange(5)
        if kind == 0 and out:
            out[min(at, len(out) - 1)] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        elif kind == 1:
            del out[at : at + rng.choice((1, 4, 100))]
        elif kind == 2:
            out[at:at] = out[at : at + rng.choice((1, 4, 100))]
        elif kind == 3:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4, 16))))
        else:
            del out[at:]
    return bytes(out)


def mutated_json(rng: random.Random, value: Any) -> Any:
    """The value with one or two parts replaced, removed or moved."""
    value = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 2, 3))):
        node, owner, key = value, None, None
        while isinstance(node, (dict, list)) and node and rng.random() < 0.8:
            owner = node
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            node = node[key]
        if owner is None:
            return copy.deepcopy(rng.choice(ODD))
        kind = rng.randrange(3)
        if kind == 0:
            del owner[key]
        elif kind == 1 and isinstance(owner, dict):
            owner[rng.choice(("x", "parameters", "shape", "data", "name"))] = copy.deepcopy(rng.choice(ODD))
        else:
            owner[key] = copy.deepcopy(rng.choice(ODD))
    return value


def files() -> list[bytes]:
    """Images of several formats."""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(jpegs()[0], np.uint8), cv2.IMREAD_COLOR)[:40, :50]
    made = [
        cv2.imencode(kind, image)[1].tobytes() for kind in (".jpg", ".png", ".webp", ".bmp", ".tiff", ".ppm", ".jp2")
    ]
    return [*made, sorted(IMAGES.rglob("*.png"))[0].read_bytes(), jpegs()[1]]


class Fuzzer:
    """Sends one broken thing after the other; what it does follows from the seed alone."""

    def __init__(self, port: int, grpc_port: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.channel = grpc.insecure_channel(f"127.0.0.1:{grpc_port}")
        self.files = files()
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        image = self.files[0]
        self.message = {
            "id": "a",
            "parameters": {"timeout": 0, "priority": 0, "binary_data_output": True},
            "inputs": [{"name": "images", "shape": [1, len(image)], "datatype": "UINT8", "data": list(image)}],
            "outputs": [{"name": "thumbnail", "parameters": {"binary_data": True}}],
        }

    def close(self) -> None:
        self.connection.close()
        self.channel.close()

    def http(self, method: str, path: str, body: bytes, headers: dict[str, str], what: str) -> None:
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            text = response.read()
            status = response.status
        except (http.client.HTTPException, ConnectionError):
            self.connection.close()  # a header that is no HTTP closes the connection
            self.seen[f"{what} closed"] += 1
            return
        self.seen[f"{what} {status}"] += 1
        if not (200 <= status < 500):
            self.wrong.append(f"{what}: {status} {text[:200]!r} for {method} {path} {headers} {body[:300]!r}")

    def image(self) -> None:
        self.http("POST", "/predict", mutated(self.rng, self.rng.choice(self.files)), {}, "image")

    def json(self) -> None:
        body = json.dumps(mutated_json(self.rng, self.message)).encode()
        if self.rng.random() < 0.3:
            body = mutated(self.rng, body)
        self.http("POST", INFER, body, {}, "json")

    def binary(self) -> None:
        image = self.rng.choice(self.files)
        data = struct.pack("<I", len(image)) + image
        tensor = {"name": "images", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(data)}}
        head = json.dumps(
            mutated_json(self.rng, {"inputs": [tensor]}) if self.rng.random() < 0.5 else {"inputs": [tensor]}
        )
        length = self.rng.choice((str(len(head)), str(len(head)), "0", "99999999999", "-1", "1e3", "x"))
        headers = {"Inference-Header-Content-Length": length}
        if self.rng.random() < 0.2:
            headers["Content-Encoding"] = self.rng.choice(("gzip", "deflate", "br", "identity", ""))
        body = head.encode() + (mutated(self.rng, data) if self.rng.random() < 0.7 else data)
        self.http("POST", INFER, body, headers, "binary")

    def path(self) -> None:
        path = self.rng.choice(
            ("/v2/models/thumbs/infer", "/v2/models/thumbs/versions/1", "/predict/thumbs", "/status")
        )
        letters = [*path]
        for _ in range(self.rng.choice((1, 2, 5))):
            letters.insert(
                self.rng.randrange(len(letters)) + 1, self.rng.choice(("/", "%", "%2f", "?", "..", "%00", "%ff", "&"))
            )
        method = self.rng.choice(("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "NONSENSE"))
        path = "".join(letters).encode().decode("latin-1")
        if method == "HEAD":
            method = "GET"
        self.http(method, path, b"{}", {}, "path")

    def wire(self) -> None:
        """Bytes that are almost HTTP."""
        good = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"
        good += b"5\r\nhello\r\n0\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(mutated(self.rng, good))
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except ConnectionError:
                pass
        status = answer[9:12].decode("latin-1")
        self.seen[f"wire {status or 'closed'}"] += 1
        if status and not status.startswith(("2", "4")):
            self.wrong.append(f"wire: {answer[:200]!r}")

    def protobuf(self) -> None:
        from adali.serving import proto

        request = proto.message("ModelInferRequest")(model_name="thumbs", id="a")
        image = self.rng.choice(self.files)
        tensor = request.inputs.add(name="images", datatype="BYTES", shape=[1])
        if self.rng.random() < 0.5:
            request.raw_input_contents.append(struct.pack("<I", len(image)) + image)
        else:
            tensor.contents.bytes_contents.append(image)
        data = request.SerializeToString()
        data = mutated(self.rng, data[:60]) + data[60:] if self.rng.random() < 0.7 else mutated(self.rng, data)
        try:
            self.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")(data, timeout=60)
            code = "OK"
        except grpc.RpcError as e:
            code = e.code().name
            if code not in ("INVALID_ARGUMENT", "NOT_FOUND", "RESOURCE_EXHAUSTED"):
                self.wrong.append(f"protobuf: {code} {e.details()} for {data[:200]!r}")
        self.seen[f"protobuf {code}"] += 1

    def step(self) -> None:
        self.rng.choice((self.image, self.json, self.binary, self.path, self.wire, self.protobuf))()


def fuzz(seconds: float, steps: int, seed: int) -> Fuzzer:
    arguments = ("serving_pipelines:thumbnails", "--name", "thumbs", "--max-wait-ms", "0", "--max-image-mib", "16")
    with serving(*arguments, quiet=True) as (process, port, grpc_port):
        fuzzer = Fuzzer(port, grpc_port, seed)
        end = time.monotonic() + seconds
        for number in range(10_000_000):
            if number >= steps and time.monotonic() >= end:
                break
            fuzzer.step()
            assert process.poll() is None, f"the server crashed with {process.returncode} at step {number}"
        fuzzer.http("POST", "/predict", jpegs()[0], {}, "good")
        process.terminate()
        assert process.wait(60) == 0
        fuzzer.close()
    return fuzzer


def test_fuzzing_in_short() -> None:
    fuzzer = fuzz(0, 300, seed=1)
    assert fuzzer.wrong == []
    assert fuzzer.seen["good 200"] == 1
    for kind in ("image 4", "json 400", "binary 400", "path 404", "wire 400", "protobuf INVALID_ARGUMENT"):
        assert any(k.startswith(kind) for k in fuzzer.seen), kind


@pytest.mark.long
@pytest.mark.timeout(500)
def test_fuzzing_for_five_minutes() -> None:
    fuzzer = fuzz(300, 0, seed=int(time.time()))
    print(f"\n{sum(fuzzer.seen.values())} requests: {dict(sorted(fuzzer.seen.items()))}")
    assert fuzzer.wrong == []
    assert fuzzer.seen["good 200"] == 1
