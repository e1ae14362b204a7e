"""What happens when something fails: in which stage, with what message, and what goes on afterwards."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import threading
import traceback
from typing import Any

import numpy as np
import pytest
from engine_operators import Probe, node, pipeline

import adali
import adali.sync
from adali.engine.workers import WorkerPool
from adali.errors import OperatorError
from adali.operators.base import EndOfData, SampleErrors

BAD = 1  # the iteration that fails in most tests


def source(**kwargs: Any) -> Any:
    return node("Source", probe=Probe(), name="numbers", **kwargs)


def passing(ctx: Any, *inputs: Any) -> Any:
    return inputs[0]


def fail_sample(ctx: Any, *inputs: Any) -> Any:
    if ctx.iteration == BAD and ctx.index == 2:
        raise ZeroDivisionError("no such luck")
    return inputs[0]


def fail_batch(ctx: Any, *inputs: Any) -> Any:
    if ctx.iteration == BAD:
        raise ZeroDivisionError("no such luck")
    return inputs[0]


async def fail_coroutine(ctx: Any, *inputs: Any) -> Any:
    await asyncio.sleep(0)
    return fail_batch(ctx, *inputs)


def fail_some(ctx: Any, *inputs: Any) -> Any:
    if ctx.iteration == BAD:
        raise SampleErrors({2: ZeroDivisionError("no such luck")})
    return inputs[0]


def fail_read(count: int, iteration: int) -> Any:
    if iteration == BAD:
        raise ZeroDivisionError("no such luck")
    return list(range(count))


async def fail_async_read(count: int, iteration: int) -> Any:
    await asyncio.sleep(0)
    return fail_read(count, iteration)


def line() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


WHERE: dict[str, int] = {}


def bad(key: str) -> Any:
    """The failing operator of each case, between others before and behind it."""
    if key.startswith("read"):
        function = fail_async_read if "async" in key else fail_read
        WHERE[key] = line() + 1
        x = node("Feed", probe=function, name="broken", ahead=2 if "ahead" in key else 0)
    else:
        x = source()
        if "behind a batch operator" in key:
            x = node("ApplyBatch", x, probe=passing)
        if "behind a chain" in key:
            x = node("Apply", x, probe=passing)
        if key.startswith("chain"):
            WHERE[key] = line() + 1
            x = node("ApplyInline" if "inline" in key else "Apply", x, probe=fail_sample, name="broken")
        else:
            function = fail_coroutine if "coroutine" in key else fail_some if "sample" in key else fail_batch
            WHERE[key] = line() + 1
            x = node("ApplyBatch", x, probe=function, name="broken", inline="inline" in key)
    x = node("Apply", x, probe=passing)
    x = node("ApplyBatch", x, probe=passing)
    return node("Apply", x, probe=passing)


CASES = [
    "read",
    "read async",
    "read ahead",
    "read ahead async",
    "chain",
    "chain inline",
    "chain behind a batch operator",
    "batch",
    "batch inline",
    "batch coroutine",
    "batch behind a chain",
    "batch coroutine behind a chain",
    "batch sample",
    "batch sample behind a chain",
]


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("case", CASES)
def test_one_error_in_the_iterations_turn_and_the_others_go_on(case: str, depth: int) -> None:
    pipe = pipeline(lambda: bad(case), prefetch_queue_depth=depth)
    seen: list[Any] = []
    for _ in range(5):
        try:
            seen.append(len(pipe.run()[0]))
        except OperatorError as e:
            seen.append(e)
    assert [s for s in seen if not isinstance(s, OperatorError)] == [3, 3, 3, 3]
    error = seen[BAD]
    assert isinstance(error, OperatorError)
    assert error.operator.startswith("Test")
    assert error.name == "broken"
    assert error.iteration == BAD
    assert error.sample == (2 if "chain" in case.split()[0] or "sample" in case else None)
    assert error.line is not None
    assert (error.line.filename, error.line.lineno, error.line.function) == (__file__, WHERE[case], "bad")
    assert isinstance(error.__cause__, ZeroDivisionError)
    message = str(error)
    for part in ("broken", "no such luck", "iteration 1", f"{__file__}:{WHERE[case]}"):
        assert part in message
    stats = pipe.stats()
    assert sum(s.failures for s in stats.stages) == 1
    assert stats.delivered == 4
    pipe.reset()
    assert len(pipe.run()[0]) == 3


def test_the_causes_traceback_begins_in_the_operator() -> None:
    pipe = pipeline(lambda: bad("chain"))
    pipe.run()
    with pytest.raises(OperatorError) as info:
        pipe.run()
    cause = info.value.__cause__
    assert cause is not None
    assert cause.__traceback__ is not None
    frames = [f.f_code.co_name for f, _ in traceback.walk_tb(cause.__traceback__)]
    assert frames == ["run", "fail_sample"]


@pytest.mark.asyncio
async def test_the_awaiting_consumer_gets_the_same() -> None:
    pipe = pipeline(lambda: bad("batch coroutine"), adali.Pipeline)
    async with pipe:
        await pipe.run()
        with pytest.raises(OperatorError, match="no such luck"):
            await pipe.run()
        assert len((await pipe.run())[0]) == 3


def test_a_failure_inside_a_pass_counts_as_its_batch() -> None:
    """Passes keep their length whichever of their batches fails; the last one too."""
    for broken in range(3):

        def check(ctx: Any, x: Any, broken: int = broken) -> Any:
            if ctx.iteration == broken:
                raise ValueError("broken")
            return x

        pipe = pipeline(lambda check=check: node("Apply", node("Rows", probe=Probe(limit=8)), probe=check))
        outcomes = []
        it = iter(pipe)
        while True:
            try:
                outcomes.append([int(x) for x in next(it)[0].as_array()])
            except OperatorError:
                outcomes.append([])
            except StopIteration:
                break
        expected: list[list[int]] = [[0, 1, 2], [3, 4, 5], [6, 7]]
        expected[broken] = []
        assert outcomes == expected
        assert [len(o[0]) for o in pipe] == [3, 3, 2]


def test_errors_pickle_and_copy() -> None:
    pipe = pipeline(lambda: node("Apply", node("Rows", probe=Probe(limit=6)), probe=fail_sample, name="broken"))
    pipe.run()
    with pytest.raises(OperatorError) as info:
        pipe.run()
    error = info.value
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is OperatorError
        assert str(twin) == str(error)
        for name in ("operator", "name", "line", "iteration", "sample", "source"):
            assert getattr(twin, name) == getattr(error, name)
    assert error.source == "row-5"


def test_the_samples_source_is_in_the_message() -> None:
    probe = Probe(limit=9)
    probe.fail["row"] = {4}
    pipe = pipeline(lambda: node("Rows", probe=probe, name="rows"))
    pipe.run()
    with pytest.raises(OperatorError, match="source row-4") as info:
        pipe.run()
    assert (info.value.name, info.value.sample, info.value.source) == ("rows", 1, "row-4")
    assert isinstance(info.value.__cause__, OSError)


def test_no_source_is_named_behind_an_operator_that_mixes_samples() -> None:
    def build() -> Any:
        x = node("Whole", node("Rows", probe=Probe(limit=9)), probe=Probe())
        return node("Apply", x, probe=fail_sample)

    pipe = pipeline(build)
    pipe.run()
    with pytest.raises(OperatorError) as info:
        pipe.run()
    assert (info.value.sample, info.value.source) == (2, None)


def test_a_failing_input_leaves_the_others_in_step() -> None:
    """Or from there on images would come with the labels of others."""

    def images(count: int, iteration: int) -> Any:
        if iteration == BAD:
            raise OSError("gone")
        return [iteration * 10 + i for i in range(count)]

    def labels(count: int, iteration: int) -> Any:
        if iteration == 3:
            raise OSError("gone")
        return [iteration * 10 + i for i in range(count)]

    pipe = pipeline(lambda: (node("Feed", probe=images), node("Feed", probe=labels)))
    for k in range(6):
        if k in (BAD, 3):
            with pytest.raises(OperatorError, match=f"iteration {k}"):
                pipe.run()
        else:
            x, y = pipe.run()
            assert x.as_array().tolist() == y.as_array().tolist() == [k * 10 + i for i in range(3)]


def test_a_short_batch_of_one_input_leaves_the_others_in_step() -> None:
    def images(count: int, iteration: int) -> Any:
        return [iteration] * (2 if iteration == BAD else count)

    def labels(count: int, iteration: int) -> Any:
        return [iteration] * 3

    pipe = pipeline(lambda: (node("Feed", probe=images, name="images"), node("Feed", probe=labels, name="labels")))
    pipe.run()
    with pytest.raises(OperatorError, match=r"its batch has 3 samples, but that of TestFeed \(images\) has 2"):
        pipe.run()
    x, y = pipe.run()
    assert x.as_array().tolist() == y.as_array().tolist() == [2, 2, 2]


def test_a_source_must_not_give_more_than_the_batch_size() -> None:
    pipe = pipeline(lambda: node("Feed", probe=lambda count, k: [k] * (4 if k == 1 else 2)))
    assert len(pipe.run()[0]) == 2
    with pytest.raises(OperatorError, match="its batch has 4 samples, but the pipeline's batch size is 3"):
        pipe.run()
    assert pipe.run()[0].as_array().tolist() == [2, 2]


@pytest.mark.parametrize("kind", [StopIteration, StopAsyncIteration, asyncio.CancelledError, EndOfData])
@pytest.mark.parametrize("where", ["chain", "batch", "batch inline", "batch coroutine", "read", "read async"])
def test_exceptions_with_a_meaning_elsewhere_are_failures_like_any_other(kind: Any, where: str) -> None:
    """In the wrong place they would end a task, a future or the pipeline without a word."""
    if where.startswith("read") and kind is EndOfData:
        pytest.skip("in this place the exception means the end of the data, which test_consumer.py covers")

    def sample(ctx: Any, *inputs: Any) -> Any:
        if ctx.iteration == BAD:
            raise kind("odd")
        return inputs[0]

    async def coroutine(ctx: Any, *inputs: Any) -> Any:
        return sample(ctx, *inputs)

    def read(count: int, iteration: int) -> Any:
        if iteration == BAD:
            raise kind("odd")
        return [1] * count

    async def read_async(count: int, iteration: int) -> Any:
        return read(count, iteration)

    def build() -> Any:
        if where == "chain":
            return node("Apply", source(), probe=sample, name="odd")
        if where == "read":
            return node("Feed", probe=read, name="odd")
        if where == "read async":
            return node("Feed", probe=read_async, name="odd")
        function = coroutine if where == "batch coroutine" else sample
        return node("ApplyBatch", source(), probe=function, name="odd", inline=where == "batch inline")

    pipe = pipeline(build)
    pipe.run()
    with pytest.raises(OperatorError, match="odd") as info:
        pipe.run()
    assert (info.value.name, info.value.iteration) == ("odd", BAD)
    cause: BaseException | None = info.value
    while cause is not None and not isinstance(cause, kind):
        cause = cause.__cause__
    assert isinstance(cause, kind), "the cause is lost"
    assert len(pipe.run()[0]) == 3


class Fatal(BaseException):
    """Not an Exception: not to be taken for a failure of one iteration."""


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, Fatal])
@pytest.mark.parametrize("where", ["chain", "inline chain", "batch", "batch inline", "read", "ahead", "async ahead"])
def test_what_is_no_exception_ends_the_engine(kind: Any, where: str) -> None:
    def sample(ctx: Any, *inputs: Any) -> Any:
        if ctx.iteration == BAD:
            raise kind("the end")
        return inputs[0]

    def read(count: int, iteration: int) -> Any:
        if iteration == BAD:
            raise kind("the end")
        return [1] * count

    async def read_async(count: int, iteration: int) -> Any:
        return read(count, iteration)

    def build() -> Any:
        if "chain" in where:
            return node("ApplyInline" if "inline" in where else "Apply", source(), probe=sample)
        if "batch" in where:
            return node("ApplyBatch", source(), probe=sample, inline="inline" in where)
        return node("Feed", probe=read_async if "async" in where else read, ahead=1 if "ahead" in where else 0)

    pipe = pipeline(build, prefetch_queue_depth=1)
    pipe.run()
    for call in (pipe.run, pipe.run, pipe.reset):
        with pytest.raises(kind, match="the end"):
            call()
    pipe.close()
    with pytest.raises(adali.PipelineClosedError):
        pipe.run()


@pytest.mark.parametrize("task", ["_reader", "_deliver", "grant"])
def test_an_error_of_the_engine_itself_ends_it_with_that_error(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from adali.engine.flow import Flow

    def broken(*args: Any) -> Any:
        raise AssertionError("a bug in the engine")

    async def broken_task(*args: Any) -> Any:
        raise AssertionError("a bug in the engine")

    monkeypatch.setattr(Flow, task, broken if task == "grant" else broken_task)
    pipe = pipeline(source)
    for _ in range(3):
        with pytest.raises(AssertionError, match="a bug in the engine") as info:
            pipe.run()
        assert len(info.traceback) < 30, "each call must not make the traceback longer"
    if task != "_reader":  # it was broken before the pipeline was built
        with pytest.raises(AssertionError, match="a bug in the engine"):
            pipe.reset()


def test_a_build_that_runs_out_of_threads_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "adali-worker-2":
            raise RuntimeError("can't start new thread")
        start(thread)

    probe = Probe()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    pipe = pipeline(lambda: node("Source", probe=probe), num_threads=4)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        pipe.build()
    assert probe.closed == 1
    monkeypatch.undo()
    pipe.build()
    assert len(pipe.run()[0]) == 3


def test_a_build_without_an_engine_thread_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    probe = Probe()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    pipe = pipeline(lambda: node("Source", probe=probe))
    with pytest.raises(RuntimeError, match="can't start new thread"):
        pipe.build()
    assert probe.closed == 1


@pytest.mark.asyncio
async def test_a_worker_pool_is_whole_or_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    before = threading.active_count()
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "adali-worker-1":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start"):
        WorkerPool(3)
    assert threading.active_count() == before


def test_an_operator_whose_setup_fails_leaves_nothing() -> None:
    """The operators made before it are closed; the next build starts over."""
    from adali.errors import ArgumentError

    probe = Probe()
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None)
    with pipe:
        x = node("Source", probe=probe)
        pipe.set_outputs(node("SetupFails", x, probe=probe))
    for attempt in range(1, 3):
        with pytest.raises(ArgumentError, match="refused"):
            pipe.build()
        assert probe.closed == attempt


def test_all_operators_are_closed_and_the_first_error_is_told() -> None:
    probes = [Probe(), Probe()]
    pipe = pipeline(lambda: tuple(node("CloseFails", probe=p) for p in probes))
    pipe.run()
    with pytest.raises(OSError, match="close failed"):
        pipe.close()
    assert [p.closed for p in probes] == [1, 1]


def test_a_source_that_refuses_to_be_reset_is_an_error_of_reset() -> None:
    probe = Probe(limit=1)
    pipe = pipeline(lambda: node("Source", probe=probe, name="numbers"))
    pipe.run()
    with pytest.raises(StopIteration):
        pipe.run()
    probe.fail["reset"] = {1}
    with pytest.raises(OperatorError, match="it will not start over") as info:
        pipe.reset()
    assert info.value.name == "numbers"
    with pytest.raises(StopIteration):
        pipe.run()
    del probe.fail["reset"]
    pipe.reset()
    assert int(pipe.run()[0].at(0)) == 0


def test_results_that_make_no_batch_are_the_operators_failure() -> None:
    def mixed_types(ctx: Any, x: Any) -> Any:
        return np.zeros((ctx.index + 1,), np.float32 if ctx.index else np.uint8)

    def mixed_dims(ctx: Any, x: Any) -> Any:
        return np.zeros((2,) * (ctx.index + 1), np.uint8)

    def no_type(ctx: Any, x: Any) -> Any:
        return np.zeros((ctx.index + 1,), np.complex128)

    for function, message in [
        (mixed_types, "sample 0 is 1-D uint8 and sample 1 is 1-D float32"),
        (mixed_dims, "sample 0 is 1-D uint8 and sample 1 is 2-D uint8"),
        (no_type, "complex128"),
    ]:
        pipe = pipeline(lambda f=function: node("Apply", node("Apply", source(), probe=f, name="odd"), probe=passing))
        with pytest.raises(OperatorError, match=message):
            pipe.run()


def test_scalars_are_accepted_as_samples() -> None:
    pipe = pipeline(lambda: node("Apply", source(), probe=lambda ctx, x: np.float32(ctx.index)))
    assert pipe.run()[0].as_array().tolist() == [0, 1, 2]
    pipe.close()
    pipe = pipeline(lambda: node("Apply", source(), probe=lambda ctx, x: ctx.index / 2))
    assert pipe.run()[0].as_array().tolist() == [0, 0.5, 1]


def test_a_batch_operator_with_the_wrong_number_of_results_is_named() -> None:
    pipe = pipeline(lambda: node("ApplyBatch", source(), probe=lambda ctx, x: (x, x), name="two"))
    with pytest.raises(OperatorError, match="two") as info:
        pipe.run()
    assert info.value.name == "two"
    pipe.close()
