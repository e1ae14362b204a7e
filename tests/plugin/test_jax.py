"""DALI's iterator for JAX: epochs, shapes, several devices, the decorator and the peekable iterator."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# Four CPU devices; JAX looks at this when its devices are first asked for.
_before = os.environ.get("XLA_FLAGS")
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
jax = pytest.importorskip("jax", reason="needs JAX (the extra 'jax')")
DEVICES = jax.devices("cpu")
if _before is None:
    del os.environ["XLA_FLAGS"]
else:
    os.environ["XLA_FLAGS"] = _before

import adali  # noqa: E402
from adali import fn, sync  # noqa: E402
from adali.errors import ArgumentError  # noqa: E402
from adali.plugin.jax import DALIGenericIterator, LastBatchPolicy, data_iterator  # noqa: E402
from adali.plugin.jax.clu import ArraySpec, DALIGenericPeekableIterator, peekable_data_iterator  # noqa: E402

GOLDEN = Path(__file__).parent.parent / "golden"

_spec = importlib.util.spec_from_file_location("torch_iterator_cases", GOLDEN / "torch_iterator_cases.py")
assert _spec is not None
assert _spec.loader is not None
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    found: list[str] = golden.make_files(tmp_path)
    return found


def reader(files: list[str], batch_size: int = 2, api: Any = sync, **arguments: Any) -> Any:
    @api.pipeline_def(batch_size=batch_size, num_threads=2)
    def pipe() -> Any:
        return fn.readers.file(files=files, labels=list(range(len(files))), name="Reader", **arguments)

    return pipe()


NAMES = ["data", "label"]


def labels(batches: Any) -> list[list[int]]:
    return [np.asarray(b["label"]).ravel().tolist() for b in batches]


def mesh_sharding(count: int) -> Any:
    mesh = jax.sharding.Mesh(np.array(DEVICES[:count]), ("batch",))
    return jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("batch"))


class Plugin:
    """JAX's iterator in the form that the golden cases expect."""

    LastBatchPolicy = LastBatchPolicy

    class DALIGenericIterator(DALIGenericIterator):
        def _convert(self, outputs: Any, counts: Any) -> Any:
            rows = [super(Plugin.DALIGenericIterator, self)._convert([one], counts) for one in outputs]
            for row in rows:
                row.update({k: v.reshape(-1, 1) for k, v in row.items()})
            return rows


