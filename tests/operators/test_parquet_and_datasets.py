"""readers.parquet and readers.dataset: what pyarrow wrote, and data sets like those of PyTorch and Hugging Face."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
import adali.fn as fn
import adali.sync


def made(reader: str, batch_size: int = 4, on_error: str = "raise", **kwargs: Any) -> Any:
    pipe = adali.sync.Pipeline(batch_size=batch_size, num_threads=2, device_id=None, seed=1, on_error=on_error)
    with pipe:
        nodes = getattr(fn.readers, reader)(name="reader", **kwargs)
        pipe.set_outputs(*(nodes if isinstance(nodes, (list, tuple)) else [nodes]))
    return pipe


def epoch(pipe: Any, output: int = 0) -> list[Any]:
    return [np.asarray(batch[output].at(i)).tolist() for batch in pipe for i in range(len(batch[output]))]


# ---- Parquet -----------------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: pathlib.Path) -> pathlib.Path:
    """Two files of 20 and 11 rows, in row groups of 6."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is in the extra parquet")
    import pyarrow.parquet as pq

    for name, rows in (("a/first.parquet", range(20)), ("b.parquet", range(20, 31))):
        data = {
            "number": pa.array(list(rows), pa.int64()),
            "half": pa.array([i / 2 for i in rows], pa.float32()),
            "flag": pa.array([i % 2 == 0 for i in rows]),
            "text": [f"row {i} \u00fc" for i in rows],
            "image": [{"bytes": bytes([i]) * i, "path": str(i)} for i in rows],
            "vector": pa.array([[i, i + 1] for i in rows], pa.list_(pa.int16(), 2)),
            "ragged": pa.array([list(range(i % 4)) for i in rows], pa.list_(pa.float64())),
            "matrix": [[[i, 2], [3, 4], [5, 6]] for i in rows],
            "missing": [None if i == 7 else i for i in rows],
            "crooked": [[[1], [2, 3]] if i == 3 else [[1, 2], [3, 4]] for i in rows],
        }
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table(data), path, row_group_size=6)
    return tmp_path


def test_columns_of_every_kind(table: pathlib.Path) -> None:
    columns = ["number", "half", "flag", "text", "image.bytes", "vector", "ragged", "matrix"]
    pipe = made("parquet", batch_size=1, file_root=str(table), columns=columns)
    assert pipe.epoch_size("reader") == 31
    for i, row in enumerate(pipe):
        number, half, flag, text, image, vector, ragged, matrix = (np.asarray(o.at(0)) for o in row)
        assert (number.dtype, half.dtype, flag.dtype, vector.dtype) == (np.int64, np.float32, np.bool_, np.int16)
        assert (number.tolist(), half.tolist(), flag.tolist()) == (i, i / 2, i % 2 == 0)
        assert bytes(text).decode() == f"row {i} \u00fc"
        assert bytes(image) == bytes([i]) * i
        assert (vector.tolist(), ragged.tolist()) == ([i, i + 1], list(map(float, range(i % 4))))
        assert (ragged.dtype, matrix.tolist()) == (np.float64, [[i, 2], [3, 4], [5, 6]])
        where = "a/first.parquet" if i < 20 else "b.parquet"
        assert row[0][0].source_info() == f"{table}/{where}, row {i if i < 20 else i - 20}"
    pipe.close()


@pytest.mark.parametrize("shards", [1, 3, 8])
@pytest.mark.parametrize("order", [{}, {"random_shuffle": True, "initial_fill": 9}, {"shuffle_after_epoch": True}])
def test_parquet_shards_are_the_whole(table: pathlib.Path, shards: int, order: dict[str, Any]) -> None:
    pipes = [
        made("parquet", file_root=str(table), columns="number", num_shards=shards, shard_id=i, **order)
        for i in range(shards)
    ]
    for _ in range(3):
        assert sorted(n for pipe in pipes for n in epoch(pipe)) == list(range(31))
    for pipe in pipes:
        pipe.close()


def test_row_groups_are_read_when_they_are_needed(table: pathlib.Path) -> None:
    from adali.graph.spec import call_operator
    from adali.operators.base import OpEnv
    from adali.operators.reader.parquet import ParquetReader

    args = {"files": ["a/first.parquet", "b.parquet"], "file_root": str(table), "columns": ["number"]}
    node = call_operator("readers__Parquet", [], {**args, "row_group_cache": 2})[0]
    node.source.seed_index = 0
    reader = ParquetReader(node.source, OpEnv(batch_size=4))
    assert not reader._groups
    assert [int(v) for v in reader.read(4, 0).columns[0]] == [0, 1, 2, 3]
    assert list(reader._groups) == [0]
    reader.read(10, 1)
    assert list(reader._groups) == [1, 2]
    reader.close()


