"""Debug mode: the same results as without it, values at hand, and what it refuses."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, sync, types
from adali.data import TensorListCPU
from adali.errors import ArgumentError, GraphError, OperatorError, PipelineClosedError, PipelineStateError
from adali.graph.debug import DataNodeDebug

BATCH = 3
IMAGES = Path(adali.__file__).parent / "cli" / "images"


def made(function: Any, *, debug: bool = True, **kwargs: Any) -> Any:
    kwargs = {"batch_size": BATCH, "num_threads": 2, "device_id": None, "seed": 9, **kwargs}
    return sync.pipeline_def(function, debug=debug, **kwargs)()


def numbers(shape: tuple[int, ...] = (2,)) -> Any:
    def sample(info: Any) -> Any:
        return np.full(shape, info.idx_in_epoch, np.int32)

    return fn.external_source(sample, batch=False)


def lists(outputs: tuple[Any, ...]) -> list[Any]:
    return [(o.dtype, str(o.layout()), [np.array(t).tolist() for t in o]) for o in outputs]


def runs(pipe: Any, count: int) -> list[Any]:
    pipe.build()
    try:
        return [lists(pipe.run()) for _ in range(count)]
    finally:
        pipe.close()


def arithmetic() -> Any:
    x = numbers()
    return x + 1, x[0] * 2.5, -x, fn.cat(np.int32([1, 2]), x), 5


def random_numbers() -> Any:
    unused = fn.random.uniform(range=[0, 1])  # noqa: F841
    first = fn.random.uniform(range=[0, 1])
    second = fn.random.normal(fn.cast(numbers(), dtype=types.FLOAT))
    return second, fn.random.coin_flip(), first, fn.random.uniform(range=[0, 1], seed=5)


def python_functions() -> Any:
    async def later(value: Any) -> Any:
        return value * 2

    x = numbers()
    return fn.python_function(x, function=lambda v: v + 1), fn.python_function(x, function=later)


def images() -> Any:
    files, labels = fn.readers.file(file_root=str(IMAGES), random_shuffle=True, initial_fill=4, name="reader")
    decoded = fn.decoders.image_random_crop(files)
    resized = fn.resize(decoded, size=[16, 20], interp_type=types.INTERP_LINEAR)
    normalized = fn.crop_mirror_normalize(resized, mirror=fn.random.coin_flip(), mean=[100.0], std=[50.0])
    return normalized, labels, decoded.shape(), fn.rotate(resized, angle=fn.random.uniform(range=[-9, 9]))


@pytest.mark.parametrize("function", [arithmetic, random_numbers, python_functions, images], ids=lambda f: f.__name__)
def test_results_are_those_without_debug_mode(function: Any) -> None:
    assert runs(made(function), 3) == runs(made(function, debug=False), 3)


def test_values_are_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[Any] = []

    def build() -> Any:
        x = numbers()
        assert isinstance(x, DataNodeDebug)
        assert isinstance(x.get(), TensorListCPU)
        assert x.dtype is types.INT32
        assert x.layout() == ""
        seen.append(x.get().as_array().tolist())
        assert [np.array(s).tolist() for s in x.shape().get()] == [[2]] * BATCH
        print(x + 1)
        return x + int(x.get().as_array().max() >= 0)

    assert runs(made(build), 2)[1][0][2] == [[4, 4], [5, 5], [6, 6]]
    assert seen == [[[0, 0], [1, 1], [2, 2]], [[3, 3], [4, 4], [5, 5]]]
    printed = capsys.readouterr().out
    assert "[[1 1]" in printed
    assert "DALIDataType.INT32" in printed


def test_the_function_runs_once_for_each_run() -> None:
    count = 0

    def build() -> Any:
        nonlocal count
        count += 1
        return numbers() + fn.random.uniform(range=[0, 1], seed=4)

    pipe = made(build)
    pipe.build()
    assert count == 0
    for i in range(3):
        pipe.run()
        assert count == i + 1
    pipe.close()


def test_random_numbers_where_the_graph_depends_on_values() -> None:
    def build() -> Any:
        x = fn.random.uniform(range=[0, 1])
        assert x.get().as_array().shape == (BATCH,)  # no graph can be traced
        return x, fn.random.uniform(range=[0, 1])

    (one, other), (two, _) = runs(made(build), 2)
    assert one != other
    assert one != two
    assert runs(made(build), 1) == [[one, other]]


def test_arguments_of_the_function() -> None:
    @sync.pipeline_def(batch_size=BATCH, num_threads=1, device_id=None, debug=True)
    def build(offset: int, factor: int = 1) -> Any:
        return numbers() * factor + offset

    assert runs(build(7, factor=2), 1)[0][0][2] == [[7, 7], [9, 9], [11, 11]]


@pytest.mark.parametrize(
    ("later", "text"),
    [
        (lambda x: (x * 2, x * 3), "was 'add(&0 $0:int32)' and is 'mul(&0 $0:int32)' now"),
        (lambda x: (fn.cast(x, dtype=types.FLOAT), x), "it was _ArithmeticGenericOp and is Cast now"),
        (lambda x: (x + 1,), "made 2 operators, but the first one made 3"),
        (lambda x: (x + 1, x + 2, x + 3), "makes an operator more than the first one"),
        (lambda x: (x + 1, fn.cat(x, x)), "it was _ArithmeticGenericOp and is Cat now"),
    ],
)
def test_operators_that_change(later: Any, text: str) -> None:
    iteration = -1

    def build() -> Any:
        nonlocal iteration
        iteration += 1
        x = numbers()
        return later(x) if iteration else (x + 1, x + 2)

    pipe = made(build)
    pipe.run()
    with pytest.raises(GraphError, match="must not change") as info:
        pipe.run()
    assert text in str(info.value)
    pipe.close()


def test_failing_operator() -> None:
    def refuse(value: Any) -> Any:
        if int(value[0]) == 4:
            raise ValueError("four")
        return value

    def build() -> Any:
        return fn.python_function(numbers(), function=refuse)

    pipe = made(build)
    pipe.run()
    with pytest.raises(OperatorError, match="four") as info:
        pipe.run()
    assert (info.value.iteration, info.value.sample) == (1, 1)
    assert info.value.line is not None
    assert "function=refuse" in info.value.line.text
    assert "build" in [frame.name for frame in info.traceback]
    assert lists(pipe.run())[0][2] == [[6, 6], [7, 7], [8, 8]]
    pipe.close()


def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"nothing like an image")

    def build() -> Any:
        files, labels = fn.readers.file(files=[str(tmp_path / "broken.jpg")])
        return fn.decoders.image(files), labels

    pipe = made(build)
    with pytest.raises(OperatorError, match="decoders__Image") as info:
        pipe.run()
    assert info.value.source is not None
    assert "broken.jpg" in info.value.source
    pipe.close()


def test_end_of_data_and_epochs() -> None:
    def build() -> Any:
        return fn.external_source([np.full((BATCH, 1), i, np.int32) for i in range(2)], cycle="raise")

    pipe = made(build)
    for _ in range(2):
        assert [int(np.array(x.at(0))[0]) for (x,) in pipe] == [0, 1]
    pipe.run()
    pipe.run()
    with pytest.raises(StopIteration):
        pipe.run()
    pipe.reset()
    assert int(np.array(pipe.run()[0].at(0))[0]) == 0
    pipe.close()


def test_an_epoch_of_a_reader(tmp_path: Path) -> None:
    for i in range(7):
        (tmp_path / f"{i}.bin").write_bytes(bytes([i]))

    def build() -> Any:
        return fn.readers.file(files=[str(tmp_path / f"{i}.bin") for i in range(7)], labels=list(range(7)))

    pipe = made(build)
    labels = [[int(np.array(label)[0]) for label in batch] for _, batch in pipe]
    assert labels == [[0, 1, 2], [3, 4, 5], [6, 0, 1]]
    assert pipe.epoch_size() == {next(iter(pipe.reader_meta())): 7}
    pipe.close()


@pytest.mark.asyncio
async def test_async_pipeline_and_a_blocking_one_inside_a_loop() -> None:
    expected = runs(made(random_numbers, debug=False), 2)

    @adali.pipeline_def(batch_size=BATCH, num_threads=1, device_id=None, seed=9, debug=True)
    def build() -> Any:
        return random_numbers()

    async with build() as pipe:
        assert [lists(await pipe.run()), lists(await pipe.run())] == expected
    assert runs(made(random_numbers), 2) == expected

    @adali.pipeline_def(batch_size=BATCH, num_threads=1, device_id=None, debug=True)
    def finite() -> Any:
        return fn.external_source([np.full((BATCH, 1), i, np.int32) for i in range(2)], cycle="raise")

    async with finite() as pipe:
        assert [int(np.array(x.at(0))[0]) async for (x,) in pipe] == [0, 1]
        await pipe.run()
        await pipe.run()
        with pytest.raises(StopAsyncIteration):
            await pipe.run()


def test_conditionals() -> None:
    def build() -> Any:
        x = numbers(())
        if x > 0:
            y = x + 10
            if isinstance(y, DataNodeDebug):
                assert y.get().as_array().tolist() == [11, 12]
        else:
            y = x
        return y

    assert runs(made(build, enable_conditionals=True), 1) == runs(made(build, debug=False, enable_conditionals=True), 1)


def test_what_it_refuses() -> None:
    with pytest.raises(ArgumentError, match="on_error"):
        made(arithmetic, on_error="skip")
    pipe = made(arithmetic)
    for call in (pipe.schedule_run, pipe.outputs, pipe.serialize, lambda: pipe.feed_input("x", [])):
        with pytest.raises(PipelineStateError, match="debug mode"):
            call()
    pipe.close()
    with pytest.raises(PipelineClosedError):
        pipe.run()
    on_gpu = made(lambda: numbers().gpu())
    with pytest.raises(GraphError, match="runs on the CPU only"):
        on_gpu.run()
    on_gpu.close()


def test_no_thread_is_left() -> None:
    before = {t.ident for t in threading.enumerate()}
    pipe = made(images)
    pipe.run()
    pipe.close()
    pipe.close()
    assert {t.ident for t in threading.enumerate()} <= before


def test_a_pipeline_that_is_dropped_ends_its_thread() -> None:
    before = {t.ident for t in threading.enumerate()}
    pipe = made(arithmetic)
    pipe.run()
    assert not {t.ident for t in threading.enumerate()} <= before
    del pipe
    gc.collect()
    assert {t.ident for t in threading.enumerate()} <= before
