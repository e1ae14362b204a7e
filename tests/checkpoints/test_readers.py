"""Pipelines with readers go on from any place as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from continuing import WAYS, Run, events, values
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import adali
import adali.sync
from adali import fn

MANY = 40


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Files that hold their own number; ``-1`` in a list of them stands for one that is not there."""
    folder = tmp_path_factory.mktemp("files")
    for k in range(MANY):
        (folder / f"{k:02}").write_bytes(bytes([k, k + 1, 7]))
    return [str(folder / f"{k:02}") for k in range(MANY)]


def pipeline(build: Callable[[], Any], **kwargs: Any) -> adali.sync.Pipeline:
    pipe = adali.sync.Pipeline(
        **{"batch_size": 4, "num_threads": 2, "device_id": None, "seed": 9, "enable_checkpointing": True, **kwargs}
    )
    with pipe:
        outputs = build()
        pipe.set_outputs(*outputs)
    return pipe


@st.composite
def readers(draw: st.DrawFn, most: int = 30) -> dict[str, Any]:
    shards = draw(st.integers(1, 3))
    count = draw(st.integers(shards, most))
    order = draw(st.sampled_from(["listed", "window", "whole", "epochs"]))
    return {
        "count": count,
        "missing": draw(st.sets(st.integers(0, count - 1), max_size=2)),
        "num_shards": shards,
        "shard_id": draw(st.integers(0, shards - 1)),
        "pad_last_batch": draw(st.booleans()),
        "stick_to_shard": order != "epochs" and draw(st.booleans()),
        "random_shuffle": order in ("window", "whole"),
        "shuffle_after_epoch": order == "epochs",
        "initial_fill": 3 if order == "window" else 1000,
        "prefetch_queue_depth": draw(st.integers(1, 3)),
    }


def read(names: list[str], case: dict[str, Any]) -> list[Any]:
    options = {k: v for k, v in case.items() if k not in ("count", "missing")}
    listed = [n + "-missing" if k in case["missing"] else n for k, n in enumerate(names[: case["count"]])]
    return list(fn.readers.file(files=listed, **options))


def listed(count: int, pads: bool, missing: set[int]) -> dict[str, Any]:
    return {"count": count, "missing": missing, "pad_last_batch": pads}


