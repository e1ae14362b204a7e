"""NVIDIA's own client, unmodified, gets what it asks for, over HTTP and over gRPC."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from live import Live, live
from serving_pipelines import Gate, broken, doubled, jpegs, number, thumbnails

from adali import Pipeline, fn, types
from adali.serving import Service

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("grpc", reason="the extra serve is not installed")
http_client: Any = pytest.importorskip("tritonclient.http", reason="tritonclient[http] is not installed")
grpc_client: Any = pytest.importorskip("tritonclient.grpc", reason="tritonclient[grpc] is not installed")
utils: Any = pytest.importorskip("tritonclient.utils")

NUMERIC = ("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64")


def plus() -> Pipeline:
    pipe = Pipeline(batch_size=8, num_threads=1)
    with pipe:
        a = fn.external_source(name="a", dtype=types.FLOAT, ndim=2)
        b = fn.external_source(name="b", dtype=types.INT32, ndim=1)
        pipe.set_outputs(fn.copy(a, name="same"), fn.cast(b, dtype=types.INT64, name="wide"))
    return pipe


def anything() -> Pipeline:
    pipe = Pipeline(batch_size=8, num_threads=1)
    with pipe:
        pipe.set_outputs(fn.copy(fn.external_source(name="x"), name="y"))
    return pipe


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    warm = {"a": np.zeros((2, 3), np.float32), "b": number(1)}
    with live(
        Service(thumbnails(), name="pipeline"),
        Service(plus(), name="plus", warmup=[warm, warm]),
        Service(doubled(), name="doubled"),
        Service(anything(), name="anything"),
    ) as running:
        yield running


@pytest.fixture(params=["http", "grpc"])
def api(request: pytest.FixtureRequest) -> Any:
    return http_client if request.param == "http" else grpc_client


@pytest.fixture
def client(api: Any, server: Live) -> Iterator[Any]:
    client = api.InferenceServerClient(server.http if api is http_client else server.grpc)
    yield client
    client.close()


def tensor(api: Any, name: str, array: Any, datatype: str = "", **options: Any) -> Any:
    value = api.InferInput(name, list(array.shape), datatype or utils.np_to_triton_dtype(array.dtype))
    value.set_data_from_numpy(array, **options)
    return value


def files(*images: bytes) -> Any:
    return np.array([[i] for i in images], dtype=object)


def as_dict(answer: Any) -> Any:
    from google.protobuf.json_format import MessageToDict

    return answer if isinstance(answer, dict) else MessageToDict(answer, preserving_proto_field_name=True)


def test_health_and_metadata(api: Any, client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("pipeline")
    assert client.is_model_ready("pipeline", "1")
    server = as_dict(client.get_server_metadata())
    assert (server["name"], server["version"]) == ("adali", "0.1.0")
    assert "binary_tensor_data" in server["extensions"]
    model = as_dict(client.get_model_metadata("plus"))
    assert (model["name"], model["platform"], model["versions"]) == ("plus", "adali", ["1"])
    described = [
        (t["name"], t["datatype"], [int(d) for d in t["shape"]]) for t in (*model["inputs"], *model["outputs"])
    ]
    assert described == [
        ("a", "FP32", [-1, -1, -1]),
        ("b", "INT32", [-1, -1]),
        ("same", "FP32", [-1, 2, 3]),
        ("wide", "INT64", [-1, 1]),
    ]
    (image,) = as_dict(client.get_model_metadata("pipeline"))["inputs"]
    assert (image["datatype"], [int(d) for d in image["shape"]]) == ("BYTES", [-1, 1])
    index = client.get_model_repository_index()
    names = [m["name"] for m in (index if isinstance(index, list) else as_dict(index)["models"])]
    assert names == ["pipeline", "plus", "doubled", "anything"]


def test_images_in_binary_form(api: Any, client: Any) -> None:
    result = client.infer("pipeline", [tensor(api, "images", files(*jpegs()[:3]))], request_id="seven")
    rows = result.as_numpy("thumbnail")
    assert (rows.shape, rows.dtype) == ((3, 32, 32, 3), np.uint8)
    response = as_dict(result.get_response())
    assert (response["id"], response["model_name"]) == ("seven", "pipeline")
    # One file as a row of bytes, as clients of Triton's DALI backend send it.
    for i, image in enumerate(jpegs()[:3]):
        alone = client.infer("pipeline", [tensor(api, "images", np.frombuffer(image, np.uint8)[None])])
        assert (alone.as_numpy("thumbnail")[0] == rows[i]).all()


@pytest.mark.parametrize("datatype", NUMERIC)
def test_every_datatype_goes_there_and_back(api: Any, client: Any, datatype: str) -> None:
    dtype = np.dtype(utils.triton_to_np_dtype(datatype))
    limits = np.iinfo(dtype) if dtype.kind in "iu" else None
    low, high = (limits.min, limits.max) if limits is not None else (0, 1)
    array = np.array([[low, high, 1], [0, 1, high]], dtype)
    result = client.infer("anything", [tensor(api, "x", array, datatype)]).as_numpy("y")
    assert result.dtype == array.dtype
    assert (result == array).all()


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
def test_json_and_binary_and_compressed(
    server: Live, binary_in: bool, binary_out: bool, compression: str | None
) -> None:
    client = http_client.InferenceServerClient(server.http)
    a = np.arange(12, dtype=np.float32).reshape(2, 2, 3) / 7
    b = np.array([[1], [-2]], np.int32)
    result = client.infer(
        "plus",
        [
            tensor(http_client, "a", a, binary_data=binary_in),
            tensor(http_client, "b", b, binary_data=binary_in),
        ],
        outputs=[
            http_client.InferRequestedOutput("wide", binary_data=binary_out),
            http_client.InferRequestedOutput("same", binary_data=not binary_out),
        ],
        request_compression_algorithm=compression,
    )
    assert [o["name"] for o in result.get_response()["outputs"]] == ["wide", "same"]
    assert (result.as_numpy("same") == a).all()
    assert result.as_numpy("wide").tolist() == [[1], [-2]]
    client.close()


def test_outputs_can_be_chosen(api: Any, client: Any) -> None:
    inputs = [tensor(api, "x", number(4)[None])]
    result = client.infer("doubled", inputs, outputs=[api.InferRequestedOutput("output_1")])
    assert result.as_numpy("output_1").tolist() == [[-4]]
    assert result.as_numpy("output_0") is None


@pytest.mark.parametrize(
    ("name", "make", "http", "grpc", "message"),
    [
        ("nope", lambda api: [tensor(api, "images", files(b""))], "404", "NOT_FOUND", "there is no model 'nope'"),
        ("pipeline", lambda api: [tensor(api, "images", files(broken()))], "422", "INVALID_ARGUMENT", "row 0"),
        ("pipeline", lambda api: [tensor(api, "images", files(b"hello"))], "400", "INVALID_ARGUMENT", "no image"),
        (
            "pipeline",
            lambda api: [tensor(api, "pictures", files(b""))],
            "400",
            "INVALID_ARGUMENT",
            "no input 'pictures'",
        ),
        (
            "pipeline",
            lambda api: [tensor(api, "images", files(*[b""] * 9))],
            "413",
            "INVALID_ARGUMENT",
            "9 rows; 8 are",
        ),
        (
            "plus",
            lambda api: [tensor(api, "a", np.zeros((1, 2, 2), np.float32))],
            "400",
            "INVALID_ARGUMENT",
            "'b' is miss",
        ),
        (
            "plus",
            lambda api: [tensor(api, "a", np.zeros((1, 2, 2))), tensor(api, "b", number(1)[None])],
            "400",
            "INVALID_ARGUMENT",
            "takes float32, but row 0 is float64",
        ),
        (
            "plus",
            lambda api: [tensor(api, "a", np.zeros((1, 2), np.float32)), tensor(api, "b", number(1)[None])],
            "400",
            "INVALID_ARGUMENT",
            "2 axes",
        ),
    ],
)
def test_errors_are_classed(api: Any, client: Any, name: str, make: Any, http: str, grpc: str, message: str) -> None:
    with pytest.raises(utils.InferenceServerException, match=message) as caught:
        client.infer(name, make(api))
    status = str(caught.value.status())
    assert status == (http if api is http_client else f"StatusCode.{grpc}")


def test_more_errors(api: Any, client: Any) -> None:
    inputs = [tensor(api, "x", number(4)[None])]
    with pytest.raises(utils.InferenceServerException, match="no output 'z'"):
        client.infer("doubled", inputs, outputs=[api.InferRequestedOutput("z")])
    with pytest.raises(utils.InferenceServerException, match="no version '2'"):
        client.infer("doubled", inputs, model_version="2")
    with pytest.raises(utils.InferenceServerException, match="are not served"):
        client.infer("doubled", inputs, sequence_id=3, sequence_start=True)
    with pytest.raises(utils.InferenceServerException, match="deadline"):
        client.infer("doubled", inputs, timeout=1)
    assert not client.is_model_ready("nope") if api is http_client else True


def test_streaming(server: Live) -> None:
    client = grpc_client.InferenceServerClient(server.grpc)
    answers: queue.Queue[Any] = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    images = jpegs()[:20]
    for i, image in enumerate(images):
        sent = image if i != 7 else broken()
        client.async_stream_infer("pipeline", [tensor(grpc_client, "images", files(sent))], request_id=str(i))
    expected = [
        client.infer("pipeline", [tensor(grpc_client, "images", files(image))]).as_numpy("thumbnail")
        for image in images
    ]
    for i in range(len(images)):
        result, error = answers.get(timeout=30)
        if i == 7:
            assert "decoders__Image failed" in str(error)
            continue
        assert error is None
        assert result.get_response().id == str(i)
        assert (result.as_numpy("thumbnail") == expected[i]).all()
    client.stop_stream()
    client.close()


def test_a_client_that_gives_up_saves_the_work() -> None:
    gate = Gate()
    with live(Service(gate.pipeline(), max_wait=0, warmup=False, name="gated")) as server:
        client = grpc_client.InferenceServerClient(server.grpc)
        gate.open.clear()
        done = threading.Semaphore(0)
        outcomes: list[Any] = []

        def ended(result: Any, error: Any) -> None:
            outcomes.append(error)
            done.release()

        calls = []
        for value in (1, 2, 3):
            calls.append(client.async_infer("gated", [tensor(grpc_client, "x", number(value)[None])], ended))
            assert gate.entered.wait(30)
        with pytest.raises(utils.InferenceServerException, match=r"(?i)deadline"):
            client.infer("gated", [tensor(grpc_client, "x", number(4)[None])], client_timeout=0.2)
        calls[1].cancel()
        assert done.acquire(timeout=30)
        # The server hears of it a little later than the client.
        stats = server.services["gated"].stats.requests
        while stats["cancelled"] + stats["deadline"] < 2:
            server.call(lambda: None)  # a turn of its loop
        gate.open.set()
        assert done.acquire(timeout=30)
        assert done.acquire(timeout=30)
        assert sorted(gate.seen) == [1, 3]
        client.close()


def test_our_messages_are_the_protocols() -> None:
    """Names, numbers and types of all fields are those of the messages that NVIDIA's client brings."""
    from adali.serving import proto

    theirs = grpc_client.service_pb2.DESCRIPTOR
    service = theirs.services_by_name["GRPCInferenceService"]
    assert service.full_name == proto.SERVICE
    checked: set[str] = set()

    def same(ours: Any, other: Any) -> None:
        if ours.full_name in checked:
            return
        checked.add(ours.full_name)
        fields = {f.name: f for f in other.fields}
        assert [f.name for f in ours.fields] == list(fields)
        for field in ours.fields:
            known = fields[field.name]
            assert (field.number, field.type) == (known.number, known.type), field.full_name
            if field.message_type is not None:
                assert field.message_type.full_name == known.message_type.full_name
                same(field.message_type, known.message_type)

    for method, (request, response, streams) in proto.METHODS.items():
        known = service.methods_by_name[method]
        assert (known.client_streaming, known.server_streaming) == (streams, streams)
        same(proto.message(request).DESCRIPTOR, known.input_type)
        same(proto.message(response).DESCRIPTOR, known.output_type)
    assert len(checked) > 15