def test_epochs_are_those_of_the_golden_cases(files: list[str]) -> None:
    cases = [c for c in json.loads((GOLDEN / "torch_iterator.json").read_text()) if c[0]["policy"] != "PARTIAL"]
    for case, want in cases[:: len(cases) // 40]:
        assert golden.run(case, files, sync.pipeline_def, fn, Plugin) == want, case


def test_one_pipeline_gives_arrays(files: list[str]) -> None:
    with DALIGenericIterator(reader(files[:8]), NAMES, reader_name="Reader", auto_reset=True) as iterator:
        assert len(iterator) == 4
        batch = next(iterator)
        assert isinstance(batch["data"], jax.Array)
        assert (batch["data"].shape, str(batch["data"].dtype)) == ((2, 1), "uint8")
        assert labels([batch, *iterator]) == [[0, 1], [2, 3], [4, 5], [6, 7]]
        assert len(labels(iterator)) == 4
    with DALIGenericIterator(reader(files), NAMES, reader_name="Reader", pmap_compatible=True) as iterator:
        assert next(iterator)["data"].shape == (1, 2, 1)


def test_several_pipelines_are_stacked(files: list[str]) -> None:
    pipes = [reader(files[:8], shard_id=k, num_shards=2) for k in range(2)]
    with DALIGenericIterator(pipes, NAMES, reader_name="Reader") as iterator:
        batch = next(iterator)
    assert batch["label"].shape == (2, 2, 1)
    assert labels([batch]) == [[0, 1, 4, 5]]


def test_several_pipelines_on_devices_of_their_own(files: list[str]) -> None:
    for sharding, devices, shape in ((mesh_sharding(4), None, (8, 1)), (None, DEVICES, (4, 2, 1))):
        pipes = [reader(files[:16], shard_id=k, num_shards=4) for k in range(4)]
        with DALIGenericIterator(pipes, NAMES, reader_name="Reader", sharding=sharding, devices=devices) as iterator:
            label = next(iterator)["label"]
        assert label.shape == shape
        assert np.asarray(label).ravel().tolist() == [0, 1, 4, 5, 8, 9, 12, 13]
        placed = {s.device: np.asarray(s.data).ravel().tolist() for s in label.addressable_shards}
        assert placed == {d: [4 * i, 4 * i + 1] for i, d in enumerate(DEVICES)}
        total = jax.jit(lambda x: x.sum())(label)
        assert int(total) == 52


def test_one_pipeline_is_spread_over_devices(files: list[str]) -> None:
    with DALIGenericIterator(reader(files, 8), NAMES, reader_name="Reader", sharding=mesh_sharding(4)) as iterator:
        label = next(iterator)["label"]
    assert [np.asarray(s.data).ravel().tolist() for s in label.addressable_shards] == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_no_array_of_fifty_batches_ever_changes() -> None:
    @sync.pipeline_def(batch_size=4, num_threads=2, seed=3)
    def pipe() -> Any:
        return fn.random.uniform(range=[0, 1], shape=[64, 64])

    with DALIGenericIterator(pipe(), ["x"]) as iterator:
        held = [next(iterator)["x"] for _ in range(50)]
        before = [np.array(x) for x in held]
        for _ in range(50):
            next(iterator)
    assert all(np.array_equal(x, y) for x, y in zip(held, before, strict=True))


def test_arguments_that_do_not_go_together(files: list[str]) -> None:
    pipes = [reader(files), reader(files)]
    for arguments, message in (
        ({"last_batch_policy": LastBatchPolicy.PARTIAL}, "PARTIAL"),
        ({"sharding": mesh_sharding(2), "devices": DEVICES[:2]}, "exclude each other"),
        ({"sharding": mesh_sharding(2), "pmap_compatible": True}, "exclude each other"),
        ({"sharding": mesh_sharding(4)}, "has 4 devices"),
        ({"devices": DEVICES}, "4 devices"),
    ):
        with pytest.raises(ArgumentError, match=message):
            DALIGenericIterator(pipes, NAMES, reader_name="Reader", **arguments)


@pytest.mark.asyncio
async def test_async_for(files: list[str]) -> None:
    async with DALIGenericIterator(reader(files[:8], api=adali), NAMES, reader_name="Reader") as iterator:
        assert labels([b async for b in iterator]) == [[0, 1], [2, 3], [4, 5], [6, 7]]


# ---- the decorator -------------------------------------------------------------------------------------------------


def test_the_decorator(files: list[str]) -> None:
    @data_iterator(output_map=NAMES, reader_name="Reader", auto_reset=True)
    def numbers(count: int, *, offset: int = 0) -> Any:
        data, label = fn.readers.file(files=files[:count], labels=list(range(count)), name="Reader")
        return data, label + offset

    with numbers(8, offset=3, batch_size=4) as training, numbers(4, batch_size=4, num_threads=1) as validation:
        for _ in range(2):
            assert labels(training) == [[3, 4, 5, 6], [7, 8, 9, 10]]
            assert labels(validation) == [[0, 1, 2, 3]]
    with pytest.raises(ArgumentError, match="size: given to the call"):
        numbers(8, batch_size=4, size=3)


@pytest.mark.parametrize("way", ["devices", "sharding"])
def test_the_decorator_makes_a_pipeline_for_each_device(files: list[str], way: str) -> None:
    options = {"devices": DEVICES[:2]} if way == "devices" else {"sharding": mesh_sharding(2)}
    seen = []

    @data_iterator(output_map=NAMES, reader_name="Reader", **options)
    def numbers(shard_id: int, num_shards: int) -> Any:
        seen.append((shard_id, num_shards))
        return fn.readers.file(
            files=files[:8], labels=list(range(8)), name="Reader", shard_id=shard_id, num_shards=num_shards
        )

    with numbers(batch_size=4) as iterator:
        batch = next(iterator)
    assert seen == [(0, 2), (1, 2)]
    assert batch["label"].shape == ((2, 2, 1) if way == "devices" else (4, 1))
    assert labels([batch]) == [[0, 1, 4, 5]]
    with pytest.raises(ArgumentError, match="cannot be divided among 2 devices"):
        numbers(batch_size=3)


# ---- looking ahead -------------------------------------------------------------------------------------------------


def test_peeking(files: list[str]) -> None:
    @peekable_data_iterator(output_map=NAMES, reader_name="Reader", auto_reset=True)
    def numbers() -> Any:
        return fn.readers.file(files=files[:6], labels=list(range(6)), name="Reader")

    with numbers(batch_size=2) as iterator:
        assert iterator.element_spec["label"] == ArraySpec(np.dtype(np.int32), (2, 1))
        assert labels([iterator.peek(), iterator.peek(), next(iterator)]) == [[0, 1]] * 3
        assert labels([iterator.peek_async().result(), next(iterator), next(iterator)]) == [[2, 3], [2, 3], [4, 5]]
        with pytest.raises(StopIteration):
            iterator.peek()
        assert labels([iterator.peek()]) == [[0, 1]]


def test_batches_that_can_be_peeked_at_are_alike() -> None:
    def source(i: int) -> Any:
        return np.zeros((2, i + 1), np.float32)

    with sync.Pipeline(2, 1) as pipe:
        pipe.set_outputs(fn.external_source(source))
    with DALIGenericPeekableIterator(pipe, ["x"]) as iterator:
        next(iterator)
        with pytest.raises(ValueError, match="alike in shape"):
            iterator.peek()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "adali")
