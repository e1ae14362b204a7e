"""Writes readers.json: what the real DALI's readers of containers give for the files in tests/golden/readers.

Run it with a Python that has nvidia-dali (CPU only will do); it imports nothing of adali.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import pickle
from typing import Any

import numpy as np
import nvidia.dali as dali
from nvidia.dali import fn, tfrecord, types
from reader_cases import BATCH, SINGLE, epochs

ROOT = pathlib.Path(__file__).parent / "readers"
PATHS = ("path", "index_path", "paths", "index_paths")


def feature(kind: str, shape: Any, dtype: str, default: Any) -> Any:
    element = getattr(tfrecord, dtype)
    if kind == "fixed":
        return tfrecord.FixedLenFeature(shape, element, default)
    return tfrecord.VarLenFeature(*([] if shape is None else [shape]), element, default)


def nodes(reader: str, args: dict[str, Any]) -> list[Any]:
    args = dict(args)
    for name in PATHS:
        if name in args:
            given = args[name]
            args[name] = str(ROOT / given) if isinstance(given, str) else [str(ROOT / p) for p in given]
    if "features" in args:
        args["features"] = {name: feature(*f) for name, f in args["features"].items()}
    if "dtypes" in args:
        args["dtypes"] = [getattr(types, t) for t in args["dtypes"]]
    made = getattr(fn.readers, reader)(name="reader", **args)
    if isinstance(made, dict):
        return list(made.values())
    return list(made) if isinstance(made, (list, tuple)) else [made]


def pipeline(reader: str, args: dict[str, Any], batch: int) -> Any:
    pipe = dali.Pipeline(batch_size=batch, num_threads=1, device_id=None, seed=1)
    with pipe:
        pipe.set_outputs(*nodes(reader, args))
    pipe.build()
    return pipe


def described(array: np.ndarray[Any, Any]) -> list[Any]:
    """[type, shape, bytes in hexadecimal, or their hash where there are many]."""
    data = array.tobytes()
    text = data.hex() if len(data) <= 16 else "#" + hashlib.sha1(data).hexdigest()[:16]
    return [str(array.dtype), list(array.shape), text]


def single(reader: str, args: dict[str, Any]) -> list[Any]:
    """For each sample of an epoch its outputs and its source."""
    pipe = pipeline(reader, args, 1)
    rows = []
    for _ in range(pipe.reader_meta("reader")["epoch_size"]):
        outputs = pipe.run()
        source = outputs[0][0].source_info().replace(f"{ROOT}/", "")
        rows.append([source, *(described(np.array(o.at(0))) for o in outputs)])
    return rows


def numbers(reader: str, args: dict[str, Any], largest: int) -> list[Any]:
    """The numbers of the samples of each batch, over three epochs at least, and the reader's meta data."""
    pipe = pipeline(reader, args, BATCH)
    count = 3 * -(-largest // BATCH) + 1
    batches = []
    for _ in range(count):
        output = pipe.run()[0 if reader in ("tfrecord", "webdataset") else 1]
        values = [np.array(output.at(i)) for i in range(len(output))]
        batches.append([int(bytes(v)) if v.dtype == np.uint8 else int(v.reshape(-1)[0]) for v in values])
    return [batches, pipe.reader_meta("reader")]


def apart(function: Any, *args: Any) -> Any:
    """The result of a call in a process of its own, or None: DALI may refuse, and it may crash."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            result = function(*args)
        except Exception as e:
            result = None
            if os.environ.get("WHY"):
                print(args, str(e).strip().replace("\n", " ")[-400:])
        with os.fdopen(write, "wb") as out:
            pickle.dump(result, out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else None


def main() -> None:
    result: dict[str, list[Any]] = {
        "single": [[*case, apart(single, *case)] for case in SINGLE],
        "epochs": [[reader, args, *apart(numbers, reader, args, largest)] for reader, args, largest in epochs()],
    }
    path = pathlib.Path(__file__).with_name("readers.json")
    blocks = []
    for key, cases in result.items():
        lines = ",\n".join("  " + json.dumps(case, separators=(",", ":")) for case in cases)
        blocks.append(f' "{key}": [\n{lines}\n ]')
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n")
    print(f"{path}: {path.stat().st_size} bytes, {sum(c[2] is None for c in result['single'])} refused")


if __name__ == "__main__":
    os.environ.setdefault("DALI_DISABLE_NVML", "1")
    main()
