"""The service: right answers, each to its sender, whatever the others do."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any

import numpy as np
import pytest
from serving_pipelines import Gate, broken, doubled, jpegs, number, thumbnails

from adali import Pipeline, fn, types
from adali.errors import ArgumentError, OperatorError
from adali.serving import (
    DeadlineExceeded,
    InvalidInput,
    Limits,
    Model,
    ModelError,
    Overloaded,
    Service,
    ServiceClosed,
    Services,
    TooLarge,
)

pytestmark = pytest.mark.asyncio


async def entered(gate: Gate) -> None:
    """Until the engine works on the first sample."""
    await asyncio.get_running_loop().run_in_executor(None, gate.entered.wait, 30)


async def some(service: Service, *values: int, **options: Any) -> list[asyncio.Task[Any]]:
    """Requests for these numbers, all queued when this returns."""
    tasks = [asyncio.create_task(service.infer({"x": [number(v)]}, **options)) for v in values]
    await asyncio.sleep(0)
    return tasks


#: The header of a codestream of 8x8 pixels.
JPEG_2000 = b"\xff\x4f\xff\x51\0\x2f\0\0" + b"\0\0\0\x08" * 2 + bytes(8) + b"\0\0\0\x08" * 2 + bytes(8) + b"\0\x03"
JPEG_2000 += b"\x07\x01\x01" * 3


# ---- answers --------------------------------------------------------------------------------------------------------


async def test_each_gets_its_own_answer() -> None:
    async with Service(doubled(), max_wait=0.001) as service:
        results = await asyncio.gather(*(service(np.full(3, i, np.int32)) for i in range(100)))
    for i, (twice, negative) in enumerate(results):
        assert twice.tolist() == [2 * i] * 3
        assert negative.tolist() == [-i] * 3
    assert service.stats.requests == {"ok": 100}
    assert service.stats.batches < 50  # they came at once, and 8 fit into a batch


async def test_images_come_out_as_from_the_pipeline_itself() -> None:
    pipe = thumbnails(prefetch_queue_depth=1)
    async with pipe:
        outputs = await pipe.run(images=[np.frombuffer(j, np.uint8) for j in jpegs()[:8]])
        expected = [np.array(t) for t in outputs[0]]
    async with Service(thumbnails) as service:
        assert service.max_batch == 32
        results = await asyncio.gather(*map(service, jpegs()[:8]))
        assert (await service(images=bytearray(jpegs()[0])) == expected[0]).all()
    for result, wanted in zip(results, expected, strict=True):
        assert (result == wanted).all()


async def test_a_request_of_several_rows() -> None:
    async with Service(doubled()) as service:
        result = await service.infer({"x": np.arange(6, dtype=np.float32).reshape(3, 2)})
        assert list(result) == ["output_0", "output_1"]
        assert result["output_0"].tolist() == [[0, 2], [4, 6], [8, 10]]  # type: ignore[union-attr]
        ragged = await service.infer({"x": [np.ones(2, np.int8), np.ones(3, np.int8)]})
        assert [row.shape for row in ragged["output_0"]] == [(2,), (3,)]


async def test_results_share_no_memory() -> None:
    async with Service(thumbnails(size=300)) as service:  # large enough to be copied in the thread
        results = await asyncio.gather(*map(service, jpegs()[:8]))
        rows = await service.infer({"images": jpegs()[:3]})
        first = results[0].copy()
        for i, a in enumerate(results):
            assert not any(np.shares_memory(a, b) for b in results[i + 1 :])
            assert a.flags.writeable
            assert a.base is None or a.base.nbytes == a.nbytes
            a[:] = 0
        assert (await service(jpegs()[0]) == first).all()
        assert isinstance(rows["thumbnail"], np.ndarray)


async def test_a_type_that_nobody_expected_decides_nothing_for_those_after_it() -> None:
    async with Service(doubled()) as service:
        for array in (np.ones(2, np.int32), np.ones((2, 2), np.float32), np.ones((), np.uint8), np.ones(2, np.int32)):
            twice, _ = await service(array)
            assert twice.shape == array.shape
            assert (twice == 2).all()
        # And they may come together: batches are made of alike requests.
        kinds = [np.ones(2, np.int32), np.ones((2, 2), np.float32)] * 4
        results = await asyncio.gather(*map(service, kinds))
        assert [r[0].shape for r in results] == [k.shape for k in kinds]


async def test_named_inputs_and_constants() -> None:
    pipe = Pipeline(batch_size=4, num_threads=1)
    with pipe:
        a, b = fn.external_source(name="a", dtype=types.INT32, ndim=1), fn.external_source(name="b")
        pipe.set_outputs(a + b)
    async with Service(pipe) as service:
        assert (await service(number(1), number(2))).tolist() == [3]
        assert (await service(b=number(1), a=number(5))).tolist() == [6]
        for bad, message in (
            ({"a": number(1)}, "input 'b' is missing"),
            ({"a": number(1), "b": number(1), "c": number(1)}, "there is no input 'c'"),
            ({"a": np.ones(1, np.float32), "b": number(1)}, "takes int32, but row 0 is float32"),
            ({"a": np.ones((1, 1), np.int32), "b": number(1)}, r"1 axes, but row 0 has the shape \(1, 1\)"),
            ({"a": None, "b": number(1)}, "expected an array, got NoneType"),
            ({"a": "text", "b": number(1)}, "expected an array, got str"),
        ):
            with pytest.raises(InvalidInput, match=message):
                await service(**bad)
        with pytest.raises(InvalidInput, match="3 samples were given, but there are 2 inputs"):
            await service(1, 2, 3)
        with pytest.raises(InvalidInput, match="given twice"):
            await service(number(1), a=number(1))
        with pytest.raises(InvalidInput, match="'b' has 1 rows, but 'a' has 2"):
            await service.infer({"a": [number(1)] * 2, "b": [number(1)]})
        with pytest.raises(InvalidInput, match="no rows"):
            await service.infer({"a": [], "b": []})
        with pytest.raises(TooLarge, match="5 rows; 4 are allowed"):
            await service.infer({"a": [number(1)] * 5, "b": [number(1)] * 5})
        assert service.stats.requests == {"ok": 2, "invalid": 8, "too_large": 1}


async def test_outputs_are_learnt_at_the_warm_up() -> None:
    async with Service(thumbnails()) as service:
        (output,) = service.outputs
        assert (output.name, output.dtype, output.shape) == ("thumbnail", np.uint8, (32, 32, 3))
        assert service.stats.requests == {}
        assert all(o["samples"] == o["busy_s"] == 0 for o in service.snapshot()["operators"])
    pipe = Pipeline(batch_size=4, num_threads=1)
    with pipe:
        pipe.set_outputs(fn.decoders.image(fn.external_source()))
    async with Service(pipe) as service:
        (output,) = service.outputs
        assert (output.name, output.shape) == ("output_0", (-1, -1, 3))
        assert service.inputs[0].name == "input_0"
    async with Service(doubled(), warmup={"x": number(1)}, output_names=["a", "b"]) as service:
        assert [(o.name, o.dtype, o.shape) for o in service.outputs] == [("a", np.int32, (-1,)), ("b", np.int32, (-1,))]
        assert list(await service.infer({"x": [number(1)]})) == ["a", "b"]


# ---- errors ---------------------------------------------------------------------------------------------------------


async def test_one_bad_image_hurts_only_its_sender() -> None:
    async with Service(thumbnails()) as service:
        alone = [await service.infer({"images": [j]}) for j in jpegs()[:7]]
    async with Service(thumbnails(), max_wait=60) as service:
        before = service.stats.batches
        results = await asyncio.gather(
            *(service(j) for j in jpegs()[:3]),
            service(broken()),
            *(service(j) for j in jpegs()[3:7]),
            return_exceptions=True,
        )
        assert service.stats.batches == before + 1  # they shared one batch, and it was computed once
        error = results.pop(3)
        assert isinstance(error, OperatorError)
        assert (error.operator, error.sample) == ("decoders__Image", 0)
        for result, expected in zip(results, alone, strict=True):
            assert (result == expected["thumbnail"][0]).all()
        with pytest.raises(OperatorError) as caught:
            await service.infer({"images": [jpegs()[0], broken(), broken(), *jpegs()[:5]]})
        assert caught.value.sample == 1
        assert service.stats.requests["sample"] == 2
        assert service.stats.recent_errors[-1].cause == "sample"


async def test_a_batch_of_nothing_but_bad_images() -> None:
    async with Service(thumbnails(), max_wait=60) as service:
        bad = [broken()[: 600 - i] for i in range(8)]
        results = await asyncio.gather(*map(service, bad), return_exceptions=True)
        assert [type(r) for r in results] == [OperatorError] * 8
        assert len({id(r) for r in results}) == 8
        assert (await service.infer({"images": jpegs()[:8]}))["thumbnail"].shape == (8, 32, 32, 3)  # type: ignore[union-attr]


async def test_a_failure_of_the_whole_batch_is_the_fault_of_whoever_fails_alone() -> None:
    def whole(xs: list[Any]) -> list[Any]:
        if any(x[0] < 0 for x in xs):
            raise ValueError("there is a negative one among them")
        return [x + 1 for x in xs]

    pipe = Pipeline(batch_size=4, num_threads=1)
    with pipe:
        x = fn.external_source(name="x")
        pipe.set_outputs(fn.python_function(x, function=whole, batch_processing=True))
    async with Service(pipe, max_wait=60) as service:
        results = await asyncio.gather(*(service(number(v)) for v in (1, 2, -3, 4)), return_exceptions=True)
        assert [type(r) for r in results] == [np.ndarray, np.ndarray, OperatorError, np.ndarray]
        assert [r.tolist() for r in results if isinstance(r, np.ndarray)] == [[2], [3], [5]]
        assert service.snapshot()["retries"] == 4
        assert service.stats.requests == {"ok": 3, "operator": 1}


async def test_the_engine_dies(caplog: pytest.LogCaptureFixture) -> None:
    def die(x: Any) -> Any:
        raise SystemExit(3)

    pipe = Pipeline(batch_size=4, num_threads=1)
    with pipe:
        pipe.set_outputs(fn.python_function(fn.external_source(name="x"), function=die))
    async with Service(pipe) as service:
        with pytest.raises(ServiceClosed):
            await service(number(1))
        assert service.state == "failed"
        assert not service.ready
        with pytest.raises(ServiceClosed, match="is failed"):
            await service(number(1))


# ---- room, deadlines, giving up -------------------------------------------------------------------------------------


async def test_cancelled_and_late_requests_are_never_computed() -> None:
    gate = Gate()
    async with Service(gate.pipeline(), max_wait=0, warmup=False) as service:
        gate.open.clear()
        running = await some(service, 1)
        await entered(gate)
        waiting = await some(service, 2, 3, 4)
        late = await some(service, 5, deadline=0.01)
        assert service.queued == 4
        waiting[1].cancel()
        with pytest.raises(DeadlineExceeded, match="in the queue"):
            await late[0]
        with pytest.raises(asyncio.CancelledError):
            await waiting[1]
        assert service.queued == 2
        gate.open.set()
        assert [(await t)["output_0"].tolist() for t in (*running, waiting[0], waiting[2])] == [[[2]], [[3]], [[5]]]
        assert gate.seen == [1, 2, 4]
        assert service.stats.requests == {"ok": 3, "cancelled": 1, "deadline": 1}


async def test_a_cancelled_request_that_is_computed_hurts_nobody() -> None:
    gate = Gate()
    async with Service(gate.pipeline(), max_wait=0, warmup=False) as service:
        gate.open.clear()
        running = await some(service, 1)
        await entered(gate)
        running[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await running[0]
        gate.open.set()
        assert (await service(number(7))).tolist() == [8]
        assert gate.seen == [1, 7]


async def test_no_room_is_said_at_once_and_priority_makes_room() -> None:
    gate = Gate()
    async with Service(gate.pipeline(), max_wait=0, max_queued=3, warmup=False) as service:
        gate.open.clear()
        running = await some(service, 1)
        await entered(gate)
        waiting = await some(service, 2, 3, 4, priority=1)
        assert service.queued == 3
        assert not service.full  # there is room for what is more urgent
        with pytest.raises(Overloaded) as caught:
            await service(number(5), priority=1)
        assert caught.value.retry_after > 0
        (urgent,) = await some(service, 6, priority=0)
        with pytest.raises(Overloaded):
            await waiting[2]
        gate.open.set()
        await asyncio.gather(*running, urgent, *waiting[:2])
        assert gate.seen == [1, 6, 2, 3]
        assert service.stats.requests == {"ok": 4, "overloaded": 2}


async def test_bytes_that_wait_are_bounded() -> None:
    gate = Gate()
    limits = Limits(queued_bytes=100)
    async with Service(gate.pipeline(), max_wait=0, warmup=False, limits=limits) as service:
        with pytest.raises(TooLarge, match="104 bytes; 100 are allowed"):
            await service(np.zeros(26, np.int32))
        gate.open.clear()
        running = [asyncio.create_task(service(np.zeros(20, np.int32)))]
        await entered(gate)
        with pytest.raises(Overloaded):
            await service(np.zeros(6, np.int32))
        gate.open.set()
        await asyncio.gather(*running)
        assert (await service(np.zeros(25, np.int32)))[0] == 1


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", InvalidInput, "empty"),
        (b"no image at all", InvalidInput, "no image"),
        (
            b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (60000).to_bytes(4, "big") * 2 + b"\x08\x02",
            TooLarge,
            "along a side",
        ),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (15000).to_bytes(4, "big") * 2 + b"\x08\x02", TooLarge, "643 MiB"),
        (b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03", TooLarge, "65535x65535"),
        (b"P6\n100000 100000\n255\n", TooLarge, "100000x100000"),
        (b"\x89PNG\r\n\x1a\n\0\0", InvalidInput, "truncated"),
        (JPEG_2000, InvalidInput, "jpeg2k images are not served"),
    ],
)
async def test_bombs_are_refused_by_their_headers(data: bytes, error: type[Exception], message: str) -> None:
    async with Service(thumbnails(), warmup=False) as service:
        with pytest.raises(error, match=message):
            await service(data)
        assert service.stats.batches == 0


# ---- its life -------------------------------------------------------------------------------------------------------


async def test_drain_finishes_what_waits_and_refuses_what_comes() -> None:
    gate = Gate()
    async with Service(gate.pipeline(), max_wait=60, warmup=False) as service:
        gate.open.clear()
        waiting = await some(service, 1, 2, 3, 4, 5)  # four run; the fifth would wait a minute for company
        await entered(gate)
        draining = asyncio.create_task(service.drain())
        await asyncio.sleep(0)
        assert service.state == "draining"
        with pytest.raises(ServiceClosed, match="is draining"):
            await service(number(6))
        assert not await service.drain(timeout=0.001)
        gate.open.set()
        assert await draining
        assert [t.result()["output_0"].tolist() for t in waiting] == [[[v + 1]] for v in (1, 2, 3, 4, 5)]
    assert service.state == "closed"
    with pytest.raises(ServiceClosed, match="is closed"):
        await service(number(6))


async def test_closing_at_once_and_nothing_is_left() -> None:
    gate = Gate()
    before = set(threading.enumerate())
    service = Service(gate.pipeline(), max_wait=0, warmup=False)
    with pytest.raises(RuntimeError, match="the program has enough"):  # noqa: PT012
        async with service:
            gate.open.clear()
            tasks = await some(service, 1, 2, 3)
            await entered(gate)
            asyncio.get_running_loop().call_later(0.01, gate.open.set)
            raise RuntimeError("the program has enough")
    for task in tasks:
        with pytest.raises(ServiceClosed):
            await task
    assert {t.name for t in set(threading.enumerate()) - before if "adali" in t.name} == set()
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priorities of their own")
async def test_workers_can_have_a_lower_priority() -> None:
    def priority(x: Any) -> Any:
        return np.array([os.getpriority(os.PRIO_PROCESS, threading.get_native_id())])

    pipe = Pipeline(batch_size=2, num_threads=1)
    with pipe:
        pipe.set_outputs(fn.python_function(fn.external_source(name="x"), function=priority))
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    async with Service(pipe, worker_nice=3, warmup=False) as service:
        assert int(np.asarray(await service(number(1)))[0]) == min(ours + 3, 19)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == ours


async def test_what_cannot_be_served() -> None:
    pipe = Pipeline(batch_size=4, num_threads=1)
    with pipe:
        pipe.set_outputs(fn.random.coin_flip())
    with pytest.raises(ArgumentError, match="no external source"):
        await Service(pipe).start()
    pipe = Pipeline(batch_size=4, num_threads=1)
    with pipe:
        pipe.set_outputs(fn.external_source(lambda: [number(1)], name="mine"))
    with pytest.raises(ArgumentError, match=r"ExternalSource \(mine\) brings data of its own"):
        await Service(pipe).start()
    with pytest.raises(ArgumentError, match="max_batch=9 exceeds the pipeline's batch size of 8"):
        Service(doubled(), max_batch=9)
    for options in ({"max_batch": 0}, {"max_wait": -1}, {"max_queued": 0}, {"deadline": 0}):
        with pytest.raises(ArgumentError, match=next(iter(options))):
            Service(doubled(), **options)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="needs 2 different names"):
        await Service(doubled(), output_names=["a", "a"]).start()
    async with doubled() as built:
        with pytest.raises(RuntimeError, match="built already"):
            await Service(built).start()
    service = Service(doubled())
    with pytest.raises(ServiceClosed, match="is new"):
        await service(number(1))
    async with service:
        with pytest.raises(ServiceClosed, match="started already"):
            await service.start()


async def test_several_services() -> None:
    async with Services(small=Service(thumbnails(size=8)), numbers=Service(doubled())) as services:
        assert list(services) == ["small", "numbers"]
        assert services.ready
        small, pair = await asyncio.gather(services["small"](jpegs()[0]), services["numbers"](number(2)))
        assert small.shape == (8, 8, 3)
        assert pair[0].tolist() == [4]
        assert await services.drain()
        assert not services.ready
    with pytest.raises(ArgumentError, match="different names"):
        Services(Service(doubled()), Service(doubled()))


# ---- the model stage ------------------------------------------------------------------------------------------------


def mean(images: Any) -> Any:
    return images.reshape(len(images), -1).mean(axis=1)


async def mean_later(images: Any) -> dict[str, Any]:
    await asyncio.sleep(0)
    return {"mean": mean(images), "count": np.full(len(images), len(images))}


async def test_a_model_that_is_a_function() -> None:
    async with Service(thumbnails(), model=mean) as service:
        plain = [await service(j) for j in jpegs()[:8]]
        together = await asyncio.gather(*map(service, jpegs()[:8]))
        assert [float(x) for x in together] == [float(x) for x in plain]
        assert len({float(x) for x in plain}) == 8
        assert service.outputs[0].shape == ()
        assert service.stats.stage_s["model"] > 0


async def test_a_model_that_is_a_coroutine_function_with_batches_of_its_own() -> None:
    model = Model(mean_later, max_batch=2, max_wait=60)
    async with Service(thumbnails(), model=model, max_wait=60, warmup=False) as service:
        results = await asyncio.gather(*(service.infer({"images": [j]}) for j in jpegs()[:8]))
        assert [list(r) for r in results] == [["mean", "count"]] * 8
        assert [r["count"].tolist() for r in results] == [[2]] * 8
        assert service.stats.batch_size.sum == 8
        assert service.stats.model_batch_size.count == 4


async def test_a_model_that_fails_on_one_row_fails_for_its_sender() -> None:
    def picky(x: Any, _: Any) -> Any:
        if (x < 0).any():
            raise ValueError("negative")
        return x

    async with Service(doubled(), model=picky, max_wait=60, max_batch=4) as service:
        values = (1, 2, -3, 4)
        results = await asyncio.gather(*(service(number(v)) for v in values), return_exceptions=True)
        assert [type(r) for r in results] == [np.ndarray, np.ndarray, ModelError, np.ndarray]
        assert "ValueError: negative" in str(results[2])
        assert [r.tolist() for r in results if isinstance(r, np.ndarray)] == [[2], [4], [8]]
        # The model hands back its own input: still nothing is shared.
        arrays = [r for r in results if isinstance(r, np.ndarray)]
        assert not np.shares_memory(arrays[0], arrays[1])
        assert service.stats.requests == {"ok": 3, "model": 1}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda a, b: (a[:0], b), r"given 1 rows, but its output 'y' has the shape \(0, 1\)"),
        (lambda a, b: (a, 3), "given 1 rows, but its output 'z'"),
        (lambda a, b: a, "returned 1 outputs in place of 2"),
        (lambda a, b: (a, b, b), "returned 3 outputs in place of 2"),
        (lambda a, b: {"y": a}, "returned y in place of y, z"),
    ],
)
async def test_a_model_that_returns_something_else(model: Any, message: str) -> None:
    async with Service(doubled(), model=Model(model, outputs=["y", "z"])) as service:
        with pytest.raises(ModelError, match=message):
            await service(number(1))


async def test_a_slow_model_holds_the_pipeline_back() -> None:
    release = asyncio.Event()

    async def slow(x: Any, _: Any) -> Any:
        await release.wait()
        return x

    async with Service(doubled(), model=Model(slow, max_batch=1), max_wait=0, max_batch=1) as service:
        tasks = [asyncio.create_task(service(number(v))) for v in range(20)]
        while service.stats.batches < 3 or (service._batcher is not None and service._batcher.running):  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert service.stats.batches <= 8  # one in the model, some before it, and those the engine had begun
        release.set()
        assert [r.tolist() for r in await asyncio.gather(*tasks)] == [[2 * v] for v in range(20)]
