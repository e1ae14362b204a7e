"""Writes files.json: what the real DALI's readers of single files give for the files in tests/golden/files.

Run it with a Python that has nvidia-dali (CPU only will do); it imports nothing of adali. An argument names another
file to write.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import sys
import tempfile
import warnings
from typing import Any

import nvidia.dali as dali
from file_cases import DECODED, SAVED, SINGLE, epochs, shuffled
from file_run import ROOT, Runner
from make_readers import apart
from nvidia.dali import fn, types


def saved(runner: Runner, args: dict[str, Any]) -> dict[str, str]:
    """The files that COCO's reader saves, by their hashes."""
    with tempfile.TemporaryDirectory() as folder:
        more = {"save_preprocessed_annotations": True, "save_preprocessed_annotations_dir": folder}
        files = {"file_root": "coco", "annotations_file": "coco/instances.json"}
        runner.built("coco", {**files, **args, **more}, 1).run()
        return {p.name: hashlib.sha1(p.read_bytes()).hexdigest() for p in sorted(pathlib.Path(folder).iterdir())}


def main(path: pathlib.Path) -> None:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(dali.Pipeline, fn, types, pathlib.Path(folder))
        result: dict[str, list[Any]] = {
            "single": [[*case, apart(runner.single, *case)] for case in SINGLE],
            "epochs": [[reader, args, *apart(runner.numbers, reader, args, n)] for reader, args, n in epochs()],
            "shuffled": [[reader, args, *apart(runner.numbers, reader, args, n)] for reader, args, n in shuffled()],
            "decoded": [[*case, apart(runner.decoded, *case)] for case in DECODED],
            "saved": [[args, apart(saved, runner, args)] for args in SAVED],
        }
    blocks = []
    for key, cases in result.items():
        lines = ",\n".join("  " + json.dumps(case, separators=(",", ":")) for case in cases)
        blocks.append(f' "{key}": [\n{lines}\n ]')
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n")
    refused = [case[:2] for case in result["single"] if case[2] is None]
    print(f"{path}: {path.stat().st_size} bytes, {len(refused)} of {len(SINGLE)} refused; data in {ROOT}")


if __name__ == "__main__":
    os.environ.setdefault("DALI_DISABLE_NVML", "1")
    main(pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("files.json"))
