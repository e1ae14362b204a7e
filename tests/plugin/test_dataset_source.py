"""Datasets as sources: order, epochs, threads and processes; and that nothing stays behind."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
from adali import fn, samplers, sync
from adali.errors import ArgumentError, OperatorError

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc and /dev/shm")


@pytest.fixture(autouse=True, scope="module")
def importable() -> Iterator[None]:
    """Worker processes import the sources by name."""
    sys.path.insert(0, str(HERE))
    yield
    sys.path.remove(str(HERE))


def sources() -> Any:
    import dataset_sources

    return dataset_sources


def numbers(count: int, bad: int = -1) -> Any:
    return sources().Numbers(count, bad)


def make(
    source: Any, batch_size: int = 4, api: Any = sync, pipe: dict[str, Any] | None = None, **arguments: Any
) -> Any:
    # Starting a process takes a second, so there is one where the test is not about several.
    threads = 1 if arguments.get("workers") == "processes" else 2

    @api.pipeline_def(batch_size=batch_size, num_threads=threads, seed=5, **(pipe or {}))
    def define() -> Any:
        result = fn.external_source(source, **arguments)
        return tuple(result) if isinstance(result, list) else result

    return define()


def labels(pipe: Any) -> list[list[int]]:
    return [outputs[-1].as_array().reshape(-1).tolist() for outputs in pipe]


def flat(batches: list[list[int]]) -> list[int]:
    return [x for batch in batches for x in batch]


PROCESSES = {"workers": "processes"}
KINDS = pytest.mark.parametrize("workers", ["threads", "processes"])


# ---- order and epochs ----------------------------------------------------------------------------------------------


@KINDS
def test_an_epoch_is_the_dataset_and_its_last_batch_may_be_smaller(workers: str) -> None:
    pipe = make(numbers(10), num_outputs=2, sampler=range(10), workers=workers)
    assert [labels(pipe) for _ in range(3)] == [[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]] * 3
    pipe.reset()
    data, label = pipe.run()
    np.testing.assert_array_equal(data.as_array()[:, 1, 2], label.as_array())
    pipe.close()


def test_shuffling_follows_the_seed_and_differs_by_epoch() -> None:
    epochs = []
    for _ in range(2):
        pipe = make(numbers(50), num_outputs=2, shuffle=True, batch_size=8)
        epochs.append([flat(labels(pipe)) for _ in range(3)])
        pipe.close()
    assert epochs[0] == epochs[1]
    assert all(sorted(order) == list(range(50)) for order in epochs[0])
    assert len({tuple(order) for order in epochs[0]}) == 3


class EpochSampler:
    """As PyTorch's DistributedSampler."""

    def __init__(self) -> None:
        self.epoch = -1

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        return iter([self.epoch, 7, 7])


def test_samplers_of_all_kinds() -> None:
    for sampler, wanted in (
        (EpochSampler(), [[0, 7, 7], [1, 7, 7]]),
        (np.array([3, 1]), [[3, 1], [3, 1]]),
        (samplers.WeightedSampler([0.0] * 9 + [1.0], num_samples=4), [[9] * 4] * 2),
    ):
        pipe = make(numbers(10), num_outputs=2, sampler=sampler)
        assert [flat(labels(pipe)) for _ in range(2)] == wanted
        pipe.close()


def test_a_pass_left_early_begins_a_new_epoch() -> None:
    pipe = make(numbers(10), num_outputs=2, sampler=EpochSampler())
    for epoch in range(4):
        for _, label in pipe:
            assert label.as_array().tolist() == [epoch, 7, 7]
            break
    pipe.close()


@pytest.mark.asyncio
async def test_an_asynchronous_dataset() -> None:
    async with make(sources().AsyncNumbers(6), num_outputs=2, sampler=range(6), api=adali) as pipe:
        for _ in range(2):
            assert [label.as_array().tolist() async for _, label in pipe] == [[0, 1, 2, 3], [4, 5]]


def test_samples_of_many_kinds() -> None:
    class Mixed:
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> Any:
            return {"bytes": b"ab", "float": 0.5, "bool": True, "numpy": np.int64(7), "list": np.zeros((1, 2))}

    pipe = make(Mixed(), batch_size=2, num_outputs=5, shuffle=True)
    outputs = pipe.run()
    assert [str(o.as_array().dtype) for o in outputs] == ["uint8", "float32", "bool", "int64", "float64"]
    assert [o.shape()[0] for o in outputs] == [(2,), (), (), (), (1, 2)]
    pipe.close()


