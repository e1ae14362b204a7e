"""DALI's iterators in PyTorch: golden epochs, tensors that stay as they are, errors, and use from async code."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'torch')")

import adali  # noqa: E402
from adali import fn, sync  # noqa: E402
from adali.backend import TensorCPU, TensorListCPU  # noqa: E402
from adali.errors import ArgumentError, CheckpointError, OperatorError, PipelineStateError  # noqa: E402
from adali.plugin import pytorch  # noqa: E402
from adali.plugin.pytorch import (  # noqa: E402
    DALIClassificationIterator,
    DALIGenericIterator,
    DALIRaggedIterator,
    LastBatchPolicy,
    TorchPythonFunction,
    feed_ndarray,
)

GOLDEN = Path(__file__).parent.parent / "golden"
PYTHON = os.environ.get("ADALI_ORACLE_PYTHON")

_spec = importlib.util.spec_from_file_location("torch_iterator_cases", GOLDEN / "torch_iterator_cases.py")
assert _spec is not None
assert _spec.loader is not None
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    found: list[str] = golden.make_files(tmp_path)
    return found


def reader(files: list[str], batch_size: int = 4, api: Any = sync, **arguments: Any) -> Any:
    @api.pipeline_def(batch_size=batch_size, num_threads=2)
    def pipe() -> Any:
        return fn.readers.file(files=files, labels=list(range(len(files))), name="Reader", **arguments)

    return pipe()


def source(*batches: Any, batch_size: int = 4, api: Any = sync, **arguments: Any) -> Any:
    """A pipeline that gives these batches, once an epoch."""

    def read(i: int) -> Any:
        if i >= len(batches):
            raise StopIteration
        return batches[i]

    @api.pipeline_def(batch_size=batch_size, num_threads=2)
    def pipe() -> Any:
        return fn.external_source(source=read, **arguments)

    return pipe()


def labels(batches: Any) -> list[list[int]]:
    return [batch[0]["label"].flatten().tolist() for batch in batches]


# ---- epochs --------------------------------------------------------------------------------------------------------


def differences(results: Any, files: list[str]) -> list[Any]:
    return [
        (case, want, got)
        for case, want in results
        if (got := golden.run(case, files, sync.pipeline_def, fn, pytorch)) != want
    ]


def test_every_policy_padding_shard_and_reset_divides_the_data_as_dali_does(
    files: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "adali")
    results = json.loads((GOLDEN / "torch_iterator.json").read_text())
    assert [case for case, _ in results] == golden.cases()
    assert differences(results, files) == []


@pytest.mark.skipif(not PYTHON, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali")
def test_random_cases_divide_the_data_as_the_installed_dali_does(
    files: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "adali")
    command = [str(PYTHON), str(GOLDEN / "make_torch_iterator.py"), "--stdin"]
    cases = golden.random_cases(150, seed=int.from_bytes(os.urandom(4), "big"))
    run = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=False)
    if "No module named 'torch'" in run.stderr:
        pytest.skip("the oracle's Python has no PyTorch")
    assert run.returncode == 0, run.stderr
    assert differences(json.loads(run.stdout), files) == []


def test_iter_begins_the_next_epoch_and_a_loop_that_was_left_goes_on(files: list[str]) -> None:
    with DALIGenericIterator(reader(files[:8]), ["data", "label"], reader_name="Reader") as iterator:
        assert labels(iterator) == labels(iterator) == [[0, 1, 2, 3], [4, 5, 6, 7]]
        for batch in iterator:
            assert labels([batch]) == [[0, 1, 2, 3]]
            break
        assert labels(iterator) == [[4, 5, 6, 7]]


def test_without_reset_there_is_nothing_more(files: list[str]) -> None:
    with DALIGenericIterator(reader(files[:4]), ["data", "label"], reader_name="Reader", auto_reset="no") as iterator:
        iterator.next()
        for _ in range(3):
            with pytest.raises(StopIteration):
                iterator.next()
        iterator.reset()
        assert labels([iterator.next()]) == [[0, 1, 2, 3]]


def test_reset_before_the_end_is_ignored_with_a_warning(files: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with DALIGenericIterator(reader(files[:8]), ["data", "label"], reader_name="Reader") as iterator:
        iterator.reset()
        assert not caplog.records
        iterator.next()
        iterator.reset()
        assert "the epoch is not over" in caplog.text
        assert labels([iterator.next()]) == [[4, 5, 6, 7]]


def test_reset_after_the_last_batch_needs_no_stop_iteration(files: list[str]) -> None:
    arguments: dict[str, Any] = {"reader_name": "Reader", "last_batch_policy": LastBatchPolicy.DROP}
    with DALIGenericIterator(reader(files[:6], pad_last_batch=True), ["data", "label"], **arguments) as iterator:
        for _ in range(3):
            assert len(iterator) == 1
            assert labels([iterator.next()]) == [[0, 1, 2, 3]]
            iterator.reset()


@pytest.mark.parametrize("auto", ["no", "yes"])
def test_without_size_an_epoch_is_what_the_source_gives(auto: str) -> None:
    batches = [np.full((n, 2), n, np.float32) for n in (4, 3, 1)]
    with DALIGenericIterator(source(*batches), ["x"], auto_reset=auto) as iterator:
        assert len(iterator) == 0
        assert iterator.size == -1
        for _ in range(3):
            assert [tuple(batch[0]["x"].shape) for batch in iterator] == [(4, 2), (3, 2), (1, 2)]


def test_a_source_that_ends_early_ends_the_epoch() -> None:
    with DALIGenericIterator(source(np.zeros((4, 1), np.uint8)), ["x"], size=20) as iterator:
        assert len(iterator) == 5
        assert [len(list(iterator)) for _ in range(3)] == [1, 1, 1]


def test_classification_and_several_pipelines(files: list[str]) -> None:
    pipes = [reader(files[:8], shard_id=k, num_shards=2, stick_to_shard=True) for k in range(2)]
    with DALIClassificationIterator(pipes, reader_name="Reader") as iterator:
        batch = next(iterator)
    assert [one["label"].flatten().tolist() for one in batch] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [one["data"].dtype for one in batch] == [torch.uint8, torch.uint8]


def test_prepared_or_not_the_batches_are_the_same(files: list[str]) -> None:
    for prepare in (False, True):
        arguments: dict[str, Any] = {"reader_name": "Reader", "prepare_first_batch": prepare}
        with DALIGenericIterator(reader(files[:10]), ["data", "label"], **arguments) as iterator:
            assert len(list(iterator)) == 3
            assert len(list(iterator)) == 2


# ---- arguments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reader_name": "Reader", "size": 3}, "exclude each other"),
        ({"reader_name": "Reader", "last_batch_padded": True}, "exclude each other"),
        ({"size": 0}, "must not be 0"),
        ({"size": 4, "auto_reset": "maybe"}, "auto_reset"),
        ({"size": 4, "auto_reset": 1}, "auto_reset"),
        ({"size": 4, "last_batch_policy": "FILL"}, "LastBatchPolicy"),
        ({"size": 4, "output_map": ["x", "x"]}, "different"),
        ({"size": 4, "output_map": ["x"]}, "has 1 names, but the pipeline has 2 outputs"),
    ],
)
def test_arguments_that_do_not_go_together(files: list[str], arguments: dict[str, Any], message: str) -> None:
    pipe = reader(files)
    with pytest.raises(ArgumentError, match=message):
        next(DALIGenericIterator(pipe, **{"output_map": ["data", "label"], **arguments}))
    pipe.close()


def test_pipelines_that_do_not_go_together(files: list[str]) -> None:
    with pytest.raises(ArgumentError, match="at least one"):
        DALIGenericIterator([], ["x"], size=4)
    with pytest.raises(ArgumentError, match="expected a pipeline, got str"):
        DALIGenericIterator("pipe", ["x"], size=4)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="same batch size"):
        DALIGenericIterator([reader(files, 4), reader(files, 5)], ["data", "label"], size=4)
    with pytest.raises(ArgumentError, match="need a size or a reader_name"):
        DALIGenericIterator([reader(files), reader(files)], ["data", "label"])
    pipes = [reader(files), reader(files[:-1])]
    with pytest.raises(ArgumentError, match=r"agree in epoch_size, got \[40, 39\]"):
        DALIGenericIterator(pipes, ["data", "label"], reader_name="Reader")
    with pytest.raises(KeyError, match="no reader named 'Other'"):
        DALIGenericIterator(pipes[0], ["data", "label"], reader_name="Other")
    for pipe in pipes:
        pipe.close()


def test_fill_last_batch_is_deprecated_and_works(files: list[str]) -> None:
    for fill, sizes in ((True, [4, 4]), (False, [4, 2])):
        with pytest.warns(DeprecationWarning, match="last_batch_policy"):
            iterator = DALIGenericIterator(
                reader(files[:6]), ["data", "label"], reader_name="Reader", fill_last_batch=fill, dynamic_shape=True
            )
        with iterator:
            assert [len(batch[0]["label"]) for batch in iterator] == sizes


def test_batches_of_various_sizes_need_an_open_size() -> None:
    batches = [np.zeros((n, 2), np.float32) for n in (4, 3)]
    with DALIGenericIterator(source(*batches), ["x"], size=8) as iterator:
        next(iterator)
        with pytest.raises(ArgumentError, match="3 samples, but with size or reader_name all must have 4"):
            next(iterator)


def test_no_data_at_all() -> None:
    pipe = source()
    with pytest.raises(PipelineStateError, match="ended before its first batch"):
        DALIGenericIterator(pipe, ["x"])
    pipe.close()


# ---- tensors -------------------------------------------------------------------------------------------------------


def augmented(batch_size: int = 4) -> Any:
    @sync.pipeline_def(batch_size=batch_size, num_threads=2, seed=3, prefetch_queue_depth=3)
    def pipe() -> Any:
        noise = fn.random.uniform(range=[0, 255], shape=[48, 48, 3])
        image = fn.cast(noise, dtype=adali.types.UINT8)
        small = fn.resize(image, size=(40, 40))
        normal = fn.crop_mirror_normalize(small, mean=[1.0] * 3, std=[2.0] * 3, mirror=fn.random.coin_flip())
        return image, small, normal, fn.constant(fdata=[1.0, 2.0], shape=(2,)), fn.random.coin_flip(), image

    return pipe()


NAMES = ["image", "small", "normal", "constant", "flip", "again"]


def test_no_tensor_of_fifty_batches_ever_changes() -> None:
    with DALIGenericIterator(augmented(), NAMES) as iterator:
        held = [next(iterator)[0] for _ in range(50)]
        before = [{name: tensor.clone() for name, tensor in batch.items()} for batch in held]
        # Fifty more, of which none is kept, pass through the same pool.
        for _ in range(50):
            next(iterator)
    for batch, copies in zip(held, before, strict=True):
        for name, tensor in batch.items():
            assert torch.equal(tensor, copies[name]), name


def test_writing_into_tensors_changes_no_other_tensor() -> None:
    with DALIGenericIterator(augmented(), NAMES) as iterator, DALIGenericIterator(augmented(), NAMES) as untouched:
        for _ in range(20):
            ours, theirs = next(iterator)[0], next(untouched)[0]
            for name, tensor in ours.items():
                assert torch.equal(tensor, theirs[name]), name
                tensor.fill_(0)


def test_dense_outputs_are_not_copied() -> None:
    pipe = augmented()
    pipe.build()
    with DALIGenericIterator(pipe, NAMES, prepare_first_batch=False) as iterator:
        addresses = []
        convert = iterator._convert

        def watch(outputs: Any, counts: Any) -> Any:
            addresses.append([batch.data_ptr() for batch in outputs[0]])
            return convert(outputs, counts)

        iterator._convert = watch  # type: ignore[method-assign]
        batch = next(iterator)[0]
        assert [batch[name].data_ptr() for name in NAMES[:3]] == addresses[0][:3]
        assert batch["again"].data_ptr() != batch["image"].data_ptr()


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "f2", "f4", "f8"]
)
def test_element_types(dtype: str) -> None:
    data = np.arange(12).reshape(4, 3).astype(dtype)
    with DALIGenericIterator(source(data), ["x"]) as iterator:
        (batch,) = next(iterator)
    np.testing.assert_array_equal(batch["x"].numpy(), data)
    assert batch["x"].numpy().dtype == data.dtype
    assert pytorch.to_torch_type[TensorCPU(data).dtype] == batch["x"].dtype


def test_read_only_memory_becomes_a_tensor_of_its_own() -> None:
    data = np.arange(12, dtype=np.float32).reshape(4, 3)
    data.flags.writeable = False
    with DALIGenericIterator(source(data, no_copy=True), ["x"]) as iterator:
        tensor = next(iterator)[0]["x"]
    tensor.fill_(-1)
    assert data[0, 1] == 1


def ragged() -> list[Any]:
    return [np.arange(n, dtype=np.int32) + 10 * n for n in (2, 3, 1, 4)]


def test_ragged_outputs_as_a_list_and_as_a_sparse_tensor() -> None:
    for tag in ("sparse_list", "sparse_coo"):
        with DALIRaggedIterator(source(ragged()), ["x"], output_types=[tag]) as iterator:
            x = next(iterator)[0]["x"]
        rows = x if tag == "sparse_list" else [row[: n + 1] for row, n in zip(x.to_dense(), (1, 2, 0, 3), strict=True)]
        assert [row.tolist() for row in rows] == [row.tolist() for row in ragged()]
        if tag == "sparse_coo":
            assert tuple(x.shape) == (4, 4)
            assert x.is_coalesced()
            assert x.indices().tolist() == [[0, 0, 1, 1, 1, 2, 3, 3, 3, 3], [0, 1, 0, 1, 2, 0, 0, 1, 2, 3]]


def test_ragged_images_as_a_sparse_tensor_keep_their_zeros() -> None:
    rows = [np.zeros((2, 3), np.uint8), np.ones((1, 4), np.uint8)]
    with DALIRaggedIterator(source(rows), ["x"], output_types=[DALIRaggedIterator.SPARSE_COO_TAG]) as iterator:
        x = next(iterator)[0]["x"]
    assert tuple(x.shape) == (2, 2, 4)
    assert x.values().tolist() == [0] * 6 + [1] * 4


def test_ragged_last_batch(files: list[str]) -> None:
    arguments: dict[str, Any] = {"reader_name": "Reader", "last_batch_policy": LastBatchPolicy.PARTIAL}
    for tag in ("sparse_list", "sparse_coo", "dense"):
        with DALIRaggedIterator(
            reader(files[:6]), ["data", "label"], output_types=[tag, "dense"], **arguments
        ) as iterator:
            last = list(iterator)[-1][0]
        assert len(last["data"]) == len(last["label"]) == 2


def test_samples_of_various_shapes_need_the_ragged_iterator() -> None:
    for make in (DALIGenericIterator, DALIRaggedIterator):
        with make(source(ragged()), ["x"]) as iterator, pytest.raises(RuntimeError, match="not dense"):
            next(iterator)
    with pytest.raises(ArgumentError, match="got 'spare'"):
        DALIRaggedIterator(source(ragged()), ["x"], output_types=["spare"])
    with pytest.raises(ArgumentError, match="2 entries, but output_map 1"):
        DALIRaggedIterator(source(ragged()), ["x"], output_types=["dense", "dense"])


def test_feed_ndarray() -> None:
    data = np.arange(6, dtype=np.float32).reshape(2, 3)
    for tensor in (TensorCPU(data), TensorListCPU(data)):
        for target in (torch.zeros(2, 3), torch.zeros(3, 2).t()):
            assert feed_ndarray(tensor, target) is target
            np.testing.assert_array_equal(target.numpy(), data)
    with pytest.raises(ValueError, match="shapes differ"):
        feed_ndarray(TensorCPU(data), torch.zeros(3, 2))
    with pytest.raises(ValueError, match="types differ"):
        feed_ndarray(TensorCPU(data), torch.zeros(2, 3, dtype=torch.int32))


# ---- functions -----------------------------------------------------------------------------------------------------


def double(x: Any) -> Any:
    return x * 2


async def double_async(x: Any) -> Any:
    await asyncio.sleep(0)
    return x * 2


def both(x: Any) -> Any:
    return x + 1, torch.stack([x, x])


@pytest.mark.parametrize("kind", ["class", "function"])
@pytest.mark.parametrize(
    ("function", "outputs", "per_batch"),
    [
        (double, 1, False),
        (double_async, 1, False),
        (both, 2, False),
        (lambda xs: [x * 2 for x in xs], 1, True),
    ],
)
def test_functions_of_tensors(kind: str, function: Any, outputs: int, per_batch: bool) -> None:
    data = np.arange(8, dtype=np.float32).reshape(4, 2)
    arguments = {"num_outputs": outputs, "batch_processing": per_batch}
    with sync.Pipeline(batch_size=4, num_threads=2) as pipe:
        node = fn.external_source(source=[data])
        if kind == "class":
            results = TorchPythonFunction(function, **arguments)(node)
        else:
            results = pytorch.fn.torch_python_function(node, function=function, **arguments)
        pipe.set_outputs(*results if outputs > 1 else (results,))
    got = [batch.as_array() for batch in pipe.run()]
    pipe.close()
    if outputs == 1:
        np.testing.assert_array_equal(got[0], data * 2)
    else:
        np.testing.assert_array_equal(got[0], data + 1)
        np.testing.assert_array_equal(got[1], np.stack([data, data], 1))


# ---- errors and async use ------------------------------------------------------------------------------------------


def test_an_error_is_raised_in_its_turn_and_the_epoch_keeps_its_length(files: list[str]) -> None:
    missing = [*files[:5], files[5] + ".gone", *files[6:12]]
    for ids in ([0], [0, 0]):
        pipes = [reader(missing, shard_id=k) for k in ids]
        with DALIGenericIterator(pipes, ["data", "label"], reader_name="Reader") as iterator:
            for _ in range(2):
                assert labels([next(iterator)]) == [[0, 1, 2, 3]]
                with pytest.raises(OperatorError, match="gone"):
                    next(iterator)
                assert labels(iterator) == [[8, 9, 10, 11]]
                iterator.reset()


@pytest.mark.asyncio
@pytest.mark.parametrize("api", [sync, adali])
async def test_async_for(files: list[str], api: Any) -> None:
    pipe = reader(files[:10], api=api)
    async with DALIGenericIterator(pipe, ["data", "label"], reader_name="Reader", auto_reset=True) as iterator:
        lengths = []
        for _ in range(3):
            lengths.append(len(iterator))
            assert len(labels([batch async for batch in iterator])) == lengths[-1]
    assert lengths == [3, 2, 3]
    assert pipe._executor is None


def test_async_pipelines_in_a_blocking_loop(files: list[str]) -> None:
    with DALIGenericIterator(reader(files[:8], api=adali), ["data", "label"], reader_name="Reader") as iterator:
        assert labels(iterator) == [[0, 1, 2, 3], [4, 5, 6, 7]]


@pytest.mark.asyncio
async def test_a_cancelled_wait_loses_no_batch(files: list[str]) -> None:
    gate = asyncio.Event()
    waiting = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def slow(info: Any) -> Any:
        if info.iteration == 1:
            loop.call_soon_threadsafe(waiting.set)
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(gate.wait(), loop))
        return np.array([info.idx_in_epoch], np.int32)

    @adali.pipeline_def(batch_size=2, num_threads=1)
    def slow_pipe() -> Any:
        return fn.external_source(source=slow, batch=False), fn.external_source(source=slow_label, batch=False)

    def slow_label(info: Any) -> Any:
        return np.array([info.idx_in_epoch], np.int32)

    async with DALIGenericIterator([reader(files[:8], 2, adali), slow_pipe()], ["data", "label"], size=16) as iterator:
        first = await iterator.__anext__()
        assert [one["label"].flatten().tolist() for one in first] == [[0, 1], [0, 1]]
        task = asyncio.create_task(iterator.__anext__())
        await waiting.wait()
        for _ in range(20):  # the task takes the first pipeline's batch and waits for the second's
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        second = await iterator.__anext__()
        assert [one["label"].flatten().tolist() for one in second] == [[2, 3], [2, 3]]


# ---- going on ------------------------------------------------------------------------------------------------------


def resumable(files: list[str], ids: list[int], checkpoints: Any = None, **arguments: Any) -> Any:
    pipes = []
    for place, k in enumerate(ids):

        @sync.pipeline_def(batch_size=4, num_threads=2, seed=7, enable_checkpointing=True)
        def pipe(k: int = k) -> Any:
            data, label = fn.readers.file(
                files=files,
                labels=list(range(len(files))),
                name="Reader",
                random_shuffle=True,
                shard_id=k,
                num_shards=len(ids),
            )
            return data, label, fn.random.uniform(range=[0, 1])

        pipes.append(pipe(checkpoint=None if checkpoints is None else checkpoints[place]))
    return DALIGenericIterator(pipes, ["data", "label", "random"], reader_name="Reader", **arguments)


def contents(batch: Any) -> Any:
    return [(one["label"].flatten().tolist(), one["random"].tolist()) for one in batch]


def walk(iterator: Any, steps: int) -> list[Any]:
    """So many calls of next, and what they gave: batches, and "end" for the end of an epoch."""
    seen: list[Any] = []
    for _ in range(steps):
        try:
            seen.append(contents(next(iterator)))
        except StopIteration:
            seen.append("end")
    return seen


@pytest.mark.parametrize("policy", list(LastBatchPolicy))
@pytest.mark.parametrize("ids", [[0], [0, 1]])
def test_an_iterator_goes_on_from_any_place(files: list[str], policy: LastBatchPolicy, ids: list[int]) -> None:
    arguments: dict[str, Any] = {"last_batch_policy": policy, "auto_reset": True}
    with resumable(files[:18], ids, **arguments) as iterator:
        states, want = [iterator.state_dict()], []
        for _ in range(14):
            want += walk(iterator, 1)
            states.append(iterator.state_dict())
    assert want.count("end") >= 2
    for place in (0, 1, 2, 3, 5, 6, 10):
        with resumable(files[:18], ids, states[place]["checkpoints"], **arguments) as iterator:
            assert walk(iterator, 14 - place) == want[place:], place
    with resumable(files[:18], ids, **arguments) as iterator:
        for place in (4, 9, 0):
            iterator.load_state_dict(states[place])
            assert walk(iterator, 14 - place) == want[place:], place


def test_a_state_can_be_saved_by_pytorch(files: list[str], tmp_path: Path) -> None:
    with resumable(files[:8], [0]) as iterator:
        next(iterator)
        state = iterator.state_dict()
        want = walk(iterator, 1)
        torch.save(state, tmp_path / "state.pt")
        iterator.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=False))
        assert walk(iterator, 1) == want


def test_states_that_do_not_fit(files: list[str]) -> None:
    with resumable(files[:8], [0]) as iterator:
        with pytest.raises(CheckpointError, match="of 2 pipelines"):
            iterator.load_state_dict({"checkpoints": [b"", b""]})
        with pytest.raises(CheckpointError):
            iterator.load_state_dict({"checkpoints": [b"nonsense"]})
    with DALIGenericIterator(reader(files), ["data", "label"], reader_name="Reader") as plain:
        next(plain)
        with pytest.raises(PipelineStateError, match="enable_checkpointing"):
            plain.state_dict()


def test_import_adali_imports_no_framework() -> None:
    code = (
        "import sys, adali, adali.fn, adali.ops, adali.sync, adali.plugin, adali.plugin.base_iterator\n"
        "assert not {'torch', 'jax', 'ray'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
