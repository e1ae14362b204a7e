"""Writes video.json: what the real DALI's operators of videos give for the files in tests/golden/files/video.

Run it with a Python that has nvidia-dali (CPU only will do); it imports nothing of adali. An argument names another
file to write.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import tempfile
import warnings
from typing import Any

import nvidia.dali as dali
from make_readers import apart
from nvidia.dali import fn, types
from video_cases import DECODERS, INPUTS, READERS, epochs
from video_run import Runner


def main(path: pathlib.Path) -> None:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(dali.Pipeline, fn, types, pathlib.Path(folder))
        result: dict[str, list[Any]] = {
            "readers": [[args, apart(runner.sequences, args)] for args in READERS],
            "epochs": [[args, *apart(runner.numbers, args)] for args in epochs()],
            "decoders": [[*case, apart(runner.decoded, *case)] for case in DECODERS],
            "inputs": [[*case, apart(runner.fed, *case)] for case in INPUTS],
        }
    blocks = []
    for key, cases in result.items():
        lines = ",\n".join("  " + json.dumps(case, separators=(",", ":")) for case in cases)
        blocks.append(f' "{key}": [\n{lines}\n ]')
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n")
    refused = {key: sum(case[-1] is None for case in cases) for key, cases in result.items()}
    print(f"{path}: {path.stat().st_size} bytes, refused: {refused}")


if __name__ == "__main__":
    os.environ.setdefault("DALI_DISABLE_NVML", "1")
    main(pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("video.json"))