def test_a_failing_sample_is_named_and_can_be_left_out() -> None:
    for workers in ("threads", "processes"):
        pipe = make(numbers(8, bad=2), num_outputs=2, sampler=range(8), workers=workers)
        with pytest.raises(OperatorError, match="no sample 2") as error:
            pipe.run()
        assert error.value.source == "sample 2 of the dataset"
        assert error.value.sample == 2
        assert labels([pipe.run()]) == [[4, 5, 6, 7]]
        pipe.close()
        pipe = make(numbers(8, bad=2), num_outputs=2, sampler=range(8), workers=workers, pipe={"on_error": "replace"})
        assert labels(pipe) == [[0, 1, 1, 3], [4, 5, 6, 7]]
        pipe.close()


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        (iter([]), {"shuffle": True}, "__getitem__ and __len__"),
        ("numbers", {"shuffle": True, "sampler": [1]}, "exclude each other"),
        ("numbers", {"shuffle": True, "cycle": "raise"}, "starts over after reset"),
        ("numbers", {"shuffle": True, "batch": True}, "single samples"),
        ("numbers", {"shuffle": True, "workers": "many"}, "workers must be"),
        (None, {"shuffle": True}, "shuffle needs a source"),
    ],
)
def test_arguments_that_do_not_go_together(source: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make(numbers(4) if source == "numbers" else source, **arguments).build()


def test_wrong_samplers_and_outputs_say_what_is_wrong() -> None:
    for sampler, outputs, message in (
        ([[0, 1]], 2, "a batch sampler cannot be used"),
        (range(4), None, "give num_outputs=2"),
    ):
        pipe = make(numbers(4), num_outputs=outputs, sampler=sampler)
        with pytest.raises(OperatorError, match=message):
            pipe.run()
        pipe.close()


def test_pytorch_datasets() -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'torch')")
    images, targets = torch.arange(12.0).reshape(6, 2), torch.arange(6)
    dataset = torch.utils.data.TensorDataset(images, targets)
    pipe = make(dataset, num_outputs=2)
    for _ in range(2):
        assert [o[0].as_array().tolist() for o in pipe] == [images[:4].tolist(), images[4:].tolist()]
    pipe.close()
    sampler = torch.utils.data.DistributedSampler(dataset, num_replicas=2, rank=1, shuffle=False)
    pipe = make(dataset, num_outputs=2, sampler=sampler)
    assert labels(pipe) == [[1, 3, 5]]
    pipe.close()

    class Stream(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Any:
            return iter((torch.full((2,), i), torch.tensor(i)) for i in range(8))

    pipe = make(Stream(), num_outputs=2)
    assert [labels(pipe) for _ in range(2)] == [[[0, 1, 2, 3], [4, 5, 6, 7]]] * 2
    pipe.close()


def test_pillow_images() -> None:
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")

    class Images:
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            return image.new("RGB", (4, 2), (index, 2, 3)), index

    pipe = make(Images(), num_outputs=2, shuffle=True, layout=["HWC", ""])
    pixels, label = pipe.run()
    assert pixels.layout() == "HWC"
    assert pixels.shape()[0] == (2, 4, 3)
    np.testing.assert_array_equal(pixels.as_array()[:, 0, 0, 0], label.as_array())
    pipe.close()


# ---- threads and processes -----------------------------------------------------------------------------------------


def makers(pipe: Any) -> set[int]:
    return {pid for outputs in pipe for pid in outputs[-1].as_array()[:, -1].tolist()}


def test_which_workers_make_the_samples() -> None:
    spawn = {"py_start_method": "spawn", "py_num_workers": 2}
    for pipe_arguments, arguments, count in (
        ({}, {}, 0),
        (spawn, {}, 2),
        (spawn, {"workers": "threads"}, 0),
        ({"py_start_method": "spawn", "py_num_workers": 0}, {}, 0),
    ):
        pipe = make(sources().Pids(16), sampler=range(16), pipe=pipe_arguments, **arguments)
        pids = makers(pipe)
        pipe.close()
        assert len(pids - {os.getpid()}) == count
        assert (os.getpid() in pids) == (count == 0)


def test_parallel_sources_of_dali_in_spawned_processes() -> None:
    spawn = {"py_start_method": "spawn", "py_num_workers": 1}
    pipe = make(sources().sample, pipe=spawn, parallel=True, batch=False)
    for epoch in range(2):
        rows = [row for (out,) in pipe for row in out.as_array().tolist()]
        assert [row[:2] for row in rows] == [[i, epoch] for i in range(12)]
        assert os.getpid() not in {row[2] for row in rows}
    pipe.close()
    for source, cycle in ((sources().batch, None), (sources().generator, "raise")):
        pipe = make(source, batch_size=2, pipe=spawn, parallel=True, batch=True, cycle=cycle)
        for _ in range(2):
            first = [int(out.at(0)[0]) for (out,) in pipe]
            assert first == ([0, 10, 20] if cycle is None else [0, 1, 2])
        pipe.close()


def test_results_of_processes_can_be_kept_and_written_into() -> None:
    pipe = make(numbers(64), num_outputs=2, sampler=range(64), **PROCESSES)
    held = [(data.as_array(), label.as_array()) for data, label in pipe]
    for data, _ in held[::2]:
        data += 1000
    for place, (data, label) in enumerate(held):
        np.testing.assert_array_equal(data[:, 0, 0], label + (1000 if place % 2 == 0 else 0))
    pipe.close()
    np.testing.assert_array_equal(held[-1][0][:, 0, 0], held[-1][1])


def test_a_source_that_cannot_be_sent_says_so() -> None:
    with pytest.raises(ArgumentError, match="cannot be sent to worker processes"):
        make(lambda info: np.zeros(1), parallel=True, batch=False, **PROCESSES).build()


def test_a_pickler_of_ones_own(tmp_path: Path) -> None:
    calls = []
    module = types.ModuleType("dataset_pickler_for_test")
    module.dumps = lambda work, mark: calls.append(mark) or pickle.dumps(work)  # type: ignore[attr-defined]
    module.loads = pickle.loads  # type: ignore[attr-defined]
    (tmp_path / "dataset_pickler_for_test.py").write_text("from pickle import loads\n")
    sys.path.insert(0, str(tmp_path))
    try:
        arguments = {"py_start_method": "spawn", "py_callback_pickler": (module, {"mark": 3}, {"encoding": "ASCII"})}
        pipe = make(sources().Pids(4), sampler=range(4), pipe=arguments)
        assert os.getpid() not in makers(pipe)
        pipe.close()
    finally:
        sys.path.remove(str(tmp_path))
    assert calls == [3]


def test_errors_of_processes_have_their_traceback() -> None:
    pipe = make(sources().Strange(4), sampler=range(4), **PROCESSES)
    with pytest.raises(OperatorError, match="Unpicklable: 1 and 2") as error:
        pipe.run()
    causes = []
    cause: BaseException | None = error.value
    while cause is not None:
        causes.append(str(cause))
        cause = cause.__cause__
    assert "raise Unpicklable(1, 2)" in "\n".join(causes)
    pipe.close()


# ---- nothing stays behind ------------------------------------------------------------------------------------------


def shared_memory() -> set[str]:
    return set(os.listdir("/dev/shm"))


@LINUX
def test_a_killed_worker_is_replaced_and_loses_nothing(tmp_path: Path) -> None:
    before = shared_memory()
    pipe = make(sources().Killer(12, str(tmp_path)), sampler=range(12), pipe={"py_num_workers": 2}, **PROCESSES)
    assert labels(pipe) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    pipe.close()
    assert (tmp_path / "killed").exists()
    assert shared_memory() == before


@LINUX
def test_a_sample_that_kills_every_worker_fails_and_the_rest_goes_on() -> None:
    before = shared_memory()
    pipe = make(sources().Killer(12, None), sampler=range(12), **PROCESSES)
    seen: list[Any] = []
    while len(seen) < 3:
        try:
            seen.append(labels([pipe.run()])[0])
        except OperatorError as e:
            seen.append(str(e))
    assert "exit code -9" in seen.pop(1)
    assert seen == [[0, 1, 2, 3], [8, 9, 10, 11]]
    pipe.close()
    assert shared_memory() == before
    assert multiprocessing.active_children() == []


PARENT = """
import sys
sys.path.insert(0, {here!r})
import dataset_sources
from adali import fn, sync

if __name__ == "__main__":
    @sync.pipeline_def(batch_size=4, num_threads=2)
    def define():
        return fn.external_source(dataset_sources.Pids(100000), sampler=range(100000), workers="processes")

    pipe = define()
    pids = set()
    while len(pids) < 2:
        pids.update(pipe.run()[0].as_array()[:, 1].tolist())
    print(*pids, flush=True)
    while True:
        pipe.run()
"""


@LINUX
def test_a_killed_parent_leaves_no_process_and_no_memory(tmp_path: Path) -> None:
    before = shared_memory()
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(here=str(HERE)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        pids = [int(p) for p in parent.stdout.readline().split()]
        assert len(pids) == 2
        descriptors = [os.pidfd_open(pid) for pid in pids]
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    try:
        for descriptor in descriptors:
            import select

            assert select.select([descriptor], [], [], 30)[0], "a worker outlived its parent"
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    assert shared_memory() == before


def test_close_ends_processes_and_threads() -> None:
    pipe = make(numbers(100), num_outputs=2, sampler=range(100), **PROCESSES)
    pipe.run()
    assert multiprocessing.active_children()
    pipe.close()
    assert multiprocessing.active_children() == []
    assert [t.name for t in threading.enumerate() if t.name.startswith("adali")] == []


def test_the_sources_can_be_imported() -> None:
    assert importlib.util.find_spec("dataset_sources") is not None
