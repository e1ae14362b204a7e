"""What replaces parts of torch.utils.data, against the originals; and two processes that train together."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the extra 'torch')")

import adali  # noqa: E402
from adali import fn  # noqa: E402
from adali.errors import ArgumentError  # noqa: E402
from adali.plugin.pytorch import DataLoader, PipelineDataset, to_device  # noqa: E402

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="module")
def importable() -> Iterator[None]:
    sys.path.insert(0, str(HERE))
    yield
    sys.path.remove(str(HERE))


class Things(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
    """A dataset whose samples have one of several forms."""

    def __init__(self, form: str, count: int = 10) -> None:
        self.form = form
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, i: int) -> Any:
        image = torch.full((2, 3), i, dtype=torch.float32)
        return {
            "pair": (image, i),
            "dict": {"image": image, "weight": i / 2, "numpy": np.full(2, i, np.int16)},
            "single": image,
            "number": i,
        }[self.form]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return bool(a.dtype == b.dtype and torch.equal(a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return len(a) == len(b) and all(map(same, a, b))


@pytest.mark.parametrize("form", ["pair", "dict", "single", "number"])
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_are_those_of_pytorch(form: str, drop_last: bool) -> None:
    arguments: dict[str, Any] = {"batch_size": 4, "drop_last": drop_last}
    theirs = torch.utils.data.DataLoader(Things(form), **arguments)
    with DataLoader(Things(form), num_workers=2, **arguments) as ours:
        assert len(ours) == len(theirs)
        for _ in range(2):
            batches = list(ours)
            assert len(batches) == len(theirs)
            for a, b in zip(theirs, batches, strict=True):
                assert type(a) is type(b)
                assert same(a, b)


def test_sampler_and_collate_fn() -> None:
    sampler = torch.utils.data.SubsetRandomSampler([7, 1, 3])
    collated = []

    def collate(rows: list[Any]) -> Any:
        collated.append(rows)
        return torch.utils.data.default_collate(rows)

    with DataLoader(Things("pair"), 2, sampler=sampler, collate_fn=collate) as loader:
        batches = list(loader)
    assert sorted(torch.cat([label for _, label in batches]).tolist()) == [1, 3, 7]
    assert [len(rows) for rows in collated] == [2, 1]


def test_shuffling_follows_the_generator() -> None:
    orders = []
    for seed in (1, 1, 2):
        with DataLoader(Things("number"), 4, shuffle=True, generator=torch.Generator().manual_seed(seed)) as loader:
            orders.append([torch.cat(list(loader)).tolist() for _ in range(2)])
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][0] != orders[0][1]
    assert all(sorted(order) == list(range(10)) for pair in orders for order in pair)


def test_operators_on_what_a_dataset_gives() -> None:
    def graph(image: Any, label: Any) -> Any:
        return fn.resize(fn.reshape(image, layout="CHW", shape=[1, 2, 3]), size=(4, 6)), label + 100

    with DataLoader(Things("pair"), 5, graph=graph, num_workers=2) as loader:
        images, labels = next(iter(loader))
    assert tuple(images.shape) == (5, 1, 4, 6)
    assert labels.tolist() == [100, 101, 102, 103, 104]


def test_samples_of_various_shapes_become_a_list() -> None:
    rows = [(torch.zeros(i + 1), i) for i in range(4)]
    with DataLoader(rows, 4) as loader:
        tensors, labels = next(iter(loader))
    assert [len(t) for t in tensors] == [1, 2, 3, 4]
    assert labels.tolist() == [0, 1, 2, 3]


def test_loader_arguments() -> None:
    with pytest.raises(ArgumentError, match="exclude each other"):
        DataLoader(Things("pair"), shuffle=True, sampler=[1])
    with pytest.raises(ArgumentError, match="empty"):
        DataLoader([])


# ---- pipelines as datasets -----------------------------------------------------------------------------------------


def test_a_pipeline_as_a_dataset() -> None:
    from dataset_sources import numbers_pipeline

    dataset = PipelineDataset(numbers_pipeline(), ["image", "label"])
    loader = torch.utils.data.DataLoader(dataset, batch_size=None)
    for _ in range(2):
        assert [batch["label"].tolist() for batch in loader] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    with pytest.raises(ArgumentError, match="cannot be sent to worker processes"):
        pickle.dumps(dataset)
    dataset.close()
    with pytest.raises(ArgumentError, match="expected a pipeline"):
        PipelineDataset(3)  # type: ignore[arg-type]


def test_a_function_that_makes_pipelines_works_in_worker_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataset_sources import numbers_pipeline

    class Info:
        id = 1
        num_workers = 2

    monkeypatch.setattr(torch.utils.data, "get_worker_info", lambda: Info)
    dataset = pickle.loads(pickle.dumps(PipelineDataset(numbers_pipeline)))
    assert [label.tolist() for _, label in dataset] == [[1, 3, 5, 7], [9]]
    dataset.close()
    with pytest.raises(ArgumentError, match="cannot be used in worker processes"):
        next(iter(PipelineDataset(numbers_pipeline())))


@pytest.mark.long
def test_pipelines_in_worker_processes_of_pytorch() -> None:
    from dataset_sources import numbers_pipeline

    dataset = PipelineDataset(numbers_pipeline)
    loader = torch.utils.data.DataLoader(dataset, batch_size=None, num_workers=2, multiprocessing_context="spawn")
    assert sorted(x for _, label in loader for x in label.tolist()) == list(range(10))


@pytest.mark.asyncio
async def test_async_batches_on_a_device() -> None:
    from dataset_sources import numbers_pipeline

    dataset = PipelineDataset(numbers_pipeline(api=adali))
    batches = [batch async for batch in to_device(dataset, "cpu", ahead=2)]
    assert [label.tolist() for _, label in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    await asyncio.to_thread(dataset.close)


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_batches_are_copied_ahead(ahead: int) -> None:
    taken = []

    def batches() -> Iterator[Any]:
        for i in range(5):
            taken.append(i)
            yield {"x": torch.tensor(i), "y": [torch.zeros(2)], "name": str(i)}

    moved = iter(to_device(batches(), "meta", ahead=ahead))
    first = next(moved)
    assert taken == list(range(ahead + 1))
    assert (first["x"].device.type, first["y"][0].device.type, first["name"]) == ("meta", "meta", "0")
    assert [b["name"] for b in moved] == ["1", "2", "3", "4"]
    with pytest.raises(ArgumentError, match="negative"):
        to_device([], "cpu", ahead=-1)


# ---- two processes -------------------------------------------------------------------------------------------------

RANK = """
import sys
import torch
import torch.distributed as dist
from adali import fn
from adali.sync import pipeline_def
from adali.plugin.pytorch import DALIClassificationIterator, LastBatchPolicy

