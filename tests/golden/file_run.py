"""Runs cases of file_cases.py, on the real DALI or on adali: whoever calls says which modules."""

from __future__ import annotations

import hashlib
import os
import pathlib
from typing import Any

import numpy as np
from file_cases import BATCH, EPOCHS, PATHS, TYPES

__all__ = ["BATCH", "EPOCHS", "ROOT", "Runner", "check_epochs"]

ROOT = pathlib.Path(__file__).parent / "files"


class Runner:
    """Runs cases.

    Args:
        pipeline: the class Pipeline.
        fn, types: the modules.
        scratch: an empty folder; manifests with the names of this machine are written there.
    """

    def __init__(self, pipeline: Any, fn: Any, types: Any, scratch: pathlib.Path) -> None:
        self.pipeline = pipeline
        self.fn = fn
        self.types = types
        self.scratch = scratch
        for manifest in (ROOT / "nemo_asr").glob("*.json"):
            text = manifest.read_text(encoding="utf-8").replace("@/", f"{ROOT}/nemo_asr/")
            (scratch / manifest.name).write_text(text, encoding="utf-8")

    def _path(self, name: str) -> str:
        if name.startswith("nemo_asr/") and name.endswith(".json"):
            return str(self.scratch / os.path.basename(name))
        return str(ROOT / name)

    def converted(self, args: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a case, with paths and types in place of their names."""
        args = dict(args)
        for name in PATHS:
            if name in args:
                given = args[name]
                args[name] = self._path(given) if isinstance(given, str) else [self._path(p) for p in given]
        for name in TYPES:
            if isinstance(args.get(name), str):
                args[name] = getattr(self.types, args[name])
        return args

    def built(self, reader: str, args: dict[str, Any], batch: int, **options: Any) -> Any:
        """A pipeline of one reader."""
        pipe = self.pipeline(batch_size=batch, num_threads=1, device_id=None, seed=1, **options)
        with pipe:
            made = getattr(self.fn.readers, reader)(name="reader", **self.converted(args))
            pipe.set_outputs(*(made if isinstance(made, (list, tuple)) else [made]))
        pipe.build()
        return pipe

    def single(self, reader: str, args: dict[str, Any]) -> list[Any]:
        """For each sample of an epoch its outputs, and the layouts."""
        pipe = self.built(reader, args, 1)
        rows = []
        for _ in range(pipe.reader_meta("reader")["epoch_size"]):
            outputs = pipe.run()
            rows.append([[*described(np.array(o.at(0)), exact(reader, args)), o.layout()] for o in outputs])
        return rows

    def decoded(self, name: str, dtype: str | None) -> list[Any]:
        """What a file holds, read by io.file.read and decoded by decoders.numpy."""
        more = {} if dtype is None else {"dtype": getattr(self.types, dtype)}
        pipe = self.pipeline(batch_size=1, num_threads=1, device_id=None, seed=1)
        with pipe:
            path = self.types.Constant(np.frombuffer(str(ROOT / name).encode(), np.uint8), device="cpu")
            pipe.set_outputs(self.fn.decoders.numpy(self.fn.io.file.read(path), **more))
        pipe.build()
        (output,) = pipe.run()
        return [*described(np.array(output.at(0)), True), output.layout()]

    def numbers(self, reader: str, args: dict[str, Any], largest: int) -> list[Any]:
        """Which samples are in each batch (the first value of an output), over three epochs, and the meta data."""
        pipe = self.built(reader, args, BATCH)
        which = {"numpy": 0, "sequence": 0, "nemo_asr": -1, "coco": -1}[reader]
        batches = []
        for _ in range(3 * -(-largest // BATCH) + 1):
            output = pipe.run()[which]
            batches.append([int(np.array(output.at(i)).reshape(-1)[-1 if which == 0 and reader == "sequence" else 0])
                            for i in range(len(output))])  # fmt: skip
        return [batches, pipe.reader_meta("reader")]


def exact(reader: str, args: dict[str, Any]) -> bool:
    """Whether results are equal to the last bit: resampling is not."""
    return "sample_rate" not in args


def described(array: Any, bits: bool) -> list[Any]:
    """[type, shape, bytes in hexadecimal, or their hash where there are many; or the values where they may differ]."""
    kind, shape = str(array.dtype), list(array.shape)
    if not bits and array.dtype == np.float32 and array.size > 4:
        return [kind, shape, [round(float(v), 5) for v in array.reshape(-1)[:40]]]
    data = array.tobytes()
    return [kind, shape, data.hex() if len(data) <= 16 else "#" + hashlib.sha1(data).hexdigest()[:16]]


def check_epochs(shards: list[list[list[int]]], args: dict[str, Any], size: int, batch: int) -> list[set[int]]:
    """Check what all shards of a shuffled data set delivered, batch by batch: three epochs as the arguments promise.

    Returns:
        The samples of each epoch, which are ``size`` different ones.
    """
    count = len(shards)
    shuffled = args.get("shuffle_after_epoch", False)
    places = [0] * count
    found = []
    for epoch in range(3):
        together: list[int] = []
        for shard, batches in enumerate(shards):
            part = shard if shuffled or args["stick_to_shard"] else (shard + epoch) % count
            own = size * (part + 1) // count - size * part // count
            largest = (size + count - 1) // count
            length = (largest + batch - 1) // batch * batch if args["pad_last_batch"] else own
            samples = [n for b in batches for n in b][places[shard] : places[shard] + length]
            places[shard] += length
            assert len(samples) == length
            assert set(samples[own:]) <= {samples[own - 1]}, "padding repeats the last sample"
            together += samples[:own]
        assert len(set(together)) == len(together) == size, "none lost, none twice"
        found.append(set(together))
    return found