def test_missing_and_ragged_values_fail_by_row(table: pathlib.Path) -> None:
    pipe = made(
        "parquet", batch_size=31, on_error="skip", file_root=str(table), columns=["number", "missing", "crooked"]
    )
    assert epoch(pipe) == [i for i in range(31) if i not in (3, 7)]
    assert {e.source.split(", ")[1] for e in pipe.stats().errors} == {"row 3", "row 7"}
    pipe.close()
    pipe = made("parquet", batch_size=31, file_root=str(table), columns="missing")
    with pytest.raises(adali.OperatorError, match="a value is missing"):
        pipe.run()
    pipe.close()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"columns": "number"}, "file_root or files"),
        ({"columns": [], "file_root": "x"}, "columns is empty"),
        ({"columns": ["nothing"], "file_root": "."}, "no column 'nothing'; its columns are .*number"),
        ({"columns": "number", "files": "b.txt"}, "cannot read .*b.txt"),
        ({"columns": "number", "files": "none.parquet"}, "none.parquet"),
        ({"columns": "number", "file_root": ".", "file_filter": "*.zip"}, "no file that matches"),
        ({"columns": "number", "file_root": ".", "row_group_cache": 0}, "row_group_cache"),
    ],
)
def test_bad_arguments_of_parquet(table: pathlib.Path, monkeypatch: Any, args: dict[str, Any], message: str) -> None:
    monkeypatch.chdir(table)
    (table / "b.txt").write_text("no table")
    with pytest.raises(adali.ArgumentError, match=message):
        made("parquet", **args).build()


# ---- data sets ---------------------------------------------------------------------------------------------------


class Map:
    """Like a map-style data set of PyTorch."""

    def __init__(self, size: int = 10, bad: tuple[int, ...] = ()) -> None:
        self.size, self.bad = size, bad

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Any:
        if index in self.bad:
            raise KeyError(f"{index} is bad")
        return np.full((2, 3), index, np.float32), index


class Stream:
    """Like an iterable data set: one pass at a time, dictionaries."""

    def __init__(self, size: int = 10, fails_at: int = -1) -> None:
        self.size, self.fails_at, self.epochs = size, fails_at, []  # type: ignore[var-annotated]

    def set_epoch(self, epoch: int) -> None:
        self.epochs.append(epoch)

    def __iter__(self) -> Iterator[Any]:
        for i in range(self.size):
            if i == self.fails_at:
                raise OSError("the connection is gone")
            yield {"number": i, "text": f"sample {i}", "pixels": [[i, 1], [2, 3]]}


def test_a_map_style_data_set() -> None:
    pipe = made("dataset", dataset=Map(), num_outputs=2, layouts=["HW", ""])
    first, second = pipe.run()
    assert (first.layout(), second.layout(), str(second.at(0).dtype)) == ("HW", "", "int64")
    assert [first.at(i)[1, 2] for i in range(4)] == [0, 1, 2, 3]
    assert first[1].source_info() == "sample 1 of Map"
    assert pipe.epoch_size("reader") == 10
    pipe.close()


def test_torch_tensors_and_loader_objects() -> None:
    torch = pytest.importorskip("torch", reason="torch is in the extra frameworks")
    from torch.utils.data import IterableDataset, TensorDataset

    data = TensorDataset(torch.arange(6).reshape(3, 2).float(), torch.tensor([5, 6, 7]))
    pipe = made("dataset", batch_size=3, dataset=data, num_outputs=2)
    a, b = pipe.run()
    np.testing.assert_array_equal(a.as_array(), np.arange(6).reshape(3, 2))
    assert b.as_array().tolist() == [5, 6, 7]
    pipe.close()

    class Endless(IterableDataset):  # type: ignore[misc,type-arg]
        def __iter__(self) -> Iterator[Any]:
            return iter(torch.arange(5))

    pipe = made("dataset", dataset=Endless())
    assert epoch(pipe) == [0, 1, 2, 3, 4]
    pipe.close()


