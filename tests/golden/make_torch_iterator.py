"""Writes torch_iterator.json: how the real DALI's PyTorch iterator divides data into epochs and batches.

Run it with a Python that has nvidia-dali and torch (CPU only will do); it imports nothing of adali. With cases as JSON
on standard input (``--stdin``) it prints their results instead.
"""

from __future__ import annotations

import json
import logging
import pathlib
import sys
import tempfile

import nvidia.dali.plugin.pytorch as plugin
from nvidia.dali import fn, pipeline_def
from torch_iterator_cases import cases, make_files, run

logging.disable(logging.CRITICAL)

with tempfile.TemporaryDirectory() as folder:
    files = make_files(pathlib.Path(folder))
    stdin = "--stdin" in sys.argv
    wanted = json.load(sys.stdin) if stdin else cases()
    results = [[case, run(case, files, pipeline_def, fn, plugin)] for case in wanted]
if stdin:
    json.dump(results, sys.stdout)
else:
    lines = ",\n".join(json.dumps(r, separators=(",", ":")) for r in results)
    target = pathlib.Path(__file__).with_name("torch_iterator.json")
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(len(results), "cases")