folder, rank = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)

@pipeline_def(batch_size=4, num_threads=1)
def training():
    files = [f"{folder}/{i:02}.bin" for i in range(23)]
    data, label = fn.readers.file(files=files, labels=list(range(23)), name="Reader", shard_id=rank, num_shards=2)
    return fn.cast(data, dtype=9) / 23.0, label  # 9 is FLOAT

model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for policy in (LastBatchPolicy.FILL, LastBatchPolicy.DROP, LastBatchPolicy.PARTIAL):
    steps, seen = [], []
    with DALIClassificationIterator(
        training(), reader_name="Reader", last_batch_policy=policy, auto_reset=True
    ) as iterator:
        for epoch in range(3):
            steps.append(0)
            for (batch,) in iterator:
                loss = ((model(batch["data"]) - batch["label"]) ** 2).mean()
                optimizer.zero_grad()
                loss.backward()  # waits for the other process
                optimizer.step()
                steps[-1] += 1
                if epoch == 0:
                    seen += batch["label"].ravel().tolist()
    print(policy.name, steps, *seen)
weight = next(model.parameters()).detach()
both = [torch.zeros_like(weight) for _ in range(2)]
dist.all_gather(both, weight)
assert torch.equal(*both)
dist.destroy_process_group()
"""


def test_two_processes_train_with_equal_steps(tmp_path: Path) -> None:
    for i in range(23):
        (tmp_path / f"{i:02}.bin").write_bytes(bytes([i]))
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent), "GLOO_SOCKET_IFNAME": "lo"}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, str(tmp_path), str(rank)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for rank in range(2)
    ]
    results = [rank.communicate(timeout=120) for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0], [errors for _, errors in results]
    lines = [out.splitlines() for out, _ in results]
    for one, other in zip(*lines, strict=True):
        policy, steps, seen = one[: one.index("[")].strip(), one[one.index("[") : one.index("]") + 1], one
        assert steps in other
        labels = [int(x) for line in (seen, other) for x in line[line.index("]") + 1 :].split()]
        if policy == "PARTIAL":
            assert sorted(labels) == list(range(23))
        elif policy == "FILL":
            assert set(labels) == set(range(23))
        else:
            assert len(labels) == len(set(labels)) == 16
