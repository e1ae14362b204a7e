"""What the real DALI wrote: it loads, means the same when written again, and computes the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adali import sync
from adali.graph.schema import ArgKind, registry
from adali.serialization import message
from adali.serialization.values import wire_type
from adali.types import FLOAT

NAMES = [
    *("train", "validation", "old_classes", "arithmetic", "sources", "repeating", "random", "constants", "kept"),
    *("device", "sets", "matrix", "no_seed", "plain_settings", "two_depths", "output_types", "conditional"),
    *("output_layouts", "static_executor", "forced_dynamic", "policies"),
]
COMPUTED = ("arithmetic", "sources", "constants", "conditional")


def of_golden(golden: dict[str, Any], name: str) -> dict[str, Any]:
    """One golden pipeline, or a skip that names the operators it waits for."""
    entry: dict[str, Any] = golden["pipelines"][name]
    missing = sorted({op.name for op in message.parse(entry["message"]).op} - {*registry, *registry.aliases()})
    if missing:
        pytest.skip(f"adali has no {', '.join(missing)} yet")
    return entry


def test_every_golden_pipeline_is_tested(golden: dict[str, Any]) -> None:
    assert sorted(NAMES) == sorted(golden["pipelines"])
    assert sorted(COMPUTED) == sorted(n for n in NAMES if "outputs" in golden["pipelines"][n])


@pytest.mark.parametrize("name", NAMES)
def test_messages_are_read_to_the_last_bit(golden: dict[str, Any], name: str) -> None:
    """No field of DALI's is unknown here: parsing and writing a message changes no byte of it."""
    data = golden["pipelines"][name]["message"]
    assert message.to_bytes(message.parse(data)) == data


@pytest.mark.parametrize("name", NAMES)
def test_written_again_it_means_the_same(
    golden: dict[str, Any], name: str, meaning: Callable[[bytes], dict[str, Any]]
) -> None:
    data = of_golden(golden, name)["message"]
    pipe = sync.Pipeline.deserialize(data)
    again = pipe.serialize()
    theirs, ours = meaning(data), meaning(again)
    assert ours == theirs
    assert sync.Pipeline.deserialize(again).serialize() == again


def test_the_line_of_the_user_is_kept(golden: dict[str, Any]) -> None:
    pipe = sync.Pipeline.deserialize(golden["pipelines"]["no_seed"]["message"])
    line = pipe._defined().specs[0].line
    assert line is not None
    assert (line.filename, line.function) == ("pipelines.py", "no_seed")
    assert line.lineno > 1


def test_settings(golden: dict[str, Any]) -> None:
    pipe = sync.Pipeline.deserialize(golden["pipelines"]["plain_settings"]["message"])
    assert (pipe.batch_size, pipe.num_threads, pipe.device_id, pipe.seed) == (3, 2, None, 1)
    assert (pipe.exec_pipelined, pipe.exec_async, pipe.prefetch_queue_depth) == (False, False, 5)
    assert pipe.set_affinity
    pipe = sync.Pipeline.deserialize(golden["pipelines"]["two_depths"]["message"])
    assert pipe.prefetch_queue_depth == {"cpu_size": 3, "gpu_size": 1}
    assert sync.Pipeline.deserialize(golden["pipelines"]["no_seed"]["message"]).seed == -1


def test_declared_outputs(golden: dict[str, Any]) -> None:
    from adali.graph import GraphBuilder
    from adali.serialization import load_pipeline

    loaded = load_pipeline(golden["pipelines"]["output_types"]["message"], GraphBuilder())
    assert (loaded.output_dtypes, loaded.output_ndims, loaded.output_layouts) == ((FLOAT,), (0,), (None,))


@pytest.mark.parametrize("name", COMPUTED)
def test_same_outputs(golden: dict[str, Any], name: str, feed: Callable[[int], Any]) -> None:
    entry = of_golden(golden, name)
    pipe = sync.Pipeline.deserialize(entry["message"])
    pipe.build()
    fed = [s.name for s in pipe._defined().inputs()]
    try:
        for iteration in range(2):
            for source in fed:
                pipe.feed_input(source, list(feed(iteration)))
        for expected in entry["outputs"]:
            for batch, want in zip(pipe.run(), expected, strict=True):
                assert batch.layout() == want["layout"]
                for index, sample in enumerate(want["samples"]):
                    got = np.asarray(batch[index])
                    assert got.dtype == want["dtype"]
                    np.testing.assert_array_equal(got, np.asarray(sample, want["dtype"]))
    finally:
        pipe.close()


def operators() -> list[str]:
    """Operators that DALI has as well."""
    return sorted(n for n in registry if not n.startswith("test__"))


@pytest.mark.parametrize("name", operators())
def test_arguments_have_dalis_types(golden: dict[str, Any], name: str) -> None:
    """DALI refuses a value of another type, and takes a value for each sample only where it says so."""
    theirs = golden["schemas"].get(name)
    if theirs is None:
        pytest.skip(f"DALI has no {name}")
    schema = registry[name][0]
    for arg in schema.by_name.values():
        if arg.deprecated is not None or arg.name not in theirs["args"] or arg.kind is ArgKind.OBJECT:
            continue
        wanted = theirs["args"][arg.name].removesuffix("?")
        assert f"{wire_type(arg.kind)}{'[]' if arg.kind.is_vector else ''}" == wanted, arg.name
        if arg.tensor:
            assert theirs["args"][arg.name].endswith("?"), f"{arg.name} takes no value for each sample in DALI"
