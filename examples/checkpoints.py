"""A training run that may be killed at any time: it goes on exactly where its last checkpoint was taken.

    python examples/checkpoints.py [STATE_FILE] [--steps N] [--every N] [--threads N] [--log FILE]

Each step prints (and with --log appends) its number and a checksum of the batch. Kill it, start it again with the same
STATE_FILE, and compare: the steps after the last checkpoint have the same checksums. The state of the "model" and the
pipeline's checkpoint are saved together, as one file that is replaced at one stroke.
"""

from __future__ import annotations

import argparse
import os
import pickle
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from adali import fn
from adali.cli import IMAGES
from adali.sync import pipeline_def


@pipeline_def(batch_size=4, device_id=None, seed=7, enable_checkpointing=True)
def training(folder: str) -> Any:
    files, labels = fn.readers.file(
        file_root=folder, random_shuffle=True, shard_id=1, num_shards=2, pad_last_batch=True, name="reader"
    )
    images = fn.decoders.image_random_crop(files, random_area=(0.3, 1.0))
    images = fn.resize(images, size=(32, 32))
    images = fn.crop_mirror_normalize(images, mirror=fn.random.coin_flip(), mean=[128.0], std=[64.0])
    return images * fn.random.uniform(range=(0.8, 1.2)), labels


def save(path: Path, state: dict[str, Any]) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(pickle.dumps(state))
    os.replace(temporary, path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("state", nargs="?", type=Path, help="state of the run; a temporary file if left out")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--every", type=int, default=3, help="steps from one checkpoint to the next")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--log", type=Path)
    args = parser.parse_args()
    path = args.state or Path(tempfile.mkdtemp()) / "run.state"

    step, checkpoint = 0, None
    if path.exists():
        state = pickle.loads(path.read_bytes())
        step, checkpoint = state["step"], state["pipeline"]
        print(f"going on after step {step}")
    pipe = training(str(IMAGES), num_threads=args.threads, prefetch_queue_depth=args.depth, checkpoint=checkpoint)
    while step < args.steps:
        images, labels = pipe.run()
        step += 1
        checksum = zlib.crc32(np.ascontiguousarray(images.as_array()))
        line = f"{step} {checksum:08x} {labels.as_array().ravel().tolist()}"
        print(line, flush=True)
        if args.log is not None:
            with args.log.open("a") as file:
                file.write(line + "\n")
        if step % args.every == 0:
            save(path, {"step": step, "pipeline": pipe.checkpoint()})
    pipe.close()


if __name__ == "__main__":
    main()
