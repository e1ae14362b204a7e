"""Writes file_reader.json: what the real DALI's file reader lists and in which order it delivers.

Run it with a Python that has nvidia-dali (CPU only will do); it imports nothing of adali.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import pathlib
import tempfile
from collections import Counter
from typing import Any

import nvidia.dali as dali
from nvidia.dali import fn

#: Files, each of which holds its own name; a name that ends with "/" is an empty folder.
TREE = [
    "b/x.jpg",
    "b/a.JPG",
    "b/Z.png",
    "a/1.jpg",
    "a/10.jpg",
    "a/2.jpg",
    "a/.hidden.jpg",
    "a/deeper/not_read.jpg",
    "a/folder.jpg/not_read.jpg",
    "a/no_extension",
    "a/data.dat",
    "B/q.jpeg",
    "empty/",
    "d/readme.txt",
    "beside.jpg",
    "e/f.webp",
    "e/with space.jpg",
    ".hidden_folder/h.jpg",
]

LISTINGS: list[dict[str, Any]] = [
    {},
    {"case_sensitive_filter": True},
    {"file_filters": ["*.JPG", "?.png", "*.dat"]},
    {"file_filters": ["*.JPG", "?.png", "*.dat"], "case_sensitive_filter": True},
    {"file_filters": "*"},
    {"file_filters": "[0-9].jpg"},
    {"file_filters": ["[!0-9]*.jpg", "1?.*"]},
    {"dir_filters": ["b", "e"]},
    {"dir_filters": ["b", "e"], "case_sensitive_filter": True},
    {"dir_filters": "[a-b]", "file_filters": ["*.png", "*.jpeg"]},
    {"file_filters": "*.nope"},
    {"file_filters": "*.{jpg,png}"},
    {"file_filters": []},
    {"dir_filters": []},
    {"files": ["b/x.jpg", "a/1.jpg"]},
    {"files": ["b/x.jpg", "a/1.jpg"], "labels": [5, -3]},
    {"files": ["b/x.jpg", "a/1.jpg"], "labels": [5]},
    {"files": ["b/x.jpg", "b/x.jpg", "a/1.jpg"]},
    {"files": "b/x.jpg"},
    {"files": []},
    {"labels": [1, 2]},
    {"files": ["b/x.jpg"], "file_filters": "*.png", "dir_filters": "a"},
]

LISTS = [
    "b/x.jpg 1\na/1.jpg 2\n",
    "b/x.jpg 1\n\n  \na/1.jpg 2",
    "b/x.jpg 1   \na/1.jpg\t2\n",
    "b/x.jpg 1\r\na/1.jpg 2\r\n",
    "a/1.jpg    2\n",
    "e/with space.jpg 7\n",
    "b/x.jpg 007\n",
    "b/x.jpg\n",
    "b/x.jpg 1.5\n",
    "b/x.jpg one\n",
    "b/x.jpg -4\n",
    "b/x.jpg +4\n",
    "b/x.jpg 12abc\n",
    "b/x.jpg 0x10\n",
    "7\nb/x.jpg 1\n",
    " 7\n",
    "",
    "\n\n",
]

BATCH = 4
SIZES = (10, 11, 16)
EPOCHS = 3000


def make_tree(root: str) -> None:
    for name in TREE:
        path = pathlib.Path(root, name)
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)


def run(batches: int, batch_size: int, **kwargs: Any) -> tuple[list[list[list[Any]]], dict[str, int]]:
    pipe = dali.Pipeline(batch_size=batch_size, num_threads=1, device_id=None, seed=1)
    with pipe:
        pipe.set_outputs(*fn.readers.file(name="reader", **kwargs))
    pipe.build()
    meta = pipe.reader_meta("reader")
    found = []
    for _ in range(batches):
        data, labels = pipe.run()
        found.append(
            [[bytes(data.at(i)).decode(), int(labels.at(i)[0]), data[i].source_info()] for i in range(len(data))]
        )
    return found, meta


def listing(**kwargs: Any) -> Any:
    """[content, label, source] of each sample of one epoch; None where DALI refuses."""
    try:
        _, meta = run(0, 1, **kwargs)
        return [batch[0] for batch in run(meta["epoch_size"], 1, **kwargs)[0]]
    except (RuntimeError, ValueError):
        return None


def orders(root: str, size: int, window: int) -> dict[str, int]:
    """How often each order of an epoch came, as positions in the unshuffled list: "0213" -> count."""
    args = {"files": ["b/x.jpg"] * size, "file_root": root, "random_shuffle": True}
    (listed,), _ = run(1, size, initial_fill=1, **args)
    place = {label: i for i, (_, label, _) in enumerate(listed)}
    found, _ = run(EPOCHS, size, initial_fill=window, seed=11, **args)
    return dict(sorted(Counter("".join(str(place[label]) for _, label, _ in batch) for batch in found).items()))


def main() -> None:
    result: dict[str, Any] = {"tree": TREE, "batch": BATCH}
    with tempfile.TemporaryDirectory() as root:
        make_tree(root)
        result["listings"] = [[args, listing(file_root=root, **args)] for args in LISTINGS]
        result["lists"] = []
        for text in LISTS:
            path = pathlib.Path(root, "list.txt")
            path.write_bytes(text.encode())
            result["lists"].append([text, listing(file_list=str(path))])
        epochs = []
        for size, shards, pad, stick in itertools.product(SIZES, (1, 3, 8), (False, True), (False, True)):
            for shard in range(shards):
                args = {"num_shards": shards, "shard_id": shard, "pad_last_batch": pad, "stick_to_shard": stick}
                largest = math.ceil(size / shards)
                count = 3 * math.ceil(largest / BATCH) + 1
                found, meta = run(count, BATCH, files=["b/x.jpg"] * size, file_root=root, **args)
                epochs.append([size, args, [[label for _, label, _ in batch] for batch in found], meta])
        result["epochs"] = epochs
        # With shuffling only what is in an epoch can be compared: which sample comes when is DALI's own generator's.
        shuffled = []
        orders_of = ({"random_shuffle": True, "initial_fill": 5}, {"shuffle_after_epoch": True})
        for order, (size, args, batches, _) in itertools.product(orders_of, epochs):
            if size != 11 or ("shuffle_after_epoch" in order and args["stick_to_shard"]):
                continue
            found, meta = run(len(batches), BATCH, files=["b/x.jpg"] * size, file_root=root, **args, **order)
            shuffled.append([size, {**args, **order}, [[label for _, label, _ in batch] for batch in found], meta])
        result["shuffled"] = shuffled
        result["windows"] = [[size, window, orders(root, size, window)] for size, window in ((4, 2), (4, 3), (4, 9))]
    path = pathlib.Path(__file__).with_name("file_reader.json")
    # One case a line.
    path.write_text("{\n" + ",\n".join(_lines(result)) + "\n}\n")
    print(f"{path}: {path.stat().st_size} bytes")


def _lines(result: dict[str, Any]) -> list[str]:
    lines = []
    for key, value in result.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            inner = ",\n".join("  " + json.dumps(case, separators=(",", ":")) for case in value)
            lines.append(f' "{key}": [\n{inner}\n ]')
        else:
            lines.append(f' "{key}": {json.dumps(value)}')
    return lines


if __name__ == "__main__":
    os.environ.setdefault("DALI_DISABLE_NVML", "1")
    main()