# One reader ends batches where its epochs end, and the other does not; the one or the other has a bad file.
@example([listed(4, True, {0}), listed(4, False, set())], 3, "skip", "run", [2], 0)
@example([listed(4, False, set()), listed(5, True, {4})], 3, "skip", "run", [2, 3], 0)
# Of two that end them, one has samples left.
@example([listed(4, True, {1, 2}), listed(7, True, set())], 3, "skip", "run", [1, 2], 0)
@given(
    cases=st.lists(readers(), min_size=1, max_size=2),
    batch=st.integers(1, 6),
    policy=st.sampled_from(["raise", "skip", "replace"]),
    api=st.sampled_from(["run", "for"]),
    cuts=st.lists(st.integers(0, 24), min_size=1, max_size=3).map(sorted),
    first=st.integers(0, len(WAYS) - 1),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_run_with_cuts_is_the_run_without(
    names: list[str],
    cases: list[dict[str, Any]],
    batch: int,
    policy: str,
    api: str,
    cuts: list[int],
    first: int,
) -> None:
    def make(**kwargs: Any) -> adali.sync.Pipeline:
        def build() -> list[Any]:
            outputs = [node for case in cases for node in read(names, case)]
            outputs.append(fn.random.uniform(range=(0, 1)))
            if policy == "raise":
                outputs.append(fn.permute_batch(outputs[1], indices=fn.batch_permutation()))
            return outputs

        return pipeline(build, batch_size=batch, on_error=policy, **kwargs)

    assert events(make, 24, cuts, api, first) == events(make, 24, (), api)


@pytest.mark.long
@given(
    case=readers(MANY),
    batch=st.integers(1, 9),
    policy=st.sampled_from(["raise", "skip", "replace"]),
    api=st.sampled_from(["run", "for"]),
    cuts=st.lists(st.integers(0, 40), min_size=1, max_size=5).map(sorted),
    first=st.integers(0, len(WAYS) - 1),
)
@settings(deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
def test_a_run_with_cuts_is_the_run_without_long(
    names: list[str], case: dict[str, Any], batch: int, policy: str, api: str, cuts: list[int], first: int
) -> None:
    def make(**kwargs: Any) -> adali.sync.Pipeline:
        return pipeline(lambda: [*read(names, case), fn.random.normal()], batch_size=batch, on_error=policy, **kwargs)

    assert events(make, 40, cuts, api, first) == events(make, 40, (), api)


def shuffled(names: list[str], **kwargs: Any) -> adali.sync.Pipeline:
    def build() -> list[Any]:
        files, labels = fn.readers.file(files=names[:11], random_shuffle=True, name="reader")
        return [files, labels, fn.random.uniform(range=(0, 1))]

    return pipeline(build, **kwargs)


@pytest.mark.parametrize("api", ["run", "for"])
@pytest.mark.parametrize("cut", range(10))
def test_every_cut(names: list[str], api: str, cut: int) -> None:
    def make(**kwargs: Any) -> adali.sync.Pipeline:
        return shuffled(names, **kwargs)

    assert events(make, 10, [cut], api, cut) == events(make, 10, (), api)


def test_an_epoch_that_is_left_counts_as_far_as_it_was_taken(names: list[str]) -> None:
    """A pass left in its middle: the next one is the next epoch, and its random numbers, for all depths alike."""

    def left(checkpoint_after: int | None, **kwargs: Any) -> list[Any]:
        pipe = shuffled(names, **kwargs)
        seen: list[Any] = []
        for taken in (2, 3, 1):
            for batch in pipe:
                seen.append(values(batch))
                taken -= 1
                if not taken:
                    break
        seen += [values(batch) for batch in pipe]
        pipe.close()
        return seen

    wanted = left(None)
    labels = [label for batch in wanted[6:] for (label,) in batch[1]]
    assert sorted(labels) == list(range(11))
    for way in WAYS:
        assert left(None, **way) == wanted


def test_the_pass_goes_on_where_it_was_cut(names: list[str]) -> None:
    pipe = shuffled(names)
    batches = iter(pipe)
    begun = [values(next(batches)) for _ in range(2)]
    in_the_middle = pipe.checkpoint()
    begun += [values(next(batches))]
    all_taken = pipe.checkpoint()
    assert next(batches, None) is None
    over = pipe.checkpoint()
    pipe.close()
    assert sorted(label for batch in begun for (label,) in batch[1]) == list(range(11))

    passes = {}
    for place, checkpoint in (("middle", in_the_middle), ("all", all_taken), ("over", over)):
        other = shuffled(names, checkpoint=checkpoint)
        passes[place] = [[values(b) for b in other] for _ in range(2)]
        other.close()
    assert passes["middle"][0] == begun[2:]
    assert passes["all"][0] == []
    assert passes["over"][0] == passes["all"][1] == passes["middle"][1]


def test_scheduled_outputs(names: list[str]) -> None:
    """With schedule_run and share_outputs the place is after the last outputs taken, held or not."""
    pipe = shuffled(names, prefetch_queue_depth=3)
    pipe.build()
    pipe.schedule_run()
    seen = [values(pipe.share_outputs()), values(pipe.share_outputs())]
    checkpoint = pipe.checkpoint()
    pipe.release_outputs()
    pipe.close()

    def make(**kwargs: Any) -> adali.sync.Pipeline:
        return shuffled(names, **kwargs)

    wanted = [list(e[1:]) for e in events(make, 5)]
    other = shuffled(names, checkpoint=checkpoint)
    seen += [values(other.run()) for _ in range(3)]
    other.close()
    assert seen == wanted


@pytest.mark.asyncio
async def test_async_pipelines(names: list[str]) -> None:
    """The async API, with many consumers at once: what was taken before and after is all there is."""
    wanted = [e[1:] for e in events(lambda **kw: shuffled(names, **kw), 8)]

    async def make(checkpoint: bytes | None) -> adali.Pipeline:
        pipe = adali.Pipeline(4, 2, None, seed=9, enable_checkpointing=True, checkpoint=checkpoint)
        with pipe:
            files, labels = fn.readers.file(files=names[:11], random_shuffle=True, name="reader")
            pipe.set_outputs(files, labels, fn.random.uniform(range=(0, 1)))
        await pipe.build()
        return pipe

    pipe = await make(None)
    import asyncio

    seen = [values(outputs) for outputs in await asyncio.gather(*[pipe.run() for _ in range(5)])]
    checkpoint = pipe.checkpoint()
    await pipe.aclose()
    pipe = await make(checkpoint)
    assert pipe.is_restored_from_checkpoint
    seen += [values(await pipe.run()) for _ in range(3)]
    await pipe.aclose()
    assert sorted(map(str, seen[:5])) == sorted(str(list(w)) for w in wanted[:5])
    assert seen[5:] == [list(w) for w in wanted[5:]]


def test_the_seed_comes_from_the_checkpoint(names: list[str]) -> None:
    pipe = shuffled(names, seed=-1)
    first = Run(pipe, "run")
    begun = [first.step() for _ in range(2)]
    checkpoint = pipe.checkpoint()
    rest = [first.step() for _ in range(3)]
    other = shuffled(names, seed=-1, checkpoint=checkpoint)
    assert [Run(other, "run").step() for _ in range(3)] == rest
    assert other.seed == pipe.seed
    assert begun != rest
    pipe.close()
    other.close()


def test_a_checkpoint_of_a_checkpoint(names: list[str]) -> None:
    """A pipeline that took nothing gives the checkpoint it was made from."""
    pipe = shuffled(names)
    pipe.build()
    for _ in range(3):
        pipe.run()
    checkpoint = pipe.checkpoint()
    pipe.close()
    other = shuffled(names, checkpoint=checkpoint)
    assert other.checkpoint() == checkpoint
    other.close()


def test_serialized_pipelines(names: list[str]) -> None:
    pipe = shuffled(names)
    message = pipe.serialize()
    begun = [values(pipe.run()) for _ in range(2)]
    checkpoint = pipe.checkpoint()
    rest = [values(pipe.run()) for _ in range(3)]
    pipe.close()
    other = adali.sync.Pipeline.deserialize(message, checkpoint=checkpoint)
    assert other.enable_checkpointing
    assert [values(other.run()) for _ in range(3)] == rest
    again = other.checkpoint()
    assert len(again) == pytest.approx(len(checkpoint), abs=8)
    other.close()
    third = adali.sync.Pipeline(checkpoint=checkpoint)
    third.deserialize_and_build(message)
    assert [values(third.run()) for _ in range(3)] == rest
    third.close()
    assert begun != rest


def test_file_and_path(names: list[str], tmp_path: Path) -> None:
    pipe = shuffled(names)
    pipe.run()
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"old")
    checkpoint = pipe.checkpoint(str(path))
    assert path.read_bytes() == checkpoint
    assert [p.name for p in tmp_path.iterdir()] == ["run.ckpt"]
    wanted = values(pipe.run())
    pipe.close()
    for given_ in (checkpoint, bytearray(checkpoint), checkpoint.decode("latin-1"), path):
        other = shuffled(names, checkpoint=given_)
        assert values(other.run()) == wanted
        other.close()
    other = shuffled(names)
    with pytest.raises(OSError, match="nowhere"):
        other.checkpoint(tmp_path / "nowhere" / "run.ckpt")
    other.close()


def test_data_that_moved(names: list[str], tmp_path: Path) -> None:
    """Where the files lie is not compared; how many they are is."""
    from adali.errors import CheckpointError

    pipe = shuffled(names)
    pipe.run()
    checkpoint = pipe.checkpoint()
    wanted = values(pipe.run())
    pipe.close()
    moved = []
    for name in names[:11]:
        moved.append(str(tmp_path / Path(name).name))
        Path(moved[-1]).write_bytes(Path(name).read_bytes())
    other = shuffled(moved, checkpoint=checkpoint)
    assert values(other.run()) == wanted
    other.close()
    fewer = shuffled(moved[:10], checkpoint=checkpoint)
    with pytest.raises(CheckpointError, match=r"data of readers__File \(reader\).*samples was 11 and is 10"):
        fewer.build()


def test_errors_are_numbered_on(names: list[str]) -> None:
    """An iteration that failed is one of those before the checkpoint."""
    case = {
        "count": 8,
        "missing": {2, 5},
        "random_shuffle": False,
    }

    def make(**kwargs: Any) -> adali.sync.Pipeline:
        return pipeline(lambda: read(names, case), batch_size=2, **kwargs)

    wanted = events(make, 12)
    assert [e[2] for e in wanted if e[0] == "error"] == [1, 2, 5, 6, 9, 10]
    for cut in range(12):
        assert events(make, 12, [cut], first=cut) == wanted


def test_images(names: list[str]) -> None:
    """A training pipeline: random crops of images, a mirror, and arguments for each sample."""
    images = Path(adali.__file__).parent / "cli" / "images"

    def make(**kwargs: Any) -> adali.sync.Pipeline:
        def build() -> list[Any]:
            files, labels = fn.readers.file(file_root=str(images), random_shuffle=True, shard_id=1, num_shards=2)
            decoded = fn.decoders.image_random_crop(files)
            resized = fn.resize(decoded, size=(12, 12))
            mirrored = fn.crop_mirror_normalize(resized, mirror=fn.random.coin_flip())
            return [fn.brightness_contrast(mirrored, brightness=fn.random.uniform(range=(0.5, 1.5))), labels]

        return pipeline(build, **kwargs)

    wanted = events(make, 8)
    for cut in (1, 4):
        again = events(make, 8, [cut], first=cut)
        for one, other in zip(again, wanted, strict=True):
            np.testing.assert_array_equal(np.array(one[1]), np.array(other[1]))
            assert one[2] == other[2]