def test_dictionaries_texts_and_lists() -> None:
    stream = Stream(3)
    pipe = made("dataset", batch_size=3, dataset=stream, columns=["text", "pixels", "number"])
    for _ in range(2):
        (batch,) = list(pipe)
        texts, pixels, numbers = batch
        assert [bytes(texts.at(i)).decode() for i in range(3)] == ["sample 0", "sample 1", "sample 2"]
        assert pixels.at(2).tolist() == [[2, 1], [2, 3]]
        assert [int(numbers.at(i)) for i in range(3)] == [0, 1, 2]
    assert stream.epochs[:2] == [0, 1]
    pipe.close()


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(1, 25),
    shards=st.integers(1, 4),
    batch=st.integers(1, 7),
    order=st.sampled_from(["listed", "window", "epoch"]),
    fill=st.integers(1, 30),
    stick=st.booleans(),
    stream=st.booleans(),
    threads=st.sampled_from([1, 3]),
    depth=st.integers(1, 4),
    bad=st.sets(st.integers(0, 24), max_size=3),
    on_error=st.sampled_from(["skip", "replace"]),
)
def test_each_sample_is_delivered_once(
    size: int, shards: int, batch: int, order: str, fill: int, stick: bool, stream: bool, threads: int, depth: int,
    bad: set[int], on_error: str,
) -> None:  # fmt: skip
    if size < shards * 4 or (order == "epoch" and (stick or stream)):
        return
    bad = {b for b in bad if b < size}
    options: dict[str, Any] = {"random_shuffle": order == "window", "initial_fill": fill, "stick_to_shard": stick}
    options["prefetch_queue_depth"] = depth
    if stream:
        options |= {"dataset": Stream(size), "columns": ["number"]}
        bad = set()
    else:
        options |= {"dataset": Map(size, tuple(bad)), "num_outputs": 2, "fetch_concurrency": threads}
        options |= {"shuffle_after_epoch": order == "epoch"}
    output = 0 if stream else 1
    pipes = [
        made("dataset", batch_size=batch, on_error=on_error, num_shards=shards, shard_id=i, **options)
        for i in range(shards)
    ]
    try:
        for _ in range(2):
            found: list[int] = []
            for pipe in pipes:
                try:
                    found += epoch(pipe, output)
                except adali.OperatorError:  # a whole batch was bad, or a shard
                    assert bad
            good = set(range(size)) - bad
            assert set(found) <= good
            if not bad:
                assert sorted(found) == sorted(good)
            elif on_error == "skip":
                assert len(found) == len(set(found))
    finally:
        for pipe in pipes:
            pipe.close()


def test_skipping_loses_no_good_sample() -> None:
    pipe = made("dataset", on_error="skip", dataset=Map(20, (1, 5, 6)), num_outputs=2)
    for _ in range(3):
        assert sorted(epoch(pipe, 1)) == [i for i in range(20) if i not in (1, 5, 6)]
    assert {e.source for e in pipe.stats().errors} == {f"sample {i} of Map" for i in (1, 5, 6)}
    pipe.close()


def test_a_stream_that_fails_delivers_what_came_before() -> None:
    pipe = made("dataset", batch_size=2, dataset=Stream(10, fails_at=4), columns="number")
    assert [np.asarray(pipe.run()[0].as_array()).tolist() for _ in range(2)] == [[0, 1], [2, 3]]
    with pytest.raises(adali.OperatorError, match="the connection is gone"):
        pipe.run()
    pipe.close()


def test_streams_shard_pad_and_shuffle() -> None:
    pipes = [
        made("dataset", dataset=Stream(10), columns="number", num_shards=3, shard_id=i, pad_last_batch=True)
        for i in range(3)
    ]
    assert [epoch(p) for p in pipes] == [[0, 3, 6, 9], [1, 4, 7, 7], [2, 5, 8, 8]]
    assert [epoch(p) for p in pipes] == [[1, 4, 7, 7], [2, 5, 8, 8], [0, 3, 6, 9]]
    assert pipes[0].reader_meta("reader")["epoch_size"] == -1
    for pipe in pipes:
        pipe.close()
    pipe = made("dataset", dataset=Stream(50), columns="number", random_shuffle=True, initial_fill=8)
    first, second = epoch(pipe), epoch(pipe)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    assert all(value < place + 8 for place, value in enumerate(first))
    pipe.close()


