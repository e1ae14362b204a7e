"""Epochs of DALI's PyTorch iterator, for the real DALI and for adali alike; it imports neither."""

from __future__ import annotations

import itertools
import random
from typing import Any

Case = dict[str, Any]

#: (samples, batch size, shards, shard of each pipeline)
LAYOUTS = [
    (7, 2, 1, [0]),
    (22, 4, 3, [0]),
    (22, 4, 3, [2]),
    (23, 5, 2, [0, 1]),
    (10, 4, 3, [0, 1, 2]),
    (9, 2, 4, [1]),
    (9, 2, 4, [0, 3]),
    (12, 3, 2, [1]),
    (3, 8, 1, [0]),
    (5, 4, 2, [0]),
]


def cases() -> list[Case]:
    """Every last-batch policy x padding x shard x auto_reset, by the reader's name and by size."""
    result = []
    for layout, policy, pad, stick, auto in itertools.product(
        LAYOUTS, ("FILL", "DROP", "PARTIAL"), (False, True), (False, True), ("no", "yes")
    ):
        samples, batch, shards, ids = layout
        base = {
            "samples": samples,
            "batch": batch,
            "shards": shards,
            "ids": ids,
            "policy": policy,
            "pad": pad,
            "stick": stick,
            "auto": auto,
            "size": None,
        }
        result.append(base)
        if not stick:
            result.append({**base, "size": sum(shard_size(samples, shards, k) for k in ids)})
    return result


def random_cases(count: int, seed: int) -> list[Case]:
    """Other cases of the same kind."""
    rng = random.Random(seed)
    result = []
    for _ in range(count):
        shards = rng.randint(1, 5)
        samples = rng.randint(shards, 40)
        ids = sorted(rng.sample(range(shards), rng.randint(1, min(3, shards))))
        size = rng.choice([None, sum(shard_size(samples, shards, k) for k in ids), rng.randint(1, 50)])
        result.append(
            {
                "samples": samples,
                "batch": rng.randint(1, 9),
                "shards": shards,
                "ids": ids,
                "policy": rng.choice(["FILL", "DROP", "PARTIAL"]),
                "pad": rng.random() < 0.5,
                "stick": rng.random() < 0.5,
                "auto": rng.choice(["no", "yes"]),
                "size": size,
            }
        )
    return result


def shard_size(samples: int, shards: int, k: int) -> int:
    return samples * (k + 1) // shards - samples * k // shards


def run(case: Case, files: list[str], pipeline_def: Any, fn: Any, plugin: Any, epochs: int = 3) -> list[Any] | str:
    """Three epochs: for each ``[length before, length after, size, batches]``; or "error" if there is no iterator.

    A batch is a list of one list of labels for each pipeline.
    """

    def pipe(shard: int) -> Any:
        @pipeline_def(batch_size=case["batch"], num_threads=1, device_id=None)
        def read() -> Any:
            data, label = fn.readers.file(
                files=files[: case["samples"]],
                labels=list(range(case["samples"])),
                name="Reader",
                pad_last_batch=case["pad"],
                stick_to_shard=case["stick"],
                shard_id=shard,
                num_shards=case["shards"],
            )
            return data, label

        return read()

    if case["size"] is None:
        length = {"reader_name": "Reader"}
    else:
        length = {"size": case["size"], "last_batch_padded": case["pad"]}
    try:
        iterator = plugin.DALIGenericIterator(
            [pipe(k) for k in case["ids"]],
            ["data", "label"],
            auto_reset=case["auto"],
            last_batch_policy=plugin.LastBatchPolicy[case["policy"]],
            **length,
        )
    except RuntimeError:
        return "error"
    result = []
    for _ in range(epochs):
        before, size, batches = len(iterator), iterator.size, []
        while True:
            try:
                batch = next(iterator)
            except StopIteration:
                break
            for one in batch:
                assert one["data"].flatten().tolist() == one["label"].flatten().tolist()
            batches.append([one["label"].flatten().tolist() for one in batch])
        result.append([before, len(iterator), size, batches])
        if case["auto"] == "no":
            iterator.reset()
    return result


def make_files(folder: Any, count: int = 40) -> list[str]:
    """Files of one byte, their number."""
    files = []
    for i in range(count):
        path = folder / f"{i:02}.bin"
        path.write_bytes(bytes([i]))
        files.append(str(path))
    return files