class Divided(Stream):
    """A stream that divides itself, unevenly."""

    def shard(self, num_shards: int, index: int) -> Any:
        return iter([{"number": i} for i in range(self.size) if (i < 2) == (index == 0)])


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(4, 30), shards=st.integers(1, 4), batch=st.integers(1, 5), shuffle=st.booleans(),
    stick=st.booleans(), kind=st.sampled_from([Stream, Divided]),
)  # fmt: skip
def test_ranks_that_read_a_stream_take_as_many_steps(
    size: int, shards: int, batch: int, shuffle: bool, stick: bool, kind: Any
) -> None:
    options = {"columns": ["number"], "pad_last_batch": True, "random_shuffle": shuffle, "initial_fill": 3}
    options |= {"num_shards": shards, "stick_to_shard": stick}
    pipes = [made("dataset", batch, dataset=kind(size), shard_id=i, **options) for i in range(shards)]
    try:
        for number in range(3):
            steps, found = set(), []
            for rank, pipe in enumerate(pipes):
                batches = [[int(np.asarray(b.at(i))) for i in range(len(b))] for (b,) in pipe]
                assert all(len(b) == batch for b in batches)
                steps.add(len(batches))
                samples = [n for b in batches for n in b]
                own = len(range((rank if stick else rank + number) % shards, size, shards))
                assert set(samples[own:]) <= {samples[own - 1]}, "only the last one is repeated"
                found += samples[:own]
            assert len(steps) == 1
            assert sorted(found) == list(range(size))
    finally:
        for pipe in pipes:
            pipe.close()


def test_a_stream_shorter_than_its_shards_is_an_error_with_padding() -> None:
    pipe = made("dataset", dataset=Stream(2), columns="number", num_shards=3, shard_id=2, pad_last_batch=True)
    with pytest.raises(adali.OperatorError, match="2 samples cannot be divided into 3 shards"):
        pipe.run()
    pipe.close()


@pytest.mark.parametrize("pad", [False, True])
def test_a_stream_goes_on_from_its_state(pad: bool) -> None:
    from adali.operators.base import OpEnv
    from adali.operators.reader.dataset_reader import DatasetReader

    def reader() -> Any:
        more = {"pad_last_batch": pad, "random_shuffle": True, "initial_fill": 4}
        pipe = made("dataset", columns="number", seed=3, dataset=Stream(10), **more)
        (spec,) = (s for s in pipe._defined().specs if s.schema.name == "readers__Dataset")
        return DatasetReader(spec, OpEnv(batch_size=4))

    first = reader()
    first.read(11 if pad else 7, 0)  # one of them is padding
    state = first.state()
    want = [int(v) for v in first.read(9, 1).columns[0]]
    second = reader()
    second.set_state(state)
    assert [int(v) for v in second.read(9, 0).columns[0]] == want
    with pytest.raises(ValueError, match="does not fit"):
        second.set_state({"epoch": 0, "position": 13 if pad else 11})
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "'dataset' is missing"),
        ({"dataset": 5}, "unlike int"),
        ({"dataset": Map(), "columns": ["a"], "num_outputs": 2}, "1 columns, but num_outputs is 2"),
        ({"dataset": Map(), "num_outputs": 2, "layouts": ["HW"]}, "1 layouts for 2 outputs"),
        ({"dataset": Stream(), "columns": "number", "fetch_concurrency": 2}, "fetch_concurrency needs"),
        ({"dataset": Stream(), "columns": "number", "shuffle_after_epoch": True}, "shuffle_after_epoch needs"),
    ],
)
def test_bad_arguments_of_a_data_set(args: dict[str, Any], message: str) -> None:
    with pytest.raises(adali.ArgumentError, match=message):
        made("dataset", **args).build()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"dataset": Stream(), "columns": ["none"]}, "no 'none'; its keys are number, text, pixels"),
        ({"dataset": Stream()}, "choose from its keys"),
        ({"dataset": Map(), "num_outputs": 3}, "must have 3 items.*got 2 items"),
        ({"dataset": Map(), "columns": "a"}, "must be a dictionary; got tuple"),
    ],
)
def test_samples_of_another_form(args: dict[str, Any], message: str) -> None:
    pipe = made("dataset", **args)
    with pytest.raises(adali.OperatorError, match=message):
        pipe.run()
    pipe.close()


def test_a_pipeline_with_a_data_set_has_no_message() -> None:
    with pytest.raises(adali.GraphError, match="readers__Dataset"):
        made("dataset", dataset=Map(), num_outputs=2).serialize()
